"""Compare rules of dispatch by the same calls: figures of a run, their means, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from dispatch.errors import QuestionError
from dispatch.simulation_inputs import Calls, Policy, Rule, Units
from dispatch.simulation_log import Run

CONFIDENCE = 0.95
HALF_AN_HOUR_S = 1800.0

#: The rules that are compared (DOMAIN 7.4), by name; the first is what the others are held against.
POLICIES: dict[str, Policy] = {
    "bound_first": Policy(rule=Rule.BOUND_FIRST),
    "closest": Policy(rule=Rule.CLOSEST),
    "preference": Policy(rule=Rule.PREFERENCE),
    "closest_preempt": Policy(rule=Rule.CLOSEST, may_preempt=True),
    "closest_reserve": Policy(rule=Rule.CLOSEST, keeps_reserve=True),
    "bound_first_reserve": Policy(rule=Rule.BOUND_FIRST, keeps_reserve=True),
}


@dataclass(frozen=True)
class RunFigures:
    """
    Figures of one run.

    Attributes
    ----------
    arrival_mean_s, arrival_p90_s : float
        First notified → arrived.
    waiting_mean_s : float
        Received → arrived: with handling and the wait for a crew.
    in_time_pct : float
        Of the calls that a crew reached or ought to have reached, those within their limit.
    busy_pct : float
        Crew time on calls ÷ crew time there is.
    busiest_pct : float
        The same of the busiest station.
    level_2_pct : float
        Calls to which a level 2 station went.
    waited_pct : float
        Calls that found no crew free.
    unserved_pct : float
        Calls that nobody reached, those who got out by themselves left out.
    urgent_p90_s : float
        First notified → arrived, of the urgent calls; NaN without any.
    arrival_p50_s : float
        First notified → arrived.
    within_30_pct : float
        As `in_time_pct`, with 30 minutes for every place.
    """

    arrival_mean_s: float
    arrival_p90_s: float
    waiting_mean_s: float
    in_time_pct: float
    busy_pct: float
    busiest_pct: float
    level_2_pct: float
    waited_pct: float
    unserved_pct: float
    urgent_p90_s: float
    arrival_p50_s: float = float("nan")
    within_30_pct: float = float("nan")


@dataclass(frozen=True)
class Interval:
    """A mean and the half width of its 95 % confidence interval; the half width is NaN of a single run."""

    mean: float
    half_width: float


@dataclass(frozen=True)
class Compared:
    """A rule's figures over all runs, and their differences to the first rule's in the same runs."""

    figures: dict[str, Interval]
    difference: dict[str, Interval]


def run_figures(calls: Calls, units: Units, run: Run, *, span_s: float) -> RunFigures:
    """
    Work out the figures of a run.

    Parameters
    ----------
    calls, units, run
        As given to, and by, `dispatch.simulation.simulate`.
    span_s : float
        Length of the time simulated, above 0.

    Returns
    -------
    RunFigures

    Raises
    ------
    QuestionError
        When there is no call or the span is not above 0.
    """
    if len(calls) == 0 or span_s <= 0:
        raise QuestionError("没有来电，无从比较。 Without calls there is nothing to compare.")
    logs = run.logs
    notified = np.array([log.legs[0].notified_s if log.legs else np.inf for log in logs])
    freed = np.array([log.freed_s for log in logs])
    arrived = freed - calls.on_site_s
    is_reached = np.isfinite(freed)
    ended = np.array([log.ended_s for log in logs])
    is_unserved = ~is_reached & ~np.isfinite(calls.leaves_s)
    taken = arrived[is_reached] - notified[is_reached]

    def in_time_pct(limit: NDArray[np.float64]) -> float:
        # Decided: reached, or past the limit without anybody; those out by themselves before it are neither.
        with np.errstate(invalid="ignore"):
            is_late = ~is_reached & (np.minimum(ended, run.until_s) - notified > limit)
        decided = int(is_reached.sum() + (is_late | is_unserved).sum())
        return 100.0 * float((taken <= limit[is_reached]).sum()) / decided if decided else float("nan")

    urgent = taken[calls.is_urgent[is_reached]]
    crews = units.crews.astype(np.float64)
    share = np.nan_to_num(busy_shares_pct(units, run, span_s=span_s))
    level_2 = np.array([any(leg.level == 2 for leg in log.legs) for log in logs])
    waited = np.array([log.waited_s > 0 for log in logs])
    return RunFigures(
        arrival_mean_s=_mean(taken),
        arrival_p90_s=_quantile(taken, 0.9),
        waiting_mean_s=_mean((arrived - calls.at_s)[is_reached]),
        in_time_pct=in_time_pct(calls.arrival_limit_s),
        busy_pct=100.0 * float(run.busy_s.sum() / (crews.sum() * span_s)) if crews.sum() else float("nan"),
        busiest_pct=float(share.max(initial=0.0)),
        level_2_pct=100.0 * float(level_2.mean()),
        waited_pct=100.0 * float(waited.mean()),
        unserved_pct=100.0 * float(is_unserved.mean()),
        urgent_p90_s=_quantile(urgent, 0.9),
        arrival_p50_s=_quantile(taken, 0.5),
        within_30_pct=in_time_pct(np.full(len(calls), HALF_AN_HOUR_S)),
    )


def busy_shares_pct(units: Units, run: Run, *, span_s: float) -> NDArray[np.float64]:
    """
    Give the busy share of each station: crew time on calls ÷ crew time there is.

    Parameters
    ----------
    units, run
        As given to, and by, `dispatch.simulation.simulate`.
    span_s : float
        Length of the time simulated, above 0.

    Returns
    -------
    ndarray of float64, shape (s,)
        Percent; NaN for a station without crews.

    Raises
    ------
    QuestionError
        When the span is not above 0.
    """
    if span_s <= 0:
        raise QuestionError("时间跨度应大于 0。 The span must be above 0.")
    crews = units.crews.astype(np.float64)
    nothing = np.full(len(crews), np.nan)
    share: NDArray[np.float64] = np.divide(run.busy_s, crews * span_s, out=nothing, where=crews > 0)
    return 100.0 * share


@dataclass(frozen=True)
class UnitShare:
    """A station's busy share under a rule over all runs, percent, and its difference to the first rule's in the same runs."""

    share: Interval
    difference: Interval


def compare_shares(runs: Mapping[str, Sequence[NDArray[np.float64]]]) -> dict[str, tuple[UnitShare, ...]]:
    """
    Give each station's busy share by rule with confidence intervals, paired against the first rule.

    Parameters
    ----------
    runs : mapping of str to sequence of ndarray of float64, shape (s,)
        By rule, as `busy_shares_pct` gives them; the same run number stands for the same calls.

    Returns
    -------
    dict of str to tuple of UnitShare
        One for each station, in their order.

    Raises
    ------
    QuestionError
        When rules have different numbers of runs, or none.

    Examples
    --------
    >>> found = compare_shares({"a": [np.array([1.0, 3.0])], "b": [np.array([2.0, 3.0])]})
    >>> [(u.share.mean, u.difference.mean) for u in found["b"]]
    [(2.0, 1.0), (3.0, 0.0)]
    """
    counts = {len(each) for each in runs.values()}
    if len(counts) != 1 or counts == {0}:
        raise QuestionError("每条规则的运行次数应相同且至少 1 次。 Every rule needs the same number of runs, 1 or more.")  # fmt: skip
    tables = {name: np.array(each) for name, each in runs.items()}
    base = next(iter(tables.values()))
    return {
        rule: tuple(
            UnitShare(_interval(table[:, j]), _interval(table[:, j] - base[:, j]))
            for j in range(table.shape[1])
        )
        for rule, table in tables.items()
    }


def compare(runs: Mapping[str, Sequence[RunFigures]]) -> dict[str, Compared]:
    """
    Give means with confidence intervals, and paired differences to the first rule.

    Parameters
    ----------
    runs : mapping of str to sequence of RunFigures
        By rule; the same run number stands for the same calls (common random numbers).

    Returns
    -------
    dict of str to Compared

    Raises
    ------
    QuestionError
        When rules have different numbers of runs, or none.

    Notes
    -----
    Student's t over independent runs. Under common random numbers the difference of two rules varies far less than either: it is
    the paired interval that tells whether they differ (Law, Simulation Modeling and Analysis, 5th ed., 10.2 and 11.2).

    Examples
    --------
    >>> one = RunFigures(600.0, 900.0, 700.0, 99.0, 5.0, 9.0, 1.0, 0.0, 0.0, 800.0)
    >>> found = compare({"a": [one, one], "b": [one, one]})
    >>> found["b"].difference["arrival_mean_s"]
    Interval(mean=0.0, half_width=0.0)
    """
    counts = {len(each) for each in runs.values()}
    if len(counts) != 1 or counts == {0}:
        raise QuestionError("每条规则的运行次数应相同且至少 1 次。 Every rule needs the same number of runs, 1 or more.")  # fmt: skip
    tables = {name: np.array([astuple(each) for each in figures]) for name, figures in runs.items()}
    base = next(iter(tables.values()))
    names = [f.name for f in fields(RunFigures)]
    return {
        rule: Compared(
            {name: _interval(table[:, j]) for j, name in enumerate(names)},
            {name: _interval(table[:, j] - base[:, j]) for j, name in enumerate(names)},
        )
        for rule, table in tables.items()
    }


def _interval(values: NDArray[np.float64]) -> Interval:
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return Interval(float("nan"), float("nan"))
    if len(known) == 1:
        return Interval(float(known[0]), float("nan"))
    error = known.std(ddof=1) / np.sqrt(len(known))
    return Interval(float(known.mean()), float(student_t.ppf((1 + CONFIDENCE) / 2, len(known) - 1) * error))


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _quantile(values: NDArray[np.float64], share: float) -> float:
    return float(np.quantile(values, share, method="inverted_cdf")) if len(values) else float("nan")
