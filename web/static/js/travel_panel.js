/* Travel time on the map: who is nearest by road from here, why others are left out, what is reached in time, and coverage. */

import { isAbort, query, requestJson } from "./api.js";
import { CoverageAnswer } from "./coverage_answer.js";
import { el, skeleton, stateBlock, uiIcon } from "./dom.js";
import { MapDrawing } from "./drawing.js";
import { formatNumber, t } from "./i18n.js";
import { StationTrial } from "./station_trial.js";
import { TravelForm } from "./travel_form.js";

const MINUTES = [10, 20, 30];

const oneDecimal = (value) => formatNumber(Math.round(value * 10) / 10);
const minutesOf = (seconds) => t("travel.minutes", { n: oneDecimal(seconds / 60) });
const kmOf = (metres) => t("travel.km", { n: oneDecimal(metres / 1000) });
const pointOf = ([lon, lat], properties) => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } });

/** [west, south, east, north] of all coordinates in some geometries. */
function boundsOf(geometries) {
  const flat = geometries.flatMap((geometry) => geometry.coordinates.flat(Infinity));
  const lons = flat.filter((_, at) => at % 2 === 0);
  const lats = flat.filter((_, at) => at % 2 === 1);
  return lons.length > 0 ? [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)] : null;
}

export class TravelPanel {
  /** `view()` gives the map or null; `division()` the code to keep to or null; `onopen({layer, id})`, `onfit(bbox)`, `onshow()`,
   * `onanswer()` after another answer or none is shown. */
  constructor(container, { view, stage, layers, division, onopen, onfit, onshow, onanswer, onlayer, oncount, onlegend }) {
    Object.assign(this, { container, view, stage, division, onopen, onfit, onshow, onanswer });
    this.coverage = new CoverageAnswer({ view, layers, onlayer, oncount, onlegend });
    this.mode = "nearest";
    this.place = null;
    this.rings = [];
    this.trial = new StationTrial({ onchange: () => this.#ask() });
    this.form = new TravelForm({ layers: [...layers.values()], onchange: () => { this.trial.keepTo(this.form.values.kind); void this.#ask(); } });
    this.modes = el("div", { class: "segments", role: "radiogroup", "aria-label": t("travel.mode") }, ["nearest", "isochrone", "coverage"].map((mode) =>
      el("label", { class: "segments__one" },
        el("input", { type: "radio", name: "travel-mode", value: mode, checked: mode === this.mode, onchange: () => this.#setMode(mode) }),
        el("span", {}, t(`travel.mode.${mode}`)))));
    this.where = el("p", { class: "travel-where" });
    this.closures = el("div", { class: "button-row" });
    this.answer = el("div", { class: "travel-answer" });
    this.tools = el("div", { class: "panel-tools" }, this.modes, this.where, this.form.element, this.closures, this.trial.element);
    container.replaceChildren(this.tools, this.answer);
    this.form.setMode(this.mode);
    this.#showPlace();
  }

  /** Asks from a place ({lon, lat, title}). */
  start(place, mode = "nearest") {
    this.place = place;
    this.onshow();
    this.modes.querySelector(`input[value="${mode}"]`).checked = true;
    this.#showPlace();
    this.#setMode(mode);
  }

  /** Tries out a facility at a place; coverage is shown with it. */
  add(place) {
    this.trial.keepTo(this.form.values.kind);
    this.trial.add(place);
    this.start(place, "coverage");
  }

  /** Whether a feature is one of those that the shown coverage rests on: null, "in" or "out". */
  part({ layer, id, fields }) {
    const by = this.mode === "coverage" ? this.coverage.field?.head.by : null;
    const kind = by?.name === layer ? layer : fields.find((field) => field.name === "kind")?.value;
    if (by?.layer !== layer || by.name !== kind) {
      return null;
    }
    return this.trial.isOut(id) ? "out" : "in";
  }

  /** Leaves a facility out, or counts it again. */
  toggle(feature) {
    this.trial.keepTo(this.form.values.kind);
    this.trial.toggle(feature);
    void this.#ask();
  }

  #setMode(mode) {
    if (this.mode === "coverage" && mode !== "coverage") {
      this.coverage.clear();
    }
    this.mode = mode;
    this.form.setMode(mode);
    this.#showPlace();
    this.onanswer();
    void this.#ask();
  }

  #showPlace() {
    const isCoverage = this.mode === "coverage";
    this.trial.element.hidden = !isCoverage;
    this.where.hidden = isCoverage;
    this.form.element.hidden = !isCoverage && this.place === null;
    this.closures.hidden = this.form.element.hidden;
    if (isCoverage) {
      this.#showClosures();
      return;
    }
    if (this.place === null) {
      this.where.hidden = true;
      this.answer.replaceChildren(stateBlock({ icon: "route", title: t("travel.start"), detail: t("travel.start.detail") }));
      return;
    }
    const { lon, lat, title } = this.place;
    this.where.replaceChildren(uiIcon("place", { small: true }), el("span", {}, title ?? t("travel.here")),
      el("span", { class: "muted figure" }, `${lon.toFixed(5)}, ${lat.toFixed(5)}`));
    this.#showClosures();
  }

  #showClosures() {
    const n = this.rings.length;
    this.closures.replaceChildren(
      el("button", { type: "button", class: "button button--small", disabled: this.view() === null, onclick: () => this.#draw() },
        uiIcon("closure", { small: true }), t("draw.start")),
      n > 0 ? el("button", { type: "button", class: "button button--small", onclick: () => this.#setRings([]) }, t("draw.remove", { n })) : "",
      el("button", { type: "button", class: "button button--small button--quiet", onclick: () => this.clear() }, t("travel.clear")));
  }

  #draw() {
    this.drawing?.cancel();
    const settled = this.rings.map((ring) => this.#area(ring));
    this.drawing = new MapDrawing(this.view(), this.stage, {
      onchange: (features) => this.view().overlays.set("closures", [...settled, ...features]),
      onend: (ring) => {
        this.drawing = null;
        this.#setRings(ring ? [...this.rings, ring] : this.rings, { isSame: ring === null });
        this.closures.querySelector("button").focus({ preventScroll: true });
      }
    });
  }

  #area(ring) {
    return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
  }

  #setRings(rings, { isSame = false } = {}) {
    this.rings = rings;
    this.view()?.overlays.set("closures", rings.map((ring) => this.#area(ring)));
    this.#showClosures();
    if (!isSame) {
      void this.#ask();
    }
  }

  /** Takes the answer and its drawings away. */
  clear() {
    this.abort?.abort();
    this.answer.removeAttribute("aria-busy");
    this.drawing?.cancel();
    this.place = null;
    this.rings = [];
    this.trial.clear();
    this.coverage.clear();
    this.mode = "nearest";
    this.form.setMode(this.mode);
    this.modes.querySelector('input[value="nearest"]').checked = true;
    this.#erase();
    this.view()?.overlays.set("closures", []);
    this.#showPlace();
    this.onanswer();
  }

  #erase() {
    for (const name of ["routes", "places", "isochrone"]) {
      this.view()?.overlays.set(name, []);
    }
  }

  async #ask() {
    this.abort?.abort();
    if (this.place === null && this.mode !== "coverage") {
      this.answer.removeAttribute("aria-busy");
      return;
    }
    this.abort = new AbortController();
    const isFirst = this.answer.dataset.mode !== this.mode || this.answer.querySelector(".state") !== null;
    if (isFirst) {
      this.answer.replaceChildren(...skeleton(5));
    }
    this.answer.setAttribute("aria-busy", "true");
    const { signal } = this.abort;
    try {
      const answer = await this.#read(signal);
      this.#erase();
      this.answer.dataset.mode = this.mode;
      this.#show(answer);
      this.onanswer();
    } catch (error) {
      if (!isAbort(error)) {
        if (error.title === undefined) {
          throw error;
        }
        this.#erase();
        if (this.mode === "coverage") {
          this.coverage.clear();
        } else {
          this.#mark();
        }
        const retry = error.status === 0 || error.status >= 500 ? { label: t("action.retry"), run: () => this.#ask() } : null;
        const title = error.body?.type === "/problems/off-road" ? t("travel.off_road") : error.title;
        this.answer.replaceChildren(stateBlock({ icon: "warning", title, detail: error.detail, action: retry, role: "alert" }));
      }
    } finally {
      if (!signal.aborted) {
        this.answer.removeAttribute("aria-busy");
      }
    }
  }

  #show(answer) {
    if (this.mode === "coverage") {
      this.answer.replaceChildren(...this.coverage.show(answer), this.#network(answer.answer.network));
      this.view()?.overlays.set("places", this.trial.features());
    } else if (this.mode === "nearest") {
      this.#showNearest(answer);
    } else {
      this.#showIsochrone(answer);
    }
  }

  #closed() {
    return this.rings.length === 0 ? null : { closed: { type: "FeatureCollection", features: this.rings.map((ring) => this.#area(ring)) } };
  }

  /** What a coverage is asked with beside its words: closures and facilities tried out; null without any. */
  #scenario() {
    const body = { ...this.#closed(), ...this.trial.changes };
    return Object.keys(body).length === 0 ? null : body;
  }

  /** Asks again when what a shown coverage rests on has changed: another division, or rows of its layers. */
  renew(layerIds = null) {
    const rests = this.coverage.field && [this.coverage.field.head.of.layer, this.coverage.field.head.by.layer, "closure"];
    if (this.mode === "coverage" && (layerIds === null || rests?.some((id) => layerIds.has(id)))) {
      void this.#ask();
    }
  }

  #read(signal) {
    const { of, kind, k, profile, at_time: atTime, on_duty: onDuty } = this.form.values;
    if (this.mode === "coverage") {
      return this.coverage.read({ of, by: kind, on_duty: onDuty, division: this.division(), profile, at_time: atTime }, { signal, body: this.#scenario() });
    }
    const { lon, lat } = this.place;
    const values = this.mode === "nearest" ? { kind, k, on_duty: onDuty } : { minutes: MINUTES.join(",") };
    const path = `/api/${this.mode}?${query({ lon: lon.toFixed(6), lat: lat.toFixed(6), ...values, profile, at_time: atTime })}`;
    const body = this.#closed();
    return requestJson(path, body ? { signal, method: "POST", body } : { signal });
  }

  /** The place asked from, as a dot. */
  #mark(others = []) {
    this.view()?.overlays.set("places", [...others, pointOf([this.place.lon, this.place.lat], { label: "●", is_active: true })]);
  }

  #showNearest(answer) {
    const { candidates, left_out: leftOut } = answer;
    this.candidates = candidates;
    this.active = candidates.length > 0 ? 0 : null;
    this.#drawRoutes();
    const parts = candidates.length === 0
      ? [stateBlock({ icon: "route", title: t("travel.nobody"), detail: t("travel.nobody.detail") })]
      : [this.#misled(candidates), el("ol", { class: "candidates" }, candidates.map((one, position) => this.#candidate(one, position)))];
    this.answer.replaceChildren(...parts.filter(Boolean), this.#leftOut(leftOut) ?? "", this.#network(answer.network));
    const bounds = boundsOf(candidates.slice(0, 3).filter((one) => one.route).map((one) => one.route));
    if (bounds && this.view()) {
      this.onfit(bounds);
    }
  }

  /** Says when the straight line would have sent somebody else. */
  #misled(candidates) {
    const [best] = candidates;
    if (best.straight_rank === 1) {
      return null;
    }
    const straight = candidates.find((one) => one.straight_rank === 1);
    return el("p", { class: "travel-note", role: "status" }, uiIcon("warning", { small: true }), straight
      ? t("travel.misled", { title: straight.title, minutes: oneDecimal((straight.travel_time_s - best.travel_time_s) / 60) })
      : t("travel.misled.far"));
  }

  #candidate(one, position) {
    const facts = [kmOf(one.length_m), t("travel.straight", { km: oneDecimal(one.straight_distance_m / 1000) })];
    const row = el("button", { type: "button", class: "candidate", "aria-pressed": String(position === this.active), onclick: () => this.#choose(position),
      onpointerenter: () => this.#drawRoutes(position), onpointerleave: () => this.#drawRoutes(), onfocus: () => this.#drawRoutes(position) },
    el("span", { class: "candidate__rank figure" }, String(one.rank ?? position + 1)),
    el("span", { class: "candidate__title" }, one.title),
    el("span", { class: "candidate__time figure" }, minutesOf(one.travel_time_s)),
    el("span", { class: "muted candidate__facts" }, facts.join(" · ")),
    one.straight_rank !== (one.rank ?? position + 1)
      ? el("span", { class: "badge candidate__straight" }, t("travel.straight_rank", { n: one.straight_rank }))
      : null);
    const streets = (one.streets ?? []).map((street) => (typeof street === "string" ? street : street.name)).filter(Boolean);
    return el("li", {}, row, el("div", { class: "candidate__more" },
      streets.length > 0 ? el("span", { class: "muted" }, t("travel.via", { streets: streets.slice(0, 5).join(" → ") })) : null,
      one.phone ? el("a", { href: `tel:${one.phone}` }, one.phone) : null,
      el("button", { type: "button", class: "link-button", "aria-label": t("list.open", { title: one.title }),
        onclick: () => this.onopen({ layer: one.layer, id: String(one.id) }) }, t("travel.open"))));
  }

  #choose(position) {
    this.active = position;
    for (const [at, row] of [...this.answer.querySelectorAll(".candidate")].entries()) {
      row.setAttribute("aria-pressed", String(at === position));
    }
    this.#drawRoutes();
    const { route } = this.candidates[position];
    if (route) {
      this.onfit(boundsOf([route]));
    }
  }

  /** Draws all routes, the given (else the chosen) one in front. */
  #drawRoutes(position = this.active) {
    const routes = this.candidates.map((one, at) => ({ type: "Feature", properties: { is_active: at === position }, geometry: one.route }));
    this.view()?.overlays.set("routes", routes.filter((feature) => feature.geometry));
    this.#mark(this.candidates.map((one, at) => {
      const end = one.lon !== undefined ? [one.lon, one.lat] : one.route?.coordinates[0];
      return end && pointOf(end, { label: String(one.rank ?? at + 1), is_active: at === position });
    }).filter(Boolean));
  }

  #leftOut(groups) {
    const shown = (groups ?? []).filter((group) => group.count > 0);
    if (shown.length === 0) {
      return null;
    }
    return el("details", { class: "left-out" },
      el("summary", {}, t("travel.left_out", { n: formatNumber(shown.reduce((sum, group) => sum + group.count, 0)) })),
      el("ul", {}, shown.map((group) => el("li", {}, el("span", {}, group.label), el("span", { class: "count" }, formatNumber(group.count)),
        group.examples?.length > 0 ? el("span", { class: "muted left-out__examples" }, group.examples.slice(0, 3).join("、")) : null))));
  }

  #network(network) {
    if (!network) {
      return "";
    }
    const slice = typeof network.slice === "string" ? network.slice : network.slice?.label ?? "";
    return el("p", { class: "muted travel-source" }, t("travel.source", { version: String(network.version).slice(0, 12), slice }));
  }

  #showIsochrone(collection) {
    const features = collection.features
      .map((one) => ({ ...one, properties: { ...one.properties, label: t("travel.minutes", { n: formatNumber(one.properties.minutes) }) } }))
      .toSorted((a, b) => b.properties.minutes - a.properties.minutes);
    this.view()?.overlays.set("isochrone", features);
    this.#mark();
    if (features.length === 0) {
      this.answer.replaceChildren(stateBlock({ icon: "route", title: t("travel.nowhere"), detail: t("travel.nobody.detail") }));
      return;
    }
    this.answer.replaceChildren(el("ol", { class: "reach-list" }, features.toReversed().map((one) => el("li", {},
      el("span", {}, t("travel.within", { n: formatNumber(one.properties.minutes) })),
      el("span", { class: "count" }, t("travel.km2", { n: oneDecimal(one.properties.area_m2 / 1e6) }))))),
    this.#network(collection.network));
    const bounds = boundsOf([features[0].geometry]);
    if (bounds) {
      this.onfit(bounds);
    }
  }
}
