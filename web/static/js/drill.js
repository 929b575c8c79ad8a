/* Divisions: the breadcrumb, the totals, and the way down into districts and streets. */

import { request, requestJson } from "./api.js";
import { el, skeleton, stateBlock, uiIcon } from "./dom.js";
import { saveFile } from "./export.js";
import { Figures } from "./figures.js";
import { formatNumber, t } from "./i18n.js";
import { showProblem, showToast } from "./toast.js";

export class Drill {
  /** `onchange(division, {fit})` is told every new division; `onlist(layer, conditions)` opens rows behind a figure. */
  constructor({ breadcrumb, panel, layers, onchange, onlist }) {
    Object.assign(this, { breadcrumb, panel, layers, onchange });
    this.figures = new Figures({ onlist });
    this.current = null;
    this.measure = null;
    panel.replaceChildren(...skeleton(6));
  }

  /** Reads a division and makes it the current one; null when it cannot be had. */
  async go(code, { fit = true } = {}) {
    this.abort?.abort();
    this.abort = new AbortController();
    this.panel.setAttribute("aria-busy", "true");
    try {
      const division = await requestJson(`/api/divisions/${encodeURIComponent(code)}`, { signal: this.abort.signal });
      this.current = division;
      this.#render();
      this.onchange(division, { fit });
      return division;
    } catch (error) {
      showProblem(error, () => this.go(code, { fit }));
      if (this.current === null && error.title !== undefined) {
        const retry = { label: t("action.retry"), run: () => this.go(code, { fit }) };
        this.panel.replaceChildren(stateBlock({ icon: "warning", title: error.title, detail: error.detail, action: retry }));
      }
      return null;
    } finally {
      this.panel.removeAttribute("aria-busy");
    }
  }

  /** Reads the current division's numbers again; the map does not move. */
  async renew() {
    if (this.current === null) {
      return null;
    }
    const { code } = this.current;
    try {
      const division = await requestJson(`/api/divisions/${encodeURIComponent(code)}`);
      if (this.current.code === code) {
        this.current = division;
        this.#render();
      }
    } catch (error) {
      console.warn(error); // the feed tells again, and says itself when the server is away
    }
    return this.current;
  }

  /** The child of the current division among some codes under the pointer, else undefined. */
  childAmong(codes) {
    return this.current?.children.find((child) => codes.includes(child.code));
  }

  #render() {
    const division = this.current;
    const path = division.path.length > 0 ? division.path : [{ code: division.code, name: division.name }];
    this.breadcrumb.replaceChildren(...path.map((step, position) => el("li", {}, position === path.length - 1
      ? el("span", { "aria-current": "location" }, step.name)
      : el("button", { type: "button", onclick: () => this.go(step.code) }, step.name))));
    this.#renderPanel();
    void this.figures.load(division.code);
  }

  #measures() {
    return [...this.layers.values()].filter((layer) => layer.id in this.current.counts);
  }

  #renderPanel() {
    const { children, has_polygon: hasPolygon, note } = this.current;
    const measures = this.#measures();
    if (!measures.some((layer) => layer.id === this.measure)) {
      this.measure = measures[0]?.id ?? null;
    }
    const notes = [note, hasPolygon || note ? null : t("division.no_polygon")].filter(Boolean);
    const parts = [...notes.map((text) => el("p", { class: "panel-note" }, text)), this.figures.element, this.#printLink()];
    if (children.length === 0) {
      parts.push(stateBlock({ icon: "division", title: t("division.none"), detail: t("division.none.detail") }));
    } else {
      parts.push(this.#chooser(measures), this.#children(children));
    }
    this.panel.replaceChildren(...parts);
  }

  /** The overview as PDF: an ordinary link that says that the printing takes a while. */
  #printLink() {
    const { code, name } = this.current;
    const path = `/print/division/${encodeURIComponent(code)}.pdf`;
    const label = el("span", {}, t("division.print"));
    const link = el("a", { class: "button button--small", href: path, download: "", onclick: (event) => { event.preventDefault(); void print(); } },
      uiIcon("export", { small: true }), label);
    const print = async () => {
      if (link.getAttribute("aria-disabled") === "true") {
        return;
      }
      link.setAttribute("aria-disabled", "true");
      label.textContent = t("division.printing");
      try {
        const file = await saveFile(await request(path, { accept: "application/pdf" }), `${name}.pdf`);
        showToast({ title: t("export.ready"), detail: file });
      } catch (error) {
        showProblem(error, print);
      } finally {
        link.removeAttribute("aria-disabled");
        label.textContent = t("division.print");
      }
    };
    return el("p", { class: "division-print", role: "status" }, link);
  }

  #chooser(measures) {
    const select = el("select", { class: "select select--small", onchange: () => { this.measure = select.value; this.#renderPanel(); } },
      measures.map((layer) => el("option", { value: layer.id, selected: layer.id === this.measure }, layer.title)));
    return el("label", { class: "division-measure" }, el("span", { class: "muted" }, t("division.by")), select);
  }

  #children(children) {
    const count = (child) => child.counts[this.measure] ?? 0;
    const most = Math.max(1, ...children.map(count));
    const sorted = [...children].sort((a, b) => count(b) - count(a) || a.code.localeCompare(b.code));
    return el("ul", { class: "division-list", "aria-label": t("division.children") }, sorted.map((child) => {
      const row = el("button", { type: "button", class: "division-row", onclick: () => this.go(child.code) },
        el("span", { class: "division-row__name" }, child.name),
        el("span", { class: "count" }, formatNumber(count(child))),
        el("span", { class: "division-row__bar", "aria-hidden": "true" }));
      row.style.setProperty("--share", String(count(child) / most));
      return el("li", {}, row);
    }));
  }

  /** Counts the children by another layer. */
  setMeasure(id) {
    if (this.current && id in this.current.counts) {
      this.measure = id;
      this.#renderPanel();
    }
  }
}
