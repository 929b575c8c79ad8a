/* The outline of a register's row that is a line or an area: shown on the form's map, and drawn anew. */

import { find } from "./company.js";
import { MapDrawing } from "./drawing.js";
import { formatNumber, t } from "./i18n.js";

const ROOM = { top: 24, right: 24, bottom: 24, left: 24 };
const feature = (geometry, properties = {}) => ({ type: "Feature", geometry, properties });

/** Every position of a geometry. */
function positionsOf(geometry) {
  return geometry.coordinates.flat(geometry.type.startsWith("Multi") ? (geometry.type.endsWith("Polygon") ? 2 : 1) : geometry.type === "Polygon" ? 1 : 0);
}

export class RegisterShape {
  /** `kind` is line or polygon. */
  constructor(kind) {
    this.kind = kind;
    this.kept = null;
    this.drawn = null;
    find("new-shape").hidden = false;
    find("shape-draw").addEventListener("click", () => this.#draw());
  }

  /** The map comes later than the row. */
  set view(view) {
    this.map = view;
    view.on("ready", () => this.#paint());
    this.show(this.kept, this.mayChange);
  }

  show(geometry, mayChange) {
    this.kept = geometry;
    this.mayChange = mayChange;
    this.drawn = null;
    this.#tell();
    this.#fit();
  }

  /** What was drawn and not kept yet, as GeoJSON; null where nothing was. */
  get changed() {
    return this.drawn;
  }

  #tell() {
    const shown = this.drawn ?? this.kept;
    find("shape-draw").hidden = !this.mayChange;
    find("shape-draw").textContent = t(shown ? "register.shape.again" : "register.shape.draw");
    find("place").textContent = this.drawn ? t("register.shape.drawn", { n: formatNumber(positionsOf(this.drawn).length) }) : shown ? "" : t("register.shape.none");
    this.#paint();
  }

  #paint(draft = []) {
    const shown = this.drawn ?? this.kept;
    this.map?.overlays.set("isochrone", shown && this.kind === "polygon" ? [feature(shown, { label: "" })] : []);
    this.map?.overlays.set("routes", shown ? [feature(shown, { is_active: true })] : []);
    this.map?.overlays.set("closures", draft);
  }

  #fit() {
    const shown = this.drawn ?? this.kept;
    if (shown && this.map) {
      const positions = positionsOf(shown);
      const [lons, lats] = [positions.map(([lon]) => lon), positions.map(([, lat]) => lat)];
      this.map.fit([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], ROOM);
    }
  }

  #draw() {
    if (!this.map || this.map.captured) {
      return;
    }
    const stage = find("map").parentElement;
    stage.scrollIntoView({ block: "center" });
    new MapDrawing(this.map, stage, { kind: this.kind, title: find("shape-draw").textContent,
      onchange: (features) => this.#paint(features),
      onend: (positions) => {
        if (positions) {
          this.drawn = this.kind === "polygon" ? { type: "Polygon", coordinates: [positions] } : { type: "LineString", coordinates: positions };
        }
        this.#tell();
      } });
  }
}
