// Line charts of a domino: the similarity over k in its head, and the ranks in A and in B between its plots.

import { sizeCanvas } from "./dom.js";

/**
 * The points of the similarity of one object at every k.
 *
 * @param {ArrayLike<number>} overlaps c(1) … c(K)
 * @param {number} width
 * @param {number} height
 * @returns {[number, number][]}
 */
export function sparkPoints(overlaps, width, height) {
  return Array.from(overlaps, (common, at) => [
    ((at + 0.5) / overlaps.length) * width,
    height - (common / (2 * (at + 1) - common)) * height,
  ]);
}

/** @param {CanvasRenderingContext2D} context @param {[number, number][]} points */
function traceLine(context, points) {
  context.beginPath();
  points.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

/**
 * Draw the similarity over k, with the chance level dashed and the present k marked.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} overlaps
 * @param {ArrayLike<number>} chances the similarity of unrelated spaces at every k
 * @param {number} k
 * @param {import("./plot.js").Theme} theme
 */
export function drawSpark(canvas, overlaps, chances, k, theme) {
  const { context, width, height } = sizeCanvas(canvas);
  const [inner, margin] = [height - 4, 2];
  context.translate(0, margin);
  const points = sparkPoints(overlaps, width, inner);
  const [x, y] = points[k - 1];
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  traceLine(context, [[x, -margin], [x, inner + margin]]);
  traceLine(context, [[0, inner + 1.5], [width, inner + 1.5]]);
  context.setLineDash([2, 2]);
  context.strokeStyle = theme.soft;
  traceLine(context, Array.from(chances, (chance, at) => [((at + 0.5) / chances.length) * width, inner - chance * inner]));
  context.setLineDash([]);
  context.strokeStyle = theme.text;
  context.lineWidth = 1.3;
  context.lineJoin = "round";
  traceLine(context, points);
  context.beginPath();
  context.arc(x, y, 2.2, 0, 2 * Math.PI);
  context.fillStyle = theme.object;
  context.fill();
}

const SIDE = 12;
const TOP = 20;
const BOTTOM = 8;

/** Lines from the rank in A to the rank in B, one for every common neighbor. */
export class Slope {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {Map<number, import("./words.js").Standing>} */
    this.standings = new Map();
    this.k = 1;
  }

  /** @param {Map<number, import("./words.js").Standing>} standings @param {number} k */
  arrange(standings, k) {
    this.standings = standings;
    this.k = k;
  }

  /** @param {import("./plot.js").Theme} theme @param {number} focus place of the object in focus, or −1 */
  draw(theme, focus) {
    if (!this.canvas.clientWidth) return;
    const { context, width, height } = sizeCanvas(this.canvas);
    this.drawAxes(context, width, height, theme);
    for (const [place, standing] of this.standings) {
      if (place !== focus) this.drawLine(context, standing, width, height, theme, focus < 0 ? 0.75 : 0.2, 1.1);
    }
    const standing = this.standings.get(focus);
    if (standing) this.drawLine(context, standing, width, height, theme, 1, 2.4);
  }

  drawAxes(context, width, height, theme) {
    context.font = `10px ${theme.font}`;
    context.fillStyle = theme.soft;
    context.textBaseline = "middle";
    for (const [text, x, align] of [["1", SIDE, "center"], ["1", width - SIDE, "center"], ["ranks", width / 2, "center"]]) {
      context.textAlign = align;
      context.fillText(text, x, 10);
    }
    context.strokeStyle = theme.line;
    for (const x of [SIDE, width - SIDE]) traceLine(context, [[x, TOP - 2], [x, height - BOTTOM]]);
  }

  /** A common neighbor has a line; a unique one, when in focus, one that leaves the list at its end. */
  drawLine(context, { rankA, rankB }, width, height, theme, alpha, weight) {
    const isCommon = rankA > 0 && rankB > 0 && rankA <= this.k && rankB <= this.k;
    if (!isCommon && alpha < 1) return;
    const y = (rank) => TOP + ((rank > 0 && rank <= this.k ? rank - 0.5 : this.k) / this.k) * (height - TOP - BOTTOM);
    context.globalAlpha = alpha;
    context.lineWidth = weight;
    context.strokeStyle = isCommon ? theme.common : theme.unique;
    context.setLineDash(isCommon ? [] : [3, 3]);
    traceLine(context, [[SIDE, y(rankA)], [width - SIDE, y(rankB)]]);
    context.setLineDash([]);
    context.globalAlpha = 1;
  }
}
