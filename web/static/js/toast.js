/* Short messages at the edge of the screen; errors say what to do and may be tried again. */

import { isAbort } from "./api.js";
import { el, iconButton } from "./dom.js";
import { t } from "./i18n.js";

const SHOWN_MS = 6000;
const ERROR_SHOWN_MS = 15000;
const open = new Map();

function region() {
  return document.getElementById("toasts");
}

/** Shows a message; the same title is shown once at a time. Returns a function that removes it. */
export function showToast({ title, detail = "", kind = "info", action = null }) {
  open.get(title)?.();
  const close = () => {
    window.clearTimeout(timer);
    toast.remove();
    open.delete(title);
  };
  const toast = el("div", { class: `toast toast--${kind}`, role: kind === "error" ? "alert" : "status" },
    el("div", { class: "toast__text" },
      el("p", { class: "toast__title" }, title),
      detail ? el("p", { class: "muted" }, detail) : null,
      action ? el("button", { type: "button", class: "link-button", onclick: () => { close(); action.run(); } }, action.label) : null),
    iconButton("close", t("action.close"), () => close()));
  const timer = window.setTimeout(close, kind === "error" ? ERROR_SHOWN_MS : SHOWN_MS);
  open.set(title, close);
  region().append(toast);
  return close;
}

/** Shows a failed request. Aborted ones and the way to the sign-in page need no words. */
export function showProblem(error, retry = null) {
  if (isAbort(error) || error.status === 401) {
    return;
  }
  if (error.title === undefined) {
    throw error; // a fault of ours: let the console have it
  }
  const action = retry ? { label: t("action.retry"), run: retry } : null;
  showToast({ title: error.title, detail: error.detail, kind: "error", action });
}
