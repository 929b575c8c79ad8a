/* The legend: what the circles count and how much a size means, and the symbol of every single place. */

import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { plateElement } from "./icons.js";

const SIZES = [10, 100, 1000];

/** The look of an area or a line on the map. */
function areaElement({ color }) {
  const swatch = el("span", { class: "legend__area", "aria-hidden": "true" });
  swatch.style.setProperty("--colour", color);
  return swatch;
}

export class Legend {
  /** `radius(layerId, n)` gives the pixels of a count's circle; `oncount(layerId)` is told which layer to count. */
  constructor(container, { radius, oncount }) {
    Object.assign(this, { radius, oncount });
    this.body = container.querySelector("[data-legend-body]");
    this.toggle = container.querySelector("[data-legend-toggle]");
    this.toggle.addEventListener("click", () => this.setOpen(this.body.hidden));
    this.setOpen(window.matchMedia("(min-width: 64rem) and (min-height: 40rem)").matches);
  }

  setOpen(isOpen) {
    this.body.hidden = !isOpen;
    this.toggle.setAttribute("aria-expanded", String(isOpen));
  }

  /** Shows an answer's own legend above the layers'; null takes it away. */
  setAnswer(element) {
    this.answer?.remove();
    this.answer = element;
    if (element) {
      this.body.prepend(element);
    }
  }

  /** Draws the legend of the layers given; `counted` is the one whose counts are drawn, or null. */
  update(layers, { zoom, counted }) {
    const single = layers.filter((layer) => layer.geometry !== "point" || zoom >= layer.raw_min_zoom);
    const cells = layers.filter((layer) => !single.includes(layer));
    const sizes = counted ? SIZES.map((n) => this.radius(counted, n)) : [];
    const key = JSON.stringify([single.map((layer) => layer.id), cells.map((layer) => layer.id), counted, sizes]);
    if (key === this.key) {
      return;
    }
    const focused = document.activeElement?.value;
    this.key = key;
    if (layers.length === 0) {
      this.body.replaceChildren(this.answer ?? "", el("p", { class: "muted" }, t("legend.empty")));
      return;
    }
    this.body.replaceChildren(
      this.answer ?? "",
      ...(cells.length > 0 ? [this.#cells(cells, counted, sizes)] : []),
      ...single.map((layer) => this.#layer(layer)));
    if (focused && this.body.contains(document.activeElement) === false) {
      this.body.querySelector(`input[value="${CSS.escape(focused)}"]`)?.focus();
    }
  }

  /** Which layer the circles count (a choice when there are several) and what their sizes mean. */
  #cells(layers, counted, sizes) {
    const choices = layers.map((layer) => {
      const symbol = plateElement(layer);
      if (layers.length === 1) {
        return el("li", {}, symbol, layer.title);
      }
      return el("li", {}, el("label", { class: "legend__choice" },
        el("input", { type: "radio", name: "legend-counted", value: layer.id, checked: layer.id === counted, onchange: () => this.oncount(layer.id) }),
        symbol, layer.title));
    });
    return el("div", { class: "legend__layer", role: layers.length > 1 ? "radiogroup" : null, "aria-label": t("legend.counted") },
      el("h3", {}, t("legend.counted")),
      el("ul", { class: "legend__list" }, choices),
      this.#scale(sizes),
      el("p", { class: "legend__note" }, t("legend.cells.zoom")));
  }

  #scale(sizes) {
    if (sizes.some((size) => size === null)) {
      return null;
    }
    return el("ul", { class: "legend__sizes", "aria-label": t("legend.cells") }, sizes.map((size, position) => {
      const circle = el("span", { class: "legend__circle", "aria-hidden": "true" });
      circle.style.setProperty("--diameter", `${2 * size}px`);
      return el("li", {}, circle, el("span", { class: "figure" }, formatNumber(SIZES[position])));
    }));
  }

  #layer(layer) {
    const cases = layer.symbol?.cases ?? [];
    const symbol = (one) => (layer.geometry === "point" ? plateElement(one) : areaElement(one));
    if (cases.length === 0) {
      return el("ul", { class: "legend__list" }, el("li", {}, symbol(layer), layer.title));
    }
    return el("div", { class: "legend__layer" },
      el("h3", {}, layer.title),
      el("ul", { class: "legend__list" }, cases.map((entry) =>
        el("li", {}, symbol({ icon: entry.icon ?? layer.icon, color: entry.color }), entry.label))));
  }
}
