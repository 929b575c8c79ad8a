"""Accounts over HTTP: administrators keep those of their jurisdiction, enterprises those of their own; first passwords must be changed."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest

from data import users
from data.clock import SystemClock
from data.scope import SYSTEM
from data.store import Store
from tests.registered import register_one
from web.sample_accounts import SAMPLE_PASSWORD

Client = Callable[[str], Any]
FIRST = "first-password-1"
NEXT = "next-password-2"


NUMBERS = itertools.count()


@pytest.fixture
def names() -> Callable[[], str]:
    """User names that no other test takes."""
    return lambda: f"made.{next(NUMBERS)}"


def account(username: str, **changes: Any) -> dict[str, Any]:
    return {
        "username": username, "display_name": "李工", "role": "regulator", "jurisdiction": ["440304"], "password": FIRST, **changes,
    }  # fmt: skip


def made(client: Any, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/users", json=body)
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def entered(application: Any, username: str, password: str) -> Any:
    """A browser that signed in; its secret goes along."""
    client = application.test_client()
    answer = client.post("/sign-in", data={"username": username, "password": password})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/session").get_json()["csrf"]
    return client


def with_own_password(application: Any, username: str) -> Any:
    client = entered(application, username, FIRST)
    token = client.environ_base["HTTP_X_CSRF_TOKEN"]
    form = {"csrf_token": token, "current_password": FIRST, "new_password": NEXT, "repeat_password": NEXT}
    assert client.post("/account/password", data=form).status_code == 302
    return entered(application, username, NEXT)


def test_a_new_account_must_change_its_first_password(
    sign_in: Client, application: Any, names: Callable[[], str]
) -> None:
    name = names()
    row = made(sign_in("admin"), account(name))
    assert (row["state"], row["must_change_password"], row["jurisdiction"]) == (
        "active", True, [{"code": "440304", "name": "福田区"}],
    )  # fmt: skip
    client = entered(application, name, FIRST)
    refused = client.get("/api/layers")
    assert refused.status_code == 403
    assert refused.get_json()["type"] == "/problems/first-password"
    assert client.get("/map").headers["Location"] == "/account"
    assert client.post("/api/tokens", json={"name": "x", "scopes": ["read"]}).status_code == 403
    page = client.get("/account").get_data(as_text=True)
    assert "初始密码" in page
    token = client.environ_base["HTTP_X_CSRF_TOKEN"]
    same = {"csrf_token": token, "current_password": FIRST, "new_password": FIRST, "repeat_password": FIRST}
    assert client.post("/account/password", data=same).status_code == 422
    again = with_own_password(application, name)
    assert again.get("/api/layers").status_code == 200
    assert "初始密码：请先" not in again.get("/account").get_data(as_text=True)


def test_accounts_are_found_and_narrowed(sign_in: Client, names: Callable[[], str]) -> None:
    admin, name = sign_in("admin"), names()
    made(admin, account(name, display_name="找得到的人"))
    for query in (f"q={name[:8]}", "q=找得到", "q=440304&role=regulator", f"q={name}&state=active"):
        rows = admin.get(f"/api/users?{query}").get_json()["rows"]
        assert name in {row["username"] for row in rows}, query
    for query in (f"q={name}&state=disabled", f"q={name}&role=wall", "q=%25", "q=_x_", "q=\\"):
        rows = admin.get(f"/api/users?{query}").get_json()["rows"]
        assert name not in {row["username"] for row in rows}, query
    assert admin.get("/api/users?role=king").status_code == 400
    assert admin.get("/api/users?state=dead").status_code == 400
    assert admin.get("/api/users/999999").status_code == 404
    found = admin.get("/api/users/divisions?q=福田").get_json()["divisions"]
    assert found[0]["code"] == "440304"
    assert admin.get("/api/users/divisions?q=440300").get_json()["divisions"][0]["level"] == "city"


def test_a_change_of_role_and_jurisdiction_holds_at_once(
    sign_in: Client, application: Any, names: Callable[[], str]
) -> None:
    admin, name = sign_in("admin"), names()
    row = made(admin, account(name))
    client = with_own_password(application, name)
    assert client.get("/api/session").status_code == 200
    body = {
        "display_name": "新名",
        "role": "dispatcher",
        "jurisdiction": ["440305", "440306"],
        "mobile": "138 0000 1234",
    }
    changed = admin.put(f"/api/users/{row['id']}", json=body)
    assert changed.status_code == 200, changed.get_json()
    assert changed.get_json()["mobile"] == "13800001234"
    assert client.get("/api/session").status_code == 401
    again = entered(application, name, NEXT)
    assert again.get("/api/session").get_json()["user"]["role"] == "dispatcher"
    renamed = admin.put(f"/api/users/{row['id']}", json={**body, "display_name": "又一名"})
    assert renamed.status_code == 200
    assert again.get("/api/session").get_json()["user"]["display_name"] == "又一名"


def test_off_unlocked_and_a_new_password(sign_in: Client, application: Any, names: Callable[[], str]) -> None:
    admin, name = sign_in("admin"), names()
    number = made(admin, account(name))["id"]
    client = with_own_password(application, name)
    off = admin.post(f"/api/users/{number}/active", json={"is_active": False}).get_json()
    assert off["state"] == "disabled"
    assert client.get("/api/layers").status_code == 401
    stranger = application.test_client()
    assert stranger.post("/sign-in", data={"username": name, "password": NEXT}).status_code == 401
    assert admin.post(f"/api/users/{number}/active", json={"is_active": True}).get_json()["state"] == "active"
    for _ in range(users.MAX_FAILURES):
        stranger.post("/sign-in", data={"username": name, "password": "wrong"})
    assert admin.get(f"/api/users/{number}").get_json()["state"] == "locked"
    assert admin.post(f"/api/users/{number}/unlock", json={}).get_json()["state"] == "active"
    client = entered(application, name, NEXT)
    weak = admin.post(f"/api/users/{number}/password", json={"password": "short"})
    assert (weak.status_code, weak.get_json()["faults"][0]["field"]) == (422, "password")
    assert client.get("/api/layers").status_code == 200
    assert admin.post(f"/api/users/{number}/password", json={"password": FIRST}).get_json()[
        "must_change_password"
    ]
    assert client.get("/api/layers").status_code == 401
    assert entered(application, name, FIRST).get("/api/layers").status_code == 403
    page = admin.get("/admin/audit").get_data(as_text=True)
    for action in ("user_create", "user_disable", "user_enable", "user_unlock", "user_password"):
        assert action in page, action
    assert FIRST not in page


BAD = [
    ({"username": "A B"}, "username"),
    ({"username": "admin"}, "username"),
    ({"username": None}, "username"),
    ({"password": "short"}, "password"),
    ({"password": None}, "password"),
    ({"display_name": " "}, "display_name"),
    ({"role": "king"}, "role"),
    ({"jurisdiction": []}, "jurisdiction"),
    ({"jurisdiction": ["999999"]}, "jurisdiction"),
    ({"jurisdiction": "440304"}, "jurisdiction"),
    ({"jurisdiction": ["x" * 13]}, "jurisdiction"),
    ({"mobile": "12"}, "mobile"),
    ({"role": "enterprise", "jurisdiction": []}, "unit_code"),
    ({"role": "maintenance_company", "unit_code": "nobody"}, "unit_code"),
]


@pytest.mark.parametrize(("changes", "field"), BAD)
def test_bad_input_names_its_field(
    sign_in: Client, names: Callable[[], str], changes: dict[str, Any], field: str
) -> None:
    admin, name = sign_in("admin"), names()
    before = admin.get("/api/users").get_json()["total"]
    answer = admin.post("/api/users", json=account(name) | changes)
    assert answer.status_code == 422, answer.get_json()
    assert field in {one["field"] for one in answer.get_json()["faults"]}
    assert admin.get("/api/users").get_json()["total"] == before


def test_nobody_removes_the_last_administrator(
    sign_in: Client, application: Any, names: Callable[[], str]
) -> None:
    admin = sign_in("admin")
    own = next(
        row for row in admin.get("/api/users?q=admin").get_json()["rows"] if row["username"] == "admin"
    )
    assert admin.post(f"/api/users/{own['id']}/active", json={"is_active": False}).status_code == 403
    assert admin.post(f"/api/users/{own['id']}/password", json={"password": FIRST}).status_code == 403
    demoted = {"display_name": "x", "role": "regulator", "jurisdiction": ["440300"]}
    assert admin.put(f"/api/users/{own['id']}", json=demoted).status_code == 403
    kept = admin.put(
        f"/api/users/{own['id']}", json={**demoted, "role": "administrator", "display_name": "系统管理员"}
    )
    assert kept.status_code == 200
    # A district's administrator does not answer for the city, and does not reach beyond the district.
    name = names()
    small = made(admin, account(name, role="administrator", jurisdiction=["440304"]))
    district = with_own_password(application, name)
    rows = district.get("/api/users").get_json()["rows"]
    assert {c["code"][:6] for row in rows for c in row["jurisdiction"]} <= {"440304"}
    assert district.put(f"/api/users/{own['id']}", json=demoted).status_code == 404
    wider = district.post("/api/users", json=account(names(), jurisdiction=["440300"]))
    assert (wider.status_code, wider.get_json()["faults"][0]["field"]) == (422, "jurisdiction")
    # Two administrators of the city who take each other away at once: one stays.
    other = made(admin, account(names(), role="administrator", jurisdiction=["440300"]))
    second = with_own_password(application, other["username"])
    answers: list[int] = []

    def take(client: Any, number: int) -> None:
        answers.append(client.post(f"/api/users/{number}/active", json={"is_active": False}).status_code)

    first = entered(application, "admin", SAMPLE_PASSWORD)
    with application.extensions["store"].unscoped() as connection:
        # whom other tests left behind would answer for the city too
        further = connection.execute(
            "UPDATE app_user SET is_active = false WHERE role = 'administrator' AND is_active AND NOT id = ANY(%s) RETURNING id",
            [[own["id"], other["id"]]],
        ).fetchall()
    threads = [
        threading.Thread(target=take, args=(first, other["id"])),
        threading.Thread(target=take, args=(second, own["id"])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) in ([200, 401], [200, 403], [200, 404], [200, 409]), answers
    with application.extensions["store"].unscoped() as connection:
        left = connection.execute(
            "SELECT username FROM app_user WHERE role = 'administrator' AND is_active AND '440300' = ANY(jurisdiction)"
        ).fetchall()
        assert len(left) == 1
        users.set_active(connection, own["id"], is_active=True)
        users.set_active(connection, other["id"], is_active=False)
        for row in further:
            users.set_active(connection, row["id"], is_active=True)
        users.set_active(connection, small["id"], is_active=False)
    # Others go on with this client, which may have been signed out.
    assert admin.post("/sign-in", data={"username": "admin", "password": SAMPLE_PASSWORD}).status_code == 302
    admin.environ_base["HTTP_X_CSRF_TOKEN"] = admin.get("/api/session").get_json()["csrf"]


@pytest.mark.parametrize("username", ["city", "district", "dispatcher", "enterprise", "maintainer", "wall"])
def test_others_administer_nothing(sign_in: Client, username: str, names: Callable[[], str]) -> None:
    client = sign_in(username)
    assert client.get("/users").status_code == 403
    for path in ("/api/users", "/api/users/1", "/api/users/units", "/api/users/divisions"):
        assert client.get(path).status_code == 403, path
    assert client.post("/api/users", json=account(names())).status_code == 403
    assert client.put("/api/users/1", json=account("x")).status_code == 403
    for act in ("active", "password", "unlock"):
        assert (
            client.post(f"/api/users/1/{act}", json={"is_active": False, "password": FIRST}).status_code
            == 403
        )


def test_a_token_administers_nothing(application: Any, names: Callable[[], str]) -> None:
    with application.extensions["store"].unscoped() as connection:
        user = users.find_user(connection, "admin")
        _, secret = users.add_token(
            connection, user.id, name="t", scopes=["read", "load"], life_days=1, now=SystemClock().now()
        )
    client = application.test_client()
    held = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/users", headers=held).status_code == 403
    assert client.post("/api/users", json=account(names()), headers=held).status_code == 403
    assert client.get("/api/unit/accounts", headers=held).status_code == 403


def test_an_imported_enterprise_gets_its_account_and_its_rows(
    sign_in: Client, application: Any, city_store: Store, names: Callable[[], str]
) -> None:
    admin, name = sign_in("admin"), names()
    with city_store.transaction(SYSTEM) as connection:
        one = connection.execute(
            "SELECT e.code, e.name FROM enterprise e WHERE owner_id IS NULL AND NOT EXISTS (SELECT 1 FROM registration r"
            " WHERE r.credit_code = e.code) AND NOT EXISTS (SELECT 1 FROM unit n WHERE n.code = e.code) ORDER BY code LIMIT 1"
        ).fetchone()
    assert one
    found = admin.get(f"/api/users/units?role=enterprise&q={one['code']}").get_json()["units"]
    assert found == [{"code": one["code"], "name": one["name"], "has_account": False}]
    row = made(
        admin,
        account(name, role="enterprise", jurisdiction=["440304"], unit_code=one["code"], manages_unit=True),
    )
    assert (row["unit_name"], row["jurisdiction"], row["manages_unit"]) == (one["name"], [], True)
    client = with_own_password(application, name)
    own = client.get("/api/enterprises/own").get_json()["enterprises"]
    assert [e["code"] for e in own] == [one["code"]]


def test_an_enterprise_keeps_accounts_of_its_own(
    sign_in: Client, application: Any, city_store: Store, names: Callable[[], str]
) -> None:
    firm = register_one(city_store)
    client, name = sign_in(firm["username"]), names()
    assert [a["is_own"] for a in client.get("/api/unit/accounts").get_json()["accounts"]] == [True]
    body = {"username": name, "display_name": "安全员小王", "password": FIRST}
    added = client.post("/api/unit/accounts", json=body)
    assert added.status_code == 201, added.get_json()
    number = added.get_json()["accounts"][1]["id"]
    for changes, field in (
        ({"username": name}, "username"), ({"username": "X"}, "username"), ({"display_name": ""}, "display_name"),
        ({"mobile": "1"}, "mobile"), ({"password": "x"}, "password"),
    ):  # fmt: skip
        bad = client.post("/api/unit/accounts", json={**body, "username": names(), **changes})
        assert bad.status_code == 422, (changes, bad.get_json())
        assert field in {one["field"] for one in bad.get_json()["faults"]}
    officer = with_own_password(application, name)
    assert officer.get("/api/enterprises/own").get_json()["enterprises"][0]["id"] == firm["id"]
    made_by = officer.post("/api/registers/hidden_danger/rows", json={"name": "小王查出", "grade": "general"})
    assert made_by.status_code == 201
    log = client.get(f"/api/enterprises/{firm['id']}/log").get_json()["rows"]
    assert {"安全员小王"} <= {row["who"] for row in log}
    # The officer keeps nobody's account, the firm not its own, and nobody another unit's.
    assert officer.get("/api/unit/accounts").status_code == 403
    assert officer.post("/api/unit/accounts", json={**body, "username": names()}).status_code == 403
    with city_store.unscoped() as connection:
        mine, other = (users.find_user(connection, one).id for one in (firm["username"], "enterprise"))
    assert client.post(f"/api/unit/accounts/{mine}/active", json={"is_active": False}).status_code == 403
    assert client.post(f"/api/unit/accounts/{other}/active", json={"is_active": False}).status_code == 404
    assert client.post(f"/api/unit/accounts/{other}/password", json={"password": FIRST}).status_code == 404
    off = client.post(f"/api/unit/accounts/{number}/active", json={"is_active": False})
    assert off.get_json()["accounts"][1]["state"] == "disabled"
    assert officer.get("/api/layers").status_code == 401
    client.post(f"/api/unit/accounts/{number}/active", json={"is_active": True})
    client.post(f"/api/unit/accounts/{number}/password", json={"password": FIRST})
    assert entered(application, name, FIRST).get("/api/layers").status_code == 403


@pytest.mark.parametrize("username", ["city", "admin", "wall", "dispatcher"])
def test_who_has_no_unit_keeps_no_accounts_of_one(sign_in: Client, username: str) -> None:
    assert sign_in(username).get("/api/unit/accounts").status_code == 403
