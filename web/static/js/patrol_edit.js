/* Changes a patrol route in a dialogless form beside the map: its facts, and its lines and stops drawn anew. */

import { valuesOf } from "./company.js";
import { MapDrawing } from "./drawing.js";
import { el, iconButton } from "./dom.js";
import { labelled } from "./file_dialog.js";
import { formatNumber, t } from "./i18n.js";
import { lengthOf } from "./line_length.js";
import { pickPlace } from "./pick_place.js";
import { sendForm } from "./register_fields.js";

export class PatrolEdit {
  /** `draw(lines, stops)` shows the shape in the making; `save(values)` sends it; `end()` goes back to the route as it is. */
  constructor(container, { route, kinds, view, stage, draw, save, end }) {
    Object.assign(this, { container, route, view, stage, draw, save, end });
    this.lines = (route.geometry?.coordinates ?? []).map((line) => line.map(([lon, lat]) => [lon, lat]));
    this.stops = route.stops.map(({ name, lon, lat }) => ({ name, lon, lat }));
    this.isRedrawn = false;
    this.shape = el("div", { class: "patrols__shape" });
    const value = (name) => route[name] ?? "";
    this.form = el("form", { class: "form", novalidate: true }, el("p", { class: "form-error", role: "alert", hidden: true }),
      labelled("name", t("patrol.name"), el("input", { class: "input", name: "name", maxlength: 100, autocomplete: "off", value: value("name") })),
      labelled("kind", t("patrol.kind"), el("select", { class: "select", name: "kind" }, kinds.map((one) => el("option", { value: one.id, selected: one.id === route.kind }, one.title)))),
      labelled("tolerance_m", t("patrol.tolerance"), el("input", { class: "input", name: "tolerance_m", type: "number", min: 1, max: 500, value: value("tolerance_m") })),
      labelled("every_days", t("patrol.every"), el("input", { class: "input", name: "every_days", type: "number", min: 1, max: 400, value: value("every_days") })),
      el("div", { "data-field": "lines" }, this.shape),
      el("div", { class: "button-row" }, el("button", { class: "button button--primary button--small", type: "submit" }, t("patrol.edit.save")),
        el("button", { class: "button button--small", type: "button", onclick: () => this.close() }, t("action.cancel"))));
    this.form.addEventListener("submit", (event) => { event.preventDefault(); void this.#send(); });
    container.replaceChildren(el("h3", {}, t("patrol.edit", { name: route.name })), this.form);
    container.hidden = false;
    this.#show();
    this.form.elements.name.focus();
  }

  close() {
    this.drawing?.cancel();
    this.container.hidden = true;
    this.container.replaceChildren();
    this.end();
  }

  #changed() {
    this.isRedrawn = true;
    this.#show();
  }

  #show() {
    const button = (label, onclick) => el("button", { type: "button", class: "button button--small", onclick }, label);
    const note = this.route.tracks.length > 0 && this.isRedrawn ? el("p", { class: "muted" }, t("patrol.edit.kept", { n: this.route.tracks.length })) : "";
    this.shape.replaceChildren(
      el("p", { class: "field__label" }, t("patrol.edit.lines")),
      this.lines.length === 0 ? el("p", { class: "muted" }, t("patrol.edit.lines.none")) : el("ol", { class: "patrols__parts" }, this.lines.map((line, at) => el("li", {},
        t("patrol.edit.line", { m: formatNumber(Math.round(lengthOf(line))), n: line.length }), iconButton("close", t("patrol.edit.line.off", { n: at + 1 }), () => { this.lines.splice(at, 1); this.#changed(); })))),
      el("p", { class: "field__label" }, t("patrol.edit.stops")),
      this.stops.length === 0 ? el("p", { class: "muted" }, t("patrol.edit.stops.none")) : el("ol", { class: "patrols__parts" }, this.stops.map((stop, at) => el("li", {},
        el("input", { class: "input", maxlength: 100, "aria-label": t("patrol.edit.stop", { n: at + 1 }), value: stop.name, oninput: (event) => { stop.name = event.target.value; this.isRedrawn = true; } }),
        iconButton("close", t("patrol.edit.stop.off", { n: at + 1 }), () => { this.stops.splice(at, 1); this.#changed(); })))),
      el("div", { class: "button-row" }, button(t("patrol.edit.draw"), () => this.#drawLine()), button(t("patrol.edit.point"), () => this.#addStop())), note);
    this.draw(this.lines, this.stops);
  }

  #drawLine() {
    if (this.view.captured) {
      return;
    }
    this.stage.scrollIntoView({ block: "center" });
    this.drawing = new MapDrawing(this.view, this.stage, { kind: "line", title: t("patrol.edit.draw"),
      onchange: (features) => this.view.overlays.set("closures", features),
      onend: (line) => {
        this.drawing = null;
        this.view.overlays.set("closures", []);
        if (line) {
          this.lines.push(line);
          this.#changed();
        }
      } });
  }

  #addStop() {
    this.stage.scrollIntoView({ block: "center" });
    pickPlace(this.view, this.stage, t("patrol.edit.point.pick"), ([lon, lat]) => {
      if (this.container.hidden) {
        return; // given up meanwhile
      }
      this.stops.push({ name: t("patrol.edit.stop", { n: this.stops.length + 1 }), lon, lat });
      this.#changed();
    });
  }

  async #send() {
    const { name, kind, tolerance_m, every_days } = valuesOf(this.form);
    const shape = this.isRedrawn ? { lines: this.lines, stops: this.stops } : {};
    if (await sendForm(this.form, () => this.save({ name, kind, tolerance_m, every_days, version: this.route.version, ...shape }).then(() => true))) {
      this.container.hidden = true;
      this.container.replaceChildren();
    }
  }
}
