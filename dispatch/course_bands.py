"""Tell what many courses of one drill have in common: quantiles of its figures, and bands over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dispatch.course import simulate_course
from dispatch.course_plan import Inject, Plan, Roads
from dispatch.course_record import Course, Happening
from dispatch.errors import QuestionError

Floats = NDArray[np.float64]

FIGURES = (
    "alarm_s", "first_on_site_s", "first_at_work_s", "all_on_site_s", "ordered_s", "zone_evacuated_s", "all_sheltered_s",
)  # fmt: skip
SHARES = (0.1, 0.5, 0.9)
MOST_RUNS = 5000
_GRID = 60
_AT_LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class Bands:
    """
    What many courses have in common.

    Attributes
    ----------
    figures : dict of str to ndarray of float64, shape (runs,)
        Seconds by figure, one per run; ``inf`` where it never comes.
    at_s : ndarray of float64, shape (g,)
        Seconds of the curves.
    people_out, teams_on_site : ndarray of float64, shape (3, g)
        Shares 0.1, 0.5 and 0.9 of the runs have at most so many people out of the zone, or teams on site, by then.
    """

    figures: dict[str, Floats]
    at_s: Floats
    people_out: Floats
    teams_on_site: Floats


def figures(course: Course, plan: Plan) -> dict[str, float]:
    """
    Give the figures of one course.

    Parameters
    ----------
    course : Course
    plan : Plan
        The one that was run.

    Returns
    -------
    dict of str to float
        Seconds after the accident by name (`FIGURES`); ``inf`` for what never comes. The zone counts as evacuated when the last who
        have a way are out, or need not leave any more; with anybody cut off or without a place, never.

    Examples
    --------
    >>> from dispatch.course import simulate_course
    >>> plan = Plan(None, (), (), {})
    >>> round(figures(simulate_course(plan, roads=None, seed=3), plan)["first_on_site_s"])
    Traceback (most recent call last):
    OverflowError: cannot convert float infinity to integer
    """
    times: dict[Happening, list[float]] = {}
    for event in course.events:
        times.setdefault(event.what, []).append(event.at_s)
    gone_on = {e.key: e.at_s for e in course.events if e.what is Happening.TURNED_OFF}
    stuck = any(
        e.what in (Happening.CUT_OFF, Happening.NO_PLACE) and e.people and gone_on.get(e.key, -1.0) <= e.at_s
        for e in course.events
    )
    come = {e.key: e.at_s for e in reversed(course.events) if e.what is Happening.ON_SITE}
    wanted = sum(team.kind != "hospital" for team in plan.teams)

    def first(what: Happening) -> float:
        return min(times.get(what, []), default=math.inf)

    def last(what: Happening) -> float:
        if stuck:
            return math.inf
        # Who need not leave any more is as good as out from when the zone was cleared.
        stayed = times.get(Happening.ZONE_CLEARED, []) if Happening.STAYED in times else []
        return max([*times.get(what, []), *stayed], default=math.inf)

    return {
        "alarm_s": first(Happening.ALARM), "first_on_site_s": first(Happening.ON_SITE), "first_at_work_s": first(Happening.AT_WORK),
        "all_on_site_s": max(come.values()) if come and len(come) >= wanted else math.inf,
        "ordered_s": first(Happening.ORDERED), "zone_evacuated_s": last(Happening.OUT), "all_sheltered_s": last(Happening.SHELTERED),
    }  # fmt: skip


def many_courses(
    plan: Plan,
    roads: Roads,
    injects: Sequence[Inject] = (),
    *,
    seed: int = 0,
    runs: int = 1000,
    report: Callable[[int], None] = lambda _: None,
) -> Bands:
    """
    Run a course many times.

    Parameters
    ----------
    plan, roads, injects, seed
        As for `simulate_course`; run 0 is the one that is played.
    runs : int
        1 to 5,000.
    report : callable
        Told how many are done, after each; what it raises ends the runs.

    Returns
    -------
    Bands
        The same for the same arguments.

    Raises
    ------
    QuestionError
        When the number of runs lies outside its range.

    Examples
    --------
    >>> bands = many_courses(Plan(None, (), (), {}), roads=None, runs=3)
    >>> bands.figures["alarm_s"].shape
    (3,)
    """
    if not 1 <= runs <= MOST_RUNS:
        raise QuestionError(
            f"次数应为 1 到 {MOST_RUNS:,}，收到 {runs}。 1 to {MOST_RUNS:,} runs were expected, got {runs}."
        )
    found: dict[str, list[float]] = {name: [] for name in FIGURES}
    out: list[tuple[Floats, Floats]] = []
    come: list[tuple[Floats, Floats]] = []
    for run in range(runs):
        course = simulate_course(plan, roads, injects, seed=seed, run=run)
        for name, value in figures(course, plan).items():
            found[name].append(value)
        out.append(_steps(course, {Happening.OUT: 1, Happening.SENT_ON: -1}, by_people=True))
        come.append(_steps(course, {Happening.ON_SITE: 1}, by_people=False))
        report(run + 1)
    ends_s = max((times[-1] for times, _ in (*out, *come) if len(times)), default=1.0)
    at_s = np.linspace(0.0, max(ends_s, 1.0), _GRID + 1)
    return Bands(
        {name: np.array(values) for name, values in found.items()}, at_s, _band(out, at_s), _band(come, at_s)
    )


def quantile(values: ArrayLike, share: float) -> float:
    """
    Give the least value that a share of all values does not exceed.

    Parameters
    ----------
    values : array_like of float
        One or more; ``inf`` for what never comes.
    share : float
        Above 0, up to 1.

    Returns
    -------
    float
        One of the values: ``inf`` where fewer than the share ever come.

    Examples
    --------
    >>> quantile([3.0, 1.0, 2.0, float("inf")], 0.5), quantile([1.0, float("inf")], 0.9)
    (2.0, inf)
    """
    ordered = np.sort(np.asarray(values, np.float64))
    return float(ordered[max(math.ceil(share * len(ordered) - _AT_LEAST) - 1, 0)])


def _steps(course: Course, signs: dict[Happening, int], *, by_people: bool) -> tuple[Floats, Floats]:
    """Give when a count changes, and what it is from then on; a team counts once."""
    times, changes, seen = [], [], set()
    for event in course.events:
        sign = signs.get(event.what)
        if sign is None or (not by_people and event.key in seen):
            continue
        seen.add(event.key)
        times.append(event.at_s)
        changes.append(sign * (event.people if by_people else 1))
    return np.array(times), np.cumsum(changes).astype(np.float64)


def _band(curves: list[tuple[Floats, Floats]], at_s: Floats) -> Floats:
    table = np.zeros((len(curves), len(at_s)))
    for row, (times, counts) in enumerate(curves):
        if len(times):
            idx = np.searchsorted(times, at_s, side="right")
            table[row] = np.concatenate([[0.0], counts])[idx]
    ordered = np.sort(table, axis=0)
    rows = [max(math.ceil(share * len(curves) - _AT_LEAST) - 1, 0) for share in SHARES]
    return ordered[rows]
