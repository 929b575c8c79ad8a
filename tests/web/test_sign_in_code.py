"""Signing in by a code: it works once and not for long, guesses are few, and nothing tells whether an account exists."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest

from data import sign_in_codes, users
from data.scope import Connection
from data.store import Store
from web.api.sign_in_code import ASK_BY_NAME
from web.identity import COOKIE

NOW = dt.datetime(2026, 11, 27, 4, 0, tzinfo=dt.UTC)
MOBILE = "13800000071"


def account(
    connection: Connection, username: str, mobile: str | None = MOBILE, role: str = "enterprise"
) -> int:
    return users.add_hashed_user(
        connection, username=username, display_name=f"账号 {username}", password_hash=users.hash_password("old-password-1"),
        role=role, jurisdiction=[], mobile=mobile, now=NOW,
    )  # fmt: skip


def code_of(connection: Connection) -> str:
    row = connection.execute(
        "SELECT body, secret, recipient FROM outbox WHERE idempotency_key LIKE 'sign-in-code/%' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert row is not None
    assert "{link}" in row["body"]
    assert row["recipient"] == MOBILE
    assert re.fullmatch(r"\d{6}", row["secret"])
    return str(row["secret"])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.fixture
def sent(city_connection: Connection) -> str:
    account(city_connection, "by.code")
    sign_in_codes.ask(city_connection, "by.code", now=NOW)
    return code_of(city_connection)


def test_the_code_signs_in_once(city_connection: Connection, sent: str) -> None:
    kept = city_connection.execute("SELECT code_hash FROM sign_in_code").fetchone()
    assert kept is not None
    assert sent not in kept["code_hash"]
    answer = sign_in_codes.confirm(city_connection, "by.code", sent, now=NOW)
    assert answer.secret
    session = users.session_of(city_connection, answer.secret, now=NOW)
    assert session is not None
    assert session.user.username == "by.code"
    assert sign_in_codes.confirm(city_connection, "by.code", sent, now=NOW) == sign_in_codes.CodeAnswer()


@pytest.mark.parametrize(
    ("after", "works"),
    [(dt.timedelta(minutes=10) - dt.timedelta(seconds=1), True), (dt.timedelta(minutes=10), False)],
)
def test_it_lives_ten_minutes(
    city_connection: Connection, sent: str, after: dt.timedelta, *, works: bool
) -> None:
    assert bool(sign_in_codes.confirm(city_connection, "by.code", sent, now=NOW + after).secret) is works


@pytest.mark.parametrize(("guesses", "works"), [(4, True), (5, False)])
def test_five_wrong_guesses_end_it(
    city_connection: Connection, sent: str, guesses: int, *, works: bool
) -> None:
    for _ in range(guesses):
        assert not sign_in_codes.confirm(city_connection, "by.code", wrong(sent), now=NOW).secret
    assert bool(sign_in_codes.confirm(city_connection, "by.code", sent, now=NOW).secret) is works


def test_a_new_code_ends_the_one_before(city_connection: Connection, sent: str) -> None:
    sign_in_codes.ask(city_connection, "by.code", now=NOW)
    second = code_of(city_connection)
    if second != sent:
        assert not sign_in_codes.confirm(city_connection, "by.code", sent, now=NOW).secret
    assert sign_in_codes.confirm(city_connection, "by.code", second, now=NOW).secret


def test_a_mobile_of_several_accounts_asks_which(city_connection: Connection) -> None:
    account(city_connection, "by.code")
    account(city_connection, "by.code.too")
    account(city_connection, "another", "13800000072")
    sign_in_codes.ask(city_connection, MOBILE, now=NOW)
    code = code_of(city_connection)
    answer = sign_in_codes.confirm(city_connection, MOBILE, code, now=NOW)
    assert answer == sign_in_codes.CodeAnswer(
        choices=(("by.code", "账号 by.code"), ("by.code.too", "账号 by.code.too"))
    )
    assert not sign_in_codes.confirm(city_connection, MOBILE, code, username="another", now=NOW).secret
    secret = sign_in_codes.confirm(city_connection, MOBILE, code, username="by.code.too", now=NOW).secret
    assert secret
    session = users.session_of(city_connection, secret, now=NOW)
    assert session is not None
    assert session.user.username == "by.code.too"
    # The code is used up with the choice.
    assert not sign_in_codes.confirm(city_connection, MOBILE, code, username="by.code", now=NOW).secret


def test_a_user_name_like_a_mobile_takes_no_codes_of_its_owner(city_connection: Connection) -> None:
    account(city_connection, MOBILE, "13800000072")
    account(city_connection, "by.code")
    sign_in_codes.ask(city_connection, MOBILE, now=NOW)
    secret = sign_in_codes.confirm(city_connection, MOBILE, code_of(city_connection), now=NOW).secret
    assert secret
    session = users.session_of(city_connection, secret, now=NOW)
    assert session is not None
    assert session.user.username == "by.code"


def test_no_code_goes_where_nobody_signs_in(city_connection: Connection) -> None:
    account(city_connection, "a.wall", role="wall")
    account(city_connection, "no.mobile", None)
    gone = account(city_connection, "left.us")
    city_connection.execute("UPDATE app_user SET is_active = FALSE WHERE id = %s", [gone])
    for name in ("a.wall", "no.mobile", "left.us", MOBILE, "nobody.at.all"):
        sign_in_codes.ask(city_connection, name, now=NOW)
    row = city_connection.execute(
        "SELECT count(*) AS n FROM sign_in_code WHERE created_at = %s", [NOW]
    ).fetchone()
    assert row == {"n": 0}


def test_an_account_stopped_meanwhile_stays_out(city_connection: Connection, sent: str) -> None:
    city_connection.execute("UPDATE app_user SET is_active = FALSE WHERE username = 'by.code'")
    assert not sign_in_codes.confirm(city_connection, "by.code", sent, now=NOW).secret


def test_a_changed_mobile_ends_the_code(city_connection: Connection, sent: str) -> None:
    city_connection.execute("UPDATE app_user SET mobile = '13800000079' WHERE username = 'by.code'")
    assert not sign_in_codes.confirm(city_connection, "by.code", sent, now=NOW).secret


@pytest.fixture
def standing(city_store: Store) -> Iterator[str]:
    with city_store.unscoped() as connection:
        account(connection, "route.by.code")
    yield "route.by.code"
    with city_store.unscoped() as connection:
        connection.execute("DELETE FROM app_user WHERE username = 'route.by.code'")
        connection.execute("DELETE FROM sign_in_code WHERE mobile = %s", [MOBILE])


def test_the_routes_say_the_same_of_every_name(application: Any, city_store: Store, standing: str) -> None:
    client = application.test_client()
    answers = [client.post("/api/sign-in-code", json={"name": n}) for n in (standing, "nobody.by.code")]
    assert {(r.status_code, r.get_data()) for r in answers} == {(200, answers[0].get_data())}
    with city_store.unscoped() as connection:
        code = code_of(connection)
    bad = [
        client.post("/api/sign-in-code/confirm", json={"name": n, "code": wrong(code)})
        for n in (standing, "nobody.by.code")
    ]
    assert {r.status_code for r in bad} == {403}
    assert len({r.get_json()["detail"] for r in bad}) == 1
    good = client.post(
        "/api/sign-in-code/confirm", json={"name": f" {standing.upper()} ", "code": f"{code[:3]} {code[3:]}", "next": "/map"}
    )  # fmt: skip
    assert (good.status_code, good.get_json()) == (200, {"next": "/map"})
    cookie = next(h for h in good.headers.getlist("Set-Cookie") if h.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert client.get("/map").status_code == 200


def test_the_way_on_is_ours(application: Any, city_store: Store, standing: str) -> None:
    client = application.test_client()
    client.post("/api/sign-in-code", json={"name": standing})
    with city_store.unscoped() as connection:
        code = code_of(connection)
    answer = client.post(
        "/api/sign-in-code/confirm", json={"name": standing, "code": code, "next": "//elsewhere.example/x"}
    )
    assert answer.get_json() == {"next": "/"}


def test_codes_are_asked_for_five_times_an_hour(application: Any) -> None:
    client = application.test_client()
    statuses = [
        client.post("/api/sign-in-code", json={"name": "asked.too.often"}).status_code
        for _ in range(ASK_BY_NAME.most + 1)
    ]
    assert statuses == [200] * ASK_BY_NAME.most + [429]


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 5}, {"name": "x" * 81}, []])
def test_what_is_no_name_is_said(application: Any, body: Any) -> None:
    answer = application.test_client().post("/api/sign-in-code", json=body)
    assert answer.status_code == 400
    assert answer.get_json()["detail"]
