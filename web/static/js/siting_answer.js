/* The answer of a siting study: what is proven, before and after, sites, gains, districts. */

import { el, stateBlock } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { curveOf } from "./siting_curve.js";

const LISTED = 50;
const whole = (value) => formatNumber(Math.round(value));
const minutes = (seconds) => (seconds === null ? "—" : t("siting.minutes", { n: (seconds / 60).toFixed(1) }));
const percent = (share) => `${(100 * share).toFixed(2)} %`;
const NONE = new Set(["infeasible"]);

function table(label, heads, rows, kind = "") {
  return el("div", { class: `table-scroll ${kind}`.trim(), tabindex: 0, role: "region", "aria-label": label }, el("table", { class: "table" },
    el("thead", {}, el("tr", {}, ...heads.map((head, n) => el("th", { scope: "col", class: n ? "is-number" : null }, head)))),
    el("tbody", {}, ...rows.map(([first, ...others]) => el("tr", {}, el("th", { scope: "row" }, first), ...others.map((cell) => el("td", { class: "is-number figure" }, cell)))))));
}

function proof({ answer, words }) {
  const isNone = NONE.has(answer.status) || answer.objective === null;
  const facts = answer.objective === null ? null : el("dl", { class: "keys siting__facts" },
    ...[[words.objective, formatNumber(Math.round(answer.objective * 100) / 100)],
      [t("siting.bound", { words: words.bound }), answer.bound === null ? "—" : formatNumber(Math.round(answer.bound * 100) / 100)],
      [t("siting.gap"), answer.gap === null ? "—" : percent(answer.gap)],
      [t("siting.time"), t("siting.seconds", { n: formatNumber(answer.solve_s ?? 0), method: answer.method })],
      [t("siting.reduction"), words.reduction || "—"]].flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  return [el("div", { class: `siting__proof${isNone ? " siting__proof--none" : ""}`, "data-status": answer.status },
    el("p", { class: "siting__status" }, `${words.status} · ${words.model}`), el("p", { id: "proof" }, words.proof)), facts];
}

function compared({ answer, question }) {
  const { before, after, demand } = answer;
  if (after === null) {
    return null;
  }
  const covered = (facts) => `${whole(facts.covered)} · ${percent(demand.total ? facts.covered / demand.total : 0)}`;
  return table(t("siting.after"), ["", t("siting.before"), t("siting.after")], [
    [t("siting.covered", { n: formatNumber(question.standard_s / 60) }), covered(before), covered(after)],
    [t("siting.mean"), minutes(before.mean_s), minutes(after.mean_s)],
    [t("siting.p90"), minutes(before.p90_s), minutes(after.p90_s)],
    [t("siting.longest"), minutes(before.longest_s), minutes(after.longest_s)]
  ]);
}

function sites({ answer }, onlook) {
  const name = (site) => site.name ?? `${site.lon.toFixed(5)}, ${site.lat.toFixed(5)}`;
  const units = (site) => (site.units > 1 ? ` · ${t("siting.site.units", { n: site.units })}` : "");
  return [el("h2", {}, t("siting.sites", { n: answer.sites.length })), el("ol", { class: "siting__sites" }, ...answer.sites.map((site) => el("li", {},
    el("button", { type: "button", onclick: () => onlook(site) }, el("span", { class: "siting__mark siting__mark--chosen figure" }, String(site.rank)),
      el("span", {}, `${name(site)}${units(site)}`), el("span", { class: "muted" }, t("siting.site.gained", { n: whole(site.gained_alone) }), site.cost ? ` · ${t("siting.site.cost", { n: formatNumber(site.cost) })}` : ""))))),
  answer.spent === null || answer.spent === undefined ? null : el("p", { id: "spent" }, t("siting.spent", { n: formatNumber(answer.spent), of: formatNumber(answer.budget) }))];
}

function gained({ answer }) {
  const { gained: found } = answer;
  if (found.points === 0) {
    return [el("h2", {}, t("siting.gained", { n: 0 })), el("p", { class: "muted" }, t("siting.gained.none"))];
  }
  const rows = found.first.slice(0, LISTED);
  const time = (seconds) => (seconds === null ? t("siting.beyond") : minutes(seconds));
  return [el("h2", {}, t("siting.gained", { n: formatNumber(found.points) })), el("p", { class: "muted siting__facts" }, t("siting.gained.first", { n: rows.length })),
    table(t("siting.gained", { n: formatNumber(found.points) }), [t("siting.name"), t("siting.weight"), t("siting.was"), t("siting.now")],
      rows.map((row) => [row.name ?? row.code ?? String(row.id), whole(row.weight), time(row.before_s), time(row.after_s)]), "siting__long")];
}

function districts({ answer, question }) {
  const share = (part, line) => percent(line.total ? part / line.total : 0);
  const own = question.district_floors ?? {};
  const floors = [question.floor, ...Object.values(own)].some((floor) => floor > 0);
  const heads = ["siting.district", "siting.weight", "siting.before", "siting.after", ...(floors ? ["siting.floor"] : [])].map((name) => t(name));
  return [el("h2", {}, t("siting.districts")), table(t("siting.districts"), heads, answer.districts.map((line) => [line.name, whole(line.total), share(line.before, line), share(line.after, line),
    ...(floors ? [percent(own[line.code] ?? question.floor)] : [])]))];
}

/** Fills `place` with a study; `onlook(site)` shows a site on the map, `onremove()` removes the study. */
export function showAnswer(place, study, { onlook, onremove, mayWrite }) {
  const { answer, question } = study;
  const { demand } = answer;
  const facts = el("p", { class: "muted siting__facts" },
    t("siting.demand", { points: formatNumber(demand.points), total: whole(demand.total), candidates: formatNumber(answer.candidates), existing: formatNumber(answer.existing_count) }), " ",
    t("siting.left_out", { road: formatNumber(demand.off_road), zero: formatNumber(demand.weightless), reach: formatNumber(demand.out_of_reach) }));
  const used = study.words.candidates ? el("p", { class: "siting__facts", id: "candidates-used" }, study.words.candidates) : null;
  const has = answer.sites.length > 0 || answer.objective !== null;
  const curve = answer.curve.length > 1 ? [el("h2", {}, t(`siting.curve.head.${answer.curve_of?.x ?? "sites"}`)), curveOf(answer, question)] : [];
  place.replaceChildren(...[el("h2", {}, study.name), el("p", { class: "muted siting__facts", id: "asked" }, study.words.asked), ...proof(study), used, facts,
    ...(study.words.feasible ? [el("p", { id: "feasible" }, study.words.feasible)] : []),
    // Of a study without an answer the curve is shown all the same: it tells with how much more there is one.
    ...(has ? [compared(study), ...sites(study, onlook), ...curve, ...districts(study), ...gained(study)] : curve),
    el("div", { class: "button-row" }, el("a", { class: "button button--small", href: `/api/siting/studies/${study.id}/geojson` }, t("siting.geojson")),
      mayWrite ? el("button", { type: "button", class: "button button--small", onclick: onremove }, t("siting.remove")) : null)].filter(Boolean));
}

export const emptyAnswer = () => stateBlock({ title: t("siting.empty"), detail: t("siting.empty.detail") });
