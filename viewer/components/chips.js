// The rows of chips: which neighbors are common, which unique, and how many chips fit into a row.

const CHIP_GAP = 4;

/**
 * Split a list of neighbors, nearest first, by whether they are common.
 *
 * @param {ArrayLike<number>} neighbors
 * @param {ArrayLike<number>} isCommon 1 where the neighbor is also one in the other space
 * @returns {{common: number[], unique: number[]}}
 */
export function splitChips(neighbors, isCommon) {
  const common = [];
  const unique = [];
  for (let rank = 0; rank < neighbors.length; rank++) (isCommon[rank] ? common : unique).push(neighbors[rank]);
  return { common, unique };
}

/**
 * How many chips fit into a row, leaving room for the button with the rest.
 *
 * @param {number[]} widths of the chips, in order
 * @param {number} available width of the row
 * @param {number} rest width of the button
 * @returns {number}
 */
export function fitChips(widths, available, rest) {
  let used = 0;
  for (let count = 0; count < widths.length; count++) {
    used += widths[count] + (count ? CHIP_GAP : 0);
    const isLast = count === widths.length - 1;
    if (used + (isLast ? 0 : CHIP_GAP + rest) > available) return count;
  }
  return widths.length;
}
