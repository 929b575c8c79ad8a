"""Say what a drill may show to whom it belongs: all that the scope sees, or what an enterprise may know around it.

An enterprise drills at its own site. Of others it is told what its page of surroundings tells: names of neighbours and of
schools, care and homes up to 500 m; farther out only how many people there are, by quarter. Elevators, hazard sites, risk points and
hidden dangers are its own. What is kept with an enterprise is worked out in its sight whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import drill_surroundings
from data.divisions import own_division
from data.drill_surroundings import Inside, Zones
from data.errors import FormError
from data.scope import Connection, Scope, everybody
from data.surroundings import NEIGHBOURHOOD_M
from geo.measure import metres_per_degree

#: An enterprise's accident lies in its plant or up to here from it, metres.
OWN_REACH_M = 500.0
ENTERPRISE = "enterprise"
"""What an answer that an enterprise may see has as its `sight`."""
_QUARTERS = ("北 N", "东北 NE", "东 E", "东南 SE", "南 S", "西南 SW", "西 W", "西北 NW")
_POINT = "ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography"
#: What an enterprise itself drew or placed counts so far from its position; farther off, only hazard sites its authority knows of.
OWN_FAR_M = 3_000.0
_OWN = "t.owner_id = (SELECT house.scope_owner()) AND t.geom IS NOT NULL"
_OWN_PLACES = (
    f"SELECT t.geom, t.authority_code FROM enterprise t WHERE {_OWN}"
    f" UNION ALL SELECT t.geom, t.authority_code FROM hazard_site t JOIN enterprise e ON e.code = t.enterprise_code WHERE {_OWN}"
    f" AND (t.state = 'accepted' OR ST_DWithin(t.geom::geography, e.geom::geography, {OWN_FAR_M}))"
    " UNION ALL SELECT ST_Intersection(t.geom, ST_Buffer(e.geom::geography, "
    f"{OWN_FAR_M})::geometry) AS geom, t.authority_code FROM plant_boundary t JOIN enterprise e ON e.code = t.enterprise_code WHERE {_OWN}"
)


def is_narrowed(scope: Scope) -> bool:
    """Say whether a scope is that of one unit, which sees of others only what its surroundings tell."""
    return scope.owner_id is not None


def within_owner(scope: Scope, owner_id: int | None) -> Scope:
    """Give the scope in which something kept with an owner is worked out: the owner's, whoever asks."""
    if owner_id is None or owner_id == scope.owner_id:
        return scope
    return replace(scope, ranges=(), owner_id=owner_id, sees_sensitive=False)


def check_own_place(
    connection: Connection, scope: Scope, at: tuple[float, float], *, field: str = "lon"
) -> None:
    """Refuse an accident of an enterprise that lies neither in its plant nor near; authorities drill anywhere.

    Raises
    ------
    FormError
        When the place is too far from every place of the enterprise, or it has none yet.
    """
    if not is_narrowed(scope):
        return
    away_m = _away(connection, at)["distance_m"]
    if away_m is None:
        raise FormError(((field, "本企业还没有位置，无法核对事故地点：请归属机构先在地图上定位。 The enterprise has no position yet: its authority sets it on the map first."),))  # fmt: skip
    if away_m > OWN_REACH_M:
        raise FormError(((
            field,
            (f"企业只能对本企业的事故做演练和决策：地点应在厂区内，或离厂区、本企业的危险源或企业位置 {OWN_REACH_M:.0f} 米以内，所选地点在 {away_m:,.0f} 米外。 "
            f"An enterprise drills and decides on accidents of its own: the place must lie in its plant or within {OWN_REACH_M:.0f} m of it or of its hazard sites; this one is {away_m:,.0f} m away."),
        ),))  # fmt: skip


def belongs_to(connection: Connection, scope: Scope, at: tuple[float, float]) -> tuple[str, int | None]:
    """Give the authority and the owner that a drill at a place is kept with: an enterprise's own, else the scope's division.

    Raises
    ------
    NotFoundError
        When the scope has neither.
    """
    if is_narrowed(scope):
        authority = _away(connection, at)["authority_code"]
        if authority is not None:
            return str(authority), scope.owner_id
    return own_division(connection, scope), None


def _away(connection: Connection, at: tuple[float, float]) -> dict[str, Any]:
    row = connection.execute(
        f"SELECT ST_Distance(o.geom::geography, {_POINT}) AS distance_m, o.authority_code FROM ({_OWN_PLACES}) AS o"
        " ORDER BY distance_m, o.authority_code LIMIT 1".encode(),
        {"lon": at[0], "lat": at[1]},
    ).fetchone()
    return {"distance_m": None, "authority_code": None} if row is None else dict(row)


def own_place(connection: Connection, scope: Scope) -> dict[str, Any] | None:
    """Give the place of a scope's own enterprise, for a form to begin at; None for authorities, and where it has none."""
    if not is_narrowed(scope):
        return None
    row = connection.execute(
        "SELECT name, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise WHERE owner_id = (SELECT house.scope_owner())"
        " AND geom IS NOT NULL ORDER BY code LIMIT 1"
    ).fetchone()
    return None if row is None else dict(row) | {"reach_m": OWN_REACH_M}


# -- what lies in the zones ------------------------------------------------------------------------------


def find_inside(connection: Connection, zones: Zones, scope: Scope) -> dict[str, Inside]:
    """Look for everything in the zones that may be shown to the scope; an enterprise is told of people whom it does not see by name."""
    found = drill_surroundings.find_inside(connection, zones)
    if not is_narrowed(scope):
        return found
    rows = connection.execute(
        "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise WHERE owner_id = (SELECT house.scope_owner()) AND geom IS NOT NULL ORDER BY code"
    ).fetchall()
    places = np.array([(row["lon"], row["lat"]) for row in rows], np.float64).reshape(-1, 2)
    own = {row["id"] for row in found[ENTERPRISE].rows}
    with everybody(connection):
        # Whom an enterprise may know of beyond its own scope is decided below, not by its rights.
        whole = drill_surroundings.find_inside(connection, zones, subjects=drill_surroundings.PEOPLED)
    return found | {subject: _told(subject, inside, own, places) for subject, inside in whole.items()}


def _told(subject: str, inside: Inside, own: set[int], places: NDArray[np.float64]) -> Inside:
    """Leave names up to 500 m, of neighbours without their people, and of others only the quarter they are in."""
    rows = [
        row if subject != "people" and row["id"] in own else _stranger(subject, row, tuple(lonlat), places)
        for row, lonlat in zip(inside.rows, inside.lonlat.tolist(), strict=True)
    ]
    return replace(inside, rows=rows)


def _stranger(
    subject: str, row: Mapping[str, Any], at: tuple[float, float], places: NDArray[np.float64]
) -> dict[str, Any]:
    is_near = bool((_distance_m(places, at) <= NEIGHBOURHOOD_M).any())
    is_neighbour = subject == ENTERPRISE and row["kind"] not in drill_surroundings.SENSITIVE
    told = dict(row) | {"id": None, "code": None, "area": None}
    if is_neighbour:
        told["many"] = None
    if not is_near:
        told["name"] = None
    if not is_near or is_neighbour:
        told["area"] = _quarter(at, places)
    return told


def _quarter(at: tuple[float, float], places: NDArray[np.float64]) -> str:
    """Name the cell of half a kilometre that a place lies in, by direction and distance from the enterprise."""
    cell = drill_surroundings.middle_of_quarter(np.array(at))
    if len(places) == 0:
        return "周边 around"
    nearest = places[int(np.argmin(_distance_m(places, (float(cell[0]), float(cell[1])))))]
    east, north = (cell - nearest) * np.array(metres_per_degree(float(nearest[1])))
    compass = _QUARTERS[int((np.degrees(np.arctan2(east, north)) % 360) / 45 + 0.5) % 8]
    return f"{compass} {float(np.hypot(east, north)) / 1000:.1f} km"


def _distance_m(places: NDArray[np.float64], at: tuple[float, float]) -> NDArray[np.float64]:
    offset = (places - np.array(at)) * np.array(metres_per_degree(at[1]))
    found: NDArray[np.float64] = np.hypot(offset[:, 0], offset[:, 1])
    return found


def own_dangers(connection: Connection) -> list[dict[str, Any]]:
    """List the open hidden dangers of the scope's own unit, the gravest first."""
    rows = connection.execute(
        "SELECT id, code, name, grade, state, due_at FROM hidden_danger WHERE owner_id = (SELECT house.scope_owner())"
        " AND state = ANY(%s) ORDER BY grade DESC, due_at, id LIMIT 100",
        [list(drill_surroundings.OPEN_DANGERS)],
    ).fetchall()
    return [dict(row) | {"due_at": row["due_at"].isoformat()} for row in rows]
