/* Recolours the points of one layer by how soon help gets there: feature states only, no tile is fetched again. */

import { CoverageCircles } from "./coverage_circles.js";
import { LATE, NONE, classColours } from "./coverage_classes.js";

const FONT = ["Noto Sans SC Bold"];
const DOTS = "onemap-coverage";
const CROSSES = "onemap-coverage-none";
const SIZES = [13, 2.5, 15, 5, 17, 9]; // zoom, pixels of radius, …
const OTHER = -1; // points the answer does not speak of

const state = ["coalesce", ["feature-state", "reach"], OTHER];
const byZoom = (share) => ["interpolate", ["linear"], ["zoom"], ...SIZES.map((value, at) => (at % 2 === 0 ? value : value * share))];

export class CoveragePaint {
  constructor(map) {
    this.map = map;
    this.circles = new CoverageCircles(map);
    this.layer = null;
    this.classes = new Map();
  }

  /** Adds the dots to a style that has just been loaded; `styleLayers` is told whose points they are. */
  restore(styleLayers) {
    this.styleLayers = styleLayers;
    if (this.layer !== null) {
      this.#add();
      this.#setStates(this.classes);
      this.#drawCells();
    }
  }

  /**
   * Colours a layer's points: `classes` maps ids to 0–2 (within a limit), LATE or NONE. Only what differs is told to the map.
   * Below `minZoom`, where tiles have no single points, `cells` are drawn.
   */
  set(layer, classes, { minZoom, cells }) {
    if (this.layer !== layer) {
      this.clear();
      Object.assign(this, { layer, minZoom });
      this.#add();
    }
    const changed = new Map();
    for (const [id, value] of classes) {
      if (this.classes.get(id) !== value) {
        changed.set(id, value);
      }
    }
    for (const id of this.classes.keys()) {
      if (!classes.has(id)) {
        changed.set(id, OTHER);
      }
    }
    this.classes = classes;
    this.#setStates(changed);
    this.cells = cells;
    this.#drawCells();
  }

  #drawCells() {
    if (this.styleLayers) {
      this.circles.set(this.layer, this.cells, { maxZoom: this.minZoom, styleLayers: this.styleLayers });
    }
  }

  /** Leaves the layer as it was. */
  clear() {
    if (this.layer === null) {
      return;
    }
    for (const id of [DOTS, CROSSES]) {
      this.styleLayers?.delete(id);
      if (this.map.getLayer(id)) {
        this.map.removeLayer(id);
      }
    }
    if (this.map.getSource(this.layer)) {
      this.map.removeFeatureState({ source: this.layer, sourceLayer: this.layer });
    }
    if (this.map.getLayer(this.#symbols)) {
      this.map.setPaintProperty(this.#symbols, "icon-opacity", 1);
    }
    this.circles.clear();
    this.layer = null;
    this.classes = new Map();
  }

  get #symbols() {
    return `${this.layer}__points`;
  }

  #setStates(classes) {
    if (!this.map.getSource(this.layer)) {
      return;
    }
    for (const [id, reach] of classes) {
      this.map.setFeatureState({ source: this.layer, sourceLayer: this.layer, id }, { reach });
    }
  }

  /** Dots in place of the symbols: filled within the limits, a ring when late, a cross in a ring when never. */
  #add() {
    if (!this.map.getLayer(this.#symbols)) {
      return; // the style is still under way: restore() comes
    }
    const { reach, late, ground, other } = classColours();
    const pick = (within, isLate, none, rest) => ["match", state, ...within.flatMap((value, at) => [at, value]), LATE, isLate, NONE, none, rest];
    const radius = (share) => pick([share, share, share], share, 1.2 * share, 0.6 * share);
    const common = { source: this.layer, "source-layer": this.layer, minzoom: this.minZoom, metadata: { "onemap:layer": this.layer } };
    this.map.setPaintProperty(this.#symbols, "icon-opacity", 0);
    this.map.addLayer({ id: DOTS, type: "circle", ...common, paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], ...SIZES.map((value, at) => (at % 2 === 0 ? value : radius(value)))],
      "circle-color": pick(reach, ground, ground, other),
      "circle-stroke-color": pick([ground, ground, late], late, late, other),
      "circle-stroke-width": pick([0.5, 0.5, 1], 2.5, 2, 0)
    } }, this.#symbols);
    this.map.addLayer({ id: CROSSES, type: "symbol", ...common,
      layout: { "text-field": "×", "text-font": FONT, "text-size": byZoom(2.2), "text-allow-overlap": true, "text-ignore-placement": true },
      paint: { "text-color": late, "text-opacity": ["match", state, NONE, 1, 0] } }, this.#symbols);
    for (const id of [DOTS, CROSSES]) {
      this.styleLayers.set(id, this.layer);
    }
  }
}
