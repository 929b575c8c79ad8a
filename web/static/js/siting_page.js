/* Entry of the page of siting: the question, its job, the answer, and the map. */

import "./words/siting.js";
import { requestJson } from "./api.js";
import { el, listens, skeleton, stateBlock, uiIcon } from "./dom.js";
import { MapDrawing } from "./drawing.js";
import { formatDate, t } from "./i18n.js";
import { JobRun } from "./job_run.js";
import { startSessionMenu } from "./session_menu.js";
import { emptyAnswer, showAnswer } from "./siting_answer.js";
import { Rehearsal } from "./siting_rehearsal.js";
import { studioMap } from "./studio_map.js";
import { showProblem, showToast } from "./toast.js";

const CLOSE_ZOOM = 14;
const ROOM = { top: 40, right: 40, bottom: 40, left: 40 };
const GAINED = "onemap-gained";
const COLOURS = { dark: { gained: "#4fa7a6", casing: "#070c12" }, light: { gained: "#17807d", casing: "#ffffff" } };
const ROLES = ["area", "forbidden", "closed"];
const NO_SHAPES = () => ({ area: [], forbidden: [], closed: [] });
const find = (id) => document.getElementById(id);
const point = (lonlat, properties = {}) => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: lonlat } });

class SitingPage {
  constructor(session, choices) {
    Object.assign(this, { session, choices });
    this.form = find("question");
    this.shapes = NO_SHAPES();
    this.answer = find("answer");
    find("start").disabled = !session.user.can_write;
    this.#fill();
    this.form.addEventListener("change", () => this.#suit());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); void this.#start(); });
    for (const button of this.form.querySelectorAll("[data-draw]")) {
      button.addEventListener("click", () => this.#draw(button.dataset.draw));
    }
    this.run = new JobRun({
      words: { waiting: t("siting.waiting"), cancelled: t("siting.cancelled"), failed: t("siting.failed"), working: (now) => t("siting.working", { n: Math.round(100 * now.progress), words: now.message }) },
      ondone: (id) => { window.location.hash = id; void this.#studies(); }
    });
    this.rehearsal = new Rehearsal(choices, { mayWrite: session.user.can_write, ondone: () => void this.#open(this.study.id, { isSame: true }) });
    window.addEventListener("hashchange", () => void this.#open(window.location.hash.slice(1)));
  }

  async start() {
    this.answer.replaceChildren(emptyAnswer());
    void this.#studies();
    await Promise.all([this.#startMap(), this.#open(window.location.hash.slice(1))]);
  }

  // -- the question

  #fill() {
    const { elements } = this.form;
    const option = ({ id, title }, chosen) => el("option", { value: id, selected: id === chosen }, title);
    const { kinds } = this.choices;
    elements.model.replaceChildren(...this.choices.models.map((model) => option(model, "mclp")));
    elements.of.replaceChildren(...kinds.map((kind) => option(kind, "elevator")));
    elements.existing.replaceChildren(option({ id: "none", title: t("siting.none") }), ...kinds.map((kind) => option(kind, "rescue_station")));
    elements.division.replaceChildren(option({ id: "", title: t("siting.everywhere") }, ""), ...this.choices.districts.map(({ code, name }) => option({ id: code, title: name })));
    this.#askByDistrict("district-costs", 1e7);
    this.#askByDistrict("district-floors", 100);
    elements.candidates.replaceChildren(option({ id: this.choices.network, title: t("siting.network") }, this.choices.network), ...kinds.map((kind) => option(kind)));
    this.#suit();
  }

  #askByDistrict(id, max) {
    find(id).replaceChildren(...this.choices.districts.map(({ code, name }) => el("label", { class: "field" }, el("span", { class: "field__label" }, name),
      el("input", { class: "input", type: "number", min: 0, max, step: "any", "data-district": code }))));
  }

  #byDistrict(id) {
    return Object.fromEntries([...find(id).querySelectorAll("[data-district]:enabled")].map((input) => [input.dataset.district, input.value]));
  }

  /** Shows the fields of the chosen model, and the weights of the chosen demand. */
  #suit() {
    const { elements } = this.form;
    const model = this.choices.models.find(({ id }) => id === elements.model.value);
    const kind = this.choices.kinds.find(({ id }) => id === elements.of.value);
    const weight = elements.weight.value;
    elements.weight.replaceChildren(...kind.weights.map(({ id, title }) => el("option", { value: id, selected: id === weight }, title)));
    const uses = { count: model.id !== "lscp", mexclp: model.id === "mexclp", backup: model.id === "backup", budget: model.has_budget, floors: model.has_floors, capacity: model.id.endsWith("_capacity") };
    for (const field of this.form.querySelectorAll("[data-for]")) {
      field.hidden = !uses[field.dataset.for];
      for (const input of field.querySelectorAll("input")) {
        input.disabled = field.hidden;
      }
    }
    find("count-label").textContent = t(model.id === "mexclp" ? "siting.units" : "siting.sites_to_add");
  }

  /** Draws one area in a role: candidates only within, candidates never within, or roads closed. */
  #draw(role) {
    if (this.drawing || !this.view) {
      return;
    }
    const buttons = this.form.querySelectorAll("[data-draw]");
    buttons.forEach((button) => { button.disabled = true; });
    this.drawing = new MapDrawing(this.view, find("stage"), {
      title: t(`siting.draw.${role}`),
      onchange: (features) => this.#drawShapes(features),
      onend: (ring) => {
        this.drawing = null;
        buttons.forEach((button) => { button.disabled = false; });
        if (ring) {
          this.shapes[role].push({ type: "Polygon", coordinates: [ring] });
        }
        this.#showShapes();
        this.form.querySelector(`[data-draw=${role}]`).focus({ preventScroll: true });
      }
    });
  }

  /** Lists what was drawn, each to be taken away again, and draws it. */
  #showShapes() {
    find("shapes").replaceChildren(...ROLES.flatMap((role) => this.shapes[role].map((shape, at) => {
      const words = t(`siting.shape.${role}`, { n: at + 1 });
      return el("button", { type: "button", class: "button button--small", "aria-label": t("siting.shape.undo", { what: words }), onclick: () => {
        this.shapes[role] = this.shapes[role].filter((one) => one !== shape);
        this.#showShapes();
      } }, words, uiIcon("close", { small: true }));
    })));
    this.#drawShapes();
  }

  /** Draws the areas of the question; of a study that is looked at, its own. */
  #drawShapes(draft = []) {
    const own = ROLES.flatMap((role) => this.shapes[role].map((geometry) => ({ type: "Feature", properties: { role }, geometry })));
    const shown = own.length > 0 || draft.length > 0 ? own : this.study?.shapes.features ?? [];
    const isArea = ({ properties }) => properties.role === "area";
    this.view?.overlays.set("isochrone", shown.filter(isArea));
    this.view?.overlays.set("closures", [...shown.filter((one) => !isArea(one)), ...draft]);
    for (const item of document.querySelectorAll(".siting__legend [data-role]")) {
      item.hidden = !shown.some(({ properties }) => properties.role === item.dataset.role);
    }
  }

  // -- the job

  async #start() {
    const values = Object.fromEntries(new FormData(this.form));
    values.district_costs = this.#byDistrict("district-costs");
    values.district_floors = this.#byDistrict("district-floors");
    for (const role of ROLES) {
      if (this.shapes[role].length > 0) {
        values[role] = { type: "GeometryCollection", geometries: this.shapes[role] };
      }
    }
    await this.run.start("/api/siting", values);
  }

  // -- the answer

  async #open(id, { isSame = false } = {}) {
    if (!id) {
      return;
    }
    if (!isSame) {
      this.answer.replaceChildren(...skeleton(4, "row"));
    }
    try {
      this.study = await requestJson(`/api/siting/studies/${encodeURIComponent(id)}`);
    } catch (error) {
      this.answer.replaceChildren(stateBlock({ icon: "warning", title: error.title, detail: error.detail, role: "alert" }));
      return;
    }
    const mayWrite = this.session.user.can_write;
    showAnswer(this.answer, this.study, { mayWrite, onlook: (site) => this.view?.goTo({ ...site, zoom: CLOSE_ZOOM, padding: ROOM }), onremove: () => void this.#remove() });
    this.rehearsal.show(this.study);
    if (isSame) {
      find("rehearsal").scrollIntoView({ block: "start" });
      return;
    }
    this.#drawShapes();
    this.#drawStudy({ moves: true });
    this.answer.scrollIntoView({ block: "start" });
  }

  async #remove() {
    try {
      await requestJson(`/api/siting/studies/${this.study.id}`, { method: "DELETE" });
    } catch (error) {
      showProblem(error);
      return;
    }
    this.study = null;
    this.rehearsal.show(null);
    window.history.replaceState(null, "", window.location.pathname);
    this.answer.replaceChildren(emptyAnswer());
    this.#drawShapes();
    this.#drawStudy();
    showToast({ title: t("siting.remove") });
    void this.#studies();
  }

  async #studies() {
    const place = find("studies");
    try {
      const { studies } = await requestJson("/api/siting/studies");
      place.replaceChildren(studies.length === 0 ? el("p", { class: "muted" }, t("siting.empty")) : el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t("siting.study") }, el("table", { class: "table" },
        el("thead", {}, el("tr", {}, ...["study", "status", "made"].map((name) => el("th", { scope: "col" }, t(`siting.${name}`))))),
        el("tbody", {}, ...studies.map((study) => el("tr", {}, el("td", {}, el("a", { href: `#${study.id}` }, study.name)), el("td", {}, study.status_title), el("td", {}, formatDate(study.created_at))))))));
    } catch (error) {
      place.replaceChildren(el("p", { class: "form-error", role: "alert" }, error.title));
    }
  }

  // -- the map

  async #startMap() {
    this.view = await studioMap(this.session.city.bbox, ROOM, () => {
      this.#addGained();
      this.#drawShapes();
      this.#drawStudy({ moves: true });
    });
  }

  /** Puts what is gained below the numbered sites, anew in every style. */
  #addGained() {
    const { map, theme } = this.view;
    map.addSource(GAINED, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    map.addLayer({ id: GAINED, type: "circle", source: GAINED, filter: ["==", ["get", "role"], "gained"], paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 2.5, 14, 5], "circle-color": COLOURS[theme].gained, "circle-opacity": 0.85 } }, "onemap-places-plate");
    map.addLayer({ id: `${GAINED}-existing`, type: "circle", source: GAINED, filter: ["==", ["get", "role"], "existing"], paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 3, 14, 6], "circle-opacity": 0, "circle-stroke-width": 1.6, "circle-stroke-color": theme === "dark" ? "#a3b4c4" : "#445666" } }, "onemap-places-plate");
  }

  #drawStudy({ moves = false } = {}) {
    const source = this.view?.map.getSource(GAINED);
    if (!source) {
      return;
    }
    const answer = this.study?.answer;
    const marks = answer ? [...answer.gained.lonlat.map((at) => point(at, { role: "gained" })), ...answer.existing.map((at) => point(at, { role: "existing" }))] : [];
    source.setData({ type: "FeatureCollection", features: marks });
    const sites = answer?.sites ?? [];
    this.view.overlays.set("places", sites.map((site) => point([site.lon, site.lat], { label: String(site.rank), is_active: true })));
    if (moves && sites.length > 0) {
      const all = [...sites.map(({ lon, lat }) => [lon, lat]), ...answer.gained.lonlat];
      const lons = all.map(([lon]) => lon);
      const lats = all.map(([, lat]) => lat);
      const least = (values) => values.reduce((a, b) => Math.min(a, b));
      const most = (values) => values.reduce((a, b) => Math.max(a, b));
      this.view.fit([least(lons) - 0.01, least(lats) - 0.01, most(lons) + 0.01, most(lats) + 0.01], ROOM);
    }
  }
}

startSessionMenu();
try {
  const [session, choices] = await Promise.all([requestJson(`/api/session?page=${window.location.pathname}`), requestJson("/api/siting")]);
  const page = new SitingPage(session, choices);
  listens();
  await page.start();
} catch (error) {
  listens();
  showProblem(error);
}
