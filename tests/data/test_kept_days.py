"""Totals of past days: what was kept is answered again, whatever happened since; only changes are written."""

from __future__ import annotations

import datetime as dt
import random

import psycopg
import pytest

from data import kept_days
from data.database import Database
from data.scope import Connection, enter, scope_for
from layers.display import LOCAL_ZONE

Totals = dict[tuple[str, str, str, str], int]


def totals(connection: Connection, source: str, **values: object) -> Totals:
    rows = connection.execute(
        "SELECT layer, division_code, authority_code, class, sum(n)::int AS n"
        f" FROM ({source}) t GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0".encode(),
        values,
    )
    return {(r["layer"], r["division_code"], r["authority_code"], r["class"]): r["n"] for r in rows}


def now_totals(connection: Connection) -> Totals:
    return totals(connection, "SELECT layer, division_code, authority_code, class, n FROM layer_total")


def morning_after(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(0, 1), LOCAL_ZONE)


def test_every_kept_day_is_answered_as_it_stood(city_connection: Connection) -> None:
    last = kept_days.last_day(city_connection)
    assert last is not None
    rng = random.Random(7)
    changes = (
        "UPDATE hidden_danger SET state = 'done' WHERE id % 7 = {0} % 7",
        "UPDATE hidden_danger SET state = 'pending' WHERE id % 5 = {0} % 5",
        "DELETE FROM residential_place WHERE id % 11 = {0} % 11",
        "UPDATE risk_point SET level = '1' WHERE id % 9 = {0} % 9",
        "SELECT {0}",
    )
    stood: dict[dt.date, Totals] = {}
    for number in range(1, 9):
        city_connection.execute(rng.choice(changes).format(number).encode())
        day = last + dt.timedelta(days=number)
        assert kept_days.keep(city_connection, now=morning_after(day)) is not None
        stood[day] = now_totals(city_connection)
    for day, expected in stood.items():
        assert totals(city_connection, kept_days.TOTALS_ON, day=day) == expected


def test_a_day_is_kept_once_and_a_day_without_changes_writes_nothing(city_connection: Connection) -> None:
    last = kept_days.last_day(city_connection)
    assert last is not None
    first = last + dt.timedelta(days=1)
    kept_days.keep(city_connection, now=morning_after(first))
    assert kept_days.keep(city_connection, now=morning_after(first)) is None
    assert kept_days.keep(city_connection, now=morning_after(first - dt.timedelta(days=30))) is None
    # A worker that slept for a week keeps the day that ended last; the days between are answered by the one before.
    later = first + dt.timedelta(days=7)
    assert kept_days.keep(city_connection, now=morning_after(later)) == 0
    between = totals(city_connection, kept_days.TOTALS_ON, day=first + dt.timedelta(days=3))
    assert between == now_totals(city_connection)


def test_nothing_stands_before_the_first_day(city_connection: Connection) -> None:
    first = kept_days.first_day(city_connection)
    assert first is not None
    assert totals(city_connection, kept_days.TOTALS_ON, day=first - dt.timedelta(days=1)) == {}
    assert totals(city_connection, kept_days.TOTALS_ON, day=first) != {}


def test_past_totals_keep_to_the_jurisdiction_and_are_not_written_by_readers(city_database: Database) -> None:
    reader = scope_for(["440304"], username="x", role="regulator")
    with psycopg.connect(city_database.app, row_factory=psycopg.rows.dict_row) as connection:
        enter(connection, reader)
        rows = connection.execute("SELECT DISTINCT authority_code, is_public FROM layer_total_day").fetchall()
        assert rows
        assert all(r["is_public"] or r["authority_code"].startswith("440304") for r in rows)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "INSERT INTO layer_total_day (layer, division_code, authority_code, is_public, class, from_day, n)"
                " VALUES ('elevator', '440304', '440304', false, '', '2020-01-01', 7)"
            )
