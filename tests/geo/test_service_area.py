import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.closest_facility import closest_facilities
from geo.errors import NetworkError
from geo.measure import geodesic_area_m2, metres_per_degree
from geo.scenario import Scenario, weigh
from geo.service_area import service_areas
from geo.snapping import snap
from tests.geo.road_cases import lattice, places, random_network, random_places


def test_lattice_counted_by_hand():
    # every edge 1,100 m at 22 km/h: 180 s; from the middle of a 5 x 5 lattice
    network, at, _ = lattice(5, length_m=[1100.0] * 40)
    area, longer = service_areas(weigh(network), snap(network, at[[12]]), [360, 450])
    assert len(area.node_idx) == 1 + 4 + 8  # exactly at the limit is in
    assert len(area.edge_idx) == 4 + 12
    assert area.length_m == pytest.approx(16 * 1100)
    # 90 s more: every edge that leaves the rim of the 13 nodes is reached to its half; 40 - 16 edges, those between
    # two reached nodes are none, and 12 corner edges stay out of reach
    rim = [e for e in zip(longer.edge_idx, longer.start, longer.stop, strict=True) if e[2] - e[1] < 1]
    assert all(stop - start == pytest.approx(0.5) for _, start, stop in rim)
    assert longer.length_m == pytest.approx((16 + len(rim) / 2) * 1100)


@pytest.mark.parametrize("seed", range(4))
def test_stretches_agree_with_times_at_sampled_places(seed):
    network, _ = random_network(seed, restriction_count=20)
    impedance = weigh(network, Scenario(closed_edges=frozenset({3})))
    stations = random_places(network, 3, seed)
    (area,) = service_areas(impedance, stations, [60.0], with_polygons=False)
    samples = random_places(network, 400, seed + 5)
    time_s = closest_facilities(impedance, stations, samples).travel_time_s[:, 0]
    inside = np.zeros(400, bool)
    for i, (edge, at) in enumerate(zip(samples.edge_idx, samples.fraction, strict=True)):
        mine = area.edge_idx == edge
        inside[i] = ((area.start[mine] <= at) & (at <= area.stop[mine])).any()
    clear = np.abs(time_s - 60.0) > 0.003  # partial edges are rounded to the millisecond
    assert (inside == (time_s <= 60.0))[clear].all()


def test_polygon_equals_the_union_of_buffers_and_keeps_holes():
    network, at, _ = lattice(4, spacing_deg=0.008)
    (area,) = service_areas(weigh(network), snap(network, at[[5]]), [400.0], reach_m=80, cell_m=10)
    scale = metres_per_degree(float(network.shape_lonlat[:, 1].mean()))

    def to_metres(points):
        return (points - at[0]) * scale

    exact = shapely.union_all(
        [shapely.buffer(shapely.transform(line, to_metres), 80, quad_segs=32) for line in area.lines(network)]
    )
    drawn = shapely.transform(area.polygon, to_metres)
    assert drawn.is_valid
    assert sum(len(p.interiors) for p in drawn.geoms) == sum(
        len(p.interiors) for p in getattr(exact, "geoms", [exact])
    )
    assert sum(len(p.interiors) for p in drawn.geoms) > 0
    assert drawn.symmetric_difference(exact).area / exact.area < 0.01
    assert shapely.hausdorff_distance(drawn.boundary, exact.boundary) < 8
    assert geodesic_area_m2(area.polygon) == pytest.approx(exact.area, rel=0.01)


@given(
    seed=st.integers(0, 1000),
    limits=st.lists(st.floats(0, 400), min_size=2, max_size=4),
    count=st.integers(1, 4),
)
@settings(max_examples=25, deadline=None)
def test_longer_limit_contains_the_shorter(seed, limits, count):
    network, _ = random_network(seed % 5)
    limits = sorted(limits)
    areas = service_areas(weigh(network), random_places(network, count, seed), limits)
    for short, long in itertools.pairwise(areas):
        assert set(short.node_idx) <= set(long.node_idx)
        assert short.length_m <= long.length_m + 1e-9
        assert long.polygon.is_valid
        assert shapely.buffer(long.polygon, 1e-9).covers(short.polygon)


def test_closed_and_unsnapped_facilities_reach_nothing():
    network, at, _ = lattice(3)
    everything = weigh(network, Scenario(closed_areas=(shapely.box(113, 22, 115, 23),)))
    for impedance, points in (
        (everything, snap(network, at)),
        (weigh(network), snap(network, [[100.0, 30.0]])),
    ):
        (area,) = service_areas(impedance, points, [600])
        assert (len(area.node_idx), len(area.edge_idx), area.length_m) == (0, 0, 0)
        assert area.polygon.is_empty


def test_limit_zero_reaches_the_place_itself():
    network, _, _ = lattice(3)
    (area,) = service_areas(weigh(network), places(network, [2], [0.25]), [0])
    assert area.length_m == 0
    assert (area.start.tolist(), area.stop.tolist()) == ([0.25], [0.25])


@pytest.mark.parametrize("limits", [[], [-1], [float("nan")], [float("inf")]])
def test_impossible_limits_are_refused(limits):
    network, at, _ = lattice(2)
    with pytest.raises(NetworkError, match="limit"):
        service_areas(weigh(network), snap(network, at), limits)
