/* Choosing a station's scope: one to three districts, or streets of one. */

import { requestJson } from "./api.js";
import { attempt } from "./company.js";
import { el } from "./dom.js";

export class ScopePicker {
  /** `fieldset` holds the two radios, the district of streets and the boxes. */
  constructor(fieldset, districts) {
    Object.assign(this, { fieldset, districts, asked: 0 });
    this.choices = fieldset.querySelector("#scope-choices");
    this.of = fieldset.querySelector("#streets-of");
    this.select = fieldset.querySelector("[name=scope_district]");
    this.select.append(...districts.map((one) => el("option", { value: one.code }, one.name)));
    for (const radio of fieldset.querySelectorAll("[name=scope_kind]")) {
      radio.addEventListener("change", () => void attempt(() => this.show([])));
    }
    this.select.addEventListener("change", () => void attempt(() => this.show([])));
  }

  get isStreets() {
    return this.fieldset.querySelector("[name=scope_kind]:checked").value === "streets";
  }

  get codes() {
    return [...this.choices.querySelectorAll("input:checked")].map((box) => box.value);
  }

  /** Shows a scope that stands: divisions with code and name. */
  async set(scope) {
    const codes = scope.map((one) => one.code);
    const isStreets = codes.length > 0 && codes[0].length > 6;
    this.fieldset.querySelector(`[value=${isStreets ? "streets" : "districts"}]`).checked = true;
    if (isStreets) {
      this.select.value = codes[0].slice(0, 6);
    }
    await this.show(codes, scope);
  }

  /** Offers what can be chosen; what stands but is not offered (a community, say) stays in sight. */
  async show(codes, standing = []) {
    const asked = ++this.asked;
    this.of.hidden = !this.isStreets;
    this.choices.replaceChildren(); // nothing is ticked in what is about to go
    let offered = this.districts;
    if (this.isStreets) {
      const district = await requestJson(`/api/divisions/${this.select.value}`);
      if (asked !== this.asked) {
        return; // another district was chosen meanwhile
      }
      offered = district.children.filter((one) => one.level === "street");
    }
    const others = standing.filter((one) => !offered.some(({ code }) => code === one.code));
    this.choices.replaceChildren(...[...offered, ...others].map((one) => el("label", { class: "choice" },
      el("input", { type: "checkbox", value: one.code, checked: codes.includes(one.code) }), one.name)));
  }
}
