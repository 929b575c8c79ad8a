"""Find bindings of elevators to stations that cannot make the limit, and the best rebinding within what stations can bear."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from dispatch.errors import QuestionError
from geo.scenario import Impedance
from geo.snapping import SnappedPoints
from geo.travel_time_matrix import travel_time_matrix

FARTHEST_S = 3600.0
"""Stations are looked at so far out, so that the nearest can be named where none makes the limit."""
_AT_ONCE = 32
_ROUNDING = 1e-6

Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Elevator, station and seconds of each pair, each of shape (p,)."""


class Binding(IntEnum):
    """What becomes of an elevator's binding."""

    KEPT = 0
    """Its station makes the limit and keeps it."""
    MOVED = 1
    """Its station cannot make the limit, or it has none: another can, and has room."""
    MADE_ROOM = 2
    """Its station makes the limit; another does too, and its place goes to one that nobody else reaches."""
    NONE_REACHES = 3
    """No station of the company makes the limit."""
    NO_ROOM = 4
    """Those that make the limit bear as much as they can."""


@dataclass(frozen=True, eq=False)
class Rebinding:
    """
    The best rebinding of a company's elevators.

    Attributes
    ----------
    station_idx : ndarray of int32, shape (o,)
        Station after it; as before where nothing better exists, -1 for none.
    travel_time_s : ndarray of float64, shape (o,)
        Seconds from that station; ``inf`` for none.
    outcome : ndarray of int8, shape (o,)
        `Binding` codes.
    load_before, load_after : ndarray of int64, shape (s,)
        Elevators bound to each station.
    """

    station_idx: NDArray[np.int32]
    travel_time_s: NDArray[np.float64]
    outcome: NDArray[np.int8]
    load_before: NDArray[np.int64]
    load_after: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StationReach:
    """
    What a company's stations reach.

    Attributes
    ----------
    bound_s : ndarray of float64, shape (o,)
        Seconds from the station each elevator is bound to; ``inf`` for none, without a way, or beyond the limit and an hour.
    nearest_idx, nearest_s : ndarray, shape (o,)
        The station that is there soonest, the lower position of equals; -1 and ``inf`` for none that soon.
    pairs : (elevator, station, seconds)
        Every station that makes the limit for an elevator.
    """

    bound_s: NDArray[np.float64]
    nearest_idx: NDArray[np.int32]
    nearest_s: NDArray[np.float64]
    pairs: Pairs


def station_reach(
    impedance: Impedance, stations: SnappedPoints, elevators: SnappedPoints, bound_idx: ArrayLike, *, limit_s: float
) -> StationReach:  # fmt: skip
    """
    Sweep from each station: which elevators it makes the limit for, and how soon the bound one and the nearest are there.

    Parameters
    ----------
    impedance : Impedance
        The network at an hour.
    stations, elevators : SnappedPoints
        s and o points.
    bound_idx : array_like of int, shape (o,)
        Station each elevator is bound to; -1 for none.
    limit_s : float
        Limit in seconds, inclusive.

    Returns
    -------
    StationReach
        Looked at as far as the limit, and an hour at least.

    Raises
    ------
    QuestionError
        When the limit is not above 0.
    """
    if not limit_s > 0:
        raise _wrong_limit(limit_s)
    bound, count = np.asarray(bound_idx, np.int32), len(elevators)
    bound_s, nearest_s = np.full(count, np.inf), np.full(count, np.inf)
    nearest = np.full(count, -1, np.int32)
    parts: list[Pairs] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    # Some stations at a time, so that the table stays small however large the company.
    for first in range(0, len(stations) if count else 0, _AT_ONCE):
        rows = np.arange(first, min(first + _AT_ONCE, len(stations)))
        table = travel_time_matrix(
            impedance, stations.take(rows), elevators, limit_s=max(limit_s, FARTHEST_S)
        )
        own = np.flatnonzero((bound >= first) & (bound < first + len(rows)))
        bound_s[own] = table[bound[own] - first, own]
        best = table.argmin(axis=0)
        best_s = table[best, np.arange(count)]
        is_nearer = best_s < nearest_s
        nearest_s[is_nearer], nearest[is_nearer] = best_s[is_nearer], best[is_nearer] + first
        station, elevator = np.nonzero(table <= limit_s)
        parts.append((elevator, station + first, table[station, elevator]))
    elevator, station, seconds = (np.concatenate(one) for one in zip(*parts, strict=True))
    return StationReach(bound_s, nearest, nearest_s, (elevator, station, seconds))


def best_rebinding(
    bound_idx: ArrayLike, bound_s: ArrayLike, pairs: tuple[ArrayLike, ArrayLike, ArrayLike], capacity: ArrayLike, *, limit_s: float
) -> Rebinding:  # fmt: skip
    """
    Bind as many elevators as can be to a station that makes the limit, moving as little as that takes.

    Parameters
    ----------
    bound_idx : array_like of int, shape (o,)
        Station each elevator is bound to; -1 for none.
    bound_s : array_like of float, shape (o,)
        Seconds from that station, ``inf`` where it does not get there.
    pairs : (elevator, station, seconds), each of shape (p,)
        Every station that makes the limit for an elevator, each pair once, the bound ones too.
    capacity : array_like of int, shape (s,)
        Elevators each station can bear, whether it reaches them in time or not. One that bears more now may keep as many.
    limit_s : float
        Limit in seconds, inclusive, above 0.

    Returns
    -------
    Rebinding
        Whoever is reached in time stays so. Among all rebindings, one that leaves fewest elevators without a station that makes the
        limit; among those the least total of seconds of whoever moves, where a binding that was good costs a whole limit more to move.

    Raises
    ------
    QuestionError
        When the limit is not above 0, shapes do not fit, or a pair is beyond the limit.

    Notes
    -----
    A transportation problem (F. L. Hitchcock, J. Math. Phys. 20 (1941), doi:10.1002/sapm1941201224) solved by HiGHS. Elevators that are
    reached in time come into the model only where prices say that moving them would help, until none does: the answer is that of the
    whole model, whose corners are whole numbers.

    Examples
    --------
    Two stations with one place each: the second elevator reaches the first station alone, so the first makes room.

    >>> found = best_rebinding([0, -1], [60.0, float("inf")], ([0, 0, 1], [0, 1, 0], [60, 120, 90]), [1, 1], limit_s=300)
    >>> found.station_idx.tolist(), [Binding(code).name for code in found.outcome]
    ([1, 0], ['MADE_ROOM', 'MOVED'])
    """
    bound, before_s = np.asarray(bound_idx, np.int32), np.asarray(bound_s, np.float64)
    elevator, station = (np.asarray(part, np.int64) for part in pairs[:2])
    pair_s = np.asarray(pairs[2], np.float64)
    most = np.asarray(capacity, np.int64)
    _check(bound, before_s, elevator, station, pair_s, most, limit_s)
    is_good = (bound >= 0) & (before_s <= limit_s)
    load = np.bincount(bound[bound >= 0], minlength=len(most))
    room = np.maximum(most, load)
    chosen = _solve(is_good, bound, before_s, elevator, station, pair_s, room, limit_s)
    after, after_s = bound.copy(), np.where(bound >= 0, before_s, np.inf)
    after[chosen[0]], after_s[chosen[0]] = chosen[1], chosen[2]
    outcome = np.full(len(bound), Binding.NONE_REACHES, np.int8)
    outcome[np.unique(elevator)] = Binding.NO_ROOM
    outcome[chosen[0]] = Binding.MOVED
    outcome[is_good] = np.where(after[is_good] == bound[is_good], Binding.KEPT, Binding.MADE_ROOM)
    load_after = np.bincount(after[after >= 0], minlength=len(most))
    return Rebinding(after, after_s, outcome, load, load_after)


def _wrong_limit(limit_s: float) -> QuestionError:
    return QuestionError(f"时限应大于 0，收到 {limit_s:g} 秒。 The limit must be above 0, got {limit_s:g} s.")


def _check(
    bound: NDArray[np.int32], before_s: NDArray[np.float64], elevator: NDArray[np.int64], station: NDArray[np.int64],
    pair_s: NDArray[np.float64], most: NDArray[np.int64], limit_s: float,
) -> None:  # fmt: skip
    if not limit_s > 0:
        raise _wrong_limit(limit_s)
    fits = len(bound) == len(before_s) and len(elevator) == len(station) == len(pair_s)
    inside = fits and (len(elevator) == 0 or (elevator.max() < len(bound) and station.max() < len(most)))
    if not inside or (most < 0).any() or (pair_s > limit_s).any() or (bound >= len(most)).any():
        raise QuestionError(
            "电梯、救援站和时间对不上。 Elevators, stations and travel times do not fit each other."
        )


Chosen = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]


def _solve(
    is_good: NDArray[np.bool_], bound: NDArray[np.int32], before_s: NDArray[np.float64], elevator: NDArray[np.int64],
    station: NDArray[np.int64], pair_s: NDArray[np.float64], room: NDArray[np.int64], limit_s: float,
) -> Chosen:  # fmt: skip
    """Solve with the good bindings fixed, and take in those whose moving would help until none does."""
    cost = pair_s + np.where(is_good[elevator] & (bound[elevator] != station), limit_s, 0.0)
    # who is left out costs more than any chain of moves, which passes each station once
    left_cost = 2 * limit_s * (len(room) + 1)
    taken = ~is_good
    while True:
        in_model = taken & np.isin(np.arange(len(bound)), elevator)
        fixed = np.bincount(bound[(bound >= 0) & ~in_model], minlength=len(room))
        rows = np.flatnonzero(taken[elevator])
        names, who = np.unique(elevator[rows], return_inverse=True)
        if len(names) == 0:
            return np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0)
        may_stay_out = np.flatnonzero(~is_good[names])
        count, width = len(rows), len(rows) + len(may_stay_out)
        goes: Any = coo_array(
            (np.ones(width), (np.concatenate([who, may_stay_out]), np.arange(width))), shape=(len(names), width)
        ).tocsr()  # fmt: skip
        # who stays out stays with the station of before, and takes a place there
        stays = np.flatnonzero(bound[names[may_stay_out]] >= 0)
        uses = np.concatenate([station[rows], bound[names[may_stay_out[stays]]]])
        columns = np.concatenate([np.arange(count), count + stays])
        fits: Any = coo_array((np.ones(len(uses)), (uses, columns)), shape=(len(room), width)).tocsr()
        costs = np.concatenate([cost[rows], np.full(len(may_stay_out), left_cost)])
        solved: Any = linprog(
            costs, A_ub=fits, b_ub=room - fixed, A_eq=goes, b_eq=np.ones(len(names)), method="highs-ds"
        )
        price = solved.ineqlin.marginals
        others = np.flatnonzero(~taken[elevator])
        saves = before_s[elevator[others]] - price[bound[elevator[others]]]
        helps = cost[others] - price[station[others]] < saves - _ROUNDING
        if not helps.any():
            break
        taken[elevator[others[helps]]] = True
    goes_to = rows[np.flatnonzero(np.rint(solved.x[:count]) == 1)]
    return elevator[goes_to], station[goes_to].astype(np.int32), pair_s[goes_to]
