"""Figures by hand and against a second, plain implementation over the orders' own clocks."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.clocks import ClockName, ClockState, DistrictRule, clocks
from dispatch.incident import Event, EventKind, Node
from dispatch.indicators import (
    Figure,
    OrderTable,
    Period,
    behind,
    empty_table,
    figures,
    figures_by,
    most_often,
)
from dispatch.moves import fold

AT = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
NOW_S = 100_000.0
NOW = np.datetime64("2026-11-26", "us") + np.timedelta64(int(NOW_S), "s")


def instants(*seconds: float | None) -> Any:
    base = np.datetime64("2026-11-26", "us")
    return np.array(
        [np.datetime64("NaT") if s is None else base + np.timedelta64(round(s * 1e6), "us") for s in seconds],
        "datetime64[us]",
    )


def table(*rows: dict[str, Any]) -> OrderTable:
    def nodes(name: str) -> Any:
        return instants(*(r.get(name) for r in rows))

    return OrderTable(
        code=np.array([r.get("code", f"K{i}") for i, r in enumerate(rows)], np.str_),
        received_at=instants(*(r.get("received", 0) for r in rows)),
        notified_at=nodes("notified"), answered_at=nodes("answered"), arrived_at=nodes("arrived"), freed_at=nodes("freed"),
        closed_at=nodes("closed"), predicted_at=nodes("predicted"),
        answer_limit_s=np.full(len(rows), 180), arrival_limit_s=np.array([r.get("limit", 1800) for r in rows]),
        is_entrapment=np.array([r.get("counts", True) for r in rows], np.bool_),
        levels=np.array([r.get("levels", (True, False, False)) for r in rows], np.bool_),
        elevator_code=np.array([r.get("elevator", "") for r in rows], np.str_),
        persons_freed=np.array([r.get("persons", 0) for r in rows]),
    )  # fmt: skip


def codes(found: OrderTable, figure: Figure) -> list[str]:
    return found.code[behind(found, figure, NOW).order_idx].tolist()


def test_exactly_the_limit_is_in_time_and_nobody_there_past_it_is_overtime() -> None:
    orders = table(
        {"code": "exact", "notified": 0, "arrived": 1800},
        {"code": "late", "notified": 0, "arrived": 1800.000001},
        {"code": "an hour allowed", "notified": 0, "arrived": 1801, "limit": 3600},
        {"code": "nobody came", "notified": 0},
        {"code": "just sent", "notified": NOW_S - 1800},
        {"code": "just over", "notified": NOW_S - 1800.000001},
        {"code": "out alone in time", "notified": 0, "closed": 1800},
        {"code": "out alone too late", "notified": 0, "closed": 1801},
        {"code": "never sent", "closed": 50_000},
        {"code": "false call", "notified": 0, "arrived": 9000, "counts": False},
    )
    assert codes(orders, Figure.OVERTIME) == ["late", "nobody came", "just over", "out alone too late"]
    found = figures(orders, NOW)
    assert found[Figure.OVERTIME] == 4
    assert found[Figure.NOT_COUNTED] == 1
    # decided: the three that arrived and the three that are over
    assert found[Figure.ARRIVAL_RATE] == pytest.approx(100 * 2 / 6)
    decided = behind(orders, Figure.ARRIVAL_RATE, NOW)
    assert orders.code[decided.order_idx[~decided.is_met]].tolist() == codes(orders, Figure.OVERTIME)


def test_published_rates_come_out() -> None:
    """Jinan's table: 3 of 30 elevators in a quarter → 10.00 %, 3.33 % a month; Q4 2020: 478 + 7 of 484 orders by level."""
    three = table(*({"elevator": "E1"} for _ in range(3)))
    found = figures(three, NOW, elevators=30, months=3.0)
    assert found[Figure.ENTRAPMENT_RATE] == pytest.approx(10.0)
    assert found[Figure.MONTHLY_RATE] == pytest.approx(3.33, abs=0.005)
    assert found[Figure.ELEVATORS_PER_ENTRAPMENT] == 10.0
    both = table(
        *({"levels": (True, False, False)} for _ in range(477)), {"levels": (True, True, False)},
        *({"levels": (False, True, False)} for _ in range(6)),
    )  # fmt: skip
    found = figures(both, NOW)
    assert found[Figure.LEVEL_1_SHARE] == pytest.approx(98.76, abs=0.005)
    assert found[Figure.LEVEL_1_SHARE] + found[Figure.LEVEL_2_SHARE] > 100  # type: ignore[operator]


def test_two_hours_exactly_are_an_accident() -> None:
    orders = table(
        {"code": "a", "freed": 7199.999}, {"code": "b", "freed": 7200}, {"code": "c"}, {"code": "d", "received": NOW_S - 7199}
    )  # fmt: skip
    assert codes(orders, Figure.ACCIDENTS) == ["b", "c"]


def test_percentiles_are_observed_times() -> None:
    orders = table(*({"notified": 0, "arrived": 60.0 * n} for n in range(1, 11)))
    found = figures(orders, NOW)
    assert (found[Figure.ARRIVAL_P50], found[Figure.ARRIVAL_P90], found[Figure.ARRIVAL_MEAN]) == (
        300,
        540,
        330,
    )


def test_errors_of_the_forecast_keep_their_sign_in_the_bias() -> None:
    orders = table(
        {"notified": 0, "predicted": 600, "arrived": 700},
        {"notified": 0, "predicted": 600, "arrived": 540},
        {"notified": 0, "arrived": 1},
    )
    found = figures(orders, NOW)
    assert found[Figure.ETA_BIAS] == 20
    assert (found[Figure.ETA_ERROR_P50], found[Figure.ETA_ERROR_P90]) == (60, 100)


def test_nothing_to_count_is_no_figure() -> None:
    found = figures(empty_table(), NOW, elevators=0)
    assert {f for f, v in found.items() if v == 0} == {
        Figure.ENTRAPMENTS, Figure.NOT_COUNTED, Figure.PERSONS_FREED, Figure.OVERTIME, Figure.ACCIDENTS,
    }  # fmt: skip
    assert {v for v in found.values() if v != 0} == {None}
    assert set(found) == set(Figure)


def test_the_elevators_with_most_come_first() -> None:
    orders = table(
        {"elevator": "B"},
        {"elevator": "A"},
        {"elevator": "B"},
        {},
        {"elevator": "C"},
        {"elevator": "C", "counts": False},
    )
    assert most_often(orders) == [("B", 2), ("A", 1), ("C", 1)]
    assert most_often(orders, limit=1) == [("B", 2)]


def test_parts_of_months_count_by_their_days() -> None:
    zone = dt.timezone(dt.timedelta(hours=8))

    def months(a: tuple[int, int, int], b: tuple[int, int, int]) -> float:
        return Period(dt.datetime(*a, tzinfo=zone), dt.datetime(*b, tzinfo=zone)).months

    assert months((2026, 1, 1), (2027, 1, 1)) == 12
    assert months((2026, 2, 1), (2026, 2, 15)) == 0.5
    assert months((2026, 1, 31), (2026, 2, 2)) == pytest.approx(1 / 31 + 1 / 28)


seconds = st.floats(0, 4000, allow_nan=False).map(lambda v: round(v, 6))
spans = st.fixed_dictionaries(
    {
        "wait": st.sampled_from([1.0, 90.0]) | seconds,
        "steps": st.lists(st.sampled_from([0.0, 90.0, 180.0, 1710.0, 1800.0, 3600.0]) | seconds, max_size=4),
        "ends": st.booleans(),
    }
)


@settings(max_examples=150, deadline=None)
@given(st.lists(spans, max_size=8))
def test_rates_are_those_of_the_orders_own_clocks(drawn: list[dict[str, Any]]) -> None:
    """A second implementation: fold each order's events, read its clocks, count."""
    now = AT + dt.timedelta(seconds=NOW_S)
    rule, rows, answers, arrivals, late = DistrictRule(), [], [], [], 0
    kinds = (EventKind.ACCEPTED, EventKind.ARRIVED, EventKind.FREED)
    for each in drawn:
        at = AT + dt.timedelta(seconds=each["wait"])
        events = [
            Event(EventKind.RECEIVED, AT, "li"),
            Event(EventKind.NOTIFIED, at, "li", {"station_code": "S", "level": 1}),
        ]
        for kind, step in zip(kinds, each["steps"], strict=False):
            at += dt.timedelta(seconds=step)
            events.append(Event(kind, at, "li", {"station_code": "S", "persons_freed": 1}))
        if each["ends"] and len(each["steps"]) >= 3:
            events.append(Event(EventKind.CLOSED, at, "li", {"outcome": "freed"}))
        found = fold(events)
        nodes = {n.value: (t - AT).total_seconds() for n, t in found.nodes.items()}
        rows.append(
            nodes | {"answered": nodes.get("accepted"), "persons": found.persons_freed, "received": 0.0}
        )
        state = {n: c.state for n, c in clocks(found, rule, now).items()}
        answers += [state[ClockName.ANSWER] is ClockState.IN_TIME] * (
            state[ClockName.ANSWER] is not ClockState.RUNNING
        )
        arrivals.append(state[ClockName.ARRIVAL] is ClockState.IN_TIME)
        late += state[ClockName.ARRIVAL] in (ClockState.LATE, ClockState.OVER)
        assert Node.NOTIFIED.value in nodes
    got = figures(table(*rows) if rows else empty_table(), NOW)
    for figure, expected in ((Figure.ANSWER_RATE, answers), (Figure.ARRIVAL_RATE, arrivals)):
        value = got[figure]
        assert (
            value is None
            if not expected
            else math.isclose(value or 0.0, 100 * sum(expected) / len(expected), abs_tol=1e-9)
        )
    assert got[Figure.OVERTIME] == late


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(spans, st.sampled_from("abc")), min_size=1, max_size=12))
def test_groups_add_up_to_the_whole(drawn: list[tuple[dict[str, Any], str]]) -> None:
    rows = []
    for each, _ in drawn:
        row: dict[str, Any] = {"notified": each["wait"]}
        for name, step in zip(("answered", "arrived", "freed"), each["steps"], strict=False):
            row[name] = max(row.values()) + step
        rows.append(row)
    orders, groups = table(*rows), np.array([g for _, g in drawn])
    whole, parts = figures(orders, NOW), figures_by(orders, groups, NOW, elevators={"z": 7})
    assert parts["z"][Figure.ENTRAPMENTS] == 0
    for figure in (Figure.ENTRAPMENTS, Figure.OVERTIME, Figure.ACCIDENTS):
        assert sum(v[figure] or 0 for v in parts.values()) == whole[figure]
    shuffled = figures(table(*rows[::-1]), NOW)
    assert {f: v for f, v in shuffled.items() if v is not None} == pytest.approx(
        {f: v for f, v in whole.items() if v is not None}
    )
