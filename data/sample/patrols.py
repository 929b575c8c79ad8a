"""Give the sample city patrol routes through its streets, with tracks that cover them or leave stretches out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from data import patrols
from data.register_forms import Actor
from data.sample.own_enterprise import OWN_FIRST
from data.scope import SYSTEM, Connection
from data.track_files import TrackFile
from layers.workflow import Party

_ROUTES = (
    ("高压管线巡查", "pipeline", 7),
    ("中压管网巡查", "pipeline", 14),
    ("场站巡查", "station", 1),
    ("入户安检路线", "household", 30),
    ("网格巡查", "area", 7),
)
#: Degrees between positions of a route and of a track.
_STEP_DEG = 0.0009


def write_missing(connection: Connection, *, now: dt.datetime, seed: int) -> int:
    """Write routes and tracks where there are none; how many routes."""
    if connection.execute("SELECT 1 AS found FROM patrol_route LIMIT 1").fetchone() is not None:
        return 0
    rng = np.random.default_rng([seed, 28])
    middles = connection.execute(
        "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise WHERE geom IS NOT NULL"
        f" ORDER BY {OWN_FIRST}, code LIMIT %s",
        [len(_ROUTES)],
    ).fetchall()
    actor = Actor(SYSTEM, Party.AUTHORITY, now)
    for number, (row, (name, kind, days)) in enumerate(zip(middles, _ROUTES, strict=False)):
        line = _line(rng, row)
        stops = [(f"{name}点 {i}", *line[at]) for i, at in enumerate(range(2, len(line), 5), start=1)]
        file = TrackFile([line] if kind in ("pipeline", "area") else [], stops)
        route = patrols.NewRoute(f"{name}（样）", kind, 25.0, days, file)
        route_id = patrols.add_route(connection, route, actor=actor)
        for back, share in ((days + 1, 1.0), (number % 3, 0.7 if number % 2 else 1.0)):
            ends = now - dt.timedelta(days=back, hours=1)
            walked = line[: max(2, int(len(line) * share))]
            track = TrackFile([_shaken(rng, walked)], [], (ends - dt.timedelta(hours=1), ends))
            patrols.add_track(connection, route_id, patrols.NewTrack("张伟", None, track), actor=actor)
    return len(middles)


def _line(rng: np.random.Generator, middle: dict[str, Any]) -> list[tuple[float, float]]:
    """Draw a line that turns a little at each step."""
    turn = np.cumsum(rng.normal(0, 0.35, 24)) + rng.uniform(0, 2 * np.pi)
    lon = middle["lon"] + np.cumsum(np.cos(turn)) * _STEP_DEG
    lat = middle["lat"] + np.cumsum(np.sin(turn)) * _STEP_DEG
    return [(float(x), float(y)) for x, y in zip(lon.round(7), lat.round(7), strict=True)]


def _shaken(rng: np.random.Generator, line: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Move positions by some metres, as a telephone's receiver does."""
    return [(x + float(rng.normal(0, 4e-5)), y + float(rng.normal(0, 4e-5))) for x, y in line]
