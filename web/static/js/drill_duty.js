/* Entry of the page of drills that are owed: counts by state and division, and the enterprises behind them. */

import "./words/drill_duty.js";
import { isAbort, query, requestJson } from "./api.js";
import { showPager } from "./company.js";
import { el, skeleton, stateBlock } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { startSessionMenu } from "./session_menu.js";

const STATES = ["behind", "soon", "open", "met", "nothing", "unreported"];
const find = (id) => document.getElementById(id);

class DutyPage {
  constructor() {
    const asked = new URLSearchParams(window.location.search);
    this.state = STATES.includes(asked.get("state")) ? asked.get("state") : "";
    this.division = asked.get("division") ?? "";
    this.page = 1;
  }

  async load() {
    this.asking?.abort();
    this.asking = new AbortController();
    const asked = { ...(this.division ? { division: this.division } : {}), ...(this.state ? { state: this.state } : {}) };
    window.history.replaceState(null, "", `?${query(asked)}`);
    if (!this.body) {
      find("units").replaceChildren(...skeleton(6, "row"));
    }
    try {
      this.body = await requestJson(`/api/drill-duty?${query({ ...asked, page: this.page })}`, { signal: this.asking.signal });
      this.#draw();
    } catch (error) {
      if (!isAbort(error)) {
        const retry = { label: t("action.retry"), run: () => this.load() };
        find("units").replaceChildren(stateBlock({ icon: "warning", title: error.title ?? String(error), detail: error.detail ?? "", action: retry, role: "alert" }));
      }
    }
  }

  #go(values) {
    Object.assign(this, { page: 1, ...values });
    void this.load();
  }

  #draw() {
    const { body } = this;
    find("way").replaceChildren(el("ol", { class: "breadcrumb" }, body.path.map((step, at) => el("li", {}, at === body.path.length - 1
      ? el("span", { "aria-current": "location" }, step.name) : el("button", { type: "button", onclick: () => this.#go({ division: step.code }) }, step.name)))));
    find("tiles").replaceChildren(...["", ...STATES].map((state) => el("button", { type: "button", class: "figures__tile", "data-state": state || "total", "aria-pressed": String(this.state === state), onclick: () => this.#go({ state }) },
      el("span", { class: "figures__title" }, t(`duty.${state || "total"}`)), el("span", { class: "figures__value figure" }, formatNumber(body.counts[state || "total"])))));
    this.#drawParts();
    find("units-title").textContent = t("duty.units", { state: t(`duty.${this.state || "total"}`), n: formatNumber(body.total) });
    this.#drawUnits();
    showPager(find("pager"), body, (page) => { this.page = page; void this.load(); });
    find("pager").hidden = body.total <= body.page_size;
  }

  #drawParts() {
    const { parts } = this.body;
    if (parts.length < 2) {
      find("parts").replaceChildren();
      return;
    }
    find("parts").replaceChildren(el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t("duty.part") }, el("table", { class: "table" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("duty.part")), ...["total", ...STATES].map((name) => el("th", { scope: "col", class: "is-number" }, t(`duty.${name}`))))),
      el("tbody", {}, parts.map((part) => el("tr", {},
        el("th", { scope: "row" }, part.code ? el("button", { type: "button", class: "link-button", onclick: () => this.#go({ division: part.code }) }, part.name) : t("duty.rest")),
        ...["total", ...STATES].map((name) => el("td", { class: "is-number figure" }, part.code && part[name] > 0
          ? el("button", { type: "button", class: "link-button", onclick: () => this.#go({ division: part.code, state: name === "total" ? "" : name }) }, formatNumber(part[name])) : formatNumber(part[name])))))))));
  }

  #drawUnits() {
    const { units, duties } = this.body;
    if (units.length === 0) {
      find("units").replaceChildren(stateBlock({ icon: "check", title: t("duty.none"), detail: t("duty.none.detail") }));
      return;
    }
    find("units").replaceChildren(el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t("duty.name") }, el("table", { class: "table" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("duty.name")), el("th", { scope: "col" }, t("duty.place")), ...Object.values(duties).map((title) => el("th", { scope: "col" }, title)))),
      el("tbody", {}, units.map((unit) => el("tr", {},
        el("td", {}, el("a", { href: `/enterprise/${unit.id}` }, unit.name), unit.is_high_hazard ? el("p", { class: "muted" }, t("duty.hazard")) : null),
        el("td", {}, unit.division_name),
        ...Object.keys(duties).map((id) => el("td", {}, unit.duties.filter((duty) => duty.id === id).map((duty) => el("p", { class: `duty__state--${duty.state}` },
          t(`duty.${duty.state}`), el("span", { class: "muted" }, t("duty.previous", { from: duty.start, to: duty.end }), duty.due && duty.state !== "met" ? t("duty.due", { due: duty.due }) : ""))))))))))) ;
  }
}

startSessionMenu();
void new DutyPage().load();
