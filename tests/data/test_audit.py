"""The audit chain: append-only, and a changed line is found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import psycopg
import pytest
from psycopg.rows import dict_row

from data import audit
from data.database import Database
from data.scope import Connection

AT = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)


def fill(connection: Connection, n: int) -> None:
    for i in range(n):
        audit.append(
            connection,
            at=AT + dt.timedelta(seconds=i),
            username="张三",
            action="read",
            subject=f"enterprise/{i}",
            detail={"n": i},
        )


def test_an_empty_chain_is_whole(connection: Connection) -> None:
    assert audit.verify(connection) == audit.ChainState(0, None)


def test_lines_follow_each_other(connection: Connection) -> None:
    fill(connection, 20)
    assert audit.verify(connection) == audit.ChainState(20, None)


def test_lines_cannot_be_changed_or_removed(connection: Connection) -> None:
    fill(connection, 2)
    for statement in ("UPDATE audit SET action = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit SET action = 'forged' WHERE id = 7", 7),
        ("DELETE FROM audit WHERE id = 5", 5),
        ("UPDATE audit SET at = at + interval '1 second' WHERE id = 1", 1),
        ("UPDATE audit SET previous_hash = '\\x00' WHERE id = 9", 9),
    ],
)
def test_tampering_by_the_owner_is_found(
    make_database: Callable[[str], Database], statement: str, broken_at: int
) -> None:
    database = make_database(f"tamper{broken_at}")
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        fill(connection, 10)
    with psycopg.connect(database.superuser or "") as connection:
        connection.execute("SET session_replication_role = replica")  # as a thief with all rights would
        connection.execute(statement.encode())
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        assert audit.verify(connection).broken_at == broken_at


def test_two_writers_make_one_chain(make_database: Callable[[str], Database]) -> None:
    import threading

    database = make_database("writers")

    def write(name: str) -> None:
        for _ in range(15):
            with psycopg.connect(database.app, row_factory=dict_row) as connection:
                audit.append(connection, at=AT, username=name, action="read", subject="x")

    threads = [threading.Thread(target=write, args=(f"u{i}",)) for i in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        assert audit.verify(connection) == audit.ChainState(45, None)
