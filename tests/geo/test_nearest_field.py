import numpy as np
import pytest

from geo.closest_facility import closest_facilities
from geo.errors import NetworkError
from geo.nearest_field import NearestField
from geo.scenario import Scenario, weigh
from geo.sweep import sweep_nearest
from tests.geo.road_cases import places, random_network, random_places


@pytest.mark.parametrize("seed", range(6))
def test_a_long_series_of_changes_leaves_exactly_the_field_of_a_fresh_sweep(seed):
    network, _ = random_network(seed, node_count=150, edge_count=420, restriction_count=30)
    random = np.random.default_rng(seed)
    start = weigh(network, Scenario(closed_edges=frozenset({2, 3})))
    stations, calls = random_places(network, 7, seed), random_places(network, 60, seed + 1)
    field = NearestField(start, stations)
    closed: set[int] = set()
    for _ in range(60):
        step = random.integers(4)
        if step == 0:
            field.move_facility(
                int(random.integers(7)), random_places(network, 1, int(random.integers(10**6)))
            )
        elif step == 1:
            field.remove_facility(int(random.integers(7)))
        elif step == 2:
            arcs = random.integers(0, network.arc_count, int(random.integers(1, 30)))
            closed |= set(arcs.tolist())
            field.close_arcs(np.unique(arcs))
        elif closed:
            arcs = random.permutation(sorted(closed))[: int(random.integers(1, 30))]
            closed -= set(arcs.tolist())
            field.reopen_arcs(arcs)
        now = weigh(network, Scenario(closed_edges=frozenset({2, 3}), closed_arcs=frozenset(closed)))
        fresh = sweep_nearest(now, field.facilities)
        assert (field.field.node_ms == fresh.node_ms).all()
        assert (field.field.owner == fresh.owner).all()
        found = closest_facilities(now, field.facilities, calls)
        time_s, owner = field.read(calls)
        assert (time_s == found.travel_time_s[:, 0]).all()
        assert (owner == found.facility_idx[:, 0]).all()


def test_two_facilities_on_one_place_and_the_same_change_twice():
    network, _ = random_network(1)
    both = places(network, [4, 4], [0.5, 0.5])
    field = NearestField(weigh(network), both)
    before = field.field
    field.remove_facility(0)
    field.remove_facility(0)
    assert (field.field.node_ms == before.node_ms).all()
    assert (field.field.owner[before.owner == 0] == 1).all()
    field.close_arcs([1, 2])
    field.close_arcs([1, 2])
    field.reopen_arcs([1, 2])
    field.move_facility(0, both.take([0]))
    assert (field.field.node_ms == before.node_ms).all()
    assert (field.field.owner == before.owner).all()
    with pytest.raises(NetworkError, match="facility 2"):
        field.remove_facility(2)
