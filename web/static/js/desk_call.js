/* Taking a call: what is typed finds the elevator, Enter opens the order. */

import { isAbort, query, requestJson } from "./api.js";
import { elevatorLines } from "./desk_elevators.js";
import { debounce, el } from "./dom.js";
import { markHit } from "./hit_list.js";
import { t } from "./i18n.js";
import { showProblem, showToast } from "./toast.js";

const TYPING_MS = 90;
const MOST_TRIES = 3;
const newKey = () => crypto.randomUUID().replaceAll("-", "");

export class CallForm {
  /** `ontaken(order)` when an order was opened or joined; `onplace(place)` marks a position on the map. */
  constructor(form, { ontaken, onplace }) {
    Object.assign(this, { form, ontaken, onplace });
    this.input = form.querySelector("#call-text");
    this.list = form.querySelector("#call-hits");
    this.status = form.querySelector("#call-status");
    this.hits = [];
    this.marked = 0;
    this.place = null;
    this.shownFor = "";
    this.key = newKey();
    this.datum = form.querySelector("#call-datum");
    this.datum.addEventListener("change", () => {
      this.shownFor = null; // the list is of another position
      void this.#search();
    });
    this.input.addEventListener("input", debounce(() => this.#typed(), TYPING_MS));
    this.input.addEventListener("keydown", (event) => this.#onKey(event));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        void this.#take();
      }
    });
    if (this.input.value.trim() !== "") {
      void this.#search(); // typed before the page was ready
    }
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  /** Starts from a position of the map: the elevators around it are listed. */
  async at(place) {
    this.place = place;
    this.datum.hidden = true;
    this.input.value = `${place.lon.toFixed(6)},${place.lat.toFixed(6)}`;
    this.input.focus();
    await this.#find({ lon: place.lon, lat: place.lat }, this.input.value);
  }

  /** Searches for what was typed, unless Enter has had it searched for already: its word to the dispatcher stays. */
  #typed() {
    if (this.input.value.trim() !== this.shownFor) {
      return this.#search();
    }
    this.searching?.abort();
    return null;
  }

  async #search() {
    this.place = null;
    const q = this.input.value.trim();
    if (q === "") {
      this.datum.hidden = true;
      this.shownFor = "";
      this.#show([], { isEmpty: true });
      return;
    }
    await this.#find({ q, crs: new FormData(this.form).get("crs") }, q);
    this.datum.hidden = this.place === null; // a pasted position: from which map?
  }

  /** Lists what fits; `text` is what the list will answer for. */
  async #find(values, text) {
    this.searching?.abort();
    this.searching = new AbortController();
    try {
      const found = await requestJson(`/api/elevators/find?${query({ ...values, limit: 8 })}`, { signal: this.searching.signal });
      this.place = found.position ?? this.place;
      this.shownFor = text;
      this.#show(found.elevators);
    } catch (error) {
      if (!isAbort(error)) {
        showProblem(error);
      }
    }
  }

  #show(elevators, { isEmpty = false } = {}) {
    this.hits = elevators.map((elevator) => ({ kind: "elevator", elevator }));
    if (!isEmpty) {
      const isCode = /^\d{0,6}$/.test(this.input.value.trim());
      if (this.place) {
        this.hits.push({ kind: "place" });
      } else if (!isCode) {
        this.hits.push({ kind: "address" });
      }
    }
    this.marked = 0;
    this.list.replaceChildren(...this.hits.map((hit, at) => this.#item(hit, at)));
    this.list.hidden = this.hits.length === 0;
    this.input.setAttribute("aria-expanded", String(this.hits.length > 0));
    this.status.textContent = !isEmpty && elevators.length === 0 ? t("desk.no_hits") : "";
    this.#mark(0);
    this.onplace(this.place);
  }

  #item(hit, at) {
    const body = hit.kind === "elevator" ? elevatorLines(hit.elevator)
      : [el("span", { class: "call__title" }, t(hit.kind === "place" ? "desk.at_position" : "desk.by_address"))];
    return el("li", { role: "option", id: `call-hit-${at}`, class: "call__hit", onclick: () => { this.#mark(at); void this.#take(); } }, ...body);
  }

  #mark(at) {
    this.marked = markHit(this.input, this.list, at);
  }

  #onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.#mark(this.marked + step);
      event.preventDefault();
    } else if (event.key === "Escape") {
      this.#reset();
      this.input.blur();
    }
  }

  #values() {
    const data = new FormData(this.form);
    const values = Object.fromEntries(["caller_phone", "people_inside", "injured", "caller_words"].map((name) => [name, data.get(name)?.trim() ?? ""]));
    return { ...values, is_vulnerable: data.has("is_vulnerable"), is_danger: data.has("is_danger"), request_key: this.key };
  }

  /** What Enter means: the marked line, or, when more was typed than the list answers for, the one elevator that fits exactly. */
  async #hit() {
    const text = this.input.value.trim();
    if (this.shownFor === text) {
      return this.hits[this.marked] ?? null;
    }
    for (let tries = 0; tries < MOST_TRIES && this.shownFor !== text; tries += 1) {
      await this.#search(); // may be cut off by the search that the last letter began
    }
    const [first] = this.hits;
    const codes = [first?.elevator?.rescue_code, first?.elevator?.code];
    if (this.shownFor === text && this.input.value.trim() === text && codes.includes(text)) {
      return first;
    }
    this.status.textContent = t("desk.again");
    return null;
  }

  async #take() {
    if (this.isTaking) {
      return;
    }
    const hit = await this.#hit();
    if (!hit || this.isTaking) {
      return;
    }
    const what = hit.kind === "elevator" ? { elevator_code: hit.elevator.code }
      : hit.kind === "place" ? { lon: this.place.lon, lat: this.place.lat } : { address: this.input.value.trim() };
    this.isTaking = true;
    try {
      const order = await requestJson("/api/orders", { method: "POST", body: { ...this.#values(), ...what } });
      showToast({ title: t(order.is_joined ? "desk.joined" : "desk.created", { code: order.code }) });
      this.#reset();
      this.input.blur();
      this.ontaken(order);
    } catch (error) {
      showProblem(error);
    } finally {
      this.isTaking = false;
    }
  }

  #reset() {
    this.searching?.abort();
    this.form.reset();
    this.key = newKey();
    this.place = null;
    this.datum.hidden = true;
    this.shownFor = "";
    this.#show([], { isEmpty: true });
  }
}
