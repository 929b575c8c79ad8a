/* The legend of the layers that are switched on. */

import { el } from "./dom.js";
import { t } from "./i18n.js";
import { plateElement } from "./icons.js";

export class Legend {
  constructor(container) {
    this.body = container.querySelector("[data-legend-body]");
    this.toggle = container.querySelector("[data-legend-toggle]");
    this.toggle.addEventListener("click", () => this.setOpen(this.body.hidden));
    this.setOpen(window.matchMedia("(min-width: 64rem) and (min-height: 46rem)").matches);
  }

  setOpen(isOpen) {
    this.body.hidden = !isOpen;
    this.toggle.setAttribute("aria-expanded", String(isOpen));
  }

  /** Draws the legend of the layers given; `zoom` decides between cells and single symbols. */
  update(layers, zoom) {
    if (layers.length === 0) {
      this.body.replaceChildren(el("p", { class: "muted" }, t("legend.empty")));
      return;
    }
    const hasCells = layers.some((layer) => layer.geometry === "point" && zoom < layer.raw_min_zoom);
    const key = `${layers.map((layer) => layer.id).join()}|${hasCells}`;
    if (key === this.key) {
      return;
    }
    this.key = key;
    this.body.replaceChildren(
      ...(hasCells ? [this.#cells(layers)] : []),
      ...(hasCells ? [] : layers.map((layer) => this.#layer(layer))));
  }

  #cells(layers) {
    const dot = (layer) => {
      const canvas = el("canvas", { class: "legend__dot", width: 24, height: 24, "aria-hidden": "true" });
      const context = canvas.getContext("2d");
      context.fillStyle = layer.color;
      context.beginPath();
      context.arc(12, 12, 10, 0, 2 * Math.PI);
      context.fill();
      return canvas;
    };
    return el("div", {},
      el("ul", { class: "legend__list" }, layers.map((layer) => el("li", {}, dot(layer), layer.title))),
      el("p", { class: "legend__note" }, `${t("legend.cells")} · ${t("legend.cells.zoom")}`));
  }

  #layer(layer) {
    const cases = layer.symbol?.cases ?? [];
    if (cases.length === 0) {
      return el("ul", { class: "legend__list" }, el("li", {}, plateElement(layer), layer.title));
    }
    return el("div", { class: "legend__layer" },
      el("h3", {}, layer.title),
      el("ul", { class: "legend__list" }, cases.map((entry) =>
        el("li", {}, plateElement({ icon: entry.icon ?? layer.icon, color: entry.color }), entry.label))));
  }
}
