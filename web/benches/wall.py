"""Measure the wall in Chromium on a live simulated feed: what grows by the hour, and how late events come."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from playwright.sync_api import CDPSession, Page

from data.clock import SystemClock
from data.sample.live_feed import FeedOptions, LiveFeed, refuse_unless_sample
from data.scope import SYSTEM
from data.store import Store
from data.travel_store import TravelStore
from web.application import make_desk
from web.benches import _browser, _gunicorn
from web.wiring import database_in_use, server_settings

NAMES = ("wall",)
OPTIONS = ("minutes", "speed")
_SAMPLE_S = 15.0
_STEP_S = 1.0
#: The first minutes fill caches, tiles and the list of events: they are no growth.
_WARM_SHARE = 0.2
#: A second listener beside the page's own: each event heard, after the snapshot with its lag from its instant, on the same machine's clock.
_LISTEN = """() => {
  let isLate = false;
  window.benchHeard = [];
  new EventSource("/api/wall/live").addEventListener("events", (event) => {
    for (const { id, at } of JSON.parse(event.data)) {
      window.benchHeard.push([id, isLate ? Date.now() - Date.parse(at) : null]);
    }
    isLate = true;
  });
}"""
_TAKE = "() => window.benchHeard.splice(0)"


@dataclass
class _Log:
    """What was read in the browser: instants in seconds, figures by name, lags of events, and errors of the page."""

    at_s: list[float] = field(default_factory=list)
    figures: dict[str, list[float]] = field(default_factory=dict)
    lags_ms: list[tuple[float, float]] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    acts: int = 0


def run(name: str, size: str = "large", *, minutes: float = 10.0, speed: float = 1.0) -> dict[str, Any]:
    """Play the sample city for so many minutes, so many times as fast as life, and watch its wall.

    Raises
    ------
    StoreError
        When there is no Chromium to show the wall.
    """
    del size
    store = Store(database_in_use(), max_size=4)
    try:
        with store.transaction(SYSTEM) as connection:
            refuse_unless_sample(connection)
        settings = server_settings()
        desk = make_desk(settings, TravelStore(store, settings.state_dir))
        with _gunicorn.running() as port:
            options = FeedOptions(speed=speed, open_orders=20)
            feed = LiveFeed(store, desk, seed=7, base_url=f"http://127.0.0.1:{port}", options=options)
            now = SystemClock().now()
            feed.play(now - dt.timedelta(minutes=25 / speed), now)
            log = _watch(f"http://127.0.0.1:{port}", feed, minutes)
        kept = _kept_events(store, log.heard)
    finally:
        store.close()
    return {
        "bench": name, "unit": "as named; growth: least squares after the first fifth", "figures": _figures(log),
        "how": "Chromium, 1920 × 1080, software drawing; heap after a collection; simulated calls, about 20 open orders",
        "minutes": minutes, "speed": speed, "acts_played": log.acts, "errors_of_the_page": log.errors,
        "events_heard": len(log.heard), "heard_twice": len(log.heard) - len(set(log.heard)), "never_heard": len(kept - set(log.heard)),
    }  # fmt: skip


def _kept_events(store: Store, heard: list[int]) -> set[int]:
    """Name the events that the store got while the page listened, from the first heard to the last."""
    if not heard:
        return set()
    with store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT id FROM incident_event WHERE id BETWEEN %s AND %s", [min(heard), max(heard)]
        )
        return {r["id"] for r in rows}


def _watch(origin: str, feed: LiveFeed, minutes: float) -> _Log:
    log = _Log()
    with _browser.signed_in(origin, "wall", width=1920, height=1080, is_still=False) as page:
        page.on("pageerror", lambda error: log.errors.append(str(error)[:200]))
        page.goto(f"{origin}/wall")
        page.locator("#map-loading").wait_for(state="hidden")
        page.evaluate(_LISTEN)
        page.wait_for_timeout(3000)
        probe = page.context.new_cdp_session(page)
        probe.send("Performance.enable")
        _follow(page, probe, feed, log, minutes * 60)
    return log


def _follow(page: Page, probe: CDPSession, feed: LiveFeed, log: _Log, for_s: float) -> None:
    """Play and read in turn until the time is over, then read what is still on its way."""
    begun = time.monotonic()
    next_sample_s = 0.0
    while (at_s := time.monotonic() - begun) < for_s:
        log.acts += len(feed.step(SystemClock().now()))
        _take(page, log, at_s)
        if at_s >= next_sample_s:
            next_sample_s += _SAMPLE_S
            _sample(probe, log, at_s)
        page.wait_for_timeout(max(0.0, _STEP_S - (time.monotonic() - begun - at_s)) * 1000)
    page.wait_for_timeout(3000)
    _take(page, log, for_s)


def _take(page: Page, log: _Log, at_s: float) -> None:
    for number, lag_ms in page.evaluate(_TAKE):
        log.heard.append(number)
        if lag_ms is not None:
            log.lags_ms.append((at_s, lag_ms))


def _sample(probe: CDPSession, log: _Log, at_s: float) -> None:
    probe.send("HeapProfiler.collectGarbage")
    found = {m["name"]: m["value"] for m in probe.send("Performance.getMetrics")["metrics"]}
    log.at_s.append(at_s)
    for name, value in (
        ("JS heap, MiB", found["JSHeapUsedSize"] / 2**20),
        ("DOM nodes", found["Nodes"]),
        ("event listeners", found["JSEventListeners"]),
    ):
        log.figures.setdefault(name, []).append(float(value))


def _figures(log: _Log) -> dict[str, dict[str, Any]]:
    figures = {}
    for name, values in log.figures.items():
        figures[name] = {"first": values[0], "last": values[-1], **growth(log.at_s, values)}
    if log.lags_ms:
        at_s, lags = zip(*log.lags_ms, strict=True)
        figures["event → heard, ms"] = {
            "p50": float(np.percentile(lags, 50)), "p95": float(np.percentile(lags, 95)), "max": float(max(lags)),
            **growth(at_s, lags),
        }  # fmt: skip
    return figures


def growth(at_s: Any, values: Any) -> dict[str, float]:
    """Fit a line after the first fifth: its slope an hour, and two standard errors of it; nothing for fewer than three values."""
    times = np.asarray(at_s, dtype=np.float64) / 3600
    found = np.asarray(values, dtype=np.float64)
    is_late = times >= times[-1] * _WARM_SHARE
    times, found = times[is_late], found[is_late]
    spread = float(np.sum((times - times.mean()) ** 2)) if len(times) > 2 else 0.0
    if spread == 0.0:
        return {}
    slope = float(np.sum((times - times.mean()) * (found - found.mean())) / spread)
    rest = found - found.mean() - slope * (times - times.mean())
    error = float(np.sqrt(np.sum(rest**2) / (len(times) - 2) / spread))
    return {"per_hour": slope, "two_errors": 2 * error}
