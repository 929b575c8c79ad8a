/* The table of roles and modules: how far each role goes, changed cell by cell. */

import "./words/users.js";
import { requestJson } from "./api.js";
import { attempt, find, showLoading } from "./company.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { showProblem, showToast } from "./toast.js";

const path = "/api/permissions";
const table = find("permissions");

/** One cell: what the role has, to be chosen of what it can have. */
function choice({ module, role, cell, levels }) {
  const word = (id) => levels.find((one) => one.id === id).title;
  if (cell.can.length === 1) {
    return el("span", { class: "muted" }, t("permissions.never"));
  }
  if (cell.is_kept) {
    return `${word(cell.level)}（${t("permissions.kept")}）`;
  }
  const select = el("select", { class: "select", "aria-label": t("permissions.of", { role: role.title, module: module.title }), "data-role": role.id, "data-module": module.id, "data-level": cell.level },
    cell.can.map((id) => el("option", { value: id, selected: id === cell.level }, word(id))));
  select.addEventListener("change", async () => {
    select.disabled = true;
    try {
      show(await requestJson(path, { method: "PUT", body: { role: role.id, module: module.id, level: select.value } }));
      showToast({ title: t("permissions.saved", { role: role.title, module: module.title, level: word(select.value) }) });
      table.querySelector(`[data-role="${role.id}"][data-module="${module.id}"]`).focus();
    } catch (error) {
      select.value = cell.level;
      select.disabled = false;
      showProblem(error);
    }
  });
  return select;
}

function show({ roles, levels, modules }) {
  table.removeAttribute("aria-busy");
  table.replaceChildren(el("table", { class: "table" },
    el("caption", { class: "visually-hidden" }, find("permissions-title").textContent),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("permissions.module")), roles.map((role) => el("th", { scope: "col" }, role.title)))),
    el("tbody", {}, modules.map((module) => el("tr", {}, el("th", { scope: "row" }, module.title),
      roles.map((role) => el("td", {}, choice({ module, role, levels, cell: module.cells.find((one) => one.role === role.id) }))))))));
}

showLoading(table);
void attempt(async () => show(await requestJson(path)));
