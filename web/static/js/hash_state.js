/* What of the map stands in the address: position, layers, theme, division, selection, list. */

const LIMITS = { zoom: 22, lon: 180, lat: 85.06 };

function parseView(text) {
  const [zoom, lat, lon] = (text ?? "").split("/").map(Number);
  const good = [zoom, lat, lon].every(Number.isFinite)
    && zoom >= 0 && zoom <= LIMITS.zoom && Math.abs(lat) <= LIMITS.lat && Math.abs(lon) <= LIMITS.lon;
  return good ? { zoom, lon, lat } : null;
}

/** The state written in a hash; parts that are missing or make no sense are null. */
export function parseHash(hash) {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const [layer, ...rest] = (values.get("f") ?? "").split(":");
  return {
    view: parseView(values.get("v")),
    layers: values.has("l") ? values.get("l").split(",").filter(Boolean) : null,
    counted: values.get("n") || null,
    theme: ["dark", "light"].includes(values.get("t")) ? values.get("t") : null,
    division: /^\d{2,12}$/.test(values.get("d") ?? "") ? values.get("d") : null,
    feature: layer && rest.length > 0 ? { layer, id: rest.join(":") } : null,
    list: values.get("list") || null
  };
}

/** The hash of a state, readable and without needless escapes. */
export function formatHash({ view, layers, counted, theme, division, feature, list }) {
  const parts = [];
  if (view) {
    parts.push(`v=${view.zoom.toFixed(2)}/${view.lat.toFixed(5)}/${view.lon.toFixed(5)}`);
  }
  if (layers) {
    parts.push(`l=${layers.map(encodeURIComponent).join(",")}`);
  }
  if (counted) {
    parts.push(`n=${encodeURIComponent(counted)}`);
  }
  if (theme) {
    parts.push(`t=${theme}`);
  }
  if (division) {
    parts.push(`d=${division}`);
  }
  if (feature) {
    parts.push(`f=${encodeURIComponent(feature.layer)}:${encodeURIComponent(feature.id)}`);
  }
  if (list) {
    parts.push(`list=${encodeURIComponent(list)}`);
  }
  return `#${parts.join("&")}`;
}
