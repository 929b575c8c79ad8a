/* Entry of the page of grids: what stands in each, how it was patrolled in a period, and the rows behind every number. */

import "./words/districts.js";
import "./words/figures.js";
import "./words/grids.js";
import { query, requestJson } from "./api.js";
import { attempt, find, instant, showLoading, showTable, start } from "./company.js";
import { DistrictRows } from "./district_rows.js";
import { el, iconButton } from "./dom.js";
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
    { label: t("grids.walks"), number: true, cell: (row) => (row.walks === 0 ? "0" : el("button", { type: "button", class: "link-button", "data-count": "walks", onclick: () => void attempt(() => openWalks(row)) }, formatNumber(row.walks))) },
    { label: t("grids.covered"), number: true, cell: coveredText },
    { label: "", cell: (row) => el("a", { href: `/registers/safety_grid/${row.id}` }, t("grids.open")) }
  ];
}

const coveredText = (row) => (row.covered_share === null ? "—" : t("grids.covered.share", { p: formatNumber(Math.floor(row.covered_share * 1000) / 10), m: formatNumber(row.missed_m) }));

/** Opens the walks of a grid in the period asked; each leads to its route. */
async function openWalks(grid) {
  const { since, until } = form.elements;
  rows.close();
  const { walks } = await requestJson(`/api/grids/${grid.id}/walks?${query({ since: since.value, until: until.value })}`);
  const place = find("rows");
  const table = el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t("grids.walks") });
  place.replaceChildren(el("div", { class: "districts__rows-head" }, el("h2", { tabindex: -1 }, t("districts.rows", { title: t("grids.walks"), place: grid.name, n: formatNumber(walks.length) })),
    iconButton("close", t("action.close"), () => rows.close())), table);
  place.hidden = false;
  showTable(table, { caption: t("grids.walks"), rows: walks, empty: t("districts.rows.none"), emptyDetail: "", columns: [
    { label: t("grids.walk.at"), cell: (row) => instant(row.ended_at) },
    { label: t("grids.walk.route"), cell: (row) => el("a", { href: `/patrols?${query({ route: row.route_id })}` }, row.route_name) },
    { label: t("grids.walk.who"), cell: (row) => row.patroller },
    { label: t("grids.walk.here"), number: true, cell: (row) => formatNumber(row.route_m) },
    { label: t("grids.covered"), number: true, cell: coveredText }
  ] });
  place.scrollIntoView({ block: "nearest" });
  place.querySelector("h2").focus({ preventScroll: true });
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
