import numpy as np
import pytest

from geo.closest_facility import closest_facilities
from geo.core import CoreTopology
from geo.errors import NetworkError
from geo.kept_nearest import joined, keep_nearest, place_times, try_out, two_nearest
from geo.scenario import Scenario, weigh
from tests.geo.road_cases import places, random_network, random_places


def fresh(impedance, facilities, objects):
    return closest_facilities(impedance, facilities, objects, k=2)


@pytest.mark.parametrize("seed", range(4))
def test_trying_out_equals_a_fresh_sweep_whatever_comes_and_goes(seed):
    network, _ = random_network(seed, node_count=120, edge_count=330, restriction_count=20)
    random = np.random.default_rng(seed)
    impedance = weigh(network, Scenario(closed_edges=frozenset({1, 5})))
    stations, calls = random_places(network, 9, seed), random_places(network, 80, seed + 1)
    core = CoreTopology(network).customize(impedance) if seed % 2 else None
    kept = keep_nearest(impedance, stations, calls, core=core)
    was_quick = 0
    for _ in range(40):
        out = np.zeros(9, np.bool_)
        out[random.permutation(9)[: random.integers(0, 6)]] = True
        come = random_places(network, int(random.integers(0, 4)), int(random.integers(10**6)))
        found = try_out(kept, come, out=out)
        expected = fresh(impedance, joined(stations.take(np.flatnonzero(~out)), come), calls)
        assert (found.travel_time_s == expected.travel_time_s).all()
        assert ((found.facility_idx == -1) == np.isinf(found.travel_time_s)).all()
        of = np.append(np.where(out, 9_999, np.arange(9)), 9 + np.arange(len(come)))
        assert np.isin(found.facility_idx[found.facility_idx >= 0], of).all()
        was_quick += not found.swept_whole
    assert 0 < was_quick < 40


def test_the_named_facility_is_the_one_that_takes_so_long():
    network, _ = random_network(3)
    impedance = weigh(network)
    stations, calls = random_places(network, 5, 1), random_places(network, 30, 2)
    come = random_places(network, 2, 3)
    found = try_out(keep_nearest(impedance, stations, calls), come, out=np.array([1, 0, 0, 1, 0], bool))
    everyone = joined(stations, come)
    for rank in (0, 1):
        for n, idx in enumerate(found.facility_idx[:, rank]):
            alone = closest_facilities(impedance, everyone.take([idx]), calls.take([n]), k=1)
            assert alone.travel_time_s[0, 0] == found.travel_time_s[n, rank]


def test_nobody_left_and_one_that_comes():
    network, _ = random_network(2)
    stations, calls = random_places(network, 3, 1), random_places(network, 20, 2)
    kept = keep_nearest(weigh(network), stations, calls)
    nowhere = stations.take([])
    assert np.isinf(try_out(kept, nowhere, out=np.ones(3, bool)).travel_time_s).all()
    one = random_places(network, 1, 7)
    found = try_out(kept, one, out=np.ones(3, bool))
    assert (found.facility_idx[:, 0] == 3).all()
    assert (found.facility_idx[:, 1] == -1).all()


def test_no_object_and_a_place_off_the_road():
    network, _ = random_network(2)
    stations = random_places(network, 3, 1)
    assert (
        len(try_out(keep_nearest(weigh(network), stations, stations.take([])), stations).travel_time_s) == 0
    )
    calls, off = random_places(network, 20, 2), places(network, [-1], [0.0])
    kept = keep_nearest(weigh(network), stations, calls)
    assert (try_out(kept, off).travel_time_s == kept.travel_time_s[:, :2]).all()
    away = keep_nearest(weigh(network), stations, joined(calls, off))
    assert np.isinf(try_out(away, stations).travel_time_s[-1]).all()


def test_kept_ones_that_do_not_suffice_say_so():
    network, _ = random_network(4)
    stations, calls = random_places(network, 8, 1), random_places(network, 20, 2)
    kept = keep_nearest(weigh(network), stations, calls)
    nearest = np.isin(np.arange(8), kept.facility_idx[0])
    assert two_nearest(kept, out=nearest) is None
    with pytest.raises(NetworkError, match="one point"):
        place_times(kept, stations)
