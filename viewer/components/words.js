// Numbers of a domino in words.

/** @param {number} share 0 … 1 */
export function percent(share) {
  return `${Math.round(share * 100)}%`;
}

/** @param {string} key */
export function visibleKey(key) {
  return key.trim() ? key : "(blank)";
}

/**
 * @typedef {object} Standing  where a neighbor stands in both spaces
 * @property {number} rankA 1 …, or 0 beyond what is known
 * @property {number} rankB
 * @property {number} distanceA NaN beyond what is known
 * @property {number} distanceB
 */

/**
 * @param {Standing} standing
 * @param {number} most the longest list that is known
 */
export function rankWords({ rankA, rankB }, most) {
  const rank = (value) => (value ? String(value) : `beyond ${most}`);
  return `rank ${rank(rankA)} in A, ${rank(rankB)} in B`;
}

/** @param {Standing} standing */
export function distanceWords({ distanceA, distanceB }) {
  const distance = (value) => (Number.isNaN(value) ? "?" : String(Number(value.toPrecision(2))));
  return `distance ${distance(distanceA)} in A, ${distance(distanceB)} in B`;
}

/** The chance level, with a digit behind the point where it is small. @param {number} chance 0 … 1 */
export function chanceWords(chance) {
  return `chance ${(100 * chance).toFixed(chance < 0.1 ? 1 : 0)}%`;
}

/**
 * The words above the first domino of a group of equal values, or nothing.
 *
 * @param {{ties: ArrayLike<number>, values: ArrayLike<number>, labels: string[], similarity: ArrayLike<number>}} page
 * @param {number} index
 * @param {number | null} previous the value of the domino before it
 */
export function tieHeading(page, index, previous) {
  if (page.ties[index] < 2 || Object.is(page.values[index], previous)) return "";
  const count = page.ties[index].toLocaleString("en");
  const label = page.labels.length ? page.labels[index] : percent(page.similarity[index]);
  return `${count} objects tied at ${label}`;
}

/**
 * Where every neighbor of one domino stands in both spaces.
 *
 * @param {{neighbors: ArrayLike<number>, ranks: ArrayLike<number>, distances: ArrayLike<number>, across: ArrayLike<number>}[]} sides
 *   A and B: the neighbors nearest first, their ranks and distances in the other space
 * @returns {Map<number, Standing>} by place
 */
export function standings([a, b]) {
  const found = new Map();
  for (let at = 0; at < a.neighbors.length; at++) {
    found.set(b.neighbors[at], { rankA: b.ranks[at], rankB: at + 1, distanceA: b.across[at], distanceB: b.distances[at] });
  }
  for (let at = 0; at < a.neighbors.length; at++) {
    found.set(a.neighbors[at], { rankA: at + 1, rankB: a.ranks[at], distanceA: a.distances[at], distanceB: a.across[at] });
  }
  return found;
}

/**
 * Which neighbors a map draws far away though they are near in truth, or the reverse.
 *
 * @param {ArrayLike<number>} xs of the object, then of its neighbors, truly nearest first
 * @param {ArrayLike<number>} ys
 * @returns {boolean[]} for the object and its neighbors
 */
export function misplaced(xs, ys) {
  const count = xs.length - 1;
  const away = Array.from(xs, (x, index) => Math.hypot(x - xs[0], ys[index] - ys[0]));
  const drawn = away.map((_, index) => index).slice(1).sort((one, two) => away[one] - away[two] || one - two);
  const wrong = new Array(count + 1).fill(false);
  drawn.forEach((index, rank) => { wrong[index] = Math.abs(rank + 1 - index) > count / 2; });
  return wrong;
}
