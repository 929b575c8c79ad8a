/* The layers panel: groups, switches, symbols and the counts of the current division. */

import { el, iconButton, stateBlock } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { plateElement } from "./icons.js";

/** Layers by group, in the server's order. */
function groupLayers(layers) {
  const groups = new Map();
  for (const layer of layers) {
    if (!groups.has(layer.group)) {
      groups.set(layer.group, { id: layer.group, title: layer.group_title, layers: [] });
    }
    groups.get(layer.group).layers.push(layer);
  }
  return [...groups.values()];
}

export class LayersPanel {
  /** `onchange(visibleIds)` when a switch moves, `onlist(layerId)` when its list is asked for. */
  constructor(container, { onchange, onlist }) {
    this.container = container;
    this.onchange = onchange;
    this.onlist = onlist;
    this.visible = new Set();
    this.counts = new Map();
    this.boxes = new Map();
  }

  setLayers(layers, visible) {
    this.visible = new Set(visible);
    this.boxes.clear();
    this.counts.clear();
    this.groups = groupLayers(layers);
    if (layers.length === 0) {
      this.container.replaceChildren(stateBlock({ icon: "layers", title: t("layers.empty"), detail: t("layers.empty.detail") }));
      return;
    }
    this.container.replaceChildren(...this.groups.map((group) => this.#group(group)));
  }

  #group(group) {
    const all = el("button", { type: "button", class: "button button--small button--quiet", onclick: () => this.#switchGroup(group) });
    group.button = all;
    const section = el("section", { class: "layer-group", "aria-label": group.title },
      el("div", { class: "layer-group__head" }, el("h2", {}, group.title), all),
      el("ul", {}, group.layers.map((layer) => this.#row(layer))));
    this.#nameButton(group);
    return section;
  }

  #row(layer) {
    const box = el("input", { type: "checkbox", onchange: () => this.#set([layer.id], box.checked) });
    box.checked = this.visible.has(layer.id);
    const count = el("span", { class: "count layer-row__count" });
    this.boxes.set(layer.id, box);
    this.counts.set(layer.id, count);
    return el("li", { class: "layer-row" },
      el("label", { class: "layer-row__label" }, box, plateElement(layer), el("span", { class: "layer-row__title" }, layer.title), count),
      iconButton("list", t("layers.list", { layer: layer.title }), () => this.onlist(layer.id)));
  }

  #nameButton(group) {
    const isFull = group.layers.every((layer) => this.visible.has(layer.id));
    group.button.textContent = t(isFull ? "layers.all_off" : "layers.all_on");
    group.button.setAttribute("aria-label", `${group.title} ${group.button.textContent}`);
  }

  #switchGroup(group) {
    const isFull = group.layers.every((layer) => this.visible.has(layer.id));
    this.#set(group.layers.map((layer) => layer.id), !isFull);
  }

  #set(ids, isOn) {
    for (const id of ids) {
      this.boxes.get(id).checked = isOn;
      this.visible[isOn ? "add" : "delete"](id);
    }
    this.groups.forEach((group) => this.#nameButton(group));
    this.onchange([...this.visible]);
  }

  /** Switches one layer on, as when a search result lies in it. */
  show(id) {
    this.turn(id, true);
  }

  /** Switches one layer on or off; says whether that changed anything. */
  turn(id, isOn) {
    const isOther = this.boxes.has(id) && this.visible.has(id) !== isOn;
    if (isOther) {
      this.#set([id], isOn);
    }
    return isOther;
  }

  /** Numbers of the current division; null while they are being read. */
  setCounts(counts) {
    for (const [id, element] of this.counts) {
      element.textContent = counts && id in counts ? formatNumber(counts[id]) : "";
    }
  }
}
