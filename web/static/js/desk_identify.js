/* Saying later which elevator an order is about: by its digits, by words, or one of those around its place; and joining with its open order. */

import { isAbort, query, requestJson } from "./api.js";
import { elevatorLines } from "./desk_elevators.js";
import { openDialog } from "./dialog.js";
import { debounce, el } from "./dom.js";
import { markHit } from "./hit_list.js";
import { t } from "./i18n.js";
import { showProblem } from "./toast.js";

const TYPING_MS = 120;
const MOST = 12;

class Identify {
  /** `act(values)` identifies the order: `elevator_code`, and `merge` where two orders become one. */
  constructor(order, act) {
    Object.assign(this, { order, act });
    this.hits = [];
    this.marked = 0;
    this.shownFor = null;
    this.input = el("input", { class: "input", id: "identify-text", type: "text", role: "combobox", "aria-expanded": "false", "aria-controls": "identify-hits", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", placeholder: t("desk.identify.placeholder") });
    this.list = el("ul", { class: "call__hits", id: "identify-hits", role: "listbox", "aria-label": t("desk.identify.hits"), hidden: true });
    this.status = el("p", { class: "muted", role: "status" });
    this.body = el("div", {}, el("label", { class: "field" }, el("span", { class: "field__label" }, t("desk.identify.label")), this.input), this.status, this.list);
    this.input.addEventListener("input", debounce(() => void this.search(), TYPING_MS));
    this.input.addEventListener("keydown", (event) => this.#onKey(event));
    this.dialog = openDialog({ title: t(order.elevator_code === null ? "desk.identify" : "desk.identify.other"), body: [this.body], onclose: () => this.searching?.abort() });
    this.input.focus();
  }

  /** Lists what fits; without a word the elevators around the order's place, the nearest first. */
  async search() {
    const q = this.input.value.trim();
    const { lon, lat } = this.order;
    this.searching?.abort();
    if (q === "" && lon === null) {
      this.#show([], "");
      return;
    }
    this.searching = new AbortController();
    const asked = q === "" ? { lon, lat } : { q };
    try {
      const { elevators } = await requestJson(`/api/elevators/find?${query({ ...asked, limit: MOST })}`, { signal: this.searching.signal });
      this.shownFor = q;
      this.#show(elevators, elevators.length > 0 ? (q === "" ? t("desk.identify.near") : "") : t(q === "" ? "desk.identify.none_near" : "desk.no_hits"));
    } catch (error) {
      if (!isAbort(error)) {
        showProblem(error);
      }
    }
  }

  #show(elevators, status) {
    this.hits = elevators;
    this.status.textContent = status;
    this.list.replaceChildren(...elevators.map((e, at) => el("li", { role: "option", id: `identify-hit-${at}`, class: "call__hit", onclick: () => void this.#take(e) },
      ...elevatorLines(e, (code) => (code === this.order.code ? t("desk.identify.this") : t("desk.identify.has_open", { code }))))));
    this.list.hidden = elevators.length === 0;
    this.input.setAttribute("aria-expanded", String(elevators.length > 0));
    this.#mark(0);
  }

  #mark(at) {
    this.marked = markHit(this.input, this.list, at);
  }

  #onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.#mark(this.marked + step);
      event.preventDefault();
    } else if (event.key === "Enter") {
      event.preventDefault();
      void this.#enter();
    }
  }

  /** Enter takes the marked line of the list that answers what was typed; else it lets the list come first. */
  async #enter() {
    if (this.shownFor !== this.input.value.trim()) {
      await this.search();
      if (this.hits.length !== 1) {
        return;
      }
    }
    const hit = this.hits[this.marked];
    if (hit) {
      await this.#take(hit);
    }
  }

  async #take(e) {
    if (e.open_order && e.open_order !== this.order.code) {
      this.#decide(e);
      return;
    }
    this.dialog.close();
    await this.act({ elevator_code: e.code, version: this.order.version });
  }

  /** Two open orders of one elevator: the dispatcher says which goes on. */
  #decide(e) {
    const own = this.order.assignments.filter((a) => a.is_running);
    const choose = (merge) => { this.dialog.close(); void this.act({ elevator_code: e.code, version: this.order.version, merge }); };
    const button = (merge, isFirst) => el("button", { type: "button", class: isFirst ? "button button--primary" : "button", "data-merge": merge, onclick: () => choose(merge) }, t(`desk.merge.${merge}`, { code: e.open_order }));
    // With people on their way for this order it is the one that goes on, unless the dispatcher says otherwise.
    const ways = own.length > 0 ? ["from", "into"] : ["into", "from"];
    this.body.replaceChildren(...[
      el("p", {}, t("desk.merge.detail", { elevator: e.title, code: e.open_order })),
      own.length > 0 ? el("p", { class: "muted" }, t("desk.merge.running", { stations: own.map((a) => a.station_name).join("、") })) : null,
      el("div", { class: "button-row" }, ...ways.map((merge, at) => button(merge, at === 0)))
    ].filter(Boolean));
    this.body.querySelector("button").focus();
  }
}

/** Opens the dialog of an order. */
export function openIdentify(order, act) {
  const dialog = new Identify(order, act);
  void dialog.search();
  return dialog;
}
