/* The rescue flow and the rescue knowledge for an accident: links to the registers, fetched for what the simulation found. */

import { query, requestJson } from "./api.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";

const link = (one) => el("a", { href: one.page, target: "_blank" }, one.name);

function flows(steps) {
  const groups = Map.groupBy(steps, (one) => `${one.accident_title} · ${one.level_title}${one.enterprise ? ` · ${one.enterprise}` : ""}`);
  return [...groups].map(([title, rows]) => el("details", {}, el("summary", {}, t("knowledge.flow", { title, n: rows.length })),
    el("ol", { class: "drill__notes" }, ...rows.map((one) => el("li", { value: one.step_number }, link(one), ` ${one.who}：${one.what}`,
      one.within_min === null ? null : el("span", { class: "badge" }, t("knowledge.within", { n: one.within_min })))))));
}

function entries(rows) {
  return rows.length === 0 ? el("p", { class: "muted" }, t("knowledge.none"))
    : el("ul", { class: "drill__notes" }, ...rows.map((one) => el("li", {}, link(one), " ", el("span", { class: "badge" }, one.kind_title),
      el("span", { class: "muted" }, [one.substance ?? one.accident_title, one.source, one.enterprise].filter(Boolean).join(" · ")))));
}

/** A section that fills itself for an answer of a drill or of a decision's alternative. */
export function knowledgeFor({ accident, zones }) {
  const section = el("section", { "aria-label": t("knowledge.title") }, el("h2", {}, t("knowledge.title")));
  const effects = [...new Set(zones.filter((zone) => zone.geometry).map((zone) => zone.effect))].join(",");
  requestJson(`/api/rescue-knowledge?${query({ substance: accident.substance.cas, effects })}`)
    .then((found) => section.append(entries(found.entries), ...flows(found.steps)))
    .catch((error) => section.append(el("p", { class: "form-error", role: "alert" }, error.title)));
  return section;
}
