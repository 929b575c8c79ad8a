"""Give the sample city corridors for hazardous transport along its main roads, with vehicles that keep to them or do not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import shapely

from data import transport
from data.register_forms import Actor
from data.sample.own_enterprise import OWN_FIRST
from data.scope import SYSTEM, Connection
from data.track_files import TrackFile
from layers.display import LOCAL_ZONE
from layers.workflow import Party

_HOURS = (
    {"opens": "22:00", "closes": "06:00", "substance_classes": "23"},
    {"opens": "09:00", "closes": "16:30", "weekdays": "12345"},
    {"substance_classes": "289"},
)
_SPEED_MS = 9.0
_STEP_S = 20


def write_missing(connection: Connection, *, now: dt.datetime, seed: int) -> int:
    """Write corridors and tracks where there are none; how many tracks."""
    if connection.execute("SELECT 1 AS found FROM transport_corridor LIMIT 1").fetchone() is not None:
        return 0
    rng = np.random.default_rng([seed, 31])
    actor = Actor(SYSTEM, Party.AUTHORITY, now)
    roads = connection.execute(
        "SELECT name, ST_AsBinary(geom) AS wkb FROM (SELECT name, ST_LineMerge(ST_Collect(geom)) AS geom FROM road"
        " WHERE name IS NOT NULL AND road_class IN ('trunk', 'primary', 'secondary') GROUP BY name) r"
        " ORDER BY ST_Length(geom) DESC, name LIMIT %s",
        [len(_HOURS)],
    ).fetchall()
    ways = [_longest(row["wkb"]) for row in roads]
    for row, way, hours in zip(roads, ways, _HOURS, strict=False):
        raw = {"name": f"{row['name']}危运通道（样）", "half_width_m": "60", **hours}
        transport.add_corridor(connection, raw, TrackFile(lines=[way]), actor=actor)
    carriers = connection.execute(
        f"SELECT code FROM enterprise WHERE geom IS NOT NULL ORDER BY {OWN_FIRST}, code LIMIT 3"
    ).fetchall()
    written = 0
    for number, carrier in enumerate(carriers if ways else ()):
        for back in (1, 2):
            way = ways[number % len(ways)]
            hour = 23 if number == 0 else 18 if (number, back) == (1, 2) else 10
            at = (
                (now - dt.timedelta(days=back))
                .astimezone(LOCAL_ZONE)
                .replace(hour=hour, minute=5 * number, second=0, microsecond=0)
            )
            if at > now - dt.timedelta(hours=2):
                at -= dt.timedelta(days=2)
            file = _driven(rng, way, at, strays=(number + back) % 2 == 0)
            plate = f"粤B{rng.integers(10000, 99999)}"
            transport.add_trip(connection, transport.NewTrip(plate, "2", carrier["code"], file), actor=actor)
            written += 1
    return written


def _longest(wkb: Any) -> list[tuple[float, float]]:
    parts = shapely.get_parts(shapely.from_wkb(bytes(wkb)))
    line = max(parts, key=lambda part: part.length)
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(line).round(7)]


def _driven(
    rng: np.random.Generator, way: list[tuple[float, float]], at: dt.datetime, *, strays: bool
) -> TrackFile:
    """Drive along a line at an even speed, with a receiver's play, and with a way round the block where it strays."""
    line = shapely.LineString(way)
    total_deg = min(line.length, 0.06)
    count = max(2, int(total_deg / (_SPEED_MS * _STEP_S / 105_000)))
    places = shapely.get_coordinates(shapely.line_interpolate_point(line, np.linspace(0, total_deg, count)))
    places = places + rng.normal(0, 3e-5, places.shape)
    if strays and count > 12:
        middle = slice(count // 3, count // 3 + max(4, count // 6))
        bend = np.sin(np.linspace(0, np.pi, len(places[middle])))
        places[middle, 1] += 0.006 * bend
    instants: list[dt.datetime | None] = [at + dt.timedelta(seconds=_STEP_S * i) for i in range(count)]
    return TrackFile(
        lines=[[(float(x), float(y)) for x, y in places.round(7)]],
        instants=[instants],
        times=(at, at + dt.timedelta(seconds=_STEP_S * (count - 1))),
    )
