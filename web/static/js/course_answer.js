/* What a course found: key times, bands over time, and the list of events that follows the playback. */

import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 420;
const HEIGHT = 150;
const ROOM = { left: 48, right: 10, top: 10, bottom: 24 };
const HELP = new Set(["alarm", "notified", "under_way", "on_site", "at_work", "ready", "delivered", "broken_down", "called_instead", "none_instead"]);
const THROWN = new Set(["road_closed", "wind_turned", "staging_moved", "broken_down", "called_instead", "none_instead", "turned_off", "cut_off", "sent_on", "no_place"]);
const minutes = (seconds) => (seconds === null || seconds === undefined ? "—" : (seconds / 60).toFixed(1));

/** Minutes and seconds after the accident. */
export function clockOf(seconds) {
  const whole = Math.max(Math.round(seconds), 0);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map((n) => String(n).padStart(2, "0")).join(":");
}

function draw(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** A table of key times: this run beside the quantiles. */
export function figuresOf({ answer, words }) {
  const { bands } = answer;
  const heads = [t("course.figure"), t("course.this"), ...(bands ? [t("course.p50"), t("course.p90")] : [])];
  const never = (name) => (bands?.figures[name].never > 0 ? el("span", { class: "muted studio__facts" }, ` ${t("course.never", { n: formatNumber(bands.figures[name].never) })}`) : null);
  return el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t("course.figures") }, el("table", { class: "table table--dense" },
    el("caption", { class: "course__caption" }, t("course.figures"), bands ? ` · ${t("course.runs", { n: formatNumber(answer.runs) })}` : ""),
    el("thead", {}, el("tr", {}, ...heads.map((head, n) => el("th", { scope: "col", class: n ? "is-number" : null }, head)))),
    el("tbody", {}, ...words.order.map((name) => el("tr", {},
      el("th", { scope: "row" }, words.figures[name], never(name)),
      el("td", { class: "is-number figure" }, minutes(answer.figures[name])),
      ...(bands ? ["p50", "p90"].map((q) => el("td", { class: "is-number figure" }, minutes(bands.figures[name][q]))) : []))))));
}

/** What this run's curve is: a count that steps at each of its events. */
function ownCurve(answer, signs, byPeople) {
  const seen = new Set();
  const found = [[0, 0]];
  for (const event of answer.events) {
    const sign = signs[event.what];
    if (!sign || (!byPeople && seen.has(event.key))) {
      continue;
    }
    seen.add(event.key);
    const before = found.at(-1)[1];
    found.push([event.at_s, before], [event.at_s, before + sign * (byPeople ? event.people : 1)]);
  }
  return found;
}

function band(answer, name, signs, byPeople) {
  const title = t(`course.band.${name === "people_out" ? "people" : "teams"}`);
  const [low, middle, high] = answer.bands[name];
  const at = answer.bands.at_s;
  const longest = at.at(-1);
  const most = Math.max(...high, 1);
  const x = (seconds) => ROOM.left + (WIDTH - ROOM.left - ROOM.right) * Math.min(seconds / longest, 1);
  const y = (value) => HEIGHT - ROOM.bottom - (HEIGHT - ROOM.top - ROOM.bottom) * (value / most);
  const path = (points) => points.map(([s, value], n) => `${n === 0 ? "M" : "L"}${x(s).toFixed(1)},${y(value).toFixed(1)}`).join("");
  const along = (values) => values.map((value, n) => [at[n], value]);
  const own = ownCurve(answer, signs, byPeople);
  own.push([longest, own.at(-1)[1]]);
  const half = Math.floor(at.length / 2);
  const label = t("course.band.label", { title, at: minutes(at[half]), n: formatNumber(middle[half]), low: formatNumber(low[half]), high: formatNumber(high[half]) });
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => draw("text", { x: x(share * longest), y: HEIGHT - 6, "text-anchor": share === 1 ? "end" : share === 0 ? "start" : "middle" }, String(Math.round((share * longest) / 60))));
  const head = draw("line", { class: "band__head", x1: x(0), x2: x(0), y1: ROOM.top, y2: HEIGHT - ROOM.bottom });
  const figure = el("figure", { class: "band" }, el("figcaption", {}, title),
    draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
      draw("line", { class: "band__grid", x1: ROOM.left, x2: WIDTH - ROOM.right, y1: y(0), y2: y(0) }),
      draw("line", { class: "band__grid", x1: ROOM.left, x2: WIDTH - ROOM.right, y1: y(most), y2: y(most) }),
      draw("text", { x: ROOM.left - 6, y: y(0) + 4, "text-anchor": "end" }, "0"), draw("text", { x: ROOM.left - 6, y: y(most) + 4, "text-anchor": "end" }, formatNumber(most)),
      ...marks, draw("path", { class: "band__spread", d: `${path(along(high))}${path(along(low).toReversed()).replace("M", "L")}Z` }),
      draw("path", { class: "band__middle", d: path(along(middle)) }), draw("path", { class: "band__own", d: path(own) }), head));
  return { figure, at: (seconds) => { head.setAttribute("x1", String(x(seconds))); head.setAttribute("x2", String(x(seconds))); } };
}

/** Two bands over time; `at(seconds)` moves their upright line. Without bands there are none. */
export function bandsOf({ answer }) {
  if (!answer.bands) {
    return { elements: [], at: () => {} };
  }
  const both = [band(answer, "people_out", { out: 1, sent_on: -1 }, true), band(answer, "teams_on_site", { on_site: 1 }, false)];
  return { elements: [...both.map(({ figure }) => figure), el("p", { class: "muted studio__facts" }, t("course.band.note"))], at: (seconds) => both.forEach((one) => one.at(seconds)) };
}

/** The events as a list to follow and to jump in; `onjump(seconds)` is told a chosen one. */
export class EventList {
  constructor({ answer, words }, onjump) {
    this.events = answer.events;
    this.current = -1;
    this.rows = words.events.map((text, n) => el("li", { class: "course__event", "data-group": this.#group(answer.events[n]) },
      el("button", { type: "button", class: "course__jump", onclick: () => onjump(answer.events[n].at_s) }, el("span", { class: "figure" }, clockOf(answer.events[n].at_s)), el("span", {}, text))));
    this.list = el("ol", { class: "course__events", tabindex: 0, "aria-label": t("course.events", { n: answer.events.length }) }, ...this.rows);
    const groups = ["all", "help", "evacuation", "happened"].filter((name) => name === "all" || this.rows.some((row) => row.dataset.group.includes(name)));
    this.element = el("div", {}, el("h3", {}, t("course.events", { n: formatNumber(answer.events.length) })),
      el("div", { class: "course__groups", role: "group", "aria-label": t("course.events", { n: formatNumber(answer.events.length) }) }, ...groups.map((name) => el("button", { type: "button", class: "button button--small", "aria-pressed": String(name === "all"), onclick: (event) => this.#choose(name, event.currentTarget) }, t(`course.${name}`)))),
      this.list);
  }

  #group({ what, key }) {
    return [HELP.has(what) || key.startsWith("t") ? "help" : "evacuation", THROWN.has(what) ? "happened" : ""].join(" ");
  }

  #choose(name, button) {
    for (const one of button.parentElement.children) {
      one.setAttribute("aria-pressed", String(one === button));
    }
    this.rows.forEach((row) => { row.hidden = name !== "all" && !row.dataset.group.includes(name); });
  }

  /** Marks the last event that has happened and gives its words. */
  at(seconds) {
    let last = this.events.length - 1;
    while (last >= 0 && this.events[last].at_s > seconds + 1e-6) {
      last -= 1;
    }
    if (last !== this.current) {
      this.rows.forEach((row, n) => row.classList.toggle("course__event--ahead", n > last));
      this.rows[this.current]?.firstChild.removeAttribute("aria-current");
      this.current = last;
      const row = this.rows[last];
      row?.firstChild.setAttribute("aria-current", "true");
      if (row && !row.hidden && !this.list.contains(document.activeElement)) {
        this.list.scrollTop = row.offsetTop - this.list.offsetTop - this.list.clientHeight / 2;
      }
    }
    return last >= 0 ? this.rows[last].lastChild.lastChild.textContent : "";
  }
}
