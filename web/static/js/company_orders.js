/* Entry of a company's newest orders, and of those its stations took for others: a number opens its nodes, which move by themselves. */

import { goToSignIn, query, requestJson } from "./api.js";
import { attempt, find, here, instant, showLoading, showTable, start, startKinds } from "./company.js";
import { debounce, el } from "./dom.js";
import { t } from "./i18n.js";
import { LiveFeed } from "./live.js";

const form = find("search");
let chosen = decodeURIComponent(window.location.hash.slice(1));
let kind = "own";

const ofOrder = { label: t("company.col.order"), cell: (row) => el("button", { type: "button", class: "link-button", "data-order": row.code, "aria-pressed": String(row.code === chosen), onclick: () => void attempt(() => choose(row.code)) }, row.code) };
const ofTaken = [
  ofOrder,
  { label: t("company.col.place"), cell: (row) => row.place_name },
  { label: t("company.col.station"), cell: (row) => row.station_name },
  { label: t("company.col.notified"), cell: (row) => instant(row.notified_at) },
  { label: t("company.col.state"), cell: (row) => row.state_label }
];
const columns = [
  ofOrder,
  { label: t("company.col.unit"), cell: (row) => row.unit_name },
  { label: t("company.col.name"), cell: (row) => row.name },
  { label: t("company.col.received"), cell: (row) => instant(row.received_at) },
  { label: t("company.col.state"), cell: (row) => row.state_label },
  { label: t("company.col.report"), cell: (row) => el("a", { href: `/company/orders/${here(row.code)}/report`, "aria-label": `${t(row.is_reported ? "company.report.read" : "company.report.write")} ${row.code}` }, t(row.is_reported ? "company.report.read" : "company.report.write")) }
];

async function load() {
  showLoading(find("table"));
  if (kind === "taken") {
    const { orders } = await requestJson("/api/company/taken-orders");
    showTable(find("table"), { columns: ofTaken, rows: orders, caption: t("company.col.order"), empty: t("company.taken.none"), emptyDetail: t("company.taken.none.detail") });
    return;
  }
  const { orders } = await requestJson(`/api/company/orders?${query({ unit_name: form.elements.unit_name.value.trim() })}`);
  showTable(find("table"), { columns, rows: orders, caption: t("company.col.order"), empty: t("company.orders.none"), emptyDetail: t("company.orders.none.detail") });
}

async function choose(code) {
  chosen = code;
  window.history.replaceState(null, "", `#${encodeURIComponent(code)}`);
  for (const button of document.querySelectorAll("[data-order]")) {
    button.setAttribute("aria-pressed", String(button.dataset.order === code));
  }
  const shown = kind === "taken" ? ofTheirPart(await requestJson(`/api/company/taken-orders/${here(code)}`)) : ofTheOrder(await requestJson(`/api/orders/${here(code)}`));
  find("nodes").replaceChildren(...shown);
}

function nodesOf(nodes) {
  return el("ol", { class: "nodes" }, nodes.map((node) => el("li", { class: node.at ? "is-done" : null, "data-node": node.name }, el("span", {}, node.label), el("span", { class: "figure" }, instant(node.at)))));
}

function ofTheOrder(order) {
  return [
    el("p", {}, el("strong", {}, order.code), " ", order.title),
    el("p", { class: "muted" }, [order.state_label, order.level_label, order.address].filter(Boolean).join(" · ")),
    nodesOf(order.nodes),
    ...order.assignments.map((one) => el("p", { class: "muted" }, [one.station_name, one.label, one.responder ? `${t("company.responder")} ${one.responder}` : null].filter(Boolean).join(" · ")))
  ];
}

function ofTheirPart(order) {
  return [
    el("p", {}, el("strong", {}, order.code), " ", order.title),
    el("p", { class: "muted" }, [t("company.taken.what"), order.address].filter(Boolean).join(" · ")),
    ...order.parts.flatMap((part) => [
      el("p", {}, [part.station_name, part.level_label, part.state_label, part.responder ? `${t("company.responder")} ${part.responder}` : null].filter(Boolean).join(" · ")),
      nodesOf(part.nodes)
    ])
  ];
}

function nothingChosen() {
  chosen = "";
  window.history.replaceState(null, "", window.location.pathname);
  find("nodes").replaceChildren(el("p", { class: "muted" }, t("company.orders.choose")));
}

const renew = debounce(() => void attempt(async () => { await load(); await (chosen ? choose(chosen) : null); }), 80);

form.addEventListener("submit", (event) => { event.preventDefault(); void attempt(load); });

void start(async () => {
  startKinds(find("kinds"), (tab) => {
    kind = tab.dataset.kind;
    form.hidden = kind === "taken";
    nothingChosen();
    void attempt(load);
  });
  await load();
  if (chosen) {
    await choose(chosen);
  }
  new LiveFeed({ versions: [["incident", 0]], onchange: (grown) => grown.has("incident") && renew(), onstate: () => {}, onended: () => goToSignIn() });
});
