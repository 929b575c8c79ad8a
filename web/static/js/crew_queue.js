/* Steps taken without a network: kept on the device, sent in their order when it is back, each once. */

const KEPT = "onemap:crew:queue";
const RETRY_MS = 4000;

export class StepQueue {
  /** `send(step)` rejects with `.isOffline` when there is no network; `onchange()`, `onanswer(answer)`, `onrefused(error)`. */
  constructor({ send, onchange, onanswer, onrefused }) {
    Object.assign(this, { send, onchange, onanswer, onrefused });
    this.steps = [];
    this.isStored = true;
    this.#read();
    window.addEventListener("online", () => void this.flush());
    // The same order may stand in another tab of the device: what waits there waits here, and outlives that tab.
    window.addEventListener("storage", ({ key }) => {
      if (key === KEPT) {
        this.#read();
        this.onchange();
        void this.flush();
      }
    });
    this.onchange();
  }

  #read() {
    if (!this.isStored) {
      return;
    }
    try {
      this.steps = JSON.parse(window.localStorage.getItem(KEPT) ?? "[]");
    } catch {
      this.steps = [];
    }
  }

  /** Changes the steps as they stand now, whichever tab wrote them last. */
  #change(edit) {
    this.#read();
    this.steps = edit(this.steps);
    try {
      window.localStorage.setItem(KEPT, JSON.stringify(this.steps));
    } catch {
      this.isStored = false; // storage is full or off: the steps last as long as the page
    }
    this.onchange();
  }

  /** Adds a step: its key makes a second sending harmless, its instant says how long ago it was. */
  add(order, name, values) {
    const key = crypto.randomUUID?.().replaceAll("-", "") ?? `${Date.now()}${Math.random()}`.replace(/\D/g, "k");
    this.#change((steps) => [...steps, { order, name, values, key, at: Date.now() }]);
    return this.flush();
  }

  /** How many steps of an order wait. */
  count(order) {
    return this.steps.filter((step) => step.order === order).length;
  }

  /** Sends what waits, one tab at a time; where tabs cannot agree, a step's key makes its second sending harmless. */
  async flush() {
    if (this.isFlushing) {
      return;
    }
    this.isFlushing = true;
    window.clearTimeout(this.retrying);
    try {
      if (navigator.locks) {
        await navigator.locks.request(KEPT, () => this.#send());
      } else {
        await this.#send();
      }
    } finally {
      this.isFlushing = false;
    }
  }

  async #send() {
    for (this.#read(); this.steps.length > 0; ) {
      const step = this.steps[0];
      let refusal = null;
      try {
        this.onanswer(await this.send({ ...step, age_s: Math.max(0, (Date.now() - step.at) / 1000) }));
      } catch (error) {
        if (error.isOffline) {
          this.retrying = window.setTimeout(() => void this.flush(), RETRY_MS);
          return;
        }
        refusal = error;
      }
      this.#change((steps) => steps.filter(({ key }) => key !== step.key));
      if (refusal !== null) {
        this.onrefused(refusal);
      }
    }
    this.onchange();
  }
}
