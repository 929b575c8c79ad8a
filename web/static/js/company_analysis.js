/* Entry of the analysis: three tabs and the overtime list, of a period or of all time, each as an Excel book too. */

import { query, requestJson } from "./api.js";
import { attempt, find, here, instant, showLoading, showTable, start, startKinds, valuesOf } from "./company.js";
import { el } from "./dom.js";
import { showOrders } from "./figure_orders.js";
import { formatDate, formatNumber, t } from "./i18n.js";

const form = find("search");
let tab = "stations";
const isInstant = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value);
const rounded = (value) => formatNumber(Math.round(value * 100) / 100);

const page = (code) => `/company/orders#${encodeURIComponent(code)}`;

/** One cell: the order itself, a figure that opens the orders behind it, or what it says. */
function shown(row, at, label) {
  const value = row.values[at];
  if (at === 0 && row.key) {
    return el("a", { href: page(row.key) }, value);
  }
  const words = typeof value === "number" ? rounded(value) : isInstant(value) ? instant(value) : value || "—";
  const url = row.orders?.[at];
  return url ? el("button", { type: "button", class: "link-button figure", onclick: () => void showOrders(find("orders"), url, { title: label, group: row.values[0], page }) }, words) : words;
}

async function load() {
  showLoading(find("table"));
  find("orders").hidden = true;
  const asked = query(valuesOf(form));
  find("export").href = `/api/company/analysis/${here(tab)}?${query({ ...valuesOf(form), format: "xlsx" })}`;
  const found = await requestJson(`/api/company/analysis/${here(tab)}?${asked}`);
  showTable(find("table"), {
    caption: found.title, rows: found.rows,
    columns: found.columns.map((column, at) => ({ label: column.unit ? `${column.label} (${column.unit})` : column.label, number: column.is_number, cell: (row) => shown(row, at, column.label) }))
  });
  find("period").textContent = t("company.period", { from: formatDate(found.from), to: formatDate(found.to) });
  find("definitions").replaceChildren(...found.columns.filter((column) => column.definition).flatMap((column) => [el("dt", {}, column.label), el("dd", {}, column.definition)]));
}

form.addEventListener("submit", (event) => { event.preventDefault(); void attempt(load); });

void start(async () => {
  startKinds(find("kinds"), (chosen) => { tab = chosen.dataset.tab; void attempt(load); });
  await load();
});
