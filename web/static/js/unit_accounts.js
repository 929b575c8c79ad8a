/* The accounts of one's own unit, on the account page. */

import "./words/users.js";
import { accountState, addOfUnit, askPassword, toggleAccount } from "./account_forms.js";
import { requestJson } from "./api.js";
import { attempt, find, instant, showTable } from "./company.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";

const path = "/api/unit/accounts";
const button = (label, row, onclick) => el("button", { type: "button", class: "button button--small", "aria-label": `${label} ${row.username}`, onclick }, label);

const columns = [
  { label: t("users.col.username"), cell: (row) => row.username },
  { label: t("users.col.name"), cell: (row) => row.display_name },
  { label: t("users.col.signed_in"), cell: (row) => (row.signed_in_at ? el("time", {}, instant(row.signed_in_at)) : null) },
  { label: t("users.col.state"), cell: accountState },
  { label: t("users.col.acts"), cell: (row) => (row.is_own ? t("users.own") : el("span", { class: "row-actions row-actions--tight" },
    button(t("users.password"), row, () => askPassword({ path: `${path}/${row.id}/password`, row, ondone: load })),
    button(t(row.is_active ? "users.disable" : "users.enable"), row, () => void toggleAccount({ path: `${path}/${row.id}/active`, row, ondone: load })))) }
];

async function load() {
  const { accounts } = await requestJson(path);
  showTable(find("unit-accounts"), { columns, rows: accounts, caption: find("unit-title").textContent });
}

find("unit-add").addEventListener("click", () => addOfUnit({ ondone: load }));
void attempt(load);
