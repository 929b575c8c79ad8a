/* The joint proposal: stations for all waiting orders together, beside the choice one by one; accepted as a whole or in part. */

import "./words/proposal.js";
import { isAbort, requestJson } from "./api.js";
import { openDialog } from "./dialog.js";
import { el, skeleton, stateBlock } from "./dom.js";
import { t } from "./i18n.js";
import { showProblem, showToast } from "./toast.js";

const minutes = (seconds) => (seconds / 60).toFixed(1);
const randomKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("-");

const isOfferedOf = (order) => (order.chosen !== null && !order.is_under_way) || order.instead_of !== null;

/** The order whose crew under way another one gets; null where the station sends one of its own. */
const divertedFrom = (order) => (order.is_under_way ? null : order.chosen?.under_way_to ?? null);

/** The orders by number, each with those it takes crews from or gives them to: carried out together or not at all. */
function groupsOf(orders) {
  const groups = new Map(orders.map((order) => [order.order, [order]]));
  for (const order of orders) {
    const [own, other] = [groups.get(order.order), groups.get(divertedFrom(order))];
    if (other && other !== own) {
      const joined = orders.filter((each) => own.includes(each) || other.includes(each));
      joined.forEach((each) => groups.set(each.order, joined));
    }
  }
  return groups;
}

class Proposal {
  constructor(ondone) {
    this.ondone = ondone;
    this.reserve = 1;
    this.mayDivert = false;
    this.results = new Map();
    this.summary = el("div", { class: "proposal__summary", role: "status" });
    this.list = el("div", { class: "table-scroll" });
    this.accept = el("button", { type: "button", class: "button button--primary", disabled: true, onclick: () => void this.send() }, t("proposal.accept", { n: 0 }));
    const again = el("button", { type: "button", class: "button", onclick: () => void this.load() }, t("proposal.again"));
    const reserve = el("input", { class: "input input--small proposal__number", type: "number", name: "reserve", min: "0", max: "20", value: "1" });
    reserve.addEventListener("change", () => { this.reserve = reserve.value; void this.load(); });
    const divert = el("input", { type: "checkbox", name: "divert" });
    divert.addEventListener("change", () => { this.mayDivert = divert.checked; void this.load(); });
    const options = el("div", { class: "proposal__options" },
      el("label", { class: "choice" }, t("proposal.reserve"), reserve),
      el("label", { class: "choice" }, divert, t("proposal.divert")));
    this.dialog = openDialog({ title: t("proposal.title"), body: [options, this.summary, this.list], foot: [again, this.accept], onclose: () => this.asked?.abort() });
    this.dialog.classList.add("dialog--wide");
  }

  async load() {
    this.asked?.abort();
    this.asked = new AbortController();
    this.results.clear();
    this.summary.replaceChildren(...skeleton(1));
    this.list.replaceChildren(...skeleton(4));
    this.accept.disabled = true;
    try {
      const address = `/api/dispatch/proposal?reserve=${encodeURIComponent(this.reserve)}&divert=${this.mayDivert ? 1 : 0}`;
      this.found = await requestJson(address, { signal: this.asked.signal });
      this.draw();
    } catch (error) {
      if (!isAbort(error)) {
        this.summary.replaceChildren();
        this.list.replaceChildren(stateBlock({ icon: "warning", title: error.title, detail: error.detail, action: { label: t("proposal.again"), run: () => void this.load() } }));
      }
    }
  }

  draw() {
    const { orders, together, alone, status, left_out: leftOut } = this.found;
    const left = leftOut.length > 0 ? el("p", { class: "muted" }, t("proposal.left_out", { orders: leftOut.map((o) => `${o.order}（${o.label}）`).join("、") })) : null;
    if (orders.length === 0) {
      this.summary.replaceChildren(...[left].filter(Boolean));
      this.list.replaceChildren(stateBlock({ title: t("proposal.empty"), detail: t("proposal.empty.detail") }));
      return;
    }
    this.summary.replaceChildren(...[
      this.#total("proposal.together", together, t(status === "optimal" ? "proposal.proven" : "proposal.not_proven")),
      this.#total("proposal.alone", alone), left
    ].filter(Boolean));
    this.boxes = new Map();
    this.groups = groupsOf(orders);
    const heads = ["proposal.take", "proposal.order", "proposal.chosen", "proposal.one", "proposal.difference", "proposal.why"];
    this.list.replaceChildren(el("table", { class: "table" },
      el("thead", {}, el("tr", {}, ...heads.map((key) => el("th", { scope: "col" }, t(key))))),
      el("tbody", {}, ...orders.map((order) => this.#row(order)))));
    this.#count();
  }

  #total(key, found, note = "") {
    const parts = [["proposal.late", found.over_limit], ["proposal.unserved", found.unserved], ["proposal.total", minutes(found.total_s)], ["proposal.worst", minutes(found.worst_s)]];
    if (found.short_of_cover > 0) {
      parts.push(["proposal.cover", found.short_of_cover]);
    }
    return el("p", { class: "proposal__total", "data-plan": key }, el("strong", {}, t(key)), ` ${parts.map(([word, n]) => t(word, { n })).join(" · ")}${note ? ` · ${note}` : ""}`);
  }

  #row(order) {
    const result = this.results.get(order.order);
    const isOffered = isOfferedOf(order);
    const group = this.groups.get(order.order);
    const isFirst = group[0] === order; // orders that take crews from each other have one box
    const box = isFirst ? el("input", { type: "checkbox", checked: isOffered, disabled: !isOffered || Boolean(result), "aria-label": `${t("proposal.take")} ${group.map((each) => each.order).join("、")}` })
      : el("span", { class: "muted" }, t("proposal.with", { order: group[0].order }));
    if (isFirst) {
      box.addEventListener("change", () => this.#count());
      if (isOffered && !result) {
        this.boxes.set(order.order, box);
      }
    }
    const later = order.later_s === null ? "" : order.later_s === 0 ? "0.0" : `${order.later_s > 0 ? "+" : "−"}${minutes(Math.abs(order.later_s))}`;
    const why = [order.is_under_way ? t("proposal.keeps") : order.label, order.instead_of ? t("proposal.diverts", { station: order.instead_of }) : "", order.instead_orders.join("、")].filter(Boolean).join(" · ");
    const outcome = result ? el("p", { class: result.is_done ? "proposal__done" : "proposal__stale", role: "status" }, result.is_done ? t("proposal.accepted") : result.detail) : null;
    return el("tr", { "data-proposal": order.order },
      el("td", {}, box), el("td", {}, el("span", { class: "figure" }, order.order), el("br"), order.title),
      el("td", {}, ...this.#unit(order.chosen)), el("td", {}, ...this.#unit(order.alone)),
      el("td", { class: "is-number" }, later), el("td", {}, why, outcome));
  }

  #unit(unit) {
    if (unit === null) {
      return [t("proposal.nobody")];
    }
    const marks = [t("proposal.minutes", { n: minutes(unit.travel_time_s) }), unit.level === 2 ? t("proposal.level2") : "", unit.is_late ? t("proposal.is_late") : ""].filter(Boolean);
    return [unit.name, el("br"), el("span", { class: "muted" }, marks.join(" · "))];
  }

  #chosen() {
    return [...this.boxes].filter(([, box]) => box.checked).flatMap(([code]) => this.groups.get(code));
  }

  #count() {
    const n = this.#chosen().length;
    this.accept.textContent = t("proposal.accept", { n });
    this.accept.disabled = n === 0;
  }

  async send() {
    const pairs = this.#chosen().map((order) => {
      // One key for one intention: sent again after a lost answer it changes nothing.
      order.request_key ??= randomKey();
      return { order: order.order, station: order.chosen?.station ?? null, version: order.version, instead_of: order.instead_of, diverted_from: divertedFrom(order), request_key: order.request_key };
    });
    this.accept.disabled = true;
    try {
      const { results, done } = await requestJson("/api/dispatch/proposal/accept", { method: "POST", body: { pairs, plan: this.found.plan } });
      for (const result of results) {
        this.results.set(result.order, result);
      }
      const missed = results.length - done;
      showToast({ title: t(missed > 0 ? "proposal.some" : "proposal.done", { n: done, m: missed }), kind: missed > 0 ? "error" : "info" });
      this.draw();
      this.ondone();
    } catch (error) {
      showProblem(error, () => void this.send());
      this.#count();
    }
  }
}

/** Opens the panel; `ondone()` when something was notified. */
export function openProposal(ondone) {
  const proposal = new Proposal(ondone);
  void proposal.load();
  return proposal;
}
