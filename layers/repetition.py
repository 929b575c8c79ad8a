"""Describe rows that come again: a plan with its period, from which the clock makes the rows of its days."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layers.declaration import Choice, Words
from layers.display import LOCAL_ZONE
from layers.workflow import Party

#: Rows are made for so many days ahead, and always one beyond.
AHEAD_DAYS = 31
#: A plan begins within so many days.
FURTHEST_DAYS = 5 * 366
#: What a row says that does not come again.
ONCE = "once"
#: Numbers of plans are no longer than this: a row of a day appends the day.
LONGEST_CODE = 31
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
PERIODS = (
    Choice(ONCE, Words("一次", "Once")),
    Choice("day", Words("每日", "Daily")),
    Choice("week", Words("每周", "Weekly")),
    Choice("month", Words("每月", "Monthly")),
    Choice("quarter", Words("每季度", "Quarterly")),
    Choice("year", Words("每年", "Yearly")),
)


@dataclass(frozen=True)
class Repetition:
    """Which fields of a register say that a row comes again, and in which states such plans are.

    Parameters
    ----------
    period : str
        Choice field with `PERIODS`.
    begins, ends : str
        Date fields: first and last day of the first row; the later ones keep the span.
    until : str
        Date field: no row begins after it; empty for no end.
    series : str
        Text field of made rows: the code of their plan. The system sets it.
    made_until : str
        Date field of plans: rows were made for all days up to it. The system sets it.
    active, ended : str
        States of a plan that makes rows, and of one that makes no more.
    results : frozenset of str
        Fields that each row fills in anew.
    """

    period: str
    begins: str
    ends: str
    until: str
    series: str
    made_until: str
    active: str
    ended: str
    results: frozenset[str] = frozenset()

    @property
    def own_fields(self) -> frozenset[str]:
        """Give the fields that a made row does not take from its plan."""
        own = {self.period, self.begins, self.ends, self.until, self.series, self.made_until}
        return self.results | own

    def initial_state(self, row: Mapping[str, Any], otherwise: str) -> str:
        """Give the state of a new row: that of a plan where it comes again.

        Parameters
        ----------
        row : mapping
        otherwise : str

        Returns
        -------
        str
        """
        return otherwise if row.get(self.period) in (None, ONCE) else self.active

    def fills(self, values: Mapping[str, Any], party: Party, now: dt.datetime) -> Mapping[str, Any]:
        """Have a new row come once where nothing else is said.

        Parameters
        ----------
        values : mapping
        party : Party
        now : datetime

        Returns
        -------
        mapping
        """
        del party, now
        return {self.period: values.get(self.period) or ONCE, self.series: None, self.made_until: None}

    def faults(
        self, row: Mapping[str, Any], before: Mapping[str, Any] | None, party: Party, now: dt.datetime
    ) -> tuple[tuple[str, Words], ...]:
        """Name what makes no plan: days in disorder, in the past, or longer than the period.

        Parameters
        ----------
        row : mapping
        before : mapping or None
            The row as it was.
        party : Party
        now : datetime
            Aware.

        Returns
        -------
        tuple of (str, Words)
            Field and what is wrong.
        """
        del party
        first, last, until = row.get(self.begins), row.get(self.ends), row.get(self.until)
        was = before or {}
        found: list[tuple[str, Words]] = []
        dates_changed = (first, last) != (was.get(self.begins), was.get(self.ends))
        if first and last and last < first and dates_changed:
            found.append(
                (self.ends, Words("完成日期不能早于开始日期。", "It cannot be done before it begins."))
            )
        period = row.get(self.period) or ONCE
        if before is not None and (period == ONCE) != ((was.get(self.period) or ONCE) == ONCE):
            found.append((self.period, Words("一次与循环不能互改，请新增一条。", "A plan that comes again and one that comes once do not turn into each other: add a new one.")))  # fmt: skip
        elif period == ONCE and until and until != was.get(self.until):
            found.append((self.until, Words("只有循环的计划才有循环截止日期。", "Only a plan that comes again has a last day.")))  # fmt: skip
        elif period != ONCE and first and last:
            found += self._plan_faults(row, was, now)
        return tuple(found)

    def _plan_faults(
        self, row: Mapping[str, Any], was: Mapping[str, Any], now: dt.datetime
    ) -> list[tuple[str, Words]]:
        first, last, until = row[self.begins], row[self.ends], row.get(self.until)
        found: list[tuple[str, Words]] = []
        if (first - now.astimezone(LOCAL_ZONE).date()).days > FURTHEST_DAYS:
            return [
                (
                    self.begins,
                    Words("循环计划应在五年内开始。", "A plan that comes again begins within five years."),
                )
            ]
        if first != was.get(self.begins) and first < now.astimezone(LOCAL_ZONE).date():
            found.append((self.begins, Words("循环计划从今天或以后开始。", "A plan that comes again begins today or later.")))  # fmt: skip
        if last >= first and last >= beginning(first, row[self.period], 1):
            found.append((self.ends, Words("完成日期应在下一次开始之前。", "Each is to be done before the next begins.")))  # fmt: skip
        if until is not None and until < first:
            found.append((self.until, Words("循环截止不能早于计划开始。", "The last day cannot lie before the first.")))  # fmt: skip
        if len(str(row.get("code") or "")) > LONGEST_CODE:
            found.append(("code", Words(f"循环计划的编号最多 {LONGEST_CODE} 个字符。", f"The number of a plan that comes again has {LONGEST_CODE} characters at most.")))  # fmt: skip
        return found


def beginning(first: dt.date, period: str, number: int) -> dt.date:
    """Give the day on which a period begins.

    Parameters
    ----------
    first : date
        The day of number 0.
    period : str
        One of `PERIODS` but ``once``.
    number : int
        0 and up.

    Returns
    -------
    date
        Months, quarters and years keep the day of `first`; the month's last day where it has no such day.

    Raises
    ------
    OverflowError
        Beyond the year 9999.

    Examples
    --------
    >>> [str(beginning(dt.date(2026, 1, 31), "month", n)) for n in (1, 2)]
    ['2026-02-28', '2026-03-31']
    """
    if period in _DAYS:
        return first + dt.timedelta(days=_DAYS[period] * number)
    years, month = divmod(first.month - 1 + _MONTHS[period] * number, 12)
    year = first.year + years
    if year > dt.MAXYEAR:
        raise OverflowError(f"the year {year} lies beyond the calendar: the last is {dt.MAXYEAR}")
    return dt.date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def beginnings(
    first: dt.date, period: str, *, after: dt.date | None, through: dt.date, until: dt.date | None, most: int
) -> tuple[dt.date, ...]:
    """List the days on which a plan's next rows begin.

    Parameters
    ----------
    first : date
    period : str
    after : date or None
        Rows were made up to this day, itself included.
    through : date
        Up to this day, itself included, and one beyond it.
    until : date or None
        None begins after this day.
    most : int
        At most so many.

    Returns
    -------
    tuple of date
        In order.

    Examples
    --------
    >>> day = dt.date(2026, 12, 1)
    >>> [str(d) for d in beginnings(day, "week", after=day, through=dt.date(2026, 12, 15), until=None, most=9)]
    ['2026-12-08', '2026-12-15', '2026-12-22']
    """
    found: list[dt.date] = []
    number = 0 if after is None else _number_before(first, period, after)
    while len(found) < most:
        day = beginning(first, period, number)
        number += 1
        if until is not None and day > until:
            break
        if after is None or day > after:
            found.append(day)
            if day > through:
                break
    return tuple(found)


def _number_before(first: dt.date, period: str, after: dt.date) -> int:
    """Give a number whose day does not lie after `after`, without walking there."""
    if period in _DAYS:
        return max(0, (after - first).days // _DAYS[period])
    months = (after.year - first.year) * 12 + after.month - first.month
    return max(0, months // _MONTHS[period] - 1)
