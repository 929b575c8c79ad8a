import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.closest_facility import closest_facilities, facilities_to_incident
from geo.contraction import IS_AVAILABLE, Contraction
from geo.core import CoreTopology
from geo.network_building import build_network
from geo.road_class import Direction
from geo.road_edges import TurnRestriction, straight_edges
from geo.route import find_route
from geo.scenario import Scenario, weigh
from geo.travel_time_matrix import travel_time_matrix
from geo.weights import EMERGENCY
from tests.geo.road_cases import part, places

# a street 0 - 1 - 2 - 3 with side streets from 1, 2 and a ring that joins everything
AT = np.array([[114.0 + 0.01 * i, 22.5] for i in range(4)] + [[114.01, 22.51], [114.02, 22.51]])
PAIRS = [[0, 1], [1, 2], [2, 3], [1, 4], [2, 5], [4, 5], [3, 5], [0, 4]]
LENGTHS_M = [1000, 1000, 1000, 1000, 1000, 9000, 9000, 9000]
RULE = {"hour_of_week": 8}


def town(*restrictions):
    roads = straight_edges(range(6), AT, PAIRS, length_m=LENGTHS_M, restrictions=restrictions)
    return build_network(range(6), AT, roads)


def edge_of(network, source):
    return int(np.flatnonzero(network.edge_source_id == source)[0])


def metres(network, start, stop, hour=8, **scenario):
    """Length of the quickest trip from the middle of one edge to the middle of another."""
    impedance = weigh(network, Scenario(hour_of_week=hour, **scenario))
    ends = [places(network, [edge_of(network, e)], [0.5]) for e in (start, stop)]
    return round(find_route(impedance, *ends).length_m)


@pytest.mark.parametrize(
    ("restriction", "to_3", "to_5"),
    [
        (None, 2000, 2000),
        (
            TurnRestriction(0, 1, 2, via_edge_idx=(1,)),
            2000 + 2 * 1000,
            2000,
        ),  # turns back in 2 - 5, say, and comes again
        (TurnRestriction(0, 1, 4, via_edge_idx=(1,)), 2000, 2000 + 2 * 1000),
        (TurnRestriction(0, 1, 2, is_only=True, via_edge_idx=(1,)), 2000, 2000 + 2 * 1000),
        (TurnRestriction(0, 1, 1), 2000 + 2 * 1000, 2000 + 2 * 1000),
    ],
)
def test_restrictions_over_one_edge(restriction, to_3, to_5):
    network = town(*([restriction] if restriction else []))
    assert network.report.restrictions_applied == (restriction is not None)
    assert (metres(network, 0, 2), metres(network, 0, 4)) == (to_3, to_5)
    # who comes from the side street is not concerned, nor is a rescue vehicle
    assert (metres(network, 3, 2), metres(network, 3, 4)) == (2000, 2000)
    assert metres(network, 0, 2, profile=EMERGENCY) == metres(network, 0, 4, profile=EMERGENCY) == 2000


def test_only_holds_at_every_junction_of_its_way():
    network = town(TurnRestriction(0, 1, 2, is_only=True, via_edge_idx=(1,)))
    assert (
        metres(network, 0, 3) > 3000
    )  # not into the side street at 1, nor back at 2: on to 3 and back first
    assert metres(town(), 0, 3) == 1000


def test_two_only_restrictions_of_one_way_allow_both():
    network = town(
        TurnRestriction(0, 1, 2, is_only=True, via_edge_idx=(1,)),
        TurnRestriction(0, 1, 4, is_only=True, via_edge_idx=(1,)),
    )
    assert (metres(network, 0, 2), metres(network, 0, 4)) == (2000, 2000)
    assert metres(network, 0, 3) > 3000


def test_several_vias_in_sequence():
    network, free = town(TurnRestriction(7, 0, 2, via_edge_idx=(0, 1))), town()
    direct = 4500 + 1000 + 1000 + 500
    for edges, roads, expected in ((7, free, direct), (7, network, direct + 2000), (0, network, 2000)):
        closed = frozenset({edge_of(roads, 3)})
        assert metres(roads, edges, 2, closed_edges=closed) == expected  # into 2 - 5 and back before going on


def test_u_turns():
    must_go_to_0 = TurnRestriction(3, 1, 0, is_only=True)
    assert metres(town(must_go_to_0), 3, 1) == 500 + 2 * 1000 + 500  # turns back at 0
    assert metres(town(must_go_to_0, TurnRestriction(0, 0, 0)), 3, 1) > 10_000


def test_restrictions_by_the_clock_are_absent_at_their_hours_only():
    hours = frozenset({7, 8})
    network = town(TurnRestriction(0, 1, 2, via_edge_idx=(1,), hours_of_week=hours))
    assert (network.report.restrictions_applied, network.report.restrictions_timed) == (1, 1)
    assert [metres(network, 0, 2, hour) for hour in (6, 7, 8, 9)] == [2000, 4000, 4000, 2000]
    assert metres(network, 0, 2, 8, profile=EMERGENCY) == 2000
    always = town(TurnRestriction(0, 1, 2, via_edge_idx=(1,), hours_of_week=frozenset(range(168))))
    assert len(always.timed_arc) == 0
    assert metres(always, 0, 2, 6) == 4000


def test_a_network_without_timed_turns_keeps_its_version():
    from geo.network import content_version, network_arrays

    network = town(TurnRestriction(0, 1, 1))
    arrays = {k: v for k, v in network_arrays(network).items() if not k.startswith("timed_")}
    assert content_version(arrays, network.names) == network.version


# -- against a search that remembers what it drove ---------------------------------------------------------


def random_case(seed):
    """A random small graph and restrictions along random walks over it, of two to four arcs."""
    random = np.random.default_rng(seed)
    count = int(random.integers(5, 10))
    ids = np.arange(100, 100 + count)
    at = np.column_stack([114 + 0.05 * random.random(count), 22.5 + 0.05 * random.random(count)])
    ring = np.column_stack([ids, np.roll(ids, -1)])
    extra = ids[random.integers(0, count, (count + 3, 2))]
    pairs = np.concatenate([ring, extra[extra[:, 0] != extra[:, 1]]])
    # of equal pairs only one stays, so that numbers of edges are those of the source
    pairs = pairs[np.sort(np.unique(np.sort(pairs, axis=1), axis=0, return_index=True)[1])]
    direction = np.where(random.random(len(pairs)) < 0.25, Direction.FORWARD, Direction.BOTH)
    direction[np.isin(pairs, ring).all(axis=1) & (np.diff(pairs, axis=1)[:, 0] == 1)] = Direction.BOTH
    leaving = {}
    for edge, (start, stop) in enumerate(pairs.tolist()):
        leaving.setdefault(start, []).append((edge, stop))
        if direction[edge] == Direction.BOTH:
            leaving.setdefault(stop, []).append((edge, start))
    restrictions = []
    for _ in range(int(random.integers(1, 7))):
        node = int(random.choice(ids))
        walk, ends = [], []
        for _ in range(int(random.integers(2, 5))):
            if node not in leaving:
                break
            edge, node = leaving[node][int(random.integers(len(leaving[node])))]
            walk.append(edge)
            ends.append(node)
        if len(walk) >= 2:
            hours = frozenset({8}) if random.random() < 0.3 else None
            restrictions.append(
                TurnRestriction(
                    walk[0], ends[0], walk[-1], bool(random.random() < 0.35), tuple(walk[1:-1]), hours
                )
            )
    roads = straight_edges(
        ids, at, pairs, direction=direction,
        length_m=random.integers(50, 900, len(pairs)).astype(float), restrictions=restrictions,
    )  # fmt: skip
    return build_network(ids, at, roads), restrictions


class Remembering:
    """Dijkstra over what was driven last: a state is the last few (edge, direction), oldest first."""

    def __init__(self, impedance, restrictions):
        network = impedance.network
        source = network.edge_source_id
        self.ways = {}
        for arc in range(network.arc_count):
            if impedance.arc_ms[arc] >= 0:
                self.ways[int(source[network.arc_edge[arc]]), bool(network.arc_is_reversed[arc])] = (
                    int(network.node_id[network.arc_tail[arc]]),
                    int(network.node_id[network.arc_head[arc]]),
                    int(impedance.arc_ms[arc]),
                )
        hour = impedance.scenario.hour_of_week
        self.no, self.only = [], []
        for r in restrictions:
            walk, node = [], r.via_node_id
            walk += [w for w in self.ways if w[0] == r.from_edge_idx and self.ways[w][1] == node]
            for edge in (*r.via_edge_idx, r.to_edge_idx):
                step = [w for w in self.ways if w[0] == edge and self.ways[w][0] == node]
                walk += step
                node = self.ways[step[0]][1] if step else None
            is_whole = len(walk) == 2 + len(r.via_edge_idx)
            if is_whole and (r.hours_of_week is None or hour in r.hours_of_week):
                (self.only if r.is_only else self.no).append(tuple(walk))

    def may_follow(self, driven, way):
        if any((*driven, way)[-len(walk) :] == walk for walk in self.no):
            return False
        for length in range(1, 4):
            wanted = {w[length] for w in self.only if length < len(w) and driven[-length:] == w[:length]}
            if wanted and way not in wanted:
                return False
        return True

    def pasts(self, way):
        """What may have been driven before a trip begins on a way: the least binding past counts."""
        found = [(way,)]
        for _ in range(3):
            found = [
                (before, *p) for p in found for before, at in self.ways.items() if at[1] == self.ways[p[0]][0]
            ]
        return {p[-3:] for p in found if self.may_follow(p[:-1], way)}

    def trip_ms(self, start, stop):
        best = math.inf
        (edge, fraction), (to_edge, to_fraction) = start, stop
        queue, done = [], set()
        for backward in (False, True):
            way = (edge, backward)
            if way not in self.ways:
                continue
            w = self.ways[way][2]
            for past in self.pasts(way):
                heapq.heappush(queue, (w - part(w, fraction, backward), past))
            if edge == to_edge and (fraction >= to_fraction if backward else fraction <= to_fraction):
                best = min(best, part(w, to_fraction, backward) - part(w, fraction, backward))
        while queue:
            d, driven = heapq.heappop(queue)
            if driven in done or d >= best:
                continue
            done.add(driven)
            for way, (tail, _, w) in self.ways.items():
                if tail == self.ways[driven[-1]][1] and self.may_follow(driven, way):
                    if way[0] == to_edge:
                        best = min(best, d + part(w, to_fraction, way[1]))
                    heapq.heappush(queue, (d + w, (*driven, way)[-3:]))
        return best


def compare(seed):
    network, restrictions = random_case(seed)
    hour = 8 if seed % 2 else 9
    impedance = weigh(network, Scenario(hour_of_week=hour))
    oracle = Remembering(impedance, restrictions)
    random = np.random.default_rng(seed)
    starts, stops = (
        places(network, random.integers(0, network.edge_count, 4), random.random(4)) for _ in range(2)
    )
    expected = np.array(
        [
            [
                oracle.trip_ms(
                    *(
                        (int(network.edge_source_id[p.edge_idx[k]]), float(p.fraction[k]))
                        for p, k in ((starts, i), (stops, j))
                    )
                )
                for j in range(4)
            ]
            for i in range(4)
        ]
    )
    found = travel_time_matrix(impedance, starts, stops)
    assert found.tolist() == (expected / 1000).tolist()
    assert (
        travel_time_matrix(impedance, starts.take([0, 1, 2]), stops).tolist()
        == (expected[:3] / 1000).tolist()
    )
    nearest = np.sort(expected, axis=0) / 1000
    assert closest_facilities(impedance, starts, stops).travel_time_s[:, 0].tolist() == nearest[0].tolist()
    core = CoreTopology(network).customize(impedance)
    assert (
        closest_facilities(impedance, starts, stops, k=3, core=core).travel_time_s.T.tolist()
        == nearest[:3].tolist()
    )
    assert (
        facilities_to_incident(impedance, starts, stops.take([1])).travel_time_s.tolist()
        == (expected[:, 1] / 1000).tolist()
    )
    routes = [find_route(impedance, starts.take([0]), stops.take([j])).travel_time_s for j in range(4)]
    assert routes == (expected[0] / 1000).tolist()
    if IS_AVAILABLE:
        hierarchy = Contraction(network).customize(impedance)
        assert [
            hierarchy.find_route(starts.take([0]), stops.take([j])).travel_time_s for j in range(4)
        ] == routes
    return network.report.restrictions_applied


@pytest.mark.parametrize("seed", range(40))
def test_every_engine_equals_a_search_that_remembers(seed):
    compare(seed)


@settings(max_examples=60, deadline=None)
@given(st.integers(1000, 10**9))
def test_every_engine_equals_a_search_that_remembers_on_any_graph(seed):
    compare(seed)


def test_the_cases_hold_restrictions():
    assert sum(compare(seed) for seed in range(12)) > 20
