/* A choice of the datum in which a file gives its positions; the projected ones are those of the city's own zone. */

import "./words/datum.js";
import { el } from "./dom.js";
import { labelled } from "./file_dialog.js";
import { t } from "./i18n.js";

const ZONE_DEG = 3;

/** `bbox` is the city's: west, south, east, north. Empty means what the file says, else WGS-84. */
export function datumField(bbox) {
  const zone = Math.floor(((bbox[0] + bbox[2]) / 2 + ZONE_DEG / 2) / ZONE_DEG);
  const offered = [
    ["", t("datum.file")], ["wgs84", t("datum.wgs84")], ["cgcs2000", t("datum.cgcs2000")], ["gcj02", t("datum.gcj02")], ["bd09", t("datum.bd09")],
    [`CGCS2000 3度带 ${zone * ZONE_DEG}`, t("datum.plain", { deg: zone * ZONE_DEG })], [`CGCS2000 3度带 ${zone}带`, t("datum.zoned", { zone })]
  ];
  return labelled("crs", t("datum.label"), el("select", { class: "select", name: "crs" }, offered.map(([value, label]) => el("option", { value }, label))));
}
