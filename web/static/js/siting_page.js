/* Entry of the page of siting: the question, its job, the answer, and the map. */

import "./words/siting.js";
import { requestJson } from "./api.js";
import { el, skeleton, stateBlock } from "./dom.js";
import { PolygonDrawing } from "./drawing.js";
import { formatDate, t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { currentTheme, startSessionMenu } from "./session_menu.js";
import { emptyAnswer, showAnswer } from "./siting_answer.js";
import { showProblem, showToast } from "./toast.js";

const LOOK_EVERY_MS = 700;
const CLOSE_ZOOM = 14;
const ROOM = { top: 40, right: 40, bottom: 40, left: 40 };
const GAINED = "onemap-gained";
const COLOURS = { dark: { gained: "#4fa7a6", casing: "#070c12" }, light: { gained: "#17807d", casing: "#ffffff" } };
const find = (id) => document.getElementById(id);
const point = (lonlat, properties = {}) => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: lonlat } });

class SitingPage {
  constructor(session, choices) {
    Object.assign(this, { session, choices });
    this.form = find("question");
    this.forbidden = [];
    this.answer = find("answer");
    find("start").disabled = !session.user.can_write;
    this.#fill();
    this.form.addEventListener("change", () => this.#suit());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); void this.#start(); });
    find("forbid").addEventListener("click", () => this.#forbid());
    find("allow").addEventListener("click", () => { this.forbidden = []; this.#drawForbidden(); });
    find("stop").addEventListener("click", () => void this.#stop());
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
    elements.candidates.replaceChildren(option({ id: this.choices.network, title: t("siting.network") }, this.choices.network), ...kinds.map((kind) => option(kind)));
    this.#suit();
  }

  /** Shows the fields of the chosen model, and the weights of the chosen demand. */
  #suit() {
    const { elements } = this.form;
    const model = this.choices.models.find(({ id }) => id === elements.model.value);
    const kind = this.choices.kinds.find(({ id }) => id === elements.of.value);
    const weight = elements.weight.value;
    elements.weight.replaceChildren(...kind.weights.map(({ id, title }) => el("option", { value: id, selected: id === weight }, title)));
    const uses = { count: model.id !== "lscp", mexclp: model.id === "mexclp", backup: model.id === "backup", mclp: model.id === "mclp", floors: model.has_floors, capacity: model.id.endsWith("_capacity") };
    for (const field of this.form.querySelectorAll("[data-for]")) {
      field.hidden = !uses[field.dataset.for];
      field.querySelector("input").disabled = field.hidden;
    }
    find("count-label").textContent = t(model.id === "mexclp" ? "siting.units" : "siting.sites_to_add");
  }

  #forbid() {
    if (this.drawing || !this.view) {
      return;
    }
    find("forbid").disabled = true;
    this.drawing = new PolygonDrawing(this.view, find("stage"), {
      onchange: (features) => this.#drawForbidden(features),
      onend: (ring) => {
        this.drawing = null;
        find("forbid").disabled = false;
        if (ring) {
          this.forbidden.push([ring]);
        }
        this.#drawForbidden();
      }
    });
  }

  #drawForbidden(draft = []) {
    const areas = this.forbidden.map((coordinates) => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates } }));
    this.view?.overlays.set("closures", [...areas, ...draft]);
    find("allow").hidden = this.forbidden.length === 0;
  }

  // -- the job

  async #start() {
    const values = Object.fromEntries(new FormData(this.form));
    if (this.forbidden.length > 0) {
      values.forbidden = { type: "MultiPolygon", coordinates: this.forbidden };
    }
    this.#refuse("");
    try {
      this.job = await requestJson("/api/siting", { method: "POST", body: values });
    } catch (error) {
      this.#refuse([error.title, error.detail].filter(Boolean).join(" "));
      return;
    }
    this.#run(true, 0, t("siting.waiting"));
    void this.#watch(this.job);
  }

  #refuse(words) {
    find("refusal").hidden = !words;
    find("refusal").textContent = words;
  }

  #run(isRunning, share = 0, words = "") {
    find("run").hidden = !isRunning;
    find("start").disabled = isRunning;
    find("progress").value = share;
    find("run-words").textContent = words;
  }

  async #watch(job) {
    try {
      for (;;) {
        const now = await requestJson(job.status_url);
        if (now.state === "done") {
          this.#run(false);
          window.location.hash = job.job;
          void this.#studies();
          return;
        }
        if (now.state === "failed" || now.state === "cancelled") {
          this.#run(false);
          this.#refuse(now.state === "cancelled" ? t("siting.cancelled") : `${t("siting.failed")}: ${now.message}`);
          return;
        }
        if (now.state === "running") {
          this.#run(true, now.progress, t("siting.working", { n: Math.round(100 * now.progress), words: now.message }));
        }
        await new Promise((resolve) => { window.setTimeout(resolve, LOOK_EVERY_MS); });
      }
    } catch (error) {
      this.#run(false);
      showProblem(error);
    }
  }

  async #stop() {
    try {
      await requestJson(this.job.cancel_url, { method: "POST" });
    } catch (error) {
      showProblem(error);
    }
  }

  // -- the answer

  async #open(id) {
    if (!id) {
      return;
    }
    this.answer.replaceChildren(...skeleton(4, "row"));
    try {
      this.study = await requestJson(`/api/siting/studies/${encodeURIComponent(id)}`);
    } catch (error) {
      this.answer.replaceChildren(stateBlock({ icon: "warning", title: error.title, detail: error.detail, role: "alert" }));
      return;
    }
    const mayWrite = this.session.user.can_write;
    showAnswer(this.answer, this.study, { mayWrite, onlook: (site) => this.view?.goTo({ ...site, zoom: CLOSE_ZOOM, padding: ROOM }), onremove: () => void this.#remove() });
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
    window.history.replaceState(null, "", window.location.pathname);
    this.answer.replaceChildren(emptyAnswer());
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
    try {
      this.view = await MapView.create(find("map"), { theme: currentTheme(), bbox: this.session.city.bbox, view: null, padding: ROOM });
    } catch (error) {
      find("map-loading").hidden = true;
      find("map").replaceChildren(stateBlock({ icon: "warning", title: t("error.webgl"), detail: t("error.webgl.detail"), role: "alert" }));
      console.warn(error);
      return;
    }
    this.view.on("error", () => {}); // a tile that failed is fetched again when the map moves
    this.view.on("ready", () => {
      find("map-loading").hidden = true;
      this.#addGained();
      this.#drawStudy({ moves: true });
    });
    document.addEventListener("onemap:theme", (event) => this.view.setTheme(event.detail));
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
  const [session, choices] = await Promise.all([requestJson("/api/session"), requestJson("/api/siting")]);
  await new SitingPage(session, choices).start();
} catch (error) {
  showProblem(error);
}
