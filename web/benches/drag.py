"""Measure in Chromium how long a station let go of takes to its complete answer, over the city in use."""

from __future__ import annotations

import json
import statistics
from typing import Any

from playwright.sync_api import Page, Response

from data.store import Store
from web.benches import _browser, _gunicorn
from web.benches._more_stations import station_count, stations_up_to
from web.wiring import database_in_use

NAMES = ("drag",)
_ROUNDS = {"small": 5, "medium": 10, "large": 20}
_PATH = "/api/studio/coverage/answer"
_STEP_PX = 60
_THOUSAND = 1000
#: From the button let go to the lists of the answer in the page; what the map draws afterwards is not in it.
_LISTEN = """() => {
  window.taken = [];
  const [answer, stage] = ["answer", "stage"].map((id) => document.getElementById(id));
  addEventListener("mouseup", () => { window.letGo = performance.now(); }, true);
  new MutationObserver(() => {
    if (window.letGo !== undefined && !answer.hasAttribute("aria-busy")) {
      window.taken.push({ shown: performance.now() - window.letGo, answered: Number(stage.dataset.answered) });
      window.letGo = undefined;
    }
  }).observe(answer, { attributes: true, attributeFilter: ["aria-busy"] });
}"""


def run(name: str, size: str = "large") -> dict[str, Any]:
    """Drag one station to and fro, among the city's own and among a thousand; milliseconds.

    Raises
    ------
    StoreError
        When there is no Chromium.
    """
    store = Store(database_in_use(), max_size=2)
    figures: dict[str, Any] = {}
    try:
        own = station_count(store)
        for stations in dict.fromkeys((own, max(own, _THOUSAND))):
            with stations_up_to(store, stations):
                found, server = _measured(_ROUNDS[size])
            figures |= {
                f"{server[0]['facility_count']:,} stations: {what}": row for what, row in found.items()
            }
    finally:
        store.close()
    return {
        "bench": name, "unit": "ms", "objects": server[0]["count"],
        "how": "Chromium, 1280 × 800, software drawing, gunicorn with two workers; the map is drawn on the same cores meanwhile",
        "figures": figures,
    }  # fmt: skip


def _measured(rounds: int) -> tuple[dict[str, dict[str, float]], list[dict[str, Any]]]:
    heads: list[dict[str, Any]] = []
    with (
        _gunicorn.running() as port,
        _browser.signed_in(f"http://127.0.0.1:{port}", "dispatcher", width=1280, height=800) as page,
    ):
        page.goto(f"http://127.0.0.1:{port}/studio/coverage")
        page.locator("#map-loading").wait_for(state="hidden")
        page.locator(".studio__headline").wait_for()
        _choose_first(page)
        page.evaluate(_LISTEN)
        page.on("response", lambda answer: _keep_head(answer, heads))
        taken = [_drag(page, n) for n in range(rounds + 2)][2:]  # both workers have answered once
    server = heads[-len(taken) :]
    figures = {
        "let go → complete answer in the page": _spread([one["shown"] for one in taken]) | {"target_p50": 300.0},
        "of it: asked → answer read": _spread([one["answered"] for one in taken]),
        "of it: the server": _spread([one["server_ms"] for one in server]),
        "of it: two nearest of every object": _spread([one["swept_ms"] for one in server]),
    }  # fmt: skip
    return figures, server


def _choose_first(page: Page) -> None:
    """Choose a station by its name and bring it to the middle of the map."""
    page.locator("#seek").fill("站")
    page.locator("#found button").first.click()
    page.wait_for_timeout(4000)  # the map is there and at rest


def _drag(page: Page, n: int) -> dict[str, float]:
    box = page.locator("#map canvas").bounding_box()
    if box is None:
        raise RuntimeError("the map has no canvas")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    start, end = (x, x + _STEP_PX) if n % 2 == 0 else (x + _STEP_PX, x)
    page.mouse.move(start, y)
    page.mouse.down()
    page.mouse.move(end, y, steps=4)
    page.mouse.up()
    page.wait_for_function("n => window.taken.length > n", arg=n)
    page.wait_for_timeout(1500)
    found: dict[str, float] = page.evaluate("() => window.taken.at(-1)")
    return found


def _keep_head(answer: Response, heads: list[dict[str, Any]]) -> None:
    if answer.url.endswith(_PATH):
        body = answer.body()
        length = int.from_bytes(body[:4], "little")
        heads.append(json.loads(body[4 : 4 + length]))


def _spread(values: list[float]) -> dict[str, float]:
    return {
        "p50": round(statistics.median(values), 1),
        "p95": round(sorted(values)[int(0.95 * (len(values) - 1))], 1),
        "max": round(max(values), 1),
    }
