/* One order: its clocks, what is due, who may be sent, who is on it, what was said and done. */

import { el, skeleton, stateBlock } from "./dom.js";
import { formatNumber, t } from "./i18n.js";
import { askFor } from "./desk_forms.js";
import { clockTime, reading } from "./desk_time.js";

const SHOWN_CANDIDATES = 6;
const SHOWN_PASSED = 12;
const FAR_M = 300; // a place given so far from where the elevator is registered is doubtful: one of the two is wrong
const NEXT = {
  notified: [["accept", "desk.accept"], ["en-route", "desk.en_route"], ["arrive", "desk.arrive"]],
  accepted: [["en-route", "desk.en_route"], ["arrive", "desk.arrive"]],
  en_route: [["arrive", "desk.arrive"]],
  on_scene: [["free", "desk.free"]]
};

export class OrderPanel {
  /** `act(name, values)` takes a step; `onhover(station code)` marks a candidate on the map; `onidentify()`, `onplace()` ask which elevator and where. */
  constructor(element, { clock, act, onhover, onidentify, onplace }) {
    Object.assign(this, { element, clock, act, onhover, onidentify, onplace });
    this.shownGroups = new Set(); // reasons whose stations are shown to the last
    this.order = null;
    this.ranking = null;
    this.showsAll = false;
    this.clear();
  }

  clear() {
    this.order = null;
    this.ranking = null;
    this.element.removeAttribute("aria-busy");
    this.element.replaceChildren(stateBlock({ title: t("desk.none"), detail: t("desk.none.detail") }));
  }

  /** Shows that an order is being read; until then there is none. */
  wait() {
    this.order = null;
    this.ranking = null;
    this.element.replaceChildren(...skeleton(8));
    this.element.setAttribute("aria-busy", "true");
  }

  set(order) {
    this.element.removeAttribute("aria-busy");
    if (this.order?.code !== order.code) {
      this.ranking = null;
      this.showsAll = false;
      this.element.scrollTop = 0;
    }
    this.order = order;
    this.draw();
  }

  setRanking(ranking) {
    this.ranking = ranking;
    this.draw();
  }

  /** Says when each crew that is sent told its position last; nothing is drawn anew. */
  showCrews(crews) {
    this.crews = new Map(crews.map((crew) => [crew.station_code, crew]));
    for (const place of this.element.querySelectorAll("[data-heard]")) {
      place.textContent = this.#heard(place.dataset.heard);
    }
  }

  #heard(station) {
    const crew = this.crews?.get(station);
    return crew?.is_heard ? t("desk.crew.heard", { time: clockTime(crew.heard_at) }) : crew?.state === "en_route" ? t("desk.crew.unheard") : "";
  }

  /** The candidate at a place of the ranking, 0 being the first. */
  candidate(at) {
    return this.ranking?.candidates[at] ?? null;
  }

  draw() {
    const { order } = this;
    const open = new Set([...this.element.querySelectorAll("details[open]")].map((d) => d.dataset.part));
    const isOpen = order.state !== "closed";
    this.element.replaceChildren(...[
      this.#head(), this.#clocks(), ...order.due.map((due) => this.#due(due)), isOpen && order.level === 3 ? this.#fireCard() : null,
      order.assignments.length > 0 ? this.#assignments() : null, isOpen && order.state !== "freed" ? this.#candidates() : null,
      this.#situation(), this.#log(), order.messages.length > 0 ? this.#messages() : null, this.#foot()
    ].filter(Boolean));
    for (const part of this.element.querySelectorAll("details")) {
      part.open = part.open || open.has(part.dataset.part);
    }
  }

  tick() {
    if (this.order) {
      this.element.querySelector(".order__clocks")?.replaceWith(this.#clocks());
    }
  }

  #head() {
    const { order } = this;
    return el("header", { class: "order__head" },
      el("p", { class: "order__code figure muted" }, order.code),
      el("h2", { class: "order__title" }, order.title),
      order.unit_name ? el("p", { class: "muted" }, order.unit_name) : null,
      el("p", { class: "order__state" },
        el("span", { class: "tag", "data-state": order.state }, order.state_label),
        el("span", { class: "tag", "data-level": order.level }, order.level_label),
        order.is_guess ? el("span", { class: "tag tag--doubt" }, order.place?.label ?? t("desk.guess")) : null,
        order.lon === null ? el("span", { class: "tag tag--doubt" }, t("desk.unplaced")) : null,
        order.elevator_apart_m > FAR_M ? el("span", { class: "tag tag--doubt" }, t("desk.apart", { n: formatNumber(Math.round(order.elevator_apart_m)) })) : null,
        order.is_automatic ? el("span", { class: "tag" }, t("desk.automatic")) : null));
  }

  #clocks() {
    const now = this.clock.now();
    return el("dl", { class: "order__clocks" }, ...this.order.clocks.map((clock) => {
      const { text, urgency } = reading(clock, now);
      return el("div", { class: "clock", "data-urgency": urgency }, el("dt", {}, `${clock.label} ${t("desk.minutes", { n: Math.round(clock.limit_s / 60) })}`), el("dd", { class: "figure" }, text));
    }));
  }

  #due(due) {
    return el("div", { class: "due", role: "alert" },
      el("p", { class: "due__text" }, t("desk.due", { level: due.level_label, reason: due.label, time: clockTime(due.due_at) })),
      el("div", { class: "button-row" },
        el("button", { type: "button", class: "button button--primary", "data-raise": due.level, onclick: () => this.raise(due) }, t(`desk.raise.${due.level}`), " ", el("kbd", {}, "U")),
        el("button", { type: "button", class: "button", onclick: () => this.#decline(due) }, t("desk.decline"))));
  }

  raise(due) {
    return this.act("raise", { level: due.level, reason: due.reason, version: this.order.version });
  }

  async #decline(due) {
    const answer = await askFor({ title: t("desk.decline"), fields: [{ name: "why", label: t("desk.why"), required: true }] });
    if (answer) {
      await this.act("decline", { key: due.key, why: answer.why });
    }
  }

  #fireCard() {
    const { order } = this;
    const lines = [
      [t("desk.elevator"), order.title], [t("desk.address"), order.address ?? t("desk.unknown")],
      [t("desk.situation"), this.#people()], [t("desk.caller"), order.caller_phone ?? t("desk.unknown")],
      ["WGS-84", order.lon === null ? t("desk.unknown") : `${order.lon.toFixed(6)}, ${order.lat.toFixed(6)}`]
    ];
    return el("section", { class: "fire-card" }, el("h3", {}, t("desk.fire_card")), el("p", { class: "muted" }, t("desk.fire_card.detail")),
      el("dl", { class: "keys" }, ...lines.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
      order.fire_called_at ? el("p", {}, `${t("desk.fire_called")} ${clockTime(order.fire_called_at)}`)
        : el("button", { type: "button", class: "button button--primary", onclick: () => this.act("fire-called", {}) }, t("desk.fire_called")));
  }

  #people() {
    const { order } = this;
    return [
      order.people_inside === null ? t("desk.people.unknown") : t("desk.people", { n: order.people_inside }),
      order.injured > 0 ? t("desk.injured", { n: order.injured }) : null,
      order.is_vulnerable ? t("desk.vulnerable") : null, order.is_danger ? t("desk.danger") : null
    ].filter(Boolean).join(" · ");
  }

  #candidates() {
    const { ranking } = this;
    if (ranking === null) {
      return el("section", { class: "order__part", "aria-busy": "true" }, el("h3", {}, t("desk.candidates")), el("span", { class: "skeleton skeleton--row" }));
    }
    if (ranking.problem) {
      return el("section", { class: "order__part" }, el("h3", {}, t("desk.candidates")), stateBlock({ icon: "warning", title: ranking.problem.title, detail: ranking.problem.detail }));
    }
    const shown = this.showsAll ? ranking.candidates : ranking.candidates.slice(0, SHOWN_CANDIDATES);
    const rest = ranking.candidates.length - shown.length;
    const closures = ranking.network.closures.in_force;
    return el("section", { class: "order__part" },
      el("h3", {}, t("desk.candidates")),
      el("p", { class: "muted order__slice" }, t("desk.candidates.at", { slice: ranking.network.slice.label, version: ranking.network.version.slice(0, 8) }),
        closures > 0 ? ` · ${t("desk.closures", { n: closures })}` : ""),
      ...ranking.advice.map((advice) => el("p", { class: "advice", "data-advice": advice.name }, ranking.bound && advice.name === "bound_passed_over" ? `${advice.label}：${ranking.bound.name}（${ranking.bound.label}）` : advice.label)),
      this.#asks(),
      el("ol", { class: "candidates" }, ...shown.map((candidate, at) => this.#candidate(candidate, at))),
      rest > 0 ? el("button", { type: "button", class: "link-button", onclick: () => { this.showsAll = true; this.draw(); } }, t("desk.more", { n: rest })) : null,
      this.#passedOver());
  }

  /** What the dispatcher can do about what is not known: who to telephone, which elevator, where. */
  #asks() {
    const { order, ranking } = this;
    const names = new Set(ranking.advice.map((advice) => advice.name));
    const parts = [];
    if (names.has("no_bound_station") && order.lead?.phone) {
      parts.push(el("button", { type: "button", class: "button button--small", "data-lead": true, onclick: () => this.act("note", { text: t("desk.lead.called", { name: order.lead.name }) }) }, t("desk.lead.note")));
    }
    if (names.has("no_elevator")) {
      parts.push(el("button", { type: "button", class: "button button--small", onclick: () => this.onidentify() }, t("desk.identify"), " ", el("kbd", {}, "I")));
    }
    if (ranking.is_unplaced || names.has("position_is_a_guess")) {
      parts.push(el("button", { type: "button", class: "button button--small", onclick: () => this.onplace() }, t("desk.place"), " ", el("kbd", {}, "P")));
    }
    return parts.length > 0 ? el("div", { class: "button-row" }, ...parts) : null;
  }

  #candidate(candidate, at) {
    const minutes = candidate.travel_time_s === null ? "?" : (candidate.travel_time_s / 60).toFixed(1);
    const scope = [candidate.scope.join("、"), candidate.scope_note].filter(Boolean).join("，");
    const notify = el("button", { type: "button", class: at === 0 ? "button button--primary button--small" : "button button--small", "data-notify": candidate.code,
      onclick: () => this.notify(at) }, t("desk.notify"), at < 9 ? el("kbd", {}, String(at + 1)) : null);
    return el("li", { class: "candidate", "data-late": candidate.cautions.some((c) => c.name === "late"), onmouseenter: () => this.onhover(candidate.code), onmouseleave: () => this.onhover(null) },
      el("span", { class: "candidate__time figure" }, minutes, el("small", {}, t("desk.minutes", { n: "" }).trim())),
      el("span", { class: "candidate__body" },
        el("span", { class: "candidate__name" }, candidate.name),
        el("span", { class: "candidate__facts muted" }, [candidate.company_name, t("desk.crews", { free: candidate.free_crews, all: candidate.crews }), candidate.phone].filter(Boolean).join(" · ")),
        el("span", { class: "candidate__facts muted" }, [candidate.duty_label, t("desk.scope", { scope: scope || t("desk.scope.none") })].join(" · ")),
        el("span", { class: "candidate__tags" },
          candidate.is_bound ? el("span", { class: "tag" }, t("desk.bound")) : null, el("span", { class: "tag", "data-level": candidate.level }, candidate.level_label),
          ...candidate.cautions.map((caution) => el("span", { class: "tag tag--doubt" }, caution.label)))),
      notify);
  }

  notify(at) {
    const candidate = this.candidate(at);
    return candidate ? this.act("notify", { station_code: candidate.code, version: this.order.version, request_key: crypto.randomUUID().replaceAll("-", "") }, { station: candidate.name }) : null;
  }

  #passedOver() {
    const groups = this.ranking.passed_over;
    const total = groups.reduce((sum, group) => sum + group.count, 0);
    return total === 0 ? null : el("details", { class: "order__more", "data-part": "passed" }, el("summary", {}, t("desk.passed", { n: total })),
      ...groups.map((group) => this.#group(group)));
  }

  #group(group) {
    const shown = this.shownGroups.has(group.reason) ? group.stations : group.stations.slice(0, SHOWN_PASSED);
    const rest = group.count - shown.length;
    return el("div", { class: "passed", "data-reason": group.reason }, el("p", {}, el("strong", {}, group.label), ` ${group.count}`),
      el("p", { class: "muted" }, shown.map((s) => (s.travel_time_s === null ? s.name : `${s.name} ${(s.travel_time_s / 60).toFixed(0)}′`)).join("、")),
      rest > 0 ? el("button", { type: "button", class: "link-button", onclick: () => { this.shownGroups.add(group.reason); this.draw(); } }, t("desk.passed.more", { n: rest })) : null);
  }

  #assignments() {
    return el("section", { class: "order__part" }, el("h3", {}, t("desk.assignments")), ...[...this.order.assignments].reverse().map((a) => this.#assignment(a)));
  }

  #assignment(a) {
    const steps = a.is_running ? NEXT[a.state] : [];
    const nodes = Object.entries(a.times).map(([node, at]) => `${this.#nodeLabel(node)} ${clockTime(at)}`).join(" → ");
    return el("div", { class: "assignment", "data-running": a.is_running },
      el("p", { class: "assignment__head" }, el("strong", {}, a.station_name), el("span", { class: "tag", "data-level": a.level }, a.label), a.responder ? el("span", {}, a.responder) : null,
        a.is_running && a.state !== "on_scene" ? el("span", { class: "figure" }, a.eta_at ? t("desk.eta", { time: clockTime(a.eta_at) }) : t("desk.eta.unknown")) : null),
      el("p", { class: "muted figure" }, nodes),
      a.is_running ? el("p", { class: "muted figure", "data-heard": a.station_code }, this.#heard(a.station_code)) : null,
      a.is_running ? el("div", { class: "button-row" },
        ...steps.map(([name, label]) => el("button", { type: "button", class: "button button--small", "data-step": name, onclick: () => this.#step(name, a) }, t(label))),
        a.state !== "on_scene" ? el("button", { type: "button", class: "button button--small", "data-step": "refuse", onclick: () => this.#withReason("refuse", a, "desk.refuse") }, t("desk.refuse")) : null,
        el("button", { type: "button", class: "button button--small", "data-step": "stand-down", onclick: () => this.#withReason("stand-down", a, "desk.stand_down") }, t("desk.stand_down"))) : null);
  }

  #nodeLabel(name) {
    return this.order.nodes.find((node) => node.name === name)?.label ?? name;
  }

  async #step(name, a) {
    if (name !== "free") {
      await this.act(name, { station_code: a.station_code });
      return;
    }
    const answer = await askFor({ title: t("desk.free"), fields: [{ name: "persons_freed", label: t("desk.persons"), value: this.order.people_inside ?? "", inputmode: "numeric", required: true }] });
    if (answer) {
      await this.act("free", { station_code: a.station_code, persons_freed: answer.persons_freed });
    }
  }

  async #withReason(name, a, title) {
    const answer = await askFor({ title: `${t(title)} · ${a.station_name}`, fields: [{ name: "why", label: t("desk.why"), required: true }] });
    if (answer) {
      await this.act(name, { station_code: a.station_code, why: answer.why });
    }
  }

  #situation() {
    const { order } = this;
    const lines = [
      [t("desk.situation"), this.#people()],
      [t("desk.caller"), [order.caller_phone, order.caller_words].filter(Boolean).join(" · ") || t("desk.unknown")],
      [t("desk.unit"), order.unit_name ?? t("desk.unknown")], [t("desk.company"), order.company_name ?? t("desk.unknown")],
      [t("desk.address"), order.address ?? t("desk.unknown")], [t("desk.elevator"), order.elevator_code ?? t("desk.unknown")],
      [t("desk.position"), order.lon === null ? t("desk.unknown") : `${order.lon.toFixed(6)}, ${order.lat.toFixed(6)}${order.place ? ` · ${order.place.label}` : ""}`],
      ...(order.lead ? [[t("desk.role.emergency_lead"), [order.lead.name, order.lead.phone, order.lead.label].filter(Boolean).join(" · ")]] : [])
    ];
    const isOpen = order.state !== "closed";
    return el("section", { class: "order__part" }, el("h3", {}, t("desk.situation")),
      el("dl", { class: "keys" }, ...lines.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
        ...(order.attachments.length > 0 ? [el("dt", {}, t("desk.photos")), el("dd", {}, ...order.attachments.flatMap((a, at) => [at > 0 ? "、" : "", el("a", { href: `/api/attachments/${a.id}`, target: "_blank", rel: "noopener" }, a.file_name)]))] : [])),
      isOpen ? el("div", { class: "button-row" },
        el("button", { type: "button", class: "button button--small", onclick: () => this.#describe() }, t("desk.situation.edit")),
        el("button", { type: "button", class: "button button--small", "data-identify": true, onclick: () => this.onidentify() }, t(order.elevator_code === null ? "desk.identify" : "desk.identify.other"), " ", el("kbd", {}, "I")),
        el("button", { type: "button", class: "button button--small", "data-place": true, onclick: () => this.onplace() }, t("desk.place"), " ", el("kbd", {}, "P"))) : null);
  }

  async #describe() {
    const { order } = this;
    const answer = await askFor({ title: t("desk.situation"), fields: [
      { name: "people_inside", label: t("desk.people", { n: "" }).trim(), value: order.people_inside ?? "", inputmode: "numeric" },
      { name: "injured", label: t("desk.injured", { n: "" }).trim(), value: order.injured, inputmode: "numeric" },
      { name: "is_vulnerable", label: t("desk.vulnerable"), type: "checkbox", value: order.is_vulnerable },
      { name: "is_danger", label: t("desk.danger"), type: "checkbox", value: order.is_danger }] });
    if (answer) {
      await this.act("describe", answer);
    }
  }

  #log() {
    return el("details", { class: "order__part order__more", "data-part": "log", open: true }, el("summary", {}, t("desk.log")),
      el("ol", { class: "log" }, ...this.order.log.map((entry) => el("li", { class: "log__entry", "data-kind": entry.kind },
        el("time", { class: "figure", datetime: entry.at }, clockTime(entry.at)), el("span", {}, el("strong", {}, entry.label), entry.text ? ` ${entry.text}` : "", el("span", { class: "muted" }, ` — ${entry.actor}`))))));
  }

  #messages() {
    return el("details", { class: "order__part order__more", "data-part": "messages" }, el("summary", {}, `${t("desk.messages")} ${this.order.messages.length}`),
      el("ul", { class: "log" }, ...this.order.messages.map((m) => el("li", { class: "log__entry", "data-message": m.state },
        el("time", { class: "figure", datetime: m.created_at }, clockTime(m.created_at)),
        el("span", {}, `${t(`desk.role.${m.role}`)} ${m.recipient_name} ${m.recipient} · ${t(`desk.template.${m.template}`)} · ${t(`desk.message.${m.state}`)}${m.last_error ? `：${m.last_error}` : ""}`)))));
  }

  #foot() {
    const isOpen = this.order.state !== "closed";
    return el("div", { class: "order__foot button-row" },
      el("button", { type: "button", class: "button", onclick: () => this.note() }, t("desk.note")),
      el("button", { type: "button", class: "button", onclick: () => this.#correct() }, t("desk.correct")),
      isOpen ? el("button", { type: "button", class: this.order.state === "freed" ? "button button--primary" : "button", "data-close": true, onclick: () => this.close() }, t("desk.close")) : null);
  }

  async note() {
    const answer = await askFor({ title: t("desk.note.add"), fields: [{ name: "text", label: t("desk.note"), required: true }] });
    if (answer) {
      await this.act("note", answer);
    }
  }

  async close() {
    const options = ["freed", "self_released", "not_entrapment", "duplicate", "handed_over"].map((value) => [value, t(`desk.outcome.${value}`)]);
    const answer = await askFor({ title: t("desk.close"), action: t("desk.close"), fields: [
      { name: "outcome", label: t("desk.close.outcome"), options, value: this.order.state === "freed" ? "freed" : "not_entrapment" },
      { name: "why", label: t("desk.close.why") }] });
    if (answer) {
      await this.act("close", answer);
    }
  }

  async #correct() {
    const ofOrder = this.order.nodes.filter((node) => node.at && ["received", "closed"].includes(node.name)).map((node) => [`${node.name}/`, `${node.label} ${clockTime(node.at)}`]);
    const latest = new Map(this.order.assignments.map((a) => [a.station_code, a])); // of a station told twice the last stands
    const ofStations = [...latest.values()].flatMap((a) => Object.entries(a.times).map(([name, at]) => [`${name}/${a.station_code}`, `${a.station_name} · ${this.#nodeLabel(name)} ${clockTime(at)}`]));
    const options = [...ofOrder, ...ofStations];
    const beijing = new Date(this.clock.now() + 8 * 3600_000).toISOString().slice(0, 19);
    const answer = await askFor({ title: t("desk.correct"), fields: [
      { name: "node", label: t("desk.correct"), options }, { name: "to", label: t("desk.correct.to"), type: "datetime-local", value: beijing, required: true },
      { name: "why", label: t("desk.why"), required: true }] });
    if (answer) {
      const [node, ...station] = answer.node.split("/");
      await this.act("correct", { ...answer, node, station_code: station.join("/") });
    }
  }
}
