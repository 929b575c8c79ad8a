/* Entry of the map page: wires the map and its controls, and keeps the address in step. */

import { goToSignIn, requestJson } from "./api.js";
import { Card } from "./card.js";
import { debounce, skeleton, stateBlock } from "./dom.js";
import { Drill } from "./drill.js";
import { openExport } from "./export.js";
import { FeatureList } from "./feature_list.js";
import { formatHash, parseHash } from "./hash_state.js";
import { formatNumber, t } from "./i18n.js";
import { copyText } from "./clipboard.js";
import { LayersPanel } from "./layers_panel.js";
import { Legend } from "./legend.js";
import { LiveState } from "./live_state.js";
import { MapMenu } from "./map_menu.js";
import { MapView } from "./map_view.js";
import { SearchBox } from "./search.js";
import { currentTheme, startSessionMenu } from "./session_menu.js";
import { shareLink } from "./share.js";
import { isTabOpen, openTab, startTabs } from "./tabs.js";
import { showToast } from "./toast.js";
import { TravelPanel } from "./travel_panel.js";
import { WarningsPanel } from "./warnings_panel.js";

const NARROW = window.matchMedia("(max-width: 48rem)");
const TIP_OFFSET_PX = 14;
const DRILL_BELOW_ZOOM = 13;
const SHEET_SHARE = 0.62; // of the map, which a panel covers on a narrow screen (css/map.css)

const find = (id) => document.getElementById(id);

class MapPage {
  constructor(session, layers) {
    this.session = session;
    this.layers = new Map(layers.map((layer) => [layer.id, layer]));
    this.state = parseHash(window.location.hash);
    const known = this.state.layers?.filter((id) => this.layers.has(id));
    this.visible = known ?? layers.filter((layer) => layer.default_on).map((layer) => layer.id);
    this.chosen = this.state.counted;
    this.feature = null;
    this.#controls();
    this.#tools();
    this.#buttons();
  }

  #controls() {
    const { layers } = this;
    this.panel = new LayersPanel(find("layers-panel"), {
      onchange: (ids) => this.#setVisible(ids),
      onlist: (id) => this.list.open(id)
    });
    this.panel.setLayers([...layers.values()], this.visible);
    this.legend = new Legend(find("legend"), {
      radius: (layer, n) => this.view?.circleRadius(layer, n) ?? null,
      oncount: (id) => this.#setCounted(id)
    });
    this.card = new Card(find("card"), {
      layers,
      canWrite: this.session.user.can_write,
      onrelated: (feature) => this.openFeature(feature),
      onnearest: (feature) => this.travel.start({ lon: feature.lon, lat: feature.lat, title: feature.title }),
      onopen: (feature) => this.#onCard(feature),
      onclose: () => this.#onCardClosed(),
      onlist: (feature) => this.list.open(feature.layer, { q: feature.title, current: feature.id, scope: "all" }),
      onlink: () => shareLink(this.link()),
      ongoto: (feature) => this.view?.goTo({ lon: feature.lon, lat: feature.lat, padding: this.padding() })
    });
    this.list = new FeatureList(find("feature-list"), {
      layers,
      context: () => ({ division: this.drill.current?.code, bbox: this.view?.bbox ?? this.session.city.bbox }),
      onopen: (layer, row) => this.openFeature({ layer, id: row.id }),
      ontoggle: (layer) => this.#onList(layer)
    });
    this.list.setLayers();
    this.drill = new Drill({
      breadcrumb: find("breadcrumb"), panel: find("divisions-panel"), layers,
      onchange: (division, options) => this.#onDivision(division, options),
      onlist: (layer, conditions) => this.list.open(layer, { conditions })
    });
    this.search = new SearchBox(find("search"), {
      layers,
      near: () => this.view?.view ?? this.#cityCentre(),
      onchoose: (result) => this.#onSearch(result)
    });
  }

  /** Warnings, travel time, the menu of a place, and the live feed. */
  #tools() {
    this.warnings = new WarningsPanel(find("warnings-panel"), {
      bell: find("bell"),
      canWrite: this.session.user.can_write,
      onopen: (feature) => this.openFeature(feature)
    });
    void this.warnings.load();
    this.travel = new TravelPanel(find("travel-panel"), {
      view: () => this.view ?? null,
      stage: find("content"),
      layers: this.layers,
      division: () => this.#divisionBelowCity(),
      onlayer: (id, isOn) => this.panel.turn(id, isOn),
      onlegend: (element) => this.legend.setAnswer(element),
      onopen: (feature) => this.openFeature(feature),
      onfit: (bbox) => this.view?.fit(bbox, this.padding()),
      onshow: () => this.#showTab("tab-travel")
    });
    this.menu = new MapMenu(find("content"), [
      { icon: "route", label: t("menu.nearest"), run: (place) => this.travel.start(place) },
      { icon: "reach", label: t("menu.isochrone"), run: (place) => this.travel.start(place, "isochrone") },
      { icon: "copy", label: t("menu.copy"), run: (place) => this.#copyPlace(place) }
    ]);
    this.live = new LiveState({
      layers: this.layers,
      onchange: (grown) => this.#onLive(grown),
      onended: () => goToSignIn()
    });
  }

  /** The code of the current division; null for the whole city. */
  #divisionBelowCity() {
    const code = this.drill.current?.code ?? null;
    return code === this.session.city.code ? null : code;
  }

  /** Opens the left panel at a tab. */
  #showTab(id) {
    openTab(id);
    if (find("left-panel").hidden) {
      this.#togglePanel(true);
    }
  }

  async #copyPlace({ lon, lat }) {
    const text = `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
    if (await copyText(text)) {
      showToast({ title: t("action.copied"), detail: text });
    }
  }

  /** Rows changed somewhere: fetches what this page shows of them. */
  #onLive(grown) {
    for (const [layer, version] of grown) {
      this.view?.renewTiles(this.layers.has(layer) ? layer : "basemap", version);
    }
    this.travel.renew(grown);
    void this.warnings.load();
    void this.drill.renew().then((division) => division && this.panel.setCounts(division.counts));
    if (grown.has(this.list.layer)) {
      this.list.renew();
    }
  }

  #cityCentre() {
    const [west, south, east, north] = this.session.city.bbox;
    return { lon: (west + east) / 2, lat: (south + north) / 2 };
  }

  /** Starts the map; without WebGL the lists and the search go on alone. */
  async start() {
    const own = this.state.division ?? this.session.user.division_code ?? this.session.city.code;
    const isPlaced = this.state.view !== null;
    try {
      this.view = await MapView.create(find("map"), {
        theme: currentTheme(), bbox: this.session.city.bbox, view: this.state.view, padding: this.padding()
      });
    } catch (error) {
      find("map-loading").hidden = true;
      find("map").replaceChildren(stateBlock({ icon: "warning", title: t("error.webgl"), detail: t("error.webgl.detail"), role: "alert" }));
      console.warn(error);
    }
    if (this.view) {
      this.#listen();
    }
    const isWhole = own === this.session.city.code;
    const arrived = await this.drill.go(own, { fit: !isPlaced && !isWhole });
    if (arrived === null && own !== this.session.city.code) {
      await this.drill.go(this.session.user.division_code ?? this.session.city.code, { fit: !isPlaced });
    }
    if (this.state.list) {
      this.list.open(this.state.list);
    }
    if (this.state.feature) {
      await this.openFeature(this.state.feature, { move: !isPlaced });
    }
  }

  #listen() {
    const { view } = this;
    const write = debounce(() => this.writeHash(), 150);
    const refreshList = debounce(() => this.list.refresh({ viewOnly: true }), 300);
    view.on("ready", () => { find("map-loading").hidden = true; this.#updateLegend(); });
    view.on("move", () => { write(); refreshList(); });
    view.on("zoom", () => this.#showLayers());
    view.on("menu", (place, point) => this.menu.open(place, point));
    view.addCorner(this.live.element);
    view.on("error", (error) => this.#onMapError(error));
    view.on("click", (found) => this.#onClick(found));
    view.on("hover", (found, point) => this.#onHover(found, point));
    this.#showLayers();
  }

  #buttons() {
    find("whole-city").addEventListener("click", () => this.drill.go(this.session.city.code));
    find("share").addEventListener("click", () => shareLink(this.link()));
    find("export").addEventListener("click", () => this.#export());
    find("open-list").addEventListener("click", () => this.#toggleList());
    find("toggle-panel").addEventListener("click", () => this.#togglePanel());
    find("bell").addEventListener("click", () => this.#toggleWarnings());
    document.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("onemap:theme", (event) => { this.view?.setTheme(event.detail); this.writeHash(); });
    window.addEventListener("hashchange", () => this.#onHashChange());
    if (NARROW.matches) {
      this.#togglePanel(false);
    }
  }

  /** Pixels that panels cover at each side of the map. */
  padding() {
    if (NARROW.matches) {
      const isCovered = !find("left-panel").hidden || this.card?.isOpen || this.list?.isOpen;
      const bottom = isCovered ? find("map").offsetHeight * SHEET_SHARE : 96;
      return { top: 48, bottom: bottom + 8, left: 16, right: 16 };
    }
    const width = (id) => (find(id).hidden ? 0 : find(id).offsetWidth);
    const list = find("feature-list").hidden ? 0 : find("feature-list").offsetHeight;
    return { top: 48, bottom: 48 + list, left: width("left-panel") + 48, right: (this.card?.isOpen ? width("card") : 0) + 64 };
  }

  #updateLegend() {
    const shown = [...this.layers.values()].filter((layer) => this.visible.includes(layer.id));
    this.legend.update(shown, { zoom: this.view?.zoom ?? 0, counted: this.#counted() });
  }

  /** The one layer whose counts are drawn as circles: the chosen one, else the first that has any at this zoom. */
  #counted() {
    const zoom = this.view?.zoom ?? 0;
    const able = this.visible.filter((id) => this.layers.get(id).geometry === "point" && zoom < this.layers.get(id).raw_min_zoom);
    return able.includes(this.chosen) ? this.chosen : able[0] ?? null;
  }

  #setCounted(id) {
    this.chosen = id;
    this.#showLayers();
    this.writeHash();
  }

  #showLayers() {
    this.view?.setVisibleLayers(this.visible, this.#counted());
    this.#updateLegend();
  }

  #setVisible(ids) {
    const added = ids.find((id) => !this.visible.includes(id));
    this.chosen = added ?? this.chosen; // what was just switched on is what one wants to see counted
    this.visible = ids;
    this.#showLayers();
    this.writeHash();
  }

  #onDivision(division, { fit }) {
    const isCity = division.code === this.session.city.code;
    this.panel.setCounts(division.counts);
    this.view?.setDivision(isCity ? null : division.code);
    this.view?.clearHover();
    if (fit && division.bbox) {
      this.view?.fit(division.bbox, this.padding());
    }
    this.list.refresh();
    this.travel.renew();
    this.writeHash();
  }

  #onClick(found) {
    this.card.forgetChoice();
    if (found.features.length > 1) {
      this.#onCardClosed();
      this.#keepOnly("card");
      this.card.choose(found.features);
      document.body.classList.add("has-card");
      return;
    }
    if (found.features.length === 1) {
      void this.openFeature(found.features[0], { move: false });
      return;
    }
    if (this.view.zoom < DRILL_BELOW_ZOOM) {
      const child = this.drill.childAmong(found.divisions);
      if (child) {
        void this.drill.go(child.code);
      } else if (found.cells.length > 0) {
        this.view.goTo({ lon: found.lon, lat: found.lat, zoom: Math.floor(this.view.zoom) + 2, padding: this.padding() });
      }
    }
  }

  #onHover(found, point) {
    const tip = find("map-tip");
    const child = found && this.view.zoom < DRILL_BELOW_ZOOM ? this.drill.childAmong(found.divisions) : undefined;
    const lines = found ? this.#tipLines(found, child) : [];
    tip.hidden = lines.length === 0;
    if (lines.length > 0) {
      tip.replaceChildren(...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line })));
      const room = find("map").offsetWidth - tip.offsetWidth - TIP_OFFSET_PX;
      tip.style.transform = `translate(${Math.min(point.x + TIP_OFFSET_PX, room)}px, ${point.y + TIP_OFFSET_PX}px)`;
    }
    return { isClickable: lines.length > 0, division: found?.features.length > 0 ? null : child?.code };
  }

  #tipLines({ features, cells }, child) {
    if (features.length > 0) {
      return features.slice(0, 3).map(({ layer, id, name }) => [name, this.travel.coverage.wordsFor(layer, id)].filter(Boolean).join(" · "));
    }
    const counted = this.layers.get(this.#counted());
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
    return lines;
  }

  /** Opens a feature's card, switches its layer on and moves there unless told not to. */
  async openFeature(feature, { move = true } = {}) {
    this.#keepOnly("card");
    this.panel.show(feature.layer);
    const read = await this.card.open(feature);
    if (read && move) {
      this.view?.goTo({ lon: read.lon, lat: read.lat, padding: this.padding() });
    }
  }

  #onCard(feature) {
    this.feature = { layer: feature.layer, id: feature.id };
    this.selected = { lon: feature.lon, lat: feature.lat, title: feature.title };
    this.view?.select(feature);
    this.list.mark(feature.id);
    document.body.classList.add("has-card");
    this.writeHash();
  }

  #onCardClosed() {
    this.feature = null;
    this.selected = null;
    this.view?.select(null);
    document.body.classList.remove("has-card");
    this.writeHash();
  }

  #onSearch(result) {
    if (result.kind === "feature") {
      void this.openFeature({ layer: result.layer, id: result.id });
    } else if (result.kind === "division") {
      void this.drill.go(result.code);
    } else if (result.bbox) {
      this.view?.fit(result.bbox, this.padding());
    } else {
      this.view?.select(result);
      this.view?.goTo({ lon: result.lon, lat: result.lat, padding: this.padding() });
    }
  }

  #onList(layer) {
    find("open-list").setAttribute("aria-pressed", String(layer !== null));
    document.body.classList.toggle("has-list", layer !== null);
    if (layer !== null) {
      this.#keepOnly("list");
    }
    this.writeHash();
  }

  #toggleList() {
    if (this.list.isOpen) {
      this.list.close();
    } else {
      this.list.open(this.visible[0] ?? this.layers.keys().next().value);
    }
  }

  #togglePanel(isOpen = find("left-panel").hidden) {
    find("left-panel").hidden = !isOpen;
    find("toggle-panel").setAttribute("aria-pressed", String(isOpen));
    document.body.classList.toggle("has-panel", isOpen);
    if (isOpen) {
      this.#keepOnly("panel");
    }
  }

  /** A narrow screen has room for one sheet: closes the others. */
  #keepOnly(name) {
    if (!NARROW.matches) {
      return;
    }
    if (name !== "panel") {
      this.#togglePanel(false);
    }
    if (name !== "card" && this.card?.isOpen) {
      this.card.close();
    }
    if (name !== "list" && this.list?.isOpen) {
      this.list.close();
    }
  }

  #toggleWarnings() {
    if (!find("left-panel").hidden && isTabOpen("tab-warnings")) {
      this.#showTab("tab-layers");
    } else {
      this.#showTab("tab-warnings");
    }
  }

  /** N asks for the nearest from the selected object, else from the middle of the map. */
  #onKey(event) {
    const isTyping = event.target.closest?.("input, textarea, select, dialog");
    if (event.key.toLowerCase() !== "n" || isTyping || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    event.preventDefault();
    const { lon, lat } = this.view?.view ?? this.#cityCentre();
    this.travel.start(this.selected ?? { lon, lat });
  }

  #export() {
    openExport({
      canExport: this.session.user.can_export,
      layers: this.layers,
      layerId: this.list.isOpen ? this.list.layer : this.visible[0],
      bbox: this.view?.bbox ?? this.session.city.bbox,
      division: this.drill.current ?? { code: this.session.city.code, name: this.session.city.name }
    });
  }

  #onMapError(error) {
    if (error.status === 401) {
      goToSignIn();
      return;
    }
    showToast({ title: t("error.tiles"), detail: t("error.tiles.detail"), kind: "error" });
    console.warn(error);
  }

  #hash() {
    const code = this.drill.current?.code;
    return formatHash({
      view: this.view?.view ?? null,
      layers: this.visible,
      counted: this.chosen && this.visible.includes(this.chosen) ? this.chosen : null,
      theme: currentTheme(),
      division: code === this.session.city.code ? null : code,
      feature: this.feature,
      list: this.list.isOpen ? this.list.layer : null
    });
  }

  link() {
    return window.location.origin + window.location.pathname + this.#hash();
  }

  writeHash() {
    this.written = this.#hash();
    window.history.replaceState(null, "", this.written);
  }

  /** A link pasted into the address of an open map. */
  #onHashChange() {
    if (window.location.hash !== this.written) {
      window.location.reload();
    }
  }
}

async function start() {
  startSessionMenu();
  startTabs(find("left-panel"));
  find("layers-panel").replaceChildren(...skeleton(8));
  try {
    const [session, { layers }] = await Promise.all([requestJson("/api/session"), requestJson("/api/layers")]);
    const page = new MapPage(session, layers);
    await page.start();
  } catch (error) {
    const retry = { label: t("action.retry"), run: () => window.location.reload() };
    find("left-panel").hidden = true;
    find("legend").hidden = true;
    find("map-loading").hidden = true;
    find("map").replaceChildren(stateBlock({ icon: "warning", title: error.title ?? error.message, detail: error.detail ?? "", action: retry, role: "alert" }));
    if (error.title === undefined) {
      throw error; // a fault of ours: let the console have it
    }
  }
}

void start();
