"""Measure answers of the application over the city in use: ranking, coverage and search, with row-level security on."""

from __future__ import annotations

import datetime as dt
import http.client
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import search
from data.errors import StoreError
from data.network_service import Circumstances
from data.scope import SYSTEM
from data.travel_store import Question, TravelStore
from data.users import find_user
from dispatch.nearest import Facilities, Sweeps, TravelTimes, Wish, find_nearest, place_on_road
from geo.contraction import IS_AVAILABLE, Contraction
from geo.snapping import snap
from web.application import create_app
from web.benches import _paint, _peer_table
from web.benches.tipg import serving
from web.sample_accounts import SAMPLE_PASSWORD
from web.wiring import database_in_use, server_settings

NAMES = ("rank", "coverage", "search")
OPTIONS = ("with_peers",)
_WARM_S = 25.0
_CALLS = {"small": 30, "medium": 100, "large": 300}
_WORDS = (
    "深圳",
    "花园",
    "公馆",
    "3100",
    "福田区",
    "ftq",
    "消防",
    "医院",
    "0012",
    "华强北",
    "救援站",
    "有限公司",
)


def run(name: str, size: str = "large", *, with_peers: bool = True) -> dict[str, Any]:
    """Measure through the whole application in one process, one call at a time; milliseconds."""
    app = create_app(server_settings())
    travel: TravelStore = app.extensions["travel"]
    travel.networks.warm_up().join()
    client = app.test_client()
    signed_in = client.post("/sign-in", data={"username": "dispatcher", "password": SAMPLE_PASSWORD})
    figures: dict[str, dict[str, Any]] = {}
    facts: dict[str, Any] = {
        "bench": name, "unit": "ms", "signed_in": signed_in.status_code == 302,
        "how": "one call at a time through the application as the sample dispatcher (row-level security on), routes included",
    }  # fmt: skip
    try:
        if name == "search":
            facts |= _search(figures, client, app.extensions["store"], size)
        elif name == "rank":
            facts |= _rank(figures, client, travel, size)
        else:
            facts |= _coverage(figures, client, travel)
        if with_peers and name != "search":
            impedance = travel.circumstances(Question(dt.datetime.now(dt.UTC))).impedance
            beside = _peer_table.compare(impedance, name, facilities=int(facts["facilities"]))
            figures |= beside.pop("figures")
            facts |= beside
    finally:
        app.extensions["store"].close()
    return {"figures": figures, **facts}


def _rank(figures: dict[str, Any], client: Any, travel: TravelStore, size: str) -> dict[str, Any]:
    found = travel.circumstances(Question(dt.datetime.now(dt.UTC)))
    network = found.network
    random = np.random.default_rng(1)
    places = network.node_lonlat[random.integers(0, network.node_count, _CALLS[size])]

    def ask(k: int, i: int) -> int:
        lon, lat = places[i]
        return int(client.get(f"/api/nearest?lon={lon}&lat={lat}&k={k}").status_code)

    for k in (5, 10):
        figures[f"rank: all stations with reasons, {k} routes"] = _spread(partial(ask, k), len(places)) | {
            "target_p99": 50.0 if k == 10 else None
        }
    _rank_many(figures, found, places)
    over_http(figures, places)
    answer = travel.nearest(
        SYSTEM, Question(dt.datetime.now(dt.UTC)), _pair(places[0]), kind_name="rescue_station"
    )
    return {"nodes": network.node_count, "calls": len(places), "facilities": len(answer.points)}


def _pair(place: NDArray[np.float64]) -> tuple[float, float]:
    return float(place[0]), float(place[1])


def _rank_many(figures: dict[str, Any], found: Circumstances, places: NDArray[np.float64]) -> None:
    """Rank 1,000 stations at random junctions, with reasons and ten routes, without the application around it."""
    network, impedance = found.network, found.impedance
    random = np.random.default_rng(2)
    at = network.node_lonlat[random.integers(0, network.node_count, 1000)]
    stations = Facilities(
        np.full(1000, "station"), np.full(1000, "440300"), random.random(1000) < 0.1, snap(network, at)
    )
    wish = Wish(k=10, only_on_duty=True)
    engines: dict[str, TravelTimes] = {"sweeps": Sweeps(impedance)}
    if IS_AVAILABLE:
        engines["hierarchy"] = Contraction(network).customize(impedance)
    for name, engine in engines.items():

        def ask(i: int, engine: TravelTimes = engine) -> None:
            find_nearest(engine, stations, place_on_road(network, *_pair(places[i])), wish)

        figures[f"rank: 1,000 stations with reasons, 10 routes, the use case alone, {name}"] = _spread(
            ask, len(places)
        )

        def times(i: int, engine: TravelTimes = engine) -> None:
            engine.facilities_to_incident(stations.places, place_on_road(network, *_pair(places[i])))

        figures[f"rank: 1,000 stations to one incident, times alone, {name}"] = _spread(
            times, len(places)
        ) | {"target_p50": 8.0}


def over_http(figures: dict[str, Any], places: NDArray[np.float64]) -> None:
    """Ask a gunicorn worker of its own over loopback, one call at a time, by a token."""
    with serving(database_in_use()) as (port, token, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

        def ask(i: int) -> None:
            lon, lat = places[i % len(places)]
            connection.request(
                "GET", f"/api/nearest?lon={lon}&lat={lat}&k=10", headers={"Authorization": f"Bearer {token}"}
            )
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise StoreError(f"/api/nearest answers {answer.status}: {content[:200]!r}")

        began = time.monotonic()
        while time.monotonic() - began < _WARM_S:  # the worker opens the network and weighs it meanwhile
            ask(0)
            time.sleep(0.2)
        figures["rank: all stations with reasons, 10 routes, over HTTP"] = _spread(ask, len(places)) | {
            "target_p99": 50.0
        }
        connection.close()


def _coverage(figures: dict[str, Any], client: Any, travel: TravelStore) -> dict[str, Any]:
    network = travel.networks.roads().network
    lon, lat = network.node_lonlat[network.node_count // 2].tolist()
    jobs: dict[str, Callable[[int], Any]] = {
        "coverage: totals by division, three nearest": lambda _: client.get("/api/coverage"),
        "coverage: field of every elevator, JSON": lambda _: client.get("/api/coverage/field"),
        "coverage: field of every elevator, binary": lambda _: client.get(
            "/api/coverage/field?format=binary"
        ),
        "coverage: a station tried out, another place each time": lambda i: client.post(
            "/api/coverage/field?format=binary",
            json={"added": [[lon + 0.001 * i, lat]]},
            headers={"X-CSRF-Token": _csrf(client)},
        ),
        "coverage: weights of another hour": lambda i: client.get(
            f"/api/coverage/field?format=binary&hour_of_week={i + 30}"
        ),
    }
    for name, job in jobs.items():
        figures[name] = _spread(job, 9)
    with serving(database_in_use()) as (port, _, _):
        figures |= _paint.measure(port)
    question = Question(dt.datetime.now(dt.UTC))
    answer = travel.coverage(SYSTEM, question, of="elevator", by="rescue_station", limits_s=[600], k=1)
    return {
        "objects": len(answer.objects),
        "facilities": len(answer.facility_ids),
        "nodes": network.node_count,
    }


def _csrf(client: Any) -> str:
    return str(client.get("/api/session").get_json()["csrf"])


def _search(figures: dict[str, Any], client: Any, store: Any, size: str) -> dict[str, Any]:
    with store.transaction(SYSTEM) as connection:
        rows = connection.execute("SELECT name, code FROM elevator ORDER BY id LIMIT 4000").fetchall()
        user = find_user(connection, "dispatcher")
    count = max(_CALLS[size] * 2 // 3, 20)
    random = np.random.default_rng(3)
    words = []
    for i in range(count):
        row = rows[int(random.integers(len(rows)))] if rows else {"name": "花园", "code": "3100"}
        words.append((_WORDS[i % len(_WORDS)], row["name"][:6], row["code"][-6:])[i % 3])
    figures["search: through the application"] = _spread(
        lambda i: client.get("/api/search", query_string={"q": words[i]}), count
    ) | {"target_p95": 100.0}

    figures["elevator of a call: name, code or rescue code, through the application"] = _spread(
        lambda i: client.get("/api/elevators/find", query_string={"q": words[i]}), count
    ) | {"target_p95": 100.0}

    def alone(i: int) -> None:
        scope = user.scope()
        with store.transaction(scope) as connection:
            search.search(connection, words[i], scope=scope)

    figures["search: the store alone"] = _spread(alone, count)
    return {"queries": count}


def _spread(job: Callable[[int], Any], count: int) -> dict[str, float]:
    """Run once to warm up, then give the spread of single calls in milliseconds."""
    job(0)
    taken = []
    for i in range(count):
        begin = time.perf_counter()
        job(i)
        taken.append((time.perf_counter() - begin) * 1000)
    taken.sort()
    return {
        "p50": round(statistics.median(taken), 2),
        "p95": round(taken[int(0.95 * (count - 1))], 2),
        "p99": round(taken[int(0.99 * (count - 1))], 2),
        "max": round(taken[-1], 2),
    }
