/* Entry of one row of a register: its form on the map, its workflow, records, attachments and what happened to it. */

import "./words/registers.js";
import { query, requestJson } from "./api.js";
import { Attachments, attach } from "./attachments.js";
import { attempt, fillForm, find, here, instant, showTable, start, valuesOf } from "./company.js";
import { lookUp } from "./company_position.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { debounce, el, iconButton } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { cellText, fieldOf, sendForm } from "./register_fields.js";
import { RegisterShape } from "./register_shape.js";
import { RegisterTicks } from "./register_ticks.js";
import { currentTheme } from "./session_menu.js";
import { showToast } from "./toast.js";

const LINKED = 40;
const ROOM = { top: 24, right: 24, bottom: 24, left: 24 };
const form = find("form");
const { register: id, row: rowId } = form.dataset;
const path = `/api/registers/${here(id)}`;
let described = null;
let row = null;
let view = null;
let deriving = 0;
let shape = null;
let ticks = null;

const rowPath = () => `${path}/rows/${row.id}`;
const canWrite = () => row === null || row.may_change;

function buildFields() {
  const isNew = row === null;
  find("fields").replaceChildren(...described.fields
    .filter((field) => !described.later.includes(field.name) || (row !== null && row.values[field.name] !== null)) // the step asks for it
    .filter((field) => field.name !== described.owner_field || described.side === "authority" || (described.enterprises ?? []).length > 1)
    .map((field) => {
      const hint = field.name === "code" && described.numbers_itself && isNew ? t("register.number.auto") : "";
      return fieldOf(field.name === "code" && described.numbers_itself ? { ...field, required: false } : field, { hint, isDisabled: !canWrite() || (field.fixed && !isNew) });
    }));
  const owner = form.elements[described.owner_field];
  if (owner && described.enterprises) {
    const select = el("select", { class: "select", name: described.owner_field });
    select.append(...described.enterprises.map((one) => el("option", { value: one.code }, one.name)));
    select.disabled = !isNew;
    owner.replaceWith(select);
  } else if (owner && isNew) {
    offerRows(owner, "enterprise");
  }
  for (const field of described.fields) {
    const control = form.elements[field.name];
    if (field.references && field.name !== described.owner_field && control?.tagName === "INPUT" && !control.disabled) {
      offerRows(control, field.references);
    }
  }
}

/** Offers the rows of a layer by name or code, the first ones before anything is typed; the field keeps the code. */
function offerRows(control, layer) {
  const list = el("datalist", { id: `rows-${control.name}` });
  const offer = async () => {
    const words = control.value.trim();
    if ([...list.options].some((option) => option.value === words) || (layer === "enterprise" && words.length < 2)) {
      return;
    }
    const found = await requestJson(`/api/layers/${layer}/features?${query({ q: words, page_size: 20 })}`).catch(() => ({ rows: [] }));
    list.replaceChildren(...found.rows.map((one) => el("option", { value: one.values.code }, one.values.name)));
  };
  control.after(list);
  control.setAttribute("list", list.id);
  control.placeholder = t(layer === "enterprise" ? "register.enterprise.hint" : "register.row.hint");
  control.addEventListener("input", debounce(offer, 250));
  control.addEventListener("focus", () => void offer());
}

/** What the form says; instants and texts as they were typed, empty ones as nothing. */
function said() {
  const values = valuesOf(form);
  const fields = described.fields.filter((field) => form.elements[field.name] && !form.elements[field.name].disabled);
  const found = Object.fromEntries(fields.map((field) => [field.name, values[field.name] === "" ? null : values[field.name]]));
  if (shape) {
    return shape.changed ? { ...found, geometry: shape.changed } : found;
  }
  return values.position_text ? { ...found, position_text: values.position_text, crs: values.crs } : found;
}

/** Asks what follows from the fields as they stand (a level from its factors), and shows it before anything is saved. */
async function derive() {
  const mine = ++deriving;
  const found = await requestJson(`${path}/derived`, { method: "POST", body: said() }).catch(() => null); // a value half typed follows later
  if (mine !== deriving || found === null) {
    return;
  }
  for (const name of described.derives) {
    const one = found.derived.find((each) => each.name === name);
    const control = form.elements[name];
    if (control) {
      control.disabled = one !== undefined || !canWrite();
      control.value = one?.value ?? control.value;
    }
  }
  const line = find("derived");
  line.hidden = found.derived.length === 0 && found.faults.length === 0;
  line.classList.toggle("muted", found.derived.length === 0);
  line.textContent = found.derived.length > 0
    ? found.derived.map((one) => `${one.label} ${one.text}${one.unit ? ` ${one.unit}` : ""}`).join(" · ") : found.faults.map((one) => one.detail).join(" ");
  line.dataset.grade = found.derived.find((one) => one.name === "level")?.value ?? "";
}

async function place({ moves = true } = {}) {
  const found = await lookUp(form.elements.position_text.value.trim(), form.elements.crs.value, find("place"), "/api/registers/position");
  view?.select(found ?? (row?.position.lon ? row.position : null));
  if (found && moves) {
    view?.goTo({ lon: found.lon, lat: found.lat, zoom: 15, padding: ROOM });
  }
}

function showPosition() {
  if (shape) {
    shape.show(row?.geometry ?? null, canWrite());
    return;
  }
  const { lon, lat, quality } = row?.position ?? {};
  find("place").textContent = lon === undefined || lon === null ? (row === null ? "" : t("register.position.none"))
    : quality === "given" ? t("register.position.own", { lon: lon.toFixed(5), lat: lat.toFixed(5) }) : t("register.position.enterprise");
  if (view && lon) {
    view.select({ lon, lat });
    view.goTo({ lon, lat, zoom: 15, padding: ROOM });
  }
}

function show(found) {
  row = found;
  buildFields();
  showFacts();
  showCompared();
  fillForm(form, Object.fromEntries(Object.entries(row.values).map(([name, value]) => {
    const field = described.fields.find((one) => one.name === name);
    const shown = field.type === "instant" || field.type === "code_list" ? row.texts[name] : value;
    return [name, typeof shown === "boolean" ? String(shown) : shown];
  })));
  form.elements.position_text.value = "";
  find("heading").textContent = row.name;
  find("crumb").textContent = row.code;
  find("locked").hidden = row.may_change;
  find("new-position").hidden = !row.may_change || shape !== null;
  form.querySelector("[type=submit]").hidden = !row.may_change;
  find("remove").hidden = !row.may_change;
  const state = described.states.find((one) => one.value === row.state);
  find("state").hidden = !state;
  find("state").textContent = state?.label ?? "";
  find("moves").hidden = row.moves.length === 0;
  find("moves").replaceChildren(...row.moves.map((move, at) => el("button", { type: "button", class: at === 0 ? "button button--primary" : "button", "data-move": move.id, onclick: () => askMove(move) }, move.title)));
  find("side").hidden = false;
  showRecords();
  if (described.has_ticks) {
    ticks ??= new RegisterTicks(find("ticks"), { path: rowPath, onsaved: async () => show(await requestJson(rowPath())) });
    void attempt(() => ticks.load());
  }
  void attempt(showLinks);
  showHistory();
  showPosition();
  if (described.derives.length > 0 && row.may_change) {
    void derive();
  }
}

/** A dialog with a form; `send(values)` may throw faults, which go to their fields. */
function askForm({ title, fields, action, send }) {
  const asked = el("form", { class: "form", novalidate: true }, el("p", { class: "form-error", role: "alert", hidden: true }), fields,
    el("div", { class: "button-row" }, el("button", { class: "button button--primary", type: "submit" }, action)));
  const dialog = openDialog({ title, body: asked });
  asked.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(Object.entries(valuesOf(asked)).map(([name, value]) => [name, value === "" ? null : value]));
    if (await sendForm(asked, () => send(values).then(() => true))) {
      dialog.close();
    }
  });
}

/** What the system keeps about the row beside its form: times, rounds, what was asked for. */
function showFacts() {
  const facts = described.facts.filter((fact) => row.texts[fact.name]);
  find("facts").hidden = facts.length === 0;
  find("facts-list").replaceChildren(...facts.flatMap((fact) => [el("dt", {}, fact.label), el("dd", {}, fact.opens && !row.opened[fact.name] ? t("register.fact.closed") : fact.opens
    ? el("a", { href: fact.opens.replace("{value}", row.texts[fact.name]) }, t("register.fact.open")) : fact.unit ? `${row.texts[fact.name]} ${fact.unit}` : row.texts[fact.name])]));
}

/** What was planned beside what became of it. */
function showCompared() {
  find("compared").hidden = row.compared.length === 0;
  if (row.compared.length > 0) {
    const title = find("compared-title").textContent;
    showTable(find("compared-table"), { caption: title, rows: row.compared, empty: "", emptyDetail: "", columns: [
      { label: t("register.compared.what"), cell: (one) => (one.unit ? `${one.title}（${one.unit}）` : one.title) },
      ...["planned", "actual"].map((name) => ({ label: t(`register.compared.${name}`), cell: (one) => one[name] || "—" })),
      { label: t("register.compared.difference"), cell: (one) => one.words ?? "—" }] });
  }
}

function filesOf(kindId) {
  const kind = described.files.find((one) => one.id === kindId);
  return { kind, field: el("label", { class: "field", "data-field": kind.id }, el("span", { class: "field__label" }, kind.title),
    el("input", { class: "input", type: "file", name: `file-${kind.id}`, multiple: true, accept: kind.pictures_only ? "image/png,image/jpeg,image/webp" : null }),
    el("span", { class: "field__hint" }, t("register.files.hint"))) };
}

function showAttachments() {
  find("attachments").replaceChildren(new Attachments({ layer: id, id: row.id, canWrite: true, kinds: described.files }).element);
}

function askMove(move) {
  const files = move.asks_files.map(filesOf);
  const note = el("label", { class: "field", "data-field": "note" }, el("span", { class: "field__label" }, t(move.needs_note ? "register.note.must" : "register.note")),
    el("textarea", { class: "input", name: "note", rows: 3, maxlength: 500 }));
  const asked = move.asks.map((field) => {
    const place = fieldOf({ ...field, required: true });
    place.querySelector("input, select, textarea").value = move.begins_with[field.name] ?? "";
    return place;
  });
  askForm({ title: move.title, action: move.title, fields: [...asked, ...files.map((one) => one.field), note],
    send: async (values) => {
      for (const { kind, field } of files) {
        const input = field.querySelector("input");
        for (const file of input.files) {
          await attach(id, row.id, file, kind.id);
        }
        input.value = ""; // sent: a second try does not send it again
        delete values[`file-${kind.id}`];
      }
      show(await requestJson(`${rowPath()}/moves/${here(move.id)}`, { method: "POST", body: { ...values, version: row.version } }));
      showAttachments();
      showToast({ title: t("register.moved", { what: move.title }) });
    } });
}

function showRecords() {
  find("records").replaceChildren(...row.records.map((kind) => {
    const { fields } = described.records.find((one) => one.id === kind.id);
    const table = el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": kind.title });
    showTable(table, { caption: kind.title, rows: kind.rows, empty: t("register.record.none"), emptyDetail: "",
      columns: [...fields.map((field) => ({ label: field.label, cell: (one) => cellText(one.values[field.name]) })),
        ...(row.may_record ? [{ label: "", cell: (one) => iconButton("close", t("register.record.remove", { at: one.values[fields[0].name] }), () => void removeRecord(kind, one, fields)) }] : [])] });
    const add = row.may_record ? el("button", { type: "button", class: "button button--small", "data-record": kind.id, onclick: () => askRecord(kind, fields) }, t("register.record.add")) : null;
    return el("section", { class: "card card__body", "aria-label": kind.title }, el("div", { class: "company-head" }, el("h2", {}, kind.title), add), table);
  }));
}

/** What the row is linked to: rows of other registers, the days of a plan; where something was found it is registered from here. */
async function showLinks() {
  const mine = row;
  const shown = await Promise.all(row.links.map(async (link) => ({ link,
    found: link.field === null ? null : await requestJson(`/api/registers/${here(link.register)}/rows?${query({ [link.field]: link.value, page_size: LINKED, sort: "-code" })}`) })));
  if (mine !== row) {
    return; // the row was shown anew meanwhile
  }
  find("links").replaceChildren(...shown.map(({ link, found }) => {
    const list = el("ul", { class: "register-links" }, (found?.rows ?? []).map((one) => el("li", {},
      el("a", { href: `/registers/${here(link.register)}/${one.id}` }, one.values.name),
      el("span", { class: "muted" }, [one.code, one.values.begins_on, one.values.state].filter(Boolean).join(" · ")))));
    const rest = found && found.total > found.rows.length ? el("p", { class: "muted" }, t("register.links.more", { n: formatNumber(found.total), shown: formatNumber(found.rows.length) })) : null;
    const none = found && found.total === 0 ? el("p", { class: "muted" }, t("register.links.none")) : null;
    const add = link.add ? el("a", { class: "button button--small", href: link.add }, link.add_title) : null;
    return found === null && add === null ? null : el("section", { class: "card card__body", "aria-label": link.title, "data-links": link.register },
      el("div", { class: "company-head" }, el("h2", {}, link.title), add), found && found.total > 0 ? list : none, rest);
  }).filter(Boolean));
}

function askRecord(kind, fields) {
  askForm({ title: kind.title, action: t("register.record.add"), fields: fields.map((field) => fieldOf(field)),
    send: async (values) => show(await requestJson(`${rowPath()}/records/${here(kind.id)}`, { method: "POST", body: values })) });
}

async function removeRecord(kind, one, fields) {
  const title = t("register.record.remove", { at: one.values[fields[0].name] });
  if (await confirmDialog({ title, detail: t("register.record.remove.detail"), action: t("register.remove.do") })) {
    await attempt(async () => show(await requestJson(`${rowPath()}/records/${here(kind.id)}/${one.id}`, { method: "DELETE" })));
  }
}

function showHistory() {
  const label = (state) => described.states.find((one) => one.value === state)?.label ?? state ?? "";
  if (row.history.length === 0) {
    find("history").replaceChildren(el("li", { class: "muted" }, t("register.history.none")));
    return;
  }
  find("history").replaceChildren(...row.history.map((event) => el("li", {},
    el("strong", {}, event.move_label ?? t(`register.action.${event.action}`, { to: label(event.to_state) })),
    el("span", { class: "muted" }, ` ${instant(event.at)} · ${event.party === "clock" ? t("register.by.clock") : event.username}`),
    event.note ? el("p", {}, event.note) : null,
    event.action === "created" || event.changes.length === 0 ? null
      : el("dl", {}, event.changes.flatMap((one) => [el("dt", {}, one.label), el("dd", {}, `${one.before || "—"} → ${one.after || "—"}`)])))));
}

async function save() {
  if (row === null) {
    const added = await requestJson(`${path}/rows`, { method: "POST", body: said() });
    window.location.assign(`/registers/${here(id)}/${added.id}`);
    return;
  }
  show(await requestJson(rowPath(), { method: "PUT", body: { ...said(), version: row.version } }));
  showToast({ title: t("register.saved") });
}

async function remove() {
  const isSure = await confirmDialog({ title: t("register.remove"), detail: t("register.remove.detail", row), action: t("register.remove.do") });
  if (isSure) {
    await requestJson(rowPath(), { method: "DELETE", body: { version: row.version } });
    window.location.assign(`/registers/${here(id)}`);
  }
}

async function startMap(session) {
  view = await MapView.create(find("map"), { theme: currentTheme(), bbox: session.city.bbox, view: null, padding: ROOM });
  view.setVisibleLayers([id], null);
  view.on("error", () => {}); // a tile that failed is fetched again when the map moves
  view.on("click", ({ lon, lat }) => {
    if (canWrite() && !shape) {
      form.elements.position_text.value = `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
      form.elements.crs.value = "wgs84";
      void place({ moves: false });
    }
  });
  if (shape) {
    shape.view = view;
  }
  document.addEventListener("onemap:theme", (event) => view.setTheme(event.detail));
  await new Promise((resolve) => { view.on("ready", resolve); });
  find("map-loading").hidden = true;
  showPosition();
}

form.addEventListener("submit", (event) => { event.preventDefault(); void sendForm(form, save); });
find("remove").addEventListener("click", () => void attempt(remove));
const deriveSoon = debounce(() => void derive(), 250);
find("fields").addEventListener("input", () => described.derives.length > 0 && deriveSoon());
const soon = debounce(() => void place(), 400);
form.elements.position_text.addEventListener("input", soon);
form.elements.crs.addEventListener("change", soon);

void start(async () => {
  const [found, session] = await Promise.all([requestJson(path), requestJson("/api/session")]);
  described = found;
  if (described.geometry !== "point") {
    shape = new RegisterShape(described.geometry);
    find("new-position").hidden = true;
    shape.show(null, true);
  }
  if (rowId) {
    show(await requestJson(`${path}/rows/${rowId}`));
    showAttachments();
  } else {
    buildFields();
    const given = new URLSearchParams(window.location.search); // a day of the calendar gives its date
    fillForm(form, { ...described.defaults, ...Object.fromEntries(described.fields.filter((field) => given.has(field.name)).map((field) => [field.name, given.get(field.name)])) });
  }
  await startMap(session);
  const at = new URLSearchParams(window.location.search).get("position_text");
  if (!rowId && at) {
    form.elements.position_text.value = at;
    form.elements.crs.value = "wgs84";
    await place();
  }
});
