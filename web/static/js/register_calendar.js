/* A register by the days of a month: what stands on each day by state, the plans of a day, and a new one from a day. */

import { query, requestJson } from "./api.js";
import { attempt, find, here, showTable } from "./company.js";
import { el } from "./dom.js";
import { formatNumber, lang, t } from "./i18n.js";
import { cellText } from "./register_fields.js";

const LOCALE = lang === "en" ? "en-GB" : "zh-CN";
const MONTH = new Intl.DateTimeFormat(LOCALE, { year: "numeric", month: "long", timeZone: "UTC" });
const DAY = new Intl.DateTimeFormat(LOCALE, { year: "numeric", month: "long", day: "numeric", weekday: "long", timeZone: "UTC" });
const WEEKDAY = new Intl.DateTimeFormat(LOCALE, { weekday: "short", timeZone: "UTC" });
const DAY_MS = 86_400_000;
const A_MONDAY = Date.UTC(2026, 0, 5);
const WEEK = 7;
const LISTED = 200;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -WEEK, ArrowDown: WEEK };

const dateOf = (on) => new Date(`${on}T00:00:00Z`);
const onOf = (date) => date.toISOString().slice(0, 10);
const later = (on, days) => onOf(new Date(dateOf(on).getTime() + days * DAY_MS));
const weekdayOf = (on) => (dateOf(on).getUTCDay() + WEEK - 1) % WEEK; // Monday is 0

/** The same day of another month, or its last day. */
function inMonth(on, step) {
  const date = dateOf(on);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + step, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0));
  return onOf(new Date(Math.min(first.getTime() + (date.getUTCDate() - 1) * DAY_MS, last.getTime())));
}

export class RegisterCalendar {
  constructor(id, described, divisions) {
    Object.assign(this, { id, described, path: `/api/registers/${here(id)}` });
    const asked = new URLSearchParams(window.location.search);
    this.on = /^\d{4}-\d\d-\d\d$/.test(asked.get("on") ?? "") ? asked.get("on") : null; // the day that has the focus
    this.isOpen = this.on !== null;
    this.asking = 0;
    this.division = find("calendar-division");
    find("calendar-divisions").hidden = described.side !== "authority";
    this.division.append(el("option", { value: "" }, t("register.any")), ...divisions.map((one) => el("option", { value: one.code }, one.name)));
    this.division.addEventListener("change", () => void attempt(() => this.load()));
    find("month-before").addEventListener("click", () => this.#go(inMonth(this.on, -1)));
    find("month-after").addEventListener("click", () => this.#go(inMonth(this.on, 1)));
    find("month-today").addEventListener("click", () => this.#go(this.today, { opens: true }));
  }

  /** Reads the month of the chosen day; at first the present one. */
  async load({ focuses = false } = {}) {
    const mine = ++this.asking;
    const found = await requestJson(`${this.path}/calendar?${query({ month: this.on?.slice(0, 7), division: this.division.value })}`);
    if (mine !== this.asking) {
      return; // asked again meanwhile
    }
    this.today = found.today;
    this.on ??= found.today;
    this.found = found;
    find("month-title").textContent = MONTH.format(dateOf(`${found.month}-01`));
    find("month-counts").textContent = found.total === 0 ? t("calendar.none") : `${t("register.total", { n: formatNumber(found.total) })}：${this.#counted(found.counts)}`;
    this.#draw();
    this.#showParts();
    if (focuses) {
      this.#focus();
    }
    if (this.isOpen) {
      await this.#open(this.on);
    } else {
      find("day").hidden = true;
    }
  }

  #states(counts) {
    return this.described.states.filter((one) => counts[one.value]);
  }

  #counted(counts) {
    return this.#states(counts).map((one) => `${one.label} ${formatNumber(counts[one.value])}`).join(t("calendar.comma"));
  }

  #draw() {
    const first = `${this.found.month}-01`;
    const counts = new Map(this.found.days.map((one) => [one.on, one.counts]));
    const heads = Array.from({ length: WEEK }, (_, at) => el("th", { scope: "col" }, WEEKDAY.format(new Date(A_MONDAY + at * DAY_MS))));
    const last = later(inMonth(first, 1), -1);
    const weeks = [];
    for (let on = later(first, -weekdayOf(first)); on <= last; on = later(on, WEEK)) {
      weeks.push(el("tr", { role: "row" }, Array.from({ length: WEEK }, (_, at) => this.#cell(later(on, at), counts.get(later(on, at)) ?? {}))));
    }
    find("month").replaceChildren(el("table", { class: "calendar", role: "grid", "aria-labelledby": "month-title", onkeydown: (event) => this.#onKey(event) },
      el("thead", {}, el("tr", {}, heads)), el("tbody", {}, weeks)));
  }

  #cell(on, counts) {
    if (!on.startsWith(this.found.month)) {
      return el("td", { class: "is-other", role: "gridcell" });
    }
    const states = this.#states(counts);
    const spoken = `${DAY.format(dateOf(on))}${t("calendar.comma")}${states.length > 0 ? this.#counted(counts) : t("calendar.empty")}`;
    const button = el("button", { type: "button", class: "calendar__day", "data-on": on, tabindex: on === this.on ? "0" : "-1", "aria-label": spoken, "aria-current": on === this.today ? "date" : null,
      onclick: () => this.#choose(on) },
    el("span", { class: "calendar__number" }, String(Number(on.slice(8)))), el("span", { class: "calendar__date" }, DAY.format(dateOf(on))),
    states.map((one) => {
      const dot = el("span", { class: "calendar__dot" });
      dot.style.setProperty("--dot", one.color ?? "currentColor");
      return el("span", { class: "calendar__count", "data-state": one.value }, dot, `${one.label} ${formatNumber(counts[one.value])}`);
    }));
    return el("td", { class: states.length === 0 ? "is-empty" : null, role: "gridcell" }, button);
  }

  #choose(on) {
    if (this.on.startsWith(this.found.month)) { // else another month is on its way
      this.on = on;
      this.#focus();
      void attempt(() => this.#open(on));
    }
  }

  #focus() {
    for (const button of find("month").querySelectorAll("[data-on]")) {
      button.tabIndex = button.dataset.on === this.on ? 0 : -1;
    }
    find("month").querySelector(`[data-on="${this.on}"]`)?.focus();
  }

  #onKey(event) {
    const week = weekdayOf(this.on);
    const next = STEPS[event.key] ? later(this.on, STEPS[event.key])
      : event.key === "PageUp" ? inMonth(this.on, -1) : event.key === "PageDown" ? inMonth(this.on, 1)
        : event.key === "Home" ? later(this.on, -week) : event.key === "End" ? later(this.on, WEEK - 1 - week) : null;
    if (next !== null && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#go(next, { focuses: true });
    }
  }

  /** Goes to a day; its month is read where another is shown. */
  #go(on, { focuses = false, opens = false } = {}) {
    this.on = on;
    this.isOpen = opens;
    if (on.startsWith(this.found.month) && !opens) {
      this.#focus();
      return;
    }
    void attempt(() => this.load({ focuses }));
  }

  /** Lists what stands for a day. */
  async #open(on) {
    this.isOpen = true;
    for (const button of find("month").querySelectorAll("[data-on]")) {
      button.classList.toggle("is-chosen", button.dataset.on === on);
    }
    const found = await requestJson(`${this.path}/rows?${query({ on, division: this.division.value, page_size: LISTED, sort: this.described.calendar[0] })}`);
    if (on !== this.on) {
      return; // another day was opened meanwhile
    }
    find("day").hidden = false;
    find("day-title").textContent = `${DAY.format(dateOf(on))} · ${t("register.total", { n: formatNumber(found.total) })}`;
    find("day-add").hidden = !this.described.may_keep;
    find("day-add").href = `/registers/${here(this.id)}/new?${query(Object.fromEntries(this.described.calendar.map((name) => [name, on])))}`;
    const shown = found.columns.filter((one) => one.name !== this.described.owner_field && one.name !== "code");
    showTable(find("day-table"), { caption: find("day-title").textContent, rows: found.rows, empty: t("calendar.empty"), emptyDetail: "",
      columns: [
        ...shown.map((one) => ({ label: one.label, cell: (row) => (one.name === "name" ? el("a", { href: `/registers/${here(this.id)}/${row.id}` }, row.values.name) : cellText(row.values[one.name])) })),
        ...(this.described.side === "authority" ? [{ label: t("register.col.enterprise"), cell: (row) => row.enterprise }] : []),
        { label: t("register.col.division"), cell: (row) => row.division }
      ] });
    find("day").scrollIntoView({ block: "nearest" });
  }

  #showParts() {
    const { divisions } = this.found;
    find("month-parts").hidden = this.described.side !== "authority" || divisions.length === 0;
    const open = (row) => { this.division.value = row.code; void attempt(() => this.load()); };
    const isOffered = (row) => [...this.division.options].some((option) => option.value === row.code);
    showTable(find("parts-table"), { caption: find("month-parts").querySelector("h2").textContent, rows: divisions, columns: [
      { label: t("register.col.division"), cell: (row) => (isOffered(row) ? el("button", { type: "button", class: "link-button", onclick: () => open(row) }, row.name) : row.name) },
      ...this.described.states.map((one) => ({ label: one.label, number: true, cell: (row) => formatNumber(row.counts[one.value] ?? 0) }))
    ] });
  }
}
