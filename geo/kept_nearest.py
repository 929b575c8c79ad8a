"""Keep the nearest facilities of every object, so that a few may move, come or go without sweeping the city again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.closest_facility import closest_facilities
from geo.core import WeighedCore
from geo.errors import NetworkError
from geo.scenario import Impedance
from geo.snapping import SnappedPoints, SnapReason

KEPT = 3
ANSWERED = 2


@dataclass(frozen=True, eq=False)
class TwoNearest:
    """
    The two soonest facilities of every object.

    Attributes
    ----------
    travel_time_s : ndarray of float64, shape (o, 2)
        Seconds, rising; ``inf`` where there is none.
    facility_idx : ndarray of int32, shape (o, 2)
        Positions among the facilities; those that were added are numbered after them; -1 where there is none.
    swept_whole : bool
        Whether some object had too few kept, so that the whole city was swept.
    """

    travel_time_s: NDArray[np.float64]
    facility_idx: NDArray[np.int32]
    swept_whole: bool


@dataclass(frozen=True, eq=False)
class KeptNearest:
    """
    The three nearest facilities of every object under one scenario, as they stand.

    Attributes
    ----------
    impedance : Impedance
        The network under the scenario.
    facilities, objects : SnappedPoints
        Where trips start, f of them, and where they end, o of them.
    travel_time_s : ndarray of float64, shape (o, 3)
        Seconds, rising; ``inf`` where there is none.
    facility_idx : ndarray of int32, shape (o, 3)
        Positions among the facilities; -1 where there is none.
    core : WeighedCore or None
        Makes sweeping anew quicker.
    """

    impedance: Impedance
    facilities: SnappedPoints
    objects: SnappedPoints
    travel_time_s: NDArray[np.float64]
    facility_idx: NDArray[np.int32]
    core: WeighedCore | None = None


@dataclass(frozen=True, eq=False)
class PlaceTimes:
    """
    How soon each object is reached from one place that is tried out.

    Attributes
    ----------
    travel_time_s : ndarray of float64, shape (o,)
        Seconds; ``inf`` beyond ``limit_s`` or unreached.
    limit_s : float or None
        Up to where was swept; None without a limit.
    """

    travel_time_s: NDArray[np.float64]
    limit_s: float | None


def keep_nearest(
    impedance: Impedance,
    facilities: SnappedPoints,
    objects: SnappedPoints,
    *,
    core: WeighedCore | None = None,
) -> KeptNearest:
    """
    Sweep the city once and keep the three nearest facilities of every object.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    facilities : SnappedPoints
        Where trips start.
    objects : SnappedPoints
        Where they end.
    core : WeighedCore, optional
        Of the same weights; quicker.

    Returns
    -------
    KeptNearest
        What `two_nearest` changes.

    Raises
    ------
    NetworkError
        When the core has other weights.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> network = build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], length_m=[1000, 1000]))
    >>> kept = keep_nearest(weigh(network), snap(network, at[:2]), snap(network, at[2:]))
    >>> kept.facility_idx.tolist()
    [[1, 0, -1]]
    """
    found = closest_facilities(impedance, facilities, objects, k=KEPT, core=core)
    return KeptNearest(impedance, facilities, objects, found.travel_time_s, found.facility_idx, core)


def place_times(
    kept: KeptNearest, place: SnappedPoints, *, out: NDArray[np.bool_] | None = None
) -> PlaceTimes:
    """
    Sweep from one place, as far as it can matter to any object.

    Parameters
    ----------
    kept : KeptNearest
        What stands.
    place : SnappedPoints
        One point.
    out : ndarray of bool, shape (f,), optional
        Facilities that are gone: objects are served later without them.

    Returns
    -------
    PlaceTimes
        Exact for every object whose second facility the place would beat.

    Raises
    ------
    NetworkError
        When ``place`` is not one point.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> network = build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], length_m=[1000, 1000]))
    >>> kept = keep_nearest(weigh(network), snap(network, at[:2]), snap(network, at[2:]))
    >>> place_times(kept, snap(network, at[2:])).travel_time_s.tolist()
    [0.0]
    """
    if len(place) != 1:
        raise NetworkError(f"{len(place)} places: expected one point")
    times, _ = _standing(kept, np.zeros(len(kept.facilities), np.bool_) if out is None else out)
    latest = times[kept.objects.reason == SnapReason.SNAPPED, ANSWERED - 1]
    limit = float(latest.max()) if len(latest) and np.isfinite(latest).all() else None
    found = closest_facilities(kept.impedance, place, kept.objects, k=1, limit_s=limit)
    return PlaceTimes(found.travel_time_s[:, 0], limit)


def two_nearest(
    kept: KeptNearest, *, out: NDArray[np.bool_] | None = None, added: Sequence[PlaceTimes] = ()
) -> TwoNearest | None:
    """
    Find the two nearest of every object when some facilities are gone and others have come.

    Parameters
    ----------
    kept : KeptNearest
        What stands.
    out : ndarray of bool, shape (f,), optional
        Facilities that are gone; one that moves is gone from here and comes there.
    added : sequence of PlaceTimes
        From `place_times`, asked with the same ``out``.

    Returns
    -------
    TwoNearest or None
        None when some object has lost so many of its three that the two that are left are not known: sweep anew.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> network = build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], length_m=[1000, 1000]))
    >>> kept = keep_nearest(weigh(network), snap(network, at[:2]), snap(network, at[2:]))
    >>> two_nearest(kept, out=np.array([False, True])).facility_idx.tolist()
    [[0, -1]]
    """
    gone = np.zeros(len(kept.facilities), np.bool_) if out is None else out
    left, owner = _standing(kept, gone)
    if _is_short(kept, left, added):
        return None
    times, owners = left[:, :ANSWERED].copy(), owner[:, :ANSWERED].copy()
    for number, place in enumerate(added, start=len(kept.facilities)):
        _put_in(times, owners, place.travel_time_s, number)
    return TwoNearest(times, owners, swept_whole=False)


def try_out(kept: KeptNearest, places: SnappedPoints, *, out: NDArray[np.bool_] | None = None) -> TwoNearest:
    """
    Find the two nearest of every object under changed facilities, sweeping anew only where the kept ones do not suffice.

    Parameters
    ----------
    kept : KeptNearest
        What stands.
    places : SnappedPoints
        Facilities that have come; numbered after the others.
    out : ndarray of bool, shape (f,), optional
        Facilities that are gone.

    Returns
    -------
    TwoNearest
        The same as a fresh sweep gives, to the millisecond; of facilities equally near another may be named.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> network = build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], length_m=[1000, 1000]))
    >>> kept = keep_nearest(weigh(network), snap(network, at[:2]), snap(network, at[2:]))
    >>> try_out(kept, snap(network, at[2:])).facility_idx.tolist()
    [[2, 1]]
    """
    gone = np.zeros(len(kept.facilities), np.bool_) if out is None else out
    added = [place_times(kept, places.take([n]), out=gone) for n in range(len(places))]
    return two_nearest(kept, out=gone, added=added) or sweep_anew(kept, places, gone)


def sweep_anew(kept: KeptNearest, places: SnappedPoints, out: NDArray[np.bool_]) -> TwoNearest:
    """
    Find the two nearest of every object by a sweep of the whole city.

    Parameters
    ----------
    kept : KeptNearest
        What stands.
    places : SnappedPoints
        Facilities that have come.
    out : ndarray of bool, shape (f,)
        Facilities that are gone.

    Returns
    -------
    TwoNearest
        Numbered as `try_out` does.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5]]
    >>> network = build_network([1, 2, 3], at, straight_edges([1, 2, 3], at, [[1, 2], [2, 3]], length_m=[1000, 1000]))
    >>> kept = keep_nearest(weigh(network), snap(network, at[:2]), snap(network, at[2:]))
    >>> sweep_anew(kept, snap(network, at[2:]), np.array([True, True])).facility_idx.tolist()
    [[2, -1]]
    """
    standing = np.flatnonzero(~out)
    numbers = np.concatenate([standing, len(out) + np.arange(len(places))]).astype(np.int32)
    whole = joined(kept.facilities.take(standing), places)
    found = closest_facilities(kept.impedance, whole, kept.objects, k=ANSWERED, core=kept.core)
    named = np.append(numbers, np.int32(-1))[found.facility_idx]
    return TwoNearest(found.travel_time_s, named, swept_whole=True)


def joined(first: SnappedPoints, second: SnappedPoints) -> SnappedPoints:
    """
    Put two sets of snapped points behind each other.

    Parameters
    ----------
    first, second : SnappedPoints
        Of one network and profile.

    Returns
    -------
    SnappedPoints
        The first ones first.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.snapping import snap
    >>> at = [[114.0, 22.5], [114.01, 22.5]]
    >>> points = snap(build_network([1, 2], at, straight_edges([1, 2], at, [[1, 2]])), at)
    >>> len(joined(points, points))
    4
    """
    names = SnappedPoints.__dataclass_fields__
    return SnappedPoints(*(np.concatenate([getattr(first, name), getattr(second, name)]) for name in names))


def _standing(kept: KeptNearest, out: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Take facilities that are gone out of the kept ones; the others move up."""
    lost = np.append(out, False)[kept.facility_idx]
    rows = np.flatnonzero(lost.any(axis=1))
    if len(rows) == 0:
        return kept.travel_time_s, kept.facility_idx
    times, owners = kept.travel_time_s.copy(), kept.facility_idx.copy()
    order = np.argsort(lost[rows], axis=1, kind="stable")
    gone = np.take_along_axis(lost[rows], order, axis=1)
    times[rows] = np.where(gone, np.inf, np.take_along_axis(times[rows], order, axis=1))
    owners[rows] = np.where(gone, -1, np.take_along_axis(owners[rows], order, axis=1))
    return times, owners


def _is_short(kept: KeptNearest, left: NDArray[np.float64], added: Sequence[PlaceTimes]) -> bool:
    """Say whether an object that had three may have further ones that count now."""
    full = np.isfinite(kept.travel_time_s[:, KEPT - 1])
    rows = np.flatnonzero(full & ~np.isfinite(left[:, ANSWERED - 1]))
    if len(rows) == 0:
        return False
    # Further facilities are no nearer than the third: two that are sooner than it suffice.
    third = kept.travel_time_s[rows, KEPT - 1]
    sooner = np.isfinite(left[rows]).sum(axis=1)
    for place in added:
        sooner = sooner + (place.travel_time_s[rows] <= third)
    return bool((sooner < ANSWERED).any())


def _put_in(
    times: NDArray[np.float64], owners: NDArray[np.int32], arriving: NDArray[np.float64], number: int
) -> None:
    """Let a facility that has come take its place among the two of each object."""
    first = arriving < times[:, 0]
    times[first, 1], owners[first, 1] = times[first, 0], owners[first, 0]
    times[first, 0], owners[first, 0] = arriving[first], number
    second = ~first & (arriving < times[:, 1])
    times[second, 1], owners[second, 1] = arriving[second], number
