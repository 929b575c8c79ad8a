/* Entry of the list of stations, by district. */

import { query, requestJson } from "./api.js";
import { attempt, find, here, showLoading, showTable, start } from "./company.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const form = find("search");

const columns = [
  { label: t("company.col.station"), cell: (row) => el("a", { href: `/company/stations/${here(row.code)}` }, row.name) },
  { label: t("company.col.district"), cell: (row) => row.district_name },
  { label: t("company.col.lead"), cell: (row) => [row.lead_name, row.lead_phone].filter(Boolean).join(" ") },
  { label: t("company.col.scope"), cell: (row) => [row.scope.map((one) => one.name).join("、"), row.scope_note].filter(Boolean).join("：") },
  { label: t("company.col.maintainers"), number: true, cell: (row) => formatNumber(row.maintainer_count) },
  { label: t("company.col.elevators"), number: true, cell: (row) => formatNumber(row.elevator_count) },
  { label: t("company.col.state"), cell: (row) => el("span", {}, [
    el("span", { class: row.is_usable ? "badge" : "badge badge--bad" }, t(row.is_usable ? "company.usable" : "company.unusable")),
    row.on_duty === false ? el("span", { class: "badge badge--bad" }, t("company.off_duty")) : null,
    row.is_networked ? el("span", { class: "badge" }, t("company.networked")) : null].filter(Boolean)) },
  { label: t("company.col.actions"), cell: (row) => el("span", { class: "row-actions" },
    el("a", { href: `/company/stations/${here(row.code)}`, "aria-label": `${t("company.edit")} ${row.name}` }, t("company.edit"))) }
];

async function load() {
  showLoading(find("table"));
  const { stations } = await requestJson(`/api/company/stations?${query({ district: form.elements.district.value })}`);
  showTable(find("table"), { columns, rows: stations, caption: t("company.col.station"), empty: t("company.stations.none"), emptyDetail: t("company.stations.none.detail") });
}

form.addEventListener("submit", (event) => { event.preventDefault(); void attempt(load); });

void start(async () => {
  const session = await requestJson("/api/session");
  const city = await requestJson(`/api/divisions/${session.city.code}`);
  form.elements.district.append(...city.children.filter((one) => one.level === "county").map((one) => el("option", { value: one.code }, one.name)));
  await load();
});
