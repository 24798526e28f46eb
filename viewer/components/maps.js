// Ties both maps together in the browser: one zoom for both, one map that passes from A to B, a card at the pointer.

import { make } from "./make.js";
import { makeGlide } from "./glide.js";

const PAUSE = 60;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** @param {{model: any, el: HTMLElement, view: any}} context given by Panel */
export function render({ model, view }) {
  const found = (name) => view.model.document.get_model_by_name(name);
  const card = make("div", { class: "card", role: "status", hidden: "" });
  const undo = [];
  const listen = (signal, react) => {
    signal.connect(react);
    undo.push(() => signal.disconnect(react));
  };

  const begin = () => {
    if (!found("map-a") || !found("map-b")) return requestAnimationFrame(begin);
    tie();
    pass();
    point();
  };

  const tie = () => {
    let busy = false;
    for (const axis of ["x", "y"]) {
      const [a, b] = [found(`map-a-${axis}`), found(`map-b-${axis}`)];
      const follow = (one, other) => () => {
        if (busy || !model.linked || (one.start === other.start && one.end === other.end)) return;
        busy = true;
        other.setv({ start: one.start, end: one.end });
        busy = false;
      };
      listen(a.change, follow(a, b));
      listen(b.change, follow(b, a));
      model.on("linked", follow(a, b));
    }
  };

  const pass = () => {
    const source = found("maps");
    const glide = makeGlide(source);
    const goal = () => (model.shown === "b" ? 1 : 0);
    const mark = () => document.documentElement.toggleAttribute("data-one-map", model.shown !== "");
    model.on("shown", () => {
      mark();
      if (model.shown === "" || calm.matches) glide.jump(goal());
      else glide.go(goal());
    });
    let known = source.data.x_b;
    listen(source.change, () => {
      // Other points from the server start where they are wanted; a new colour leaves them where they are.
      if (source.data.x_b === known) return;
      known = source.data.x_b;
      if (goal() || glide.at) glide.jump(goal());
    });
    mark();
    if (goal()) glide.jump(1);
  };

  const point = () => {
    let timer = 0;
    let asked = 0;
    const hide = () => {
      clearTimeout(timer);
      asked += 1;
      card.hidden = true;
    };
    for (const side of ["a", "b"]) {
      const place = document.querySelector(`[data-map="${side}"]`);
      const figure = found(`map-${side}`);
      const move = (event) => {
        const [x, y] = [event.clientX, event.clientY];
        hide();
        const box = frameOf(figure, place);
        if (found("maps").data.x_a.length || !box || event.buttons) return;
        card.style.left = `${Math.min(x + 14, innerWidth - 240)}px`;
        card.style.top = `${y + 16}px`;
        timer = setTimeout(() => model.send_msg({ side, asked, ...dataPlace(figure, box, x, y) }), PAUSE);
      };
      place.addEventListener("pointermove", move);
      place.addEventListener("pointerleave", hide);
      undo.push(() => {
        place.removeEventListener("pointermove", move);
        place.removeEventListener("pointerleave", hide);
      });
    }
    model.on("msg:custom", (answer) => {
      if (answer.asked !== asked || answer.key === null) return;
      card.replaceChildren(make("b", {}, answer.key.trim() || "(blank)"), make("span", {}, `${answer.name}: ${answer.value}`));
      card.hidden = false;
    });
  };

  model.on("remove", () => undo.forEach((take) => take()));
  begin();
  return card;
}

/** The inner frame of a figure on the screen: it fills the width, and ends at the bottom. */
function frameOf(figure, place) {
  const outer = place.getBoundingClientRect();
  const [width, height] = [figure.inner_width, figure.inner_height];
  return width && height ? { left: outer.left + (outer.width - width) / 2, top: outer.bottom - height, width, height } : null;
}

/** Where a place on the screen is in the map. */
function dataPlace(figure, box, x, y) {
  const { x_range: across, y_range: up } = figure;
  return {
    x: across.start + ((x - box.left) / box.width) * (across.end - across.start),
    y: up.end - ((y - box.top) / box.height) * (up.end - up.start),
  };
}

export default { render };
