"""Rescue resources over HTTP: who keeps and who reads them, types that administrators list, supplies with counts (L15)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import psycopg
import pytest

from data.scope import SYSTEM
from data.store import Store

Client = Callable[[str], Any]
TEAM = {"name": "厂区应急队", "kind": "rescue_team", "capacity": 12, "contact_phone": "13800000001"}


def _add(client: Any, register: str, body: dict[str, Any], status: int = 201) -> Any:
    answer = client.post(f"/api/registers/{register}/rows", json=body)
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def _other_enterprise(sign_in: Client) -> Any:
    """An enterprise account of another unit than the sample's."""
    return sign_in("enterprise2")


@pytest.fixture(scope="module", autouse=True)
def other(city_store: Store) -> None:
    """A second enterprise signs in."""
    from data import users

    with city_store.transaction(SYSTEM) as connection:
        unit = connection.execute(
            "SELECT u.id FROM unit u JOIN enterprise e ON e.owner_id = u.id WHERE u.kind = 'enterprise' AND u.id NOT IN"
            " (SELECT unit_id FROM app_user WHERE unit_id IS NOT NULL) ORDER BY u.id LIMIT 1"
        ).fetchone()
        assert unit is not None
        users.add_user(
            connection, username="enterprise2", display_name="另一企业", password="onemap-demo-2026", role="enterprise",
            jurisdiction=[], unit_id=unit["id"], now=dt.datetime.now(dt.UTC),
        )  # fmt: skip


def test_what_authorities_keep_an_enterprise_only_reads(sign_in: Client) -> None:
    ours = _add(
        sign_in("city"), "rescue_resource", {**TEAM, "position_text": "114.06, 22.54", "crs": "wgs84"}
    )
    assert ours["code"].startswith("RR")
    path = f"/api/registers/rescue_resource/rows/{ours['id']}"
    enterprise = sign_in("enterprise")
    seen = enterprise.get(path).get_json()
    assert seen["name"] == TEAM["name"]
    assert not seen["may_change"]
    refused = enterprise.put(path, json={"version": seen["version"], "name": "改了"})
    assert refused.status_code == 403
    assert "只能查看" in refused.get_json()["detail"]
    assert enterprise.delete(path, json={"version": seen["version"]}).status_code == 403
    assert sign_in("city").get(path).get_json()["name"] == TEAM["name"]


def test_an_enterprises_own_row_is_its_own_until_it_is_shared(sign_in: Client) -> None:
    enterprise = sign_in("enterprise")
    row = _add(enterprise, "rescue_resource", TEAM)
    assert row["enterprise"]["name"]
    assert row["position"]["lon"] is not None
    path = f"/api/registers/rescue_resource/rows/{row['id']}"
    other = _other_enterprise(sign_in)
    assert other.get(path).status_code == 404
    enterprise = sign_in("enterprise")
    shared = enterprise.put(path, json={"version": row["version"], "is_shared": True}).get_json()
    assert shared["values"]["is_shared"] is True
    seen = _other_enterprise(sign_in).get(path).get_json()
    assert (seen["name"], seen["may_change"]) == (TEAM["name"], False)
    again = sign_in("enterprise").put(path, json={"version": shared["version"], "is_shared": False})
    assert again.status_code == 200
    assert _other_enterprise(sign_in).get(path).status_code == 404


def test_the_database_holds_no_public_row_that_an_enterprise_has_not_shared(city_store: Store) -> None:
    with city_store.transaction(SYSTEM) as connection:
        code = connection.execute("SELECT code FROM enterprise LIMIT 1").fetchone()
        assert code is not None
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(
                "UPDATE rescue_resource SET enterprise_code = %s WHERE id = (SELECT min(id) FROM rescue_resource WHERE is_public)",
                [code["code"]],
            )
        connection.rollback()


def test_the_list_can_be_narrowed_to_a_kind_and_to_ones_own(sign_in: Client) -> None:
    client = sign_in("enterprise")
    described = client.get("/api/registers/rescue_resource").get_json()
    assert described["holds_others"]
    kinds = {c["value"] for c in described["kind_field"]["choices"]}
    totals = {
        k: client.get(f"/api/registers/rescue_resource/rows?kind={k}").get_json()["total"] for k in kinds
    }
    assert sum(totals.values()) == client.get("/api/registers/rescue_resource/rows").get_json()["total"]
    own = client.get("/api/registers/rescue_resource/rows?own=1").get_json()
    assert own["total"] == 0 or {row["enterprise"] for row in own["rows"]} == {own["rows"][0]["enterprise"]}
    assert own["total"] < sum(totals.values())


def test_types_are_the_administrators_list(sign_in: Client) -> None:
    enterprise = sign_in("enterprise")
    body = _add(enterprise, "rescue_resource", {**TEAM, "type_name": "无人机分队"}, 422)
    assert body["faults"][0]["field"] == "type_name"
    admin = sign_in("admin")
    page = admin.post("/admin/resource-types", data={"name": "无人机分队", "family": "rescue_team"})
    assert page.status_code == 302
    again = admin.post("/admin/resource-types", data={"name": "无人机分队", "family": "rescue_team"})
    assert again.status_code == 422
    assert "已经有了" in again.get_data(as_text=True)
    enterprise = sign_in("enterprise")
    described = enterprise.get("/api/registers/rescue_resource").get_json()
    offered = next(f for f in described["fields"] if f["name"] == "type_name")["choices"]
    assert "无人机分队" in {c["value"] for c in offered}
    row = _add(enterprise, "rescue_resource", {**TEAM, "type_name": "无人机分队"})
    admin = sign_in("admin")
    used = admin.post("/admin/resource-types/removed", data={"name": "无人机分队"})
    assert used.status_code == 409
    admin.post("/admin/resource-types/offered", data={"name": "无人机分队", "is_offered": "0"})
    described = sign_in("enterprise").get("/api/registers/rescue_resource").get_json()
    offered = next(f for f in described["fields"] if f["name"] == "type_name")["choices"]
    assert "无人机分队" not in {c["value"] for c in offered}
    enterprise = sign_in("enterprise")
    path = f"/api/registers/rescue_resource/rows/{row['id']}"
    refused = _add(enterprise, "rescue_resource", {**TEAM, "type_name": "无人机分队"}, 422)
    assert "已停用" in refused["faults"][0]["detail"]
    file = _import(
        enterprise,
        "rescue_resource",
        _excel(["资源名称", "资源类型", "细分类型"], ["又一队", "救援队伍", "无人机分队"]),
    )
    assert file.status_code == 422
    assert "无人机分队（已停用）" in file.get_json()["detail"]
    kept = enterprise.put(path, json={"version": row["version"], "address": "厂区东门"})
    assert kept.status_code == 200, "a row keeps the type it has"
    other = enterprise.put(path, json={"version": kept.get_json()["version"], "kind": "expert"})
    assert other.status_code == 422
    assert "类型" in other.get_json()["faults"][0]["detail"]
    enterprise.delete(path, json={"version": kept.get_json()["version"]})
    assert (
        sign_in("admin").post("/admin/resource-types/removed", data={"name": "无人机分队"}).status_code == 302
    )
    for path in ("", "/offered", "/removed"):
        assert sign_in("city").post(f"/admin/resource-types{path}", data={"name": "x"}).status_code == 403
    assert sign_in("city").get("/admin/resource-types").status_code == 403


def test_supplies_stand_where_they_are_kept_and_a_count_sets_the_quantity(sign_in: Client) -> None:
    city = sign_in("city")
    depot = city.get("/api/registers/rescue_resource/rows?kind=supplies_depot").get_json()["rows"][0]
    where = city.get(f"/api/registers/rescue_resource/rows/{depot['id']}").get_json()["position"]
    body = {
        "name": "堵漏气囊",
        "kind": "supplies",
        "quantity": 6,
        "unit_word": "个",
        "depot_code": depot["code"],
    }
    row = _add(city, "rescue_supply", body)
    assert (row["position"]["lon"], row["position"]["lat"]) == (where["lon"], where["lat"])
    path = f"/api/registers/rescue_supply/rows/{row['id']}"
    counted = {"counted_on": "2026-11-20", "counted_by": "李四", "quantity": 4}
    assert city.post(f"{path}/records/count", json=counted).get_json()["values"]["quantity"] == 4
    for bad, field in (
        ({"quantity": -1}, "quantity"),
        ({"unit_word": ""}, "unit_word"),
        ({"depot_code": "没有"}, "depot_code"),
    ):
        faults = _add(city, "rescue_supply", {**body, **bad}, 422)["faults"]
        assert [f["field"] for f in faults] == [field]


def _excel(headers: list[str], *rows: list[Any]) -> io.BytesIO:
    book = openpyxl.Workbook()
    for row in (headers, *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def _import(client: Any, register: str, file: io.BytesIO) -> Any:
    return client.post(
        f"/api/registers/{register}/import",
        data={"file": (file, "物资.xlsx")},
        content_type="multipart/form-data",
    )


def test_an_enterprise_imports_its_supplies_and_cannot_take_over_the_governments(
    sign_in: Client, city_store: Store
) -> None:
    headers = ["物资编码", "物资名称", "类别", "细分类型", "数量", "计量单位", "可供周边调用"]
    enterprise = sign_in("enterprise")
    bad = _import(
        enterprise, "rescue_supply", _excel(headers, ["MINE-1", "沙袋", "物资", "不在清单", -3, "条", "否"])
    )
    assert bad.status_code == 422
    assert {p["column"] for p in bad.get_json()["problems"]} >= {"细分类型", "数量"}
    done = _import(
        enterprise, "rescue_supply",
        _excel(headers, ["MINE-1", "沙袋", "物资", "防汛物资", 300, "条", "否"], ["MINE-2", "水泵", "装备", None, 2, "台", "是"]),
    )  # fmt: skip
    assert done.status_code == 200, done.get_json()
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT code, is_public, owner_id IS NOT NULL AS owned, geom IS NOT NULL AS placed FROM rescue_supply WHERE code LIKE 'MINE-_' ORDER BY code"
        ).fetchall()
        theirs = connection.execute(
            "SELECT code, quantity FROM rescue_supply WHERE owner_id IS NULL ORDER BY code LIMIT 1"
        ).fetchone()
    assert [(r["is_public"], r["owned"], r["placed"]) for r in rows] == [
        (False, True, True),
        (True, True, True),
    ]
    assert theirs is not None
    taken = _import(
        enterprise, "rescue_supply", _excel(headers, [theirs["code"], "改名", "物资", None, 1, "条", "否"])
    )
    assert taken.status_code in (403, 422), taken.get_json()
    with city_store.transaction(SYSTEM) as connection:
        still = connection.execute(
            "SELECT quantity FROM rescue_supply WHERE code = %s", [theirs["code"]]
        ).fetchone()
    assert still == {"quantity": theirs["quantity"]}
