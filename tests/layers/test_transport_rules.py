"""When corridors are open: midnight, weekdays, all day, cut to the span that is asked for."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.display import LOCAL_ZONE
from layers.transport_rules import open_spans


def _at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=LOCAL_ZONE)


@pytest.mark.parametrize(
    ("opens", "closes", "weekdays", "span", "expected"),
    [
        (None, None, None, (_at(20, 8), _at(21, 9)), [(_at(20, 8), _at(21, 9))]),
        ("09:00", "10:00", None, (_at(20, 9, 30), _at(21, 9, 30)), [(_at(20, 9, 30), _at(20, 10)), (_at(21, 9), _at(21, 9, 30))]),
        # Friday's night ends on Saturday morning; Saturday has no night of its own.
        ("22:00", "06:00", "12345", (_at(20, 12), _at(22, 12)), [(_at(20, 22), _at(21, 6))]),
        ("22:00", "06:00", "5", (_at(21, 1), _at(21, 2)), [(_at(21, 1), _at(21, 2))]),
        ("00:00", "24:00", "67", (_at(20, 12), _at(23, 12)), [(_at(21, 0), _at(23, 0))]),
        ("08:00", "08:00", None, (_at(20, 1), _at(20, 2)), [(_at(20, 1), _at(20, 2))]),
        ("10:00", "11:00", None, (_at(20, 11), _at(20, 12)), []),
    ],
)  # fmt: skip
def test_spans(
    opens: str, closes: str, weekdays: str, span: tuple[dt.datetime, dt.datetime], expected: object
) -> None:
    assert list(open_spans(opens, closes, weekdays, *span)) == expected


@given(
    st.integers(0, 23),
    st.integers(0, 23),
    st.sampled_from([None, "1", "135", "67"]),
    st.integers(0, 60 * 24 * 8),
)
def test_every_minute_is_open_as_the_clock_says(
    first: int, last: int, weekdays: str | None, minute: int
) -> None:
    spans = open_spans(f"{first:02}:00", f"{last:02}:00", weekdays, _at(9, 0), _at(19, 0))
    at = _at(10, 0) + dt.timedelta(minutes=minute)
    hour = at.hour
    day = at.date() if hour >= first or first < last else at.date() - dt.timedelta(days=1)
    in_hours = first <= hour < last if first < last else hour >= first or hour < last
    expected = in_hours and (weekdays is None or str(day.isoweekday()) in weekdays)
    assert any(a <= at < b for a, b in spans) == expected


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="24:30"):
        open_spans("24:30", "08:00", None, _at(20, 0), _at(21, 0))
