"""Reach over the network is the travel-time matrix without what lies beyond."""

from __future__ import annotations

import numpy as np
import pytest

from geo.scenario import Scenario, weigh
from geo.siting.network_reach import network_reach
from geo.travel_time_matrix import travel_time_matrix
from tests.geo.road_cases import random_network, random_places


@pytest.mark.parametrize("seed", range(4))
def test_reach_is_the_matrix_within_the_limit(seed: int) -> None:
    network, _ = random_network(seed)
    impedance = weigh(network, Scenario())
    sites, demand = (
        random_places(network, 7, seed),
        random_places(network, 40, seed + 9),
    )
    full = travel_time_matrix(impedance, sites, demand).T
    limit_s = float(np.median(full[np.isfinite(full)]))
    found = network_reach(impedance, sites, demand, limit_s=limit_s)
    assert found.is_whole
    assert np.array_equal(found.matrix(), np.where(full <= limit_s, full, np.inf))
    half = found.within(limit_s / 2)
    assert len(half.site) == (full <= limit_s / 2).sum()


def test_reach_that_is_stopped_says_so() -> None:
    network, _ = random_network(1)
    places = random_places(network, 9, 1)
    told: list[float] = []
    asked = iter([False, False, True])
    found = network_reach(
        weigh(network, Scenario()),
        places,
        places,
        limit_s=600,
        progress=told.append,
        should_stop=lambda: next(asked),
    )
    assert not found.is_whole
    assert set(found.site_idx.tolist()) <= {0, 1}
