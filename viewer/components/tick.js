// A box to tick within its label, so that a click on the words counts and a screen reader says them.

import { make } from "./make.js";

/** @param {{model: any}} context given by Panel */
export function render({ model }) {
  const box = make("input", { type: "checkbox" });
  const show = () => { box.checked = model.value; };
  box.addEventListener("change", () => { model.value = box.checked; });
  model.on("value", show);
  show();
  return make("label", {}, box, model.words);
}

export default { render };
