/* Where a typed position lies: asked of the server, which alone knows datums. */

import { query, requestJson } from "./api.js";
import { t } from "./i18n.js";

/** Asks where a text lies and says so in `line`; null when it cannot be read, with the reason there. */
export async function lookUp(text, crs, line, path = "/api/company/position") {
  if (text === "") {
    line.textContent = "";
    return null;
  }
  try {
    const found = await requestJson(`${path}?${query({ position_text: text, crs })}`);
    const where = found.divisions.map((one) => one.name).join(" ");
    line.textContent = [
      where ? t("company.lies", { where, lon: found.lon.toFixed(5), lat: found.lat.toFixed(5) }) : t("company.lies.nowhere"),
      found.was_swapped ? t("company.swapped") : "", ...found.notes
    ].filter(Boolean).join(" ");
    return found;
  } catch (error) {
    if (error.title === undefined) {
      throw error;
    }
    line.textContent = error.detail;
    return null;
  }
}
