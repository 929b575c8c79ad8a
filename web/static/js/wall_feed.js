/* The wall's feed: whole states and events, each event once, resumed after a cut, its age always known. */

const SILENT_MS = 9000;
const REMEMBERED = 3000;

export class WallFeed {
  /** `onstate(state)`, `onevents(list)`, `onclock(iso)`, `onended()`. */
  constructor({ onstate, onevents, onclock, onended }) {
    Object.assign(this, { onstate, onevents, onclock, onended });
    this.heardAt = Date.now();
    this.lastId = null;
    this.seen = new Set();
    this.#open();
    window.setInterval(() => this.#check(), 1000);
    window.addEventListener("pagehide", () => this.source?.close());
  }

  /** Seconds since the server was last heard. */
  get age_s() {
    return Math.round((Date.now() - this.heardAt) / 1000);
  }

  get isLost() {
    return Date.now() - this.heardAt > SILENT_MS;
  }

  #open() {
    this.source?.close();
    this.source = new EventSource(`/api/wall/live${this.lastId === null ? "" : `?last=${this.lastId}`}`);
    const on = (name, run) => this.source.addEventListener(name, (event) => { this.heardAt = Date.now(); run(event); });
    on("clock", (event) => this.onclock(JSON.parse(event.data).now));
    on("state", (event) => this.onstate(JSON.parse(event.data)));
    on("events", (event) => this.#events(event));
    on("ping", () => {});
    this.source.addEventListener("ended", () => { this.source.close(); this.onended(); });
    this.source.addEventListener("error", () => {
      if (this.source.readyState === EventSource.CLOSED) {
        this.reopenAt = Date.now() + 3000; // refused: the browser does not try again by itself
      }
    });
  }

  #events(event) {
    this.lastId = event.lastEventId || this.lastId;
    const fresh = JSON.parse(event.data).filter(({ id }) => !this.seen.has(id));
    for (const { id } of fresh) {
      this.seen.add(id);
    }
    if (this.seen.size > REMEMBERED) {
      this.seen = new Set([...this.seen].slice(-REMEMBERED / 2));
    }
    if (fresh.length > 0) {
      this.onevents(fresh);
    }
  }

  #check() {
    if ((this.reopenAt && Date.now() > this.reopenAt) || (this.isLost && this.source.readyState !== EventSource.CONNECTING && !this.reopenAt)) {
      this.reopenAt = 0;
      this.#open();
    }
  }
}
