/* Draws coverage far out: circles of a size for how many and a colour for how soon, with the number of those beyond. */

import { LATE, NONE, classColours } from "./coverage_classes.js";
import { formatNumber } from "./i18n.js";

const FONT = ["Noto Sans SC Bold"];
const SOURCE = "onemap-coverage-cells";
// No counts of a layer: they are shown as long as the answer stands, whatever else the legend's choice counts.
const CIRCLES = "onemap-coverage__circles";
const NUMBERS = "onemap-coverage__numbers";
const ROOMY = 60; // objects of a circle that holds its number; below smaller ones it stands under them

export class CoverageCircles {
  constructor(map) {
    this.map = map;
    this.cells = null;
    map.on("zoom", () => this.#onZoom());
  }

  /** Draws `cells` of a layer up to a zoom, in the sizes of the layer's own circles; `styleLayers` is told whose they are. */
  set(layer, cells, { maxZoom, styleLayers }) {
    Object.assign(this, { layer, cells, maxZoom, styleLayers });
    this.#add();
    this.#draw(Math.floor(this.map.getZoom()));
  }

  clear() {
    this.cells = null;
    for (const id of [NUMBERS, CIRCLES]) {
      this.styleLayers?.delete(id);
      if (this.map.getLayer(id)) {
        this.map.removeLayer(id);
      }
    }
    if (this.map.getSource(SOURCE)) {
      this.map.removeSource(SOURCE);
    }
  }

  #onZoom() {
    const zoom = Math.floor(this.map.getZoom());
    if (this.cells !== null && zoom !== this.zoom && zoom < this.maxZoom) {
      this.#draw(zoom);
    }
  }

  #draw(zoom) {
    this.zoom = zoom;
    const features = this.cells.features(Math.min(zoom, this.maxZoom - 1));
    for (const { properties } of features) {
      const sign = properties.reach === NONE ? "×" : "";
      properties.label = properties.beyond > 0 ? `${sign}${formatNumber(properties.beyond)}` : "";
    }
    this.map.getSource(SOURCE)?.setData({ type: "FeatureCollection", features });
  }

  #add() {
    const own = `${this.layer}__cells`;
    if (this.map.getSource(SOURCE) || !this.map.getLayer(own)) {
      return;
    }
    const { reach, late, ground } = classColours();
    const pick = (within, isLate, none) => ["match", ["get", "reach"], ...within.flatMap((value, at) => [at, value]), LATE, isLate, none];
    this.map.addSource(SOURCE, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    const common = { source: SOURCE, maxzoom: this.maxZoom, metadata: { "onemap:layer": this.layer } };
    const above = `${this.layer}__points`;
    this.map.addLayer({ id: CIRCLES, type: "circle", ...common,
      layout: { "circle-sort-key": ["-", 0, ["get", "n"]] },
      paint: {
        "circle-radius": this.map.getPaintProperty(own, "circle-radius"),
        "circle-color": pick(reach, ground, ground),
        "circle-opacity": 0.92,
        "circle-stroke-color": pick([ground, ground, late], late, late),
        "circle-stroke-width": pick([0.5, 0.5, 1], 2.5, 2)
      } }, above);
    this.map.addLayer({ id: NUMBERS, type: "symbol", ...common, filter: ["!=", ["get", "label"], ""],
      layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 12, "text-padding": 0,
        "text-offset": ["case", ["<", ["get", "n"], ROOMY], ["literal", [0, 1.1]], ["literal", [0, 0]]], "symbol-sort-key": ["-", 0, ["get", "beyond"]] },
      paint: { "text-color": late, "text-halo-color": ground, "text-halo-width": 2 } }, above);
    for (const id of [CIRCLES, NUMBERS]) {
      this.styleLayers.set(id, this.layer);
    }
  }
}
