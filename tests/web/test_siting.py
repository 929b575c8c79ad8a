"""The siting routes: a study is started, run, read and removed; wrong questions are refused by name."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest

from data import job_queue
from data.clock import SystemClock
from data.database import Database
from tests.web.test_verb_load import onemap
from web import siting_answers

ASKED = {
    "model": "mclp",
    "of": "elevator",
    "candidate_count": 12,
    "count": 2,
    "standard_min": 3,
    "gap_pct": 0,
    "curve": 3,
}


def started(client: Any, **changed: Any) -> Any:
    return client.post("/api/siting", json=ASKED | changed)


def test_a_study_is_started_run_read_and_removed(
    sign_in: Any, city_database: Database, tmp_path: Path
) -> None:
    client = sign_in("city")
    answer = started(client, name="三站")
    assert answer.status_code == 202
    job = answer.get_json()["job"]
    assert client.get(f"/api/siting/studies/{job}").status_code == 404
    job_queue.run(city_database, uuid.UUID(job), state_dir=tmp_path, clock=SystemClock())
    assert client.get(f"/api/jobs/{job}").get_json()["state"] == "done"
    body = client.get(answer.get_json()["study_url"]).get_json()
    found = body["answer"]
    assert body["name"] == "三站"
    assert found["status"] == "optimal"
    assert found["bound"] == found["objective"] == found["after"]["covered"] - found["before"]["covered"]
    assert "已证明" in body["words"]["proof"]
    assert "Proven" in client.get(f"{answer.get_json()['study_url']}?lang=en").get_json()["words"]["proof"]
    assert job in {s["id"] for s in client.get("/api/siting/studies").get_json()["studies"]}
    drawn = client.get(f"/api/siting/studies/{job}/geojson").get_json()
    assert {f["properties"]["role"] for f in drawn["features"]} >= {"chosen", "existing"}
    assert client.delete(f"/api/siting/studies/{job}").status_code == 200
    assert client.delete(f"/api/siting/studies/{job}").status_code == 404


def test_a_study_within_a_budget_is_rehearsed(sign_in: Any, city_database: Database, tmp_path: Path) -> None:
    client = sign_in("city")
    choices = client.get("/api/siting").get_json()
    dear = choices["districts"][0]["code"]
    study = started(
        client, count=3, budget="250", site_cost=100, district_costs={dear: 240, "440399": ""}
    ).get_json()
    job_queue.run(city_database, uuid.UUID(study["job"]), state_dir=tmp_path, clock=SystemClock())
    body = client.get(study["study_url"]).get_json()
    assert body["rehearsal"] is None
    assert body["question"]["district_costs"] == {dear: 240.0}
    assert 0 < body["answer"]["spent"] <= 250
    path = f"/api/siting/studies/{study['job']}/rehearsal"
    for wrong, status in (({"runs": "1"}, 422), ({"runs": "many"}, 400), ({"rule": "best"}, 422), ({"rate": "-1"}, 422), ({"rebind": "perhaps"}, 400)):  # fmt: skip
        assert client.post(path, json=wrong).status_code == status
    asked = client.post(path, json={"runs": 3, "days": 2, "crews": 1, "rate": "120", "rebind": "true"})
    assert asked.status_code == 202, asked.get_data(as_text=True)
    job_queue.run(city_database, uuid.UUID(asked.get_json()["job"]), state_dir=tmp_path, clock=SystemClock())
    state = client.get(f"/api/jobs/{asked.get_json()['job']}").get_json()
    assert state["state"] == "done", state
    for language in ("zh", "en"):
        words = client.get(f"{study['study_url']}?lang={language}").get_json()["rehearsal"]["words"]
        assert [row["id"] for row in words["rows"]] == list(siting_answers.FIGURES)
        late, there = (
            next(r for r in words["rows"] if r["id"] == name) for name in ("overtime_pct", "within_30_pct")
        )
        assert 0 <= late["before"]["mean"] <= 100
        assert there["difference"]["mean"] is not None
        assert "120" in words["source"]
        assert ("改绑到" if language == "zh" else "are bound to a new site") in words["bound"]
    assert sign_in("district").post(path, json={}).status_code == 404


def test_each_district_has_a_floor_of_its_own(sign_in: Any, city_database: Database, tmp_path: Path) -> None:
    client = sign_in("city")
    first, second = (d["code"] for d in client.get("/api/siting").get_json()["districts"][:2])
    study = started(
        client, floor_pct="0.1", district_floors={first: "100", second: ""}, existing="none", standard_min=0.1
    ).get_json()
    job_queue.run(city_database, uuid.UUID(study["job"]), state_dir=tmp_path, clock=SystemClock())
    body = client.get(study["study_url"]).get_json()
    assert body["question"]["district_floors"] == {first: 1.0}
    assert body["answer"]["reason"] == "floor_out_of_reach"
    assert first in {c["code"] for c in body["answer"]["culprits"]}


def test_only_studies_of_rescue_stations_are_rehearsed(
    sign_in: Any, city_database: Database, tmp_path: Path
) -> None:
    client = sign_in("city")
    study = started(client, of="residential_place", weight="population").get_json()
    job_queue.run(city_database, uuid.UUID(study["job"]), state_dir=tmp_path, clock=SystemClock())
    answer = client.post(f"/api/siting/studies/{study['job']}/rehearsal", json={})
    assert answer.status_code == 422
    assert "只能预演" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"budget": 5}, "site_cost"), ({"budget": -5, "site_cost": 1}, "budget"), ({"budget": 5, "site_cost": 1, "district_costs": [1]}, "district_costs"),
        ({"model": "best"}, "model"), ({"standard_min": 0}, "standard_s"), ({"standard_min": "ten"}, "standard_min"),
        ({"count": 1.5}, "count"), ({"count": 0}, "new_count"), ({"candidate_count": 5000}, "candidate_count"), ({"of": "x"}, "x"),
        ({"district_floors": [60]}, "district_floors"), ({"district_floors": {"440304": "x"}}, "district_floors.440304"),
        ({"district_floors": {"440304": 101}}, "0–100"), ({"district_floors": {"449999": 50}}, "449999"),
        ({"model": "p_median", "district_floors": {"440304": 50}}, "district_floors.440304"),
        ({"floor_pct": 120}, "floor"), ({"area": "{}"}, "area"), ({"hour_of_week": 200}, "hour_of_week"), ({"weight": "phone"}, "weight"),
    ],
)  # fmt: skip
def test_wrong_questions_are_refused_by_name(sign_in: Any, changed: dict[str, Any], named: str) -> None:
    answer = started(sign_in("city"), **changed)
    assert answer.status_code == 400
    assert named in answer.get_data(as_text=True)


def test_who_may_not_write_may_not_start_one(sign_in: Any) -> None:
    answer = started(sign_in("enterprise"))
    assert answer.status_code == 403


def test_choices_name_models_weights_and_kinds(sign_in: Any) -> None:
    body = sign_in("city").get("/api/siting").get_json()
    assert {m["id"] for m in body["models"]} == set(siting_answers.MODELS)
    weights = next(k for k in body["kinds"] if k["id"] == "residential_place")["weights"]
    assert {"count", "population"} <= {w["id"] for w in weights}


@pytest.mark.parametrize("status", ["optimal", "within_gap", "stopped", "open", "infeasible"])
@pytest.mark.parametrize("reason", ["none", "rules", "out_of_reach", "floor_out_of_reach"])
def test_every_outcome_has_words(status: str, reason: str) -> None:
    for objective in (None, 5.0):
        told = {
            "model": "mclp", "status": status, "reason": reason, "gap": 0.0123, "objective": objective,
            "culprits": [{"name": "福田区"}], "reduction": None,
        }  # fmt: skip
        zh, en = (siting_answers.proof(told, language) for language in ("zh", "en"))
        assert zh.endswith("。")
        assert en.endswith(".")
        assert zh != en


@pytest.mark.parametrize("status", ["optimal", "within_gap", "stopped", "open", "infeasible"])
@pytest.mark.parametrize("objective", [None, 5.0])
def test_thinned_candidates_are_told_and_the_proof_speaks_of_those_used(
    status: str, objective: float | None
) -> None:
    told = {
        "model": "mclp", "status": status, "reason": "floor_out_of_reach", "gap": 0.0123, "objective": objective,
        "culprits": [{"name": "福田区"}], "reduction": None, "candidates": 300, "candidates_there": 5000, "candidates_off_road": 12,
    }  # fmt: skip
    if objective is None and status in {"optimal", "within_gap"}:
        return  # what is proven has an objective
    zh, en = (siting_answers.words_of(told, language) for language in ("zh", "en"))
    assert zh["candidates"] == "候选点 5,000 处，其中 12 处不在道路上，按分布取 300 处参与计算。"
    assert en["candidates"] == "300 of 5,000 candidates were used, spread over the demand; 12 lie off the road."  # fmt: skip
    assert "参与计算的这 300 处候选点（共 5,000 处）" in zh["proof"]
    assert "among these 300 of 5,000 candidates" in en["proof"]


def test_candidates_that_are_all_used_are_told_only_where_some_lie_off_the_road() -> None:
    told = {"candidates": 18, "candidates_there": 20, "candidates_off_road": 2}
    assert siting_answers.candidates(told, "zh") == "候选点 20 处，其中 2 处不在道路上，18 处参与计算。"
    assert siting_answers.candidates(told, "en") == "18 of 20 candidates were used; 2 lie off the road."
    for whole in ({"candidates": 20}, {"candidates": 20, "candidates_there": None}, told | {"candidates_there": 18, "candidates_off_road": 0}):  # fmt: skip
        assert siting_answers.candidates(whole, "zh") == siting_answers.candidates(whole, "en") == ""


def test_the_verb_prints_the_answer_and_writes_geojson(city_database: Database, tmp_path: Path) -> None:
    target = tmp_path / "sites.geojson"
    words = (
        "siting",
        "--candidates",
        "residential_place",
        "--candidate-count",
        "12",
        "--count",
        "2",
        "--standard",
        "3",
        "--gap",
        "0",
        "--curve",
        "2",
    )
    done = onemap(city_database, *words, "-o", str(target))
    assert done.returncode == 0, done.stderr
    assert "已证明" in done.stdout
    assert "Proven" in done.stdout
    assert re.search(r"候选点 [\d,]+ 处，.*按分布取 1\d 处参与计算", done.stdout)
    assert re.search(r"1\d of [\d,]+ candidates were used", done.stdout)
    assert '"chosen"' in target.read_text(encoding="utf-8")
    wrong = onemap(city_database, "siting", "--standard", "0")
    assert wrong.returncode != 0
    assert "standard_s" in wrong.stderr


@pytest.mark.parametrize("x", ["sites", "units", "budget", "standard_s"])
def test_without_an_answer_the_curve_says_what_has_one(x: str) -> None:
    def told(*values: float | None, status: str = "infeasible") -> list[str]:
        curve = [
            {"x": float(n), "value": v, "status": "optimal" if v is not None else status}
            for n, v in enumerate(values)
        ]
        answer = {"status": "infeasible", "curve_of": {"x": x}, "curve": curve}
        return [siting_answers.feasible(answer, language) for language in ("zh", "en")]

    assert siting_answers.feasible({"status": "optimal", "curve": [{"x": 1.0, "value": 2.0}]}, "zh") == ""
    if x == "standard_s":
        assert "未计的列在表里" in told(None, 1.0)[0]
        return
    zh, en = told(None, None, 3.0)
    assert "可行的是" in zh
    assert "2" in en
    assert "都不可行" in told(None, None)[0]
    assert "未能证明" in told(None, None, status="stopped")[0]


def test_a_floor_out_of_reach_says_what_could_be_had() -> None:
    culprit = {"name": "福田区", "most": 0.62499, "floor": 0.8}
    told = {"status": "infeasible", "reason": "floor_out_of_reach", "culprits": [culprit]}
    assert "福田区（最多 62.4 %，下限 80 %）" in siting_answers.no_answer(told, "zh")
    assert "at most 62.4 %, floor 80 %" in siting_answers.no_answer(told, "en")
