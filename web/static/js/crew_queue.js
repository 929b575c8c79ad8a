/* Steps taken without a network: kept on the device, sent in their order when it is back, each once. */

const KEPT = "onemap:crew:queue";
const RETRY_MS = 4000;

export class StepQueue {
  /** `send(step)` rejects with `.isOffline` when there is no network; `onchange(count)`, `onanswer(answer)`, `onrefused(error)`. */
  constructor({ send, onchange, onanswer, onrefused }) {
    Object.assign(this, { send, onchange, onanswer, onrefused });
    this.steps = this.#read();
    window.addEventListener("online", () => void this.flush());
    this.onchange(this.steps.length);
  }

  #read() {
    try {
      return JSON.parse(window.localStorage.getItem(KEPT) ?? "[]");
    } catch {
      return [];
    }
  }

  #keep() {
    try {
      window.localStorage.setItem(KEPT, JSON.stringify(this.steps));
    } catch {
      // storage is full or off: the steps last as long as the page
    }
    this.onchange(this.steps.length);
  }

  /** Adds a step: its key makes a second sending harmless, its instant says how long ago it was. */
  add(order, name, values) {
    this.steps.push({ order, name, values, key: crypto.randomUUID?.().replaceAll("-", "") ?? `${Date.now()}${Math.random()}`.replace(/\D/g, "k"), at: Date.now() });
    this.#keep();
    return this.flush();
  }

  /** Forgets steps of other orders: their link has ended. */
  keepOnly(order) {
    this.steps = this.steps.filter((step) => step.order === order);
    this.#keep();
  }

  async flush() {
    if (this.isFlushing) {
      return;
    }
    this.isFlushing = true;
    window.clearTimeout(this.retrying);
    try {
      while (this.steps.length > 0) {
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
        this.steps.shift();
        this.#keep();
        if (refusal !== null) {
          this.onrefused(refusal);
        }
      }
    } finally {
      this.isFlushing = false;
    }
  }
}
