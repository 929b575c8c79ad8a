"""The routes of rescue decisions: from an accident to the printed report, versions and conflicts, and what is refused by name."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from data import job_queue
from data.clock import SystemClock
from data.database import Database
from web import decision_answers
from web.decision_words import CHANGES

ROOT = "/api/decisions"
ACCIDENT = {
    "name": "决策证液氨泄漏", "kind": "poisoning", "occurred_at": "2026-11-20 09:30", "reported_at": "2026-11-20 10:31", "substance": "氨",
    "amount_t": 3, "dead": 0, "seriously_injured": 10, "position_text": "114.0579, 22.5431", "crs": "wgs84",
}  # fmt: skip
FORM = {
    "lon": 114.0579, "lat": 22.5431, "substance": "7664-41-7", "mass_t": "3", "kind": "liquid_hole", "wind_m_s": "3", "wind_from_deg": "45",
    "sky": "moderate_sun", "at_time": "2026-11-20T09:30",
}  # fmt: skip


@pytest.fixture(scope="module")
def accident(sign_in: Any) -> int:
    client = sign_in("city")
    added = client.post("/api/registers/accident/rows", json=ACCIDENT)
    assert added.status_code == 201, added.get_data(as_text=True)
    return int(added.get_json()["id"])


@pytest.fixture
def decision(sign_in: Any, accident: int) -> str:
    made = sign_in("city").post(ROOT, json={"accident": accident})
    assert made.status_code == 201, made.get_data(as_text=True)
    return str(made.get_json()["id"])


def worked_out(client: Any, decision: str, database: Database, tmp_path: Path, **plan: Any) -> str:
    started = client.post(f"{ROOT}/{decision}/alternatives", json=FORM | plan)
    assert started.status_code == 202, started.get_data(as_text=True)
    job = str(started.get_json()["job"])
    job_queue.run(database, uuid.UUID(job), state_dir=tmp_path, clock=SystemClock())
    state = client.get(f"/api/jobs/{job}").get_json()
    assert state["state"] == "done", state
    return job


def test_the_class_of_an_accident_is_worked_out(sign_in: Any, accident: int) -> None:
    client = sign_in("city")
    path = f"/api/registers/accident/rows/{accident}"
    row = client.get(path).get_json()
    assert (row["texts"]["grade"], row["texts"]["investigate_by_on"]) == ("较大事故", "2027-01-19")
    changed = client.put(path, json={"seriously_injured": 9, "grade": "1", "version": row["version"]})
    assert changed.status_code == 200, changed.get_data(as_text=True)
    assert changed.get_json()["texts"]["grade"] == "一般事故"  # nobody fills it in
    wrong = client.put(
        path, json={"reported_at": "2026-11-20 09:00", "version": changed.get_json()["version"]}
    )
    assert wrong.status_code == 422
    assert [f["field"] for f in wrong.get_json()["faults"]] == ["reported_at"]


def test_from_an_accident_to_the_report(
    sign_in: Any, accident: int, decision: str, city_database: Database, tmp_path: Path
) -> None:
    client = sign_in("city")
    assert client.get(f"/studio/decisions/{decision}").status_code == 200
    fresh = client.get(f"{ROOT}/{decision}").get_json()
    assert (fresh["version"], fresh["conclusions"], fresh["shown"]) == (1, [], None)
    assert fresh["facts"]["substance"] == "氨"
    assert client.get(f"/print/decision/{decision}").status_code == 404
    assert client.get(f"{ROOT}/{decision}/map").status_code == 404
    teams = client.get(f"{ROOT}/{decision}/teams").get_json()["teams"]
    away = next(t["id"] for t in teams if t["kind"] == "fire_station")
    leave = worked_out(client, decision, city_database, tmp_path)
    stay = worked_out(client, decision, city_database, tmp_path, mode="shelter", without=[away])
    body = client.get(f"{ROOT}/{decision}").get_json()
    assert [a["id"] for a in body["comparison"]["alternatives"]] == [leave, stay]
    settings = {row["id"]: row for row in body["comparison"]["settings"]}
    assert (settings["mode"]["differs"], settings["without"]["differs"], settings["weather"]["differs"]) == (
        [1],
        [1],
        [],
    )
    measures = {row["id"]: row for row in body["comparison"]["measures"]}
    assert measures["staying"]["values"][0] == 0 < measures["staying"]["values"][1]
    assert measures["area_km2"]["differs"] == []
    assert body["comparison"]["recommended"] in (leave, stay)
    assert body["conclusions"][-1].startswith("推荐方案")
    assert "最近能到的力量" in "".join(body["conclusions"])
    chosen = client.put(f"{ROOT}/{decision}", json={
        "version": body["version"], "chosen": stay, "reason": "人多路少", "remarks": "注意二次泄漏",
        "tasks": [{"who": "交警", "what": "封闭示例路", "where": "示例路口", "at_min": 7}],
    }).get_json()  # fmt: skip
    assert (chosen["shown"], chosen["version"]) == (stay, body["version"] + 1)
    assert "已选定方案 2" in chosen["conclusions"][-1]
    own = next(t for t in chosen["tasks"] if t["who"] == "交警")
    assert (own["what"], own["where"], own["latest"]) == ("封闭示例路", "示例路口", "09:37")
    assert any("就地避险" in t["what"] and t["latest"] == "09:45" for t in chosen["tasks"])
    told = chosen["versions"][0]["changes"]
    assert any(line.startswith("选定方案：— → 2 ") for line in told), told
    assert "新增任务：交警：封闭示例路" in told
    _handed_over(client, decision)
    listed = client.get(f"{ROOT}?accident={accident}").get_json()
    assert decision in {d["id"] for d in listed["decisions"]}
    assert listed["accident"]["name"] == ACCIDENT["name"]


def _handed_over(client: Any, decision: str) -> None:
    """Conclusions stand before the tasks, tasks before the lists; the map asks nobody for anything; neither says that it is a drill."""
    for language, words in (
        ("zh", ("结论", "任务", "范围内的对象")),
        ("en", ("Conclusions", "Tasks", "In the zones")),
    ):
        page = client.get(f"/print/decision/{decision}?lang={language}").get_data(as_text=True)
        at = [page.index(f"<h2>{word}") for word in words]
        assert at == sorted(at)
        assert page.count("<svg") == 2
        assert "09:37" in page
        assert "DRILL" not in page
        sent = client.get(f"{ROOT}/{decision}/map?lang={language}")
        text = sent.get_data(as_text=True)
        assert not re.findall(r"""<(?:script|link|img)[^>]+(?:src|href)=["']?https?:""", text)
        assert words[0] in text
        assert "09:37" in text
        assert "演练 DRILL" not in text


def test_the_second_who_changes_is_told_and_an_old_version_comes_back(sign_in: Any, decision: str) -> None:
    one, two = sign_in("city"), sign_in("admin")
    assert one.put(f"{ROOT}/{decision}", json={"version": 1, "remarks": "甲"}).get_json()["version"] == 2
    late = two.put(f"{ROOT}/{decision}", json={"version": 1, "remarks": "乙"})
    assert late.status_code == 409
    assert "city" in late.get_json()["detail"] or "city" in late.get_json()["title"]
    old = two.get(f"{ROOT}/{decision}?version=1").get_json()
    assert (old["version"], old["newest"], old["content"]["remarks"]) == (1, 2, "")
    assert two.post(f"{ROOT}/{decision}/versions/1/restore", json={"version": 1}).status_code == 409
    back = two.post(f"{ROOT}/{decision}/versions/1/restore", json={"version": 2}).get_json()
    assert (back["version"], back["content"]["remarks"]) == (3, "")
    assert back["versions"][0]["changes"][0] == "恢复第 1 版（原为第 2 版）"
    for wrong, status in (("0", 400), ("x", 400), ("9", 404)):
        assert two.get(f"{ROOT}/{decision}?version={wrong}").status_code == status


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"), ({"name": "长" * 81}, "name"), ({"remarks": 7}, "remarks"), ({"chosen": "x"}, "chosen"), ({"chosen": str(uuid.uuid4()), "reason": "x"}, "chosen"),
        ({"alternatives": "x"}, "alternatives"), ({"tasks": [{"who": "", "what": "x", "at_min": 1}]}, "tasks.0.who"),
        ({"tasks": [{"who": "a", "what": "x", "at_min": "soon"}]}, "tasks.0.at_min"), ({"tasks": [{"who": "a", "what": "x", "at_min": -1}]}, "tasks.0.at_min"),
        ({"tasks": [{}] * 51}, "tasks"), ({"version": None}, "version"), ({"version": True}, "version"),
    ],
)  # fmt: skip
def test_wrong_changes_are_refused_by_name(
    sign_in: Any, decision: str, changed: dict[str, Any], field: str
) -> None:
    client = sign_in("city")
    answer = client.put(f"{ROOT}/{decision}", json={"version": 1} | changed)
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert field in {f["field"] for f in answer.get_json()["faults"]}
    assert client.get(f"{ROOT}/{decision}").get_json()["version"] == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"mode": "run"}, "mode"), ({"staging_lon": "x", "staging_lat": "22.5"}, "staging_lon"), ({"staging_lon": "114.0"}, "staging_lon"),
        ({"without": "all"}, "without"), ({"without": [0]}, "without"), ({"without": ["1"]}, "without"), ({"mass_t": ""}, "mass_t"),
    ],
)  # fmt: skip
def test_wrong_plans_are_refused_by_name(
    sign_in: Any, decision: str, changed: dict[str, Any], field: str
) -> None:
    answer = sign_in("city").post(f"{ROOT}/{decision}/alternatives", json=FORM | changed)
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert field in {f["field"] for f in answer.get_json()["faults"]}


def test_a_plan_that_cannot_be_fails_by_name(
    sign_in: Any, decision: str, city_database: Database, tmp_path: Path
) -> None:
    client = sign_in("city")
    inside = {"staging_lon": 114.0579, "staging_lat": 22.5431}
    job = client.post(f"{ROOT}/{decision}/alternatives", json=FORM | inside).get_json()["job"]
    job_queue.run(city_database, uuid.UUID(job), state_dir=tmp_path, clock=SystemClock())
    state = client.get(f"/api/jobs/{job}").get_json()
    assert state["state"] == "failed"
    assert "集结点在影响区内" in state["message"]
    assert client.get(f"{ROOT}/{decision}").get_json()["version"] == 1


def test_who_may_not_write_begins_none(sign_in: Any, accident: int, decision: str) -> None:
    client = sign_in("enterprise")
    assert client.post(ROOT, json={"accident": accident}).status_code in (403, 404)
    assert client.get(f"{ROOT}/{decision}").status_code == 404
    assert sign_in("city").post(ROOT, json={}).status_code == 422
    assert sign_in("city").post(ROOT, json={"accident": 10**9}).status_code == 404
    assert sign_in("city").get(f"{ROOT}/none").status_code == 404


def test_a_decision_on_a_drill_keeps_its_mark(sign_in: Any, city_database: Database, tmp_path: Path) -> None:
    client = sign_in("city")
    drill = client.post("/api/studio/drill", json=FORM | {"name": "决策演练"}).get_json()["job"]
    job_queue.run(city_database, uuid.UUID(drill), state_dir=tmp_path, clock=SystemClock())
    made = client.post(ROOT, json={"drill": drill}).get_json()["id"]
    body = client.get(f"{ROOT}/{made}").get_json()
    assert (body["mark"], body["facts"]["drill_id"], body["name"]) == ("演练 DRILL", drill, "决策演练")
    listed = {d["id"]: d for d in client.get(ROOT).get_json()["decisions"]}
    assert (listed[made]["mark"], listed[made]["drill_id"]) == ("演练 DRILL", drill)
    assert {d["mark"] for d in listed.values() if d["accident_code"]} <= {None}
    job = worked_out(client, made, city_database, tmp_path)
    assert client.get(f"/api/jobs/{job}").get_json()["title"].startswith("演练 DRILL ")
    page = client.get(f"/print/decision/{made}").get_data(as_text=True)
    assert page.count("演练 DRILL") >= 4
    assert "<title>演练 DRILL" in page
    sent = client.get(f"{ROOT}/{made}/map")
    assert sent.get_data(as_text=True).count("演练 DRILL") > 12
    assert "DRILL-DECISION.html" in sent.headers["Content-Disposition"]
    assert quote("演练-DRILL-DECISION.html") in sent.headers["Content-Disposition"]
    assert decision_answers.file_name(body, "DECISION.pdf") == "演练-DRILL-DECISION.pdf"
    assert decision_answers.file_name({"facts": {"id": 1}}, "DECISION.pdf") == "DECISION.pdf"
    assert client.delete(f"{ROOT}/{made}").status_code == 200
    assert client.delete(f"{ROOT}/{made}").status_code == 404
    assert client.get(f"/api/studio/drill/runs/{drill}").status_code == 200  # the drill itself stays


def test_every_change_has_words_in_both_languages() -> None:
    task = {"who": "交警", "what": "封路", "where": "", "at_min": 1}
    for what in CHANGES:
        value: Any = task if what.startswith("task") else "x"
        for language in ("zh", "en"):
            (line,) = decision_answers.changes([{"what": what, "before": value, "after": value}], {"x": "1 撤离"}, language)  # fmt: skip
            assert "{" not in line
