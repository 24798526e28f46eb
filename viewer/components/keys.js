// The keys of the page's main part: j and k walk the dominoes, p pins, r shows ranks, ? helps.

/**
 * @typedef {object} Ways  what the keys do
 * @property {(step: number) => void} walk to the next or previous domino
 * @property {(step: number) => boolean} cross to the other column; false where the focus is on no domino
 * @property {() => import("./card.js").Card | undefined} current
 * @property {() => boolean} isOnDomino whether the domino itself has the focus, not something in it
 * @property {() => void} help
 */

const WALK = { j: 1, k: -1 };
const ARROWS = { ArrowDown: 1, ArrowUp: -1 };
const CROSS = { ArrowRight: 1, ArrowLeft: -1 };

/**
 * @param {string} key
 * @param {Ways} ways
 * @returns {boolean} whether the key meant something here
 */
export function actOnKey(key, ways) {
  if (key in WALK) ways.walk(WALK[key]);
  else if (key === "?") ways.help();
  else if (key === "p" && ways.current()) ways.current().togglePin();
  else if (key === "r" && ways.current()) ways.current().toggleRanks();
  else if (!ways.isOnDomino()) return false;
  else if (key in ARROWS) ways.walk(ARROWS[key]);
  else if (key in CROSS) ways.cross(CROSS[key]);
  else if (key === "Enter") ways.current().togglePin();
  else return false;
  return true;
}

/** Whether a key that is pressed goes into a field. @param {KeyboardEvent} event */
export function isTyping(event) {
  const target = event.composedPath()[0];
  if (target instanceof HTMLInputElement) return target.type !== "checkbox";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/**
 * Listen to the keys of the whole page.
 *
 * @param {Ways} ways
 * @param {HTMLDialogElement} dialog keys are its own while it is open
 * @returns {() => void} stops listening
 */
export function listenToKeys(ways, dialog) {
  const hear = (event) => {
    const isOther = event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented;
    if (isOther || dialog.open || isTyping(event)) return;
    if (actOnKey(event.key, ways)) event.preventDefault();
  };
  document.addEventListener("keydown", hear);
  return () => document.removeEventListener("keydown", hear);
}
