/* Inputs of declared fields, and the faults the server found in them. */

import { el } from "./dom.js";
import { t } from "./i18n.js";

const KINDS = { integer: "number", number: "number", date: "date", phone: "tel" };

function choices(field) {
  const options = field.type === "boolean"
    ? [{ value: "true", label: t("register.yes") }, { value: "false", label: t("register.no") }]
    : field.choices;
  return el("select", { class: "select", name: field.name }, el("option", { value: "" }, t("register.choose")),
    options.map((one) => el("option", { value: one.value }, one.label)));
}

function input(field) {
  if (field.choices.length > 0 || field.type === "boolean") {
    return choices(field);
  }
  if (field.type === "text" && field.max_length > 250) {
    return el("textarea", { class: "input", name: field.name, rows: 3, maxlength: field.max_length });
  }
  const limits = field.type === "integer" || field.type === "number" ? { min: field.minimum, max: field.maximum, step: field.type === "integer" ? 1 : "any" } : {};
  return el("input", { class: "input", name: field.name, type: KINDS[field.type] ?? "text", maxlength: field.max_length, autocomplete: "off", placeholder: field.example, ...limits });
}

/** One labelled input; its hint, and room for its fault. */
export function fieldOf(field, { hint = "", isDisabled = false } = {}) {
  const control = input(field);
  control.disabled = isDisabled;
  return el("label", { class: "field", "data-field": field.name },
    el("span", { class: "field__label" }, field.unit ? `${field.label}（${field.unit}）` : field.label, field.required ? el("span", { class: "must" }, " *") : null),
    control, hint ? el("span", { class: "field__hint" }, hint) : null);
}

/** Puts each fault at its field; false when one has no field here. */
export function showFaults(form, faults) {
  clearFaults(form);
  let isComplete = true;
  for (const { field, detail } of faults) {
    const place = form.querySelector(`[data-field="${CSS.escape(field)}"]`);
    if (place === null) {
      isComplete = false;
      continue;
    }
    const control = place.querySelector("input, select, textarea");
    control.setAttribute("aria-invalid", "true");
    place.append(el("span", { class: "field__fault", role: "alert" }, detail));
  }
  form.querySelector("[aria-invalid]")?.focus();
  return isComplete && faults.length > 0;
}

export function clearFaults(form) {
  for (const fault of form.querySelectorAll(".field__fault")) {
    fault.remove();
  }
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
  }
}

/** Runs a send; faults go to their fields, everything else to the form's own line. */
export async function sendForm(form, send) {
  const line = form.querySelector(".form-error");
  const button = form.querySelector("[type=submit]");
  clearFaults(form);
  line.hidden = true;
  button.disabled = true;
  try {
    return await send();
  } catch (error) {
    if (error.title === undefined) {
      throw error;
    }
    if (!showFaults(form, error.body?.faults ?? [])) {
      line.textContent = error.detail || error.title;
      line.hidden = false;
      line.scrollIntoView({ block: "nearest" });
    }
    return null;
  } finally {
    button.disabled = false;
  }
}

const isDay = (text) => /^\d{4}-\d\d-\d\d/.test(text);

/** The text of a cell; dates stay on one line. */
export const cellText = (text) => (text && isDay(text) ? el("time", {}, text) : text || null);
