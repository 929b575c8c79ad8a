/* The small sign beside the scale: live, out of date, or connection lost and for how long. */

import { el } from "./dom.js";
import { t } from "./i18n.js";
import { LiveFeed } from "./live.js";

const versionOf = (address) => Number(new URLSearchParams(address.split("?")[1] ?? "").get("v") ?? 0);

export class LiveState {
  /** `onchange(Map of layer → version)`, `onended()`; `element` shows the state. */
  constructor({ layers, onchange, onended }) {
    this.words = el("span", {});
    this.element = el("div", { class: "live-state", "data-state": "waiting" }, el("span", { class: "live-state__dot", "aria-hidden": "true" }), this.words);
    this.spoken = el("span", { class: "visually-hidden", role: "status" });
    this.element.append(this.spoken);
    this.feed = new LiveFeed({
      versions: [...layers.values()].map((layer) => [layer.id, versionOf(layer.tiles)]),
      onchange, onended, onstate: (state) => this.#show(state)
    });
  }

  #show(state) {
    const words = t(`live.${state}`, { s: this.feed?.age_s ?? 0 });
    if (this.element.dataset.state !== state) {
      this.spoken.textContent = state === "live" ? "" : `${words} ${t(`live.${state}.detail`)}`; // said once, not every second
    }
    this.element.dataset.state = state;
    this.element.title = t(`live.${state}.detail`);
    this.words.textContent = words;
  }
}
