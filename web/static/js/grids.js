/* Entry of the page of grids: what stands in each, how it was patrolled in a period, and the rows behind every number. */

import "./words/districts.js";
import "./words/figures.js";
import "./words/grids.js";
import { query, requestJson } from "./api.js";
import { attempt, find, showLoading, showTable, start } from "./company.js";
import { DistrictRows } from "./district_rows.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { currentTheme } from "./session_menu.js";

const DAY_MS = 86_400_000;
const ZONE_MS = 8 * 3600_000;
const ROOM = { top: 32, right: 32, bottom: 32, left: 32 };
const COUNTS = { enterprises: ["enterprise", {}], risk_points: ["risk_point", {}], open_dangers: ["hidden_danger", { subset: "unfinished" }] };
const day = (back) => new Date(Date.now() + ZONE_MS - back * DAY_MS).toISOString().slice(0, 10);
const form = find("question");
const rows = new DistrictRows(find("rows"));
let view = null;
let asking = 0;

function columns() {
  const count = (name) => ({ label: t(`grids.${name}`), number: true, cell: (row) => {
    const [layer, more] = COUNTS[name];
    return row[name] === 0 ? "0" : el("button", { type: "button", class: "link-button", "data-count": name, onclick: () => void rows.open(`/api/layers/${layer}/features?${query({ within: `safety_grid:${row.code}`, ...more })}`, { title: t(`grids.${name}`), place: row.name }) }, formatNumber(row[name]));
  } });
  return [
    { label: t("grids.name"), cell: (row) => el("button", { type: "button", class: "link-button", onclick: () => see(row) }, row.name) },
    { label: t("grids.division"), cell: (row) => row.division_name },
    { label: t("grids.keeper"), cell: (row) => [row.keeper_name, row.keeper_phone ? el("p", { class: "muted" }, row.keeper_phone) : ""] },
    count("enterprises"), count("risk_points"), count("open_dangers"),
    { label: t("grids.walks"), number: true, cell: (row) => formatNumber(row.walks) },
    { label: t("grids.covered"), number: true, cell: (row) => (row.covered_share === null ? "—" : t("grids.covered.share", { p: formatNumber(Math.floor(row.covered_share * 1000) / 10), m: formatNumber(row.missed_m) })) },
    { label: "", cell: (row) => el("a", { href: `/registers/safety_grid/${row.id}` }, t("grids.open")) }
  ];
}

function see(row) {
  view?.fit(row.bbox, ROOM);
  for (const line of find("table").querySelectorAll("tbody tr")) {
    line.classList.toggle("is-chosen", line.dataset.key === row.code);
  }
  find("stage").scrollIntoView({ block: "nearest" });
}

async function load() {
  const { division, since, until } = form.elements;
  if (!since.value || !until.value) {
    return;
  }
  const mine = ++asking;
  const asked = query({ division: division.value, since: since.value, until: until.value });
  const excel = find("excel");
  if (excel) {
    excel.href = `/api/grids/figures?${asked}&format=xlsx`;
  }
  showLoading(find("table"));
  const found = await requestJson(`/api/grids/figures?${asked}`);
  if (mine !== asking) {
    return;
  }
  rows.close();
  find("total").textContent = t("grids.total", { n: formatNumber(found.grids.length), walks: formatNumber(found.grids.filter((one) => one.walks === 0).length) });
  showTable(find("table"), { caption: find("table").getAttribute("aria-label"), rows: found.grids, columns: columns(), empty: t("grids.none"), emptyDetail: t("grids.none.detail") });
}

async function startMap(bbox) {
  view = await MapView.create(find("map"), { theme: currentTheme(), bbox, view: null, padding: ROOM });
  view.setVisibleLayers(["safety_grid", "enterprise"], "enterprise");
  view.on("error", () => {}); // a tile that failed is fetched again when the map moves
  document.addEventListener("onemap:theme", (event) => view.setTheme(event.detail));
  await new Promise((resolve) => { view.on("ready", resolve); });
  find("map-loading").hidden = true;
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", () => void attempt(load));

void start(async () => {
  const session = await requestJson("/api/session");
  const { children } = await requestJson(`/api/divisions/${session.user.division_code ?? session.city.code}`);
  form.elements.division.append(el("option", { value: "" }, t("grids.any")), ...children.map((one) => el("option", { value: one.code }, one.name)));
  form.elements.since.value = day(29);
  form.elements.until.value = day(0);
  await Promise.all([load(), startMap(session.city.bbox)]);
});
