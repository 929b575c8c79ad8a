/* Crews on open orders: where each was heard last, drawn on the console's map, and the way that is left to the chosen order. */

import { requestJson } from "./api.js";
import { clockTime } from "./desk_time.js";
import { t } from "./i18n.js";

const EVERY_MS = 3000; // crews tell where they are more often than an eye follows
const MOVED_DEG = 0.002; // about two hundred metres: then the way left is asked for anew

const place = (lonlat, properties) => ({ type: "Feature", geometry: { type: "Point", coordinates: lonlat }, properties });

export class DeskCrews {
  /** `onchange()` is told when crews or their ways are others than before. */
  constructor({ onchange }) {
    this.onchange = onchange;
    this.crews = [];
    this.ways = new Map(); // station → { from, route }
    this.order = null;
  }

  /** Reads them all; called as often as they move, it asks the server every few seconds. */
  async read() {
    if (this.reading) {
      this.isAskedAgain = true;
      return;
    }
    this.reading = true;
    try {
      this.crews = (await requestJson("/api/orders/crews")).crews.filter((crew) => crew.lon !== null);
    } catch {
      // crews that cannot be drawn keep nobody from working; they are read again when one moves
    }
    await this.#findWays();
    this.onchange();
    window.setTimeout(() => {
      this.reading = false;
      if (this.isAskedAgain) {
        this.isAskedAgain = false;
        void this.read();
      }
    }, EVERY_MS);
  }

  /** The crews of one order; nobody's for null. */
  of(code) {
    return this.crews.filter((crew) => crew.order_code === code);
  }

  /** Says whose ways are drawn. */
  async choose(order) {
    if (this.order?.code !== order?.code || this.order?.lon !== order?.lon || this.order?.lat !== order?.lat) {
      this.ways.clear();
    }
    this.order = order;
    await this.#findWays();
    this.onchange();
  }

  async #findWays() {
    const { order } = this;
    if (!order || order.lon === null) {
      return;
    }
    const running = new Set(order.assignments.filter((a) => a.is_running).map((a) => a.station_code));
    const crews = this.of(order.code).filter((crew) => running.has(crew.station_code) && crew.state !== "on_scene");
    for (const station of [...this.ways.keys()].filter((code) => !crews.some((crew) => crew.station_code === code))) {
      this.ways.delete(station);
    }
    await Promise.all(crews.map(async (crew) => {
      const known = this.ways.get(crew.station_code)?.from;
      if (known && Math.hypot(known[0] - crew.lon, known[1] - crew.lat) < MOVED_DEG) {
        return;
      }
      try {
        const { route } = await requestJson(`/api/route?from=${crew.lon},${crew.lat}&to=${order.lon},${order.lat}`);
        if (route && this.order?.code === order.code) {
          this.ways.set(crew.station_code, { from: [crew.lon, crew.lat], route });
        }
      } catch {
        // a way that cannot be drawn keeps nobody from working
      }
    }));
  }

  /** The ways left of the chosen order's crews. */
  get routes() {
    return [...this.ways.values()].map(({ route }) => route);
  }

  /** Every crew as a point, those of the chosen order with their name. */
  get features() {
    return this.crews.map((crew) => {
      const isActive = crew.order_code === this.order?.code;
      const heard = crew.is_heard ? clockTime(crew.heard_at).slice(0, 5) : crew.state === "en_route" ? t("desk.crew.unheard") : "";
      return place([crew.lon, crew.lat], { is_active: isActive, is_heard: crew.is_heard, label: isActive ? [crew.name, [crew.label, heard].filter(Boolean).join(" ")].join("\n") : "" });
    });
  }
}
