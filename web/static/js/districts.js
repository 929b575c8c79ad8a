/* Entry of the page of districts: one figure, drilled from the city to the objects. */

import "./words/districts.js";
import "./words/figures.js";
import { isAbort, query, requestJson } from "./api.js";
import { DistrictCharts } from "./district_charts.js";
import { DistrictMap } from "./district_map.js";
import { DistrictRows } from "./district_rows.js";
import { changed, shown } from "./district_values.js";
import { el, listens, skeleton, stateBlock } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { currentTheme, startSessionMenu } from "./session_menu.js";
import { isTabOpen, startTabs } from "./tabs.js";
import { showProblem } from "./toast.js";

const DAY_MS = 86_400_000;
const ZONE_MS = 8 * 3600_000;
const find = (id) => document.getElementById(id);
const dayOf = (at) => new Date((typeof at === "number" ? at : Date.parse(at)) + ZONE_MS).toISOString().slice(0, 10);
const today = () => new Date(Date.now() + ZONE_MS).toISOString().slice(0, 10);
const lastDay = (end) => dayOf(Date.parse(end) - 1);

/** The first day of a preset; the last is today. */
function firstDay(preset) {
  if (preset === "month") {
    return `${today().slice(0, 8)}01`;
  }
  return preset === "year" ? `${today().slice(0, 5)}01-01` : dayOf(Date.now() - (Number(preset) - 1) * DAY_MS);
}

class DistrictsPage {
  constructor(session, measures) {
    Object.assign(this, { session, measures: new Map(measures.map((one) => [one.id, one])) });
    this.form = find("question");
    this.rows = new DistrictRows(find("rows"));
    this.charts = new DistrictCharts(find("charts"), { onrows: (url, title) => void this.rows.open(url, { title, place: this.body.division.name }) });
    this.outlines = new Map();
    this.#fillMeasures(measures);
    this.#readAddress();
    this.form.addEventListener("change", (event) => this.#onQuestion(event.target.name));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    startTabs(find("side"));
    find("tab-charts").addEventListener("click", () => this.#showCharts());
    document.addEventListener("keydown", (event) => this.#onKey(event));
    window.addEventListener("popstate", () => { this.#readAddress(); void this.load({ keepsAddress: true }); });
    find("side").addEventListener("keyup", (event) => event.key.startsWith("Arrow") && isTabOpen("tab-charts") && this.#showCharts());
  }

  // -- the question

  #fillMeasures(measures) {
    const groups = new Map();
    for (const measure of measures) {
      groups.set(measure.group, [...(groups.get(measure.group) ?? []), measure]);
    }
    this.form.elements.measure.replaceChildren(...[...groups].map(([label, inside]) =>
      el("optgroup", { label }, inside.map(({ id, title }) => el("option", { value: id }, title)))));
  }

  #readAddress() {
    const asked = new URLSearchParams(window.location.search);
    const { elements } = this.form;
    this.code = asked.get("division") ?? this.session.start;
    elements.measure.value = this.measures.has(asked.get("measure")) ? asked.get("measure") : "enterprise_count";
    elements.from.value = asked.get("from") ?? firstDay("30");
    elements.to.value = asked.get("to") ?? today();
    const preset = [...elements.preset.options].map(({ value }) => value).find((value) => value !== "own" && elements.to.value === today() && firstDay(value) === elements.from.value);
    elements.preset.value = preset ?? "own";
    this.#suit();
  }

  #suit() {
    for (const field of this.form.querySelectorAll("[data-own]")) {
      field.hidden = this.form.elements.preset.value !== "own";
    }
  }

  #onQuestion(name) {
    const { elements } = this.form;
    if (name === "preset" && elements.preset.value !== "own") {
      elements.from.value = firstDay(elements.preset.value);
      elements.to.value = today();
    }
    this.#suit();
    if (elements.from.value && elements.to.value) {
      void this.load();
    }
  }

  get asked() {
    const { measure, from, to } = this.form.elements;
    return { measure: measure.value, from: from.value, ...(to.value === today() ? {} : { to: to.value }) };
  }

  // -- the answer

  async drill(code) {
    this.code = code;
    this.rows.close();
    await this.load();
  }

  async load({ keepsAddress = false } = {}) {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    if (!keepsAddress) {
      const address = `?${query({ division: this.code, ...this.asked })}`;
      if (address !== window.location.search) {
        window.history.pushState(null, "", address);
      }
    }
    const path = `/api/districts/${encodeURIComponent(this.code)}`;
    find("excel").href = `${path}?${query({ ...this.asked, format: "xlsx" })}`;
    find("pdf").href = `/print/districts/${encodeURIComponent(this.code)}.pdf?${query(this.asked)}`;
    find("side").setAttribute("aria-busy", "true");
    if (!this.body) {
      find("ranking").replaceChildren(...skeleton(8, "row"));
    }
    try {
      const [body, outlines] = await Promise.all([requestJson(`${path}?${query(this.asked)}`, { signal }), this.#outlines(this.code, signal)]);
      this.body = body;
      this.shapes = outlines;
      this.#draw();
    } catch (error) {
      if (!isAbort(error)) {
        const retry = { label: t("action.retry"), run: () => this.load() };
        find("total").replaceChildren(stateBlock({ icon: "warning", title: error.title ?? String(error), detail: error.detail ?? "", action: retry, role: "alert" }));
        find("ranking").replaceChildren();
        find("charts").replaceChildren();
        this.charts.key = null;
        this.#drawWay([{ code: this.session.start, name: this.session.city.name }]);
      }
    } finally {
      find("side").removeAttribute("aria-busy");
    }
  }

  async #outlines(code, signal) {
    if (!this.outlines.has(code)) {
      this.outlines.set(code, await requestJson(`/api/districts/${encodeURIComponent(code)}/outlines`, { signal }));
    }
    return this.outlines.get(code);
  }

  #draw() {
    const { body } = this;
    this.#drawWay(body.path);
    this.#drawTotal();
    this.#drawRanking();
    this.#drawMap();
    this.#showCharts();
    this.chosen = null;
    if (body.parts.length === 0 && body.list_url) {
      void this.rows.open(body.list_url, { title: body.measure.title, place: body.division.name });
    }
  }

  #drawWay(path) {
    find("way").replaceChildren(el("ol", { class: "breadcrumb" }, path.map((step, at) => el("li", {}, at === path.length - 1
      ? el("span", { "aria-current": "location" }, step.name)
      : el("button", { type: "button", onclick: () => void this.drill(step.code) }, step.name)))));
  }

  #before() {
    const { before, measure, kept_since: since } = this.body;
    if (measure.is_flow) {
      return t("districts.before", { from: dayOf(before.from), to: lastDay(before.to) });
    }
    if (!measure.is_kept) {
      return t(measure.knows_past ? "districts.before.instant" : "districts.before.unknown", { at: dayOf(before.to) });
    }
    if (since === null) {
      return t("districts.before.never");
    }
    const day = lastDay(before.to);
    return day < since ? t("districts.before.none", { day: since }) : t("districts.before.day", { day });
  }

  #drawTotal() {
    const { body } = this;
    const { measure, total, division } = body;
    const number = el("span", { class: "districts__number figure" }, shown(total.value, measure.unit));
    const isPast = !body.list_url && measure.is_kept;
    const past = isPast ? t(total.value === null ? "districts.past.none" : "districts.past", { day: total.value === null ? body.kept_since ?? today() : lastDay(body.to) }) : "";
    find("total").replaceChildren(
      el("p", { class: "districts__what" }, t(measure.adds_up ? "districts.total" : "districts.whole", { name: division.name }), " · ", measure.title),
      body.list_url ? el("button", { type: "button", class: "districts__open", title: t("districts.list", { name: division.name }), onclick: () => this.#open(body.list_url, division.name) }, number) : number,
      total.of ? el("span", { class: "muted figure districts__of-total" }, `${formatNumber(total.met)} / ${formatNumber(total.of)}`) : "",
      total.before === null ? el("span", { class: "muted" }, this.#before()) : el("span", { class: "districts__change figure" }, changed(total, measure.unit), " ", el("span", { class: "muted" }, this.#before())),
      el("p", { class: "muted districts__definition" }, `${measure.definition} · ${measure.clock}`),
      past ? el("p", { class: "districts__past" }, past) : "");
  }

  #open(url, place) {
    void this.rows.open(url, { title: this.body.measure.title, place });
  }

  #drawRanking() {
    const { parts, rest, measure, division } = this.body;
    if (parts.length === 0) {
      find("ranking").replaceChildren(stateBlock({ title: t("districts.empty"), detail: t(division.has_polygon ? "districts.leaf" : "districts.leaf.layer") }));
      return;
    }
    const most = Math.max(...parts.filter((part) => part.adds_up).map((part) => part.value ?? 0), 0);
    let rank = 0;
    const rows = parts.map((part) => { rank += part.adds_up ? 1 : 0; return this.#row(part, part.adds_up ? rank : "", most); });
    if (rest && (rest.value || rest.before) && (measure.adds_up || rest.of)) {
      rows.push(el("tr", {}, el("td", {}), el("td", {}, el("span", { class: "muted" }, t("districts.rest"))), el("td", { class: "districts__bars" }), this.#number(rest, t("districts.rest_of", { name: division.name })), el("td", { class: "is-number figure" }, changed(rest, measure.unit))));
    }
    find("ranking").replaceChildren(
      el("table", { class: "table districts__ranking" },
        el("caption", { class: "visually-hidden" }, measure.title),
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "#"), el("th", { scope: "col" }, t("districts.part")), el("td", { class: "districts__bars" }), el("th", { scope: "col", class: "is-number" }, t("districts.value")), el("th", { scope: "col", class: "is-number" }, t("districts.change")))),
        el("tbody", {}, rows)),
      el("p", { class: "muted districts__keys" }, t("districts.keys")));
  }

  #row(part, rank, most) {
    const { measure } = this.body;
    const share = part.adds_up && most > 0 && part.value !== null ? Math.max(0, (100 * part.value) / most) : 0;
    const fill = el("span", { class: "districts__fill" });
    fill.style.width = `${share.toFixed(1)}%`;
    const bar = el("span", { class: "districts__bar", "aria-hidden": "true" }, fill);
    return el("tr", { "data-code": part.code, onmouseenter: () => this.#choose(part.code), onmouseleave: () => this.#choose(null) },
      el("td", { class: "figure muted" }, rank),
      el("td", {}, el("button", { type: "button", class: "link-button districts__part", "aria-label": t("districts.drill", { name: part.name }), onclick: () => void this.drill(part.code), onfocus: () => this.#choose(part.code) }, part.name),
        part.adds_up ? null : el("span", { class: "muted districts__zone" }, t("districts.zone"))),
      el("td", { class: "districts__bars" }, part.adds_up ? bar : null),
      this.#number(part, part.name),
      el("td", { class: "is-number figure" }, changed(part, measure.unit)));
  }

  #number(part, name) {
    const text = shown(part.value, this.body.measure.unit);
    return el("td", { class: "is-number figure" }, part.list_url && part.value
      ? el("button", { type: "button", class: "link-button", title: t("districts.list", { name }), onclick: () => this.#open(part.list_url, name) }, text) : text,
      part.of ? el("span", { class: "muted districts__of" }, `${formatNumber(part.met)} / ${formatNumber(part.of)}`) : null);
  }

  #choose(code) {
    this.chosen = code;
    this.map?.choose(code);
    for (const row of find("ranking").querySelectorAll("tr[data-code]")) {
      row.classList.toggle("is-current", row.dataset.code === code);
    }
  }

  #showCharts() {
    const { body } = this;
    if (!body || !isTabOpen("tab-charts")) {
      return;
    }
    const { measure, from, to } = body;
    // Charts of a measure that stands at an instant show all rows, whatever the period.
    const key = [body.division.code, measure.is_kept ? measure.layer : measure.id, ...(measure.is_flow ? [from, to] : [])].join("/");
    if (this.charts.key !== key) {
      void this.charts.show({ division: body.division.code, question: { measure: measure.id, from, to }, key });
    }
  }

  // -- keys

  #onKey(event) {
    const isTyping = event.target.closest("input, select, textarea, [role=tab], .maplibregl-canvas");
    if (isTyping || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (event.key === "Backspace" && this.body?.path.length > 1) {
      event.preventDefault();
      void this.drill(this.body.path.at(-2).code);
    } else if (event.key === "Escape") {
      this.rows.close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && isTabOpen("tab-ranking")) {
      const buttons = [...find("ranking").querySelectorAll(".districts__part")];
      const at = buttons.indexOf(document.activeElement);
      const next = event.key === "ArrowDown" ? Math.min(at + 1, buttons.length - 1) : Math.max(at - 1, 0);
      buttons[next]?.focus();
      event.preventDefault();
    }
  }

  // -- the map

  async startMap() {
    try {
      this.map = await DistrictMap.create(find("map"), {
        theme: currentTheme(), bbox: this.session.city.bbox, ondrill: (code) => void this.drill(code), onhover: (code) => code !== this.chosen && this.#choose(code)
      });
      this.map.onready = () => { find("map-loading").hidden = true; };
      document.addEventListener("onemap:theme", () => { this.map.setTheme(currentTheme()); void this.charts.renew(); });
      if (this.body) {
        this.#drawMap();
      }
    } catch (error) {
      console.warn(error);
      find("map-loading").textContent = t("error.webgl");
    }
  }

  #drawMap() {
    const { body, shapes } = this;
    const withoutOutline = body.parts.filter((part) => part.adds_up).length - shapes.features.length;
    const isLeaf = shapes.features.length === 0;
    const note = find("note");
    note.hidden = withoutOutline <= 0;
    note.textContent = isLeaf ? t("districts.no_shapes") : t("districts.some_shapes", { n: withoutOutline });
    if (!this.map) {
      return;
    }
    this.map.show({ outlines: shapes, parts: body.parts, unit: body.measure.unit, bbox: body.division.bbox, layer: body.measure.layer, isLeaf });
    find("legend").hidden = isLeaf;
    find("legend").replaceChildren(this.map.legend(body.measure.title, body.measure.unit));
  }
}

startSessionMenu();
try {
  const [session, { measures }] = await Promise.all([requestJson("/api/session"), requestJson("/api/districts/measures")]);
  session.start = session.user.division_code ?? session.city.code;
  const page = new DistrictsPage(session, measures);
  listens();
  await Promise.all([page.load({ keepsAddress: true }), page.startMap()]);
} catch (error) {
  listens();
  showProblem(error);
}
