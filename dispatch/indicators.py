"""Count what orders add up to: one definition per figure, with its clock, for wall, pages, API and Excel alike."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Instants = NDArray[np.datetime64]
Mask = NDArray[np.bool_]

_SECOND = np.timedelta64(1, "s")
ACCIDENT_S = 7200
"""Passengers held so long or longer are a general accident by law (Regulation 373, article 64)."""


class Figure(StrEnum):
    """What is counted."""

    ENTRAPMENTS = "entrapments"
    """Orders received in the period; no entrapment (非困人) and duplicates are left out of every figure."""
    NOT_COUNTED = "not_counted"
    """Orders closed as no entrapment or as duplicates."""
    PERSONS_FREED = "persons_freed"
    ANSWER_RATE = "answer_rate_pct"
    """Three-minute response rate (三分钟响应率): notified → accepted within the district's limit."""
    ARRIVAL_RATE = "arrival_rate_pct"
    """Thirty-minute arrival rate (三十分钟到达率): notified → arrived within the district's limit."""
    ARRIVAL_P50 = "arrival_p50_s"
    ARRIVAL_P90 = "arrival_p90_s"
    ARRIVAL_MEAN = "arrival_mean_s"
    OVERTIME = "overtime"
    """Overtime list (超时清单): notified → arrived more than the limit, or past it and still nobody there."""
    ON_SITE_P50 = "on_site_p50_s"
    """Arrived → freed."""
    TRAPPED_P50 = "trapped_p50_s"
    """Received → freed."""
    ACCIDENTS = "accidents"
    """Held for two hours or longer."""
    LEVEL_1_SHARE = "level_1_share_pct"
    LEVEL_2_SHARE = "level_2_share_pct"
    LEVEL_3_SHARE = "level_3_share_pct"
    ENTRAPMENT_RATE = "entrapment_rate_pct"
    """Entrapments ÷ elevators, as published 96333 reports have it (trap T3)."""
    MONTHLY_RATE = "monthly_rate_pct"
    """The rate of the period ÷ its months (月均困人率)."""
    ELEVATORS_PER_ENTRAPMENT = "elevators_per_entrapment"
    """Elevators ÷ entrapments, as the manual words it (trap T3)."""
    ETA_BIAS = "eta_bias_s"
    """Mean of arrived − predicted when notified: above 0, crews come later than told."""
    ETA_ERROR_P50 = "eta_error_p50_s"
    """Median of |arrived − predicted|."""
    ETA_ERROR_P90 = "eta_error_p90_s"


@dataclass(frozen=True, eq=False)
class OrderTable:
    """
    Orders as the figures need them, one row each.

    Attributes
    ----------
    code : ndarray of str, shape (n,)
    received_at, notified_at, answered_at, arrived_at, freed_at, closed_at : ndarray of datetime64[us], shape (n,)
        Nodes in UTC, NaT where one has not come. Answered is accepted; where nobody said so, under way or arrived.
    predicted_at : ndarray of datetime64[us], shape (n,)
        Arrival of the station that arrived first, as predicted when it was notified.
    answer_limit_s, arrival_limit_s : ndarray of int64, shape (n,)
        Limits in force where the elevator stands, seconds.
    is_entrapment : ndarray of bool, shape (n,)
        False for orders closed as no entrapment or as duplicates.
    levels : ndarray of bool, shape (n, 3)
        Which levels of response went to the order.
    elevator_code : ndarray of str, shape (n,)
        Empty where unknown.
    persons_freed : ndarray of int64, shape (n,)
    """

    code: NDArray[np.str_]
    received_at: Instants
    notified_at: Instants
    answered_at: Instants
    arrived_at: Instants
    freed_at: Instants
    closed_at: Instants
    predicted_at: Instants
    answer_limit_s: NDArray[np.int64]
    arrival_limit_s: NDArray[np.int64]
    is_entrapment: Mask
    levels: NDArray[np.bool_]
    elevator_code: NDArray[np.str_]
    persons_freed: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the orders."""
        return len(self.code)


@dataclass(frozen=True)
class Period:
    """
    The time a figure speaks of, by the instant the first call was received.

    Parameters
    ----------
    start, end : datetime
        Aware; from the start up to but not including the end.
    """

    start: dt.datetime
    end: dt.datetime

    @property
    def months(self) -> float:
        """
        Measure the period in calendar months: a whole month is 1, a part of one its share of days.

        Examples
        --------
        >>> zone = dt.timezone(dt.timedelta(hours=8))
        >>> Period(dt.datetime(2026, 1, 1, tzinfo=zone), dt.datetime(2026, 4, 1, tzinfo=zone)).months
        3.0
        """
        total, at = 0.0, self.start
        while at < self.end:
            days = calendar.monthrange(at.year, at.month)[1]
            first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            following = (first + dt.timedelta(days=days)).replace(day=1)
            stop = min(following, self.end)
            total += (stop - at) / dt.timedelta(days=days)
            at = stop
        return total


@dataclass(frozen=True, eq=False)
class Behind:
    """
    The orders a figure rests on.

    Attributes
    ----------
    order_idx : ndarray of int64, shape (m,)
        Positions in the table.
    is_met : ndarray of bool, shape (m,)
        For a rate, whether the order meets it; True elsewhere.
    """

    order_idx: NDArray[np.int64]
    is_met: Mask


def taken_s(start: Instants, stop: Instants) -> NDArray[np.float64]:
    """
    Give the seconds between two nodes.

    Parameters
    ----------
    start, stop : ndarray of datetime64[us], shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where a node is missing.

    Examples
    --------
    >>> at = np.array(["2026-11-26T08:00", "NaT"], "datetime64[us]")
    >>> taken_s(at, at + np.timedelta64(90, "s")).tolist()
    [90.0, nan]
    """
    return np.asarray((stop - start) / _SECOND, np.float64)


def overtime(table: OrderTable, now: np.datetime64) -> Mask:
    """
    Tell which orders are on the overtime list.

    Parameters
    ----------
    table : OrderTable
    now : datetime64[us]
        UTC.

    Returns
    -------
    ndarray of bool, shape (n,)

    Notes
    -----
    DOMAIN 4.2: arrived − notified **above** the limit; exactly 30:00 is in time. Nobody there when the limit has passed — by now,
    or by the end of an order that ended without an arrival — is overtime already.
    """
    due_at = table.notified_at + table.arrival_limit_s * _SECOND
    reached = np.where(
        np.isnat(table.arrived_at),
        np.where(np.isnat(table.closed_at), now, table.closed_at),
        table.arrived_at,
    )
    return np.asarray(table.is_entrapment & ~np.isnat(due_at) & (reached > due_at), np.bool_)


def behind(table: OrderTable, figure: Figure, now: np.datetime64) -> Behind:
    """
    Give the orders behind a figure.

    Parameters
    ----------
    table : OrderTable
        Orders of the period.
    figure : Figure
    now : datetime64[us]
        UTC.

    Returns
    -------
    Behind

    Examples
    --------
    >>> behind(empty_table(), Figure.OVERTIME, np.datetime64("2026-11-26T08:00", "us")).order_idx.tolist()
    []
    """
    population, met = _POPULATIONS[figure](table, now)
    rows = np.flatnonzero(population)
    return Behind(rows, met[rows])


def figures(
    table: OrderTable, now: np.datetime64, *, elevators: int | None = None, months: float | None = None
) -> dict[Figure, float | None]:
    """
    Work out every figure of some orders.

    Parameters
    ----------
    table : OrderTable
        Orders of the period, or of one group of them.
    now : datetime64[us]
        UTC: what is not over is judged by it.
    elevators : int, optional
        Elevators in use; without it there are no rates per elevator.
    months : float, optional
        Length of the period in months.

    Returns
    -------
    dict of Figure to float or None
        None where there is nothing to count. Percentages are 0 to 100, times seconds.

    Notes
    -----
    A percentile is the smallest observed value that so many percent do not exceed (no interpolation). Level shares may add up to
    more than 100 % where two levels went to one call, as in published reports (DOMAIN 4.4).

    Examples
    --------
    >>> figures(empty_table(), np.datetime64("2026-11-26T08:00", "us"), elevators=30)[Figure.ENTRAPMENT_RATE]
    0.0
    """
    counted = int(table.is_entrapment.sum())
    found: dict[Figure, float | None] = {
        Figure.ENTRAPMENTS: counted,
        Figure.NOT_COUNTED: len(table) - counted,
        Figure.PERSONS_FREED: int(table.persons_freed[table.is_entrapment].sum()),
    }
    for figure in (Figure.OVERTIME, Figure.ACCIDENTS):
        found[figure] = len(behind(table, figure, now).order_idx)
    for figure in _RATES:
        rows = behind(table, figure, now)
        found[figure] = 100.0 * float(rows.is_met.mean()) if len(rows.is_met) else None
    for figure, (values, fold) in _TIMES.items():
        rows = behind(table, figure, now)
        times = values(table)[rows.order_idx]
        found[figure] = float(fold(times)) if len(times) else None
    rate = 100.0 * counted / elevators if elevators else None
    found[Figure.ENTRAPMENT_RATE] = rate
    found[Figure.MONTHLY_RATE] = rate / months if rate is not None and months else None
    found[Figure.ELEVATORS_PER_ENTRAPMENT] = elevators / counted if elevators and counted else None
    return found


def figures_by(
    table: OrderTable,
    groups: NDArray[np.str_],
    now: np.datetime64,
    *,
    elevators: Mapping[str, int] | None = None,
    months: float | None = None,
) -> dict[str, dict[Figure, float | None]]:
    """
    Work out every figure by group.

    Parameters
    ----------
    table : OrderTable
    groups : ndarray of str, shape (n,)
        Each order's group.
    now, months
        As for `figures`.
    elevators : mapping of str to int, optional
        Elevators in use by group; groups without an order stand in the answer too.

    Returns
    -------
    dict of str to dict
        By group, in the groups' order; every order counts in exactly one.
    """
    known = elevators or {}
    names = sorted({*np.unique(groups).tolist(), *known})
    return {
        name: figures(take(table, groups == name), now, elevators=known.get(name), months=months)
        for name in names
    }


def most_often(table: OrderTable, *, limit: int = 20) -> list[tuple[str, int]]:
    """
    List the elevators with the most entrapments (单台困人数), the most first, ties by code.

    Examples
    --------
    >>> most_often(empty_table())
    []
    """
    codes = table.elevator_code[table.is_entrapment & (table.elevator_code != "")]
    return sorted(Counter(codes.tolist()).items(), key=lambda each: (-each[1], each[0]))[:limit]


def take(table: OrderTable, rows: Mask) -> OrderTable:
    """Give some of the orders."""
    return OrderTable(**{name: getattr(table, name)[rows] for name in OrderTable.__dataclass_fields__})


def empty_table() -> OrderTable:
    """Give a table without orders."""
    at = np.empty(0, "datetime64[us]")
    none = np.empty(0, np.int64)
    return OrderTable(
        np.empty(0, np.str_), at, at, at, at, at, at, at, none, none, np.empty(0, np.bool_), np.empty((0, 3), np.bool_),
        np.empty(0, np.str_), none,
    )  # fmt: skip


# -- definitions --------------------------------------------------------------------------------------

_Population = Callable[[OrderTable, np.datetime64], tuple[Mask, Mask]]


def _all(table: OrderTable, now: np.datetime64) -> tuple[Mask, Mask]:
    del now
    return table.is_entrapment, np.ones(len(table), np.bool_)


def _left_out(table: OrderTable, now: np.datetime64) -> tuple[Mask, Mask]:
    del now
    return ~table.is_entrapment, np.ones(len(table), np.bool_)


def _freed(table: OrderTable, now: np.datetime64) -> tuple[Mask, Mask]:
    del now
    return table.is_entrapment & (table.persons_freed > 0), np.ones(len(table), np.bool_)


def _with(start: str, stop: str) -> _Population:
    """Make the population of orders that have both nodes."""

    def population(table: OrderTable, now: np.datetime64) -> tuple[Mask, Mask]:
        del now
        has_both = ~np.isnat(getattr(table, start)) & ~np.isnat(getattr(table, stop))
        return table.is_entrapment & has_both, np.ones(len(table), np.bool_)

    return population


def _in_time(stop: str, limit: str) -> _Population:
    """Make the population of orders whose clock from the notification is decided, and those that kept it."""

    def population(table: OrderTable, now: np.datetime64) -> tuple[Mask, Mask]:
        stopped_at: Instants = getattr(table, stop)
        due_at = table.notified_at + getattr(table, limit) * _SECOND
        came = ~np.isnat(stopped_at)
        ended_at = np.where(np.isnat(table.closed_at), now, table.closed_at)
        decided = ~np.isnat(due_at) & (came | (ended_at > due_at))
        return table.is_entrapment & decided, came & (stopped_at <= due_at)

    return population


def _overtime(table: OrderTable, now: np.datetime64) -> tuple[Mask, Mask]:
    return overtime(table, now), np.ones(len(table), np.bool_)


def _accidents(table: OrderTable, now: np.datetime64) -> tuple[Mask, Mask]:
    ended_at = np.where(np.isnat(table.closed_at), now, table.closed_at)
    until = np.where(np.isnat(table.freed_at), ended_at, table.freed_at)
    held = until - table.received_at >= ACCIDENT_S * _SECOND
    return table.is_entrapment & held, np.ones(len(table), np.bool_)


def _level(number: int) -> _Population:
    def population(table: OrderTable, now: np.datetime64) -> tuple[Mask, Mask]:
        del now
        return table.is_entrapment & table.levels.any(axis=1), table.levels[:, number - 1]

    return population


def _quantile(share: float) -> Callable[[NDArray[np.float64]], float]:
    return lambda values: float(np.quantile(values, share, method="inverted_cdf"))


_ETA = _with("predicted_at", "arrived_at")
_ARRIVAL = _with("notified_at", "arrived_at")
_POPULATIONS: dict[Figure, _Population] = {
    Figure.ENTRAPMENTS: _all,
    Figure.NOT_COUNTED: _left_out,
    Figure.PERSONS_FREED: _freed,
    Figure.ANSWER_RATE: _in_time("answered_at", "answer_limit_s"),
    Figure.ARRIVAL_RATE: _in_time("arrived_at", "arrival_limit_s"),
    Figure.ARRIVAL_P50: _ARRIVAL,
    Figure.ARRIVAL_P90: _ARRIVAL,
    Figure.ARRIVAL_MEAN: _ARRIVAL,
    Figure.OVERTIME: _overtime,
    Figure.ON_SITE_P50: _with("arrived_at", "freed_at"),
    Figure.TRAPPED_P50: _with("received_at", "freed_at"),
    Figure.ACCIDENTS: _accidents,
    Figure.LEVEL_1_SHARE: _level(1),
    Figure.LEVEL_2_SHARE: _level(2),
    Figure.LEVEL_3_SHARE: _level(3),
    Figure.ENTRAPMENT_RATE: _all,
    Figure.MONTHLY_RATE: _all,
    Figure.ELEVATORS_PER_ENTRAPMENT: _all,
    Figure.ETA_BIAS: _ETA,
    Figure.ETA_ERROR_P50: _ETA,
    Figure.ETA_ERROR_P90: _ETA,
}
_RATES = (
    Figure.ANSWER_RATE,
    Figure.ARRIVAL_RATE,
    Figure.LEVEL_1_SHARE,
    Figure.LEVEL_2_SHARE,
    Figure.LEVEL_3_SHARE,
)


def _arrival_s(table: OrderTable) -> NDArray[np.float64]:
    return taken_s(table.notified_at, table.arrived_at)


def _eta_error_s(table: OrderTable) -> NDArray[np.float64]:
    return taken_s(table.predicted_at, table.arrived_at)


def _absolute_eta_error_s(table: OrderTable) -> NDArray[np.float64]:
    return np.abs(_eta_error_s(table))


_TIMES: dict[
    Figure,
    tuple[Callable[[OrderTable], NDArray[np.float64]], Callable[[NDArray[np.float64]], float]],
] = {
    Figure.ARRIVAL_P50: (_arrival_s, _quantile(0.5)),
    Figure.ARRIVAL_P90: (_arrival_s, _quantile(0.9)),
    Figure.ARRIVAL_MEAN: (_arrival_s, lambda v: float(v.mean())),
    Figure.ON_SITE_P50: (lambda t: taken_s(t.arrived_at, t.freed_at), _quantile(0.5)),
    Figure.TRAPPED_P50: (lambda t: taken_s(t.received_at, t.freed_at), _quantile(0.5)),
    Figure.ETA_BIAS: (_eta_error_s, lambda v: float(v.mean())),
    Figure.ETA_ERROR_P50: (_absolute_eta_error_s, _quantile(0.5)),
    Figure.ETA_ERROR_P90: (_absolute_eta_error_s, _quantile(0.9)),
}
