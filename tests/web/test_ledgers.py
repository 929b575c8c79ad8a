"""Ledgers that authorities keep and enterprises read, and suspensions that enterprises declare (L7, L14, L26)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest

from data.scope import SYSTEM
from data.store import Store

Client = Callable[[str], Any]


@pytest.fixture
def own_code(city_store: Store) -> str:
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT e.code FROM enterprise e JOIN app_user u ON u.unit_id = e.owner_id WHERE u.username = 'enterprise' LIMIT 1"
        ).fetchone()
    assert row is not None
    return str(row["code"])


def _add(client: Any, register: str, body: dict[str, Any], status: int = 201) -> Any:
    answer = client.post(f"/api/registers/{register}/rows", json=body)
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def _move(client: Any, path: str, name: str, status: int = 200, **values: Any) -> Any:
    version = client.get(path).get_json()["version"]
    answer = client.post(f"{path}/moves/{name}", json={"version": version, **values})
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def test_an_inspection_that_found_nothing_is_kept_read_by_its_enterprise_and_changed_by_none_but_the_authority(
    sign_in: Client, own_code: str
) -> None:
    city = sign_in("city")
    body = {
        "name": "节前检查", "enterprise_code": own_code, "kind": "special", "inspected_on": "2026-11-20", "inspectors": "张三、李四",
        "looked_at": "消防通道", "result": "none",
    }  # fmt: skip
    wrong = _add(city, "government_inspection", body | {"recheck_on": "2026-11-01"}, 422)
    assert [f["field"] for f in wrong["faults"]] == ["recheck_on"]
    row = _add(city, "government_inspection", body)
    path = f"/api/registers/government_inspection/rows/{row['id']}"
    enterprise = sign_in("enterprise")
    seen = enterprise.get(path).get_json()
    assert (seen["values"]["result"], seen["moves"], seen["may_change"]) == ("none", [], False)
    assert enterprise.put(path, json={"version": seen["version"], "looked_at": "x"}).status_code in (403, 409)
    assert enterprise.post("/api/registers/government_inspection/rows", json=body).status_code == 403
    _move(city, path, "order", 409)
    assert _move(city, path, "order", recheck_on="2026-12-05")["state"] == "waiting"
    assert _move(city, path, "close", note="已改好")["state"] == "closed"


def test_a_suspension_is_declared_looked_into_and_ends_with_the_authority_s_word(
    sign_in: Client, own_code: str
) -> None:
    enterprise, city = sign_in("enterprise"), sign_in("city")
    body = {
        "name": "二车间", "extent": "part", "reason": "repair", "stops_on": "2026-11-20", "resumes_on": "2026-12-20",
        "measures": "断电上锁", "keeper_name": "李四", "keeper_phone": "13800000000",
    }  # fmt: skip
    row = _add(enterprise, "production_stop", body)
    assert row["values"]["enterprise_code"] == own_code
    path = f"/api/registers/production_stop/rows/{row['id']}"
    _move(enterprise, path, "declare")
    assert not enterprise.get(path).get_json()["may_change"]
    _move(city, path, "verify", 409)
    assert _move(city, path, "verify", note="现场核实")["state"] == "stopped"
    _move(enterprise, path, "ask", 409)
    paper = {"file": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "确认.pdf"), "kind": "check"}
    answer = enterprise.post(f"/api/layers/production_stop/features/{row['id']}/attachments", data=paper)
    assert answer.status_code == 201, answer.get_json()
    assert _move(enterprise, path, "ask")["state"] == "asked"
    assert _move(city, path, "resume", note="同意")["state"] == "resumed"


def test_an_authority_s_roster_is_read_by_enterprises_and_an_enterprise_s_own_is_not(
    sign_in: Client, own_code: str, city_store: Store
) -> None:
    with city_store.transaction(SYSTEM) as connection:
        office = connection.execute(
            "SELECT code FROM rescue_resource WHERE kind = 'government_office' AND owner_id IS NULL AND geom IS NOT NULL LIMIT 1"
        ).fetchone()
    assert office is not None
    city, enterprise = sign_in("city"), sign_in("enterprise")
    today = dt.date(2026, 11, 20)
    body = {
        "name": "市局值班室", "begins_on": str(today), "ends_on": str(today), "shift": "whole", "leader": "王大力", "watcher": "李小明",
        "duty_phone": "0755-83000000",
    }  # fmt: skip
    _add(city, "duty_roster", body | {"ends_on": "2026-11-19"}, 422)
    row = _add(city, "duty_roster", body | {"office_code": office["code"]})
    seen = enterprise.get(f"/api/registers/duty_roster/rows/{row['id']}").get_json()
    assert seen["values"]["duty_phone"] == "0755-83000000"
    assert not seen["may_change"]
    days = enterprise.get("/api/registers/duty_roster/calendar?month=2026-11")
    assert days.status_code == 200
    listed = enterprise.get("/api/registers/duty_roster/rows?on=2026-11-20&page_size=500").get_json()
    assert row["id"] in [one["id"] for one in listed["rows"]]
    mine = _add(enterprise, "duty_roster", body | {"name": "厂值班室"})
    assert mine["values"]["enterprise_code"] == own_code
    assert sign_in("maintainer").get(f"/api/registers/duty_roster/rows/{mine['id']}").status_code in (
        403,
        404,
    )
    assert city.get(f"/api/registers/duty_roster/rows/{mine['id']}").status_code == 200
