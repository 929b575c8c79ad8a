/* Entry of the identification of a major hazard: substances, quantities, what follows from them, kept with the site. */

import "./words/hazards.js";
import { isAbort, query, requestJson } from "./api.js";
import { find, start, valuesOf } from "./company.js";
import { debounce, el, iconButton } from "./dom.js";
import { HazardBoundary } from "./hazard_boundary.js";
import { formatNumber, lang, t } from "./i18n.js";
import { clearFaults, sendForm, showFaults } from "./register_fields.js";
import { showToast } from "./toast.js";

const form = find("form");
const siteId = form.dataset.site ? Number(form.dataset.site) : null;
const lines = find("lines");
let site = null;
let classes = [];
let asking = null;

const figures = new Intl.NumberFormat(lang === "en" ? "en-GB" : "zh-CN", { maximumFractionDigits: 4 });
const small = (value) => figures.format(value);
const standard = () => form.elements.standard.value;
const mayChange = () => siteId === null || (site?.may_change ?? false);

/** Offers what the words find in the chosen edition; choosing one keeps its row of the table. */
const suggest = debounce(async (words) => {
  const { entries } = await requestJson(`/api/hazards/substances?${query({ q: words, standard: standard() })}`).catch(() => ({ entries: [] }));
  find("found").replaceChildren(...entries.map((one) => el("option", { value: one.name, label: [t("hazard.row", { table: one.table, key: one.key }), ...one.aliases.slice(0, 2), ...one.cas].join(" · ") })));
}, 200);

function addLine(line = null) {
  const name = el("input", { class: "input", list: "found", maxlength: 120, autocomplete: "off", value: line?.entry.name ?? "", "aria-label": t("hazard.substance"), placeholder: t("hazard.substance.hint"), disabled: !mayChange() });
  const vessel = el("input", { class: "input", maxlength: 60, autocomplete: "off", value: line?.vessel ?? "", "aria-label": t("hazard.vessel"), disabled: !mayChange() });
  const quantity = el("input", { class: "input", inputmode: "decimal", autocomplete: "off", value: line === null ? "" : String(line.quantity_t), "aria-label": t("hazard.quantity"), disabled: !mayChange() });
  const beta = el("select", { class: "select", "aria-label": t("hazard.beta"), disabled: !mayChange(), hidden: true });
  const cells = Object.fromEntries(["note", "critical", "ratio", "beta", "weighted"].map((id) => [id, el("span", {})]));
  const row = el("tr", {},
    el("td", { "data-part": "name", "data-label": t("hazard.col.name") }, name, cells.note), el("td", { "data-part": "vessel", "data-label": t("hazard.vessel") }, vessel), el("td", { class: "is-number", "data-part": "quantity_t", "data-label": t("hazard.quantity") }, quantity),
    el("td", { class: "is-number", "data-label": "Q" }, cells.critical), el("td", { class: "is-number", "data-label": "q/Q" }, cells.ratio), el("td", { "data-part": "beta_symbol", "data-label": "β" }, cells.beta, beta),
    el("td", { class: "is-number", "data-label": "β·q/Q" }, cells.weighted), el("td", {}, mayChange() ? iconButton("close", t("hazard.remove"), () => { row.remove(); compute(); }) : null));
  Object.assign(row, { said: () => ({ name: name.value.trim(), vessel: vessel.value.trim(), quantity_t: quantity.value.trim(), beta_symbol: beta.value || null, ...(row.entry && row.entry.name === name.value.trim() ? { table: row.entry.table, key: row.entry.key } : {}) }),
    isEmpty: () => !name.value.trim() && !quantity.value.trim(), parts: cells, beta, entry: line?.entry ?? null, chosen: line?.beta_symbol ?? null });
  name.addEventListener("input", () => { row.entry = null; suggest(name.value.trim()); });
  for (const control of [name, quantity, vessel, beta]) {
    control.addEventListener("change", compute);
  }
  quantity.addEventListener("input", soon);
  lines.append(row);
  return row;
}

const filled = () => [...lines.children].filter((row) => !row.isEmpty());

function body() {
  const { standard: edition, people_declared: people, plant_radius_m: radius } = valuesOf(form);
  return { standard: edition, people_declared: people === "" ? null : people, plant_radius_m: radius, lines: filled().map((row) => row.said()) };
}

/** Numbers the cells that a fault may name, so that it finds its place. */
function numberCells() {
  for (const [at, row] of filled().entries()) {
    for (const cell of row.querySelectorAll("[data-part]")) {
      cell.dataset.field = `${cell.dataset.part}.${at + 1}`;
    }
  }
}

function showTerm(row, term) {
  const { entry, ratio, beta, beta_source: source, weighted } = term;
  row.entry = entry;
  row.parts.note.replaceChildren(el("span", { class: "hazard__note" }, [row.said().name === entry.name ? "" : entry.name, t("hazard.row", { table: entry.table, key: entry.key }), entry.cas.join(" ")].filter(Boolean).join(" · ")),
    ...entry.notes.map((note) => el("span", { class: "hazard__note hazard__note--trap" }, note)));
  row.parts.critical.textContent = small(entry.critical_quantity_t);
  row.parts.ratio.textContent = small(ratio);
  row.parts.beta.replaceChildren(small(beta), el("span", { class: "hazard__note" }, source));
  row.parts.weighted.textContent = small(weighted);
  const mayChoose = entry.table === 1 && entry.beta_symbol !== null;
  row.beta.hidden = !mayChoose;
  if (mayChoose && row.beta.options.length === 0) {
    row.beta.append(...classes.map((one) => el("option", { value: one.key }, `${one.key} β ${one.beta}`)));
    row.beta.value = row.chosen ?? entry.beta_symbol;
  }
}

function showOutcome(found) {
  for (const [at, row] of filled().entries()) {
    showTerm(row, found.terms[at]);
  }
  const sum = found.terms.map((term) => small(term.ratio)).join(" + ") || "0";
  const weighted = found.terms.map((term) => `${small(term.beta)}×${small(term.ratio)}`).join(" + ") || "0";
  const isFromBoundary = found.people_from === "counted" && found.counted_from === "boundary";
  const source = siteId === null && found.people_from === "declared" ? "trial" : isFromBoundary ? "boundary" : found.people_from;
  const people = t(`hazard.people.${source}`, { n: formatNumber(found.people), m: formatNumber(found.within_m) });
  find("outcome").replaceChildren(
    el("p", { class: "hazard__verdict" }, found.is_major ? [el("span", { class: "badge", "data-grade": found.grade }, t(`hazard.grade.${found.grade}`)), el("span", {}, t("hazard.major", { r: small(found.r) }))] : el("span", {}, t("hazard.not_major", { s: small(found.ratio_sum) }))),
    el("dl", { class: "hazard__sums" },
      el("dt", {}, "Σq/Q"), el("dd", {}, `${sum} = ${small(found.ratio_sum)}`),
      el("dt", {}, "α"), el("dd", {}, `${small(found.alpha)} — ${people}`),
      ...(found.is_major ? [el("dt", {}, "R"), el("dd", {}, `${small(found.alpha)} × (${weighted}) = ${small(found.r)}`)] : [])),
    found.people_differ ? el("p", { class: "form-error" }, t("hazard.differ", { declared: formatNumber(found.people_declared), counted: formatNumber(found.people_counted) })) : "",
    found.places.length > 0 ? el("details", {}, el("summary", {}, t("hazard.places", { n: formatNumber(found.place_count) })),
      el("ul", { class: "hazard__places" }, found.places.map((one) => el("li", {}, t("hazard.place", { name: one.name, people: formatNumber(one.population), m: formatNumber(Math.round(one.distance_m)) }))))) : "");
}

/** Asks for what follows from the sheet; the newest question alone is answered. */
async function compute() {
  numberCells();
  asking?.abort();
  asking = new AbortController();
  try {
    const found = await requestJson("/api/hazards/assess", { method: "POST", body: { ...body(), ...(siteId === null ? {} : { site: siteId }) }, signal: asking.signal });
    clearFaults(form);
    showOutcome(found);
  } catch (error) {
    if (!isAbort(error)) {
      find("outcome").replaceChildren(el("p", { class: "muted" }, t("hazard.incomplete")));
      if (filled().every((row) => row.said().name && row.said().quantity_t)) {
        const focused = document.activeElement;
        showFaults(form, error.body?.faults ?? []);
        focused?.focus();
      }
    }
  }
}

const soon = debounce(() => void compute(), 400);

/** The circle around the point stands for a boundary only until one is drawn. */
function showRadius() {
  form.elements.plant_radius_m.disabled = !site.may_change || site.boundary !== null;
}

const boundary = siteId === null ? null : new HazardBoundary(siteId, (found) => { // what is being filled in stays
  site = found;
  showRadius();
  showKept();
  void compute();
});

function showKept() {
  find("kept").hidden = site.kept.grade === null;
  find("kept").dataset.grade = site.kept.grade ?? "";
  find("kept").textContent = site.kept.grade === null ? "" : t(`hazard.grade.${site.kept.grade}`);
}

function show(found) {
  site = found;
  find("crumb").textContent = found.name;
  find("heading").textContent = found.name;
  find("locked").hidden = found.may_change;
  find("add").hidden = find("save").hidden = !found.may_change;
  const { inventory } = found;
  form.elements.standard.value = inventory.standard;
  form.elements.people_declared.value = inventory.people_declared ?? "";
  form.elements.plant_radius_m.value = inventory.plant_radius_m;
  for (const name of ["standard", "people_declared"]) {
    form.elements[name].disabled = !found.may_change;
  }
  showRadius();
  showKept();
  lines.replaceChildren();
  inventory.lines.forEach((line) => addLine(line));
  if (found.not_found.length > 0) {
    showToast({ title: t("hazard.strange"), detail: found.not_found.map((one) => one.name).join("、"), kind: "error" });
  }
  numberCells();
  showOutcome(found.assessment);
}

async function readClasses() {
  classes = (await requestJson(`/api/hazards/substances?${query({ standard: standard() })}`)).entries;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  numberCells();
  void sendForm(form, async () => {
    show(await requestJson(`/api/hazards/${siteId}`, { method: "PUT", body: { ...body(), version: site.version } }));
    await boundary.show(site);
    showToast({ title: t("hazard.saved") });
  });
});
find("add").addEventListener("click", () => addLine().querySelector("input").focus());
form.elements.standard.addEventListener("change", async () => {
  await readClasses();
  for (const row of lines.children) { // another edition has other rows: names are looked up anew
    row.entry = row.chosen = null;
    row.beta.replaceChildren();
  }
  await compute();
});
form.elements.people_declared.addEventListener("input", soon);
form.elements.plant_radius_m.addEventListener("input", soon);

void start(async () => {
  if (siteId === null) {
    await readClasses();
    addLine();
    await compute();
    return;
  }
  const found = await requestJson(`/api/hazards/${siteId}`);
  form.elements.standard.value = found.inventory.standard;
  await readClasses();
  show(found);
  if (found.may_change && found.inventory.lines.length === 0) {
    addLine();
  }
  await boundary.show(found);
});
