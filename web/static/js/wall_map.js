/* The wall's maps: the city with its orders and crews, and the inset at street scale. */

import { pressing } from "./desk_time.js";
import { el } from "./dom.js";
import { MapView } from "./map_view.js";

const FONT = ["Noto Sans SC Bold"];
const ORDERS = "wall-orders";
const CREWS = "wall-crews";
const LEAST_SPAN = 0.2; // degrees: the map never comes nearer than about twenty kilometres
const COLOURS = { calm: "#e8eef4", soon: "#ffd83d", now: "#ff9a2e", over: "#ff4d4f", none: "#a3b4c4" };
const SIZE = 44;
const MAP_REM = 12.8; // a root's font size as the map's own pixels: its signs and names grow with the screen, and are read from six metres

/** How much larger than a desk's the map is drawn. */
function readScale() {
  return Math.max(0.8, parseFloat(getComputedStyle(document.documentElement).fontSize) / MAP_REM);
}

/** Lays a map's frame over its container: fewer pixels of its own, each drawn larger. */
function spread(frame, scale) {
  Object.assign(frame.style, { width: `${100 / scale}%`, height: `${100 / scale}%`, transform: `scale(${scale})` });
}

/** One sign per urgency, told apart by its shape as well: ring, ring with dot, triangle, filled diamond. */
function sign(urgency) {
  const canvas = new OffscreenCanvas(SIZE * 2, SIZE * 2);
  const pen = canvas.getContext("2d");
  const c = SIZE;
  const draw = (path) => { pen.lineWidth = 14; pen.strokeStyle = "#070c12"; pen.stroke(path); pen.lineWidth = 8; pen.strokeStyle = COLOURS[urgency]; pen.stroke(path); };
  const path = new Path2D();
  if (urgency === "now") {
    path.moveTo(c, c - 34); path.lineTo(c + 34, c + 28); path.lineTo(c - 34, c + 28); path.closePath();
  } else if (urgency === "over") {
    path.moveTo(c, c - 36); path.lineTo(c + 36, c); path.lineTo(c, c + 36); path.lineTo(c - 36, c); path.closePath();
  } else {
    path.arc(c, c, 28, 0, 2 * Math.PI);
  }
  pen.fillStyle = urgency === "over" ? COLOURS.over : "rgb(7 12 18 / 75%)";
  pen.fill(path);
  draw(path);
  if (urgency === "soon" || urgency === "now") {
    pen.beginPath(); pen.arc(c, urgency === "now" ? c + 6 : c, 9, 0, 2 * Math.PI); pen.fillStyle = COLOURS[urgency]; pen.fill();
  }
  return pen.getImageData(0, 0, SIZE * 2, SIZE * 2);
}

const collection = (features) => ({ type: "FeatureCollection", features });
const point = (lon, lat, properties) => ({ type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] }, properties });

export class WallMap {
  /** A map of the wall; the inset shows one order and the way to it. */
  static async create(container, { bbox, padding, isInset = false, theme = null }) {
    const frame = el("div", { class: "wall-map__frame" });
    container.append(frame);
    spread(frame, readScale());
    const own = Object.fromEntries(Object.entries(padding).map(([side, pixels]) => [side, pixels / readScale()]));
    const view = await MapView.create(frame, { theme: "dark", bbox, view: null, padding: own });
    const redraw = () => {
      spread(frame, readScale());
      view.map.setPixelRatio(window.devicePixelRatio * readScale());
    };
    redraw();
    window.addEventListener("resize", redraw);
    return new WallMap(view, { bbox, padding: own, isInset, theme });
  }

  constructor(view, { bbox, padding, isInset, theme }) {
    Object.assign(this, { view, bbox, padding, isInset });
    this.map = view.map;
    this.features = { [ORDERS]: [], [CREWS]: [] };
    for (const handler of ["dragPan", "scrollZoom", "doubleClickZoom", "touchZoomRotate", "keyboard", "boxZoom"]) {
      this.map[handler].disable();
    }
    view.on("error", () => {});
    view.on("ready", () => this.#onReady());
    this.setTheme(theme);
  }

  /** One thematic layer at a time: "elevator", "rescue_station" or none. */
  setTheme(layer) {
    this.theme = layer;
    const ids = this.isDrill ? [] : this.isInset ? ["rescue_station", "elevator", "closure"] : layer ? [layer, "closure"] : ["closure"];
    this.view.setVisibleLayers(ids, this.isDrill ? null : layer);
    this.#plain();
  }

  /** Circles alone: their figures are too many to read from afar. */
  #plain() {
    for (const id of ["elevator__counts", "rescue_station__counts"]) {
      if (this.map.getLayer(id)) {
        this.map.setLayoutProperty(id, "visibility", "none");
      }
    }
  }

  #onReady() {
    for (const urgency of Object.keys(COLOURS)) {
      if (!this.map.hasImage(`wall-${urgency}`)) {
        this.map.addImage(`wall-${urgency}`, sign(urgency), { pixelRatio: 2 });
      }
    }
    this.map.addSource(CREWS, { type: "geojson", data: collection(this.features[CREWS]) });
    this.map.addLayer({ id: CREWS, type: "circle", source: CREWS, paint: { "circle-radius": 7, "circle-color": "#7fd8e6", "circle-stroke-color": "#070c12", "circle-stroke-width": 2 } });
    this.map.addSource(ORDERS, { type: "geojson", data: collection(this.features[ORDERS]) });
    this.map.addLayer({ id: ORDERS, type: "symbol", source: ORDERS, layout: {
      "icon-image": ["concat", "wall-", ["get", "urgency"]], "icon-size": ["case", ["get", "is_focus"], 1.35, 1], "icon-allow-overlap": true, "symbol-sort-key": ["get", "rank"],
      "text-field": ["get", "label"], "text-font": FONT, "text-size": this.isInset ? 0.1 : 24, "text-offset": [1.3, 0], "text-anchor": "left", "text-allow-overlap": true, "text-ignore-placement": false
    }, paint: { "text-color": ["match", ["get", "urgency"], "soon", COLOURS.soon, "now", COLOURS.now, "over", COLOURS.over, COLOURS.calm], "text-halo-color": "#070c12", "text-halo-width": 2.5 } });
    this.view.setVisibleLayers(this.view.visible, this.theme);
    this.#plain();
    this.isReady = true;
    this.onready?.();
  }

  /** Shows nothing but a drill within these bounds, or with null what is live again. */
  setDrill(bbox) {
    const wasDrill = this.isDrill;
    this.isDrill = bbox !== null;
    for (const id of [ORDERS, CREWS]) {
      this.map.setLayoutProperty(id, "visibility", this.isDrill ? "none" : "visible");
    }
    if (this.isDrill || wasDrill) {
      this.framed = null;
      this.setTheme(this.theme);
    }
    if (this.isDrill) {
      this.map.fitBounds(bbox, { padding: this.padding, duration: 800, maxZoom: 15 });
    }
  }

  #set(name, features) {
    this.features[name] = features;
    this.map.getSource(name)?.setData(collection(features));
  }

  /** Draws the orders with their countdowns, and the crews that are under way. */
  draw(orders, now_ms, focused) {
    const placed = orders.filter((order) => order.lon !== null);
    this.#set(ORDERS, placed.map((order, rank) => {
      const found = order.state === "freed" ? null : pressing(order, now_ms);
      return point(order.lon, order.lat, { urgency: found?.urgency ?? "none", label: found ? found.text.replace(/^\D*?(?=[\d])/, "") : "", is_focus: order.code === focused, rank: -rank });
    }));
    this.#set(CREWS, placed.flatMap((order) => order.crews.filter((c) => c.lon !== null && c.state !== "notified").map((c) => point(c.lon, c.lat, {}))));
  }

  /** Shows where the orders are; the whole city when there are none. */
  frame(orders) {
    if (this.isDrill) {
      return;
    }
    const placed = orders.filter((order) => order.lon !== null);
    const key = placed.map((order) => order.code).sort().join();
    if (key === this.framed) {
      return;
    }
    this.framed = key;
    if (placed.length === 0) {
      this.map.fitBounds(this.bbox, { padding: this.padding, duration: 800 });
      return;
    }
    const [x, y] = [placed.map((order) => order.lon), placed.map((order) => order.lat)];
    const widen = (low, high) => { const more = Math.max(0, LEAST_SPAN - (high - low)) / 2; return [low - more, high + more]; };
    const [[west, east], [south, north]] = [widen(Math.min(...x), Math.max(...x)), widen(Math.min(...y), Math.max(...y))];
    this.map.fitBounds([west, south, east, north], { padding: this.padding, duration: 800, maxZoom: 12.5 });
  }

  /** The inset: one order, its crew and the way between them. */
  focus(order, route) {
    this.view.overlays.set("routes", route ? [{ type: "Feature", geometry: route, properties: { is_active: true } }] : []);
    const crew = order.crews.find((c) => c.lon !== null);
    const at = [[order.lon, order.lat], ...(crew ? [[crew.lon, crew.lat]] : []), ...(route?.coordinates ?? [])];
    const [x, y] = [at.map((p) => p[0]), at.map((p) => p[1])];
    this.map.fitBounds([Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)], { padding: 36, maxZoom: 16, duration: 0 });
  }
}
