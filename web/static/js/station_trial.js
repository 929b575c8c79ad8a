/* Facilities tried out under a coverage: some left out, some added; nothing of it is stored. */

import { el, uiIcon } from "./dom.js";
import { t } from "./i18n.js";

const pointOf = ({ lon, lat }, label, isActive) => ({ type: "Feature", properties: { label, is_active: isActive }, geometry: { type: "Point", coordinates: [lon, lat] } });

export class StationTrial {
  /** `onchange()` when the user takes one back. */
  constructor({ onchange }) {
    this.onchange = onchange;
    this.out = new Map();
    this.added = [];
    this.kind = null;
    this.element = el("div", { class: "button-row", hidden: true });
  }

  isOut(id) {
    return this.out.has(Number(id));
  }

  /** Forgets what was tried out with another kind of facility. */
  keepTo(kind) {
    if (this.kind !== null && this.kind !== kind) {
      this.clear();
    }
    this.kind = kind;
  }

  /** Leaves a facility ({id, title, lon, lat}) out, or counts it again. */
  toggle(feature) {
    const id = Number(feature.id);
    if (!this.out.delete(id)) {
      this.out.set(id, feature);
    }
    this.#show();
  }

  /** Adds one at a place. */
  add(place) {
    this.added = [...this.added, place];
    this.#show();
  }

  clear() {
    this.out.clear();
    this.added = [];
    this.#show();
  }

  /** The changes in the server's names. */
  get changes() {
    return {
      ...(this.out.size > 0 ? { out: [...this.out.keys()] } : {}),
      ...(this.added.length > 0 ? { added: this.added.map(({ lon, lat }) => [lon, lat]) } : {})
    };
  }

  /** Marks for the map. */
  features() {
    return [...[...this.out.values()].map((one) => pointOf(one, "×", false)), ...this.added.map((one) => pointOf(one, "+", true))];
  }

  #show() {
    const chip = (words, take) => el("button", { type: "button", class: "button button--small", "aria-label": t("trial.back", { what: words }),
      onclick: () => { take(); this.#show(); this.onchange(); } }, words, uiIcon("close", { small: true }));
    this.element.replaceChildren(
      ...[...this.out.values()].map((one) => chip(t("trial.out", { title: one.title }), () => this.out.delete(Number(one.id)))),
      ...this.added.map((place, at) => chip(t("trial.added", { n: at + 1 }), () => { this.added = this.added.filter((one) => one !== place); })));
  }
}
