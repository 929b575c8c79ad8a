"""Plan against actual: P50 and P90 of a course taken into a drill of the register, and what the row's page compares (L17)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from data import courses, drills
from data.clock import SystemClock
from data.course_question import CourseQuestion
from data.drill_question import DrillQuestion
from data.scope import SYSTEM, code_range
from data.store import Store
from layers.drill_rules import LIVE_STEPS
from tests.web.probes.course import ANSWER
from tests.web.probes.drill import _ANSWER as DRILL_ANSWER

Client = Callable[[str], Any]
_BANDS = {
    "figures": {
        "first_on_site_s": {"p10": 500.0, "p50": 720.0, "p90": 963.0, "never": 0},
        "zone_evacuated_s": {"p10": 1200.0, "p50": 1500.0, "p90": None, "never": 120},
    },
    "at_s": [0.0], "people_out": [[0, 0, 0]], "teams_on_site": [[0, 0, 0]],
}  # fmt: skip


@pytest.fixture(scope="module")
def kept(city_store: Store) -> dict[str, str]:
    """A drill with a course that was run many times, one that was run once, and one in which nobody has to leave."""
    now, found = (
        SystemClock().now(),
        {"drill": uuid.uuid4(), "many": uuid.uuid4(), "once": uuid.uuid4(), "nobody": uuid.uuid4()},
    )
    scope = replace(SYSTEM, ranges=(code_range("440300"),))
    with city_store.transaction(scope) as connection:
        asked = DrillQuestion("计划与实际", now, 114.0, 22.5, "氨", 1.0, "instant")
        drills.keep(connection, found["drill"], asked, DRILL_ANSWER, scope=scope, now=now)
        for name, bands in (("many", _BANDS), ("once", None), ("nobody", _BANDS)):
            answer = ANSWER | {"bands": bands, "people": 0 if name == "nobody" else 40}
            courses.keep(
                connection, found[name], CourseQuestion(found["drill"]), answer, scope=scope, now=now
            )
    return {name: str(key) for name, key in found.items()}


def _path(kept: dict[str, str], name: str = "many") -> str:
    return f"/api/studio/drill/courses/{kept[name]}/plans"


def _new(sign_in: Client, **fields: Any) -> Any:
    body = {"name": "带入演练", "kind": "on_site", "planned_on": "2031-06-01", "planned_people": 40, **fields}
    answer = sign_in("enterprise").post("/api/registers/drill/rows", json=body)
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def test_p50_becomes_the_plan_with_a_link_and_a_line_in_the_history(
    sign_in: Client, kept: dict[str, str]
) -> None:
    row = _new(sign_in)
    client = sign_in("city")
    body = client.get(f"{_path(kept)}?q={row['code']}").get_json()
    assert body["shares"][0] == {"id": "p50", "planned_first_team_min": 12.0, "planned_evacuated_min": 25.0}
    assert [one["code"] for one in body["plans"]] == [row["code"]]
    taken = client.put(f"{_path(kept)}/{row['id']}", json={"version": row["version"], "share": "p50"})
    assert taken.status_code == 200, taken.get_json()
    assert taken.get_json()["version"] == row["version"] + 1
    after = client.get(f"/api/registers/drill/rows/{row['id']}").get_json()
    assert after["texts"]["simulation"] == f"{kept['drill']}/{kept['many']}"
    assert after["values"]["planned_evacuated_min"] == 25.0
    assert (after["history"][0]["note"], after["history"][0]["username"]) == ("P50", "city")
    told = {one["title"]: one["words"] for one in after["compared"]}
    assert (told["首支队伍到场"], told["参加人数"], told["报警"]) == ("未记录", "未记录", "未计划，未记录")
    facts = {one["name"]: one for one in client.get("/api/registers/drill").get_json()["facts"]}
    assert facts["simulation"]["opens"] == "/studio/drill#{value}"
    own = sign_in("enterprise").get("/api/registers/drill").get_json()["facts"]
    assert [fact["name"] for fact in own] == ["simulation", "simulation_title", "reported_on", "times_source"]
    # Of a simulation that is its authority's, the enterprise is told the title, and that it cannot be opened.
    theirs = sign_in("enterprise").get(f"/api/registers/drill/rows/{row['id']}").get_json()
    assert (after["opened"], theirs["opened"]) == ({"simulation": True}, {"simulation": False})
    assert theirs["texts"]["simulation_title"] == "计划与实际"
    assert sign_in("enterprise").get(f"/api/studio/drill/runs/{kept['drill']}").status_code == 404
    audit = sign_in("admin").get("/admin/audit").get_data(as_text=True)
    assert f"演练 {row['code']}" in audit


def test_what_was_measured_stands_beside_the_plan(sign_in: Client, kept: dict[str, str]) -> None:
    row = _new(sign_in, planned_on="2026-11-01")
    row = (
        sign_in("city")
        .put(f"{_path(kept)}/{row['id']}", json={"version": row["version"], "share": "p50"})
        .get_json()
    )
    measured = {"executed_on": "2026-11-02", "people": 40, "first_team_min": 14.5, "evacuated_min": 20}
    done = sign_in("enterprise").post(
        f"/api/registers/drill/rows/{row['id']}/moves/execute", json=measured | {"version": row["version"]}
    )
    assert done.status_code == 200, done.get_json()
    body = done.get_json()
    found = {one["title"]: (one["difference"], one["words"]) for one in body["compared"]}
    assert (
        found.items()
        >= {
            "首支队伍到场": (2.5, "晚 2.5 min"),
            "疏散完成": (-5.0, "早 5 min"),
            "参加人数": (0.0, "与计划一致"),
        }.items()
    )
    # Every step of an exercise has a line: what was neither planned nor kept is said, not left out.
    others = [
        step.words.zh
        for step in LIVE_STEPS
        if step.planned and step.words.zh not in ("首支队伍到场", "疏散完成")
    ]
    assert [found[title] for title in others] == [(None, "未计划，未记录")] * len(others)
    english = (
        sign_in("enterprise").get(f"/api/registers/drill/rows/{row['id']}?lang=en").get_json()["compared"]
    )
    assert [one["words"] for one in english if one["difference"] is not None] == [
        "2.5 min later",
        "5 min earlier",
        "as planned",
    ]
    assert not sign_in("city").get(f"{_path(kept)}?q={body['code']}").get_json()["plans"]
    refused = sign_in("city").put(
        f"{_path(kept)}/{row['id']}", json={"version": body["version"], "share": "p50"}
    )
    assert refused.status_code == 409
    assert "不能修改" in refused.get_json()["detail"]


def test_what_cannot_be_a_plan_is_refused_by_name(sign_in: Client, kept: dict[str, str]) -> None:
    row = _new(sign_in)
    client, body = sign_in("city"), {"version": row["version"], "share": "p50"}
    for course, changed, words in (
        ("many", {"share": "p90"}, "计划疏散完成"), ("many", {"share": "p10"}, "p50、p90"), ("once", {}, "只跑了一次"),
    ):  # fmt: skip
        answer = client.put(f"{_path(kept, course)}/{row['id']}", json=body | changed)
        assert answer.status_code == 422, course
        assert words in answer.get_json()["faults"][0]["detail"]
    none_leaves = client.put(f"{_path(kept, 'nobody')}/{row['id']}", json=body | {"share": "p90"})
    assert none_leaves.status_code == 200, none_leaves.get_json()
    taken = none_leaves.get_json()
    assert taken["planned_first_team_min"] == 16.1  # 963 s
    assert taken["planned_evacuated_min"] == row["values"]["planned_evacuated_min"]
    body["version"] = taken["version"]
    assert client.put(f"{_path(kept)}/{row['id']}", json=body).status_code == 200
    stale = client.put(f"{_path(kept)}/{row['id']}", json=body)
    assert stale.status_code == 409
    assert "刚被别人修改" in stale.get_json()["detail"]
    assert client.get(f"/api/studio/drill/courses/{uuid.uuid4()}/plans").status_code == 404


def test_an_enterprise_has_no_courses_to_take(sign_in: Client, kept: dict[str, str]) -> None:
    row = _new(sign_in)
    client = sign_in("enterprise")
    assert client.get(_path(kept)).status_code == 404
    assert (
        client.put(f"{_path(kept)}/{row['id']}", json={"version": row["version"], "share": "p50"}).status_code
        == 404
    )
