// Above the columns: what they are sorted by, whether noise is left out, and the help.

import { actButton, element } from "./dom.js";

export class Toolbar {
  /** @param {(request: object) => void} ask @param {() => void} help opens it */
  constructor(ask, help) {
    this.sort = element("select");
    this.sort.addEventListener("change", () => ask({ sort: this.sort.value }));
    this.noise = element("input");
    this.noise.type = "checkbox";
    this.noise.addEventListener("change", () => ask({ beyond_noise: this.noise.checked }));
    this.noiseLabel = element("label", "", this.noise, "only what changed more than noise");
    this.count = element("span", "count");
    const sortLabel = element("label", "", "Sort by", this.sort);
    this.root = element("div", "toolbar", sortLabel, this.noiseLabel, this.count, actButton("ask", "?", "Help: marks and keys (?)", help));
    this.offered = "";
  }

  /** @param {{sorts: string, sort: string, has_noise: boolean, beyond_noise: boolean, total: number}} message */
  show({ sorts, sort, has_noise, beyond_noise, total }) {
    if (sorts !== this.offered) {
      this.offered = sorts;
      this.sort.replaceChildren(...JSON.parse(sorts).map(([value, words]) => {
        const option = element("option", "", words);
        option.value = value;
        return option;
      }));
    }
    this.sort.value = sort;
    this.noiseLabel.hidden = !has_noise;
    this.noise.checked = beyond_noise;
    this.count.textContent = `${total.toLocaleString("en")} ${total === 1 ? "object" : "objects"}`;
  }
}
