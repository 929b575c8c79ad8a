"""Read where crews on their way are, as they told it last."""

from __future__ import annotations

import datetime as dt

from data.scope import Connection
from dispatch.incident import Assignment, AssignmentState

#: A position of a crew under way older than this does not tell where it is.
POSITION_S = 600.0
STILL_AT_THE_STATION = (AssignmentState.NOTIFIED, AssignmentState.ACCEPTED)


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
