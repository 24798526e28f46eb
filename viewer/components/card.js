// One domino: the head, the chips of common and unique neighbors, and a plot for each space.

import { fitChips, splitChips } from "./chips.js";
import { drawPicture } from "./pictures.js";
import { Plot } from "./plot.js";

/**
 * @typedef {import("./domino.js").Page} Page
 * @typedef {{theme: import("./plot.js").Theme, pictures: import("./pictures.js").Pictures, pointAt: (row: number) => void}} Surroundings
 */

const CHIP_PADDING = 16;
const PICTURE_CHIP = 24;
const WIDEST_CHIP = 150;
const REST_WIDTH = 38;
const ROW_PADDING = 24;

/** @param {number} share 0 … 1 */
export function percent(share) {
  return `${Math.round(share * 100)}%`;
}

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {...(Node | string)} children strings become text nodes
 */
export function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

export class Card {
  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.surroundings = surroundings;
    this.rows = { common: chipRow("common"), a: chipRow("unique"), b: chipRow("unique") };
    this.picture = element("canvas", "picture");
    this.name = element("h3");
    this.bar = element("i");
    this.share = element("span", "share");
    this.tags = [element("figcaption"), element("figcaption")];
    this.canvases = [element("canvas"), element("canvas")];
    this.plots = this.canvases.map((canvas) => new Plot(canvas, surroundings.pictures));
    this.ties = element("p", "ties");
    const head = element("header", "", this.picture, this.name, element("span", "meter", this.bar), this.share);
    const figures = this.canvases.map((canvas, side) => element("figure", "", canvas, this.tags[side]));
    this.domino = element("article", "domino", head, this.rows.common.row, element("div", "plots", ...figures));
    this.domino.append(element("div", "uniques", this.rows.a.row, this.rows.b.row));
    this.root = element("li", "place", this.ties, this.domino);
    this.focus = -1;
    this.isStale = false;
    this.isVisible = false;
    this.listen();
  }

  listen() {
    this.canvases.forEach((canvas, side) => {
      canvas.addEventListener("pointermove", (event) => this.point(this.plots[side].at(event.offsetX, event.offsetY)));
      canvas.addEventListener("pointerleave", () => this.point(-1));
    });
    this.domino.addEventListener("pointerover", (event) => {
      const chip = /** @type {Element} */ (event.target).closest("[data-place]");
      if (chip) this.point(Number(chip.getAttribute("data-place")));
    });
    this.domino.addEventListener("pointerout", (event) => {
      if (/** @type {Element} */ (event.target).closest("[data-place]")) this.point(-1);
    });
    for (const { row, rest } of Object.values(this.rows)) {
      rest.addEventListener("click", () => {
        const isOpen = row.classList.toggle("open");
        rest.setAttribute("aria-expanded", String(isOpen));
        this.fillChips();
      });
    }
  }

  /**
   * Take a new content; it is drawn when the card comes into sight.
   *
   * @param {Page} page
   * @param {number} index of the domino in the page
   * @param {string} heading of the group of ties that begins here, or empty
   */
  assign(page, index, heading) {
    this.page = page;
    this.index = index;
    this.focus = -1;
    this.isStale = true;
    const key = page.keys[page.objects[index]];
    this.name.textContent = key.trim() ? key : "(blank)";
    this.name.title = key;
    this.share.textContent = `${percent(page.similarity[index])} similar`;
    this.bar.style.width = percent(page.similarity[index]);
    this.bar.style.background = page.colors[index];
    this.ties.textContent = heading;
    this.ties.hidden = !heading;
    this.tags[0].textContent = `A · ${page.a}`;
    this.tags[1].textContent = `B · ${page.b}`;
    for (const { row, rest } of Object.values(this.rows)) {
      row.classList.remove("open");
      rest.setAttribute("aria-expanded", "false");
    }
  }

  /** The common row of the object. */
  row() {
    return this.page ? this.page.rows[this.page.objects[this.index]] : -1;
  }

  /** Draw what is stale, if the card can be seen. */
  show() {
    if (!this.isVisible || !this.isStale || !this.page) return;
    this.isStale = false;
    const { page, index } = this;
    const [start, end] = [index * page.k, (index + 1) * page.k];
    const sides = [
      { neighbors: page.neighbors_a.slice(start, end), isCommon: page.common_a.slice(start, end), map: page.map_a },
      { neighbors: page.neighbors_b.slice(start, end), isCommon: page.common_b.slice(start, end), map: page.map_b },
    ];
    const [a, b] = sides.map(({ neighbors, isCommon }) => splitChips(neighbors, isCommon));
    this.lists = { common: a.common, a: a.unique, b: b.unique };
    this.fillChips();
    sides.forEach(({ neighbors, isCommon, map }, side) => {
      const places = [page.objects[index], ...neighbors];
      this.plots[side].arrange({ places, isCommon, keys: page.keys, rows: page.rows, map }, page.pictures, this.surroundings.theme);
      this.canvases[side].setAttribute("role", "img");
      this.canvases[side].setAttribute("aria-label", this.describe(side));
    });
    this.draw();
  }

  /** @param {number} side 0 for A, 1 for B */
  describe(side) {
    const { page, lists } = this;
    const space = side ? `B, ${page.b}` : `A, ${page.a}`;
    const unique = side ? lists.b.length : lists.a.length;
    return `“${this.name.title}” in ${space}: ${lists.common.length} common and ${unique} unique neighbors`;
  }

  draw() {
    for (const plot of this.plots) plot.draw(this.surroundings.theme, this.focus);
    this.drawHeadPicture();
  }

  drawHeadPicture() {
    const place = this.page.objects[this.index];
    const image = this.page.pictures ? this.surroundings.pictures.get(this.page.keys[place], this.page.rows[place]) : null;
    this.picture.hidden = !image;
    if (image) paintChip(this.picture, image, 24);
  }

  /** Put an object in focus everywhere in this domino. @param {number} place or −1 */
  point(place) {
    if (place === this.focus || !this.lists) return;
    this.focus = place;
    this.domino.querySelectorAll(".lit").forEach((chip) => chip.classList.remove("lit"));
    if (place >= 0) {
      this.domino.querySelectorAll(`[data-place="${place}"]`).forEach((chip) => chip.classList.add("lit"));
      for (const name of ["common", "a", "b"]) {
        const hiddenChip = this.lists[name].indexOf(place) >= this.rows[name].list.childElementCount;
        this.rows[name].rest.classList.toggle("lit", hiddenChip);
      }
    }
    for (const plot of this.plots) plot.draw(this.surroundings.theme, place);
  }

  /** Make the chips that fit; an open row shows all of them. */
  fillChips() {
    const names = { common: "common", a: "unique", b: "unique" };
    for (const name of ["common", "a", "b"]) {
      const { row, label, list, rest } = this.rows[name];
      const places = this.lists[name];
      label.textContent = places.length ? `${places.length} ${names[name]}` : `none ${names[name]}`;
      const isOpen = row.classList.contains("open");
      const widths = places.slice(0, 60).map((place) => this.chipWidth(place));
      const fitting = fitChips(widths, this.roomFor(row, label), REST_WIDTH);
      const count = isOpen ? places.length : Math.min(fitting, places.length);
      list.replaceChildren(...places.slice(0, count).map((place) => this.chip(place)));
      rest.hidden = !isOpen && count === places.length;
      rest.textContent = isOpen ? "less" : `+${places.length - count}`;
      rest.setAttribute("aria-label", isOpen ? "Show fewer" : `Show all ${places.length} ${names[name]}`);
    }
  }

  /** Pixels that chips and button can take in a row. @param {HTMLElement} row @param {HTMLElement} label */
  roomFor(row, label) {
    return row.clientWidth - label.offsetWidth - ROW_PADDING;
  }

  /** @param {number} place */
  chipWidth(place) {
    if (this.page.pictures) return PICTURE_CHIP;
    const { context } = this.plots[0];
    context.font = `12px ${this.surroundings.theme.font}`;
    return Math.min(Math.ceil(context.measureText(this.page.keys[place]).width) + CHIP_PADDING, WIDEST_CHIP);
  }

  /** @param {number} place */
  chip(place) {
    const key = this.page.keys[place];
    const chip = element("li", "chip");
    chip.dataset.place = String(place);
    chip.title = key;
    const image = this.page.pictures ? this.surroundings.pictures.get(key, this.page.rows[place]) : null;
    if (image) {
      const canvas = element("canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", key);
      paintChip(canvas, image, PICTURE_CHIP - 4);
      chip.append(canvas);
      chip.classList.add("pictured");
    } else {
      chip.textContent = key.trim() ? key : "(blank)";
    }
    return chip;
  }
}

/** @param {string} kind common or unique */
function chipRow(kind) {
  const label = element("span", "label");
  const list = element("ul");
  const rest = element("button", "rest");
  rest.type = "button";
  rest.hidden = true;
  return { row: element("div", `chips ${kind}`, label, list, rest), label, list, rest };
}

/** @param {HTMLCanvasElement} canvas @param {ImageBitmap} image @param {number} side in CSS pixels */
function paintChip(canvas, image, side) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.height = Math.round(side * ratio);
  canvas.style.width = canvas.style.height = `${side}px`;
  drawPicture(canvas.getContext("2d"), image, 0, 0, canvas.width);
}
