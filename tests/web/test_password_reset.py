"""Resetting a forgotten password: the code works once and not for long, guesses are few, and nothing tells whether an account exists."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest

from data import password_reset, users
from data.scope import Connection
from data.store import Store
from web.api.password_reset import ASK_BY_ACCOUNT

NOW = dt.datetime(2026, 11, 26, 4, 0, tzinfo=dt.UTC)
OLD, NEW = "old-password-1", "new-password-2"


def account(connection: Connection, username: str, mobile: str | None = "13800000001") -> None:
    users.add_hashed_user(
        connection, username=username, display_name="x", password_hash=users.hash_password(OLD), role="enterprise",
        jurisdiction=[], mobile=mobile, now=NOW,
    )  # fmt: skip


def code_of(connection: Connection) -> str:
    row = connection.execute("SELECT body, secret FROM outbox ORDER BY id DESC LIMIT 1").fetchone()
    assert row is not None
    assert "{link}" in row["body"]  # the code stands apart and is forgotten once the message is sent
    assert re.fullmatch(r"\d{6}", row["secret"])
    return str(row["secret"])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.fixture
def sent(city_connection: Connection) -> str:
    account(city_connection, "forgetful")
    password_reset.ask(city_connection, "forgetful", now=NOW)
    return code_of(city_connection)


def test_the_code_sets_the_password_once(city_connection: Connection, sent: str) -> None:
    session = users.sign_in(city_connection, "forgetful", OLD, now=NOW).secret
    assert session
    kept = city_connection.execute("SELECT code_hash FROM password_reset").fetchone()
    assert kept is not None
    assert sent not in kept["code_hash"]
    assert password_reset.confirm(city_connection, "forgetful", sent, NEW, now=NOW)
    assert users.session_of(city_connection, session, now=NOW) is None
    assert users.sign_in(city_connection, "forgetful", OLD, now=NOW).secret is None
    assert users.sign_in(city_connection, "forgetful", NEW, now=NOW).secret
    assert not password_reset.confirm(city_connection, "forgetful", sent, OLD, now=NOW)


@pytest.mark.parametrize(
    ("after", "works"),
    [(dt.timedelta(minutes=10) - dt.timedelta(seconds=1), True), (dt.timedelta(minutes=10), False)],
)
def test_it_lives_ten_minutes(
    city_connection: Connection, sent: str, after: dt.timedelta, *, works: bool
) -> None:
    assert password_reset.confirm(city_connection, "forgetful", sent, NEW, now=NOW + after) is works


def test_five_wrong_guesses_end_it(city_connection: Connection, sent: str) -> None:
    for _ in range(5):
        assert not password_reset.confirm(city_connection, "forgetful", wrong(sent), NEW, now=NOW)
    assert not password_reset.confirm(city_connection, "forgetful", sent, NEW, now=NOW)


def test_four_wrong_guesses_do_not(city_connection: Connection, sent: str) -> None:
    for _ in range(4):
        assert not password_reset.confirm(city_connection, "forgetful", wrong(sent), NEW, now=NOW)
    assert password_reset.confirm(city_connection, "forgetful", sent, NEW, now=NOW)


def test_a_new_code_ends_the_one_before(city_connection: Connection, sent: str) -> None:
    password_reset.ask(city_connection, "forgetful", now=NOW)
    second = code_of(city_connection)
    if second != sent:
        assert not password_reset.confirm(city_connection, "forgetful", sent, NEW, now=NOW)
    assert password_reset.confirm(city_connection, "forgetful", second, NEW, now=NOW)


def test_it_opens_no_other_account(city_connection: Connection, sent: str) -> None:
    account(city_connection, "somebody.else", "13800000002")
    assert not password_reset.confirm(city_connection, "somebody.else", sent, NEW, now=NOW)


def test_a_weak_password_costs_no_guess(city_connection: Connection, sent: str) -> None:
    with pytest.raises(users.UserError):
        password_reset.confirm(city_connection, "forgetful", wrong(sent), "short", now=NOW)
    row = city_connection.execute("SELECT guesses FROM password_reset").fetchone()
    assert row == {"guesses": 0}


@pytest.fixture
def standing(city_store: Store) -> Iterator[str]:
    with city_store.unscoped() as connection:
        account(connection, "route.forgetful")
    yield "route.forgetful"
    with city_store.unscoped() as connection:
        connection.execute("DELETE FROM app_user WHERE username = 'route.forgetful'")


def test_the_routes_say_the_same_of_every_name(application: Any, city_store: Store, standing: str) -> None:
    client = application.test_client()
    answers = [
        client.post("/api/password-reset", json={"username": n}) for n in (standing, "nobody.at.all", "city")
    ]
    assert {(r.status_code, r.get_data()) for r in answers} == {(200, answers[0].get_data())}
    with city_store.unscoped() as connection:
        code = code_of(connection)
    bad = [
        client.post("/api/password-reset/confirm", json={"username": n, "code": wrong(code), "password": NEW})
        for n in (standing, "nobody.at.all")
    ]
    assert bad[0].status_code == bad[1].status_code == 403
    assert bad[0].get_json()["detail"] == bad[1].get_json()["detail"]
    with city_store.unscoped() as connection:  # the guess is kept though the answer was a refusal
        row = connection.execute("SELECT guesses FROM password_reset ORDER BY id DESC LIMIT 1").fetchone()
    assert row == {"guesses": 1}
    done = client.post(
        "/api/password-reset/confirm", json={"username": standing, "code": code, "password": NEW}
    )
    assert done.status_code == 200, done.get_json()
    assert client.post("/sign-in", data={"username": standing, "password": NEW}).status_code == 302


def test_asking_is_limited_by_account_whether_it_exists_or_not(application: Any) -> None:
    for number in range(ASK_BY_ACCOUNT.most):
        other = {"REMOTE_ADDR": f"203.0.113.{number}"}
        client = application.test_client()
        assert (
            client.post("/api/password-reset", json={"username": "no.such"}, environ_base=other).status_code
            == 200
        )
    refused = application.test_client().post(
        "/api/password-reset", json={"username": "NO.such"}, environ_base={"REMOTE_ADDR": "203.0.113.99"}
    )
    assert refused.status_code == 429


def test_a_code_of_the_future_is_none(city_connection: Connection, sent: str) -> None:
    """As after the clock was set back."""
    assert not password_reset.confirm(
        city_connection, "forgetful", sent, NEW, now=NOW - dt.timedelta(hours=1)
    )
