"""Find what lies in the zones of a drill's accident: people, enterprises, elevators, hazard sites, risks and open dangers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.scope import Connection
from dispatch.drill import presence
from geo.measure import geodesic_area_m2

LISTED = 200
#: Side of the quarters by which strangers are told of, degrees: about half a kilometre.
QUARTER_DEG = 0.005
#: Industries whose people need help to leave.
SENSITIVE = ("education", "healthcare")
#: Subjects that are people, or have them.
PEOPLED = ("people", "enterprise", "sensitive")
OPEN_DANGERS = ("pending", "in_review", "overdue", "extension")
#: Layer, further columns, and a condition: what is looked for in the zones.
_SOUGHT: tuple[tuple[str, str, str, str], ...] = (
    ("people", "residential_place", "t.population AS many", "true"),
    ("enterprise", "enterprise", "t.employee_count AS many, t.industry AS kind", "true"),
    ("sensitive", "enterprise", "t.employee_count AS many, t.industry AS kind", f"t.industry IN {SENSITIVE}"),
    ("elevator", "elevator", "NULL::int AS many, t.place_type AS kind", "true"),
    ("hazard_site", "hazard_site", "NULL::int AS many, t.grade AS kind", "true"),
    ("risk_point", "risk_point", "NULL::int AS many, t.level AS kind", "true"),
    ("hidden_danger", "hidden_danger", "NULL::int AS many, t.grade AS kind", f"t.state IN {OPEN_DANGERS}"),
    ("resource", "rescue_resource", "t.capacity AS many, t.kind AS kind", "true"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Zones:
    """
    The zones of an accident by level.

    Attributes
    ----------
    by_level : dict of int to geometry
        EPSG:4326; each holds the stronger ones.
    left : geometry
        Where people leave and roads are closed.
    """

    by_level: dict[int, BaseGeometry]
    left: BaseGeometry

    @property
    def whole(self) -> BaseGeometry:
        """All zones and what is left."""
        return shapely.union_all([*self.by_level.values(), self.left])

    def level_of(self, lonlat: NDArray[np.float64]) -> NDArray[np.int64]:
        """Give the strongest level at positions; 0 outside."""
        found = np.zeros(len(lonlat), np.int64)
        for level in sorted(self.by_level, reverse=True):
            shapely.prepare(self.by_level[level])
            found[shapely.contains_xy(self.by_level[level], lonlat[:, 0], lonlat[:, 1])] = level
        return found


@dataclass(frozen=True, eq=False)
class Inside:
    """Rows of one subject in the zones, the strongest level and the most people first, with their levels.

    A row without a name is counted and not listed; one with an `area` is told of by that alone where its people go.
    """

    rows: list[dict[str, Any]]
    lonlat: NDArray[np.float64]
    level: NDArray[np.int64]
    many: NDArray[np.float64]


def find_inside(
    connection: Connection, zones: Zones, *, subjects: Collection[str] | None = None
) -> dict[str, Inside]:
    """Look for everything in the zones that the scope may see, or for some subjects only."""
    box = zones.whole
    return {
        subject: _inside(connection, zones, box, *rest)
        for subject, *rest in _SOUGHT
        if subjects is None or subject in subjects
    }


def _inside(
    connection: Connection, zones: Zones, whole: BaseGeometry, layer: str, columns: str, condition: str
) -> Inside:
    if whole.is_empty:
        rows: list[dict[str, Any]] = []
    else:
        rows = connection.execute(
            f"SELECT t.id, t.code, t.name, ST_X(t.geom) AS lon, ST_Y(t.geom) AS lat, {columns} FROM {layer} t"
            " WHERE t.geom_m && ST_Transform(ST_MakeEnvelope(%s, %s, %s, %s, 4326), 3857) AND "
            f"{condition} ORDER BY t.id".encode(),
            list(whole.bounds),
        ).fetchall()
    lonlat = np.array([(r["lon"], r["lat"]) for r in rows], np.float64).reshape(-1, 2)
    level = zones.level_of(lonlat)
    many = np.array([r["many"] or 0 for r in rows], np.float64)
    kept = np.flatnonzero(level > 0)
    order = kept[np.lexsort((kept, -many[kept], level[kept]))]
    return Inside([dict(rows[i]) for i in order.tolist()], lonlat[order], level[order], many[order])


@dataclass(frozen=True, eq=False)
class Evacuees:
    """People in the part that is left, by where they are."""

    lonlat: NDArray[np.float64]
    people: NDArray[np.int64]
    names: list[str]
    residents: int
    employees: int


def who_leaves(inside: dict[str, Inside], zones: Zones, hour_of_week: int) -> Evacuees:
    """Count who is there at an hour of the week, in the part of the zones that is left."""
    home, work = presence(hour_of_week)
    parts = [(inside["people"], home), (inside["enterprise"], work)]
    lonlat, people, sums = [], [], []
    names: list[str | None] = []
    areas: list[str | None] = []
    shapely.prepare(zones.left)
    for found, share in parts:
        rows = np.flatnonzero(shapely.contains_xy(zones.left, found.lonlat[:, 0], found.lonlat[:, 1]))
        there = np.rint(found.many[rows] * share).astype(np.int64)
        lonlat.append(found.lonlat[rows])
        people.append(there)
        names += [found.rows[i]["name"] for i in rows.tolist()]
        areas += [found.rows[i].get("area") for i in rows.tolist()]
        sums.append(int(there.sum()))
    told = _by_area(np.concatenate(lonlat), np.concatenate(people), names, areas)
    return Evacuees(*told, *sums)


def middle_of_quarter(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the middle of the quarter that positions lie in, degrees; array of the same shape."""
    middles: NDArray[np.float64] = (np.floor(lonlat / QUARTER_DEG) + 0.5) * QUARTER_DEG
    return middles


def _by_area(
    lonlat: NDArray[np.float64], people: NDArray[np.int64], names: list[str | None], areas: list[str | None]
) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
    """Join those who are told of by their area alone: in the middle of the quarter, whoever lives where in it."""
    joined: dict[str, list[int]] = {}
    for at, area in enumerate(areas):
        if area is not None:
            joined.setdefault(area, []).append(at)
    if not joined:
        return lonlat, people, [str(name) for name in names]
    alone = [at for at, area in enumerate(areas) if area is None]
    middles = middle_of_quarter(lonlat[[rows[0] for rows in joined.values()]])
    return (
        np.concatenate([lonlat[alone], middles]),
        np.concatenate([people[alone], [int(people[rows].sum()) for rows in joined.values()]]).astype(
            np.int64
        ),
        [str(names[at]) for at in alone] + list(joined),
    )


def people_by_level(inside: dict[str, Inside], hour_of_week: int) -> dict[int, int]:
    """Count who is there, at home or at work, by level of the zone."""
    home, work = presence(hour_of_week)
    parts = ((inside["people"], home), (inside["enterprise"], work))
    return {
        level: sum(int(np.rint(found.many[found.level == level] * share).sum()) for found, share in parts)
        for level in (1, 2, 3)
    }


def beyond_the_city(connection: Connection, area: BaseGeometry) -> dict[str, float]:
    """Say which share of an area lies outside the city's divisions, and which on drawn water."""
    if area.is_empty:
        return {"outside": 0.0, "water": 0.0}
    whole = geodesic_area_m2(area)

    def share(table: str, condition: str) -> float:
        rows = connection.execute(
            f"SELECT ST_AsBinary(ST_Intersection(geom, ST_GeomFromWKB(%(area)s, 4326))) AS wkb FROM {table}"
            f" WHERE {condition} AND geom_m && ST_Transform(ST_GeomFromWKB(%(area)s, 4326), 3857)".encode(),
            {"area": shapely.to_wkb(area)},
        ).fetchall()
        parts = [shapely.from_wkb(bytes(r["wkb"])) for r in rows if r["wkb"] is not None]
        return min(geodesic_area_m2(shapely.union_all(parts)) / whole, 1.0) if parts else 0.0

    inside = share("division", "level IN ('county', 'zone')")
    return {"outside": round(1 - inside, 3), "water": round(share("water", "true"), 3)}


def listed(found: Inside) -> dict[str, Any]:
    """Write what was found of a subject: counts by level, and the first rows."""
    named = [at for at, row in enumerate(found.rows) if row["name"] is not None or row["code"] is not None][
        :LISTED
    ]
    return {
        "count": len(found.rows),
        "by_level": [int((found.level == level).sum()) for level in (1, 2, 3)],
        "rows": [
            {
                "id": row["id"], "code": row["code"], "name": row["name"], "kind": row.get("kind"), "many": row["many"],
                "level": int(level), "lon": round(row["lon"], 6), "lat": round(row["lat"], 6),
            }
            for row, level in ((found.rows[at], found.level[at]) for at in named)
        ],
    }  # fmt: skip
