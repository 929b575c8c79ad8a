/* The coloured map of the parts of a division; where there are none, the objects themselves. */

import { el } from "./dom.js";
import { t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { classLimits, classOf, shown } from "./district_values.js";

const PARTS = "districts-parts";
const LABELS = "districts-labels";
const ROOM = { top: 36, right: 36, bottom: 36, left: 36 };
const FONT = ["Noto Sans SC Bold"];
// One hue from faint to full: a quantity, not a grade.
const RAMPS = {
  dark: { ramp: ["#123037", "#1a4d53", "#25706f", "#38958f", "#6fcac6"], nothing: "#1a222b", line: "#5f7890", chosen: "#9fe7f2", ink: "#ffffff", halo: "#070c12" },
  light: { ramp: ["#e0f0ef", "#b4dad8", "#7fbebb", "#439996", "#12706e"], nothing: "#e3e6e9", line: "#7c8b99", chosen: "#0b3f4a", ink: "#14202c", halo: "#ffffff" }
};
const NAMES = ["street-names", "county-names"];

export class DistrictMap {
  /** `ondrill(code)` when a part is clicked; `onhover(code or null)` as the pointer moves. */
  static async create(container, { theme, bbox, ondrill, onhover }) {
    const view = await MapView.create(container, { theme, bbox, view: null, padding: ROOM });
    return new DistrictMap(view, { ondrill, onhover });
  }

  constructor(view, { ondrill, onhover }) {
    Object.assign(this, { view, map: view.map, ondrill, onhover });
    this.features = [];
    this.isReady = false;
    view.on("error", () => {});
    view.on("ready", () => { this.isReady = true; this.#add(); this.#draw(); this.onready?.(); });
    this.popup = new view.library.Popup({ closeButton: false, closeOnClick: false, className: "districts-popup" });
    this.map.on("click", (event) => {
      const found = this.#partAt(event.point);
      if (found) {
        this.ondrill(found.properties.code);
      }
    });
    this.map.on("mousemove", (event) => this.#hover(event));
    this.map.getCanvas().addEventListener("mouseleave", () => this.#hover(null));
  }

  #partAt(point) {
    return this.map.getLayer(PARTS) ? this.map.queryRenderedFeatures(point, { layers: [PARTS] })[0] : null;
  }

  #hover(event) {
    const found = event && this.#partAt(event.point);
    this.map.getCanvas().style.cursor = found ? "pointer" : "";
    this.onhover(found?.properties.code ?? null);
    if (!found) {
      this.popup.remove();
      return;
    }
    const { name, text } = found.properties;
    this.popup.setLngLat(event.lngLat).setDOMContent(el("p", {}, el("strong", {}, name), ` ${text}`)).addTo(this.map);
  }

  setTheme(theme) {
    this.isReady = false;
    this.view.setTheme(theme);
  }

  /** Shows the parts coloured by value; `layer` is shown as objects where there are no outlines. */
  show({ outlines, parts, unit, bbox, layer, isLeaf }) {
    const values = new Map(parts.map((part) => [part.code, part]));
    this.values = parts.filter((part) => part.adds_up && part.value !== null).map((part) => part.value);
    this.limits = classLimits(this.values);
    this.features = outlines.features.filter((feature) => values.has(feature.properties.code)).map((feature) => {
      const part = values.get(feature.properties.code);
      return { ...feature, properties: { ...feature.properties, grade: classOf(part.value, this.limits), text: shown(part.value, unit) } };
    });
    this.layer = isLeaf ? layer : null;
    this.#draw();
    if (bbox) {
      this.view.fit(bbox, ROOM);
    }
  }

  choose(code) {
    this.chosen = code;
    if (this.map.getLayer(`${PARTS}-chosen`)) {
      this.map.setFilter(`${PARTS}-chosen`, ["==", ["get", "code"], code ?? "-"]);
    }
  }

  get ramp() {
    return RAMPS[this.view.theme];
  }

  /** The colours of the classes there are: few classes are spread over the ramp. */
  get colours() {
    const { ramp } = this.ramp;
    const n = this.limits?.length ?? 0;
    return n <= 1 ? [ramp[2]] : Array.from({ length: n }, (_, at) => ramp[Math.round((at * (ramp.length - 1)) / (n - 1))]);
  }

  #add() {
    const { line, chosen, ink, halo } = this.ramp;
    for (const name of NAMES.filter((id) => this.map.getLayer(id))) {
      this.map.setLayoutProperty(name, "visibility", "none");
    }
    this.map.addSource(PARTS, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    this.map.addLayer({ id: PARTS, type: "fill", source: PARTS, paint: { "fill-color": "transparent", "fill-opacity": 0.86 } });
    this.map.addLayer({ id: `${PARTS}-line`, type: "line", source: PARTS, paint: { "line-color": line, "line-width": 1 } });
    this.map.addLayer({ id: `${PARTS}-chosen`, type: "line", source: PARTS, filter: ["==", ["get", "code"], this.chosen ?? "-"], paint: { "line-color": chosen, "line-width": 3.5 } });
    this.map.addSource(LABELS, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    this.map.addLayer({ id: LABELS, type: "symbol", source: LABELS, layout: {
      "text-field": ["concat", ["get", "name"], "\n", ["get", "text"]], "text-font": FONT, "text-size": 14, "text-max-width": 12 }, paint: { "text-color": ink, "text-halo-color": halo, "text-halo-width": 1.6 } });
  }

  #draw() {
    if (!this.isReady) {
      return;
    }
    this.map.getSource(PARTS).setData({ type: "FeatureCollection", features: this.features });
    this.map.getSource(LABELS).setData({ type: "FeatureCollection", features: this.features.map(({ properties }) =>
      ({ type: "Feature", properties, geometry: { type: "Point", coordinates: properties.label } })) });
    const pairs = this.colours.flatMap((colour, at) => [at, colour]);
    this.map.setPaintProperty(PARTS, "fill-color", ["match", ["get", "grade"], ...pairs, this.ramp.nothing]);
    this.view.setVisibleLayers(this.layer ? [this.layer] : [], this.layer);
  }

  /** The legend: what each colour holds. */
  legend(title, unit) {
    const limits = this.limits ?? [];
    const rows = limits.map((limit, at) => {
      const words = this.#span(at === 0 ? null : limits[at - 1], limit, unit);
      return el("li", {}, el("span", { class: `districts__swatch districts__swatch--${this.#step(at)}`, "aria-hidden": "true" }), words);
    });
    const hasNone = this.features.some((feature) => feature.properties.grade < 0);
    return el("div", {}, el("p", { class: "districts__legend-title" }, title), el("ul", {}, ...rows.reverse(),
      hasNone ? el("li", {}, el("span", { class: "districts__swatch districts__swatch--nothing", "aria-hidden": "true" }), t("districts.legend.nothing")) : null));
  }

  /** The values of a class: a single one, whole numbers from … to, or above … up to. */
  #span(below, limit, unit) {
    const inside = this.values.filter((value) => value <= limit && (below === null || value > below));
    const least = Math.min(...inside);
    return least === limit ? shown(limit, unit) : `${shown(least, unit)} – ${shown(limit, unit)}`;
  }

  #step(at) {
    const n = this.limits.length;
    return n <= 1 ? 2 : Math.round((at * 4) / (n - 1));
  }
}
