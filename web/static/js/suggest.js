/* Suggestions under a field: typed, chosen by keyboard or pointer. */

import { isAbort } from "./api.js";
import { debounce, el } from "./dom.js";
import { t } from "./i18n.js";
import { showProblem } from "./toast.js";

const PAUSE_MS = 250;
let lists = 0;

export class Suggest {
  /**
   * @param {HTMLInputElement} input
   * @param {{find: function(string, AbortSignal): Promise<object[]>, show: function(object): string[], choose: function(object)}} options
   *   `show` gives the line and the quiet line below it.
   */
  constructor(input, { find, show, choose }) {
    this.input = input;
    this.options = { find, show, choose };
    this.found = [];
    this.at = -1;
    lists += 1;
    this.list = el("ul", { class: "suggest__list", role: "listbox", id: `suggest-${lists}`, "aria-label": input.labels[0]?.textContent ?? "", hidden: true });
    input.after(this.list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": this.list.id })) {
      input.setAttribute(name, value);
    }
    input.addEventListener("input", debounce(() => void this.#ask(), PAUSE_MS));
    input.addEventListener("keydown", (event) => this.#onKey(event));
    input.addEventListener("blur", () => window.setTimeout(() => this.close(), 150));
  }

  async #ask() {
    const text = this.input.value.trim();
    this.asking?.abort();
    if (text === "") {
      this.close();
      return;
    }
    this.asking = new AbortController();
    try {
      this.#show(await this.options.find(text, this.asking.signal));
    } catch (error) {
      if (!isAbort(error)) {
        showProblem(error);
      }
    }
  }

  #show(found) {
    this.found = found;
    this.at = -1;
    this.list.replaceChildren(...found.map((one, at) => {
      const [line, quiet] = this.options.show(one);
      return el("li", { role: "option", id: `${this.list.id}-${at}`, "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); this.#choose(at); } },
        el("span", {}, line), quiet ? el("span", { class: "muted" }, quiet) : null);
    }));
    if (found.length === 0) {
      this.list.append(el("li", { class: "suggest__none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, t("suggest.none")));
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  #onKey(event) {
    if (this.list.hidden) {
      if (event.key === "Enter") {
        event.preventDefault(); // a search field never submits the form around it
        void this.#ask();
      }
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length > 0) {
      event.preventDefault();
      this.#mark((this.at + step + this.found.length) % this.found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#choose(Math.max(this.at, 0));
    } else if (event.key === "Escape") {
      this.close();
    }
  }

  #mark(at) {
    this.at = at;
    for (const [index, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(index === at));
    }
    this.input.setAttribute("aria-activedescendant", `${this.list.id}-${at}`);
    this.list.children[at].scrollIntoView({ block: "nearest" });
  }

  #choose(at) {
    const one = this.found[at];
    this.close();
    if (one) {
      this.options.choose(one);
    }
  }

  close() {
    this.asking?.abort();
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
