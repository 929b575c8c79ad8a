/* The queue: open orders by the time left, or closed ones, the newest first. */

import { el, stateBlock } from "./dom.js";
import { t } from "./i18n.js";
import { clockTime, pressing } from "./desk_time.js";

export class Queue {
  /** `onchoose(code)` when an order is chosen; `onmore()` reads those that are not shown yet. */
  constructor(element, { count, clock, onchoose, onmore }) {
    Object.assign(this, { element, count, clock, onchoose, onmore });
    this.orders = [];
    this.total = 0;
    this.chosen = null;
    this.showsClosed = false;
  }

  set(orders, { showsClosed, total }) {
    this.orders = orders;
    this.total = total;
    this.showsClosed = showsClosed;
    this.draw();
  }

  choose(code) {
    this.chosen = code;
    this.draw();
    this.element.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
  }

  /** The order above or below the chosen one. */
  neighbour(step) {
    const codes = this.sorted().map((order) => order.code);
    const at = codes.indexOf(this.chosen);
    return codes[Math.max(0, Math.min(codes.length - 1, at < 0 ? 0 : at + step))] ?? null;
  }

  sorted() {
    if (this.showsClosed) {
      return this.orders;
    }
    const now = this.clock.now();
    const key = (order) => [order.due.length > 0 ? 0 : 1, order.state === "freed" ? 1 : 0, pressing(order, now)?.left_s ?? Infinity];
    return [...this.orders].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      return x[0] - y[0] || x[1] - y[1] || x[2] - y[2] || a.code.localeCompare(b.code);
    });
  }

  draw() {
    this.count.textContent = String(this.total);
    if (this.orders.length === 0) {
      const title = t(this.showsClosed ? "desk.closed.empty" : "desk.empty");
      this.element.replaceChildren(stateBlock({ title, detail: this.showsClosed ? "" : t("desk.empty.detail") }));
      return;
    }
    const focused = document.activeElement?.closest?.("[data-order]")?.dataset.order;
    const rest = this.total - this.orders.length;
    const more = rest > 0 ? el("button", { type: "button", class: "button button--small queue__more", "data-more": true, onclick: () => void this.onmore() }, t("desk.queue.more", { n: rest })) : null;
    this.element.replaceChildren(...[...this.sorted().map((order) => this.#row(order)), more].filter(Boolean));
    if (focused) {
      this.element.querySelector(`[data-order="${focused}"]`)?.focus({ preventScroll: true });
    }
  }

  /** Moves the countdowns without drawing anew. */
  tick() {
    const now = this.clock.now();
    for (const order of this.orders) {
      const place = this.element.querySelector(`[data-order="${order.code}"] .queue__left`);
      if (place) {
        this.#left(place, order, now);
      }
    }
  }

  #left(place, order, now) {
    const found = order.state === "closed" ? null : pressing(order, now);
    place.textContent = found ? found.text : order.state === "closed" ? clockTime(order.nodes.at(-1).at) : "";
    place.dataset.urgency = found?.urgency ?? "none";
  }

  #row(order) {
    const left = el("span", { class: "queue__left figure" });
    this.#left(left, order, this.clock.now());
    const marks = [
      order.people_inside === null ? t("desk.people.unknown") : t("desk.people", { n: order.people_inside }),
      order.injured > 0 ? t("desk.injured", { n: order.injured }) : null,
      order.is_danger ? t("desk.danger") : null,
      order.is_vulnerable ? t("desk.vulnerable") : null,
      order.calls > 1 ? t("desk.calls", { n: order.calls }) : null
    ].filter(Boolean).join(" · ");
    return el("button", {
      type: "button", class: "queue__row", "data-order": order.code, "aria-current": String(order.code === this.chosen),
      "data-due": order.due.length > 0, onclick: () => this.onchoose(order.code)
    },
      el("span", { class: "queue__title", title: order.unit_name ?? "" }, order.title),
      left,
      el("span", { class: "queue__state", "data-state": order.state }, `${order.state_label} · ${order.level_label}`),
      el("span", { class: "queue__marks muted" }, marks));
  }
}
