/* Entry of the map page: wires the map and its controls, and keeps the address in step. */

import { goToSignIn, requestJson } from "./api.js";
import { Card } from "./card.js";
import { debounce, listens, skeleton, stateBlock } from "./dom.js";
import { Drill } from "./drill.js";
import { openExport } from "./export.js";
import { FeatureList } from "./feature_list.js";
import { formatHash, parseHash } from "./hash_state.js";
import { t } from "./i18n.js";
import { copyText } from "./clipboard.js";
import { LayersPanel } from "./layers_panel.js";
import { Legend } from "./legend.js";
import { LiveState } from "./live_state.js";
import { MapMenu } from "./map_menu.js";
import { MapPointer } from "./map_pointer.js";
import { MapSheets } from "./map_sheets.js";
import { MapView } from "./map_view.js";
import { SearchBox } from "./search.js";
import { currentTheme, startSessionMenu } from "./session_menu.js";
import { shareLink } from "./share.js";
import { startTabs } from "./tabs.js";
import { showToast } from "./toast.js";
import { TravelPanel } from "./travel_panel.js";
import { WarningsPanel } from "./warnings_panel.js";

const find = (id) => document.getElementById(id);

class MapPage {
  constructor(session, layers) {
    this.session = session;
    this.layers = new Map(layers.map((layer) => [layer.id, layer]));
    this.written = window.location.hash;
    this.state = parseHash(this.written);
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
      trial: { part: (feature) => this.travel.part(feature), toggle: (feature) => this.travel.toggle(feature) },
      onopen: (feature) => this.#onCard(feature),
      onclose: () => this.#onCardClosed(),
      onlist: (feature) => this.list.open(feature.layer, { q: feature.title, current: feature.id, scope: "all" }),
      onlink: () => shareLink(this.link()),
      ongoto: (feature) => this.view?.goTo({ lon: feature.lon, lat: feature.lat, padding: this.sheets.padding })
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
    this.sheets = new MapSheets(this);
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
      oncount: (id) => this.#setCounted(id),
      onlegend: (element) => this.legend.setAnswer(element),
      onopen: (feature) => this.openFeature(feature),
      onfit: (bbox) => this.view?.fit(bbox, this.sheets.padding),
      onshow: () => this.sheets.showTab("tab-travel"),
      onanswer: () => this.card.renewTrial()
    });
    this.pointer = new MapPointer({
      view: () => this.view,
      layers: this.layers,
      drill: this.drill,
      counted: () => this.#counted(),
      wordsFor: (layer, id) => this.travel.coverage.wordsFor(layer, id),
      wordsForCell: (properties) => this.travel.coverage.wordsForCell(properties),
      onfeatures: (features) => this.#onFeatures(features),
      ondivision: (code) => void this.drill.go(code),
      oncells: ({ lon, lat }) => this.view.goTo({ lon, lat, zoom: Math.floor(this.view.zoom) + 2, padding: this.sheets.padding })
    });
    this.menu = new MapMenu(find("content"), [
      { icon: "route", label: t("menu.nearest"), run: (place) => this.travel.start(place) },
      { icon: "reach", label: t("menu.isochrone"), run: (place) => this.travel.start(place, "isochrone") },
      { icon: "place", label: t("menu.add"), run: (place) => this.travel.add(place) },
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
        theme: currentTheme(), bbox: this.session.city.bbox, view: this.state.view, padding: this.sheets.padding
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
    view.on("click", (found) => { this.card.forgetChoice(); this.pointer.click(found); });
    view.on("hover", (found, point) => this.pointer.hover(found, point));
    this.#showLayers();
  }

  #buttons() {
    find("whole-city").addEventListener("click", () => this.drill.go(this.session.city.code));
    find("share").addEventListener("click", () => shareLink(this.link()));
    find("export").addEventListener("click", () => this.#export());
    find("open-list").addEventListener("click", () => this.#toggleList());
    document.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("onemap:theme", (event) => { this.view?.setTheme(event.detail); this.writeHash(); });
    window.addEventListener("hashchange", () => this.#onHashChange());
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
      this.view?.fit(division.bbox, this.sheets.padding);
    }
    this.list.refresh();
    this.travel.renew();
    this.writeHash();
  }

  /** Opens the one feature under a click, or a choice of several. */
  #onFeatures(features) {
    if (features.length === 1) {
      void this.openFeature(features[0], { move: false });
      return;
    }
    this.#onCardClosed();
    this.sheets.keepOnly("card");
    this.card.choose(features);
    document.body.classList.add("has-card");
  }

  /** Opens a feature's card, switches its layer on and moves there unless told not to. */
  async openFeature(feature, { move = true } = {}) {
    this.sheets.keepOnly("card");
    this.panel.show(feature.layer);
    const read = await this.card.open(feature);
    if (read && move && read.lon !== null) {
      this.view?.goTo({ lon: read.lon, lat: read.lat, padding: this.sheets.padding });
    }
  }

  #onCard(feature) {
    this.feature = { layer: feature.layer, id: feature.id };
    const hasPlace = feature.lon !== null;
    this.selected = hasPlace ? { lon: feature.lon, lat: feature.lat, title: feature.title } : null;
    this.view?.select(hasPlace ? feature : null);
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
      this.view?.fit(result.bbox, this.sheets.padding);
    } else {
      this.view?.select(result);
      this.view?.goTo({ lon: result.lon, lat: result.lat, padding: this.sheets.padding });
    }
  }

  #onList(layer) {
    find("open-list").setAttribute("aria-pressed", String(layer !== null));
    document.body.classList.toggle("has-list", layer !== null);
    if (layer !== null) {
      this.sheets.keepOnly("list");
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

  /** Keeps the address in step; one that was typed a moment ago stands, and its event comes. */
  writeHash() {
    if (window.location.hash === this.written) {
      window.history.replaceState(null, "", this.#hash());
      this.written = window.location.hash;
    }
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
    listens();
    await page.start();
  } catch (error) {
    listens();
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
