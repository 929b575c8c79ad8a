/* The lists of a rescue decision: alternatives side by side, tasks by the clock, and versions with what changed. */

import { instant } from "./company.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const badge = (key) => el("span", { class: "badge" }, t(key));
const region = (label, ...content) => el("div", { class: "table-scroll drill__compare", tabindex: 0, role: "region", "aria-label": label }, ...content);

/** Conclusions, or what to do first where there are none. */
export function conclusionList(lines) {
  return lines.length > 0 ? el("ol", { class: "decision__conclusions" }, ...lines.map((line) => el("li", {}, line)))
    : el("p", {}, el("strong", {}, t("decision.first")), el("br"), el("span", { class: "muted" }, t("decision.first.detail")));
}

/** The alternatives with what can be done to each; `onshow(id)`, and `ontake(id)` where one may be taken off. */
export function alternativeList({ comparison, content }, shown, { onshow, ontake }) {
  return el("ul", { class: "decision__list" }, ...comparison.alternatives.map((one) => el("li", { "aria-current": one.id === shown ? "true" : null },
    el("span", { class: "decision__name" }, `${one.number} ${one.name}`),
    one.id === comparison.recommended ? badge("decision.recommended") : null,
    one.id === content.chosen ? badge("decision.chosen") : null,
    one.id === shown ? badge("decision.shown") : el("button", { type: "button", class: "button button--small", onclick: () => onshow(one.id) }, t("decision.show")),
    ontake ? el("button", { type: "button", class: "button button--small", onclick: () => ontake(one.id) }, t("decision.take_off")) : null)));
}

/** Settings and measures side by side; what differs from the first column is marked, and what is best. */
export function comparisonTable({ alternatives, settings, measures, recommended }, title) {
  const mark = (row, n) => (row.differs.includes(n) ? badge("decision.differs") : null);
  const cell = (row, n, value, isNumber) => el("td", { class: [isNumber ? "is-number figure" : "", row.differs.includes(n) ? "decision__differs" : ""].join(" ").trim() || null },
    value, " ", row.best?.includes(n) ? badge("decision.best") : null, mark(row, n));
  return region(title, el("table", { class: "table table--dense" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("decision.measure")), ...alternatives.map((one) => el("th", { scope: "col" }, `${one.number} ${one.name}`, one.id === recommended ? " " : null, one.id === recommended ? badge("decision.recommended") : null)))),
    el("tbody", {},
      ...settings.map((row) => el("tr", {}, el("th", { scope: "row" }, row.title), ...row.values.map((value, n) => cell(row, n, value, false)))),
      ...measures.map((row) => el("tr", {}, el("th", { scope: "row" }, row.unit ? `${row.title}（${row.unit}）` : row.title),
        ...row.values.map((value, n) => cell(row, n, value === null ? "—" : formatNumber(value), true)))))));
}

export function taskTable(tasks, title) {
  const names = ["expected", "latest", "who", "what", "where"];
  return el("div", { class: "table-scroll drill__long decision__tasks", tabindex: 0, role: "region", "aria-label": title }, el("table", { class: "table table--dense" },
    el("thead", {}, el("tr", {}, ...names.map((name) => el("th", { scope: "col" }, t(`decision.${name}`))))),
    el("tbody", {}, ...tasks.map((task) => el("tr", {}, ...names.map((name) => el("td", { class: name === "expected" || name === "latest" ? "figure" : null }, task[name] || "—")))))));
}

/** Every version with who, when and what changed; `onopen(number)` opens an older one. */
export function versionList({ versions, version }, onopen) {
  return versions.map((one) => el("li", {},
    one.number === version ? el("strong", {}, t("decision.version", { n: one.number, who: one.username, at: instant(one.at) }))
      : el("span", {}, t("decision.version", { n: one.number, who: one.username, at: instant(one.at) }), " ",
        el("button", { type: "button", class: "link-button", onclick: () => onopen(one.number) }, t("decision.open_version", { n: one.number }))),
    el("ul", {}, ...one.changes.map((line) => el("li", {}, line)))));
}
