"""Road networks for tests, and a naive second implementation of the search: Dijkstra over (edge, direction) states."""

import heapq
import math

import numpy as np

from geo.network_building import build_network
from geo.road_class import Direction
from geo.road_edges import TurnRestriction, straight_edges
from geo.snapping import SnappedPoints


def lattice(side, spacing_deg=0.002, **columns):
    """A square lattice of two-way streets; node i stands in column i % side, row i // side."""
    ids = np.arange(side * side)
    at = np.column_stack([114 + spacing_deg * (ids % side), 22.5 + spacing_deg * (ids // side)])
    pairs = [[i, i + 1] for i in ids if (i + 1) % side] + [
        [i, i + side] for i in ids if i + side < side * side
    ]
    return build_network(ids, at, straight_edges(ids, at, pairs, **columns)), at, pairs


def random_network(seed, *, node_count=40, edge_count=110, restriction_count=0):
    """A random network with one-way streets, lengths of its own and, if asked for, turn restrictions."""
    random = np.random.default_rng(seed)
    ids = random.permutation(np.arange(100, 100 + node_count))
    at = np.column_stack([114 + 0.05 * random.random(node_count), 22.5 + 0.05 * random.random(node_count)])
    ring = np.column_stack([ids, np.roll(ids, -1)])
    pairs = np.concatenate([ring, ids[random.integers(0, node_count, (edge_count - node_count, 2))]])
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    direction = random.choice(list(Direction), len(pairs))
    direction[:node_count] = Direction.BOTH
    restrictions = []
    for _ in range(restriction_count):
        first = int(random.integers(len(pairs)))
        via = int(pairs[first][int(random.integers(2))])
        touching = [e for e in np.flatnonzero((pairs == via).any(axis=1)) if e != first]
        if touching:
            restrictions.append(
                TurnRestriction(first, via, int(random.choice(touching)), bool(random.random() < 0.3))
            )
    edges = straight_edges(
        ids,
        at,
        pairs,
        direction=direction,
        length_m=random.integers(20, 900, len(pairs)).astype(float),
        road_class=random.integers(0, 9, len(pairs)),
        restrictions=restrictions,
    )
    return build_network(ids, at, edges), restrictions


def places(network, edge, fraction):
    """Points given by edge and fraction, as snapping would give them."""
    edge, fraction = np.asarray(edge, np.int32), np.asarray(fraction, np.float64)
    count = len(edge)
    at = np.zeros((count, 2))
    return SnappedPoints(
        at,
        edge,
        fraction,
        np.zeros(count),
        np.zeros(count, np.int8),
        at,
        np.where(edge < 0, 1, 0).astype(np.uint8),
    )


def random_places(network, count, seed):
    random = np.random.default_rng(seed)
    return places(network, random.integers(0, network.edge_count, count), random.random(count))


class Brute:
    """The same question answered the slow way, from edges, directions and restrictions alone."""

    def __init__(self, impedance, restrictions=()):
        network = impedance.network
        self.ways = {}  # (edge, reversed) -> (from junction, to junction, ms)
        for arc in range(network.arc_count):
            if impedance.arc_ms[arc] < 0:
                continue
            key = (int(network.arc_edge[arc]), bool(network.arc_is_reversed[arc]))
            self.ways[key] = (
                int(network.node_id[network.arc_tail[arc]]),
                int(network.node_id[network.arc_head[arc]]),
                int(impedance.arc_ms[arc]),
            )
        by_source = {int(s): e for e, s in enumerate(network.edge_source_id)}
        self.barred, only = set(), {}
        for r in restrictions:
            first, last = by_source.get(r.from_edge_idx), by_source.get(r.to_edge_idx)
            entering = [k for k in self.ways if k[0] == first and self.ways[k][1] == r.via_node_id]
            turning = [k for k in self.ways if k[0] == last and self.ways[k][0] == r.via_node_id]
            if len(entering) != 1 or len(turning) != 1:
                continue
            if r.is_only:
                only.setdefault(entering[0], set()).add(turning[0])
            else:
                self.barred.add((entering[0], turning[0]))
        for way, allowed in only.items():
            self.barred |= {
                (way, k) for k in self.ways if self.ways[k][0] == self.ways[way][1] and k not in allowed
            }
        self.leaving = {}
        for key, (start, _, _) in self.ways.items():
            self.leaving.setdefault(start, []).append(key)

    def times_ms(self, edge, fraction):
        """Time at which each (edge, direction) is left at its end, from a place inside an edge."""
        best, queue = {}, []
        for backward in (False, True):
            if (edge, backward) in self.ways:
                w = self.ways[edge, backward][2]
                heapq.heappush(queue, (w - part(w, fraction, backward), (edge, backward)))
        while queue:
            d, way = heapq.heappop(queue)
            if way in best:
                continue
            best[way] = d
            for follow in self.leaving.get(self.ways[way][1], []):
                if (way, follow) not in self.barred and follow not in best:
                    heapq.heappush(queue, (d + self.ways[follow][2], follow))
        return best

    def trip_ms(self, start, stop):
        """Time between two places (edge, fraction); inf when there is no way."""
        left = self.times_ms(*start)
        best = math.inf
        edge, fraction = stop
        for backward in (False, True):
            if (edge, backward) not in self.ways:
                continue
            w = self.ways[edge, backward][2]
            if start[0] == edge and (start[1] >= fraction if backward else start[1] <= fraction):
                best = min(best, part(w, fraction, backward) - part(w, start[1], backward))
            for way, d in left.items():
                if (
                    self.ways[way][1] == self.ways[edge, backward][0]
                    and (way, (edge, backward)) not in self.barred
                ):
                    best = min(best, d + part(w, fraction, backward))
        return best


def part(w, fraction, backward):
    return int(w * (1 - fraction if backward else fraction) + 0.5)
