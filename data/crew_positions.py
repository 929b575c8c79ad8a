"""Read where crews on their way are, as they told it last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from data.scope import Connection
from dispatch.incident import Assignment, AssignmentState

#: A position of a crew under way older than this does not tell where it is.
POSITION_S = 600.0
STILL_AT_THE_STATION = (AssignmentState.NOTIFIED, AssignmentState.ACCEPTED)
_CREWS = (
    "SELECT a.incident_code, a.station_code, a.level, a.state, a.eta_at, s.name, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat,"
    " p.lon AS at_lon, p.lat AS at_lat, p.at AS heard_at FROM incident_assignment a"
    " LEFT JOIN rescue_station s ON s.code = a.station_code"
    " LEFT JOIN LATERAL (SELECT ST_X(c.geom) AS lon, ST_Y(c.geom) AS lat, c.at FROM crew_position c"
    "   WHERE c.incident_code = a.incident_code AND c.station_code = a.station_code ORDER BY c.at DESC LIMIT 1) p ON true"
    " WHERE a.state IN ('notified', 'accepted', 'en_route', 'on_scene')"
)
#: Crews drawn at most; a city has fewer under way.
_DRAWN = 2000


def crews_of(connection: Connection, codes: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """List by order the stations that have a crew taken, with where they stand or were last heard.

    Returns
    -------
    dict of str to list of dict
        Per order `incident_code`, `station_code`, `level`, `state`, `eta_at`, `name`, the station's `lon` and `lat`, and of the
        position told last `at_lon`, `at_lat` and `heard_at`; degrees, EPSG:4326; None where not known.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(
        f"{_CREWS} AND a.incident_code = ANY(%s) ORDER BY a.id".encode(), [list(codes)]
    ):
        found.setdefault(row["incident_code"], []).append(dict(row))
    return found


def under_way(connection: Connection) -> list[dict[str, Any]]:
    """List the crews of every open order that is seen, as `crews_of` gives them."""
    rows = connection.execute(
        f"{_CREWS} AND EXISTS (SELECT 1 FROM incident i WHERE i.code = a.incident_code AND i.state NOT IN ('freed', 'closed'))"
        " ORDER BY a.id LIMIT %s".encode(),
        [_DRAWN],
    ).fetchall()
    return [dict(row) for row in rows]


def start_of(
    connection: Connection, code: str, assignment: Assignment, *, now: dt.datetime
) -> tuple[float, float] | None:
    """Give where a crew of an order sets out from now: its last position, or its station while it has not left.

    None when nobody knows: it is under way and has told no position for `POSITION_S`.
    """
    row = connection.execute(
        "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM crew_position WHERE incident_code = %s AND station_code = %s AND at > %s"
        " ORDER BY at DESC LIMIT 1",
        [code, assignment.station_code, now - dt.timedelta(seconds=POSITION_S)],
    ).fetchone()
    if row is None and assignment.state in STILL_AT_THE_STATION:
        row = connection.execute(
            "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM rescue_station WHERE code = %s AND geom IS NOT NULL",
            [assignment.station_code],
        ).fetchone()
    return (row["lon"], row["lat"]) if row else None
