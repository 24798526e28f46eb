// The head of a domino: its object, its similarity at every k, what it is sorted by, and the buttons.

import { actButton, element } from "./dom.js";
import { drawSpark } from "./lines.js";
import { drawPicture } from "./pictures.js";
import { chanceWords, percent, visibleKey } from "./words.js";

const HEAD_PICTURE = 24;

export class Head {
  /** @param {() => void} pin @param {() => void} ranks toggles */
  constructor(pin, ranks) {
    this.picture = element("canvas", "picture");
    this.name = element("h3");
    this.value = element("span", "value");
    this.spark = element("canvas", "spark");
    this.spark.setAttribute("role", "img");
    this.share = element("span", "share");
    this.bar = element("i");
    this.ranks = actButton("ranks", "⇄", "Ranks in A and B (r)", ranks);
    this.pin = actButton("pin", "", "Pin (p)", pin);
    this.root = element(
      "header", "", this.picture, this.name, this.value, this.spark, this.share, this.ranks, this.pin,
      element("span", "meter", this.bar),
    );
  }

  /** @param {import("./wire.js").Page} page @param {number} index */
  assign(page, index) {
    const key = page.keys[page.objects[index]];
    const similarity = percent(page.similarity[index]);
    this.name.textContent = visibleKey(key);
    this.name.title = key;
    this.share.textContent = `${similarity} similar`;
    this.share.title = `${similarity} of the neighbors agree at k = ${page.k}; ${chanceWords(page.chance)}`;
    this.value.hidden = !page.labels.length;
    this.value.textContent = page.labels[index] ?? "";
    this.value.title = page.labels.length ? `${page.sorted_by}: ${page.labels[index]}` : "";
    this.bar.style.width = percent(page.similarity[index]);
    this.bar.style.background = page.colors[index];
    this.spark.setAttribute("aria-label", `Similarity from k = 1 to ${page.k_max}; at k = ${page.k} ${similarity}, ${chanceWords(page.chance)}`);
    this.spark.title = `similarity from k = 1 to ${page.k_max}; dashed: ${chanceWords(page.chance)} at k = ${page.k}`;
  }

  /** @param {import("./wire.js").Page} page @param {number} index @param {import("./card.js").Surroundings} surroundings */
  draw(page, index, { theme, pictures }) {
    const overlaps = page.overlaps.slice(index * page.k_max, (index + 1) * page.k_max);
    drawSpark(this.spark, overlaps, page.chances, page.k, theme);
    const place = page.objects[index];
    const image = page.pictures ? pictures.get(page.keys[place], page.rows[place]) : null;
    this.picture.hidden = !image;
    if (image) paintChip(this.picture, image, HEAD_PICTURE);
  }

  /** @param {boolean} isPinned */
  showPinned(isPinned) {
    this.pin.setAttribute("aria-pressed", String(isPinned));
    this.pin.title = isPinned ? "Take the pin out (p)" : "Pin (p)";
  }

  /** @param {boolean} hasRanks */
  showRanks(hasRanks) {
    this.ranks.setAttribute("aria-pressed", String(hasRanks));
  }
}

/** @param {HTMLCanvasElement} canvas @param {ImageBitmap} image @param {number} side in CSS pixels */
export function paintChip(canvas, image, side) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.height = Math.round(side * ratio);
  canvas.style.width = canvas.style.height = `${side}px`;
  drawPicture(canvas.getContext("2d"), image, 0, 0, canvas.width);
}
