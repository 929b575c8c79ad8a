/* Entry of an enterprise's plant plans: the pictures, points placed on them, and how they lie on the city map. */

import "./words/plans.js";
import { request, requestJson } from "./api.js";
import { attempt, find, showTable, start, valuesOf } from "./company.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { el, iconButton, stateBlock } from "./dom.js";
import { formatNumber, lang, t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { PlanPicture } from "./plan_picture.js";
import { sendForm } from "./register_fields.js";
import { phoneLink } from "./resource_finder.js";
import { currentTheme } from "./session_menu.js";
import { showToast } from "./toast.js";

const ROOM = { top: 24, right: 24, bottom: 24, left: 24 };
const REFRESH_MS = 60_000;
const MAX_BYTES = 20 * 1024 * 1024; // the server's limit; it checks again
const { enterprise: id } = find("content").dataset;
const picture = new PlanPicture(find("frame"), find("stage"), find("image"));
let all = null;
let plan = null;
let view = null;
let stopTask = null;

const planPath = () => `/api/plans/${plan.id}`;
const option = (value, label, chosen) => el("option", { value, selected: String(value) === String(chosen ?? "") }, label);
const labelled = (name, label, control) => el("label", { class: "field", "data-field": name }, el("span", { class: "field__label" }, label), control);

/** What is open at the enterprise, its warnings, and who is on duty; each figure opens its rows. */
function showBeside({ counts, warnings, duty }) {
  const counter = (n, title, page, parts = []) => el("li", {}, el("a", { class: "counter", href: page }, el("span", { class: "counter__n" }, formatNumber(n)), el("span", {}, title)),
    parts.length === 0 ? null : el("span", { class: "plans__parts" }, parts.map((part) => el("a", { class: "plans__part", href: part.page }, dot(part.color), `${part.title} ${formatNumber(part.n)}`))));
  find("beside").replaceChildren(...counts.map((one) => counter(one.n, one.title, one.page, one.of)), counter(warnings.n, t("plan.beside.warnings"), warnings.page));
  const person = (name, phone) => [name ?? "—", " ", phone ? phoneLink(phone, name ?? t("plan.beside.duty")) : ""];
  find("duty").replaceChildren(t("plan.beside.duty"), "：".slice(0, lang === "en" ? 0 : 1), " ", ...(duty.length === 0 ? [el("span", { class: "muted" }, t("plan.beside.duty.none"))]
    : duty.flatMap((one) => [el("a", { href: one.page }, one.shift), " ", ...person(one.leader, one.leader_phone), "，".slice(0, lang === "en" ? 0 : 1), " ", ...person(one.watcher, one.phone), " "])));
}

function dot(color) {
  const spot = el("span", { class: "plans__dot", "aria-hidden": "true" });
  spot.style.background = color ?? "var(--text-2)";
  return spot;
}

/** Asks again what stands behind the points and beside the plan, while the page is looked at and nothing is being placed. */
async function refresh() {
  if (document.hidden || stopTask || all === null || document.querySelector("dialog[open]")) {
    return;
  }
  const found = await requestJson(`/api/enterprises/${id}/plans`);
  showBeside(found.beside);
  if (plan !== null && found.plans.some((one) => one.id === plan.id)) {
    const now = await requestJson(planPath());
    if (!stopTask && now.id === plan.id) {
      show(now);
    }
  }
}

async function loadAll(chosen = null) {
  all = await requestJson(`/api/enterprises/${id}/plans`);
  showBeside(all.beside);
  find("upload").hidden = !all.may_change;
  find("plans").replaceChildren(...all.plans.map((one) => el("button", { type: "button", class: one.parent_id === null ? "plans__tab" : "plans__tab plans__tab--below", "data-plan": one.id, onclick: () => void attempt(() => open(one.id)) },
    el("span", {}, one.name), el("span", { class: "muted" }, `${one.kind_title} · ${t("plan.points", { n: formatNumber(one.points) })}`))));
  const next = all.plans.find((one) => one.id === chosen) ?? all.plans[0];
  find("plan").hidden = next === undefined;
  find("empty").replaceChildren(next ? "" : stateBlock({ title: t("plan.none"), detail: t(all.may_change ? "plan.none.own" : "plan.none.other") }));
  if (next) {
    await open(next.id);
  }
}

async function open(planId) {
  stop();
  show(await requestJson(`/api/plans/${planId}`));
  await startMap();
  fitMap();
}

function show(found) {
  plan = found;
  for (const tab of find("plans").children) {
    tab.setAttribute("aria-pressed", String(Number(tab.dataset.plan) === plan.id));
  }
  find("tools").hidden = !plan.may_change;
  find("untie").hidden = plan.ties === null;
  showLink();
  picture.show(plan, { onpoint: (at) => mark(at) });
  showFit();
  showPoints();
  mark();
}

/** The way to a panorama or a 3D model: a link that opens a page of its own; nothing of it is loaded here. */
function showLink() {
  find("link").hidden = plan.link_url === null;
  if (plan.link_url !== null) {
    const { host } = new URL(plan.link_url, window.location.origin);
    find("link").replaceChildren(el("a", { href: plan.link_url, target: "_blank", rel: "noopener noreferrer" }, t("plan.link.open", { kind: plan.kind_title })),
      el("span", { class: "muted" }, ` ${host}`));
  }
}

function showFit() {
  const { fit } = plan;
  if (fit === null) {
    find("fit").replaceChildren(el("p", { class: "muted" }, t(plan.may_change ? "plan.fit.none" : "plan.fit.none.other")));
    return;
  }
  find("fit").replaceChildren(
    el("p", {}, t("plan.fit.scale", { scale: fit.scale_m_per_px, width: formatNumber(fit.width_m), height: formatNumber(fit.height_m) })),
    el("p", {}, t("plan.fit.north", { north: fit.north_deg })),
    fit.north_off_deg === null ? "" : el("p", { class: fit.is_north_doubtful ? "form-error" : "muted" }, t(fit.is_north_doubtful ? "plan.fit.doubt" : "plan.fit.agrees", { off: fit.north_off_deg })));
}

/** How it stands with the row of a point, and the way to it. */
function standing({ row }) {
  if (row === null) {
    return null;
  }
  if (row.is_gone) {
    return el("span", { class: "muted" }, t("plan.point.gone"));
  }
  return el("span", { class: "plans__standing" }, el("a", { class: "plans__part", href: row.page }, dot(row.color), row.title),
    row.warnings > 0 ? el("span", { class: "badge badge--bad" }, t("plan.point.warnings", { n: formatNumber(row.warnings) })) : null);
}

function showPoints() {
  showTable(find("points"), { caption: find("points-title").textContent, rows: plan.points, empty: t("plan.point.none"), emptyDetail: plan.may_change ? t("plan.point.none.own") : "",
    columns: [
      { label: t("plan.point.number"), cell: (row) => String(plan.points.indexOf(row) + 1) },
      { label: t("plan.point.name"), cell: (row) => el("button", { type: "button", class: "link-button", onclick: () => mark(plan.points.indexOf(row)) }, row.name) },
      { label: t("plan.point.kind"), cell: (row) => row.kind_title },
      { label: t("plan.point.standing"), cell: standing },
      { label: t("plan.point.where"), cell: (row) => (row.lon === null ? t("plan.point.unplaced") : `${row.lon.toFixed(5)}, ${row.lat.toFixed(5)}`) },
      ...(plan.may_change ? [{ label: t("plan.point.off"), cell: (row) => iconButton("close", t("plan.point.remove", row), () => void attempt(async () => show(await requestJson(`${planPath()}/points/${row.id}`, { method: "DELETE" })))) }] : [])
    ] });
}

/** Draws outline and points on the city map, and one of them larger on both. */
function mark(active = null) {
  picture.mark(active);
  const feature = (geometry, properties = {}) => ({ type: "Feature", geometry, properties });
  view?.overlays.set("isochrone", plan.fit ? [feature({ type: "Polygon", coordinates: [plan.fit.outline] }, { label: "" })] : []);
  view?.overlays.set("places", plan.points.map((point, at) => ({ point, at })).filter(({ point }) => point.lon !== null)
    .map(({ point, at }) => feature({ type: "Point", coordinates: [point.lon, point.lat] }, { label: String(at + 1), is_active: at === active })));
}

function fitMap() {
  const place = all.enterprise;
  if (plan.fit) {
    const [lons, lats] = [plan.fit.outline.map(([lon]) => lon), plan.fit.outline.map(([, lat]) => lat)];
    view.fit([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { top: 36, right: 36, bottom: 36, left: 36 });
  } else if (place.lon !== null) {
    view.goTo({ lon: place.lon, lat: place.lat, zoom: 16, padding: ROOM });
  }
  view.select(place.lon === null ? null : place);
}

/** A dialog with a form; `send(values, form)` may throw faults, which go to their fields. */
function askForm({ title, action, fields, send }) {
  const form = el("form", { class: "form", novalidate: true }, el("p", { class: "form-error", role: "alert", hidden: true }), fields,
    el("div", { class: "button-row" }, el("button", { class: "button button--primary", type: "submit" }, action)));
  const dialog = openDialog({ title, body: form });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await sendForm(form, () => send(valuesOf(form), form).then(() => true))) {
      dialog.close();
    }
  });
  return form;
}

const kindSelect = (chosen) => el("select", { class: "select", name: "kind" }, all.kinds.map((one) => option(one.id, one.title, chosen)));
const parentSelect = (chosen, own = null) => el("select", { class: "select", name: "parent_id" }, option("", t("plan.parent.none")),
  all.plans.filter((one) => one.id !== own).map((one) => option(one.id, one.name, chosen)));

function upload() {
  askForm({ title: t("plan.upload"), action: t("plan.upload"), fields: [
    labelled("file", t("plan.file"), el("input", { class: "input", type: "file", name: "file", accept: ".png,.jpg,.jpeg,.webp" })),
    labelled("name", t("plan.name"), el("input", { class: "input", name: "name", maxlength: 100, autocomplete: "off" })),
    labelled("kind", t("plan.kind"), kindSelect("site")), labelled("parent_id", t("plan.parent"), parentSelect(null)),
    labelled("position", t("plan.position"), el("input", { class: "input", name: "position", type: "number", min: 0, max: 999, value: all.plans.length + 1 }))],
  send: async (values, form) => {
    const file = form.elements.file.files[0];
    if (file && file.size > MAX_BYTES) {
      throw Object.assign(new Error(), { title: t("plan.too_large"), detail: t("plan.too_large") });
    }
    const body = new FormData();
    if (file) {
      body.append("file", file);
    }
    for (const name of ["name", "kind", "parent_id", "position"]) {
      body.append(name, values[name]);
    }
    const added = await (await request(`/api/enterprises/${id}/plans`, { method: "POST", body })).json();
    await loadAll(added.id);
  } });
}

function edit() {
  askForm({ title: t("plan.edit"), action: t("plan.save"), fields: [
    labelled("name", t("plan.name"), el("input", { class: "input", name: "name", maxlength: 100, autocomplete: "off", value: plan.name })),
    labelled("kind", t("plan.kind"), kindSelect(plan.kind)), labelled("parent_id", t("plan.parent"), parentSelect(plan.parent_id, plan.id)),
    labelled("position", t("plan.position"), el("input", { class: "input", name: "position", type: "number", min: 0, max: 999, value: plan.position })),
    labelled("north_deg", t("plan.north"), el("input", { class: "input", name: "north_deg", type: "number", min: 0, max: 359.9, step: 0.1, value: plan.north_deg ?? "" })),
    ...(plan.may_link ? [labelled("link_url", t("plan.link"), el("input", { class: "input", name: "link_url", type: "url", maxlength: 500, autocomplete: "off", placeholder: "https://", value: plan.link_url ?? "" }))] : [])],
  send: async (values) => {
    const north = values.north_deg === "" ? null : Number(values.north_deg);
    await put({ name: values.name, kind: values.kind, parent_id: values.parent_id || null, position: values.position, north_deg: north, ...(plan.may_link ? { link_url: values.link_url.trim() } : {}) });
    await loadAll(plan.id);
  } });
}

async function put(values) {
  show(await requestJson(planPath(), { method: "PUT", body: { ...values, version: plan.version } }));
}

async function remove() {
  if (await confirmDialog({ title: t("plan.remove", plan), detail: t("plan.remove.detail", { n: plan.points.length }), action: t("plan.remove.do") })) {
    await requestJson(planPath(), { method: "DELETE", body: { version: plan.version } });
    await loadAll();
  }
}

// -- tasks that wait for clicks

function hint(text) {
  find("hint").hidden = text === null;
  find("hint").textContent = text ?? "";
}

/** Waits for one click on the picture or the map; null when it was stopped. */
function nextClick(source, text) {
  hint(text);
  return new Promise((resolve) => {
    const done = (value) => { stopTask = null; picture.onclick = null; view.on("click", () => {}); find("map").classList.toggle("is-asked", false); resolve(value); };
    stopTask = () => done(null);
    if (source === "picture") {
      picture.onclick = done;
      find("frame").focus();
    } else {
      find("map").classList.toggle("is-asked", true);
      view.on("click", ({ lon, lat }) => done({ lon, lat }));
    }
  });
}

function stop() {
  stopTask?.();
  hint(null);
  picture.cross(null);
}

async function tie() {
  stop();
  const ties = [];
  for (const name of ["a", "b"]) {
    const onPicture = await nextClick("picture", t(`plan.tie.${name}.picture`));
    const onMap = onPicture && await nextClick("map", t(`plan.tie.${name}.map`));
    if (!onMap) {
      stop();
      return;
    }
    ties.push({ ...onPicture, ...onMap });
  }
  hint(null);
  picture.cross(null);
  await put({ ties });
  showToast({ title: t("plan.tied") });
  fitMap();
}

async function untie() {
  if (await confirmDialog({ title: t("plan.untie"), detail: t("plan.untie.detail"), action: t("plan.untie.do") })) {
    await put({ ties: null });
  }
}

async function place() {
  stop();
  const at = await nextClick("picture", t("plan.place.hint"));
  hint(null);
  if (at === null) {
    return;
  }
  const rows = el("select", { class: "select", name: "of_code" });
  const offerRows = (kind) => rows.replaceChildren(option("", t("plan.point.row.none")), ...(plan.placeable[kind] ?? []).map((one) => option(one.code, `${one.name}（${one.code}）`)));
  const kinds = el("select", { class: "select", name: "kind", onchange: () => offerRows(kinds.value) }, plan.kinds.map((one) => option(one.id, one.title)));
  offerRows(plan.kinds[0].id);
  askForm({ title: t("plan.place"), action: t("plan.point.add"), fields: [
    labelled("kind", t("plan.point.kind"), kinds), labelled("of_code", t("plan.point.row"), rows),
    labelled("name", t("plan.point.name"), el("input", { class: "input", name: "name", maxlength: 200, autocomplete: "off" }))],
  send: async (values) => {
    show(await requestJson(`${planPath()}/points`, { method: "POST", body: { ...at, kind: values.kind, name: values.name, of_code: values.of_code || null } }));
    picture.cross(null);
    mark(plan.points.length - 1);
  } });
}

async function startMap() {
  if (view !== null) {
    return;
  }
  const session = await requestJson("/api/session");
  view = await MapView.create(find("map"), { theme: currentTheme(), bbox: session.city.bbox, view: null, padding: ROOM });
  view.setVisibleLayers([], null);
  view.on("error", () => {}); // a tile that failed is fetched again when the map moves
  document.addEventListener("onemap:theme", (event) => view.setTheme(event.detail));
  await new Promise((resolve) => { view.on("ready", resolve); });
  view.on("ready", () => mark());
  find("map-loading").hidden = true;
  mark();
}

for (const [name, act] of Object.entries({ upload, edit, remove, tie, untie, place })) {
  find(name).addEventListener("click", () => void attempt(async () => act()));
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && stopTask) {
    stop();
  }
});

window.setInterval(() => void refresh().catch(() => {}), REFRESH_MS); // one that failed is asked again
document.addEventListener("visibilitychange", () => void refresh().catch(() => {}));
void start(() => loadAll());
