"""Check every accepted system against published and independently computed figures."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo import crs
from geo.errors import CoordinateError, CrsError

POINTS = list(
    csv.DictReader((Path(__file__).parent / "coord_test_points.csv").read_text(encoding="utf-8").splitlines())
)
IN_CHINA = [p for p in POINTS if p["bd09_lon"]]
GEOD = Geod(ellps="WGS84")
SYSTEMS = ["EPSG:4326", "EPSG:4490", "EPSG:3857", "gcj02", "bd09", "bd09mc"]
in_china = st.tuples(st.floats(73.5, 134.7), st.floats(3.5, 53.5))


def pair(row: dict[str, str], system: str) -> list[list[float]]:
    names = ("bd09mc_x", "bd09mc_y") if system == "bd09mc" else (f"{system}_lon", f"{system}_lat")
    return [[float(row[names[0]]), float(row[names[1]])]]


def distance_m(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.max(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]))


@pytest.mark.parametrize("row", IN_CHINA, ids=lambda r: r["name"])
@pytest.mark.parametrize("source", ["wgs84", "gcj02", "bd09", "bd09mc"])
@pytest.mark.parametrize("target", ["wgs84", "gcj02", "bd09", "bd09mc"])
def test_every_published_point_in_every_system(row: dict[str, str], source: str, target: str) -> None:
    got = crs.convert(pair(row, source), source, target)
    expected = np.array(pair(row, target))
    tolerance = 0.0012 if target == "bd09mc" else 1.2e-8  # the table's own rounding, 1 mm
    assert np.abs(got - expected).max() < tolerance


@pytest.mark.parametrize("row", [p for p in POINTS if not p["bd09_lon"]], ids=lambda r: r["name"])
@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_unchanged_outside_the_box(row: dict[str, str], system: str) -> None:
    at = pair(row, "wgs84")
    assert crs.convert(at, "wgs84", system).tolist() == at
    assert crs.convert(at, system, "wgs84").tolist() == at


def test_widely_published_pair_of_bd09_and_gcj02() -> None:
    at = [[116.404, 39.915]]
    assert crs.convert(at, "gcj02", "bd09")[0] == pytest.approx(
        [116.41036949371029, 39.92133699351021], abs=1e-12
    )
    assert crs.convert(at, "wgs84", "gcj02")[0] == pytest.approx(
        [116.41024449916938, 39.91640428150164], abs=1e-12
    )
    # the published inverse is the one-step closed form, up to 0.2 m off
    assert crs.convert(at, "bd09", "gcj02")[0] == pytest.approx(
        [116.39762729119315, 39.90865673957631], abs=2e-6
    )


@pytest.mark.parametrize(
    ("lonlat", "system", "east_north"),
    [
        ((114.0579, 22.5431), "EPSG:4547", (505955.846, 2493941.246)),
        ((114.0579, 22.5431), "EPSG:4526", (38505955.846, 2493941.246)),
        ((105.4423, 28.8717), "EPSG:4544", (543150.571, 3195129.652)),
        ((105.4423, 28.8717), "EPSG:4523", (35543150.571, 3195129.652)),
        ((105.4423, 28.8717), "EPSG:4545", (250428.817, 3197740.074)),
    ],
)
def test_gauss_kruger_figures(
    lonlat: tuple[float, float], system: str, east_north: tuple[float, float]
) -> None:
    assert crs.convert([lonlat], "EPSG:4490", system)[0] == pytest.approx(east_north, abs=0.0006)
    assert crs.convert([lonlat], "wgs84", system)[0] == pytest.approx(east_north, abs=0.0006)
    assert crs.convert([east_north], system, "wgs84")[0] == pytest.approx(lonlat, abs=6e-9)


def test_cgcs2000_is_the_house_frame_by_decision() -> None:
    at = [[114.0579, 22.5431]]
    assert crs.convert(at, "EPSG:4326", "EPSG:4490").tolist() == at
    assert crs.HOUSE_CRS == "EPSG:4326"


def test_web_mercator_of_the_antimeridian() -> None:
    assert crs.convert([[180.0, 0.0]], "wgs84", "EPSG:3857")[0] == pytest.approx(
        [20037508.342789, 0.0], abs=1e-3
    )


@given(st.lists(in_china, min_size=1, max_size=20), st.sampled_from(SYSTEMS), st.sampled_from(SYSTEMS))
def test_round_trip_is_under_a_millimetre(points: list[tuple[float, float]], first: str, second: str) -> None:
    lonlat = np.array(points)
    there = crs.convert(lonlat, "wgs84", first)
    back = crs.convert(crs.convert(crs.convert(there, first, second), second, first), first, "wgs84")
    assert distance_m(lonlat, back) < 1e-3


@given(in_china)
def test_round_trip_through_the_zone_of_the_place(at: tuple[float, float]) -> None:
    for is_zoned in (False, True):
        zone = crs.gauss_kruger_for(at[0], with_zone_number=is_zoned)
        back = crs.convert(crs.convert([at], "wgs84", zone), zone, "wgs84")
        assert distance_m(np.array([at]), back) < 1e-3


@given(in_china)
def test_size_of_the_offsets(at: tuple[float, float]) -> None:
    here = np.array([at])
    assert 25 < distance_m(here, crs.convert(here, "wgs84", "gcj02")) < 800
    assert 600 < distance_m(here, crs.convert(here, "wgs84", "bd09")) < 1600


def test_order_and_grouping_do_not_matter() -> None:
    lonlat = np.random.default_rng(1).uniform((75, 5), (134, 53), (50, 2))
    whole = crs.convert(lonlat, "wgs84", "bd09mc")
    single = np.vstack([crs.convert(p[None], "wgs84", "bd09mc") for p in lonlat[::-1]])[::-1]
    assert np.abs(whole - single).max() < 1e-6


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("GCJ-02", "gcj02"),
        ("高德", "gcj02"),
        ("腾讯地图", "gcj02"),
        ("火星坐标", "gcj02"),
        ("百度", "bd09"),
        ("BD09LL", "bd09"),
        ("bd-09mc", "bd09mc"),
        ("WGS 84", "EPSG:4326"),
        ("ＷＧＳ８４", "EPSG:4326"),
        ("GPS", "EPSG:4326"),
        ("国家2000", "EPSG:4490"),
        ("CGCS2000", "EPSG:4490"),
        ("EPSG:4490", "EPSG:4490"),
        ("epsg 4547", "EPSG:4547"),
        ("4547", "EPSG:4547"),
        ("urn:ogc:def:crs:EPSG::4490", "EPSG:4490"),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", "EPSG:3857"),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "EPSG:4326"),
        ("CGCS2000 3度带 114", "EPSG:4547"),
        ("国家2000三度带 中央经线114", "EPSG:4547"),
        ("CGCS2000 / 3-degree Gauss-Kruger CM 114E", "EPSG:4547"),
        ("CGCS2000 / 3-degree Gauss-Kruger zone 38", "EPSG:4526"),
        ("国家2000 3度带 38带", "EPSG:4526"),
        ("CGCS2000 / Gauss-Kruger 6-degree zone 19", "EPSG:4497"),
        ("CGCS2000 6度带 111", "EPSG:4508"),
    ],
)
def test_names_people_type(typed: str, code: str) -> None:
    assert crs.crs_from_name(typed) == code


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "EPSG:4214",
        "北京54",
        "西安80 3度带 38",
        "EPSG:2326",
        "EPSG:32649",
        "CGCS2000 3度带",
        "3度带 7",
        "mars attacks",
    ],
)
def test_everything_else_is_refused_and_the_accepted_are_named(typed: str) -> None:
    with pytest.raises(CrsError, match=r"EPSG:4490.*gcj02.*bd09mc"):
        crs.convert([[114.0, 22.0]], typed, "wgs84")
    with pytest.raises(CrsError):
        crs.convert([[114.0, 22.0]], "wgs84", typed)


@pytest.mark.parametrize(
    ("xy", "source", "words"),
    [
        ([[505955.8, 2493941.2]], "EPSG:4526", "38000000"),
        ([[38505955.8, 2493941.2]], "EPSG:4547", "不含带号"),
        ([[505955.8, -5.0]], "EPSG:4547", "北坐标"),
        ([[22.54, 114.05]], "wgs84", "经度在前"),
        ([[float("nan"), 22.0]], "gcj02", "有限"),
        ([[114.0, 22.0, 3.0]], "wgs84", "n 行 2 列"),
        ([114.0, 22.0], "wgs84", "n 行 2 列"),
    ],
)
def test_impossible_positions(xy: Any, source: str, words: str) -> None:
    with pytest.raises(CoordinateError, match=words):
        crs.convert(xy, source, "gcj02")


@pytest.mark.parametrize("zone", ["EPSG:4547", "EPSG:4526", "EPSG:4497"])
def test_a_place_too_far_from_the_meridian_has_no_figures_there(zone: str) -> None:
    with pytest.raises(CoordinateError, match="适用范围"):
        crs.convert([[114.0, 22.5], [105.0, 30.0], [87.6, 43.8]], "wgs84", zone)


def test_nothing_in_nothing_out_and_no_change_in_place() -> None:
    for system in SYSTEMS:
        assert crs.convert(np.empty((0, 2)), "wgs84", system).shape == (0, 2)
    at = np.array([[114.0579, 22.5431]])
    crs.convert(at, "wgs84", "wgs84")[0, 0] = 0
    crs.convert(at, "bd09", "wgs84")
    assert at.tolist() == [[114.0579, 22.5431]]


@pytest.mark.parametrize(
    ("lon", "code"),
    [(112.5, "EPSG:4547"), (115.4999, "EPSG:4547"), (115.5, "EPSG:4548"), (73.5, "EPSG:4534")],
)
def test_zone_of_a_longitude(lon: float, code: str) -> None:
    assert crs.gauss_kruger_for(lon) == code


@pytest.mark.parametrize("lon", [73.4, 136.5, 0.0])
def test_no_zone_outside_china(lon: float) -> None:
    with pytest.raises(CrsError):
        crs.gauss_kruger_for(lon)


def test_every_accepted_system_has_source_accuracy_and_area() -> None:
    assert len(crs.ACCEPTED) == 6 + 21 * 2 + 11 * 2
    for entry in crs.ACCEPTED.values():
        assert entry.source
        assert entry.title_zh
        assert entry.accuracy_m >= 0
        assert entry.area[0] < entry.area[2]
