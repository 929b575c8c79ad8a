/* Charts of what a layer is made of in a division: by choice and by month, each to be saved as a picture. */

import { isAbort, query, requestJson } from "./api.js";
import { el, skeleton, stateBlock } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const HEIGHT_PX = 240;
const WIDTH_PX = 480;
// Colours for classes without a colour of their own; none is a grade's.
const PALETTE = ["#4fa7a6", "#8f7ac8", "#b98a4e", "#6d8fb3", "#7f9c5b", "#b8719c", "#8396a8", "#5f7890"];

let library = null;

async function echarts() {
  library ??= import(`${document.querySelector('meta[name="onemap:vendor:echarts"]').content}/echarts.esm.min.mjs`);
  return library;
}

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class DistrictCharts {
  /** `onrows(url, title)` opens the rows behind a bar. */
  constructor(container, { onrows }) {
    Object.assign(this, { container, onrows });
    this.drawn = [];
    new ResizeObserver(() => this.drawn.forEach((chart) => chart.resize())).observe(container);
  }

  /** `question` is the page's: the measure and its period. */
  async show({ division, question, key }) {
    this.key = key;
    this.asking?.abort();
    this.asking = new AbortController();
    this.#clear();
    this.container.replaceChildren(...skeleton(4, "row"));
    try {
      const path = `/api/districts/${encodeURIComponent(division)}/composition?${query(question)}`;
      const [{ init }, body] = await Promise.all([echarts(), requestJson(path, { signal: this.asking.signal })]);
      this.body = body;
      this.#draw(init);
    } catch (error) {
      if (!isAbort(error)) {
        const retry = { label: t("action.retry"), run: () => this.show({ division, question, key }) };
        this.container.replaceChildren(stateBlock({ icon: "warning", title: error.title ?? String(error), detail: error.detail ?? "", action: retry, role: "alert" }));
      }
    }
  }

  async renew() {
    if (this.body && this.drawn.length > 0) {
      const { init } = await echarts();
      this.#clear();
      this.#draw(init);
    }
  }

  #clear() {
    this.drawn.forEach((chart) => chart.dispose());
    this.drawn = [];
  }

  #draw(init) {
    const { body } = this;
    const day = (iso, before = 0) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date(new Date(iso) - before));
    const head = el("p", { class: "districts__charts-head" },
      t("districts.charts.total", { title: body.layer.title, place: body.division.name, n: formatNumber(body.total) }), " ",
      el("span", { class: "muted", id: "charts-period" }, body.period
        ? t("districts.charts.period", { label: body.period.label, from: day(body.period.from), to: day(body.period.to, 1) }) : t("districts.charts.all")));
    if (body.total === 0 || (body.choices.length === 0 && body.months.length === 0)) {
      this.container.replaceChildren(head, stateBlock({ title: t(body.total === 0 ? "districts.rows.none" : "districts.charts.none") }));
      return;
    }
    this.container.replaceChildren(head);
    for (const choice of body.choices) {
      const open = (one) => this.onrows(one.list_url, `${body.layer.title} · ${choice.label}：${one.label}`);
      this.#chart(init, t("districts.charts.by", { label: choice.label }), choice.field, this.#bars(choice), (at) => open(choice.counts[at]),
        choice.counts.map((one) => ({ label: one.label, n: one.n, open: () => open(one) })));
    }
    if (body.months.length > 0) {
      const open = (month, one) => this.onrows(one.list_url ?? month.list_url, `${body.layer.title} · ${[month.month, this.#classOf(one)?.label].filter(Boolean).join(" · ")}`);
      this.#chart(init, t("districts.charts.month", { label: body.time.label }), "month", this.#stack(), (at, series) => {
        const found = body.months[at].counts.find(({ value }) => value === this.stacked[series].value);
        if (found?.n > 0) {
          open(body.months[at], found);
        }
      }, body.months.map((month) => ({ label: month.month, n: month.counts.reduce((sum, { n }) => sum + n, 0), open: month.list_url ? () => open(month, month) : null })));
      if (body.before > 0) {
        this.container.append(el("p", { class: "muted" }, t("districts.charts.before", { n: formatNumber(body.before) })));
      }
    }
  }

  #classOf({ value }) {
    return value === undefined ? null : this.stacked.find((one) => one.value === value);
  }

  /** `rows` are the chart's numbers as a list of buttons, for those who do not point. */
  #chart(init, title, name, option, onbar, rows) {
    const words = rows.map(({ label, n }) => `${label} ${formatNumber(n)}`);
    const place = el("div", { class: "districts__chart", role: "img", "aria-label": `${title}: ${words.join("; ")}`, "data-chart": name });
    const list = el("details", { class: "districts__chart-rows", "data-rows": name }, el("summary", {}, t("districts.charts.rows")),
      el("ul", {}, rows.filter(({ n }) => n > 0).map(({ label, n, open }) => el("li", {}, label, " ", open ? el("button", { type: "button", class: "link-button figure", onclick: open }, formatNumber(n)) : formatNumber(n)))));
    const save = el("button", { type: "button", class: "button button--small" }, t("districts.charts.png"));
    this.container.append(el("figure", { class: "districts__figure" }, el("figcaption", {}, title, save), place, list));
    const chart = init(place, null, { renderer: "canvas", width: place.clientWidth || WIDTH_PX, height: HEIGHT_PX });
    chart.setOption(option);
    chart.on("click", ({ dataIndex, seriesIndex }) => onbar(dataIndex, seriesIndex));
    save.addEventListener("click", () => this.#save(chart, title));
    this.drawn.push(chart);
  }

  #save(chart, title) {
    const url = chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: token("--panel-ground") });
    el("a", { href: url, download: `${this.body.division.name}-${this.body.layer.title}-${title}.png` }).click();
  }

  get #common() {
    const text = { color: token("--text-2"), fontFamily: token("--font-text"), fontSize: 13 };
    return { animation: false, textStyle: text, color: PALETTE, grid: { left: 8, right: 16, top: 28, bottom: 8, containLabel: true } };
  }

  get #axis() {
    return { axisLabel: { color: token("--text-2"), fontSize: 12 }, axisLine: { lineStyle: { color: token("--line-strong") } }, splitLine: { lineStyle: { color: token("--line") } } };
  }

  #bars({ counts }) {
    const flipped = counts.length > 5 || counts.some(({ label }) => label.length > 6);
    const labels = { type: "category", data: counts.map(({ label }) => label), ...this.#axis, axisLabel: { color: token("--text-2"), fontSize: 12, width: 110, overflow: "truncate", interval: 0 }, inverse: flipped, axisTick: { show: false } };
    const numbers = { type: "value", minInterval: 1, ...this.#axis };
    return { ...this.#common, tooltip: { trigger: "item" }, xAxis: flipped ? numbers : labels, yAxis: flipped ? labels : numbers, series: [{ type: "bar", barMaxWidth: 34,
      label: { show: true, position: flipped ? "right" : "top", color: token("--text"), formatter: ({ value }) => formatNumber(value) },
      data: counts.map(({ n, color }) => ({ value: n, itemStyle: { color: color ?? token("--quantity") } })) }] };
  }

  #stack() {
    const { months, classes } = this.body;
    const known = classes.length > 0 ? [...classes] : [{ value: null, label: this.body.layer.title, color: null }];
    if (classes.length > 0 && months.some(({ counts }) => counts.some(({ value }) => value === null))) {
      known.push({ value: null, label: t("districts.unfilled"), color: null });
    }
    this.stacked = known.filter(({ value }) => months.some(({ counts }) => counts.some((one) => one.value === value)));
    return { ...this.#common, tooltip: { trigger: "axis" }, legend: { top: 0, textStyle: { color: token("--text-2") }, itemWidth: 12, itemHeight: 12 }, grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
      xAxis: { type: "category", data: months.map(({ month }) => month), ...this.#axis }, yAxis: { type: "value", minInterval: 1, ...this.#axis },
      series: this.stacked.map(({ value, label, color }, at) => ({ name: label, type: "bar", stack: "all", barMaxWidth: 28, itemStyle: { color: color ?? PALETTE[at % PALETTE.length] },
        data: months.map(({ counts }) => counts.find((one) => one.value === value)?.n ?? 0) })) };
  }
}
