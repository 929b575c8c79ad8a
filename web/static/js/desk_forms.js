/* Small forms of the console: a reason, a number, an outcome, a corrected time. */

import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";

/** Asks for some values in a dialog; null when it was closed without saving. */
export function askFor({ title, fields, action = t("desk.save") }) {
  return new Promise((resolve) => {
    let answer = null;
    const inputs = fields.map((field) => ({ field, input: inputOf(field) }));
    const form = el("form", { class: "form", onsubmit: (event) => {
      event.preventDefault();
      answer = Object.fromEntries(inputs.map(({ field, input }) => [field.name, valueOf(field, input)]));
      dialog.close();
    } },
      ...inputs.map(({ field, input }) => el("label", { class: field.type === "checkbox" ? "choice" : "field" },
        field.type === "checkbox" ? [input, field.label] : [el("span", { class: "field__label" }, field.label), input])),
      el("div", { class: "button-row button-row--end" }, el("button", { type: "submit", class: "button button--primary" }, action)));
    const dialog = openDialog({ title, body: [form], onclose: () => resolve(answer) });
    inputs[0]?.input.focus();
  });
}

function inputOf(field) {
  if (field.options) {
    return el("select", { class: "select", name: field.name },
      ...field.options.map(([value, label]) => el("option", { value, selected: value === field.value }, label)));
  }
  if (field.type === "checkbox") {
    return el("input", { type: "checkbox", name: field.name, checked: field.value });
  }
  return el("input", { class: "input", name: field.name, type: field.type ?? "text", value: field.value ?? "", required: field.required ?? false,
    step: field.type === "datetime-local" ? 1 : null, maxlength: 500, inputmode: field.inputmode ?? null });
}

const valueOf = (field, input) => (field.type === "checkbox" ? input.checked : input.value.trim());
