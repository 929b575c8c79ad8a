"""Compare all engines with a plain search on a small network, and compile their kernels while at it."""

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.closest_facility import closest_facilities, facilities_to_incident
from geo.contraction import IS_AVAILABLE, Contraction
from geo.core import CoreTopology
from geo.nearest_field import NearestField
from geo.network import Network
from geo.network_building import build_network
from geo.road_class import Direction
from geo.road_edges import TurnRestriction, straight_edges
from geo.route import find_route
from geo.scenario import Impedance, Scenario, weigh
from geo.service_area import service_areas
from geo.snapping import Entries, SnappedPoints, entries, snap
from geo.travel_time_matrix import travel_time_matrix

_SIDE = 9


@dataclass(frozen=True)
class SelfCheck:
    """
    What a self-check found.

    Attributes
    ----------
    compared : int
        Travel times compared.
    disagreeing : tuple of str
        Engines that gave another time than the plain search; empty when all is well.
    """

    compared: int
    disagreeing: tuple[str, ...]


def self_check() -> SelfCheck:
    """
    Ask every engine the same questions on a small network and compare the answers to the millisecond.

    Returns
    -------
    SelfCheck
        How many times were compared, and the engines that disagree.

    Notes
    -----
    The reference is E. Dijkstra's search (doi:10.1007/BF01386390) with a heap, one run per facility. Run at start-up it also compiles the
    kernels, which takes half a minute on a new machine and a second from then on.

    Examples
    --------
    >>> self_check().disagreeing
    ()
    """
    network = _small_network()
    impedance = weigh(network, Scenario(hour_of_week=8, closed_edges=frozenset({5, 11})))
    places = np.array([[114.0 + 0.0021 * i, 22.5 + 0.0017 * ((i * 5) % 9)] for i in range(8)])
    facilities, objects = snap(network, places[:5]), snap(network, places[3:] + 0.0007)
    table = _plain_table(impedance, facilities, objects)
    nearest = table.min(axis=0)
    answers = {
        "matrix": (travel_time_matrix(impedance, facilities, objects), table),
        "nearest": (closest_facilities(impedance, facilities, objects).travel_time_s[:, 0], nearest),
        "three nearest": (
            closest_facilities(impedance, facilities, objects, k=3).travel_time_s,
            np.sort(table, axis=0)[:3].T,
        ),
        "three nearest on the core": (
            closest_facilities(
                impedance, facilities, objects, k=3, core=CoreTopology(network).customize(impedance)
            ).travel_time_s,
            np.sort(table, axis=0)[:3].T,
        ),
        "one incident": (
            facilities_to_incident(impedance, facilities, objects.take([0])).travel_time_s,
            table[:, 0],
        ),
        "route": (
            np.array(find_route(impedance, facilities.take([0]), objects.take([0])).travel_time_s),
            table[0, 0],
        ),
        "repair": (_repaired(network, impedance, facilities, objects), nearest),
    }
    if IS_AVAILABLE:
        hierarchy = Contraction(network).customize(impedance)
        answers["hierarchy"] = (
            hierarchy.facilities_to_incident(facilities, objects.take([0])).travel_time_s,
            table[:, 0],
        )
    service_areas(impedance, facilities, [60.0])
    return SelfCheck(
        sum(int(np.size(answer)) for answer, _ in answers.values()),
        tuple(name for name, (answer, expected) in answers.items() if not np.array_equal(answer, expected)),
    )


def _small_network() -> Network:
    """Build a lattice with one-way streets and turn restrictions."""
    ids = np.arange(_SIDE * _SIDE)
    lonlat = np.column_stack([114.0 + 0.002 * (ids % _SIDE), 22.5 + 0.002 * (ids // _SIDE)])
    pairs = [[i, i + 1] for i in ids if (i + 1) % _SIDE] + [[i, i + _SIDE] for i in ids[:-_SIDE]]
    direction = [Direction.FORWARD if i % 7 == 3 else Direction.BOTH for i in range(len(pairs))]
    restrictions = [
        TurnRestriction(i, pairs[i][1], i + 1) for i in range(10, 50, 6) if (pairs[i][1] + 1) % _SIDE
    ]
    # over a further edge, and at the hour asked for only
    restrictions += [
        TurnRestriction(i, pairs[i][1], i + 2, is_only, (i + 1,), hours)
        for i, is_only, hours in ((4, False, None), (60, True, None), (20, False, frozenset({8})))
    ]
    roads = straight_edges(ids, lonlat, pairs, direction=direction, restrictions=restrictions)
    return build_network(ids, lonlat, roads)


def _plain_table(impedance: Impedance, starts: SnappedPoints, stops: SnappedPoints) -> NDArray[np.float64]:
    """Travel times in seconds by a plain search from each start."""
    leave, arrive = entries(impedance, starts, leaving=True), entries(impedance, stops, leaving=False)
    table = np.full((len(starts), len(stops)), np.inf)
    for i in range(len(starts)):
        settled = _plain_search(impedance, leave, i)
        for j, node, ms in zip(arrive.point.tolist(), arrive.node.tolist(), arrive.ms.tolist(), strict=True):
            table[i, j] = min(table[i, j], (settled.get(node, np.inf) + ms) / 1000)
        for j in np.flatnonzero(stops.edge_idx == starts.edge_idx[i]).tolist():
            table[i, j] = min(table[i, j], _plain_stay(impedance, starts, stops, i, j))
    return table


def _plain_stay(impedance: Impedance, starts: SnappedPoints, stops: SnappedPoints, i: int, j: int) -> float:
    """Give the seconds of a trip that stays on one edge."""
    network, best = impedance.network, np.inf
    for arc in network.arcs_of_edges([starts.edge_idx[i]]).tolist():
        weight, begin, end = int(impedance.arc_ms[arc]), starts.fraction[i], stops.fraction[j]
        if network.arc_is_reversed[arc]:
            begin, end = 1 - begin, 1 - end
        if weight >= 0 and begin <= end:
            best = min(best, (int(weight * end + 0.5) - int(weight * begin + 0.5)) / 1000)
    return best


def _plain_search(impedance: Impedance, seeds: Entries, start: int) -> dict[int, int]:
    """Settle every node that is reached from one start."""
    network = impedance.network
    begin, end = int(seeds.first[start]), int(seeds.first[start + 1])
    queue = list(zip(seeds.ms[begin:end].tolist(), seeds.node[begin:end].tolist(), strict=True))
    heapq.heapify(queue)
    settled: dict[int, int] = {}
    while queue:
        ms, node = heapq.heappop(queue)
        if node in settled:
            continue
        settled[node] = ms
        for arc in range(int(network.first_out[node]), int(network.first_out[node + 1])):
            weight = int(impedance.arc_ms[arc])
            if weight >= 0:
                heapq.heappush(queue, (ms + weight, int(network.arc_head[arc])))
    return settled


def _repaired(
    network: Network, impedance: Impedance, facilities: SnappedPoints, objects: SnappedPoints
) -> NDArray[np.float64]:
    """Nearest times after a facility has moved away and back and roads were closed and reopened."""
    field = NearestField(impedance, facilities)
    arcs = network.arcs_of_edges(np.arange(20, 40))
    field.close_arcs(arcs)
    field.move_facility(1, objects.take([0]))
    field.reopen_arcs(arcs)
    field.move_facility(1, facilities.take([1]))
    return field.read(objects)[0]
