/* Where warnings lie: one sign each in the colour of its level, clusters with their worst level. */

import { el } from "./dom.js";
import { MapView } from "./map_view.js";

const SOURCE = "warnings-places";
const FONT = ["Noto Sans SC Bold"];
const ROOM = { top: 24, right: 24, bottom: 24, left: 24 };
const GRADES = ["--grade-1", "--grade-2", "--grade-3", "--grade-4"];
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class WarningsMap {
  static async create(container, { theme, bbox, onopen }) {
    const view = await MapView.create(container, { theme, bbox, view: null, padding: ROOM });
    return new WarningsMap(view, onopen);
  }

  constructor(view, onopen) {
    Object.assign(this, { view, map: view.map, onopen });
    this.data = { type: "FeatureCollection", features: [] };
    view.on("error", () => {});
    view.on("ready", () => { this.#add(); this.onready?.(); });
    this.popup = new view.library.Popup({ closeButton: false, closeOnClick: false, className: "warnings-popup" });
    this.map.on("click", (event) => this.#click(event));
    this.map.on("mousemove", (event) => this.#hover(event));
  }

  #at(point) {
    return this.map.getLayer(SOURCE) ? this.map.queryRenderedFeatures(point, { layers: [SOURCE] })[0] : null;
  }

  #hover(event) {
    const found = this.#at(event.point);
    this.map.getCanvas().style.cursor = found ? "pointer" : "";
    if (found?.properties.title) {
      this.popup.setLngLat(found.geometry.coordinates).setDOMContent(el("p", {}, found.properties.title)).addTo(this.map);
    } else {
      this.popup.remove();
    }
  }

  async #click(event) {
    const found = this.#at(event.point);
    if (!found) {
      return;
    }
    if (found.properties.cluster) {
      const zoom = await this.map.getSource(SOURCE).getClusterExpansionZoom(found.properties.cluster_id);
      this.map.easeTo({ center: found.geometry.coordinates, zoom: Math.min(zoom + 0.5, 17) });
    } else {
      this.onopen(found.properties.id);
    }
  }

  #add() {
    const worst = { worst: ["min", ["to-number", ["get", "level"]]] };
    const level = ["coalesce", ["get", "worst"], ["to-number", ["get", "level"]]];
    const colours = GRADES.map(token);
    this.map.addSource(SOURCE, { type: "geojson", data: this.data, cluster: true, clusterRadius: 42, clusterMaxZoom: 14, clusterProperties: worst });
    this.map.addLayer({ id: SOURCE, type: "circle", source: SOURCE, paint: {
      "circle-radius": ["case", ["has", "point_count"], ["interpolate", ["linear"], ["get", "point_count"], 2, 13, 100, 20, 1000, 28], 8],
      "circle-color": ["match", level, 1, colours[0], 2, colours[1], 3, colours[2], colours[3]], "circle-stroke-color": token("--ground"), "circle-stroke-width": 2 } });
    this.map.addLayer({ id: `${SOURCE}-count`, type: "symbol", source: SOURCE, filter: ["has", "point_count"], layout: {
      "text-field": ["get", "point_count_abbreviated"], "text-font": FONT, "text-size": 13, "text-allow-overlap": true }, paint: { "text-color": token("--grade-ink") } });
    this.view.setVisibleLayers([], null);
  }

  show(data) {
    this.data = data;
    this.map.getSource(SOURCE)?.setData(data);
  }

  /** Puts the ring around a warning's place. */
  choose(id) {
    const found = this.data.features.find((feature) => feature.properties.id === id);
    if (found) {
      const [lon, lat] = found.geometry.coordinates;
      this.view.select({ lon, lat });
      this.view.goTo({ lon, lat, zoom: 15, padding: ROOM });
    }
    return found !== undefined;
  }
}
