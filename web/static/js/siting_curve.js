/* The curve of gains: what each further site gains, and the bound above it. */

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

/** The drawing and the same figures as words; `asked` is the number of the study itself. */
export function curveOf(points, asked) {
  const shown = points.filter(({ covered }) => covered !== null);
  const lastCount = Math.max(...shown.map(({ count }) => count), 1);
  const most = Math.max(...shown.map(({ gained, bound }) => Math.max(gained, bound ?? 0)), 1);
  const x = (count) => ROOM.left + (WIDTH - ROOM.left - ROOM.right) * (count / lastCount);
  const y = (value) => HEIGHT - ROOM.bottom - (HEIGHT - ROOM.top - ROOM.bottom) * (value / most);
  const path = (value) => shown.map((point, n) => `${n === 0 ? "M" : "L"}${x(point.count).toFixed(1)},${y(value(point)).toFixed(1)}`).join("");
  const label = t("siting.curve.label", { points: shown.map((p) => t("siting.curve.point", { n: p.count, gained: formatNumber(Math.round(p.gained)) })).join("; ") });
  const every = Math.ceil(lastCount / 10);
  const grid = ticks(most).flatMap((value) => [
    draw("line", { class: "curve__grid", x1: ROOM.left, x2: WIDTH - ROOM.right, y1: y(value), y2: y(value) }),
    draw("text", { x: ROOM.left - 6, y: y(value) + 4, "text-anchor": "end" }, formatNumber(value))
  ]);
  const numbers = shown.filter(({ count }) => count % every === 0)
    .map(({ count }) => draw("text", { x: x(count), y: HEIGHT - ROOM.bottom + 15, "text-anchor": "middle" }, String(count)));
  const dots = shown.map((p) => draw("circle", { class: `curve__dot${p.count === asked ? " curve__dot--asked" : ""}`, cx: x(p.count), cy: y(p.gained), r: p.count === asked ? 5 : 3.5 },
    draw("title", {}, `${t("siting.curve.point", { n: p.count, gained: formatNumber(Math.round(p.gained)) })} · ${t("siting.gap")} ${(100 * (p.gap ?? 0)).toFixed(2)} %`)));
  return el("figure", { class: "siting__figure" },
    draw("svg", { class: "siting__curve", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
      ...grid, ...numbers,
      draw("text", { x: WIDTH - ROOM.right, y: HEIGHT - 3, "text-anchor": "end" }, t("siting.curve.x")),
      draw("path", { class: "curve__bound", d: path((p) => p.bound ?? p.gained) }), draw("path", { class: "curve__line", d: path((p) => p.gained) }), ...dots),
    el("figcaption", { class: "muted siting__facts" }, t("siting.curve.bound")));
}
