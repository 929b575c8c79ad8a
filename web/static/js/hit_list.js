/* The hits listed under an input: which one is marked, for the eye and for screen readers. */

/** Marks the hit at a position, or the nearest there is, and gives that position; each hit has an id of its own. */
export function markHit(input, list, at) {
  const hits = [...list.children];
  const marked = Math.max(0, Math.min(at, hits.length - 1));
  for (const [n, hit] of hits.entries()) {
    hit.setAttribute("aria-selected", String(n === marked));
  }
  if (hits.length > 0) {
    input.setAttribute("aria-activedescendant", hits[marked].id);
    hits[marked].scrollIntoView({ block: "nearest" });
  } else {
    input.removeAttribute("aria-activedescendant");
  }
  return marked;
}
