"""Read the hours at which a conditional tag of OpenStreetMap holds, in the common form of opening hours."""

import re

import numpy as np

_DAYS = {day: i for i, day in enumerate(("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"))}
_WEEK_MIN = 7 * 1440
_TOKEN = re.compile(
    r"\s*(?:(?P<times>\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2})|(?P<days>(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:\s*-\s*(?:Mo|Tu|We|Th|Fr|Sa|Su))?)"
    r"|(?P<holiday>PH|SH)|(?P<always>24/7)|(?P<off>off|closed)|(?P<comma>,))"
)


def hours_of_week(text: str) -> frozenset[int] | None:
    """
    Give the hours of the week (0 is Monday 00:00 to 01:00) of which at least half is covered; None when the text cannot be read.

    Read are days (``Mo-Fr``, ``Sa,Su``), times (``07:00-09:00,17:00-19:00``, also over midnight), ``24/7``, ``off``, and rules
    after ``;``, of which a later one replaces an earlier one on its days. Holidays (PH, SH) fall on no known day and are passed
    over. Weights, weather, months, sunrise and weeks are not read.
    """
    minutes = np.zeros(_WEEK_MIN, bool)
    for rule in filter(None, (part.strip() for part in text.split(";"))):
        groups = _groups(rule)
        if groups is None:
            return None
        for day in sorted({day for days, _ in groups for day in days}):
            minutes[day * 1440 : (day + 1) * 1440] = False
        for days, spans in groups:
            for day in days:
                for start, stop in spans:
                    at = (day * 1440 + np.arange(start, stop if stop > start else stop + 1440)) % _WEEK_MIN
                    minutes[at] = True
    return frozenset(np.flatnonzero(minutes.reshape(168, 60).sum(axis=1) >= 30).tolist())


def _groups(rule: str) -> list[tuple[list[int], list[tuple[int, int]]]] | None:
    """Split a rule into days and times; days after times begin anew."""
    groups: list[tuple[list[int], list[tuple[int, int]]]] = []
    days: list[int] = []
    spans: list[tuple[int, int]] = []
    is_off = has_holiday = False
    at = 0
    while at < len(rule.rstrip()):
        match = _TOKEN.match(rule, at)
        if match is None:
            return None
        at = match.end()
        if match["days"] and spans:
            groups.append((days or list(range(7)), spans))
            days, spans = [], []
        if match["days"]:
            days += _day_range(match["days"])
        elif match["times"]:
            span = _span(match["times"])
            if span is None:
                return None
            spans.append(span)
        elif match["always"]:
            spans.append((0, 1440))
        has_holiday |= bool(match["holiday"])
        is_off |= bool(match["off"])
    if has_holiday and not days:
        return groups
    return [*groups, (days or list(range(7)), [] if is_off else spans or [(0, 1440)])]


def _day_range(text: str) -> list[int]:
    first, _, last = (part.strip() for part in text.partition("-"))
    start, stop = _DAYS[first], _DAYS[last or first]
    return [(start + i) % 7 for i in range((stop - start) % 7 + 1)]


def _span(text: str) -> tuple[int, int] | None:
    """Read a span in minutes of the day; None when a figure is no time of day."""
    figures = [int(v) for v in re.findall(r"\d+", text)]
    start, stop = figures[0] * 60 + figures[1], figures[2] * 60 + figures[3]
    is_good = figures[1] < 60 and figures[3] < 60 and start < 1440 and stop <= 1440
    return (start, stop) if is_good else None
