"""Drills and their courses where something lacks: no shelter, an accident at sea, a job cancelled before it began."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data import courses, drills, job_queue
from data.clock import SystemClock
from data.course_question import CourseQuestion, InjectAsked
from data.database import Database
from data.drill_question import DrillQuestion
from data.drill_question import as_json as drill_json
from data.errors import NotFoundError
from data.scope import SYSTEM
from data.store import Store
from data.travel_store import TravelStore
from tests.data.test_courses import ASKED, told

AT_SEA = (113.90, 22.42)


@pytest.fixture(scope="module")
def bare(
    make_database: Any, city_template: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A city without shelters, and a way to run a drill and its course there."""
    store = Store(make_database("bare", city_template), max_size=2)
    with store.transaction(SYSTEM) as connection:
        connection.execute("DELETE FROM rescue_resource WHERE kind = 'shelter'")
    travel = TravelStore(store, tmp_path_factory.mktemp("bare"))

    def both(asked: DrillQuestion, *injects: InjectAsked) -> tuple[dict[str, Any], dict[str, Any]]:
        answer = drills.run_drill(store, travel, SYSTEM, asked, report=lambda *_: None)
        drill = {"question": drill_json(asked), "answer": answer}
        question = CourseQuestion(uuid.UUID(int=0), runs=5, injects=injects)
        return answer, courses.run_course(store, travel, SYSTEM, drill, question, report=lambda *_: None)

    yield both
    store.close()


def test_without_a_shelter_nobody_is_placed_and_the_course_says_that_nobody_leaves(bare: Any) -> None:
    answer, course = bare(ASKED, InjectAsked(1, "wind", 600.0, wind_from_deg=225.0))
    people = answer["people"]["leaving"]
    assert people > 0
    lacking = {s["subject"]: s["missing"] for s in answer["shortfalls"]}
    assert lacking.get("places", 0) + lacking.get("no_way", 0) == people
    assert answer["evacuation"]["placed"] == course["people"] == 0
    assert course["figures"]["zone_evacuated_s"] is course["figures"]["all_sheltered_s"] is None
    assert course["bands"]["figures"]["zone_evacuated_s"] == {
        "p10": None,
        "p50": None,
        "p90": None,
        "never": 5,
    }
    assert told(course, "on_site")  # help comes all the same
    assert told(course, "wind_turned")


def test_an_accident_at_sea_is_outside_the_city_and_nobody_comes(bare: Any) -> None:
    lon, lat = AT_SEA
    answer, course = bare(replace(ASKED, lon=lon, lat=lat, mass_kg=200.0))
    assert answer["border"]["outside"] == pytest.approx(1.0, abs=0.01)
    assert answer["people"]["leaving"] == 0
    assert {"staging", "resource"} <= {s["subject"] for s in answer["shortfalls"]}
    assert [e["what"] for e in course["events"]] == ["alarm"]
    assert course["figures"]["first_on_site_s"] is None
    assert course["zones"]


def test_a_drill_cancelled_before_it_began_leaves_nothing(
    city_database: Database, city_store: Store, tmp_path: Path
) -> None:
    now = SystemClock().now()
    with city_store.transaction(SYSTEM) as connection:
        job_id = job_queue.submit(
            connection, kind="drill", title="演练", scope=SYSTEM, arguments=drill_json(ASKED), now=now
        )
        connection.execute("UPDATE job SET is_cancel_requested = true WHERE id = %s", [job_id])
    job_queue.run(city_database, job_id, state_dir=tmp_path, clock=SystemClock())
    with city_store.transaction(SYSTEM) as connection:
        assert job_queue.read(connection, job_id, username=SYSTEM.username)["state"] == "cancelled"
        with pytest.raises(NotFoundError):
            drills.read(connection, job_id)
