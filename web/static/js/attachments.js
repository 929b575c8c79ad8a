/* The files attached to a feature: list, add and remove, inside the card. */

import { isAbort, request, requestJson } from "./api.js";
import { confirmDialog } from "./dialog.js";
import { el, iconButton, stateBlock, uiIcon } from "./dom.js";
import { formatBytes, formatDate, t } from "./i18n.js";
import { showProblem, showToast } from "./toast.js";

const MAX_BYTES = 20 * 1024 * 1024; // the server's limit; it checks again
const TAKEN = ".png,.jpg,.jpeg,.webp,.pdf,.mp4,.xlsx,.docx";

export class Attachments {
  constructor({ layer, id, canWrite }) {
    Object.assign(this, { canWrite });
    this.path = `/api/layers/${encodeURIComponent(layer)}/features/${encodeURIComponent(id)}/attachments`;
    this.list = el("div", {});
    this.status = el("p", { class: "muted", role: "status" });
    this.element = el("section", { class: "card-section", "aria-label": t("attachment.title") },
      el("h3", {}, t("attachment.title")), this.list, canWrite ? this.#adder() : null, this.status);
    void this.load();
  }

  #adder() {
    this.input = el("input", { type: "file", class: "visually-hidden", accept: TAKEN, tabindex: "-1", "aria-hidden": "true",
      onchange: () => this.input.files[0] && this.#add(this.input.files[0]) });
    this.button = el("button", { type: "button", class: "button button--small", onclick: () => this.input.click() },
      uiIcon("attach", { small: true }), t("attachment.add"));
    return el("div", { class: "attachment-add" }, this.button, this.input, el("span", { class: "muted" }, t("attachment.limits")));
  }

  async load() {
    try {
      const { attachments } = await requestJson(this.path);
      this.list.replaceChildren(attachments.length === 0
        ? el("p", { class: "muted" }, t("attachment.none"))
        : el("ul", { class: "attachment-list" }, attachments.map((one) => this.#row(one))));
    } catch (error) {
      if (!isAbort(error) && error.title !== undefined) {
        const retry = { label: t("action.retry"), run: () => this.load() };
        this.list.replaceChildren(stateBlock({ icon: "warning", title: error.title, detail: error.detail, action: retry }));
      }
    }
  }

  #row(one) {
    const facts = [formatBytes(one.size_bytes), one.created_by, formatDate(one.created_at)].filter(Boolean).join(" · ");
    return el("li", { class: "attachment" },
      el("a", { class: "attachment__name", href: one.url, download: one.file_name, title: one.file_name }, one.file_name),
      el("span", { class: "muted attachment__facts" }, facts),
      this.canWrite ? iconButton("close", t("attachment.remove", { name: one.file_name }), () => this.#remove(one)) : null);
  }

  async #add(file) {
    this.input.value = "";
    if (file.size > MAX_BYTES) {
      showToast({ title: t("attachment.too_large", { size: formatBytes(file.size) }), detail: t("attachment.limits"), kind: "error" });
      return;
    }
    const body = new FormData();
    body.append("file", file);
    this.button.disabled = true;
    this.status.textContent = t("attachment.adding", { name: file.name });
    try {
      await request(this.path, { method: "POST", body });
      showToast({ title: t("attachment.added"), detail: file.name });
      await this.load();
    } catch (error) {
      showProblem(error);
    } finally {
      this.button.disabled = false;
      this.status.textContent = "";
    }
  }

  async #remove(one) {
    const isSure = await confirmDialog({ title: t("attachment.remove", { name: one.file_name }), detail: t("attachment.remove.detail"), action: t("attachment.remove.do") });
    if (isSure) {
      try {
        await request(one.url, { method: "DELETE" });
        await this.load();
      } catch (error) {
        showProblem(error);
      }
    }
  }
}
