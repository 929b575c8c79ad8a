/* The rows behind a figure: of a layer, or entrapment orders. */

import { isAbort, requestJson } from "./api.js";
import { showPager } from "./company.js";
import { el, iconButton, skeleton, stateBlock } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const MOST = 50;
const ORDER_COLUMNS = ["received_at", "notified_at", "arrived_at", "freed_at"];
const time = (iso) => (iso ? String(iso).slice(0, 16).replace("T", " ") : "—");

export class DistrictRows {
  constructor(container) {
    this.container = container;
  }

  close() {
    this.asking?.abort();
    this.container.hidden = true;
  }

  /** Opens the rows of an address, under a title: of a layer page by page, of orders so many at once and more when asked. */
  async open(url, { title, place, page = 1 }) {
    this.asking?.abort();
    this.asking = new AbortController();
    this.container.hidden = false;
    this.container.replaceChildren(...skeleton(3, "row"));
    this.container.scrollIntoView({ block: "nearest" });
    const isOrders = url.startsWith("/api/dispatch/");
    try {
      const body = await requestJson(`${url}&${isOrders ? `limit=${page * MOST}` : `${url.startsWith("/api/layers/") ? "count=exact&" : ""}page=${page}&page_size=${MOST}`}`, { signal: this.asking.signal });
      const isWarnings = url.startsWith("/api/warnings");
      const rows = isOrders ? this.#orders(body.orders) : isWarnings ? this.#warnings(body) : this.#features(url, body);
      const n = isOrders ? body.orders.length : body.rows.length;
      this.container.replaceChildren(
        el("div", { class: "districts__rows-head" }, el("h2", { tabindex: -1 }, t("districts.rows", { title, place, n: formatNumber(body.total) })), iconButton("close", t("action.close"), () => this.close())),
        n === 0 ? stateBlock({ title: t("districts.rows.none") }) : el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": title }, rows),
        this.#more(body, { isOrders, n, page, go: (to) => void this.open(url, { title, place, page: to }) }));
      this.container.querySelector("h2").focus({ preventScroll: true });
    } catch (error) {
      if (!isAbort(error)) {
        this.container.replaceChildren(stateBlock({ icon: "warning", title: error.title ?? String(error), detail: error.detail ?? "", role: "alert" }));
      }
    }
  }

  #more(body, { isOrders, n, page, go }) {
    if (body.total <= MOST || n === 0) {
      return "";
    }
    if (isOrders) {
      return body.total > n ? el("button", { type: "button", class: "button button--small", "data-more": true, onclick: () => go(page + 1) }, t("districts.rows.more", { n: formatNumber(body.total - n) })) : "";
    }
    const pager = el("div", { class: "pager" });
    showPager(pager, { total: body.total, page, page_size: MOST }, go);
    return pager;
  }

  #orders(orders) {
    return el("table", { class: "table" },
      el("thead", {}, el("tr", {}, ...["order", "place", "received", "notified", "arrived", "freed"].map((name) => el("th", { scope: "col" }, t(`figures.${name}`))))),
      el("tbody", {}, ...orders.map((order) => el("tr", {}, el("td", { class: "figure" }, el("a", { href: `/figures/order/${encodeURIComponent(order.code)}` }, order.code)), el("td", {}, order.title),
        ...ORDER_COLUMNS.map((name) => el("td", { class: "figure" }, time(order[name])))))));
  }

  #warnings({ rows }) {
    return el("table", { class: "table" },
      el("thead", {}, el("tr", {}, ...["level", "warning", "division", "raised", "processed"].map((name) => el("th", { scope: "col" }, t(`districts.rows.${name}`))))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, el("td", {}, el("span", { class: "badge", "data-grade": row.level }, t(`warning.level.${row.level}`))),
        el("td", {}, el("a", { href: row.page ?? `/map#f=${encodeURIComponent(row.layer)}:${row.row_id}`, title: t(row.page ? "districts.rows.open" : "districts.rows.map") }, row.title), el("p", { class: "muted" }, row.kind_label)),
        el("td", {}, row.division_name), el("td", { class: "figure" }, row.raised_at), el("td", { class: "figure" }, row.processed_at ?? "—")))));
  }

  #features(url, { columns, rows }) {
    const layer = url.split("/")[3];
    return el("table", { class: "table" },
      el("thead", {}, el("tr", {}, ...columns.map((column) => el("th", { scope: "col" }, column.label)))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...columns.map((column, at) => el("td", {}, at === 0
        ? el("a", { href: `/map#f=${encodeURIComponent(layer)}:${row.id}`, title: t("districts.rows.map") }, row.values[column.name] || String(row.id)) : row.values[column.name] ?? ""))))));
  }
}
