/* The check items of an inspection: each conforms, does not, or does not apply; what does not is registered as a hidden danger. */

import { requestJson } from "./api.js";
import { attempt } from "./company.js";
import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { showToast } from "./toast.js";

export class RegisterTicks {
  /** `path()` is the row's; `onsaved()` reads the row anew. */
  constructor(container, { path, onsaved }) {
    Object.assign(this, { container, path, onsaved });
  }

  async load() {
    this.#show(await requestJson(`${this.path()}/ticks`));
  }

  #show(found) {
    this.found = found;
    this.container.hidden = false;
    const counts = found.results.map(({ value, label }) => `${label} ${formatNumber(found.items.filter((one) => one.result === value).length)}`);
    const left = found.items.filter((one) => one.result === null).length;
    this.save = el("button", { type: "button", class: "button button--primary", disabled: true, onclick: () => void attempt(() => this.#send()) }, t("register.ticks.save"));
    this.fault = el("p", { class: "form-error", role: "alert", hidden: true });
    this.container.replaceChildren(
      el("h2", { id: "ticks-title" }, t("register.ticks")),
      found.items.length === 0 ? el("p", { class: "muted" }, t("register.ticks.none")) : el("p", { class: "muted", role: "status" }, [...counts, t("register.ticks.left", { n: formatNumber(left) })].join(" · ")),
      found.items.length === 0 ? "" : el("ul", { class: "ticks", "aria-labelledby": "ticks-title" }, found.items.map((item) => this.#row(item))),
      found.may_tick && found.items.length > 0 ? el("div", { class: "button-row" }, this.save, el("button", { type: "button", class: "button", onclick: () => this.#allConform() }, t("register.ticks.all"))) : "",
      this.fault);
  }

  #row(item) {
    const { may_tick: mayTick, results } = this.found;
    const changed = () => { this.save.disabled = false; };
    const label = results.find(({ value }) => value === item.result)?.label ?? t("register.ticks.unseen");
    const select = el("select", { class: "select", "aria-label": `${t("register.ticks.result")} ${item.name}`, onchange: changed },
      el("option", { value: "" }, t("register.ticks.unseen")), results.map((one) => el("option", { value: one.value, selected: one.value === item.result }, one.label)));
    const note = el("input", { class: "input", maxlength: 200, value: item.note ?? "", "aria-label": `${t("register.ticks.note")} ${item.name}`, oninput: changed });
    const about = [item.place, item.basis, item.frequency].filter(Boolean).join(" · ");
    return el("li", { class: "ticks__item", "data-item": item.code },
      el("p", { class: "ticks__what" }, item.name, about ? el("span", { class: "muted" }, ` ${about}`) : ""),
      el("div", { class: "ticks__said" },
        mayTick ? select : el("span", { class: item.result === "fails" ? "badge badge--bad" : "badge" }, label),
        mayTick ? note : item.note ? el("span", { class: "muted" }, item.note) : "",
        item.danger ? el("a", { href: item.danger.page }, t("register.ticks.danger", { code: item.danger.code, state: item.danger.state_title }))
          : item.register ? el("a", { class: "button button--small", href: item.register }, t("register.ticks.register")) : ""));
  }

  #allConform() {
    for (const select of this.container.querySelectorAll(".ticks select")) {
      if (select.value === "") {
        select.value = "conforms";
        this.save.disabled = false;
      }
    }
  }

  async #send() {
    const ticks = [...this.container.querySelectorAll(".ticks__item")].map((line) => ({
      item_code: line.dataset.item, result: line.querySelector("select").value || null, note: line.querySelector("input").value.trim() || null }));
    this.fault.hidden = true;
    try {
      this.#show(await requestJson(`${this.path()}/ticks`, { method: "PUT", body: { ticks, version: this.found.version } }));
    } catch (error) {
      if (!error.body?.faults) {
        throw error;
      }
      this.fault.textContent = error.body.faults.map(({ detail }) => detail).join(" ");
      this.fault.hidden = false;
      return;
    }
    showToast({ title: t("register.ticks.saved") });
    await this.onsaved();
  }
}
