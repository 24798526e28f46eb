// The tables of the drawer: measures of the pair, health of both spaces, matching, quality of the maps.

import { make, number, plural, score, shownName, term } from "./make.js";

const HEALTH = [
  ["Lengths", ["norm_min", "norm_median", "norm_mean", "norm_max", "norm_variation", "unit_norm_share"]],
  ["Duplicates", ["zero_vectors", "duplicate_objects", "duplicate_groups"]],
  ["Directions", ["mean_cosine", "isoscore", "effective_rank", "participation_ratio", "intrinsic_dimension"]],
  ["Hubs", ["hub_skewness", "robin_hood", "antihub_share", "largest_hub", "recall"]],
];

/** Where a value and its interval lie on the scale of its measure, in percent.
 * @param {{value: number | null, low: number | null, high: number | null}} one
 * @param {{low: number | null, high: number | null} | undefined} scale
 * @returns {{low: number, high: number, value: number} | null} null where there is no scale */
export function placeOnScale(one, scale) {
  if (one.value === null || !scale || scale.high === null) return null;
  const least = Math.min(scale.low ?? 0, one.low ?? one.value, one.value);
  const place = (value) => Math.min(100, Math.max(0, (100 * (value - least)) / (scale.high - least)));
  return { low: place(one.low ?? one.value), high: place(one.high ?? one.value), value: place(one.value) };
}

/** @param {{value: number | null, low: number | null, high: number | null}} one @param {any} scale */
function bar(one, scale) {
  const place = placeOnScale(one, scale);
  const track = make("span", { class: "track", "aria-hidden": "true" });
  if (!place) return track;
  const band = make("i");
  band.style.left = `${place.low}%`;
  band.style.width = `${place.high - place.low}%`;
  const mark = make("u");
  mark.style.left = `${place.value}%`;
  track.append(band, mark);
  track.title = `scale ${scale.range}`;
  return track;
}

/** @param {any[]} measures in the order of the table @param {any} terms @param {string} metric of the page */
export function measureTable(measures, terms, metric) {
  const table = make("table", { class: "measures" });
  const head = [["Measure", ""], ["Metric", ""], ["k", "n"], ["Value", "n"], ["95 % interval", "wide"]];
  table.append(make("thead", {}, make("tr", {}, ...head.map(([name, kind]) => make("th", { class: kind, scope: "col", ...(kind === "wide" ? { colspan: "2" } : {}) }, name)))));
  for (const name of new Set(measures.map((one) => one.name))) {
    const rows = measures.filter((one) => one.name === name);
    const body = make("tbody");
    rows.forEach((one, index) => {
      const row = make("tr", { "data-measure": name, class: one.metric && one.metric !== metric ? "other" : "" });
      if (!index) row.append(make("th", { scope: "rowgroup", rowspan: String(rows.length) }, term(name, terms)));
      const hasEnds = one.low !== null && one.high !== null;
      row.append(
        make("td", {}, one.metric ? shownName(one.metric) : ""),
        make("td", { class: "n" }, one.k ? String(one.k) : ""),
        make("td", { class: "n value" }, score(one.value)),
        make("td", { class: "scale" }, bar(one, terms?.[name])),
        make("td", { class: "n ends" }, hasEnds ? `${score(one.low)} – ${score(one.high)}` : ""),
      );
      body.append(row);
    });
    table.append(body);
  }
  return table;
}

/** @param {any[]} rows @param {any} terms @param {string} metric @param {{a: string, b: string}} pair */
export function healthTable(rows, terms, metric, pair) {
  const table = make("table", { class: "health" });
  const side = (letter) => make("th", { class: "n", scope: "col", title: pair[letter] }, make("span", { class: "version" }, `${letter.toUpperCase()} · ${pair[letter]}`));
  table.append(make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Measure"), side("a"), side("b"))));
  for (const [title, names] of HEALTH) {
    const body = make("tbody");
    for (const name of names) {
      for (const one of rows.filter((row) => row.name === name && (!row.metric || row.metric === metric))) {
        const note = one.k && name !== "intrinsic_dimension" ? ` at k = ${one.k}` : "";
        body.append(make("tr", { "data-measure": name },
          make("th", { scope: "row" }, term(name, terms), make("span", { class: "note" }, note)),
          ...["a", "b"].map((letter) => make("td", { class: `n${one.hints[letter] ? " unusual" : ""}` }, number(one[letter]))),
        ));
        for (const [words, letters] of hintLines(one.hints)) {
          body.append(make("tr", { class: "hint" }, make("td", { colspan: "3" }, make("b", {}, letters), ` ${words}`)));
        }
      }
    }
    if (body.children.length) table.append(make("tbody", { class: "title" }, make("tr", {}, make("th", { colspan: "3", scope: "colgroup" }, title))), body);
  }
  return table;
}

/** One line for both spaces where both have the same words. @param {Record<string, string>} hints */
export function hintLines(hints) {
  if (hints.a && hints.a === hints.b) return [[hints.a, "A and B:"]];
  return ["a", "b"].filter((letter) => hints[letter]).map((letter) => [hints[letter], `${letter.toUpperCase()}:`]);
}

/** @param {Record<string, Record<string, any>>} maps @param {any} terms @param {string} projection */
export function mapTable(maps, terms, projection) {
  const names = ["trustworthiness", "continuity", "rnx_auc"];
  const labels = { rnx_auc: "R_NX area" };
  const table = make("table", { class: "quality" });
  table.append(make("thead", {},
    make("tr", {}, make("th", { scope: "col", rowspan: "2" }, "Projection"), ...names.map((name) => make("th", { scope: "colgroup", colspan: "2" }, term(name, terms, labels[name])))),
    make("tr", {}, ...names.flatMap(() => ["A", "B"].map((side) => make("th", { class: "n", scope: "col" }, side)))),
  ));
  const body = make("tbody");
  for (const [name, sides] of Object.entries(maps)) {
    const row = make("tr", { "data-projection": name, class: name === projection ? "current" : "" });
    row.append(make("th", { scope: "row" }, shownName(name)));
    for (const measure of names) for (const side of ["a", "b"]) row.append(make("td", { class: "n" }, score(sides[side][measure])));
    body.append(row);
  }
  table.append(body);
  return table;
}

/** Which objects are in one space only, with a field that searches them. */
export class Matching {
  /** @param {(text: string, asked: number) => void} ask */
  constructor(ask) {
    this.ask = ask;
    this.asked = 0;
    this.input = make("input", { type: "search", placeholder: "Find objects that only one space has …", "aria-label": "Find objects that only one space has", autocomplete: "off", spellcheck: "false" });
    this.counts = make("p", { class: "counts" });
    this.lists = make("div", { class: "sides" });
    this.root = make("div", { class: "matching" }, this.counts, this.input, this.lists);
    let timer = 0;
    this.input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.ask(this.input.value.slice(0, 200), (this.asked += 1)), 80);
    });
  }

  /** @param {any} pair */
  show(pair) {
    this.pair = pair;
    this.asked += 1;
    this.input.value = "";
    this.input.hidden = !(pair.onlyA || pair.onlyB);
    const part = (count, words, kind) => make("span", { class: kind }, make("b", {}, count.toLocaleString("en")), ` ${words}`);
    this.counts.replaceChildren(part(pair.n, "in both", "both"), part(pair.onlyA, "only in A", "only"), part(pair.onlyB, "only in B", "only"));
    this.list(pair.examples);
  }

  /** @param {{asked: number, a: string[], b: string[]}} answer */
  receive(answer) {
    if (answer.asked === this.asked) this.list(answer);
  }

  /** @param {{a: string[], b: string[]}} keys */
  list(keys) {
    const isAll = !this.input.value;
    this.lists.replaceChildren(...[["a", this.pair.onlyA], ["b", this.pair.onlyB]].map(([side, count]) => {
      const found = keys[side];
      const items = found.map((key) => make("li", { class: "key", title: key }, key.trim() || "(blank)"));
      if (isAll && count > found.length) items.push(make("li", { class: "more" }, `and ${plural(count - found.length, "other")}`));
      if (!found.length) items.push(make("li", { class: "more" }, isAll ? "none" : "none with this in its key"));
      return make("div", {}, make("h4", {}, `Only in ${side.toUpperCase()}`), make("ul", { "data-side": side }, ...items));
    }));
  }
}
