/* Where the objects of a kind are, and how they add up by place and class at one zoom: the map far out has no single points. */

import { request } from "./api.js";
import { LATE, NONE } from "./coverage_classes.js";

const CELLS_ACROSS = 12; // of a tile of 512 pixels: one in some 43
const UNSPOKEN = 255; // objects the answer does not speak of
const MEETS_PERCENT = 90; // a circle has the colour of the class that so many of its objects meet

const mercatorX = (lon) => (lon + 180) / 360;
const mercatorY = (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
const lonOf = (x) => x * 360 - 180;
const latOf = (y) => (Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) * 360) / Math.PI - 90;

/** The soonest class that 90 % of the objects counted by class meet. */
export function metClass(counts) {
  const total = counts.reduce((sum, n) => sum + n, 0);
  let met = 0;
  for (const [at, n] of counts.entries()) {
    met += n;
    if (100 * met >= MEETS_PERCENT * total) {
      return at;
    }
  }
  return NONE;
}

export class CoverageCells {
  /** Reads where the objects of a kind are; the browser fetches them again only when they have changed. */
  static async read(of, { signal }) {
    const response = await request(`/api/coverage/positions?${new URLSearchParams({ of })}`, { signal, accept: "application/octet-stream" });
    return new CoverageCells(await response.arrayBuffer());
  }

  constructor(buffer) {
    const length = new DataView(buffer).getUint32(0, true);
    const { count } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    this.ids = new Uint32Array(buffer, 4 + length, count);
    const lonlat = new Float32Array(buffer, 4 + length + 4 * count, 2 * count);
    this.x = Float64Array.from(this.ids, (_, at) => mercatorX(lonlat[2 * at]));
    this.y = Float64Array.from(this.ids, (_, at) => mercatorY(lonlat[2 * at + 1]));
    this.grids = new Map();
  }

  /** Puts the classes of an answer beside the positions; both know their ids rising. */
  setClasses(ids, classes) {
    const mine = new Uint8Array(this.ids.length).fill(UNSPOKEN);
    for (let at = 0, of = 0; at < mine.length && of < ids.length;) {
      if (this.ids[at] === ids[of]) {
        mine[at] = classes[of];
      }
      const step = this.ids[at] - ids[of];
      at += step <= 0 ? 1 : 0;
      of += step >= 0 ? 1 : 0;
    }
    this.classes = mine;
  }

  /** The cell of every object at a zoom: -1 without a position. */
  #grid(zoom) {
    if (!this.grids.has(zoom)) {
      const across = CELLS_ACROSS * 2 ** zoom;
      const numbers = new Map();
      const cellOf = Int32Array.from(this.ids, (_, at) => {
        if (Number.isNaN(this.x[at])) {
          return -1;
        }
        const key = Math.floor(this.y[at] * across) * across + Math.floor(this.x[at] * across);
        if (!numbers.has(key)) {
          numbers.set(key, numbers.size);
        }
        return numbers.get(key);
      });
      this.grids.set(zoom, { cellOf, count: numbers.size });
    }
    return this.grids.get(zoom);
  }

  /** One point a cell, in the middle of its objects: how many, the class that 90 % meet, and how many are beyond every limit. */
  features(zoom) {
    const { cellOf, count } = this.#grid(zoom);
    const counts = Array.from({ length: count }, () => [0, 0, 0, 0, 0]);
    const [sumX, sumY] = [new Float64Array(count), new Float64Array(count)];
    for (let at = 0; at < cellOf.length; at += 1) {
      const cell = cellOf[at];
      if (cell !== -1 && this.classes[at] !== UNSPOKEN) {
        counts[cell][this.classes[at]] += 1;
        sumX[cell] += this.x[at];
        sumY[cell] += this.y[at];
      }
    }
    return counts.flatMap((of, cell) => {
      const n = of.reduce((sum, one) => sum + one, 0);
      if (n === 0) {
        return [];
      }
      const properties = { n, reach: metClass(of), beyond: of[LATE] + of[NONE] };
      return [{ type: "Feature", properties, geometry: { type: "Point", coordinates: [lonOf(sumX[cell] / n), latOf(sumY[cell] / n)] } }];
    });
  }
}
