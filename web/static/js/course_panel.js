/* The course of a drill in the panel: what is asked, the courses made, what one found, and its playback. */

import "./words/course.js";
import { requestJson } from "./api.js";
import { EventList, bandsOf, clockOf, figuresOf } from "./course_answer.js";
import { injectFields } from "./course_injects.js";
import { CoursePlayer } from "./course_player.js";
import { takeIntoPlan } from "./course_to_plan.js";
import { el, skeleton, stateBlock } from "./dom.js";
import { formatDate, formatNumber, t } from "./i18n.js";
import { JobRun } from "./job_run.js";
import { showProblem, showToast } from "./toast.js";

const MANY = 1000;
const find = (id) => document.getElementById(id);
const notesOf = (title, lines) => (lines.length === 0 ? null : el("details", {}, el("summary", {}, title), el("ul", { class: "drill__notes" }, ...lines.map((line) => el("li", {}, line)))));

export class CoursePanel {
  /** `pick(words, take)` asks for a place; `draws(course)` lays a course on the map, null the drill; `onstate(course, seconds)` shows a second. */
  constructor({ mayWrite, pick, draws, onstate }) {
    Object.assign(this, { mayWrite, pick, draws, onstate });
    this.form = find("course-form");
    this.form.hidden = !mayWrite;
    this.planned = [];
    this.form.addEventListener("submit", (event) => { event.preventDefault(); void this.#start(this.#asked()); });
    this.player = new CoursePlayer(find("player"), { pick, mayWrite, onat: (atS) => this.#at(atS), onthrow: (inject) => void this.#throw(inject), onclose: () => this.#leave() });
    this.run = new JobRun({
      prefix: "course-",
      words: { waiting: t("course.waiting"), cancelled: t("course.cancelled"), failed: t("course.failed"), working: (now) => t("course.working", { step: this.choices?.progress[now.message] ?? "…" }) },
      ondone: (id) => { window.location.hash = `${this.drill.id}/${id}`; void this.#list(); }
    });
  }

  /** Shows the section for a drill, and a course of it when one is named. */
  async show(drill, course) {
    this.close();
    this.drill = drill;
    try {
      this.choices ??= await requestJson("/api/studio/drill/course");
    } catch (error) {
      showProblem(error);
      return;
    }
    this.teams = drill.answer.teams.map((one) => [`t${one.id}`, `${one.name ?? one.code} · ${drill.words.kinds[one.kind]}`]);
    this.planned = [];
    this.#fill();
    find("course").hidden = false;
    await Promise.all([this.#list(), this.open(course)]);
  }

  close() {
    find("course").hidden = true;
    find("course-answer").replaceChildren();
    this.drill = null;
    this.#forget();
  }

  // -- what is asked

  #fill() {
    const { steps, numbers, injects } = this.choices;
    const points = ["low", "mode", "high"];
    find("course-steps").replaceChildren(
      el("table", { class: "table table--dense" }, el("thead", {}, el("tr", {}, ...["step", ...points].map((name) => el("th", { scope: "col" }, t(`course.${name}`))))),
        el("tbody", {}, ...steps.map((step) => el("tr", {}, el("th", { scope: "row" }, step.title, " ", el("span", { class: "muted" }, step.unit)),
          ...points.map((name, n) => el("td", {}, el("input", { class: "input course__point", inputmode: "decimal", value: step.points[n], "data-step": step.id, "aria-label": t("course.point", { step: step.title, point: t(`course.${name}`), unit: step.unit }) }))))))),
      el("div", { class: "course__asked" }, ...numbers.map((one) => el("label", { class: "field" }, el("span", { class: "field__label" }, one.title), el("input", { class: "input", inputmode: "numeric", value: one.value, "data-number": one.id })))));
    find("course-add").replaceChildren(...injects.map(({ id, title }) => el("button", { type: "button", class: "button button--small", onclick: () => this.#plan(id, title) }, `+ ${title}`)));
    this.#listPlanned();
  }

  #plan(kind, title) {
    const minute = el("input", { class: "input course__minute", inputmode: "decimal", value: "10" });
    const fields = injectFields(kind, { teams: this.teams, pick: this.pick });
    const one = { read: () => ({ kind, minute: minute.value, ...fields.values() }) };
    one.element = el("li", { class: "course__inject" }, el("strong", {}, title),
      el("label", { class: "field" }, el("span", { class: "field__label" }, t("course.minute")), minute), fields.element,
      el("button", { type: "button", class: "button button--small", onclick: () => { this.planned = this.planned.filter((other) => other !== one); this.#listPlanned(); } }, t("course.drop")));
    this.planned.push(one);
    this.#listPlanned();
    minute.focus();
  }

  #listPlanned() {
    find("course-injects").replaceChildren(...(this.planned.length > 0 ? this.planned.map(({ element }) => element) : [el("li", { class: "muted" }, t("course.planned.none"))]));
  }

  #asked() {
    const steps = {};
    for (const input of find("course-steps").querySelectorAll("[data-step]")) {
      (steps[input.dataset.step] ??= []).push(input.value.trim());
    }
    for (const input of find("course-steps").querySelectorAll("[data-number]")) {
      steps[input.dataset.number] = input.value.trim();
    }
    return { seed: this.form.elements.seed.value, runs: this.form.elements.runs.value, steps, injects: this.planned.map((one, n) => ({ number: n + 1, ...one.read() })) };
  }

  async #start(asked) {
    await this.run.start(`/api/studio/drill/runs/${this.drill.id}/courses`, asked);
  }

  /** What a course was asked, to be asked again with something changed. */
  #again(changes) {
    const { answer } = this.course;
    const factors = new Set(this.choices.steps.filter(({ unit }) => unit === "倍" || unit === "×").map(({ id }) => id));
    const steps = Object.fromEntries(Object.entries(answer.steps).map(([id, value]) => [id, Array.isArray(value) ? value.map((n) => n / (factors.has(id) ? 1 : 60)) : value]));
    const injects = answer.injects.map(({ number, kind, at_s: atS, lon, lat, wind_from_deg: wind, team, of }) => ({ number, kind, minute: atS / 60, lon, lat, wind_from_deg: wind, team, of }));
    return { seed: answer.seed, runs: 1, steps, injects, ...changes(injects) };
  }

  /** Throws something in at the second that is played: the course is worked out anew from there. */
  async #throw(inject) {
    this.resumeAt = this.player.atS;
    const before = this.course.id;
    await this.#start(this.#again((injects) => ({ injects: [...injects, { ...inject, number: Math.max(0, ...injects.map(({ number }) => number)) + 1 }] })));
    if (window.location.hash.endsWith(before)) {
      this.resumeAt = null; // it was refused, or cancelled
      find("course-refusal").scrollIntoView({ block: "center" });
    } else {
      showToast({ title: t("course.recomputed", { minutes: clockOf(this.resumeAt ?? 0) }) });
    }
  }

  // -- courses made

  async #list() {
    const place = find("courses");
    try {
      const { courses } = await requestJson(`/api/studio/drill/runs/${this.drill.id}/courses`);
      const made = (iso) => `${formatDate(iso)} ${new Date(iso).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false })}`;
      const minutes = (seconds) => (seconds === null ? "—" : t("course.min", { n: (seconds / 60).toFixed(1) }));
      place.replaceChildren(...(courses.length === 0 ? [] : [el("h3", {}, t("course.made")), el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t("course.made") }, el("table", { class: "table table--dense" },
        el("thead", {}, el("tr", {}, ...["made", "seed", "count", "first", "done"].map((name) => el("th", { scope: "col" }, t(name === "made" ? "drill.made" : `course.${name}`))))),
        el("tbody", {}, ...courses.map((row) => el("tr", {}, el("td", {}, el("a", { href: `#${this.drill.id}/${row.id}` }, made(row.created_at)), row.is_in_report ? el("span", { class: "badge" }, t("course.report.is")) : null), el("td", { class: "figure" }, `${row.seed}${row.runs > 1 ? ` × ${formatNumber(row.runs)}` : ""}`),
          el("td", { class: "figure" }, String(row.injects)), el("td", { class: "figure" }, minutes(row.figures.first_on_site_s)), el("td", { class: "figure" }, minutes(row.figures.zone_evacuated_s)))))))]));
    } catch (error) {
      place.replaceChildren(el("p", { class: "form-error", role: "alert" }, error.title));
    }
  }

  /** Opens a course to play it; nothing named shows the drill again. */
  async open(id) {
    if (!id || !this.drill) {
      this.#forget();
      return;
    }
    const place = find("course-answer");
    place.replaceChildren(...skeleton(4, "row"));
    try {
      this.course = await requestJson(`/api/studio/drill/courses/${encodeURIComponent(id)}`);
    } catch (error) {
      place.replaceChildren(stateBlock({ icon: "warning", title: error.title, detail: error.detail, role: "alert" }));
      return;
    }
    this.events = new EventList(this.course, (atS) => { this.player.pause(); this.player.go(atS); });
    this.bands = bandsOf(this.course);
    this.draws(this.course.answer);
    const { answer } = this.course;
    const stands = Object.entries(answer.names).filter(([key, one]) => key.startsWith("t") && one.is_reserve).map(([key, one]) => [key, one.name]);
    this.#render(place);
    this.player.show({ answer, happens_at: this.course.happens_at, teams: [...this.teams, ...stands], injects: this.choices.injects }, this.resumeAt ?? 0);
    if (this.resumeAt === null || this.resumeAt === undefined) {
      find("course-title").scrollIntoView({ block: "start" });
    } else {
      this.player.play();
    }
    this.resumeAt = null;
  }

  #render(place) {
    const { answer, words, id } = this.course;
    place.replaceChildren(...[
      figuresOf(this.course), ...this.bands.elements,
      this.mayWrite && !answer.bands ? el("div", { class: "button-row" }, el("button", { type: "button", class: "button", onclick: () => void this.#start(this.#again(() => ({ runs: MANY }))) }, t("course.more"))) : null,
      words.injects.length > 0 ? el("div", {}, el("h3", {}, t("course.injects")), el("ul", { class: "drill__notes" }, ...words.injects.map((line, n) => el("li", {}, el("span", { class: "figure" }, clockOf(answer.injects[n].at_s)), " ", line)))) : null,
      this.events.element, notesOf(t("course.steps.assumed"), words.assumed), notesOf(t("course.notes"), words.notes),
      el("div", { class: "button-row" },
        el("a", { class: "button button--small", href: `/ogc/drills/${id}/collections`, target: "_blank" }, t("course.ogc")),
        this.mayWrite ? el("button", { type: "button", class: "button button--small", "aria-pressed": String(this.course.is_in_report), onclick: () => void this.#intoReport(place) }, t(this.course.is_in_report ? "course.report.out" : "course.report.in")) : null,
        this.mayWrite && answer.bands ? el("button", { type: "button", class: "button button--small", onclick: () => void takeIntoPlan(this.course).catch(showProblem) }, t("course.plan")) : null,
        this.mayWrite ? el("button", { type: "button", class: "button button--small", onclick: () => void this.#remove() }, t("course.remove")) : null)
    ].filter(Boolean));
  }

  /** Puts this course into the drill's report, or takes it out again. */
  async #intoReport(place) {
    try {
      const { is_in_report: isIn } = await requestJson(`/api/studio/drill/courses/${this.course.id}/report`, { method: "PUT", body: { is_in_report: !this.course.is_in_report } });
      this.course.is_in_report = isIn;
      showToast({ title: t(isIn ? "course.report.done" : "course.report.undone") });
    } catch (error) {
      showProblem(error);
      return;
    }
    this.#render(place);
    void this.#list();
  }

  async #remove() {
    try {
      await requestJson(`/api/studio/drill/courses/${this.course.id}`, { method: "DELETE" });
    } catch (error) {
      showProblem(error);
      return;
    }
    showToast({ title: t("course.removed") });
    this.#leave();
    void this.#list();
  }

  // -- playing

  /** Shows a second everywhere and gives the words of its last event. */
  #at(atS) {
    this.onstate(this.course.answer, atS);
    this.bands.at(atS);
    return this.events.at(atS);
  }

  /** Draws again what is shown, on a map that has just been loaded; false when no course is. */
  redraw() {
    if (!this.course) {
      return false;
    }
    this.draws(this.course.answer);
    this.onstate(this.course.answer, this.player.atS);
    return true;
  }

  #leave() {
    window.location.hash = this.drill.id;
    this.#forget();
  }

  #forget() {
    if (this.course) {
      this.course = null;
      this.player.close();
      find("course-answer").replaceChildren();
      this.draws(null);
    }
  }
}
