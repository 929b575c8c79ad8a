"""Rescue flow and knowledge over HTTP: kept by authorities and enterprises, found by substance and kind of accident (L16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from data import users
from data.rescue_knowledge import names_of
from data.scope import SYSTEM
from data.store import Store
from layers.rescue_rules import accidents_of

Client = Callable[[str], Any]
PLACE = {"position_text": "114.06, 22.54", "crs": "wgs84"}
ENTRY = {
    "name": "氨罐区注意", "kind": "card", "substance": "液氨", "content": "先关底阀", "source": "本单位规程",
}  # fmt: skip
STEP = {"name": "关阀", "accident": "leak", "level": "IV", "step_number": 1, "who": "班长", "what": "关底阀", "within_min": 3}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def other(city_store: Store) -> None:
    """A second enterprise signs in."""
    with city_store.transaction(SYSTEM) as connection:
        unit = connection.execute(
            "SELECT u.id FROM unit u JOIN enterprise e ON e.owner_id = u.id WHERE u.kind = 'enterprise' AND u.id NOT IN"
            " (SELECT unit_id FROM app_user WHERE unit_id IS NOT NULL) ORDER BY u.id LIMIT 1"
        ).fetchone()
        assert unit is not None
        users.add_user(
            connection, username="knowledge2", display_name="另一企业", password="onemap-demo-2026", role="enterprise",
            jurisdiction=[], unit_id=unit["id"], now=dt.datetime.now(dt.UTC),
        )  # fmt: skip


def _add(client: Any, register: str, body: dict[str, Any], status: int = 201) -> Any:
    answer = client.post(f"/api/registers/{register}/rows", json=body)
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def _found(client: Any, substance: str = "7664-41-7", effects: str = "toxic") -> dict[str, list[Any]]:
    answer = client.get(f"/api/rescue-knowledge?substance={substance}&effects={effects}")
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, list[Any]] = answer.get_json()
    return found


def test_a_release_is_a_leak_and_what_becomes_of_it() -> None:
    assert accidents_of(()) == ("leak",)
    assert accidents_of({"toxic"}) == ("leak", "poisoning")
    assert accidents_of({"fireball", "pool_fire", "nothing"}) == ("leak", "fire", "explosion")


def test_rows_may_call_a_substance_by_any_of_its_names() -> None:
    assert {"氨", "液氨", "7664-41-7", "ammonia"} <= set(names_of("氨"))
    assert names_of(" 丙烯酸 ") == ["丙烯酸"]


def test_the_sample_tells_what_ammonia_calls_for_and_nothing_of_chlorine(sign_in: Client) -> None:
    found = _found(sign_in("city"))
    names = [one["name"] for one in found["entries"]]
    assert names[:4] == ["液氨泄漏处置卡", "氨中毒和灼伤的急救", "氨的个人防护", "氨泄漏不能做的事"]
    assert "泄漏通用处置卡" in names
    assert "中毒和窒息处置卡" in names
    assert not [name for name in names if "氯" in name or "火灾" in name]
    assert {one["accident"] for one in found["steps"]} == {"leak", "poisoning"}
    leak = [one for one in found["steps"] if (one["accident"], one["level"]) == ("leak", "III")]
    assert [one["step_number"] for one in leak] == [1, 2, 3, 4]
    assert sign_in("city").get(found["entries"][0]["page"]).status_code == 200


def test_what_fire_calls_for_comes_with_an_effect_of_fire(sign_in: Client) -> None:
    found = _found(sign_in("city"), "汽油", "pool_fire")
    assert {"汽油泄漏和火灾处置卡", "火灾通用处置卡"} <= {one["name"] for one in found["entries"]}
    assert {one["accident"] for one in found["steps"]} == {"leak", "fire"}


def test_authorities_rows_are_read_by_enterprises_and_kept_by_authorities(sign_in: Client) -> None:
    row = _add(sign_in("city"), "rescue_knowledge", ENTRY | PLACE)
    assert row["code"].startswith("RK")
    enterprise = sign_in("enterprise")
    path = f"/api/registers/rescue_knowledge/rows/{row['id']}"
    seen = enterprise.get(path).get_json()
    assert (seen["values"]["content"], seen["may_change"]) == ("先关底阀", False)
    assert enterprise.put(path, json={"version": seen["version"], "name": "改"}).status_code == 403
    assert ENTRY["name"] in {one["name"] for one in _found(enterprise)["entries"]}


def test_an_authority_names_the_office_that_keeps_a_row(sign_in: Client) -> None:
    client = sign_in("city")
    refused = _add(client, "rescue_flow", STEP, 422)
    assert "位置" in refused["faults"][0]["detail"]
    office = client.get("/api/registers/rescue_resource/rows?kind=government_office").get_json()["rows"][0]
    row = _add(client, "rescue_flow", STEP | {"office_code": office["code"]})
    assert row["position"]["quality"] == "matched"
    assert row["code"].startswith("RF")


def test_an_enterprises_rows_are_its_own_until_it_shows_them(sign_in: Client) -> None:
    row = _add(sign_in("enterprise"), "rescue_flow", STEP | {"name": "本厂关阀", "substance": "氨"})
    names = lambda who, **asked: {one["name"] for one in _found(sign_in(who), **asked)["steps"]}  # noqa: E731
    assert "本厂关阀" in names("enterprise")
    assert "本厂关阀" not in names("enterprise", substance="氯")
    assert "本厂关阀" not in names("knowledge2")
    path = f"/api/registers/rescue_flow/rows/{row['id']}"
    shown = sign_in("enterprise").put(path, json={"version": row["version"], "is_shared": True})
    assert shown.status_code == 200
    assert "本厂关阀" in names("knowledge2")


def test_knowledge_of_nothing_is_refused_by_name(sign_in: Client) -> None:
    client = sign_in("city")
    refused = _add(client, "rescue_knowledge", ENTRY | PLACE | {"substance": None}, 422)
    assert [fault["field"] for fault in refused["faults"]] == ["substance"]
    assert "至少一项" in refused["faults"][0]["detail"]
    row = _add(client, "rescue_knowledge", ENTRY | PLACE | {"substance": None, "accident": "fire"})
    path = f"/api/registers/rescue_knowledge/rows/{row['id']}"
    assert client.put(path, json={"version": row["version"], "accident": None}).status_code == 422


def test_bad_questions_are_answered_by_name(sign_in: Client) -> None:
    client = sign_in("city")
    assert client.get("/api/rescue-knowledge").status_code == 400
    answer = client.get("/api/rescue-knowledge?substance=氨&effects=toxic,noise")
    assert answer.status_code == 400
    assert "noise" in answer.get_json()["detail"]
    assert sign_in("maintainer").get("/api/rescue-knowledge?substance=氨").status_code == 403
