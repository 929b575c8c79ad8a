/* Alternatives of a drill: one is taken as the beginning of another, and some are set side by side. */

import "./words/drill_alternatives.js";
import { requestJson } from "./api.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { showProblem, showToast } from "./toast.js";

const ZERO_C_K = 273.15;
/** Field of the form → field of the accident, and how its SI figure is written there. */
const RELEASE = {
  rate_kg_s: ["rate_kg_s", 1, 0], hole_mm: ["hole_diameter_m", 1e3, 0], pressure_kpa: ["pressure_pa", 1e-3, 0], head_m: ["head_m", 1, 0],
  stored_at_c: ["storage_temperature_k", 1, -ZERO_C_K], shut_off_min: ["shut_off_s", 1 / 60, 0], pool_area_m2: ["pool_area_m2", 1, 0],
  height_m: ["height_m", 1, 0], exposure_min: ["exposure_min", 1, 0]
};
const text = (value, factor = 1, plus = 0) => (value === null || value === undefined ? "" : String(Number((value * factor + plus).toPrecision(10))));
export const localTime = (iso) => new Date(Date.parse(iso) + 8 * 3600_000).toISOString().slice(0, 16); // Beijing, as the form takes it

/** "A" → "A (2)" → "A (3)": so that alternatives are told apart. */
function nextName(name) {
  const [, stem, n] = /^(.*?)(?: \((\d+)\))?$/.exec(name);
  return `${stem.slice(0, 74)} (${Number(n ?? 1) + 1})`;
}

/** What a drill assumed, by the fields of the form. */
export function formValues(question) {
  const release = Object.fromEntries(Object.entries(RELEASE).map(([field, [name, factor, plus]]) => [field, text(question.release?.[name], factor, plus)]));
  return {
    site_code: question.site_code ?? "", lon: text(question.lon), lat: text(question.lat), substance: question.substance, mass_t: text(question.mass_kg, 1e-3), kind: question.kind, ...release,
    wind_m_s: text(question.wind_speed_m_s), wind_from_deg: text(question.wind_from_deg), sky: question.sky ?? "", wind_uncertainty_deg: text(question.wind_uncertainty_deg),
    air_c: text(question.air_temperature_k, 1, -ZERO_C_K), terrain: question.terrain ?? "", at_time: localTime(question.at), name: nextName(question.name)
  };
}

/** Begins a rescue decision on a drill and goes to it. */
async function decide(drill) {
  try {
    const { url } = await requestJson("/api/decisions", { method: "POST", body: { drill: drill.id } });
    window.location.assign(url);
  } catch (error) {
    showProblem(error);
  }
}

/** Buttons of a drill that is open; `onvary(values)` fills the form. */
export function alternativeTools(drill, onvary, mayWrite) {
  return el("div", { class: "button-row" },
    mayWrite ? el("button", { type: "button", class: "button button--small", onclick: () => void decide(drill) }, t("drill.decide")) : null,
    el("a", { class: "button button--small", href: `/api/studio/drill/runs/${drill.id}/map`, download: "" }, t("drill.map_file")),
    el("button", { type: "button", class: "button button--small", onclick: () => { onvary(formValues(drill.question)); showToast({ title: t("drill.vary.note") }); } }, t("drill.vary")));
}

function comparison({ drills, measures, watermark }) {
  const head = (label, cells) => el("tr", {}, el("th", { scope: "row" }, label), ...cells.map((cell) => el("td", {}, cell)));
  const cell = (value, isBest) => el("td", { class: "is-number figure" }, value === null ? "—" : formatNumber(value), isBest ? el("span", { class: "badge" }, t("drill.compare.best")) : "");
  return el("div", { class: "table-scroll drill__compare", tabindex: 0, role: "region", "aria-label": t("drill.compare") }, el("table", { class: "table table--dense" },
    el("caption", {}, el("span", { class: "drill__mark" }, watermark)),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("drill.compare.measure")), ...drills.map((one) => el("th", { scope: "col" }, el("a", { href: `#${one.id}` }, one.name))))),
    el("tbody", {},
      head(t("drill.compare.at"), drills.map((one) => one.at)), head(t("drill.compare.accident"), drills.map((one) => one.accident)), head(t("drill.compare.weather"), drills.map((one) => one.weather)),
      ...measures.map((one) => el("tr", {}, el("th", { scope: "row" }, one.unit ? `${one.title}（${one.unit}）` : one.title), ...one.values.map((value, n) => cell(value, one.best.includes(n))))),
      head(t("drill.compare.lacking"), drills.map((one) => one.shortfalls.join(" ") || t("drill.compare.none"))))));
}

/** Offers the drills that were made to be set side by side. */
export function showCompare(place, drills) {
  if (drills.length < 2) {
    place.replaceChildren(el("p", { class: "muted" }, t("drill.compare.few")));
    return;
  }
  const found = el("div", { "aria-live": "polite" });
  const boxes = drills.slice(0, 20).map((row) => el("input", { type: "checkbox", value: row.id }));
  const go = async () => {
    const ids = boxes.filter((box) => box.checked).map((box) => box.value);
    try {
      found.replaceChildren(comparison(await requestJson(`/api/studio/drill/compare?ids=${ids.join(",")}`)));
    } catch (error) {
      showProblem(error);
    }
  };
  place.replaceChildren(
    el("fieldset", { class: "drill__pick" }, el("legend", {}, t("drill.compare.pick")), ...boxes.map((box, n) => el("label", { class: "tick" }, box, ` ${drills[n].name}`))),
    el("div", { class: "button-row" }, el("button", { type: "button", class: "button button--small", onclick: () => void go() }, t("drill.compare.go"))), found);
}
