/* Entry of the yearly inspection: a request an elevator, refused with what is missing. */

import { requestJson } from "./api.js";
import { attempt, find, here, instant, onSubmit, showLoading, showTable, start } from "./company.js";
import { confirmDialog } from "./dialog.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { showToast } from "./toast.js";

const form = find("request");

const columns = [
  { label: t("company.col.code"), cell: (row) => el("a", { href: `/company/elevators/${here(row.elevator_code)}` }, row.elevator_code) },
  { label: t("company.col.name"), cell: (row) => row.name },
  { label: t("company.col.unit"), cell: (row) => row.unit_name },
  { label: t("company.col.due_on"), cell: (row) => el("span", {}, row.due_on, " ", row.is_late ? el("span", { class: "badge badge--bad" }, t("company.inspection.is_late")) : "") },
  { label: t("company.col.contact"), cell: (row) => `${row.contact_name} ${row.contact_phone}` },
  { label: t("company.col.asked"), cell: (row) => instant(row.requested_at) },
  { label: t("company.col.actions"), cell: (row) => el("button", { type: "button", class: "link-button", "aria-label": `${t("company.inspection.withdraw")} ${row.elevator_code}`, onclick: () => void withdraw(row) }, t("company.inspection.withdraw")) }
];

async function load() {
  showLoading(find("table"));
  const { requests } = await requestJson("/api/company/inspections");
  showTable(find("table"), { columns, rows: requests, caption: t("company.col.asked"), empty: t("company.inspection.none"), emptyDetail: "" });
}

async function withdraw(row) {
  const detail = t("company.inspection.withdraw.detail", { code: row.elevator_code });
  if (await confirmDialog({ title: t("company.inspection.withdraw"), detail, action: t("company.inspection.withdraw") })) {
    await attempt(async () => { await requestJson(`/api/company/inspections/${row.id}`, { method: "DELETE" }); await load(); });
  }
}

onSubmit(form, async (values) => {
  const done = await requestJson("/api/company/inspections", { method: "POST", body: values });
  showToast({ title: t(done.is_late ? "company.inspection.late" : "company.inspection.asked") });
  form.elements.code.value = "";
  await load();
});

void start(async () => {
  form.elements.code.value = new URLSearchParams(window.location.search).get("code") ?? "";
  await load();
});
