/* Entry of the list of rescue decisions; of one accident where the address names it. */

import "./words/decision.js";
import { query, requestJson } from "./api.js";
import { attempt, find, instant, showTable, start } from "./company.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { showToast } from "./toast.js";

const accident = new URLSearchParams(window.location.search).get("accident");

function showAccident(found) {
  find("accident").hidden = false;
  find("accident-name").replaceChildren(el("a", { href: `/registers/accident/${found.id}` }, `${found.code} ${found.name}`));
  find("accident-facts").replaceChildren(...found.facts.flatMap(({ title, text }) => [el("dt", { class: "muted" }, title), el("dd", {}, text)]));
  if (!found.has_position) {
    showToast({ title: t("decision.no_position") });
  }
}

async function begin() {
  const { url } = await requestJson("/api/decisions", { method: "POST", body: { accident: Number(accident) } });
  window.location.assign(url);
}

void start(async () => {
  const found = await requestJson(`/api/decisions${accident ? `?${query({ accident })}` : ""}`);
  if (found.accident) {
    showAccident(found.accident);
    find("begin").hidden = !found.may_write || !found.accident.has_position;
    find("begin").addEventListener("click", () => void attempt(begin));
  }
  showTable(find("decisions"), { caption: find("decisions").getAttribute("aria-label"), rows: found.decisions, empty: t("decision.none"), emptyDetail: t(found.accident ? "decision.none.accident" : "decision.none.detail"),
    columns: [
      { label: t("decision.col.name"), cell: (row) => [el("a", { href: `/studio/decisions/${row.id}` }, row.name), row.mark ? el("span", { class: "badge decisions__mark" }, row.mark) : null, row.owner_name ? el("span", { class: "muted decisions__owner" }, row.owner_name) : null] },
      { label: t("decision.col.of"), cell: (row) => row.accident_code ?? row.of_what },
      { label: t("decision.col.alternatives"), number: true, cell: (row) => formatNumber(row.alternatives) },
      { label: t("decision.col.chosen"), cell: (row) => el("span", { class: "badge" }, t(row.is_chosen ? "decision.chosen" : "decision.open")) },
      { label: t("decision.col.version"), number: true, cell: (row) => formatNumber(row.version) },
      { label: t("decision.col.changed"), cell: (row) => `${row.changed_by} ${instant(row.changed_at)}` }
    ] });
});
