"""Signing in by another app: the ticket is the browser's, the app's server proves itself, one session comes of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from data import app_sign_in, users
from data.clock import SetClock
from data.database import Database
from data.store import Store
from web.api.app_sign_in import COOKIE, SIGNATURE_HEADER, TIME_HEADER, signature
from web.application import create_app
from web.identity import COOKIE as SESSION
from web.settings import Settings, settings_from

NOW = dt.datetime(2026, 11, 27, 4, 0, tzinfo=dt.UTC)
KEY, MOBILE = "key-of-the-app", "13800000081"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def server(city_database: Database, tmp_path: Path, clock: SetClock) -> Iterator[Any]:
    app = create_app(
        Settings(
            city_database, state_dir=tmp_path, pool_size=3, clock=clock, app_name="示例通",
            app_url="https://app.example/scan?t={ticket}", app_key=KEY,
        )
    )  # fmt: skip
    yield app
    store: Store = app.extensions["store"]
    with store.unscoped() as connection:
        connection.execute("DELETE FROM app_user WHERE mobile = %s", [MOBILE])
        connection.execute("DELETE FROM app_sign_in")
    store.close()


def _account(server: Any, username: str) -> None:
    with server.extensions["store"].unscoped() as connection:
        users.add_hashed_user(
            connection, username=username, display_name=f"账号 {username}", password_hash=users.hash_password("old-password-1"),
            role="regulator", jurisdiction=["44"], mobile=MOBILE, now=NOW,
        )  # fmt: skip


def _begin(client: Any) -> str:
    answer = client.post("/api/app-sign-in", json={})
    assert answer.status_code == 201, answer.get_json()
    cookie = client.get_cookie(COOKIE, path="/api/app-sign-in")
    assert cookie is not None
    assert cookie.http_only
    return app_sign_in.ticket_of(cookie.value)


def _confirm(
    server: Any,
    ticket: str,
    *,
    mobile: str = MOBILE,
    at: dt.datetime = NOW,
    key: str = KEY,
    tampered: bool = False,
) -> Any:
    body = json.dumps({"ticket": ticket, "mobile": mobile}).encode()
    time_s = str(int(at.timestamp()))
    headers = {TIME_HEADER: time_s, SIGNATURE_HEADER: signature(key, time_s, body)}
    return server.test_client().post(
        "/api/app-sign-in/confirm", data=body.replace(b"13800", b"13900") if tampered else body, headers=headers,
        content_type="application/json",
    )  # fmt: skip


def _state(client: Any, **values: Any) -> dict[str, Any]:
    answer = client.post("/api/app-sign-in/state", json=values)
    assert answer.status_code == 200, answer.get_json()
    return dict(answer.get_json())


def test_one_scan_opens_one_session(server: Any) -> None:
    _account(server, "by.app")
    client = server.test_client()
    ticket = _begin(client)
    assert _state(client) == {"state": "waiting"}
    assert _confirm(server, ticket).get_json() == {"confirmed": True}
    assert _confirm(server, ticket).status_code == 200, "the app's server may say it twice"
    assert _state(client, next="/map") == {"state": "entered", "next": "/map"}
    assert client.get_cookie(SESSION) is not None
    assert client.get("/api/session").get_json()["user"]["username"] == "by.app"
    assert _confirm(server, ticket).status_code == 403, "it was used"


def test_the_code_is_a_picture_of_the_address_for_this_browser_alone(server: Any) -> None:
    client = server.test_client()
    _begin(client)
    picture = client.get("/api/app-sign-in/qr.svg")
    assert picture.mimetype == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "no-store"
    assert ET.fromstring(picture.data).tag.endswith("svg")  # noqa: S314 - our own drawing
    assert server.test_client().get("/api/app-sign-in/qr.svg").status_code == 404
    other = server.test_client()
    _begin(other)
    assert other.get("/api/app-sign-in/qr.svg").data != picture.data


def test_a_ticket_ends_after_three_minutes(server: Any, clock: SetClock) -> None:
    _account(server, "by.app")
    client = server.test_client()
    ticket = _begin(client)
    clock.advance(179)
    assert _confirm(server, ticket, at=clock.now()).status_code == 200
    clock.advance(1)
    assert _state(client) == {"state": "over"}
    assert _confirm(server, ticket, at=clock.now()).status_code == 403


def test_nobody_else_takes_over_a_ticket_that_was_scanned(server: Any) -> None:
    client = server.test_client()
    ticket = _begin(client)
    assert _confirm(server, ticket).status_code == 200
    assert _confirm(server, ticket, mobile="13800000082").status_code == 403


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"key": "another-key"}, 403),
        ({"at": NOW - dt.timedelta(seconds=301)}, 403),
        ({"at": NOW + dt.timedelta(seconds=301)}, 403),
        ({"tampered": True}, 403),
        ({"mobile": "not a mobile"}, 400),
    ],
)
def test_only_the_apps_own_server_confirms(server: Any, values: dict[str, Any], status: int) -> None:
    client = server.test_client()
    answer = _confirm(server, _begin(client), **values)
    assert answer.status_code == status, answer.get_json()
    assert _state(client) == {"state": "waiting"}


def test_a_request_without_a_signature_is_refused(server: Any) -> None:
    ticket = _begin(server.test_client())
    bare = server.test_client().post("/api/app-sign-in/confirm", json={"ticket": ticket, "mobile": MOBILE})
    assert bare.status_code == 400
    assert _confirm(server, "no-such-ticket").status_code == 403


def test_a_mobile_of_several_accounts_asks_which_and_one_of_none_says_so(server: Any) -> None:
    client = server.test_client()
    assert _confirm(server, _begin(client)).status_code == 200
    assert _state(client) == {"state": "nobody"}
    _account(server, "by.app.one")
    _account(server, "by.app.two")
    assert _confirm(server, _begin(client)).status_code == 200
    choices = [{"username": name, "title": f"账号 {name}"} for name in ("by.app.one", "by.app.two")]
    assert _state(client) == {"state": "choose", "choices": choices}
    assert _state(client, username="admin") == {"state": "choose", "choices": choices}
    assert _state(client, username="by.app.two", next="//elsewhere.example") == {
        "state": "entered",
        "next": "/",
    }


def test_without_settings_there_is_none(application: Any, city_database: Database) -> None:
    client = application.test_client()
    for answer in (
        client.get("/sign-in/app"), client.post("/api/app-sign-in", json={}),
        client.post("/api/app-sign-in/confirm", json={}), client.get("/api/app-sign-in/qr.svg"),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert "/sign-in/app" not in client.get("/sign-in").get_data(as_text=True)
    half = settings_from(
        {"ONEMAP_APP_SIGN_IN_NAME": "x", "ONEMAP_APP_SIGN_IN_URL": "https://x/{ticket}"}, city_database
    )
    assert not half.has_app
