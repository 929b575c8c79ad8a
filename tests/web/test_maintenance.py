"""A maintenance company's routes: the gate on every one, two companies, bad input in words, two tabs, rights elsewhere."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from typing import Any

import openpyxl
import pytest

from data import users
from data.clock import SystemClock
from data.scope import SYSTEM
from data.store import Store
from tests.made_orders import make_order

PASSWORD = "company-password-1"
HOSTILE = (
    "'; DROP TABLE elevator; --",
    "<script>alert(1)</script>",
    "{{7*7}}",
    '"><img src=x onerror=alert(1)>',
)


@pytest.fixture(scope="module")
def units(city_store: Store) -> list[int]:
    """Companies by number of elevators."""
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT owner_id FROM elevator WHERE owner_id IS NOT NULL GROUP BY owner_id ORDER BY count(*) DESC, owner_id"
        ).fetchall()
    return [r["owner_id"] for r in rows]


@pytest.fixture
def company(sign_in: Any) -> Any:
    """The sample account, of the largest company."""
    return sign_in("maintainer")


@pytest.fixture(scope="module")
def other(application: Any, city_store: Store, units: list[int]) -> Any:
    """A user of another company, with all of its information."""
    with city_store.transaction(SYSTEM) as connection:
        users.add_user(
            connection, username="second.company", display_name="x", password=PASSWORD, role="maintenance_company",
            jurisdiction=[], unit_id=units[1], now=SystemClock().now(),
        )  # fmt: skip
        connection.execute(
            "UPDATE maintenance_company SET duty_phone = '0755-1234567' WHERE unit_id = %s", [units[1]]
        )
    return _client(application, "second.company", PASSWORD)


def _client(application: Any, username: str, password: str) -> Any:
    client = application.test_client()
    assert client.post("/sign-in", data={"username": username, "password": password}).status_code == 302
    client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/session").get_json()["csrf"]
    return client


def elevators(client: Any, **query: Any) -> list[dict[str, Any]]:
    response = client.get("/api/company/elevators", query_string={"page_size": 500, **query})
    assert response.status_code == 200, response.get_json()
    rows: list[dict[str, Any]] = response.get_json()["rows"]
    return rows


def refused(response: Any, status: int, words: str) -> None:
    assert response.status_code == status, response.get_json()
    assert words in response.get_json()["detail"], response.get_json()


# -- the gate -----------------------------------------------------------------------------------------


@pytest.fixture
def shut(city_store: Store, units: list[int]) -> Iterator[None]:
    """The sample company's duty phone is missing."""
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT duty_phone FROM maintenance_company WHERE unit_id = %s", [units[0]]
        ).fetchone()
        connection.execute("UPDATE maintenance_company SET duty_phone = NULL WHERE unit_id = %s", [units[0]])
    assert row is not None
    yield
    with city_store.transaction(SYSTEM) as connection:
        connection.execute(
            "UPDATE maintenance_company SET duty_phone = %s WHERE unit_id = %s", [row["duty_phone"], units[0]]
        )


BODIES: dict[str, Any] = {
    "maintenance.add_station": "station",
    "maintenance.save_station": "station",
    "maintenance.remove_station": {"version": 1},
    "maintenance.add_maintainer": {"name": "x", "mobile": "13800000001"},
    "maintenance_elevators.save": {"version": 1},
    "maintenance_elevators.bind": {"codes": ["x"], "station_code": "x"},
    "maintenance_elevators.unbind": {"codes": ["x"]},
    "maintenance_elevators.place_type": {"codes": ["x"], "place_type": "office"},
    "maintenance_elevators.add_manager": {"name": "x"},
    "maintenance_elevators.save_manager": {"name": "x", "version": 1},
    "maintenance_elevators.assign": {"codes": ["x"]},
    "maintenance_elevators.unassign": {"codes": ["x"]},
    "maintenance_elevators.request_inspection": {
        "code": "x", "due_on": "2027-01-01", "contact_name": "x", "contact_phone": "13800000001",
    },
    "maintenance_orders.hand_in": {"cause": "door", "description": "x", "measures": "x"},
    "maintenance_orders.correct": {"cause": "door", "description": "x", "measures": "x", "number": 1, "why": "x"},
}  # fmt: skip
BODIES["rebinding.accept"] = {"moves": [{"code": "x", "from": None, "to": "x"}]}
OPEN = {"maintenance.home", "maintenance.information", "maintenance.save_information"}
VALUES = {"code": "x", "maintainer_id": 1, "manager_id": 1, "request_id": 1, "proposal_id": 1, "tab": "rate"}


def routes(application: Any) -> list[tuple[str, str, str]]:
    found = []
    for rule in application.url_map.iter_rules():
        if rule.rule.startswith("/api/company"):
            with application.test_request_context():
                address = application.url_for(rule.endpoint, **{k: VALUES[k] for k in rule.arguments})
            found += [(rule.endpoint, m, address) for m in rule.methods - {"HEAD", "OPTIONS"}]
    assert len(found) > 25
    return found


def ask(client: Any, endpoint: str, method: str, address: str) -> Any:
    if endpoint == "maintenance_orders.attach":
        return client.post(address, data={"file": (io.BytesIO(b"%PDF-1.4"), "a.pdf")})
    if endpoint == "maintenance.position":
        return client.get(address, query_string={"position_text": "114.05,22.54", "crs": "wgs84"})
    body = BODIES.get(endpoint)
    return client.open(address, method=method, json=STATION if body == "station" else body)


STATION = {
    "district_code": "440304", "name": "测试站", "lead_name": "李四", "lead_phone": "13800000001", "scope_codes": ["440304"],
    "position_text": "114.0579,22.5431", "crs": "wgs84", "crew_count": 2, "on_duty": True, "is_networked": False, "version": 1,
}  # fmt: skip


def test_nothing_else_opens_before_the_information_is_complete(
    application: Any, company: Any, shut: None
) -> None:
    for endpoint, method, address in routes(application):
        response = ask(company, endpoint, method, address)
        if endpoint in OPEN:
            assert response.status_code in (200, 400), (endpoint, response.get_json())
        else:
            refused(response, 403, "完善维保单位救援信息")
    home = company.get("/api/company").get_json()
    assert (home["is_complete"], home["problems"]) == (False, [])
    assert "救援信息" in home["message"]


def test_the_gate_opens_at_once(company: Any, shut: None) -> None:
    found = company.get("/api/company/information").get_json()
    assert found["missing"] == ["duty_phone"]
    values = {n: found[n] for n in ("address", "emergency_lead_name", "emergency_lead_phone", "version")}
    refused(company.put("/api/company/information", json=values), 400, "24 小时值班电话")
    saved = company.put("/api/company/information", json={**values, "duty_phone": "0755-8888 6666"})
    assert saved.get_json()["is_complete"], saved.get_json()
    assert company.get("/api/company/stations").status_code == 200
    stale = company.put("/api/company/information", json={**values, "duty_phone": "0755-8888 7777"})
    refused(stale, 409, "别处修改")


def test_nobody_else_uses_these_routes(application: Any, sign_in: Callable[[str], Any]) -> None:
    for endpoint, method, address in routes(application):
        for name in ("city", "dispatcher", "enterprise", "admin", "wall"):
            assert ask(sign_in(name), endpoint, method, address).status_code == 403, (name, endpoint)


def test_a_company_writes_nowhere_else(company: Any, city_store: Store, units: list[int]) -> None:
    with city_store.transaction(SYSTEM) as connection:
        elevator = connection.execute(
            "SELECT id, name, division_code, authority_code, owner_id FROM elevator WHERE owner_id = %s LIMIT 1",
            [units[0]],
        ).fetchone()
        assert elevator is not None
        warning = connection.execute(
            "INSERT INTO warning (kind, level, title, layer, row_id, division_code, authority_code, owner_id, raised_at)"
            " VALUES ('x', '3', 'x', 'elevator', %(id)s, %(division_code)s, %(authority_code)s, %(owner_id)s, now()) RETURNING id",
            elevator,
        ).fetchone()
    assert warning is not None
    path = f"/api/layers/elevator/features/{elevator['id']}/attachments"
    assert company.post(f"/api/warnings/{warning['id']}/process", json={"note": "x"}).status_code == 403
    assert company.post(path, data={"file": (io.BytesIO(b"%PDF-1.4"), "a.pdf")}).status_code == 403
    assert company.delete("/api/attachments/1").status_code == 403
    assert company.get("/admin/users").status_code == 403
    assert company.post("/api/orders", json={"address": "x"}).status_code == 403
    made = company.post(
        "/api/tokens", json={"name": "x", "expires_in_days": 1, "scopes": ["read", "load", "export"]}
    ).get_json()
    held = {"Authorization": f"Bearer {made['token']}"}
    plain = company.application.test_client()
    assert (
        plain.post(f"/api/warnings/{warning['id']}/process", json={"note": "x"}, headers=held).status_code
        == 403
    )
    assert (
        plain.post(path, data={"file": (io.BytesIO(b"%PDF-1.4"), "a.pdf")}, headers=held).status_code == 403
    )
    reader = company.post(
        "/api/tokens", json={"name": "y", "expires_in_days": 1, "scopes": ["read"]}
    ).get_json()
    only = {"Authorization": f"Bearer {reader['token']}"}
    assert plain.get("/api/company/stations", headers=only).status_code == 200
    assert plain.post("/api/company/managers", json={"name": "x"}, headers=only).status_code == 403
    assert plain.get("/api/company/analysis/rate?format=xlsx", headers=only).status_code == 403


# -- stations and elevators ---------------------------------------------------------------------------


@pytest.fixture
def station(company: Any) -> dict[str, Any]:
    """A form that fits: where the company's first station lies."""
    row = company.get("/api/company/stations").get_json()["stations"][0]
    return {
        **STATION, "district_code": row["district_code"], "scope_codes": [row["district_code"]],
        "position_text": f"{row['lon']},{row['lat']}",
    }  # fmt: skip


def test_a_station_by_its_routes(company: Any, other: Any, station: dict[str, Any]) -> None:
    made = company.post("/api/company/stations", json={**station, "scope_note": "北环以南"})
    assert made.status_code == 201, made.get_json()
    row = made.get_json()
    assert (row["is_usable"], row["scope_note"], row["is_networked"]) == (False, "北环以南", False)
    path = f"/api/company/stations/{row['code']}"
    added = company.post(f"{path}/maintainers", json={"name": "王师傅", "mobile": "138 0000 0009"})
    assert added.status_code == 201
    assert added.get_json()["is_usable"]
    for call in (other.get, other.delete):
        assert call(path, **({"json": {"version": 1}} if call == other.delete else {})).status_code == 404
    assert other.put(path, json={**station, "version": 1}).status_code == 404
    assert other.post(f"{path}/maintainers", json={"name": "x", "mobile": "13800000001"}).status_code == 404
    first = company.put(path, json={**station, "name": "第一个标签页", "version": row["version"]})
    assert first.status_code == 200
    refused(company.put(path, json={**station, "name": "第二个", "version": row["version"]}), 409, "别处修改")
    person = added.get_json()["maintainers"][0]["id"]
    assert not company.delete(f"{path}/maintainers/{person}").get_json()["is_usable"]
    assert company.delete(f"{path}/maintainers/{person}").status_code == 404
    gone = company.delete(path, json={"version": first.get_json()["version"]})
    assert gone.get_json()["became"] == "removed"
    assert company.get(path).status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lead_phone": "12345"}, "不是手机号码"),
        ({"lead_phone": "0755-12345678"}, "不是手机号码"),
        ({"lead_phone": ""}, "负责人手机"),
        ({"name": " "}, "名称"),
        ({"name": "x" * 101}, "最多 100 字"),
        ({"position_text": "nowhere"}, ""),
        ({"crs": ""}, "坐标系"),
        ({"crs": "venus"}, "venus"),
        ({"position_text": "2.35,48.85"}, ""),
        ({"scope_codes": []}, "负责范围"),
        ({"scope_codes": "440304"}, "列表"),
        ({"scope_codes": ["440304", "440303", "440305", "440306"]}, "最多三个区"),
        ({"scope_codes": ["440304", "440303"], "scope_note": "北环以南"}, "只能选一个区"),
        ({"crew_count": -1}, "0–1000"),
        ({"crew_count": "many"}, "0–1000"),
        ({"crew_count": True}, "0–1000"),
        ({"district_code": "999999"}, "999999"),
    ],
)
def test_bad_stations_are_refused_in_words(
    company: Any, station: dict[str, Any], changes: dict[str, Any], words: str
) -> None:
    refused(company.post("/api/company/stations", json={**station, **changes}), 400, words)


def test_statements_and_scripts_are_texts(company: Any, station: dict[str, Any], city_store: Store) -> None:
    before = len(elevators(company))
    for text in HOSTILE:
        made = company.post(
            "/api/company/stations", json={**station, "name": text, "lead_name": text, "address": text, "scope_note": text}
        )  # fmt: skip
        assert made.status_code == 201, made.get_json()
        row = made.get_json()
        assert [row[n] for n in ("name", "lead_name", "address", "scope_note")] == [text] * 4
        assert company.delete(f"/api/company/stations/{row['code']}", json={"version": 1}).get_json() == {
            "code": row["code"],
            "became": "removed",
        }
        for field in ("code", "unit_name", "unit_code", "station_code"):
            assert elevators(company, **{field: text[:40]}) == []
        refused(company.get("/api/company/elevators", query_string={"problem": text}), 400, "")
        assert company.get("/api/company/managers", query_string={"q": text}).get_json()["managers"] == []
        assert company.get("/api/company/orders", query_string={"unit_name": text}).get_json()["orders"] == []
        assert (
            company.get("/api/company/stations", query_string={"district": text}).get_json()["stations"] == []
        )
        for path in ("stations", "elevators", "orders", "analysis"):
            tail = "/report" if path == "orders" else ""
            assert company.get(f"/api/company/{path}/{text.replace('/', '')}{tail}").status_code in (400, 404)
        manager = company.post("/api/company/managers", json={"name": text, "unit_code": text[:40]})
        assert manager.get_json()["name"] == text
        assert company.delete(f"/api/company/managers/{manager.get_json()['id']}").status_code == 200
    assert len(elevators(company)) == before


def test_an_address_changes_only_after_the_tick(company: Any, other: Any) -> None:
    row = elevators(company, problem="bad_address")[0]
    path = f"/api/company/elevators/{row['code']}"
    keep = {n: row[n] for n in ("rescue_code", "place_type", "station_code", "manager_id", "version")}
    new = {**keep, "address": "样板路99号"}
    refused(company.put(path, json=new), 400, "勾选")
    refused(company.put(path, json={**new, "is_address_unlocked": "yes"}), 400, "勾选")
    refused(company.put(path, json={**new, "is_address_unlocked": True}), 400, "位置")
    assert company.get(path).get_json()["address"] == row["address"]
    done = company.put(path, json={**new, "is_address_unlocked": True, "keeps_position": True})
    assert done.status_code == 200, done.get_json()
    assert (done.get_json()["address"], done.get_json()["lon"]) == ("样板路99号", row["lon"])
    refused(company.put(path, json={**keep, "address": "样板路99号"}), 409, "别处修改")
    version = done.get_json()["version"]
    for changes, words in (
        ({"code": ""}, "不可缺省"),
        ({"code": "other"}, "不可缺省"),
        ({"rescue_code": "12345"}, "6 位数字"),
        ({"rescue_code": "１２３４５６"}, "6 位数字"),
        ({"place_type": "castle"}, "场所性质"),
        ({"manager_id": "1"}, "编号"),
        ({"version": None}, "version"),
        ({"position_text": "100.1,30.1", "crs": "wgs84"}, "不在本市"),
    ):
        refused(company.put(path, json={**keep, "version": version, **changes}), 400, words)
    refused(company.put(path, json={**keep, "version": version, "station_code": "RS999"}), 404, "没有救援站")
    refused(company.put(path, json={**keep, "version": version, "manager_id": 99999999}), 404, "安全管理员")
    assert other.put(path, json={**keep, "version": version}).status_code == 404


def test_many_at_once_by_routes(company: Any, other: Any) -> None:
    loose = [e["code"] for e in elevators(company, bound=0)]
    station = company.get("/api/company/stations").get_json()["stations"][0]["code"]
    done = company.post("/api/company/elevators/bind", json={"codes": loose, "station_code": station})
    assert done.get_json() == {"bound": len(loose)}
    theirs = elevators(other)[0]["code"]
    for path, more in (
        ("bind", {"station_code": station}), ("unbind", {}), ("place-type", {"place_type": "office"}),
    ):  # fmt: skip
        for codes in ([theirs], [loose[0], theirs]):
            refused(
                company.post(f"/api/company/elevators/{path}", json={"codes": codes, **more}),
                404,
                "没有在用的电梯",
            )
        for codes in ("x", [1], ["x" * 41], None, ["x"] * 1001):
            assert (
                company.post(f"/api/company/elevators/{path}", json={"codes": codes, **more}).status_code
                == 400
            )
    assert company.post("/api/company/elevators/unbind", json={"codes": loose}).get_json() == {
        "unbound": len(loose)
    }
    rows = elevators(company)
    mixed = [rows[0]["code"], next(r["code"] for r in rows if r["unit_code"] != rows[0]["unit_code"])]
    refused(
        company.post("/api/company/elevators/place-type", json={"codes": mixed, "place_type": "office"}), 400, "同一使用单位"
    )  # fmt: skip


def test_managers_by_routes(company: Any, other: Any) -> None:
    refused(company.post("/api/company/managers", json={"name": "x", "mobile": "abc"}), 400, "不是手机号码")
    wanted = elevators(company, problem="no_manager")[0]
    made = company.post(
        "/api/company/managers",
        json={"name": "郑一", "mobile": "13511112222", "unit_code": wanted["unit_code"]},
    ).get_json()
    path = f"/api/company/managers/{made['id']}"
    n = company.post(f"{path}/assign", json={"unit_code": wanted["unit_code"]}).get_json()["assigned"]
    mine = elevators(company, manager_id=made["id"])
    assert len(mine) == n > 0
    assert {e["unit_code"] for e in mine} == {wanted["unit_code"]}
    for call, body in ((other.put, {"name": "x", "version": 1}), (other.get, None), (other.delete, None)):
        assert call(path, json=body).status_code == 404
    assert other.post(f"{path}/assign", json={"codes": [elevators(other)[0]["code"]]}).status_code == 404
    codes = [e["code"] for e in mine]
    assert other.post("/api/company/managers/unassign", json={"codes": codes}).status_code == 404
    saved = company.put(path, json={"name": "郑一", "mobile": "13511113333", "version": 1})
    assert saved.get_json()["mobile"] == "13511113333"
    refused(company.put(path, json={"name": "郑一", "version": 1}), 409, "别处修改")
    assert company.post("/api/company/managers/unassign", json={"codes": codes}).get_json() == {
        "unassigned": n
    }
    assert company.delete(path).get_json()["elevators_without"] == 0


def test_inspections_by_routes(company: Any, other: Any) -> None:
    rows = elevators(company)
    bad = next(e for e in rows if len(e["problems"]) >= 1)
    good = next(e for e in rows if not e["problems"])
    day = (SystemClock().now() + dt.timedelta(days=60)).date().isoformat()
    form = {"due_on": day, "contact_name": "x", "contact_phone": "13800000001"}
    response = company.post("/api/company/inspections", json={**form, "code": bad["code"]})
    refused(response, 409, bad["problems"][0]["title"])
    assert other.post("/api/company/inspections", json={**form, "code": good["code"]}).status_code == 404
    for changes, words in (
        ({"due_on": "tomorrow"}, "2026-12-31"), ({"contact_phone": "1"}, "不是手机号码"), ({"due_on": "1999-01-01"}, "一年内"),
    ):  # fmt: skip
        refused(
            company.post("/api/company/inspections", json={**form, "code": good["code"], **changes}),
            400,
            words,
        )
    made = company.post("/api/company/inspections", json={**form, "code": good["code"]})
    assert (made.status_code, made.get_json()["is_late"]) == (201, False)
    listed = company.get("/api/company/inspections").get_json()["requests"]
    number = next(r["id"] for r in listed if r["elevator_code"] == good["code"])
    assert other.delete(f"/api/company/inspections/{number}").status_code == 404
    assert company.delete(f"/api/company/inspections/{number}").get_json()["withdrawn"]


# -- orders, reports, analysis ------------------------------------------------------------------------


def test_the_overtime_list_and_both_rates(
    company: Any, other: Any, city_store: Store, units: list[int]
) -> None:
    starts = dt.datetime(2024, 3, 1, 2, 0, tzinfo=dt.UTC)
    with city_store.transaction(SYSTEM) as connection:
        limit = connection.execute("SELECT count(*) AS n FROM dispatch_rule").fetchone()
    assert limit is not None
    exact = make_order(city_store, units[0], minutes=30, starts=starts)
    late = make_order(city_store, units[0], minutes=30 + 1 / 60, starts=starts)
    make_order(city_store, units[1], minutes=45, starts=starts)
    asked = {"from": "2024-03-01", "to": "2024-03-31"}

    def table(client: Any, tab: str) -> list[dict[str, Any]]:
        response = client.get(f"/api/company/analysis/{tab}", query_string=asked)
        assert response.status_code == 200, response.get_json()
        rows: list[dict[str, Any]] = response.get_json()["rows"]
        return rows

    assert [r["key"] for r in table(company, "overtime")] == [late]
    assert exact not in {r["key"] for r in table(company, "overtime")}
    owned = len([1 for p in range(1, 20) for _ in elevators(company, page=p)])
    total = table(company, "rate")[0]["values"]
    assert total[1:3] == [owned, 2]
    assert total[3] == pytest.approx(200 / owned)
    assert total[5] == pytest.approx(owned / 2)
    columns = [c["label"] for c in company.get("/api/company/analysis/rate").get_json()["columns"]]
    assert any("困人起数 ÷ 电梯台数" in c for c in columns)
    assert any("电梯台数 ÷ 困人起数" in c for c in columns)
    assert [r["values"][-1] for r in table(company, "elevators")] == [2]
    stations = {r["values"][0]: r["values"][1] for r in table(company, "stations")}
    assert sum(stations.values()) == 4  # one station with both, and the total
    assert len(stations) == len(company.get("/api/company/stations").get_json()["stations"]) + 1
    assert table(other, "rate")[0]["values"][2] == 1
    for tab, count_at in (("stations", 1), ("rate", 2), ("elevators", 4)):
        for row in table(company, tab):
            behind = company.get(row["orders"][count_at]).get_json()
            assert behind["total"] == row["values"][count_at], row
    assert "orders" not in table(company, "overtime")[0], "its rows are orders themselves"
    for tab in ("stations", "rate", "elevators", "overtime"):
        book = company.get(f"/api/company/analysis/{tab}", query_string={**asked, "format": "xlsx"})
        assert book.status_code == 200
        sheet = openpyxl.load_workbook(io.BytesIO(book.data)).active
        assert sheet is not None
        assert sheet.max_row == len(table(company, tab)) + 1
    refused(company.get("/api/company/analysis/weather"), 400, "没有标签")
    refused(company.get("/api/company/analysis/rate?from=2024-03-02&to=2024-01-01"), 400, "晚于起点")


def test_reports_by_routes(
    company: Any, other: Any, city_store: Store, units: list[int], sign_in: Any
) -> None:
    now = SystemClock().now()
    code = make_order(city_store, units[0], minutes=10, starts=now - dt.timedelta(hours=2))
    path = f"/api/company/orders/{code}"
    assert len(company.get("/api/company/orders").get_json()["orders"]) <= 15
    newest = company.get("/api/company/orders?limit=100").get_json()["orders"]
    assert code in {o["code"] for o in newest}
    received = [o["received_at"] for o in newest]
    assert received == sorted(received, reverse=True)
    unit = newest[0]["unit_name"]
    assert {
        o["unit_name"]
        for o in company.get("/api/company/orders", query_string={"unit_name": unit}).get_json()["orders"]
    } == {unit}
    assert company.get(f"/api/orders/{code}").status_code == 200
    form = {"cause": "door", "description": "层门锁故障", "measures": "更换", "parts": "门锁"}
    for missing in ("cause", "description", "measures"):
        assert company.post(f"{path}/report", json={**form, missing: ""}).status_code == 400
    for client in (other,):
        assert client.get(f"{path}/report").status_code == 404
        assert client.post(f"{path}/report", json=form).status_code == 404
        assert (
            client.post(f"{path}/attachments", data={"file": (io.BytesIO(b"%PDF-1.4"), "a.pdf")}).status_code
            == 404
        )
    attached = company.post(f"{path}/attachments", data={"file": (io.BytesIO(b"%PDF-1.4"), "a.pdf")})
    assert [a["file_name"] for a in attached.get_json()["attachments"]] == ["a.pdf"]
    refused(
        company.post(f"{path}/attachments", data={"file": (io.BytesIO(b"MZ"), "a.exe")}),
        422,
        "不接受这种文件",
    )
    done = company.post(f"{path}/report", json=form)
    assert done.status_code == 201, done.get_json()
    refused(company.post(f"{path}/report", json=form), 409, "只能更正")
    refused(
        company.post(f"{path}/attachments", data={"file": (io.BytesIO(b"%PDF-1.4"), "b.pdf")}),
        400,
        "须填写理由",
    )
    fixed = {**form, "cause": "control", "number": 1}
    refused(company.post(f"{path}/report/correct", json=fixed), 400, "更正理由")
    saved = company.post(f"{path}/report/correct", json={**fixed, "why": "复查"})
    assert [v["number"] for v in saved.get_json()["versions"]] == [2, 1]
    refused(company.post(f"{path}/report/correct", json={**fixed, "why": "复查"}), 409, "更正过")
    seen = sign_in("dispatcher").get(f"/api/orders/{code}").get_json()
    assert [e["kind"] for e in seen["log"]].count("reported") == 2
    assert seen["is_reported"]


def test_positions_in_any_datum(company: Any) -> None:
    def at(text: str, crs: str = "") -> Any:
        return company.get("/api/company/position", query_string={"position_text": text, "crs": crs})

    plain = at("114.0579,22.5431", "wgs84").get_json()
    assert plain["district_code"] == "440304"
    assert [d["name"] for d in plain["divisions"]][:1] == ["深圳市"] or "深圳市" in str(plain["divisions"])
    gcj = at("114.0579,22.5431", "gcj02").get_json()
    assert abs(gcj["lon"] - plain["lon"]) > 0.003
    swapped = at("22.5431,114.0579", "wgs84").get_json()
    assert (swapped["was_swapped"], swapped["lon"]) == (True, plain["lon"])
    assert at("38505955.846 2493941.246").get_json()["lon"] == pytest.approx(114.0579, abs=1e-3)
    refused(at("114.0579,22.5431"), 400, "坐标系")
    refused(at("", "wgs84"), 400, "位置")
