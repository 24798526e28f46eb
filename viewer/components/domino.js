// The component: two columns of dominoes with a scroll index beside each, drawn from one message of the server.

import { Card, element, percent } from "./card.js";
import { Pictures } from "./pictures.js";

/**
 * @typedef {object} Page  one message, decoded
 * @property {number} version
 * @property {string} dataset
 * @property {string} a
 * @property {string} b
 * @property {number} k
 * @property {number} least how many of the dominoes belong to the first column
 * @property {boolean} pictures whether the objects have thumbnails
 * @property {string[]} keys of every object on the page
 * @property {Int32Array} rows their rows in the comparison
 * @property {Float32Array} map_a their coordinates, x and y alternating
 * @property {Float32Array} map_b
 * @property {Int32Array} objects the dominoes, as places in `keys`
 * @property {Float32Array} similarity of the dominoes, 0 … 1
 * @property {string[]} colors of these similarities
 * @property {Int32Array} ties how many objects have the same similarity
 * @property {Int32Array} neighbors_a k places for every domino, nearest first
 * @property {Int32Array} neighbors_b
 * @property {Uint8Array} common_a 1 where the neighbor is one in the other space too
 * @property {Uint8Array} common_b
 */

const POINTED_PAUSE = 60;

const ARRAYS = {
  rows: Int32Array, objects: Int32Array, ties: Int32Array, neighbors_a: Int32Array, neighbors_b: Int32Array,
  map_a: Float32Array, map_b: Float32Array, similarity: Float32Array, common_a: Uint8Array, common_b: Uint8Array,
  sizes: Int32Array, bytes: Uint8Array,
};

/** Bokeh's own array class breaks slice and subarray; look at its buffer through a plain one. */
function plain(message) {
  const record = { ...message };
  for (const [name, Type] of Object.entries(ARRAYS)) {
    const array = record[name];
    if (array) record[name] = new Type(array.buffer, array.byteOffset, array.length);
  }
  return record;
}

/** @param {Element} host */
function readTheme(host) {
  const style = getComputedStyle(host);
  const value = (name) => style.getPropertyValue(`--ec-${name}`).trim();
  return {
    common: value("common"), unique: value("unique"), text: value("text"), object: value("object"),
    card: value("card"), font: value("font") || "sans-serif",
  };
}

/** One column: a title, its dominoes in a scrolling list, and the index beside it. */
class Column {
  /** @param {string} rank Least or Most @param {import("./card.js").Surroundings} surroundings */
  constructor(rank, surroundings) {
    this.surroundings = surroundings;
    /** @type {Card[]} */
    this.cards = [];
    this.list = element("ol", "cards");
    this.index = element("ol", "index");
    this.scroller = element("div", "scroller", this.list);
    this.scroller.tabIndex = 0;
    this.scroller.setAttribute("role", "region");
    this.scroller.setAttribute("aria-label", `${rank} similar objects`);
    const title = element("h2", "", element("b", "", rank), " similar objects");
    const nav = element("nav", "", this.index);
    nav.setAttribute("aria-label", `Index of the ${rank.toLowerCase()} similar objects`);
    this.root = element("section", "column", title, this.scroller, nav);
    this.watchSight();
  }

  watchSight() {
    const inSight = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const place = this.cards.findIndex((card) => card.root === entry.target);
        if (place < 0) continue;
        this.cards[place].isVisible = entry.isIntersecting;
        this.cards[place].show();
      }
    }, { root: this.scroller, rootMargin: "150px 0px" });
    const fullySeen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const place = this.cards.findIndex((card) => card.domino === entry.target);
        this.index.children[place]?.classList.toggle("seen", entry.isIntersecting);
      }
    }, { root: this.scroller, threshold: 0.6 });
    this.observers = [inSight, fullySeen];
  }

  /** @param {Page} page @param {number} start first domino of this column @param {number} count */
  show(page, start, count) {
    while (this.cards.length < count) this.addCard();
    while (this.cards.length > count) this.dropCard();
    this.cards.forEach((card, place) => {
      const index = start + place;
      card.assign(page, index, tieHeading(page, start, index));
      this.writeEntry(place, page, index);
    });
    this.scroller.scrollTop = 0;
    requestAnimationFrame(() => this.cards.forEach((card) => card.show()));
  }

  addCard() {
    const card = new Card(this.surroundings);
    this.cards.push(card);
    this.list.append(card.root);
    card.domino.addEventListener("pointerenter", () => this.surroundings.pointAt(card.row()));
    card.domino.addEventListener("pointerleave", () => this.surroundings.pointAt(-1));
    this.observers[0].observe(card.root);
    this.observers[1].observe(card.domino);
    const button = element("button", "", element("span", "key"), element("span", "meter", element("i")), element("span", "share"));
    button.type = "button";
    button.addEventListener("click", () => card.root.scrollIntoView({ behavior: scrollBehavior(), block: "start" }));
    button.addEventListener("pointerenter", () => card.domino.classList.add("pointed"));
    button.addEventListener("pointerleave", () => card.domino.classList.remove("pointed"));
    this.index.append(element("li", "", button));
  }

  dropCard() {
    const card = this.cards.pop();
    this.observers[0].unobserve(card.root);
    this.observers[1].unobserve(card.domino);
    card.root.remove();
    this.index.lastElementChild.remove();
  }

  /** @param {number} place @param {Page} page @param {number} index */
  writeEntry(place, page, index) {
    const [key, meter, share] = this.index.children[place].firstElementChild.children;
    key.textContent = page.keys[page.objects[index]].trim() || "(blank)";
    key.title = page.keys[page.objects[index]];
    share.textContent = percent(page.similarity[index]);
    meter.firstElementChild.style.width = percent(page.similarity[index]);
    meter.firstElementChild.style.background = page.colors[index];
  }

  redraw() {
    for (const card of this.cards) card.isStale = true;
    for (const card of this.cards) card.show();
  }

  disconnect() {
    for (const observer of this.observers) observer.disconnect();
  }
}

/** The words above the first domino of a group of equal similarity. */
function tieHeading(page, start, index) {
  const isFirst = index === start || page.similarity[index] !== page.similarity[index - 1];
  if (!isFirst || page.ties[index] < 2) return "";
  return `${page.ties[index].toLocaleString("en")} objects tied at ${percent(page.similarity[index])}`;
}

function scrollBehavior() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}

/**
 * Act on a value once it has not changed for a while, and never twice on the same.
 *
 * @param {number} pause milliseconds
 * @param {(value: number) => void} act
 */
function settled(pause, act) {
  let timer = 0;
  let acted = -1;
  return (value) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (value !== acted) act(value);
      acted = value;
    }, pause);
  };
}

/** @param {{model: any, el: HTMLElement}} context given by Panel */
export function render({ model, el }) {
  const surroundings = {
    theme: readTheme(el),
    pictures: new Pictures((request) => model.send_msg(request), () => redraw()),
    pointAt: settled(POINTED_PAUSE, (row) => model.send_msg({ pointed: row })),
  };
  const columns = [new Column("Least", surroundings), new Column("Most", surroundings)];
  const root = element("div", "columns", ...columns.map((column) => column.root));
  const redraw = () => {
    surroundings.theme = readTheme(el);
    columns.forEach((column) => column.redraw());
  };
  let version = -1;

  const show = () => {
    const message = plain(model.message);
    if (message.version <= version) return; // an answer that was overtaken by a newer one
    version = message.version;
    root.hidden = !message.k;
    if (!message.k) return;
    const page = { ...message, keys: JSON.parse(message.keys), colors: JSON.parse(message.colors) };
    root.dataset.k = String(page.k);
    surroundings.pictures.use(page.dataset);
    columns[0].show(page, 0, page.least);
    columns[1].show(page, page.least, page.objects.length - page.least);
  };

  model.on("message", show);
  model.on("msg:custom", (answer) => surroundings.pictures.receive(plain(answer)));
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", redraw);
  const chosen = new MutationObserver(redraw);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const size = new ResizeObserver(redraw);
  size.observe(root);
  model.on("remove", () => {
    scheme.removeEventListener("change", redraw);
    [chosen, size, ...columns].forEach((watcher) => watcher.disconnect());
  });
  show();
  return root;
}

export default { render };
