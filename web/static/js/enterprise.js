/* Entry of the enterprise's page: what help stands around it, its neighbours, its file. */

import { query, requestJson } from "./api.js";
import { attempt, find, instant, showTable, start } from "./company.js";
import { el, stateBlock } from "./dom.js";
import { historyColumns, historyRows } from "./enterprise_changes.js";
import { formatNumber, t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { ResourceFinder, distanceText, minutesText, networkText, phoneLink } from "./resource_finder.js";
import { currentTheme } from "./session_menu.js";

const ROOM = { top: 24, right: 24, bottom: 24, left: 24 };
const { enterprise: id } = find("content").dataset;
const path = `/api/enterprises/${id}`;
let hasPlace = false;

const finder = new ResourceFinder({
  form: find("search"), list: find("help"), status: find("help-total"),
  ask: (conditions) => {
    const asked = query({ ...conditions, radius_m: conditions.radius_m || (conditions.minutes ? "" : 100000) });
    find("print").href = `/enterprise/${id}/print?${asked}`; // on paper stands what is on the screen
    return requestJson(`${path}/surroundings?${asked}`);
  },
  onfound: showAnswer
});

function firstCard(row) {
  return el("li", { class: "first" },
    el("span", { class: "muted" }, row.kind_title),
    el("strong", { class: "first__time" }, minutesText(row.travel_time_s)),
    el("span", { class: "first__name" }, row.name),
    el("span", { class: "muted" }, distanceText(row.straight_m)),
    row.phone ? phoneLink(row.phone, row.name) : null);
}

function showAnswer(found) {
  find("told").replaceChildren(...found.told.map((one) => el("p", {}, one)));
  find("firsts").replaceChildren(...found.nearest.map(firstCard));
  find("roads").textContent = networkText(found);
  const columns = (hasPeople) => [
    { label: t("around.name"), cell: (row) => row.name },
    { label: t("around.kind"), cell: (row) => row.kind_title },
    { label: t("around.far"), cell: (row) => `${row.bearing} ${distanceText(row.distance_m)}` },
    ...(hasPeople ? [{ label: t("around.people"), number: true, cell: (row) => (row.people === null ? null : formatNumber(row.people)) }] : []),
    { label: t("around.address"), cell: (row) => row.address }
  ];
  showTable(find("neighbours"), { caption: find("neighbours-title").textContent, columns: columns(false), rows: found.neighbours, empty: t("around.none"), emptyDetail: t("around.none.detail") });
  showTable(find("sensitive"), { caption: find("sensitive-title").textContent, columns: columns(true), rows: found.sensitive, empty: t("around.sensitive.none"), emptyDetail: t("around.sensitive.none.detail") });
}

const fact = (label, ...value) => [el("dt", {}, label), el("dd", {}, ...value)];

function showFile(file) {
  find("badges").replaceChildren(...[
    file.risk_grade ? el("span", { class: "badge", "data-grade": { A: "4", B: "3", C: "2", D: "1" }[file.risk_grade] }, t("file.grade", { grade: file.risk_title })) : null,
    file.size.title ? el("span", { class: "badge" }, t("file.size", { size: file.size.title })) : null
  ].filter(Boolean));
  const words = (name) => find("facts").dataset[name];
  find("facts").replaceChildren(
    ...fact(words("code"), file.code), ...fact(words("industry"), file.industry),
    ...(file.industry_class ? fact(words("industryClass"), file.industry_class) : []), ...fact(words("division"), file.division.name),
    ...fact(words("authority"), file.authority.name), ...fact(words("address"), file.address ?? "—"),
    ...file.people.flatMap((one) => fact(one.title, one.name ?? "—", " ", one.phone ? phoneLink(one.phone, one.name ?? one.title) : "")),
    ...fact(words("contact"), file.contact ?? "—", " ", file.phone ? phoneLink(file.phone, file.name) : ""),
    ...fact(words("size"), file.size.title ?? file.size.why, ...file.size.reasons.map((one) => el("p", { class: "muted" }, t("file.indicator", one)))),
    ...fact(words("managers"), file.managers === null ? t("file.not_stated")
      : [el("span", { class: file.managers.is_met ? "badge" : "badge badge--bad" }, file.managers.is_met ? t("file.managers.ok") : file.managers.lacks.join("、")), el("p", { class: "muted" }, file.managers.rule)]));
  find("statement").textContent = t(file.statement ? "file.statement.open" : "file.statement.add");
  find("statement").href = file.statement ? `/registers/enterprise_year/${file.statement.id}` : "/registers/enterprise_year/new";
  find("counts").replaceChildren(...file.counts.map((one) => el("li", {}, el("a", { class: "counter", href: one.page }, el("span", { class: "counter__n" }, formatNumber(one.n)), el("span", {}, one.title)))));
  showTable(find("licences"), { caption: t("file.licence"), rows: file.licences, empty: t("file.licence.none"), emptyDetail: t("file.licence.none.detail"),
    columns: [
      { label: t("file.licence"), cell: (row) => el("a", { href: row.page }, row.name) },
      { label: t("file.expires"), cell: (row) => el("time", {}, row.expires_on) },
      { label: t("file.left.head"), cell: (row) => el("span", { class: row.expiry === "valid" ? "badge" : "badge badge--bad" }, `${row.expiry_title} · ${row.days_left < 0 ? t("file.over", { n: formatNumber(-row.days_left) }) : t("file.left", { n: formatNumber(row.days_left) })}`) },
      { label: t("file.state"), cell: (row) => row.state }
    ] });
}

/** Every change since the approval; the newest request stands above the page while it waits, or after it was returned. */
function showChanges(rows) {
  showTable(find("change-rows"), { caption: t("change.history"), columns: historyColumns(), rows: historyRows(rows), empty: t("change.none"), emptyDetail: t("change.none.detail") });
  const newest = rows.find((one) => one.by_owner && (one.state !== "applied" || one.decided_at !== one.asked_at));
  const isOpen = newest?.state === "waiting" || newest?.state === "returned";
  find("request").hidden = !isOpen;
  if (isOpen) {
    find("request").replaceChildren(t(`change.banner.${newest.state}`, { reason: newest.reason ?? "" }), " ", el("a", { href: `/enterprise/${id}/edit` }, t("change.banner.open")));
  }
}

let logged = [];
let looked = {};

async function readLog() {
  const found = await requestJson(`${path}/log?${query({ ...looked, before: logged.at(-1)?.id ?? "" })}`);
  logged = [...logged, ...found.rows];
  const isAsked = Object.values(looked).some(Boolean);
  showTable(find("log-rows"), { caption: find("log").querySelector("h2").textContent, rows: logged,
    empty: t(isAsked ? "log.no_match" : "log.none"), emptyDetail: t(isAsked ? "log.no_match.detail" : "log.none.detail"),
    columns: [
      { label: t("log.at"), cell: (row) => el("time", {}, instant(row.at)) },
      { label: t("log.who"), cell: (row) => `${row.who}（${row.username}）` },
      { label: t("log.action"), cell: (row) => row.action },
      { label: t("log.subject"), cell: (row) => row.subject }
    ] });
  find("log-more").hidden = !found.has_more;
}

find("log").addEventListener("toggle", () => {
  if (find("log").open && logged.length === 0) {
    void attempt(readLog);
  }
});
find("log-more").addEventListener("click", () => void attempt(readLog));
find("log-search").addEventListener("submit", (event) => {
  event.preventDefault();
  looked = Object.fromEntries(new FormData(event.target));
  logged = [];
  void attempt(readLog);
});

async function startMap(session, place) {
  const view = await MapView.create(find("map"), { theme: currentTheme(), bbox: session.city.bbox, view: null, padding: ROOM });
  view.setVisibleLayers([], null);
  view.on("error", () => {}); // a tile that failed is fetched again when the map moves
  document.addEventListener("onemap:theme", (event) => view.setTheme(event.detail));
  await new Promise((resolve) => { view.on("ready", resolve); });
  find("map-loading").hidden = true;
  view.select(place);
  finder.setView(view);
  finder.fit(place);
  view.on("ready", () => { view.select(place); finder.mark(); });
  view.on("click", (at) => {
    const hit = finder.markerAt(at);
    if (hit !== null) {
      finder.focus(hit, { moves: false });
    }
  });
}

void start(async () => {
  const [file, session, changed] = await Promise.all([requestJson(path), requestJson("/api/session"), requestJson(`${path}/changes`)]);
  hasPlace = file.position.lon !== null;
  showFile(file);
  showChanges(changed.rows);
  if (!hasPlace) {
    find("around").hidden = true;
    find("told").replaceChildren(stateBlock({ title: t("file.no_position"), detail: t("file.no_position.detail") }));
    return;
  }
  await finder.start();
  await finder.load();
  await startMap(session, file.position);
});
