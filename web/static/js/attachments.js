/* The files attached to a feature: list, add and remove, inside the card. */

import { isAbort, request, requestJson } from "./api.js";
import { confirmDialog } from "./dialog.js";
import { el, iconButton, stateBlock, uiIcon } from "./dom.js";
import { formatBytes, formatDate, t } from "./i18n.js";
import { showProblem, showToast } from "./toast.js";

const MAX_BYTES = 20 * 1024 * 1024; // the server's limit; it checks again
const TAKEN = ".png,.jpg,.jpeg,.webp,.pdf,.mp4,.xlsx,.docx";

const pathOf = (layer, id) => `/api/layers/${encodeURIComponent(layer)}/features/${encodeURIComponent(id)}/attachments`;

/** Sends one file to a feature, as one of its kinds or as none. */
export async function attach(layer, id, file, kind = "") {
  const body = new FormData();
  body.append("file", file);
  body.append("kind", kind);
  await request(pathOf(layer, id), { method: "POST", body });
}

export class Attachments {
  /** `kinds` are told apart, each under its own title: `{id, title, pictures_only}`. What may be added and removed the server says. */
  constructor({ layer, id, canWrite, kinds = [] }) {
    Object.assign(this, { layer, id, canWrite, kinds, adds: new Set() });
    this.path = pathOf(layer, id);
    this.list = el("div", {});
    this.status = el("p", { class: "muted", role: "status" });
    this.other = el("div", { hidden: true }, kinds.length > 0 ? el("h4", {}, t("attachment.other")) : null, this.#adder());
    this.element = el("section", { class: "card-section", "aria-label": t("attachment.title") },
      el("h3", {}, t("attachment.title")), this.list, this.other, this.status);
    void this.load();
  }

  #adder(kind = null) {
    if (kind !== null) {
      return this.#kindAdder(kind);
    }
    this.input = el("input", { type: "file", class: "visually-hidden", accept: TAKEN, tabindex: "-1", "aria-hidden": "true",
      onchange: () => this.input.files[0] && this.#add(this.input.files[0]) });
    this.button = el("button", { type: "button", class: "button button--small", onclick: () => this.input.click() },
      uiIcon("attach", { small: true }), t("attachment.add"));
    return el("div", { class: "attachment-add" }, this.button, this.input, el("span", { class: "muted" }, t("attachment.limits")));
  }

  #kindAdder(kind) {
    const input = el("input", { type: "file", class: "visually-hidden", accept: kind.pictures_only ? ".png,.jpg,.jpeg,.webp" : TAKEN, tabindex: "-1", "aria-hidden": "true",
      onchange: () => input.files[0] && this.#add(input.files[0], { input, button, kind: kind.id }) });
    const button = el("button", { type: "button", class: "button button--small", onclick: () => input.click() },
      uiIcon("attach", { small: true }), t("attachment.add"));
    return el("div", { class: "attachment-add" }, button, input);
  }

  /** The files of each kind under its title, then all others. */
  #lists(attachments) {
    const known = new Set(this.kinds.map((kind) => kind.id));
    const others = attachments.filter((one) => !known.has(one.kind));
    return [...this.kinds.map((kind) => el("section", { class: "attachment-kind", "aria-label": kind.title },
      el("h4", {}, kind.title), this.#listOf(attachments.filter((one) => one.kind === kind.id)), this.adds.has(kind.id) ? this.#adder(kind) : null)),
      this.kinds.length === 0 || others.length > 0 ? this.#listOf(others) : null].filter(Boolean);
  }

  #listOf(attachments) {
    return attachments.length === 0 ? el("p", { class: "muted" }, t("attachment.none"))
      : el("ul", { class: "attachment-list" }, attachments.map((one) => this.#row(one)));
  }

  async load() {
    try {
      const { attachments, may_add: mayAdd, may_add_kinds: mayAddKinds } = await requestJson(this.path);
      this.adds = new Set(this.canWrite ? mayAddKinds : []);
      this.other.hidden = !this.canWrite || !mayAdd;
      this.list.replaceChildren(...this.#lists(attachments));
    } catch (error) {
      if (!isAbort(error) && error.title !== undefined) {
        const retry = { label: t("action.retry"), run: () => this.load() };
        this.list.replaceChildren(stateBlock({ icon: "warning", title: error.title, detail: error.detail, action: retry }));
      }
    }
  }

  #row(one) {
    const facts = [formatBytes(one.size_bytes), one.created_by, formatDate(one.created_at)].filter(Boolean).join(" · ");
    const isPicture = this.kinds.length > 0 && one.media_type.startsWith("image/");
    return el("li", { class: "attachment" },
      isPicture ? el("img", { class: "attachment__picture", src: one.url, alt: one.file_name, loading: "lazy" }) : null,
      el("a", { class: "attachment__name", href: one.url, download: one.file_name, title: one.file_name }, one.file_name),
      el("span", { class: "muted attachment__facts" }, facts),
      this.canWrite && one.may_remove ? iconButton("close", t("attachment.remove", { name: one.file_name }), () => this.#remove(one)) : null);
  }

  async #add(file, { input = this.input, button = this.button, kind = "" } = {}) {
    input.value = "";
    if (file.size > MAX_BYTES) {
      showToast({ title: t("attachment.too_large", { size: formatBytes(file.size) }), detail: t("attachment.limits"), kind: "error" });
      return;
    }
    button.disabled = true;
    this.status.textContent = t("attachment.adding", { name: file.name });
    try {
      await attach(this.layer, this.id, file, kind);
      showToast({ title: t("attachment.added"), detail: file.name });
      await this.load();
    } catch (error) {
      showProblem(error);
    } finally {
      button.disabled = false;
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
