/* Entry of the check of bindings: a company accepts rebindings, an authority proposes the check to it. */

import "./words/bindings.js";
import { query, requestJson } from "./api.js";
import { attempt, Choice, find, onSubmit, showLoading, showPager, showTable, start, valuesOf } from "./company.js";
import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { showToast } from "./toast.js";

const PAGE = 50;
const isPlanner = document.body.classList.contains("bindings-planner");
const form = find("question");
const choice = isPlanner ? null : new Choice(find("chosen"));
let found = null;
let asked = {};
let page = 1;

const minutes = (seconds) => (seconds === null ? null : (seconds / 60).toFixed(1));
const path = () => (isPlanner ? `/api/studio/bindings/${encodeURIComponent(asked.unit)}` : "/api/company/bindings");
const changes = (rows) => rows.filter((row) => row.to !== null);

function reason(row) {
  const nearest = row.to === null && row.nearest_name ? `${t("bindings.nearest", { name: row.nearest_name, n: minutes(row.nearest_s) })}` : "";
  return el("span", { class: "bindings-reason" }, [row.reason_label, nearest].filter(Boolean).join(" · "));
}

const columns = [
  { label: t("bindings.col.elevator"), cell: (row) => el("span", {}, row.name ?? row.code, el("br"), el("small", { class: "muted" }, row.code)) },
  { label: t("bindings.col.before"), cell: (row) => row.from_name ?? el("span", { class: "muted" }, t("bindings.none")) },
  { label: t("bindings.col.before_s"), number: true, cell: (row) => minutes(row.before_s) ?? (row.from ? t("bindings.over_hour") : "—") },
  { label: t("bindings.col.after"), cell: (row) => row.to_name },
  { label: t("bindings.col.after_s"), number: true, cell: (row) => minutes(row.after_s) },
  { label: t("bindings.col.reason"), cell: reason }
];
const act = { label: t("company.col.actions"), cell: (row) => (row.to === null ? "" : el("button", { type: "button", class: "link-button", "aria-label": `${t("bindings.accept_one")} ${row.code}`, onclick: () => void accept([row]) }, t("bindings.accept_one"))) };

const stationColumns = [
  { label: t("bindings.col.station"), cell: (row) => row.name },
  { label: t("bindings.col.scope"), cell: (row) => row.scope || "—" },
  { label: t("bindings.col.reached"), number: true, cell: (row) => (row.in_scope === 0 ? "—" : t("bindings.of", { reached: formatNumber(row.in_scope_reached), all: formatNumber(row.in_scope), share: Math.round(100 * row.in_scope_reached / row.in_scope) })) },
  { label: t("bindings.col.late"), number: true, cell: (row) => formatNumber(row.late) },
  { label: t("bindings.col.load"), number: true, cell: (row) => el("span", {}, `${formatNumber(row.load_before)} → ${formatNumber(row.load_after)} / ${formatNumber(row.capacity)}`, row.load_after > row.capacity ? el("span", { class: "badge badge--bad" }, t("bindings.full")) : "") }
];

function showRows() {
  const shown = found.rows.slice((page - 1) * PAGE, page * PAGE);
  const ticks = isPlanner ? [] : [choice.column(changes(shown))];
  if (ticks.length > 0) {
    const { cell } = ticks[0];
    ticks[0].cell = (row) => (row.to === null ? "" : cell(row));
  }
  showTable(find("table"), { columns: [...ticks, ...columns, ...(isPlanner ? [] : [act])], rows: shown, caption: t("bindings.col.elevator"), empty: t("bindings.good"), emptyDetail: "" });
  const room = found.rows.some((row) => row.reason === "made_room") ? ` ${t("bindings.room")}` : "";
  find("total").textContent = t("bindings.shown", { n: formatNumber(found.rows.length) }) + room;
  showPager(find("pager"), { total: found.rows.length, page, page_size: PAGE }, (to) => { page = to; showRows(); });
}

function show() {
  find("summary").textContent = t("bindings.summary", { count: formatNumber(found.count), limit: formatNumber(found.limit_s / 60), late: formatNumber(found.late), unbound: formatNumber(found.unbound), mendable: formatNumber(found.mendable) });
  find("list").hidden = false;
  find("stands").hidden = false;
  showRows();
  showTable(find("stations"), { columns: stationColumns, rows: found.stations, caption: t("bindings.col.station") });
  find("export").href = `${path()}?${query({ ...asked, format: "xlsx" })}`;
  find("export").hidden = false;
  const all = changes(found.rows).length;
  if (!isPlanner) {
    find("accept").disabled = all === 0;
    find("accept-all").disabled = all === 0;
  }
  showProposals();
}

function showProposals() {
  find("proposals").replaceChildren(...found.proposals.map((one) => el("div", { class: "card bindings-proposal" },
    el("p", {}, t("bindings.proposal", { authority: one.authority, limit: formatNumber(one.limit_s / 60), per_crew: formatNumber(one.per_crew), note: one.note })),
    el("div", { class: "button-row" },
      el("button", { type: "button", class: "button button--small", onclick: () => {
        Object.assign(form.elements.limit_min, { value: String(one.limit_s / 60) });
        Object.assign(form.elements.per_crew, { value: String(one.per_crew) });
        form.elements.hour_of_week.value = one.hour_of_week === null ? "" : String(one.hour_of_week);
        form.requestSubmit();
      } }, t("bindings.open")),
      el("button", { type: "button", class: "button button--small", onclick: () => void attempt(async () => {
        await requestJson(`/api/company/bindings/proposals/${one.id}`, { method: "DELETE" });
        found.proposals = found.proposals.filter((other) => other !== one);
        showProposals();
      }) }, t("bindings.done"))))));
}

async function check(values) {
  asked = values;
  page = 1;
  choice?.clear();
  showLoading(find("table"));
  find("list").hidden = false;
  try {
    found = await requestJson(`${path()}?${query(asked)}`);
  } catch (error) {
    find("list").hidden = found === null;
    find("table").removeAttribute("aria-busy");
    throw error;
  }
  show();
}

async function accept(rows) {
  if (rows.length === 0) {
    showToast({ title: t("company.tick_first"), kind: "error" });
    return;
  }
  const moves = rows.map((row) => ({ code: row.code, from: row.from, to: row.to }));
  const done = await attempt(() => requestJson("/api/company/bindings/accept", { method: "POST", body: { moves } }));
  if (done) {
    showToast({ title: t("bindings.accepted", { n: formatNumber(done.rebound) }) });
  }
  await attempt(() => check(asked)); // also after a conflict: what stands now is shown
}

function acceptAll() {
  const rows = changes(found.rows);
  const confirm = el("button", { type: "button", class: "button button--primary", onclick: () => { dialog.close(); void accept(rows); } }, t("bindings.confirm"));
  const dialog = openDialog({ title: t("bindings.confirm"), body: [el("p", {}, t("bindings.confirm.detail", { n: formatNumber(rows.length) }))],
    foot: [el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("action.cancel")), confirm] });
}

async function propose() {
  const done = await attempt(() => requestJson(`${path()}/propose`, { method: "POST", body: { ...asked, note: find("note").value } }));
  if (done) {
    showToast({ title: t("bindings.proposed") });
  }
}

onSubmit(form, check);
void start(async () => {
  find("summary").textContent = t("bindings.start");
  if (isPlanner) {
    const { companies } = await requestJson("/api/studio/bindings/companies");
    form.elements.unit.append(...companies.map((one) => el("option", { value: one.id }, `${one.name} · ${formatNumber(one.elevators)}`)));
    if (companies.length === 0) {
      find("summary").textContent = t("bindings.no_company");
      form.querySelector("[type=submit]").disabled = true;
    }
    find("propose").addEventListener("click", () => void propose());
    return;
  }
  find("accept").addEventListener("click", () => void accept(found.rows.filter((row) => choice.codes.has(row.code))));
  find("accept-all").addEventListener("click", acceptAll);
  await check(valuesOf(form));
});
