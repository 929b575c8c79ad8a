/* The classes of coverage after those of the limits, and how they look. */

export const LATE = 3;
export const NONE = 4;

/** The colours of the classes, soonest first, as the page's style sheet has them. */
export function classColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return { reach: [1, 2, 3].map((n) => read(`--reach-${n}`)), late: read("--reach-late"), ground: read("--reach-ground"), other: read("--reach-other") };
}
