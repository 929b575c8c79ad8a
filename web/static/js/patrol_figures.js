/* Figures of patrols in a period: by route and by month, each number opening its route, and as a book. */

import { query, requestJson } from "./api.js";
import { attempt, find, instant, showTable } from "./company.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const DAY_MS = 86_400_000;
const ZONE_MS = 8 * 3600_000;
const day = (back) => new Date(Date.now() + ZONE_MS - back * DAY_MS).toISOString().slice(0, 10);
const km = (metres) => formatNumber(Math.round(metres / 100) / 10);
const percent = (share) => (share === null ? "—" : `${formatNumber(Math.floor(share * 1000) / 10)}%`);

export class PatrolFigures {
  /** `open(id)` opens a route above. */
  constructor({ open }) {
    this.open = open;
    this.form = find("figures-form");
    this.form.elements.since.value = day(29);
    this.form.elements.until.value = day(0);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); void attempt(() => this.load()); });
    this.form.addEventListener("change", () => void attempt(() => this.load()));
  }

  async load() {
    const { since, until } = this.form.elements;
    if (!since.value || !until.value) {
      return;
    }
    const asked = query({ since: since.value, until: until.value });
    const excel = find("figures-excel");
    if (excel) {
      excel.href = `/api/patrols/figures?${asked}&format=xlsx`;
    }
    const found = await requestJson(`/api/patrols/figures?${asked}`);
    const { total } = found;
    find("figures-total").textContent = t("patrol.figures.total", { walks: formatNumber(total.walks), covered: percent(total.covered_share), missed: km(total.missed_m), stops: formatNumber(total.missed_stops), found: formatNumber(total.findings) });
    const counts = [
      { label: t("patrol.figures.walks"), number: true, cell: (row) => formatNumber(row.walks) },
      { label: t("patrol.figures.whole"), number: true, cell: (row) => formatNumber(row.whole) },
      { label: t("patrol.figures.covered"), number: true, cell: (row) => percent(row.covered_share) },
      { label: t("patrol.figures.missed"), number: true, cell: (row) => km(row.missed_m) },
      { label: t("patrol.figures.stops"), number: true, cell: (row) => (row.stops === 0 ? "—" : `${formatNumber(row.missed_stops)} / ${formatNumber(row.stops)}`) }
    ];
    showTable(find("figures-routes"), { caption: t("patrol.figures.by_route"), rows: found.routes, empty: t("patrol.none"), emptyDetail: "", columns: [
      { label: t("patrol.col.name"), cell: (row) => el("button", { type: "button", class: "link-button", onclick: () => void attempt(() => this.open(row.id)) }, row.name) },
      { label: t("patrol.col.keeper"), cell: (row) => row.keeper }, ...counts,
      { label: t("patrol.figures.found"), number: true, cell: (row) => (row.findings > 0
        ? el("a", { href: `/registers/hidden_danger?${query({ route_code: row.code, registered_at: `${since.value}/${until.value}` })}` }, formatNumber(row.findings)) : "0") },
      { label: t("patrol.col.last"), cell: (row) => (row.last_at ? instant(row.last_at) : t("patrol.figures.never")) }] });
    showTable(find("figures-months"), { caption: t("patrol.figures.by_month"), rows: found.months.map((row) => ({ ...row, key: row.month })), empty: t("patrol.figures.none"), emptyDetail: "",
      columns: [{ label: t("patrol.figures.month"), cell: (row) => row.month }, ...counts] });
  }
}
