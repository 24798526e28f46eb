// What is more than noise, and the groups of objects that moved together.

import { make, plural, score } from "./make.js";

const AT_FIRST = 10;
const LIT_PAUSE = 60;

/** @param {any} noise @param {string} chosen @param {() => void} onChoice */
export function noisePart(noise, chosen, onChoice) {
  if (!noise) {
    return make("p", { class: "none" }, "No runs of the same model are declared for this dataset, so that its noise is not known. Name them under ", make("code", {}, "replicates:"), " in its config.");
  }
  const fact = (value, words) => make("li", {}, make("b", {}, value), make("span", {}, words));
  const share = noise.tested ? `${Math.round((100 * noise.changed) / noise.tested)}\u00a0% of ${noise.tested.toLocaleString("en")}` : "none could be tested";
  const button = make("button", { type: "button", class: "action", "aria-pressed": String(chosen === "changed more than noise") }, "Show the objects that changed more than noise");
  button.toggleAttribute("disabled", !noise.changed);
  button.addEventListener("click", onChoice);
  return make("div", { class: "noise" },
    make("ul", { class: "facts" },
      fact(noise.changed.toLocaleString("en"), `objects changed more than noise, ${share}`),
      fact(noise.ratio === null ? "–" : `${noise.ratio.toFixed(2)} ×`, "the change between two runs of the same model"),
      fact(score(noise.similarity), "mean Jaccard of this pair"),
      fact(score(noise.runs), "mean Jaccard of two such runs"),
    ),
    make("p", { class: "note" }, `At k = ${noise.k}.`),
    button,
  );
}

/** @param {{column: string, value: string | null, inside: number, outside: number}} trait */
function traitText({ column, value, inside, outside }) {
  if (value === null) {
    const tidy = (one) => (one === null ? "–" : String(Number(one.toPrecision(3))));
    return `${column}: median ${tidy(inside)}, all others ${tidy(outside)}`;
  }
  const share = (one) => `${Math.round(100 * one)} %`;
  return `${column} is ${value}: ${share(inside)}, all others ${share(outside)}`;
}

/** The groups as a list of buttons; each narrows the page to its members. */
export class GroupList {
  /** @param {{choose: (place: number) => void, light: (place: number) => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.root = make("div", { class: "groups" });
    this.all = false;
    this.lit = -1;
    this.timer = 0;
  }

  /** @param {any[]} groups @param {Record<string, {key: string, image: string}>} objects */
  show(groups, objects) {
    this.groups = groups;
    this.objects = objects;
    this.all = false;
    this.draw();
  }

  /** @param {string} chosen how the objects on the page were chosen */
  mark(chosen) {
    this.chosen = chosen;
    this.root.querySelectorAll(".group").forEach((button, place) => {
      button.setAttribute("aria-pressed", String(chosen === `of group ${place + 1}, moved together`));
    });
  }

  draw() {
    const { groups } = this;
    if (!groups.length) {
      this.root.replaceChildren(make("p", { class: "none" }, "No objects lost and gained the same neighbors."));
      return;
    }
    const shown = this.all ? groups : groups.slice(0, AT_FIRST);
    const list = make("ol", {}, ...shown.map((group, place) => make("li", {}, this.card(group, place))));
    this.root.replaceChildren(list);
    if (shown.length < groups.length) {
      const more = make("button", { type: "button", class: "action" }, `Show all ${groups.length} groups`);
      more.addEventListener("click", () => {
        this.all = true;
        this.draw();
        list.isConnected || this.root.querySelectorAll(".group")[AT_FIRST]?.focus();
      });
      this.root.append(more);
    }
    this.mark(this.chosen ?? "");
  }

  card(group, place) {
    const name = `Group ${place + 1}`;
    const button = make("button", { type: "button", class: "group", "aria-pressed": "false" },
      make("span", { class: "head" }, make("b", {}, name), make("span", {}, plural(group.size, "object")), make("span", { class: "coherence" }, `coherence ${group.coherence.toFixed(2)}`)),
      this.row("", group.members, group.size),
      this.row("away from", group.lost),
      this.row("towards", group.gained),
      ...group.traits.slice(0, 2).map((trait) => make("span", { class: "trait" }, traitText(trait))),
    );
    button.addEventListener("click", () => this.actions.choose(place));
    for (const name of ["pointerenter", "focus"]) button.addEventListener(name, () => this.light(place));
    for (const name of ["pointerleave", "blur"]) button.addEventListener(name, () => this.light(-1));
    return button;
  }

  row(label, rows, total = rows.length) {
    const parts = rows.map((row) => {
      const { key, image } = this.objects[row];
      if (!image) return make("span", { class: "key", title: key }, key.trim() || "(blank)");
      return make("img", { src: `data:image/png;base64,${image}`, alt: key, title: key, width: "24", height: "24" });
    });
    const rest = total > rows.length ? [make("span", { class: "more" }, `+${total - rows.length}`)] : [];
    const empty = rows.length ? [] : [make("span", { class: "more" }, "none")];
    return make("span", { class: `row ${label.split(" ")[0]}` }, make("span", { class: "label" }, label || "members"), make("span", { class: "keys" }, ...parts, ...rest, ...empty));
  }

  /** Light a group in the maps once the pointer rests. @param {number} place */
  light(place) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (place === this.lit) return;
      this.lit = place;
      this.actions.light(place);
    }, LIT_PAUSE);
  }
}
