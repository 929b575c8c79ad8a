/* The boundary of a plant: drawn on a map, pasted or read from a file, and who is counted around it. */

import "./words/hazard_boundary.js";
import { requestJson } from "./api.js";
import { attempt, find } from "./company.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { MapDrawing } from "./drawing.js";
import { labelled } from "./file_dialog.js";
import { formatNumber, t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { sendForm } from "./register_fields.js";
import { currentTheme } from "./session_menu.js";
import { showToast } from "./toast.js";

const ROOM = { top: 32, right: 32, bottom: 32, left: 32 };
const MOST_BYTES = 1_000_000;
const LISTED = 60;
const feature = (geometry, properties = {}) => ({ type: "Feature", geometry, properties });
const point = (lon, lat) => ({ type: "Point", coordinates: [lon, lat] });
const area = (m2) => (m2 < 10_000 ? t("boundary.m2", { n: formatNumber(Math.round(m2)) }) : t("boundary.ha", { n: formatNumber(Math.round(m2 / 100) / 100) }));

function boundsOf(geometry) {
  const corners = (geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates]).flat(2);
  const [lons, lats] = [corners.map(([lon]) => lon), corners.map(([, lat]) => lat)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

export class HazardBoundary {
  /** `onkept(site)` gets the site as the server answers after a change. */
  constructor(siteId, onkept) {
    Object.assign(this, { siteId, onkept });
    this.view = null;
    this.site = null;
    this.drawing = null;
    this.refused = null;
    find("boundary-draw").addEventListener("click", () => this.#draw());
    find("boundary-paste").addEventListener("click", () => this.#paste());
    find("boundary-remove").addEventListener("click", () => void attempt(() => this.#remove()));
  }

  async show(site) {
    const isFirst = this.site === null;
    this.site = site;
    this.#tell();
    if (isFirst) {
      await this.#startMap();
    }
    this.#paint();
    if (this.view && site.zone) {
      this.view.fit(boundsOf(site.zone), ROOM);
    }
  }

  async #startMap() {
    const session = await requestJson("/api/session");
    const { position, boundary } = this.site;
    this.view = await MapView.create(find("map"), { theme: currentTheme(), bbox: session.city.bbox, padding: ROOM,
      view: position ? { ...position, zoom: 14 } : null });
    this.view.setVisibleLayers(["residential_place"], null);
    this.view.on("error", () => {}); // a tile that failed is fetched again when the map moves
    document.addEventListener("onemap:theme", (event) => this.view.setTheme(event.detail));
    await new Promise((resolve) => { this.view.on("ready", resolve); });
    this.view.on("ready", () => this.#paint());
    find("map-loading").hidden = true;
    if (!position && boundary) {
      this.view.fit(boundsOf(boundary.geometry), ROOM);
    }
  }

  #paint(draft = []) {
    const { boundary, zone, position, assessment } = this.site;
    this.view?.overlays.set("isochrone", zone ? [feature(zone, { label: "" })] : []);
    this.view?.overlays.set("routes", boundary ? [feature(boundary.geometry, { is_active: true })] : []);
    this.view?.overlays.set("closures", [...(this.refused ? [feature(this.refused)] : []), ...draft]);
    this.view?.overlays.set("places", assessment.places.slice(0, LISTED).map((one, at) => feature(point(one.lon, one.lat), { label: String(at + 1), is_active: false })));
    this.view?.select(position);
  }

  #tell() {
    const { boundary, boundaries, assessment, people_from_point: fromPoint, may_change: mayChange, kept, is_recounted: isRecounted } = this.site;
    const lines = boundary
      ? [el("p", {}, el("strong", {}, boundary.name), ` ${boundary.code} · ${area(boundary.area_m2)} · ${t(`boundary.basis.${boundary.basis}`)}`),
        el("p", {}, t(assessment.people_counted === null ? "boundary.unknown" : "boundary.counted", { n: formatNumber(assessment.people_counted ?? 0), point: formatNumber(fromPoint ?? 0) }))]
      : [el("p", {}, t(assessment.people_counted === null ? "boundary.unknown" : "boundary.none", { m: formatNumber(assessment.within_m), n: formatNumber(assessment.people_counted ?? 0) }))];
    if (boundary?.outside_m > 0) {
      lines.push(el("p", { class: "form-error" }, t("boundary.outside", { m: formatNumber(Math.round(boundary.outside_m)) })));
    }
    if (boundary?.shared_with.length > 0) {
      lines.push(el("p", { class: "muted" }, t("boundary.shared", { names: boundary.shared_with.map((one) => one.name).join(t("boundary.comma")) })));
    }
    if (isRecounted) {
      lines.push(el("p", { class: "form-error" }, t("boundary.recounted", { then: formatNumber(kept.people_counted ?? 0), from: t(`boundary.from.${kept.counted_from ?? "point"}`), now: formatNumber(assessment.people_counted) })));
    }
    find("boundary-facts").replaceChildren(...lines);
    find("boundary-tools").hidden = !mayChange;
    find("boundary-remove").hidden = boundary === null;
    find("boundary-draw").textContent = t(boundary ? "boundary.redraw" : "boundary.draw");
    find("boundary-others").replaceChildren(mayChange && boundaries.length > 0 ? this.#others(boundaries) : "");
    find("counted").replaceChildren(assessment.places.length > 0
      ? el("ol", { class: "hazard__places" }, assessment.places.map((one) => el("li", {}, t(one.distance_m > 0 ? "boundary.place" : "boundary.place.inside", { name: one.name, people: formatNumber(one.population), m: formatNumber(Math.round(one.distance_m)) }))))
      : el("p", { class: "muted" }, t("boundary.nobody")));
  }

  #others(boundaries) {
    const select = el("select", { class: "select" }, boundaries.map((one) => el("option", { value: one.code }, `${one.name} ${one.code}`)));
    return el("div", { class: "hazard__take" }, el("label", { class: "field" }, el("span", { class: "field__label" }, t("boundary.take.label")), select),
      el("button", { class: "button", type: "button", onclick: () => void attempt(() => this.#send({ code: select.value })) }, t("boundary.take")));
  }

  #draw() {
    if (this.drawing || !this.view) {
      return;
    }
    this.refused = null;
    this.#fault("");
    find("boundary-draw").disabled = find("boundary-paste").disabled = true;
    find("stage").scrollIntoView({ block: "nearest" });
    this.drawing = new MapDrawing(this.view, find("stage"), {
      title: t("boundary.draw"),
      onchange: (features) => this.#paint(features),
      onend: (ring) => {
        this.drawing = null;
        find("boundary-draw").disabled = find("boundary-paste").disabled = false;
        find("boundary-draw").focus({ preventScroll: true });
        if (ring) {
          void attempt(() => this.#keepDrawn({ type: "Polygon", coordinates: [ring] }));
        }
      }
    });
  }

  /** Keeps what was drawn; what is refused stays on the map beside the reason. */
  async #keepDrawn(geometry) {
    try {
      await this.#send({ geometry });
    } catch (error) {
      if (error.status !== 422) {
        throw error;
      }
      this.refused = geometry;
      this.#paint();
      this.#fault((error.body?.faults ?? []).map((one) => one.detail).join(" ") || error.detail);
    }
  }

  #fault(text) {
    find("boundary-fault").textContent = text;
    find("boundary-fault").hidden = text === "";
  }

  async #send(values, method = "PUT") {
    const site = await requestJson(`/api/hazards/${this.siteId}/boundary`, { method, body: { ...values, version: this.site.version } });
    this.refused = null;
    this.#fault("");
    this.onkept(site);
    showToast({ title: t(method === "PUT" ? "boundary.kept" : "boundary.removed") });
    await this.show(site);
  }

  #paste() {
    const text = el("textarea", { class: "input", name: "text", rows: 6, spellcheck: "false", placeholder: "POLYGON ((114.057 22.542, …))" });
    const file = el("input", { class: "input", type: "file", accept: ".geojson,.json,.wkt,.txt" });
    const crs = el("select", { class: "select", name: "crs" }, ["wgs84", "cgcs2000", "gcj02", "bd09"].map((one) => el("option", { value: one }, t(`boundary.crs.${one}`))));
    const form = el("form", { class: "form", novalidate: true }, el("p", { class: "form-error", role: "alert", hidden: true }),
      labelled("text", t("boundary.text"), text), labelled("file", t("boundary.file"), file), labelled("crs", t("boundary.crs"), crs),
      el("div", { class: "button-row" }, el("button", { class: "button button--primary", type: "submit" }, t("boundary.paste.do"))));
    file.addEventListener("change", async () => {
      const [chosen] = file.files;
      if (chosen && chosen.size <= MOST_BYTES) {
        text.value = await chosen.text();
      } else if (chosen) {
        showToast({ title: t("boundary.file.large"), kind: "error" });
      }
    });
    const dialog = openDialog({ title: t("boundary.paste"), body: form });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const send = () => this.#send({ text: text.value, crs: crs.value }).then(() => true);
      if (await sendForm(form, send)) {
        dialog.close();
      }
    });
  }

  async #remove() {
    if (await confirmDialog({ title: t("boundary.remove"), detail: t("boundary.remove.detail"), action: t("boundary.remove") })) {
      await this.#send({}, "DELETE");
    }
  }
}
