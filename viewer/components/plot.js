// One plot of a domino: an object and its neighbors in one space, on a canvas.

import { placePoints } from "./layout.js";
import { placeLabels } from "./labels.js";
import { drawPicture } from "./pictures.js";
import { misplaced } from "./words.js";

/**
 * @typedef {{common: string, unique: string, text: string, object: string, card: string, line: string, soft: string, font: string}} Theme
 * @typedef {{places: number[], isCommon: ArrayLike<number>, keys: string[], rows: Int32Array, map: Float32Array}} Neighborhood
 *   places: the object, then its neighbors nearest first, as places in keys, rows and map
 */

const RADIUS = 4;
const CENTER_RADIUS = 6;
const PICTURE = 20;
const CENTER_PICTURE = 32;
const REACH = 14;
const CAPTION = 16;
const LONGEST_LABEL = 26;

export class Plot {
  /** @param {HTMLCanvasElement} canvas @param {import("./pictures.js").Pictures} pictures */
  constructor(canvas, pictures) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.pictures = pictures;
    /** @type {Neighborhood | null} */
    this.shown = null;
    this.spots = [];
    this.labels = [];
  }

  /**
   * Lay out a neighborhood for the canvas' present size.
   *
   * @param {Neighborhood} shown
   * @param {boolean} hasPictures
   * @param {Theme} theme
   */
  arrange(shown, hasPictures, theme) {
    this.shown = shown;
    this.hasPictures = hasPictures;
    const ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.ratio = ratio;
    const xs = shown.places.map((place) => shown.map[2 * place]);
    const ys = shown.places.map((place) => shown.map[2 * place + 1]);
    this.isMisplaced = misplaced(xs, ys);
    this.spots = placePoints(xs, ys, this.width, this.height, hasPictures ? 16 : 14, CAPTION);
    this.labels = hasPictures ? [] : this.fitLabels(theme);
  }

  /** @param {Theme} theme */
  fitLabels(theme) {
    const points = this.spots.map(({ x, y }, index) => ({ x, y, radius: this.radius(index) }));
    const order = points.map((_, index) => index);
    return placeLabels(points, order, (index) => this.labelWidth(index, theme), this.width, this.height, CAPTION);
  }

  /** @param {number} index */
  radius(index) {
    if (this.hasPictures) return (index ? PICTURE : CENTER_PICTURE) / 2;
    return index ? RADIUS : CENTER_RADIUS;
  }

  /** @param {number} index */
  text(index) {
    return shorten(this.shown.keys[this.shown.places[index]]);
  }

  /** @param {number} index @param {Theme} theme */
  labelWidth(index, theme) {
    this.context.font = labelFont(index, theme);
    return Math.ceil(this.context.measureText(this.text(index)).width);
  }

  /**
   * Draw everything; when one object of the domino is in focus, the others step back.
   *
   * @param {Theme} theme
   * @param {number} focus place of the object in focus, or −1
   */
  draw(theme, focus) {
    if (!this.shown) return;
    const { context, shown } = this;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    const focused = focus < 0 ? -1 : shown.places.indexOf(focus);
    const quiet = focused > 0;
    // Farthest first, so that the nearest and then the object itself lie on top.
    for (let index = this.spots.length - 1; index >= 0; index--) {
      context.globalAlpha = quiet && index !== 0 ? 0.22 : 1;
      this.drawPoint(index, theme, false);
    }
    for (const label of this.labels) {
      context.globalAlpha = quiet && label.index !== 0 ? 0.22 : 1;
      this.drawLabel(label, theme);
    }
    context.globalAlpha = 1;
    if (focused >= 0) this.drawFocus(focused, theme);
  }

  /** @param {number} index @param {Theme} theme */
  color(index, theme) {
    if (index === 0) return theme.text;
    return this.shown.isCommon[index - 1] ? theme.common : theme.unique;
  }

  /** @param {number} index @param {Theme} theme @param {boolean} large */
  drawPoint(index, theme, large) {
    const { context, spots, shown } = this;
    const { x, y, clipped } = spots[index];
    const place = shown.places[index];
    const picture = this.hasPictures ? this.pictures.get(shown.keys[place], shown.rows[place]) : null;
    context.fillStyle = clipped ? theme.card : this.color(index, theme);
    context.strokeStyle = clipped ? this.color(index, theme) : theme.card;
    context.lineWidth = clipped ? 1.6 : 1;
    if (picture) {
      this.drawFrame(index, picture, theme, large);
      return;
    }
    const radius = this.hasPictures ? (index ? RADIUS : CENTER_RADIUS) : this.radius(index);
    tracePoint(context, x, y, radius + (large ? 2 : 0), index === 0 || Boolean(shown.isCommon[index - 1]));
    context.fill();
    context.stroke();
    if (this.isMisplaced[index]) this.drawDashes(() => tracePoint(context, x, y, radius + 2.5, Boolean(shown.isCommon[index - 1])), index, theme);
  }

  /** @param {number} index @param {ImageBitmap} picture @param {Theme} theme @param {boolean} large */
  drawFrame(index, picture, theme, large) {
    const { context, spots, shown } = this;
    const side = 2 * this.radius(index) + (large ? 12 : 0);
    const border = index === 0 ? 3 : 2;
    const { x, y, clipped } = spots[index];
    const isRound = index > 0 && Boolean(shown.isCommon[index - 1]);
    context.beginPath();
    context.roundRect(x - side / 2, y - side / 2, side, side, isRound ? 6 : 1);
    context.fillStyle = index ? this.color(index, theme) : theme.object;
    context.fill();
    context.strokeStyle = theme.card;
    context.lineWidth = 1;
    context.stroke();
    context.save();
    context.beginPath();
    const inner = side - 2 * border;
    context.roundRect(x - inner / 2, y - inner / 2, inner, inner, isRound ? 4 : 0);
    context.clip();
    context.fillStyle = theme.card;
    context.fill();
    if (clipped) context.globalAlpha *= 0.55;
    drawPicture(context, picture, x - inner / 2, y - inner / 2, inner);
    context.restore();
    const [left, top, outer] = [x - side / 2 - 2, y - side / 2 - 2, side + 4];
    if (this.isMisplaced[index]) this.drawDashes(() => { context.beginPath(); context.roundRect(left, top, outer, outer, isRound ? 7 : 1); }, index, theme);
  }

  /** The dashed outline of a neighbor whose place in the map deceives. @param {() => void} trace */
  drawDashes(trace, index, theme) {
    const { context } = this;
    trace();
    context.setLineDash([2.5, 2]);
    context.strokeStyle = this.color(index, theme);
    context.lineWidth = 1;
    context.stroke();
    context.setLineDash([]);
  }

  /** @param {import("./labels.js").Label} label @param {Theme} theme */
  drawLabel({ index, x, y }, theme) {
    const { context } = this;
    context.font = labelFont(index, theme);
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = theme.card;
    context.fillStyle = this.color(index, theme);
    context.strokeText(this.text(index), x, y);
    context.fillText(this.text(index), x, y);
  }

  /** The object in focus, on top of everything, with its name. @param {number} index @param {Theme} theme */
  drawFocus(index, theme) {
    const { context } = this;
    this.drawPoint(index, theme, true);
    const width = this.labelWidth(index, theme) + 10;
    const { x, y } = this.spots[index];
    const reach = this.radius(index) + (this.hasPictures ? 10 : 5);
    const left = Math.min(Math.max(x - width / 2, 2), this.width - width - 2);
    const top = y - reach - 18 > 2 ? y - reach - 18 : y + reach;
    context.beginPath();
    context.roundRect(left, top, width, 18, 5);
    context.fillStyle = this.color(index, theme);
    context.fill();
    context.fillStyle = theme.card;
    context.textBaseline = "middle";
    context.fillText(this.text(index), left + 5, top + 9.5);
  }

  /**
   * The place of the object under a point of the canvas, or −1.
   *
   * @param {number} x
   * @param {number} y
   */
  at(x, y) {
    let best = -1;
    let least = REACH;
    this.spots.forEach((spot, index) => {
      const distance = Math.hypot(spot.x - x, spot.y - y);
      if (distance < least) [best, least] = [index, distance];
    });
    return best < 0 || !this.shown ? -1 : this.shown.places[best];
  }
}

/**
 * A circle for what is common, a diamond for what is unique: told apart without seeing the colour.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {boolean} isRound
 */
function tracePoint(context, x, y, radius, isRound) {
  context.beginPath();
  if (isRound) {
    context.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  const reach = radius * 1.2;
  context.moveTo(x, y - reach);
  context.lineTo(x + reach, y);
  context.lineTo(x, y + reach);
  context.lineTo(x - reach, y);
  context.closePath();
}

/** @param {number} index @param {Theme} theme */
function labelFont(index, theme) {
  return index ? `11px ${theme.font}` : `600 12px ${theme.font}`;
}

/** @param {string} key */
export function shorten(key) {
  const letters = Array.from(key.slice(0, 4 * LONGEST_LABEL).replace(/\s+/gu, " "));
  return letters.length > LONGEST_LABEL ? `${letters.slice(0, LONGEST_LABEL - 1).join("")}…` : letters.join("");
}
