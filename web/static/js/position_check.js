/* Looking at a position as it is typed or set on the map: what the map says of it, its marker, and the ghost of a better one. */

import { query, requestJson } from "./api.js";
import { showReport } from "./position_report.js";

export class PositionCheck {
  #asked = 0;

  /**
   * @param {{report: HTMLElement, ask: function(): object, accept: function({lon: number, lat: number}), faults: FieldFaults}} options
   *   `ask` gives `position_text`, `crs`, `region`, `address` and `credit_code` as they stand.
   */
  constructor({ report, ask, accept, faults }) {
    this.report = report;
    this.ask = ask;
    this.accept = accept;
    this.faults = faults;
    this.picker = null;
  }

  async look({ moves = false } = {}) {
    const asked = this.ask();
    this.#asked += 1;
    const mine = this.#asked;
    this.faults.clear("position_text");
    if (!asked.position_text) {
      this.picker?.set(null);
      this.picker?.propose(null);
      return;
    }
    try {
      const found = await requestJson(`/api/registration/position?${query(asked)}`);
      if (mine !== this.#asked) {
        return; // something newer was asked meanwhile
      }
      showReport(this.report, found, this.accept);
      this.picker?.set(found);
      this.picker?.propose(found.warnings.find((one) => one.mended)?.mended ?? null, this.accept);
      if (moves) {
        this.picker?.goTo(found);
      }
    } catch (error) {
      if (error.title === undefined) {
        throw error;
      }
      this.picker?.propose(null);
      this.faults.set("position_text", error.detail);
    }
  }
}
