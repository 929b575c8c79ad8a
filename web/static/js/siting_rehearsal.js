/* The rehearsal of a siting study: how it is asked, its job, and figures before and after with their intervals. */

import { el } from "./dom.js";
import { formatDate, t } from "./i18n.js";
import { JobRun } from "./job_run.js";

const find = (id) => document.getElementById(id);
const shown = (value) => (value === null ? "—" : value.toFixed(2));
const signed = (value) => (value === null ? "—" : `${value > 0 ? "+" : ""}${value.toFixed(2)}`);
/** A mean with the half width of its interval below. */
const interval = ({ mean, half_width: half }, write = shown) => [write(mean), half === null ? null : el("span", { class: "muted siting__half" }, ` ± ${shown(half)}`)];

function table({ rows }) {
  const verdict = (row) => (!row.is_sure ? t("siting.rehearsal.unsure") : t(row.is_better ? "siting.rehearsal.better" : "siting.rehearsal.worse"));
  return el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t("siting.rehearsal") }, el("table", { class: "table table--dense" },
    el("thead", {}, el("tr", {}, ...["", t("siting.before"), t("siting.after"), t("siting.rehearsal.difference")].map((head, n) => el("th", { scope: "col", class: n ? "is-number" : null }, head)))),
    el("tbody", {}, ...rows.map((row) => el("tr", { "data-figure": row.id }, el("th", { scope: "row" }, `${row.title}（${row.unit}）`),
      el("td", { class: "is-number figure" }, interval(row.before)), el("td", { class: "is-number figure" }, interval(row.after)),
      el("td", { class: "is-number figure" }, interval(row.difference, signed), el("span", { class: "badge" }, verdict(row))))))));
}

export class Rehearsal {
  /** `ondone()` is told when a rehearsal has been kept with the study. */
  constructor(choices, { mayWrite, ondone }) {
    this.form = find("rehearsal-form");
    this.form.hidden = !mayWrite;
    this.form.elements.rule.replaceChildren(...choices.rules.map(({ id, title }) => el("option", { value: id }, title)));
    this.run = new JobRun({
      prefix: "rehearsal-", ondone,
      words: { waiting: t("siting.waiting"), cancelled: t("siting.cancelled"), failed: t("siting.failed"), working: (now) => t("siting.working", { n: Math.round(100 * now.progress), words: choices.steps[now.message] ?? "" }) }
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run.start(`/api/siting/studies/${encodeURIComponent(this.study.id)}/rehearsal`, Object.fromEntries(new FormData(this.form)));
    });
  }

  /** Shows what was rehearsed of a study; hidden where nothing can be. */
  show(study) {
    this.study = study;
    const isAble = Boolean(study?.answer.sites.length && study.question.of === "elevator" && study.question.existing === "rescue_station");
    find("rehearsal").hidden = !isAble;
    if (!isAble) {
      return;
    }
    this.run.refuse("");
    const found = study.rehearsal?.words;
    find("rehearsal-answer").replaceChildren(...(found ? [el("p", { class: "muted siting__facts" }, found.source), el("p", { class: "muted siting__facts" }, found.crews), el("p", { class: "muted siting__facts" }, found.bound), table(found),
      el("p", { class: "muted siting__facts" }, t("siting.rehearsal.note", { at: formatDate(found.rehearsed_at) }))] : [el("p", { class: "muted siting__facts" }, t("siting.rehearsal.none"))]));
  }
}
