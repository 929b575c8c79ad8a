/* Entry of one elevator: what is missing is mended here; the address opens only after its tick. */

import { requestJson } from "./api.js";
import { fillForm, find, here, offer, onSubmit, start } from "./company.js";
import { lookUp } from "./company_position.js";
import { debounce, el } from "./dom.js";
import { t } from "./i18n.js";
import { showToast } from "./toast.js";

const form = find("elevator");
const path = `/api/company/elevators/${here(form.dataset.code)}`;
const fields = form.elements;
let shown = null;

const isMoved = () => form.querySelector("[name=moves]:checked").value === "new";

function showAddress() {
  const isOpen = fields.is_address_unlocked.checked;
  fields.address.disabled = !isOpen;
  find("moves").hidden = !isOpen;
  find("new-position").hidden = !(isOpen && isMoved());
  if (!isOpen) {
    fields.address.value = shown?.address ?? "";
  }
}

function show(row) {
  shown = row;
  find("problems").hidden = row.problems.length === 0;
  find("problems").textContent = t("company.missing", { list: row.problems.map((one) => one.title).join("、") });
  find("facts").replaceChildren(...[
    [t("company.col.code"), row.code], [t("company.col.name"), row.name], [t("company.col.unit"), row.unit_name], [t("company.col.unit_code"), row.unit_code],
    [t("company.fact.division"), row.division_name],
    [t("company.fact.position"), row.lon === null ? t("company.no_position") : `${row.lon.toFixed(6)}, ${row.lat.toFixed(6)}`]
  ].flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value ?? "—")]));
  fillForm(form, { ...row, is_address_unlocked: false, position_text: "", crs: "" });
  form.querySelector("[name=moves][value=keep]").checked = true;
  showAddress();
}

onSubmit(form, async (values) => {
  const isOpen = values.is_address_unlocked;
  const body = {
    rescue_code: values.rescue_code, place_type: values.place_type, station_code: values.station_code,
    manager_id: values.manager_id === "" ? null : Number(values.manager_id), version: shown.version, is_address_unlocked: isOpen,
    ...(isOpen ? { address: values.address, keeps_position: !isMoved() } : {}),
    ...(isOpen && isMoved() ? { position_text: values.position_text, crs: values.crs } : {})
  };
  show(await requestJson(path, { method: "PUT", body }));
  showToast({ title: t("company.saved") });
});

fields.is_address_unlocked.addEventListener("change", showAddress);
for (const radio of form.querySelectorAll("[name=moves]")) {
  radio.addEventListener("change", showAddress);
}
const soon = debounce(() => void lookUp(fields.position_text.value.trim(), fields.crs.value, find("place")), 400);
fields.position_text.addEventListener("input", soon);
fields.crs.addEventListener("change", soon);

void start(async () => {
  const [row, { stations }, { managers }] = await Promise.all([requestJson(path), requestJson("/api/company/stations"), requestJson("/api/company/managers")]);
  fields.station_code.append(...stations.map((one) => el("option", { value: one.code }, one.name)));
  // Those of its own using unit first: there the right one is.
  managers.sort((a, b) => Number(b.unit_code === row.unit_code) - Number(a.unit_code === row.unit_code));
  fields.manager_id.append(...managers.map((one) => el("option", { value: one.id }, [one.name, one.mobile ?? t("company.no_mobile"), one.unit_name].filter(Boolean).join(" · "))));
  offer(fields.station_code, row.station_code, row.station_name);
  offer(fields.manager_id, row.manager_id, row.manager_name);
  show(row);
});
