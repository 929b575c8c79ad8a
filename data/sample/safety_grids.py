"""Give the sample city safety grids: communities with a keeper, some of them split in two."""

from __future__ import annotations

import datetime as dt

import numpy as np
import shapely

from data.loading.rows import index_row
from data.scope import Connection
from layers.registry import layer_by_id

_COMMUNITIES = 48
_SURNAMES, _GIVEN = "王李张刘陈杨黄赵周吴", ("建国", "丽华", "志强", "晓梅", "海涛", "秀英", "文斌", "春燕")
_KINDS = ("community", "community", "park", "gas")


def write_missing(connection: Connection, *, now: dt.datetime, seed: int) -> int:
    """Write grids where there are none; how many."""
    if connection.execute("SELECT 1 AS found FROM safety_grid LIMIT 1").fetchone() is not None:
        return 0
    rng = np.random.default_rng([seed, 47])
    # Communities with most enterprises: there is something to see in them.
    places = connection.execute(
        "SELECT d.code, d.name, p.name AS street, ST_AsBinary(d.geom) AS wkb FROM division d JOIN division p ON p.code = d.parent_code"
        " WHERE d.level = 'community' AND d.geom IS NOT NULL ORDER BY (SELECT count(*) FROM enterprise e WHERE e.geom && d.geom"
        " AND ST_Intersects(e.geom, d.geom)) DESC, d.code LIMIT %s",
        [_COMMUNITIES],
    ).fetchall()
    n = 0
    for at, place in enumerate(places):
        whole = shapely.from_wkb(bytes(place["wkb"]))
        parts = _halves(whole) if at % 3 == 0 else [whole]
        for number, part in enumerate(parts, start=1):
            n += 1
            code = f"GR9{n:06d}"
            connection.execute(
                "INSERT INTO safety_grid (code, name, division_code, authority_code, kind, keeper_name, keeper_phone, team, households, geom,"
                " created_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, ST_Multi(ST_GeomFromWKB(%s, 4326)), %s, %s)",
                [
                    code, f"{place['name']}第{'一二'[number - 1]}网格", place["code"], place["code"][:6],
                    _KINDS[int(rng.integers(len(_KINDS)))],
                    _SURNAMES[int(rng.integers(len(_SURNAMES)))] + _GIVEN[int(rng.integers(len(_GIVEN)))],
                    f"1390000{int(rng.integers(1000, 9999))}", f"{place['street']}应急办（示例）", int(rng.integers(120, 900)),
                    shapely.to_wkb(part), now, now,
                ],
            )  # fmt: skip
            index_row(connection, layer_by_id("safety_grid"), code)
    return n


def _halves(whole: shapely.Geometry) -> list[shapely.Geometry]:
    """Cut an area in two at the middle of its longer side."""
    west, south, east, north = shapely.bounds(whole).tolist()
    middle = ((west + east) / 2, (south + north) / 2)
    if east - west >= north - south:
        boxes = [shapely.box(west, south, middle[0], north), shapely.box(middle[0], south, east, north)]
    else:
        boxes = [shapely.box(west, south, east, middle[1]), shapely.box(west, middle[1], east, north)]
    cut = [shapely.intersection(whole, box) for box in boxes]
    areas = [shapely.union_all([p for p in shapely.get_parts(c) if p.geom_type == "Polygon"]) for c in cut]
    return [a for a in areas if not a.is_empty]
