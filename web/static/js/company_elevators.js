/* Entry of a company's elevators: bound and unbound, searched by the server, bound and changed in bulk. */

import { query, requestJson } from "./api.js";
import { attempt, Choice, fillForm, find, here, problemBadges, showLoading, showPager, showTable, start, startKinds, valuesOf } from "./company.js";
import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { showToast } from "./toast.js";

const form = find("search");
const choice = new Choice(find("chosen"));
const asked = new URLSearchParams(window.location.search);
let bound = "1";
let page = 1;

const columns = [
  { label: t("company.col.rescue_code"), cell: (row) => row.rescue_code ?? el("span", { class: "muted" }, t("company.not_labelled")) },
  { label: t("company.col.code"), cell: (row) => el("a", { href: `/company/elevators/${here(row.code)}` }, row.code) },
  { label: t("company.col.name"), cell: (row) => row.name },
  { label: t("company.col.unit"), cell: (row) => row.unit_name },
  { label: t("company.col.address"), cell: (row) => row.address },
  { label: t("company.col.place_type"), cell: (row) => row.place_type_label },
  { label: t("company.col.station"), cell: (row) => row.station_name ?? el("span", { class: "muted" }, t("company.not_bound")) },
  { label: t("company.col.manager"), cell: (row) => (row.manager_name ? `${row.manager_name} ${row.manager_mobile ?? t("company.no_mobile")}` : null) },
  { label: t("company.col.problems"), cell: (row) => el("span", {}, problemBadges(row.problems)) },
  { label: t("company.col.actions"), cell: (row) => el("span", { class: "row-actions" },
    el("a", { href: `/company/elevators/${here(row.code)}`, "aria-label": `${t("company.edit")} ${row.code}` }, t("company.edit")),
    row.station_code ? el("button", { type: "button", class: "link-button", "aria-label": `${t("company.unbind")} ${row.code}`, onclick: () => void unbind([row.code]) }, t("company.unbind")) : null) }
];

let asking = 0;

async function load() {
  showLoading(find("table"));
  const values = valuesOf(form);
  asking += 1;
  const mine = asking;
  const found = await requestJson(`/api/company/elevators?${query({ ...values, bound, page, page_size: 50 })}`);
  if (mine !== asking) {
    return; // another question has been asked meanwhile: its answer is the one to show
  }
  window.history.replaceState(null, "", `?${query({ ...values, bound, lang: asked.get("lang") })}`);
  showTable(find("table"), { columns: [choice.column(found.rows), ...columns], rows: found.rows, caption: t("company.col.elevators") });
  find("total").textContent = t("company.total", { n: formatNumber(found.total) });
  showPager(find("pager"), found, (to) => { page = to; void attempt(load); });
}

function search() {
  page = 1;
  choice.clear();
  void attempt(load);
}

/** Sends an act on the ticked rows and says how many it changed. */
async function act(path, body, done) {
  if (body.codes.length === 0) {
    showToast({ title: t("company.tick_first"), kind: "error" });
    return;
  }
  const answer = await attempt(() => requestJson(`/api/company/elevators/${path}`, { method: "POST", body }));
  if (answer) {
    showToast({ title: t(done, { n: formatNumber(Object.values(answer)[0]) }) });
    search();
  }
}

const unbind = (codes) => act("unbind", { codes }, "company.unbound");

function askPlaceType() {
  const codes = [...choice.codes];
  if (codes.length === 0) {
    showToast({ title: t("company.tick_first"), kind: "error" });
    return;
  }
  const select = find("place-types").content.firstElementChild.cloneNode(true);
  const confirm = el("button", { type: "button", class: "button button--primary", onclick: () => {
    dialog.close();
    void act("place-type", { codes, place_type: select.value }, "company.place_type.done");
  } }, t("company.place_type.do"));
  const dialog = openDialog({ title: t("company.place_type.title"), body: [el("p", {}, t("company.place_type.ask", { n: formatNumber(codes.length) })), select],
    foot: [el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("action.cancel")), confirm] });
}

form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
find("unbind").addEventListener("click", () => void unbind([...choice.codes]));
find("place-type").addEventListener("click", askPlaceType);
find("bind").addEventListener("click", () => {
  const station = find("target").value;
  if (station === "") {
    showToast({ title: t("company.station_first"), kind: "error" });
    return;
  }
  void act("bind", { codes: [...choice.codes], station_code: station }, "company.bound");
});

function showTools() {
  for (const id of ["bind", "target"]) {
    find(id).hidden = bound === "1";
  }
  find("unbind").hidden = bound === "0";
}

void start(async () => {
  bound = asked.get("bound") ?? (asked.has("problem") ? "" : "1");
  for (const tab of document.querySelectorAll("[data-bound]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.bound === bound));
  }
  startKinds(find("kinds"), (tab) => { bound = tab.dataset.bound; showTools(); search(); });
  const { stations } = await requestJson("/api/company/stations");
  for (const select of [form.elements.station_code, find("target")]) {
    select.append(...stations.map((one) => el("option", { value: one.code }, one.name)));
  }
  fillForm(form, Object.fromEntries(asked));
  showTools();
  await load();
});
