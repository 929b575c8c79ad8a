"""Limits kept in the database: exactly so many fit into a window, each caller and kind apart, and a window ends."""

from __future__ import annotations

import datetime as dt

from data.rate_limits import Limit, take
from data.scope import Connection

NOW = dt.datetime(2026, 11, 26, 4, 0, tzinfo=dt.UTC)
LIMIT = Limit("test.three", 3, dt.timedelta(minutes=10))


def seconds(connection: Connection, at_s: float, *, key: str = "a", limit: Limit = LIMIT) -> int:
    return take(connection, limit, key, now=NOW + dt.timedelta(seconds=at_s))


def test_three_fit_and_the_fourth_waits_for_the_end_of_the_first_window(connection: Connection) -> None:
    assert [seconds(connection, at) for at in (0, 100, 200)] == [0, 0, 0]
    assert seconds(connection, 300) == 301  # until the window that began with the first is over
    assert seconds(connection, 599) == 2
    assert seconds(connection, 600) == 0  # exactly at its end a new one begins
    assert [seconds(connection, at) for at in (601, 602, 603)] == [0, 0, 598]


def test_callers_and_kinds_are_counted_apart(connection: Connection) -> None:
    for _ in range(4):
        last = seconds(connection, 0)
    assert last > 0
    assert seconds(connection, 0, key="b") == 0
    assert seconds(connection, 0, limit=Limit("test.other", 3, LIMIT.window)) == 0


def test_no_caller_can_be_read_from_the_table(connection: Connection) -> None:
    seconds(connection, 0, key="198.51.100.7")
    row = connection.execute("SELECT key_hash FROM rate_window").fetchone()
    assert row is not None
    assert b"198.51.100.7" not in row["key_hash"]
    assert len(row["key_hash"]) == 32
