/* The answer to a coverage scenario as the server packs it: what stands is kept, and only what changes is read. */

import { request } from "./api.js";
import { LATE, NONE } from "./coverage_classes.js";

/** Reads columns behind a header, each beginning at a multiple of four. */
class Packed {
  constructor(buffer) {
    this.buffer = buffer;
    const length = new DataView(buffer).getUint32(0, true);
    this.head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    this.at = 4 + length;
  }

  take(Kind, count) {
    const column = new Kind(this.buffer, this.at, count);
    this.at += Math.ceil(column.byteLength / 4) * 4;
    return column;
  }
}

export class CoverageTrial {
  constructor() {
    this.base = null;
  }

  /** Asks a question; gives the header. `ids`, `before` and `after` ([first, second] seconds) are renewed. */
  async ask(question, { signal }) {
    const body = this.base === null ? question : { ...question, base: this.base };
    const response = await request("/api/studio/coverage/answer", { method: "POST", body, signal, accept: "application/octet-stream" });
    const packed = new Packed(await response.arrayBuffer());
    const { head } = packed;
    if (head.is_whole) {
      this.ids = packed.take(Uint32Array, head.count);
      this.before = [packed.take(Uint16Array, head.count), packed.take(Uint16Array, head.count)];
      this.facilities = head.facilities;
      this.base = head.base;
    }
    const at = packed.take(Uint32Array, head.changed);
    this.after = this.before.map((seconds) => {
      const found = seconds.slice();
      const changed = packed.take(Uint16Array, head.changed);
      for (let n = 0; n < at.length; n += 1) {
        found[at[n]] = changed[n];
      }
      return found;
    });
    this.head = head;
    return head;
  }

  /** The class of every object by its first (0) or second (1) nearest facility: 0–2 for the limits, LATE, NONE. */
  classes(rank) {
    const { limits_s: limits, unreached } = this.head;
    return Uint8Array.from(this.after[rank], (seconds) => {
      if (seconds === unreached) {
        return NONE;
      }
      const within = limits.findIndex((limit) => seconds <= limit);
      return within === -1 ? LATE : within;
    });
  }

  /** Seconds to an object by its first or second nearest: Infinity when there is none, undefined when it is not spoken of. */
  secondsTo(id, rank) {
    let [low, high] = [0, this.ids.length];
    while (low < high) { // ids rise
      const middle = (low + high) >> 1;
      if (this.ids[middle] < id) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (this.ids[low] !== id) {
      return undefined;
    }
    const seconds = this.after[rank][low];
    return seconds === this.head.unreached ? Infinity : seconds;
  }
}
