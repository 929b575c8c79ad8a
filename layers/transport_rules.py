"""State when a corridor for hazardous transport is open, for which substances, and what counts as a violation (G9)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from layers.declaration import Words
from layers.display import LOCAL_ZONE

SUBSTANCE_CLASSES: dict[str, Words] = {
    "1": Words("第 1 类 爆炸品", "Class 1, explosives"),
    "2": Words("第 2 类 气体", "Class 2, gases"),
    "3": Words("第 3 类 易燃液体", "Class 3, flammable liquids"),
    "4": Words("第 4 类 易燃固体等", "Class 4, flammable solids and the like"),
    "5": Words("第 5 类 氧化性物质和有机过氧化物", "Class 5, oxidizers and organic peroxides"),
    "6": Words("第 6 类 毒性和感染性物质", "Class 6, toxic and infectious substances"),
    "7": Words("第 7 类 放射性物质", "Class 7, radioactive material"),
    "8": Words("第 8 类 腐蚀性物质", "Class 8, corrosives"),
    "9": Words("第 9 类 杂项", "Class 9, miscellaneous"),
}
"""Classes of dangerous goods by GB 6944."""

LEAST_LENGTH_M = 50.0
LEAST_TIME_S = 60.0
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def is_violation(length_m: float, duration_s: float) -> bool:
    """
    Say whether a stretch outside a corridor, or outside its hours, is long enough to be told.

    Parameters
    ----------
    length_m, duration_s : float
        Of the stretch.

    Returns
    -------
    bool
        50 m or more, or a minute or more: less than that is the play of a receiver.

    Examples
    --------
    >>> is_violation(50.0, 3.0), is_violation(49.0, 59.0), is_violation(0.0, 60.0)
    (True, False, True)
    """
    return length_m >= LEAST_LENGTH_M or duration_s >= LEAST_TIME_S


def takes_class(substance_classes: str | None, substance_class: str) -> bool:
    """
    Say whether a corridor is permitted for a class of substances.

    Parameters
    ----------
    substance_classes : str or None
        Classes as digits, such as ``"238"``; None or empty: all of them.
    substance_class : str
        One digit.

    Returns
    -------
    bool

    Examples
    --------
    >>> takes_class("23", "3"), takes_class("23", "8"), takes_class(None, "8")
    (True, False, True)
    """
    return not substance_classes or substance_class in substance_classes


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def open_spans(
    opens: str | None, closes: str | None, weekdays: str | None, begins_at: dt.datetime, ends_at: dt.datetime
) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    """
    List when a corridor is open within a span of time.

    Parameters
    ----------
    opens, closes : str or None
        Times of day in Beijing, ``HH:MM``, the second up to ``24:00``; where it is not later than the first the corridor
        stays open over midnight. None for both: all day.
    weekdays : str or None
        Days on which it opens, 1 for Monday to 7 for Sunday, such as ``"12345"``; None or empty: every day.
    begins_at, ends_at : datetime
        Aware.

    Returns
    -------
    tuple of (datetime, datetime)
        Aware, in order, without overlaps, cut to the span; the beginning is in, the end is not.

    Raises
    ------
    ValueError
        When a time of day is none.

    Examples
    --------
    >>> noon = dt.datetime(2026, 11, 26, 12, tzinfo=LOCAL_ZONE)
    >>> [(a.strftime("%d %H:%M"), b.strftime("%d %H:%M"))
    ...     for a, b in open_spans("22:00", "06:00", None, noon, noon + dt.timedelta(days=1))]
    [('26 22:00', '27 06:00')]
    """
    for text in (opens, closes):
        if text is not None and not _TIME.fullmatch(text):
            raise ValueError(f"{text!r} is no time of day")
    first, last = _minutes(opens or "00:00"), _minutes(closes or "24:00")
    length = last - first if last > first else last - first + 24 * 60
    day = begins_at.astimezone(LOCAL_ZONE).date() - dt.timedelta(days=1)
    found: list[tuple[dt.datetime, dt.datetime]] = []
    while day <= ends_at.astimezone(LOCAL_ZONE).date():
        if not weekdays or str(day.isoweekday()) in weekdays:
            start = dt.datetime.combine(day, dt.time(), LOCAL_ZONE) + dt.timedelta(minutes=first)
            found.append((max(start, begins_at), min(start + dt.timedelta(minutes=length), ends_at)))
        day += dt.timedelta(days=1)
    return _joined((a, b) for a, b in found if a < b)


def _joined(
    spans: Iterable[tuple[dt.datetime, dt.datetime]],
) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    joined: list[tuple[dt.datetime, dt.datetime]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
