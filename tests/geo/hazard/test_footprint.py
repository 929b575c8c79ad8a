"""Zones on the ground: points inside and outside against the formula, the wind, the sector, the map."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.errors import CoordinateError, HazardError
from geo.hazard.atmosphere import StabilityClass, Terrain
from geo.hazard.dense_gas import DenseCloud, dense_reach
from geo.hazard.footprint import (
    circle,
    dense_footprint,
    on_the_map,
    plume_footprint,
    puff_footprint,
    release_footprint,
    sector,
)
from geo.hazard.plume import PlumeSource, plume_concentration, plume_reach
from geo.hazard.puff import PuffSource, puff_concentration, puff_reach
from geo.hazard.short_release import release_reach
from geo.local_plane import geometry_from_plane, lonlat_from_plane

D, F = StabilityClass.D, StabilityClass.F
HERE = (114.06, 22.54)


@pytest.mark.parametrize("height", [0.0, 30.0])
@pytest.mark.parametrize("terrain", Terrain)
def test_inside_is_above_and_outside_below_the_threshold(terrain: Terrain, height: float) -> None:
    source = PlumeSource(1.0, 5.0, D, terrain, height)
    threshold = 5e-6
    drawn = plume_footprint(source, threshold, plume_reach(source, threshold).distance_m)
    rng = np.random.default_rng(7)
    x, y = rng.uniform(-50, 3000, 20_000), rng.uniform(-300, 300, 20_000)
    is_above = plume_concentration(source, x, y) >= threshold
    is_in = shapely.contains_xy(drawn, x, y)
    assert is_above.sum() > 500
    assert (is_in != is_above).mean() < 0.002  # 160 straight pieces
    doubtful = shapely.distance(shapely.points(x, y), drawn.boundary) > 2.0
    assert (is_in == is_above)[doubtful].all()


def test_a_cloud_is_inside_its_zone_at_every_moment() -> None:
    source, threshold = PuffSource(200.0, 3.0, D), 1e-4
    reach = puff_reach(source, threshold).distance_m
    drawn = puff_footprint(source, threshold, reach)
    x, y = np.meshgrid(np.linspace(-20, reach + 50, 400), np.linspace(-120, 120, 121))
    ever = np.zeros(x.shape, dtype=bool)
    for t in np.linspace(0.1, reach / 3.0, 400):
        ever |= puff_concentration(source, x, y, 0.0, t) >= threshold
    grown = shapely.buffer(drawn, 1.0)
    assert shapely.contains_xy(grown, x[ever], y[ever]).all()
    assert ever.mean() * 240 * (reach + 70) == pytest.approx(drawn.area, rel=0.03)


def test_a_short_release_lies_within_the_lasting_one() -> None:
    source, threshold = PlumeSource(1.0, 2.0, F), 1e-4
    short = release_footprint(source, 60.0, threshold, release_reach(source, 60.0, threshold).distance_m)
    long = plume_footprint(source, threshold, plume_reach(source, threshold).distance_m)
    assert short.area < long.area
    assert shapely.difference(short, long).area < 0.002 * short.area


def test_a_heavy_cloud_begins_upwind_and_ends_at_its_reach() -> None:
    steady = DenseCloud(3.6, 239.0, 2.0, 1.2, 293.0, volume_rate_m3_s=1.0)
    at_once = DenseCloud(3.6, 239.0, 2.0, 1.2, 293.0, volume_m3=500.0)
    for cloud in (steady, at_once):
        reach = dense_reach(cloud, 0.01).distance_m
        west, south, east, north = dense_footprint(cloud, reach).bounds
        assert west < 0
        assert east == pytest.approx(reach, rel=1e-3)
        assert north == pytest.approx(-south)


def test_widening_by_the_wind_is_all_turned_zones_together() -> None:
    source, threshold = PlumeSource(1.0, 1.5, F), 57.96e-6
    drawn = plume_footprint(source, threshold, plume_reach(source, threshold).distance_m)
    wide = sector(drawn, 20.0)
    turned = []
    for angle in np.radians(np.linspace(-20, 20, 161)):
        matrix = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        turned.append(shapely.transform(drawn, lambda xy, m=matrix: xy @ m))
    together = shapely.union_all(turned)
    assert shapely.difference(together, wide).area < 1e-5 * wide.area
    assert together.area == pytest.approx(wide.area, rel=0.01)
    assert sector(drawn, 0.0) is drawn


def test_an_unknown_wind_is_a_disc() -> None:
    source = PlumeSource(1.0, 5.0, D)
    disc = sector(plume_footprint(source, 57.96e-6, 565.5), 180.0)
    assert disc.area == pytest.approx(math.pi * 565.5**2, rel=1e-3)
    assert not disc.interiors


@given(
    lon=st.floats(73, 135), lat=st.floats(3, 53), wind_from=st.floats(0, 360), along=st.floats(100, 9000), across=st.floats(-500, 500)
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_on_the_map_distance_and_bearing_are_the_geodesics(
    lon: float, lat: float, wind_from: float, along: float, across: float
) -> None:
    there = on_the_map(shapely.Point(along, across), (lon, lat), wind_from)
    bearing, _, distance = Geod(ellps="GRS80").inv(lon, lat, there.x, there.y)
    assert distance == pytest.approx(math.hypot(along, across), rel=1e-9)
    # downwind is where the wind goes to; the left of the wind is counter-clockwise
    expected = wind_from + 180 - math.degrees(math.atan2(across, along))
    assert (bearing - expected + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("wind_from", "side"),
    [(0.0, "south"), (90.0, "west"), (180.0, "north"), (270.0, "east"), (360.0, "south")],
)
def test_the_plume_lies_where_the_wind_blows_to(wind_from: float, side: str) -> None:
    drawn = on_the_map(plume_footprint(PlumeSource(1.0, 5.0, D), 57.96e-6, 565.5), HERE, wind_from)
    dx, dy = drawn.centroid.x - HERE[0], drawn.centroid.y - HERE[1]
    assert {"south": dy < -abs(dx), "north": dy > abs(dx), "west": dx < -abs(dy), "east": dx > abs(dy)}[side]
    assert drawn.is_valid


def test_a_circle_keeps_its_radius_on_the_ground() -> None:
    ring = shapely.get_coordinates(on_the_map(circle(5000.0), HERE))
    _, _, distance = Geod(ellps="GRS80").inv(*np.broadcast_arrays(HERE[0], HERE[1], ring[:, 0], ring[:, 1]))
    assert distance == pytest.approx(np.full(len(ring), 5000.0), abs=1e-3)


@pytest.mark.parametrize("origin", [(200.0, 22.0), (114.0, 89.0), (float("nan"), 0.0)])
def test_a_place_that_cannot_be_is_refused(origin: tuple[float, float]) -> None:
    with pytest.raises(CoordinateError, match="局部平面"):
        lonlat_from_plane([[0.0, 0.0]], origin)


def test_a_plane_ends_at_a_hundred_kilometres() -> None:
    with pytest.raises(CoordinateError, match="100"):
        geometry_from_plane(shapely.Point(100_001.0, 0.0), HERE)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: on_the_map(circle(10.0), HERE, 361.0), "wind_from_deg"), (lambda: sector(circle(10.0), 181.0), "wind_uncertainty_deg"),
        (lambda: circle(0.0), "distance_m"), (lambda: plume_footprint(PlumeSource(1.0, 5.0, D), 1e-5, 10_001.0), "distance_m"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(call, field: str) -> None:
    with pytest.raises(HazardError) as refused:
        call()
    assert refused.value.field == field
