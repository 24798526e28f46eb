// The research tool's similarity at one k, for every object: intersection over union of two slices, by lodash as there.
// Reads two files of int32 neighbor lists (n × K), prints seconds of CPU and the sum of all similarities.
// Usage: node overlap.js A.bin B.bin K k   (lodash is found through NODE_PATH)
"use strict";
const { readFileSync } = require("node:fs");
const _ = require("lodash");

const [fileA, fileB, depth, k] = [process.argv[2], process.argv[3], Number(process.argv[4]), Number(process.argv[5])];

/** @param {string} path @returns {number[][]} plain arrays, as JSON gives them to the page */
function lists(path) {
  const bytes = readFileSync(path);
  const flat = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const out = [];
  for (let i = 0; i < flat.length; i += depth) out.push(Array.from(flat.subarray(i, i + depth)));
  return out;
}

const a = lists(fileA);
const b = lists(fileB);
const before = process.cpuUsage();
const similarities = [];
for (let i = 0; i < a.length; i++) {
  const one = a[i].slice(0, k);
  const two = b[i].slice(0, k);
  similarities.push(_.intersection(one, two).length / _.union(one, two).length);
}
const used = process.cpuUsage(before);
console.log(JSON.stringify({
  seconds: (used.user + used.system) / 1e6,
  sum: similarities.reduce((total, value) => total + value, 0),
}));
