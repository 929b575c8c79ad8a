/* The search box: "/" focuses, arrows and Enter choose; the server answers. */

import { isAbort, query, requestJson } from "./api.js";
import { debounce, el, stateBlock, uiIcon } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { plateElement } from "./icons.js";
import { showProblem } from "./toast.js";

const WAIT_MS = 120;
const LIMIT = 10;
const KIND_ICONS = { division: "division", coordinate: "place", road: "road", feature: "place" };

/** Results with the choices of an uncertain datum laid out as results of their own. */
function layOut(results) {
  return results.flatMap((result) => {
    if (result.ask !== "datum") {
      return [result];
    }
    return result.options.map((option) => ({
      ...result, ask: undefined, lon: option.lon, lat: option.lat, title: option.label,
      subtitle: `${option.lon.toFixed(6)}, ${option.lat.toFixed(6)}`, heading: t("search.datum")
    }));
  });
}

export class SearchBox {
  /** `near()` gives {lon, lat} of the map's centre; `onchoose(result)` is told the choice. */
  constructor(container, { layers, near, onchoose }) {
    Object.assign(this, { container, layers, near, onchoose });
    this.input = container.querySelector("input");
    this.list = container.querySelector('[role="listbox"]');
    this.panel = container.querySelector("[data-search-panel]");
    this.status = container.querySelector("[data-search-status]");
    this.clear = container.querySelector("[data-search-clear]");
    this.results = [];
    this.active = -1;
    const later = debounce(() => this.#search(), WAIT_MS);
    this.input.addEventListener("input", later);
    this.input.addEventListener("focus", () => this.input.value.trim() && this.#open(true));
    this.input.addEventListener("keydown", (event) => this.#onKey(event));
    this.clear.addEventListener("click", () => { this.input.value = ""; void this.#search(); this.input.focus(); });
    document.addEventListener("pointerdown", (event) => !container.contains(event.target) && this.#open(false));
    document.addEventListener("keydown", (event) => this.#onShortcut(event));
  }

  #onShortcut(event) {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      this.input.focus();
      this.input.select();
    }
  }

  #open(isOpen) {
    this.panel.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen && this.results.length > 0));
  }

  async #search() {
    const q = this.input.value.trim();
    this.abort?.abort();
    this.clear.hidden = q === "";
    if (q === "") {
      this.results = [];
      this.#open(false);
      return;
    }
    this.abort = new AbortController();
    this.status.textContent = t("search.loading");
    try {
      const { lon, lat } = this.near();
      const path = `/api/search?${query({ q, limit: LIMIT, lon: lon.toFixed(5), lat: lat.toFixed(5) })}`;
      this.#show(await requestJson(path, { signal: this.abort.signal }));
    } catch (error) {
      if (!isAbort(error)) {
        this.#open(false);
        showProblem(error, () => this.#search());
      }
    }
  }

  #show(answer) {
    this.results = layOut(answer.results);
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    if (this.results.length === 0) {
      this.list.replaceChildren();
      this.status.replaceChildren(stateBlock({
        icon: "search", title: answer.message ?? t("search.none", { q: answer.q }), detail: answer.message ? "" : t("search.none.detail") }));
    } else {
      this.list.replaceChildren(...this.results.flatMap((result, position) => this.#option(result, position)));
      const took = t("search.took", { ms: formatNumber(Math.round(answer.took_ms * 10) / 10) });
      this.status.textContent = [answer.message ?? t("search.found", { n: this.results.length }), took].join(" · ");
    }
    this.#open(true);
  }

  #option(result, position) {
    const layer = this.layers.get(result.layer);
    const symbol = layer ? plateElement(layer) : uiIcon(KIND_ICONS[result.kind] ?? "place");
    const head = result.heading && position === 0
      ? [el("li", { class: "search__heading", role: "presentation" }, result.heading)]
      : [];
    return [...head, el("li", {
      id: `search-option-${position}`, role: "option", class: "search__option", "aria-selected": "false",
      onclick: () => this.#choose(position)
    },
    symbol,
    el("span", { class: "search__text" },
      el("span", { class: "search__title" }, result.title),
      el("span", { class: "search__subtitle" }, [result.subtitle, result.note].filter(Boolean).join(" · "))),
    layer ? el("span", { class: "muted search__layer" }, layer.title) : null)];
  }

  #setActive(position) {
    this.list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    this.active = position;
    const option = document.getElementById(`search-option-${position}`);
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    }
  }

  #onKey(event) {
    const last = this.results.length - 1;
    if (event.key === "ArrowDown" && last >= 0) {
      this.#open(true);
      this.#setActive(this.active >= last ? 0 : this.active + 1);
    } else if (event.key === "ArrowUp" && last >= 0) {
      this.#setActive(this.active <= 0 ? last : this.active - 1);
    } else if (event.key === "Enter" && last >= 0) {
      this.#choose(Math.max(this.active, 0));
    } else if (event.key === "Escape") {
      this.#open(false);
      return;
    } else {
      return;
    }
    event.preventDefault();
  }

  #choose(position) {
    const result = this.results[position];
    this.input.value = result.kind === "coordinate" ? this.input.value : result.title;
    this.clear.hidden = false;
    this.#open(false);
    this.onchoose(result);
  }
}
