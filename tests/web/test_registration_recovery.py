"""Going on with a registration in another browser: the code works once and not for long, guesses are few, and nothing is told (L1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from data import registration_recovery, registrations
from data.scope import SYSTEM, Connection, enter
from data.store import Store
from tests.web.test_password_reset import code_of, wrong
from tests.web.test_registration import form_of, get, street
from web.registration_access import RECOVER_BY_MOBILE

__all__ = ["street"]
NOW = dt.datetime(2026, 11, 26, 4, 0, tzinfo=dt.UTC)
MOBILE = "13911110001"
ASK, CONFIRM = "/api/registration/recover", "/api/registration/recover/confirm"


@pytest.fixture
def sent(city_connection: Connection) -> str:
    _, key = registrations.new_secret()
    registrations.save_draft(
        city_connection, key, {"company_name": "别处填的厂", "contact_mobile": "139 1111-0001"}, now=NOW
    )
    enter(city_connection, SYSTEM)
    registration_recovery.ask(city_connection, MOBILE, now=NOW)
    return code_of(city_connection)


def _confirm(
    connection: Connection, code: str, *, after: dt.timedelta = dt.timedelta(0), mobile: str = MOBILE
) -> str | None:
    enter(connection, SYSTEM)
    found = registration_recovery.confirm(connection, mobile, code, now=NOW + after)
    return None if found is None else found[1]["form"]["company_name"]


def test_the_code_works_once(city_connection: Connection, sent: str) -> None:
    kept = city_connection.execute("SELECT code_hash FROM registration_recovery").fetchone()
    assert kept is not None
    assert sent not in kept["code_hash"]
    assert _confirm(city_connection, sent, mobile="13911110002") is None
    assert _confirm(city_connection, sent) == "别处填的厂"
    assert _confirm(city_connection, sent) is None


@pytest.mark.parametrize(
    ("after", "works"),
    [
        (dt.timedelta(minutes=10) - dt.timedelta(seconds=1), True),
        (dt.timedelta(minutes=10), False),
        (dt.timedelta(seconds=-1), False),
    ],
)
def test_it_lives_ten_minutes(
    city_connection: Connection, sent: str, after: dt.timedelta, *, works: bool
) -> None:
    assert (_confirm(city_connection, sent, after=after) is not None) is works


def test_five_wrong_guesses_end_it(city_connection: Connection, sent: str) -> None:
    for _ in range(5):
        assert _confirm(city_connection, wrong(sent)) is None
    assert _confirm(city_connection, sent) is None


def test_a_new_code_ends_the_one_before(city_connection: Connection, sent: str) -> None:
    enter(city_connection, SYSTEM)
    registration_recovery.ask(city_connection, MOBILE, now=NOW)
    second = code_of(city_connection)
    if second != sent:
        assert _confirm(city_connection, sent) is None
    assert _confirm(city_connection, second) == "别处填的厂"


def test_a_draft_that_is_too_old_gets_no_code(city_connection: Connection, sent: str) -> None:
    del sent
    before = city_connection.execute("SELECT count(*) AS n FROM outbox").fetchone()
    enter(city_connection, SYSTEM)
    registration_recovery.ask(
        city_connection, MOBILE, now=NOW + registrations.DRAFT_LIFE + dt.timedelta(seconds=1)
    )
    assert city_connection.execute("SELECT count(*) AS n FROM outbox").fetchone() == before


def test_a_returned_one_is_mended_in_another_browser(
    application: Any, city_store: Store, street: dict[str, Any]
) -> None:
    first, other = application.test_client(), application.test_client()
    form = form_of(street, 71, contact_mobile="13911110071")
    assert first.post("/api/registration/submit", json=form).status_code == 201
    with city_store.transaction(SYSTEM) as connection:
        connection.execute(
            "UPDATE registration SET state = 'returned', reason = '地址不详', decided_at = now(), decided_by = 'city' WHERE company_name = %s",
            [form["company_name"]],
        )
    answers = [other.post(ASK, json={"mobile": m}) for m in ("139 1111 0071", "13911119999")]
    assert [a.status_code for a in answers] == [200, 200]
    assert answers[0].get_data() == answers[1].get_data(), "nothing tells whether there is one"
    with city_store.unscoped() as connection:
        code = code_of(connection)
    bad = [
        other.post(CONFIRM, json={"mobile": m, "code": wrong(code)}) for m in ("13911110071", "13911119999")
    ]
    assert [a.status_code for a in bad] == [403, 403]
    assert bad[0].get_json()["detail"] == bad[1].get_json()["detail"]
    done = other.post(CONFIRM, json={"mobile": "13911110071", "code": f" {code} "})
    assert (done.status_code, done.get_json()["state"]) == (200, "returned")
    assert "HttpOnly" in done.headers["Set-Cookie"]
    assert get(other, "draft")["reason"] == "地址不详"
    assert get(first, "draft")["state"] is None, "one browser at a time"
    mended = {**form, "address": "样例路 2 号", "password": "", "password_again": ""}
    again = other.post("/api/registration/submit", json=mended)
    assert (again.status_code, again.get_json()["state"]) == (201, "pending"), again.get_json()


@pytest.mark.parametrize("body", [{}, {"mobile": "123"}, {"mobile": "0755-88888888"}, {"mobile": ["x"]}, []])
def test_what_is_no_mobile_is_refused(application: Any, body: Any) -> None:
    client = application.test_client()
    assert client.post(ASK, json=body).status_code == 400
    assert client.post(CONFIRM, json=body).status_code == 400


def test_asking_is_limited_by_mobile_whether_there_is_one_or_not(application: Any) -> None:
    for number in range(RECOVER_BY_MOBILE.most):
        other = {"REMOTE_ADDR": f"203.0.113.{number}"}
        assert application.test_client().post(ASK, json={"mobile": "13911118888"}, environ_base=other).status_code == 200  # fmt: skip
    refused = application.test_client().post(
        ASK, json={"mobile": "139 1111 8888"}, environ_base={"REMOTE_ADDR": "203.0.113.99"}
    )
    assert refused.status_code == 429
