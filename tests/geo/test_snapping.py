import numpy as np
import pytest
import shapely

from geo.errors import NetworkError
from geo.measure import metres_per_degree
from geo.network_building import build_network
from geo.road_class import Access
from geo.road_edges import straight_edges
from geo.snapping import Side, SnapReason, snap
from geo.weights import CAR, EMERGENCY
from tests.geo.road_cases import lattice, random_network


@pytest.mark.parametrize("seed", range(4))
def test_nearest_edge_equals_shapely(seed):
    network, _ = random_network(seed, node_count=80, edge_count=200)
    random = np.random.default_rng(seed)
    points = np.column_stack([113.97 + 0.11 * random.random(300), 22.47 + 0.11 * random.random(300)])
    found = snap(network, points, reach_m=1e6)
    lines = network.edge_lines(np.arange(network.edge_count))
    for i, point in enumerate(points):
        scale = np.array(metres_per_degree(point[1]))
        flat = shapely.transform(lines, lambda xy, p=point, s=scale: (xy - p) * s)
        distance = shapely.distance(flat, shapely.Point(0, 0))
        assert found.distance_m[i] == pytest.approx(distance.min(), abs=1e-6)
        edge = found.edge_idx[i]
        assert distance[edge] == pytest.approx(distance.min(), abs=1e-6)
        along = shapely.line_locate_point(flat[edge], shapely.Point(0, 0), normalized=True)
        assert found.fraction[i] == pytest.approx(along, abs=1e-5)
        near = shapely.get_coordinates(shapely.line_interpolate_point(flat[edge], along, normalized=True))[0]
        assert (found.snapped_lonlat[i] - point) * scale == pytest.approx(near, abs=0.01)


def test_sides_are_seen_along_the_drawing():
    at = [[114.0, 22.5], [114.01, 22.5]]
    network = build_network([1, 2], at, straight_edges([1, 2], at, [[1, 2]]))
    found = snap(network, [[114.005, 22.501], [114.005, 22.499], [114.005, 22.5]])
    assert found.side.tolist() == [Side.LEFT, Side.RIGHT, Side.ON]


def test_reach_is_inclusive_and_misses_say_why():
    network, _, _ = lattice(3)
    point = [[113.99, 22.5]]
    distance = snap(network, point, reach_m=5000).distance_m[0]
    assert snap(network, point, reach_m=distance).reason[0] == SnapReason.SNAPPED
    short = snap(network, point, reach_m=distance * 0.999)
    assert (short.reason[0], short.edge_idx[0], short.distance_m[0]) == (SnapReason.TOO_FAR, -1, np.inf)
    odd = snap(network, [[np.nan, 22.5], [np.inf, 0], [22.5, 114.0], [114.0, 22.5]])
    assert odd.reason.tolist() == [SnapReason.NOT_A_POSITION] * 3 + [SnapReason.SNAPPED]
    assert len(snap(network, [])) == 0
    sea = snap(network, [[114.05, 22.5]], reach_m=5000)  # 5 km from any road, in the open
    assert sea.distance_m[0] == pytest.approx(4732, abs=2)


def test_junction_is_exactly_an_end():
    network, at, _ = lattice(3)
    found = snap(network, at)
    assert set(found.fraction.tolist()) <= {0.0, 1.0}
    assert (found.distance_m < 0.001).all()


def test_nothing_snaps_to_what_is_shut():
    network, at, _ = lattice(3)
    first = snap(network, at[:1])
    shut = np.array([first.edge_idx[0]], np.int32)
    other = snap(network, at[:1], shut=shut)
    assert other.edge_idx[0] != first.edge_idx[0]
    assert other.distance_m[0] < 0.001  # the junction has another road
    everything = np.arange(network.edge_count, dtype=np.int32)
    assert snap(network, at[:1], shut=everything).reason[0] == SnapReason.TOO_FAR
    assert snap(network, at[:1]).edge_idx[0] == first.edge_idx[0]  # nothing is shut for the next who asks


def test_profiles_snap_to_roads_of_their_own():
    at = [[114.0, 22.5], [114.01, 22.5], [114.0, 22.501], [114.01, 22.501]]
    pairs = [[0, 1], [2, 3], [0, 2], [1, 3]]
    access = [Access.ALL, Access.EMERGENCY, Access.ALL, Access.ALL]
    network = build_network(range(4), at, straight_edges(range(4), at, pairs, access=access))
    point = [[114.005, 22.5009]]
    assert snap(network, point, profile=CAR).distance_m[0] == pytest.approx(99.7, abs=0.2)
    assert snap(network, point, profile=EMERGENCY).distance_m[0] == pytest.approx(11.1, abs=0.1)


def test_bad_questions_are_refused():
    network, at, _ = lattice(2)
    with pytest.raises(NetworkError, match="reach_m is 0"):
        snap(network, at, reach_m=0)
    with pytest.raises(NetworkError, match=r"shape \(2,\)"):
        snap(network, [114.0, 22.5])
