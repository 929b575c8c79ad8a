/* What the pointer meets on the map: the tip beside it, and what a click opens. */

import { formatNumber, t } from "./i18n.js";

const TIP_OFFSET_PX = 14;
const DRILL_BELOW_ZOOM = 13;

const find = (id) => document.getElementById(id);

export class MapPointer {
  /**
   * `view()` gives the map, `counted()` the layer whose counts are drawn, `wordsFor(layer, id)` and `wordsForCell(properties)`
   * more words for a tip;
   * callbacks: onfeatures(features), ondivision(code), oncells(place) when only counts lie under the click.
   */
  constructor({ view, layers, drill, counted, wordsFor, wordsForCell, onfeatures, ondivision, oncells }) {
    Object.assign(this, { view, layers, drill, counted, wordsFor, wordsForCell, onfeatures, ondivision, oncells });
  }

  click(found) {
    if (found.features.length > 0) {
      this.onfeatures(found.features);
      return;
    }
    const child = this.#child(found);
    if (child) {
      this.ondivision(child.code);
    } else if (this.#drills && found.cells.length > 0) {
      this.oncells(found);
    }
  }

  hover(found, point) {
    const tip = find("map-tip");
    const child = found ? this.#child(found) : undefined;
    const lines = found ? this.#tipLines(found, child) : [];
    tip.hidden = lines.length === 0;
    if (lines.length > 0) {
      tip.replaceChildren(...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line })));
      const room = find("map").offsetWidth - tip.offsetWidth - TIP_OFFSET_PX;
      tip.style.transform = `translate(${Math.min(point.x + TIP_OFFSET_PX, room)}px, ${point.y + TIP_OFFSET_PX}px)`;
    }
    return { isClickable: lines.length > 0, division: found?.features.length > 0 ? null : child?.code };
  }

  get #drills() {
    return this.view().zoom < DRILL_BELOW_ZOOM;
  }

  #child(found) {
    return this.#drills ? this.drill.childAmong(found.divisions) : undefined;
  }

  #tipLines({ features, cells }, child) {
    if (features.length > 0) {
      return features.slice(0, 3).map(({ layer, id, name }) => [name, this.wordsFor(layer, id)].filter(Boolean).join(" · "));
    }
    const counted = this.layers.get(this.counted());
    const lines = child ? [counted
      ? t("map.division", { name: child.name, layer: counted.title, n: formatNumber(child.counts[counted.id] ?? 0) })
      : child.name] : [];
    const numbers = new Map();
    for (const { layer, n } of cells) {
      numbers.set(layer, (numbers.get(layer) ?? 0) + n);
    }
    for (const [id, n] of child ? [] : numbers) {
      lines.push(t("map.cell", { layer: this.layers.get(id)?.title ?? id, n: formatNumber(n) }));
    }
    return [...lines, ...cells.slice(0, 1).map((cell) => this.wordsForCell(cell.properties)).filter(Boolean)];
  }
}
