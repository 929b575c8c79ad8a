"""Roads around an area: what is closed equals what weighing anew closes, for whoever starts wherever."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from geo.kept_out import keep_out
from geo.network import Network
from geo.network_building import build_network
from geo.road_edges import straight_edges
from geo.scenario import Impedance, Scenario, weigh
from geo.weights import CLOSED_MS

SIDE = 9


def lattice(seed: int) -> Network:
    """A lattice with a third of its streets one-way."""
    random = np.random.default_rng(seed)
    ids = np.arange(SIDE * SIDE)
    at = np.column_stack([114 + 0.01 * (ids % SIDE), 22.5 + 0.01 * (ids // SIDE)])
    pairs = [[i, i + 1] for i in ids if i % SIDE < SIDE - 1] + [
        [i, i + SIDE] for i in ids if i < SIDE * (SIDE - 1)
    ]
    return build_network(
        ids.tolist(), at, straight_edges(ids.tolist(), at, pairs, direction=random.random(len(pairs)) < 0.3)
    )


def naive(before: Impedance, area: shapely.Geometry, edge_idx: list[int]) -> Impedance:
    """Close arc by arc and edge by edge, and weigh anew."""
    network = before.network
    inside = [bool(area.contains(shapely.Point(*at))) for at in network.node_lonlat]
    arcs = {
        arc
        for arc in range(network.arc_count)
        if not inside[network.arc_tail[arc]] and inside[network.arc_head[arc]]
    }
    ends: dict[int, set[int]] = {}
    for arc in range(network.arc_count):
        ends.setdefault(int(network.arc_edge[arc]), set()).update(
            (int(network.arc_tail[arc]), int(network.arc_head[arc]))
        )
    across = {
        edge
        for edge in network.edges_in_area(area).tolist()
        if not any(inside[n] for n in ends.get(edge, ())) and edge not in edge_idx
    }
    scenario = before.scenario
    return weigh(
        network,
        replace(
            scenario,
            closed_arcs=scenario.closed_arcs | arcs,
            closed_edges=scenario.closed_edges | across,
        ),
    )


def _areas(seed: int) -> list[shapely.Geometry]:
    random = np.random.default_rng([seed, 1])
    found = []
    for _ in range(6):
        west, south = 114 + 0.07 * random.random(), 22.5 + 0.07 * random.random()
        wide, high = 0.002 + 0.03 * random.random(2)
        found.append(shapely.box(west, south, west + wide, south + high))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_it_closes_what_weighing_anew_closes(seed: int) -> None:
    network = lattice(seed)
    random = np.random.default_rng([seed, 2])
    shut = frozenset(random.integers(0, network.edge_count, 5).tolist())
    before = weigh(network, Scenario(hour_of_week=18, closed_edges=shut))
    for area in _areas(seed):
        found = keep_out(before, area)
        starts: list[NDArray[np.int32] | list[int]] = [
            [], [-1], found.across_idx[:1], found.across_idx, random.integers(0, network.edge_count, 8).astype(np.int32),
        ]  # fmt: skip
        for edges in starts:
            told = found.leaving_from(edges)
            expected = naive(before, area, list(edges))
            assert (told.arc_ms == expected.arc_ms).all()
            assert told.closed_edges.tolist() == expected.closed_edges.tolist()
            assert told.scenario == expected.scenario
            assert found.leaving_from(edges) is told  # asked again, the same one


def test_an_empty_area_closes_nothing() -> None:
    before = weigh(lattice(0))
    assert keep_out(before, shapely.Polygon()).leaving_from([3]) is before


def test_nobody_drives_in_and_whoever_is_inside_gets_out() -> None:
    network = lattice(0)
    area = shapely.box(114.015, 22.515, 114.045, 22.545)
    closed = keep_out(weigh(network), area).closed
    inside = shapely.contains_xy(area, *network.node_lonlat.T)
    entering = ~inside[network.arc_tail] & inside[network.arc_head]
    leaving = inside[network.arc_tail] & ~inside[network.arc_head]
    assert entering.any()
    assert (closed.arc_ms[entering] == CLOSED_MS).all()
    assert (closed.arc_ms[leaving] != CLOSED_MS).all()
