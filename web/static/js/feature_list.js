/* The list of a layer: everything the map shows also stands here, with paging, sort and filter. */

import { isAbort, query, requestJson } from "./api.js";
import { debounce, el, iconButton, skeleton, stateBlock } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const PAGE_SIZE = 50;
const NUMERIC = new Set(["number", "integer", "float", "count", "quantity"]);

export class FeatureList {
  /** `context()` gives {division, bbox}; `onopen(layerId, row)`, `ontoggle(layerId or null)`. */
  constructor(container, { layers, context, onopen, ontoggle }) {
    Object.assign(this, { container, layers, context, onopen, ontoggle });
    this.layer = null;
    this.scope = "division";
    this.reset();
    this.#build();
  }

  reset() {
    this.page = 1;
    this.sort = "";
    this.q = "";
    this.conditions = "";
  }

  get isOpen() {
    return !this.container.hidden;
  }

  #build() {
    this.select = el("select", { class: "select select--small", onchange: () => this.open(this.select.value) });
    this.scopes = el("select", { class: "select select--small", onchange: () => { this.scope = this.scopes.value; this.#restart(); } },
      el("option", { value: "division" }, t("list.scope.division")), el("option", { value: "view" }, t("list.scope.view")),
      el("option", { value: "all" }, t("list.scope.all")));
    const later = debounce(() => { this.q = this.filter.value.trim(); this.#restart(); }, 250);
    this.filter = el("input", { class: "input input--small", type: "search", placeholder: t("list.filter"), "aria-label": t("list.filter"), oninput: later });
    this.chip = el("button", { type: "button", class: "chip", hidden: true, title: t("list.conditions.clear"),
      onclick: () => { this.conditions = ""; this.#showConditions(); this.#restart(); } });
    this.total = el("span", { class: "muted list__total", role: "status" });
    this.pager = el("div", { class: "pager" });
    this.size = iconButton("expand", t("action.expand"), () => this.#resize());
    this.body = el("div", { class: "table-scroll list__body", tabindex: "0", role: "region", "aria-label": t("list.layer") });
    this.container.replaceChildren(
      el("div", { class: "list__head" },
        el("label", { class: "list__field" }, el("span", { class: "visually-hidden" }, t("list.layer")), this.select),
        el("label", { class: "list__field" }, el("span", { class: "visually-hidden" }, t("list.scope")), this.scopes),
        this.filter,
        this.chip,
        el("div", { class: "list__tools" }, this.size, iconButton("close", t("action.close"), () => this.close()))),
      this.body,
      el("div", { class: "list__foot" }, this.total, this.pager));
  }

  #resize() {
    const isTall = this.container.classList.toggle("list--tall");
    this.size.setAttribute("aria-label", t(isTall ? "action.collapse" : "action.expand"));
    this.size.title = t(isTall ? "action.collapse" : "action.expand");
    this.size.setAttribute("aria-pressed", String(isTall));
  }

  setLayers() {
    this.select.replaceChildren(...[...this.layers.values()].map((layer) => el("option", { value: layer.id }, layer.title)));
  }

  /** Opens the list of a layer, with a filter and a marked row when given. */
  open(layerId, { q = "", current = null, scope = "division", conditions = "" } = {}) {
    if (!this.layers.has(layerId)) {
      return;
    }
    this.reset();
    this.layer = layerId;
    this.q = q;
    this.conditions = conditions;
    this.#showConditions();
    this.currentId = current;
    this.scope = scope;
    this.scopes.value = scope;
    this.select.value = layerId;
    this.filter.value = q;
    this.container.hidden = false;
    this.ontoggle(layerId);
    void this.load();
  }

  /** The conditions of a figure in the layer's own words, as a chip that takes them away. */
  #showConditions() {
    const { popup: fields = [], subsets = [] } = this.layers.get(this.layer) ?? {};
    const words = [...new URLSearchParams(this.conditions)].map(([name, value]) => {
      const field = fields.find((one) => one.name === name);
      if (name === "subset") {
        return subsets.find((one) => one.id === value)?.title ?? value;
      }
      if (value.includes("/")) {
        const [from, to] = value.split("/").map((one) => one.slice(0, 10));
        return `${field?.label ?? name} ${from} – ${to}`;
      }
      return `${field?.label ?? name} = ${field?.choices?.find((choice) => choice.value === value)?.label ?? value}`;
    });
    this.chip.hidden = words.length === 0;
    this.chip.replaceChildren(t("list.conditions", { conditions: words.join("，") }), " ×");
  }

  close() {
    this.abort?.abort();
    this.container.hidden = true;
    this.container.classList.remove("list--tall");
    this.ontoggle(null);
  }

  #restart() {
    this.page = 1;
    void this.load();
  }

  /** Reads again after the division changed, or the view when the list follows it. */
  refresh({ viewOnly = false } = {}) {
    if (this.isOpen && (!viewOnly || this.scope === "view")) {
      this.#restart();
    }
  }

  /** Reads the page in view again after rows of the layer changed. */
  renew() {
    if (this.isOpen) {
      void this.load({ keepScroll: true });
    }
  }

  async load({ keepScroll = false } = {}) {
    this.abort?.abort();
    this.abort = new AbortController();
    const { division, bbox } = this.context();
    const range = {
      division: { division },
      view: { bbox: bbox.map((value) => value.toFixed(5)).join(",") },
      all: {}
    }[this.scope];
    const values = { ...range, ...Object.fromEntries(new URLSearchParams(this.conditions)), q: this.q, sort: this.sort, page: this.page, page_size: PAGE_SIZE };
    if (this.body.childElementCount === 0) {
      this.body.replaceChildren(...skeleton(5));
    }
    this.body.setAttribute("aria-busy", "true");
    try {
      const path = `/api/layers/${encodeURIComponent(this.layer)}/features?${query(values)}`;
      const top = this.body.scrollTop;
      this.#show(await requestJson(path, { signal: this.abort.signal }));
      this.body.scrollTop = keepScroll ? top : 0;
    } catch (error) {
      if (!isAbort(error)) {
        if (error.title === undefined) {
          throw error;
        }
        const retry = { label: t("action.retry"), run: () => this.load() };
        this.body.replaceChildren(stateBlock({ icon: "warning", title: error.title, detail: error.detail, action: retry, role: "alert" }));
      }
    } finally {
      this.body.removeAttribute("aria-busy");
    }
  }

  #show(answer) {
    const n = formatNumber(answer.total);
    this.total.textContent = t(answer.total_is_exact ? "list.total" : "list.total_about", { n });
    this.#showPager(answer);
    if (answer.rows.length === 0) {
      const action = this.q ? { label: t("list.clear"), run: () => { this.q = ""; this.filter.value = ""; this.#restart(); } } : null;
      this.body.replaceChildren(stateBlock({ title: t("list.empty"), detail: t("list.empty.detail"), action }));
      return;
    }
    this.body.replaceChildren(el("table", { class: "table table--dense" },
      el("caption", { class: "visually-hidden" }, this.layers.get(this.layer).title),
      el("thead", {}, el("tr", {}, answer.columns.map((column) => this.#head(column)))),
      el("tbody", {}, answer.rows.map((row) => this.#row(row, answer.columns)))));
  }

  #head(column) {
    const direction = { [column.name]: "ascending", [`-${column.name}`]: "descending" }[this.sort];
    const next = direction === "ascending" ? `-${column.name}` : column.name;
    const sortButton = el("button", { type: "button", class: "table__sort", onclick: () => { this.sort = next; this.#restart(); } }, column.label);
    return el("th", { scope: "col", "aria-sort": direction, class: NUMERIC.has(column.type) ? "is-number" : null }, sortButton);
  }

  #row(row, columns) {
    const cells = columns.map((column, position) => {
      const shown = String(row.values[column.name] ?? "");
      if (position > 0) {
        return el("td", { class: NUMERIC.has(column.type) ? "is-number" : null, title: shown }, shown);
      }
      const title = shown || row.id;
      return el("td", {}, el("button", { type: "button", class: "link-button", "aria-label": t("list.open", { title }),
        title, onclick: () => this.#open(row) }, title));
    });
    return el("tr", { class: String(row.id) === String(this.currentId) ? "is-current" : null, "data-id": row.id }, cells);
  }

  #open(row) {
    this.mark(row.id);
    this.onopen(this.layer, row);
  }

  /** Marks the row of the selected feature. */
  mark(id) {
    this.currentId = id;
    for (const row of this.body.querySelectorAll("tr[data-id]")) {
      row.classList.toggle("is-current", row.dataset.id === String(id));
    }
  }

  #showPager({ total, total_is_exact: isExact, page, page_size: pageSize, rows }) {
    const pages = Math.max(1, Math.ceil(total / pageSize));
    const step = (by) => () => { this.page += by; void this.load(); };
    const previous = iconButton("chevron-left", t("list.previous"), step(-1));
    const next = iconButton("chevron-right", t("list.next"), step(1));
    previous.disabled = page <= 1;
    next.disabled = isExact ? page >= pages : rows.length < pageSize;
    const label = t(isExact ? "list.page" : "list.page_about", { page: formatNumber(page), pages: formatNumber(pages) });
    this.pager.replaceChildren(previous, el("span", { class: "muted" }, label), next);
  }
}
