// From coordinates of a map to pixels of a small plot: equal aspect, far outliers clipped to the border.

/**
 * @typedef {{x: number, y: number, clipped: boolean}} Spot
 */

const KEPT_SHARE = 0.9;
const WORTH_CLIPPING = 1.5;
const CLIPPED_MARGIN = 0.7;

/**
 * Place points in a plot of `width` × `height` pixels. The first point is never clipped.
 *
 * One unit is as long across as up. When a tenth of the points would squeeze all others into less than two
 * thirds of the plot, those few are moved to the border and marked.
 *
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {number} width
 * @param {number} height
 * @param {number} margin pixels that stay free on every side
 * @param {number} top pixels above that belong to the caption
 * @returns {Spot[]}
 */
export function placePoints(xs, ys, width, height, margin, top) {
  const across = width - 2 * margin;
  const up = height - top - 2 * margin;
  const all = Array.from(xs, (_, index) => index);
  let box = boxOf(all, xs, ys);
  const kept = boxOf(nearMiddle(all, xs, ys, up / across), xs, ys);
  const scaleOf = (b) => Math.min(across / b.spanX, up / b.spanY);
  if (scaleOf(kept) > WORTH_CLIPPING * scaleOf(box)) box = kept;
  const edge = margin * CLIPPED_MARGIN;
  const scale = Math.min(scaleOf(box), Number.MAX_VALUE);
  return all.map((index) => {
    const x = width / 2 + (xs[index] - box.middleX) * scale;
    const y = (height + top) / 2 - (ys[index] - box.middleY) * scale;
    const inX = Math.min(Math.max(x, edge), width - edge);
    const inY = Math.min(Math.max(y, top + edge), height - edge);
    return { x: inX, y: inY, clipped: inX !== x || inY !== y };
  });
}

/**
 * @param {number[]} indices
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 */
function boxOf(indices, xs, ys) {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const index of indices) {
    left = Math.min(left, xs[index]);
    right = Math.max(right, xs[index]);
    low = Math.min(low, ys[index]);
    high = Math.max(high, ys[index]);
  }
  // Points on one spot have no extent; any positive span puts them in the middle.
  const least = 1e-6 * Math.max(Math.abs(left), Math.abs(high), 1e-6);
  return {
    middleX: (left + right) / 2,
    middleY: (low + high) / 2,
    spanX: Math.max(right - left, least),
    spanY: Math.max(high - low, least),
  };
}

/**
 * The first point and those nearest to the median point.
 *
 * @param {number[]} indices
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {number} aspect height over width of the plot
 */
function nearMiddle(indices, xs, ys, aspect) {
  const middleX = median(xs);
  const middleY = median(ys);
  const distance = (i) => Math.max(Math.abs(xs[i] - middleX) * aspect, Math.abs(ys[i] - middleY));
  const order = indices.slice(1).sort((one, two) => distance(one) - distance(two));
  return [0, ...order.slice(0, Math.ceil(order.length * KEPT_SHARE))];
}

/** @param {ArrayLike<number>} values */
function median(values) {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1];
}
