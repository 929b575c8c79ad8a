/* Entry of the page of patrols: routes, one of them on the map, its tracks, and what they left out. */

import "./words/patrols.js";
import { query, request, requestJson } from "./api.js";
import { attempt, find, instant, showTable, start } from "./company.js";
import { datumField } from "./datum_select.js";
import { confirmDialog } from "./dialog.js";
import { el, iconButton } from "./dom.js";
import { askFile, fileInput, labelled } from "./file_dialog.js";
import { formatNumber, t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { PatrolEdit } from "./patrol_edit.js";
import { PatrolFigures } from "./patrol_figures.js";
import { PatrolWalk } from "./patrol_walk.js";
import { pickPlace } from "./pick_place.js";
import { currentTheme } from "./session_menu.js";

const PLACE_MOST = 100; // characters of the place of a hidden danger
const ROOM = { top: 40, right: 40, bottom: 40, left: 40 };
let all = null;
let route = null;
let track = null;
let view = null;
let bbox = null;
let editor = null;
let walk = null; // recorded on this telephone, made with the first answer

const km = (metres) => (metres / 1000).toFixed(1);
const feature = (geometry, properties = {}) => ({ type: "Feature", geometry, properties });

/** How much of a route a track covered, in words. */
function coverageText(one) {
  if (one.covered_share === null) {
    return one.missed_stop_count === 0 ? t("patrol.all") : t("patrol.stops.covered", { n: one.missed_stop_count, of: one.stop_count });
  }
  return one.missed_m === 0 && one.missed_stop_count === 0 ? t("patrol.all")
    : t("patrol.covered", { p: Math.floor(one.covered_share * 100), m: formatNumber(one.missed_m), n: one.missed_stop_count });
}

/** Says of a walk that it covered too little to end what is owed. */
const notMade = (one) => (one.is_made ? "" : el("p", { class: "muted patrols__small" }, t("patrol.not_made", { p: formatNumber(all.least_percent) })));

const isWhole = (one) => one.missed_m === 0 && one.missed_stop_count === 0;

async function loadAll(chosen = null) {
  if (bbox === null) {
    const session = await requestJson("/api/session");
    bbox = session.city.bbox; // the dialogs offer the datums of the city's zone
    walk = new PatrolWalk({ username: session.user.username, draw: () => route && draw(), send: sendWalk });
  }
  all = await requestJson("/api/patrols");
  find("add").hidden = !all.may_add;
  showTable(find("routes"), { caption: find("routes").getAttribute("aria-label"), rows: all.routes, empty: t("patrol.none"), emptyDetail: all.may_add ? t("patrol.none.add") : "",
    columns: [
      { label: t("patrol.col.name"), cell: (row) => el("button", { type: "button", class: "link-button", onclick: () => void attempt(() => open(row.id)) }, row.name) },
      { label: t("patrol.col.kind"), cell: (row) => row.kind_title },
      { label: t("patrol.col.keeper"), cell: (row) => row.keeper },
      { label: t("patrol.col.length"), number: true, cell: (row) => (row.route_m ? t("patrol.km", { n: km(row.route_m) }) : null) },
      { label: t("patrol.col.stops"), number: true, cell: (row) => formatNumber(row.stops) },
      { label: t("patrol.col.last"), cell: (row) => (row.last ? el("time", {}, instant(row.last.ended_at)) : t("patrol.never")) },
      { label: t("patrol.col.covered"), cell: (row) => (row.last ? [el("span", { class: isWhole(row.last) ? "badge" : "badge badge--bad" }, coverageText(row.last)), notMade(row.last)] : null) },
      { label: t("patrol.col.due"), cell: (row) => (row.is_overdue ? el("span", { class: "badge badge--bad" }, t("patrol.overdue", { on: row.due_on })) : row.due_on) }
    ] });
  const next = all.routes.find((one) => one.id === chosen) ?? all.routes[0];
  find("route").hidden = next === undefined;
  if (next) {
    await open(next.id);
  }
}

async function open(id) {
  editor?.close();
  route = await requestJson(`/api/patrols/routes/${id}`);
  track = null;
  for (const row of find("routes").querySelectorAll("tbody tr")) {
    row.classList.toggle("is-chosen", row.dataset.key === route.code);
  }
  find("route-name").textContent = route.name;
  find("route-facts").textContent = t("patrol.facts", { kind: route.kind_title, km: km(route.route_m), stops: route.stops.length, tolerance: route.tolerance_m });
  find("remove").hidden = find("edit").hidden = find("upload").hidden = find("walk").hidden = !route.may_change;
  find("danger").hidden = find("danger-field").hidden = !all.may_add;
  const option = (value, label) => el("option", { value }, label);
  find("danger-at").replaceChildren(option("map", t("patrol.found.map")), ...route.stops.map((stop, at) => option(String(at), t("patrol.found.stop", { n: at + 1, name: stop.name }))),
    ...(route.enterprise_code ? [option("", t("patrol.found.enterprise"))] : []));
  showTracks();
  showFindings();
  await startMap();
  if (route.tracks.length > 0) {
    await openTrack(route.tracks[0].id);
  } else {
    find("found").replaceChildren();
    draw();
  }
  fit();
}

function showTracks() {
  showTable(find("tracks"), { caption: find("tracks-title").textContent, rows: route.tracks, empty: t("patrol.track.none"), emptyDetail: route.may_change ? t("patrol.track.none.add") : "",
    columns: [
      { label: t("patrol.track.at"), cell: (row) => el("button", { type: "button", class: "link-button", onclick: () => void attempt(() => openTrack(row.id)) }, instant(row.ended_at)) },
      { label: t("patrol.track.who"), cell: (row) => row.patroller },
      { label: t("patrol.col.covered"), cell: (row) => [coverageText(row), notMade(row), row.is_old ? el("p", { class: "muted patrols__small" }, t("patrol.track.old")) : ""] },
      ...(route.may_change ? [{ label: t("patrol.track.off"), cell: (row) => iconButton("close", t("patrol.track.remove", { who: row.patroller }), () => void attempt(() => removeTrack(row))) }] : [])
    ] });
}

function showFindings() {
  showTable(find("findings"), { caption: find("findings-title").textContent, rows: route.findings, empty: t("patrol.found.none"), emptyDetail: all.may_add ? t("patrol.found.none.add") : "",
    columns: [
      { label: t("patrol.found.what"), cell: (row) => [el("a", { href: row.page }, row.name), el("p", { class: "muted patrols__small" }, [row.grade_title, row.enterprise_name ?? t("patrol.found.nobody")].join(" · "))] },
      { label: t("patrol.found.state"), cell: (row) => row.state_title },
      { label: t("patrol.found.walk"), cell: (row) => (row.track_id && route.tracks.some(({ id }) => id === row.track_id)
        ? el("button", { type: "button", class: "link-button", onclick: () => void attempt(() => openTrack(row.track_id)) }, instant(row.walked_at)) : instant(row.registered_at)) }
    ] });
}

/** Opens the form of a hidden danger that was found here: at a stop, where the map is clicked, or where the enterprise stands. */
function register() {
  const go = (at) => window.location.assign(`/registers/hidden_danger/new?${query({ route_code: route.code, enterprise_code: route.enterprise_code ?? "", place: route.name.slice(0, PLACE_MOST),
    position_text: at ? `${at[0].toFixed(6)}, ${at[1].toFixed(6)}` : "" })}`);
  const chosen = find("danger-at").value;
  if (chosen === "map") {
    pickPlace(view, find("stage"), t("patrol.found.pick"), go);
    find("stage").scrollIntoView({ block: "center" });
  } else {
    const stop = chosen === "" ? null : route.stops[Number(chosen)];
    go(stop ? [stop.lon, stop.lat] : null);
  }
}

async function openTrack(id) {
  track = await requestJson(`/api/patrols/tracks/${id}`);
  for (const row of find("tracks").querySelectorAll("tbody tr")) {
    row.classList.toggle("is-chosen", row.dataset.key === String(id));
  }
  find("found").replaceChildren(track.is_old ? el("p", { class: "muted" }, t("patrol.track.old.until", { at: instant(track.old_until) })) : "", el("p", { class: isWhole(track) ? "" : "form-error" }, coverageText(track)),
    track.missed_stops.length > 0 ? el("p", { class: "muted" }, track.missed_stops.slice(0, 20).map((one) => one.name).join("、")) : "");
  draw();
}

/** Lines and stops of the route as it is, or as it was when the track on the map was judged. */
function shapeShown() {
  return track?.is_old ? { geometry: track.old_geometry, stops: track.old_stops } : route;
}

function draw() {
  if (editor) {
    drawShape(editor.lines, editor.stops);
    return;
  }
  const { geometry, stops } = shapeShown();
  const missed = new Set((track?.missed_stops ?? []).map((one) => one.n));
  // What was left out of the route is drawn by itself: the whole route would cover it.
  view?.overlays.set("routes", [...(geometry && !track ? [feature(geometry, { is_active: false })] : []), ...(track ? [feature(track.geometry, { is_active: true })] : []),
    ...walk.linesOn(route.id).map((line) => feature({ type: "LineString", coordinates: line }, { is_active: true }))]);
  view?.overlays.set("crews", route.findings.filter(({ lon }) => lon !== null).map((one) => feature({ type: "Point", coordinates: [one.lon, one.lat] }, { label: one.name, is_active: true, is_heard: false })));
  view?.overlays.set("closures", track?.missed && track.missed.coordinates?.length > 0 ? [feature(track.missed)] : []);
  view?.overlays.set("places", stops.map((stop, at) => feature({ type: "Point", coordinates: [stop.lon, stop.lat] }, { label: missed.has(at + 1) ? t("patrol.stop.missed") : String(at + 1), is_active: track !== null && !missed.has(at + 1) })));
}

/** The shape in the making: nothing else lies on the map. */
function drawShape(lines, stops) {
  view?.overlays.set("routes", lines.map((line) => feature({ type: "LineString", coordinates: line }, { is_active: true })));
  view?.overlays.set("crews", []);
  view?.overlays.set("closures", []);
  view?.overlays.set("places", stops.map((stop, at) => feature({ type: "Point", coordinates: [stop.lon, stop.lat] }, { label: String(at + 1), is_active: false })));
}

function ended() {
  editor = null;
  find("edit").disabled = false;
  delete find("route").dataset.editing;
}

function edit() {
  if (editor || view.captured) {
    return;
  }
  find("edit").disabled = true;
  find("route").dataset.editing = "yes";
  editor = new PatrolEdit(find("editor"), { route, kinds: all.kinds, view, stage: find("stage"), draw: drawShape,
    save: async (values) => {
      await requestJson(`/api/patrols/routes/${route.id}`, { method: "PUT", body: values });
      ended();
      await loadAll(route.id);
      await figures.load();
    },
    end: () => { ended(); draw(); } });
}

function fit() {
  const points = [...(route.geometry?.coordinates.flat() ?? []), ...route.stops.map((stop) => [stop.lon, stop.lat])];
  if (points.length > 0) {
    const [lons, lats] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
    view.fit([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], ROOM);
  }
}

function add() {
  askFile({ title: t("patrol.add"), fields: [
    labelled("file", t("patrol.file.route"), fileInput()),
    datumField(bbox),
    labelled("name", t("patrol.name"), el("input", { class: "input", name: "name", maxlength: 100, autocomplete: "off" })),
    labelled("kind", t("patrol.kind"), el("select", { class: "select", name: "kind" }, all.kinds.map((one) => el("option", { value: one.id }, one.title)))),
    labelled("tolerance_m", t("patrol.tolerance"), el("input", { class: "input", name: "tolerance_m", type: "number", min: 1, max: 500, value: 20 })),
    labelled("every_days", t("patrol.every"), el("input", { class: "input", name: "every_days", type: "number", min: 1, max: 400, value: 7 }))],
  send: async (body) => loadAll((await (await request("/api/patrols/routes", { method: "POST", body })).json()).id) });
}

function upload() {
  askFile({ title: t("patrol.upload"), fields: [
    labelled("file", t("patrol.file.track"), fileInput()),
    datumField(bbox),
    labelled("patroller", t("patrol.track.who"), el("input", { class: "input", name: "patroller", maxlength: 60, autocomplete: "off" })),
    labelled("started_at", t("patrol.started"), el("input", { class: "input", name: "started_at", type: "datetime-local" }))],
  send: async (body) => { await request(`/api/patrols/routes/${route.id}/tracks`, { method: "POST", body }); await loadAll(route.id); } });
}

async function sendWalk(id, body) {
  await request(`/api/patrols/routes/${id}/tracks`, { method: "POST", body });
  await loadAll(id);
  await figures.load();
}

async function removeTrack(row) {
  if (await confirmDialog({ title: t("patrol.track.remove", { who: row.patroller }), detail: t("patrol.track.remove.detail"), action: t("patrol.remove.do") })) {
    await requestJson(`/api/patrols/tracks/${row.id}`, { method: "DELETE" });
    await loadAll(route.id);
  }
}

async function remove() {
  if (await confirmDialog({ title: t("patrol.remove", route), detail: t("patrol.removed.detail", { n: route.tracks.length }), action: t("patrol.remove.do") })) {
    await requestJson(`/api/patrols/routes/${route.id}`, { method: "DELETE" });
    await loadAll();
  }
}

async function startMap() {
  if (view !== null) {
    return;
  }
  view = await MapView.create(find("map"), { theme: currentTheme(), bbox, view: null, padding: ROOM });
  view.setVisibleLayers([], null);
  view.on("error", () => {}); // a tile that failed is fetched again when the map moves
  document.addEventListener("onemap:theme", (event) => view.setTheme(event.detail));
  await new Promise((resolve) => { view.on("ready", resolve); });
  view.on("ready", draw);
  find("map-loading").hidden = true;
}

for (const [name, act] of Object.entries({ add, upload, walk: () => walk.begin(route), edit, remove, danger: register })) {
  find(name).addEventListener("click", () => void attempt(async () => act()));
}

const figures = new PatrolFigures({ open: async (id) => { await open(id); find("route").scrollIntoView({ block: "start" }); } });

void start(async () => {
  const asked = Number(new URLSearchParams(window.location.search).get("route"));
  await loadAll(asked || null);
  await figures.load();
});
