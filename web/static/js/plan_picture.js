/* A plan's picture with its marks: points, ties, the arrow to north, and a cross where something is chosen. */

import { el } from "./dom.js";
import { t } from "./i18n.js";

const STEP_PX = 8;

export class PlanPicture {
  constructor(frame, stage, image) {
    Object.assign(this, { frame, stage, image, plan: null, onclick: null, at: null });
    stage.addEventListener("click", (event) => this.#choose(this.#place(event)));
    frame.addEventListener("keydown", (event) => this.#nudge(event));
  }

  show(plan, { onpoint }) {
    if (this.plan?.image !== plan.image) {
      this.image.src = plan.image;
    }
    Object.assign(this, { plan, onpoint });
    this.image.alt = plan.name;
    this.image.width = plan.width_px;
    this.image.height = plan.height_px;
    this.mark();
  }

  /** Draws every mark anew, one of the points larger. */
  mark(active = null) {
    for (const old of this.stage.querySelectorAll(".plan-mark, .plan-north")) {
      old.remove();
    }
    this.stage.append(...this.plan.points.map((point, at) => this.#point(point, at, at === active)));
    this.stage.append(...(this.plan.ties ?? []).map((tie, at) => this.#at(tie, el("span", { class: "plan-mark plan-mark--tie", "aria-hidden": "true" }, "AB"[at]))));
    const north = this.plan.north_deg ?? this.plan.fit?.north_deg ?? null;
    if (north !== null) {
      const arrow = el("span", { class: "plan-north", role: "img", "aria-label": `${t("plan.edit")} ${north}°` }, el("span", { "aria-hidden": "true" }, "↑"), el("span", { "aria-hidden": "true" }, "N"));
      arrow.style.transform = `rotate(${north}deg)`;
      this.stage.append(arrow);
    }
  }

  /** Marks a point: its number, ringed in the colour of how it stands with its row; with a sign where that row warns. */
  #point(point, at, isActive) {
    const told = point.row && !point.row.is_gone ? `${point.name} · ${point.row.title}` : point.name;
    const button = el("button", { type: "button", class: isActive ? "plan-mark is-active" : "plan-mark", "data-kind": point.kind, "data-warns": point.row?.warnings > 0,
      "aria-label": t("plan.mark", { at: at + 1, name: told, kind: point.kind_title }), title: told, onclick: (event) => { event.stopPropagation(); this.onpoint(at); } }, String(at + 1));
    if (point.row?.color) {
      button.style.outline = `3px solid ${point.row.color}`;
    }
    return this.#at(point, button);
  }

  /** Shows the cross at a place in pixels of the picture; null takes it away. */
  cross(place) {
    this.at = place;
    this.mark_cross?.remove();
    if (place) {
      this.mark_cross = this.#at(place, el("span", { class: "plan-cross", "aria-hidden": "true" }));
      this.stage.append(this.mark_cross);
    }
  }

  #at({ x_px: x, y_px: y }, element) {
    element.style.left = `${(x / this.plan.width_px) * 100}%`;
    element.style.top = `${(y / this.plan.height_px) * 100}%`;
    return element;
  }

  #place(event) {
    const box = this.image.getBoundingClientRect();
    const within = (share, most) => Math.min(most, Math.max(0, Math.round(share * most * 10) / 10));
    return { x_px: within((event.clientX - box.left) / box.width, this.plan.width_px), y_px: within((event.clientY - box.top) / box.height, this.plan.height_px) };
  }

  #choose(place) {
    if (this.onclick) {
      this.cross(place);
      this.onclick(place);
    }
  }

  #nudge(event) {
    if (!this.onclick || event.target !== this.frame) {
      return;
    }
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const size = this.image.getBoundingClientRect();
    const perPixel = this.plan.width_px / Math.max(1, size.width);
    const now = this.at ?? { x_px: this.plan.width_px / 2, y_px: this.plan.height_px / 2 };
    if (step) {
      event.preventDefault();
      const clamp = (value, most) => Math.min(most, Math.max(0, value));
      this.cross({ x_px: clamp(now.x_px + step[0] * STEP_PX * perPixel, this.plan.width_px), y_px: clamp(now.y_px + step[1] * STEP_PX * perPixel, this.plan.height_px) });
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#choose(now);
    }
  }
}
