"""Say what emergency plans and drills must keep: dates that follow, order of the steps, what a unit owes (DOMAIN 3.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from layers.declaration import Words
from layers.display import LOCAL_ZONE
from layers.workflow import Party, Refusal

FILE_WITHIN = 20
"""Working days from issue to filing (order 88)."""
ANSWER_WITHIN = 5
"""Working days within which the authority answers; silence is filing."""
EVALUATE_YEARS = 3
"""Years from issue, or from the last evaluation, to the next (order 2 of 2019, article 35)."""
WARN_DAYS = 30
REPORT_WITHIN = 20
"""Working days after the first drill of a half-year within which high-hazard trades report it.

Order 88 as amended by order 2 of 2019, article 33, has drills reported after they were held and sets no day; that of filing is taken.
"""
REPORT_WARN_DAYS = 7
"""Days before that day from which the report counts as due soon."""
#: Trades that drill every half-year and report it: dangerous goods, mines, smelting, construction, gas, hotels and shops
#: (order 2 of 2019, article 33). Carriers of dangerous goods and tourist places are not told apart by the industry class.
HIGH_HAZARD = frozenset(
    {
        "hazardous_chemicals",
        "non_coal_mine",
        "metallurgy",
        "nonferrous",
        "construction",
        "town_gas",
        "catering",
        "commerce",
    }
)
ANNUAL_KINDS = frozenset({"comprehensive", "special"})


def add_working_days(start: dt.date, days: int) -> dt.date:
    """
    Count working days on from a day: Monday to Friday, public holidays are not known.

    Parameters
    ----------
    start : date
    days : int

    Returns
    -------
    date

    Examples
    --------
    >>> add_working_days(dt.date(2026, 11, 27), 5)
    datetime.date(2026, 12, 4)
    """
    day = start
    while days > 0:
        day += dt.timedelta(days=1)
        days -= day.weekday() < 5
    return day


def on_issue(row: Mapping[str, Any], _now: dt.datetime) -> Mapping[str, Any]:
    """
    Give the dates that follow from a plan's issue: filing is due, evaluation and revision after three years.

    Parameters
    ----------
    row : mapping
        With `issued_on`.

    Returns
    -------
    mapping
    """
    issued: dt.date = row["issued_on"]
    return {
        "file_by_on": add_working_days(issued, FILE_WITHIN),
        "evaluate_by_on": years_on(issued, EVALUATE_YEARS),
        "revise_by_on": years_on(issued, 3),
    }


def on_evaluate(row: Mapping[str, Any], _now: dt.datetime) -> Mapping[str, Any]:
    """
    Give the day by which a plan is evaluated the next time.

    Parameters
    ----------
    row : mapping
        With `evaluated_on`.

    Returns
    -------
    mapping

    Notes
    -----
    Order 88 as amended by order 2 of 2019, article 35: every three years.
    """
    return {"evaluate_by_on": years_on(row["evaluated_on"], EVALUATE_YEARS)}


def on_submit(_row: Mapping[str, Any], now: dt.datetime) -> Mapping[str, Any]:
    """
    Give the day by which the authority answers; the plan's own deadline has been kept.

    Parameters
    ----------
    now : datetime

    Returns
    -------
    mapping
    """
    return {
        "answer_by_on": add_working_days(now.astimezone(LOCAL_ZONE).date(), ANSWER_WITHIN),
        "file_by_on": None,
    }


def years_on(day: dt.date, years: int) -> dt.date:
    """
    Give the same day some years later; 29 February becomes the 28th.

    Parameters
    ----------
    day : date
    years : int

    Returns
    -------
    date

    Examples
    --------
    >>> years_on(dt.date(2028, 2, 29), 3)
    datetime.date(2031, 2, 28)
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def may_review(row: Mapping[str, Any], _party: Party, now: dt.datetime) -> Refusal | None:
    """
    Refuse a review before the risk assessment and the survey of resources, or in the future.

    Parameters
    ----------
    row : mapping

    Returns
    -------
    Refusal or None
    """
    return _not_before(row, "reviewed_on", ("risk_assessed_on", "resources_surveyed_on"), now)


def may_issue(row: Mapping[str, Any], _party: Party, now: dt.datetime) -> Refusal | None:
    """
    Refuse an issue before the review, or in the future.

    Parameters
    ----------
    row : mapping

    Returns
    -------
    Refusal or None
    """
    return _not_before(row, "issued_on", ("reviewed_on",), now)


def may_evaluate(row: Mapping[str, Any], _party: Party, now: dt.datetime) -> Refusal | None:
    """
    Refuse an evaluation in the future, before the issue, or no later than the one before.

    Parameters
    ----------
    row : mapping
        With the new `evaluated_on`, and `evaluate_by_on` as the issue or the last evaluation set it.

    Returns
    -------
    Refusal or None
    """
    refusal = _not_before(row, "evaluated_on", ("issued_on",), now)
    day, due = row.get("evaluated_on"), row.get("evaluate_by_on")
    if refusal is None and day is not None and due is not None and years_on(day, EVALUATE_YEARS) <= due:
        return Refusal(
            Words(f"{day} 不晚于公布或上次评估的日期。", f"{day} is not after the issue or the last evaluation."), "evaluated_on"
        )  # fmt: skip
    return refusal


#: Planned field of a drill, and the figure of a simulated course that gives it.
PLANNED_FROM = (("planned_first_team_min", "first_on_site_s"), ("planned_evacuated_min", "zone_evacuated_s"))
#: Shares of the runs of a course by which a plan may go.
SHARES = ("p50", "p90")


def planned_minutes(figures: Mapping[str, Mapping[str, Any]], share: str) -> dict[str, float | None]:
    """
    Give the planned minutes after the accident that a share of a course's runs keeps.

    Parameters
    ----------
    figures : mapping
        By name of a figure, its quantiles in seconds by share; None where that share never gets there.
    share : str
        One of `SHARES`.

    Returns
    -------
    dict
        Minutes to a tenth by planned field; None where it never comes.

    Examples
    --------
    >>> planned_minutes({"first_on_site_s": {"p90": 750.0}, "zone_evacuated_s": {"p90": None}}, "p90")
    {'planned_first_team_min': 12.5, 'planned_evacuated_min': None}
    """
    found = {name: figures[figure][share] for name, figure in PLANNED_FROM}
    return {name: None if at_s is None else round(at_s / 60, 1) for name, at_s in found.items()}


def may_execute(row: Mapping[str, Any], _party: Party, now: dt.datetime) -> Refusal | None:
    """
    Refuse a drill that is said to have been executed in the future.

    Parameters
    ----------
    row : mapping

    Returns
    -------
    Refusal or None
    """
    return _not_before(row, "executed_on", (), now)


def _not_before(
    row: Mapping[str, Any], name: str, earlier: tuple[str, ...], now: dt.datetime
) -> Refusal | None:
    day = row.get(name)
    if day is None:
        return None
    if day > now.astimezone(LOCAL_ZONE).date():
        return Refusal(Words(f"{day} 还没有到。", f"{day} has not come yet."), name)
    for other in earlier:
        if row.get(other) is None:
            return Refusal(
                Words("请先填写风险评估和应急资源调查的日期。", "First give the days of the risk assessment and the resource survey."), other
            )  # fmt: skip
        if row[other] > day:
            return Refusal(
                Words(f"{day} 早于前一步的 {row[other]}。", f"{day} is before the step that comes first, {row[other]}."), name
            )  # fmt: skip
    return None


@dataclass(frozen=True)
class Duty:
    """
    One drill that a unit owes in a period.

    Attributes
    ----------
    id : ``annual`` (a comprehensive or special drill in the year) or ``half_year`` (an on-site scheme; in high-hazard trades any)
    start, end : first and last day of the period
    state : ``met``, ``open``, ``soon`` (30 days or less are left) or ``behind`` (the period is over)
    due : last day to do it, where that is not the end of the period: of a report
    """

    id: str
    start: dt.date
    end: dt.date
    state: str
    due: dt.date | None = None


def periods(today: dt.date) -> dict[str, tuple[tuple[dt.date, dt.date], tuple[dt.date, dt.date]]]:
    """
    Give the period that runs and the one before, by duty.

    Parameters
    ----------
    today : date

    Returns
    -------
    dict of str to ((start, end), (start, end))

    Examples
    --------
    >>> periods(dt.date(2026, 3, 1))["half_year"][1]
    (datetime.date(2025, 7, 1), datetime.date(2025, 12, 31))
    """
    year = today.year
    first = (dt.date(year, 1, 1), dt.date(year, 6, 30))
    second = (dt.date(year, 7, 1), dt.date(year, 12, 31))
    last_second = (dt.date(year - 1, 7, 1), dt.date(year - 1, 12, 31))
    halves = (first, last_second) if today.month <= 6 else (second, first)
    return {
        "annual": (
            (dt.date(year, 1, 1), dt.date(year, 12, 31)),
            (dt.date(year - 1, 1, 1), dt.date(year - 1, 12, 31)),
        ),
        "half_year": halves,
    }


def duties(
    drills: Iterable[tuple[str, dt.date]],
    today: dt.date,
    *,
    is_high_hazard: bool,
    since: dt.date | None = None,
) -> tuple[Duty, ...]:
    """
    Say what a unit owes: in the periods that run, and what it missed in those before.

    Parameters
    ----------
    drills : iterable of (kind, date)
        Executed ones; kind is ``comprehensive``, ``special`` or ``on_site``.
    today : date
    is_high_hazard : bool
        Every half-year any drill suffices, and one is owed whatever its kind.
    since : date, optional
        Periods that ended before are not owed.

    Returns
    -------
    tuple of Duty

    Examples
    --------
    >>> [d.state for d in duties([("special", dt.date(2026, 2, 3))], dt.date(2026, 12, 5), is_high_hazard=False, since=dt.date(2026, 9, 1))]
    ['met', 'soon']
    """
    done = list(drills)
    found = []
    for name, (running, before) in periods(today).items():
        for start, end in (running, before):
            if since is not None and end < since:
                continue
            kinds = ANNUAL_KINDS if name == "annual" else None if is_high_hazard else frozenset({"on_site"})
            is_met = any(start <= day <= end and (kinds is None or kind in kinds) for kind, day in done)
            if is_met:
                state = "met"
            elif end < today:
                state = "behind"
            else:
                state = "soon" if (end - today).days <= WARN_DAYS else "open"
            found.append(Duty(name, start, end, state))
    return tuple(found)


def report_duties(
    drills: Iterable[tuple[dt.date, bool]], today: dt.date, *, since: dt.date | None = None
) -> tuple[Duty, ...]:
    """
    Say which reports a unit of a high-hazard trade owes: of each half-year in which it drilled, that runs or is the last.

    Parameters
    ----------
    drills : iterable of (date, bool)
        When each was executed, and whether it has been reported.
    today : date
    since : date, optional
        Periods that ended before are not owed.

    Returns
    -------
    tuple of Duty
        ``report``: ``met`` by the report of any drill of the half-year. No drill, no report: that the drill is missing says `duties`.

    Notes
    -----
    Order 88 as amended by order 2 of 2019, article 33: trades of `HIGH_HAZARD` drill every half-year and report on it to the
    authority of county level or above. The day, `REPORT_WITHIN` working days after the half-year's first drill, is the house's own.

    Examples
    --------
    >>> [(d.state, d.due) for d in report_duties([(dt.date(2026, 9, 1), False)], dt.date(2026, 10, 1), since=dt.date(2026, 9, 1))]
    [('behind', datetime.date(2026, 9, 29))]
    """
    held = list(drills)
    found = []
    for start, end in periods(today)["half_year"]:
        inside = [(day, is_reported) for day, is_reported in held if start <= day <= end]
        if not inside or (since is not None and end < since):
            continue
        due = add_working_days(min(day for day, _ in inside), REPORT_WITHIN)
        if any(is_reported for _, is_reported in inside):
            state = "met"
        elif due < today:
            state = "behind"
        else:
            state = "soon" if (due - today).days <= REPORT_WARN_DAYS else "open"
        found.append(Duty("report", start, end, state, due))
    return tuple(found)


def may_report(row: Mapping[str, Any], _party: Party, _now: dt.datetime) -> Refusal | None:
    """
    Refuse to report a drill twice.

    Parameters
    ----------
    row : mapping
        With `reported_on`.

    Returns
    -------
    Refusal or None
    """
    day = row.get("reported_on")
    return None if day is None else Refusal(Words(f"已于 {day} 报送。", f"It was reported on {day}."))


def on_report(_row: Mapping[str, Any], now: dt.datetime) -> Mapping[str, Any]:
    """
    Give the day on which a drill is reported: that of the step itself, in Beijing.

    Parameters
    ----------
    now : datetime

    Returns
    -------
    mapping
    """
    return {"reported_on": now.astimezone(LOCAL_ZONE).date()}


# -- the times of an exercise ----------------------------------------------------------------------------


@dataclass(frozen=True)
class LiveStep:
    """
    One step of an exercise whose time is kept while it goes on.

    Attributes
    ----------
    id : str
    words : Words
    field : str or None
        The row's field that holds its minutes after the beginning.
    planned : str or None
        The row's field of the minutes that were planned.
    from_order : str or None
        Node of a dispatch order whose time it is, where an order was driven as the exercise.
    """

    id: str
    words: Words
    field: str | None = None
    planned: str | None = None
    from_order: str | None = None


#: The step that the others are measured from.
BEGAN = "began"
LIVE_STEPS: tuple[LiveStep, ...] = (
    LiveStep(BEGAN, Words("演练开始", "Exercise begins"), from_order="received"),
    LiveStep("alarm", Words("报警", "Alarm given"), "alarm_min", "planned_alarm_min", "received"),
    LiveStep("notified", Words("通知队伍", "Teams alerted"), "notified_min", "planned_notified_min", "notified"),
    LiveStep("turned_out", Words("队伍出动", "Teams turned out"), "turned_out_min", "planned_turned_out_min", "en_route"),
    LiveStep("first_team", Words("首支队伍到场", "First team on site"), "first_team_min", "planned_first_team_min", "arrived"),
    LiveStep("ordered", Words("下令疏散", "Evacuation ordered"), "ordered_min", "planned_ordered_min"),
    LiveStep("evacuated", Words("疏散完成", "Evacuated"), "evacuated_min", "planned_evacuated_min", "freed"),
    LiveStep("ended", Words("演练结束", "Exercise ends"), "ended_min", "planned_ended_min", "closed"),
)  # fmt: skip
#: What the nodes of a dispatch order are called.
ORDER_NODES: dict[str, Words] = {
    "received": Words("接警", "Received"),
    "notified": Words("通知救援站", "Station notified"),
    "en_route": Words("出发", "Under way"),
    "arrived": Words("到达现场", "Arrived"),
    "freed": Words("解困", "Freed"),
    "closed": Words("结束", "Closed"),
}


def live_values(times: Mapping[str, dt.datetime]) -> dict[str, Any]:
    """
    Give what the times of an exercise say of its row: the day it was held, and minutes after its beginning.

    Parameters
    ----------
    times : mapping of str to datetime
        Aware instants by step.

    Returns
    -------
    dict
        By field of the row; None where a time is not kept.

    Examples
    --------
    >>> at = dt.datetime(2026, 6, 10, 2, 0, tzinfo=dt.UTC)
    >>> live_values({"began": at, "first_team": at + dt.timedelta(seconds=815)})["first_team_min"]
    13.6
    """
    began = times.get(BEGAN)
    found: dict[str, Any] = {"executed_on": None if began is None else began.astimezone(LOCAL_ZONE).date()}
    for step in LIVE_STEPS:
        if step.field is not None:
            at = times.get(step.id)
            found[step.field] = (
                None if began is None or at is None else round((at - began).total_seconds() / 60, 1)
            )
    return found
