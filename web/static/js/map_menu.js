/* The menu of a place on the map: right click, long press, or the menu key. */

import { el, uiIcon } from "./dom.js";

export class MapMenu {
  /** `actions` are {icon, label, run(place)}; a place is {lon, lat}. */
  constructor(stage, actions) {
    this.actions = actions;
    this.element = el("div", { class: "menu__list map-menu", role: "menu", hidden: true });
    stage.append(this.element);
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("pointerdown", (event) => !this.element.contains(event.target) && this.close());
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** Opens at a pixel of the stage, kept inside it. */
  open(place, point) {
    const head = el("p", { class: "menu__head figure", role: "presentation" }, `${place.lon.toFixed(6)}, ${place.lat.toFixed(6)}`);
    this.element.replaceChildren(head, ...this.actions.map((action) =>
      el("button", { type: "button", class: "menu__item", role: "menuitem", onclick: () => { this.close(); action.run(place); } },
        uiIcon(action.icon, { small: true }), action.label)));
    this.element.hidden = false;
    const stage = this.element.parentElement;
    const left = Math.min(point.x, stage.offsetWidth - this.element.offsetWidth - 8);
    const top = Math.min(point.y, stage.offsetHeight - this.element.offsetHeight - 8);
    this.element.style.setProperty("--left", `${Math.max(8, left)}px`);
    this.element.style.setProperty("--top", `${Math.max(8, top)}px`);
    this.element.querySelector("button").focus({ preventScroll: true });
  }

  close() {
    if (this.isOpen) {
      const hadFocus = this.element.contains(document.activeElement);
      this.element.hidden = true;
      if (hadFocus) {
        document.querySelector("#map canvas")?.focus({ preventScroll: true });
      }
    }
  }

  #onKey(event) {
    const all = [...this.element.querySelectorAll("button")];
    const position = all.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      this.close();
    } else if (step) {
      all[(position + step + all.length) % all.length].focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
