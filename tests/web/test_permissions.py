"""Permissions per role and module: what is taken away is refused on every route, gone from the menu, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data import users
from data.clock import SystemClock
from data.database import Database
from data.scope import SYSTEM, enter
from layers.permission_modules import BASE_LAYERS, MODULES, ROLES, Level, PermissionModule, find_module
from layers.registry import all_layers, find_register
from web import permissions
from web.permissions import modules_of, wanted

Client = Callable[[str], Any]
#: A sample account of each role.
WHO = {
    "administrator": "admin", "regulator": "city", "dispatcher": "dispatcher", "enterprise": "enterprise",
    "maintenance_company": "maintainer", "wall": "wall",
}  # fmt: skip
PAIRS = [
    (role, module)
    for role in ROLES
    for module in MODULES
    if module.most(role) is not Level.NONE and role not in module.kept_for
]
#: What a rule's arguments are filled with; a register of the module where it has one.
VALUES: dict[str, Any] = {
    "layer_id": "elevator", "theme": "dark", "code": "440300", "tab": "rate", "job_id": "00000000-0000-0000-0000-000000000000",
    "study_id": "x", "scenario_id": "x", "secret": "x", "drill_id": "x", "course_id": "x", "decision_id": "x", "alternative_id": "x",
    "act": "take", "move_id": "x", "records_id": "x", "name": "x", "version": "x",
}  # fmt: skip


@pytest.fixture
def levels(city_database: Database) -> Iterator[Callable[[str, str, str], None]]:
    """Set levels in the store; what was set is gone afterwards."""
    with psycopg.connect(city_database.app, autocommit=True) as connection:

        def put(role: str, module: str, level: str) -> None:
            connection.execute(
                "INSERT INTO role_permission VALUES (%s, %s, %s, now(), 'test') ON CONFLICT (role, module) DO UPDATE SET level = excluded.level",
                [role, module, level],
            )

        yield put
        connection.execute("DELETE FROM role_permission")


def routes_of(application: Any, module: PermissionModule) -> Iterator[tuple[str, str, str]]:
    """Method, address and endpoint of every route that belongs to a module."""
    register = next(iter(sorted(module.registers)), "licence")
    for rule in application.url_map.iter_rules():
        given = {name: VALUES.get(name, 1) for name in rule.arguments}
        if "register_id" in given:
            given["register_id"] = register
        try:
            found = modules_of(rule.endpoint, given)
        except KeyError:
            pytest.fail(f"{rule.endpoint} belongs to no module: name its blueprint in web/permissions.py")
        if module.id in found:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                with application.test_request_context():
                    yield method, application.url_for(rule.endpoint, **given), rule.endpoint


def written(connection: psycopg.Connection[Any]) -> list[Any]:
    """What every write leaves a trace in."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM audit) AS lines, (SELECT sum(version) FROM layer_state) AS versions,"
        " (SELECT count(*) FROM job) AS jobs, (SELECT count(*) FROM outbox) AS messages, (SELECT count(*) FROM app_user) AS accounts"
    ).fetchone()
    return list((row or {}).values())


def test_every_route_belongs_to_a_module_or_is_free(application: Any) -> None:
    found = {module.id: list(routes_of(application, module)) for module in MODULES}
    assert all(found.values()), [name for name, routes in found.items() if not routes]
    named = {rule.endpoint.partition(".")[0] for rule in application.url_map.iter_rules()}
    assert named >= permissions.FREE
    assert {name for names in permissions._BLUEPRINTS.values() for name in names} <= named
    assert set(permissions._ENDPOINTS) | permissions._ASKING <= {
        rule.endpoint for rule in application.url_map.iter_rules()
    }


@pytest.mark.parametrize("role", ROLES)
def test_a_module_that_was_taken_away_is_refused_everywhere(
    role: str,
    application: Any,
    sign_in: Client,
    levels: Callable[[str, str, str], None],
    city_database: Database,
) -> None:
    """Every route of every module: 403 that names the module, and nothing is written."""
    client = sign_in(WHO[role])
    asked = 0
    with psycopg.connect(city_database.app, row_factory=dict_row, autocommit=True) as connection:
        before = written(connection)
        for module in (m for r, m in PAIRS if r == role):
            levels(role, module.id, "none")
            for method, address, endpoint in routes_of(application, module):
                answer = client.open(address, method=method, json={} if method != "GET" else None)
                told = answer.get_data(as_text=True)
                assert answer.status_code == 403, f"{method} {endpoint} answers {answer.status_code}"
                assert "您的角色没有“" in told, f"{method} {endpoint}: {told[:200]}"
                asked += 1
            levels(role, module.id, "write")
        assert written(connection) == before
    assert asked > 5


@pytest.mark.parametrize("role", ROLES)
def test_who_may_only_view_changes_nothing(
    role: str,
    application: Any,
    sign_in: Client,
    levels: Callable[[str, str, str], None],
    city_database: Database,
) -> None:
    client = sign_in(WHO[role])
    with psycopg.connect(city_database.app, row_factory=dict_row, autocommit=True) as connection:
        before = written(connection)
        for module in (m for r, m in PAIRS if r == role and m.most(r) is Level.WRITE):
            levels(role, module.id, "read")
            for method, address, endpoint in routes_of(application, module):
                if wanted(endpoint, method) is Level.WRITE:
                    answer = client.open(address, method=method, json={})
                    assert answer.status_code == 403, f"{method} {endpoint} answers {answer.status_code}"
                    assert f"“{module.words.zh}”的办理权限" in answer.get_data(as_text=True), endpoint
                else:
                    user = _user(connection, WHO[role], ((module.id, Level.READ),))
                    permissions.require(user, endpoint, {}, method)
            levels(role, module.id, "write")
        assert written(connection) == before


def _user(connection: Any, username: str, levels: tuple[tuple[str, Level], ...]) -> users.User:
    found = users.find_user(connection, username)
    return users.User(
        found.id,
        found.username,
        found.display_name,
        found.role,
        found.unit_id,
        found.jurisdiction,
        "zh",
        "light",
        levels=levels,
    )


@pytest.mark.parametrize(("role", "module"), PAIRS, ids=lambda one: getattr(one, "id", one))
def test_menu_entries_vanish_and_come_back(
    role: str,
    module: PermissionModule,
    application: Any,
    sign_in: Client,
    levels: Callable[[str, str, str], None],
) -> None:
    client = sign_in(WHO[role])
    entries = [e for e in application.extensions["menu"] if e.roles is None or role in e.roles]
    own = {
        e.path for e in entries if module.id in modules_of(*application.url_map.bind("").match(e.path))
    }  # fmt: skip
    others = {e.path for e in entries} - own

    def shown() -> set[str]:
        page = client.get("/account").get_data(as_text=True)
        return {e.path for e in entries if f'class="screens__link" href="{e.path}"' in page}

    assert shown() == own | others
    levels(role, module.id, "read")
    assert shown() == own | others
    levels(role, module.id, "none")
    assert shown() == others


def status_of(client: Any, address: str) -> int:
    with client.get(address) as answer:
        return int(answer.status_code)


@pytest.mark.parametrize("role", ROLES)
def test_the_table_says_what_a_role_can_do_without_it(role: str, application: Any, sign_in: Client) -> None:
    """Where it says that a role has nothing in a module, the house's own rules refuse its pages and lists; else one opens."""
    client = sign_in(WHO[role])
    for module in MODULES:
        asked = {
            address: status_of(client, address)
            for method, address, endpoint in routes_of(application, module)
            if method == "GET" and "stream" not in endpoint and "pdf" not in endpoint
        }
        if module.most(role) is Level.NONE:
            assert not [a for a, status in asked.items() if status < 300], (module.id, asked)
        else:
            assert any(status != 403 for status in asked.values()), (module.id, asked)


def test_registers_of_a_closed_module_are_gone_from_the_map(
    sign_in: Client, levels: Callable[[str, str, str], None]
) -> None:
    client = sign_in("city")
    danger = client.get("/api/registers/hidden_danger/rows?page_size=1").get_json()["rows"][0]

    def seen() -> tuple[bool, bool, bool]:
        return (
            "hidden_danger" in {one["id"] for one in client.get("/api/layers").get_json()["layers"]},
            "hidden_danger"
            in {one["id"] for one in client.get("/ogc/collections").get_json()["collections"]},
            any(
                hit.get("layer") == "hidden_danger"
                for hit in client.get(f"/api/search?q={danger['code']}").get_json()["results"]
            ),
        )

    assert seen() == (True, True, True)
    levels("regulator", "dangers", "none")
    assert seen() == (False, False, False)
    for path in (
        "/tiles/hidden_danger/12/3340/1784.mvt", "/ogc/collections/hidden_danger/items", "/api/export/hidden_danger?format=csv",
        f"/api/layers/hidden_danger/features/{danger['id']}", f"/api/layers/hidden_danger/features/{danger['id']}/attachments",
    ):  # fmt: skip
        assert client.get(path).status_code == 403, path
    assert client.get("/tiles/elevator/12/3340/1784.mvt").status_code == 200


def test_every_layer_belongs_to_a_module_or_to_the_base_of_the_map() -> None:
    of_modules = [layer for module in MODULES for layer in module.layers]
    assert len(of_modules) == len(set(of_modules))
    others = {layer.id for layer in all_layers() if find_register(layer.id) is None}
    assert set(of_modules) | BASE_LAYERS == others
    assert not set(of_modules) & BASE_LAYERS


@pytest.mark.parametrize(
    ("module", "layer"), [(module.id, layer) for module in MODULES for layer in sorted(module.layers)]
)
def test_layers_of_a_closed_module_are_gone_from_the_map(
    sign_in: Client, levels: Callable[[str, str, str], None], module: str, layer: str
) -> None:
    """Those that are no registers, too: patrol routes with the patrols, plans and boundaries with the enterprises."""
    client = sign_in("city")
    paths = (
        f"/tiles/{layer}/12/3340/1784.mvt", f"/ogc/collections/{layer}", f"/ogc/collections/{layer}/items?limit=1",
        f"/api/layers/{layer}/features?page_size=1", f"/api/layers/{layer}/features/1/attachments", f"/api/export/{layer}?format=csv",
        f"/ogc/collections/{layer}/tiles/WebMercatorQuad/12/1784/3340",
    )  # fmt: skip

    def asked() -> tuple[bool, bool, bool, set[int]]:
        collections = client.get("/ogc/collections").get_json()["collections"]
        statuses = set()
        for path in paths:
            answer = client.get(path)
            statuses.add(answer.status_code)
            answer.close()
        return (
            layer in {one["id"] for one in client.get("/api/layers").get_json()["layers"]},
            layer in {one["id"] for one in collections},
            f'"{layer}"' in client.get("/api/style/light.json").get_data(as_text=True),
            statuses,
        )

    open_before = asked()
    assert open_before[:2] == (True, True)
    assert open_before[3] <= {200, 204}
    levels("regulator", module, "none")
    assert asked() == (False, False, False, {403})
    assert client.get("/tiles/enterprise/12/3340/1784.mvt").status_code in (200, 204), "the map's base"


def test_warnings_of_a_closed_module_are_neither_listed_nor_counted(
    sign_in: Client, levels: Callable[[str, str, str], None], city_database: Database
) -> None:
    client, kinds = (
        sign_in("city"),
        ("patrol_owed", "transport_violation", "danger_unreported", "dangerXunreported"),
    )
    layers = ("patrol_route", "transport_violation", "enterprise", "enterprise")
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        for kind, layer in zip(kinds, layers, strict=True):
            connection.execute(
                "INSERT INTO warning (kind, level, title, layer, row_id, division_code, authority_code, raised_at)"
                " VALUES (%s, '4', '关闭的模块', %s, 1, '440304', '440304', now())",
                [kind, layer],
            )
    try:

        def seen(state: str = "open") -> tuple[set[str], int]:
            body = client.get(f"/api/warnings?q=关闭的模块&state={state}").get_json()
            assert len(body["rows"]) == body["total"] == sum(k["n"] for k in body["kinds"])
            assert sum(body["levels"].values()) == body["total"]
            return {row["kind"] for row in body["rows"]}, body["counts"]["open"]

        numbers = {
            row["kind"]: row["id"] for row in client.get("/api/warnings?q=关闭的模块").get_json()["rows"]
        }
        assert seen() == (set(kinds), 4)
        text = client.get("/api/warnings/digest").get_json()["message"]
        levels("regulator", "patrols", "none")
        assert seen() == ({"danger_unreported", "dangerXunreported"}, 2)
        levels("regulator", "dangers", "none")
        assert seen() == ({"dangerXunreported"}, 1), "its sign is no pattern"
        assert client.get("/api/warnings/digest").get_json()["message"] != text
        process = {"note": "已办"}
        assert client.post(f"/api/warnings/{numbers['patrol_owed']}/process", json=process).status_code == 404
        several = client.post("/api/warnings/process", json={"ids": list(numbers.values()), **process})
        assert several.get_json()["processed"] == [numbers["dangerXunreported"]]
        for module in ("patrols", "dangers"):
            levels("regulator", module, "write")
        assert seen()[1] == 3
    finally:
        with psycopg.connect(city_database.app) as connection:
            enter(connection, SYSTEM)
            connection.execute("DELETE FROM warning WHERE title = '关闭的模块'")


def test_an_administrator_sets_it_and_it_holds_at_once(sign_in: Client, application: Any) -> None:
    admin, city = sign_in("admin"), sign_in("city")
    with application.extensions["store"].unscoped() as connection:
        user = users.find_user(connection, "city")
        _, secret = users.add_token(
            connection, user.id, name="t", scopes=["read"], life_days=1, now=SystemClock().now()
        )
    held = {"Authorization": f"Bearer {secret}"}
    stranger = application.test_client()
    body = {"role": "regulator", "module": "patrols", "level": "none"}
    table = admin.put("/api/permissions", json=body)
    assert table.status_code == 200, table.get_json()
    cell = next(
        c
        for m in table.get_json()["modules"]
        if m["id"] == "patrols"
        for c in m["cells"]
        if c["role"] == "regulator"
    )
    assert (cell["level"], cell["can"]) == ("none", ["none", "read", "write"])
    refused = city.get("/api/patrols")
    assert refused.status_code == 403
    assert (
        refused.get_json()["detail"] == "您的角色没有“巡查、网格和危化品运输”的查看权限，请联系系统管理员。"
    )
    english = city.get("/api/patrols?lang=en").get_json()["detail"]
    assert (
        english
        == "Your role may not view the module Patrols, grids and hazardous transport: ask an administrator."
    )
    assert stranger.get("/api/patrols", headers=held).status_code == 403
    assert sign_in("enterprise").get("/api/patrols").status_code == 200
    admin.put("/api/permissions", json={**body, "level": "write"})
    assert city.get("/api/patrols").status_code == 200
    assert "<td>设置角色权限</td>" in admin.get("/admin/audit").get_data(as_text=True)
    with application.extensions["store"].unscoped() as connection:
        assert connection.execute("SELECT 1 FROM role_permission").fetchone() is None


def test_where_a_role_only_looks_nothing_to_press_is_offered(
    sign_in: Client, levels: Callable[[str, str, str], None]
) -> None:
    """What pages ask before they show a button: the session of the page, moves and changes of a row, and the label on every page."""
    city, own = sign_in("city"), sign_in("enterprise")
    register = "/api/registers/hidden_danger"
    row = own.get(f"{register}/rows?state=pending").get_json()["rows"][0]
    asked = {
        "siting": lambda: city.get("/api/session?page=/studio/siting").get_json()["user"]["can_write"],
        "map": lambda: city.get("/api/session?page=/map").get_json()["user"]["can_write"],
        "keep": lambda: own.get(register).get_json()["may_keep"],
        "moves": lambda: bool(own.get(f"{register}/rows/{row['id']}").get_json()["moves"]),
        "warnings": lambda: 'data-can-write="yes"' in city.get("/warnings").get_data(as_text=True),
        "label": lambda: "只能查看" not in city.get("/studio/siting").get_data(as_text=True),
        "label elsewhere": lambda: "只能查看" not in city.get("/map").get_data(as_text=True),
    }
    assert {name: ask() for name, ask in asked.items()} == dict.fromkeys(asked, True)
    for role, module in (("regulator", "coverage"), ("regulator", "warnings"), ("enterprise", "dangers")):
        levels(role, module, "read")
    assert {name for name, ask in asked.items() if ask()} == {"map", "label elsewhere"}


BAD = [
    ({"role": "administrator", "module": "administration", "level": "none"}, 422),
    ({"role": "administrator", "module": "administration", "level": "read"}, 422),
    ({"role": "wall", "module": "dispatch", "level": "write"}, 422),
    ({"role": "wall", "module": "reviews", "level": "read"}, 422),
    ({"role": "enterprise", "module": "warnings", "level": "write"}, 422),
    ({"role": "king", "module": "dispatch", "level": "none"}, 422),
    ({"role": "regulator", "module": "moon", "level": "none"}, 422),
    ({"role": "regulator", "module": "dangers", "level": "all"}, 422),
    ({"role": "regulator", "module": "dangers"}, 400),
    ({"role": 1, "module": "dangers", "level": "none"}, 400),
]


@pytest.mark.parametrize(("body", "status"), BAD)
def test_what_cannot_be_set_is_refused(sign_in: Client, body: dict[str, Any], status: int) -> None:
    admin = sign_in("admin")
    before = admin.get("/api/permissions").get_json()
    answer = admin.put("/api/permissions", json=body)
    assert answer.status_code == status, answer.get_json()
    assert admin.get("/api/permissions").get_json() == before


@pytest.mark.parametrize("username", ["city", "dispatcher", "enterprise", "maintainer", "wall"])
def test_others_set_nothing(sign_in: Client, username: str) -> None:
    client = sign_in(username)
    assert client.get("/api/permissions").status_code == 403
    body = {"role": "regulator", "module": "dangers", "level": "none"}
    assert client.put("/api/permissions", json=body).status_code == 403


def test_a_district_does_not_set_what_holds_for_the_city(
    sign_in: Client, application: Any, levels: Callable[[str, str, str], None]
) -> None:
    name, password = "permission.district", "first-password-1"
    form = {
        "username": name,
        "display_name": "x",
        "role": "administrator",
        "jurisdiction": ["440304"],
        "password": password,
    }
    number = sign_in("admin").post("/api/users", json=form).get_json()["id"]
    with application.extensions["store"].unscoped() as connection:
        connection.execute("UPDATE app_user SET must_change_password = false WHERE id = %s", [number])
    client = application.test_client()
    assert client.post("/sign-in", data={"username": name, "password": password}).status_code == 302
    token = client.get("/api/session").get_json()["csrf"]
    body = {"role": "regulator", "module": "dangers", "level": "none"}
    answer = client.put("/api/permissions", json=body, headers={"X-CSRF-Token": token})
    assert answer.status_code == 403
    assert "全市" in answer.get_json()["detail"]
    with application.extensions["store"].unscoped() as connection:
        users.set_active(connection, number, is_active=False)


def test_registers_that_modules_claim_exist() -> None:
    for module in MODULES:
        assert all(find_register(one) is not None for one in module.registers), module.id
        assert find_module(module.id) is module


def test_the_book_of_hidden_dangers_is_an_export(
    sign_in: Client, application: Any, levels: Callable[[str, str, str], None]
) -> None:
    """By role, by token and in the audit, as every other book."""
    path, city = (
        "/api/dangers/figures.xlsx?division=440300&since=2020-01-01&until=2099-12-31",
        sign_in("city"),
    )
    assert city.get(path).status_code == 200
    assert "<td>隐患统计</td>" in sign_in("admin").get("/admin/audit?action=export").get_data(as_text=True)
    with application.extensions["store"].unscoped() as connection:
        user = users.find_user(connection, "city")
        secrets = {
            scopes: users.add_token(
                connection, user.id, name="t", scopes=scopes, life_days=1, now=SystemClock().now()
            )[1]
            for scopes in (("read",), ("read", "export"))
        }
    plain = application.test_client()
    for scopes, secret in secrets.items():
        answer = plain.get(path, headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == (200 if "export" in scopes else 403), scopes
    assert "figures.xlsx" in city.get("/print/dangers").get_data(as_text=True)
    levels("regulator", "exports", "none")
    assert city.get(path).status_code == 403
    assert "figures.xlsx" not in city.get("/print/dangers").get_data(as_text=True)
