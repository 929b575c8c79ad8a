"""Measure in Chromium how long an answer takes to be painted, beside a bare `setData` of as many points."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Error

from data.errors import StoreError
from web.benches import _browser

_ROUNDS = 7
_SCRIPT = """async ({ rounds, view: place }) => {
  const base = document.querySelector("script[src*='/js/map.js']").src.replace("map.js", "");
  const [{ MapView }, { CoverageField }, { CoverageCells }] = await Promise.all(
    ["map_view.js", "coverage_field.js", "coverage_cells.js"].map((name) => import(base + name)));
  const session = await (await fetch("/api/session")).json();
  const layer = (await (await fetch("/api/layers")).json()).layers.find((one) => one.id === "elevator");
  const answers = await Promise.all([18, 3].map(async (hour) =>
    (await fetch(`/api/coverage/field?format=binary&hour_of_week=${hour}`)).arrayBuffer()));
  const cells = await CoverageCells.read("elevator", {});
  const holder = document.createElement("div");
  for (const [name, value] of Object.entries({ position: "fixed", inset: "0", "z-index": "9999" })) {
    holder.style.setProperty(name, value);
  }
  document.body.append(holder);
  const view = await MapView.create(holder, { theme: "light", bbox: session.city.bbox, view: place, padding: { top: 20, bottom: 20, left: 20, right: 20 } });
  await new Promise((done) => view.on("ready", done));
  view.setVisibleLayers(["elevator"], "elevator");
  const { map } = view;
  const idle = () => new Promise((done) => map.once("idle", done));
  await idle();
  const measure = async (paint) => {
    const taken = [];
    for (let round = 0; round <= rounds; round += 1) { // the first is not counted
      const start = performance.now();
      const painted = idle();
      paint(round % 2);
      const handed = performance.now() - start;
      await painted;
      taken.push([performance.now() - start, handed]);
    }
    const sorted = (at) => taken.slice(1).map((one) => one[at]).sort((a, b) => a - b);
    const [whole, handed] = [sorted(0), sorted(1)];
    return { p50: whole[rounds >> 1], max: whole.at(-1), script_p50: handed[rounds >> 1] };
  };
  const ours = await measure((at) => {
    const field = new CoverageField(answers[at]);
    cells.setClasses(field.ids, field.classes);
    view.coverage.set(layer.id, field.classesById(), { minZoom: layer.raw_min_zoom, cells });
    view.setVisibleLayers(["elevator"], "elevator");
  });
  view.coverage.clear();
  view.setVisibleLayers([], null);
  const lon = (x) => x * 360 - 180;
  const lat = (y) => (Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) * 360) / Math.PI - 90;
  const data = answers.map((answer) => {
    const { classes } = new CoverageField(answer);
    return { type: "FeatureCollection", features: [...cells.ids].map((id, at) => ({ type: "Feature", id, properties: { reach: classes[at] },
      geometry: { type: "Point", coordinates: [lon(cells.x[at]), lat(cells.y[at])] } })).filter((one) => !Number.isNaN(one.geometry.coordinates[0])) };
  });
  map.addSource("bare", { type: "geojson", data: data[0] });
  map.addLayer({ id: "bare", type: "circle", source: "bare", paint: { "circle-radius": 4, "circle-color": ["match", ["get", "reach"], 0, "#0a4b49", 1, "#2f9490", "#9fd6d2"] } });
  await idle();
  const bare = await measure((at) => map.getSource("bare").setData(data[1 - at]));
  return { ours, bare, objects: cells.ids.length };
}"""


def measure(port: int) -> dict[str, dict[str, Any]]:
    """Give the figures of the whole city (circles) and of one quarter (points), milliseconds."""
    origin = f"http://127.0.0.1:{port}"
    figures: dict[str, dict[str, Any]] = {}
    try:
        with _browser.signed_in(origin, "dispatcher", width=1280, height=800) as page:
            row = page.request.get(f"{origin}/api/layers/elevator/features?page_size=1").json()["rows"][0]
            near = {"zoom": 14.2, "lon": row["lon"], "lat": row["lat"]}
            for name, place in (("whole city, circles", None), ("one quarter, points", near)):
                page.goto(f"{origin}/map")
                page.locator("#map-loading").wait_for(state="hidden")
                found = page.evaluate(_SCRIPT, {"rounds": _ROUNDS, "view": place})
                of = f"{found['objects']:,} elevators"
                bare = found["bare"]["p50"]
                figures[f"painted in Chromium: {of}, {name}"] = _rounded(found["ours"]) | {
                    "of_set_data": round(found["ours"]["p50"] / bare, 2)
                }
                figures[f"peer in Chromium: setData of {of}, {name}"] = _rounded(found["bare"])
    except (Error, StoreError) as error:
        figures[f"painted in Chromium: not measured ({str(error).splitlines()[0][:120]})"] = {}
    return figures


def _rounded(found: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in found.items()}
