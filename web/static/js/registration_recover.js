/* A dialog that brings a registration into this browser: a code to the contact's mobile, then go on where it was left. */

import { requestJson } from "./api.js";
import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { labelled } from "./file_dialog.js";
import { t } from "./i18n.js";
import { sendForm } from "./register_fields.js";

const input = (name, more) => el("input", { class: "input", name, autocomplete: "off", ...more });
const faultLine = () => el("p", { class: "form-error", role: "alert", hidden: true });

/** `hasDraft`: this browser has one of its own, which it then has no more. `ontaken` runs once the other is here. */
export function askToRecover({ hasDraft, ontaken }) {
  const ask = el("form", { class: "form", novalidate: true }, el("p", {}, t("recover.intro")), hasDraft ? el("p", { class: "muted" }, t("recover.replaces")) : null, faultLine(),
    labelled("mobile", t("recover.mobile"), input("mobile", { inputmode: "tel", maxlength: 40, autocomplete: "tel" })),
    el("div", { class: "button-row" }, el("button", { class: "button button--primary", type: "submit" }, t("recover.send"))));
  const sent = el("p", { role: "status" });
  const confirm = el("form", { class: "form", novalidate: true, hidden: true }, sent, faultLine(),
    labelled("code", t("recover.code"), input("code", { inputmode: "numeric", maxlength: 12, autocomplete: "one-time-code" })),
    el("div", { class: "button-row" }, el("button", { class: "button button--primary", type: "submit" }, t("recover.take"))));
  const mobile = () => ask.elements.mobile.value.trim();
  ask.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await sendForm(ask, () => requestJson("/api/registration/recover", { method: "POST", body: { mobile: mobile() } }));
    if (answer) {
      sent.textContent = answer.message;
      confirm.hidden = false;
      confirm.elements.code.focus();
    }
  });
  confirm.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await sendForm(confirm, () => requestJson("/api/registration/recover/confirm", { method: "POST", body: { mobile: mobile(), code: confirm.elements.code.value.trim() } }))) {
      ontaken();
    }
  });
  openDialog({ title: t("recover.title"), body: [ask, confirm] });
}
