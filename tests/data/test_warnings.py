"""Warnings: an overdue hidden danger is marked, warned of and messaged once."""

from __future__ import annotations

import datetime as dt

import pytest

from data import outbox, register_alarms, warnings
from data.errors import NotFoundError, RefusedError
from data.scope import SYSTEM, Connection, enter, scope_for
from layers.registry import register_by_id

NOW = dt.datetime(2027, 6, 1, tzinfo=dt.UTC)


def pending(connection: Connection) -> int:
    row = connection.execute(
        "SELECT count(*) AS n FROM hidden_danger WHERE state IN ('pending', 'in_review') AND due_at < %s",
        [NOW],
    ).fetchone()
    return int(row["n"]) if row else 0


def pass_deadlines(connection: Connection, now: dt.datetime = NOW) -> int:
    return register_alarms.pass_deadlines(connection, register_by_id("hidden_danger"), None, now=now)


def test_what_is_past_its_deadline_becomes_overdue(city_connection: Connection) -> None:
    due = pending(city_connection)
    before = warnings.counts(city_connection)["open"]
    assert due > 4
    done = 0
    while one := pass_deadlines(city_connection):
        done += one
    assert done == due
    assert pending(city_connection) == 0
    assert warnings.counts(city_connection)["open"] == before + due
    totals = city_connection.execute(
        "SELECT COALESCE(sum(n), 0)::int AS n FROM layer_total WHERE layer = 'hidden_danger' AND class = 'overdue'"
    ).fetchone()
    rows = city_connection.execute(
        "SELECT count(*) AS n FROM hidden_danger WHERE state = 'overdue'"
    ).fetchone()
    assert totals == rows, "kept totals follow"
    levels = city_connection.execute(
        "SELECT DISTINCT h.grade, w.level FROM warning w JOIN hidden_danger h ON h.id = w.row_id WHERE w.kind = 'hidden_danger.due_at.0'"
    ).fetchall()
    assert {(r["grade"], r["level"]) for r in levels} <= {("general", "3"), ("major", "2")}
    messages = outbox.listed(city_connection, limit=100_000)
    assert len(messages) > 0
    assert "隐患" in messages[0]["body"]


def test_exactly_at_the_deadline_is_in_time(city_connection: Connection) -> None:
    city_connection.execute(
        "UPDATE hidden_danger SET due_at = %s WHERE state IN ('pending', 'in_review')", [NOW]
    )
    assert pass_deadlines(city_connection) == 0
    assert pass_deadlines(city_connection, NOW + dt.timedelta(seconds=1)) > 0


def test_processing_keeps_who_when_and_what(city_connection: Connection) -> None:
    pass_deadlines(city_connection)
    number = warnings.listed(city_connection)[0]["id"]
    warnings.process(city_connection, number, note="已电话督办", scope=SYSTEM, now=NOW)
    row = next(
        w for w in warnings.listed(city_connection, warnings.Asked(is_open=False)) if w["id"] == number
    )
    assert (row["processed_by"], row["note"], row["processed_at"]) == ("system", "已电话督办", NOW)
    with pytest.raises(NotFoundError):
        warnings.process(city_connection, number, note="again", scope=SYSTEM, now=NOW)


def test_others_neither_see_nor_process(city_connection: Connection) -> None:
    pass_deadlines(city_connection)
    row = next(
        w for w in warnings.listed(city_connection, limit=1000) if w["division_code"].startswith("440304")
    )
    other = scope_for(["510500"], username="luzhou", role="regulator", may_write=True)
    enter(city_connection, other)
    assert warnings.listed(city_connection) == []
    with pytest.raises(NotFoundError):
        warnings.process(city_connection, row["id"], note="", scope=other, now=NOW)
    reader = scope_for(["440300"], username="wall", role="wall")
    enter(city_connection, reader)
    with pytest.raises(RefusedError):
        warnings.process(city_connection, row["id"], note="", scope=reader, now=NOW)
