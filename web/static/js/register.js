/* Entry of one register: its rows with filters, its figures, import and export. */

import "./words/registers.js";
import { query, request, requestJson } from "./api.js";
import { attempt, find, here, showLoading, showPager, showTable, start, startKinds, valuesOf } from "./company.js";
import { el, skeleton, stateBlock, uiIcon } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { RegisterCalendar } from "./register_calendar.js";
import { cellText } from "./register_fields.js";
import { importAsJob, isLarge } from "./table_import.js";

const { register: id } = find("kinds").dataset;
const path = `/api/registers/${here(id)}`;
const form = find("search");
const importer = find("import");
const asked = new URLSearchParams(window.location.search);
let described = null;
let calendar = null;
let page = Number(asked.get("page")) || 1;
let asking = 0;
/**
 * What a figure or another page narrows the rows by, beside the form's own fields: of a field a value (several by commas; of a date a month,
 * a day or two of them with a slash between), of `empty` the names of fields that hold nothing, of `subset` the register's subsets.
 */
let narrowed = new Map();
const LISTS = ["empty", "subset"];

const narrowedBy = () => Object.fromEntries([...narrowed].map(([name, { value }]) => [name, value]));
const conditions = () => {
  const { q, division, state, due, kind, own } = valuesOf(form);
  const by = narrowedBy();
  const either = (field, value) => (field ? { [field]: value || by[field] } : {});
  return { ...by, q, division, due, own, ...either(described.state_field, state), ...either(described.kind_field?.name, kind) };
};

function columns(found) {
  const link = (row, text) => el("a", { href: `/registers/${here(id)}/${row.id}` }, text);
  const shown = found.columns.filter((one) => one.name !== described.owner_field);
  return [
    ...shown.map((one) => ({ label: one.unit ? `${one.label}（${one.unit}）` : one.label, cell: (row) => (one.name === "name" ? link(row, row.values.name) : cellText(row.values[one.name])) })),
    ...(described.owner_field && described.side === "authority" ? [{ label: t("register.col.enterprise"), cell: (row) => row.enterprise }] : []),
    { label: t("register.col.division"), cell: (row) => row.division }
  ];
}

async function load() {
  showLoading(find("table"));
  const mine = ++asking;
  const found = await requestJson(`${path}/rows?${query({ ...conditions(), page, page_size: 50 })}`);
  if (mine !== asking) {
    return; // asked again meanwhile: the later answer stands, whichever comes first
  }
  window.history.replaceState(null, "", `?${query({ ...valuesOf(form), ...narrowedBy(), page: page > 1 ? page : "", lang: asked.get("lang") })}`);
  showNarrowed(found.rows);
  const isFiltered = Object.values(conditions()).some(Boolean);
  showTable(find("table"), { columns: columns(found), rows: found.rows, caption: described.title, empty: t("register.none"),
    emptyDetail: isFiltered || !described.may_keep ? t("register.none.other") : t("register.none.add") });
  find("total").textContent = t("register.total", { n: formatNumber(found.total) });
  const { due, own, ...exported } = conditions();
  find("export-rows").hidden = Boolean(due || own) || found.total === 0;
  find("export-rows").href = `/api/export/${here(id)}?${query({ format: "xlsx", ...exported })}`;
  showPager(find("pager"), found, (to) => { page = to; void attempt(load); });
}

const fieldOf = (name) => [...described.fields, ...described.facts].find((one) => one.name === name);

/** The words of what narrows: a field's name and its value; of a subset what it is called; of an empty field that it holds nothing. */
function wordsOf(name, value, label, rows) {
  if (name === "subset") {
    return { what: t("register.subset"), words: described.subsets.find((one) => one.id === value)?.title ?? value };
  }
  if (name === "within") {
    return { what: t("register.within"), words: value.split(":").at(-1) };
  }
  if (name === "empty") {
    return { what: fieldOf(value)?.label ?? value, words: t("register.unfilled") };
  }
  const { label: what, choices } = fieldOf(name);
  const known = choices && value.split(",").map((part) => choices.find((one) => one.value === part)?.label ?? part).join("、");
  const span = value.includes("/") ? value.split("/").map((day) => (day === ".." ? "…" : day.slice(0, 16).replace("T", " "))).join(" – ") : null;
  return { what, words: label ?? known ?? span ?? (name === described.owner_field && rows[0]?.enterprise) ?? value };
}

/** Takes away one of several values, or the whole. */
function widen(name, value) {
  const left = LISTS.includes(name) ? narrowed.get(name).value.split(",").filter((one) => one !== value) : [];
  if (left.length > 0) {
    narrowed.set(name, { value: left.join(",") });
  } else {
    narrowed.delete(name);
  }
  page = 1;
  void attempt(load);
}

/** What narrows the rows beside the form's own fields; a press takes it away. */
function showNarrowed(rows) {
  const each = [...narrowed].flatMap(([name, { value, label }]) => (LISTS.includes(name) ? value.split(",") : [value]).map((one) => ({ name, value: one, label })));
  find("narrowed").hidden = each.length === 0;
  find("narrowed").replaceChildren(...each.map(({ name, value, label }) => {
    const { what, words } = wordsOf(name, value, label, rows);
    return el("button", { type: "button", class: "button button--small", "data-narrowed": name, "aria-label": t("register.narrowed.off", { what, value: words }),
      onclick: () => widen(name, value) }, t("register.narrowed", { what, value: words }), uiIcon("close", { small: true }));
  }));
}

async function offerConditions(city) {
  const option = (value, label) => el("option", { value }, label);
  form.elements.division.append(option("", t("register.any")), ...city.children.map((one) => option(one.code, one.name)));
  const place = asked.get("division");
  if (place && !city.children.some(({ code }) => code === place)) {
    const { name } = place === city.code ? city : await requestJson(`/api/divisions/${here(place)}`).catch(() => ({ name: place }));
    form.elements.division.append(option(place, name));
  }
  if (described.state_field) {
    form.elements.state.append(option("", t("register.any")), ...described.states.map((one) => option(one.value, one.label)));
    find("states").hidden = false;
  }
  if (described.alarms.length > 0) {
    form.elements.due.append(option("", t("register.any")), ...described.alarms.flatMap((one) => ["before", "after"].map((stage) => option(`${one.field}.${stage}`, t(`register.due.${stage}`, { what: one.title })))));
    find("dues").hidden = false;
  }
  if (described.kind_field) {
    form.elements.kind.append(option("", t("register.any")), ...described.kind_field.choices.map((one) => option(one.value, one.label)));
    find("kind-field").querySelector(".field__label").textContent = described.kind_field.label;
    find("kind-field").hidden = false;
  }
  find("owners").hidden = !described.holds_others;
  for (const name of ["q", "division", "state", "due", "kind", "own"]) {
    form.elements[name].value = asked.get(name) ?? "";
  }
  narrowed = new Map([...asked].filter(([name, value]) => value && (name === "within" || LISTS.includes(name) || (!(name in form.elements) && fieldOf(name)))).map(([name, value]) => [name, { value }]));
  // The form takes one state; a figure may ask for several.
  if (described.state_field && asked.get("state")?.includes(",")) {
    narrowed.set(described.state_field, { value: asked.get("state") });
  }
}

/** A list of bars; each opens its rows. */
function bars(title, rows) {
  const most = Math.max(1, ...rows.map((row) => row.n));
  return el("section", { class: "card card__body", "aria-label": title }, el("h2", {}, title),
    el("div", { class: "bars" }, rows.flatMap((row) => [
      row.go ? el("button", { type: "button", class: "link-button", onclick: row.go }, row.label) : el("span", {}, row.label),
      el("progress", { max: most, value: row.n, "aria-hidden": "true" }), el("span", { class: "bars__n" }, formatNumber(row.n))])));
}

function open(values, by = {}) {
  form.reset();
  narrowed = new Map(Object.entries(by));
  for (const [name, value] of Object.entries(values)) {
    form.elements[name].value = value;
  }
  page = 1;
  find("tab-rows").click();
}

/** Opens the rows behind a bar: by the form's own field where there is one, else narrowed. */
function goTo({ field }, { value, label }) {
  if (value === null) {
    return () => open({}, { empty: { value: field } });
  }
  if (field === described.state_field) {
    return () => open({ state: value });
  }
  return field === described.kind_field?.name ? () => open({ kind: value }) : () => open({}, { [field]: { value, label } });
}

async function figures() {
  find("figures").replaceChildren(...skeleton(6));
  const found = await requestJson(`${path}/figures`);
  if (found.total === 0) {
    find("figures").replaceChildren(stateBlock({ title: t("register.none"), detail: described.may_keep ? t("register.none.add") : "" }));
    return;
  }
  const dues = described.alarms.flatMap((one) => ["before", "after"].map((stage) => ({ label: t(`register.due.${stage}`, { what: one.title }), n: found.due[one.field][stage], go: () => open({ due: `${one.field}.${stage}` }) })));
  find("figures").replaceChildren(el("p", {}, `${found.division.name}：${t("register.total", { n: formatNumber(found.total) })}`),
    el("div", { class: "figures-grid" },
      ...found.choices.map((one) => bars(one.label, one.counts.map((count) => ({ label: count.label, n: count.n,
        go: goTo(one, count) })))),
      dues.length > 0 ? bars(t("register.due"), dues) : null,
      found.divisions.length > 0 ? bars(t("register.by_division"), found.divisions.filter((one) => one.n > 0).map((one) => ({ label: one.name, n: one.n, go: one.code ? () => open({ division: one.code }) : null }))) : null));
}

function showProblems(place, problems) {
  showTable(place, { caption: t("register.problems"), rows: problems,
    columns: ["row", "column", "value", "message"].map((name) => ({ label: t(`register.problem.${name}`), number: name === "row", cell: (row) => String(row[name] ?? "") })) });
}

/** Imports a large file as a job; what it refuses is listed here, with all bad rows to download. Null when there is no more to say. */
async function sendLarge(address, body) {
  find("report").replaceChildren();
  const found = await importAsJob(address, body);
  if (found === null || !found.is_refused) {
    return found === null ? null : { ...found, inserted: found.added, updated: found.changed };
  }
  const table = el("div", {});
  find("report").replaceChildren(
    el("p", { class: "form-error" }, t("import.job.refused", { bad: formatNumber(found.bad_rows), n: formatNumber(found.problem_count), shown: formatNumber(found.problems.length) })),
    found.report_url ? el("p", {}, el("a", { href: found.report_url, download: true }, t("import.job.report"))) : "", table);
  showProblems(table, found.problems);
  return null;
}

/** Sends the file, to be checked or written; what came of it stands below. */
async function send(isCheck) {
  const body = new FormData();
  body.append("file", importer.elements.file.files[0]);
  body.append("crs", importer.elements.crs.value);
  const line = importer.querySelector(".form-error");
  line.hidden = true;
  find("write").hidden = true;
  find("report").replaceChildren(...skeleton(3));
  try {
    const asked = isCheck ? "?check=1" : "";
    const found = isLarge(importer.elements.file.files[0]) ? await sendLarge(`${path}/import/jobs${asked}`, body)
      : await (await request(`${path}/import${asked}`, { method: "POST", body })).json();
    if (found === null) {
      return; // cancelled, failed or refused: told already
    }
    const counts = Object.fromEntries(["inserted", "updated", "unchanged"].map((name) => [name, formatNumber(found[name])]));
    find("report").replaceChildren(el("p", {}, t(isCheck ? "register.checked" : "register.imported", counts)), el("ul", {}, found.notes.map((note) => el("li", { class: "muted" }, note))));
    find("write").hidden = !isCheck;
  } catch (error) {
    if (error.title === undefined) {
      throw error;
    }
    line.textContent = error.detail || error.title;
    line.hidden = false;
    find("report").replaceChildren();
    if (error.body?.problems) {
      showProblems(find("report"), error.body.problems);
    }
  }
}

form.addEventListener("submit", (event) => { event.preventDefault(); page = 1; void attempt(load); });
importer.addEventListener("submit", (event) => { event.preventDefault(); if (importer.reportValidity()) { void attempt(() => send(true)); } });
importer.elements.file.addEventListener("change", () => { find("write").hidden = true; find("report").replaceChildren(); });
find("write").addEventListener("click", () => void attempt(() => send(false)));

/** Reads what the register is and offers its conditions. */
async function describe() {
  const [found, session] = await Promise.all([requestJson(path), requestJson("/api/session")]);
  described = found;
  find("note").textContent = found.note ?? "";
  find("add").hidden = importer.hidden = !found.may_keep;
  const city = await requestJson(`/api/divisions/${session.city.code}`);
  await offerConditions(city);
  calendar = described.calendar ? new RegisterCalendar(id, described, city.children) : null;
}

void start(async () => {
  const ready = describe();
  const views = { rows: load, ...(find("view-calendar") ? { calendar: () => calendar.load() } : {}), figures, import: async () => {} };
  startKinds(find("kinds"), ({ dataset: { kind } }) => {
    for (const name of Object.keys(views)) {
      find(`view-${name}`).hidden = name !== kind;
    }
    void attempt(async () => { await ready; await views[kind](); });
  });
  await ready;
  if (calendar && asked.has("on")) {
    find("tab-calendar").click();
    return;
  }
  await load();
});
