// The search field: asks the server which keys contain the text, and offers them in a list.

import { make } from "./make.js";

const PAUSE = 80;

/** @param {{model: any, el: HTMLElement}} context given by Panel */
export function render({ model }) {
  const input = make("input", {
    type: "search", placeholder: "Find objects …", autocomplete: "off", spellcheck: "false", role: "combobox",
    "aria-label": "Find objects by key", "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list",
  });
  const list = make("ul", { id: "found", role: "listbox", "aria-label": "Objects found", hidden: "" });
  const chips = make("ul", { class: "picked", "aria-label": "Objects searched for" });
  const root = make("div", { class: "search" }, input, list, chips);
  let at = -1;
  let timer = 0;
  let asked = 0;

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  let picked = [];
  const pick = (keys) => {
    picked = keys; // known at once: the next one may come before the server has answered
    model.send_msg({ pick: keys });
  };

  const add = (key) => {
    if (!picked.includes(key)) pick([...picked, key]);
    input.value = "";
    close();
  };

  const mark = (place) => {
    at = place;
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === place)));
    const item = list.children[place];
    if (!item) return;
    item.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", item.id);
  };

  const offer = (answer) => {
    if (answer.asked !== asked) return; // overtaken by a newer question
    list.replaceChildren(...answer.keys.map((key, index) => {
      const item = make("li", { role: "option", id: `found-${index}`, title: key }, key.trim() || "(blank)");
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        add(key);
      });
      return item;
    }));
    if (!answer.keys.length) list.append(make("li", { class: "none" }, "no object has this in its key"));
    list.hidden = !input.value;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (answer.keys.length) mark(0);
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (!input.value) return close();
    timer = setTimeout(() => {
      asked += 1;
      model.send_msg({ find: input.value.slice(0, 200), asked });
    }, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    const options = list.hidden ? 0 : list.querySelectorAll("[role=option]").length;
    if (event.key === "ArrowDown" && options) mark((at + 1) % options);
    else if (event.key === "ArrowUp" && options) mark((at + options - 1) % options);
    else if (event.key === "Enter" && options && at >= 0) add(list.children[at].title);
    else if (event.key === "Escape") close();
    else if (event.key === "Backspace" && !input.value && picked.length) pick(picked.slice(0, -1));
    else return;
    if (event.key !== "Backspace") event.preventDefault();
  });
  input.addEventListener("blur", close);

  const showPicked = () => {
    picked = model.picked;
    chips.replaceChildren(...picked.map((key) => {
      const button = make("button", { type: "button", title: key, "aria-label": `Remove ${key}` }, key.trim() || "(blank)");
      button.addEventListener("click", () => pick(picked.filter((other) => other !== key)));
      return make("li", {}, button);
    }));
    chips.hidden = !picked.length;
  };
  model.on("picked", showPicked);
  model.on("msg:custom", offer);
  const focus = (event) => {
    const typing = event.composedPath()[0] instanceof HTMLInputElement;
    if (event.key === "/" && !typing) {
      event.preventDefault();
      input.focus();
    }
  };
  document.addEventListener("keydown", focus);
  model.on("remove", () => document.removeEventListener("keydown", focus));
  showPicked();
  return root;
}

export default { render };
