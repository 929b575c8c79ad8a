/* Entry of one safety manager: facts, and elevators assigned singly, many at once, or by using unit. */

import { query, requestJson } from "./api.js";
import { attempt, Choice, fillForm, find, onSubmit, showLoading, showPager, showTable, start, startKinds, valuesOf } from "./company.js";
import { confirmDialog } from "./dialog.js";
import { formatNumber, t } from "./i18n.js";
import { showToast } from "./toast.js";

const form = find("manager");
const path = `/api/company/managers/${form.dataset.id}`;
const search = find("search");
const choice = new Choice(find("chosen"));
let shown = null;
let kind = "mine";
let page = 1;

const columns = [
  { label: t("company.col.rescue_code"), cell: (row) => row.rescue_code ?? t("company.not_labelled") },
  { label: t("company.col.code"), cell: (row) => row.code },
  { label: t("company.col.name"), cell: (row) => row.name },
  { label: t("company.col.unit"), cell: (row) => row.unit_name },
  { label: t("company.col.unit_code"), cell: (row) => row.unit_code },
  { label: t("company.col.address"), cell: (row) => row.address }
];

function show(manager) {
  shown = manager;
  fillForm(form, manager);
}

async function load() {
  showLoading(find("table"));
  const which = kind === "mine" ? { manager_id: form.dataset.id } : { has_manager: 0 };
  const found = await requestJson(`/api/company/elevators?${query({ ...valuesOf(search), ...which, page, page_size: 50 })}`);
  showTable(find("table"), { columns: [choice.column(found.rows), ...columns], rows: found.rows, caption: t("company.col.elevators") });
  find("total").textContent = t("company.total", { n: formatNumber(found.total) });
  showPager(find("pager"), found, (to) => { page = to; void attempt(load); });
}

function restart() {
  page = 1;
  choice.clear();
  void attempt(load);
}

async function act(address, body, words) {
  if (body.codes?.length === 0) {
    showToast({ title: t("company.tick_first"), kind: "error" });
    return;
  }
  const answer = await attempt(() => requestJson(address, { method: "POST", body }));
  if (answer) {
    showToast({ title: t(words, { n: formatNumber(Object.values(answer)[0]) }) });
    restart();
  }
}

onSubmit(form, async (values) => {
  show(await requestJson(path, { method: "PUT", body: { ...values, version: shown.version } }));
  showToast({ title: t("company.saved") });
});
search.addEventListener("submit", (event) => { event.preventDefault(); restart(); });
find("assign").addEventListener("click", () => void act(`${path}/assign`, { codes: [...choice.codes] }, "company.manager.assigned"));
find("unassign").addEventListener("click", () => void act("/api/company/managers/unassign", { codes: [...choice.codes] }, "company.manager.unassigned"));
find("assign-unit").addEventListener("click", async () => {
  const code = search.elements.unit_code.value.trim();
  if (code === "") {
    showToast({ title: t("company.manager.unit_first"), kind: "error" });
    return;
  }
  const detail = t("company.manager.unit_ask", { code, name: shown.name });
  if (await confirmDialog({ title: t("company.assign"), detail, action: t("company.yes") })) {
    await act(`${path}/assign`, { unit_code: code }, "company.manager.assigned");
  }
});
find("remove").addEventListener("click", async () => {
  const detail = t("company.manager.remove.detail", { name: shown.name, n: shown.elevator_count });
  const isSure = await confirmDialog({ title: t("company.manager.remove"), detail, action: t("company.remove") });
  if (isSure && await attempt(() => requestJson(path, { method: "DELETE" }))) {
    window.location.assign("/company/managers");
  }
});

void start(async () => {
  startKinds(find("kinds"), (tab) => {
    kind = tab.dataset.kind;
    find("unassign").hidden = kind !== "mine";
    find("assign").hidden = find("assign-unit").hidden = kind === "mine";
    if (kind === "none" && search.elements.unit_code.value === "") {
      search.elements.unit_code.value = shown.unit_code ?? "";
    }
    restart();
  });
  show(await requestJson(path));
  await load();
});
