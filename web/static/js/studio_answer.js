/* What a coverage scenario changes: the headline, the legend, districts, who is gained and lost, the worst served. */

import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const KEYS = ["1", "2", "3", "late", "none"];
const LIMIT = 0.05;
const whole = (value) => formatNumber(Math.round(value));
const minutes = (seconds) => (seconds === null ? t("coverage.none") : t("studio.minutes", { n: (seconds / 60).toFixed(1) }));

/** A share in per cent; only all of it is 100 and only none of it 0. */
function percent(part, all) {
  const share = all > 0 ? (100 * part) / all : 0;
  const held = part > 0 && share < LIMIT ? LIMIT : part < all && share > 100 - LIMIT ? 100 - 2 * LIMIT : share;
  return `${held.toFixed(1)}%`;
}

function change(before, after, all) {
  const points = all > 0 ? (100 * (after - before)) / all : 0;
  const sign = after > before ? "+" : after < before ? "−" : "±";
  return el("span", { class: `studio__change figure studio__change--${after > before ? "up" : after < before ? "down" : "same"}` }, `${sign}${Math.abs(points).toFixed(1)}`);
}

function table(label, heads, rows, kind = "") {
  return el("div", { class: `table-scroll ${kind}`.trim(), tabindex: 0, role: "region", "aria-label": label }, el("table", { class: "table table--dense" },
    el("thead", {}, el("tr", {}, ...heads.map((head, n) => el("th", { scope: "col", class: n ? "is-number" : null }, head)))),
    el("tbody", {}, ...rows.map(([first, ...others]) => el("tr", {}, el("th", { scope: "row" }, first), ...others.map((cell) => el("td", { class: "is-number figure" }, cell)))))));
}

function headline({ total, standard_s: standard, of, by }) {
  const line = (words, before, after) => el("div", { class: "studio__figure" },
    el("span", { class: "muted" }, words),
    el("span", { class: "studio__share figure" }, percent(after, total.weight)),
    el("span", { class: "muted figure" }, t("studio.was", { share: percent(before, total.weight) })), change(before, after, total.weight));
  const minutesOf = formatNumber(standard / 60);
  return el("section", { class: "studio__headline", "aria-label": t("studio.covered", { n: minutesOf }) },
    el("p", { class: "muted studio__facts" }, t("studio.whom", { of: of.title, by: by.title, n: minutesOf, count: formatNumber(total.count) }),
      total.weight === total.count ? "" : t("studio.weighs", { weight: whole(total.weight) })),
    line(t("studio.first"), total.before.weight, total.after.weight),
    line(t("studio.second"), total.before.second_weight, total.after.second_weight));
}

function legend({ limits_s: limits, of }, classes) {
  const counts = [0, 0, 0, 0, 0];
  for (const value of classes) {
    counts[value] += 1;
  }
  const label = (at) => {
    if (at < limits.length) {
      const n = formatNumber(limits[at] / 60);
      return at === 0 ? t("coverage.within", { n }) : t("coverage.between", { from: formatNumber(limits[at - 1] / 60), n });
    }
    return at === limits.length ? t("coverage.late", { n: formatNumber(limits.at(-1) / 60) }) : t("coverage.none");
  };
  return el("section", { class: "coverage-legend studio__legend", "aria-label": t("studio.legend", { of: of.title }) },
    el("ul", {}, counts.map((n, at) => el("li", {}, el("span", { class: `reach-dot reach-dot--${KEYS[at]}`, "aria-hidden": "true" }), el("span", {}, label(at)),
      el("span", { class: "count" }, formatNumber(n)), el("span", { class: "muted figure" }, percent(n, classes.length))))));
}

function districts({ divisions, total }) {
  const share = (line, side, what) => percent(line[side][what], line.weight);
  const row = (line, name) => [name, share(line, "before", "weight"), share(line, "after", "weight"), change(line.before.weight, line.after.weight, line.weight),
    share(line, "after", "second_weight")];
  return [el("h2", {}, t("studio.districts")), table(t("studio.districts"), [t("studio.district"), t("studio.before"), t("studio.after"), t("studio.points"), t("studio.second.column")],
    [...divisions.map((line) => row(line, line.name)), row(total, t("coverage.sum"))])];
}

function people(title, count, rows, onlook, { isOpen = false } = {}) {
  if (count === 0) {
    return el("p", { class: "muted studio__facts" }, t("studio.none", { title }));
  }
  const name = (row) => el("button", { type: "button", class: "link-button", disabled: row.lon === null, onclick: () => onlook(row) }, row.name ?? row.code ?? String(row.id));
  return el("details", { class: "studio__people", open: isOpen }, el("summary", {}, `${title} · ${formatNumber(count)}`),
    rows.length < count ? el("p", { class: "muted studio__facts" }, t("studio.listed", { n: rows.length })) : null,
    table(title, [t("studio.name"), t("studio.district"), t("studio.before"), t("studio.after")],
      rows.map((row) => [name(row), row.division, minutes(row.before_s), minutes(row.after_s)]), "studio__long"));
}

/** Fills `place` with an answer; `onlook(row)` shows an object on the map, `onrank(rank)` colours by the first or second. */
export function showAnswer(place, trial, { rank, onrank, onlook }) {
  const { head } = trial;
  const isOpen = new Set([...place.querySelectorAll("details[open]")].map((one) => one.dataset.name));
  const ranks = el("div", { class: "segments", role: "radiogroup", "aria-label": t("studio.coloured") }, [0, 1].map((one) => el("label", { class: "segments__one" },
    el("input", { type: "radio", name: "rank", value: one, checked: one === rank, onchange: () => onrank(one) }), el("span", {}, t(one === 0 ? "studio.first.short" : "studio.second.short")))));
  const lists = [
    ["gained", t("studio.gained"), head.gained.count, head.gained_first],
    ["lost", t("studio.lost"), head.lost.count, head.lost_first],
    ["worst", t("studio.worst"), head.worst.length, head.worst]
  ].map(([key, title, count, rows]) => {
    const part = people(title, count, rows, onlook, { isOpen: isOpen.has(key) });
    part.dataset.name = key;
    return part;
  });
  const notes = [
    head.facility_count === 0 ? t("coverage.nobody", { by: head.by.title }) : "",
    head.off_road.length > 0 ? t("studio.off_road", { n: head.off_road.length }) : ""
  ].filter(Boolean);
  place.replaceChildren(
    ...notes.map((words) => el("p", { class: "form-error", role: "alert" }, words)),
    headline(head),
    el("p", { class: "studio__changes" },
      el("span", {}, t("studio.gained.line", { n: formatNumber(head.gained.count), second: formatNumber(head.gained_second.count) })),
      el("span", {}, t("studio.lost.line", { n: formatNumber(head.lost.count), second: formatNumber(head.lost_second.count) }))),
    ranks, legend(head, trial.classes(rank)), ...districts(head), ...lists,
    el("p", { class: "muted studio__facts" }, t("studio.took", { label: head.network.slice.label, ms: formatNumber(Math.round(head.server_ms)) })));
}

/** Sets scenarios side by side. */
export function comparison({ scenarios }) {
  const cell = (part, line) => percent(part, line.weight);
  const columns = scenarios.map(({ name }) => name);
  const rows = [
    [t("studio.compare.whom"), ...scenarios.map((one) => `${one.of.title} · ${t("studio.minutes", { n: formatNumber(one.standard_s / 60) })}`)],
    [t("studio.compare.stations"), ...scenarios.map((one) => formatNumber(one.facility_count))],
    [t("studio.first"), ...scenarios.map((one) => cell(one.total.after.weight, one.total))],
    [t("studio.second"), ...scenarios.map((one) => cell(one.total.after.second_weight, one.total))],
    [t("studio.gained"), ...scenarios.map((one) => formatNumber(one.gained.count))],
    [t("studio.lost"), ...scenarios.map((one) => formatNumber(one.lost.count))]
  ];
  const codes = [...new Set(scenarios.flatMap((one) => one.divisions.map(({ code }) => code)))];
  for (const code of codes) {
    const lines = scenarios.map((one) => one.divisions.find((line) => line.code === code));
    rows.push([lines.find(Boolean).name, ...lines.map((line) => (line ? cell(line.after.weight, line) : "—"))]);
  }
  return table(t("studio.compare"), [t("studio.compare.head"), ...columns], rows);
}
