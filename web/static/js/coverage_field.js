/* How soon help gets to every object of a layer: the server's answer, its classes and their counts. */

import { request } from "./api.js";
import { LATE, NONE } from "./coverage_classes.js";

export class CoverageField {
  /** Reads `/api/coverage/field` in its binary form; `body` holds closures drawn by hand. */
  static async read(queryText, { signal, body }) {
    const path = `/api/coverage/field?${queryText}&format=binary`;
    const response = await request(path, { signal, accept: "application/octet-stream", ...(body ? { method: "POST", body } : {}) });
    return new CoverageField(await response.arrayBuffer());
  }

  constructor(buffer) {
    const length = new DataView(buffer).getUint32(0, true);
    this.head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    const { count } = this.head;
    this.ids = new Uint32Array(buffer, 4 + length, count);
    this.seconds = new Uint16Array(buffer, 4 + length + 4 * count, count);
  }

  #class(seconds) {
    if (seconds === this.head.unreached) {
      return NONE;
    }
    const within = this.head.limits_s.findIndex((limit) => seconds <= limit);
    return within === -1 ? LATE : within;
  }

  /** The class of every object, in the order of the ids: 0–2 for the limits, LATE, NONE. */
  get classes() {
    this.found ??= Uint8Array.from(this.seconds, (seconds) => this.#class(seconds));
    return this.found;
  }

  /** The classes by id. */
  classesById() {
    const { classes } = this;
    const found = new Map();
    for (let at = 0; at < classes.length; at += 1) {
      found.set(this.ids[at], classes[at]);
    }
    return found;
  }

  /** Seconds to one object: Infinity when nobody gets there, undefined when the answer does not speak of it. */
  secondsTo(id) {
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
    return this.seconds[low] === this.head.unreached ? Infinity : this.seconds[low];
  }
}

/** Objects of each class; they add up to the count. */
export function countClasses(classes) {
  const counts = [0, 0, 0, 0, 0];
  for (const value of classes) {
    counts[value] += 1;
  }
  return counts;
}
