"""Candidates on the network: no more than asked, spread over demand, the same whatever the order."""

from __future__ import annotations

import numpy as np
import pytest

from geo.errors import SitingError
from geo.siting.candidates import spread_candidates

RANDOM = np.random.default_rng(6)
NODES = np.array([114.0, 22.5]) + 0.2 * RANDOM.random((3000, 2))
DEMAND = np.array([114.02, 22.52]) + 0.1 * RANDOM.random((5000, 2))


@pytest.mark.parametrize("count", [1, 7, 100, 900])
def test_no_more_than_asked_and_where_demand_is(count: int) -> None:
    found = spread_candidates(NODES, DEMAND, count=count)
    assert 0.5 * count <= len(found) <= count
    assert len(set(found.tolist())) == len(found)
    low, high = DEMAND.min(axis=0) - 0.01, DEMAND.max(axis=0) + 0.01
    assert ((NODES[found] >= low) & (NODES[found] <= high)).all()


def test_the_order_of_demand_does_not_matter() -> None:
    again = spread_candidates(NODES, DEMAND[::-1], count=50)
    assert spread_candidates(NODES, DEMAND, count=50).tolist() == again.tolist()


def test_all_demand_in_one_place_has_one_candidate() -> None:
    assert len(spread_candidates(NODES, np.repeat(DEMAND[:1], 20, axis=0), count=50)) == 1


@pytest.mark.parametrize(
    ("nodes", "demand", "count"), [(NODES, DEMAND, 0), (NODES[:0], DEMAND, 3), (NODES, DEMAND[:0], 3)]
)
def test_without_anything_there_are_none(nodes: np.ndarray, demand: np.ndarray, count: int) -> None:
    with pytest.raises(SitingError) as caught:
        spread_candidates(nodes, demand, count=count)
    assert caught.value.field == "candidates"
