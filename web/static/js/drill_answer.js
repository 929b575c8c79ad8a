/* What a drill found, in lists: conclusions first, then zones, objects, help, shelters, what was assumed. */

import { el, stateBlock } from "./dom.js";
import { formatDate, formatNumber, t } from "./i18n.js";
import { knowledgeFor } from "./rescue_knowledge.js";

const LISTED = 50;
const minutes = (seconds) => t("drill.minutes", { n: (seconds / 60).toFixed(1) });

function table(label, heads, rows, kind = "") {
  return el("div", { class: `table-scroll ${kind}`.trim(), tabindex: 0, role: "region", "aria-label": label }, el("table", { class: "table table--dense" },
    el("thead", {}, el("tr", {}, ...heads.map((head, n) => el("th", { scope: "col", class: n ? "is-number" : null }, head)))),
    el("tbody", {}, ...rows.map(([first, ...others]) => el("tr", {}, el("th", { scope: "row" }, first), ...others.map((cell) => el("td", { class: "is-number figure" }, cell)))))));
}

const folded = (title, ...content) => el("details", {}, el("summary", {}, title), ...content);

function conclusions({ answer, words }) {
  const { people, roads, evacuation: evacuation, teams } = answer;
  const first = teams.filter(({ kind }) => kind !== "hospital").map((one) => one.travel_time_s);
  const fact = (value, label, detail = null) => el("li", {}, el("strong", {}, value), el("span", { class: "muted" }, label), detail ? el("span", { class: "muted studio__facts" }, ` ${detail}`) : null);
  return [
    el("p", {}, el("strong", {}, words.accident), el("br"), el("span", { class: "muted" }, words.weather)),
    el("ul", { class: "drill__facts" },
      fact(formatNumber(people.leaving), t("drill.people"), t("drill.residents", { residents: formatNumber(people.residents), employees: formatNumber(people.employees) })),
      fact(t("drill.km", { n: (roads.length_m / 1000).toFixed(1) }), t("drill.roads")),
      fact(first.length > 0 ? minutes(Math.min(...first)) : "—", t("drill.arrives")),
      fact(formatNumber(evacuation.placed), t("drill.placed")),
      fact(evacuation.last_s === null ? "—" : minutes(evacuation.last_s), t("drill.last")),
      fact(formatNumber(answer.inside.elevator.count), words.subjects.elevator)),
    words.shortfalls.length === 0 ? el("p", { class: "drill__enough" }, t("drill.enough"))
      : el("section", { "aria-label": t("drill.lacking") }, el("h2", {}, t("drill.lacking")), el("ul", { class: "drill__lacking" }, ...words.shortfalls.map((line) => el("li", {}, line))))];
}

function zones({ words }) {
  return [el("h2", {}, t("drill.zones")), table(t("drill.zones"), [t("drill.zone"), t("drill.distance"), t("drill.level")],
    words.zones.map((zone) => [el("span", { title: zone.model }, `${zone.effect} · ${zone.measure}`), zone.distance, zone.level]), "drill__long"),
  words.guide.length > 0 ? el("ul", { class: "drill__notes" }, ...words.guide.map((line) => el("li", {}, line))) : null];
}

function objects({ answer, words }, onlook) {
  const subjects = words.order.map((subject) => [subject, answer.inside[subject]]);
  const name = (row) => el("button", { type: "button", class: "link-button", onclick: () => onlook(row) }, row.name ?? row.code);
  const list = ([subject, found]) => {
    const title = `${words.subjects[subject]} · ${formatNumber(found.count)}`;
    const rows = found.rows.slice(0, LISTED);
    return found.count === 0 ? null : folded(title, rows.length < found.count ? el("p", { class: "muted studio__facts" }, t("drill.listed", { n: rows.length })) : null,
      table(title, [t("drill.name"), t("drill.level"), t("drill.many")], rows.map((row) => [name(row), words.levels[row.level], row.many === null ? "—" : formatNumber(row.many)]), "drill__long"));
  };
  return [el("h2", {}, t("drill.objects")),
    table(t("drill.objects"), [t("drill.object"), t("drill.count"), t("drill.of_level")], subjects.map(([subject, found]) => [words.subjects[subject], formatNumber(found.count), found.by_level.map((n) => formatNumber(n)).join(" / ")])),
    ...subjects.map(list),
    answer.own_dangers.length === 0 ? null : folded(`${t("drill.own")} · ${answer.own_dangers.length}`, table(t("drill.own"), [t("drill.name"), t("drill.due")], answer.own_dangers.map((row) => [row.name, formatDate(row.due_at)]), "drill__long"))];
}

function help({ answer, words }, onlook) {
  const place = (one, label) => el("button", { type: "button", class: "link-button", onclick: () => onlook(one) }, label);
  const rows = answer.teams.map((one) => [place(one, one.name ?? one.code), words.kinds[one.kind], el("span", {}, minutes(one.travel_time_s), one.is_late ? el("span", { class: "badge" }, t("drill.late")) : null)]);
  const where = (one) => t(one.is_upwind ? "drill.upwind" : "drill.not_upwind");
  return [el("h2", {}, t("drill.help")), rows.length > 0 ? table(t("drill.help"), [t("drill.name"), t("drill.kind"), t("drill.time")], rows, "drill__long") : null,
    el("p", { class: "muted studio__facts" }, t("drill.help.hospital")), ...supplies(answer, place),
    el("ul", { class: "drill__notes" }, ...answer.staging.map((one, at) => el("li", {}, place(one, t("drill.staging.one", { n: at + 1, m: formatNumber(one.distance_m), where: where(one) }))))),
    folded(`${t("drill.streets")} · ${answer.roads.streets.length}`, table(t("drill.streets"), [t("drill.name"), t("drill.length")], answer.roads.streets.map((one) => [one.name, t("drill.km", { n: (one.length_m / 1000).toFixed(1) })]), "drill__long"))];
}

/** What each stock sends; drills made before supplies were chosen have none to show. */
function supplies({ supplies: found = [], supplies_wanted: wanted = [] }, place) {
  const amount = (n, unit) => `${formatNumber(n)} ${unit}`;
  const rows = found.map((one) => [place(one, one.name), one.kept_at ?? "—", amount(one.quantity, one.unit), el("span", {}, minutes(one.travel_time_s), one.is_late ? el("span", { class: "badge" }, t("drill.late")) : null)]);
  return wanted.length === 0 ? [] : [el("h3", {}, t("drill.supplies")),
    el("p", { class: "muted studio__facts" }, t("drill.supplies.wanted", { list: wanted.map((one) => `${one.type} ${amount(one.quantity, one.unit)}`).join("、") })),
    rows.length > 0 ? table(t("drill.supplies"), [t("drill.name"), t("drill.kept_at"), t("drill.quantity"), t("drill.time")], rows, "drill__long") : el("p", { class: "muted" }, t("drill.supplies.none"))];
}

function shelters({ answer }, onlook) {
  const { evacuation: found } = answer;
  if (found.shelters.length === 0) {
    return [];
  }
  const names = new Map(found.shelters.map((one, at) => [one.id, `${at + 1} ${one.name ?? one.code}`]));
  const place = (one) => el("button", { type: "button", class: "link-button", onclick: () => onlook(one) }, names.get(one.id));
  return [el("h2", {}, t("drill.shelters")),
    table(t("drill.shelters"), [t("drill.shelter"), t("drill.of_capacity")], found.shelters.map((one) => [place(one), `${formatNumber(one.people)} / ${formatNumber(one.capacity)}`]), "drill__long"),
    folded(`${t("drill.flows")} · ${found.flows.length}`, table(t("drill.flows"), [t("drill.from"), t("drill.to"), t("drill.many"), t("drill.time")],
      found.flows.slice(0, LISTED).map((flow) => [flow.from, names.get(flow.shelter_id), formatNumber(flow.people), minutes(flow.travel_time_s)]), "drill__long"))];
}

/** The lists of what was found: zones, objects, help, shelters, what was assumed. */
export function answerLists(found, onlook) {
  const { words } = found;
  const notes = (title, lines) => (lines.length === 0 ? [] : [el("h2", {}, title), el("ul", { class: "drill__notes" }, ...lines.map((line) => el("li", {}, line)))]);
  return [...zones(found), ...objects(found, onlook), ...help(found, onlook), ...shelters(found, onlook), knowledgeFor(found.answer),
    ...notes(t("drill.assumed"), words.assumptions), ...notes(t("drill.notes"), words.notes), el("p", { class: "drill__purpose" }, words.purpose)].filter(Boolean);
}

/** Fills `place` with a drill; `onlook(place)` shows one on the map, `onremove()` removes the drill. */
export function showAnswer(place, drill, { onlook, onremove, mayWrite }) {
  const { words, answer } = drill;
  place.replaceChildren(...[
    el("h2", {}, drill.name, " ", el("span", { class: "drill__mark" }, words.watermark)), ...conclusions(drill), ...answerLists(drill, onlook),
    el("p", { class: "muted studio__facts" }, t("drill.took", { n: formatNumber(answer.seconds) })),
    el("div", { class: "button-row" },
      el("a", { class: "button button--small", href: `/print/drill/${drill.id}`, target: "_blank" }, t("drill.print")),
      el("a", { class: "button button--small", href: `/print/drill/${drill.id}.pdf` }, t("drill.pdf")),
      el("a", { class: "button button--small", href: `/api/studio/drill/runs/${drill.id}/geojson` }, t("drill.geojson")),
      mayWrite ? el("button", { type: "button", class: "button button--small", onclick: onremove }, t("drill.remove")) : null)
  ].filter(Boolean));
}

export const emptyAnswer = () => stateBlock({ title: t("drill.empty"), detail: t("drill.empty.detail") });
