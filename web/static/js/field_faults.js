/* What is wrong with a form, each beside its field (`data-field`), and in the form's own line. */

import { el } from "./dom.js";

export class FieldFaults {
  constructor(form, line) {
    this.form = form;
    this.line = line;
  }

  #holder(name) {
    return this.form.querySelector(`[data-field="${CSS.escape(name)}"]`);
  }

  clear(name) {
    const holder = this.#holder(name);
    holder?.querySelector(".field__error")?.remove();
    holder?.querySelector("input, select")?.removeAttribute("aria-invalid");
  }

  clearAll() {
    this.line.hidden = true;
    for (const holder of this.form.querySelectorAll("[data-field]")) {
      this.clear(holder.dataset.field);
    }
  }

  /** Puts words beside a field; the field, or null where the form has none of that name. */
  set(name, text) {
    this.clear(name);
    const holder = this.#holder(name);
    const input = holder?.querySelector("input, select");
    if (!input) {
      return null;
    }
    input.setAttribute("aria-invalid", "true");
    holder.append(el("p", { class: "field__error", role: "alert" }, text));
    return input;
  }

  /** Shows a refused form; the first field at fault gets the focus. A fault of ours is thrown on. */
  show(error) {
    if (error.title === undefined) {
      throw error;
    }
    this.line.textContent = error.detail || error.title;
    this.line.hidden = false;
    const told = error.body?.fields ? Object.entries(error.body.fields) : (error.body?.faults ?? []).map((one) => [one.field, one.detail]);
    const inputs = told.map(([name, text]) => this.set(name, text)).filter(Boolean);
    const [first] = inputs.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    (first ?? this.line).scrollIntoView({ block: "center" });
    first?.focus();
  }
}
