/* Values of a figure as people read them, and the classes of the coloured map. */

import { formatNumber, t } from "./i18n.js";

const CLASSES = 5;
const round = (value) => Math.round(value * 100) / 100;

/** A value with its unit: minutes for seconds. */
export function shown(value, unit) {
  if (value === null || value === undefined) {
    return "—";
  }
  if (unit === "s") {
    return t("districts.minutes", { n: formatNumber(Math.round(value / 6) / 10) });
  }
  return unit ? `${formatNumber(round(value))} ${unit}` : formatNumber(round(value));
}

/** A change with its sign, of shares in percentage points; nothing where there is nothing to compare. */
export function changed({ value, before }, unit) {
  if (value === null || before === null) {
    return "—";
  }
  const change = value - before;
  if (change === 0) {
    return "0";
  }
  const size = Math.abs(change);
  return `${change > 0 ? "+" : "−"}${unit === "%" ? t("districts.points", { n: formatNumber(round(size)) }) : shown(size, unit)}`;
}

/**
 * Upper limits of at most five classes that hold about as many parts each; equal values never part.
 * With few different values each is a class of its own.
 */
export function classLimits(values) {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const different = [...new Set(known)];
  if (different.length <= CLASSES) {
    return different;
  }
  const limits = new Set();
  for (let n = 1; n <= CLASSES; n += 1) {
    limits.add(known[Math.ceil((n * known.length) / CLASSES) - 1]);
  }
  return [...limits];
}

/** The class of a value: 0 is the lowest; -1 without a value. */
export function classOf(value, limits) {
  return value === null ? -1 : limits.findIndex((limit) => value <= limit);
}
