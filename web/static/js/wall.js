/* Entry of the wall: how the city is, what is under way, one order in focus; it runs by itself for days. */

import "./words/dispatch.js";
import "./words/wall.js";
import { requestJson } from "./api.js";
import { clockTime, pressing, reading, ServerClock, span } from "./desk_time.js";
import { el } from "./dom.js";
import { lang, t } from "./i18n.js";
import { WallDrill } from "./wall_drill.js";
import { WallFeed } from "./wall_feed.js";
import { WallFigures } from "./wall_figures.js";
import { WallMap } from "./wall_map.js";

const FREED_SHOWN_MS = 10 * 60_000;
const FOCUS_MS = 15_000;
const EVENTS = 4;
const ROW_REM = 3; // height of a row of the list
const THEMES = ["elevator", "rescue_station", null];
const find = (id) => document.getElementById(id);
const dateFormat = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "zh-CN", { year: "numeric", month: "2-digit", day: "2-digit", weekday: "short", timeZone: "Asia/Shanghai" });

class Wall {
  constructor(session) {
    this.session = session;
    this.clock = new ServerClock();
    this.orders = [];
    this.events = [];
    this.focused = null;
    this.isHeld = false;
    this.theme = 0;
    this.figures = new WallFigures({ kpis: find("kpis"), districts: find("districts"), hours: find("hours"), warnings: find("warnings"), city: session.city.code, clock: this.clock, role: session.user.role });
    find("themes").append(...THEMES.map((layer, at) => el("button", { type: "button", class: "button button--small", "data-theme-of": layer ?? "none", onclick: () => this.#setTheme(at) }, t(`wall.theme.${layer ?? "none"}`), el("kbd", {}, String(at + 1)))));
    this.#legend();
    this.drill = new WallDrill(() => this.#draw());
    this.feed = new WallFeed({
      onclock: (iso) => this.clock.set(iso), onstate: (state) => this.#onState(state), onevents: (list) => this.#onEvents(list),
      onended: () => window.location.assign("/wall/enter")
    });
    document.addEventListener("keydown", (event) => this.#onKey(event));
    window.setInterval(() => this.#tick(), 1000);
    window.setInterval(() => this.#rotate(), FOCUS_MS);
    this.#tick();
  }

  async start() {
    const { bbox } = this.session.city;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const isNarrow = window.matchMedia("(max-aspect-ratio: 5/4)").matches; // the panels stand below the map
    const padding = isNarrow ? { top: rem, bottom: rem, left: rem, right: rem } : { top: 5 * rem, bottom: 5 * rem, left: 31 * rem, right: 40 * rem };
    this.map = await WallMap.create(find("map"), { bbox, padding, theme: THEMES[this.theme] });
    this.map.onready = () => { find("map-loading").hidden = true; this.drill.draw(this.map); this.#draw(); };
    this.insetElement = el("div", { class: "map wall-focus__map", id: "inset", "aria-hidden": "true" });
    this.#setTheme(this.theme);
    this.#drawFocus();
  }

  #onState(state) {
    const limit = this.clock.now() - FREED_SHOWN_MS;
    this.orders = state.orders.filter((order) => order.state !== "freed" || Date.parse(order.nodes.at(-1).at) > limit);
    this.#sort();
    if (!this.orders.some((order) => order.code === this.focused)) {
      this.focused = this.#live()[0]?.code ?? null;
      this.isHeld = false;
    }
    this.#draw();
    this.figures.changed(this.orders);
    void this.drill.set(state.drill, this.#live());
  }

  #live() {
    return this.orders.filter((order) => order.state !== "freed");
  }

  #sort() {
    const now = this.clock.now();
    const key = (order) => (order.state === "freed" ? Infinity : pressing(order, now)?.left_s ?? 1e6);
    this.orders.sort((a, b) => key(a) - key(b) || a.code.localeCompare(b.code));
  }

  #onEvents(list) {
    this.events = [...list.reverse(), ...this.events].slice(0, 60);
    this.#drawEvents();
  }

  #setTheme(at) {
    this.theme = at;
    for (const [n, button] of [...find("themes").children].entries()) {
      button.setAttribute("aria-pressed", String(n === at));
    }
    this.map?.setTheme(THEMES[at]);
  }

  #onKey(event) {
    if (/^[1-3]$/.test(event.key)) {
      this.#setTheme(Number(event.key) - 1);
    } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      this.isHeld = true;
      this.#step(event.key === "ArrowRight" ? 1 : -1);
    } else if (event.key === "Escape") {
      this.isHeld = false;
      this.focused = this.#live()[0]?.code ?? null;
      this.#draw();
    }
  }

  #rotate() {
    const live = this.#live();
    const first = live[0];
    // What is about to be late, or is, keeps the focus; only where there is time does it move on.
    if (this.isHeld || live.length < 2 || ["now", "over"].includes(pressing(first, this.clock.now())?.urgency)) {
      if (!this.isHeld && first && first.code !== this.focused) {
        this.focused = first.code;
        this.#draw();
      }
      return;
    }
    this.#step(1);
  }

  #step(by) {
    const codes = this.#live().map((order) => order.code);
    if (codes.length > 0) {
      this.focused = codes[(codes.indexOf(this.focused) + by + codes.length) % codes.length];
      this.#draw();
    }
  }

  #tick() {
    const now = this.clock.now();
    find("clock").textContent = `${clockTime(new Date(now).toISOString())}  ${dateFormat.format(new Date(now)).replace(/(\d)([^\d/])/, "$1 $2")}`;
    const feed = find("feed");
    const isLost = this.feed?.isLost ?? false;
    feed.dataset.state = isLost ? "lost" : "live";
    const words = t(isLost ? "wall.lost" : "wall.live", { s: this.feed?.age_s ?? 0 });
    if (feed.textContent !== words) {
      feed.textContent = words;
    }
    document.body.dataset.feed = isLost ? "lost" : "live";
    const before = this.orders.map((order) => order.code).join();
    this.#sort();
    if (before !== this.orders.map((order) => order.code).join()) {
      this.#drawOrders();
    }
    for (const row of document.querySelectorAll("[data-countdown]")) {
      const order = this.orders.find(({ code }) => code === row.dataset.countdown);
      if (order) {
        this.#countdown(row, order, now);
      }
    }
    this.map?.draw(this.orders, now, this.focused);
  }

  #countdown(element, order, now) {
    const found = order.state === "freed" ? null : pressing(order, now);
    element.textContent = found ? `${found.left_s < 0 ? "+" : ""}${span(found.left_s)}` : order.state_label;
    element.dataset.urgency = found?.urgency ?? "done";
  }

  #draw() {
    this.#drawOrders();
    this.#drawFocus();
    const now = this.clock.now();
    this.map?.draw(this.orders, now, this.focused);
    this.map?.frame(this.#live());
    this.inset?.draw(this.orders.filter((order) => order.code === this.focused), now, this.focused);
  }

  #drawOrders() {
    const now = this.clock.now();
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const room = Math.max(2, Math.floor((find("orders").clientHeight - 5.5 * rem) / (ROW_REM * rem)));
    const shown = this.orders.slice(0, this.orders.length === room + 1 ? room + 1 : room);
    const isLive = new Set(this.#live());
    const rest = isLive.size - shown.filter((order) => isLive.has(order)).length; // freed ones are shown where there is room, and not counted
    find("orders").replaceChildren(
      el("h2", { class: "wall-card__head" }, t("wall.orders"), el("span", { class: "wall-card__note" }, t("wall.orders.n", { n: this.#live().length }))),
      shown.length === 0 ? el("p", { class: "wall-empty" }, t("wall.none"), el("small", {}, t("wall.none.detail")))
        : el("ol", { class: "wall-orders" }, ...shown.map((order) => this.#row(order, now))),
      rest > 0 ? el("p", { class: "wall-card__note" }, t("wall.orders.more", { n: rest })) : "");
  }

  #row(order, now) {
    const left = el("span", { class: "wall-orders__left figure", "data-countdown": order.code });
    this.#countdown(left, order, now);
    return el("li", { class: "wall-orders__row", "data-focus": order.code === this.focused }, left,
      el("span", { class: "wall-orders__place" }, el("small", {}, order.district ?? ""), ` ${order.title}`),
      el("span", { class: "wall-orders__state" }, order.state_label, order.level > 1 || order.is_level_due ? el("small", {}, order.is_level_due ? " ▲" : ` ${order.level_label}`) : ""));
  }

  #drawFocus() {
    const order = this.orders.find(({ code }) => code === this.focused);
    const place = find("focus");
    if (!order) {
      place.replaceChildren(el("p", { class: "wall-empty wall-empty--large" }, t("wall.none"), el("small", {}, t("wall.none.detail"))));
      this.insetShown = null;
      return;
    }
    const now = this.clock.now();
    const found = pressing(order, now);
    const left = el("p", { class: "wall-focus__left figure", "data-countdown": order.code });
    this.#countdown(left, order, now);
    const minutes = found ? Math.round(found.clock.limit_s / 60) : 0;
    const about = !found ? "" : found.clock.name === "trapped" ? t("wall.trapped", { n: minutes }) : t(found.left_s < 0 ? "wall.over" : "wall.left", { n: minutes });
    const crew = order.crews[0];
    const facts = [
      [t("wall.code"), order.rescue_code ?? "—"], [t("wall.people"), this.#people(order)],
      [t("wall.crew"), crew ? `${crew.name} · ${crew.label}` : t("wall.crew.none")], [t("wall.eta"), crew?.eta_at && crew.state !== "on_scene" ? clockTime(crew.eta_at) : "—"]
    ];
    place.replaceChildren(
      el("h2", { class: "wall-focus__title" }, el("small", {}, `${order.district ?? ""} ${order.code}`), order.title),
      el("div", { class: "wall-focus__main" },
        el("div", {}, left, el("p", { class: "wall-focus__about" }, about), order.is_level_due ? el("p", { class: "wall-focus__due" }, t("wall.due")) : ""),
        el("dl", { class: "wall-focus__facts" }, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]))),
      order.lon === null ? el("p", { class: "wall-empty" }, t("wall.no_place")) : this.insetElement ?? "",
      el("ol", { class: "wall-steps" }, ...order.nodes.map((node) => el("li", { class: "wall-steps__step", "data-done": node.at !== null }, el("span", { class: "figure" }, node.at ? clockTime(node.at).slice(0, 5) : "—"), node.label))));
    void this.#insetOf(order);
  }

  async #makeInset() {
    this.inset = await WallMap.create(this.insetElement, { bbox: this.session.city.bbox, padding: { top: 8, bottom: 8, left: 8, right: 8 }, isInset: true });
    this.inset.onready = () => { this.insetShown = null; this.#draw(); };
  }

  async #insetOf(order) {
    const crew = order.crews.find((c) => c.lon !== null);
    const key = `${order.code}/${crew?.station_code}/${crew?.lon}`;
    if (!this.insetElement?.clientHeight) {
      this.insetShown = null; // nowhere to draw, as while a drill is shown: it is drawn when it is back
      return;
    }
    if (order.lon === null || key === this.insetShown) {
      return;
    }
    this.insetShown = key;
    if (!this.inset) {
      this.makingInset ??= this.#makeInset(); // a map needs room on the page: it is made with the first order
      await this.makingInset;
    }
    this.inset.view.resize();
    let route = null;
    if (crew) {
      try {
        route = (await requestJson(`/api/route?from=${crew.lon},${crew.lat}&to=${order.lon},${order.lat}`)).route;
      } catch {
        route = null; // a way that cannot be drawn leaves the rest of the wall alone
      }
    }
    if (this.insetShown === key) {
      this.inset.draw([order], this.clock.now(), null);
      this.inset.focus(order, route);
    }
  }

  #people(order) {
    return [
      order.people_inside === null ? t("wall.people.unknown") : t("wall.people.n", { n: order.people_inside }),
      order.injured > 0 ? t("wall.injured", { n: order.injured }) : null, order.is_vulnerable ? t("wall.vulnerable") : null, order.is_danger ? t("wall.danger") : null
    ].filter(Boolean).join(" · ");
  }

  #drawEvents() {
    find("events").replaceChildren(
      el("h2", { class: "wall-card__head" }, t("wall.events")),
      this.events.length === 0 ? el("p", { class: "wall-card__note" }, t("wall.events.none"))
        : el("ol", { class: "wall-events" }, ...this.events.slice(0, EVENTS).map((event) => el("li", { "data-event": event.id },
          el("time", { class: "figure", datetime: event.at }, clockTime(event.at).slice(0, 5)), el("span", {}, el("strong", {}, event.label), ` ${event.place}`, event.text ? ` · ${event.text}` : "")))));
  }

  #legend() {
    const items = ["calm", "soon", "now", "over"].map((urgency) => el("li", { class: "wall-legend__item", "data-urgency": urgency }, el("span", { class: `wall-legend__sign wall-legend__sign--${urgency}`, "aria-hidden": "true" }), t(`wall.legend.${urgency}`)));
    find("legend").replaceChildren(el("ul", { class: "wall-legend" }, ...items, el("li", { class: "wall-legend__item" }, el("span", { class: "wall-legend__sign wall-legend__sign--crew", "aria-hidden": "true" }), t("wall.legend.crew"))));
  }
}

async function main() {
  const session = await requestJson("/api/session");
  const wall = new Wall(session);
  await wall.start();
}

void main();
