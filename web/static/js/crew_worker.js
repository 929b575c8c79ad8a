/* Service worker of the crew's page alone: opens it without a network from what it loaded last; holds no order and answers no question of the API. */

const CACHE = "onemap-crew";
const PAGE = "/crew";
const PATIENCE_MS = 4000; // a network that answers later than this counts as none
const ANY = { ignoreSearch: true, ignoreVary: true };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => event.waitUntil(keep(event.data).catch(() => {}))); // without a network the former stays
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) {
    return;
  }
  if (request.mode === "navigate" && url.pathname === PAGE) {
    event.respondWith(page(request));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(asset(request));
  }
});

/** Keeps the page with all that it has loaded: the addresses carry their version, and what no longer belongs to it goes. */
async function keep({ entry, assets }) {
  const answer = await fetch(PAGE, { credentials: "same-origin" });
  if (!answer.ok || !(await answer.clone().text()).includes(new URL(entry).pathname)) {
    return; // another version is being rolled out: the next load keeps it
  }
  const cache = await caches.open(CACHE);
  await Promise.all(assets.map(async (address) => (await cache.match(address, ANY)) ?? cache.add(address)));
  await cache.put(PAGE, answer);
  const wanted = new Set([...assets, PAGE].map((address) => new URL(address, self.location.origin).pathname));
  const held = await cache.keys();
  await Promise.all(held.filter(({ url }) => !wanted.has(new URL(url).pathname)).map((request) => cache.delete(request)));
}

/** The page from the network; from what is kept when there is none, when it is slow, or when the server behind its door is down. */
async function page(request) {
  const kept = await caches.match(PAGE, ANY);
  const answer = fetch(request);
  if (!kept) {
    return answer;
  }
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS, kept); });
  return Promise.race([answer.then((fresh) => (fresh.status >= 502 && fresh.status <= 504 ? kept : fresh), () => kept), late]);
}

/** A file whose address carries its version never changes: what is kept is right. */
async function asset(request) {
  const kept = await caches.match(request, ANY);
  if (kept) {
    return kept;
  }
  const fresh = await fetch(request);
  if (fresh.ok) {
    const cache = await caches.open(CACHE);
    await cache.put(request, fresh.clone());
  }
  return fresh;
}
