/* Entry of the safety managers: list, search, register. */

import { query, requestJson } from "./api.js";
import { attempt, find, onSubmit, showLoading, showTable, start } from "./company.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const search = find("search");

const columns = [
  { label: t("company.col.manager"), cell: (row) => el("a", { href: `/company/managers/${row.id}` }, row.name) },
  { label: t("company.col.mobile"), cell: (row) => row.mobile ?? el("span", { class: "badge badge--bad" }, t("company.no_mobile")) },
  { label: t("company.col.unit_code"), cell: (row) => row.unit_code },
  { label: t("company.col.unit"), cell: (row) => row.unit_name },
  { label: t("company.col.elevators"), number: true, cell: (row) => formatNumber(row.elevator_count) },
  { label: t("company.col.actions"), cell: (row) => el("span", { class: "row-actions" },
    el("a", { href: `/company/managers/${row.id}`, "aria-label": `${t("company.assign")} ${row.name}` }, t("company.assign"))) }
];

async function load() {
  showLoading(find("table"));
  const { managers } = await requestJson(`/api/company/managers?${query({ q: search.elements.q.value.trim() })}`);
  showTable(find("table"), { columns, rows: managers, caption: t("company.col.manager") });
}

search.addEventListener("submit", (event) => { event.preventDefault(); void attempt(load); });
onSubmit(find("new"), async (values) => {
  const made = await requestJson("/api/company/managers", { method: "POST", body: values });
  window.location.assign(`/company/managers/${made.id}`);
});

void start(load);
