/* The curve of a study: what more sites, more money or another standard brings, with the bound of every point. */

import { el } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 420;
const HEIGHT = 210;
const ROOM = { left: 52, right: 12, top: 12, bottom: 34 };

function draw(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** A round number of steps up to the largest value. */
function ticks(most) {
  const rough = most / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? power;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => n * step);
}

/** How a figure of an axis is read: what it is divided by, and how many decimals it has. */
const SCALES = { mean_s: [60, 1], longest_s: [60, 1], standard_s: [60, 1] };
const read = (axis, value) => {
  const [per, decimals] = SCALES[axis] ?? [1, 0];
  const rounded = Math.round((value / per) * 10 ** decimals) / 10 ** decimals;
  return axis === "mean_s" || axis === "longest_s" ? rounded.toFixed(decimals) : formatNumber(rounded);
};
/** Studies kept before the curve had an axis of its own count sites and what they gain. */
const stepOf = (point) => (point.x === undefined ? { ...point, x: point.count, value: point.covered === null ? null : point.gained, left_out: 0 } : point);
const askedOf = (axis, question) => ({ budget: question.budget, standard_s: question.standard_s }[axis] ?? question.new_count);

function table(steps, axis) {
  const heads = [`siting.curve.x.${axis.x}`, `siting.curve.y.${axis.y}`, "siting.curve.bound.head", "siting.gap", "siting.status"];
  const figure = (value) => (value === null ? "—" : read(axis.y, value));
  const status = (step) => [t(`siting.curve.status.${step.status}`), step.left_out > 0 ? t("siting.curve.left_out", { n: formatNumber(step.left_out) }) : ""].filter(Boolean).join(" · ");
  return el("details", { class: "siting__curve-table" }, el("summary", {}, t("siting.curve.table")),
    el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t("siting.curve.table") }, el("table", { class: "table table--dense" },
      el("thead", {}, el("tr", {}, ...heads.map((head, n) => el("th", { scope: "col", class: n && n < 4 ? "is-number" : null }, t(head))))),
      el("tbody", {}, ...steps.map((step) => el("tr", {}, el("th", { scope: "row" }, read(axis.x, step.x)), el("td", { class: "is-number figure" }, figure(step.value)), el("td", { class: "is-number figure" }, figure(step.bound)),
        el("td", { class: "is-number figure" }, step.gap === null ? "—" : `${(100 * step.gap).toFixed(2)} %`), el("td", {}, status(step))))))));
}

/** The drawing, the same figures as words, and a table of them with what is proven of each. */
export function curveOf(answer, question) {
  const axis = answer.curve_of ?? { x: "sites", y: "gained", is_less: false };
  const steps = answer.curve.map(stepOf);
  const shown = steps.filter(({ value }) => value !== null);
  if (shown.length === 0) {
    return el("div", {}, el("p", { class: "muted" }, t("siting.curve.none")), table(steps, axis));
  }
  const asked = askedOf(axis.x, question);
  const first = axis.x === "standard_s" ? shown[0].x : 0;
  const last = Math.max(...shown.map((p) => p.x), first + 1e-9);
  const per = SCALES[axis.y]?.[0] ?? 1;
  const most = Math.max(...shown.flatMap(({ value, bound }) => [value / per, (bound ?? 0) / per]), 1e-9);
  const x = (value) => ROOM.left + (WIDTH - ROOM.left - ROOM.right) * ((value - first) / (last - first));
  const y = (value) => HEIGHT - ROOM.bottom - (HEIGHT - ROOM.top - ROOM.bottom) * (value / per / most);
  const path = (value) => shown.map((point, n) => `${n === 0 ? "M" : "L"}${x(point.x).toFixed(1)},${y(value(point)).toFixed(1)}`).join("");
  const words = (p) => t("siting.curve.point", { x: t(`siting.curve.at.${axis.x}`, { n: read(axis.x, p.x) }), y: t(`siting.curve.of.${axis.y}`, { n: read(axis.y, p.value) }) });
  const label = t("siting.curve.label", { x: t(`siting.curve.x.${axis.x}`), y: t(`siting.curve.y.${axis.y}`), points: shown.map(words).join("; ") });
  const every = Math.ceil(shown.length / 10);
  const grid = ticks(most).flatMap((value) => [
    draw("line", { class: "curve__grid", x1: ROOM.left, x2: WIDTH - ROOM.right, y1: y(value * per), y2: y(value * per) }),
    draw("text", { x: ROOM.left - 6, y: y(value * per) + 4, "text-anchor": "end" }, formatNumber(value))
  ]);
  const numbers = shown.filter((_, n) => n % every === 0)
    .map((p) => draw("text", { x: x(p.x), y: HEIGHT - ROOM.bottom + 15, "text-anchor": "middle" }, read(axis.x, p.x)));
  const isAsked = (p) => Math.abs(p.x - asked) < 1e-6;
  const dots = shown.map((p) => draw("circle", { class: `curve__dot${isAsked(p) ? " curve__dot--asked" : ""}`, cx: x(p.x), cy: y(p.value), r: isAsked(p) ? 5 : 3.5 },
    draw("title", {}, `${words(p)} · ${t("siting.gap")} ${p.gap === null ? "—" : `${(100 * p.gap).toFixed(2)} %`}`)));
  return el("figure", { class: "siting__figure" },
    el("p", { class: "muted siting__facts" }, t(`siting.curve.y.${axis.y}`)),
    draw("svg", { class: "siting__curve", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
      ...grid, ...numbers,
      draw("text", { x: WIDTH - ROOM.right, y: HEIGHT - 3, "text-anchor": "end" }, t(`siting.curve.x.${axis.x}`)),
      draw("path", { class: "curve__bound", d: path((p) => p.bound ?? p.value) }), draw("path", { class: "curve__line", d: path((p) => p.value) }), ...dots),
    el("figcaption", { class: "muted siting__facts" }, t(axis.is_less ? "siting.curve.bound.less" : "siting.curve.bound")), table(steps, axis));
}
