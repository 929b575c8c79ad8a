/* Times of orders as dispatchers read them: what is left, what is over, the clock on the wall. */

import { lang, t } from "./i18n.js";

const clockFormat = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "zh-CN", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: "Asia/Shanghai"
});

/** The server's clock: pages count by it, whatever the viewer's own clock says. */
export class ServerClock {
  constructor() {
    this.offset_ms = 0;
  }

  set(iso) {
    this.offset_ms = Date.parse(iso) - Date.now();
  }

  now() {
    return Date.now() + this.offset_ms;
  }
}

/** Minutes and seconds, hours in front where there are any. */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(Math.abs(seconds)));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

export const clockTime = (iso) => (iso ? clockFormat.format(new Date(iso)) : "");

/** What a clock shows now: its words, and how urgent it is (calm, soon, now, over, done, none). */
export function reading(clock, now_ms) {
  if (clock.state === "waiting" || clock.state === "void") {
    return { text: clock.state === "void" ? "—" : t("desk.waiting"), urgency: "none", left_s: Infinity };
  }
  if (clock.taken_s !== null) {
    return { text: span(clock.taken_s), urgency: clock.state === "late" ? "late" : "done", left_s: Infinity };
  }
  const left_s = (Date.parse(clock.due_at) - now_ms) / 1000;
  const share = left_s / clock.limit_s;
  const urgency = left_s < 0 ? "over" : share < 1 / 3 ? "now" : share < 2 / 3 ? "soon" : "calm";
  return { text: t(left_s < 0 ? "desk.over" : "desk.left", { time: span(left_s) }), urgency, left_s };
}

/** The clock that decides an order's place in the queue: the least time left of those that run. */
export function pressing(order, now_ms) {
  const running = order.clocks.map((clock) => ({ clock, ...reading(clock, now_ms) }))
    .filter(({ left_s, clock }) => left_s !== Infinity && clock.name !== "answer");
  running.sort((a, b) => a.left_s - b.left_s);
  return running[0] ?? null;
}
