/* Entry of one rescue decision: conclusions, alternatives on the map, the choice, tasks, remarks and versions. */

import "./words/decision.js";
import "./words/drill.js";
import { AccidentForm } from "./accident_form.js";
import { requestJson } from "./api.js";
import { attempt, find, instant, valuesOf } from "./company.js";
import { alternativeList, comparisonTable, conclusionList, taskTable, versionList } from "./decision_lists.js";
import { confirmDialog } from "./dialog.js";
import { el, listens } from "./dom.js";
import { formValues, localTime } from "./drill_alternatives.js";
import { answerLists } from "./drill_answer.js";
import { DrillMap, boundsOf } from "./drill_map.js";
import { t } from "./i18n.js";
import { JobRun } from "./job_run.js";
import { pickPlace } from "./pick_place.js";
import { startSessionMenu } from "./session_menu.js";
import { studioMap } from "./studio_map.js";
import { showProblem, showToast } from "./toast.js";

const CLOSE_ZOOM = 14.5;
const ROOM = { top: 60, right: 60, bottom: 60, left: 60 };
const id = find("content").dataset.decision;
const path = `/api/decisions/${encodeURIComponent(id)}`;

class DecisionPage {
  constructor(session, choices, decision, teams) {
    Object.assign(this, { session, choices, teams });
    this.form = find("question");
    this.accident = new AccidentForm(this.form, choices, { onplace: (at, { isSite }) => { if (isSite) { this.#look(at); } } });
    this.run = new JobRun({
      words: { waiting: t("drill.waiting"), cancelled: t("drill.cancelled"), failed: t("drill.failed"), working: (now) => t("drill.working", { step: choices.steps[now.message] ?? "…" }) },
      ondone: (alternative) => void this.#reload(alternative)
    });
    this.form.elements.mode.replaceChildren(...decision.modes.map((mode) => el("option", { value: mode.id }, mode.title)));
    find("teams").replaceChildren(...teams.map((one) => el("label", { class: "tick" }, el("input", { type: "checkbox", value: one.id }),
      ` ${one.name ?? one.code} · ${one.kind_title} · ${t("decision.away", { m: (one.distance_m / 1000).toFixed(1) })}`)));
    this.#listen();
    this.#begin(decision);
    this.#show(decision);
  }

  #listen() {
    const submit = (name, run) => find(name).addEventListener("submit", (event) => { event.preventDefault(); void attempt(run); });
    submit("question", () => this.#workOut());
    submit("choice", () => this.#choose());
    submit("task", () => this.#addTask());
    submit("remarks", () => this.#save(valuesOf(find("remarks"))));
    find("pick").addEventListener("click", () => pickPlace(this.view, find("stage"), t("drill.pick"), (at) => this.accident.take(at)));
    find("pick-staging").addEventListener("click", () => pickPlace(this.view, find("stage"), t("decision.staging.pick"), ([lon, lat]) => {
      this.form.elements.staging_lon.value = lon.toFixed(6);
      this.form.elements.staging_lat.value = lat.toFixed(6);
    }));
    find("newest").addEventListener("click", () => void this.#reload());
    find("restore").addEventListener("click", () => void attempt(() => this.#restore()));
    find("remove").addEventListener("click", () => void attempt(() => this.#remove()));
  }

  /** Fills the form with what is known of the accident, once. */
  #begin({ facts }) {
    const question = facts.question ?? {
      lon: facts.lon, lat: facts.lat, substance: facts.substance ?? this.form.elements.substance.value, mass_kg: facts.amount_t === null ? null : 1000 * facts.amount_t,
      kind: this.form.elements.kind.value, at: facts.occurred_at, name: "", wind_uncertainty_deg: 15
    };
    const values = { ...formValues(question), at_time: localTime(question.at), name: "" };
    this.accident.set(values.mass_t === "" ? Object.fromEntries(Object.entries(values).filter(([name]) => name !== "mass_t")) : values);
  }

  // -- what is shown

  get #isOld() {
    return this.decision.version !== this.decision.newest;
  }

  get #mayChange() {
    return this.choices.may_write && !this.#isOld;
  }

  #show(decision) {
    this.decision = decision;
    const { content, comparison } = decision;
    find("name").textContent = decision.name;
    find("version").textContent = t("decision.version", { n: decision.version, who: decision.changed_by, at: instant(decision.changed_at) });
    find("old").hidden = !this.#isOld;
    find("old-words").textContent = t("decision.old", { n: decision.version, at: instant(decision.changed_at), who: decision.changed_by, newest: decision.newest });
    find("restore").hidden = !this.choices.may_write;
    find("conclusions").replaceChildren(conclusionList(decision.conclusions));
    find("handed").hidden = decision.shown === null || this.#isOld;
    find("comparison").replaceChildren(...(comparison.alternatives.length > 1 ? [comparisonTable(comparison, find("alternatives-title").textContent)] : []));
    find("choice").hidden = !this.#mayChange || comparison.alternatives.length === 0;
    find("choice").elements.chosen.replaceChildren(el("option", { value: "" }, t("decision.not_chosen")),
      ...comparison.alternatives.map((one) => el("option", { value: one.id, selected: one.id === (content.chosen ?? comparison.recommended) }, `${one.number} ${one.name}`)));
    find("choice").elements.reason.value = content.reason;
    this.#showTasks();
    for (const name of ["name", "remarks"]) {
      find("remarks").elements[name].value = content[name];
      find("remarks").elements[name].disabled = !this.#mayChange;
    }
    find("remarks").querySelector("button").hidden = !this.#mayChange;
    find("another").hidden = !this.#mayChange;
    find("remove").hidden = !this.#mayChange;
    find("versions").replaceChildren(...versionList(decision, (number) => void this.#open(number)));
    void this.#lookAt(decision.shown);
  }

  #showTasks() {
    const { tasks, content } = this.decision;
    find("plan").hidden = tasks.length === 0;
    find("task").hidden = !this.#mayChange;
    find("tasks").replaceChildren(taskTable(tasks, find("tasks-title").textContent));
    find("own").replaceChildren(...content.tasks.map((task, n) => el("li", {}, el("span", { class: "badge" }, t("decision.own.at", { n: task.at_min })), `${task.who}：${task.what} ${task.where}`,
      this.#mayChange ? el("button", { type: "button", class: "link-button", "aria-label": t("decision.task.off", { what: task.what }), onclick: () => void attempt(() => this.#save({ tasks: content.tasks.toSpliced(n, 1) })) }, t("decision.take_off")) : null)));
  }

  /** Lays an alternative on the map and lists what it found. */
  async #lookAt(alternative) {
    const listed = (shown) => find("alternatives").replaceChildren(alternativeList(this.decision, shown, { onshow: (one) => void this.#lookAt(one), ontake: this.#mayChange ? (one) => void attempt(() => this.#takeOff(one)) : null }));
    listed(alternative);
    find("detail").hidden = alternative === null;
    if (alternative === null) {
      this.answer = null;
      this.drawn?.set(null, this.accident.place);
      return;
    }
    try {
      const found = await requestJson(`${path}/alternatives/${encodeURIComponent(alternative)}`);
      this.answer = found.answer;
      find("answer").replaceChildren(...answerLists(found, (place) => this.#look(place)));
      this.#draw();
    } catch (error) {
      showProblem(error);
    }
  }

  // -- what is changed

  async #save(changed) {
    const before = this.decision.version;
    this.#show(await requestJson(path, { method: "PUT", body: { ...changed, version: before } }));
    if (this.decision.version !== before) {
      showToast({ title: t("decision.saved", { n: this.decision.version }) });
    }
  }

  async #choose() {
    const { chosen, reason } = valuesOf(find("choice"));
    await this.#save({ chosen: chosen || null, reason: chosen ? reason : "" });
  }

  async #addTask() {
    const form = find("task");
    await this.#save({ tasks: [...this.decision.content.tasks, { ...valuesOf(form) }] });
    form.reset();
  }

  async #takeOff(alternative) {
    await this.#save({ alternatives: this.decision.content.alternatives.filter((one) => one !== alternative) });
  }

  async #workOut() {
    const without = [...find("teams").querySelectorAll("input:checked")].map((box) => Number(box.value));
    await this.run.start(`${path}/alternatives`, { ...this.accident.values(), without });
  }

  async #restore() {
    const body = { version: this.decision.newest };
    this.#show(await requestJson(`${path}/versions/${this.decision.version}/restore`, { method: "POST", body }));
    showToast({ title: t("decision.restored") });
  }

  async #remove() {
    if (await confirmDialog({ title: t("decision.remove"), detail: t("decision.remove.detail"), action: t("decision.remove.do") })) {
      await requestJson(path, { method: "DELETE" });
      window.location.assign("/studio/decisions");
    }
  }

  async #open(number) {
    try {
      this.#show(await requestJson(`${path}?version=${number}`));
      find("content").querySelector(".studio__panel").scrollTop = 0;
    } catch (error) {
      showProblem(error);
    }
  }

  async #reload(alternative = null) {
    try {
      this.#show(await requestJson(path));
      if (alternative) {
        await this.#lookAt(alternative);
      }
    } catch (error) {
      showProblem(error);
    }
  }

  // -- the map

  #look({ lon, lat }) {
    this.view?.goTo({ lon, lat, zoom: CLOSE_ZOOM, padding: ROOM });
  }

  #draw() {
    if (this.answer && this.drawn) {
      this.drawn.set(this.answer);
      this.view.fit(boundsOf(this.answer), ROOM);
    }
  }

  async startMap() {
    this.view = await studioMap(this.session.city.bbox, ROOM, () => {
      this.drawn.restore();
      if (this.answer) {
        this.#draw();
      } else if (this.accident.place) {
        this.drawn.set(null, this.accident.place);
        this.#look(this.accident.place);
      }
    });
    if (this.view) {
      this.drawn = new DrillMap(this.view);
    }
  }
}

startSessionMenu();
try {
  const [session, choices, decision, { teams }] = await Promise.all(["/api/session", "/api/studio/drill", path, `${path}/teams`].map((one) => requestJson(one)));
  const page = new DecisionPage(session, choices, decision, teams);
  listens();
  await page.startMap();
} catch (error) {
  listens();
  showProblem(error);
}
