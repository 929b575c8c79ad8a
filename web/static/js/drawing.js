/* Draws a polygon or a line on the map: by clicks and a double click, or by keys at the middle of the map. */

import { el } from "./dom.js";
import { t } from "./i18n.js";

const LEAST = { polygon: 3, line: 2 };
const same = (a, b) => a && b && Math.abs(a[0] - b[0]) < 1e-9 && Math.abs(a[1] - b[1]) < 1e-9;

/** The features that show a shape in the making: its line or area, and its corners. */
function draft(corners, pointer, kind) {
  const line = pointer ? [...corners, pointer] : corners;
  const features = corners.map((corner) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: corner } }));
  if (kind === "polygon" && line.length >= LEAST.polygon) {
    features.push({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...line, line[0]]] } });
  } else if (line.length >= LEAST.line) {
    features.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line } });
  }
  return features;
}

export class MapDrawing {
  /** `onchange(features)` redraws; `onend(ring or null)` gives the closed ring (of a line: its positions), or null when given up. */
  constructor(view, stage, { onchange, onend, title = t("draw.title"), kind = "polygon" }) {
    Object.assign(this, { view, onchange, onend, kind });
    this.corners = [];
    this.count = el("span", { class: "muted", role: "status" });
    this.done = el("button", { type: "button", class: "button button--small button--primary", disabled: true, onclick: () => this.#finish() }, t("draw.finish"));
    this.bar = el("div", { class: "draw-bar", role: "group", "aria-label": title },
      el("p", {}, t("draw.help")), this.count,
      el("div", { class: "button-row" },
        el("button", { type: "button", class: "button button--small", onclick: () => this.#add(this.#centre()) }, t("draw.add")),
        this.done,
        el("button", { type: "button", class: "button button--small", onclick: () => this.#end(null) }, t("action.cancel"))));
    this.cross = el("div", { class: "draw-cross", "aria-hidden": "true" });
    stage.append(this.bar, this.cross);
    this.onkey = (event) => this.#onKey(event);
    document.addEventListener("keydown", this.onkey, true);
    view.capture({
      click: (lonlat) => this.#add(lonlat),
      double: () => this.#finish(),
      move: (lonlat) => this.onchange(draft(this.corners, this.corners.length > 0 ? lonlat : null, kind))
    });
    this.bar.querySelector("button").focus({ preventScroll: true });
    this.#tell();
  }

  #centre() {
    const { lon, lat } = this.view.view;
    return [lon, lat];
  }

  #add(corner) {
    if (!same(this.corners.at(-1), corner)) { // a double click is two clicks in one place
      this.corners.push(corner);
    }
    this.#tell();
  }

  #tell() {
    this.count.textContent = t("draw.count", { n: this.corners.length });
    this.done.disabled = this.corners.length < LEAST[this.kind];
    this.onchange(draft(this.corners, null, this.kind));
  }

  #onKey(event) {
    if (event.target.closest?.("input, textarea, select")) {
      return;
    }
    if (event.key === "Escape") {
      this.#end(null);
    } else if (event.key === "Backspace" && this.corners.length > 0) {
      this.corners.pop();
      this.#tell();
    } else if (event.key === " " && !event.target.closest?.("button")) {
      this.#add(this.#centre());
    } else if (event.key === "Enter" && !event.target.closest?.("button")) {
      this.#finish();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #finish() {
    if (this.corners.length >= LEAST[this.kind]) {
      this.#end(this.kind === "line" ? this.corners : [...this.corners, this.corners[0]]);
    }
  }

  #end(ring) {
    document.removeEventListener("keydown", this.onkey, true);
    this.view.capture(null);
    this.bar.remove();
    this.cross.remove();
    this.onchange([]);
    this.onend(ring);
  }

  cancel() {
    this.#end(null);
  }
}
