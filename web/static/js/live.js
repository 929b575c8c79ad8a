/* The live feed: tells which layers changed, how old the feed is, and when it is lost. */

const SILENT_MS = 12_000; // the server says something every few seconds
const HIDDEN_MS = 30_000; // a page nobody looks at gives its connection back
const STALE_S = 30;

export class LiveFeed {
  /**
   * `onchange(Map of layer → version)` is told what grew since the page was made or last told;
   * `onstate("live" | "stale" | "lost")` when that changes; `onended()` when the session is over.
   */
  constructor({ versions, onchange, onstate, onended }) {
    Object.assign(this, { onchange, onstate, onended });
    this.versions = new Map(versions);
    this.state = null;
    this.heardAt = Date.now();
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    window.addEventListener("pagehide", () => this.#close());
    this.#open();
    this.timer = window.setInterval(() => this.#check(), 2000);
  }

  #open() {
    this.#close();
    this.source = new EventSource("/api/live");
    this.source.addEventListener("versions", (event) => this.#onVersions(JSON.parse(event.data)));
    this.source.addEventListener("ping", (event) => this.#onPing(JSON.parse(event.data)));
    this.source.addEventListener("ended", () => { this.#close(); this.onended(); });
    this.source.addEventListener("error", () => {
      if (this.source?.readyState === EventSource.CLOSED) {
        this.#setState("lost"); // refused: the browser does not try again by itself
        this.reopenAt = Date.now() + 10_000;
      }
    });
  }

  #close() {
    this.source?.close();
    this.source = null;
  }

  #onVersions(found) {
    this.#heard(0);
    const grown = new Map();
    for (const [layer, version] of Object.entries(found)) {
      if (this.versions.has(layer) && version > this.versions.get(layer)) {
        grown.set(layer, version);
      }
      this.versions.set(layer, version);
    }
    if (grown.size > 0) {
      this.onchange(grown);
    }
  }

  #onPing({ age_s: age }) {
    this.#heard(age);
  }

  #heard(age_s) {
    this.heardAt = Date.now();
    this.#setState(age_s > STALE_S ? "stale" : "live");
  }

  /** Seconds since the server was last heard. */
  get age_s() {
    return Math.round((Date.now() - this.heardAt) / 1000);
  }

  #check() {
    if (document.hidden) {
      return;
    }
    if (Date.now() - this.heardAt > SILENT_MS) {
      this.#setState("lost");
    }
    if (this.reopenAt && Date.now() > this.reopenAt) {
      this.reopenAt = 0;
      this.#open();
    }
  }

  #onVisibility() {
    window.clearTimeout(this.hiding);
    if (document.hidden) {
      this.hiding = window.setTimeout(() => this.#close(), HIDDEN_MS);
    } else if (this.source === null) {
      this.heardAt = Date.now();
      this.#open();
    }
  }

  #setState(state) {
    if (state !== this.state || state === "lost") {
      this.state = state;
      this.onstate(state);
    }
  }
}
