/* Fields of what is thrown into a course: a road on the map, a direction, or a team. */

import "./words/course.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";

const DIRECTIONS = [0, 45, 90, 135, 180, 225, 270, 315];

/** The fields of one kind; `values()` are what the server is told, `given` what they begin with. */
export function injectFields(kind, { teams, pick, given = {} }) {
  if (kind === "road") {
    let at = given.lon === undefined || given.lon === null ? null : [given.lon, given.lat];
    const words = () => (at ? t("course.road.set", { lon: at[0].toFixed(5), lat: at[1].toFixed(5) }) : t("course.road.unset"));
    const button = el("button", { type: "button", class: "button button--small", onclick: () => pick(t("course.road.pick"), (taken) => { at = taken; button.textContent = words(); button.focus(); }) }, words());
    return { element: el("div", { class: "field" }, el("span", { class: "field__label" }, t("course.road")), button), values: () => ({ lon: at?.[0] ?? "", lat: at?.[1] ?? "" }) };
  }
  if (kind === "stop") {
    return { element: el("p", { class: "muted" }, t("course.stop.note")), values: () => ({}) };
  }
  if (kind === "reopen") {
    const input = el("input", { class: "input course__minute", inputmode: "numeric", value: given.of ?? "1" });
    return { element: el("label", { class: "field" }, el("span", { class: "field__label" }, t("course.reopen.of")), input), values: () => ({ of: input.value.trim() }) };
  }
  const options = kind === "wind" ? DIRECTIONS.map((n) => [n, `${t(`course.from.${n}`)} ${n}°`]) : teams;
  const chosen = String(kind === "wind" ? given.wind_from_deg ?? 0 : given.team ?? "");
  const select = el("select", { class: "select select--small" }, options.map(([value, title]) => el("option", { value, selected: String(value) === chosen }, title)));
  const label = el("label", { class: "field" }, el("span", { class: "field__label" }, t(kind === "wind" ? "course.wind" : "course.team")), select);
  const element = kind === "wind" ? el("div", {}, label, el("p", { class: "muted" }, t("course.wind.note"))) : label;
  return { element, values: () => (kind === "wind" ? { wind_from_deg: select.value } : { team: select.value }) };
}
