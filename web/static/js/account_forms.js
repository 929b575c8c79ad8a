/* Dialogs about an account: who it is and what it sees, its first password, on and off. */

import "./words/users.js";
import { query, requestJson } from "./api.js";
import { copyText } from "./clipboard.js";
import { attempt, instant, valuesOf } from "./company.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { el, iconButton } from "./dom.js";
import { labelled } from "./file_dialog.js";
import { t } from "./i18n.js";
import { sendForm } from "./register_fields.js";
import { Suggest } from "./suggest.js";
import { showToast } from "./toast.js";

const LETTERS = "abcdefghjkmnpqrstuvwxyz";
const DIGITS = "23456789";

/** A password that can be read out: letters and digits that are not mistaken for each other. */
function newPassword() {
  const drawn = crypto.getRandomValues(new Uint32Array(12));
  return [...drawn].map((one, at) => (at % 4 === 3 ? DIGITS[one % DIGITS.length] : LETTERS[one % LETTERS.length])).join("");
}

const input = (name, more = {}) => el("input", { class: "input", name, autocomplete: "off", ...more });

function passwordField() {
  const field = input("password", { maxlength: 200, value: newPassword(), spellcheck: "false" });
  return el("div", { class: "field", "data-field": "password" },
    el("label", { class: "field" }, el("span", { class: "field__label" }, t("users.f.password")), field),
    el("p", { class: "field__hint" }, t("users.f.password.hint")));
}

/** Shows a first password until it is closed, to be told to whoever it is for. */
function showPassword(title, password) {
  const field = el("input", { class: "input", readonly: true, value: password, "aria-label": t("users.f.password") });
  const copy = el("button", { type: "button", class: "button button--primary", onclick: async () => {
    if (await copyText(password)) {
      copy.textContent = t("action.copied");
    } else {
      field.select();
    }
  } }, t("action.copy"));
  openDialog({ title, body: [el("p", {}, t("users.added.detail")), el("div", { class: "copy-once" }, field, copy)] });
  field.select();
}

export function accountState(row) {
  if (!row.is_active) {
    return el("span", { class: "badge badge--bad" }, t("users.state.disabled"));
  }
  if (row.state === "locked") {
    return el("span", { class: "badge badge--bad" }, t("users.state.locked", { when: instant(row.locked_until) }));
  }
  return el("span", { class: "badge" }, t(row.must_change_password ? "users.state.first" : "users.state.active"));
}

/** Divisions as removable marks, with a field that finds more. */
function jurisdictionField(chosen) {
  const codes = new Map(chosen.map((one) => [one.code, one.name]));
  const marks = el("ul", { class: "marks", "aria-label": t("users.f.jurisdiction") });
  const seek = el("input", { class: "input", maxlength: 40, autocomplete: "off", id: "account-division", placeholder: t("users.f.jurisdiction.find") });
  const show = () => marks.replaceChildren(...[...codes].map(([code, name]) => el("li", { class: "badge", "data-code": code }, `${name} ${code}`,
    iconButton("close", t("users.f.jurisdiction.remove", { name }), () => { codes.delete(code); show(); seek.focus(); }))));
  const field = el("div", { class: "field", "data-field": "jurisdiction" },
    el("label", { class: "field__label", for: "account-division" }, t("users.f.jurisdiction")), marks, el("div", { class: "suggest" }, seek));
  show();
  const begin = () => new Suggest(seek, {
    find: async (text, signal) => (await requestJson(`/api/users/divisions?${query({ q: text })}`, { signal })).divisions,
    show: (one) => [one.name, `${one.parent_name ?? ""} ${one.code}`.trim()],
    choose: (one) => { codes.set(one.code, one.name); seek.value = ""; show(); }
  });
  return { field, begin, get codes() { return [...codes.keys()]; } };
}

/** The unit of an account, found by name or code. */
function unitField(row, role) {
  const hidden = el("input", { type: "hidden", name: "unit_code", value: row?.unit_code ?? "" });
  const seek = el("input", { class: "input", maxlength: 60, autocomplete: "off", id: "account-unit", value: row?.unit_name ?? "", placeholder: t("users.f.unit.find") });
  const manages = el("input", { type: "checkbox", name: "manages_unit" });
  manages.checked = row?.manages_unit ?? true;
  const field = el("div", { class: "field", "data-field": "unit_code" },
    el("label", { class: "field__label", for: "account-unit" }, t("users.f.unit")), el("div", { class: "suggest" }, seek), hidden,
    el("label", { class: "choice" }, manages, t("users.f.manages")));
  seek.addEventListener("input", () => { hidden.value = ""; });
  const begin = () => new Suggest(seek, {
    find: async (text, signal) => (await requestJson(`/api/users/units?${query({ q: text, role: role() })}`, { signal })).units,
    show: (one) => [one.name, one.has_account ? t("users.f.unit.has", { code: one.code }) : one.code],
    choose: (one) => { hidden.value = one.code; seek.value = one.name; }
  });
  return { field, begin };
}

/** Adds an account, or changes `row`. */
export function keepAccount({ roles, row, ondone }) {
  const role = el("select", { class: "select", name: "role" }, roles.map((one) => el("option", { value: one.id, selected: one.id === (row?.role ?? "regulator") }, one.title)));
  role.disabled = row?.is_own ?? false;
  const places = jurisdictionField(row?.jurisdiction ?? []);
  const unit = unitField(row, () => role.value);
  const isOfUnit = () => roles.find((one) => one.id === role.value)?.is_of_unit ?? false;
  const form = el("form", { class: "form", novalidate: true }, el("p", { class: "form-error", role: "alert", hidden: true }),
    row ? null : labelled("username", t("users.f.username"), input("username", { maxlength: 40 })),
    labelled("display_name", t("users.f.name"), input("display_name", { maxlength: 80, value: row?.display_name ?? "" })),
    labelled("role", t("users.f.role"), role), places.field, unit.field,
    labelled("mobile", t("users.f.mobile"), input("mobile", { maxlength: 20, inputmode: "tel", value: row?.mobile ?? "" })),
    row ? el("p", { class: "field__hint" }, t("users.f.again")) : passwordField(),
    el("div", { class: "button-row" }, el("button", { class: "button button--primary", type: "submit" }, t(row ? "users.save" : "users.add"))));
  const choose = () => { places.field.hidden = isOfUnit(); unit.field.hidden = !isOfUnit(); };
  role.addEventListener("change", choose);
  choose();
  const dialog = openDialog({ title: row ? t("users.edit.title", { name: row.username }) : t("users.add"), body: form });
  places.begin();
  unit.begin();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = valuesOf(form);
    const body = { ...values, role: role.value, jurisdiction: isOfUnit() ? [] : places.codes };
    const kept = await sendForm(form, () => requestJson(row ? `/api/users/${row.id}` : "/api/users", { method: row ? "PUT" : "POST", body }));
    if (kept) {
      dialog.close();
      if (row) {
        showToast({ title: t("users.saved", { name: kept.username }) });
      } else {
        showPassword(t("users.added", { name: kept.username }), values.password);
      }
      await attempt(ondone);
    }
  });
}

/** Adds an account of the user's own unit. */
export function addOfUnit({ ondone }) {
  const form = el("form", { class: "form", novalidate: true }, el("p", { class: "form-error", role: "alert", hidden: true }),
    labelled("username", t("users.f.username"), input("username", { maxlength: 40 })),
    labelled("display_name", t("users.f.person"), input("display_name", { maxlength: 80 })),
    labelled("mobile", t("users.f.mobile"), input("mobile", { maxlength: 20, inputmode: "tel" })), passwordField(),
    el("div", { class: "button-row" }, el("button", { class: "button button--primary", type: "submit" }, t("users.add"))));
  const dialog = openDialog({ title: t("users.add"), body: form });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = valuesOf(form);
    const kept = await sendForm(form, () => requestJson("/api/unit/accounts", { method: "POST", body }));
    if (kept) {
      dialog.close();
      showPassword(t("users.added", { name: body.username }), body.password);
      await attempt(ondone);
    }
  });
}

/** Sets a new first password. */
export function askPassword({ path, row, ondone }) {
  const form = el("form", { class: "form", novalidate: true }, el("p", { class: "form-error", role: "alert", hidden: true }),
    el("p", {}, t("users.password.detail", { name: row.username })), passwordField(),
    el("div", { class: "button-row" }, el("button", { class: "button button--primary", type: "submit" }, t("users.password"))));
  const dialog = openDialog({ title: t("users.password.title", { name: row.username }), body: form });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = valuesOf(form);
    if (await sendForm(form, () => requestJson(path, { method: "POST", body }))) {
      dialog.close();
      showPassword(t("users.password.done", { name: row.username }), body.password);
      await attempt(ondone);
    }
  });
}

/** Switches an account off, asking first, or on. */
export async function toggleAccount({ path, row, ondone }) {
  const sure = !row.is_active || await confirmDialog({ title: t("users.disable.title", { name: row.username }), detail: t("users.disable.detail"), action: t("users.disable") });
  if (sure) {
    await attempt(async () => {
      await requestJson(path, { method: "POST", body: { is_active: !row.is_active } });
      showToast({ title: t(row.is_active ? "users.disabled" : "users.enabled", { name: row.username }) });
      await ondone();
    });
  }
}
