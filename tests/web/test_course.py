"""The course routes: one is started, run, read, served in time, printed and removed, each marked as a drill; wrong ones are refused by name."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import course_features, job_queue
from data.clock import SystemClock
from data.database import Database
from dispatch.course_plan import SPREADS, Steps
from dispatch.course_record import Happening, State
from layers.course_layers import HAPPENINGS, STATES, TIME_LAYERS
from tests.web.probes.course import ANSWER
from tests.web.test_drill import ASKED
from tests.web.test_drill import ROOT as DRILLS
from web import course_answers
from web.course_questions import course_question

ROOT = "/api/studio/drill"
WIND = {"kind": "wind", "minute": 30, "wind_from_deg": "225"}


@pytest.fixture(scope="module")
def drill(sign_in: Any, city_database: Database, tmp_path_factory: pytest.TempPathFactory) -> str:
    started = sign_in("city").post(DRILLS, json=ASKED | {"name": "推演"}).get_json()
    job_queue.run(
        city_database,
        uuid.UUID(started["job"]),
        state_dir=tmp_path_factory.mktemp("drill"),
        clock=SystemClock(),
    )
    return str(started["job"])


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("course")


def test_a_course_is_started_run_read_served_in_time_printed_and_removed(
    sign_in: Any, city_database: Database, drill: str, state_dir: Path
) -> None:
    client = sign_in("city")
    choices = client.get(f"{ROOT}/course").get_json()
    steps = {one["id"]: one["points"] for one in choices["steps"]}
    assert (
        Steps() == course_question({"steps": steps}, uuid.uuid4()).steps
    )  # what the form shows is what is taken
    started = client.post(
        f"{ROOT}/runs/{drill}/courses", json={"seed": 4, "runs": "30", "steps": steps, "injects": [WIND]}
    )
    assert started.status_code == 202, started.get_data(as_text=True)
    job = started.get_json()["job"]
    job_queue.run(city_database, uuid.UUID(job), state_dir=state_dir, clock=SystemClock())
    state = client.get(f"/api/jobs/{job}").get_json()
    assert state["state"] == "done", state
    assert "DRILL" in state["title"]
    body = client.get(f"{ROOT}/courses/{job}").get_json()
    assert len(body["words"]["events"]) == len(body["answer"]["events"])
    assert any("西南" in line for line in body["words"]["events"])
    english = client.get(f"{ROOT}/courses/{job}?lang=en").get_json()["words"]
    assert "from the south-west" in english["injects"][0]
    for words, stays, not_stopped in (
        (body["words"], "仍按影响区封闭", "没有切断源头"),
        (english, "stays closed", "is not stopped"),
    ):
        assert any(stays in line for line in words["notes"])
        assert any(not_stopped in line for line in words["notes"])
    assert not any("{" in line for line in (*body["words"]["events"], *english["events"]))
    listed = client.get(f"{ROOT}/runs/{drill}/courses").get_json()["courses"]
    assert [(c["id"], c["runs"], c["injects"]) for c in listed] == [(job, 30, 1)]
    for language, words in (("zh", "过程推演"), ("en", "The course of events")):
        page = client.get(f"/print/drill/{drill}?lang={language}").get_data(as_text=True)
        assert words in page
        assert "P90" in page
        assert page.count("<svg") == 3
        assert ("仍按影响区封闭" if language == "zh" else "stays closed") in page
    _served_in_time(client, job, body)
    _another_is_chosen_for_the_report(client, city_database, drill, job, state_dir)
    assert client.delete(f"{ROOT}/courses/{job}").status_code == 200
    assert client.delete(f"{ROOT}/courses/{job}").status_code == 404


def _served_in_time(client: Any, job: str, body: dict[str, Any]) -> None:
    root = f"/ogc/drills/{job}"
    assert "DRILL" in client.get(root).get_json()["title"]
    found = client.get(f"{root}/collections").get_json()["collections"]
    assert [c["id"] for c in found] == [layer.id for layer in TIME_LAYERS]
    first, last = (dt.datetime.fromisoformat(i) for i in found[0]["extent"]["temporal"]["interval"][0])
    assert first == dt.datetime.fromisoformat(body["happens_at"])
    assert (last - first).total_seconds() == pytest.approx(body["answer"]["ends_s"])
    for layer in TIME_LAYERS:
        path = f"{root}/collections/{layer.id}/items"
        features, following = [], f"{path}?limit=400"
        while following:
            page = client.get(following.partition("localhost")[2] or following).get_json()
            features += page["features"]
            following = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
        assert len(features) == page["numberMatched"] > 0
        assert {f["properties"]["drill"] for f in features} == {"演练 DRILL"}
        assert all(set(f["properties"]) == {x.name for x in layer.all_fields} for f in features)
        at = first + (last - first) / 2
        for low, high in ((at, at), (at, at + dt.timedelta(minutes=5))):
            text = at.isoformat() if low == high else f"{low.isoformat()}/{high.isoformat()}"
            page = client.get(path, query_string={"datetime": text, "limit": 10000}).get_json()
            expected = {
                f["id"]
                for f in features
                if dt.datetime.fromisoformat(f["properties"]["start"]) <= high
                and (
                    f["properties"]["end"] is None or dt.datetime.fromisoformat(f["properties"]["end"]) >= low
                )
            }
            assert {f["id"] for f in page["features"]} == expected
        one = client.get(f"{path}/{features[-1]['id']}").get_json()
        assert one["properties"] == features[-1]["properties"]
    assert client.get(f"{root}/collections/teams/items?bbox=0,0,1,1").get_json()["features"] == []
    assert client.get(f"{root}/collections/teams/items?datetime=noon").status_code == 400
    assert client.get(f"{root}/collections/teams/items?colour=red").status_code == 400
    assert client.get(f"{root}/collections/boats/items").status_code == 404
    assert client.get(f"{root}/collections/teams/items/999999").status_code == 404
    assert client.get("/ogc/drills/x/collections").status_code == 404
    assert not any(
        "drill" in c["id"]
        for c in client.get("/ogc/collections").get_json()["collections"]
        if c["id"] != "drill"
    )
    paths = client.get(f"{root}/api").get_json()["paths"]
    assert "/collections/{collectionId}/items" in paths


def test_a_stop_and_a_reopening_are_asked_told_and_refused_by_name(
    sign_in: Any, city_database: Database, drill: str, state_dir: Path
) -> None:
    client = sign_in("city")
    answer = client.get(f"{DRILLS}/runs/{drill}").get_json()["answer"]
    lon, lat = answer["teams"][0]["route"][len(answer["teams"][0]["route"]) // 2]
    injects = [
        {"number": 1, "kind": "road", "minute": 4, "lon": lon, "lat": lat}, {"number": 2, "kind": "reopen", "minute": 9, "of": "1"},
        {"number": 3, "kind": "stop", "minute": 12},
    ]  # fmt: skip
    job = client.post(f"{ROOT}/runs/{drill}/courses", json={"injects": injects}).get_json()["job"]
    job_queue.run(city_database, uuid.UUID(job), state_dir=state_dir, clock=SystemClock())
    state = client.get(f"/api/jobs/{job}").get_json()
    assert state["state"] == "done", state
    for language, words in (
        ("zh", ("道路恢复", "源头切断", "影响区解除")),
        ("en", ("opens again", "is stopped", "is cleared")),
    ):
        told = " ".join(client.get(f"{ROOT}/courses/{job}?lang={language}").get_json()["words"]["events"])
        assert all(word in told for word in words)
    ended = client.get(f"/ogc/drills/{job}/collections/closures/items").get_json()["features"]
    assert all(f["properties"]["end"] is not None for f in ended)
    assert client.delete(f"{ROOT}/courses/{job}").status_code == 200
    for wrong, field in (
        ({"of": ""}, "injects.1.of"),
        ({"of": "x"}, "injects.1.of"),
        ({"of": 3}, "injects.1.of"),
        ({"minute": 2}, "injects.1.of"),
    ):
        refused = client.post(
            f"{ROOT}/runs/{drill}/courses", json={"injects": [injects[0], injects[1] | wrong]}
        )
        assert refused.status_code == 422, refused.get_data(as_text=True)
        assert field in {f["field"] for f in refused.get_json()["faults"]}


def _another_is_chosen_for_the_report(
    client: Any, database: Database, drill: str, many: str, state_dir: Path
) -> None:
    """The report holds the newest with bands until somebody chooses another, and again when they take it back."""

    def seed_of_report() -> str:
        page = client.get(f"/print/drill/{drill}").get_data(as_text=True)
        return page.split("种子 ")[1].split("<")[0].split(" ")[0]

    single = client.post(f"{ROOT}/runs/{drill}/courses", json={"seed": 77, "runs": 1}).get_json()["job"]
    job_queue.run(database, uuid.UUID(single), state_dir=state_dir, clock=SystemClock())
    assert seed_of_report() == "4"
    for course, seed in ((single, "77"), (many, "4"), (single, "77")):
        path = f"{ROOT}/courses/{course}/report"
        assert client.put(path, json={"is_in_report": True}).get_json()["is_in_report"] is True
        assert seed_of_report() == seed
        listed = client.get(f"{ROOT}/runs/{drill}/courses").get_json()["courses"]
        assert [c["id"] for c in listed if c["is_in_report"]] == [course]
    assert client.put(path, json={"is_in_report": "yes"}).status_code == 422
    assert client.put(f"{ROOT}/courses/{uuid.uuid4()}/report", json={"is_in_report": True}).status_code == 404
    assert client.put(path, json={"is_in_report": False}).status_code == 200
    assert seed_of_report() == "4"
    assert client.delete(f"{ROOT}/courses/{single}").status_code == 200


@given(st.integers(-100_000, 300_000), st.integers(0, 300_000))
@settings(max_examples=40)
def test_features_last_when_their_span_and_the_interval_have_an_instant_in_common(
    begins_ms: int, lasts_ms: int
) -> None:
    at = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
    course = {"happens_at": at.isoformat(), "answer": ANSWER}
    first, last = (
        at + dt.timedelta(milliseconds=begins_ms),
        at + dt.timedelta(milliseconds=begins_ms + lasts_ms),
    )
    found = course_features.features(course, "teams", interval=(first, last))
    expected = [
        n
        for n, (a, b) in enumerate(((60_000, 90_000), (90_000, 120_000)), 1)
        if a <= begins_ms + lasts_ms and b >= begins_ms
    ]
    assert [f["id"] for f in found] == expected
    assert bool(course_features.features(course, "zones", interval=(first, last))) == (
        begins_ms + lasts_ms >= 0
    )
    assert course_features.features(course, "teams", interval=(None, None)) == course_features.features(
        course, "teams"
    )


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"runs": "0"}, "次数"), ({"runs": "5001"}, "次数"), ({"runs": "viele"}, "runs 应为整数"), ({"seed": "-1"}, "种子"), ({"seed": 1.5}, "seed"),
        ({"steps": {"alarm": ["1", "2"]}}, "alarm 应为三个数字"), ({"steps": {"alarm": ["3", "2", "1"]}}, "依次不减"),
        ({"steps": {"alarm": ["1", "2", "9999"]}}, "alarm 应在"), ({"steps": {"drive": ["0", "1", "2"]}}, "drive 应在"),
        ({"steps": {"waves": "7"}}, "waves 应为 1 到 6"), ({"steps": {"waves": "2.5"}}, "waves 应为整数"), ({"steps": {"lunch": [1, 2, 3]}}, "没有环节 lunch"),
        ({"steps": [1]}, "steps"), ({"injects": "road"}, "injects 应为列表"), ({"injects": [{"kind": "flood", "minute": 1}]}, "road, wind, breakdown"),
        ({"injects": [{"kind": "road", "minute": 1}]}, "中断的道路"), ({"injects": [{"kind": "wind", "minute": ""}]}, "分钟数"),
        ({"injects": [WIND | {"wind_from_deg": "400"}]}, "0 到 360"), ({"injects": [WIND | {"minute": 1000}]}, "0 到 360 分钟"),
        ({"injects": [{"kind": "breakdown", "minute": 1}]}, "选第 1 个突发情况的队伍"), ({"injects": [WIND | {"number": 0}]}, "编号"),
        ({"injects": [WIND | {"number": 2}, WIND | {"number": 2}]}, "重复"), ({"injects": [WIND] * 13}, "最多 12"),
    ],
)  # fmt: skip
def test_wrong_courses_are_refused_by_name(
    sign_in: Any, drill: str, asked: dict[str, Any], named: str
) -> None:
    answer = sign_in("city").post(f"{ROOT}/runs/{drill}/courses", json=asked)
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert named in answer.get_data(as_text=True)


def test_what_only_the_city_knows_is_refused_by_the_job_in_words(
    sign_in: Any, city_database: Database, drill: str, state_dir: Path
) -> None:
    client = sign_in("city")
    for inject, named in (
        ({"kind": "breakdown", "minute": 1, "team": "t0"}, "没有队伍 t0"),
        ({"kind": "road", "minute": 1, "lon": 113.0, "lat": 21.0}, "道路"),
    ):
        job = client.post(f"{ROOT}/runs/{drill}/courses", json={"injects": [inject]}).get_json()["job"]
        job_queue.run(city_database, uuid.UUID(job), state_dir=state_dir, clock=SystemClock())
        state = client.get(f"/api/jobs/{job}").get_json()
        assert state["state"] == "failed"
        assert named in state["message"]
        assert client.get(f"{ROOT}/courses/{job}").status_code == 404


def test_who_may_not_write_starts_none_and_nobody_for_a_drill_that_is_not_there(
    sign_in: Any, drill: str
) -> None:
    assert sign_in("wall").post(f"{ROOT}/runs/{drill}/courses", json={}).status_code == 403
    assert sign_in("enterprise").post(f"{ROOT}/runs/{drill}/courses", json={}).status_code == 404
    assert sign_in("city").post(f"{ROOT}/runs/{uuid.uuid4()}/courses", json={}).status_code == 404
    assert sign_in("city").post(f"{ROOT}/runs/x/courses", json={}).status_code == 404


def test_everything_that_happens_has_words() -> None:
    assert {str(one) for one in Happening} == {choice.value for choice in HAPPENINGS}
    assert {str(one) for one in State} == {choice.value for choice in STATES}
    assert set(course_answers.STEPS) >= set(SPREADS)
    for what in Happening:
        event = {"what": str(what), "key": "t1/1", "people": 1200, "number": 0, "at_s": 0.0}
        for at in (0, 1):
            assert course_answers.sentence(ANSWER, event, at) or what in (
                Happening.ROAD_CLOSED,
                Happening.WIND_TURNED,
                Happening.ROAD_OPENED,
                Happening.RELEASE_STOPPED,
            )
