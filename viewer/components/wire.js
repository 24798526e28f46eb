// What the server sends: messages of arrays, and how they are read.

/**
 * @typedef {object} Page  the dominoes of one message, decoded
 * @property {number} version
 * @property {string} dataset
 * @property {string} a
 * @property {string} b
 * @property {number} k
 * @property {number} k_max the longest list that is known
 * @property {boolean} pictures whether the objects have thumbnails
 * @property {string} sorted_by in words
 * @property {string[]} keys of every object on the page
 * @property {Int32Array} rows their rows in the comparison
 * @property {Float32Array} map_a their coordinates, x and y alternating
 * @property {Float32Array} map_b
 * @property {Int32Array} objects the dominoes, as places in `keys`
 * @property {Float32Array} similarity of the dominoes, 0 … 1
 * @property {number} chance the similarity of unrelated spaces
 * @property {string[]} colors of these similarities
 * @property {Float64Array} values what the dominoes are sorted by
 * @property {string[]} labels these values in words; none where they are the similarity
 * @property {Int32Array} ties how many objects have the same value
 * @property {Uint16Array} overlaps k_max for every domino: neighbors in common at every k
 * @property {Float32Array} chances k_max: the similarity of unrelated spaces at every k
 * @property {Float32Array} error_a of the dominoes: how wrongly the map places them, 0 … 1
 * @property {Float32Array} error_b
 * @property {Int32Array} neighbors_a k places for every domino, nearest first
 * @property {Int32Array} neighbors_b
 * @property {Uint8Array} common_a 1 where the neighbor is one in the other space too
 * @property {Uint8Array} common_b
 * @property {Int16Array} ranks_a the neighbor's rank in the other space; 0 beyond k_max
 * @property {Int16Array} ranks_b
 * @property {Float32Array} distances_a
 * @property {Float32Array} distances_b
 * @property {Float32Array} across_a the neighbor's distance in the other space; NaN beyond k_max
 * @property {Float32Array} across_b
 */

const ARRAYS = {
  rows: Int32Array, objects: Int32Array, ties: Int32Array, neighbors_a: Int32Array, neighbors_b: Int32Array,
  map_a: Float32Array, map_b: Float32Array, similarity: Float32Array, common_a: Uint8Array, common_b: Uint8Array,
  values: Float64Array, overlaps: Uint16Array, chances: Float32Array, error_a: Float32Array, error_b: Float32Array,
  ranks_a: Int16Array, ranks_b: Int16Array, distances_a: Float32Array, distances_b: Float32Array,
  across_a: Float32Array, across_b: Float32Array, sizes: Int32Array, bytes: Uint8Array,
};

/** Bokeh's own array class breaks slice and subarray; look at its buffer through a plain one. */
export function plain(message) {
  const record = { ...message };
  for (const [name, Type] of Object.entries(ARRAYS)) {
    const array = record[name];
    if (array) record[name] = new Type(array.buffer, array.byteOffset, array.length);
  }
  return record;
}

/** Read the texts of a message that has dominoes. @returns {Page} */
export function decode(message) {
  const texts = ["keys", "colors", "labels"].map((name) => [name, JSON.parse(message[name])]);
  return { ...message, ...Object.fromEntries(texts) };
}
