/* Asks for one place on a page's map: a click, the map's middle, or Esc. */

import { el } from "./dom.js";
import { t } from "./i18n.js";

/** Calls `taken([lon, lat])` when a place was chosen; a second question while one stands is passed over. */
export function pickPlace(view, stage, words, taken) {
  if (!view || view.captured) {
    return;
  }
  const end = () => {
    view.capture(null);
    bar.remove();
    document.removeEventListener("keydown", onkey, true);
  };
  const take = (at) => { end(); taken(at); };
  const onkey = (event) => { if (event.key === "Escape") { end(); } };
  const bar = el("div", { class: "draw-bar", role: "group", "aria-label": words }, el("p", { role: "status" }, words),
    el("div", { class: "button-row" },
      el("button", { type: "button", class: "button button--small", onclick: () => { const { lon, lat } = view.view; take([lon, lat]); } }, t("place.centre")),
      el("button", { type: "button", class: "button button--small", onclick: end }, t("action.cancel"))));
  stage.append(bar);
  document.addEventListener("keydown", onkey, true);
  view.capture({ click: take, double: () => {}, move: () => {} });
  bar.querySelector("button").focus({ preventScroll: true });
}
