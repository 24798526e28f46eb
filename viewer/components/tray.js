// The tray of pinned objects above the columns: a chip each, and the dominoes of those that are opened.

import { Card } from "./card.js";
import { actButton, element } from "./dom.js";
import { percent, visibleKey } from "./words.js";

export class Tray {
  /** @param {import("./card.js").Surroundings} surroundings */
  constructor(surroundings) {
    this.surroundings = surroundings;
    this.pins = element("ul", "pins");
    this.list = element("ol", "opened");
    this.root = element("section", "tray", element("h2", "", "Pinned"), this.pins, this.list);
    this.root.setAttribute("aria-label", "Pinned objects");
    this.root.hidden = true;
    /** @type {Set<string>} keys of the dominoes that are opened */
    this.opened = new Set();
    /** @type {Map<string, Card>} */
    this.cards = new Map();
    this.page = null;
  }

  /** @param {string[]} pinned keys @param {import("./wire.js").Page | null} page the dominoes of those that are common */
  show(pinned, page) {
    this.pinned = pinned;
    this.page = page;
    this.places = new Map(page ? Array.from(page.objects, (place, index) => [page.keys[place], index]) : []);
    for (const key of this.opened) if (!pinned.includes(key)) this.opened.delete(key);
    this.root.hidden = !pinned.length;
    this.pins.replaceChildren(...pinned.map((key) => this.pin(key)));
    this.showCards();
  }

  /** @param {string} key */
  pin(key) {
    const index = this.places.get(key);
    const isHere = index !== undefined;
    const words = isHere ? percent(this.page.similarity[index]) : "not in both";
    const dot = element("i");
    if (isHere) dot.style.background = this.page.colors[index];
    const open = element("button", "open", dot, element("span", "key", visibleKey(key)), element("span", "share", words));
    open.type = "button";
    open.title = key;
    open.disabled = !isHere;
    open.setAttribute("aria-expanded", String(isHere && this.opened.has(key)));
    open.addEventListener("click", () => {
      if (!this.opened.delete(key)) this.opened.add(key);
      open.setAttribute("aria-expanded", String(this.opened.has(key)));
      this.showCards();
    });
    return element("li", "", open, actButton("out", "×", `Take the pin out of ${key}`, () => this.surroundings.togglePin(key)));
  }

  showCards() {
    const shown = this.pinned.filter((key) => this.opened.has(key) && this.places.has(key));
    for (const [key, card] of this.cards) {
      if (!shown.includes(key)) {
        card.root.remove();
        this.cards.delete(key);
      }
    }
    for (const key of shown) {
      const card = this.cards.get(key) ?? new Card(this.surroundings);
      this.cards.set(key, card);
      card.isVisible = true;
      card.setCurrent(true);
      card.assign(this.page, this.places.get(key), "");
      if (this.list.children[shown.indexOf(key)] !== card.root) this.list.append(card.root);
    }
    this.list.hidden = !shown.length;
    requestAnimationFrame(() => this.cards.forEach((card) => card.show()));
  }

  redraw() {
    for (const card of this.cards.values()) {
      card.isStale = true;
      card.show();
    }
  }
}
