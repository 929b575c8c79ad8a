/* Entry of the page of hazardous transport: corridors, vehicles' tracks, and where these broke the rules. */

import "./words/transport.js";
import { request, requestJson } from "./api.js";
import { attempt, find, instant, showTable, start } from "./company.js";
import { datumField } from "./datum_select.js";
import { confirmDialog } from "./dialog.js";
import { el, iconButton } from "./dom.js";
import { MapDrawing } from "./drawing.js";
import { askFile, fileInput, labelled } from "./file_dialog.js";
import { formatNumber, t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { currentTheme } from "./session_menu.js";

const ROOM = { top: 40, right: 40, bottom: 40, left: 40 };
let all = null;
let trip = null;
let chosen = null;
let view = null;
let bbox = null;
let drawn = null; // the middle of a corridor that is not kept yet

const km = (metres) => formatNumber(Math.round(metres / 100) / 10);
const minutes = (seconds) => (seconds < 60 ? t("transport.seconds", { n: Math.round(seconds) }) : t("transport.minutes", { n: formatNumber(Math.round(seconds / 60)) }));
const metres = (length) => (length < 1000 ? t("transport.m", { n: Math.round(length) }) : t("transport.km", { n: km(length) }));
const feature = (geometry, properties = {}) => ({ type: "Feature", geometry, properties });

/** What a track broke, in words. */
function brokenText(one) {
  const parts = [];
  if (one.outside_s > 0) {
    parts.push(t("transport.outside", { m: metres(one.outside_m), s: minutes(one.outside_s) }));
  }
  if (one.closed_s > 0) {
    parts.push(t("transport.closed", { m: metres(one.closed_m), s: minutes(one.closed_s) }));
  }
  return parts.length > 0 ? parts.join(t("transport.and")) : t("transport.kept");
}

async function loadAll(id = null) {
  bbox ??= (await requestJson("/api/session")).city.bbox; // the dialogs offer the datums of the city's zone
  all = await requestJson("/api/transport");
  find("add-trip").hidden = !all.may_add;
  find("add-corridor").hidden = find("draw-corridor").hidden = !all.may_add_corridor;
  showTrips();
  showCorridors();
  await startMap();
  const next = all.trips.find((one) => one.id === id) ?? all.trips.find((one) => one.violation_count > 0) ?? all.trips[0];
  find("trip").hidden = next === undefined;
  if (next) {
    await open(next.id);
  } else {
    trip = null;
    draw();
    fit(all.corridors.map((one) => one.geometry));
  }
}

function showTrips() {
  showTable(find("trips"), { caption: find("trips-title").textContent, rows: all.trips, empty: t("transport.none"), emptyDetail: all.may_add ? t("transport.none.add") : "",
    columns: [
      { label: t("transport.col.plate"), cell: (row) => el("button", { type: "button", class: "link-button", onclick: () => void attempt(() => open(row.id)) }, row.plate) },
      { label: t("transport.col.found"), cell: (row) => el("span", { class: row.violation_count === 0 ? "badge" : "badge badge--bad" }, brokenText(row)) },
      { label: t("transport.col.started"), cell: (row) => el("time", {}, instant(row.started_at)) },
      { label: t("transport.col.class"), cell: (row) => row.class_title },
      { label: t("transport.col.keeper"), cell: (row) => row.keeper },
      { label: t("transport.col.length"), number: true, cell: (row) => t("transport.km", { n: km(row.length_m) }) }
    ] });
}

function showCorridors() {
  const classes = (row) => (row.substance_classes ? t("transport.classes", { n: [...row.substance_classes].join(t("transport.comma")) }) : t("transport.classes.all"));
  showTable(find("corridors"), { caption: find("corridors-title").textContent, rows: all.corridors, empty: t("transport.corridor.none"), emptyDetail: all.may_add_corridor ? t("transport.corridor.none.add") : "",
    columns: [
      { label: t("transport.corridor.name"), cell: (row) => el("button", { type: "button", class: "link-button", onclick: () => fit([row.geometry]) }, row.name) },
      { label: t("transport.corridor.hours"), cell: (row) => row.hours },
      { label: t("transport.corridor.classes"), cell: classes },
      { label: t("transport.corridor.half"), number: true, cell: (row) => t("transport.m", { n: row.half_width_m }) },
      { label: t("transport.col.length"), number: true, cell: (row) => t("transport.km", { n: km(row.length_m) }) },
      { label: t("transport.corridor.authority"), cell: (row) => row.authority },
      ...(all.may_add_corridor ? [{ label: t("transport.off"), cell: (row) => (row.may_change ? iconButton("close", t("transport.corridor.remove", { name: row.name }), () => void attempt(() => removeCorridor(row))) : null) }] : [])
    ] });
}

async function open(id) {
  trip = await requestJson(`/api/transport/trips/${id}`);
  chosen = null;
  for (const row of find("trips").querySelectorAll("tbody tr")) {
    row.classList.toggle("is-chosen", row.dataset.key === trip.code || row.dataset.key === String(id));
  }
  find("trip").hidden = false;
  find("trip-name").textContent = trip.plate;
  find("trip-facts").textContent = t("transport.facts", { from: instant(trip.started_at), to: instant(trip.ended_at), km: km(trip.length_m), class: trip.class_title, keeper: trip.keeper });
  find("remove-trip").hidden = !trip.may_change;
  find("found").replaceChildren(el("p", { class: trip.violation_count === 0 ? "" : "form-error" }, brokenText(trip)),
    trip.gap_s > 0 ? el("p", { class: "muted" }, t("transport.gap", { s: minutes(trip.gap_s) })) : "");
  find("violations").hidden = trip.violation_count === 0;
  showTable(find("violations"), { caption: find("violations").getAttribute("aria-label"), rows: trip.violations, empty: t("transport.kept"), emptyDetail: "",
    columns: [
      { label: t("transport.v.when"), cell: (row) => el("button", { type: "button", class: "link-button", onclick: () => show(row) }, `${instant(row.started_at)} – ${instant(row.ended_at).slice(-8)}`) },
      { label: t("transport.v.kind"), cell: (row) => row.kind_title },
      { label: t("transport.v.duration"), number: true, cell: (row) => minutes(row.duration_s) },
      { label: t("transport.col.length"), number: true, cell: (row) => metres(row.length_m) },
      { label: t("transport.v.farthest"), number: true, cell: (row) => (row.kind === "outside" && row.farthest_m !== null ? metres(row.farthest_m) : null) }
    ] });
  draw();
  fit([trip.geometry]);
}

function show(violation) {
  chosen = violation.id;
  draw();
  fit([violation.geometry]);
}

function draw() {
  // What broke the rules is drawn by itself: the whole track would cover it.
  view?.overlays.set("routes", [...all.corridors.map((one) => feature(one.geometry, { is_active: false })), ...(trip && trip.kept.coordinates?.length > 0 ? [feature(trip.kept, { is_active: true })] : [])]);
  const violations = trip?.violations ?? [];
  view?.overlays.set("closures", [...violations.map((one) => feature(one.geometry)), ...(drawn ? [feature({ type: "LineString", coordinates: drawn })] : [])]);
  view?.overlays.set("places", violations.map((one, at) => feature({ type: "Point", coordinates: one.geometry.coordinates[0][0] }, { label: String(at + 1), is_active: one.id === chosen })));
}

function fit(geometries) {
  const points = geometries.flatMap((one) => (one.type === "LineString" ? one.coordinates : one.coordinates.flat()));
  if (points.length > 0) {
    const [lons, lats] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
    view?.fit([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], ROOM);
  }
}

const input = (name, more = {}) => el("input", { class: "input", name, autocomplete: "off", ...more });

function addTrip() {
  askFile({ title: t("transport.add"), fields: [
    labelled("file", t("transport.file.trip"), fileInput(".gpx,.csv")),
    datumField(bbox),
    labelled("plate", t("transport.plate"), input("plate", { maxlength: 12 })),
    labelled("substance_class", t("transport.col.class"), el("select", { class: "select", name: "substance_class" }, all.classes.map((one) => el("option", { value: one.id }, one.title)))),
    ...(all.may_add_corridor ? [labelled("enterprise_code", t("transport.enterprise"), input("enterprise_code", { maxlength: 40 }))] : [])],
  send: async (body) => loadAll((await (await request("/api/transport/trips", { method: "POST", body })).json()).id) });
}

/** Asks what a corridor is; its middle comes from a file, or was drawn. */
function addCorridor(line = null) {
  askFile({ title: t("transport.corridor.add"), fields: [
    ...(line ? [el("p", { class: "muted" }, t("transport.drawn", { n: formatNumber(line.length) }))] : [labelled("file", t("transport.file.corridor"), fileInput()), datumField(bbox)]),
    labelled("name", t("transport.corridor.name"), input("name", { maxlength: 100 })),
    labelled("half_width_m", t("transport.corridor.half.long"), input("half_width_m", { type: "number", min: 5, max: 2000, value: 50 })),
    labelled("opens", t("transport.corridor.opens"), input("opens", { type: "time" })),
    labelled("closes", t("transport.corridor.closes"), input("closes", { type: "time" })),
    labelled("weekdays", t("transport.corridor.weekdays"), input("weekdays", { maxlength: 7, inputmode: "numeric" })),
    labelled("substance_classes", t("transport.corridor.classes.long"), input("substance_classes", { maxlength: 9, inputmode: "numeric" }))],
  send: async (body) => {
    if (line) {
      body.append("file", new Blob([JSON.stringify({ type: "LineString", coordinates: line })]), "drawn.geojson");
    }
    await request("/api/transport/corridors", { method: "POST", body });
    await loadAll(trip?.id);
  }, onclose: () => { drawn = null; draw(); } });
}

/** Draws the middle of a corridor on the map; then asks what it is. */
function drawCorridor() {
  const button = find("draw-corridor");
  button.disabled = true;
  drawn = null;
  find("stage").scrollIntoView({ block: "nearest" });
  new MapDrawing(view, find("stage"), {
    title: t("transport.corridor.draw"), kind: "line",
    onchange: (features) => view.overlays.set("closures", features),
    onend: (line) => {
      button.disabled = false;
      button.focus({ preventScroll: true });
      drawn = line;
      draw();
      if (line) {
        addCorridor(line);
      }
    }
  });
}

async function removeTrip() {
  if (await confirmDialog({ title: t("transport.remove", trip), detail: t("transport.remove.detail"), action: t("transport.remove.do") })) {
    await requestJson(`/api/transport/trips/${trip.id}`, { method: "DELETE" });
    await loadAll();
  }
}

async function removeCorridor(row) {
  if (await confirmDialog({ title: t("transport.corridor.remove", row), detail: t("transport.corridor.remove.detail"), action: t("transport.remove.do") })) {
    await requestJson(`/api/transport/corridors/${row.id}`, { method: "DELETE" });
    await loadAll(trip?.id);
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

for (const [name, act] of Object.entries({ "add-trip": addTrip, "add-corridor": () => addCorridor(), "draw-corridor": drawCorridor, "remove-trip": removeTrip })) {
  find(name).addEventListener("click", () => void attempt(async () => act()));
}

void start(() => loadAll());
