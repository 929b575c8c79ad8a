/* The card of a feature: all its fields, and a choice when several lie under one click. */

import { query, requestJson } from "./api.js";
import { Attachments } from "./attachments.js";
import { copyText } from "./clipboard.js";
import { el, iconButton, skeleton, stateBlock, uiIcon } from "./dom.js";
import { t } from "./i18n.js";
import { plateElement } from "./icons.js";
import { showProblem, showToast } from "./toast.js";

function fieldValue(field) {
  const shown = field.display ?? field.value;
  if (shown === null || shown === undefined || shown === "") {
    return el("span", { class: "muted" }, t("card.empty_value"));
  }
  const grade = field.grade ? el("span", { class: "badge", "data-grade": field.grade }, String(shown)) : String(shown);
  return el("span", {}, grade, field.unit ? el("span", { class: "muted" }, ` ${field.unit}`) : null);
}

function fieldRow(field, open) {
  const value = open
    ? el("button", { type: "button", class: "link-button", title: t("card.related", { name: field.label }), onclick: open }, String(field.display ?? field.value))
    : fieldValue(field);
  return [
    el("dt", {}, field.label),
    el("dd", {}, value, field.sensitive ? el("span", { class: "badge card-sensitive" }, t("card.sensitive")) : null)
  ];
}

export class Card {
  /** `layers` maps id → declaration; callbacks: onopen(feature), onclose(), onlist(feature), onlink();
   * `trial.part(feature)` says whether a shown coverage counts it ("in", "out" or null), `trial.toggle(feature)` changes that. */
  constructor(container, { layers, canWrite, onopen, onclose, onlist, onlink, ongoto, onrelated, onnearest, trial }) {
    Object.assign(this, { container, layers, canWrite, onopen, onclose, onlist, onlink, ongoto, onrelated, onnearest, trial });
    this.current = null;
    this.choice = null;
    this.feature = null;
    this.trialSlot = el("span");
    container.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.close();
      }
    });
  }

  get isOpen() {
    return !this.container.hidden;
  }

  close() {
    this.abort?.abort();
    this.container.hidden = true;
    this.current = null;
    this.onclose();
    document.querySelector("#map canvas")?.focus({ preventScroll: true });
  }

  #show(title, icon, ...body) {
    const heading = el("h2", { tabindex: "-1" }, title);
    this.container.replaceChildren(
      el("header", { class: "sheet__head" }, icon, heading, iconButton("close", t("action.close"), () => this.close())),
      el("div", { class: "sheet__body" }, body));
    this.container.hidden = false;
    return heading;
  }

  /** Offers the features that lie under one click. */
  choose(features) {
    this.abort?.abort();
    this.choice = features;
    this.current = null;
    const rows = features.map((feature) => el("li", {},
      el("button", { type: "button", class: "choice-row", onclick: () => this.open(feature) },
        plateElement(this.layers.get(feature.layer)),
        el("span", {}, String(feature.name), el("span", { class: "muted choice-row__layer" }, this.layers.get(feature.layer).title)))));
    const heading = this.#show(t("card.several", { n: features.length }), null, el("ul", { class: "choice-list" }, rows));
    heading.focus({ preventScroll: true });
  }

  /** Reads a feature and shows it; answers with it, or null when it cannot be had. */
  async open({ layer, id }, { focus = true } = {}) {
    const declaration = this.layers.get(layer);
    if (!declaration) {
      return null;
    }
    this.abort?.abort();
    this.abort = new AbortController();
    this.current = { layer, id };
    this.#show(declaration.title, plateElement(declaration), ...skeleton(9, "line"));
    try {
      const path = `/api/layers/${encodeURIComponent(layer)}/features/${encodeURIComponent(id)}`;
      const feature = await requestJson(path, { signal: this.abort.signal });
      const heading = this.#render(declaration, feature);
      if (focus) {
        heading.focus({ preventScroll: true });
      }
      this.onopen(feature);
      return feature;
    } catch (error) {
      if (error.status === 404) {
        this.#show(declaration.title, plateElement(declaration),
          stateBlock({ title: t("card.missing"), detail: t("card.missing.detail") }));
      } else if (error.name !== "AbortError") {
        const retry = { label: t("action.retry"), run: () => this.open({ layer, id }) };
        this.#show(declaration.title, plateElement(declaration),
          stateBlock({ icon: "warning", title: error.title ?? "", detail: error.detail ?? "", action: retry, role: "alert" }));
        if (error.title === undefined) {
          showProblem(error);
        }
      }
      return null;
    }
  }

  #render(declaration, feature) {
    const links = new Map((feature.links ?? []).map((link) => [link.name, link]));
    const rows = feature.fields.flatMap((field) => fieldRow(field, links.has(field.name) ? () => this.#related(links.get(field.name)) : null));
    if (feature.division) {
      rows.push(el("dt", {}, t("card.division")), el("dd", {}, feature.division.name));
    }
    if (feature.authority?.name) {
      rows.push(el("dt", {}, t("card.authority")), el("dd", {}, feature.authority.name));
    }
    this.feature = feature;
    this.renewTrial();
    const hasPlace = feature.lon !== null && feature.lat !== null;
    const place = hasPlace ? `${feature.lon.toFixed(6)}, ${feature.lat.toFixed(6)}` : "";
    rows.push(el("dt", {}, t("card.position")), el("dd", {}, hasPlace
      ? [el("span", { class: "figure card-position" }, place), iconButton("copy", t("action.copy"), () => this.#copy(place))]
      : el("span", { class: "muted" }, t("card.empty_value"))));
    const back = this.choice && this.choice.some((one) => one.id === feature.id)
      ? el("button", { type: "button", class: "link-button", onclick: () => this.choose(this.choice) },
        `‹ ${t("card.several", { n: this.choice.length })}`)
      : null;
    return this.#show(feature.title, plateElement(declaration),
      back,
      el("p", { class: "muted sheet__kind" }, declaration.title),
      el("div", { class: "button-row" },
        hasPlace ? this.#action("place", t("card.goto"), () => this.ongoto(feature)) : null,
        this.#action("list", t("card.list"), () => this.onlist(feature)),
        this.#action("share", t("card.link"), () => this.onlink()),
        hasPlace ? this.#action("route", t("card.nearest"), () => this.onnearest(feature)) : null,
        this.trialSlot),
      feature.page ? el("p", {}, el("a", { class: "card-page", href: feature.page }, t("card.page"))) : null,
      el("dl", { class: "keys" }, rows),
      new Attachments({ layer: declaration.id, id: feature.id, canWrite: this.canWrite }).element);
  }

  /** Offers to leave the facility out of the coverage that is shown, or to count it again; nothing when none rests on it. */
  renewTrial() {
    const part = this.feature && this.trial.part(this.feature);
    const hadFocus = this.trialSlot.contains(document.activeElement);
    this.trialSlot.replaceChildren(part
      ? this.#action("reach", t(part === "in" ? "trial.without" : "trial.with"), () => { this.trial.toggle(this.feature); this.renewTrial(); })
      : "");
    if (hadFocus) {
      this.trialSlot.querySelector("button")?.focus({ preventScroll: true });
    }
  }

  #action(icon, label, onclick) {
    return el("button", { type: "button", class: "button button--small", onclick }, uiIcon(icon, { small: true }), label);
  }

  /** Opens the row another one refers to by its code. */
  async #related({ layer, code }) {
    try {
      const path = `/api/layers/${encodeURIComponent(layer)}/features?${query({ code, page_size: 1 })}`;
      const { rows } = await requestJson(path);
      if (rows.length === 0) {
        showToast({ title: t("card.missing"), detail: t("card.related.missing", { code }) });
        return;
      }
      this.onrelated({ layer, id: String(rows[0].id) });
    } catch (error) {
      showProblem(error);
    }
  }

  async #copy(text) {
    if (await copyText(text)) {
      showToast({ title: t("action.copied"), detail: text });
    }
  }

  /** Forgets the last choice, as when something else is opened. */
  forgetChoice() {
    this.choice = null;
  }
}
