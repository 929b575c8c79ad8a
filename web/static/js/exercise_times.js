/* Entry of the screen on which the times of an exercise are kept: one large button a step, the same for all who look. */

import "./words/exercise_times.js";
import { requestJson } from "./api.js";
import { find, start } from "./company.js";
import { openDialog } from "./dialog.js";
import { el, listens } from "./dom.js";
import { openOrders } from "./exercise_orders.js";
import { formatNumber, lang, t } from "./i18n.js";
import { showProblem, showToast } from "./toast.js";

const EVERY_MS = 2000;
const path = `/api/exercise-times/${find("steps").dataset.row}`;
const clocks = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "zh-CN", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
const clock = (iso) => clocks.format(new Date(iso));
/** Steps that were pressed and have not arrived yet, each with its key. */
const waiting = new Map();
let shown = null;
let serverAheadMs = 0;

function elapsed(seconds) {
  const whole = Math.max(Math.floor(seconds), 0);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map((n) => String(n).padStart(2, "0"));
  return (whole >= 3600 ? parts : parts.slice(1)).join(":");
}

function tick() {
  const ended = shown?.steps.find(({ id }) => id === "ended")?.at;
  const until = ended ? new Date(ended).getTime() : Date.now() + serverAheadMs;
  find("clock").textContent = shown?.began_at ? elapsed((until - new Date(shown.began_at).getTime()) / 1000) : t("exercise.not_begun");
}

function say(text) {
  find("state").textContent = text;
  find("state").hidden = !text;
}

function facts(step) {
  if (step.at === null) {
    const planned = step.planned_min === null ? "" : t("exercise.planned", { n: formatNumber(step.planned_min) });
    return [planned, t(shown.began_at || step.id === "began" ? "exercise.press" : "exercise.first")].filter(Boolean).join(" · ");
  }
  const minutes = step.after_s === null ? null : Math.round(step.after_s / 6) / 10;
  return [
    t("exercise.at", { at: clock(step.at), by: step.by }), step.id === "began" ? "" : t("exercise.after", { clock: elapsed(step.after_s) }),
    step.planned_min === null ? "" : t("exercise.planned", { n: formatNumber(step.planned_min) }), step.is_corrected ? t("exercise.corrected") : "",
    sourceOf(step), step.kept_min !== null && step.kept_min !== minutes ? t("exercise.edited", { n: formatNumber(step.kept_min) }) : ""
  ].filter(Boolean).join(" · ");
}

/** Where a time was read from, and what the order says now when it was corrected since. */
function sourceOf({ source }) {
  if (!source) {
    return "";
  }
  const words = t("exercise.from_order", { code: source.code, node: source.node_title });
  if (!source.is_corrected) {
    return words;
  }
  return `${words} · ${source.now_at ? t("exercise.order.now", { at: clock(source.now_at) }) : t("exercise.order.gone")}`;
}

function stepRow(step) {
  const isPressed = step.at !== null;
  const mayPress = shown.may_press && (step.id === "began" || shown.began_at !== null);
  const tool = (name, run) => el("button", { type: "button", class: "button button--small", "aria-label": t(`exercise.${name}.of`, { step: step.title }), onclick: run }, t(`exercise.${name}`));
  return el("li", { class: "exercise__step", "data-step": step.id },
    el("button", { type: "button", class: "button exercise__press", "aria-pressed": String(isPressed), disabled: isPressed || !mayPress, onclick: () => void press(step) }, el("span", {}, step.title), el("small", {}, facts(step))),
    isPressed && shown.may_press ? el("div", { class: "button-row exercise__tools" }, tool("undo", () => void change(step, "DELETE")), tool("correct", () => correct(step))) : null);
}

function show(found) {
  const focus = document.activeElement?.closest("[data-step]")?.dataset.step;
  const isSame = JSON.stringify({ ...found, server_at: null }) === JSON.stringify({ ...shown, server_at: null });
  shown = found;
  serverAheadMs = new Date(found.server_at).getTime() - Date.now();
  if (!isSame) {
    find("steps").replaceChildren(...found.steps.map(stepRow));
    if (focus) {
      find("steps").querySelector(`[data-step="${CSS.escape(focus)}"] button:enabled`)?.focus();
    }
  }
  find("from-order").hidden = !found.may_press;
  if (waiting.size === 0) {
    say(found.is_locked ? t("exercise.locked") : found.may_press ? "" : t("exercise.look"));
  }
  tick();
}

function refuse(error) {
  find("refusal").textContent = error.body?.faults?.[0]?.detail ?? error.detail ?? error.title;
  find("refusal").hidden = false;
}

/** A refusal that is over when the server is back. */
const isPassing = (status) => status >= 500 || status === 429;

/** Sends a press until it has arrived; the same key is sent again, so that it counts once. */
async function send(step, key, pressedMs) {
  try {
    const late = Math.max(0, (Date.now() - pressedMs) / 1000);
    const found = await requestJson(`${path}/${encodeURIComponent(step.id)}`, { method: "POST", body: { key, late_s: Math.min(late, 86400) } });
    waiting.delete(step.id);
    show(found);
    const at = found.steps.find(({ id }) => id === step.id)?.at;
    if (at) {
      showToast({ title: t("exercise.pressed", { step: step.title, at: clock(at) }) });
    }
  } catch (error) {
    if (error.status && !isPassing(error.status)) {
      waiting.delete(step.id);
      refuse(error);
      return;
    }
    say(t("exercise.sending", { step: step.title })); // the network or the server is away: the next round sends it again
  }
}

async function press(step) {
  find("refusal").hidden = true;
  if (!waiting.has(step.id)) {
    const one = { step, key: crypto.randomUUID?.() ?? fallbackKey(), pressedMs: Date.now() };
    waiting.set(step.id, one);
    await send(step, one.key, one.pressedMs);
  }
}

/** A key where the page came without https, which has no randomUUID. */
function fallbackKey() {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

async function change(step, method, body) {
  find("refusal").hidden = true;
  try {
    show(await requestJson(`${path}/${encodeURIComponent(step.id)}`, { method, body }));
  } catch (error) {
    refuse(error);
  }
}

function correct(step) {
  const input = el("input", { class: "input", name: "at", value: clock(step.at), inputmode: "numeric", maxlength: 8, autocomplete: "off" });
  const refusal = el("p", { class: "form-error", role: "alert", hidden: true });
  const form = el("form", { class: "form", novalidate: true }, refusal, el("label", { class: "field" }, el("span", { class: "field__label" }, t("exercise.correct.field")), input),
    el("div", { class: "button-row" }, el("button", { class: "button button--primary", type: "submit" }, t("exercise.save"))));
  const dialog = openDialog({ title: t("exercise.correct.of", { step: step.title }), body: [form] });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      show(await requestJson(`${path}/${encodeURIComponent(step.id)}`, { method: "PUT", body: { at: input.value.trim() } }));
      dialog.close();
    } catch (error) {
      refusal.textContent = error.body?.faults?.[0]?.detail ?? error.detail ?? error.title;
      refusal.hidden = false;
    }
  });
}

async function round() {
  for (const { step, key, pressedMs } of [...waiting.values()]) {
    await send(step, key, pressedMs);
  }
  if (document.visibilityState === "visible") {
    try {
      show(await requestJson(path));
    } catch (error) {
      if (error.status && !isPassing(error.status)) {
        showProblem(error);
        return;
      }
      say(t("exercise.lost"));
    }
  }
  setTimeout(() => void round(), EVERY_MS);
}

void start(async () => {
  show(await requestJson(path));
  find("from-order").addEventListener("click", () => void openOrders(path, new Map(shown.steps.map(({ id, title }) => [id, title])), show));
  listens();
  setInterval(tick, 500);
  setTimeout(() => void round(), EVERY_MS);
});
