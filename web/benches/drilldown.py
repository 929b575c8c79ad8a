"""Measure figures by district over HTTP with 500,000 hidden dangers in the store, beside geopandas."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import psycopg
from psycopg.rows import dict_row

from data import database as databases
from data import kept_days, users
from data.scope import SYSTEM, Connection, enter
from web.benches import _gunicorn
from web.benches._scratch import drop, make_store
from web.wiring import database_in_use

NAMES = ("drilldown",)
_ROWS = {
    "small": {"enterprise": 1_200, "elevator": 2_600, "hidden_danger": 10_000},
    "medium": {"enterprise": 12_000, "elevator": 26_000, "hidden_danger": 100_000},
    "large": {"enterprise": 60_000, "elevator": 130_000, "hidden_danger": 500_000},
}
_ROUNDS = 30
_PASSWORD = "a bench of its own 1"  # noqa: S105 - of a scratch database that is dropped
_MEASURES = (
    "enterprise_count",
    "elevator_count",
    "hidden_danger_overdue_count",
    "hidden_danger_overdue_share",
    "hidden_danger_rectified_rate",
    "hidden_danger_on_time_rate",
    "hidden_danger_major_open",
)

#: Rows spread over the communities, with the point of the community as their place.
_FILL = {
    "enterprise": (
        "INSERT INTO enterprise (code, name, division_code, authority_code, geom, industry)"
        " SELECT 'B' || lpad(n::text, 17, '0'), '企业' || n, p.code, left(p.code, 6), p.geom, 'general'"
    ),
    "elevator": (
        "INSERT INTO elevator (code, name, division_code, authority_code, geom)"
        " SELECT 'B' || lpad(n::text, 19, '0'), '电梯' || n, p.code, left(p.code, 6), p.geom"
    ),
    "hidden_danger": (
        "INSERT INTO hidden_danger (code, name, division_code, authority_code, geom, grade, source, state, registered_at, due_at, first_due_at, completed_at)"
        " SELECT 'B' || n, '隐患' || n, p.code, left(p.code, 6), p.geom, CASE WHEN n %% 40 = 0 THEN 'major' ELSE 'general' END,"
        " CASE WHEN n %% 5 = 0 THEN 'government' ELSE 'self' END,"
        " (ARRAY['done', 'done', 'done', 'pending', 'in_review', 'overdue'])[1 + n %% 6],"
        " now() - n %% 700 * interval '1 day', now() - n %% 700 * interval '1 day' + interval '30 days', now() - n %% 700 * interval '1 day' + interval '30 days',"
        " CASE WHEN n %% 6 < 3 THEN now() - n %% 700 * interval '1 day' + n %% 40 * interval '1 day' END"
    ),
}  # fmt: skip


def run(name: str, size: str = "large") -> dict[str, Any]:
    """Ask what the first screen of /districts asks, and every level below; then the same counts by geopandas."""
    source = database_in_use()
    facts: dict[str, Any] = {
        "bench": name, "unit": "ms", "rows": _ROWS[size],
        "how": "GET /api/districts/…, /outlines and /composition over HTTP from one client, one request after another",
    }  # fmt: skip
    if source.superuser is None:
        return facts | {
            "figures": {},
            "note": "needs the private cluster: a scratch database is made and dropped",
        }
    scratch = source.named(f"onemap_bench_{os.getpid()}_drilldown")
    try:
        make_store(source, scratch)
        city = _fill(scratch, _ROWS[size])
        with _database(scratch), _gunicorn.running() as port:
            figures = _ask(port, city)
        figures |= _peer(scratch, city)
    finally:
        drop(scratch)
    return facts | {"figures": figures, "load": round(os.getloadavg()[0], 1)}


def _fill(scratch: databases.Database, rows: dict[str, int]) -> str:
    with psycopg.connect(scratch.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        found = connection.execute("SELECT code FROM division WHERE level = 'city'").fetchone()
        if found is None:
            raise RuntimeError("there is no city in the store")
        connection.execute(
            "CREATE TEMP TABLE place AS SELECT row_number() OVER (ORDER BY code) - 1 AS i, code, ST_PointOnSurface(geom) AS geom"
            " FROM division WHERE level = 'community' AND geom IS NOT NULL"
        )
        for layer, n in rows.items():
            connection.execute(
                f"{_FILL[layer]} FROM generate_series(1, %s) n JOIN place p"
                " ON p.i = (n * 7919::bigint) %% (SELECT count(*) FROM place)".encode(),
                [n],
            )
        now = dt.datetime.now(dt.UTC)
        kept_days.write(connection, now.date() - dt.timedelta(days=60), now=now)
        for username, role, home in (
            ("bench", "administrator", found["code"]),
            ("bench-district", "regulator", _first_part(connection, found["code"])),
        ):
            users.add_user(
                connection, username=username, display_name=username, password=_PASSWORD, role=role, jurisdiction=[home], now=now,
            )  # fmt: skip
    with psycopg.connect(scratch.owner, autocommit=True) as connection:
        connection.execute("ANALYZE")
    return str(found["code"])


def _first_part(connection: Connection, code: str) -> str:
    row = connection.execute(
        "SELECT code FROM division WHERE parent_code = %s AND level = 'county' ORDER BY code LIMIT 1", [code]
    ).fetchone()
    if row is None:
        raise RuntimeError("the city has no districts")
    return str(row["code"])


@contextmanager
def _database(scratch: databases.Database) -> Any:
    """Point a server that is started within at the scratch database."""
    names = {"ONEMAP_DATABASE_URL": scratch.app, "ONEMAP_OWNER_DATABASE_URL": scratch.owner}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _ask(port: int, city: str) -> dict[str, dict[str, Any]]:
    get = _client(port, "bench")
    figures: dict[str, dict[str, Any]] = {}
    figures["first screen: measures, figures and outlines of the city, one after another"] = _timed(
        partial(_first_screen, get, city)
    )
    part = json.loads(get(f"/api/districts/{city}?measure=enterprise_count"))["parts"][0]["code"]
    figures["first screen of a regulator of one district: the same of the district"] = _timed(
        partial(_first_screen, _client(port, "bench-district"), part)
    )
    for measure in _MEASURES:
        figures[f"city by district: {measure}"] = _timed(
            partial(get, f"/api/districts/{city}?measure={measure}")
        )
    figures["city by district: entrapments"] = _timed(
        lambda: get(f"/api/districts/{city}?measure=entrapments")
    )
    place = city
    for level in ("district by street", "street by community"):
        place = json.loads(get(f"/api/districts/{place}?measure=enterprise_count"))["parts"][0]["code"]
        figures[f"{level}: hidden_danger_overdue_count"] = _timed(
            partial(get, f"/api/districts/{place}?measure=hidden_danger_overdue_count")
        )
    figures["charts of the city's hidden dangers"] = _timed(
        lambda: get(f"/api/districts/{city}/composition?layer=hidden_danger"), rounds=5
    )
    return figures


def _first_screen(get: Callable[[str], bytes], code: str) -> None:
    for path in ("measures", f"{code}?measure=enterprise_count", f"{code}/outlines"):
        get(f"/api/districts/{path}")


def _client(port: int, username: str) -> Callable[[str], bytes]:
    cookies = urllib.request.HTTPCookieProcessor()
    opener = urllib.request.build_opener(cookies)
    base = f"http://127.0.0.1:{port}"
    form = urllib.parse.urlencode({"username": username, "password": _PASSWORD}).encode()
    opener.open(f"{base}/sign-in", form, timeout=30).read()

    def get(path: str) -> bytes:
        with opener.open(base + path, timeout=60) as response:
            body: bytes = response.read()
        return body

    return get


def _timed(run_once: Callable[[], Any], *, rounds: int = _ROUNDS) -> dict[str, Any]:
    run_once()
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        run_once()
        taken.append(1000 * (time.perf_counter() - started))
    return {
        "p50": round(float(np.percentile(taken, 50)), 1),
        "p95": round(float(np.percentile(taken, 95)), 1),
        "max": round(max(taken), 1),
    }


def _peer(scratch: databases.Database, city: str) -> dict[str, dict[str, Any]]:
    """Count overdue hidden dangers by district with geopandas: read from the store, and with everything in memory."""
    with psycopg.connect(scratch.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        started = time.perf_counter()
        districts = _frame(connection, "SELECT code, ST_AsBinary(geom) AS wkb FROM division WHERE parent_code = %s AND level = 'county'", city)  # fmt: skip
        points = _frame(connection, "SELECT state, ST_AsBinary(geom) AS wkb FROM hidden_danger WHERE geom IS NOT NULL AND division_code >= %s", "")  # fmt: skip
        read_ms = 1000 * (time.perf_counter() - started)
        ours = connection.execute(
            "SELECT left(division_code, 6) AS code, sum(n)::int AS n FROM layer_total"
            " WHERE layer = 'hidden_danger' AND class = 'overdue' GROUP BY 1"
        ).fetchall()
    started = time.perf_counter()
    joined = gpd.sjoin(points[points["state"] == "overdue"], districts, predicate="within")
    counts = joined.groupby("code").size()
    join_ms = 1000 * (time.perf_counter() - started)
    if counts.to_dict() != {r["code"]: r["n"] for r in ours if r["n"]}:
        raise RuntimeError("geopandas counts otherwise than the kept totals")
    return {
        "peer geopandas: overdue hidden dangers by district, rows in memory": {"once": round(join_ms, 1)},
        "peer geopandas: the same with reading the rows": {"once": round(join_ms + read_ms, 1)},
    }


def _frame(connection: Connection, statement: str, value: str) -> gpd.GeoDataFrame:
    rows = connection.execute(statement.encode(), [value]).fetchall()
    shapes = gpd.GeoSeries.from_wkb([bytes(r.pop("wkb")) for r in rows], crs="EPSG:4326")
    return gpd.GeoDataFrame(rows, geometry=shapes)
