// What the marks of a domino mean, and which keys there are.

import { actButton, element } from "./dom.js";

const KEYS = [
  ["/", "search for objects"],
  ["j  k", "next and previous domino; ↓ and ↑ do the same on a domino"],
  ["←  →", "the domino beside it in the other column"],
  ["Enter  p", "pin the domino, or take the pin out"],
  ["r", "ranks in A and in B as lines between the plots"],
  ["Tab", "into a domino: its buttons and plots"],
  ["← → ↑ ↓", "on a plot: walk the neighbors, nearest first"],
  ["Esc", "leave the neighbor, close this help"],
  ["?", "this help"],
];
const MARKS = [
  ["circle common", "common: a neighbor in A and in B"],
  ["diamond unique", "unique: a neighbor in one of them alone"],
  ["circle hollow", "hollow: it lies farther out than the border it is drawn at"],
  ["circle dashed", "dashed: the map draws it far though it is near in truth, or the reverse"],
  ["uncertain", "map place uncertain: the map's placement error for the object itself exceeds one half"],
  ["spark", "similarity at every k; dashed: the chance level; the dot: the present k"],
];

/** @param {string} title @param {string[][]} rows @param {(name: string) => Node} term */
function terms(title, rows, term) {
  const list = element("dl");
  for (const [name, words] of rows) list.append(element("dt", "", term(name)), element("dd", "", words));
  return element("section", "", element("h3", "", title), list);
}

/** @returns {HTMLDialogElement} */
export function helpDialog() {
  const close = actButton("close", "×", "Close the help", () => dialog.close());
  const keys = terms("Keys", KEYS, (name) => element("span", "", ...name.split(/\s+/).map((key) => element("kbd", "", key))));
  const marks = terms("Marks", MARKS, (name) => element("span", `mark ${name}`));
  const dialog = element("dialog", "help", close, element("h2", "", "Dominoes"), marks, keys);
  dialog.setAttribute("aria-label", "Help on dominoes: marks and keys");
  // A click on the backdrop is a click on the dialog itself.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  return dialog;
}
