/* The playback of a course: play and pause, a slider of time, speeds, keys, and throwing something in. */

import { clockOf } from "./course_answer.js";
import { injectFields } from "./course_injects.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";

const SPEEDS = [10, 30, 60, 120, 300];
const USUAL = 60;
const STEP_S = 10;
const FAST_STEP_S = 60;
const EVERY_MS = 80;

export class CoursePlayer {
  /** `onat(seconds)` gives the words of the moment; `onthrow(inject)` is told what is thrown in; `onclose()` leaves the playback. */
  constructor(place, { onat, onthrow, onclose, pick, mayWrite }) {
    Object.assign(this, { place, onat, onthrow, onclose, pick, mayWrite });
    this.isPlaying = false;
    document.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Shows the controls of a course with the teams that may break down. */
  show({ answer, happens_at: happensAt, teams, injects }, atS = 0) {
    this.ends = Math.max(answer.ends_s ?? 0, 1);
    this.begins = new Date(happensAt);
    this.button = el("button", { type: "button", class: "button button--primary player__play", onclick: () => this.toggle() });
    this.slider = el("input", { class: "player__slider", type: "range", min: 0, max: Math.ceil(this.ends), step: 1, "aria-label": t("course.slider"), oninput: () => this.go(Number(this.slider.value)) });
    this.speed = el("select", { class: "select select--small", "aria-label": t("course.speed") }, SPEEDS.map((n) => el("option", { value: n, selected: n === USUAL }, t("course.times", { n }))));
    this.clock = el("output", { class: "player__clock figure" });
    this.words = el("p", { class: "player__words" });
    this.place.replaceChildren(
      el("div", { class: "player__row" }, this.button, this.slider, this.clock, this.speed, el("button", { type: "button", class: "button button--small", onclick: () => this.onclose() }, t("course.close"))),
      el("div", { class: "player__row" }, this.words, this.mayWrite ? this.#thrower(teams, injects) : null), el("p", { class: "player__keys muted" }, t("course.keys")));
    this.place.hidden = false;
    this.pause();
    this.go(atS);
  }

  close() {
    this.pause();
    this.place.hidden = true;
    this.place.replaceChildren();
  }

  toggle() {
    if (this.isPlaying) {
      this.pause();
    } else {
      this.play();
    }
  }

  play() {
    if (this.atS >= this.ends) {
      this.go(0);
    }
    this.isPlaying = true;
    this.#name();
    let before = performance.now();
    this.timer = window.setInterval(() => {
      const now = performance.now();
      this.go(this.atS + (Number(this.speed.value) * (now - before)) / 1000);
      before = now;
      if (this.atS >= this.ends) {
        this.pause();
      }
    }, EVERY_MS);
  }

  pause() {
    window.clearInterval(this.timer);
    this.isPlaying = false;
    if (this.button) {
      this.#name();
    }
  }

  /** Shows a second of the course. */
  go(atS) {
    this.atS = Math.min(Math.max(atS, 0), this.ends);
    this.slider.value = String(Math.round(this.atS));
    const local = new Date(this.begins.getTime() + 1000 * this.atS).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false });
    this.slider.setAttribute("aria-valuetext", t("course.now", { minutes: clockOf(this.atS), clock: local }));
    this.clock.replaceChildren(el("strong", {}, clockOf(this.atS)), el("span", { class: "muted" }, ` ${local}`));
    this.words.textContent = this.onat(this.atS);
  }

  #name() {
    this.button.textContent = t(this.isPlaying ? "course.pause" : "course.play");
  }

  /** A menu of what may be thrown in at this second. */
  #thrower(teams, injects) {
    const box = el("div", { class: "player__fields" });
    const menu = el("details", { class: "player__throw" }, el("summary", { class: "button button--small" }, t("course.throw")),
      el("div", { class: "player__menu" }, el("div", { class: "button-row" }, ...injects.map(({ id, title }) => el("button", { type: "button", class: "button button--small", onclick: () => choose(id, title) }, title))), box));
    const choose = (kind, title) => {
      this.pause();
      const fields = injectFields(kind, { teams, pick: this.pick });
      const go = el("button", { type: "button", class: "button button--small button--primary", onclick: () => {
        menu.open = false;
        box.replaceChildren();
        this.onthrow({ kind, minute: this.atS / 60, ...fields.values() });
      } }, t("course.go"));
      box.replaceChildren(el("p", {}, `${title} · ${t("course.at", { minutes: clockOf(this.atS) })}`), fields.element, go);
      fields.element.querySelector("button, select")?.focus();
    };
    return menu;
  }

  #onKey(event) {
    if (this.place.hidden || event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input:not([type=range]), select, textarea, button, summary, a, .map")) {
      return;
    }
    const step = event.shiftKey ? FAST_STEP_S : STEP_S;
    const act = { " ": () => this.toggle(), ArrowLeft: () => this.go(this.atS - step), ArrowRight: () => this.go(this.atS + step), Home: () => this.go(0), End: () => this.go(this.ends) }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  }
}
