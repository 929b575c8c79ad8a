/* The map itself: style, symbols, visibility, clicks, highlights. Knows nothing of panels. */

import { CoveragePaint } from "./coverage_paint.js";
import { parsePlateId, plateImage } from "./icons.js";
import { t } from "./i18n.js";
import { Overlays } from "./overlays.js";

const HOVER_EVERY_MS = 60;
const CLICK_REACH_PX = 4;
const LONG_PRESS_MS = 600;
const SELECTED = "onemap-selected";
const DIVISION = "onemap-division";
const DIVISION_HOVER = "onemap-division-hover";
const BASEMAP = "basemap";
const BEYOND = "onemap-beyond";
const ROAM = 0.45; // how far the map may be moved beyond the city, as a share of its longer side
const ROAM_TALL = 0.7; // the same upward on a window of one by one: tall windows need more to hold the whole city
const SEA_REACH_DEG = 0.065; // the water around a city is only drawn so far: it fades out before
const NO_CODE = "-";
const STYLES = "/api/style"; // where the styles of both themes are; a page for strangers names another
const COUNTS = /__(cells|counts)$/;

const OVERLAY_COLOURS = {
  dark: { ring: "#7fd8e6", division: "#9fe7f2", ground: "#070c12" },
  light: { ring: "#0b7d92", division: "#12706e", ground: "#ffffff" }
};

const isCode = (code) => ["==", ["to-string", ["get", "code"]], code];
const grow = ([west, south, east, north], by) => [west - by, south - by, east + by, north + by];

/** Where the map may be moved: round the city, and never so narrow that the whole city would not fit the window. */
function roamBounds(bbox, tallness) {
  const longer = Math.max(bbox[2] - bbox[0], bbox[3] - bbox[1]);
  const [west, , east] = grow(bbox, ROAM * longer);
  const [, south, , north] = grow(bbox, Math.max(ROAM, ROAM_TALL * tallness) * longer);
  return [west, south, east, north];
}

const hasSize = (element) => element.offsetWidth > 0 && element.offsetHeight > 0;

/** Height by width of the map's own ground; of the window while the ground has no size yet. */
const tallnessOf = (ground) =>
  hasSize(ground) ? ground.offsetHeight / ground.offsetWidth : window.innerHeight / Math.max(1, window.innerWidth);

const ringOf = ([west, south, east, north]) => [[west, south], [east, south], [east, north], [west, north], [west, south]];
const isReduced = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

function readStyleUrl(styles, theme) {
  return new URL(`${styles}/${theme}.json`, window.location.origin).href;
}

/** Labels of the map's own buttons, in the user's language. */
const locale = () => ({
  "Map.Title": t("map.label"),
  "NavigationControl.ZoomIn": t("map.zoom_in"),
  "NavigationControl.ZoomOut": t("map.zoom_out")
});

export class MapView {
  /**
   * @param {HTMLElement} container
   * @param {{theme: string, bbox: number[], view: ?{zoom: number, lon: number, lat: number}, padding: object, style: ?string}} options
   */
  static async create(container, options) {
    const base = document.querySelector('meta[name="onemap:vendor:maplibre-gl"]').content;
    const library = await import(`${base}/maplibre-gl.mjs`);
    return new MapView(library, container, options);
  }

  constructor(library, container, { theme, bbox, view, padding, style = STYLES }) {
    this.library = library; // markers of a page's own
    this.styles = style;
    this.theme = theme;
    this.bbox0 = bbox;
    this.visible = new Set();
    this.counted = null;
    this.selected = null;
    this.division = null;
    this.listeners = {};
    const place = view
      ? { center: [view.lon, view.lat], zoom: view.zoom }
      : { bounds: bbox, fitBoundsOptions: { padding } };
    this.map = new library.Map({
      container,
      style: readStyleUrl(this.styles, theme),
      locale: locale(),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      maxBounds: roamBounds(bbox, tallnessOf(container)),
      maxZoom: 20,
      fadeDuration: 100,
      ...place
    });
    if (!hasSize(container)) {
      this.#placeWhenSized(container, place, padding);
    }
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new library.NavigationControl({ showCompass: false }), "bottom-right");
    this.map.addControl(new library.ScaleControl({ maxWidth: 110 }), "bottom-left");
    this.map.addControl(new library.AttributionControl({ compact: true }), "bottom-right");
    this.map.setMissingStyleImageResolver((id) => this.#addPlate(id));
    this.map.on("style.load", () => this.#onStyle());
    this.map.on("moveend", () => this.#tell("move"));
    this.map.on("zoomend", () => this.#tell("zoom"));
    this.map.on("error", (event) => this.#tell("error", event.error ?? new Error("map")));
    this.map.on("click", (event) => this.#onClick(event));
    this.map.on("mousemove", (event) => this.#onMove(event));
    this.map.on("mouseout", () => this.#hover(null));
    this.map.on("contextmenu", (event) => this.#onMenu(event));
    this.map.on("dblclick", (event) => this.captured && (event.preventDefault(), this.captured.double()));
    this.map.on("touchstart", (event) => this.#onTouch(event));
    for (const name of ["touchend", "touchmove", "touchcancel"]) {
      this.map.on(name, () => window.clearTimeout(this.pressing));
    }
    this.overlays = new Overlays(this.map);
    this.coverage = new CoveragePaint(this.map);
  }

  /** Subscribes to move, zoom, click, hover, menu, error, ready. One listener each. */
  on(name, listener) {
    this.listeners[name] = listener;
  }

  #tell(name, ...values) {
    return this.listeners[name]?.(...values);
  }

  async #addPlate(id) {
    const plate = parsePlateId(id);
    if (plate === null) {
      return;
    }
    const { data, pixelRatio } = await plateImage({ ...plate, theme: this.theme });
    if (!this.map.hasImage(id)) {
      this.map.addImage(id, data, { pixelRatio });
    }
  }

  /** A map made before its ground has a size shows its place as soon as it has one. */
  #placeWhenSized(ground, place, padding) {
    const sizes = new ResizeObserver(() => {
      if (hasSize(ground)) {
        sizes.disconnect();
        this.map.resize();
        if (place.bounds) {
          this.map.fitBounds(place.bounds, { padding, duration: 0 });
        } else {
          this.map.jumpTo(place);
        }
      }
    });
    sizes.observe(ground);
  }

  #onStyle() {
    this.styleLayers = new Map();
    for (const layer of this.map.getStyle().layers) {
      const of = layer.metadata?.["onemap:layer"];
      if (of) {
        this.styleLayers.set(layer.id, of);
      }
    }
    this.#fadeBeyond();
    this.#addOverlays();
    this.coverage.restore(this.styleLayers);
    this.setVisibleLayers(this.visible, this.counted);
    this.setDivision(this.division);
    this.overlays.restore(this.theme);
    this.select(this.selected);
    this.#tell("ready");
  }

  /** Lets the drawn water fade into the ground around the city, where its data ends. */
  #fadeBeyond() {
    const colour = this.map.getPaintProperty("background", "background-color");
    const layers = this.map.getStyle().layers.map((layer) => layer.id);
    const after = layers[layers.indexOf("water") + 1];
    if (!colour || !layers.includes("water")) {
      return;
    }
    const [west, south, east, north] = grow(this.bbox0, SEA_REACH_DEG);
    const sides = [[-180, -85, west, 85], [east, -85, 180, 85], [west, -85, east, south], [west, north, east, 85]];
    const feature = (geometry) => ({ type: "Feature", properties: {}, geometry });
    this.map.addSource(BEYOND, { type: "geojson", data: { type: "FeatureCollection", features: [
      ...sides.map((side) => feature({ type: "Polygon", coordinates: [ringOf(side)] })),
      feature({ type: "LineString", coordinates: ringOf([west, south, east, north]) })] } });
    this.map.addLayer({ id: BEYOND, type: "fill", source: BEYOND, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-antialias": false } }, after);
    const width = (share) => ["interpolate", ["exponential", 2], ["zoom"], 6, 7 * share, 10, 112 * share, 14, 1800 * share];
    this.map.addLayer({ id: `${BEYOND}-edge`, type: "line", source: BEYOND, filter: ["==", ["geometry-type"], "LineString"], layout: { "line-join": "round" },
      paint: { "line-color": colour, "line-width": width(1), "line-blur": width(0.5) } }, after);
  }

  #addOverlays() {
    const colours = OVERLAY_COLOURS[this.theme];
    const before = this.styleLayers.keys().next().value;
    if (this.map.getSource(BASEMAP)) {
      const common = { source: BASEMAP, "source-layer": "divisions", filter: isCode(NO_CODE) };
      this.map.addLayer({ id: DIVISION_HOVER, type: "fill", ...common,
        paint: { "fill-color": colours.division, "fill-opacity": 0.08 } }, before);
      this.map.addLayer({ id: DIVISION, type: "line", ...common,
        paint: { "line-color": colours.division, "line-width": 2 } }, before);
    }
    this.map.addSource(SELECTED, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    this.map.addLayer({ id: SELECTED, type: "circle", source: SELECTED, paint: {
      "circle-radius": 17, "circle-opacity": 0, "circle-stroke-width": 3, "circle-stroke-color": colours.ring } });
  }

  setTheme(theme) {
    this.theme = theme;
    this.map.setStyle(readStyleUrl(this.styles, theme), { diff: false });
  }

  /** Shows exactly these layers; of their counts in circles only those of `counted`. */
  setVisibleLayers(ids, counted) {
    this.visible = new Set(ids);
    this.counted = counted;
    for (const [styleId, of] of this.styleLayers ?? []) {
      const isCovered = styleId.startsWith(`${this.coverage.layer}__`); // coverage has circles of its own
      const isShown = this.visible.has(of) && (!COUNTS.test(styleId) || (of === counted && !isCovered));
      const visibility = isShown ? "visible" : "none";
      if (this.map.getLayoutProperty(styleId, "visibility") !== visibility) {
        this.map.setLayoutProperty(styleId, "visibility", visibility);
      }
    }
  }

  /** How large the circle of a count is drawn: pixels of its radius, read from the style. */
  circleRadius(layer, n) {
    const expression = this.map.getStyle()?.layers.find((one) => one.id === `${layer}__cells`)?.paint["circle-radius"];
    if (!Array.isArray(expression)) {
      return null;
    }
    const stops = expression.slice(3);
    const x = Math.sqrt(n);
    for (let at = 0; at + 3 < stops.length; at += 2) {
      const [x0, y0, x1, y1] = stops.slice(at, at + 4);
      if (x <= x1) {
        return y0 + ((Math.max(x, x0) - x0) / (x1 - x0)) * (y1 - y0);
      }
    }
    return stops.at(-1);
  }

  /** Outlines a division; null for none. */
  setDivision(code) {
    this.division = code;
    if (this.map.getLayer(DIVISION)) {
      this.map.setFilter(DIVISION, isCode(code ?? NO_CODE));
    }
  }

  /** Puts the ring around a position; null takes it away. */
  select(lonlat) {
    this.selected = lonlat;
    const features = lonlat
      ? [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [lonlat.lon, lonlat.lat] } }]
      : [];
    this.map.getSource(SELECTED)?.setData({ type: "FeatureCollection", features });
  }

  /** Moves a position to the middle of the free part of the map, no farther out than now. */
  goTo({ lon, lat, zoom = 16, padding }) {
    const offset = [(padding.left - padding.right) / 2, (padding.top - padding.bottom) / 2];
    const target = { center: [lon, lat], zoom: Math.max(zoom, this.map.getZoom()), offset };
    if (isReduced()) {
      this.map.easeTo({ ...target, duration: 0 });
    } else {
      this.map.flyTo({ ...target, maxDuration: 1600 });
    }
  }

  fit(bbox, padding) {
    this.map.fitBounds(bbox, { padding, maxZoom: 17, duration: isReduced() ? 0 : 700 });
  }

  /** Takes the hover's marks away, as when what lay under the pointer has moved. */
  clearHover() {
    this.#hover(null);
  }

  get view() {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), lon: lng, lat };
  }

  get zoom() {
    return this.map.getZoom();
  }

  /** [west, south, east, north] of what is on screen. */
  get bbox() {
    const bounds = this.map.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  resize() {
    this.map.resize();
  }

  /** What lies at a pixel: features (each once), aggregate cells, and divisions. */
  #at(point) {
    const { x, y } = point;
    const box = [[x - CLICK_REACH_PX, y - CLICK_REACH_PX], [x + CLICK_REACH_PX, y + CLICK_REACH_PX]];
    const shown = [...(this.styleLayers ?? [])].filter(([, of]) => this.visible.has(of)).map(([id]) => id);
    const found = shown.length > 0 ? this.map.queryRenderedFeatures(box, { layers: shown }) : [];
    const features = new Map();
    const cells = [];
    for (const hit of found) {
      const layer = this.styleLayers.get(hit.layer.id);
      if (hit.properties.n !== undefined) {
        cells.push({ layer, n: hit.properties.n, properties: hit.properties });
      } else if (hit.id !== undefined) {
        const id = String(hit.id);
        features.set(`${layer}:${id}`, { layer, id, name: hit.properties.name ?? id, properties: hit.properties });
      }
    }
    const divisions = this.map.queryRenderedFeatures(point)
      .filter((hit) => hit.sourceLayer === "divisions" && hit.properties.code !== undefined)
      .map((hit) => String(hit.properties.code));
    return { features: [...features.values()], cells, divisions: [...new Set(divisions)] };
  }

  /** Gives clicks, double clicks and moves to one tool ({click, double, move} of lon/lat pairs); null gives them back. */
  capture(tool) {
    this.captured = tool;
    this.map.getCanvas().style.cursor = tool ? "crosshair" : "";
  }

  /** Fetches a layer's tiles anew, of the version given. */
  renewTiles(layer, version) {
    const source = this.map.getSource(layer);
    if (source?.tiles) {
      source.setTiles(source.tiles.map((address) => address.replace(/\?v=[^&]*/, `?v=${version}`)));
    }
  }

  /** Puts an element of ours beside the scale. */
  addCorner(element) {
    element.classList.add("maplibregl-ctrl");
    this.map.addControl({ onAdd: () => element, onRemove: () => element.remove() }, "bottom-left");
  }

  /** The pixel of a position. */
  pixelOf({ lon, lat }) {
    return this.map.project([lon, lat]);
  }

  #onMenu(event) {
    event.preventDefault();
    if (!this.captured) {
      this.#tell("menu", { lon: event.lngLat.lng, lat: event.lngLat.lat }, event.point);
    }
  }

  #onTouch(event) {
    window.clearTimeout(this.pressing);
    this.isPressed = false;
    if (event.points.length === 1) {
      this.pressing = window.setTimeout(() => {
        this.isPressed = true; // the click that follows when the finger leaves is none
        this.#onMenu({ preventDefault: () => {}, lngLat: event.lngLat, point: event.point });
      }, LONG_PRESS_MS);
    }
  }

  #onClick(event) {
    if (this.isPressed) {
      this.isPressed = false;
      return;
    }
    if (this.captured) {
      this.captured.click([event.lngLat.lng, event.lngLat.lat]);
      return;
    }
    this.#tell("click", { ...this.#at(event.point), lon: event.lngLat.lng, lat: event.lngLat.lat });
  }

  #onMove(event) {
    if (this.captured) {
      this.captured.move([event.lngLat.lng, event.lngLat.lat]);
      return;
    }
    const now = performance.now();
    if (now - (this.hoveredAt ?? 0) < HOVER_EVERY_MS || this.map.isMoving()) {
      return;
    }
    this.hoveredAt = now;
    this.#hover(this.#at(event.point), event.point);
  }

  #hover(found, point = null) {
    const answer = this.#tell("hover", found, point) ?? {};
    this.map.getCanvas().style.cursor = answer.isClickable ? "pointer" : "";
    if (this.map.getLayer(DIVISION_HOVER)) {
      const code = answer.division ?? NO_CODE;
      if (code !== this.hoveredCode) {
        this.hoveredCode = code;
        this.map.setFilter(DIVISION_HOVER, isCode(code));
      }
    }
  }
}
