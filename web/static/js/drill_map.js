/* A drill on the map: zones by level, roads closed, ways of help, who goes where, staging points and shelters. */

export const FONT = ["Noto Sans SC Bold"];
const EMPTY = { type: "FeatureCollection", features: [] };
const SOURCE = "onemap-drill";
export const COLOURS = {
  dark: { 1: "#e3a6ff", 2: "#b07ad6", 3: "#8b6aa6", closed: "#d8b48f", route: "#7fd8e6", flow: "#a3b4c4", ground: "#070c12", ink: "#04110f", text: "#e8eef4" },
  light: { 1: "#6b1296", 2: "#8f4bb8", 3: "#8a6aa0", closed: "#8a5a2b", route: "#0b7d92", flow: "#445666", ground: "#ffffff", ink: "#ffffff", text: "#14202c" }
};
const role = (name) => ["==", ["get", "role"], name];
const feature = (geometry, properties) => ({ type: "Feature", properties, geometry });
const point = (one, properties) => feature({ type: "Point", coordinates: [one.lon, one.lat] }, properties);
const line = (coordinates, properties) => feature({ type: "LineString", coordinates }, properties);

/** Everything of a drill that is drawn. */
function featuresOf(answer) {
  const shelters = new Map(answer.evacuation.shelters.map((one) => [one.id, one]));
  return [
    ...Object.entries(answer.levels).toSorted(([a], [b]) => b - a).map(([level, geometry]) => feature(geometry, { role: "zone", level: Number(level) })),
    feature(answer.left.geometry, { role: "left" }),
    ...answer.roads.lines.map((coordinates) => line(coordinates, { role: "closed" })),
    ...answer.evacuation.flows.map((flow) => line([flow.from_lonlat, [shelters.get(flow.shelter_id).lon, shelters.get(flow.shelter_id).lat]], { role: "flow", people: flow.people })),
    ...answer.teams.filter((one) => one.route).map((one) => line(one.route, { role: "route" })),
    ...answer.evacuation.shelters.map((one, at) => point(one, { role: "shelter", label: String(at + 1), name: one.name ?? "" })),
    ...[...answer.teams, ...(answer.supplies ?? [])].map((one) => point(one, { role: "help", label: "", name: one.name ?? "" })),
    ...answer.staging.map((one) => point(one, { role: "staging", label: "集", name: "" })),
    point(answer.accident, { role: "source", label: "!", name: "" })
  ];
}

/** Adds the layers of a drill; `common` names their source, and the layer in it when it has tiles. */
export function addDrillLayers(map, theme, common) {
  const colour = COLOURS[theme];
  const byLevel = ["match", ["get", "level"], 1, colour[1], 2, colour[2], colour[3]];
  const places = ["source", "staging", "shelter", "help"];
  const pick = (...values) => ["match", ["get", "role"], ...places.flatMap((name, at) => [name, values[at]]), values.at(-1)];
  map.addLayer({ id: "drill-fill", type: "fill", ...common, filter: ["all", role("zone"), ["<", ["get", "level"], 3]], paint: { "fill-color": byLevel, "fill-opacity": ["match", ["get", "level"], 1, 0.34, 0.2] } });
  map.addLayer({ id: "drill-edge", type: "line", ...common, filter: role("zone"), paint: { "line-color": byLevel, "line-width": ["match", ["get", "level"], 3, 1.5, 2.5], "line-dasharray": [3, 1.5] } });
  map.addLayer({ id: "drill-left", type: "line", ...common, filter: role("left"), paint: { "line-color": colour.text, "line-width": 1.5 } });
  map.addLayer({ id: "drill-closed", type: "line", ...common, filter: role("closed"), paint: { "line-color": colour.closed, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 14, 3] } });
  map.addLayer({ id: "drill-flow", type: "line", ...common, filter: role("flow"), paint: { "line-color": colour.flow, "line-dasharray": [2, 2], "line-width": ["interpolate", ["linear"], ["sqrt", ["get", "people"]], 5, 1, 100, 4] } });
  map.addLayer({ id: "drill-route-casing", type: "line", ...common, filter: role("route"), paint: { "line-color": colour.ground, "line-width": 6 } });
  map.addLayer({ id: "drill-route", type: "line", ...common, filter: role("route"), paint: { "line-color": colour.route, "line-width": 3.5 } });
  map.addLayer({ id: "drill-places", type: "circle", ...common, filter: ["==", ["geometry-type"], "Point"], layout: { "circle-sort-key": pick(4, 3, 2, 1, 0) }, paint: {
    "circle-radius": pick(11, 11, 10, 6, 6), "circle-color": pick(colour[1], colour.route, colour.ground, colour.route, colour.ground),
    "circle-stroke-width": 2, "circle-stroke-color": pick(colour.ground, colour.ground, colour.flow, colour.ground, colour.flow) } });
  map.addLayer({ id: "drill-signs", type: "symbol", ...common, filter: ["all", ["==", ["geometry-type"], "Point"], ["!=", ["get", "label"], ""]],
    layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 12, "text-allow-overlap": true, "text-ignore-placement": true },
    paint: { "text-color": pick(colour.ink, colour.ink, colour.text, colour.ink, colour.text) } });
  map.addLayer({ id: "drill-names", type: "symbol", ...common, minzoom: 13, filter: ["all", ["==", ["geometry-type"], "Point"], ["!=", ["get", "name"], ""]],
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-offset": [0, 1.2], "text-anchor": "top", "text-optional": true },
    paint: { "text-color": colour.text, "text-halo-color": colour.ground, "text-halo-width": 1.5 } });
}

export class DrillMap {
  constructor(view) {
    this.view = view;
    this.data = EMPTY;
  }

  /** Adds the layers to a style that has just been loaded. */
  restore() {
    const { map, theme } = this.view;
    map.addSource(SOURCE, { type: "geojson", data: this.data });
    addDrillLayers(map, theme, { source: SOURCE });
  }

  /** Shows a drill, or nothing; `place` alone marks where the accident is to happen. */
  set(answer, place = null) {
    const features = answer ? featuresOf(answer) : place ? [point(place, { role: "source", label: "!", name: "" })] : [];
    this.data = { type: "FeatureCollection", features };
    this.view.map.getSource(SOURCE)?.setData(this.data);
  }
}

/** [west, south, east, north] of a drill. */
export function boundsOf(answer) {
  const flat = (coordinates) => (typeof coordinates[0] === "number" ? [coordinates] : coordinates.flatMap(flat));
  const at = [...flat(answer.left.geometry.coordinates), ...answer.staging.map(({ lon, lat }) => [lon, lat]), ...answer.evacuation.shelters.map(({ lon, lat }) => [lon, lat])];
  const range = (values) => [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const [[west, east], [south, north]] = [range(at.map(([lon]) => lon)), range(at.map(([, lat]) => lat))];
  return [west, south, east, north];
}
