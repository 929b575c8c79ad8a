"""Check items ticked on inspections: who ticks, what is refused, and that what does not conform becomes a hidden danger (L9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from layers.display import LOCAL_ZONE

Client = Callable[[str], Any]
REGISTERS = "/api/registers"


def _add(client: Any, register: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"{REGISTERS}/{register}/rows", json=body)
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.fixture
def plan(sign_in: Client) -> tuple[Any, dict[str, Any], list[str]]:
    """An inspection of today and three items of its enterprise."""
    client = sign_in("enterprise")
    codes = [
        _add(client, "check_item", name=f"项 {n}", frequency="day", place="罐区", basis="GB 1")["code"]
        for n in range(3)
    ]
    today = dt.datetime.now(LOCAL_ZONE).date().isoformat()
    return (
        client,
        _add(client, "check_plan", name="今日排查", kind="daily", begins_on=today, ends_on=today),
        codes,
    )


def _path(row: dict[str, Any], register: str = "check_plan") -> str:
    return f"{REGISTERS}/{register}/rows/{row['id']}/ticks"


def _tick(
    client: Any, row: dict[str, Any], ticks: list[dict[str, Any]], status: int = 200, **more: Any
) -> Any:
    version = client.get(_path(row)).get_json()["version"]
    answer = client.put(_path(row), json={"ticks": ticks, "version": version, **more})
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def _said(codes: list[str], *results: str | None) -> list[dict[str, Any]]:
    return [
        {"item_code": code, "result": result, "note": None}
        for code, result in zip(codes, results, strict=True)
    ]


def _finish(client: Any, row: dict[str, Any], result: str) -> Any:
    path = f"{REGISTERS}/check_plan/rows/{row['id']}"
    version = client.get(path).get_json()["version"]
    return client.post(f"{path}/moves/finish", json={"version": version, "result": result, "summary": "完成"})


def test_what_does_not_conform_becomes_a_hidden_danger_before_it_is_finished(
    plan: tuple[Any, dict[str, Any], list[str]],
) -> None:
    client, row, codes = plan
    found = client.get(_path(row)).get_json()
    assert found["may_tick"]
    assert {codes[0], codes[1], codes[2]} <= {i["code"] for i in found["items"]}
    assert all(i["result"] is None for i in found["items"])
    ticks = _said(codes, "conforms", "fails", "not_applicable")
    ticks[1]["note"] = "阀门渗漏"
    after = {i["code"]: i for i in _tick(client, row, ticks)["items"]}
    assert [after[c]["result"] for c in codes] == ["conforms", "fails", "not_applicable"]
    assert [after[c]["register"] is not None for c in codes] == [False, True, False]
    refused = _finish(client, row, "found")
    assert refused.status_code == 409
    assert "登记隐患" in refused.get_data(as_text=True) or "项 1" in refused.get_json()["detail"]
    form = dict(parse_qsl(urlsplit(after[codes[1]]["register"]).query))
    assert (form["plan_code"], form["item_code"], form["place"], form["basis"]) == (
        row["code"],
        codes[1],
        "罐区",
        "GB 1",
    )
    assert "阀门渗漏" in form["name"]
    danger = _add(client, "hidden_danger", **form, grade="general")
    shown = {i["code"]: i for i in client.get(_path(row)).get_json()["items"]}[codes[1]]
    assert shown["danger"] == {
        "code": danger["code"], "state": "pending", "state_title": "待整改", "page": f"/registers/hidden_danger/{danger['id']}",
    }  # fmt: skip
    assert shown["register"] is None
    nothing = _finish(client, row, "none")
    assert nothing.status_code == 409
    assert "未发现隐患" in nothing.get_json()["detail"]
    assert _finish(client, row, "found").status_code == 200
    over = client.get(_path(row)).get_json()
    assert not over["may_tick"]
    assert {i["code"]: i["result"] for i in over["items"]}[codes[1]] == "fails"
    late = client.put(_path(row), json={"ticks": [], "version": over["version"]})
    assert late.status_code == 409
    used = client.get(f"{REGISTERS}/check_item/rows?q={codes[0]}").get_json()["rows"][0]
    removed = client.delete(f"{REGISTERS}/check_item/rows/{used['id']}", json={"version": 1})
    assert removed.status_code == 409, "an item that was ticked stays"


def test_ticks_are_replaced_as_a_whole_and_keep_who_said_the_same(
    plan: tuple[Any, dict[str, Any], list[str]],
) -> None:
    client, row, codes = plan
    _tick(client, row, _said(codes, "conforms", "conforms", None))
    after = _tick(client, row, _said(codes[:1], "fails"))
    assert {i["code"]: i["result"] for i in after["items"] if i["code"] in codes} == {
        codes[0]: "fails",
        codes[1]: None,
        codes[2]: None,
    }
    history = client.get(f"{REGISTERS}/check_plan/rows/{row['id']}").get_json()["history"]
    assert [e["action"] for e in history].count("recorded") == 2
    assert "不符合 1" in history[0]["note"]
    assert client.get(f"{REGISTERS}/check_plan/rows/{row['id']}").get_json()["records"] == []
    assert _finish(client, row, "none").status_code == 409


def test_bad_ticks_are_named_and_nothing_is_written(
    plan: tuple[Any, dict[str, Any], list[str]], sign_in: Client
) -> None:
    client, row, codes = plan
    for ticks, named in (
        (_said(["CI-NONE"], "conforms"), "CI-NONE"),
        (_said([codes[0], codes[0]], "conforms", "fails"), "两次"),
        (_said(codes[:1], "perhaps"), "perhaps"),
        ([{"item_code": codes[0], "result": "fails", "note": "长" * 201}], "200"),
    ):
        body = _tick(client, row, ticks, 422)
        assert named in str(body), body
    for ticks in ("all", [1], [{"item_code": 1}], [{"item_code": codes[0], "result": 2}], None):
        _tick(client, row, ticks, 400)  # type: ignore[arg-type]
    _tick(client, row, [], 409, version=99)
    assert all(i["result"] is None for i in client.get(_path(row)).get_json()["items"])
    assert client.post(f"{REGISTERS}/check_plan/rows/{row['id']}/records/ticks", json={}).status_code == 404
    assert client.get(f"{REGISTERS}/licence/rows/1/ticks").status_code == 404
    city = sign_in("city")
    seen = city.get(_path(row)).get_json()
    assert not seen["may_tick"]
    assert city.put(_path(row), json={"ticks": [], "version": seen["version"]}).status_code == 403
    assert sign_in("wall").get(_path(row)).status_code == 403


def test_an_authority_ticks_the_items_of_the_enterprise_it_inspects(
    plan: tuple[Any, dict[str, Any], list[str]], sign_in: Client
) -> None:
    client, row, codes = plan
    enterprise = client.get(f"{REGISTERS}/check_plan/rows/{row['id']}").get_json()["enterprise"]["code"]
    city = sign_in("city")
    inspection = _add(
        city, "government_inspection", name="专项检查", enterprise_code=enterprise, kind="special", inspected_on="2026-11-20",
        inspectors="张三", looked_at="罐区", result="ordered",
    )  # fmt: skip
    path = _path(inspection, "government_inspection")
    version = city.get(path).get_json()["version"]
    answer = city.put(path, json={"ticks": _said(codes[:1], "fails"), "version": version})
    assert answer.status_code == 200, answer.get_json()
    item = next(i for i in answer.get_json()["items"] if i["code"] == codes[0])
    close = f"{REGISTERS}/government_inspection/rows/{inspection['id']}"
    version = city.get(close).get_json()["version"]
    assert city.post(f"{close}/moves/close", json={"version": version, "note": "办结"}).status_code == 409
    form = dict(parse_qsl(urlsplit(item["register"]).query))
    danger = _add(city, "hidden_danger", **form, grade="major")
    assert danger["values"]["inspection_code"] == inspection["code"]
    linked = city.get(close).get_json()["links"]
    assert ("hidden_danger", "inspection_code", inspection["code"]) in {
        (k["register"], k["field"], k["value"]) for k in linked
    }
    version = city.get(close).get_json()["version"]
    assert city.post(f"{close}/moves/close", json={"version": version, "note": "办结"}).status_code == 200
    client = sign_in("enterprise")
    assert client.get(path).get_json()["items"], "the enterprise reads what was ticked"
