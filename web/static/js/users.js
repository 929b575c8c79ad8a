/* Entry of the accounts: find, add, change, switch off and on, first passwords, locks. */

import "./words/users.js";
import { accountState, askPassword, keepAccount, toggleAccount } from "./account_forms.js";
import { query, requestJson } from "./api.js";
import { attempt, find, instant, showLoading, showPager, showTable, start } from "./company.js";
import { debounce, el } from "./dom.js";
import { formatNumber, lang, t } from "./i18n.js";
import { showToast } from "./toast.js";

const TYPING_MS = 250;
const search = find("search");
let page = 1;
let roles = [];
let asked = 0;

const button = (label, row, onclick) => el("button", { type: "button", class: "button button--small", "aria-label": `${label} ${row.username}`, onclick }, label);

async function unlock(row) {
  await attempt(async () => {
    await requestJson(`/api/users/${row.id}/unlock`, { method: "POST", body: {} });
    showToast({ title: t("users.unlocked", { name: row.username }) });
    await load();
  });
}

const acts = (row) => el("span", { class: "row-actions row-actions--tight" },
  button(t("users.edit"), row, () => keepAccount({ roles, row, ondone: load })),
  row.is_own ? null : button(t("users.password"), row, () => askPassword({ path: `/api/users/${row.id}/password`, row, ondone: load })),
  row.state === "locked" ? button(t("users.unlock"), row, () => void unlock(row)) : null,
  row.is_own ? null : button(t(row.is_active ? "users.disable" : "users.enable"), row, () => void toggleAccount({ path: `/api/users/${row.id}/active`, row, ondone: load })));

const columns = [
  { label: t("users.col.username"), cell: (row) => row.username },
  { label: t("users.col.name"), cell: (row) => row.display_name },
  { label: t("users.col.role"), cell: (row) => el("span", { class: "one-line" }, row.role_title) },
  { label: t("users.col.sees"), cell: (row) => row.unit_name ?? (row.jurisdiction.map((one) => one.name).join(lang === "en" ? ", " : "、") || null) },
  { label: t("users.col.signed_in"), cell: (row) => (row.signed_in_at ? el("time", {}, instant(row.signed_in_at)) : null) },
  { label: t("users.col.state"), cell: accountState },
  { label: t("users.col.acts"), cell: acts }
];

async function load() {
  asked += 1;
  const mine = asked;
  showLoading(find("table"));
  const given = Object.fromEntries(["q", "role", "state"].map((name) => [name, search.elements[name].value.trim()]));
  const found = await requestJson(`/api/users?${query({ ...given, page })}`);
  if (mine !== asked) {
    return; // something else was typed meanwhile
  }
  roles = found.roles;
  showTable(find("table"), { columns, rows: found.rows, caption: t("users.list"), empty: t("users.none"), emptyDetail: t("users.none.detail") });
  find("total").textContent = t("users.total", { n: formatNumber(found.total) });
  find("pager").hidden = found.total <= found.page_size;
  showPager(find("pager"), found, (to) => { page = to; void attempt(load); });
}

const again = debounce(() => { page = 1; void attempt(load); }, TYPING_MS);
search.addEventListener("input", again);
search.addEventListener("submit", (event) => { event.preventDefault(); again(); });
find("add").addEventListener("click", () => keepAccount({ roles, row: null, ondone: load }));

void start(load);
