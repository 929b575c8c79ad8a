/* Entry of the account page: personal access tokens. */

import { requestJson } from "./api.js";
import { copyText } from "./clipboard.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { el, skeleton, stateBlock } from "./dom.js";
import { formatDate, t } from "./i18n.js";
import { startSessionMenu } from "./session_menu.js";
import { showProblem, showToast } from "./toast.js";

const table = document.getElementById("tokens");
const form = document.getElementById("token-form");

async function load() {
  table.tBodies[0].replaceChildren(el("tr", {}, el("td", { colspan: 5 }, ...skeleton(3, "line"))));
  try {
    const { tokens, scopes } = await requestJson("/api/tokens");
    showScopes(scopes);
    showTokens(tokens.filter((token) => !token.revoked_at), new Map(scopes.map((scope) => [scope.id, scope.label])));
  } catch (error) {
    const action = { label: t("action.retry"), run: load };
    const state = stateBlock({ icon: "warning", title: error.title ?? error.message, detail: error.detail ?? "", action, role: "alert" });
    table.tBodies[0].replaceChildren(el("tr", {}, el("td", { colspan: 5 }, state)));
  }
}

function showScopes(scopes) {
  const host = document.getElementById("token-scopes");
  host.replaceChildren(...scopes.map((scope, position) => el("label", { class: "choice" },
    el("input", { type: "checkbox", name: "scopes", value: scope.id, checked: position === 0 }), scope.label)));
}

function showTokens(tokens, labels) {
  if (tokens.length === 0) {
    const state = stateBlock({ icon: "key", title: t("token.none"), detail: t("token.none.detail") });
    table.tBodies[0].replaceChildren(el("tr", {}, el("td", { colspan: 5 }, state)));
    return;
  }
  table.tBodies[0].replaceChildren(...tokens.map((token) => el("tr", {},
    el("td", {}, token.name),
    el("td", {}, token.scopes.map((scope) => labels.get(scope) ?? scope).join("、")),
    el("td", {}, expiry(token)),
    el("td", {}, token.last_used_at ? formatDate(token.last_used_at) : t("token.never")),
    el("td", {}, el("button", { type: "button", class: "button button--small", onclick: () => revoke(token) }, t("token.revoke"))))));
}

function expiry(token) {
  const isExpired = token.expires_at && new Date(token.expires_at) < new Date();
  return isExpired ? t("token.expired") : formatDate(token.expires_at);
}

async function revoke(token) {
  const isSure = await confirmDialog({ title: t("token.revoke.title", { name: token.name }), detail: t("token.revoke.detail"), action: t("token.revoke") });
  if (!isSure) {
    return;
  }
  try {
    await requestJson(`/api/tokens/${encodeURIComponent(token.id)}`, { method: "DELETE" });
    showToast({ title: t("token.revoked"), detail: token.name });
    await load();
  } catch (error) {
    showProblem(error, () => revoke(token));
  }
}

function setError(id, text) {
  const place = document.getElementById(id);
  place.textContent = text;
  place.hidden = text === "";
}

async function create(event) {
  event.preventDefault();
  const values = new FormData(form);
  const name = values.get("name").trim();
  const scopes = values.getAll("scopes");
  form.elements.name.setAttribute("aria-invalid", String(name === ""));
  setError("token-name-error", name === "" ? t("token.name_missing") : "");
  setError("token-scopes-error", scopes.length === 0 ? t("token.scope_missing") : "");
  if (name === "" || scopes.length === 0) {
    (name === "" ? form.elements.name : form.querySelector('[name="scopes"]')).focus();
    return;
  }
  try {
    const body = { name, scopes, expires_in_days: Number(values.get("expires_in_days")) };
    const { token } = await requestJson("/api/tokens", { method: "POST", body });
    form.reset();
    showOnce(token);
    await load();
  } catch (error) {
    showProblem(error);
  }
}

function showOnce(token) {
  const field = el("input", { class: "input", readonly: true, value: token, "aria-label": t("token.created") });
  const copy = el("button", { type: "button", class: "button button--primary", onclick: async () => {
    if (await copyText(token)) {
      copy.textContent = t("action.copied");
    } else {
      field.select();
    }
  } }, t("action.copy"));
  openDialog({ title: t("token.created"), body: [el("p", {}, t("token.created.detail")), el("div", { class: "copy-once" }, field, copy)] });
  field.select();
}

startSessionMenu();
form.addEventListener("submit", create);
void load();
