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
function dayStart(now = Date.now()) {
  return new Date(Math.floor((now + BEIJING_MS) / DAY_MS) * DAY_MS - BEIJING_MS).toISOString();
}

export class WallFigures {
  constructor({ kpis, districts, hours }) {
    Object.assign(this, { kpis, districts, hours });
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
      const from = encodeURIComponent(dayStart());
      const month = encodeURIComponent(new Date(Date.parse(dayStart()) - 29 * DAY_MS).toISOString());
      const [today, hours, districts] = await Promise.all([
        requestJson(`/api/dispatch/figures?from=${from}`), requestJson(`/api/dispatch/figures?from=${from}&by=hour`),
        requestJson(`/api/dispatch/figures?from=${month}&by=district`)
      ]);
      this.today = Object.fromEntries(today.figures.map((figure) => [figure.id, figure]));
      this.#drawKpis();
      this.#drawHours(hours.groups);
      this.#drawDistricts(districts.groups);
    } catch {
      // the feed's own sign says when the server cannot be reached; the figures come with the next round
    } finally {
      this.isLoading = false;
    }
  }

  #drawKpis() {
    const now = Date.now();
    const live = this.orders.filter((order) => order.state !== "freed");
    const late = live.filter((order) => pressing(order, now)?.left_s < 0).length;
    const waiting = live.filter((order) => order.state === "notified").length;
    const value = (id) => this.today?.[id]?.value ?? null;
    const tile = (label, figure, note, unit = "") => el("div", { class: "wall-kpi" }, el("p", { class: "wall-kpi__label" }, label),
      el("p", { class: "wall-kpi__value figure" }, figure, unit ? el("small", {}, unit) : ""), el("p", { class: "wall-kpi__note" }, note));
    this.kpis.replaceChildren(el("div", { class: "wall-kpis" },
      tile(t("wall.kpi.open"), formatNumber(live.length), t("wall.kpi.open.note", { n: waiting })),
      tile(t("wall.kpi.late"), formatNumber(late), t("wall.kpi.late.note")),
      tile(t("wall.kpi.today"), value("entrapments") === null ? "—" : formatNumber(value("entrapments")), t("wall.kpi.today.note", { n: value("persons_freed") ?? 0 })),
      tile(t("wall.kpi.overtime"), value("overtime") === null ? "—" : formatNumber(value("overtime")), t("wall.kpi.overtime.note")),
      tile(t("wall.kpi.arrival"), minutes(value("arrival_p50_s")), t("wall.kpi.arrival.note", { p90: minutes(value("arrival_p90_s")) }), t("wall.minutes")),
      tile(t("wall.kpi.answer"), percent(value("answer_rate_pct")), t("wall.kpi.answer.note"), "%")));
  }

  #drawDistricts(groups) {
    const rows = groups.map((group) => ({ name: group.name, value: group.values.arrival_p50_s, n: group.values.entrapments })).filter((row) => row.value !== null)
      .sort((a, b) => b.value - a.value).slice(0, 11);
    const limit = 30 * 60;
    const most = Math.max(limit * 1.1, ...rows.map((row) => row.value));
    this.districts.replaceChildren(
      el("h2", { class: "wall-card__head" }, t("wall.districts"), el("span", { class: "wall-card__note" }, t("wall.districts.note"))),
      rows.length === 0 ? el("p", { class: "wall-card__note" }, t("wall.figures.none"))
        : el("ol", { class: "wall-bars" }, ...rows.map((row) => {
          const bar = el("span", { class: "wall-bars__bar" });
          bar.style.setProperty("--share", String(row.value / most));
          bar.style.setProperty("--limit", String(limit / most));
          return el("li", { class: "wall-bars__row" }, el("span", { class: "wall-bars__name" }, row.name), bar, el("span", { class: "wall-bars__value figure" }, minutes(row.value)));
        })),
      rows.length === 0 ? "" : el("p", { class: "wall-card__note wall-bars__limit" }, t("wall.districts.limit")));
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
    const now = new Date(Date.now() + BEIJING_MS).getUTCHours();
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
