"""An order moves by its events: a whole one by hand, every refusal, and any events at all leave its times in order."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.clocks import ClockName, ClockState, DistrictRule, clocks
from dispatch.errors import MoveRefusedError, QuestionError, Refusal
from dispatch.escalation import FirstLevel, Reason, next_look_at, nobody_since, steps
from dispatch.incident import RUNNING, Event, EventKind, Incident, Node, Outcome, PlaceFrom, State
from dispatch.moves import apply, fold

AT = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
K = EventKind


def at(seconds: float) -> dt.datetime:
    return AT + dt.timedelta(seconds=seconds)


def event(kind: EventKind, seconds: float = 0, **facts: Any) -> Event:
    return Event(kind, at(seconds), "li", facts)


def order(*rest: Event) -> Incident:
    return fold([event(K.RECEIVED), event(K.IDENTIFIED, 5, elevator_code="E1", lon=114.05, lat=22.54), *rest])


SENT = event(K.NOTIFIED, 20, station_code="S1", level=1, eta_at=at(600).isoformat())


def test_a_whole_order_by_hand() -> None:
    found = order(
        SENT,
        event(K.ACCEPTED, 60, station_code="S1", responder="王五"),
        event(K.EN_ROUTE, 90, station_code="S1"),
        event(K.ARRIVED, 620, station_code="S1"),
        event(K.FREED, 900, station_code="S1", persons_freed=2),
        event(K.CLOSED, 1000, outcome="freed"),
    )
    assert (found.state, found.outcome, found.persons_freed, found.version) == (
        State.CLOSED,
        Outcome.FREED,
        2,
        8,
    )
    assert {n: (t - AT).seconds for n, t in found.nodes.items()} == {
        Node.RECEIVED: 0, Node.NOTIFIED: 20, Node.ACCEPTED: 60, Node.EN_ROUTE: 90, Node.ARRIVED: 620, Node.FREED: 900,
        Node.CLOSED: 1000,
    }  # fmt: skip
    taken = {n: (c.state, c.taken_s) for n, c in clocks(found, DistrictRule(), at(2000)).items()}
    assert taken == {
        ClockName.ANSWER: (ClockState.IN_TIME, 40), ClockName.ARRIVAL: (ClockState.IN_TIME, 600),
        ClockName.TRAPPED: (ClockState.IN_TIME, 900),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "refused", "reason"),
    [
        ((), event(K.ACCEPTED, 30, station_code="S1"), Refusal.NOT_NOTIFIED),
        ((SENT,), event(K.NOTIFIED, 30, station_code="S1", level=1), Refusal.ALREADY_NOTIFIED),
        ((SENT,), event(K.FREED, 30, station_code="S1", persons_freed=1), Refusal.WRONG_STATE),
        ((SENT,), event(K.ACCEPTED, 19, station_code="S1"), Refusal.TIME_GOES_BACK),
        ((SENT,), event(K.NOTED, -1, text="x"), Refusal.TIME_GOES_BACK),
        ((SENT,), event(K.CLOSED, 30, outcome="freed"), Refusal.STILL_TRAPPED),
        ((SENT,), event(K.CLOSED, 30, outcome="self_released"), Refusal.INCOMPLETE),
        ((SENT,), event(K.CLOSED, 10, outcome="self_released", why="x"), Refusal.TIME_GOES_BACK),
        ((), event(K.CLOSED, 30, outcome="perhaps", why="x"), Refusal.INCOMPLETE),
        ((event(K.CLOSED, 9, outcome="duplicate", why="x"),), SENT, Refusal.IS_CLOSED),
        ((), event(K.RECEIVED, 9), Refusal.WRONG_STATE),
        ((), event(K.NOTIFIED, 9, station_code="S1", level=3), Refusal.INCOMPLETE),
        ((), event(K.NOTIFIED, 9, level=1), Refusal.INCOMPLETE),
        ((), event(K.IDENTIFIED, 9), Refusal.INCOMPLETE),
        ((), event(K.DESCRIBED, 9, people_inside=-1), Refusal.INCOMPLETE),
        ((), event(K.DESCRIBED, 9, people_inside="2"), Refusal.INCOMPLETE),
        ((event(K.LEVEL_RAISED, 9, level=3),), event(K.LEVEL_RAISED, 10, level=2), Refusal.LEVEL_FALLS),
        ((), event(K.LEVEL_DECLINED, 9, key="2/late", why="x"), Refusal.WRONG_STATE),
        ((SENT,), event(K.CORRECTED, 90, node="notified", to=at(-1).isoformat(), why="x"), Refusal.TIME_GOES_BACK),
        ((SENT,), event(K.CORRECTED, 90, node="received", to=at(21).isoformat(), why="x"), Refusal.TIME_GOES_BACK),
        ((SENT,), event(K.CORRECTED, 90, node="notified", to=at(91).isoformat(), why="x"), Refusal.IN_THE_FUTURE),
        ((SENT,), event(K.CORRECTED, 90, node="notified", to="2026-11-26T08:00", why="x"), Refusal.INCOMPLETE),
        ((SENT,), event(K.CORRECTED, 90, node="notified", to=at(15).isoformat()), Refusal.INCOMPLETE),
        ((SENT,), event(K.CORRECTED, 90, node="freed", to=at(15).isoformat(), why="x"), Refusal.WRONG_STATE),
    ],
    ids=lambda v: v.kind.value if isinstance(v, Event) else None,
)  # fmt: skip
def test_refusals(before: tuple[Event, ...], refused: Event, reason: Refusal) -> None:
    standing = order(*before)
    with pytest.raises(MoveRefusedError) as error:
        apply(standing, refused)
    assert error.value.reason is reason


def test_an_order_begins_with_a_call_and_has_events() -> None:
    with pytest.raises(MoveRefusedError):
        fold([SENT])
    with pytest.raises(MoveRefusedError):
        fold([])
    with pytest.raises(MoveRefusedError, match="zone"):
        apply(None, Event(K.RECEIVED, dt.datetime(2026, 1, 1), "li"))  # noqa: DTZ001


def test_a_crew_that_says_nothing_until_it_is_there_has_no_empty_nodes_filled() -> None:
    found = order(SENT, event(K.ARRIVED, 500, station_code="S1"))
    assert set(found.nodes) == {Node.RECEIVED, Node.NOTIFIED, Node.ARRIVED}
    assert clocks(found, DistrictRule(), at(600))[ClockName.ANSWER].taken_s == 480


def test_of_two_stations_the_first_there_counts() -> None:
    found = order(
        SENT, event(K.NOTIFIED, 200, station_code="S2", level=2), event(K.ARRIVED, 700, station_code="S2"),
        event(K.ARRIVED, 800, station_code="S1"),
    )  # fmt: skip
    assert found.nodes[Node.NOTIFIED] == at(20)
    assert found.nodes[Node.ARRIVED] == at(700)
    assert found.level == 2


def test_a_correction_changes_the_node_and_only_the_node() -> None:
    found = order(SENT, event(K.ARRIVED, 620, station_code="S1"))
    mended = apply(found, event(K.CORRECTED, 700, node="arrived", to=at(610).isoformat(), why="看错表"))
    assert mended.nodes[Node.ARRIVED] == at(610)
    assert mended.nodes[Node.NOTIFIED] == at(20)
    again = event(K.NOTIFIED, 650, station_code="S2", level=2)
    with pytest.raises(MoveRefusedError) as error:
        apply(apply(found, again), event(K.CORRECTED, 700, node="notified", to=at(10).isoformat(), why="x"))
    assert error.value.reason is Refusal.INCOMPLETE  # which of the two?


@pytest.mark.parametrize(("seconds", "state"), [(1800, ClockState.IN_TIME), (1800.001, ClockState.LATE)])
def test_exactly_thirty_minutes_is_in_time(seconds: float, state: ClockState) -> None:
    found = order(SENT, event(K.ARRIVED, 20 + seconds, station_code="S1"))
    assert clocks(found, DistrictRule(), at(9999))[ClockName.ARRIVAL].state is state


def test_an_order_that_was_notified_and_not_reached_is_over_after_the_limit() -> None:
    found = order(SENT)
    assert clocks(found, DistrictRule(), at(1820))[ClockName.ARRIVAL].state is ClockState.RUNNING
    assert clocks(found, DistrictRule(), at(1821))[ClockName.ARRIVAL].state is ClockState.OVER
    assert clocks(order(), DistrictRule(), at(1821))[ClockName.ARRIVAL].state is ClockState.WAITING


def named(found: Incident, **options: Any) -> list[tuple[int, str, float]]:
    return [
        (s.level, s.reason.value, (s.due_at - AT).total_seconds())
        for s in steps(found, DistrictRule(), **options)
    ]


def test_what_an_order_is_heading_for_to_the_second() -> None:
    assert named(order()) == []
    assert named(order(SENT)) == [(2, "no_answer", 200), (2, "late", 1821)]
    assert next_look_at(order(SENT), DistrictRule()) == at(200)
    assert named(order(SENT, event(K.ACCEPTED, 199, station_code="S1"))) == [(2, "late", 1821)]
    assert named(order(SENT, event(K.REFUSED, 45, station_code="S1"))) == [
        (2, "refused", 45),
        (2, "late", 1821),
    ]
    assert named(order(SENT, event(K.NOT_REACHED, 31, station_code="S1")))[0] == (2, "not_reached", 31)
    late = event(K.NOTIFIED, 20, station_code="S1", level=1, eta_at=at(1821).isoformat())
    assert named(order(late))[0] == (2, "predicted_late", 20)
    in_time = event(K.NOTIFIED, 20, station_code="S1", level=1, eta_at=at(1820).isoformat())
    assert (2, "predicted_late", 20) not in named(order(in_time))
    moved = (
        SENT,
        event(K.ACCEPTED, 60, station_code="S1"),
        event(K.ETA, 300, station_code="S1", eta_at=at(2000).isoformat()),
    )
    assert named(order(*moved))[0] == (2, "predicted_late", 300)


def test_level_two_gives_three_minutes_to_answer_then_the_fire_brigade() -> None:
    second = event(K.NOTIFIED, 300, station_code="S2", level=2)
    assert named(order(SENT, second)) == [(3, "no_answer", 480), (3, "late", 1821)]
    assert named(order(SENT, second, event(K.REFUSED, 320, station_code="S2")))[0] == (3, "refused", 500)
    third = (SENT, second, event(K.LEVEL_RAISED, 480, level=3))
    assert named(order(*third)) == []


def test_injury_or_danger_asks_for_the_fire_brigade_at_once() -> None:
    assert named(order(event(K.DESCRIBED, 77, injured=1)))[0] == (3, Reason.DANGER.value, 77)
    assert named(fold([event(K.RECEIVED, 0, is_danger=True)]))[0] == (3, Reason.DANGER.value, 0)


def test_a_blackout_sends_levels_one_and_two_together() -> None:
    others = [at(-s) for s in range(10, 80, 10)]
    assert (2, "many_calls", 0) in named(order(), open_calls=others)
    assert named(order(), open_calls=others[:-1]) == []
    assert named(order(), open_calls=[at(-5000)] * 20) == []


def test_nobody_able_asks_for_the_next_level() -> None:
    assert named(order(), nobody_since=at(30)) == [(2, "nobody_able", 30)]


def test_what_was_asked_or_decided_is_not_asked_again() -> None:
    due = event(K.LEVEL_DUE, 200, level=2, key="2/no_answer/0", reason="no_answer")
    asked = order(SENT, due)
    assert named(asked) == []
    declined = apply(asked, event(K.LEVEL_DECLINED, 230, key="2/no_answer/0", why="已电话联系上"))
    assert named(declined) == [(2, "late", 1821)]
    with pytest.raises(MoveRefusedError):
        apply(asked, due)


def test_nothing_is_due_once_people_are_free() -> None:
    done = order(
        SENT,
        event(K.ARRIVED, 620, station_code="S1"),
        event(K.FREED, 630, station_code="S1", persons_freed=1),
    )
    assert named(done) == []


@pytest.mark.parametrize(
    "values",
    [{"answer_limit_s": 0}, {"arrival_limit_s": 100}, {"trapped_limit_s": 90_000}, {"blackout_calls": 1}],
)
def test_impossible_rules_are_refused(values: dict[str, int]) -> None:
    with pytest.raises(QuestionError):
        DistrictRule(**values)


ANY_EVENT = st.builds(
    lambda kind, seconds, station, level, persons, outcome: event(
        kind, seconds, station_code=station, level=level, persons_freed=persons, outcome=outcome, why="x", text="x",
        elevator_code="E1", key=f"{level}/x/{seconds}", reason="late", node="arrived", to=at(seconds / 2).isoformat(),
    ),
    st.sampled_from([k for k in K if k is not K.RECEIVED]), st.integers(0, 4000), st.sampled_from(["S1", "S2"]),
    st.sampled_from([1, 2, 3]), st.integers(0, 3), st.sampled_from([o.value for o in Outcome]),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(ANY_EVENT, max_size=25))
def test_whatever_is_sent_times_and_levels_never_go_back(events: list[Event]) -> None:
    standing = fold([event(K.RECEIVED)])
    for each in events:
        try:
            moved = apply(standing, each)
        except MoveRefusedError:
            continue
        assert moved.level >= standing.level
        assert moved.version == standing.version + 1
        for a in moved.assignments:
            times = [moved.received_at, *(a.times[n] for n in Node if n in a.times)]
            assert all(earlier <= later for earlier, later in pairwise(times))
        if moved.closed_at is not None:
            assert not any(a.state in RUNNING for a in moved.assignments)
            assert moved.closed_at >= max(moved.nodes.values())
        assert len({a.station_code for a in moved.running}) == len(moved.running)
        standing = moved


def test_level_two_has_its_own_time_before_level_three_is_due_for_lateness() -> None:
    taken = event(K.ACCEPTED, 60, station_code="S1")
    asked = event(K.NOTIFIED, 1821, station_code="S2", level=2, eta_at=at(2400).isoformat())
    late = (SENT, taken, event(K.LEVEL_RAISED, 1821, level=2), asked)
    assert named(order(SENT, taken)) == [(2, "late", 1821)]
    assert named(order(*late)) == [(3, "late", 1821 + 180)]
    # It answers: its own half hour runs, to the second.
    answered = (*late, event(K.ACCEPTED, 1900, station_code="S2"))
    assert named(order(*answered)) == [(3, "late", 1821 + 1801)]
    # Predicted to miss that too: level 3 since that is known.
    moved = event(K.ETA, 2000, station_code="S2", eta_at=at(1821 + 1801).isoformat())
    nearer = event(K.ETA, 2000, station_code="S2", eta_at=at(1821 + 1800).isoformat())
    stood = event(K.STOOD_DOWN, 1950, station_code="S1")
    assert named(order(*answered, stood, moved))[0] == (3, "predicted_late", 2000)
    assert (3, "predicted_late", 2000) not in named(order(*answered, stood, nearer))


def test_level_one_without_anybody_to_wait_for() -> None:
    rule = DistrictRule()

    def since(found: Incident, *, is_bound: bool, is_able: bool = False, **lead: Any) -> float | None:
        first = FirstLevel(is_bound, is_able, **lead)
        instant = nobody_since(first, found, rule)
        return None if instant is None else (instant - AT).total_seconds()

    placed = fold([event(K.RECEIVED), event(K.PLACED, 9, lon=114.0, lat=22.5)])
    assert since(order(), is_bound=True, is_able=True) is None
    assert since(order(), is_bound=True) == 5
    assert since(order(), is_bound=False) == 5
    assert since(order(), is_bound=False, lead_told_at=at(6)) == 186
    assert since(order(), is_bound=False, lead_told_at=at(6), lead_failed_at=at(40)) == 40
    assert since(placed, is_bound=False) == 189, "time to identify it"
    assert since(fold([event(K.RECEIVED)]), is_bound=False) is None
    assert since(order(SENT), is_bound=True) is None
    stood = order(SENT, event(K.STOOD_DOWN, 50, station_code="S1"))
    assert since(stood, is_bound=True) == 50
    assert since(order(event(K.LEVEL_RAISED, 9, level=2)), is_bound=True) is None


def test_a_place_is_what_somebody_said_last() -> None:
    found = order()
    assert (found.lonlat, found.place_from, found.located_at) == ((114.05, 22.54), PlaceFrom.ELEVATOR, at(5))
    moved = apply(found, event(K.PLACED, 60, lon=114.06, lat=22.55, place_from="given"))
    assert (moved.lonlat, moved.place_from, moved.elevator_code) == ((114.06, 22.55), PlaceFrom.GIVEN, "E1")
    kept = apply(moved, event(K.IDENTIFIED, 70, elevator_code="E2"))
    assert (kept.lonlat, kept.elevator_code) == ((114.06, 22.55), "E2")
    lost = apply(found, event(K.IDENTIFIED, 70, elevator_code="E2"))
    assert lost.lonlat is None, "it was the other elevator's"
    guessed = apply(
        lost, event(K.PLACED, 80, lon=1, lat=2, is_guess=True, place_from="unit", place_words="某厂")
    )
    assert (guessed.is_guess, guessed.place_from, guessed.place_words) == (True, PlaceFrom.UNIT, "某厂")
    with pytest.raises(MoveRefusedError):
        apply(found, event(K.PLACED, 60, lon=114.06))
    with pytest.raises(MoveRefusedError):
        apply(found, event(K.JOINED, 60, calls=0))
    assert apply(found, event(K.JOINED, 60, calls=2)).calls == 3
