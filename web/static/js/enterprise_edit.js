/* Entry of the form by which an enterprise is changed: only what differs is sent; what the authority answers for waits for it. */

import "./words/registration.js";
import "./words/enterprise_change.js";
import { query, requestJson } from "./api.js";
import { offer, start } from "./company.js";
import { confirmDialog } from "./dialog.js";
import { debounce, el, listens } from "./dom.js";
import { changeLines, instant } from "./enterprise_changes.js";
import { FieldFaults } from "./field_faults.js";
import { formatNumber, t } from "./i18n.js";
import { PositionCheck } from "./position_check.js";
import { PositionPicker } from "./position_picker.js";
import { RegionPicker } from "./region_picker.js";
import { Suggest } from "./suggest.js";
import { showProblem, showToast } from "./toast.js";

const CHECK_AFTER_MS = 400;
const find = (id) => document.getElementById(id);
const form = find("form");
const field = form.elements;
const path = `/api/enterprises/${form.dataset.enterprise}`;
const faults = new FieldFaults(form, find("form-error"));
let current = null;
let regions = null;
let isFilling = false;

const isPlain = (name) => !["region_code", "authority_code", "position_text"].includes(name);
/** The city bureau is what stands where no other authority is chosen. */
const authority = () => field.authority_code.value || form.dataset.city;

/** What differs from what stands, as it is sent. */
function changes() {
  const { values } = current;
  const found = {};
  for (const name of Object.keys(values).filter((one) => isPlain(one) && field[one])) {
    const typed = field[name].value.trim();
    // An industry that was never chosen by class stands as it is until somebody chooses.
    if (typed !== values[name] && !(name === "industry" && typed === "")) {
      found[name] = typed;
    }
  }
  if (regions.code && regions.code !== values.region_code) {
    found.region_code = regions.code;
  }
  if (authority() !== values.authority_code) {
    found.authority_code = authority();
  }
  const typed = field.position_text.value.trim();
  if (typed !== values.position_text && typed !== "") {
    Object.assign(found, { position_text: typed, crs: field.crs.value });
  }
  return found;
}

function tellChanged() {
  const n = Object.keys(changes()).filter((name) => name !== "crs").length;
  find("changed").textContent = n === 0 ? t("change.nothing") : t("change.n", { n: formatNumber(n) });
}

const check = new PositionCheck({
  report: find("report"), accept: place, faults,
  ask: () => ({ position_text: field.position_text.value.trim(), crs: field.crs.value, region: regions.code, address: field.address.value.trim(), credit_code: current.values.code })
});
const checkSoon = debounce(() => void check.look({ moves: true }), CHECK_AFTER_MS);

function place(at, { moves = false } = {}) {
  field.position_text.value = `${at.lon.toFixed(6)}, ${at.lat.toFixed(6)}`;
  field.crs.value = "wgs84";
  tellChanged();
  void check.look({ moves });
}

async function withdraw() {
  if (await confirmDialog({ title: t("change.withdraw"), detail: t("change.withdraw.detail"), action: t("change.withdraw") })) {
    try {
      show(await requestJson(`${path}/changes/${current.waiting.id}`, { method: "DELETE", body: {} }));
      showToast({ title: t("change.withdrawn") });
    } catch (error) {
      showProblem(error);
    }
  }
}

/** What waits still, with the way to withdraw it. */
function showWaiting() {
  const { waiting, by_owner: byOwner } = current;
  const box = find("waiting");
  box.hidden = waiting === null;
  if (waiting !== null) {
    box.replaceChildren(
      el("h2", {}, t("change.waits")),
      el("p", { class: "muted" }, t("change.waits.detail", { when: instant(waiting.asked_at), who: waiting.asked_by })),
      changeLines(waiting.lines, t("change.waits")),
      el("div", { class: "button-row" }, byOwner
        ? el("button", { type: "button", class: "button", onclick: () => void withdraw() }, t("change.withdraw"))
        : el("a", { class: "button", href: `/reviews/changes/${waiting.id}` }, t("change.review"))));
  }
}

function show(found) {
  current = found;
  showWaiting();
}

async function fill() {
  isFilling = true;
  const { values } = current;
  for (const name of Object.keys(values).filter((one) => isPlain(one) && field[one])) {
    field[name].value = values[name];
  }
  if (field.industry.selectedIndex < 0) {
    field.industry.value = ""; // known by its wide industry alone
  }
  field.position_text.value = values.position_text;
  field.crs.value = "wgs84";
  const named = values.authority_code === form.dataset.city ? "" : values.authority_code;
  await regions.set(values.region_code, named);
  if (named) {
    offer(field.authority_code, named);
    field.authority_code.value = named;
  }
  isFilling = false;
  tellChanged();
}

form.addEventListener("input", ({ target }) => {
  faults.clear(target.name);
  tellChanged();
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  const sent = changes();
  faults.clearAll();
  if (Object.keys(sent).length === 0) {
    showToast({ title: t("change.nothing") });
    return;
  }
  button.disabled = true;
  try {
    const done = await requestJson(path, { method: "PATCH", body: { version: current.version, note: find("note").value.trim(), ...sent } });
    if (done.is_mine === false) {
      showToast({ title: t("change.handed_over") });
      window.location.assign("/map");
      return;
    }
    show(done);
    find("note").value = "";
    await fill();
    await check.look();
    check.picker?.showDeclared(current);
    showToast({ title: done.asked.length > 0 ? t(done.applied.length > 0 ? "change.saved_and_asked" : "change.asked") : t("change.saved") });
    find(done.asked.length > 0 ? "waiting" : "content").scrollIntoView({ block: "start" });
  } catch (error) {
    faults.show(error);
  } finally {
    button.disabled = false;
  }
});
field.position_text.addEventListener("input", checkSoon);
field.crs.addEventListener("change", checkSoon);
field.address.addEventListener("change", () => void check.look());

async function startMap() {
  const bbox = form.dataset.bbox.split(",").map(Number);
  if (bbox.length !== 4) {
    return;
  }
  check.picker = await PositionPicker.create(find("map"), { bbox, layers: ["enterprise"], onplace: place });
  find("map-loading").hidden = true;
  if (current.lon === null) {
    check.picker.openAt(regions.region);
  } else {
    check.picker.view.setDivision(regions.code || null);
    check.picker.showDeclared(current);
  }
  await check.look({ moves: true });
}

void start(async () => {
  regions = new RegionPicker({ city: form.dataset.city, authority: field.authority_code, onchange: (region) => {
    faults.clear("region_code");
    faults.clear("authority_code");
    check.picker?.view.setDivision(region?.code ?? null);
    if (!isFilling) {
      tellChanged();
      void check.look();
    }
  } });
  new Suggest(find("place-search"), {
    find: async (text, signal) => (await requestJson(`/api/registration/places?${query({ q: text })}`, { signal })).places,
    show: (one) => [one.title, t(`kind.${one.kind}`) === `kind.${one.kind}` ? "" : t(`kind.${one.kind}`)],
    choose: (one) => place(one, { moves: true })
  });
  show(await requestJson(`${path}/form`));
  await regions.start();
  await fill();
  listens();
  await startMap();
});
