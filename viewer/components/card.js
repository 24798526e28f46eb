// One domino: the head, the chips of common and unique neighbors, and a plot for each space.

import { splitChips } from "./chips.js";
import { element } from "./dom.js";
import { Head } from "./head.js";
import { Slope } from "./lines.js";
import { Plot } from "./plot.js";
import { ChipRows } from "./rows.js";
import { distanceWords, rankWords, standings, visibleKey } from "./words.js";

/**
 * @typedef {import("./wire.js").Page} Page
 * @typedef {object} Surroundings  what all dominoes share
 * @property {import("./plot.js").Theme} theme
 * @property {import("./pictures.js").Pictures} pictures
 * @property {CanvasRenderingContext2D} measure to measure text with
 * @property {(row: number) => void} pointAt tells the server
 * @property {string[]} pinned keys
 * @property {(key: string) => void} togglePin
 * @property {Set<string>} ranked keys of the dominoes with ranks between their plots
 */

const UNCERTAIN = 0.5;
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class Card {
  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.surroundings = surroundings;
    this.head = new Head(() => this.togglePin(), () => this.toggleRanks());
    this.chips = new ChipRows(surroundings);
    this.tags = [element("figcaption"), element("figcaption")];
    this.canvases = [element("canvas"), element("canvas")];
    this.plots = this.canvases.map((canvas) => new Plot(canvas, surroundings.pictures));
    const strip = element("canvas");
    this.slope = new Slope(strip);
    this.ties = element("p", "ties");
    this.readout = element("p", "readout");
    this.spoken = element("p", "spoken");
    this.spoken.setAttribute("aria-live", "polite");
    const [a, b] = this.canvases.map((canvas, side) => element("figure", "", canvas, this.tags[side]));
    this.strip = element("figure", "strip", strip);
    strip.setAttribute("role", "img");
    const plots = element("div", "plots", a, this.strip, b, this.readout, this.spoken);
    const { common, a: uniqueA, b: uniqueB } = this.chips.rows;
    this.domino = element("article", "domino", this.head.root, common.row, plots, element("div", "uniques", uniqueA.row, uniqueB.row));
    this.root = element("li", "place", this.ties, this.domino);
    this.focus = -1;
    this.isStale = false;
    this.isVisible = false;
    this.setCurrent(false);
    this.listen();
  }

  listen() {
    this.canvases.forEach((canvas, side) => {
      canvas.addEventListener("pointermove", (event) => this.point(this.plots[side].at(event.offsetX, event.offsetY)));
      canvas.addEventListener("pointerleave", () => this.point(-1));
      canvas.addEventListener("keydown", (event) => this.walk(event, side));
      canvas.addEventListener("blur", () => this.point(-1));
    });
    this.domino.addEventListener("pointerover", (event) => {
      const chip = /** @type {Element} */ (event.target).closest("[data-place]");
      if (chip) this.point(Number(chip.getAttribute("data-place")));
    });
    this.domino.addEventListener("pointerout", (event) => {
      if (/** @type {Element} */ (event.target).closest("[data-place]")) this.point(-1);
    });
    this.domino.addEventListener("pointerenter", () => this.surroundings.pointAt(this.row()));
    this.domino.addEventListener("pointerleave", () => this.surroundings.pointAt(-1));
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
    this.head.assign(page, index);
    this.domino.setAttribute("aria-label", `${this.key()}, ${this.head.share.textContent}`);
    this.ties.textContent = heading;
    this.ties.hidden = !heading;
    this.readout.hidden = true;
    [["A", page.a, page.error_a], ["B", page.b, page.error_b]].forEach(([side, version, error], place) => {
      const isUncertain = error[index] > UNCERTAIN;
      this.tags[place].replaceChildren(element("span", "", `${side} · ${version}`), ...(isUncertain ? [element("span", "uncertain", "map place uncertain")] : []));
    });
    this.chips.close();
    this.showMarks();
  }

  key() {
    return this.page ? this.page.keys[this.page.objects[this.index]] : "";
  }

  /** The common row of the object. */
  row() {
    return this.page ? this.page.rows[this.page.objects[this.index]] : -1;
  }

  /** What it is sorted by. @returns {number | null} */
  value() {
    return this.page ? this.page.values[this.index] : null;
  }

  togglePin() {
    if (this.page) this.surroundings.togglePin(this.key());
  }

  toggleRanks() {
    const { ranked } = this.surroundings;
    if (!ranked.delete(this.key())) ranked.add(this.key());
    this.showMarks();
    this.isStale = true;
    this.show();
  }

  /** Show whether the domino is pinned, and whether it has ranks. */
  showMarks() {
    const hasRanks = this.surroundings.ranked.has(this.key());
    this.head.showPinned(this.surroundings.pinned.includes(this.key()));
    this.head.showRanks(hasRanks);
    this.domino.classList.toggle("with-ranks", hasRanks);
  }

  /** Let the Tab key reach the domino and what is in it, or pass it by. @param {boolean} isCurrent */
  setCurrent(isCurrent) {
    const { common, a, b } = this.chips.rows;
    const inside = [this.domino, this.head.ranks, this.head.pin, ...this.canvases, common.rest, a.rest, b.rest];
    for (const one of inside) one.tabIndex = isCurrent ? 0 : -1;
  }

  /** Draw what is stale, if the card can be seen. */
  show() {
    if (!this.isVisible || !this.isStale || !this.page) return;
    this.isStale = false;
    const { page, index } = this;
    const part = (name) => page[name].slice(index * page.k, (index + 1) * page.k);
    const sides = ["a", "b"].map((side) => ({
      neighbors: part(`neighbors_${side}`), isCommon: part(`common_${side}`), ranks: part(`ranks_${side}`),
      distances: part(`distances_${side}`), across: part(`across_${side}`), map: page[`map_${side}`],
    }));
    const [a, b] = sides.map(({ neighbors, isCommon }) => splitChips(neighbors, isCommon));
    this.standings = standings(sides);
    this.chips.show(page, { common: a.common, a: a.unique, b: b.unique });
    sides.forEach(({ neighbors, isCommon, map }, side) => {
      const places = [page.objects[index], ...neighbors];
      this.plots[side].arrange({ places, isCommon, keys: page.keys, rows: page.rows, map }, page.pictures, this.surroundings.theme);
      this.canvases[side].setAttribute("role", "application");
      this.canvases[side].setAttribute("aria-label", this.describe(side));
    });
    this.slope.arrange(this.standings, page.k);
    this.slope.canvas.setAttribute("aria-label", `Ranks in A and in B of ${a.common.length} common neighbors`);
    this.draw();
  }

  /** @param {number} side 0 for A, 1 for B */
  describe(side) {
    const { lists } = this.chips;
    const space = side ? `B, ${this.page.b}` : `A, ${this.page.a}`;
    const unique = side ? lists.b.length : lists.a.length;
    return `“${this.key()}” in ${space}: ${lists.common.length} common and ${unique} unique neighbors; arrow keys walk them`;
  }

  draw() {
    for (const plot of this.plots) plot.draw(this.surroundings.theme, this.focus);
    this.slope.draw(this.surroundings.theme, this.focus);
    this.head.draw(this.page, this.index, this.surroundings);
  }

  /** Put an object in focus everywhere in this domino. @param {number} place or −1 */
  point(place) {
    if (place === this.focus || !this.chips.lists) return;
    this.focus = place;
    this.domino.querySelectorAll(".lit").forEach((chip) => chip.classList.remove("lit"));
    this.domino.querySelectorAll(`[data-place="${place}"]`).forEach((chip) => chip.classList.add("lit"));
    this.chips.light(place);
    for (const plot of this.plots) plot.draw(this.surroundings.theme, place);
    this.slope.draw(this.surroundings.theme, place);
    const standing = this.standings.get(place);
    this.readout.hidden = !standing;
    if (!standing) return;
    const name = element("b", "", visibleKey(this.page.keys[place]));
    const detail = element("span", "", distanceWords(standing));
    this.readout.replaceChildren(name, element("span", "", rankWords(standing, this.page.k_max)), detail);
  }

  /** Walk the neighbors of one space with the arrow keys, nearest first. @param {KeyboardEvent} event @param {number} side */
  walk(event, side) {
    if (!this.page) return;
    if (event.key === "Escape" && this.focus >= 0) {
      this.point(-1);
    } else if (event.key in STEPS) {
      const { places } = this.plots[side].shown;
      const last = places.length - 1;
      const at = places.indexOf(this.focus) + STEPS[event.key];
      const place = places[this.focus < 0 ? 1 : Math.min(Math.max(at, 1), last)];
      this.point(place);
      this.spoken.textContent = `${this.page.keys[place]}, ${rankWords(this.standings.get(place), this.page.k_max)}`;
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
