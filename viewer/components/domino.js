// The component: a toolbar, the tray of pins, and two columns of dominoes, drawn from messages of the server.

import { Column } from "./column.js";
import { element, settled } from "./dom.js";
import { helpDialog } from "./help.js";
import { listenToKeys } from "./keys.js";
import { Pictures } from "./pictures.js";
import { Toolbar } from "./toolbar.js";
import { Tray } from "./tray.js";
import { decode, plain } from "./wire.js";

const POINTED_PAUSE = 60;

/** @param {Element} host */
function readTheme(host) {
  const style = getComputedStyle(host);
  const value = (name) => style.getPropertyValue(`--ec-${name}`).trim();
  const names = ["common", "unique", "text", "object", "card", "line", "soft"];
  return { ...Object.fromEntries(names.map((name) => [name, value(name)])), font: value("font") || "sans-serif" };
}

/** What all dominoes share. @returns {import("./card.js").Surroundings} */
function makeSurroundings(model, el, redraw) {
  const surroundings = {
    theme: readTheme(el),
    pictures: new Pictures((request) => model.send_msg(request), redraw),
    measure: document.createElement("canvas").getContext("2d"),
    pointAt: settled(POINTED_PAUSE, (row) => model.send_msg({ pointed: row })),
    pinned: [],
    ranked: new Set(),
    togglePin: (key) => {
      const { pinned } = surroundings;
      // Known at once: the next pin may come before the server has answered this one.
      surroundings.pinned = pinned.includes(key) ? pinned.filter((other) => other !== key) : [...pinned, key];
      model.send_msg({ pins: surroundings.pinned });
    },
  };
  return surroundings;
}

/** What the keys do, given the columns and the tray. @returns {import("./keys.js").Ways} */
function makeWays(root, columns, tray, dialog) {
  const focused = () => /** @type {ShadowRoot} */ (root.getRootNode()).activeElement;
  const current = () => {
    const cards = [...columns.flatMap((column) => column.cards), ...tray.cards.values()];
    return cards.find((card) => card.root.contains(focused()));
  };
  const at = () => {
    const card = current();
    const column = columns.findIndex(({ cards }) => cards.includes(card));
    return { column, place: column < 0 ? -1 : columns[column].cards.indexOf(card) };
  };
  return {
    current,
    isOnDomino: () => focused()?.localName === "article",
    help: () => dialog.showModal(),
    walk: (step) => {
      const { column, place } = at();
      columns[Math.max(column, 0)].visit(column < 0 ? 0 : place + step);
    },
    cross: (step) => {
      const { column, place } = at();
      if (columns[column + step]) columns[column + step].visit(place);
    },
  };
}

/** Act on what changes what the dominoes look like: the theme and the size. @returns {() => void} stops watching */
function watchLook(root, redraw) {
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", redraw);
  const chosen = new MutationObserver(redraw);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const size = new ResizeObserver(redraw);
  size.observe(root);
  return () => {
    scheme.removeEventListener("change", redraw);
    chosen.disconnect();
    size.disconnect();
  };
}

/** @param {{model: any, el: HTMLElement}} context given by Panel */
export function render({ model, el }) {
  const redraw = () => {
    surroundings.theme = readTheme(el);
    for (const part of [...columns, tray]) part.redraw();
  };
  const surroundings = makeSurroundings(model, el, redraw);
  const shown = { message: -1, tray: -1 };
  const columns = [0, 1].map((more) => new Column(surroundings, (start) => model.send_msg({ more, start, of: shown.message })));
  const dialog = helpDialog();
  const toolbar = new Toolbar((request) => model.send_msg(request), () => dialog.showModal());
  const tray = new Tray(surroundings);
  const body = element("div", "columns", ...columns.map((column) => column.root));
  const root = element("div", "dominoes", toolbar.root, tray.root, body, dialog);

  /** The newest message of a kind; null where it was overtaken by a newer one. */
  const newest = (name) => {
    const message = plain(model[name]);
    if (message.version <= shown[name]) return null;
    shown[name] = message.version;
    return message;
  };
  const show = () => {
    const message = newest("message");
    if (!message) return;
    root.hidden = !message.k;
    if (!message.k) return;
    const page = decode(message);
    body.dataset.k = String(page.k);
    surroundings.pictures.use(page.dataset);
    toolbar.show(message);
    const [low, high, what] = JSON.parse(message.titles);
    columns[0].show(page, 0, page.least, page.total, low, what);
    columns[1].show(page, page.least, page.objects.length - page.least, page.total, high, what);
  };
  const showTray = () => {
    const message = newest("tray");
    if (!message) return;
    surroundings.pinned = JSON.parse(message.pinned ?? "[]");
    tray.show(surroundings.pinned, message.k ? decode(message) : null);
    for (const column of columns) column.cards.forEach((card) => card.showMarks());
  };
  const hear = (answer) => {
    const message = plain(answer);
    if (message.more === undefined) surroundings.pictures.receive(message);
    else if (message.of === shown.message && message.start === columns[message.more].cards.length) {
      columns[message.more].append(decode(message));
    }
  };

  model.on("message", show);
  model.on("tray", showTray);
  model.on("msg:custom", hear);
  const stops = [listenToKeys(makeWays(root, columns, tray, dialog), dialog), watchLook(body, redraw)];
  model.on("remove", () => {
    for (const stop of stops) stop();
    for (const column of columns) column.disconnect();
  });
  show();
  showTray();
  return root;
}

export default { render };
