/* One job started from a form: its refusal, its progress in words, its end, and cancelling it. */

import { requestJson } from "./api.js";
import { showProblem } from "./toast.js";

const LOOK_EVERY_MS = 700;

export class JobRun {
  /** `words` are {waiting, cancelled, failed} and working(job now); `ondone(job id)` when it has its answer; `prefix` is that of the ids. */
  constructor({ words, ondone, prefix = "" }) {
    Object.assign(this, { words, ondone, prefix });
    this.#find("stop").onclick = () => void this.#stop(); // a page may run one job after another
  }

  #find(id) {
    return document.getElementById(this.prefix + id);
  }

  /** Starts the job and follows it; what the server refuses is told beside the form. */
  async start(path, values) {
    if (this.isAsking) {
      return; // pressed once more: it is asked once
    }
    this.isAsking = true;
    this.refuse("");
    try {
      this.job = await requestJson(path, { method: "POST", body: values });
    } catch (error) {
      this.refuse([error.title, error.detail].filter(Boolean).join(" "));
      return;
    } finally {
      this.isAsking = false;
    }
    this.#show(true, 0, this.words.waiting);
    await this.#watch(this.job);
  }

  refuse(words) {
    this.#find("refusal").hidden = !words;
    this.#find("refusal").textContent = words;
  }

  #show(isRunning, share = 0, words = "") {
    this.#find("run").hidden = !isRunning;
    this.#find("start").disabled = isRunning;
    this.#find("progress").value = share;
    this.#find("run-words").textContent = words;
  }

  async #watch(job) {
    try {
      for (;;) {
        const now = await requestJson(job.status_url);
        if (now.state === "done") {
          this.#show(false);
          this.ondone(job.job);
          return;
        }
        if (now.state === "failed" || now.state === "cancelled") {
          this.#show(false);
          this.refuse(now.state === "cancelled" ? this.words.cancelled : `${this.words.failed}: ${now.message}`);
          return;
        }
        if (now.state === "running") {
          this.#show(true, now.progress, this.words.working(now));
        }
        await new Promise((resolve) => { window.setTimeout(resolve, LOOK_EVERY_MS); });
      }
    } catch (error) {
      this.#show(false);
      showProblem(error);
    }
  }

  async #stop() {
    try {
      await requestJson(this.job.cancel_url, { method: "POST" });
    } catch (error) {
      showProblem(error);
    }
  }
}
