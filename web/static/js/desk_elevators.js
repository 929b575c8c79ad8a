/* Elevators as the console lists them: for a call, and for an order that is identified later. */

import { el } from "./dom.js";
import { t } from "./i18n.js";

/** The lines of one elevator that was found; `joins` is what its open order means here. */
export function elevatorLines(e, joins = (code) => t("desk.open_order", { code })) {
  const far = e.distance_m === null ? null : el("span", { class: "figure muted" }, `${Math.round(e.distance_m)} m`);
  return [
    el("span", { class: "call__code figure" }, e.rescue_code ?? "——"),
    el("span", { class: "call__title" }, e.title, far),
    el("span", { class: "call__address muted" }, [e.unit_name, e.address].filter(Boolean).join(" · ")),
    e.open_order ? el("span", { class: "call__joins" }, joins(e.open_order)) : null
  ].filter(Boolean);
}

/** The datum of a pasted position. */
export function datumSelect(options = {}) {
  return el("select", { class: "select", name: "crs", ...options },
    ...["wgs84", "gcj02", "bd09"].map((value) => el("option", { value }, t(`desk.datum.${value}`))));
}
