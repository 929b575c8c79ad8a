"""Plans that come again: the days of every period by the calendar, and what makes no plan (L9)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.register import Register
from layers.registry import register_by_id
from layers.repetition import beginning, beginnings
from layers.workflow import Party

NOW = dt.datetime(2026, 12, 1, 2, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 12, 1)
_PERIODS = st.sampled_from(["day", "week", "month", "quarter", "year"])
_DATES = st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))


@pytest.mark.parametrize(
    ("first", "period", "days"),
    [
        ("2026-12-31", "day", ["2027-01-01", "2027-01-02"]),
        ("2026-12-28", "week", ["2027-01-04", "2027-01-11"]),
        ("2026-01-31", "month", ["2026-02-28", "2026-03-31"]),
        ("2027-11-30", "month", ["2027-12-30", "2028-01-30"]),
        ("2026-11-30", "quarter", ["2027-02-28", "2027-05-30"]),
        ("2028-02-29", "year", ["2029-02-28", "2030-02-28"]),
        ("2024-02-29", "year", ["2025-02-28", "2026-02-28"]),
    ],
)
def test_a_period_keeps_its_day(first: str, period: str, days: list[str]) -> None:
    day = dt.date.fromisoformat(first)
    assert [str(beginning(day, period, n)) for n in (0, 1, 2)] == [first, *days]


def test_beyond_the_calendar_is_named() -> None:
    with pytest.raises(OverflowError):
        beginning(dt.date(9999, 12, 31), "year", 1)


def _by_hand(
    first: dt.date, period: str, after: dt.date | None, through: dt.date, until: dt.date | None
) -> list[dt.date]:
    found = []
    for number in range(100_000):
        day = beginning(first, period, number)
        if until is not None and day > until:
            break
        if after is None or day > after:
            found.append(day)
            if day > through:
                break
    return found


@given(
    first=_DATES,
    period=_PERIODS,
    after=st.none() | st.integers(-40, 4000),
    through=st.integers(-40, 4000),
    until=st.none() | st.integers(0, 4000),
)
def test_the_next_days_are_those_counted_from_the_first(
    first: dt.date, period: str, after: int | None, through: int, until: int | None
) -> None:
    later = [None if n is None else first + dt.timedelta(days=n) for n in (after, until)]
    reach = first + dt.timedelta(days=through)
    found = beginnings(first, period, after=later[0], through=reach, until=later[1], most=10_000)
    assert list(found) == _by_hand(first, period, later[0], reach, later[1])


@given(first=_DATES, period=_PERIODS, stops=st.lists(st.integers(0, 800), max_size=6), most=st.integers(1, 5))
def test_looking_often_and_seldom_makes_the_same_days(
    first: dt.date, period: str, stops: list[int], most: int
) -> None:
    end = first + dt.timedelta(days=800)
    once = beginnings(first, period, after=None, through=end, until=end, most=10_000)
    made: list[dt.date] = []
    after: dt.date | None = None
    for stop in [*sorted(stops), *([800] * 900)]:
        through = first + dt.timedelta(days=stop)
        days = beginnings(first, period, after=after, through=through, until=end, most=most)
        made += days
        after = days[-1] if len(days) == most else max([through, *([after] if after else []), *days[-1:]])
    assert tuple(made) == once


def _faults(row: dict[str, Any], before: dict[str, Any] | None = None) -> list[str]:
    register: Register = register_by_id("check_plan")
    assert register.rules is not None
    return [name for name, _ in register.rules.faults(row, before, Party.OWNER, NOW)]


def _plan(
    period: str | None, begins: int, ends: int, until: int | None = None, code: str = "CP1"
) -> dict[str, Any]:
    days = [None if n is None else TODAY + dt.timedelta(days=n) for n in (begins, ends, until)]
    return {
        "code": code,
        "period": period,
        "begins_on": days[0],
        "ends_on": days[1],
        "repeats_until": days[2],
    }


@pytest.mark.parametrize(
    ("row", "faulty"),
    [
        (_plan(None, -5, -5), []),
        (_plan("once", -5, -3), []),
        (_plan("once", 0, -1), ["ends_on"]),
        (_plan("once", 0, 0, 5), ["repeats_until"]),
        (_plan("day", 0, 0), []),
        (_plan("day", 0, 1), ["ends_on"]),
        (_plan("week", 0, 6), []),
        (_plan("week", 0, 7), ["ends_on"]),
        (_plan("month", 0, 30), []),
        (_plan("month", 0, 31), ["ends_on"]),
        (_plan("week", -1, 0), ["begins_on"]),
        (_plan("week", 0, 0, 0), []),
        (_plan("week", 1, 1, 0), ["repeats_until"]),
        (_plan("year", 5 * 366 + 1, 5 * 366 + 1), ["begins_on"]),
        (_plan("week", 0, 0, code="X" * 32), ["code"]),
        (_plan("week", 0, 0, code="X" * 31), []),
    ],
)
def test_what_makes_no_plan_is_named_at_its_field(row: dict[str, Any], faulty: list[str]) -> None:
    assert _faults(row) == faulty


def test_a_plan_that_has_begun_is_changed_and_stays_what_it_is() -> None:
    begun = _plan("week", -20, -20)
    assert _faults({**begun, "period": "month"}, begun) == []
    assert _faults({**begun, "begins_on": TODAY - dt.timedelta(days=1)}, begun) == ["ends_on", "begins_on"]
    assert _faults({**begun, "period": "once"}, begun) == ["period"]
    assert _faults({**begun, "period": "week"}, {**begun, "period": "once"}) == ["period"]
