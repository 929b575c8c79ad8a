"""What the administration pages say, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from data import audit
from data import database as databases


@pytest.fixture
def chain_length(application: Any, sign_in: Callable[[str], Any]) -> int:
    sign_in("admin")  # which is a line itself
    with application.extensions["store"].unscoped() as connection:
        state = audit.verify(connection)
    assert state.broken_at is None
    return state.checked


def test_the_audit_page_says_how_many_lines_are_whole(
    sign_in: Callable[[str], Any], chain_length: int
) -> None:
    client = sign_in("admin")
    page = client.get("/admin/audit").get_data(as_text=True)
    assert f"审计链完整，共 {chain_length} 条。" in page
    assert f"The audit chain is whole: {chain_length} lines." in client.get("/admin/audit?lang=en").get_data(
        as_text=True
    )


@pytest.fixture
def tampered(city_database: databases.Database, sign_in: Callable[[str], Any]) -> Iterator[int]:
    """A line of the audit that somebody with the keys of the database has changed."""
    sign_in("admin")
    with psycopg.connect(city_database.superuser or "", autocommit=True) as connection:
        row = connection.execute("SELECT id, username FROM audit ORDER BY id DESC LIMIT 1").fetchone()
        assert row is not None
        number, was = row
        connection.execute("ALTER TABLE audit DISABLE TRIGGER USER")
        connection.execute("UPDATE audit SET username = 'somebody' WHERE id = %s", [number])
        yield number
        connection.execute("UPDATE audit SET username = %s WHERE id = %s", [was, number])
        connection.execute("ALTER TABLE audit ENABLE TRIGGER USER")


def test_the_audit_page_names_the_line_that_was_changed(sign_in: Callable[[str], Any], tampered: int) -> None:
    client = sign_in("admin")
    page = client.get("/admin/audit").get_data(as_text=True)
    assert f"审计链在第 {tampered} 条断开" in page
    assert "审计链完整" not in page
