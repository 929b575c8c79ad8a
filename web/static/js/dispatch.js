/* Entry of the dispatcher's console: calls, queue, order and map, moved by keys. */

import "./words/dispatch.js";
import { goToSignIn, isAbort, requestJson } from "./api.js";
import { CallForm } from "./desk_call.js";
import { DeskCrews } from "./desk_crews.js";
import { openIdentify } from "./desk_identify.js";
import { OrderPanel } from "./desk_order.js";
import { MapPick, openPlace } from "./desk_place.js";
import { openProposal } from "./desk_proposal.js";
import { Queue } from "./desk_queue.js";
import { ServerClock } from "./desk_time.js";
import { openDialog } from "./dialog.js";
import { debounce, el, listens } from "./dom.js";
import { t } from "./i18n.js";
import { LiveState } from "./live_state.js";
import { MapMenu } from "./map_menu.js";
import { MapView } from "./map_view.js";
import { currentTheme, startSessionMenu } from "./session_menu.js";
import { showProblem, showToast } from "./toast.js";

const FOLLOWED = ["incident", "closure", "rescue_station"];
const CREWS_FOLLOW = ["crew_position", "incident"];
const SHOWN_LAYERS = ["rescue_station", "incident", "closure"];
const CLOSE_ZOOM = 15;
const PAGE = 200; // orders read at a time; the most pressing come first
const find = (id) => document.getElementById(id);

class Desk {
  constructor(session, layers) {
    this.session = session;
    this.layers = new Map(layers.map((layer) => [layer.id, layer]));
    this.clock = new ServerClock();
    this.state = "open";
    this.pages = 1;
    this.pending = new Set();
    this.acting = Promise.resolve();
    this.call = new CallForm(find("call"), { ontaken: (order) => this.#taken(order), onplace: (place) => this.#mark(place) });
    this.queue = new Queue(find("queue"), { count: find("queue-count"), clock: this.clock, onchoose: (code) => this.choose(code), onmore: () => { this.pages += 1; return this.load(); } });
    this.crews = new DeskCrews({ onchange: () => this.#showCrews() });
    this.panel = new OrderPanel(find("order"), {
      clock: this.clock, act: (name, values, words) => this.act(name, values, words),
      onhover: (code) => this.#drawRoutes(code), onidentify: () => this.#identify(), onplace: () => this.#place()
    });
    for (const button of document.querySelectorAll("[data-queue]")) {
      button.addEventListener("click", () => this.#show(button.dataset.queue));
    }
    for (const button of document.querySelectorAll("[data-see]")) {
      button.addEventListener("click", () => this.#see(button.dataset.see));
    }
    find("keys").addEventListener("click", () => this.#help());
    find("together").addEventListener("click", () => this.#together());
    document.addEventListener("keydown", (event) => this.#onKey(event));
    window.addEventListener("hashchange", () => this.#fromAddress());
    this.refresh = debounce(() => void this.load(), 60);
    window.setInterval(() => this.#tick(), 1000);
  }

  async start() {
    await this.load();
    void this.crews.read();
    this.#fromAddress();
    this.live = new LiveState({ layers: this.layers, onchange: (grown) => this.#onLive(grown), onended: () => goToSignIn() });
    find("feed").append(this.live.element);
    const view = await MapView.create(find("map"), { theme: currentTheme(), bbox: this.session.city.bbox, view: null, padding: { top: 24, right: 24, bottom: 24, left: 24 } });
    this.view = view;
    view.setVisibleLayers(SHOWN_LAYERS, null);
    view.on("ready", () => { find("map-loading").hidden = true; });
    view.on("error", () => {}); // a tile that failed is fetched again when the map moves
    document.addEventListener("onemap:theme", (event) => view.setTheme(event.detail));
    const here = { icon: "place", label: t("desk.here"), run: (place) => this.#callAt(place) };
    const place = { icon: "place", label: t("desk.place.here"), run: (at) => this.#placeAt(at) };
    this.menu = new MapMenu(find("map").parentElement, [here]);
    this.pick = new MapPick(find("map").parentElement, view);
    view.on("menu", (at, point) => {
      this.menu.actions = this.#isOpen() ? [here, place] : [here];
      this.menu.open(at, point);
    });
    this.#drawRoutes();
    this.#lookAtOrder();
  }

  #fromAddress() {
    const code = decodeURIComponent(window.location.hash.slice(1));
    if (code && code !== this.panel.order?.code) {
      void this.choose(code);
    }
  }

  async load() {
    try {
      const { state } = this;
      const bodies = await Promise.all(Array.from({ length: this.pages }, (_, at) => requestJson(`/api/orders?state=${state}&limit=${PAGE}&offset=${at * PAGE}`)));
      if (state !== this.state) {
        return; // the other list was asked for meanwhile
      }
      this.clock.set(bodies[0].now);
      const orders = new Map(bodies.flatMap((body) => body.orders).map((order) => [order.code, order])); // one may have moved to the next page
      this.queue.set([...orders.values()], { showsClosed: state === "closed", total: Math.max(bodies[0].total, orders.size) });
    } catch (error) {
      showProblem(error, () => void this.load());
    }
  }

  #show(state) {
    this.state = state;
    this.pages = 1;
    for (const button of document.querySelectorAll("[data-queue]")) {
      button.setAttribute("aria-pressed", String(button.dataset.queue === state));
    }
    void this.load();
  }

  /** Narrow screens show one part at a time; on wide ones all three stand beside each other. */
  #see(part) {
    find("content").dataset.view = part;
    for (const button of document.querySelectorAll("[data-see]")) {
      button.setAttribute("aria-pressed", String(button.dataset.see === part));
    }
  }

  #toCall() {
    this.#see("calls");
    this.call.focus();
  }

  #callAt(place) {
    this.#see("calls");
    void this.call.at(place);
  }

  #isOpen() {
    const { order } = this.panel;
    return Boolean(order) && order.state !== "closed";
  }

  #identify() {
    if (this.#isOpen()) {
      openIdentify(this.panel.order, (values) => this.act("identify", values));
    }
  }

  #place() {
    if (this.#isOpen() && this.pick) {
      const { order } = this.panel;
      openPlace(order, { act: (values) => this.act("place", values), pick: () => this.#pickPlace(order.code) });
    }
  }

  #pickPlace(code) {
    this.#see("map");
    this.pick.start(t("desk.place.click", { code }), (at) => this.panel.order?.code === code && this.#placeAt(at));
  }

  #placeAt({ lon, lat }) {
    this.#see("order");
    void this.act("place", { lon, lat, version: this.panel.order.version });
  }

  async choose(code) {
    this.pick?.stop();
    this.chosen = code;
    this.#see("order");
    this.queue.choose(code);
    window.history.replaceState(null, "", `#${encodeURIComponent(code)}`);
    if (this.panel.order?.code !== code) {
      this.panel.wait(); // until it is there, no key may reach the order before it
      this.#drawRoutes();
    }
    try {
      const order = await requestJson(`/api/orders/${encodeURIComponent(code)}`);
      if (this.chosen !== code) {
        return; // another was chosen meanwhile
      }
      this.#setOrder(order);
      this.#lookAtOrder();
      await this.#rank();
    } catch (error) {
      if (this.chosen === code) {
        this.panel.clear();
      }
      showProblem(error, () => void this.choose(code));
    }
  }

  #setOrder(order) {
    this.clock.set(order.now);
    this.panel.set(order);
  }

  #showCrews() {
    if (this.panel.order) {
      this.panel.showCrews(this.crews.of(this.panel.order.code));
    }
    this.#drawRoutes();
  }

  async #rank() {
    const { order } = this.panel;
    void this.crews.choose(order);
    if (!order || ["freed", "closed"].includes(order.state)) {
      this.#drawRoutes();
      return;
    }
    this.ranking?.abort();
    this.ranking = new AbortController();
    try {
      const found = await requestJson(`/api/orders/${encodeURIComponent(order.code)}/ranking`, { signal: this.ranking.signal });
      if (this.panel.order?.code === order.code) {
        this.panel.setRanking(found);
        this.#drawRoutes();
        this.#fitFirst(order, found);
      }
    } catch (error) {
      if (!isAbort(error)) {
        this.panel.setRanking({ candidates: [], passed_over: [], advice: [], problem: { title: error.title, detail: error.detail } });
      }
    }
  }

  #taken(order) {
    this.chosen = order.code;
    this.#see("order");
    this.#setOrder(order);
    this.queue.choose(order.code);
    window.history.replaceState(null, "", `#${encodeURIComponent(order.code)}`);
    this.#lookAtOrder();
    find("order").focus({ preventScroll: true });
    void this.load();
    void this.#rank();
  }

  /** Takes a step after those before it; the same step pressed twice is one. */
  act(name, values, words = {}) {
    const code = this.panel.order.code;
    const { version, request_key: key, ...rest } = values;
    const what = `${code}/${name}/${JSON.stringify(rest)}`;
    if (this.pending.has(what)) {
      return this.acting;
    }
    this.pending.add(what);
    this.acting = this.acting.then(() => this.#act(code, name, values, words)).finally(() => this.pending.delete(what));
    return this.acting;
  }

  async #act(code, name, values, { station = null } = {}) {
    try {
      const order = await requestJson(`/api/orders/${encodeURIComponent(code)}/${name}`, { method: "POST", body: values });
      if (station) {
        showToast({ title: t("desk.notified", { station }) });
      }
      if (this.panel.order?.code === code && order.code !== code) {
        showToast({ title: t("desk.joined", { code: order.code }) });
        void this.choose(order.code); // it was joined to the other order, which goes on
      } else if (this.panel.order?.code === code) {
        this.#setOrder(order);
        if (name === "identify" || name === "place") {
          this.fitted = null;
          this.#lookAtOrder();
        }
        void this.#rank();
      }
      void this.load();
    } catch (error) {
      showProblem(error);
      if (error.status === 409) {
        void this.choose(code); // somebody else was quicker: show how it stands
      }
    }
  }

  #onLive(grown) {
    if (CREWS_FOLLOW.some((layer) => grown.has(layer))) {
      void this.crews.read();
    }
    if (![...grown.keys()].some((layer) => FOLLOWED.includes(layer))) {
      return;
    }
    this.refresh();
    const code = this.panel.order?.code;
    if (code && this.pending.size === 0) {
      void requestJson(`/api/orders/${encodeURIComponent(code)}`).then((order) => {
        if (this.panel.order?.code === code && (order.version > this.panel.order.version || order.messages.length !== this.panel.order.messages.length || order.attachments.length !== this.panel.order.attachments.length)) {
          this.#setOrder(order);
        }
        return this.#rank();
      }).catch(showProblem);
    }
    for (const [layer, version] of grown) {
      if (SHOWN_LAYERS.includes(layer)) {
        this.view?.renewTiles(layer, version);
      }
    }
  }

  #tick() {
    this.queue.tick();
    this.panel.tick();
  }

  #lookAtOrder() {
    const { order } = this.panel;
    if (this.view && order && order.lon !== null) {
      this.view.map.jumpTo({ center: [order.lon, order.lat], zoom: Math.max(12.5, Math.min(CLOSE_ZOOM, this.view.map.getZoom())) });
    }
  }

  /** Once an order: its place in view with those under way, or, when nobody is, with the way of the first candidate. */
  #fitFirst(order, ranking) {
    const first = ranking.candidates[0];
    const heard = new Map(this.crews.of(order.code).map((crew) => [crew.station_code, [crew.lon, crew.lat]]));
    const sent = order.assignments.filter((a) => a.is_running && a.lon !== null).map((a) => heard.get(a.station_code) ?? [a.lon, a.lat]);
    if (!this.view || order.lon === null || this.fitted === order.code || (sent.length === 0 && !first?.route)) {
      return;
    }
    this.fitted = order.code;
    const at = [[order.lon, order.lat], ...(sent.length > 0 ? sent : [...first.route.coordinates, [first.lon, first.lat]])];
    const [x, y] = [at.map((p) => p[0]), at.map((p) => p[1])];
    this.view.map.fitBounds([Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)], { padding: 48, maxZoom: 15.5, duration: 0 });
  }

  #mark(place) {
    this.marked = place;
    this.#drawRoutes();
  }

  /** Routes of the first candidates, the ways left of those who are sent, and every crew; one may be marked. */
  #drawRoutes(marked = null) {
    if (!this.view) {
      return;
    }
    const { order, ranking } = this.panel;
    const ways = order ? this.crews.routes : [];
    const candidates = order && ranking && !["freed", "closed"].includes(order.state) ? ranking.candidates.filter((c) => c.route) : [];
    const active = marked ?? (ways.length > 0 ? null : candidates[0]?.code);
    const routes = candidates.slice(0, 5).map((c) => ({ type: "Feature", geometry: c.route, properties: { is_active: c.code === active } }));
    routes.push(...ways.map((geometry) => ({ type: "Feature", geometry, properties: { is_active: marked === null } })));
    const places = candidates.filter((c) => c.lon !== null).slice(0, 9).map((c) => ({ type: "Feature", geometry: { type: "Point", coordinates: [c.lon, c.lat] }, properties: { label: String(c.rank), is_active: c.code === active } }));
    if (order && order.lon !== null) {
      places.push({ type: "Feature", geometry: { type: "Point", coordinates: [order.lon, order.lat] }, properties: { label: "SOS", is_active: true } });
    }
    if (this.marked) {
      places.push({ type: "Feature", geometry: { type: "Point", coordinates: [this.marked.lon, this.marked.lat] }, properties: { label: "?", is_active: true } });
    }
    this.view.overlays.set("routes", routes.sort((a, b) => a.properties.is_active - b.properties.is_active));
    this.view.overlays.set("places", places);
    this.view.overlays.set("crews", this.crews.features);
  }

  #onKey(event) {
    const isTyping = event.target.closest?.("input, textarea, select, dialog");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const { order } = this.panel;
    const keys = {
      n: () => this.#toCall(), N: () => this.#toCall(), "?": () => this.#help(),
      a: () => this.#together(), A: () => this.#together(),
      j: () => this.#move(1), k: () => this.#move(-1),
      u: () => order?.due[0] && this.panel.raise(order.due[0]), U: () => order?.due[0] && this.panel.raise(order.due[0]),
      i: () => this.#identify(), I: () => this.#identify(), p: () => this.#place(), P: () => this.#place(),
      x: () => order && order.state !== "closed" && this.panel.close(), m: () => order && this.panel.note(),
    };
    if (this.pick?.isOn) {
      keys.Escape = () => this.pick.stop(); // else it closes what the browser closes by it
    }
    const run = /^[1-9]$/.test(event.key) ? () => order && this.panel.notify(Number(event.key) - 1)
      : event.key === "Enter" && !event.target.closest?.("button, a, summary") ? () => order && order.assignments.every((a) => !a.is_running) && this.panel.notify(0) : keys[event.key];
    if (run) {
      event.preventDefault();
      void run();
    }
  }

  #move(step) {
    const code = this.queue.neighbour(step);
    if (code) {
      void this.choose(code);
    }
  }

  #together() {
    openProposal(() => {
      void this.load();
      if (this.panel.order) {
        void this.choose(this.panel.order.code);
      }
    });
  }

  #help() {
    const keys = [["N", "desk.keys.n"], ["Enter", "desk.keys.enter"], ["1–9", "desk.keys.digits"], ["U", "desk.keys.u"], ["I", "desk.keys.i"], ["P", "desk.keys.p"], ["J K", "desk.keys.move"], ["A", "desk.keys.a"], ["M", "desk.keys.m"], ["X", "desk.keys.x"], ["?", "desk.keys.help"]];
    openDialog({ title: t("desk.keys"), body: [el("dl", { class: "keys" }, ...keys.flatMap(([key, words]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, t(words))]))] });
  }
}

async function main() {
  startSessionMenu();
  try {
    const [session, { layers }] = await Promise.all([requestJson("/api/session"), requestJson("/api/layers")]);
    const desk = new Desk(session, layers);
    listens();
    await desk.start();
  } catch (error) {
    listens();
    showProblem(error, () => window.location.reload());
  }
}

void main();
