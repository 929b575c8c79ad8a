/* Entry of one station: its form, its position on a small map, its maintainers. */

import { requestJson } from "./api.js";
import { attempt, fillForm, find, here, onSubmit, showTable, start } from "./company.js";
import { lookUp } from "./company_position.js";
import { ScopePicker } from "./company_scope.js";
import { confirmDialog } from "./dialog.js";
import { debounce, el } from "./dom.js";
import { t } from "./i18n.js";
import { MapView } from "./map_view.js";
import { currentTheme } from "./session_menu.js";
import { showToast } from "./toast.js";

const ROOM = { top: 24, right: 24, bottom: 24, left: 24 };
const form = find("station");
const { code } = form.dataset;
const path = `/api/company/stations/${here(code)}`;
let version = 0;
let scope = null;
let view = null;

/** Shows where the typed position lies, in words and on the map. */
async function place({ moves = true } = {}) {
  const found = await lookUp(form.elements.position_text.value.trim(), form.elements.crs.value, find("place"));
  view?.select(found);
  if (found && moves) {
    view?.goTo({ lon: found.lon, lat: found.lat, zoom: 14, padding: ROOM });
  }
}

function showPeople(station) {
  find("people").hidden = false;
  find("unusable").hidden = station.is_usable;
  showTable(find("maintainers"), {
    caption: t("company.col.maintainers"), rows: station.maintainers, empty: t("company.unusable"), emptyDetail: "",
    columns: [
      { label: t("company.col.contact"), cell: (row) => row.name },
      { label: t("company.col.mobile"), cell: (row) => row.phone },
      { label: t("company.col.remark"), cell: (row) => row.remark },
      { label: t("company.col.actions"), cell: (row) => el("button", { type: "button", class: "link-button", "aria-label": `${t("company.remove")} ${row.name}`, onclick: () => void removePerson(row) }, t("company.remove")) }
    ]
  });
}

async function removePerson(row) {
  const isSure = await confirmDialog({ title: t("company.maintainer.remove"), detail: t("company.maintainer.remove.detail", { name: row.name }), action: t("company.remove") });
  if (isSure) {
    await attempt(async () => showPeople(await requestJson(`${path}/maintainers/${row.id}`, { method: "DELETE" })));
  }
}

async function show(station) {
  version = station.version;
  find("remove").hidden = false;
  const isDegrees = ["gcj02", "bd09"].includes(station.source_crs);
  const typed = isDegrees && station.source_position ? station.source_position : `${station.lon}, ${station.lat}`;
  fillForm(form, { ...station, on_duty: station.on_duty !== false, crs: isDegrees ? station.source_crs : "wgs84", position_text: station.lon === null ? "" : typed });
  await scope.set(station.scope);
  showPeople(station);
}

onSubmit(form, async (values) => {
  const body = { ...values, scope_codes: scope.codes, version };
  const saved = await requestJson(code ? path : "/api/company/stations", { method: code ? "PUT" : "POST", body });
  if (!code) {
    window.location.assign(`/company/stations/${here(saved.code)}`);
    return;
  }
  await show(saved);
  showToast({ title: t("company.saved") });
});

onSubmit(find("maintainer"), async (values) => {
  showPeople(await requestJson(`${path}/maintainers`, { method: "POST", body: values }));
  find("maintainer").reset();
});

find("remove").addEventListener("click", async () => {
  const isSure = await confirmDialog({ title: t("company.station.remove"), detail: t("company.station.remove.detail", { name: form.elements.name.value }), action: t("company.remove") });
  const done = isSure && await attempt(() => requestJson(path, { method: "DELETE", body: { version } }));
  if (done) {
    showToast({ title: t(`company.station.${done.became}`) });
    window.location.assign("/company/stations");
  }
});

const soon = debounce(() => void place(), 400);
form.elements.position_text.addEventListener("input", soon);
form.elements.crs.addEventListener("change", soon);

async function startMap(session) {
  view = await MapView.create(find("map"), { theme: currentTheme(), bbox: session.city.bbox, view: null, padding: ROOM });
  view.setVisibleLayers(["rescue_station"], null);
  view.on("error", () => {}); // a tile that failed is fetched again when the map moves
  view.on("click", ({ lon, lat }) => {
    form.elements.position_text.value = `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
    form.elements.crs.value = "wgs84";
    void place({ moves: false });
  });
  document.addEventListener("onemap:theme", (event) => view.setTheme(event.detail));
  await new Promise((resolve) => { view.on("ready", resolve); });
  find("map-loading").hidden = true;
}

void start(async () => {
  const session = await requestJson("/api/session");
  const city = await requestJson(`/api/divisions/${session.city.code}`);
  const districts = city.children.filter((one) => one.level === "county");
  form.elements.district_code.append(...districts.map((one) => el("option", { value: one.code }, one.name)));
  scope = new ScopePicker(find("scope"), districts);
  await (code ? requestJson(path).then(show) : scope.set([]));
  await startMap(session);
  await place();
});
