// Which labels a plot can show without one covering another, and where.

/**
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 * @typedef {{index: number, x: number, y: number, width: number}} Label  x, y: left end of the middle line
 */

const CELL = 24;
const LABEL_HEIGHT = 13;
const GAP = 3;

/** Boxes in a uniform grid, so that a collision looks only at its neighborhood. */
class Grid {
  constructor() {
    /** @type {Map<number, Box[]>} */
    this.cells = new Map();
  }

  /** @param {Box} box */
  *around(box) {
    for (let column = Math.floor(box.left / CELL); column <= Math.floor(box.right / CELL); column++) {
      for (let row = Math.floor(box.top / CELL); row <= Math.floor(box.bottom / CELL); row++) {
        yield column * 4096 + row;
      }
    }
  }

  /** @param {Box} box */
  add(box) {
    for (const cell of this.around(box)) {
      const boxes = this.cells.get(cell);
      if (boxes) boxes.push(box);
      else this.cells.set(cell, [box]);
    }
  }

  /** @param {Box} box */
  isFree(box) {
    for (const cell of this.around(box)) {
      for (const other of this.cells.get(cell) ?? []) {
        if (box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom) {
          return false;
        }
      }
    }
    return true;
  }
}

/**
 * The eight places a label can take around its point: beside it first, corners last.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} width of the label
 * @param {number} radius of the point
 * @returns {[number, number][]} left end and middle line
 */
export function labelSlots(x, y, width, radius) {
  const side = radius + GAP;
  const line = radius + GAP + LABEL_HEIGHT / 2 - 2;
  const corner = radius * 0.7 + GAP;
  return [
    [x + side, y],
    [x - side - width, y],
    [x - width / 2, y - line],
    [x - width / 2, y + line],
    [x + corner, y - line + 2],
    [x + corner, y + line - 2],
    [x - corner - width, y - line + 2],
    [x - corner - width, y + line - 2],
  ];
}

/** @param {number} left @param {number} middle @param {number} width @returns {Box} */
function boxAt(left, middle, width) {
  return { left, top: middle - LABEL_HEIGHT / 2, right: left + width, bottom: middle + LABEL_HEIGHT / 2 };
}

/**
 * Place as many labels as fit, greedily in the order given: the first index has the first choice.
 *
 * @param {{x: number, y: number, radius: number}[]} points obstacles, whether labelled or not
 * @param {number[]} order indices of points, most important first
 * @param {(index: number) => number} widthOf width of a point's label in pixels
 * @param {number} width of the plot
 * @param {number} height of the plot
 * @param {number} top pixels above that belong to the caption
 * @returns {Label[]}
 */
export function placeLabels(points, order, widthOf, width, height, top) {
  const grid = new Grid();
  for (const { x, y, radius } of points) {
    grid.add({ left: x - radius, top: y - radius, right: x + radius, bottom: y + radius });
  }
  const labels = [];
  for (const index of order) {
    const { x, y, radius } = points[index];
    const labelWidth = widthOf(index);
    const boxes = labelSlots(x, y, labelWidth, radius).map(([left, middle]) => boxAt(left, middle, labelWidth));
    const inside = boxes.filter((box) => box.left >= 2 && box.top >= top && box.right <= width - 2 && box.bottom < height);
    const free = inside.find((box) => grid.isFree(box));
    // The first label is what the plot is about: it is shown even where it covers a point.
    const box = free ?? (labels.length ? undefined : inside[0]);
    if (!box) continue;
    grid.add(box);
    labels.push({ index, x: box.left, y: (box.top + box.bottom) / 2, width: labelWidth });
  }
  return labels;
}
