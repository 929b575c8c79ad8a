"""Signing in and out: sessions, locks, forged forms, and where one lands afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data import audit, operation_log, users
from data.clock import SetClock
from data.database import Database
from web.application import create_app
from web.settings import Settings

START = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)
PASSWORD = "right-password-1"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@pytest.fixture
def database(make_database: Callable[[str], Database]) -> Database:
    found = make_database("signin")
    with psycopg.connect(found.app, row_factory=dict_row) as connection:
        users.add_user(
            connection,
            username="li",
            display_name="李",
            password=PASSWORD,
            role="regulator",
            jurisdiction=["440300"],
            now=START,
        )
    return found


@pytest.fixture
def app(database: Database, clock: SetClock, tmp_path: Path) -> Iterator[Any]:
    found = create_app(Settings(database, state_dir=tmp_path, clock=clock, pool_size=3))
    yield found
    found.extensions["store"].close()


def sign_in(client: Any, password: str = PASSWORD, **form: str) -> Any:
    return client.post("/sign-in", data={"username": "li", "password": password, **form})


def test_the_right_password_opens_a_session(app: Any) -> None:
    client = app.test_client()
    assert client.get("/map").location == "/sign-in?next=/map"
    response = sign_in(client, next="/map")
    assert response.location == "/map"
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert client.get("/map").status_code == 200
    csrf = client.get("/api/session").get_json()["csrf"]
    assert client.post("/sign-out", data={"csrf_token": csrf}).status_code == 302
    assert client.get("/map").status_code == 302


def test_a_secure_server_marks_its_cookie(database: Database, clock: SetClock, tmp_path: Path) -> None:
    found = create_app(Settings(database, state_dir=tmp_path, clock=clock, is_secure=True))
    assert "Secure" in sign_in(found.test_client()).headers["Set-Cookie"]
    found.extensions["store"].close()


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "evil"]
)
def test_one_never_lands_elsewhere(app: Any, target: str) -> None:
    assert sign_in(app.test_client(), next=target).location == "/"


def test_failures_lock_the_account_for_a_while(app: Any, clock: SetClock) -> None:
    client = app.test_client()
    for _ in range(users.MAX_FAILURES):
        response = sign_in(client, "wrong-password-1")
        assert response.status_code == 401
    assert "锁定" in response.get_data(as_text=True)
    assert sign_in(client).status_code == 401, "the right password does not help now"
    clock.advance(15 * 60 + 1)
    assert sign_in(client).status_code == 302


def test_many_failures_from_one_place_are_slowed_down(app: Any) -> None:
    client = app.test_client()
    codes = [
        client.post("/sign-in", data={"username": f"nobody{i}", "password": "x"}).status_code
        for i in range(25)
    ]
    assert codes[:20] == [401] * 20
    assert 429 in codes


def test_a_session_ends(app: Any, clock: SetClock) -> None:
    client = app.test_client()
    sign_in(client)
    clock.advance(users.SESSION_LIFE.total_seconds() + 1)
    assert client.get("/api/session").status_code == 401


def test_an_account_switched_off_is_out_at_once(app: Any, database: Database) -> None:
    client = app.test_client()
    sign_in(client)
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        users.set_active(connection, users.find_user(connection, "li").id, is_active=False)
    assert client.get("/api/session").status_code == 401
    assert sign_in(client).status_code == 401


def test_a_forged_form_is_refused(app: Any) -> None:
    client = app.test_client()
    sign_in(client)
    for headers in ({}, {"X-CSRF-Token": "guess"}):
        response = client.post("/api/session/lang", json={"lang": "en"}, headers=headers)
        assert response.status_code == 403
        assert response.get_json()["type"] == "/problems/csrf"


def test_language_and_theme_are_kept(app: Any) -> None:
    client = app.test_client()
    sign_in(client)
    csrf = {"X-CSRF-Token": client.get("/api/session").get_json()["csrf"]}
    assert client.post("/api/session/lang", json={"lang": "en"}, headers=csrf).status_code == 200
    assert client.get("/api/session").get_json()["lang"] == "en"
    assert client.get("/api/layers").get_json()["layers"][0]["title"] == "Enterprise"
    assert client.post("/api/session/lang", json={"lang": "fr"}, headers=csrf).status_code == 422


def test_passwords(app: Any) -> None:
    client = app.test_client()
    sign_in(client)
    csrf = client.get("/api/session").get_json()["csrf"]

    def change(old: str, new: str, again: str) -> Any:
        form = {"current_password": old, "new_password": new, "repeat_password": again, "csrf_token": csrf}
        return client.post("/account/password", data=form)

    assert change("wrong", "another-password-2", "another-password-2").status_code == 422
    assert change(PASSWORD, "short", "short").status_code == 422
    assert change(PASSWORD, "another-password-2", "another-password-3").status_code == 422
    assert change(PASSWORD, "another-password-2", "another-password-2").status_code == 302
    assert client.get("/api/session").status_code == 401, "every session of the user ends"
    assert sign_in(app.test_client(), "another-password-2").status_code == 302


def test_what_happens_is_audited(app: Any, database: Database) -> None:
    client = app.test_client()
    sign_in(client, "wrong-password-1")
    sign_in(client)
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        rows = operation_log.of_all(connection, limit=100)
        assert [r["action"] for r in rows] == ["sign_in", "sign_in_wrong"]
        assert audit.verify(connection).broken_at is None
        text = str(rows)
    assert PASSWORD not in text


def test_no_database_is_a_clear_503(clock: SetClock, tmp_path: Path) -> None:
    gone = Database("host=/nonexistent dbname=x user=y connect_timeout=1", "", None)
    found = create_app(Settings(gone, state_dir=tmp_path, clock=clock))
    client = found.test_client()
    client.set_cookie("onemap_session", "x")
    response = client.get("/api/session")
    assert response.status_code == 503
    assert response.get_json()["type"] == "/problems/database-unavailable"
    page = client.get("/sign-in", headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "暂时不可用" in page.get_data(as_text=True)
    found.extensions["store"].close()


def test_headers_hold_pages_to_our_own_origin(app: Any) -> None:
    headers = app.test_client().get("/sign-in").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
