"""What the administration pages say, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from data import audit, outbox
from data import database as databases
from dispatch.messages import MessageFacts, Template, text_of


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


def test_the_link_of_a_message_opens_and_nothing_else_of_it_is_markup(
    sign_in: Callable[[str], Any], application: Any
) -> None:
    facts = MessageFacts("KR1", "<b>某梯</b>")
    now = application.extensions["settings"].clock.now()
    with application.extensions["store"].unscoped() as connection:
        outbox.put(
            connection, key="test/link", recipient="13800000000", body=text_of(Template.SENT, facts), now=now,
            secret="http://127.0.0.1:8000/crew#Ab_-9",
        )  # fmt: skip
    page = sign_in("admin").get("/admin/outbox").get_data(as_text=True)
    assert '<a href="http://127.0.0.1:8000/crew#Ab_-9"' in page
    assert "&lt;b&gt;某梯&lt;/b&gt;" in page
