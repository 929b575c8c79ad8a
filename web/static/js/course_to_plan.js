/* Takes P50 or P90 of a course into a drill of the register that is still to be held. */

import { query, requestJson } from "./api.js";
import { openDialog } from "./dialog.js";
import { debounce, el } from "./dom.js";
import { t } from "./i18n.js";
import { showToast } from "./toast.js";

const shown = (minutes) => (minutes === null ? "—" : t("course.min", { n: minutes.toFixed(1) }));

function shareChoice(one, at) {
  return el("label", { class: "tick" }, el("input", { type: "radio", name: "share", value: one.id, checked: at === 0 }),
    ` ${t("course.plan.share", { share: one.id.toUpperCase(), first: shown(one.planned_first_team_min), done: shown(one.planned_evacuated_min) })}`);
}

/** Opens the dialog for a kept course with bands. */
export async function takeIntoPlan(course) {
  const path = `/api/studio/drill/courses/${encodeURIComponent(course.id)}/plans`;
  const first = await requestJson(path);
  let plans = first.plans;
  const search = el("input", { class: "input", type: "search", maxlength: 80, autocomplete: "off" });
  const select = el("select", { class: "select", name: "plan" });
  const refusal = el("p", { class: "form-error", role: "alert", hidden: true });
  const refuse = (text) => { refusal.textContent = text; refusal.hidden = !text; };
  const list = () => select.replaceChildren(...plans.map((one) => el("option", { value: one.id }, [one.planned_on, one.enterprise, one.name, one.code].filter(Boolean).join(" · "))),
    ...(plans.length === 0 ? [el("option", { value: "" }, t("course.plan.none"))] : []));
  const find = async () => {
    try {
      ({ plans } = await requestJson(`${path}?${query({ q: search.value.trim() })}`));
      list();
    } catch (error) {
      refuse(error.detail ?? error.title);
    }
  };
  search.addEventListener("input", debounce(() => void find(), 300));
  list();
  const form = el("form", { class: "form", novalidate: true }, refusal,
    el("label", { class: "field" }, el("span", { class: "field__label" }, t("course.plan.search")), search),
    el("label", { class: "field" }, el("span", { class: "field__label" }, t("course.plan.which")), select),
    el("fieldset", { class: "field" }, el("legend", {}, t("course.plan.shares")), ...first.shares.map(shareChoice)),
    el("div", { class: "button-row" }, el("button", { class: "button button--primary", type: "submit" }, t("course.plan.take"))));
  const dialog = openDialog({ title: t("course.plan"), body: [el("p", { class: "muted" }, t("course.plan.detail")), form] });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const plan = plans.find((one) => String(one.id) === select.value);
    if (!plan) {
      refuse(t("course.plan.none"));
      return;
    }
    try {
      const row = await requestJson(`${path}/${plan.id}`, { method: "PUT", body: { version: plan.version, share: form.elements.share.value } });
      dialog.close();
      showToast({ title: t("course.plan.taken", { code: row.code }), detail: row.name });
    } catch (error) {
      refuse(error.body?.faults?.[0]?.detail ?? error.detail ?? error.title);
      await find();
    }
  });
}
