/* Entry of the search for rescue resources over the whole jurisdiction: list and markers, from a clicked place. */

import { query, requestJson } from "./api.js";
import { find, start } from "./company.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { ResourceFinder, networkText } from "./resource_finder.js";
import { currentTheme } from "./session_menu.js";

const ROOM = { top: 24, right: 24, bottom: 24, left: 24 };
let center = null;

const finder = new ResourceFinder({
  form: find("search"), list: find("help"), status: find("help-total"), hasPlace: () => center !== null,
  ask: (conditions) => requestJson(`/api/resources?${query({ ...conditions, ...(center ?? {}) })}`),
  onfound: (found) => { find("roads").textContent = networkText(found); }
});

/** Measures from a place, or from none. */
function measureFrom(place) {
  center = place;
  find("center").textContent = place ? t("help.center", { lon: place.lon.toFixed(5), lat: place.lat.toFixed(5) }) : t("help.center.none");
  find("clear").hidden = place === null;
  find("within").hidden = place === null;
  finder.view?.select(place);
}

async function startMap(session) {
  const view = await MapView.create(find("map"), { theme: currentTheme(), bbox: session.city.bbox, view: null, padding: ROOM });
  view.setVisibleLayers([], null);
  view.on("error", () => {}); // a tile that failed is fetched again when the map moves
  document.addEventListener("onemap:theme", (event) => view.setTheme(event.detail));
  await new Promise((resolve) => { view.on("ready", resolve); });
  find("map-loading").hidden = true;
  finder.setView(view);
  view.on("ready", () => { view.select(center); finder.mark(); });
  view.on("click", (at) => {
    const hit = finder.markerAt(at);
    if (hit !== null) {
      finder.focus(hit, { moves: false });
      return;
    }
    measureFrom({ lon: Number(at.lon.toFixed(6)), lat: Number(at.lat.toFixed(6)) });
    void finder.load();
  });
}

find("clear").addEventListener("click", () => { measureFrom(null); void finder.load(); });

void start(async () => {
  const session = await requestJson("/api/session");
  const city = await requestJson(`/api/divisions/${session.city.code}`);
  await finder.start({ within: "m20" });
  find("search").elements.division.replaceChildren(el("option", { value: "" }, t("help.any")), ...city.children.map((one) => el("option", { value: one.code }, one.name)));
  measureFrom(null);
  await Promise.all([finder.load(), startMap(session)]);
});
