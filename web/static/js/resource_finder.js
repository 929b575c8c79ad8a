/* Finds rescue resources: conditions, list and numbered markers together. */

import "./words/enterprise.js";
import { query, requestJson } from "./api.js";
import { debounce, el, skeleton, stateBlock } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const MINUTES = [5, 10, 15, 20, 30, 60];
const KILOMETRES = [1, 3, 5, 10, 20];
const MOST_MARKED = 99;

export const minutesText = (seconds) => (seconds === null ? t("help.no_road") : t("help.min", { n: Math.max(1, Math.round(seconds / 60)) }));
export const distanceText = (metres) => (metres === null ? "—" : metres < 1000 ? t("help.m", { n: metres }) : t("help.km", { n: (metres / 1000).toFixed(1) }));

/** A telephone number that can be dialled; a masked one is plain text. */
export function phoneLink(number, name) {
  return number.includes("*") ? el("span", {}, number)
    : el("a", { href: `tel:${number.replaceAll(/[^\d+]/g, "")}`, "aria-label": t("help.phone", { name, phone: number }) }, number);
}

/** By what roads the times were found, in one line. */
export function networkText({ network, off_road: reason }) {
  if (reason) {
    return t("help.network.none", { why: reason });
  }
  return network === null ? "" : t(network.closures.in_force > 0 ? "help.network.closed" : "help.network", { when: network.slice.label, n: network.closures.in_force });
}

export class ResourceFinder {
  /** `ask(conditions)` gives what was found; `onfound(found)` is told; `needsPlace()` says whether there is a place to measure from. */
  constructor({ form, list, status, ask, onfound = () => {}, hasPlace = () => true }) {
    Object.assign(this, { form, list, status, ask, onfound, hasPlace });
    this.asking = 0;
    this.view = null;
    this.rows = [];
    form.addEventListener("submit", (event) => { event.preventDefault(); void this.load(); });
    form.addEventListener("change", (event) => {
      if (event.target.name === "kind") {
        this.#offerTypes();
      }
      void this.load();
    });
    form.elements.q.addEventListener("input", debounce(() => void this.load(), 350));
  }

  async start({ within = "m15" } = {}) {
    const option = (value, label) => el("option", { value }, label);
    this.kinds = (await requestJson("/api/resources/kinds")).kinds;
    this.form.elements.kind.replaceChildren(option("", t("help.any")), ...this.kinds.map((one) => option(one.id, one.title)));
    this.form.elements.within.replaceChildren(option("", t("help.any")), ...MINUTES.map((n) => option(`m${n}`, t("help.minutes", { n }))), ...KILOMETRES.map((n) => option(`k${n}`, t("help.radius", { n }))));
    this.form.elements.within.value = within;
    this.#offerTypes();
  }

  #offerTypes() {
    const { kind, type } = this.form.elements;
    const types = this.kinds.find((one) => one.id === kind.value)?.types ?? [];
    type.replaceChildren(el("option", { value: "" }, t("help.any")), ...types.map((one) => el("option", { value: one }, one)));
    type.disabled = types.length === 0;
  }

  conditions() {
    const { q, kind, type, within, division } = this.form.elements;
    const limit = this.hasPlace() ? within.value : "";
    return { q: q.value.trim(), kind: kind.value, type: type.value, division: division?.value ?? "",
      minutes: limit.startsWith("m") ? limit.slice(1) : "", radius_m: limit.startsWith("k") ? Number(limit.slice(1)) * 1000 : "" };
  }

  async load() {
    const mine = ++this.asking;
    this.list.setAttribute("aria-busy", "true");
    if (this.list.childElementCount === 0) {
      this.list.replaceChildren(...skeleton(6));
    }
    try {
      const found = await this.ask(this.conditions());
      if (mine === this.asking) {
        this.#show(found);
        this.onfound(found);
      }
    } catch (error) {
      if (mine !== this.asking) {
        return;
      }
      if (error.title === undefined) {
        throw error;
      }
      this.status.textContent = "";
      this.list.replaceChildren(stateBlock({ icon: "warning", title: error.title, detail: error.detail, role: "alert", action: { label: t("action.retry"), run: () => void this.load() } }));
    } finally {
      if (mine === this.asking) {
        this.list.removeAttribute("aria-busy");
      }
    }
  }

  #show(found) {
    this.rows = found.rows;
    this.status.textContent = t(found.total > found.rows.length ? "help.shown" : "help.total", { n: formatNumber(found.total), m: formatNumber(found.rows.length) });
    this.list.replaceChildren(found.rows.length === 0 ? stateBlock({ title: t("help.none"), detail: t("help.none.detail") })
      : el("ol", { class: "help-list" }, found.rows.map((row, at) => this.#row(row, at))));
    this.mark();
  }

  #row(row, at) {
    const far = row.straight_m === null ? null : el("p", { class: "help__far" }, el("strong", {}, minutesText(row.travel_time_s)), el("span", { class: "muted" }, t("help.straight", { d: distanceText(row.straight_m) })));
    const facts = [row.quantity === null ? null : `${formatNumber(row.quantity)} ${row.unit}`, row.capacity ? t("help.capacity", { n: formatNumber(row.capacity) }) : null,
      row.is_always_open ? t("help.always") : null, row.expires_on ? t("help.expires", { on: row.expires_on }) : null, row.ability].filter(Boolean).join(" · ");
    const phones = [row.phone, row.mobile].filter(Boolean);
    return el("li", { class: "help", "data-at": at },
      el("button", { type: "button", class: "help__n", "aria-label": t("help.on_map", row), onclick: () => this.focus(at) }, String(at + 1)),
      el("div", {},
        el("p", { class: "help__name" }, el("a", { href: row.page }, row.name), row.is_own ? el("span", { class: "badge" }, t("help.own")) : row.is_of_enterprise ? el("span", { class: "badge" }, t("help.of_enterprise")) : null),
        el("p", { class: "muted" }, [row.kind_title, row.type_name].filter(Boolean).join(" · "), row.address ? ` · ${row.address}` : ""),
        facts ? el("p", {}, facts) : null,
        row.contact || phones.length > 0 ? el("p", { class: "help__phones" }, row.contact ? el("span", {}, row.contact) : null, phones.map((phone) => phoneLink(phone, row.name))) : null),
      far);
  }

  /** Numbers the first rows on the map. */
  mark(active = null) {
    this.view?.overlays.set("places", this.rows.slice(0, MOST_MARKED).map((row, at) => ({ row, at })).filter(({ row }) => row.lon !== null)
      .map(({ row, at }) => ({ type: "Feature", geometry: { type: "Point", coordinates: [row.lon, row.lat] }, properties: { label: String(at + 1), at, is_active: at === active } })).reverse());
  }

  /** Shows one row on the map and in the list. */
  focus(at, { moves = true } = {}) {
    const row = this.rows[at];
    for (const item of this.list.querySelectorAll(".help")) {
      item.classList.toggle("is-chosen", Number(item.dataset.at) === at);
    }
    this.list.querySelector(`[data-at="${at}"]`)?.scrollIntoView({ block: "nearest" });
    this.mark(at);
    if (moves && row.lon !== null) {
      this.view?.goTo({ lon: row.lon, lat: row.lat, zoom: 14, padding: { top: 24, right: 24, bottom: 24, left: 24 } });
    }
  }

  /** The number of the marker under a click; null for none. */
  markerAt(lonlat) {
    const point = this.view.map.project([lonlat.lon, lonlat.lat]);
    const hit = this.view.map.queryRenderedFeatures(point, { layers: ["onemap-places-plate"] })[0];
    return hit ? hit.properties.at : null;
  }

  /** Shows a map: the markers, and the extent of what is listed first. */
  setView(view) {
    this.view = view;
    this.mark();
  }

  /** Moves the map so that the place and the nearest rows are seen. */
  fit(place) {
    const points = [...this.rows.slice(0, 20), ...(place ? [place] : [])].filter((one) => one.lon !== null);
    if (this.view && points.length > 0) {
      const [lons, lats] = [points.map((one) => one.lon), points.map((one) => one.lat)];
      this.view.fit([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { top: 48, right: 48, bottom: 48, left: 48 });
    }
  }
}

