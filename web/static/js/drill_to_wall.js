/* The switch of the wall on the page of drills: to the drill that is open, and back to what is live. */

import "./words/wall_drill.js";
import { requestJson } from "./api.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { showProblem, showToast } from "./toast.js";

/** A switch for a drill; empty for whoever may not switch the wall. */
export function wallSwitch(drillId) {
  const place = el("div", { class: "drill__wall" });
  const send = async (method, body, done) => {
    try {
      await requestJson("/api/wall/drill", { method, body });
      showToast({ title: t(done) });
    } catch (error) {
      showProblem(error);
    }
    await draw();
  };
  const draw = async () => {
    let state;
    try {
      state = await requestJson("/api/wall/drill");
    } catch (error) {
      console.warn(error); // the drill itself stands without its switch
      return;
    }
    if (!state.may_switch) {
      return;
    }
    const isOurs = state.drill?.id === drillId;
    place.replaceChildren(
      el("p", { class: "muted", role: "status" }, isOurs ? t("wall.drill.ours") : state.drill ? t("wall.drill.other", { name: state.drill.name }) : ""),
      el("div", { class: "button-row" },
        isOurs ? "" : el("button", { type: "button", class: "button button--small", onclick: () => void send("PUT", { drill: drillId }, "wall.drill.switched") }, t("wall.drill.to")),
        state.drill ? el("button", { type: "button", class: "button button--small", onclick: () => void send("DELETE", undefined, "wall.drill.live_again") }, t("wall.drill.back")) : ""));
  };
  void draw();
  return place;
}
