"""Choose what can be fitted from the trips there are, and fit it by regularised least squares on logarithms of times."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.road_class import RoadClass
from geo.speed_periods import GROUP_OF_CLASS, ClassGroup, Period

TOUCHED_M = 100.0
"""A trip counts for a cell from here on."""
LARGEST_FACTOR = 4.0
"""Speeds are fitted within a quarter and four times of the table fitted from."""
_SPREAD_AT_LEAST = 0.05
_HUBER = 1.345
_TURN_OUT_SPREAD_S = 60.0
_ROUNDS_AT_MOST = 60


@dataclass(frozen=True, eq=False)
class Unknowns:
    """
    Which factor each class and period gets.

    Attributes
    ----------
    of_cell : ndarray of int, shape (16, 7)
        Position of the unknown; -1: none, the table stands.
    level : ndarray of int8, shape (16, 7)
        0 its own, 1 its group's in that period, 2 its group's at all hours, 3 the table.
    length_m : ndarray of float64, shape (16, 7)
        What stands behind the cell's factor: metres driven in all cells that share it; of the cell alone on level 3.
    trip_count : ndarray of int, shape (16, 7)
        The same in trips.
    count : int
        Number of unknowns.
    """

    of_cell: NDArray[np.int64]
    level: NDArray[np.int8]
    length_m: NDArray[np.float64]
    trip_count: NDArray[np.int64]
    count: int


def choose_unknowns(
    length_m: NDArray[np.float64], period: NDArray[np.int8], *, least_length_m: float, least_trips: int
) -> Unknowns:
    """Give each class and period a factor of its own where enough was driven, else one it shares, else none."""
    shape = (len(RoadClass), len(Period))
    found = Unknowns(
        np.full(shape, -1), np.full(shape, 3, np.int8), np.zeros(shape), np.zeros(shape, np.int64), 0
    )
    is_of = period[:, None] == np.arange(len(Period))
    is_free = np.broadcast_to((GROUP_OF_CLASS != ClassGroup.FERRY)[:, None], shape).copy()
    groups = GROUP_OF_CLASS[:, None] == np.arange(len(ClassGroup))
    count = 0

    def settle(cells: NDArray[np.bool_], level: int) -> None:
        """Try one set of cells with a common factor."""
        nonlocal count
        if not cells.any():
            return
        driven = np.zeros(len(period))
        for at in np.flatnonzero(cells.any(axis=0)).tolist():
            driven += np.where(is_of[:, at], length_m[:, cells[:, at]].sum(axis=1), 0)
        total, trips = float(driven.sum()), int((driven >= TOUCHED_M).sum())
        is_enough = total >= least_length_m and trips >= least_trips
        if is_enough or level == 0:
            found.length_m[cells], found.trip_count[cells] = total, trips
        if is_enough:
            found.of_cell[cells], found.level[cells] = count, level
            is_free[cells] = False
            count += 1

    for road_class, at in np.argwhere(is_free).tolist():
        one = np.zeros(shape, bool)
        one[road_class, at] = True
        settle(one, 0)
    for group in range(len(ClassGroup)):
        for at in range(len(Period)):
            settle(is_free & groups[:, [group]] & (np.arange(len(Period)) == at), 1)
    for group in range(len(ClassGroup)):
        settle(is_free & groups[:, [group]], 2)
    return Unknowns(found.of_cell, found.level, found.length_m, found.trip_count, count)


def spread_of(residual: NDArray[np.float64]) -> tuple[float, float]:
    """Give the median of residuals and their spread by the median absolute deviation, at least 0.05."""
    centre = float(np.median(residual)) if len(residual) else 0.0
    spread = 1.4826 * float(np.median(np.abs(residual - centre))) if len(residual) else 0.0
    return centre, max(spread, _SPREAD_AT_LEAST)


@dataclass(frozen=True, eq=False)
class Solution:
    """Logarithms of the factors on travel time, and the turn-out time in seconds."""

    log_factor: NDArray[np.float64]
    turn_out_s: float


def solve(
    time_s: NDArray[np.float64],
    fixed_s: NDArray[np.float64],
    observed_s: NDArray[np.float64],
    *,
    prior_spread: float,
    turn_out_s: float,
    fits_turn_out: bool,
) -> Solution:
    """
    Fit factors x to observed = fixed + turn-out + sum of time_s x, in logarithms.

    ``time_s`` (n, k) is the time on each unknown's roads under the table fitted from. Minimised is the sum of Huber's function
    of ln(observed / predicted) over the spread, plus (ln x / prior_spread)^2: Gauss and Newton's steps, halved until they help.
    """
    log_factor, turn_out = np.zeros(time_s.shape[1]), turn_out_s
    limit = np.log(LARGEST_FACTOR)

    def residuals(logs: NDArray[np.float64], extra_s: float) -> NDArray[np.float64]:
        predicted = fixed_s + extra_s + time_s @ np.exp(logs)
        out: NDArray[np.float64] = np.log(observed_s / predicted)
        return out

    def cost(logs: NDArray[np.float64], extra_s: float, spread: float) -> float:
        r = np.abs(residuals(logs, extra_s)) / spread
        huber = np.where(r <= _HUBER, r * r, 2 * _HUBER * r - _HUBER**2).sum()
        prior = ((logs / prior_spread) ** 2).sum()
        return float(huber + prior + ((extra_s - turn_out_s) / _TURN_OUT_SPREAD_S) ** 2)

    for _ in range(_ROUNDS_AT_MOST):
        r = residuals(log_factor, turn_out)
        spread = spread_of(r)[1]
        parts = time_s * np.exp(log_factor)
        predicted = fixed_s + turn_out + parts.sum(axis=1)
        slope = np.column_stack([parts, np.ones(len(r))]) / predicted[:, None]
        weight = np.minimum(1.0, _HUBER * spread / np.maximum(np.abs(r), 1e-12)) / spread**2
        ridge = np.append(np.full(len(log_factor), 1 / prior_spread**2), 1 / _TURN_OUT_SPREAD_S**2)
        pull = np.append(log_factor, turn_out - turn_out_s) * ridge
        matrix = slope.T @ (slope * weight[:, None]) + np.diag(ridge)
        right = slope.T @ (weight * r) - pull
        if not fits_turn_out:
            matrix[-1, :], matrix[:, -1], matrix[-1, -1], right[-1] = 0, 0, 1, 0
        step = np.linalg.solve(matrix, right)
        before, share = cost(log_factor, turn_out, spread), 1.0
        while True:
            logs = np.clip(log_factor + share * step[:-1], -limit, limit)
            extra = max(turn_out + share * float(step[-1]), 0.0)
            if cost(logs, extra, spread) <= before or share < 1e-3:
                break
            share /= 2
        moved = max(float(np.abs(logs - log_factor).max(initial=0)), abs(extra - turn_out) / 60)
        log_factor, turn_out = logs, extra
        if moved < 1e-5:
            break
    return Solution(log_factor, turn_out)
