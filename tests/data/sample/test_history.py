"""The sample's past: every order is the fold of its events, levels fall due when the rules say so, figures are plausible."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from data import incident_figures, incidents
from data.database import Database
from data.dispatch_rules import rule_in, rules
from data.incidents import ASSIGNMENT_COLUMNS, assignment_row, projection
from data.sample.history import write_history
from data.scope import SYSTEM, Connection, enter
from dispatch.escalation import steps
from dispatch.incident import EventKind
from dispatch.indicators import Figure, Period
from dispatch.moves import apply

NOW = dt.datetime(2025, 6, 1, 9, 30, tzinfo=dt.UTC)
DAYS = 400


@pytest.fixture(scope="module")
def past(make_database: Callable[..., Database], city_template: Database) -> Iterator[Connection]:
    """A small city with more than a year of orders of its own."""
    database = make_database("history", city_template)
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        assert write_history(connection, Path("none"), now=NOW, seed=5, days=DAYS) > 150
        connection.commit()
        enter(connection, SYSTEM)
        yield connection


@pytest.fixture(scope="module")
def orders(past: Connection) -> list[incidents.Order]:
    codes = past.execute("SELECT code FROM incident WHERE received_at < %s ORDER BY code", [NOW]).fetchall()
    return [incidents.read(past, r["code"]) for r in codes]


def test_every_row_is_what_its_events_add_up_to(past: Connection, orders: list[incidents.Order]) -> None:
    for order in orders:
        expected = projection(order.incident)
        names = ", ".join(expected)
        row = past.execute(f"SELECT {names} FROM incident WHERE code = %s".encode(), [order.code]).fetchone()
        assert row == expected, order.code
        kept = past.execute(
            f"SELECT {', '.join(ASSIGNMENT_COLUMNS)} FROM incident_assignment WHERE incident_code = %s ORDER BY number".encode(),
            [order.code],
        ).fetchall()
        assert [list(r.values()) for r in kept] == [
            assignment_row(order.code, n, a) for n, a in enumerate(order.incident.assignments)
        ]
        assert order.incident.closed_at is not None
        assert order.incident.closed_at <= NOW


def test_levels_fell_due_when_the_rules_of_escalation_say(
    past: Connection, orders: list[incidents.Order]
) -> None:
    """Each level of the simulation is one the pure rules would have asked for, at that very second."""
    known = rules(past)
    seen = 0
    for order in orders:
        rule = rule_in(known, order.row["division_code"])
        incident = None
        for stored in order.events:
            event = stored.event
            if event.kind is EventKind.LEVEL_DUE and incident is not None:
                asked = {s.key: s for s in steps(incident, rule)}
                step = asked[event.facts["key"]]
                assert (step.level, step.reason.value) == (event.facts["level"], event.facts["reason"])
                assert abs((step.due_at - event.at).total_seconds()) < 0.01
                seen += 1
            incident = apply(incident, event)
    assert seen > 0


def test_figures_of_the_past_are_those_cities_report(past: Connection) -> None:
    period = Period(NOW - dt.timedelta(days=DAYS), NOW)
    found = incident_figures.read(past, period)
    total = incident_figures.answer(past, found, now=NOW).total
    days = DAYS / 30
    per_month = (total[Figure.ENTRAPMENT_RATE] or 0) / days
    assert 0.55 <= per_month <= 1.30
    assert (total[Figure.ANSWER_RATE] or 0) > 95
    assert (total[Figure.NOT_COUNTED] or 0) > 0
    assert (total[Figure.ETA_BIAS] or 0) > 0
    assert len(found.table) == len({*found.table.code.tolist()})
    assert set(found.groups["cause"].tolist()) > {"human", "external"}


def test_orders_can_be_searched_and_counted(past: Connection) -> None:
    row = past.execute(
        "SELECT (SELECT count(*) FROM search_entry WHERE layer = 'incident') AS searched, (SELECT count(*) FROM incident) AS rows,"
        " (SELECT COALESCE(sum(n), 0) FROM layer_total WHERE layer = 'incident') AS totals"
    ).fetchone()
    assert row is not None
    assert row["searched"] == row["rows"] == row["totals"]
