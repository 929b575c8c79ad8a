/* Pictures taken without a network: kept on the device, sent when it is back, each once. */

const BASE = "onemap-crew";
const STORE = "photos";
const RETRY_MS = 4000;
const LOCK = "onemap:crew:photos";

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** The store of the device; null where the browser has none, and pictures last as long as the page. */
async function openStore() {
  try {
    const opening = window.indexedDB.open(BASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "key" });
    return await done(opening);
  } catch {
    return null;
  }
}

export class PhotoQueue {
  /** `send(photo)` rejects with `.isOffline` when there is no network; `onchange()`, `onsent(answer)`, `onrefused(error)`. */
  constructor({ send, onchange, onsent, onrefused }) {
    Object.assign(this, { send, onchange, onsent, onrefused });
    this.photos = [];
    this.ready = this.#read();
    window.addEventListener("online", () => void this.flush());
  }

  async #read() {
    this.base = await openStore();
    await this.#renew();
  }

  /** Reads what the device holds, whichever tab put it there; a picture it had no room for lasts as long as the page. */
  async #renew() {
    if (this.base) {
      const stored = await done(this.base.transaction(STORE).objectStore(STORE).getAll()).catch(() => []);
      this.photos = [...stored, ...this.photos.filter((photo) => photo.isLoose)].sort((a, b) => a.at - b.at);
    }
    this.onchange();
  }

  /** Changes what the device holds; false when it could not. */
  async #change(edit) {
    if (!this.base) {
      return false;
    }
    return done(edit(this.base.transaction(STORE, "readwrite").objectStore(STORE))).then(() => true, () => false);
  }

  /** Adds a picture of an order: its key makes a second sending harmless. */
  async add(order, file) {
    await this.ready;
    const key = crypto.randomUUID?.().replaceAll("-", "") ?? `${Date.now()}${Math.random()}`.replace(/\D/g, "k");
    const photo = { key, order, name: file.name, type: file.type, at: Date.now(), bytes: await file.arrayBuffer() };
    const isKept = await this.#change((store) => store.put(photo));
    this.photos.push({ ...photo, isLoose: !isKept });
    this.onchange();
    await this.flush();
  }

  /** How many pictures of an order wait. */
  count(order) {
    return this.photos.filter((photo) => photo.order === order).length;
  }

  /** Forgets the pictures of an order that has ended. */
  async forget(order) {
    await this.ready;
    for (const { key } of this.photos.filter((photo) => photo.order === order)) {
      await this.#remove(key);
    }
  }

  async #remove(key) {
    this.photos = this.photos.filter((photo) => photo.key !== key);
    await this.#change((store) => store.delete(key));
    this.onchange();
  }

  async flush() {
    if (this.isFlushing) {
      return;
    }
    this.isFlushing = true;
    window.clearTimeout(this.retrying);
    try {
      await this.ready;
      await (navigator.locks ? navigator.locks.request(LOCK, () => this.#send()) : this.#send());
    } finally {
      this.isFlushing = false;
    }
  }

  async #send() {
    await this.#renew();
    while (this.photos.length > 0) {
      const [photo] = this.photos;
      let refusal = null;
      try {
        this.onsent(await this.send({ ...photo, age_s: Math.max(0, (Date.now() - photo.at) / 1000) }));
      } catch (error) {
        if (error.isOffline) {
          this.retrying = window.setTimeout(() => void this.flush(), RETRY_MS);
          return;
        }
        refusal = error;
      }
      await this.#remove(photo.key);
      if (refusal !== null) {
        this.onrefused(refusal);
      }
    }
  }
}
