// The field of k: a slider and a number, both of the browser's own kind, so that keyboard and screen reader know them.

import { make } from "./make.js";

/** @param {{model: any}} context given by Panel */
export function render({ model }) {
  const slider = make("input", { type: "range", min: 1, "aria-label": "Nearest neighbors k" });
  const number = make("input", { type: "number", min: 1, inputmode: "numeric", "aria-label": "Nearest neighbors k, typed" });
  const root = make("div", { class: "k" }, slider, make("div", { class: "number" }, number));
  let dragged = false;

  const fill = () => slider.style.setProperty("--done", (slider.value - 1) / Math.max(slider.max - 1, 1));

  const show = () => {
    slider.max = number.max = model.k_max;
    if (!dragged) slider.value = model.k; // what the server says lags behind the hand
    if (!dragged) number.value = model.k;
    fill();
  };

  const want = (k) => {
    if (Number.isInteger(k) && k >= 1) model.send_msg({ k });
  };

  slider.addEventListener("pointerdown", () => { dragged = true; });
  slider.addEventListener("change", () => { dragged = false; });
  slider.addEventListener("input", () => {
    number.value = slider.value;
    fill();
    want(slider.valueAsNumber);
  });
  number.addEventListener("change", () => {
    const k = Math.round(Math.min(Math.max(number.valueAsNumber || model.k, 1), model.k_max));
    number.value = k;
    want(k);
  });
  model.on("k", show);
  model.on("k_max", show);
  show();
  return root;
}
