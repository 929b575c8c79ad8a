/* Entry of the page of drills: the guided form, its job, what was found, and the map. */

import "./words/drill.js";
import { AccidentForm } from "./accident_form.js";
import { requestJson } from "./api.js";
import { CourseMap } from "./course_map.js";
import { CoursePanel } from "./course_panel.js";
import { el, listens, skeleton, stateBlock } from "./dom.js";
import { alternativeTools, showCompare } from "./drill_alternatives.js";
import { emptyAnswer, showAnswer } from "./drill_answer.js";
import { DrillMap, boundsOf } from "./drill_map.js";
import { wallSwitch } from "./drill_to_wall.js";
import { formatDate, formatNumber, t } from "./i18n.js";
import { JobRun } from "./job_run.js";
import { pickPlace } from "./pick_place.js";
import { startSessionMenu } from "./session_menu.js";
import { studioMap } from "./studio_map.js";
import { showProblem, showToast } from "./toast.js";

const CLOSE_ZOOM = 14.5;
const ROOM = { top: 60, right: 60, bottom: 60, left: 60 };
const find = (id) => document.getElementById(id);

class DrillPage {
  constructor(session, choices) {
    Object.assign(this, { session, choices });
    this.form = find("question");
    this.answer = find("answer");
    find("start").disabled = !choices.may_write;
    this.accident = new AccidentForm(this.form, choices, { onplace: (at, { isSite }) => { this.#mark(); if (isSite) { this.#look(at); } } });
    this.form.addEventListener("submit", (event) => { event.preventDefault(); void this.#start(); });
    find("pick").addEventListener("click", () => this.#pick());
    this.run = new JobRun({
      words: { waiting: t("drill.waiting"), cancelled: t("drill.cancelled"), failed: t("drill.failed"), working: (now) => t("drill.working", { step: this.choices.steps[now.message] ?? "…" }) },
      ondone: (id) => { window.location.hash = id; void this.#list(); }
    });
    this.course = new CoursePanel({ mayWrite: choices.may_write, pick: (words, take) => this.#pickPlace(words, take), onstate: (course, atS) => this.#play(course, atS), draws: (course) => this.#drawCourse(course) });
    window.addEventListener("hashchange", () => void this.#open(window.location.hash.slice(1)));
  }

  async start() {
    this.answer.replaceChildren(emptyAnswer());
    if (this.choices.own) {
      this.accident.take([this.choices.own.lon, this.choices.own.lat]); // an enterprise drills at its own site
    }
    void this.#list();
    await Promise.all([this.#startMap(), this.#open(window.location.hash.slice(1))]);
  }

  // -- the form

  #mark() {
    const at = this.accident?.place;
    if (at && !this.drill) {
      this.drawn?.set(null, at);
    }
  }

  #pick() {
    this.#pickPlace(t("drill.pick"), (at) => { this.#clear(); this.accident.take(at); });
  }

  #pickPlace(words, taken) {
    pickPlace(this.view, find("stage"), words, taken);
  }

  /** Takes a shown drill off the page, so that another may be stated. */
  #clear() {
    if (this.drill) {
      this.drill = null;
      this.course.close();
      window.history.replaceState(null, "", window.location.pathname);
      this.answer.replaceChildren(emptyAnswer());
    }
  }

  // -- the job

  async #start() {
    await this.run.start("/api/studio/drill", this.accident.values());
  }

  // -- what was found

  async #open(hash) {
    const [id, course] = hash.split("/");
    if (!id) {
      return;
    }
    if (this.drill?.id === id) {
      await this.course.open(course);
      return;
    }
    this.answer.replaceChildren(...skeleton(5, "row"));
    try {
      this.drill = await requestJson(`/api/studio/drill/runs/${encodeURIComponent(id)}`);
    } catch (error) {
      this.answer.replaceChildren(stateBlock({ icon: "warning", title: error.title, detail: error.detail, role: "alert" }));
      return;
    }
    showAnswer(this.answer, this.drill, { mayWrite: this.choices.may_write, onlook: (place) => this.#look(place), onremove: () => void this.#remove() });
    this.answer.append(alternativeTools(this.drill, (values) => this.#vary(values), this.choices.may_write), wallSwitch(this.drill.id));
    this.#draw();
    this.answer.scrollIntoView({ block: "start" });
    await this.course.show(this.drill, course);
  }

  // -- the course

  /** Draws what a course's map needs, or the drill again. */
  #drawCourse(course) {
    this.drawn?.set(course ? null : this.drill?.answer);
    this.moving?.show(course, this.drill?.answer);
  }

  #play(course, atS) {
    this.moving?.at(atS);
  }

  /** Fills the form with what a drill assumed, so that one thing may be changed. */
  #vary(values) {
    this.accident.set(values);
    this.form.scrollIntoView({ block: "start" });
  }

  #look({ lon, lat }) {
    this.view?.goTo({ lon, lat, zoom: CLOSE_ZOOM, padding: ROOM });
  }

  #draw() {
    if (this.drill && this.view) {
      if (!this.course.redraw()) {
        this.drawn.set(this.drill.answer);
      }
      this.view.fit(boundsOf(this.drill.answer), ROOM);
    }
  }

  async #remove() {
    try {
      await requestJson(`/api/studio/drill/runs/${this.drill.id}`, { method: "DELETE" });
    } catch (error) {
      showProblem(error);
      return;
    }
    this.#clear();
    this.drawn?.set(null);
    showToast({ title: t("drill.remove") });
    void this.#list();
  }

  async #list() {
    const place = find("drills");
    try {
      const { drills } = await requestJson("/api/studio/drill/runs");
      showCompare(find("compare"), drills);
      place.replaceChildren(drills.length === 0 ? el("p", { class: "muted" }, t("drill.empty")) : el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t("drill.drill") }, el("table", { class: "table" },
        el("thead", {}, el("tr", {}, ...["drill", "leaving", "made"].map((name) => el("th", { scope: "col" }, t(`drill.${name}`))))),
        el("tbody", {}, ...drills.map((row) => el("tr", {}, el("td", {}, el("a", { href: `#${row.id}` }, row.name), row.owner_name && !this.choices.own ? el("span", { class: "muted studio__facts drill__owner" }, row.owner_name) : null), el("td", { class: "figure" }, formatNumber(row.leaving)), el("td", {}, formatDate(row.created_at))))))));
    } catch (error) {
      place.replaceChildren(el("p", { class: "form-error", role: "alert" }, error.title));
    }
  }

  // -- the map

  async #startMap() {
    this.view = await studioMap(this.session.city.bbox, ROOM, () => {
      this.drawn.restore();
      this.moving.restore();
      this.#draw();
      this.#mark();
      if (this.choices.own && !this.drill) {
        this.#look(this.accident.place ?? this.choices.own);
      }
    });
    if (this.view) {
      this.drawn = new DrillMap(this.view);
      this.moving = new CourseMap(this.view);
    }
  }
}

startSessionMenu();
try {
  const [session, choices] = await Promise.all([requestJson("/api/session"), requestJson("/api/studio/drill")]);
  const page = new DrillPage(session, choices);
  listens();
  await page.start();
} catch (error) {
  listens();
  showProblem(error);
}
