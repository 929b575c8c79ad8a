"""Say of every object how soon help gets there, how many times it is covered, and add it up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.errors import QuestionError
from geo.closest_facility import ClosestFacilities, closest_facilities
from geo.core import WeighedCore
from geo.scenario import Impedance
from geo.snapping import SnappedPoints, SnapReason

UNREACHED = ("beyond", "unreachable", "off_road", "no_position")
"""States of an object that no limit covers: later than the last limit; no way at all; too far from any road; not located."""
MOST_LIMITS = 6


@dataclass(frozen=True, eq=False)
class Coverage:
    """
    How objects are covered by facilities within some travel times.

    Attributes
    ----------
    limits_s : tuple of float
        Limits in seconds, rising, inclusive.
    closest : ClosestFacilities
        The nearest facilities of every object, shape (o, k).
    state : ndarray of int8, shape (o,)
        Position of the first limit that covers the object; from ``len(limits_s)`` on, positions in `UNREACHED`.
    times_covered : ndarray of int8, shape (o, limits)
        How many of the k nearest facilities get there within each limit: k means "k or more".
    """

    limits_s: tuple[float, ...]
    closest: ClosestFacilities
    state: NDArray[np.int8]
    times_covered: NDArray[np.int8]


@dataclass(frozen=True)
class CoverageTotal:
    """
    Totals of one group of objects.

    Attributes
    ----------
    group : str
        Name of the group.
    count : int
        Objects in it: the sum of all that follow.
    first_within : tuple of int
        Objects by the first limit that covers them.
    beyond, unreachable, off_road, no_position : int
        Objects that no limit covers, by reason.
    """

    group: str
    count: int
    first_within: tuple[int, ...]
    beyond: int
    unreachable: int
    off_road: int
    no_position: int

    @property
    def within(self) -> tuple[int, ...]:
        """Objects covered within each limit, the sooner ones included."""
        return tuple(int(v) for v in np.cumsum(self.first_within))

    @property
    def uncovered(self) -> int:
        """Objects that no limit covers, for whatever reason."""
        return self.beyond + self.unreachable + self.off_road + self.no_position


def check_limits(limits_s: Sequence[float]) -> tuple[float, ...]:
    """
    Check travel time limits and put them in order.

    Parameters
    ----------
    limits_s : sequence of float
        1 to 6 different limits in seconds, above 0, at most a day.

    Returns
    -------
    tuple of float
        Rising.

    Raises
    ------
    QuestionError
        When there is none, too many, or one is not above 0.

    Examples
    --------
    >>> check_limits([1800, 600])
    (600.0, 1800.0)
    """
    limits = sorted({float(v) for v in limits_s})
    if not 1 <= len(limits) <= MOST_LIMITS:
        raise QuestionError(f"时限应有 1–{MOST_LIMITS} 个。 Expected 1 to {MOST_LIMITS} time limits.")
    bad = next((v for v in limits if not 0 < v <= 86_400), None)
    if bad is not None:
        raise QuestionError(
            f"时限应大于 0 且不超过一天，收到 {bad / 60:g} 分钟。 Time limits must be above 0 and at most a day, got {bad / 60:g} minutes."
        )
    return tuple(limits)


def cover(
    impedance: Impedance,
    facilities: SnappedPoints,
    objects: SnappedPoints,
    limits_s: Sequence[float],
    *,
    k: int = 3,
    core: WeighedCore | None = None,
) -> Coverage:
    """
    Find how every object is covered.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    facilities : SnappedPoints
        Where help starts.
    objects : SnappedPoints
        Where it is needed, o of them; without a position NaN.
    limits_s : sequence of float
        As for `check_limits`.
    k : int
        How many nearest facilities are counted, 1 or more.
    core : WeighedCore, optional
        Makes k above 1 quicker.

    Returns
    -------
    Coverage
        Covered means ``travel_time_s <= limit_s``.

    Raises
    ------
    QuestionError
        When the limits are impossible.
    NetworkError
        When ``k`` is below 1.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = np.array([[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]])
    >>> roads = straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], length_m=[1100, 1100])  # 180 s each
    >>> network = build_network([1, 2, 3], at, roads)
    >>> found = cover(weigh(network), snap(network, at[:1]), snap(network, at), [180, 300])
    >>> found.state.tolist(), total(found).within, total(found).beyond
    ([0, 0, 2], (2, 2), 1)
    """
    limits = check_limits(limits_s)
    closest = closest_facilities(impedance, facilities, objects, k=k, core=core if k > 1 else None)
    soonest = closest.travel_time_s[:, 0]
    state = np.searchsorted(np.array(limits), soonest, side="left").astype(np.int8)
    first = len(limits)
    state[np.isinf(soonest)] = first + UNREACHED.index("unreachable")
    state[objects.reason == SnapReason.TOO_FAR] = first + UNREACHED.index("off_road")
    state[objects.reason == SnapReason.NOT_A_POSITION] = first + UNREACHED.index("no_position")
    times = np.stack([(closest.travel_time_s <= limit).sum(axis=1) for limit in limits], axis=1)
    return Coverage(limits, closest, state, times.astype(np.int8))


def total(coverage: Coverage, rows: NDArray[np.bool_] | None = None, *, group: str = "") -> CoverageTotal:
    """
    Add up the objects, all or some of them.

    Parameters
    ----------
    coverage : Coverage
        How objects are covered.
    rows : ndarray of bool, shape (o,), optional
        Which objects; all by default.
    group : str
        Name for the total.

    Returns
    -------
    CoverageTotal
        Each object counts exactly once.
    """
    state = coverage.state if rows is None else coverage.state[rows]
    first = len(coverage.limits_s)
    counts = np.bincount(state, minlength=first + len(UNREACHED)).tolist()
    return CoverageTotal(group, len(state), tuple(counts[:first]), *counts[first:])


def totals_by(coverage: Coverage, group: NDArray[np.str_]) -> tuple[CoverageTotal, ...]:
    """
    Add up the objects by group.

    Parameters
    ----------
    coverage : Coverage
        How objects are covered.
    group : ndarray of str, shape (o,)
        Name of each object's group.

    Returns
    -------
    tuple of CoverageTotal
        By name; together they are the total of all objects.

    Examples
    --------
    >>> found = Coverage((600.0,), None, np.array([0, 1, 0], np.int8), np.array([[1], [0], [2]], np.int8))
    >>> [(t.group, t.within, t.beyond) for t in totals_by(found, np.array(["b", "b", "a"]))]
    [('a', (1,), 0), ('b', (1,), 1)]
    """
    return tuple(total(coverage, group == name, group=str(name)) for name in np.unique(group))
