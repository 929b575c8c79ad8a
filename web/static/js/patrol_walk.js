/*
 * Records a patrol while it is walked: the positions of the telephone, kept on it until the server has them. A page that was
 * closed, or a place without a network, loses nothing: what was recorded waits to be gone on with, sent or thrown away.
 */

import { find, instant } from "./company.js";
import { confirmDialog } from "./dialog.js";
import { el } from "./dom.js";
import { askFile, labelled } from "./file_dialog.js";
import { formatNumber, t } from "./i18n.js";
import { lengthOf } from "./line_length.js";
import { showProblem } from "./toast.js";

const KEPT = "onemap:patrol:walk:";
const EVERY_MS = 4_000;
const WORST_M = 100; // positions less certain than this say nothing about a route
const MOST = 20_000;

/** The walk as a GPX file: a stretch of it for each time that it was recorded without a break. */
export function asGpx(stretches) {
  const points = (stretch) => stretch.map(([lon, lat, at]) => `<trkpt lat="${lat}" lon="${lon}"><time>${new Date(at).toISOString()}</time></trkpt>`).join("");
  const body = stretches.filter((stretch) => stretch.length > 0).map((stretch) => `<trkseg>${points(stretch)}</trkseg>`).join("");
  return `<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="OneMap" xmlns="http://www.topografix.com/GPX/1/1"><trk>${body}</trk></gpx>`;
}

export class PatrolWalk {
  /** `draw()` shows the walk on the map; `send(route id, form)` uploads it; `username` keeps the walks of two people apart. */
  constructor({ username, draw, send }) {
    Object.assign(this, { key: KEPT + username, draw, send, place: find("walking"), watching: null });
    this.walk = this.#kept();
    if (this.walk) {
      this.walk.stretches.push([]); // what lies between was not recorded
      this.#show();
    }
    window.setInterval(() => this.watching !== null && this.#tell(), 1000);
    document.addEventListener("visibilitychange", () => void this.#stayAwake());
  }

  /** The lines that were recorded on a route; none on another. */
  linesOn(routeId) {
    return this.walk?.route.id === routeId ? this.walk.stretches.filter((stretch) => stretch.length > 1).map((stretch) => stretch.map(([lon, lat]) => [lon, lat])) : [];
  }

  /** Asks who walks, and begins. */
  begin({ id, name }) {
    if (this.walk) {
      this.place.scrollIntoView({ block: "center" });
      return;
    }
    askFile({ title: t("patrol.walk.begin"), fields: [el("p", { class: "muted" }, t("patrol.walk.note")),
      labelled("patroller", t("patrol.track.who"), el("input", { class: "input", name: "patroller", maxlength: 60, autocomplete: "name", required: true }))],
    send: async (body) => {
      const patroller = (body.get("patroller") ?? "").trim();
      if (patroller === "") {
        throw Object.assign(new Error("patroller"), { title: t("patrol.walk.who"), body: { faults: [{ field: "patroller", detail: t("patrol.walk.who") }] } });
      }
      this.walk = { route: { id, name }, patroller, begun_at: Date.now(), stretches: [[]] };
      this.#keep();
      this.#watch();
    } });
  }

  #kept() {
    try {
      return JSON.parse(window.localStorage.getItem(this.key));
    } catch {
      return null; // storage is off, or what it holds is none of ours
    }
  }

  #keep() {
    try {
      window.localStorage.setItem(this.key, JSON.stringify(this.walk));
      this.isKept = true;
    } catch {
      this.isKept = false; // said below: the page has to stay open
    }
  }

  #watch() {
    this.problem = null;
    if (!navigator.geolocation || !window.isSecureContext) {
      this.problem = t("patrol.walk.unable");
      this.#show();
      return;
    }
    this.watching = navigator.geolocation.watchPosition((got) => this.#take(got), (error) => {
      this.problem = t(error.code === error.PERMISSION_DENIED ? "patrol.walk.denied" : "patrol.walk.lost");
      if (error.code === error.PERMISSION_DENIED) {
        this.#unwatch();
      }
      this.#show();
    }, { enableHighAccuracy: true, maximumAge: 0 });
    void this.#stayAwake();
    this.#show();
  }

  #unwatch() {
    if (this.watching !== null) {
      navigator.geolocation.clearWatch(this.watching);
      this.watching = null;
    }
    void this.lock?.release().catch(() => {});
    this.lock = null;
  }

  /** Keeps the screen on while recording: a telephone that sleeps tells no positions. */
  async #stayAwake() {
    if (this.watching !== null && document.visibilityState === "visible" && navigator.wakeLock) {
      this.lock = await navigator.wakeLock.request("screen").catch(() => null);
    }
  }

  #take({ coords, timestamp }) {
    const stretch = this.walk.stretches.at(-1);
    const last = stretch.at(-1);
    this.problem = coords.accuracy > WORST_M ? t("patrol.walk.vague", { m: formatNumber(Math.round(coords.accuracy)) }) : null;
    this.accuracy_m = coords.accuracy;
    if (this.problem === null && (last === undefined || timestamp - last[2] >= EVERY_MS) && this.#count() < MOST) {
      stretch.push([Number(coords.longitude.toFixed(6)), Number(coords.latitude.toFixed(6)), timestamp]);
      this.#keep();
      this.draw();
    }
    this.#tell();
  }

  #count() {
    return this.walk.stretches.reduce((sum, stretch) => sum + stretch.length, 0);
  }

  #show() {
    const { walk } = this;
    this.place.hidden = walk === null;
    if (walk === null) {
      this.place.replaceChildren();
      return;
    }
    const button = (name, act, kind = "") => el("button", { type: "button", class: `button button--small ${kind}`.trim(), "data-walk": name, onclick: () => void act() }, t(`patrol.walk.${name}`));
    this.words = el("p", { class: "figure" });
    this.state = el("p", { role: "status", class: "muted" });
    this.fault = el("p", { class: "form-error", role: "alert", hidden: true });
    this.place.replaceChildren(el("h2", {}, t("patrol.walk.title", { name: walk.route.name, who: walk.patroller })), this.state, this.words, this.fault,
      el("div", { class: "button-row" }, this.watching !== null ? button("pause", () => this.#pause()) : button("go_on", () => this.#watch()),
        button("send", () => this.#finish(), "button--primary"), button("discard", () => this.#discard())));
    this.state.textContent = t(this.watching === null ? "patrol.walk.paused" : "patrol.walk.recording", { at: instant(new Date(walk.begun_at).toISOString()) });
    this.#tell();
  }

  #tell() {
    if (!this.walk || !this.words?.isConnected) {
      return;
    }
    const { stretches } = this.walk;
    const last = stretches.flat().at(-1);
    const metres = stretches.reduce((sum, stretch) => sum + lengthOf(stretch), 0);
    this.words.textContent = [t("patrol.walk.so_far", { n: formatNumber(this.#count()), km: (metres / 1000).toFixed(2) }),
      last ? t("patrol.walk.last", { s: formatNumber(Math.max(0, Math.round((Date.now() - last[2]) / 1000))) }) : t("patrol.walk.first")].join(" · ");
    this.place.querySelector("[data-walk=send]").disabled = !stretches.some((stretch) => stretch.length > 1);
    const fault = this.problem ?? (this.isKept === false ? t("patrol.walk.unkept") : null);
    this.fault.hidden = fault === null;
    this.fault.textContent = fault ?? "";
  }

  #pause() {
    this.#unwatch();
    this.walk.stretches.push([]);
    this.#keep();
    this.#show();
  }

  /** Sends the walk; what the server has not taken stays here. */
  async #finish() {
    const isRecording = this.watching !== null;
    const buttons = this.place.querySelectorAll("button");
    buttons.forEach((one) => { one.disabled = true; });
    const form = new FormData();
    form.append("file", new File([asGpx(this.walk.stretches)], "walk.gpx", { type: "application/gpx+xml" }));
    form.append("patroller", this.walk.patroller);
    try {
      await this.send(this.walk.route.id, form);
    } catch (error) {
      buttons.forEach((one) => { one.disabled = false; });
      this.problem = t("patrol.walk.unsent", { why: [error.title, error.detail].filter(Boolean).join(" ") });
      this.#tell();
      showProblem(error);
      return;
    }
    if (isRecording) {
      this.#unwatch();
    }
    this.#forget();
  }

  async #discard() {
    if (await confirmDialog({ title: t("patrol.walk.discard.title"), detail: t("patrol.walk.discard.detail", { n: formatNumber(this.#count()) }), action: t("patrol.walk.discard") })) {
      this.#unwatch();
      this.#forget();
    }
  }

  #forget() {
    this.walk = null;
    try {
      window.localStorage.removeItem(this.key);
    } catch {
      // storage is off: there is nothing to forget
    }
    this.#show();
    this.draw();
  }
}
