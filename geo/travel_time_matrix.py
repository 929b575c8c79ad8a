"""Compute the travel times between some origins and some destinations."""

import numpy as np
from numpy.typing import NDArray

from geo.closest_facility import read_nearest
from geo.scenario import Impedance
from geo.snapping import SnappedPoints, entries
from geo.sweep import bounded, limit_to_ms, seconds


def travel_time_matrix(
    impedance: Impedance,
    origins: SnappedPoints,
    destinations: SnappedPoints,
    *,
    limit_s: float | None = None,
) -> NDArray[np.float64]:
    """
    Compute the travel time from every origin to every destination.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    origins, destinations : SnappedPoints
        a and b points.
    limit_s : float, optional
        Largest travel time in seconds, inclusive.

    Returns
    -------
    ndarray of float64, shape (a, b)
        Seconds; ``inf`` where there is no way or not within the limit.

    Raises
    ------
    NetworkError
        When the limit is negative.

    Notes
    -----
    One sweep for each point of the smaller side, ended when the other side is settled. For the nearest of many facilities use
    `geo.closest_facility`, which needs one sweep in all.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5]]
    >>> network = build_network([1, 2], at, straight_edges([1, 2], at, [[1, 2]], length_m=[1100]))
    >>> travel_time_matrix(weigh(network), snap(network, at), snap(network, at)).round(1).tolist()
    [[0.0, 180.0], [180.0, 0.0]]
    """
    limit_ms = limit_to_ms(limit_s)
    forward = len(origins) <= len(destinations)
    few, many = (origins, destinations) if forward else (destinations, origins)
    table = np.empty((len(few), len(many)), np.int32)
    owner = np.empty(len(many), np.int32)
    stop_at = entries(impedance, many, leaving=not forward).node
    for i in range(len(few)):
        point = few.take([i])
        seeds = entries(impedance, point, leaving=forward)
        with bounded(impedance, seeds, limit_s=limit_s, stop_at=stop_at, reverse=not forward) as (node, _):
            read_nearest(impedance, node, point, many, table[i], owner, limit_ms=limit_ms, forward=forward)
    times = seconds(table)
    return times if forward else times.T
