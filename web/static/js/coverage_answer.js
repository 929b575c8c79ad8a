/* Coverage in the panel and on the map: legend with counts, totals by division, and who is not reached in time. */

import { query, requestJson } from "./api.js";
import { CoverageCells } from "./coverage_cells.js";
import { CoverageField, countClasses } from "./coverage_field.js";
import { el, stateBlock, uiIcon } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const SHOWN_LATE = 20;
const KEYS = ["1", "2", "3", "late", "none"];

/** A share of the whole; only all of it is 100 % and only none of it 0 %. */
function percentOf(n, count) {
  const tenths = Math.round((1000 * n) / Math.max(1, count));
  const [least, most] = [n > 0 ? 1 : 0, n < count ? 999 : 1000];
  return t("coverage.percent", { n: formatNumber(Math.min(most, Math.max(least, tenths)) / 10) });
}

/** One line of the server's totals as counts by class. */
const countsOf = (line) => [...line.first_within, line.beyond, line.unreachable + line.off_road + line.no_position];

export class CoverageAnswer {
  /**
   * `view()` gives the map or null; `layers` by id; `onlayer(id, isOn)` switches one and says whether that changed anything;
   * `oncount(id)` makes it the one whose circles are drawn; `onlegend(element)` shows an answer's legend.
   */
  constructor({ view, layers, onlayer, oncount, onlegend }) {
    Object.assign(this, { view, layers, onlayer, oncount, onlegend });
    this.cells = null;
    this.field = null;
    this.switched = null;
  }

  /** Asks for the field, the totals and where the objects are; `values` is the question. */
  async read(values, { signal, body }) {
    const queryText = query(values);
    const totals = requestJson(`/api/coverage?${queryText}`, { signal, ...(body ? { method: "POST", body } : {}) });
    const cells = CoverageCells.read(values.of, { signal });
    const [field, answer] = await Promise.all([CoverageField.read(queryText, { signal, body }), totals, cells]);
    return { field, answer, cells: await cells };
  }

  /** Paints the map and gives what stands in the panel. */
  show({ field, answer, cells }) {
    const { head } = field;
    const layer = this.layers.get(head.of.layer);
    if (answer.total.count === 0) {
      this.clear();
      return [stateBlock({ icon: "empty", title: t("coverage.empty", { of: head.of.title }), detail: t("coverage.empty.detail") })];
    }
    this.#switchOn(layer.id);
    this.field = field;
    const counts = countClasses(field.classes);
    cells.setClasses(field.ids, field.classes);
    const isOther = this.view()?.coverage.layer !== layer.id;
    this.view()?.coverage.set(layer.id, field.classesById(), { minZoom: layer.raw_min_zoom, cells });
    if (isOther) {
      this.oncount(layer.id);
    }
    const title = t("coverage.legend", { of: head.of.title, by: head.by.title });
    const how = t("coverage.cells", { zoom: layer.raw_min_zoom, n: head.limits_s.at(-1) / 60 });
    this.onlegend(this.#legend(title, counts, head.limits_s, el("p", { class: "legend__note" }, t("coverage.cells.short"))));
    return [
      head.facilities === 0 ? el("p", { class: "travel-note", role: "status" }, uiIcon("warning", { small: true }), t("coverage.nobody", { by: head.by.title })) : "",
      this.#legend(title, counts, head.limits_s),
      el("p", { class: "muted coverage-note" }, how),
      this.#divisions(answer, head.limits_s), this.#late(answer.uncovered)];
  }

  /** Says what a circle holds; null when it is none of ours. */
  wordsForCell({ n, reach, beyond }) {
    if (this.field === null || reach === undefined) {
      return null;
    }
    const { limits_s: limits } = this.field.head;
    const soon = reach < limits.length ? t("coverage.cell", { n: formatNumber(n), minutes: limits[reach] / 60 }) : t("coverage.cell.late", { n: formatNumber(n) });
    return beyond > 0 ? `${soon} · ${t("coverage.cell.beyond", { n: formatNumber(beyond), minutes: limits.at(-1) / 60 })}` : soon;
  }

  /** Takes the colours away; the layer is as before. */
  clear() {
    const wasShown = this.field !== null;
    const layer = this.view()?.coverage.layer;
    this.view()?.coverage.clear();
    this.field = null;
    this.onlegend(null);
    if (wasShown && layer) {
      this.oncount(layer);
    }
    if (this.switched !== null) {
      this.onlayer(this.switched, false);
      this.switched = null;
    }
  }

  #switchOn(id) {
    if (this.switched !== null && this.switched !== id) {
      this.onlayer(this.switched, false);
      this.switched = null;
    }
    if (this.onlayer(id, true)) {
      this.switched = id;
    }
  }

  /** Says in words how soon help gets to a feature under the pointer; null when there is no coverage of it. */
  wordsFor(layer, id) {
    if (this.field?.head.of.layer !== layer) {
      return null;
    }
    const seconds = this.field.secondsTo(Number(id));
    if (seconds === undefined) {
      return null;
    }
    return seconds === Infinity ? t("coverage.none") : t("coverage.in", { n: formatNumber(Math.ceil(seconds / 6) / 10) });
  }

  #label(at, limits) {
    if (at < limits.length) {
      const n = limits[at] / 60;
      return at === 0 ? t("coverage.within", { n }) : t("coverage.between", { from: limits[at - 1] / 60, n });
    }
    return at === limits.length ? t("coverage.late", { n: limits.at(-1) / 60 }) : t("coverage.none");
  }

  #swatch(at) {
    return el("span", { class: `reach-dot reach-dot--${KEYS[at]}`, "aria-hidden": "true" });
  }

  #legend(title, counts, limits, note = null) {
    const sum = counts.reduce((total, n) => total + n, 0);
    return el("section", { class: "coverage-legend", "aria-label": title },
      el("h3", {}, title),
      el("ul", {}, counts.map((n, at) => el("li", {}, this.#swatch(at), el("span", {}, this.#label(at, limits)),
        el("span", { class: "count" }, formatNumber(n)), el("span", { class: "muted figure" }, percentOf(n, sum)))),
      el("li", { class: "coverage-legend__sum" }, el("span", {}), el("span", {}, t("coverage.sum")), el("span", { class: "count" }, formatNumber(sum)), el("span", {}))), note);
  }

  #divisions({ divisions, total }, limits) {
    return el("section", { class: "coverage-divisions", "aria-label": t("coverage.divisions") },
      el("h3", {}, t("coverage.divisions")),
      el("ul", {}, [...divisions, { ...total, name: t("coverage.sum") }].map((line) => this.#division(line, limits))));
  }

  #division(line, limits) {
    const counts = countsOf(line);
    const bar = el("span", { class: "coverage-bar", "aria-hidden": "true" }, counts.map((n, at) => {
      const part = el("span", { class: `coverage-bar__part reach-fill--${KEYS[at]}` });
      part.style.setProperty("flex-grow", String(n));
      return part;
    }));
    const facts = counts.map((n, at) => (n > 0 ? `${this.#label(at, limits)} ${formatNumber(n)}` : "")).filter(Boolean).join(" · ");
    return el("li", { class: "coverage-division" },
      el("span", { class: "coverage-division__name" }, line.name), el("span", { class: "count" }, formatNumber(line.count)), bar,
      el("span", { class: "muted coverage-division__facts" }, facts));
  }

  #late({ count, first }) {
    if (count === 0) {
      return el("p", { class: "coverage-note" }, t("coverage.all"));
    }
    const rows = first.slice(0, SHOWN_LATE);
    return el("details", { class: "left-out" }, el("summary", {}, t("coverage.uncovered", { n: formatNumber(count) })),
      el("ul", {}, rows.map((row) => el("li", {}, el("span", {}, row.name ?? row.code ?? ""),
        el("span", { class: "count" }, row.travel_time_1_s === null ? row.state : t("travel.minutes", { n: formatNumber(Math.ceil(row.travel_time_1_s / 6) / 10) })))),
      count > rows.length ? el("li", { class: "muted" }, t("coverage.first", { n: rows.length })) : ""));
  }
}
