"""Count the people around a major hazard: outward of its plant's boundary, or of its point where none is drawn (L8)."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from data.scope import Connection
from layers.standards.major_hazard import EXPOSED_M

BOUNDARY, POINT = "boundary", "point"


@dataclass(frozen=True)
class Exposed:
    """Who lives around a site: people of the residential places within `within_m`, and those places, the nearest first.

    `is_known` is false where the store holds no residential place with its population at all. `counted_from` says what
    the distance is measured from: the plant's boundary, or the site's point.
    """

    people: int
    within_m: float
    places: tuple[dict[str, Any], ...]
    is_known: bool
    counted_from: str = POINT


def people_near(
    connection: Connection, lon: float | None, lat: float | None, plant_radius_m: float = 0.0
) -> Exposed:
    """Count the residents within 500 m outside the plant boundary, the boundary taken as a circle around the site.

    A place is in when its point is at most that far away, by the geodesic; its residents then count whole.
    """
    if lon is None or lat is None:
        return Exposed(0, EXPOSED_M + plant_radius_m, (), is_known=False)
    return _around(connection, shapely.Point(lon, lat), EXPOSED_M + plant_radius_m, POINT)


def people_around(connection: Connection, boundary: BaseGeometry) -> Exposed:
    """Count the residents inside a plant's boundary (厂区边界) and within 500 m outward of it.

    A place is in when its point lies inside or is at most 500 m from the edge, by the geodesic; its residents then count whole.
    """
    return _around(connection, boundary, EXPOSED_M, BOUNDARY)


def exposed_of(connection: Connection, row: dict[str, Any], plant_radius_m: float) -> Exposed:
    """Count the people around a site: from its plant's boundary where one is drawn, else from its point."""
    boundary = boundary_shape(connection, row["boundary_code"])
    if boundary is not None:
        return people_around(connection, boundary)
    return people_near(connection, row["lon"], row["lat"], plant_radius_m)


def boundary_shape(connection: Connection, code: str | None) -> BaseGeometry | None:
    """Read the shape of a boundary; None where there is none."""
    if code is None:
        return None
    row = connection.execute(
        "SELECT ST_AsBinary(geom) AS wkb FROM plant_boundary WHERE code = %s AND geom IS NOT NULL", [code]
    ).fetchone()
    return shapely.from_wkb(bytes(row["wkb"])) if row else None


def is_recounted(row: dict[str, Any], exposed: Exposed) -> bool:
    """Say whether a site that was identified would be counted otherwise now: people moved, or its boundary was drawn since."""
    if row["ratio_sum"] is None or not exposed.is_known:
        return False
    return (row["people_counted"], row["counted_from"] or POINT) != (exposed.people, exposed.counted_from)


def zone_of(connection: Connection, row: dict[str, Any], plant_radius_m: float) -> dict[str, Any] | None:
    """Give the outline of what is counted around a site, GeoJSON to be drawn; who is in it is decided by the geodesic, not by it."""
    around, within_m = boundary_shape(connection, row["boundary_code"]), EXPOSED_M
    if around is None and row["lon"] is not None:
        around, within_m = shapely.Point(row["lon"], row["lat"]), EXPOSED_M + plant_radius_m
    if around is None:
        return None
    found = connection.execute(
        "SELECT ST_AsGeoJSON(ST_Buffer(ST_GeomFromWKB(%s, 4326)::geography, %s, 32)::geometry, 6)::text AS geojson",
        [shapely.to_wkb(around), within_m],
    ).fetchone()
    return dict(json.loads(found["geojson"])) if found else None


def _around(connection: Connection, shape: BaseGeometry, within_m: float, counted_from: str) -> Exposed:
    known = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM residential_place WHERE population IS NOT NULL) AS is_known"
    ).fetchone()
    _, south, _, north = shape.bounds
    # A degree of latitude is never under 110.5 km.
    dy = within_m / 110_500
    dx = dy / max(0.2, math.cos(math.radians(max(abs(south), abs(north)))))
    rows = connection.execute(
        "SELECT id, name, population, ST_X(geom) AS lon, ST_Y(geom) AS lat, ST_Distance(geom::geography, a.shape::geography) AS distance_m"
        " FROM residential_place, (SELECT ST_GeomFromWKB(%(wkb)s, 4326) AS shape) a WHERE population IS NOT NULL"
        " AND geom && ST_Expand(a.shape, %(dx)s, %(dy)s) AND ST_DWithin(geom::geography, a.shape::geography, %(within)s)"
        " ORDER BY distance_m, id",
        {"wkb": shapely.to_wkb(shape), "dx": dx, "dy": dy, "within": within_m},
    ).fetchall()
    return Exposed(
        sum(r["population"] for r in rows),
        within_m,
        tuple(dict(r) for r in rows),
        bool(known and known["is_known"]),
        counted_from,
    )


def people_for_alpha(exposed: Exposed, declared: int | None) -> tuple[int, str]:
    """Give the people that α is taken from, and whence: counted on the map, else declared, else nobody known."""
    if exposed.is_known:
        return exposed.people, "counted"
    return (declared, "declared") if declared is not None else (0, "unknown")
