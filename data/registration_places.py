"""Tell an applicant what the map knows: regions by name, places to find itself by, and what lies at a position.

Whoever has no account sees public rows, roads and divisions; of enterprises their names only (where a name was
typed, and of the few right beside the position); of elevators the addresses.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Any

from data.divisions import path
from data.errors import FilterError, NotFoundError
from data.loading.addresses import parse_address
from data.loading.division_index import DivisionEntry, Divisions, normal_code
from data.scope import SYSTEM, Connection, significant_digits
from data.search import Hit, search
from data.search_terms import normalize
from geo.crs import ACCEPTED, HOUSE_CRS, convert
from layers.declaration import Words
from layers.position_advice import (
    ON_ROAD_M,
    PositionFacts,
    PositionWarning,
    Reference,
    WarningKind,
    judge_position,
    spots_around,
)
from layers.registration import AUTHORITY_LEVELS
from layers.registry import layer_by_id

#: An enterprise's name is searched when at least so many characters are typed.
LEAST_NAME = 4
#: Neighbours are named up to here, and so many at most, metres.
NEIGHBOURHOOD_M = 200.0
MOST_NEIGHBOURS = 3
#: Another datum is proposed when it brings the position this near to the road of the address, metres.
_ON_ITS_ROAD_M, _OFF_ITS_ROAD_M = 60.0, 150.0
_POINT = "ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)"
_POINT_M = f"ST_Transform({_POINT}, 3857)"
_DATUMS = ("EPSG:4326", "gcj02", "bd09")
#: The same to some decimetres.
_SAME = {"EPSG:4490": "EPSG:4326"}


@dataclass(frozen=True)
class Region:
    """One division with the names above it."""

    code: str
    name: str
    level: str
    path: str
    has_children: bool
    bbox: tuple[float, float, float, float] | None


@dataclass(frozen=True)
class GivenPosition:
    """A position with the figures as typed and their datum."""

    lon: float
    lat: float
    source_crs: str
    source_position: str


_REGION = """
    SELECT d.code, d.name, d.level, d.parent_code, EXISTS (SELECT 1 FROM division c WHERE c.parent_code = d.code) AS has_children,
           ST_XMin(b) AS west, ST_YMin(b) AS south, ST_XMax(b) AS east, ST_YMax(b) AS north
    FROM division d, LATERAL (SELECT COALESCE(d.geom, (SELECT p.geom FROM division p WHERE p.code = d.parent_code))::box2d AS b) x
"""


def find_regions(connection: Connection, text: str, *, limit: int = 12) -> list[Region]:
    """Find divisions by the beginning of their name, pinyin, initials or code, the widest first."""
    word = normalize(text).replace(" ", "")[:40]
    if not word:
        return []
    like = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = connection.execute(
        (
            _REGION
            + " WHERE d.level IN ('county', 'street', 'community') AND (d.name LIKE %(like)s OR d.pinyin LIKE"
            " %(like)s OR d.initials LIKE %(like)s OR d.code LIKE %(like)s)"
            " ORDER BY d.name = %(word)s DESC, length(d.code), d.code LIMIT %(limit)s"
        ).encode(),
        {"like": like + "%", "word": word, "limit": limit},
    ).fetchall()
    return [_region(connection, row) for row in rows]


def region_of(connection: Connection, code: str) -> Region:
    """Read one division with the names above it.

    Raises
    ------
    NotFoundError
    """
    row = connection.execute((_REGION + " WHERE d.code = %s").encode(), [code]).fetchone()
    if row is None:
        raise NotFoundError(f"没有代码为 {code[:20]} 的区划。 There is no division {code[:20]}.")
    return _region(connection, row)


def child_regions(connection: Connection, code: str) -> list[Region]:
    """List the divisions right below one, functional zones left out."""
    rows = connection.execute(
        (_REGION + " WHERE d.parent_code = %s AND d.level <> 'zone' ORDER BY d.code").encode(), [code]
    ).fetchall()
    return [_region(connection, row, with_path=False) for row in rows]


def authorities(connection: Connection, region_code: str) -> list[Region]:
    """List who may supervise an enterprise of a region: street, county and city above it, and the city's zones."""
    codes = [d.code for d in path(connection, region_code)]
    city = next((c for c in codes if len(c) == 6 and c.endswith("00")), region_code[:4] + "00")
    rows = connection.execute(
        (
            _REGION + " WHERE (d.code = ANY(%(codes)s) AND d.level = ANY(%(levels)s))"
            " OR (d.level = 'zone' AND left(d.code, 4) = %(city)s) ORDER BY array_position(%(levels)s, d.level), d.code"
        ).encode(),
        {"codes": codes, "levels": list(reversed(AUTHORITY_LEVELS[:3])) + ["zone"], "city": city[:4]},
    ).fetchall()
    return [_region(connection, row, with_path=False) for row in rows]


def _region(connection: Connection, row: dict[str, Any], *, with_path: bool = True) -> Region:
    names = " ".join(d.name for d in path(connection, row["code"])) if with_path else row["name"]
    bbox = (
        None if row["west"] is None else tuple(round(row[k], 6) for k in ("west", "south", "east", "north"))
    )
    return Region(row["code"], row["name"], row["level"], names, row["has_children"], bbox)


def require_region(connection: Connection, text: str, words: Words) -> DivisionEntry:
    """Give the division of a code; one that a newer list has replaced is refused, and its successor named.

    Raises
    ------
    FilterError
    """
    code = normal_code(text)
    row = connection.execute(
        "SELECT d.code, d.name, d.level, d.parent_code, d.year, n.code AS new_code, n.year AS new_year FROM division d"
        " LEFT JOIN division n ON n.name = d.name AND n.level = d.level AND n.year > d.year AND n.code <> d.code"
        " AND left(n.code, 4) = left(d.code, 4) AND (SELECT p.name FROM division p WHERE p.code = n.parent_code)"
        " IS NOT DISTINCT FROM (SELECT p.name FROM division p WHERE p.code = d.parent_code) WHERE d.code = %s LIMIT 1",
        [code],
    ).fetchone()
    if row is None:
        raise FilterError(
            f"{words.zh}：没有代码为 {code[:20]} 的区划，请重新选择。 {words.en}: there is no division {code[:20]}, choose again."
        )
    if row["new_code"] is not None:
        raise FilterError(
            f"{words.zh}：{code} 是 {row['year']} 年的代码，{row['new_year']} 年起“{row['name']}”的代码是 {row['new_code']}。 "
            f"{words.en}: {code} is a code of {row['year']}; since {row['new_year']} {row['name']} is {row['new_code']}."
        )
    return DivisionEntry(row["code"], row["name"], row["level"], row["parent_code"], row["year"])


def find_places(connection: Connection, text: str, *, limit: int = 8) -> list[dict[str, Any]]:
    """Find places by name, road or address, and enterprises by name; title, kind and position only.

    The connection's scope must see everything: what is shown of it is decided here.
    """
    hits = search(connection, text, scope=SYSTEM, limit=60)
    addresses = _addresses(connection, [h.id for h in hits if h.layer == "elevator" and h.id is not None])
    word = normalize(text).replace(" ", "")
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for hit in hits:
        title, kind = hit.title, hit.layer or hit.kind
        if hit.layer == "enterprise" and (len(word) < LEAST_NAME or word not in normalize(hit.title)):
            continue
        if hit.layer == "elevator":
            title, kind = addresses.get(hit.id or 0, ""), "address"
        elif hit.layer not in (None, "enterprise") and not _is_public(connection, hit):
            continue
        if title and hit.lon is not None:
            found.setdefault(
                (kind, title),
                {"title": title, "kind": kind, "lon": hit.lon, "lat": hit.lat, "bbox": hit.bbox},
            )
    return list(found.values())[:limit]


def _is_public(connection: Connection, hit: Hit) -> bool:
    """Say whether everybody may know of a row that the search found."""
    layer = layer_by_id(str(hit.layer))
    if layer.shared_by is None:
        return layer.is_public
    row = connection.execute(f"SELECT is_public FROM {layer.id} WHERE id = %s".encode(), [hit.id]).fetchone()
    return bool(row and row["is_public"])


def _addresses(connection: Connection, ids: list[int]) -> dict[int, str]:
    rows = connection.execute(
        "SELECT id, address FROM elevator WHERE id = ANY(%s) AND address IS NOT NULL", [ids]
    )
    return {row["id"]: row["address"] for row in rows}


@dataclass(frozen=True)
class PositionReport:
    """What lies at a position, and what looks wrong with it.

    Attributes
    ----------
    division_code : the finest division there, or None outside all of them
    division_path : its names
    road : the nearest road, or None
    neighbours : (name, distance in metres, bearing in degrees) of enterprises near by
    warnings : what looks wrong, the gravest first
    """

    division_code: str | None
    division_path: str
    road: Reference | None
    neighbours: tuple[tuple[str, float, float], ...]
    warnings: tuple[PositionWarning, ...]
    outside_m: float


def report_position(
    connection: Connection,
    given: GivenPosition,
    *,
    region_code: str | None = None,
    address: str = "",
    today: dt.date,
    but_not_code: str = "",
) -> PositionReport:
    """Say what lies at a position and what looks wrong with it; the connection's scope must see everything.

    `but_not_code` leaves an enterprise's own row out of its neighbours.
    """
    at = {"lon": given.lon, "lat": given.lat}
    division_code = _division_at(connection, at)
    region = None if region_code is None else _outside(connection, at, region_code)
    road = _nearest_road(connection, at)
    near = _neighbours(connection, at, but_not_code, today)
    facts = PositionFacts(
        given.lon,
        given.lat,
        region,
        " ".join(d.name for d in path(connection, division_code)[-2:]) if division_code else "",
        is_in_city=division_code is not None,
        shore=_shore(connection, at),
        road=road,
        neighbour=near[0][1] if near else None,
        datum=_other_datum(connection, given, region_code, region, address),
    )
    return PositionReport(
        division_code,
        " ".join(d.name for d in path(connection, division_code)) if division_code else "",
        road,
        tuple((r.name, r.distance_m, bearing) for bearing, r in near),
        tuple(_kept_off_roads(connection, at, one) for one in judge_position(facts)),
        region.distance_m if region else 0.0,
    )


def _kept_off_roads(
    connection: Connection, at: dict[str, float], warning: PositionWarning
) -> PositionWarning:
    """Where leaving one road leads onto another, look around for a spot that keeps off all of them."""
    if warning.kind is not WarningKind.ON_ROAD or warning.mended is None:
        return warning
    spots = [warning.mended, *spots_around(at["lon"], at["lat"])]
    free = next((spot for spot in spots if _is_free(connection, {"lon": spot[0], "lat": spot[1]})), None)
    return replace(warning, mended=free)


def _is_free(connection: Connection, at: dict[str, float]) -> bool:
    road = _nearest_road(connection, at)
    return (road is None or road.distance_m >= ON_ROAD_M) and _shore(connection, at) is None


def _division_at(connection: Connection, at: dict[str, float]) -> str | None:
    row = connection.execute(
        f"SELECT d.code FROM division d WHERE d.level <> 'zone' AND d.geom_m && {_POINT_M} AND ST_Covers(d.geom, {_POINT})"
        " AND d.level <> 'province' ORDER BY length(d.code) DESC, right(d.code, 2) = '00', d.code LIMIT 1".encode(),
        at,
    ).fetchone()
    return row["code"] if row else None


def division_of(connection: Connection, lon: float, lat: float, region_code: str) -> str:
    """Give the division of a position: the region itself where it is a finer part of what the outlines say.

    Raises
    ------
    FilterError
        When the position lies outside every division that is loaded.
    """
    found = _division_at(connection, {"lon": lon, "lat": lat})
    if found is None:
        raise FilterError(
            f"位置 {lon:.5f}, {lat:.5f} 不在本市范围内，请核对坐标和坐标系。 "
            f"The position {lon:.5f}, {lat:.5f} lies outside this city: check the figures and their datum."
        )
    return region_code if region_code.startswith(significant_digits(found)) else found


def _outside(connection: Connection, at: dict[str, float], region_code: str) -> Reference | None:
    """Give the nearest point of a region that the position lies outside of; None inside, or without an outline."""
    row = connection.execute(
        f"""
        WITH RECURSIVE up AS (
            SELECT code, parent_code, name, geom, geom_m, 0 AS step FROM division WHERE code = %(region)s
            UNION ALL SELECT p.code, p.parent_code, p.name, p.geom, p.geom_m, up.step + 1 FROM division p
            JOIN up ON p.code = up.parent_code WHERE up.geom IS NULL AND up.step < 6)
        SELECT name, ST_Covers(geom, {_POINT}) AS is_inside, ST_Distance(geom::geography, {_POINT}::geography) AS distance_m,
               ST_X(near) AS lon, ST_Y(near) AS lat
        FROM up, LATERAL (SELECT ST_Transform(ST_ClosestPoint(geom_m, {_POINT_M}), 4326) AS near) x
        WHERE geom IS NOT NULL ORDER BY step LIMIT 1""".encode(),
        {**at, "region": region_code},
    ).fetchone()
    if row is None or row["is_inside"]:
        return None
    return Reference(row["name"], row["distance_m"], row["lon"], row["lat"])


def _shore(connection: Connection, at: dict[str, float]) -> Reference | None:
    row = connection.execute(
        f"SELECT w.name, ST_X(s) AS lon, ST_Y(s) AS lat, ST_Distance(s::geography, {_POINT}::geography) AS distance_m FROM water w,"
        f" LATERAL (SELECT ST_Transform(ST_ClosestPoint(ST_Boundary(w.geom_m), {_POINT_M}), 4326) AS s) x"
        f" WHERE w.geom_m && {_POINT_M} AND ST_Covers(w.geom, {_POINT}) ORDER BY w.id LIMIT 1".encode(),
        at,
    ).fetchone()
    return Reference(row["name"], row["distance_m"], row["lon"], row["lat"]) if row else None


def _nearest_road(connection: Connection, at: dict[str, float], name: str | None = None) -> Reference | None:
    condition = "" if name is None else "WHERE name = %(name)s"
    row = connection.execute(
        f"SELECT name, ST_X(c) AS lon, ST_Y(c) AS lat, ST_Distance(c::geography, {_POINT}::geography) AS distance_m"
        f" FROM (SELECT name, geom_m FROM road {condition} ORDER BY geom_m <-> {_POINT_M} LIMIT 8) r,"
        f" LATERAL (SELECT ST_Transform(ST_ClosestPoint(r.geom_m, {_POINT_M}), 4326) AS c) x ORDER BY distance_m LIMIT 1".encode(),
        {**at, "name": name},
    ).fetchone()
    return Reference(row["name"], row["distance_m"], row["lon"], row["lat"]) if row else None


def _neighbours(
    connection: Connection, at: dict[str, float], but_not: str, today: dt.date
) -> list[tuple[float, Reference]]:
    rows = connection.execute(
        f"SELECT name, ST_X(geom) AS lon, ST_Y(geom) AS lat, ST_Distance(geom::geography, {_POINT}::geography) AS distance_m,"
        f" COALESCE(degrees(ST_Azimuth({_POINT}::geography, geom::geography)), 0) AS bearing_deg FROM enterprise"
        f" WHERE geom_m && ST_Expand({_POINT_M}, %(reach)s) AND code <> %(but_not)s AND (valid_to IS NULL OR valid_to >= %(today)s)"
        f" AND ST_DWithin(geom::geography, {_POINT}::geography, %(most)s) ORDER BY distance_m, name LIMIT %(limit)s".encode(),
        {
            **at, "reach": NEIGHBOURHOOD_M / math.cos(math.radians(at["lat"])) * 1.01, "but_not": but_not,
            "today": today, "most": NEIGHBOURHOOD_M, "limit": MOST_NEIGHBOURS,
        },
    ).fetchall()  # fmt: skip
    return [(r["bearing_deg"], Reference(r["name"], r["distance_m"], r["lon"], r["lat"])) for r in rows]


def _other_datum(
    connection: Connection,
    given: GivenPosition,
    region_code: str | None,
    region: Reference | None,
    address: str,
) -> tuple[str, str, float, float] | None:
    """Find the one other datum under which typed degrees fit the region, or the road of the address."""
    source = _SAME.get(given.source_crs, given.source_crs)
    if source not in _DATUMS:
        return None
    typed = convert([[given.lon, given.lat]], HOUSE_CRS, source)[0]
    road = parse_address(address, Divisions([], {})).road if address else None
    here_m = None
    if road is not None:
        nearest = _nearest_road(connection, {"lon": given.lon, "lat": given.lat}, road)
        here_m = nearest.distance_m if nearest else None
    is_off_road = here_m is not None and here_m > _OFF_ITS_ROAD_M
    if region is None and not is_off_road:
        return None
    fitting = []
    for crs in _DATUMS:
        if crs == source:
            continue
        lon, lat = (float(v) for v in convert([typed], crs, HOUSE_CRS)[0])
        at = {"lon": lon, "lat": lat}
        if region_code is not None and _outside(connection, at, region_code) is not None:
            continue
        if is_off_road and road is not None:
            nearest = _nearest_road(connection, at, road)
            if nearest is None or nearest.distance_m > _ON_ITS_ROAD_M:
                continue
        fitting.append((crs, lon, lat))
    if len(fitting) != 1 and not (fitting and region is not None and not is_off_road):
        return None
    crs, lon, lat = fitting[0]
    title = ACCEPTED[crs]
    return title.title_zh, title.title_en, lon, lat
