"""Rescue decisions: who stays and who leaves add up, help and staging follow the plan, and nobody's change is lost."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely

from data import decisions, drills, job_queue
from data.clock import SystemClock
from data.database import Database
from data.drill_question import DrillQuestion, as_json
from data.errors import ConflictError, FormError, NotFoundError, RefusedError
from data.rescue_plan import RescuePlan, from_json
from data.rescue_plan import as_json as plan_json
from data.scope import SYSTEM, Scope
from data.store import Store
from data.travel_store import TravelStore
from dispatch.rescue_decision import Mode
from tests.data.test_drills import ASKED, contents
from tests.web.probes.decisions import ANSWER, accident_of

CITY = replace(SYSTEM, ranges=(("4403", "4404"),))
NOW = SystemClock().now()


@pytest.fixture(scope="module")
def travel(city_store: Store, tmp_path_factory: pytest.TempPathFactory) -> TravelStore:
    return TravelStore(city_store, tmp_path_factory.mktemp("decisions"))


@pytest.fixture(scope="module")
def answers(city_store: Store, travel: TravelStore) -> dict[Mode, dict[str, Any]]:
    """The same accident answered in each way."""
    return {mode: solve(city_store, travel, RescuePlan(mode)) for mode in Mode}


def solve(
    store: Store, travel: TravelStore, plan: RescuePlan, asked: DrillQuestion = ASKED
) -> dict[str, Any]:
    return drills.run_drill(store, travel, SYSTEM, asked, plan=plan, report=lambda *_: None)


# -- the engine ------------------------------------------------------------------------------------------


def test_those_who_leave_and_those_who_stay_are_those_in_the_zone(
    answers: dict[Mode, dict[str, Any]],
) -> None:
    everybody = answers[Mode.EVACUATE]["people"]["leaving"]
    assert everybody > 0
    assert answers[Mode.EVACUATE]["staying"]["people"] == 0
    for mode, answer in answers.items():
        staying, leaving = answer["staying"], answer["people"]["leaving"]
        assert leaving == answer["evacuation"]["people"]
        assert leaving + staying["people"] == everybody, mode
        assert sum(p["people"] for p in staying["places"]) == staying["people"]
        left = shapely.geometry.shape(answer["left"]["geometry"])
        assert all(left.covers(shapely.Point(p["lon"], p["lat"])) for p in staying["places"])
        assert answer["left"] == answers[Mode.EVACUATE]["left"]  # the zone itself is the same
    assert answers[Mode.SHELTER]["staying"]["people"] >= answers[Mode.MIXED]["staying"]["people"]
    assert answers[Mode.SHELTER]["staying"]["people"] > 0


def test_in_the_mixed_plan_nobody_stays_in_the_severe_part(answers: dict[Mode, dict[str, Any]]) -> None:
    answer = answers[Mode.MIXED]
    severe = shapely.geometry.shape(answer["levels"][1] if 1 in answer["levels"] else answer["levels"]["1"])
    assert not [p for p in answer["staying"]["places"] if severe.contains(shapely.Point(p["lon"], p["lat"]))]


def test_exposure_agrees_with_a_count_by_hand(answers: dict[Mode, dict[str, Any]]) -> None:
    told = answers[Mode.SHELTER]["exposure"]
    assert (told["cloud_min"], told["indoor_share"], told["prepare_min"]) == (60.0, 0.1, 15.0)
    shelter = answers[Mode.SHELTER]
    if shelter["people"]["leaving"] == 0:
        assert told["person_min"] == round(shelter["staying"]["people"] * 60 * 0.1)
    # at best everybody who leaves is out at once, at worst they drive in the cloud for 45 minutes
    evacuated = answers[Mode.EVACUATE]
    people = evacuated["people"]["leaving"]
    assert people * 15 * 0.1 <= evacuated["exposure"]["person_min"] <= people * (15 * 0.1 + 45)


def test_fire_lets_nobody_stay_indoors(city_store: Store, travel: TravelStore) -> None:
    pool = replace(ASKED, substance="汽油", mass_kg=20_000.0, kind="pool", release={"pool_area_m2": 400.0})
    with pytest.raises(FormError, match="不能就地避险"):
        solve(city_store, travel, RescuePlan(Mode.SHELTER), pool)
    assert solve(city_store, travel, RescuePlan(), pool)["exposure"]["person_min"] is None


def test_a_team_that_is_not_counted_on_does_not_come(
    city_store: Store, travel: TravelStore, answers: dict[Mode, dict[str, Any]]
) -> None:
    first = next(t for t in answers[Mode.EVACUATE]["teams"] if t["kind"] == "fire_station")
    without = solve(city_store, travel, RescuePlan(without=(first["id"],)))
    assert first["id"] not in {t["id"] for t in without["teams"]}
    assert without["plan"]["without"] == [{"id": first["id"], "code": first["code"], "name": first["name"]}]
    others = [t["travel_time_s"] for t in without["teams"] if t["kind"] == "fire_station"]
    assert min(others) >= first["travel_time_s"]


def test_help_gathers_where_the_plan_says(
    city_store: Store, travel: TravelStore, answers: dict[Mode, dict[str, Any]]
) -> None:
    second = answers[Mode.EVACUATE]["staging"][1]
    moved = solve(city_store, travel, RescuePlan(staging=(second["lon"], second["lat"])))
    assert (moved["staging"][0]["lon"], moved["staging"][0]["lat"]) == (second["lon"], second["lat"])
    assert moved["staging"][0]["distance_m"] == pytest.approx(second["distance_m"], abs=2)
    with pytest.raises(FormError, match="影响区内"):
        solve(city_store, travel, RescuePlan(staging=(ASKED.lon, ASKED.lat)))
    with pytest.raises(FormError, match="到不了"):
        solve(city_store, travel, RescuePlan(staging=(114.6, 22.0)))  # out at sea


def test_a_plan_is_kept_as_it_was() -> None:
    for plan in (RescuePlan(), RescuePlan(Mode.MIXED, (114.0, 22.5), (3, 1))):
        assert from_json(plan_json(plan)) == plan


# -- the store -------------------------------------------------------------------------------------------


@pytest.fixture
def decision(city_store: Store) -> Iterator[uuid.UUID]:
    with city_store.transaction(CITY) as connection:
        row = decisions.from_accident(connection, accident_of(connection, "4403"), scope=CITY, now=NOW)
    yield row["id"]
    with city_store.transaction(SYSTEM) as connection:
        connection.execute("DELETE FROM rescue_decision WHERE id = %s", [row["id"]])


def add(
    store: Store,
    decision_id: uuid.UUID,
    name: str,
    scope: Scope = CITY,
    *,
    alternative: uuid.UUID | None = None,
) -> str:
    alternative = alternative or uuid.uuid4()
    with store.transaction(scope) as connection:
        decisions.add_alternative(
            connection, alternative, decision_id, name, question=as_json(ASKED), plan=plan_json(RescuePlan()), answer=ANSWER,
            scope=scope, now=NOW,
        )  # fmt: skip
    return str(alternative)


def test_every_change_is_a_version_and_an_old_one_comes_back(city_store: Store, decision: uuid.UUID) -> None:
    one, two = add(city_store, decision, "撤离"), add(city_store, decision, "避险")
    other = replace(CITY, username="u2")
    with city_store.transaction(other) as connection:
        row = decisions.read(connection, decision)
        assert (row["version"], row["content"]["alternatives"]) == (3, [one, two])
        row = decisions.change(
            connection, decision, {"chosen": two, "reason": "人少"}, version=3, scope=other, now=NOW
        )
        assert (row["version"], row["changed_by"]) == (4, "u2")
        same = decisions.change(connection, decision, {"chosen": two}, version=4, scope=other, now=NOW)
        assert same["version"] == 4  # nothing changed: no version
        row = decisions.change(connection, decision, {"alternatives": [one]}, version=4, scope=other, now=NOW)
        assert (row["content"]["chosen"], row["content"]["reason"]) == (
            None,
            "",
        )  # what was chosen was taken off
        old = decisions.read(connection, decision, version=4)
        assert (old["content"]["chosen"], old["newest"], old["version"]) == (two, 5, 4)
        assert [r["name"] for r in decisions.alternatives(connection, decision, old["content"]["alternatives"])] == ["撤离", "避险"]  # fmt: skip
        back = decisions.restore(connection, decision, 4, version=5, scope=CITY, now=NOW)
        assert (back["version"], back["content"]) == (6, old["content"])
        told = {
            v["number"]: [c["what"] for c in v["changes"]] for v in decisions.versions(connection, decision)
        }
        assert told == {
            6: ["restored", "chosen", "reason", "alternative_added"], 5: ["chosen", "reason", "alternative_removed"],
            4: ["chosen", "reason"], 3: ["alternative_added"], 2: ["alternative_added"], 1: ["created"],
        }  # fmt: skip
        with pytest.raises(NotFoundError):
            decisions.read(connection, decision, version=9)


def test_an_alternative_that_was_taken_off_stays_off_when_its_job_runs_again(
    city_store: Store, decision: uuid.UUID
) -> None:
    """Its worker died after it was kept and before the job was done; meanwhile somebody took it off."""
    one = add(city_store, decision, "撤离")
    with city_store.transaction(CITY) as connection:
        decisions.change(connection, decision, {"alternatives": []}, version=2, scope=CITY, now=NOW)
    for _ in range(2):
        add(city_store, decision, "撤离", alternative=uuid.UUID(one))
    with city_store.transaction(CITY) as connection:
        row = decisions.read(connection, decision)
        assert (row["version"], row["content"]["alternatives"]) == (3, [])
        assert [r["name"] for r in decisions.alternatives(connection, decision, [one])] == ["撤离"]


def test_what_cannot_be_chosen_is_refused_and_nothing_is_written(
    city_store: Store, decision: uuid.UUID
) -> None:
    one = add(city_store, decision, "撤离")
    with city_store.transaction(CITY) as connection:
        for changed, named in (
            ({"chosen": str(uuid.uuid4()), "reason": "x"}, "不是本决策"),
            ({"chosen": one, "reason": " "}, "理由"),
        ):
            with pytest.raises(FormError, match=named):
                decisions.change(connection, decision, changed, version=2, scope=CITY, now=NOW)
        with pytest.raises(ConflictError, match="第 2 版"):
            decisions.change(connection, decision, {"name": "x"}, version=1, scope=CITY, now=NOW)
        with pytest.raises(ConflictError):
            decisions.restore(connection, decision, 1, version=1, scope=CITY, now=NOW)
        reader = replace(CITY, may_write=False)
        with pytest.raises(RefusedError):
            decisions.change(connection, decision, {"name": "x"}, version=2, scope=reader, now=NOW)
        assert decisions.read(connection, decision)["version"] == 2


def test_of_two_who_change_at_once_one_is_told(city_store: Store, decision: uuid.UUID) -> None:
    barrier, told = threading.Barrier(2), []

    def change(name: str) -> None:
        barrier.wait()
        try:
            with city_store.transaction(CITY) as connection:
                decisions.change(connection, decision, {"name": name}, version=1, scope=CITY, now=NOW)
            told.append("saved")
        except ConflictError:
            told.append("told")

    threads = [threading.Thread(target=change, args=(name,)) for name in ("甲", "乙")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["saved", "told"]
    with city_store.transaction(CITY) as connection:
        assert [v["number"] for v in decisions.versions(connection, decision)] == [2, 1]


def test_alternatives_that_end_together_are_both_added(city_store: Store, decision: uuid.UUID) -> None:
    threads = [threading.Thread(target=add, args=(city_store, decision, name)) for name in ("甲", "乙", "丙")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with city_store.transaction(CITY) as connection:
        row = decisions.read(connection, decision)
        found = decisions.alternatives(connection, decision, row["content"]["alternatives"])
    assert row["version"] == 4
    assert sorted(one["number"] for one in found) == [1, 2, 3]


def test_a_decision_belongs_to_its_accidents_authority(city_store: Store) -> None:
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT id, code, authority_code FROM accident ORDER BY id LIMIT 1"
        ).fetchone()
        assert row is not None
    district = replace(SYSTEM, ranges=((row["authority_code"][:6], row["authority_code"][:6] + "~"),))
    elsewhere = replace(SYSTEM, ranges=(("5105", "5106"),))
    with city_store.transaction(CITY) as connection:
        made = decisions.from_accident(connection, row["id"], scope=CITY, now=NOW)
    try:
        with city_store.transaction(district) as connection:
            assert made["id"] in {d["id"] for d in decisions.listed(connection, accident_code=row["code"])}
        with city_store.transaction(elsewhere) as connection:
            assert decisions.listed(connection) == []
            assert decisions.versions(connection, made["id"]) == []
            with pytest.raises(NotFoundError):
                decisions.read(connection, made["id"])
            with pytest.raises(NotFoundError):
                decisions.from_accident(connection, row["id"], scope=elsewhere, now=NOW)
    finally:
        with city_store.transaction(CITY) as connection:
            decisions.remove(connection, made["id"], scope=CITY)


def test_an_alternative_writes_nothing_but_itself(
    city_database: Database, city_store: Store, decision: uuid.UUID, tmp_path: Path
) -> None:
    before = contents(city_database)
    arguments = {
        "decision": str(decision),
        "question": as_json(ASKED),
        "plan": plan_json(RescuePlan(Mode.SHELTER)),
    }
    with city_store.transaction(CITY) as connection:
        job_id = job_queue.submit(
            connection, kind="decision", title="方案", scope=CITY, arguments=arguments, now=NOW
        )
    for _ in range(2):  # a job that is run again adds nothing
        job_queue.run(city_database, job_id, state_dir=tmp_path, clock=SystemClock())
    after = contents(city_database)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"rescue_decision", "rescue_alternative", "rescue_decision_version", "job"}
    with city_store.transaction(CITY) as connection:
        row = decisions.read(connection, decision)
        (alternative,) = decisions.alternatives(connection, decision, row["content"]["alternatives"])
    assert (row["version"], alternative["id"]) == (2, job_id)
    assert alternative["answer"]["plan"]["mode"] == "shelter"
