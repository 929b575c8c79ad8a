/* Takes the times of an exercise from a dispatch order that was driven as it: chosen, shown step by step, accepted. */

import { requestJson } from "./api.js";
import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { lang, t } from "./i18n.js";

const instants = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "zh-CN", { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
const instant = (iso) => instants.format(new Date(iso));
const told = (error) => error.body?.faults?.[0]?.detail ?? error.detail ?? error.title ?? String(error);

/** A line of the preview: the step, the order's time, what stands there, and whether it is to be taken. */
function stepRow(one, title) {
  const source = one.at === null ? t(one.node ? "exercise.order.not_reached" : "exercise.order.no_node") : `${one.node_title} ${instant(one.at)}`;
  const standing = one.standing_at === null ? "—" : one.standing_order ? `${instant(one.standing_at)} · ${one.standing_order}` : instant(one.standing_at);
  const box = one.is_filled ? el("input", { type: "checkbox", name: "step", value: one.id, checked: one.is_suggested, "aria-label": t("exercise.order.take.of", { step: title }) }) : null;
  return el("tr", {}, el("td", {}, box ?? (one.at === null ? "" : t("exercise.order.same"))), el("th", { scope: "row" }, title), el("td", {}, source), el("td", {}, standing));
}

function preview(place, order, titles) {
  const heads = ["take", "step", "of_order", "standing"].map((name) => el("th", { scope: "col" }, t(`exercise.order.${name}`)));
  place.replaceChildren(el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t("exercise.order.preview") }, el("table", { class: "table table--dense" },
    el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...order.steps.map((one) => stepRow(one, titles.get(one.id) ?? one.id))))));
}

const option = (one) => el("option", { value: one.code }, [one.code, instant(one.received_at), one.name, one.closed_at ? "" : t("exercise.order.open")].filter(Boolean).join(" · "));

/** Opens the dialog; `ontaken(found)` gets the drill's times once they are written. `titles` has the steps' words by id. */
export async function openOrders(path, titles, ontaken) {
  const refusal = el("p", { class: "form-error", role: "alert", hidden: true });
  const refuse = (error) => {
    refusal.textContent = told(error);
    refusal.hidden = false;
  };
  const select = el("select", { class: "input", name: "order" });
  const place = el("div", { "aria-live": "polite" });
  const accept = el("button", { class: "button button--primary", type: "submit", disabled: true }, t("exercise.order.accept"));
  const form = el("form", { class: "form exercise__orders", novalidate: true }, refusal, el("p", { class: "muted" }, t("exercise.order.note")),
    el("label", { class: "field" }, el("span", { class: "field__label" }, t("exercise.order.choose")), select), place, el("div", { class: "button-row" }, accept));
  const dialog = openDialog({ title: t("exercise.order.title"), body: [form] });
  let shown = null;
  async function show() {
    refusal.hidden = true;
    accept.disabled = true;
    const code = select.value;
    try {
      const found = await requestJson(`${path}/orders/${encodeURIComponent(code)}`);
      if (select.value === code) { // another may have been chosen meanwhile
        shown = found;
        preview(place, found, titles);
        accept.disabled = !found.steps.some((one) => one.is_filled);
      }
    } catch (error) {
      refuse(error);
    }
  }
  select.addEventListener("change", () => void show());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    refusal.hidden = true;
    const steps = [...form.querySelectorAll("input[name=step]:checked")].map((box) => box.value);
    accept.disabled = true;
    try {
      ontaken(await requestJson(`${path}/orders/${encodeURIComponent(shown.code)}`, { method: "POST", body: { steps, seen: shown.seen } }));
      dialog.close();
    } catch (error) {
      refuse(error);
      accept.disabled = false;
    }
  });
  try {
    const { orders } = await requestJson(`${path}/orders`);
    if (orders.length === 0) {
      form.replaceChildren(el("p", { id: "no-orders" }, t("exercise.order.none")));
      return;
    }
    select.replaceChildren(...orders.map(option));
    await show();
  } catch (error) {
    refuse(error);
  }
}
