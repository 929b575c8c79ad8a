/* How the city is: today's figures with their clocks named, districts ranked, calls by the hour. */

import { requestJson } from "./api.js";
import { pressing } from "./desk_time.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const EVERY_MS = 20_000;
const SOON_MS = 1500;
const DAY_MS = 86_400_000;
const BEIJING_MS = 8 * 3600_000;

const minutes = (seconds) => (seconds === null || seconds === undefined ? "—" : (seconds / 60).toFixed(1));
const percent = (value) => (value === null || value === undefined ? "—" : value >= 99.95 ? "100" : value.toFixed(1));

/** The start of the day in Beijing, as an instant. */
function dayStart(now) {
  return new Date(Math.floor((now + BEIJING_MS) / DAY_MS) * DAY_MS - BEIJING_MS).toISOString();
}

export class WallFigures {
  /** `clock` is the server's: the screen's own may be wrong. `role` decides what a figure opens: on a wall of its own, nothing. */
  constructor({ kpis, districts, hours, warnings, city, clock, role }) {
    Object.assign(this, { kpis, districts, hours, warnings, city, clock });
    this.opens = { figures: ["dispatcher", "administrator", "regulator"].includes(role), orders: ["dispatcher", "administrator"].includes(role) };
    this.limits = [];
    this.orders = [];
    this.today = null;
    window.setInterval(() => void this.load(), EVERY_MS);
    void this.load();
  }

  /** The orders that are open now; today's figures follow a moment later. */
  changed(orders) {
    this.orders = orders;
    this.#drawKpis();
    window.clearTimeout(this.soon);
    this.soon = window.setTimeout(() => void this.load(), SOON_MS);
  }

  async load() {
    if (this.isLoading) {
      return;
    }
    this.isLoading = true;
    try {
      const begun = dayStart(this.clock.now());
      const from = encodeURIComponent(begun);
      const month = encodeURIComponent(new Date(Date.parse(begun) - 29 * DAY_MS).toISOString());
      const [today, hours, districts, warnings] = await Promise.all([
        requestJson(`/api/dispatch/figures?from=${from}`), requestJson(`/api/dispatch/figures?from=${from}&by=hour`),
        requestJson(`/api/dispatch/figures?from=${month}&by=district`),
        requestJson(`/api/indicators/${encodeURIComponent(this.city)}?ids=warning_open_count,warning_red_count`)
      ]);
      this.today = Object.fromEntries(today.figures.map((figure) => [figure.id, figure]));
      this.limits = districts.groups.map((group) => group.limits);
      this.#drawKpis();
      this.#drawHours(hours.groups);
      this.#drawDistricts(districts.groups);
      this.#drawWarnings(warnings.figures);
    } catch {
      // the feed's own sign says when the server cannot be reached; the figures come with the next round
    } finally {
      this.isLoading = false;
    }
  }

  #drawKpis() {
    const now = this.clock.now();
    const live = this.orders.filter((order) => order.state !== "freed");
    const late = live.filter((order) => pressing(order, now)?.left_s < 0).length;
    const waiting = live.filter((order) => order.state === "notified").length;
    const value = (id) => this.today?.[id]?.value ?? null;
    const day = new Date(now + BEIJING_MS).toISOString().slice(0, 10);
    const ofToday = this.opens.figures ? `/figures?from=${day}&to=${day}` : null;
    const ofOpen = this.opens.orders ? "/dispatch" : null;
    const tile = (url, label, figure, note, unit = "") => el(url ? "a" : "div", { class: "wall-kpi", href: url }, el("p", { class: "wall-kpi__label" }, label),
      el("p", { class: "wall-kpi__value figure" }, figure, unit ? el("small", {}, unit) : ""), el("p", { class: "wall-kpi__note" }, note));
    this.kpis.replaceChildren(el("div", { class: "wall-kpis" },
      tile(ofOpen, t("wall.kpi.open"), formatNumber(live.length), t("wall.kpi.open.note", { n: waiting })),
      tile(ofOpen, t("wall.kpi.late"), formatNumber(late), t("wall.kpi.late.note")),
      tile(ofToday, t("wall.kpi.today"), value("entrapments") === null ? "—" : formatNumber(value("entrapments")), t("wall.kpi.today.note", { n: value("persons_freed") ?? 0 })),
      tile(ofToday, t("wall.kpi.overtime"), value("overtime") === null ? "—" : formatNumber(value("overtime")), t("wall.kpi.overtime.note")),
      tile(ofToday, t("wall.kpi.arrival"), minutes(value("arrival_p50_s")), t("wall.kpi.arrival.note", { p90: minutes(value("arrival_p90_s")) }), t("wall.minutes")),
      tile(ofToday, t("wall.kpi.answer"), percent(value("answer_rate_pct")), this.#answerNote(), "%")));
  }

  /** The limit behind the rate of answers: one where all districts have the same. */
  #answerNote() {
    const limits = [...new Set(this.limits.map((one) => one.answer_s))];
    return limits.length === 1 ? t("wall.kpi.answer.note", { n: formatNumber(limits[0] / 60) }) : t("wall.kpi.answer.note.own");
  }

  /** Open warnings of every module; how many of them are red. */
  #drawWarnings([open, red]) {
    this.warnings.hidden = false;
    const count = el("strong", { class: "figure" }, formatNumber(open.value));
    this.warnings.replaceChildren(t("wall.warnings"), this.opens.figures ? el("a", { href: "/warnings" }, count) : count,
      red.value > 0 ? el("span", { class: "badge", "data-grade": "1" }, t("wall.warnings.red", { n: formatNumber(red.value) })) : "");
  }

  #drawDistricts(groups) {
    const rows = groups.map((group) => ({ name: group.name, value: group.values.arrival_p50_s, limit: group.limits.arrival_s })).filter((row) => row.value !== null)
      .sort((a, b) => b.value - a.value).slice(0, 11);
    const most = Math.max(...rows.map((row) => Math.max(row.value, row.limit * 1.1)));
    const limits = [...new Set(rows.map((row) => row.limit))];
    const about = limits.length === 1 ? t("wall.districts.limit", { n: formatNumber(limits[0] / 60) }) : t("wall.districts.limit.own");
    this.districts.replaceChildren(
      el("h2", { class: "wall-card__head" }, t("wall.districts"), el("span", { class: "wall-card__note" }, t("wall.districts.note"))),
      rows.length === 0 ? el("p", { class: "wall-card__note" }, t("wall.figures.none"))
        : el("ol", { class: "wall-bars" }, ...rows.map((row) => {
          const bar = el("span", { class: "wall-bars__bar" });
          bar.style.setProperty("--share", String(row.value / most));
          bar.style.setProperty("--limit", String(row.limit / most));
          return el("li", { class: "wall-bars__row" }, el("span", { class: "wall-bars__name" }, this.opens.figures ? el("a", { href: "/figures?by=district" }, row.name) : row.name), bar, el("span", { class: "wall-bars__value figure" }, minutes(row.value)));
        })),
      rows.length === 0 ? "" : el("p", { class: "wall-card__note wall-bars__limit" }, about));
  }

  #drawHours(groups) {
    const counts = Array.from({ length: 24 }, () => 0);
    const late = Array.from({ length: 24 }, () => 0);
    for (const group of groups) {
      const hour = Number.parseInt(group.key, 10);
      if (hour >= 0 && hour < 24) {
        counts[hour] = group.values.entrapments ?? 0;
        late[hour] = group.values.overtime ?? 0;
      }
    }
    const most = Math.max(4, ...counts);
    const now = new Date(this.clock.now() + BEIJING_MS).getUTCHours();
    this.hours.replaceChildren(
      el("h2", { class: "wall-card__head" }, t("wall.hours"), el("span", { class: "wall-card__note" }, t("wall.hours.note", { n: most }))),
      el("ol", { class: "wall-hours", "aria-label": t("wall.hours") }, ...counts.map((n, hour) => {
        const column = el("li", { class: "wall-hours__hour", "data-now": hour === now, title: `${hour}: ${n}` }, el("span", { class: "wall-hours__bar" }), late[hour] > 0 ? el("span", { class: "wall-hours__late figure" }, String(late[hour])) : "",
          hour % 6 === 0 ? el("span", { class: "wall-hours__label figure" }, String(hour)) : "");
        column.style.setProperty("--share", String(n / most));
        return column;
      })));
  }
}
