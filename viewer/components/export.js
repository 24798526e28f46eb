// The export: which list in which format, fetched as a file; and the plots of the page as pictures.

import { make } from "./make.js";

/** Hand the reader a file. @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** All views of Bokeh on the page. */
function* views(found = Bokeh.index.roots) {
  for (const view of found) {
    yield view;
    yield* views(view.children());
  }
}

const [FIRST, SECOND] = ['[data-map="a"]', '[data-map="b"]'];
/** Where the maps of the page stand, by which of them it shows: the only map stands in the first place. */
const MAPS = { both: { "map A": FIRST, "map B": SECOND }, a: { "map A": FIRST }, b: { "map B": FIRST } };

/** The view of the plot that stands in a place of the page. @param {string} selector */
function plotIn(selector) {
  for (const view of views()) {
    if (view.model.type !== "Figure") continue;
    for (let node = view.el; node; node = node.parentNode ?? node.host) if (node.matches?.(selector)) return view;
  }
  return null;
}

/** @param {{model: any}} context given by Panel */
export function render({ model }) {
  const words = make("p", { role: "status" });
  const list = make("select", { "aria-label": "List" });
  const pictures = make("div", { class: "row" });
  const button = (text, act) => {
    const made = make("button", { type: "button" }, text);
    made.addEventListener("click", act);
    return made;
  };
  const asked = (format) => {
    words.textContent = "Asking …";
    model.send_msg({ ticket: list.value, format });
  };
  const panel = make(
    "div", { class: "panel", role: "group", "aria-label": "Export", hidden: "" },
    make("label", {}, "List", list), make("div", { class: "row" }, button("CSV", () => asked("csv")), button("Parquet", () => asked("parquet"))),
    make("span", { class: "title" }, "Pictures"), pictures, words,
  );
  const opener = make("button", { type: "button", class: "opener", "aria-expanded": "false" }, "Export");
  const toggle = (open) => {
    panel.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
  };
  opener.addEventListener("click", () => toggle(panel.hidden));
  const root = make("div", { class: "export" }, opener, panel);
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    toggle(false);
    opener.focus();
  });

  const picture = async (name, place, type) => {
    const view = plotIn(place);
    if (!view) return;
    const layer = view.export(type, true);
    save(await layer.to_blob(), `${name.replaceAll(" ", "-")}.${type}`);
  };

  const download = async (answer) => {
    const where = `${location.pathname.replace(/\/$/, "")}/export`;
    const response = await fetch(where, { method: "POST", body: answer.ticket });
    if (!response.ok) {
      words.textContent = `The server refused (${response.status}): reload the page and try again.`;
      return;
    }
    const blob = await response.blob();
    save(blob, /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition"))[1]);
    words.textContent = `${(blob.size / 1000).toLocaleString("en", { maximumFractionDigits: 1 })} kB saved.`;
  };

  const show = () => {
    const before = list.value;
    list.replaceChildren(...JSON.parse(model.lists).map(([value, told]) => make("option", { value }, told)));
    if ([...list.options].some((option) => option.value === before)) list.value = before;
    root.hidden = list.options.length === 0;
  };
  const showPictures = () => {
    const places = Object.entries({ ...MAPS[model.maps], histogram: ".spread" });
    pictures.replaceChildren(...places.map(([name, place]) => make(
      "div", { class: "row" },
      make("span", {}, name), button("PNG", () => picture(name, place, "png")), button("SVG", () => picture(name, place, "svg")),
    )));
  };
  model.on("lists", show);
  model.on("maps", showPictures);
  model.on("msg:custom", download);
  show();
  showPictures();
  return root;
}
