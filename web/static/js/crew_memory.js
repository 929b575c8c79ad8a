/* What the crew's page remembers on the device: the order it showed last, until that ends, and its own files for opening without a network. */

const KEPT = "onemap:crew:order";
const LIFE_MS = 24 * 3600 * 1000; // no link lives longer
const OVER = ["refused", "stood_down", "not_reached"];

/** A digest of a link's code, by which the same link is known again; null where the browser has none to give. */
export async function digestOf(code) {
  if (!window.crypto.subtle) {
    return null;
  }
  const bytes = await window.crypto.subtle.digest("SHA-256", new TextEncoder().encode(code));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Keeps an order as it is shown, the digest of its link and when the server said so; one that is over is forgotten instead. */
export function keep(order, link, seenAt) {
  if (order.is_closed || OVER.includes(order.state)) {
    forget();
    return;
  }
  const shown = order.state === "freed" ? { ...order, caller_phone: null } : order; // nobody needs calling any more
  try {
    window.localStorage.setItem(KEPT, JSON.stringify({ order: shown, link, seen_at: seenAt, at: Date.now() }));
  } catch {
    // storage is full or off: the page then needs the network to open
  }
}

/** The order kept, its clock moved on by the time since; null when there is none or it is too old. */
export function kept() {
  try {
    const found = JSON.parse(window.localStorage.getItem(KEPT));
    const now = Date.parse(found.order.now) + Math.max(0, Date.now() - found.at);
    if (!(now - Date.parse(found.seen_at) < LIFE_MS)) {
      forget();
      return null;
    }
    return { order: { ...found.order, now: new Date(now).toISOString() }, link: found.link, seen_at: found.seen_at };
  } catch {
    return null;
  }
}

export function forget() {
  try {
    window.localStorage.removeItem(KEPT);
  } catch {
    // storage is off: there is nothing
  }
}

/** Has the page's own files kept, so that it opens without a network; needs https, as browsers will have it. */
export async function keepPage(entry) {
  if (!navigator.serviceWorker) {
    return;
  }
  try {
    await navigator.serviceWorker.register("/crew/worker.js", { scope: "/crew" });
    const { active } = await navigator.serviceWorker.ready;
    await document.fonts.ready;
    const assets = performance.getEntriesByType("resource").map(({ name }) => new URL(name))
      .filter(({ origin, pathname }) => origin === window.location.origin && pathname.startsWith("/static/")).map(({ href }) => href);
    active.postMessage({ entry, assets: [...new Set([entry, ...assets])] });
  } catch {
    // no right to, no space, no network: the page works as before while it is open
  }
}
