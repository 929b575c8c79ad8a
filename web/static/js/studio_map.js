/* The map of a studio page: made over the city, ready or said why not, in the theme that is chosen. */

import { stateBlock } from "./dom.js";
import { t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { currentTheme } from "./session_menu.js";

const find = (id) => document.getElementById(id);

/** Makes the map; null where the browser cannot, which stands in its place then. `onready` is told at the first style and at every other. */
export async function studioMap(bbox, padding, onready) {
  let view;
  try {
    view = await MapView.create(find("map"), { theme: currentTheme(), bbox, view: null, padding });
  } catch (error) {
    find("map-loading").hidden = true;
    find("map").replaceChildren(stateBlock({ icon: "warning", title: t("error.webgl"), detail: t("error.webgl.detail"), role: "alert" }));
    console.warn(error);
    return null;
  }
  view.on("error", () => {}); // a tile that failed is fetched again when the map moves
  view.on("ready", () => {
    find("map-loading").hidden = true;
    onready();
  });
  document.addEventListener("onemap:theme", (event) => view.setTheme(event.detail));
  return view;
}
