/* Entry of the registration of an enterprise: region first, then its position, its people, its account; the draft is kept as one types. */

import "./words/registration.js";
import { query, requestJson } from "./api.js";
import { confirmDialog } from "./dialog.js";
import { debounce, el } from "./dom.js";
import { FieldFaults } from "./field_faults.js";
import { t } from "./i18n.js";
import { PositionPicker } from "./position_picker.js";
import { adviceItem, showReport } from "./position_report.js";
import { RegionPicker } from "./region_picker.js";
import { askToRecover } from "./registration_recover.js";
import { startSessionMenu } from "./session_menu.js";
import { Suggest } from "./suggest.js";
import { showProblem, showToast } from "./toast.js";

const SAVE_AFTER_MS = 900;
const CHECK_AFTER_MS = 400;
const NOT_IN_DRAFT = new Set(["password", "password_again"]);
const find = (id) => document.getElementById(id);
const form = find("form");
const field = form.elements;
const faults = new FieldFaults(form, find("form-error"));
const clock = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
let picker = null;
let regions = null;
let isFilling = false;
let asked = 0;

function values({ withPassword = false } = {}) {
  const named = [...form.elements].filter((one) => one.name && (withPassword || !NOT_IN_DRAFT.has(one.name)));
  return Object.fromEntries(named.map((one) => [one.name, one.type === "password" ? one.value : one.value.trim()]));
}

// -- the draft

let isDirty = false;
let saving = Promise.resolve(); // one after the other: the first gets this browser its secret

async function save() {
  if (!isDirty) {
    return;
  }
  isDirty = false;
  try {
    await requestJson("/api/registration/draft", { method: "PUT", body: values() });
    find("saved").textContent = isDirty ? t("register.saving") : t("register.saved", { time: clock() });
    find("discard").hidden = false;
  } catch (error) {
    find("saved").textContent = t("register.saving_failed", { why: error.detail || error.title || String(error) });
  }
}
const saveLater = debounce(() => { saving = saving.then(save); }, SAVE_AFTER_MS);

function saveSoon() {
  if (!isFilling) {
    isDirty = true;
    find("saved").textContent = t("register.saving");
    saveLater();
  }
}

/** What was typed right before the page is left goes along still. */
function saveLeaving() {
  if (isDirty) {
    isDirty = false;
    const token = document.querySelector('meta[name="csrf-token"]').content;
    void fetch("/api/registration/draft", { method: "PUT", keepalive: true, headers: { "Content-Type": "application/json", "X-CSRF-Token": token }, body: JSON.stringify(values()) });
  }
}
window.addEventListener("pagehide", saveLeaving);

// -- the position

/** Asks where the figures lie; marks it, says it, and shows the ghost of a better one. */
async function check({ moves = false } = {}) {
  const { position_text: text, crs, address, credit_code: code } = values();
  asked += 1;
  const mine = asked;
  if (text === "") {
    picker?.set(null);
    picker?.propose(null);
    return;
  }
  try {
    const found = await requestJson(`/api/registration/position?${query({ position_text: text, crs, region: regions.code, address, credit_code: code })}`);
    if (mine !== asked) {
      return; // something newer was asked meanwhile
    }
    faults.clear("position_text");
    showReport(find("report"), found, place);
    picker?.set(found);
    picker?.propose(found.warnings.find((one) => one.mended)?.mended ?? null, place);
    if (moves) {
      picker?.goTo(found);
    }
  } catch (error) {
    if (error.title === undefined) {
      throw error;
    }
    picker?.propose(null);
    faults.set("position_text", error.detail);
  }
}
const checkSoon = debounce(() => void check({ moves: true }), CHECK_AFTER_MS);

/** Takes a position of the map itself, which is WGS-84. */
function place(at, { moves = false } = {}) {
  field.position_text.value = `${at.lon.toFixed(6)}, ${at.lat.toFixed(6)}`;
  field.crs.value = "wgs84";
  saveSoon();
  void check({ moves });
}

function useMine() {
  const fail = () => showToast({ title: t("register.no_position"), kind: "error" });
  if (!navigator.geolocation) {
    fail();
    return;
  }
  navigator.geolocation.getCurrentPosition((got) => place({ lon: got.coords.longitude, lat: got.coords.latitude }, { moves: true }), fail, { enableHighAccuracy: true, timeout: 15_000 });
}

// -- the credit code

async function checkCode() {
  const code = field.credit_code.value.trim();
  find("code-report").replaceChildren();
  faults.clear("credit_code");
  if (code === "") {
    return;
  }
  try {
    const found = await requestJson(`/api/registration/credit-code?${query({ code })}`);
    field.credit_code.value = found.code;
    if (found.has_account) {
      faults.set("credit_code", t("register.has_account"));
    } else if (found.warnings.length > 0) {
      find("code-report").replaceChildren(el("ul", { class: "advice" }, found.warnings.map((one) => adviceItem(one, null))));
    }
  } catch (error) {
    if (error.title === undefined) {
      throw error;
    }
    faults.set("credit_code", error.detail);
  }
}

// -- where the registration stands

function showStanding(found) {
  const isOpen = found.state === null || found.state === "draft" || found.state === "returned";
  form.hidden = !isOpen;
  const standing = find("standing");
  standing.hidden = found.state === null || found.state === "draft";
  if (!standing.hidden) {
    standing.dataset.state = found.state;
    standing.replaceChildren(
      el("h2", {}, t(`register.${found.state}`)),
      el("p", {}, t(`register.${found.state}.detail`, { name: found.company_name, username: found.username, reason: found.reason })),
      found.state === "approved" ? el("p", {}, el("a", { class: "button button--primary", href: "/sign-in" }, t("register.sign_in"))) : "");
  }
  if (found.state === "returned") {
    field.password.placeholder = t("register.keep_password");
  }
  return isOpen;
}

async function fill(kept) {
  isFilling = true;
  for (const [name, value] of Object.entries(kept)) {
    if (field[name] && name !== "authority_code") {
      field[name].value = value;
    }
  }
  if (kept.region_code) {
    await regions.set(kept.region_code, kept.authority_code ?? "").catch(showProblem);
  }
  isFilling = false;
  find("discard").hidden = Object.keys(kept).length === 0;
  await check({ moves: true });
}

form.addEventListener("input", (event) => {
  if (event.target.name) {
    faults.clear(event.target.name);
    saveSoon();
  }
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  find("form-error").hidden = true;
  isDirty = false;
  await saving;
  try {
    showStanding(await requestJson("/api/registration/submit", { method: "POST", body: values({ withPassword: true }) }));
    window.scrollTo({ top: 0 });
    find("content").focus();
  } catch (error) {
    if (error.title === undefined) {
      throw error;
    }
    faults.show(error);
  } finally {
    button.disabled = false;
  }
});
field.position_text.addEventListener("input", checkSoon);
field.crs.addEventListener("change", checkSoon);
field.address.addEventListener("change", () => void check());
field.credit_code.addEventListener("change", () => void checkCode());
find("recover").addEventListener("click", () => askToRecover({ hasDraft: !find("discard").hidden, ontaken: () => {
  isDirty = false; // what is typed here is not saved over what came
  window.location.reload();
} }));
find("use-mine").addEventListener("click", useMine);
find("discard").addEventListener("click", async () => {
  if (await confirmDialog({ title: t("register.discard"), detail: t("register.discard.detail"), action: t("register.discard") })) {
    await requestJson("/api/registration/draft", { method: "DELETE", body: {} }).then(() => window.location.reload(), showProblem);
  }
});

async function startMap() {
  const bbox = form.dataset.bbox.split(",").map(Number);
  if (bbox.length !== 4) {
    return;
  }
  picker = await PositionPicker.create(find("map"), { bbox, style: "/api/registration/style", onplace: place });
  find("map-loading").hidden = true;
  if (regions.region) {
    picker.openAt(regions.region);
  }
  await check({ moves: field.position_text.value !== "" });
}

async function start() {
  startSessionMenu();
  regions = new RegionPicker({
    city: form.dataset.city, authority: field.authority_code,
    onchange: (region) => {
      field.region_code.value = region?.code ?? "";
      faults.clear("region_code");
      saveSoon();
      picker?.openAt(region);
      void check();
    }
  });
  new Suggest(find("place-search"), {
    find: async (text, signal) => (await requestJson(`/api/registration/places?${query({ q: text })}`, { signal })).places,
    show: (one) => [one.title, t(`kind.${one.kind}`) === `kind.${one.kind}` ? "" : t(`kind.${one.kind}`)],
    choose: (one) => place(one, { moves: true })
  });
  await regions.start();
  const found = await requestJson("/api/registration/draft");
  if (showStanding(found)) {
    await fill(found.form);
    await startMap();
  }
}

start().catch((error) => showProblem(error, () => window.location.reload()));
