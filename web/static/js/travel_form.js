/* The question of travel time: kind, how many, profile, hour, duty. */

import { el } from "./dom.js";
import { lang, t } from "./i18n.js";

const KINDS = ["rescue_station", "fire_station", "hospital", "shelter", "rescue_team", "supplies_depot"];
const PROFILES = ["car", "emergency"]; // the first is the one that dispatch ranks stations by
const COUNTS = [3, 5, 10];
const DAY_MS = 86_400_000;

const two = (value) => String(value).padStart(2, "0");

/** The names of the weekdays, Monday first, with 1 to 7. */
function weekdays() {
  const format = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "zh-CN", { weekday: "long", timeZone: "UTC" });
  return Array.from({ length: 7 }, (_, position) => [String(position + 1), format.format(new Date(Date.UTC(2024, 0, 1 + position)))]);
}

/** The next such weekday and hour by this computer's clock, as local time without a zone. */
export function nextAt(weekday, hour, now = new Date()) {
  for (let ahead = 0; ahead <= 7; ahead += 1) {
    const day = new Date(now.getTime() + ahead * DAY_MS);
    const isPast = ahead === 0 && hour <= now.getHours();
    if ((day.getDay() || 7) === weekday && !isPast) {
      return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}T${two(hour)}:00`;
    }
  }
  return null;
}

function select(name, label, choices, chosen) {
  return el("label", { class: "travel-field" }, el("span", { class: "muted" }, label),
    el("select", { class: "select select--small", name }, choices.map(([value, words]) =>
      el("option", { value, selected: value === chosen }, words))));
}

export class TravelForm {
  /** `layers` that may be covered; `onchange()` after any answer was changed. */
  constructor({ layers, onchange }) {
    const objects = layers.filter((layer) => layer.geometry === "point").map((layer) => [layer.id, layer.title]);
    this.of = select("of", t("coverage.of"), objects, "elevator");
    this.kind = select("kind", t("travel.kind"), KINDS.map((kind) => [kind, t(`kind.${kind}`)]), KINDS[0]);
    this.k = select("k", t("travel.count"), COUNTS.map((n) => [String(n), t("travel.count.n", { n })]), "5");
    this.hour = el("div", { class: "travel-hour", hidden: true },
      select("weekday", t("travel.weekday"), weekdays(), String(new Date().getDay() || 7)),
      select("hour", t("travel.hour"), Array.from({ length: 24 }, (_, hour) => [String(hour), `${two(hour)}:00`]), "18"));
    this.duty = el("label", { class: "choice" }, el("input", { type: "checkbox", name: "on_duty", value: "1", checked: true }), t("travel.on_duty"));
    this.element = el("form", { class: "travel-form", onsubmit: (event) => event.preventDefault(), onchange: () => { this.#show(); onchange(); } },
      this.of, this.kind, this.k,
      select("profile", t("travel.profile"), PROFILES.map((profile) => [profile, t(`profile.${profile}`)]), PROFILES[0]),
      select("when", t("travel.when"), [["now", t("travel.now")], ["pick", t("travel.pick")]], "now"),
      this.hour, this.duty);
  }

  #show() {
    this.hour.hidden = new FormData(this.element).get("when") !== "pick";
  }

  /** Shows the fields of a mode: "nearest", "isochrone" or "coverage". */
  setMode(mode) {
    this.of.hidden = mode !== "coverage";
    this.k.hidden = mode !== "nearest";
    this.kind.hidden = mode === "isochrone";
    this.duty.hidden = mode === "isochrone";
    this.kind.querySelector("span").textContent = t(mode === "coverage" ? "coverage.by" : "travel.kind");
  }

  /** The values of a request, in the server's names. */
  get values() {
    const given = new FormData(this.element);
    const at = given.get("when") === "pick" ? nextAt(Number(given.get("weekday")), Number(given.get("hour"))) : null;
    return { of: given.get("of"), kind: given.get("kind"), k: given.get("k"), profile: given.get("profile"), at_time: at, on_duty: given.get("on_duty") };
  }
}
