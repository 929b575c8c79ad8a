/* What answers draw over the map: routes, isochrones, closures being drawn, numbered places, crews. Survives a change of style. */

const FONT = ["Noto Sans SC Bold"];
const COLOURS = {
  dark: { route: "#7fd8e6", quiet: "#5f7f96", casing: "#070c12", area: "#4fa7a6", closed: "#d8b48f", ink: "#04110f", text: "#e8eef4" },
  light: { route: "#0b7d92", quiet: "#8fa3b3", casing: "#ffffff", area: "#17807d", closed: "#8a5a2b", ink: "#ffffff", text: "#14202c" }
};
const EMPTY = { type: "FeatureCollection", features: [] };
const round = { "line-cap": "round", "line-join": "round" };

/** The drawing of each kind of answer, bottom first. */
function layersOf(name, colour) {
  const isActive = ["==", ["get", "is_active"], true];
  return {
    isochrone: [
      { id: "isochrone-fill", type: "fill", paint: { "fill-color": colour.area, "fill-opacity": 0.16 } },
      { id: "isochrone-line", type: "line", layout: round, paint: { "line-color": colour.area, "line-width": 1.5 } },
      { id: "isochrone-text", type: "symbol", layout: { "symbol-placement": "line", "text-field": ["get", "label"], "text-font": FONT, "text-size": 12, "symbol-spacing": 300, "text-allow-overlap": true, "text-ignore-placement": true },
        paint: { "text-color": colour.text, "text-halo-color": colour.casing, "text-halo-width": 1.6 } }
    ],
    closures: [
      { id: "closures-fill", type: "fill", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour.closed, "fill-opacity": 0.28 } },
      { id: "closures-line", type: "line", filter: ["!=", ["get", "role"], "forbidden"], paint: { "line-color": colour.closed, "line-width": 2.5, "line-dasharray": [2, 1.2] } },
      { id: "closures-forbidden", type: "line", filter: ["==", ["get", "role"], "forbidden"], paint: { "line-color": colour.closed, "line-width": 2.5 } },
      { id: "closures-corner", type: "circle", filter: ["==", ["geometry-type"], "Point"],
        paint: { "circle-radius": 5, "circle-color": colour.casing, "circle-stroke-color": colour.closed, "circle-stroke-width": 2.5 } }
    ],
    routes: [
      { id: "routes-quiet", type: "line", filter: ["!", isActive], layout: round, paint: { "line-color": colour.quiet, "line-width": 3, "line-opacity": 0.75 } },
      { id: "routes-casing", type: "line", filter: isActive, layout: round, paint: { "line-color": colour.casing, "line-width": 9 } },
      { id: "routes-active", type: "line", filter: isActive, layout: round, paint: { "line-color": colour.route, "line-width": 5 } }
    ],
    places: [
      { id: "places-plate", type: "circle", paint: { "circle-radius": ["case", isActive, 13, 11], "circle-color": ["case", isActive, colour.route, colour.quiet],
        "circle-stroke-color": colour.casing, "circle-stroke-width": 2 } },
      { id: "places-number", type: "symbol", layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": ["case", [">", ["length", ["get", "label"]], 2], 10, 13], "text-allow-overlap": true, "text-ignore-placement": true },
        paint: { "text-color": colour.ink } }
    ],
    crews: [
      { id: "crews-dot", type: "circle", layout: { "circle-sort-key": ["case", isActive, 1, 0] }, paint: { "circle-radius": ["case", isActive, 8, 5.5],
        "circle-color": ["case", ["get", "is_heard"], colour.route, colour.casing], "circle-stroke-color": ["case", ["get", "is_heard"], colour.casing, colour.route], "circle-stroke-width": 2 } },
      { id: "crews-name", type: "symbol", filter: isActive, layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 12, "text-variable-anchor": ["left", "right", "top", "bottom"], "text-radial-offset": 1.4, "text-justify": "auto", "text-overlap": "always" },
        paint: { "text-color": colour.text, "text-halo-color": colour.casing, "text-halo-width": 1.8 } }
    ]
  }[name];
}

const NAMES = ["isochrone", "closures", "routes", "crews", "places"];

export class Overlays {
  constructor(map) {
    this.map = map;
    this.data = new Map(NAMES.map((name) => [name, EMPTY]));
  }

  /** Adds the layers to a style that has just been loaded. */
  restore(theme) {
    for (const name of NAMES) {
      const source = `onemap-${name}`;
      this.map.addSource(source, { type: "geojson", data: this.data.get(name) });
      for (const layer of layersOf(name, COLOURS[theme])) {
        this.map.addLayer({ ...layer, id: `onemap-${layer.id}`, source });
      }
    }
  }

  /** Shows features in one of the kinds; an empty list takes them away. */
  set(name, features) {
    const data = { type: "FeatureCollection", features };
    this.data.set(name, data);
    this.map.getSource(`onemap-${name}`)?.setData(data);
  }
}
