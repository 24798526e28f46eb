// One column: a title, its dominoes in a scrolling list that can be continued, and the index beside it.

import { Card } from "./card.js";
import { actButton, element, scrollBehavior } from "./dom.js";
import { chanceWords, percent, tieHeading, visibleKey } from "./words.js";

/** @typedef {import("./wire.js").Page} Page */

export class Column {
  /** @param {import("./card.js").Surroundings} surroundings @param {(start: number) => void} askMore */
  constructor(surroundings, askMore) {
    this.surroundings = surroundings;
    /** @type {Card[]} */
    this.cards = [];
    this.total = 0;
    this.list = element("ol", "cards");
    this.index = element("ol", "index");
    this.more = actButton("more", "", "Show more dominoes", () => {
      this.more.disabled = true;
      askMore(this.cards.length);
    });
    this.end = element("p", "end");
    this.scroller = element("div", "scroller", this.list, this.more, this.end);
    this.scroller.setAttribute("role", "region");
    this.title = element("h2");
    this.nav = element("nav", "", this.index);
    this.root = element("section", "column", this.title, this.scroller, this.nav);
    this.scroller.addEventListener("focusin", (event) => {
      const card = this.cards.find(({ root }) => root.contains(/** @type {Node} */ (event.target)));
      if (card) this.makeCurrent(card);
    });
    this.watchSight();
  }

  watchSight() {
    const inSight = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const place = this.cards.findIndex((card) => card.root === entry.target);
        if (place < 0) continue;
        this.cards[place].isVisible = entry.isIntersecting;
        this.cards[place].show();
      }
    }, { root: this.scroller, rootMargin: "150px 0px" });
    const fullySeen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const place = this.cards.findIndex((card) => card.domino === entry.target);
        this.index.children[place]?.classList.toggle("seen", entry.isIntersecting);
      }
    }, { root: this.scroller, threshold: 0.6 });
    this.observers = [inSight, fullySeen];
  }

  /**
   * Show the first dominoes of a new order.
   *
   * @param {Page} page
   * @param {number} start first domino of this column
   * @param {number} count
   * @param {number} total objects in the order
   * @param {string} rank the emphasised word of the title
   * @param {string} what follows it
   */
  show(page, start, count, total, rank, what) {
    this.total = total;
    while (this.cards.length > count) this.dropCard();
    this.fill(page, start, 0, count);
    const chance = page.labels.length ? [] : [element("span", "level", chanceWords(page.chance))];
    this.title.replaceChildren(element("b", "", rank), ` ${what}`, ...chance);
    this.scroller.setAttribute("aria-label", `${rank} ${what}`);
    this.nav.setAttribute("aria-label", `Index of ${rank.toLowerCase()} ${what}`);
    this.scroller.scrollTop = 0;
    if (this.cards.length) this.makeCurrent(this.cards[0]);
  }

  /** Continue the order after the dominoes that are there. @param {Page} page */
  append(page) {
    this.fill(page, 0, this.cards.length, page.objects.length);
  }

  /** @param {Page} page @param {number} start in the page @param {number} after cards that stay @param {number} count */
  fill(page, start, after, count) {
    while (this.cards.length < after + count) this.addCard();
    for (let at = 0; at < count; at++) {
      const previous = after + at ? this.cards[after + at - 1].value() : null;
      this.cards[after + at].assign(page, start + at, tieHeading(page, start + at, previous));
      this.writeEntry(after + at, page, start + at);
    }
    const left = this.total - this.cards.length;
    this.more.disabled = false;
    this.more.hidden = left <= 0;
    this.more.textContent = `Show ${Math.min(left, 20)} more`;
    this.end.textContent = this.total ? `${this.cards.length.toLocaleString("en")} of ${this.total.toLocaleString("en")} objects` : "no object is left";
    requestAnimationFrame(() => this.cards.forEach((card) => card.show()));
  }

  addCard() {
    const card = new Card(this.surroundings);
    this.cards.push(card);
    this.list.append(card.root);
    this.observers[0].observe(card.root);
    this.observers[1].observe(card.domino);
    const button = element("button", "", element("span", "key"), element("span", "meter", element("i")), element("span", "share"));
    button.type = "button";
    button.addEventListener("click", () => card.root.scrollIntoView({ behavior: scrollBehavior(), block: "start" }));
    button.addEventListener("pointerenter", () => card.domino.classList.add("pointed"));
    button.addEventListener("pointerleave", () => card.domino.classList.remove("pointed"));
    this.index.append(element("li", "", button));
  }

  dropCard() {
    const card = this.cards.pop();
    this.observers[0].unobserve(card.root);
    this.observers[1].unobserve(card.domino);
    card.root.remove();
    this.index.lastElementChild.remove();
  }

  /** @param {number} place @param {Page} page @param {number} index */
  writeEntry(place, page, index) {
    const [key, meter, share] = this.index.children[place].firstElementChild.children;
    key.textContent = visibleKey(page.keys[page.objects[index]]);
    key.title = page.keys[page.objects[index]];
    share.textContent = page.labels.length ? page.labels[index] : percent(page.similarity[index]);
    meter.firstElementChild.style.width = percent(page.similarity[index]);
    meter.firstElementChild.style.background = page.colors[index];
  }

  /** @param {Card} card */
  makeCurrent(card) {
    for (const other of this.cards) other.setCurrent(other === card);
  }

  /** Focus a domino and bring it into sight. @param {number} place */
  visit(place) {
    const card = this.cards[Math.min(Math.max(place, 0), this.cards.length - 1)];
    if (!card) return;
    card.domino.focus({ preventScroll: true });
    card.root.scrollIntoView({ behavior: scrollBehavior(), block: "nearest" });
  }

  redraw() {
    for (const card of this.cards) card.isStale = true;
    for (const card of this.cards) card.show();
  }

  disconnect() {
    for (const observer of this.observers) observer.disconnect();
  }
}
