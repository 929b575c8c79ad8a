/* A map on which one position is set: by a click, by dragging its marker or by its arrow keys; and the ghost of a better one. */

import { el } from "./dom.js";
import { t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { currentTheme } from "./session_menu.js";

const ROOM = { top: 32, right: 32, bottom: 32, left: 32 };
const NUDGES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR_PX = 10;

const pair = ({ lng, lat }) => ({ lon: lng, lat });

export class PositionPicker {
  /**
   * @param {HTMLElement} container
   * @param {{bbox: number[], style: ?string, layers: ?string[], onplace: ?function({lon: number, lat: number})}} options
   *   Without `onplace` the map only shows.
   */
  static async create(container, { bbox, style, layers = [], onplace = null }) {
    const view = await MapView.create(container, { theme: currentTheme(), bbox, view: null, padding: ROOM, style });
    view.setVisibleLayers(layers, null);
    view.on("error", () => {}); // a tile that failed is fetched again when the map moves
    await new Promise((resolve) => { view.on("ready", resolve); });
    document.addEventListener("onemap:theme", (event) => view.setTheme(event.detail));
    return new PositionPicker(view, onplace);
  }

  constructor(view, onplace) {
    this.view = view;
    this.onplace = onplace;
    this.marker = null;
    this.ghost = null;
    this.declared = null;
    if (onplace) {
      view.on("click", ({ lon, lat }) => onplace({ lon, lat }));
    }
  }

  /** Puts the marker at a position; null takes it away. */
  set(at) {
    if (at === null) {
      this.marker?.remove();
      this.marker = null;
      return;
    }
    if (this.marker === null) {
      const pin = el("button", { type: "button", class: "pin", "aria-label": t("picker.pin"), onkeydown: (event) => this.#nudge(event), onclick: (event) => event.stopPropagation() });
      this.marker = new this.view.library.Marker({ element: pin, anchor: "bottom", draggable: this.onplace !== null });
      this.marker.on("dragend", () => this.onplace(pair(this.marker.getLngLat())));
      this.marker.setLngLat([at.lon, at.lat]).addTo(this.view.map);
      return;
    }
    this.marker.setLngLat([at.lon, at.lat]);
  }

  #nudge(event) {
    const step = NUDGES[event.key];
    if (!step || this.onplace === null) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const by = event.shiftKey ? FAR_PX : 1;
    const { x, y } = this.view.map.project(this.marker.getLngLat());
    const at = this.view.map.unproject([x + step[0] * by, y + step[1] * by]);
    this.marker.setLngLat(at);
    this.onplace(pair(at));
  }

  /** Shows the ghost of a better position; a click on it accepts. Null takes it away. */
  propose(at, accept) {
    this.ghost?.remove();
    this.ghost = null;
    if (at !== null) {
      const pin = el("button", { type: "button", class: "pin pin--ghost", "aria-label": t("picker.ghost"), title: t("picker.ghost"),
        onclick: (event) => { event.stopPropagation(); accept(at); } });
      this.ghost = new this.view.library.Marker({ element: pin, anchor: "bottom" }).setLngLat([at.lon, at.lat]).addTo(this.view.map);
    }
  }

  /** Shows the position that was declared beside the one that is looked at. */
  showDeclared(at) {
    this.declared?.remove();
    const pin = el("span", { class: "pin pin--declared", role: "img", "aria-label": t("picker.declared"), title: t("picker.declared") });
    this.declared = new this.view.library.Marker({ element: pin, anchor: "bottom" }).setLngLat([at.lon, at.lat]).addTo(this.view.map);
  }

  /** Outlines a region and opens the map at it. */
  openAt(region) {
    this.view.setDivision(region?.code ?? null);
    if (region?.bbox) {
      this.view.fit(region.bbox, ROOM);
    }
  }

  goTo(at, zoom = 16) {
    this.view.goTo({ lon: at.lon, lat: at.lat, zoom, padding: ROOM });
  }
}
