// Every published pair of the dataset: a matrix whose cells open a pair, and the steps from version to version.

import { make, score } from "./make.js";

const SCORES = [["jaccard_mean", "Jaccard"], ["chance_adjusted", "Chance-adjusted"]];
const NUMBERED = 12;

/** The colour of a score 0 … 1, and whether dark text is legible on it.
 * @param {number} value @param {string[]} fill */
export function shade(value, fill) {
  const color = fill[Math.min(fill.length - 1, Math.floor(Math.max(0, value) * fill.length))];
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const share = parseInt(color.slice(start, start + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return { color, ink: light > 0.18 ? "#10161d" : "#ffffff" };
}

/** The matrix and the steps. */
export class Versions {
  /** @param {(a: string, b: string) => void} onOpen */
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.measure = SCORES[0][0];
    this.root = make("div", { class: "versions" });
  }

  /** @param {any} data @param {string} metric @param {string} a @param {string} b */
  show(data, metric, a, b) {
    Object.assign(this, { data, metric, a, b });
    if (!data?.pairs.length) {
      this.root.replaceChildren();
      return;
    }
    this.values = new Map();
    for (const pair of data.pairs) this.values.set(`${pair.a}\n${pair.b}`, pair.scores[metric] ?? null);
    const k = [...this.values.values()].find(Boolean)?.k;
    const choice = make("div", { class: "choice", role: "group", "aria-label": "Score of the matrix" }, ...SCORES.map(([name, title]) => {
      const button = make("button", { type: "button", "aria-pressed": String(name === this.measure) }, title);
      button.addEventListener("click", () => {
        this.measure = name;
        this.show(this.data, this.metric, this.a, this.b);
        this.root.querySelector(".choice [aria-pressed=true]").focus();
      });
      return button;
    }));
    const words = make("span", { class: "note" }, k ? `mean at k = ${k}, rows A, columns B` : "rows A, columns B");
    this.root.replaceChildren(make("div", { class: "bar" }, choice, words), this.matrix());
    // Two versions have one step, which is the one cell above.
    if (data.versions.length > 2) this.root.append(make("h4", {}, "Every version against the one before"), this.steps());
  }

  score(a, b) {
    return this.values.get(`${a}\n${b}`)?.[this.measure] ?? null;
  }

  /** A button that opens a pair. */
  button(a, b, value, text) {
    const isHere = a === this.a && b === this.b;
    const attributes = { type: "button", class: isHere ? "cell here" : "cell", "aria-label": `${a} with ${b}: ${score(value)}`, title: `${a} → ${b}: ${score(value)}`, ...(isHere ? { "aria-current": "true" } : {}) };
    const button = make("button", attributes, text);
    button.addEventListener("click", () => this.onOpen(a, b));
    return button;
  }

  matrix() {
    const rows = this.data.versions.filter((a) => this.data.pairs.some((pair) => pair.a === a));
    const columns = this.data.versions.filter((b) => this.data.pairs.some((pair) => pair.b === b));
    const table = make("table", { class: columns.length > NUMBERED ? "matrix small" : "matrix" });
    const name = (version) => make("span", { title: version }, version);
    table.append(make("thead", {}, make("tr", {}, make("td"), ...columns.map((b) => make("th", { scope: "col" }, name(b))))));
    const body = make("tbody");
    for (const a of rows) {
      const cells = columns.map((b) => {
        if (!this.values.has(`${a}\n${b}`)) return make("td");
        const value = this.score(a, b);
        const button = this.button(a, b, value, columns.length > NUMBERED || value === null ? "" : value.toFixed(2).replace(/^(-?)0\./, "$1.").replace("-", "−"));
        if (value !== null) {
          const { color, ink } = shade(value, this.data.fill);
          button.style.background = color;
          button.style.color = ink;
        }
        return make("td", {}, button);
      });
      body.append(make("tr", {}, make("th", { scope: "row" }, name(a)), ...cells));
    }
    table.append(body);
    return make("div", { class: "scroll" }, table);
  }

  /** One bar for every version, as tall as it is like the one before. */
  steps() {
    const { versions } = this.data;
    const list = make("ol", { class: "steps" });
    for (let i = 1; i < versions.length; i += 1) {
      const [a, b] = [versions[i - 1], versions[i]];
      const isForward = this.values.has(`${a}\n${b}`);
      const pair = isForward ? [a, b] : [b, a];
      const item = make("li", { class: this.values.has(pair.join("\n")) ? "" : "missing" });
      if (this.values.has(pair.join("\n"))) {
        const value = this.score(...pair);
        const bar = make("i");
        bar.style.height = `${Math.max(2, 100 * Math.max(0, value ?? 0))}%`;
        bar.style.background = value === null ? "" : shade(value, this.data.fill).color;
        item.append(this.button(...pair, value, make("span", { class: "pillar" }, bar)), make("span", { class: "value" }, score(value)));
      }
      item.append(make("span", { class: "from", title: `${a} → ${b}` }, b));
      list.append(item);
    }
    return list;
  }
}
