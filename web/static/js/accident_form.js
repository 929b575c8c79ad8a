/* The guided form of an accident: its choices, what a hazard site holds, and which details go with a kind of release. */

import { offer } from "./company.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

export class AccidentForm {
  /** `choices` as of /api/studio/drill; `onplace({lon, lat} or null, {isSite})` is told where the accident is now. */
  constructor(form, choices, { onplace }) {
    Object.assign(this, { form, choices, onplace });
    this.#fill();
    form.addEventListener("change", (event) => this.#suit(event.target.name));
  }

  #fill() {
    const { elements } = this.form;
    const option = (value, title, isChosen = false) => el("option", { value, selected: isChosen }, title);
    elements.site_code.replaceChildren(option("", t("drill.no_site")), ...this.choices.sites.map((site) => option(site.code, site.name)));
    elements.kind.replaceChildren(...this.choices.kinds.map(({ id, title }) => option(id, title, id === "liquid_hole")));
    elements.sky.replaceChildren(option("", t("drill.unknown")), ...this.choices.skies.map(({ id, title }) => option(id, title)));
    this.#fillSubstances();
    this.#suit("kind");
  }

  get #site() {
    return this.choices.sites.find(({ code }) => code === this.form.elements.site_code.value);
  }

  /** The substances of the chosen site with what it holds, else all there are figures of. */
  #fillSubstances() {
    const known = new Set(this.choices.substances.flatMap(({ id, names }) => [id, ...names]));
    const rows = this.#site?.substances.map(({ name, cas, quantity_t: held }) => {
      const value = cas && known.has(cas) ? cas : name;
      return el("option", { value, disabled: !known.has(value), "data-held": held }, name, known.has(value) ? "" : t("drill.no_figures"));
    });
    this.form.elements.substance.replaceChildren(...(rows ?? this.choices.substances.map(({ id, title }) => el("option", { value: id }, title))));
  }

  #suit(name) {
    const { elements } = this.form;
    if (name === "site_code") {
      this.#fillSubstances();
      const site = this.#site;
      if (site) {
        this.#put([site.lon, site.lat]);
        this.onplace(site, { isSite: true });
      }
    }
    if (name === "lon" || name === "lat") {
      this.onplace(this.place, { isSite: false });
    }
    const held = elements.substance.selectedOptions[0]?.dataset.held;
    this.form.querySelector("#held").textContent = held ? t("drill.held", { n: formatNumber(Number(held)) }) : "";
    if (held && (name === "site_code" || name === "substance")) {
      elements.mass_t.value = held;
    }
    for (const field of this.form.querySelectorAll("[data-kinds]")) {
      field.hidden = !field.dataset.kinds.split(" ").includes(elements.kind.value);
      field.querySelector("input").disabled = field.hidden;
    }
  }

  #put([lon, lat]) {
    this.form.elements.lon.value = lon.toFixed(6);
    this.form.elements.lat.value = lat.toFixed(6);
  }

  /** Where the accident is as the form says it; null while it does not. */
  get place() {
    const [lon, lat] = ["lon", "lat"].map((name) => Number(this.form.elements[name].value));
    return lon && lat ? { lon, lat } : null;
  }

  /** Takes a place that was chosen on the map. */
  take(at) {
    this.#put(at);
    this.onplace(this.place, { isSite: false });
  }

  /** Fills the form with what an accident assumed. */
  set(values) {
    const { elements } = this.form;
    elements.site_code.value = values.site_code ?? "";
    this.#fillSubstances();
    if (values.wind_from_deg) {
      offer(elements.wind_from_deg, values.wind_from_deg, `${values.wind_from_deg}°`); // a wind between the eight of the list
    }
    for (const [name, value] of Object.entries(values)) {
      elements[name].value = name === "substance" ? this.#substance(value) : value;
    }
    this.#suit("kind");
  }

  /** The choice of the form that a substance's name or number stands for; as it is when there is none. */
  #substance(given) {
    const known = this.choices.substances.find(({ id, names }) => id === given || names.includes(given));
    const offered = new Set([...this.form.elements.substance.options].map((option) => option.value));
    return offered.has(given) ? given : known?.id ?? given;
  }

  values() {
    return Object.fromEntries(new FormData(this.form));
  }
}
