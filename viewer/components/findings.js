// The drawer of findings: a button in the headline, and sections that are filled when the drawer is open.

import { make } from "./make.js";
import { CurvePlot } from "./curve.js";
import { Matching, healthTable, mapTable, measureTable } from "./tables.js";
import { GroupList, noisePart } from "./groups.js";
import { Versions } from "./versions.js";

const SECTIONS = [
  ["whole", "Pair", "Whole pair"],
  ["overlap", "Curve", "Overlap at every k"],
  ["noise", "Noise", "More than noise"],
  ["moved", "Groups", "Groups that moved together"],
  ["health", "Health", "Health of A and B"],
  ["matched", "Matching", "Matching"],
  ["maps", "Maps", "Quality of the maps"],
  ["versions", "Versions", "All versions"],
];

/** The one note that explains whatever measure is pointed at or has the focus. */
class Tip {
  /** @param {HTMLElement} drawer */
  constructor(drawer) {
    this.terms = null;
    this.root = make("div", { class: "tip", role: "tooltip", id: "tip", hidden: "" });
    const show = (event) => this.show(event.target.closest?.(".term"), drawer);
    const hide = (event) => event.target.closest?.(".term") && this.hide();
    for (const name of ["pointerover", "focusin", "click"]) drawer.addEventListener(name, show);
    for (const name of ["pointerout", "focusout"]) drawer.addEventListener(name, hide);
    drawer.querySelector(".sections").addEventListener("scroll", () => this.hide(), { passive: true });
    drawer.append(this.root);
  }

  show(button, drawer) {
    const about = button && this.terms?.[button.dataset.term];
    if (!about) return;
    const direction = about.direction === "neither" ? "" : `, ${about.direction}`;
    this.root.replaceChildren(make("b", {}, about.title), make("p", {}, about.definition), make("p", { class: "note" }, `${about.range}${direction}. Source: ${about.source}.`));
    this.root.hidden = false;
    this.button?.removeAttribute("aria-describedby");
    this.button = button;
    button.setAttribute("aria-describedby", "tip");
    const [outer, inner] = [drawer.getBoundingClientRect(), button.getBoundingClientRect()];
    const below = inner.bottom - outer.top + 6;
    const above = inner.top - outer.top - this.root.offsetHeight - 6;
    this.root.style.top = `${below + this.root.offsetHeight < outer.height ? below : Math.max(4, above)}px`;
  }

  hide() {
    this.root.hidden = true;
    this.button?.removeAttribute("aria-describedby");
  }
}

/** @param {string} name @param {string} title */
function section(name, title) {
  const body = make("div", { class: "body" });
  const root = make("section", { id: name, "aria-labelledby": `${name}-title` }, make("h3", { id: `${name}-title`, tabindex: "-1" }, title), body);
  return { root, body };
}

/** @param {{model: any, el: HTMLElement}} context given by Panel */
export function render({ model }) {
  const button = make("button", { type: "button", class: "toggle", "aria-expanded": "false", "aria-controls": "findings", title: "Findings (i)" }, "Findings");
  const close = make("button", { type: "button", class: "close", "aria-label": "Close the findings", title: "Close (Esc)" }, "×");
  const title = make("h2", { tabindex: "-1" }, "Findings");
  const parts = Object.fromEntries(SECTIONS.map(([name, , heading]) => [name, section(name, heading)]));
  const nav = make("nav", { "aria-label": "Sections of the findings" }, ...SECTIONS.map(([name, short]) => {
    const link = make("button", { type: "button" }, short);
    link.addEventListener("click", () => {
      parts[name].root.scrollIntoView({ block: "start" });
      parts[name].root.querySelector("h3").focus({ preventScroll: true });
    });
    return link;
  }));
  const sections = make("div", { class: "sections", tabindex: "-1" }, ...Object.values(parts).map(({ root }) => root));
  const nothing = make("p", { class: "none", hidden: "" }, "There is no comparison to tell about.");
  const drawer = make("aside", { id: "findings", class: "drawer", "aria-label": "Findings" }, make("header", {}, title, close), nav, nothing, sections);
  const tip = new Tip(drawer);

  const curve = new CurvePlot((k) => model.send_msg({ k }));
  const groups = new GroupList({ choose: (group) => model.send_msg(groups.chosen === `of group ${group + 1}, moved together` ? { all: true } : { group }), light: (lit) => model.send_msg({ lit }) });
  const matching = new Matching((find, asked) => model.send_msg({ find, asked }));
  const versions = new Versions((a, b) => model.send_msg({ open: [a, b] }));
  parts.overlap.body.append(curve.root);
  parts.moved.body.append(groups.root);
  parts.matched.body.append(matching.root);
  parts.versions.body.append(versions.root);

  const state = { terms: null, pair: null, neighbors: null, versions: null };
  const showPair = () => {
    const { pair, terms, neighbors } = state;
    nothing.hidden = Boolean(pair) || !model.is_open;
    sections.hidden = nav.hidden = !pair;
    if (!pair) return;
    const metric = neighbors?.metric ?? "";
    parts.whole.body.replaceChildren(measureTable(pair.measures, terms, metric));
    parts.health.body.replaceChildren(healthTable(pair.health, terms, metric, pair));
    showMaps();
  };
  const showMaps = () => {
    if (!state.pair) return;
    const k = Object.values(state.pair.maps)[0]?.a.quality_k;
    parts.maps.body.replaceChildren(mapTable(state.pair.maps, state.terms, model.projection), make("p", { class: "note" }, `How far neighbors in a map are neighbors in its space; the first two at k = ${k}.`));
  };
  const showNoise = () => {
    const { neighbors } = state;
    if (neighbors) parts.noise.body.replaceChildren(noisePart(neighbors.noise, model.chosen, () => model.send_msg(model.chosen === "changed more than noise" ? { all: true } : { changed: true })));
  };
  const showNeighbors = () => {
    const { neighbors } = state;
    if (!neighbors) return;
    curve.show(neighbors);
    showNoise();
    groups.show(neighbors.groups, neighbors.objects);
  };
  const showVersions = () => versions.show(state.versions, state.neighbors?.metric ?? "", state.pair?.a ?? "", state.pair?.b ?? "");

  const actions = {
    terms: () => { tip.terms = state.terms; showPair(); },
    pair: () => { showPair(); if (state.pair) matching.show(state.pair); showVersions(); },
    neighbors: () => { showPair(); showNeighbors(); showVersions(); },
    versions: showVersions,
  };
  const read = (name) => {
    state[name] = JSON.parse(model[name]);
    tip.hide();
    actions[name]();
    drawer.dataset.pair = state.pair ? `${state.pair.a}..${state.pair.b}` : "";
    drawer.dataset.metric = state.neighbors?.metric ?? "";
  };
  for (const name of Object.keys(state)) model.on(name, () => read(name));
  const mark = () => {
    drawer.dataset.k = String(model.k);
    curve.mark(model.k);
  };
  const markChosen = () => {
    groups.mark(model.chosen);
    showNoise();
  };
  model.on("k", mark);
  model.on("projection", showMaps);
  model.on("chosen", markChosen);
  model.on("msg:custom", (answer) => matching.receive(answer));

  const showOpen = () => {
    drawer.classList.toggle("open", model.is_open);
    document.documentElement.toggleAttribute("data-findings", model.is_open);
    button.setAttribute("aria-expanded", String(model.is_open));
    if (model.is_open) curve.draw();
    else groups.light(-1);
  };
  const open = (isOpen) => {
    model.is_open = isOpen;
    showOpen();
    if (isOpen) title.focus({ preventScroll: true });
    else button.focus({ preventScroll: true });
  };
  model.on("is_open", showOpen);
  button.addEventListener("click", () => open(!model.is_open));
  close.addEventListener("click", () => open(false));
  const press = (event) => {
    const at = event.composedPath()[0];
    const isTyping = at instanceof HTMLElement && (at.matches("input, select, textarea") || at.isContentEditable);
    if (event.key === "i" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      open(!model.is_open);
    } else if (event.key === "Escape" && model.is_open && !event.defaultPrevented) {
      event.preventDefault();
      open(false);
    }
  };
  document.addEventListener("keydown", press);
  model.on("remove", () => document.removeEventListener("keydown", press));

  for (const name of Object.keys(state)) read(name);
  mark();
  markChosen();
  showOpen();
  return make("div", { class: "findings" }, button, drawer);
}

export default { render };
