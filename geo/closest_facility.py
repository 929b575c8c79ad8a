"""Find the closest facilities by travel time: for all objects at once, or around one incident."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from geo import _snap_kernels
from geo.core import WeighedCore
from geo.errors import NetworkError
from geo.facilities import in_service
from geo.scenario import Impedance
from geo.snapping import SnappedPoints, SnapReason, entries
from geo.sweep import INF_MS, bounded, limit_to_ms, new_labels, run, seconds, sweep_k_nearest


class Outcome(IntEnum):
    """Why a travel time stands or does not stand beside a place."""

    REACHED = 0
    NOT_SNAPPED = 1
    """The place lies too far from any road."""
    ROAD_CLOSED = 2
    """The road the place lies on is closed."""
    NO_PATH = 3
    """No open road leads there."""
    NOT_WITHIN_LIMIT = 4
    """Not reached within the travel time limit."""
    OUT_OF_SERVICE = 5
    """The facility is out of service in this scenario."""
    NO_FURTHER_FACILITY = 6
    """Fewer facilities than asked for reach the place."""


@dataclass(frozen=True, eq=False)
class ClosestFacilities:
    """
    The closest facilities of many objects.

    Attributes
    ----------
    travel_time_s : ndarray of float64, shape (o, k)
        Seconds, quickest first; ``inf`` where there is none.
    facility_idx : ndarray of int32, shape (o, k)
        Positions of the facilities, -1 where there is none; of equally quick ones the lower position comes first.
    outcome : ndarray of uint8, shape (o, k)
        `Outcome` codes.
    """

    travel_time_s: NDArray[np.float64]
    facility_idx: NDArray[np.int32]
    outcome: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class FacilityTimes:
    """
    The travel time of every facility to one incident.

    Attributes
    ----------
    travel_time_s : ndarray of float64, shape (f,)
        Seconds from each facility to the incident; ``inf`` where it does not get there.
    outcome : ndarray of uint8, shape (f,)
        `Outcome` codes.
    ranking : ndarray of int32, shape (r,)
        Positions of the facilities that get there, quickest first, ties by position.
    """

    travel_time_s: NDArray[np.float64]
    outcome: NDArray[np.uint8]
    ranking: NDArray[np.int32]


def closest_facilities(
    impedance: Impedance,
    facilities: SnappedPoints,
    objects: SnappedPoints,
    *,
    k: int = 1,
    limit_s: float | None = None,
    core: WeighedCore | None = None,
) -> ClosestFacilities:
    """
    Find for every object the k facilities that get there soonest.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario; facilities that the scenario takes out of service are passed over.
    facilities : SnappedPoints
        Where trips start, f of them.
    objects : SnappedPoints
        Where trips end, o of them.
    k : int
        How many facilities per object, 1 or more.
    limit_s : float, optional
        Largest travel time in seconds, inclusive.
    core : WeighedCore, optional
        The core under the same scenario: the same answers sooner when ``k`` is above 1.

    Returns
    -------
    ClosestFacilities
        Times, facilities and outcomes, shape (o, k).

    Raises
    ------
    NetworkError
        When ``k`` is below 1, the limit is negative, the scenario names a facility that is not there, or ``core`` has
        other weights.

    Notes
    -----
    One sweep of the whole network whatever the number of objects; no table of facilities x objects is made. A trip between two places
    on one edge may stay on it.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> roads = straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], length_m=[1000, 1000])
    >>> network = build_network([1, 2, 3], at, roads)
    >>> found = closest_facilities(weigh(network), snap(network, at[:2]), snap(network, at[2:]), k=2)
    >>> found.facility_idx.tolist(), found.travel_time_s.round(1).tolist()
    ([[1, 0]], [[163.6, 327.3]])
    """
    if k < 1:
        raise NetworkError(f"k is {k}: expected 1 or more nearest facilities")
    if core is not None and not np.array_equal(core.impedance.arc_ms, impedance.arc_ms):
        raise NetworkError("the core has other weights than the scenario asked for")
    limit_ms = limit_to_ms(limit_s)
    active = in_service(impedance, facilities)
    shape = (len(objects), k)
    out_ms, out_owner = np.empty(shape, np.int32), np.empty(shape, np.int32)
    network = impedance.network
    if k == 1:
        node = new_labels(network.node_count)
        touched = np.empty(network.node_count, np.int32)
        run(impedance, entries(impedance, active, leaving=True), node, touched, limit_ms)
        is_open = read_nearest(
            impedance, node, active, objects, out_ms[:, 0], out_owner[:, 0], limit_ms=limit_ms
        )
    else:
        if core is None:
            labels = sweep_k_nearest(impedance, active, k, limit_s=limit_s)
        else:
            labels = core.sweep_k_nearest(active, k, limit_s=limit_s)
        is_open = np.empty(len(objects), np.bool_)
        _snap_kernels.read_k_nearest(
            labels, *_reading(impedance, active, objects), limit_ms, out_ms, out_owner, is_open
        )
    missing = Outcome.NO_PATH if limit_s is None else Outcome.NOT_WITHIN_LIMIT
    outcome = np.where(out_ms == INF_MS, missing, Outcome.REACHED).astype(np.uint8)
    if k > 1:
        further = (out_ms == INF_MS) & (out_ms[:, :1] != INF_MS)
        outcome[further & (missing == Outcome.NO_PATH)] = Outcome.NO_FURTHER_FACILITY
    _mark_unplaced(outcome, objects, is_open)
    return ClosestFacilities(seconds(out_ms), out_owner, outcome)


def facilities_to_incident(
    impedance: Impedance,
    facilities: SnappedPoints,
    incident: SnappedPoints,
    *,
    limit_s: float | None = None,
) -> FacilityTimes:
    """
    Find the travel time of every facility to one incident.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario; facilities out of service are passed over with that outcome.
    facilities : SnappedPoints
        Where trips start, f of them.
    incident : SnappedPoints
        Where they end: one point.
    limit_s : float, optional
        Largest travel time in seconds, inclusive.

    Returns
    -------
    FacilityTimes
        Times, outcomes and the ranking.

    Raises
    ------
    NetworkError
        When ``incident`` is not one point, the limit is negative, or the scenario names an unknown facility.

    Notes
    -----
    One sweep against the arcs from the incident, ended as soon as every facility is settled.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> network = build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]]))
    >>> facilities_to_incident(weigh(network), snap(network, at), snap(network, at[:1])).ranking.tolist()
    [0, 1, 2]
    """
    if len(incident) != 1:
        raise NetworkError(f"{len(incident)} incidents: expected one point")
    limit_ms = limit_to_ms(limit_s)
    active = in_service(impedance, facilities)
    starts = entries(impedance, active, leaving=True)
    out_ms, out_owner = np.empty(len(active), np.int32), np.empty(len(active), np.int32)
    seeds = entries(impedance, incident, leaving=False)
    with bounded(impedance, seeds, limit_s=limit_s, stop_at=starts.node, reverse=True) as (node, _):
        is_open = read_nearest(
            impedance, node, incident, active, out_ms, out_owner, limit_ms=limit_ms, forward=False
        )
    return facility_times(impedance, facilities, out_ms, is_open, is_limited=limit_s is not None)


def facility_times(
    impedance: Impedance,
    facilities: SnappedPoints,
    time_ms: NDArray[np.int32],
    is_open: NDArray[np.bool_],
    *,
    is_limited: bool,
) -> FacilityTimes:
    """
    Turn milliseconds of facilities into their times, outcomes and ranking.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    facilities : SnappedPoints
        Where trips start, f of them.
    time_ms : ndarray of int32, shape (f,)
        Travel times; ``INF_MS`` where a facility does not get there.
    is_open : ndarray of bool, shape (f,)
        False where a facility's road is closed.
    is_limited : bool
        Whether a travel time limit was set.

    Returns
    -------
    FacilityTimes
        Ties rank by position.
    """
    missing = Outcome.NOT_WITHIN_LIMIT if is_limited else Outcome.NO_PATH
    outcome = np.where(time_ms == INF_MS, missing, Outcome.REACHED).astype(np.uint8)
    _mark_unplaced(outcome[:, None], facilities, is_open)
    outcome[list(impedance.scenario.facilities_out)] = Outcome.OUT_OF_SERVICE
    order = np.argsort(time_ms, kind="stable")
    ranking = order[time_ms[order] != INF_MS].astype(np.int32)
    return FacilityTimes(seconds(time_ms), outcome, ranking)


def read_nearest(
    impedance: Impedance,
    node: NDArray[np.int32],
    seeds: SnappedPoints,
    points: SnappedPoints,
    out_ms: NDArray[np.int32],
    out_owner: NDArray[np.int32],
    *,
    limit_ms: int,
    forward: bool = True,
) -> NDArray[np.bool_]:
    """
    Read the nearest seed of each point off swept labels into arrays.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    node : ndarray of int32, shape (n, 4)
        Labels swept from ``seeds``.
    seeds, points : SnappedPoints
        Where the sweep began; where to read.
    out_ms, out_owner : ndarray of int32, shape (p,)
        Written to: milliseconds and positions of seeds.
    limit_ms : int
        Largest travel time, inclusive.
    forward : bool
        True: trips run from seeds to points; False: the other way.

    Returns
    -------
    ndarray of bool, shape (p,)
        False where a point is off the network or its road is closed.
    """
    is_open = np.empty(len(points), np.bool_)
    _snap_kernels.read_nearest(
        node, *_reading(impedance, seeds, points), forward, limit_ms, out_ms, out_owner, is_open
    )
    return is_open


def _reading(impedance: Impedance, seeds: SnappedPoints, points: SnappedPoints) -> tuple[NDArray, ...]:
    """Gather what the reading kernels take between the labels and the limit."""
    network = impedance.network
    first_seed, next_seed = _snap_kernels.chain_by_edge(seeds.edge_idx, network.edge_count)
    return (
        points.by_edge,
        points.edge_idx,
        points.fraction,
        first_seed,
        next_seed,
        seeds.fraction,
        network.edge_arc_first,
        network.edge_arc,
        network.arc_tail,
        network.arc_head,
        impedance.arc_ms,
    )


def _mark_unplaced(outcome: NDArray[np.uint8], points: SnappedPoints, is_open: NDArray[np.bool_]) -> None:
    """Write the outcome of points that are off the network or on a closed road."""
    unreached = outcome[:, 0] != Outcome.REACHED
    outcome[unreached & ~is_open] = Outcome.ROAD_CLOSED
    outcome[points.reason != SnapReason.SNAPPED] = Outcome.NOT_SNAPPED
