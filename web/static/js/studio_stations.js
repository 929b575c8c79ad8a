/* The stations of a scenario on the map: dragged, closed, added, and where they stood before. */

const SOURCE = "onemap-stations";
const TRACES = "onemap-station-traces";
const HIT = "onemap-stations-hit";
const FONT = ["Noto Sans SC Bold"];
const COLOURS = {
  dark: { ground: "#070c12", plain: "#e8eef4", changed: "#7fd8e6", ink: "#04110f", out: "#a3b4c4" },
  light: { ground: "#ffffff", plain: "#14202c", changed: "#0b7d92", ink: "#ffffff", out: "#596b7b" }
};
const EMPTY = { type: "FeatureCollection", features: [] };
const byState = (standing, changed, out) => ["match", ["get", "state"], "standing", standing, "out", out, changed];

export class StudioStations {
  /** `onmove(key, lonlat)` when one has been dragged elsewhere, `onchoose(key)` when one is clicked. */
  constructor(view, { onmove, onchoose }) {
    Object.assign(this, { view, onmove, onchoose });
    this.stations = [];
    this.chosen = null;
    this.#listen();
  }

  /** Shows stations ({key, name, lon, lat, state, from}): state is standing, moved, added or out. */
  set(stations, chosen = null) {
    this.stations = stations;
    this.chosen = chosen;
    this.#draw();
  }

  /** Adds the layers to a style that has just been loaded. */
  restore() {
    const { map, theme } = this.view;
    const colour = COLOURS[theme];
    for (const source of [TRACES, SOURCE]) {
      map.addSource(source, { type: "geojson", data: EMPTY });
    }
    map.addLayer({ id: TRACES, type: "line", source: TRACES, paint: { "line-color": colour.changed, "line-width": 2, "line-dasharray": [2, 1.5] } });
    map.addLayer({ id: "onemap-stations-ring", type: "circle", source: SOURCE, filter: ["==", ["get", "is_chosen"], true],
      paint: { "circle-radius": 15, "circle-opacity": 0, "circle-stroke-width": 3, "circle-stroke-color": colour.changed } });
    map.addLayer({ id: "onemap-stations-dot", type: "circle", source: SOURCE, layout: { "circle-sort-key": byState(0, 2, 1) }, paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, byState(3.5, 7, 5), 13, byState(7, 10, 8)],
      "circle-color": byState(colour.plain, colour.changed, colour.ground),
      "circle-stroke-color": byState(colour.ground, colour.ground, colour.out), "circle-stroke-width": 1.6 } });
    map.addLayer({ id: "onemap-stations-sign", type: "symbol", source: SOURCE, filter: ["!=", ["get", "sign"], ""],
      layout: { "text-field": ["get", "sign"], "text-font": FONT, "text-size": 12, "text-allow-overlap": true, "text-ignore-placement": true },
      paint: { "text-color": byState(colour.ink, colour.ink, colour.out) } });
    map.addLayer({ id: "onemap-stations-name", type: "symbol", source: SOURCE, minzoom: 12.5,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-offset": [0, 1.3], "text-anchor": "top", "text-optional": true },
      paint: { "text-color": colour.plain, "text-halo-color": colour.ground, "text-halo-width": 1.5 } });
    map.addLayer({ id: HIT, type: "circle", source: SOURCE, paint: { "circle-radius": 12, "circle-opacity": 0 } });
    this.#draw();
  }

  #draw() {
    const { map } = this.view;
    if (!map.getSource(SOURCE)) {
      return;
    }
    const signs = { moved: "↷", added: "+", out: "×" };
    map.getSource(SOURCE).setData({ type: "FeatureCollection", features: this.stations.map((one) => ({
      type: "Feature", properties: { key: one.key, name: one.name, state: one.state, sign: signs[one.state] ?? "", is_chosen: one.key === this.chosen },
      geometry: { type: "Point", coordinates: [one.lon, one.lat] } })) });
    map.getSource(TRACES).setData({ type: "FeatureCollection", features: this.stations.filter((one) => one.from).map((one) => ({
      type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: [one.from, [one.lon, one.lat]] } })) });
  }

  #listen() {
    const { map } = this.view;
    for (const [down, move, up] of [["mousedown", "mousemove", "mouseup"], ["touchstart", "touchmove", "touchend"]]) {
      map.on(down, (event) => this.#grab(event, move, up));
    }
    map.on("mousemove", (event) => {
      if (!this.view.captured && this.#at(event.point) !== null) {
        map.getCanvas().style.cursor = "grab";
      }
    });
  }

  /** The key of the station at a pixel; null without one. */
  #at(point) {
    const { map } = this.view;
    const hits = map.getLayer(HIT) ? map.queryRenderedFeatures(point, { layers: [HIT] }) : [];
    return hits[0]?.properties.key ?? null;
  }

  #grab(event, move, up) {
    const key = this.view.captured || (event.points?.length ?? 1) > 1 || event.originalEvent.button > 0 ? null : this.#at(event.point);
    const station = this.stations.find((one) => one.key === key);
    if (!station) {
      return;
    }
    event.preventDefault(); // the map stays where it is
    const { map } = this.view;
    const start = event.point;
    let hasMoved = false;
    const drag = (moved) => {
      hasMoved ||= Math.hypot(moved.point.x - start.x, moved.point.y - start.y) > 3;
      if (hasMoved && station.state !== "out") {
        Object.assign(station, { lon: moved.lngLat.lng, lat: moved.lngLat.lat });
        this.frame ??= window.requestAnimationFrame(() => { this.frame = null; this.#draw(); });
      }
    };
    map.on(move, drag);
    map.once(up, () => {
      map.off(move, drag);
      this.onchoose(key);
      if (hasMoved && station.state !== "out") {
        this.onmove(key, [station.lon, station.lat]);
      }
    });
  }
}
