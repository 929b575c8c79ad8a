"""Draw the boundaries of some of the sample city's plants, and count the people around their major hazards from them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import shapely

from data import hazard_sites, incidents
from data.loading.rows import index_row
from data.register_forms import Actor
from data.scope import SYSTEM, Connection
from geo.measure import metres_per_degree
from layers.registry import layer_by_id
from layers.workflow import Party

#: Of so many sites one has its boundary.
_ONE_OF = 3


def write_missing(connection: Connection, *, now: dt.datetime, seed: int) -> int:
    """Write boundaries where there are none; how many."""
    if connection.execute("SELECT 1 AS found FROM plant_boundary LIMIT 1").fetchone() is not None:
        return 0
    rng = np.random.default_rng([seed, 37])
    now = now.replace(microsecond=0)  # as every format of files keeps it
    actor = Actor(SYSTEM, Party.AUTHORITY, now)
    sites = connection.execute(
        "SELECT s.*, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat, e.name AS plant FROM hazard_site s"
        " JOIN enterprise e ON e.code = s.enterprise_code WHERE s.geom IS NOT NULL AND s.ratio_sum IS NOT NULL ORDER BY s.code"
    ).fetchall()
    written = 0
    for site in sites[::_ONE_OF]:
        shape = _fence(rng, site["lon"], site["lat"])
        if not all(incidents.division_at(connection, x, y) for x, y in shapely.get_coordinates(shape)):
            continue
        written += 1
        code = f"PB{9_000_000 + written}"
        connection.execute(
            "INSERT INTO plant_boundary (code, name, enterprise_code, basis, division_code, authority_code, owner_id, geom, created_at,"
            " updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, ST_Multi(ST_GeomFromWKB(%s, 4326)), %s, %s)",
            [
                code, f"{site['plant']}厂区", site["enterprise_code"], ("drawn", "given")[written % 2], site["division_code"],
                site["authority_code"], site["owner_id"], shapely.to_wkb(shape), now, now,
            ],
        )  # fmt: skip
        index_row(connection, layer_by_id("plant_boundary"), code)
        _count(connection, {**site, "boundary_code": code}, actor)
    return written


def _fence(rng: np.random.Generator, lon: float, lat: float) -> shapely.Polygon:
    """Fence a plant in: a turned rectangle of 120 to 280 m a side with one corner cut off, the site inside."""
    width_m, depth_m = rng.uniform(120, 280, 2)
    cut_m = 0.3 * min(width_m, depth_m)
    corners = np.array(
        [[0, 0], [width_m, 0], [width_m, depth_m - cut_m], [width_m - cut_m, depth_m], [0, depth_m]]
    ) - np.array([width_m, depth_m]) * rng.uniform(0.25, 0.6, 2)
    turn = rng.uniform(0, np.pi / 2)
    turned = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return shapely.Polygon((turned / np.array(metres_per_degree(lat)) + [lon, lat]).round(7))


def _count(connection: Connection, site: dict[str, Any], actor: Actor) -> None:
    inventory, strange = hazard_sites.inventory_of(connection, site)
    if strange:
        return
    found = hazard_sites.figures_of(connection, site, inventory, actor)
    connection.execute(
        "UPDATE hazard_site SET boundary_code = %(boundary_code)s, people_counted = %(people_counted)s, counted_from = %(counted_from)s,"
        " ratio_sum = %(ratio_sum)s, alpha = %(alpha)s, r_value = %(r_value)s, grade = %(grade)s, assessed_at = %(assessed_at)s"
        " WHERE id = %(id)s",
        {**found, "boundary_code": site["boundary_code"], "id": site["id"]},
    )
