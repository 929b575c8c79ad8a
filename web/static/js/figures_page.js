/* The page of figures: totals with their definitions, groups, and the orders behind every figure. */

import "./words/figures.js";
import { isAbort, query, requestJson } from "./api.js";
import { el, skeleton, stateBlock } from "./dom.js";
import { showOrders } from "./figure_orders.js";
import { formatNumber, t } from "./i18n.js";
import { startSessionMenu } from "./session_menu.js";

const COLUMNS = ["entrapments", "arrival_p50_s", "arrival_p90_s", "arrival_rate_pct", "answer_rate_pct", "overtime", "level_2_share_pct", "entrapment_rate_pct", "eta_error_p50_s", "eta_error_p90_s"];
const DAY_MS = 86_400_000;
const find = (id) => document.getElementById(id);
const day = (ms) => new Date(ms + 8 * 3600_000).toISOString().slice(0, 10);

/** A value as people read it: minutes for seconds, a share in percent. */
function shown(value, unit, id) {
  if (value === null || value === undefined) {
    return "—";
  }
  if (id.endsWith("_s")) {
    return t("figures.minutes", { n: (value / 60).toFixed(1) });
  }
  return id.endsWith("_pct") ? `${formatNumber(Math.round(value * 100) / 100)} %` : formatNumber(Math.round(value * 100) / 100);
}

class FiguresPage {
  constructor() {
    this.form = find("question");
    const asked = new URLSearchParams(window.location.search);
    const now = Date.now();
    this.form.elements.from.value = asked.get("from") ?? day(now - 29 * DAY_MS);
    this.form.elements.to.value = asked.get("to") ?? day(now);
    this.by = asked.get("by") ?? "district";
    this.form.addEventListener("change", () => { this.by = this.form.elements.by.value; void this.load(); });
    this.form.addEventListener("submit", (event) => event.preventDefault());
  }

  get values() {
    return { from: this.form.elements.from.value, to: this.form.elements.to.value, by: this.by };
  }

  async load() {
    this.asking?.abort();
    this.asking = new AbortController();
    const asked = query(this.values);
    window.history.replaceState(null, "", `?${asked}`);
    find("excel").href = `/api/dispatch/figures?${asked}&format=xlsx`;
    find("orders").hidden = true;
    find("tiles").replaceChildren(...skeleton(4, "row"));
    try {
      const body = await requestJson(`/api/dispatch/figures?${asked}`, { signal: this.asking.signal });
      this.#draw(body);
    } catch (error) {
      if (!isAbort(error)) {
        find("tiles").replaceChildren(stateBlock({ icon: "warning", title: error.title ?? String(error), detail: error.detail ?? "", role: "alert" }));
        find("groups").replaceChildren();
      }
    }
  }

  #draw(body) {
    this.body = body;
    this.form.elements.by.replaceChildren(...body.known_groups.map(({ id, title }) => el("option", { value: id, selected: id === this.by }, title)));
    const total = body.figures.find(({ id }) => id === "entrapments");
    if (!total.value) {
      find("tiles").replaceChildren(stateBlock({ title: t("figures.none"), detail: t("figures.none.detail") }));
      find("groups").replaceChildren();
      return;
    }
    find("tiles").replaceChildren(...body.figures.map((figure) => this.#tile(figure)));
    this.#drawGroups();
  }

  #tile(figure) {
    return el("button", { type: "button", class: "figures__tile", "data-figure": figure.id, disabled: figure.value === null, onclick: () => void this.#orders(figure.orders_url, figure.title, t("figures.orders.all")) },
      el("span", { class: "figures__title" }, figure.title), el("span", { class: "figures__value figure" }, shown(figure.value, figure.unit, figure.id)),
      el("span", { class: "figures__definition muted" }, figure.definition), el("span", { class: "figures__definition muted" }, figure.clock));
  }

  #drawGroups() {
    const { body } = this;
    const told = new Map(body.figures.map((figure) => [figure.id, figure]));
    const columns = COLUMNS.filter((id) => told.has(id));
    find("groups").replaceChildren(el("table", { class: "table" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, body.known_groups.find(({ id }) => id === this.by)?.title ?? t("figures.group")), ...columns.map((id) => el("th", { scope: "col", class: "is-number" }, told.get(id).title)))),
      el("tbody", {}, ...body.groups.map((group) => el("tr", {}, el("th", { scope: "row" }, group.name || t("figures.unknown")),
        ...columns.map((id) => el("td", { class: "is-number figure" }, group.values[id] === null ? "—"
          : el("button", { type: "button", class: "link-button", onclick: () => void this.#orders(`${group.orders_url}&figure=${id}`, told.get(id).title, group.name || t("figures.unknown")) }, shown(group.values[id], told.get(id).unit, id)))))))));
  }

  #orders(url, title, group) {
    return showOrders(find("orders"), url, { title, group, page: (code) => `/figures/order/${encodeURIComponent(code)}` });
  }
}

startSessionMenu();
void new FiguresPage().load();
