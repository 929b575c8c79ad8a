/* The wall while it shows a drill: its mark over everything, conclusions, help and shelters; real calls are still told. */

import "./words/wall_drill.js";
import { requestJson } from "./api.js";
import { el } from "./dom.js";
import { addDrillLayers } from "./drill_map.js";
import { formatNumber, t } from "./i18n.js";
import { showProblem } from "./toast.js";

const SOURCE = "wall-drill";
const LISTED = 9;
const find = (id) => document.getElementById(id);
const minutes = (seconds) => t("wall.drill.minutes", { n: (seconds / 60).toFixed(1) });

export class WallDrill {
  /** `onswitch(isDrill)` is told when the wall goes to a drill or back. */
  constructor(onswitch) {
    this.onswitch = onswitch;
    this.drill = null;
    this.title = document.title;
  }

  get isOn() {
    return this.drill !== null;
  }

  /** Follows the state of the wall: `shown` is what it is to show, or null; `live` are the real orders. */
  async set(shown, live) {
    this.live = live;
    if ((shown?.id ?? null) !== (this.drill?.id ?? null) || (shown && shown.since !== this.since)) {
      await this.#change(shown);
    }
    this.#tellLive();
  }

  async #change(shown) {
    this.since = shown?.since ?? null;
    let body = { drill: null };
    if (shown) {
      try {
        body = await requestJson("/api/wall/drill");
      } catch (error) {
        this.since = null; // the next state tries again
        console.warn(error);
        return;
      }
    }
    this.drill = body.drill;
    this.maySwitch = body.may_switch;
    document.body.dataset.mode = this.drill ? "drill" : "live";
    document.title = this.drill ? `${this.drill.watermark} · ${this.title}` : this.title;
    for (const id of ["drill-bar", "drill-left", "drill-right", "drill-key", "drill-mark"]) {
      find(id).hidden = !this.drill;
    }
    if (this.drill) {
      this.#render();
    }
    this.draw();
    this.onswitch(this.isOn);
  }

  /** Draws the drill on a map that stands, or takes it off. */
  draw(wallMap = this.wallMap) {
    this.wallMap = wallMap;
    const map = wallMap?.isReady ? wallMap.map : null;
    if (!map) {
      return;
    }
    for (const { id, source } of map.getStyle().layers) {
      if (source === SOURCE) {
        map.removeLayer(id);
      }
    }
    if (map.getSource(SOURCE)) {
      map.removeSource(SOURCE);
    }
    wallMap.setDrill(this.drill?.bbox ?? null);
    if (this.drill) {
      map.addSource(SOURCE, { type: "vector", tiles: [window.location.origin + this.drill.tiles], maxzoom: 14 });
      addDrillLayers(map, "dark", { source: SOURCE, "source-layer": "drill" });
    }
  }

  #tellLive() {
    const place = find("drill-live");
    const n = this.live.length;
    place.dataset.some = String(n > 0);
    place.textContent = n > 0 ? t("wall.drill.live", { n }) : t("wall.drill.live.none");
  }

  #render() {
    const { drill } = this;
    const fact = (value, label) => el("div", {}, el("p", { class: "wall-kpi__label" }, label), el("p", { class: "wall-kpi__value figure" }, value));
    find("drill-name").textContent = drill.name;
    find("drill-back").hidden = !this.maySwitch;
    find("drill-back").onclick = () => void this.#back();
    for (const mark of find("drill-mark").children) {
      mark.dataset.words = drill.watermark;
    }
    find("drill-left").replaceChildren(
      this.#card(drill, el("p", { class: "wall-drill__accident" }, drill.accident), el("p", { class: "wall-card__note" }, drill.weather),
        el("div", { class: "wall-kpis" }, fact(formatNumber(drill.leaving), t("wall.drill.leaving")), fact(formatNumber(drill.placed), t("wall.drill.placed")),
          fact((drill.closed_m / 1000).toFixed(1), t("wall.drill.closed")), fact(drill.first_s === null ? "—" : (drill.first_s / 60).toFixed(1), t("wall.drill.first")))),
      this.#card(drill, el("h2", { class: "wall-card__head" }, t("wall.drill.lacking")),
        drill.shortfalls.length === 0 ? el("p", {}, t("wall.drill.enough")) : el("ul", { class: "wall-drill__lacking" }, ...drill.shortfalls.map((line) => el("li", {}, line))),
        el("p", { class: "wall-card__note wall-drill__purpose" }, drill.purpose)));
    find("drill-right").replaceChildren(
      this.#card(drill, ...this.#list(t("wall.drill.teams"), drill.teams, (one) => [one.name, one.kind, minutes(one.travel_time_s)])),
      this.#card(drill, ...this.#list(t("wall.drill.shelters"), drill.shelters, (one, at) => [`${at + 1} ${one.name}`, "", `${formatNumber(one.people)} / ${formatNumber(one.capacity)}`])));
  }

  #card(drill, ...content) {
    return el("div", { class: "wall-card", "data-mark": drill.watermark }, ...content);
  }

  #list(title, rows, cells) {
    const rest = rows.length - LISTED;
    return [
      el("h2", { class: "wall-card__head" }, title, el("span", { class: "wall-card__note" }, formatNumber(rows.length))),
      rows.length === 0 ? el("p", { class: "wall-card__note" }, t("wall.drill.none"))
        : el("ol", { class: "wall-drill__rows" }, ...rows.slice(0, LISTED).map((row, at) => {
          const [name, kind, value] = cells(row, at);
          return el("li", {}, el("span", {}, name, kind ? el("small", {}, ` ${kind}`) : ""), el("span", { class: "figure" }, value));
        })),
      rest > 0 ? el("p", { class: "wall-card__note" }, t("wall.drill.more", { n: rest })) : ""
    ];
  }

  async #back() {
    const button = find("drill-back");
    button.disabled = true;
    try {
      await requestJson("/api/wall/drill", { method: "DELETE" });
    } catch (error) {
      showProblem(error);
    } finally {
      button.disabled = false;
    }
  }
}
