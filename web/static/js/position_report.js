/* What the map says of a position: where it lies, its neighbours, and what looks wrong, each with a way to mend it. */

import { el, uiIcon } from "./dom.js";
import { formatNumber, t } from "./i18n.js";

const metres = (value) => `${formatNumber(Math.round(value))} m`;

/** One warning; with a mended position also the button that accepts it. */
export function adviceItem(warning, accept) {
  return el("li", { "data-kind": warning.kind }, uiIcon("warning", { small: true }), el("span", {}, warning.text),
    warning.mended && accept ? el("button", { type: "button", class: "button button--small", onclick: () => accept(warning.mended) }, t("report.accept")) : null);
}

/** Fills `container` with a report of the server; `accept` is called with a position. */
export function showReport(container, found, accept) {
  const facts = [
    [t("report.division"), found.division_path || t("report.nowhere")],
    [t("report.road"), found.road ? t("report.road.at", { name: found.road.name || t("report.road.unnamed"), distance: metres(found.road.distance_m) }) : "—"],
    [t("report.neighbours"), found.neighbours.length > 0 ? found.neighbours.map((one) => `${one.name}（${one.direction} ${metres(one.distance_m)}）`).join("；") : t("report.neighbours.none")],
    ["WGS-84", `${found.lon.toFixed(6)}, ${found.lat.toFixed(6)}`]
  ];
  container.replaceChildren(
    el("dl", { class: "facts" }, facts.flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, text)])),
    found.warnings.length > 0
      ? el("ul", { class: "advice" }, found.warnings.map((one) => adviceItem(one, accept)))
      : el("p", { class: "advice--good" }, t("report.good")));
}
