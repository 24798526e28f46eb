// Overlap over k: mean Jaccard and chance-adjusted, beside chance and two runs of the same model. Clicking sets k.

import { draw, make, score } from "./make.js";

const HEIGHT = 190;
const EDGE = { left: 38, right: 112, top: 10, bottom: 30 };
const LINES = [
  { name: "adjusted", label: "chance-adjusted" },
  { name: "jaccard", label: "mean Jaccard" },
  { name: "runs", label: "equal runs" },
  { name: "chance", label: "chance" },
];

/** @param {number} most the largest value @returns {number} a round number that is not below it */
export function roundUp(most) {
  return [0.05, 0.1, 0.2, 0.4, 0.6, 0.8].find((end) => most <= end) ?? 1;
}

/** Heights of labels that stand at least `gap` apart, as near as possible to where they belong, all above `bottom`.
 * @param {number[]} heights ascending @param {number} gap @param {number} bottom */
export function spread(heights, gap, bottom) {
  const placed = [];
  for (const height of heights) placed.push(Math.max(height, (placed.at(-1) ?? -Infinity) + gap));
  for (let i = placed.length - 1, most = bottom; i >= 0; i -= 1, most -= gap) placed[i] = Math.min(placed[i], most);
  return placed;
}

/** Whole numbers to write below the axis. @param {number} most */
export function ticks(most) {
  const step = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000].find((one) => most / one <= 6) ?? Math.ceil(most / 5);
  const found = [1];
  for (let k = step; k <= most; k += step) if (k - 1 > step / 3) found.push(k);
  return found;
}

/** The curve of one comparison under one metric. */
export class CurvePlot {
  /** @param {(k: number) => void} onChoice */
  constructor(onChoice) {
    this.onChoice = onChoice;
    this.svg = draw("svg", { class: "curve", role: "slider", tabindex: 0, "aria-label": "Nearest neighbors k, along the overlap curve", "aria-valuemin": 1 });
    this.words = make("p", { class: "reading", "aria-hidden": "true" });
    this.root = make("div", {}, this.svg, this.words);
    this.k = 1;
    this.pointed = 0;
    this.data = null;
    this.svg.addEventListener("pointerdown", (event) => this.choose(event));
    this.svg.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) this.choose(event);
      this.point(this.kAt(event));
    });
    this.svg.addEventListener("pointerleave", () => this.point(0));
    this.svg.addEventListener("keydown", (event) => this.press(event));
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  /** @param {{kMax: number, curve: Record<string, (number | null)[] | null>}} data */
  show(data) {
    this.data = data;
    this.draw();
  }

  /** @param {number} k */
  mark(k) {
    this.k = k;
    this.move();
  }

  kAt(event) {
    if (!this.data) return 0;
    const box = this.svg.getBoundingClientRect();
    const share = (event.clientX - box.left - EDGE.left) / (box.width - EDGE.left - EDGE.right);
    return Math.min(this.data.kMax, Math.max(1, Math.round(1 + share * (this.data.kMax - 1))));
  }

  choose(event) {
    const k = this.kAt(event);
    if (k && k !== this.k) this.onChoice(k);
  }

  press(event) {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };
    if (!this.data || !Object.hasOwn(steps, event.key)) return;
    event.preventDefault();
    const k = Math.min(this.data.kMax, Math.max(1, this.k + steps[event.key]));
    if (k !== this.k) this.onChoice(k);
  }

  point(k) {
    this.pointed = k;
    this.move();
  }

  draw() {
    const { data, svg } = this;
    const width = this.root.clientWidth;
    if (!data || !width) return;
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    svg.setAttribute("aria-valuemax", String(data.kMax));
    const lines = LINES.filter(({ name }) => data.curve[name]);
    const top = roundUp(Math.max(...lines.flatMap(({ name }) => data.curve[name].filter((value) => value !== null))));
    const across = width - EDGE.left - EDGE.right;
    const up = HEIGHT - EDGE.top - EDGE.bottom;
    this.x = (k) => EDGE.left + (data.kMax > 1 ? ((k - 1) / (data.kMax - 1)) * across : across / 2);
    this.y = (value) => EDGE.top + up * (1 - Math.min(1, Math.max(0, value / top)));
    const parts = [];
    for (const share of [0, 0.5, 1]) {
      const y = this.y(share * top);
      parts.push(draw("line", { class: "grid", x1: EDGE.left, x2: EDGE.left + across, y1: y, y2: y }));
      parts.push(draw("text", { x: EDGE.left - 7, y: y + 4, "text-anchor": "end" }, String(Number((share * top).toFixed(3)))));
    }
    for (const k of ticks(data.kMax)) {
      parts.push(draw("text", { x: this.x(k), y: HEIGHT - 13, "text-anchor": "middle" }, String(k)));
    }
    parts.push(draw("text", { class: "axis", x: EDGE.left - 7, y: HEIGHT - 13, "text-anchor": "end" }, "k"));
    this.marker = draw("line", { class: "marker", y1: EDGE.top - 4, y2: HEIGHT - EDGE.bottom + 4 });
    this.hover = draw("line", { class: "hover", y1: EDGE.top, y2: HEIGHT - EDGE.bottom });
    parts.push(this.hover, this.marker);
    const ends = [];
    for (const { name, label } of lines) {
      const values = data.curve[name];
      const path = values.map((value, i) => (value === null ? "" : `${i && values[i - 1] !== null ? "L" : "M"}${this.x(i + 1).toFixed(1)} ${this.y(value).toFixed(1)}`));
      parts.push(draw("path", { class: `line ${name}`, d: path.join("") }));
      ends.push({ name, label, y: this.y(values.findLast((value) => value !== null) ?? 0) });
    }
    ends.sort((one, two) => one.y - two.y);
    const places = spread(ends.map(({ y }) => y), 14, HEIGHT - EDGE.bottom);
    ends.forEach(({ name, label }, i) => parts.push(draw("text", { class: `label ${name}`, x: EDGE.left + across + 8, y: places[i] + 4 }, label)));
    this.dots = lines.map(({ name }) => ({ name, dot: draw("circle", { class: `dot ${name}`, r: 3.5 }) }));
    parts.push(...this.dots.map(({ dot }) => dot));
    svg.replaceChildren(...parts);
    this.move();
  }

  /** Move what depends on k and on the pointer, and say the values there. */
  move() {
    if (!this.data || !this.marker) return;
    const at = this.pointed || Math.min(this.k, this.data.kMax);
    const marked = Math.min(this.k, this.data.kMax);
    for (const [line, k] of [[this.marker, marked], [this.hover, at]]) {
      line.setAttribute("x1", String(this.x(k)));
      line.setAttribute("x2", String(this.x(k)));
    }
    const words = [];
    for (const { name, dot } of this.dots) {
      const value = this.data.curve[name][at - 1] ?? null;
      dot.toggleAttribute("hidden", value === null);
      dot.style.display = value === null ? "none" : "";
      if (value === null) continue;
      dot.setAttribute("cx", String(this.x(at)));
      dot.setAttribute("cy", String(this.y(value)));
      words.push(make("span", { class: name }, `${LINES.find((line) => line.name === name).label} `, make("b", {}, score(value))));
    }
    this.words.replaceChildren(make("span", {}, "k = ", make("b", {}, String(at))), ...words);
    this.svg.setAttribute("aria-valuenow", String(marked));
    const values = this.dots.map(({ name }) => `${LINES.find((line) => line.name === name).label} ${score(this.data.curve[name][marked - 1])}`);
    this.svg.setAttribute("aria-valuetext", `k = ${marked}: ${values.join(", ")}`);
  }
}
