"""Measure dispatch over HTTP on the sample city in use: rankings, joint assignment, orders taken, and how soon walls hear."""

from __future__ import annotations

import contextlib
import http.client
import json
import statistics
import threading
import time
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from data.sample.live_feed import refuse_unless_sample
from data.scope import SYSTEM
from data.store import Store
from dispatch.assignment import OpenCalls, assign_one_by_one, assign_together
from web.benches import _gunicorn
from web.benches._more_stations import station_count, stations_up_to
from web.sample_accounts import SAMPLE_PASSWORD
from web.wiring import database_in_use

NAMES = ("dispatch",)
_CALLS = {"small": 20, "medium": 60, "large": 150}
_ORDERS = {"small": 20, "medium": 60, "large": 200}
_WALLS = 50
_THOUSAND = 1000


class _Caller:
    """A signed-in dispatcher on one connection that is kept open."""

    def __init__(self, port: int, cookie: str | None = None, csrf: str | None = None) -> None:
        self._port, self.cookie, self.csrf = port, cookie, csrf
        self._link = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        if cookie is None:
            form = urllib.parse.urlencode({"username": "dispatcher", "password": SAMPLE_PASSWORD})
            self._link.request(
                "POST", "/sign-in", form, {"Content-Type": "application/x-www-form-urlencoded"}
            )
            answer = self._link.getresponse()
            answer.read()
            self.cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
            self.csrf = self.ask("GET", "/api/session")["csrf"]

    def again(self) -> _Caller:
        """Give the same dispatcher on a further connection."""
        return _Caller(self._port, self.cookie, self.csrf)

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {
            "Cookie": self.cookie or "",
            "X-CSRF-Token": self.csrf or "",
            "Content-Type": "application/json",
        }
        self._link.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self._link.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        found: dict[str, Any] = json.loads(content)
        return found

    def listen(self, heard: Callable[[list[dict[str, Any]]], None]) -> None:
        """Follow the wall's feed until the connection ends; hand over each message of events."""
        link = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        link.request("GET", "/api/wall/live", headers={"Cookie": self.cookie or ""})
        answer = link.getresponse()
        name = b""
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            for line in answer:
                if line.startswith(b"event: "):
                    name = line[7:].strip()
                elif line.startswith(b"data: ") and name == b"events":
                    heard(json.loads(line[6:]))


def run(name: str, size: str = "large") -> dict[str, Any]:
    """Measure with a server of two workers of its own; orders that are made are closed again."""
    figures: dict[str, dict[str, Any]] = {}
    store = Store(database_in_use(), max_size=4)
    try:
        with store.transaction(SYSTEM) as connection:
            refuse_unless_sample(connection)
        with _gunicorn.running() as port:
            caller = _Caller(port)
            facts = _ranking(figures, store, caller, size)
            facts |= _orders(figures, store, caller, size)
            facts |= _walls(figures, store, caller, size)
        _together(figures, size)
    finally:
        store.close()
    return {
        "bench": name, "unit": "ms unless named otherwise", "figures": figures,
        "how": "over HTTP to gunicorn with two workers as the sample dispatcher, row-level security on", **facts,
    }  # fmt: skip


def _elevators(store: Store, count: int) -> list[str]:
    with store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT e.code FROM elevator e WHERE geom IS NOT NULL AND valid_to IS NULL AND NOT EXISTS (SELECT 1 FROM incident i"
            " WHERE i.elevator_code = e.code AND i.state <> 'closed') ORDER BY md5(e.code || 'bench') LIMIT %s",
            [count],
        ).fetchall()
    return [r["code"] for r in rows]


def _take(caller: _Caller, elevator: str) -> dict[str, Any]:
    return caller.ask("POST", "/api/orders", {"elevator_code": elevator, "people_inside": 2})


def _close(caller: _Caller, code: str) -> None:
    caller.ask(
        "POST", f"/api/orders/{code}/close", {"outcome": "not_entrapment", "why": "测速 speed measurement"}
    )


def _ranking(figures: dict[str, Any], store: Store, caller: _Caller, size: str) -> dict[str, Any]:
    codes = [_take(caller, e)["code"] for e in _elevators(store, 10)]

    def ask(i: int) -> None:
        caller.ask("GET", f"/api/orders/{codes[i % len(codes)]}/ranking")

    try:
        stations = station_count(store)
        figures[f"ranking of {stations} stations, 10 routes"] = _spread(ask, _CALLS[size]) | {
            "target_p99": 50.0
        }
        with stations_up_to(store, _THOUSAND):
            time.sleep(2)
            figures[f"ranking of {_THOUSAND} stations, 10 routes"] = _spread(ask, _CALLS[size])
        figures["proposal: all open orders of the store"] = _spread(
            lambda _: caller.ask("GET", "/api/dispatch/proposal"), 5
        )
        figures["figures of 30 days by district"] = _spread(
            lambda _: caller.ask("GET", "/api/dispatch/figures?by=district"), 10
        )
    finally:
        for code in codes:
            _close(caller, code)
    return {"stations": stations}


def _orders(figures: dict[str, Any], store: Store, caller: _Caller, size: str) -> dict[str, Any]:
    """Take calls and notify the first station, from four dispatchers at once."""
    elevators = _elevators(store, _ORDERS[size])
    taken_ms: list[float] = []
    codes: list[str] = []

    def dispatch(part: list[str]) -> None:
        own = caller.again()
        for elevator in part:
            begun = time.perf_counter()
            code = _take(own, elevator)["code"]
            codes.append(code)
            first = own.ask("GET", f"/api/orders/{code}/ranking")["candidates"]
            if first:
                own.ask("POST", f"/api/orders/{code}/notify", {"station_code": first[0]["code"]})
            taken_ms.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(dispatch, [elevators[i::4] for i in range(4)]))
        wall_s = time.perf_counter() - begun
    finally:
        for code in codes:
            _close(caller, code)
    figures["call → ranked → notified, 4 dispatchers at once"] = _quantiles(taken_ms)
    return {"orders_per_s": round(len(taken_ms) / wall_s, 1), "orders": len(taken_ms)}


def _walls(figures: dict[str, Any], store: Store, caller: _Caller, size: str) -> dict[str, Any]:
    """Count from the call's being sent to its event at every one of fifty connected walls."""
    elevators = _elevators(store, max(_CALLS[size] // 5, 6))
    heard: list[dict[str, list[float]]] = [{} for _ in range(_WALLS)]

    def follow(i: int) -> None:
        def note(events: list[dict[str, Any]]) -> None:
            now = time.perf_counter()
            for event in events:
                if event["kind"] == "received":
                    heard[i].setdefault(event["code"], []).append(now)

        caller.again().listen(note)

    for i in range(_WALLS):
        threading.Thread(target=follow, args=(i,), daemon=True).start()
    time.sleep(3)
    delays_ms: list[float] = []
    missed = doubled = 0
    for elevator in elevators:
        begun = time.perf_counter()
        code = _take(caller, elevator)["code"]
        time.sleep(1.5)
        times = [each.get(code, []) for each in heard]
        missed += sum(not one for one in times)
        doubled += sum(len(one) > 1 for one in times)
        delays_ms += [(one[0] - begun) * 1000 for one in times if one]
        _close(caller, code)
        time.sleep(0.5)
    figures[f"call sent → its event at {_WALLS} walls"] = _quantiles(delays_ms) | {"target_p95": 2000.0}
    return {"walls": _WALLS, "not_heard_within_1.5_s": missed, "heard_twice": doubled}


def _together(figures: dict[str, Any], size: str) -> None:
    """Measure the joint assignment alone, and HiGHS on the same calls."""
    count = {"small": 3, "medium": 6, "large": 12}[size]

    def spread(job: Callable[[OpenCalls], object], questions: list[OpenCalls]) -> dict[str, float]:
        return _spread(lambda i: job(questions[i % len(questions)]), count)

    for n, m in ((50, 400), (50, _THOUSAND), (200, _THOUSAND)):
        questions = [_city(n, m, seed) for seed in range(count)]
        found = spread(assign_together, questions)
        figures[f"joint assignment {n} × {m}"] = found | (
            {"target_p99": 2000.0} if (n, m) == (50, 400) else {}
        )
        if n == 50:
            figures[f"one by one {n} × {m}"] = spread(assign_one_by_one, questions)
            figures[f"peer HiGHS {n} × {m}, total time alone"] = spread(_highs, questions)


def _city(n: int, m: int, seed: int) -> OpenCalls:
    """Draw calls gathered in a part of a square of 40 km, as in a blackout; stations all over it, in ten districts."""
    rng = np.random.default_rng(seed)
    station, call = rng.random((m, 2)) * 40, 12 + rng.random((n, 2)) * 8
    travel = np.round(
        np.hypot(*(call[:, None] - station[None]).transpose(2, 0, 1)) * 110 + rng.random((n, m)) * 60, 3
    )
    district = (station[:, 0] // 8 * 2 + station[:, 1] // 20).astype(np.int64)
    return OpenCalls(travel, np.full(n, 1800.0), rng.integers(0, 3, m), district, reserve=1)


def _highs(calls: OpenCalls) -> None:
    n, m = calls.travel_time_s.shape
    one = np.arange(n * m)
    rows = coo_array(
        (np.ones(2 * n * m), (np.concatenate([one // m, n + one % m]), np.concatenate([one, one]))), shape=(n + m, n * m)
    ).tocsc()  # fmt: skip
    low = np.concatenate([np.ones(n), np.zeros(m)])
    high = np.concatenate([np.ones(n), calls.free_crews.astype(float)])
    milp(
        calls.travel_time_s.ravel(), constraints=LinearConstraint(rows, low, high), bounds=Bounds(0, 1), integrality=np.ones(n * m)
    )  # fmt: skip


def _spread(job: Callable[[int], Any], count: int) -> dict[str, float]:
    job(0)
    taken = []
    for i in range(count):
        begun = time.perf_counter()
        job(i)
        taken.append((time.perf_counter() - begun) * 1000)
    return _quantiles(taken)


def _quantiles(taken_ms: list[float]) -> dict[str, float]:
    values = sorted(taken_ms)
    return {
        "p50": round(statistics.median(values), 1),
        "p95": round(values[int(0.95 * (len(values) - 1))], 1),
        "p99": round(values[int(0.99 * (len(values) - 1))], 1),
        "max": round(values[-1], 1),
    }
