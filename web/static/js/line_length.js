/* Lengths on the sphere. */

const EARTH_M = 6371008.8;
const rad = (deg) => (deg * Math.PI) / 180;

/** Metres along a line of [lon, lat]. */
export function lengthOf(line) {
  return line.slice(1).reduce((sum, [lon, lat], at) => {
    const [lon0, lat0] = line[at];
    const a = Math.sin(rad(lat - lat0) / 2) ** 2 + Math.cos(rad(lat)) * Math.cos(rad(lat0)) * Math.sin(rad(lon - lon0) / 2) ** 2;
    return sum + 2 * EARTH_M * Math.asin(Math.sqrt(a));
  }, 0);
}
