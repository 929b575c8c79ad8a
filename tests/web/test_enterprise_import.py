"""Import of enterprises by Excel: checked first, within one's own ranges, all or nothing, whatever the file is called."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from data.scope import SYSTEM
from data.store import Store
from layers.standards.credit_code import check_character

HEADERS = ("统一社会信用代码", "企业名称", "区划", "归属机构", "地址", "行业", "经度", "纬度")


def code_of(number: int) -> str:
    body = f"91440300MA8{number:05d}K"
    return body + check_character(body)


def book(rows: list[tuple[Any, ...]]) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(HEADERS)
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


@pytest.fixture(scope="module")
def own(city_store: Store) -> dict[str, Any]:
    """The sample district, a point inside of one of its streets, another district, and an enterprise of that."""
    with city_store.transaction(SYSTEM) as connection:
        user = connection.execute("SELECT jurisdiction FROM app_user WHERE username = 'district'").fetchone()
        assert user is not None
        code = user["jurisdiction"][0]
        street = connection.execute(
            "SELECT code, ST_X(p) AS lon, ST_Y(p) AS lat FROM division, LATERAL (SELECT ST_PointOnSurface(geom) AS p) x"
            " WHERE level = 'street' AND geom IS NOT NULL AND parent_code = %s ORDER BY code LIMIT 1",
            [code],
        ).fetchone()
        other = connection.execute(
            "SELECT code, name, authority_code FROM enterprise WHERE NOT authority_code LIKE %s || '%%' ORDER BY id LIMIT 1",
            [code],
        ).fetchone()
    assert street
    assert other
    return {"district": code, **{f"street_{k}": v for k, v in street.items()}, "other": other}


def row(own: dict[str, Any], number: int, *, authority: str | None = None, **changes: Any) -> tuple[Any, ...]:
    values = {
        "code": code_of(number), "name": f"导入样例厂{number}", "division": own["street_code"], "authority": authority,
        "address": f"导入路 {number} 号", "industry": "机械", "lon": own["street_lon"], "lat": own["street_lat"], **changes,
    }  # fmt: skip
    return tuple(values.values())


def post(client: Any, act: str, content: bytes, *, name: str = "企业.xlsx", **form: str) -> Any:
    return client.post(
        f"/api/enterprises/import{act}", data={"file": (io.BytesIO(content), name), "crs": "wgs84", **form}
    )


def standing(store: Store, numbers: range) -> dict[str, str]:
    with store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT code, authority_code FROM enterprise WHERE code = ANY(%s)",
            [[code_of(n) for n in numbers]],
        ).fetchall()
    return {r["code"]: r["authority_code"] for r in rows}


def test_a_check_writes_nothing_and_the_write_what_was_checked(
    sign_in: Any, own: dict[str, Any], city_store: Store
) -> None:
    client = sign_in("district")
    content = book([row(own, 1), row(own, 2, authority=own["street_code"])])
    found = post(client, "/check", content)
    assert found.status_code == 200, found.get_json()
    assert (found.get_json()["added"], found.get_json()["bad_rows"]) == (2, 0)
    assert standing(city_store, range(1, 3)) == {}
    done = post(client, "", content)
    assert done.status_code == 201, done.get_json()
    assert standing(city_store, range(1, 3)) == {code_of(1): own["district"], code_of(2): own["street_code"]}
    again = post(client, "/check", content).get_json()
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 2)
    with city_store.unscoped() as connection:
        line = connection.execute("SELECT action, username FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    assert line == {"action": "enterprise.import", "username": "district"}


def test_rows_outside_the_ranges_are_named_and_nothing_is_written(
    sign_in: Any, own: dict[str, Any], city_store: Store
) -> None:
    client = sign_in("district")
    taken = row(own, 12, code=own["other"]["code"])
    content = book([row(own, 10), row(own, 11, authority=own["other"]["authority_code"]), taken])
    found = post(client, "/check", content).get_json()
    assert (found["added"], found["bad_rows"]) == (1, 2)
    assert {(p["row"], p["column"], p["code"]) for p in found["problems"]} == {
        (3, "归属机构", "out_of_scope"), (4, "统一社会信用代码", "out_of_scope"),
    }  # fmt: skip
    refused = post(client, "", content)
    assert refused.status_code == 422
    assert standing(city_store, range(10, 13)) == {}
    report = post(client, "/report", content)
    sheet = openpyxl.load_workbook(io.BytesIO(report.get_data())).active
    assert sheet is not None
    assert sheet.max_row == 3
    done = post(client, "", content, keep_good="1")
    assert done.status_code == 201
    assert list(standing(city_store, range(10, 13))) == [code_of(10)]
    with city_store.transaction(SYSTEM) as connection:
        kept = connection.execute(
            "SELECT name FROM enterprise WHERE code = %s", [own["other"]["code"]]
        ).fetchone()
    assert kept == {"name": own["other"]["name"]}


def test_what_a_file_changes_of_an_enterprise_stands_in_its_history(
    sign_in: Any, own: dict[str, Any], city_store: Store
) -> None:
    client = sign_in("district")
    assert post(client, "", book([row(own, 30), row(own, 31)])).status_code == 201
    moved = row(own, 30, address="导入路 300 号", lat=own["street_lat"] + 1e-4, authority=own["street_code"])
    assert post(client, "", book([moved, row(own, 31)]), name="更正.xlsx").status_code == 201
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT id, code FROM enterprise WHERE code = ANY(%s)", [[code_of(30), code_of(31)]]
        )
        number = {r["code"]: r["id"] for r in rows}
    told = client.get(f"/api/enterprises/{number[code_of(30)]}/changes").get_json()["rows"]
    assert len(told) == 1, "its coming into the register is no change"
    assert {line["field"] for line in told[0]["lines"]} == {"address", "position", "authority_code"}
    line = next(one for one in told[0]["lines"] if one["field"] == "address")
    assert (line["before"], line["after"]) == ("导入路 30 号", "导入路 300 号")
    assert (told[0]["decided_by"], told[0]["note"]) == ("district", "导入文件 Imported from 更正.xlsx")
    assert client.get(f"/api/enterprises/{number[code_of(31)]}/changes").get_json()["rows"] == []


def test_rows_kept_before_follow_an_enterprise_to_its_new_authority(
    sign_in: Any, own: dict[str, Any], city_store: Store
) -> None:
    client = sign_in("district")
    assert post(client, "", book([row(own, 20)])).status_code == 201
    body = {"name": "改归街道前的隐患", "grade": "general", "enterprise_code": code_of(20)}
    danger = client.post("/api/registers/hidden_danger/rows", json=body)
    assert danger.status_code == 201, danger.get_json()
    again = post(client, "", book([row(own, 20, authority=own["street_code"])]))
    assert again.status_code == 201, again.get_json()
    with city_store.transaction(SYSTEM) as connection:
        found = connection.execute(
            "SELECT h.authority_code AS row, s.authority_code AS found, v.authority_code AS event FROM hidden_danger h"
            " JOIN search_entry s ON s.layer = 'hidden_danger' AND s.row_id = h.id"
            " JOIN register_event v ON v.register = 'hidden_danger' AND v.row_code = h.code WHERE h.id = %s",
            [danger.get_json()["id"]],
        ).fetchone()
    assert found == dict.fromkeys(("row", "found", "event"), own["street_code"])


@pytest.mark.parametrize(
    "name", ["../../x.xlsx", "..\\..\\x.xlsx", "/etc/passwd.xlsx", "a\x00b.xlsx", "x" * 400 + ".xlsx"]
)
def test_the_name_of_a_file_leads_nowhere(
    sign_in: Any, own: dict[str, Any], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))  # so that two levels up can be looked at
    before = sorted(tmp_path.rglob("*"))
    response = post(sign_in("district"), "/check", book([row(own, 30)]), name=name)
    assert response.status_code == 200, response.get_json()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["../../x", "x.exe", "x.zip", ".xlsx.sh"])
def test_other_files_are_refused(sign_in: Any, name: str) -> None:
    response = post(sign_in("district"), "/check", b"#!/bin/sh", name=name)
    assert response.status_code == 422
    assert "xlsx" in response.get_json()["detail"]


def test_a_file_that_is_no_table_is_refused_in_words(sign_in: Any) -> None:
    for content in (b"", b"not a workbook", b"PK\x03\x04" + b"\x00" * 50):
        response = post(sign_in("district"), "/check", content)
        assert response.status_code == 422, response.get_json()
        assert response.get_json()["detail"]


def test_faults_name_row_and_column(sign_in: Any, own: dict[str, Any]) -> None:
    content = book(
        [row(own, 40, industry="魔法"), row(own, 41, lon=105.44, lat=28.87), row(own, 42, name=None)]
    )
    found = post(sign_in("district"), "/check", content).get_json()
    assert {(p["row"], p["column"]) for p in found["problems"]} >= {(2, "行业"), (4, "企业名称")}
    assert found["bad_rows"] == 3


@pytest.mark.parametrize("username", ["dispatcher", "enterprise", "wall", "maintainer"])
def test_others_import_nothing(sign_in: Any, own: dict[str, Any], username: str) -> None:
    client = sign_in(username)
    assert client.get("/api/enterprises/template.xlsx").status_code == 403
    for act in ("", "/check", "/report"):
        assert post(client, act, book([row(own, 50)])).status_code == 403


def test_the_template_is_a_workbook_with_our_headers(sign_in: Any) -> None:
    response = sign_in("district").get("/api/enterprises/template.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(response.get_data())).worksheets[0]
    heads = [str(cell.value) for cell in sheet[1]]
    assert any("统一社会信用代码" in head for head in heads)
