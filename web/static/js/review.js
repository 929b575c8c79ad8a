/* Entry of one registration: declared beside what the map says; corrections, approval, return. */

import "./words/registration.js";
import "./words/review.js";
import { query, requestJson } from "./api.js";
import { confirmDialog } from "./dialog.js";
import { el, stateBlock } from "./dom.js";
import { formatNumber, lang, t } from "./i18n.js";
import { PositionPicker } from "./position_picker.js";
import { showReport } from "./position_report.js";
import { RegionPicker } from "./region_picker.js";
import { actIn } from "./review_act.js";
import { startSessionMenu } from "./session_menu.js";
import { showProblem, showToast } from "./toast.js";

const find = (id) => document.getElementById(id);
const box = find("review");
const form = find("corrections");
const field = form.elements;
const path = `/api/reviews/${box.dataset.number}`;
const instants = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "zh-CN", { dateStyle: "medium", timeStyle: "medium", timeZone: "Asia/Shanghai" });
let current = null;
let picker = null;
let regions = null;
let asked = 0;

const figures = (at) => `${at.lon.toFixed(6)}, ${at.lat.toFixed(6)}`;

function person(name, mobile) {
  return mobile ? `${name} ${mobile}` : name;
}

function showDeclared(row) {
  const facts = [
    ["review.col.name", row.company_name], ["review.col.code", row.credit_code], ["review.col.industry", row.industry_title],
    ["review.employees", row.employee_count === null ? "—" : formatNumber(row.employee_count)], ["review.address", row.address],
    ["review.col.region", row.region_path], ["review.col.authority", row.authority_name],
    ["review.figures", `${row.source_position}（${row.source_crs}）`],
    ["review.legal", person(row.legal_name, row.legal_mobile)], ["review.principal", person(row.principal_name, row.principal_mobile)],
    ["review.safety", person(row.safety_name, row.safety_mobile)], ["review.contact", person(row.contact_name, row.contact_mobile)],
    ["review.username", row.username], ["review.col.submitted", instants.format(new Date(row.submitted_at))],
    ...(row.reason ? [["review.reason", row.reason]] : [])
  ];
  find("declared").replaceChildren(el("dl", { class: "facts" }, facts.flatMap(([term, text]) => [el("dt", {}, t(term)), el("dd", {}, text)])));
}

function showChanges(changes) {
  find("changes").replaceChildren(el("table", { class: "table" },
    el("caption", { class: "visually-hidden" }, t("review.changes")),
    el("thead", {}, el("tr", {}, ["when", "who", "field", "before", "after"].map((one) => el("th", { scope: "col" }, t(`review.change.${one}`))))),
    el("tbody", {}, changes.map((one) => el("tr", { "data-field": one.field },
      el("td", {}, instants.format(new Date(one.at))), el("td", {}, one.actor || t("review.applicant")), el("td", {}, one.title), el("td", {}, one.before), el("td", {}, one.after))))));
}

/** What was declared first: the earliest position that a correction replaced, else the one that stands. */
function declaredPosition(row) {
  const first = row.changes.filter((one) => one.field === "position").at(-1);
  const [lon, lat] = (first?.before ?? figures(row)).split(",").map(Number);
  return { lon, lat };
}

async function show(row) {
  if (row.is_mine === false) {
    showToast({ title: t("review.handed_over") });
    window.location.assign("/reviews");
    return;
  }
  current = row;
  find("name").textContent = row.company_name;
  find("state").textContent = row.title;
  find("state").dataset.state = row.state;
  const isOpen = row.state === "pending";
  form.hidden = !isOpen;
  find("decision").hidden = !isOpen;
  showDeclared(row);
  showChanges(row.changes);
  showReport(find("report"), row.map, isOpen ? place : null);
  field.position_text.value = figures(row);
  field.industry.value = row.industry;
  await regions.set(row.region_code, row.authority_code === `${box.dataset.city}` ? "" : row.authority_code);
}

function showMarkers() {
  picker.set(current);
  picker.showDeclared(declaredPosition(current));
  picker.propose(current.state === "pending" ? current.map.warnings.find((one) => one.mended)?.mended ?? null : null, place);
}

/** Looks at another position; nothing is saved yet. */
async function check() {
  asked += 1;
  const mine = asked;
  try {
    const found = await requestJson(`/api/registration/position?${query({ position_text: field.position_text.value.trim(), crs: "wgs84", region: regions.code, address: current.address, credit_code: current.credit_code })}`);
    if (mine === asked) {
      showReport(find("report"), found, place);
      picker?.set(found);
      picker?.propose(found.warnings.find((one) => one.mended)?.mended ?? null, place);
    }
  } catch (error) {
    showProblem(error);
  }
}

function place(at) {
  if (current.state === "pending") {
    field.position_text.value = figures(at);
    void check();
  }
}

/** What of the form differs from what stands. */
function corrections() {
  const authority = field.authority_code.value || box.dataset.city;
  return {
    ...(authority === current.authority_code ? {} : { authority_code: authority }),
    ...(regions.code === current.region_code ? {} : { region_code: regions.code }),
    ...(field.industry.value === current.industry ? {} : { industry: field.industry.value }),
    ...(field.position_text.value.trim() === figures(current) ? {} : { position_text: field.position_text.value.trim(), crs: "wgs84" })
  };
}

const act = (run) => actIn(box, run);

async function saveCorrections() {
  const changed = corrections();
  if (Object.keys(changed).length === 0) {
    return true;
  }
  const row = await requestJson(path, { method: "PUT", body: { version: current.version, ...changed } });
  await show(row);
  if (row.is_mine === false) {
    return false;
  }
  showMarkers();
  return true;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void act(async () => { if (await saveCorrections()) { showToast({ title: t("review.saved") }); } });
});
field.position_text.addEventListener("change", () => void check());
find("approve").addEventListener("click", () => void act(async () => {
  const sure = await confirmDialog({ title: t("review.approve"), detail: t("review.approve.detail", { name: current.company_name, username: current.username }), action: t("review.approve") });
  if (sure && await saveCorrections()) {
    await show(await requestJson(`${path}/approve`, { method: "POST", body: { version: current.version } }));
    showMarkers();
    showToast({ title: t("review.approved", { username: current.username }) });
  }
}));
find("return").addEventListener("click", () => void act(async () => {
  await show(await requestJson(`${path}/return`, { method: "POST", body: { version: current.version, reason: find("reason").value.trim() } }));
  showMarkers();
  showToast({ title: t("review.returned") });
}));

async function start() {
  startSessionMenu();
  regions = new RegionPicker({ city: box.dataset.city, authority: field.authority_code, onchange: (region) => picker?.view.setDivision(region?.code ?? null) });
  await regions.start();
  await show(await requestJson(path));
  picker = await PositionPicker.create(find("map"), { bbox: box.dataset.bbox.split(",").map(Number), layers: ["enterprise"], onplace: place });
  find("map-loading").hidden = true;
  picker.view.setDivision(current.region_code);
  showMarkers();
  picker.goTo(current);
}

start().catch((error) => {
  if (error.status === 404) {
    box.replaceWith(stateBlock({ icon: "warning", title: error.title, detail: error.detail, role: "alert" }));
    return;
  }
  showProblem(error, () => window.location.reload());
});
