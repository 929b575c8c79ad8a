/* The orders behind a figure, listed below it. */

import "./words/figures.js";
import { requestJson } from "./api.js";
import { el, skeleton } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { showProblem } from "./toast.js";

const MOST = 200;
const NODES = ["received_at", "notified_at", "arrived_at", "freed_at"];
const time = (iso) => (iso ? String(iso).slice(5, 16).replace("T", " ") : "—");

/** Lists in `place` what the server has at `url`; `page(code)` gives an order's own page. */
export async function showOrders(place, url, { title, group, page }) {
  place.hidden = false;
  place.replaceChildren(...skeleton(3, "row"));
  place.scrollIntoView({ block: "nearest" });
  try {
    const body = await requestJson(`${url}&limit=${MOST}`);
    const row = (order) => el("tr", {}, el("td", { class: "figure" }, el("a", { href: page(order.code) }, order.code)), el("td", {}, order.title),
      ...NODES.map((name) => el("td", { class: "figure" }, time(order[name]))), el("td", {}, t(order.is_met ? "figures.yes" : "figures.no")));
    place.replaceChildren(
      el("h2", {}, t("figures.orders", { title, group, n: formatNumber(body.total) })),
      body.total === 0 ? el("p", { class: "muted" }, t("figures.orders.none"))
        : el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": title }, el("table", { class: "table" },
          el("thead", {}, el("tr", {}, ...["order", "place", "received", "notified", "arrived", "freed", "met"].map((name) => el("th", { scope: "col" }, t(`figures.${name}`))))),
          el("tbody", {}, ...body.orders.map(row)))),
      body.total > body.orders.length ? el("p", { class: "muted" }, t("figures.orders.first", { n: formatNumber(body.orders.length) })) : "");
  } catch (error) {
    place.hidden = true;
    showProblem(error);
  }
}
