/* What the crew's page remembers on the device: the orders it showed, until they end, and its own files for opening without a network. */

const KEPT = "onemap:crew:order:";
const MINE = "onemap:crew:mine";
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

/** The order that this tab shows: it is the same when the tab is loaded again, whatever other tabs show. */
export function mine() {
  try {
    return window.sessionStorage.getItem(MINE);
  } catch {
    return null;
  }
}

/** Keeps an order as it is shown, the digest of its link and when the server said so; one that is over is forgotten instead. */
export function keep(order, link, seenAt) {
  try {
    window.sessionStorage.setItem(MINE, order.code);
  } catch {
    // storage is off: the tab shows the order opened last when it is loaded again
  }
  if (order.is_closed || OVER.includes(order.state)) {
    forget(order.code);
    return;
  }
  const shown = order.state === "freed" ? { ...order, caller_phone: null } : order; // nobody needs calling any more
  try {
    window.localStorage.setItem(KEPT + order.code, JSON.stringify({ order: shown, link, seen_at: seenAt, at: Date.now() }));
  } catch {
    // storage is full or off: the page then needs the network to open
  }
}

/** The order kept of a link, else this tab's, else the newest, its clock moved on by the time since; null when there is none. */
export function kept(link = null) {
  const found = all();
  const own = mine();
  const chosen = (link === null ? null : found.find((memory) => memory.link === link)) ?? found.find(({ order }) => order.code === own) ?? (own === null ? found[0] : null);
  return chosen ?? null;
}

/** All orders kept, the newest first; those too old are forgotten. */
function all() {
  const found = [];
  try {
    for (const key of Object.keys(window.localStorage).filter((name) => name.startsWith(KEPT))) {
      const memory = read(key);
      if (memory === null) {
        window.localStorage.removeItem(key);
      } else {
        found.push(memory);
      }
    }
  } catch {
    // storage is off: there is nothing
  }
  return found.sort((a, b) => b.at - a.at);
}

function read(key) {
  try {
    const found = JSON.parse(window.localStorage.getItem(key));
    const now = Date.parse(found.order.now) + Math.max(0, Date.now() - found.at);
    if (!(now - Date.parse(found.seen_at) < LIFE_MS)) {
      return null;
    }
    return { order: { ...found.order, now: new Date(now).toISOString() }, link: found.link, seen_at: found.seen_at, at: found.at };
  } catch {
    return null;
  }
}

export function forget(code) {
  try {
    window.localStorage.removeItem(KEPT + code);
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
