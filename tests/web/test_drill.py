"""The drill routes: one is started, run, read, exported, printed and removed, each marked as a drill; wrong ones are refused by name."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data import drills, job_queue
from data.clock import SystemClock
from data.database import Database
from data.drill_question import DrillQuestion
from data.scope import SYSTEM
from data.store import Store
from dispatch.drill import Shortfall
from tests.web.test_wall_drill import ANSWER
from web import drill_answers
from web.drill_tasks import tasks_of

ROOT = "/api/studio/drill"
ASKED = {
    "lon": 114.0579, "lat": 22.5431, "substance": "7664-41-7", "mass_t": "3", "kind": "liquid_hole", "wind_m_s": "3", "wind_from_deg": "45",
    "sky": "moderate_sun", "at_time": "2026-11-24T10:00", "hole_mm": "", "site_code": "",
}  # fmt: skip


def test_a_drill_is_started_run_read_exported_printed_and_removed(
    sign_in: Any, city_database: Database, tmp_path: Path
) -> None:
    client = sign_in("city")
    started = client.post(ROOT, json=ASKED | {"name": "氨罐演练"})
    assert started.status_code == 202, started.get_data(as_text=True)
    job = started.get_json()["job"]
    assert client.get(f"{ROOT}/runs/{job}").status_code == 404
    job_queue.run(city_database, uuid.UUID(job), state_dir=tmp_path, clock=SystemClock())
    state = client.get(f"/api/jobs/{job}").get_json()
    assert state["state"] == "done", state
    assert "DRILL" in state["title"]
    body = client.get(f"{ROOT}/runs/{job}").get_json()
    assert body["name"] == "氨罐演练"
    assert body["words"]["watermark"] == "演练 DRILL"
    assert body["answer"]["accident"]["stability"] in "BC"
    assert any("孔径" in line for line in body["words"]["assumptions"])
    assert not any("风速" in line for line in body["words"]["assumptions"])
    assert any("个人防护 20 套" in line for line in body["words"]["assumptions"])
    english = client.get(f"{ROOT}/runs/{job}?lang=en").get_json()["words"]
    assert "For drills" in english["purpose"]
    assert "north-east" in english["weather"]
    drawn = client.get(f"{ROOT}/runs/{job}/geojson")
    assert "DRILL" in drawn.headers["Content-Disposition"]
    assert {"help", "supplies"} <= {f["properties"]["role"] for f in drawn.get_json()["features"]}
    assert {f["properties"]["drill"] for f in drawn.get_json()["features"]} == {"演练 DRILL"}
    for language in ("zh", "en"):
        page = client.get(f"/print/drill/{job}?lang={language}").get_data(as_text=True)
        assert page.count("演练 DRILL") >= 3
        assert "<svg" in page
        assert ("物资：从哪里" if language == "zh" else "Supplies: from where") in page
        assert "液氨泄漏处置卡" in page
    assert job in {d["id"] for d in client.get(f"{ROOT}/runs").get_json()["drills"]}
    handed_over(client, job, body["answer"])
    assert client.delete(f"{ROOT}/runs/{job}").status_code == 200
    assert client.delete(f"{ROOT}/runs/{job}").status_code == 404


def handed_over(client: Any, job: str, answer: dict[str, Any]) -> None:
    """The offline map has the mark, every task in order of its clock, and asks nobody for anything."""
    for language, word in (("zh", "最迟"), ("en", "Latest")):
        sent = client.get(f"{ROOT}/runs/{job}/map?lang={language}")
        assert "DRILL" in sent.headers["Content-Disposition"]
        text = sent.get_data(as_text=True)
        assert text.count("演练 DRILL") > 12
        assert word in text
        assert not re.findall(r"""<(?:script|link|img)[^>]+(?:src|href)=["']?https?:""", text)
        assert all(team["name"] in text for team in answer["teams"] if team["name"])
    row = client.get(f"{ROOT}/runs/{job}").get_json()
    tasks = tasks_of(row, "zh")
    assert len(tasks) == sum(map(len, (answer["teams"], answer["supplies"], answer["evacuation"]["flows"])))
    assert any(task["what"].startswith("送达") for task in tasks)
    assert [t["expected"] for t in tasks] == sorted(t["expected"] for t in tasks)
    assert {t["expected"][:2] for t in tasks} <= {"10", "11"}  # it happens at ten


def test_alternatives_stand_side_by_side(sign_in: Any, city_store: Store) -> None:
    city = replace(SYSTEM, ranges=(("4403", "4404"),))
    asked = DrillQuestion("x", SystemClock().now(), 114.0, 22.5, "氨", 1.0, "instant")
    ids = [uuid.uuid4() for _ in range(3)]
    far = ANSWER["teams"][0] | {"travel_time_s": 900.0, "is_late": True}
    answers = [ANSWER, ANSWER | {"people": {"leaving": 9}}, ANSWER | {"teams": [far]}]
    with city_store.transaction(city) as connection:
        for drill_id, answer in zip(ids, answers, strict=True):
            drills.keep(connection, drill_id, asked, answer, scope=city, now=SystemClock().now())
    client = sign_in("city")
    found = client.get(f"{ROOT}/compare?ids={','.join(map(str, ids))}").get_json()
    measures = {m["id"]: m for m in found["measures"]}
    assert measures["leaving"]["values"] == [5, 9, 5]
    assert measures["leaving"]["best"] == [0, 2]
    assert measures["without"]["values"] == [0, 4, 0]
    assert (measures["first_min"]["values"], measures["first_min"]["best"]) == ([5.0, 5.0, 15.0], [0, 1])
    assert (measures["late"]["values"], measures["late"]["best"]) == ([0, 0, 1], [0, 1])
    assert measures["placed"]["best"] == measures["area_km2"]["best"] == []
    for wrong, status in ((f"{ids[0]}", 400), (f"{ids[0]},{ids[0]}", 400), (f"{ids[0]},x", 404), ("", 400)):
        assert client.get(f"{ROOT}/compare?ids={wrong}").status_code == status
    assert sign_in("district").get(f"{ROOT}/compare?ids={ids[0]},{ids[1]}").status_code == 404
    with city_store.transaction(SYSTEM) as connection:
        connection.execute("DELETE FROM drill_simulation WHERE id = ANY(%s)", [ids])


@pytest.mark.parametrize(
    ("changed", "status", "named"),
    [
        ({"wind_m_s": "0"}, 400, "风速 0"), ({"wind_m_s": "60"}, 400, "风速 60"), ({"wind_m_s": "风"}, 422, "wind_m_s"),
        ({"substance": "氧"}, 400, "物性数据"), ({"substance": ""}, 422, "substance"), ({"mass_t": ""}, 422, "mass_t"),
        ({"mass_t": "-1"}, 400, "质量"), ({"kind": "drip"}, 422, "kind"), ({"lon": ""}, 422, "事故位置"), ({"lon": 22.5, "lat": 114.0}, 422, "经纬度"),
        ({"at_time": "昨天"}, 422, "昨天"), ({"sky": "blue"}, 422, "sky"), ({"hole_mm": "9000"}, 400, "孔径"), ({"site_code": "HZ-none"}, 422, "没有危险源"),
        ({"substance": "74-86-2", "kind": "gas_hole"}, 400, "绝热指数"),
    ],
)  # fmt: skip
def test_wrong_accidents_are_refused_by_name(
    sign_in: Any, changed: dict[str, Any], status: int, named: str
) -> None:
    answer = sign_in("city").post(ROOT, json=ASKED | changed)
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert named in answer.get_data(as_text=True)


def test_more_tonnes_than_the_site_holds(sign_in: Any) -> None:
    client = sign_in("city")
    known = {s["id"] for s in client.get(ROOT).get_json()["substances"]}
    site, held = next(
        (site, one)
        for site in client.get(ROOT).get_json()["sites"]
        for one in site["substances"]
        if one["cas"] in known
    )
    asked = ASKED | {
        "site_code": site["code"],
        "lon": site["lon"],
        "lat": site["lat"],
        "substance": held["cas"],
        "kind": "continuous",
    }
    answer = client.post(ROOT, json=asked | {"mass_t": held["quantity_t"] + 0.01})
    assert answer.status_code == 422
    assert "超过该危险源登记的" in answer.get_data(as_text=True)
    assert client.post(ROOT, json=asked | {"mass_t": held["quantity_t"]}).status_code == 202


def test_who_may_not_write_starts_none(sign_in: Any) -> None:
    assert sign_in("wall").post(ROOT, json=ASKED).status_code == 403
    assert sign_in("maintainer").post(ROOT, json=ASKED).status_code == 403
    elsewhere = sign_in("enterprise").post(ROOT, json=ASKED)  # an enterprise starts them at its own site
    assert elsewhere.status_code == 422
    assert [f["field"] for f in elsewhere.get_json()["faults"]] == ["lon"]


def test_every_shortfall_has_words_in_both_languages() -> None:
    for subject, kind in (
        ("resource", "hospital"),
        ("late", "hospital"),
        ("places", None),
        ("no_way", None),
        ("staging", None),
    ):
        lack = Shortfall(subject, kind, 12)
        told = {"subject": lack.subject, "kind": lack.kind, "missing": lack.missing}
        zh, en = (drill_answers._shortfall(told, at) for at in (0, 1))
        assert zh.endswith("。")
        assert en.endswith(".")
