"""Compare rules of dispatch by the same calls: figures of a run, their means, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from dispatch.errors import QuestionError
from dispatch.simulation import Calls, Policy, Rule, Run, Units

CONFIDENCE = 0.95

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
    limit = calls.arrival_limit_s
    # Decided: reached, or past the limit without anybody; those out by themselves before it are neither.
    with np.errstate(invalid="ignore"):
        is_late = ~is_reached & (np.minimum(ended, run.until_s) - notified > limit)
    in_time = (taken <= limit[is_reached]).sum()
    decided = int(is_reached.sum() + (is_late | is_unserved).sum())
    urgent = taken[calls.is_urgent[is_reached]]
    crews = units.crews.astype(np.float64)
    share = np.divide(run.busy_s, crews * span_s, out=np.zeros(len(crews)), where=crews > 0)
    level_2 = np.array([any(leg.level == 2 for leg in log.legs) for log in logs])
    waited = np.array([log.waited_s > 0 for log in logs])
    return RunFigures(
        arrival_mean_s=_mean(taken),
        arrival_p90_s=_p90(taken),
        waiting_mean_s=_mean((arrived - calls.at_s)[is_reached]),
        in_time_pct=100.0 * float(in_time) / decided if decided else float("nan"),
        busy_pct=100.0 * float(run.busy_s.sum() / (crews.sum() * span_s)) if crews.sum() else float("nan"),
        busiest_pct=100.0 * float(share.max(initial=0.0)),
        level_2_pct=100.0 * float(level_2.mean()),
        waited_pct=100.0 * float(waited.mean()),
        unserved_pct=100.0 * float(is_unserved.mean()),
        urgent_p90_s=_p90(urgent),
    )


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


def _p90(values: NDArray[np.float64]) -> float:
    return float(np.quantile(values, 0.9, method="inverted_cdf")) if len(values) else float("nan")
