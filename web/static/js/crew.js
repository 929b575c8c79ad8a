/* Entry of the crew's page: one order, one station, big buttons; works again after losing the network. */

import "./words/crew.js";
import { lang } from "./i18n.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { digestOf, forget, keep, keepPage, kept, mine } from "./crew_memory.js";
import { PhotoQueue } from "./crew_photos.js";
import { StepQueue } from "./crew_queue.js";
import { clockTime, reading, ServerClock, span } from "./desk_time.js";
import { showToast } from "./toast.js";

const LOOK_MS = 5000;
const POSITION_EVERY_MS = 15_000;
const root = document.getElementById("crew");
const net = document.getElementById("net");
const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** An answer of the server; a failure carries whether there was no network at all. */
async function ask(path, { order = "1", method = "GET", body = null } = {}) {
  const isForm = body instanceof FormData;
  // The order is named with each request: another one may stand in another tab of this device.
  const headers = { Accept: "application/json, application/problem+json", "Accept-Language": lang, "X-Onemap-Crew": order, "X-CSRF-Token": csrf() };
  if (body !== null && !isForm) {
    headers["Content-Type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === null || isForm ? body : JSON.stringify(body), credentials: "same-origin" });
  } catch {
    throw Object.assign(new Error("offline"), { isOffline: true });
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    const isOffline = response.status >= 502 && response.status <= 504;
    throw Object.assign(new Error(answer?.title ?? String(response.status)), { isOffline, status: response.status, detail: answer?.detail ?? "" });
  }
  return answer;
}

class CrewPage {
  constructor() {
    this.clock = new ServerClock();
    this.order = null;
    this.queue = new StepQueue({
      send: ({ order, name, values, key, age_s }) => ask(`/api/crew/act/${name}`, { order, method: "POST", body: { ...values, request_key: key, age_s } }),
      onchange: () => this.#showNet(),
      onanswer: (order) => order.code === this.order?.code && this.#set(order),
      onrefused: (error) => { showToast({ title: t("crew.refused"), detail: error.detail, kind: "error" }); void this.look(); }
    });
    this.photos = this.#makePhotos();
  }

  #makePhotos() {
    return new PhotoQueue({
      send: ({ order, name, type, key, bytes, age_s }) => {
        const form = new FormData();
        form.append("photo", new File([bytes], name, { type }));
        form.append("request_key", key);
        form.append("age_s", age_s);
        return ask("/api/crew/photo", { order, method: "POST", body: form });
      },
      onchange: () => this.#showNet(),
      onsent: (order) => {
        showToast({ title: t("crew.photo.sent") });
        if (order.code === this.order?.code && this.#waiting === 0) {
          this.#set(order);
        }
      },
      onrefused: (error) => showToast({ title: t("crew.photo.refused"), detail: error.detail, kind: "error" })
    });
  }

  /** How many steps of this page's order wait to be sent. */
  get #waiting() {
    return this.order ? this.queue.count(this.order.code) : 0;
  }

  async start() {
    const code = window.location.hash.slice(1);
    const link = code ? await digestOf(code) : null;
    const memory = kept(link);
    // The same link again, or the page opened again: what was shown last is this order.
    const isKnown = memory !== null && (!code || (link !== null && link === memory.link));
    this.link = link ?? memory?.link ?? null;
    try {
      const order = await this.#open(code, isKnown ? memory.order.code : code ? null : mine());
      window.history.replaceState(null, "", window.location.pathname); // the code is spent: it stays in no history
      if (this.queue.count(order.code) === 0 || !this.order) {
        this.#set(order); // else the answers to the steps that wait show how it stands
      }
    } catch (error) {
      if (error.isOffline) {
        if (isKnown && !this.order) {
          this.#set(memory.order, { seenAt: memory.seen_at });
        }
        this.#run();
        window.setTimeout(() => void this.start(), LOOK_MS);
        this.#showNet(true);
        return;
      }
      this.#ended(error);
      return;
    }
    this.#showNet();
    void this.queue.flush();
    void this.photos.flush();
    this.looking = window.setInterval(() => void this.look(), LOOK_MS);
    this.#run();
    void keepPage(import.meta.url);
  }

  /** This device's session goes on where there is one; a link it has not opened yet is exchanged for one. */
  async #open(code, known) {
    if (!code || known !== null) {
      try {
        return await ask("/api/crew/order", { order: known ?? undefined });
      } catch (error) {
        if (!code || error.isOffline) {
          throw error;
        }
      }
    }
    return ask("/api/crew/session", { method: "POST", body: { code } });
  }

  #run() {
    this.ticking ??= window.setInterval(() => this.#tick(), 1000);
  }

  async look() {
    if (document.hidden || this.#waiting > 0) {
      return;
    }
    try {
      this.#set(await ask("/api/crew/order", { order: this.order?.code }));
      this.#showNet();
    } catch (error) {
      if (error.isOffline) {
        this.#showNet(true);
      } else {
        this.#ended(error);
      }
    }
  }

  #showNet(isOffline = false) {
    const pictures = this.order && this.photos ? this.photos.count(this.order.code) : 0;
    const count = (this.queue ? this.#waiting : 0) + pictures;
    net.textContent = isOffline || (count > 0 && !navigator.onLine) ? t(count > 0 ? "crew.offline" : "crew.offline.none", { n: count }) : count > 0 ? t("crew.sending", { n: count }) : "";
  }

  #ended(error) {
    window.clearInterval(this.looking);
    this.#stopSharing();
    forget(this.order?.code ?? mine());
    void this.photos.forget(this.order?.code ?? mine());
    root.replaceChildren(el("section", { class: "crew__end", role: "alert" }, el("h1", {}, t("crew.ended")), el("p", {}, error.detail || t("crew.ended.detail"))));
  }

  /** `seenAt`: the instant of an order that is remembered, not asked for. */
  #set(order, { seenAt = null } = {}) {
    const before = this.order;
    const wasSeenAt = this.seenAt;
    this.order = order;
    this.seenAt = seenAt;
    this.clock.set(order.now);
    keep(order, this.link, seenAt ?? order.now);
    const isSame = before && wasSeenAt === seenAt && ["state", "is_closed", "people_inside", "injured", "photos", "eta_at", "title", "other_device_at"].every((name) => before[name] === order[name]);
    if (!isSame && !this.isRefusing) {
      this.#draw();
    }
    if (["accepted", "en_route"].includes(order.state) && !order.is_closed) {
      this.#share();
    } else {
      this.#stopSharing();
    }
  }

  #draw() {
    const { order } = this;
    root.replaceChildren(...[
      el("p", { class: "crew__code" }, `${order.code} · ${order.station_name} · ${order.responder}`),
      this.seenAt ? el("p", { class: "crew__doubt", role: "status" }, t("crew.kept", { time: clockTime(this.seenAt) })) : null,
      order.other_device_at ? el("p", { class: "crew__doubt", role: "alert" }, t("crew.other_device", { time: clockTime(order.other_device_at) })) : null,
      el("h1", { class: "crew__title" }, order.title),
      order.address ? el("p", { class: "crew__address" }, order.address) : null,
      order.is_guess ? el("p", { class: "crew__doubt" }, t("crew.guess")) : null,
      el("p", { class: "crew__people" }, this.#people()),
      el("p", { class: "crew__clock figure", id: "arrival" }),
      el("div", { class: "crew__links" },
        order.caller_phone ? el("a", { class: "button", href: `tel:${order.caller_phone.replace(/[^\d+]/g, "")}` }, t("crew.caller", { phone: order.caller_phone })) : null,
        order.lon === null ? null : el("a", { class: "button", href: `geo:${order.lat.toFixed(6)},${order.lon.toFixed(6)}` }, `${t("crew.navigate")} ${order.lon.toFixed(5)}, ${order.lat.toFixed(5)}`)),
      ...this.#actions(),
      order.photos > 0 ? el("p", { class: "muted" }, t("crew.photos", { n: order.photos })) : null
    ].filter(Boolean));
    this.#tick();
  }

  #people() {
    const { order } = this;
    return [
      order.people_inside === null ? t("crew.people.unknown") : t("crew.people", { n: order.people_inside }),
      order.injured > 0 ? t("crew.injured", { n: order.injured }) : null, order.is_vulnerable ? t("crew.vulnerable") : null, order.is_danger ? t("crew.danger") : null
    ].filter(Boolean).join(" · ");
  }

  #actions() {
    const { order } = this;
    if (order.is_closed || order.state === "freed") {
      const words = el("p", { class: "crew__done", role: "status" }, t(order.state === "freed" ? "crew.done" : "crew.closed"));
      return order.is_closed ? [words] : [words, this.#photo()];
    }
    if (["refused", "stood_down", "not_reached"].includes(order.state)) {
      return [el("p", { class: "crew__done", role: "status" }, t("crew.stood_down"))];
    }
    const next = { notified: "accept", accepted: "en-route", en_route: "arrive", on_scene: "free" }[order.state];
    const parts = [];
    if (next === "free") {
      const persons = el("input", { class: "input", type: "number", min: 0, max: 100, inputmode: "numeric", value: order.people_inside ?? 1, id: "persons" });
      parts.push(el("label", { class: "field" }, el("span", { class: "field__label" }, t("crew.persons")), persons));
      parts.push(this.#big("free", () => this.#act("free", { persons_freed: persons.value })));
    } else {
      parts.push(this.#big(next, () => this.#act(next, {})));
    }
    if (order.state === "notified" || order.state === "accepted") {
      parts.push(this.#refusal());
    }
    parts.push(this.#photo());
    return parts;
  }

  #big(name, onclick) {
    return el("button", { type: "button", class: "button button--primary crew__big", "data-act": name, onclick }, t(`crew.${name}`));
  }

  #refusal() {
    const why = el("input", { class: "input", maxlength: 200, required: true, id: "why" });
    const form = el("form", { class: "crew__refusal", hidden: true, onsubmit: (event) => { event.preventDefault(); this.isRefusing = false; void this.#act("refuse", { why: why.value.trim() }); } },
      el("label", { class: "field" }, el("span", { class: "field__label" }, t("crew.refuse.why")), why),
      el("button", { type: "submit", class: "button button--danger" }, t("crew.refuse.send")),
      el("button", { type: "button", class: "button", onclick: () => { this.isRefusing = false; this.#draw(); } }, t("crew.cancel")));
    const open = el("button", { type: "button", class: "button", "data-act": "refuse", onclick: () => { this.isRefusing = true; form.hidden = false; open.hidden = true; why.focus(); } }, t("crew.refuse"));
    return el("div", {}, open, form);
  }

  #photo() {
    const input = el("input", { type: "file", accept: "image/png,image/jpeg,image/webp", capture: "environment", class: "visually-hidden", id: "photo", onchange: () => void this.#sendPhoto(input) });
    return el("label", { class: "button crew__photo" }, input, t("crew.photo"));
  }

  async #sendPhoto(input) {
    const [file] = input.files;
    if (!file) {
      return;
    }
    await this.photos.add(this.order.code, file); // shown as waiting until it is there
    input.value = "";
  }

  #act(name, values) {
    const after = { accept: "accepted", "en-route": "en_route", arrive: "on_scene", free: "freed", refuse: "refused" }[name];
    // shown at once, also without a network
    this.#set({ ...this.order, state: after, now: new Date(this.clock.now()).toISOString() }, { seenAt: this.seenAt });
    return this.queue.add(this.order.code, name, values);
  }

  #tick() {
    const place = document.getElementById("arrival");
    const { order } = this;
    if (!place || !order) {
      return;
    }
    const { urgency, left_s } = reading(order.arrival, this.clock.now());
    const isRunning = left_s !== Infinity && ["notified", "accepted", "en_route"].includes(order.state);
    place.hidden = !isRunning;
    place.dataset.urgency = urgency;
    place.textContent = isRunning ? t(left_s < 0 ? "crew.over" : "crew.left", { time: span(left_s) }) : "";
  }

  /** Sends where the crew is while it is under way; a browser that may not tell keeps nobody from working. */
  #share() {
    if (this.watching !== undefined || !navigator.geolocation) {
      return;
    }
    this.watching = navigator.geolocation.watchPosition(({ coords, timestamp }) => {
      if (Date.now() - (this.sharedAt ?? 0) < POSITION_EVERY_MS) {
        return;
      }
      this.sharedAt = Date.now();
      void ask("/api/crew/position", { order: this.order.code, method: "POST", body: { lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy, age_s: Math.max(0, (Date.now() - timestamp) / 1000) } })
        .then((order) => this.#waiting === 0 && this.#set(order)).catch(() => {});
    }, () => {}, { enableHighAccuracy: true, maximumAge: 10_000 });
  }

  #stopSharing() {
    if (this.watching !== undefined) {
      navigator.geolocation.clearWatch(this.watching);
      this.watching = undefined;
    }
  }
}

void new CrewPage().start();
