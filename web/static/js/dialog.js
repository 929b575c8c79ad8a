/* Modal dialogs on the browser's own <dialog>. */

import { el, iconButton } from "./dom.js";
import { t } from "./i18n.js";

/** Opens a dialog; it removes itself when closed. `onclose` runs however it was closed. */
export function openDialog({ title, body, foot = [], onclose = () => {} }) {
  const headingId = `dialog-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const dialog = el("dialog", { class: "dialog", "aria-labelledby": headingId },
    el("div", { class: "dialog__head" },
      el("h2", { id: headingId }, title),
      iconButton("close", t("action.close"), () => dialog.close())),
    el("div", { class: "dialog__body" }, body),
    foot.length > 0 ? el("div", { class: "dialog__foot" }, foot) : null);
  const toasts = document.getElementById("toasts");
  dialog.addEventListener("close", () => {
    if (dialog.contains(toasts)) { // else the next dialog has them already
      document.body.append(toasts);
    }
    dialog.remove();
    onclose();
  });
  document.body.append(dialog);
  dialog.append(toasts); // a modal dialog covers everything outside itself
  dialog.showModal();
  return dialog;
}

/** Asks before something that cannot be undone; true when confirmed. */
export function confirmDialog({ title, detail, action }) {
  return new Promise((resolve) => {
    let isConfirmed = false;
    const confirm = el("button", { type: "button", class: "button button--danger", onclick: () => { isConfirmed = true; dialog.close(); } }, action);
    const cancel = el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("action.cancel"));
    const dialog = openDialog({ title, body: [el("p", {}, detail)], foot: [cancel, confirm], onclose: () => resolve(isConfirmed) });
    cancel.focus();
  });
}
