/* The changes of an enterprise in words: what stood beside what stands or is asked. */

import "./words/enterprise_change.js";
import { instant } from "./company.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";

export { instant };

/** One change, thing by thing: as it was, as it becomes. */
export function changeLines(lines, caption) {
  return el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": caption }, el("table", { class: "table" },
    el("caption", { class: "visually-hidden" }, caption),
    el("thead", {}, el("tr", {}, ["field", "before", "after"].map((one) => el("th", { scope: "col" }, t(`change.${one}`))))),
    el("tbody", {}, lines.map((one) => el("tr", { "data-field": one.field },
      el("th", { scope: "row" }, one.title),
      el("td", {}, one.before ?? t("change.empty"), one.changed_since ? el("p", { class: "field__error" }, t("change.since")) : null),
      el("td", {}, one.after ?? t("change.empty")))))));
}

/** The history: one row for each thing that was changed, asked, returned or withdrawn. */
export function historyRows(changes) {
  return changes.flatMap((change) => change.lines.map((line, at) => ({ ...line, id: `${change.id}-${at}`, change })));
}

export const historyColumns = () => [
  { label: t("change.when"), cell: ({ change }) => el("time", {}, instant(change.decided_at ?? change.asked_at)) },
  { label: t("change.field"), cell: (line) => line.title },
  { label: t("change.before"), cell: (line) => line.before ?? t("change.empty") },
  { label: t("change.after"), cell: (line) => line.after ?? t("change.empty") },
  { label: t("change.state"), cell: ({ change }) => [el("span", { class: change.state === "returned" ? "badge badge--bad" : "badge" }, change.title), change.reason ? el("p", { class: "muted" }, change.reason) : ""] },
  { label: t("change.who"), cell: ({ change }) => (change.decided_by && change.decided_by !== change.asked_by ? t("change.asked_and_decided", { asked: change.asked_by, decided: change.decided_by }) : change.asked_by) },
  { label: t("change.note"), cell: ({ change }) => change.note }
];
