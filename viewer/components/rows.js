// The three rows of chips of a domino: common neighbors, those unique to A, those unique to B.

import { fitChips } from "./chips.js";
import { element } from "./dom.js";
import { paintChip } from "./head.js";
import { visibleKey } from "./words.js";

const CHIP_PADDING = 16;
const PICTURE_CHIP = 24;
const WIDEST_CHIP = 150;
const REST_WIDTH = 38;
const ROW_PADDING = 24;
const NAMES = { common: "common", a: "unique", b: "unique" };

export class ChipRows {
  /** @param {import("./card.js").Surroundings} surroundings */
  constructor(surroundings) {
    this.surroundings = surroundings;
    this.rows = { common: chipRow("common"), a: chipRow("unique"), b: chipRow("unique") };
    /** @type {{common: number[], a: number[], b: number[]} | null} */
    this.lists = null;
    for (const { row, rest } of Object.values(this.rows)) {
      rest.addEventListener("click", () => {
        rest.setAttribute("aria-expanded", String(row.classList.toggle("open")));
        this.fill();
      });
    }
  }

  close() {
    for (const { row, rest } of Object.values(this.rows)) {
      row.classList.remove("open");
      rest.setAttribute("aria-expanded", "false");
    }
  }

  /** @param {import("./wire.js").Page} page @param {{common: number[], a: number[], b: number[]}} lists places */
  show(page, lists) {
    this.page = page;
    this.lists = lists;
    this.fill();
  }

  /** Mark the button of a row whose hidden chips hold the object in focus. @param {number} place or −1 */
  light(place) {
    for (const [name, { list, rest }] of Object.entries(this.rows)) {
      rest.classList.toggle("lit", place >= 0 && this.lists[name].indexOf(place) >= list.childElementCount);
    }
  }

  /** Make the chips that fit; an open row shows all of them. */
  fill() {
    for (const [name, { row, label, list, rest }] of Object.entries(this.rows)) {
      const places = this.lists[name];
      label.textContent = places.length ? `${places.length} ${NAMES[name]}` : `none ${NAMES[name]}`;
      const isOpen = row.classList.contains("open");
      const widths = places.slice(0, 60).map((place) => this.chipWidth(place));
      const fitting = fitChips(widths, row.clientWidth - label.offsetWidth - ROW_PADDING, REST_WIDTH);
      const count = isOpen ? places.length : Math.min(fitting, places.length);
      list.replaceChildren(...places.slice(0, count).map((place) => this.chip(place)));
      rest.hidden = !isOpen && count === places.length;
      rest.textContent = isOpen ? "less" : `+${places.length - count}`;
      rest.setAttribute("aria-label", isOpen ? "Show fewer" : `Show all ${places.length} ${NAMES[name]}`);
    }
  }

  /** @param {number} place */
  chipWidth(place) {
    if (this.page.pictures) return PICTURE_CHIP;
    const { measure, theme } = this.surroundings;
    measure.font = `12px ${theme.font}`;
    return Math.min(Math.ceil(measure.measureText(this.page.keys[place]).width) + CHIP_PADDING, WIDEST_CHIP);
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
      chip.textContent = visibleKey(key);
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
