"""The life of a hidden danger, event by event as the manual's table has it, on a clock that is set by hand."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.display import LOCAL_ZONE
from layers.errors import WorkflowError
from layers.rectification import faults, fills, keeps, one_month_after, reviewer_of
from layers.registry import register_by_id
from layers.workflow import Party, check_move

REGISTER = register_by_id("hidden_danger")
WORKFLOW = REGISTER.workflow
assert WORKFLOW is not None
NOW = dt.datetime(2026, 1, 31, 10, 0, tzinfo=LOCAL_ZONE)
DUE = dt.datetime(2026, 2, 28, 10, 0, tzinfo=LOCAL_ZONE)
EVENTS = tuple(move.id for move in WORKFLOW.moves if move.target is not None)
FILLED = {
    "rectification": "已清理",
    "extension_reason": "备件未到",
    "extended_to": DUE + dt.timedelta(days=400),
}


def danger(**more: Any) -> dict[str, Any]:
    """A hidden danger as it is after registering."""
    row = {"state": "pending", "grade": "general", "enterprise_code": "E"}
    return {**row, **fills(row, Party.OWNER, NOW), **more}


def step(
    row: dict[str, Any],
    event: str,
    party: Party,
    now: dt.datetime,
    *,
    note: str = "意见",
    photo: bool = True,
    **values: Any,
) -> dict[str, Any]:
    """The row after an event, as the store does it; raises where it is refused."""
    move = WORKFLOW.move(event)
    assert move is not None
    filled = {**row, **{name: FILLED[name] for name in move.asks}, **values}
    files = {"after": now} if photo else {}
    check_move(WORKFLOW, filled, event, party=party, note=note, words={}, now=now, files=files)
    return {
        **filled,
        **(move.effect(filled, now) if move.effect else {}),
        "state": move.target or row["state"],
    }


def clock(row: dict[str, Any], now: dt.datetime) -> dict[str, Any]:
    """The row after the clock looked at it."""
    deadline = WORKFLOW.deadlines[0]
    is_due = row["state"] in deadline.states and now > row["due_at"]
    return {**row, "state": deadline.target} if is_due else row


def test_a_month_keeps_day_and_time_or_takes_the_last_day() -> None:
    assert one_month_after(NOW) == DUE
    leap = dt.datetime(2028, 1, 31, 10, 0, tzinfo=LOCAL_ZONE)
    assert one_month_after(leap) == dt.datetime(2028, 2, 29, 10, 0, tzinfo=LOCAL_ZONE)
    december = dt.datetime(2026, 12, 15, 23, 59, tzinfo=LOCAL_ZONE)
    assert one_month_after(december) == dt.datetime(2027, 1, 15, 23, 59, tzinfo=LOCAL_ZONE)


@given(st.datetimes(timezones=st.just(LOCAL_ZONE)).filter(lambda at: 1992 < at.year < 2200))
def test_a_month_is_28_to_31_days_and_never_skips_one(instant: dt.datetime) -> None:
    later = one_month_after(instant).astimezone(LOCAL_ZONE)
    assert (later.year * 12 + later.month) - (instant.year * 12 + instant.month) == 1
    assert later.timetz() == instant.timetz()
    assert later.day == instant.day or (later.day < instant.day and (later + dt.timedelta(days=1)).day == 1)


def test_to_the_second_at_the_deadline() -> None:
    row = danger()
    assert row["due_at"] == DUE
    before, after = DUE - dt.timedelta(seconds=1), DUE + dt.timedelta(seconds=1)
    assert step(row, "rectify", Party.OWNER, before)["state"] == "in_review"
    assert step(row, "rectify", Party.OWNER, DUE)["state"] == "in_review"
    assert clock(row, DUE)["state"] == "pending"
    assert clock(row, after)["state"] == "overdue"
    with pytest.raises(WorkflowError):
        step(row, "rectify", Party.OWNER, after)
    with pytest.raises(WorkflowError):
        step(clock(row, after), "rectify", Party.OWNER, after)


def test_a_review_counts_inside_the_deadline() -> None:
    row = step(danger(), "rectify", Party.OWNER, DUE - dt.timedelta(minutes=1))
    assert step(row, "pass", Party.OWNER, DUE)["state"] == "done"
    late = DUE + dt.timedelta(seconds=1)
    with pytest.raises(WorkflowError):
        step(row, "pass", Party.OWNER, late)
    assert clock(row, late)["state"] == "overdue"


#: (state, source, is past its deadline, extension) → the events that are open, by hand from the table.
OPEN = {
    ("pending", "self", False, "none"): {"rectify"},
    ("pending", "self", False, "granted"): {"rectify"},
    ("pending", "government", False, "none"): {"rectify", "ask_extension"},
    ("pending", "government", False, "granted"): {"rectify"},
    ("in_review", "self", False, "none"): {"pass", "fail"},
    ("in_review", "self", False, "granted"): {"pass", "fail"},
    ("in_review", "government", False, "none"): {"pass", "fail"},
    ("in_review", "government", False, "granted"): {"pass", "fail"},
    ("overdue", "self", True, "none"): {"ask_extension"},
    ("extension", "self", True, "asked"): {"grant_extension", "deny_extension"},
    ("extension", "self", False, "asked"): {"grant_extension", "deny_extension"},
    ("extension", "government", False, "asked"): {"grant_extension", "deny_extension"},
    ("extension", "government", True, "asked"): {"grant_extension", "deny_extension"},
}


@pytest.mark.parametrize("source", ["self", "government"])
@pytest.mark.parametrize("grade", ["general", "major"])
def test_only_the_events_of_the_table_are_open(source: str, grade: str) -> None:
    """Every state, extension, side and event, on both sides of the deadline: what is not in the table is refused."""
    for state, extension, is_past in itertools.product(
        ("pending", "in_review", "done", "overdue", "extension"),
        ("none", "asked", "granted", "refused"),
        (False, True),
    ):
        is_reached = extension in {
            "extension": ("asked",),
            "pending": ("none", "granted"),
            "in_review": ("none", "granted"),
        }.get(state, ("none", "granted", "refused"))
        if not is_reached or (state == "overdue" and not is_past):
            continue
        row = danger(source=source, grade=grade, state=state, extension=extension)
        now = DUE + dt.timedelta(minutes=1) if is_past else DUE - dt.timedelta(minutes=1)
        row = clock(row, now)
        wanted = OPEN.get((row["state"], source, is_past, extension), set())
        for event, party in itertools.product(EVENTS, (Party.OWNER, Party.AUTHORITY)):
            side = Party.OWNER if event in ("rectify", "ask_extension") else reviewer_of(row)
            try:
                step(row, event, party, now)
                is_done = True
            except WorkflowError:
                is_done = False
            assert is_done == (event in wanted and party is side), (
                row["state"],
                extension,
                is_past,
                event,
                party,
            )


def test_who_reviews() -> None:
    sides = {
        ("self", "general"): Party.OWNER, ("self", "major"): Party.AUTHORITY,
        ("government", "general"): Party.AUTHORITY, ("government", "major"): Party.AUTHORITY,
    }  # fmt: skip
    for (source, grade), side in sides.items():
        assert reviewer_of({"source": source, "grade": grade}) is side


def test_a_round_needs_its_own_photograph_and_words() -> None:
    with pytest.raises(WorkflowError) as caught:
        step(danger(), "rectify", Party.OWNER, NOW, photo=False)
    assert caught.value.field == "after"
    with pytest.raises(WorkflowError) as caught:
        step(danger(), "rectify", Party.OWNER, NOW, rectification=None)
    assert caught.value.field == "rectification"
    row = step(danger(), "rectify", Party.OWNER, NOW)
    row = step(row, "fail", Party.OWNER, NOW + dt.timedelta(hours=1))
    assert (row["state"], row["rounds"]) == ("pending", 2)
    stale = {"after": NOW}
    with pytest.raises(WorkflowError) as caught:
        check_move(
            WORKFLOW, {**row, "rectification": "再改"}, "rectify", party=Party.OWNER, note="", words={},
            now=NOW + dt.timedelta(hours=2), files=stale,
        )  # fmt: skip
    assert caught.value.field == "after"
    assert step(row, "rectify", Party.OWNER, NOW + dt.timedelta(hours=2))["state"] == "in_review"
    with pytest.raises(WorkflowError) as caught:
        step(step(danger(), "rectify", Party.OWNER, NOW), "pass", Party.OWNER, NOW, note=" ")
    assert caught.value.field == "note"


def test_one_extension_then_overdue_for_good() -> None:
    late = DUE + dt.timedelta(days=1)
    asked = step(clock(danger(), late), "ask_extension", Party.OWNER, late)
    assert clock(asked, late + dt.timedelta(days=9))["state"] == "extension"
    with pytest.raises(WorkflowError) as caught:
        step(asked, "grant_extension", Party.OWNER, late, extended_to=late)
    assert caught.value.field == "extended_to"
    new = late + dt.timedelta(hours=1)
    granted = step(asked, "grant_extension", Party.OWNER, late, extended_to=new)
    assert (granted["state"], granted["due_at"], granted["first_due_at"]) == ("pending", new, DUE)
    again = clock(granted, new + dt.timedelta(seconds=1))
    assert again["state"] == "overdue"
    with pytest.raises(WorkflowError):
        step(again, "ask_extension", Party.OWNER, new + dt.timedelta(seconds=1))
    refused = step(asked, "deny_extension", Party.OWNER, late)
    assert WORKFLOW.open_moves(refused, Party.OWNER, late) == ()


def test_correcting_brings_the_deadline_forward_only() -> None:
    row = danger()
    assert faults({**row, "due_at": NOW + dt.timedelta(hours=1)}, row, Party.OWNER, NOW) == ()
    assert faults({**row, "due_at": NOW}, row, Party.OWNER, NOW)[0][0] == "due_at"
    assert faults({**row, "due_at": DUE + dt.timedelta(minutes=1)}, row, Party.OWNER, NOW)[0][0] == "due_at"
    assert faults({**row, "due_at": NOW - dt.timedelta(days=1)}, None, Party.OWNER, NOW)[0][0] == "due_at"
    assert faults({**row, "enterprise_code": None}, None, Party.AUTHORITY, NOW)[0][0] == "enterprise_code"


def test_only_its_own_side_corrects_and_only_before_rectifying() -> None:
    row = danger()
    assert keeps(row, Party.OWNER, NOW) is None
    assert keeps(row, Party.AUTHORITY, NOW) is not None
    assert keeps(danger(source="government"), Party.OWNER, NOW) is not None
    assert keeps(danger(source="government"), Party.AUTHORITY, NOW) is None
    failed = step(step(row, "rectify", Party.OWNER, NOW), "fail", Party.OWNER, NOW)
    assert keeps(failed, Party.OWNER, NOW) is not None
    assert keeps(row, Party.OWNER, DUE + dt.timedelta(seconds=1)) is not None


def test_listed_supervision_is_for_major_ones() -> None:
    assert step(danger(grade="major"), "list", Party.AUTHORITY, NOW)["is_listed"]
    for row, party in ((danger(), Party.AUTHORITY), (danger(grade="major"), Party.OWNER)):
        with pytest.raises(WorkflowError):
            step(row, "list", party, NOW)
    listed = step(danger(grade="major"), "list", Party.AUTHORITY, NOW)
    assert step(listed, "unlist", Party.AUTHORITY, NOW)["is_listed"] is False
