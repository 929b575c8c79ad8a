/* The figures of a division: one definition each, from the same source as every report. */

import { isAbort, requestJson } from "./api.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

export class Figures {
  /** `onlist(layerId, conditions)` opens the rows behind a figure. */
  constructor({ onlist }) {
    this.onlist = onlist;
    this.element = el("section", { class: "figures", "aria-label": t("figure.title") });
  }

  async load(code) {
    this.abort?.abort();
    this.abort = new AbortController();
    this.element.setAttribute("aria-busy", "true");
    try {
      const answer = await requestJson(`/api/indicators/${encodeURIComponent(code)}`, { signal: this.abort.signal });
      this.#render(answer.figures);
    } catch (error) {
      if (!isAbort(error)) {
        this.element.replaceChildren(el("p", { class: "panel-note" }, t("figure.failed"), " ",
          el("button", { type: "button", class: "link-button", onclick: () => this.load(code) }, t("action.retry"))));
      }
    } finally {
      this.element.removeAttribute("aria-busy");
    }
  }

  /** Plain counts stand beside the layers already: here they fold away. */
  #render(figures) {
    const isCount = (figure) => figure.layer && figure.conditions === "" && !figure.unit;
    const telling = figures.filter((figure) => !isCount(figure));
    const counts = figures.filter(isCount);
    this.element.replaceChildren(
      el("h3", { class: "figures__head" }, t("figure.title")),
      el("ul", {}, telling.map((figure) => this.#row(figure))),
      el("details", { class: "figures__more" }, el("summary", {}, t("figure.counts")), el("ul", {}, counts.map((figure) => this.#row(figure)))));
  }

  #row(figure) {
    const value = figure.value === null ? t("figure.none") : formatNumber(figure.value);
    const parts = [
      el("span", { class: "figure-row__title" }, figure.title),
      el("span", { class: "count" }, value, figure.unit && figure.value !== null ? el("span", { class: "muted figure-row__unit" }, ` ${figure.unit}`) : null),
      el("span", { class: "muted figure-row__definition" }, `${figure.definition} · ${figure.clock}`)];
    if (figure.page) {
      return el("li", {}, el("a", { class: "figure-row", href: figure.page, title: t("figure.open") }, parts));
    }
    return el("li", {}, figure.layer
      ? el("button", { type: "button", class: "figure-row", title: t("figure.open"), onclick: () => this.onlist(figure.layer, figure.conditions) }, parts)
      : el("div", { class: "figure-row" }, parts));
  }
}
