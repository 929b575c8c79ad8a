/* A dialog that asks for a file and values about it; faults go to their fields. */

import { valuesOf } from "./company.js";
import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { sendForm } from "./register_fields.js";

export const labelled = (name, label, control) => el("label", { class: "field", "data-field": name }, el("span", { class: "field__label" }, label), control);
export const fileInput = (accept = ".gpx,.kml,.geojson,.json,.csv") => el("input", { class: "input", type: "file", name: "file", accept });

/** `send(body)` gets the form's values as FormData; a promise that fails leaves the dialog open. `onclose` runs however it was closed. */
export function askFile({ title, fields, send, onclose = () => {} }) {
  const form = el("form", { class: "form", novalidate: true }, el("p", { class: "form-error", role: "alert", hidden: true }), fields,
    el("div", { class: "button-row" }, el("button", { class: "button button--primary", type: "submit" }, title)));
  const dialog = openDialog({ title, body: form, onclose });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new FormData();
    for (const [name, value] of Object.entries(valuesOf(form))) {
      const file = name === "file" ? form.elements.file.files[0] : null;
      if (name !== "file" || file) {
        body.append(name, file ?? value);
      }
    }
    if (await sendForm(form, () => send(body).then(() => true))) {
      dialog.close();
    }
  });
}
