/* Saying where an order is: by pasted coordinates, or by a click on the map. */

import { datumSelect } from "./desk_elevators.js";
import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";

/** Asks for coordinates; `act(values)` sets the place, `pick()` lets it be clicked on the map. */
export function openPlace(order, { act, pick }) {
  const shown = order.lon === null ? t("desk.place.none") : `${order.lon.toFixed(6)}, ${order.lat.toFixed(6)} · ${order.place?.label ?? ""}`;
  const input = el("input", { class: "input", id: "place-text", name: "position", required: true, maxlength: 80, autocomplete: "off", spellcheck: "false", placeholder: "114.0579, 22.5431" });
  const datum = datumSelect({ id: "place-crs" });
  const form = el("form", { class: "form", onsubmit: (event) => {
    event.preventDefault();
    dialog.close();
    void act({ position: input.value.trim(), crs: datum.value, version: order.version });
  } },
    el("p", { class: "muted" }, t("desk.place.now", { place: shown })),
    el("div", { class: "button-row" }, el("button", { type: "button", class: "button button--primary", "data-pick": true, onclick: () => { dialog.close(); pick(); } }, t("desk.place.pick"))),
    el("label", { class: "field" }, el("span", { class: "field__label" }, t("desk.place.paste")), input),
    el("label", { class: "field" }, el("span", { class: "field__label" }, t("desk.place.datum")), datum),
    el("div", { class: "button-row button-row--end" }, el("button", { type: "submit", class: "button" }, t("desk.place.set"))));
  const dialog = openDialog({ title: t("desk.place"), body: [form] });
  input.focus();
  return dialog;
}

/** Lets the next click on the map be a place; `onplace({lon, lat})`, or nothing when it is given up. */
export class MapPick {
  constructor(stage, view) {
    Object.assign(this, { stage, view });
    this.hint = null;
  }

  get isOn() {
    return this.hint !== null;
  }

  start(words, onplace) {
    this.stop();
    this.hint = el("div", { class: "desk__pick", role: "status" }, el("span", {}, words),
      el("button", { type: "button", class: "button button--small", onclick: () => this.stop() }, t("action.cancel")));
    this.stage.append(this.hint);
    this.view.capture({ click: ([lon, lat]) => { this.stop(); onplace({ lon, lat }); }, double: () => {}, move: () => {} });
  }

  stop() {
    this.hint?.remove();
    this.hint = null;
    this.view.capture(null);
  }
}
