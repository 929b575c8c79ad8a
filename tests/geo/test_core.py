import numpy as np
import pytest

from geo.closest_facility import closest_facilities
from geo.core import CoreTopology
from geo.errors import NetworkError
from geo.scenario import Scenario, weigh
from geo.sweep import sweep_k_nearest
from tests.geo.road_cases import lattice, random_network, random_places


@pytest.mark.parametrize(
    ("seed", "nodes", "edges"), [(0, 40, 110), (1, 200, 900), (2, 300, 2400), (3, 400, 700), (4, 3, 4)]
)
def test_labels_are_those_of_the_plain_sweep(seed, nodes, edges):
    network, _ = random_network(seed, node_count=nodes, edge_count=edges, restriction_count=nodes // 8)
    topology = CoreTopology(network)
    points = random_places(network, 12, seed)
    for scenario in (
        Scenario(),
        Scenario(hour_of_week=18, closed_edges=frozenset(range(0, network.edge_count, 4))),
    ):
        impedance = weigh(network, scenario)
        core = topology.customize(impedance)
        for k in (1, 2, 3, 5):
            for limit_s in (None, 90.0):
                plain = sweep_k_nearest(impedance, points, k, limit_s=limit_s)
                fast = core.sweep_k_nearest(points, k, limit_s=limit_s)
                assert (fast[:, :k] >> 1 == plain[:, :k] >> 1).all()


def test_a_lattice_keeps_a_core_and_objects_read_the_same():
    network, _, _ = lattice(40)
    topology = CoreTopology(network)
    assert 0 < topology.core_count < network.node_count / 2
    impedance = weigh(network)
    stations, calls = random_places(network, 20, 1), random_places(network, 300, 2)
    plain = closest_facilities(impedance, stations, calls, k=3)
    fast = closest_facilities(impedance, stations, calls, k=3, core=topology.customize(impedance))
    for name in ("travel_time_s", "facility_idx", "outcome"):
        assert (getattr(plain, name) == getattr(fast, name)).all()


def test_weights_of_another_network_or_scenario_are_refused():
    network, _, _ = lattice(4)
    topology = CoreTopology(network)
    with pytest.raises(NetworkError, match="core of"):
        topology.customize(weigh(random_network(1)[0]))
    places = random_places(network, 3, 1)
    core = topology.customize(weigh(network))
    with pytest.raises(NetworkError, match="k is 0"):
        core.sweep_k_nearest(places, 0)
    with pytest.raises(NetworkError, match="other weights"):
        closest_facilities(weigh(network, Scenario(hour_of_week=8)), places, places, k=2, core=core)
    assert np.isfinite(closest_facilities(weigh(network), places, places, k=2, core=core).travel_time_s).all()
