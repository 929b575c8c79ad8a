/* The panels beside the map: which are open, one at a time on a narrow screen, and how much of the map they cover. */

import { isTabOpen, openTab } from "./tabs.js";

const NARROW = window.matchMedia("(max-width: 48rem)");
const SHEET_SHARE = 0.62; // of the map, which a panel covers on a narrow screen (css/map.css)

const find = (id) => document.getElementById(id);

export class MapSheets {
  /** `card` and `list` are the two other panels. */
  constructor({ card, list }) {
    Object.assign(this, { card, list });
    find("toggle-panel").addEventListener("click", () => this.togglePanel());
    find("bell").addEventListener("click", () => this.#toggleWarnings());
    if (NARROW.matches) {
      this.togglePanel(false);
    }
  }

  /** Pixels that panels cover at each side of the map. */
  get padding() {
    if (NARROW.matches) {
      const isCovered = !find("left-panel").hidden || this.card.isOpen || this.list.isOpen;
      const bottom = isCovered ? find("map").offsetHeight * SHEET_SHARE : 96;
      return { top: 48, bottom: bottom + 8, left: 16, right: 16 };
    }
    const width = (id) => (find(id).hidden ? 0 : find(id).offsetWidth);
    const list = find("feature-list").hidden ? 0 : find("feature-list").offsetHeight;
    return { top: 48, bottom: 48 + list, left: width("left-panel") + 48, right: (this.card.isOpen ? width("card") : 0) + 64 };
  }

  togglePanel(isOpen = find("left-panel").hidden) {
    find("left-panel").hidden = !isOpen;
    find("toggle-panel").setAttribute("aria-pressed", String(isOpen));
    document.body.classList.toggle("has-panel", isOpen);
    if (isOpen) {
      this.keepOnly("panel");
    }
  }

  /** Opens the left panel at a tab. */
  showTab(id) {
    openTab(id);
    if (find("left-panel").hidden) {
      this.togglePanel(true);
    }
  }

  #toggleWarnings() {
    this.showTab(!find("left-panel").hidden && isTabOpen("tab-warnings") ? "tab-layers" : "tab-warnings");
  }

  /** A narrow screen has room for one sheet: closes the others. */
  keepOnly(name) {
    if (!NARROW.matches) {
      return;
    }
    if (name !== "panel") {
      this.togglePanel(false);
    }
    if (name !== "card" && this.card.isOpen) {
      this.card.close();
    }
    if (name !== "list" && this.list.isOpen) {
      this.list.close();
    }
  }
}
