/* Entry of the coverage studio: the question, the stations under the hand, the answer, and scenarios that are kept. */

import "./words/coverage_studio.js";
import { isAbort, requestJson } from "./api.js";
import { CoverageCells } from "./coverage_cells.js";
import { CoverageTrial } from "./coverage_trial.js";
import { debounce, el, listens, skeleton, stateBlock, uiIcon } from "./dom.js";
import { MapDrawing } from "./drawing.js";
import { formatNumber, t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { pickPlace } from "./pick_place.js";
import { currentTheme, startSessionMenu } from "./session_menu.js";
import { showAnswer } from "./studio_answer.js";
import { StudioScenarios } from "./studio_scenarios.js";
import { StudioStations } from "./studio_stations.js";
import { showProblem, showToast } from "./toast.js";

const CLOSE_ZOOM = 15;
const ROOM = { top: 40, right: 40, bottom: 40, left: 40 };
const SHOWN_FOUND = 6;
const find = (id) => document.getElementById(id);
const rounded = ([lon, lat]) => [Number(lon.toFixed(6)), Number(lat.toFixed(6))];
const NOTHING = () => ({ out: [], moved: new Map(), added: [], closed: [] });

class CoverageStudio {
  constructor(session, choices) {
    Object.assign(this, { session, choices });
    this.form = find("question");
    this.answer = find("answer");
    this.trial = new CoverageTrial();
    this.changes = NOTHING();
    this.rank = 0;
    this.chosen = null;
    this.#fill();
    const ask = debounce(() => void this.#ask(), 200);
    this.form.addEventListener("input", (event) => {
      if (event.target.name === "by") {
        this.changes = { ...NOTHING(), closed: this.changes.closed };
        this.chosen = null;
      }
      this.#suit();
      ask();
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    find("add").addEventListener("click", () => this.#pick("studio.add.help", (at) => this.#add(at)));
    find("close-road").addEventListener("click", () => this.#pick("studio.road.help", (at) => void this.#closeRoad(at)));
    find("close-area").addEventListener("click", () => this.#closeArea());
    find("reset").addEventListener("click", () => this.#reset());
    find("seek").addEventListener("input", () => this.#seek());
    this.scenarios = new StudioScenarios({ session, question: () => this.#question(), onopen: (question) => this.#open(question) });
  }

  async start() {
    await this.#startMap();
    if (!(await this.scenarios.start())) {
      await this.#ask();
    }
  }

  // -- the question

  #fill() {
    const { elements } = this.form;
    const option = ({ id, title }, chosen) => el("option", { value: id, selected: id === chosen }, title);
    elements.of.replaceChildren(...this.choices.kinds.map((kind) => option(kind, "elevator")));
    elements.by.replaceChildren(...this.choices.kinds.map((kind) => option(kind, "rescue_station")));
    this.#suit();
  }

  /** Shows the weights of the chosen demand, and the field of a standard of one's own. */
  #suit() {
    const { elements } = this.form;
    const kind = this.choices.kinds.find(({ id }) => id === elements.of.value);
    const weight = elements.weight.value;
    elements.weight.replaceChildren(...kind.weights.map(({ id, title }) => el("option", { value: id, selected: id === weight }, title)));
    const isOwn = elements.standard.value === "own";
    find("own-standard").hidden = !isOwn;
    elements.own.disabled = !isOwn;
  }

  #question() {
    const { elements } = this.form;
    return {
      of: elements.of.value, by: elements.by.value, weight: elements.weight.value, hour_of_week: elements.hour_of_week.value || null,
      standard_min: elements.standard.value === "own" ? elements.own.value || "0" : elements.standard.value, on_duty: elements.on_duty.checked,
      out: this.changes.out, moved: [...this.changes.moved].map(([id, [lon, lat]]) => [id, lon, lat]),
      added: this.changes.added, closed: this.changes.closed
    };
  }

  /** Takes over what a scenario asks and changes. */
  #open(question) {
    const { elements } = this.form;
    elements.of.value = question.of;
    elements.by.value = question.by;
    this.#suit();
    elements.weight.value = question.weight;
    elements.hour_of_week.value = question.hour === null ? "" : String(question.hour);
    const minutes = String(question.standard_s / 60);
    const isUsual = [...elements.standard.options].some(({ value }) => value === minutes);
    elements.standard.value = isUsual ? minutes : "own";
    elements.own.value = minutes;
    elements.on_duty.checked = question.only_on_duty;
    this.#suit();
    this.changes = { out: question.out, moved: new Map(question.moved.map(([id, lon, lat]) => [id, [lon, lat]])), added: question.added, closed: question.closed };
    this.chosen = null;
    return this.#ask();
  }

  async #ask() {
    this.abort?.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const question = this.#question();
    if (this.trial.head === undefined) {
      this.answer.replaceChildren(...skeleton(6));
    }
    this.#showChanges();
    this.answer.setAttribute("aria-busy", "true");
    const begun = performance.now();
    try {
      const isOther = this.cellsOf !== question.of;
      const [, cells] = await Promise.all([this.trial.ask(question, { signal }), isOther ? CoverageCells.read(question.of, { signal }) : this.cells]);
      Object.assign(this, { cells, cellsOf: question.of });
      find("stage").dataset.answered = String(Math.round(performance.now() - begun));
      this.#show();
    } catch (error) {
      if (!isAbort(error)) {
        if (error.title === undefined) {
          throw error;
        }
        this.answer.replaceChildren(stateBlock({ icon: "warning", title: error.title, detail: error.detail, role: "alert",
          action: error.status === 0 || error.status >= 500 ? { label: t("action.retry"), run: () => void this.#ask() } : null }));
      }
    } finally {
      if (!signal.aborted) {
        this.answer.removeAttribute("aria-busy");
      }
    }
  }

  // -- the answer

  #show() {
    if (this.trial.head.total.count === 0) {
      this.answer.replaceChildren(stateBlock({ icon: "empty", title: t("coverage.empty", { of: this.trial.head.of.title }), detail: t("coverage.empty.detail") }));
    } else {
      showAnswer(this.answer, this.trial, { rank: this.rank, onlook: (row) => this.#look(row), onrank: (rank) => { this.rank = rank; this.#show(); find("answer").querySelector(`input[name="rank"][value="${rank}"]`).focus(); } });
    }
    this.#showStations();
    this.#showChanges();
    this.#paintSoon();
  }

  /** Colours the map after the figures are on the screen: a hundred thousand dots take longer than the lists. */
  #paintSoon() {
    window.clearTimeout(this.painting);
    window.requestAnimationFrame(() => {
      window.clearTimeout(this.painting);
      this.painting = window.setTimeout(() => this.#paint());
    });
  }

  #paint() {
    const { view, trial, cells } = this;
    if (!view || trial.head === undefined) {
      return;
    }
    const { layer } = trial.head.of;
    const classes = trial.classes(this.rank);
    cells.setClasses(trial.ids, classes);
    view.setVisibleLayers([layer], layer);
    view.coverage.set(layer, new Map(Array.from(trial.ids, (id, at) => [id, classes[at]])), { minZoom: this.layers.get(layer)?.raw_min_zoom ?? 13, cells });
    view.setVisibleLayers([layer], layer);
  }

  #look({ lon, lat }, { isMarked = true } = {}) {
    this.view?.goTo({ lon, lat, zoom: CLOSE_ZOOM, padding: ROOM });
    this.view?.select(isMarked ? { lon, lat } : null);
  }

  // -- stations

  /** Every station under the scenario, as the map shows it. */
  #stations() {
    const { out, moved, added } = this.changes;
    const standing = (this.trial.facilities ?? []).map((one) => {
      const place = moved.get(one.id);
      const state = out.includes(one.id) ? "out" : place ? "moved" : "standing";
      const [lon, lat] = place && state === "moved" ? place : [one.lon, one.lat];
      return { key: `s${one.id}`, id: one.id, name: one.name ?? one.code, lon, lat, state, from: state === "moved" ? [one.lon, one.lat] : null };
    });
    return [...standing, ...added.map(([lon, lat], at) => ({ key: `a${at}`, name: t("studio.added", { n: at + 1 }), lon, lat, state: "added", at }))];
  }

  #showStations() {
    this.stations?.set(this.#stations(), this.chosen);
    this.#showChosen();
    const bars = this.changes.closed.map((geometry) => ({ type: "Feature", properties: {}, geometry }));
    const middles = this.changes.closed.filter(({ type }) => type === "LineString").map(({ coordinates: [a, b] }) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] } }));
    this.view?.overlays.set("closures", [...bars, ...middles]);
  }

  #move(key, at) {
    const station = this.#stations().find((one) => one.key === key);
    if (station.state === "added") {
      this.changes.added = this.changes.added.with(station.at, rounded(at));
    } else {
      this.changes.moved.set(station.id, rounded(at));
    }
    void this.#ask();
  }

  #add(at) {
    this.changes.added = [...this.changes.added, rounded(at)];
    this.chosen = `a${this.changes.added.length - 1}`;
    void this.#ask();
  }

  #choose(key) {
    this.chosen = key;
    this.#showStations();
  }

  #toggleOut(id) {
    const { out } = this.changes;
    this.changes.out = out.includes(id) ? out.filter((one) => one !== id) : [...out, id];
    void this.#ask();
  }

  #showChosen() {
    const place = find("chosen");
    const station = this.#stations().find((one) => one.key === this.chosen);
    place.hidden = !station;
    if (!station) {
      return;
    }
    const button = (words, run) => el("button", { type: "button", class: "button button--small", onclick: run }, words);
    const centre = () => { const { lon, lat } = this.view.view; this.#move(station.key, [lon, lat]); };
    place.replaceChildren(el("p", { class: "studio__chosen-name" }, el("strong", {}, station.name), " ", el("span", { class: "muted" }, t(`studio.state.${station.state}`))),
      el("div", { class: "button-row" },
        station.state === "added" ? button(t("studio.take_away"), () => this.#takeAway(station.at)) : button(t(station.state === "out" ? "studio.reopen" : "studio.close"), () => this.#toggleOut(station.id)),
        station.state === "moved" ? button(t("studio.back"), () => { this.changes.moved.delete(station.id); void this.#ask(); }) : null,
        station.state === "out" || !this.view ? null : button(t("studio.to_centre"), centre),
        button(t("studio.look"), () => this.#look(station, { isMarked: false }))));
  }

  #takeAway(at) {
    this.changes.added = this.changes.added.filter((_, n) => n !== at);
    this.chosen = null;
    void this.#ask();
  }

  /** Finds stations by name: a map is not the only way to them. */
  #seek() {
    const words = find("seek").value.trim().toLowerCase();
    const found = words === "" ? [] : this.#stations().filter((one) => one.name.toLowerCase().includes(words)).slice(0, SHOWN_FOUND);
    const rows = found.map((one) => el("li", {}, el("button", { type: "button", class: "link-button", onclick: () => { this.#choose(one.key); this.#look(one, { isMarked: false }); } }, one.name)));
    find("found").replaceChildren(...(rows.length > 0 || words === "" ? rows : [el("li", { class: "muted" }, t("studio.seek.none"))]));
  }

  // -- roads

  #pick(words, run) {
    if (!this.drawing) {
      pickPlace(this.view, find("stage"), t(words), run);
    }
  }

  async #closeRoad([lon, lat]) {
    try {
      const found = await requestJson(`/api/studio/coverage/road?lon=${lon.toFixed(6)}&lat=${lat.toFixed(6)}`);
      this.changes.closed = [...this.changes.closed, found.geometry];
      showToast({ title: t("studio.road.closed", { name: found.name || t("studio.road.unnamed") }) });
      void this.#ask();
    } catch (error) {
      showProblem(error);
    }
  }

  #closeArea() {
    if (!this.view || this.drawing || this.view.captured) {
      return;
    }
    const standing = this.changes.closed.map((geometry) => ({ type: "Feature", properties: {}, geometry }));
    this.drawing = new MapDrawing(this.view, find("stage"), {
      onchange: (features) => this.view.overlays.set("closures", [...standing, ...features]),
      onend: (ring) => {
        this.drawing = null;
        if (ring) {
          this.changes.closed = [...this.changes.closed, { type: "Polygon", coordinates: [ring.map(rounded)] }];
          void this.#ask();
        }
        this.#showStations();
      }
    });
  }

  // -- changes

  #showChanges() {
    const { out, moved, added, closed } = this.changes;
    const name = (id) => this.trial.facilities?.find((one) => one.id === id)?.name ?? String(id);
    const chip = (words, take) => el("button", { type: "button", class: "button button--small studio__chip", "aria-label": t("studio.undo", { what: words }), onclick: () => { take(); void this.#ask(); } },
      words, uiIcon("close", { small: true }));
    find("changes").replaceChildren(
      ...out.map((id) => chip(t("studio.chip.out", { name: name(id) }), () => { this.changes.out = out.filter((one) => one !== id); })),
      ...[...moved.keys()].filter((id) => !out.includes(id)).map((id) => chip(t("studio.chip.moved", { name: name(id) }), () => moved.delete(id))),
      ...added.map((_, at) => chip(t("studio.added", { n: at + 1 }), () => { this.changes.added = added.filter((__, n) => n !== at); })),
      ...closed.map((geometry, at) => chip(t(geometry.type === "LineString" ? "studio.chip.road" : "studio.chip.area", { n: at + 1 }), () => { this.changes.closed = closed.filter((__, n) => n !== at); })));
    const count = out.length + moved.size + added.length + closed.length;
    find("reset").hidden = count === 0;
    find("changes-empty").hidden = count > 0;
  }

  #reset() {
    this.changes = NOTHING();
    this.chosen = null;
    void this.#ask();
  }

  // -- the map

  async #startMap() {
    const layers = requestJson("/api/layers");
    try {
      this.view = await MapView.create(find("map"), { theme: currentTheme(), bbox: this.session.city.bbox, view: null, padding: ROOM });
    } catch (error) {
      find("map-loading").hidden = true;
      find("map").replaceChildren(stateBlock({ icon: "warning", title: t("error.webgl"), detail: t("error.webgl.detail"), role: "alert" }));
      console.warn(error);
    }
    this.layers = new Map((await layers).layers.map((layer) => [layer.id, layer]));
    if (!this.view) {
      return;
    }
    this.stations = new StudioStations(this.view, { onmove: (key, at) => this.#move(key, at), onchoose: (key) => this.#choose(key) });
    this.view.on("error", () => {}); // a tile that failed is fetched again when the map moves
    this.view.on("hover", (found, point) => this.#hover(found, point));
    this.view.on("ready", () => {
      find("map-loading").hidden = true;
      this.stations.restore();
      this.#paint();
      this.#showStations();
    });
    document.addEventListener("onemap:theme", (event) => this.view.setTheme(event.detail));
  }

  /** Says how soon help gets to what lies under the pointer. */
  #hover(found, point) {
    const tip = find("tip");
    const hit = found?.features[0];
    const words = hit && this.trial.head !== undefined ? this.#words(Number(hit.id), hit.name) : null;
    tip.hidden = !words;
    if (words) {
      tip.textContent = words;
      tip.style.setProperty("left", `${point.x}px`);
      tip.style.setProperty("top", `${point.y}px`);
    }
    return {};
  }

  #words(id, name) {
    const times = [0, 1].map((rank) => this.trial.secondsTo(id, rank));
    if (times[0] === undefined) {
      return null;
    }
    const said = times.map((seconds) => (seconds === Infinity ? t("coverage.none") : t("studio.minutes", { n: formatNumber(Math.ceil(seconds / 6) / 10) })));
    return t("studio.tip", { name, first: said[0], second: said[1] });
  }
}

startSessionMenu();
try {
  const [session, choices] = await Promise.all([requestJson(`/api/session?page=${window.location.pathname}`), requestJson("/api/studio/coverage")]);
  const page = new CoverageStudio(session, choices);
  listens();
  await page.start();
} catch (error) {
  listens();
  showProblem(error);
}
