"""Measure answers of the application over the city in use: ranking, coverage and search, with row-level security on."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from data import search
from data.scope import SYSTEM
from data.travel_store import Question, TravelStore
from data.users import find_user
from geo.scenario import Impedance
from geo.snapping import entries, snap
from web.application import create_app
from web.sample_accounts import SAMPLE_PASSWORD
from web.wiring import server_settings

NAMES = ("rank", "coverage", "search")
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


def run(name: str, size: str = "large") -> dict[str, Any]:
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
    graph = _reverse_graph(found.impedance)
    incidents = snap(network, places)

    def peer(i: int) -> None:
        dijkstra(graph, indices=entries(found.impedance, incidents.take([i]), leaving=False).node[:1])

    figures["peer scipy: times alone, no reasons, no routes"] = _spread(peer, min(len(places), 40))
    return {"nodes": network.node_count, "calls": len(places)}


def _reverse_graph(impedance: Impedance) -> csr_array:
    network, weights = impedance.network, impedance.arc_ms
    usable = np.flatnonzero(weights >= 0)
    order = usable[np.lexsort((weights[usable], network.arc_head[usable], network.arc_tail[usable]))]
    tail, head = network.arc_tail[order], network.arc_head[order]
    first = np.ones(len(order), bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    shape = (network.node_count, network.node_count)
    return csr_array((weights[order[first]].astype(float), (head[first], tail[first])), shape=shape)


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
