/* Warnings: the bell's count, the list by state, the way to the feature, and marking one as processed. */

import { isAbort, query, requestJson } from "./api.js";
import { el, skeleton, stateBlock } from "./dom.js";
import { formatNumber, hasText, t } from "./i18n.js";
import { showProblem, showToast } from "./toast.js";

const STATES = ["open", "processed", "all"];
const MOST_ON_BELL = 99;

export class WarningsPanel {
  /** `onopen({layer, id})` opens the feature of a warning. */
  constructor(container, { bell, canWrite, onopen }) {
    Object.assign(this, { container, bell, canWrite, onopen });
    this.state = "open";
    this.rows = [];
    this.page = 1;
    this.tabs = el("div", { class: "segments", role: "radiogroup", "aria-label": t("warning.state") }, STATES.map((state) =>
      el("label", { class: "segments__one" },
        el("input", { type: "radio", name: "warning-state", value: state, checked: state === this.state, onchange: () => this.#setState(state) }),
        el("span", {}, t(`warning.${state}`)))));
    this.body = el("div", { class: "warning-list", role: "region", "aria-label": t("warning.title") }, skeleton(6));
    container.replaceChildren(el("div", { class: "panel-tools" }, this.tabs), this.body);
  }

  #setState(state) {
    this.state = state;
    this.body.replaceChildren(...skeleton(6));
    void this.load();
  }

  /** Reads the list anew, keeping the pages already opened. */
  async load({ more = false } = {}) {
    this.abort?.abort();
    this.abort = new AbortController();
    this.page = more ? this.page + 1 : 1;
    try {
      const path = `/api/warnings?${query({ state: this.state, page: this.page })}`;
      const answer = await requestJson(path, { signal: this.abort.signal });
      this.rows = more ? [...this.rows, ...answer.rows] : answer.rows;
      this.#showCount(answer.counts.open);
      this.#render(answer);
    } catch (error) {
      if (!isAbort(error) && error.status !== 401) {
        const retry = { label: t("action.retry"), run: () => this.load() };
        this.body.replaceChildren(stateBlock({ icon: "warning", title: error.title ?? String(error), detail: error.detail, action: retry, role: "alert" }));
      }
    }
  }

  #showCount(n) {
    const badge = this.bell.querySelector("[data-bell-count]");
    badge.hidden = n === 0;
    badge.textContent = n > MOST_ON_BELL ? `${MOST_ON_BELL}+` : String(n);
    const label = n === 0 ? t("warning.title") : t("warning.bell", { n: formatNumber(n) });
    this.bell.setAttribute("aria-label", label);
    this.bell.title = label;
  }

  #render({ counts }) {
    const all = { open: counts.open, processed: counts.processed, all: counts.open + counts.processed }[this.state];
    if (this.rows.length === 0) {
      this.body.replaceChildren(stateBlock({ icon: "check", title: t(`warning.none.${this.state}`), detail: t("warning.none.detail") }));
      return;
    }
    const more = this.rows.length < all
      ? el("button", { type: "button", class: "button button--small", onclick: () => this.load({ more: true }) },
        t("warning.more", { n: formatNumber(all - this.rows.length) }))
      : null;
    this.body.replaceChildren(el("ul", {}, this.rows.map((row) => this.#row(row))), more ?? "");
  }

  #row(row) {
    const kind = row.kind_label ?? (hasText(`warning.kind.${row.kind}`) ? t(`warning.kind.${row.kind}`) : row.kind);
    const item = el("li", { class: "warning", "data-warning": row.id },
      el("div", { class: "warning__head" },
        el("span", { class: "badge", "data-grade": row.level }, t(`warning.level.${row.level}`)),
        el("button", { type: "button", class: "link-button warning__title", title: row.title,
          onclick: () => this.onopen({ layer: row.layer, id: String(row.row_id) }) }, row.title)),
      el("p", { class: "muted warning__facts warning__subject" }, [kind, row.division_name, row.raised_at].filter(Boolean).join(" · ")));
    if (row.processed_at) {
      item.append(el("p", { class: "muted warning__facts" }, t("warning.processed_by", { who: row.processed_by ?? "", at: row.processed_at })),
        row.note ? el("p", { class: "warning__note" }, row.note) : "");
    } else if (this.canWrite) {
      item.append(el("button", { type: "button", class: "button button--small", onclick: () => this.#ask(row, item) }, t("warning.process")));
    }
    return item;
  }

  /** Opens the note's field in the row itself: the list and the map stay in view. */
  #ask(row, item) {
    const note = el("textarea", { class: "input", rows: 2, maxlength: 500, required: true, "aria-label": t("warning.note"), placeholder: t("warning.note") });
    const button = item.querySelector(".button");
    const cancel = () => { form.remove(); button.hidden = false; button.focus(); };
    const form = el("form", { class: "form warning__form",
      onsubmit: (event) => { event.preventDefault(); void this.#process(row, note.value.trim()); },
      onkeydown: (event) => { if (event.key === "Escape") { event.stopPropagation(); cancel(); } } },
    note,
    el("div", { class: "button-row" },
      el("button", { type: "submit", class: "button button--small button--primary" }, t("warning.process.do")),
      el("button", { type: "button", class: "button button--small", onclick: cancel }, t("action.cancel"))));
    button.hidden = true;
    item.append(form);
    note.focus();
  }

  async #process(row, note) {
    try {
      await requestJson(`/api/warnings/${row.id}/process`, { method: "POST", body: { note } });
      showToast({ title: t("warning.processed.done"), detail: row.title });
      await this.load();
      this.body.querySelector("button")?.focus();
    } catch (error) {
      showProblem(error, () => this.#process(row, note));
    }
  }
}
