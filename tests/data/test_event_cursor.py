"""A listener is told every event once, also when transactions end in another order and the line is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.event_cursor import OVERLAP, EventCursor


def test_a_cursor_survives_its_text() -> None:
    cursor = EventCursor(205, [200, 203, 205, 3])
    again = EventCursor.parse(str(cursor))
    assert again is not None
    assert str(again) == str(cursor)
    assert [n for n in range(198, 208) if not again.is_fresh(n)] == [200, 203, 205]
    assert not again.is_fresh(205 - OVERLAP), "so far back nothing comes any more"


@pytest.mark.parametrize("text", ["", "x", "12-", "12-g", "-3", "1" * 19, "7-" + "f" * 26, "７"])
def test_what_is_no_cursor_is_none(text: str) -> None:
    assert EventCursor.parse(text) is None


def test_a_number_alone_is_the_newest() -> None:
    cursor = EventCursor.parse("12")
    assert cursor is not None
    assert cursor.newest == 12
    assert not cursor.is_fresh(12)
    assert cursor.is_fresh(11)


def test_the_beginning_tells_nothing_older() -> None:
    cursor = EventCursor.beginning([40, 42])
    assert not cursor.is_fresh(39)
    assert not cursor.is_fresh(40)
    assert cursor.is_fresh(41), "its transaction was late"
    assert EventCursor.beginning([]).is_fresh(1)


@given(
    st.permutations(range(1, 31)),
    st.lists(st.integers(0, 30), max_size=8),
    st.sets(st.integers(0, 30)),
)
def test_every_event_is_told_once(order: list[int], reads: list[int], cuts: set[int]) -> None:
    """Transactions end in any order; the listener reads at some moments, and starts anew from the text after some."""
    cursor = EventCursor.beginning([])
    told: list[int] = []
    for at in [*sorted(reads), len(order)]:
        fresh = sorted(n for n in order[:at] if n > cursor.begins_after and cursor.is_fresh(n))
        cursor.tell(fresh)
        told += fresh
        if at in cuts:
            again = EventCursor.parse(str(cursor))
            assert again is not None
            cursor = again
    assert sorted(told) == list(range(1, 31))
