/* A drill's course on the map at one second: zones grown so far, teams and people on their ways, shelters filling. */

import "./words/course.js";
import { COLOURS, FONT } from "./drill_map.js";
import { formatNumber, hasText, t } from "./i18n.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const STILL = "onemap-course-still";
const MOVING = "onemap-course";
const STOPPED = { dark: "#ff8486", light: "#b3202a" };
const feature = (geometry, properties) => ({ type: "Feature", properties, geometry });
const point = (coordinates, properties) => feature({ type: "Point", coordinates }, properties);
const role = (...names) => ["in", ["get", "role"], ["literal", names]];

/** How far along a line each of its points lies, 0 to 1. */
function shares(line) {
  const lengths = [0];
  for (let n = 1; n < line.length; n += 1) {
    const squeeze = Math.cos((line[n][1] * Math.PI) / 180);
    lengths.push(lengths[n - 1] + Math.hypot((line[n][0] - line[n - 1][0]) * squeeze, line[n][1] - line[n - 1][1]));
  }
  const whole = lengths.at(-1) || 1;
  return lengths.map((length) => length / whole);
}

/** The position at a share of a line. */
function placeOn(line, along, share) {
  const n = Math.min(Math.max(along.findIndex((s) => s >= share), 1), line.length - 1);
  const step = along[n] - along[n - 1];
  const part = step > 0 ? Math.min(Math.max((share - along[n - 1]) / step, 0), 1) : 0;
  return [0, 1].map((axis) => line[n - 1][axis] + part * (line[n][axis] - line[n - 1][axis]));
}

const sign = (name) => (hasText(`course.kind.${name}`) ? t(`course.kind.${name}`) : "");

export class CourseMap {
  constructor(view) {
    this.view = view;
    this.still = this.moving = EMPTY;
  }

  /** Adds the layers to a style that has just been loaded. */
  restore() {
    const { map, theme } = this.view;
    const colour = COLOURS[theme];
    const byLevel = ["match", ["get", "level"], 1, colour[1], 2, colour[2], colour[3]];
    map.addSource(STILL, { type: "geojson", data: this.still });
    map.addSource(MOVING, { type: "geojson", data: this.moving });
    const moving = { source: MOVING };
    map.addLayer({ id: "course-fill", type: "fill", ...moving, filter: ["all", role("zone"), ["<", ["get", "level"], 3]], paint: { "fill-color": byLevel, "fill-opacity": ["match", ["get", "level"], 1, 0.34, 0.2] } });
    map.addLayer({ id: "course-edge", type: "line", ...moving, filter: role("zone"), paint: { "line-color": byLevel, "line-width": ["match", ["get", "level"], 3, 1.5, 2.5] } });
    map.addLayer({ id: "course-area", type: "line", ...moving, filter: role("area"), paint: { "line-color": colour.text, "line-width": 2, "line-dasharray": [2, 1.5] } });
    map.addLayer({ id: "course-closed", type: "line", source: STILL, filter: role("closed"), paint: { "line-color": colour.closed, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 14, 3] } });
    map.addLayer({ id: "course-barrier", type: "line", ...moving, filter: role("barrier"), paint: { "line-color": STOPPED[theme], "line-width": 8 } });
    map.addLayer({ id: "course-left", type: "line", source: STILL, filter: role("left"), paint: { "line-color": colour.text, "line-width": 1, "line-dasharray": [4, 3] } });
    map.addLayer({ id: "course-way", type: "line", ...moving, filter: role("way"), paint: { "line-color": colour.route, "line-width": 2.5, "line-opacity": 0.75 } });
    map.addLayer({ id: "course-people", type: "circle", ...moving, filter: role("people"), paint: {
      "circle-radius": ["interpolate", ["linear"], ["sqrt", ["get", "people"]], 2, 3, 30, 9], "circle-color": ["case", ["get", "is_stopped"], STOPPED[theme], colour.flow],
      "circle-stroke-width": 1.5, "circle-stroke-color": colour.ground } });
    map.addLayer({ id: "course-places", type: "circle", ...moving, filter: role("shelter", "staging", "team", "source"), layout: { "circle-sort-key": ["get", "order"] }, paint: {
      "circle-radius": ["match", ["get", "role"], "source", 11, "team", 11, 10],
      "circle-color": ["case", ["get", "is_stopped"], STOPPED[theme], ["match", ["get", "role"], "source", colour[1], "shelter", colour.ground, "team", ["case", ["get", "is_moving"], colour.route, colour.ground], colour.route]],
      "circle-stroke-width": 2, "circle-stroke-color": ["match", ["get", "role"], "shelter", colour.flow, "team", colour.route, colour.ground] } });
    map.addLayer({ id: "course-signs", type: "symbol", ...moving, filter: ["all", role("shelter", "staging", "team", "source"), ["!=", ["get", "label"], ""]],
      layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 12, "text-allow-overlap": true, "text-ignore-placement": true, "symbol-sort-key": ["get", "order"] },
      paint: { "text-color": ["case", ["any", ["==", ["get", "role"], "shelter"], ["all", ["==", ["get", "role"], "team"], ["!", ["get", "is_moving"]], ["!", ["get", "is_stopped"]]]], colour.text, colour.ink] } });
    map.addLayer({ id: "course-fills", type: "symbol", ...moving, filter: ["all", role("shelter", "team"), ["!=", ["get", "name"], ""]],
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11, "text-offset": [0, 1.2], "text-anchor": "top", "text-optional": true },
      paint: { "text-color": colour.text, "text-halo-color": colour.ground, "text-halo-width": 1.5 } });
  }

  /** Takes a course with the answer of its drill; null clears the map. */
  show(course, drill) {
    this.course = course;
    this.drill = drill;
    this.along = course?.lines.map(shares);
    this.still = course ? { type: "FeatureCollection", features: [
      feature(drill.left.geometry, { role: "left" }),
      ...drill.roads.lines.map((coordinates) => feature({ type: "LineString", coordinates }, { role: "closed" }))
    ] } : EMPTY;
    this.isCleared = false;
    this.view.map.getSource(STILL)?.setData(this.still);
    if (!course) {
      this.#set([]);
    }
  }

  /** Shows the second `atS` of the course. */
  at(atS) {
    if (!this.course) {
      return;
    }
    const isCleared = this.course.cleared_s !== null && this.course.cleared_s !== undefined && this.course.cleared_s <= atS;
    if (isCleared !== this.isCleared) {
      this.isCleared = isCleared;
      this.view.map.getSource(STILL)?.setData(isCleared ? EMPTY : this.still); // the zone and its roads are open again
    }
    const lasts = ({ from_s: from, to_s: to }) => from <= atS && (to === null || atS < to || (to === this.course.ends_s && atS >= to));
    this.#set([
      ...this.course.zones.filter(lasts).map(({ geometry, level }) => feature(geometry, { role: "zone", level })),
      ...this.course.injects.filter(({ at_s: begins, to_s: ends, area }) => area && begins <= atS && !(ends <= atS && ends !== null && ends !== undefined)).map(({ area, kind }) => feature(area, { role: kind === "wind" ? "area" : "barrier" })),
      ...this.course.stages.filter(lasts).flatMap((stage) => this.#stage(stage, atS)),
      ...this.#shelters(atS),
      ...this.drill.staging.slice(0, 1).map(({ lon, lat }) => point([lon, lat], { role: "staging", label: "集", name: "", order: 1, is_stopped: false, is_moving: false })),
      point([this.course.accident.lon, this.course.accident.lat], { role: "source", label: "!", name: "", order: 9, is_stopped: false, is_moving: false })
    ]);
  }

  /** Who moves or stands: a team with its sign and the rest of its way, or people. */
  #stage(stage, atS) {
    const isMoving = "line" in stage;
    const line = isMoving ? this.course.lines[stage.line] : null;
    const part = stage.to_s > stage.from_s ? Math.min((atS - stage.from_s) / (stage.to_s - stage.from_s), 1) : 1;
    const share = isMoving ? stage.a + part * (stage.b - stage.a) : 0;
    const at = isMoving ? placeOn(line, this.along[stage.line], share) : [stage.lon, stage.lat];
    const isStopped = stage.state === "stopped";
    if (!stage.key.startsWith("t")) {
      return [point(at, { role: "people", people: stage.people, is_stopped: isStopped })];
    }
    const [base, isAmbulance] = stage.key.split("/");
    const who = this.course.names[base];
    const found = [point(at, { role: "team", label: sign(isAmbulance ? "ambulance" : who.kind), name: who.name, order: isMoving ? 5 : 3, is_moving: isMoving, is_stopped: isStopped })];
    if (isMoving && stage.b > stage.a) {
      const ahead = line.filter((_, n) => this.along[stage.line][n] > share && this.along[stage.line][n] <= stage.b + 1e-9);
      found.push(feature({ type: "LineString", coordinates: [at, ...(ahead.length > 0 ? ahead : [at])] }, { role: "way" }));
    }
    return found;
  }

  #shelters(atS) {
    const people = new Map();
    for (const { at_s: when, what, key, people: n } of this.course.events) {
      if (when <= atS && (what === "sheltered" || what === "sent_on")) {
        people.set(key, (people.get(key) ?? 0) + (what === "sheltered" ? n : -n));
      }
    }
    return Object.entries(this.course.names).filter(([key]) => key.startsWith("s")).map(([key, one]) => point([one.lon, one.lat], {
      role: "shelter", label: "安", name: `${formatNumber(people.get(key) ?? 0)} / ${formatNumber(one.capacity)}`, order: 2, is_stopped: false, is_moving: false
    }));
  }

  #set(features) {
    this.moving = { type: "FeatureCollection", features };
    this.view.map.getSource(MOVING)?.setData(this.moving);
  }
}
