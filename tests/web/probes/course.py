"""Probe what courses of drills give away: whose are listed, opened, and served as layers in time."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from data import courses, drills
from data.clock import SystemClock
from data.course_question import CourseQuestion, steps_json
from data.drill_question import DrillQuestion
from data.scope import SYSTEM, Connection, code_range
from dispatch.course_bands import FIGURES
from dispatch.course_plan import Steps
from tests.web.owned import asked_of, entered, own_scope, owners
from tests.web.probe import Probe, Seen
from tests.web.probes.drill import _ANSWER as DRILL_ANSWER
from tests.web.probes.drill import _SQUARE as SQUARE

#: The steps of the form, and words about the interface of a course that is probed by its features.
NO_ROWS = ("course.choices",)

_DRILLS = {code: str(uuid.uuid5(uuid.NAMESPACE_URL, f"course-drill-{code}")) for code in ("440300", "440304")}
_COURSES = {code: str(uuid.uuid5(uuid.NAMESPACE_URL, f"course-{code}")) for code in _DRILLS}
#: Course, and its drill → the authority and the unit of the enterprise that made it.
_OWNED: dict[str, tuple[str, int]] = {}
_OWNED_DRILLS: dict[str, tuple[str, int]] = {}
ANSWER: dict[str, Any] = {
    "names": {"t1": {"name": "消防站", "kind": "fire_station", "lon": 114.0, "lat": 22.5, "is_reserve": False}}, "injects": [],
    "zones": [{"level": 2, "from_s": 0.0, "to_s": None, "number": 0, "geometry": SQUARE}], "lines": [[[114.0, 22.5], [114.01, 22.5]]],
    "stages": [{"key": "t1", "state": "driving", "from_s": 60.0, "to_s": 120.0, "people": 0, "line": 0, "a": 0.0, "b": 1.0}],
    "events": [{"at_s": 60.0, "what": "under_way", "key": "t1", "people": 0, "number": 0}], "ends_s": 120.0,
    "accident": {"lon": 114.0, "lat": 22.5}, "order": ["t1"], "people": 0, "seed": 1, "runs": 1, "steps": steps_json(Steps()),
    "figures": dict.fromkeys(FIGURES), "bands": None,
}  # fmt: skip


def prepare(connection: Connection) -> None:
    """Two courses of authorities, the city's and a district's, and one of each enterprise that has an owner."""
    now = SystemClock().now()
    for code, course_id in _COURSES.items():
        scope = replace(SYSTEM, ranges=(code_range(code),))
        drill_id = uuid.UUID(_DRILLS[code])
        asked = DrillQuestion(code, now, 114.0, 22.5, "氨", 1.0, "instant")
        drills.keep(connection, drill_id, asked, DRILL_ANSWER, scope=scope, now=now)
        courses.keep(connection, uuid.UUID(course_id), CourseQuestion(drill_id), ANSWER, scope=scope, now=now)
    for owner in owners(connection):
        drill_id, course_id = (
            uuid.uuid5(uuid.NAMESPACE_URL, f"own-{what}-{owner['owner_id']}")
            for what in ("course-drill", "course")
        )
        scope, asked = (
            own_scope(owner),
            DrillQuestion("own", now, owner["lon"], owner["lat"], "氨", 1.0, "instant"),
        )
        with entered(connection, scope):
            drills.keep(connection, drill_id, asked, DRILL_ANSWER, scope=scope, now=now)
            courses.keep(connection, course_id, CourseQuestion(drill_id), ANSWER, scope=scope, now=now)
        _OWNED[str(course_id)] = _OWNED_DRILLS[str(drill_id)] = (owner["authority_code"], owner["owner_id"])


def _is_mine(code: str, seen: Seen) -> bool:
    own = [one.rstrip("0") if one.endswith("00") else one for one in seen.user["codes"]]
    return any(code.startswith(prefix) for prefix in own)


def _only_mine(client: Any, seen: Seen, path: str, ids: dict[str, str]) -> None:
    for code, one in ids.items():
        assert client.get(path.format(one)).status_code == (200 if _is_mine(code, seen) else 404)
    owned = _OWNED if ids is _COURSES else _OWNED_DRILLS
    for one, may_see in asked_of(owned, seen).items():
        assert client.get(path.format(one)).status_code == (200 if may_see else 404)


def of_drill(client: Any, seen: Seen) -> None:
    """Courses are listed for whoever sees the drill."""
    _only_mine(client, seen, "/api/studio/drill/runs/{}/courses", _DRILLS)


def course(client: Any, seen: Seen) -> None:
    """Another's course is not there."""
    _only_mine(client, seen, "/api/studio/drill/courses/{}", _COURSES)


def plans(client: Any, seen: Seen) -> None:
    """Plans are offered with a course of one's own, and of one's own jurisdiction."""
    for code, one in _COURSES.items():
        answer = client.get(f"/api/studio/drill/courses/{one}/plans")
        if seen.user["role"] not in {"administrator", "regulator", "dispatcher", "enterprise"}:
            assert answer.status_code == 403
        else:
            assert answer.status_code == (200 if _is_mine(code, seen) else 404)
        if answer.status_code == 200:
            seen.some_rows("drill", {row["code"] for row in answer.get_json()["plans"]})


def own_plans(client: Any, seen: Seen) -> None:
    """An enterprise takes its own course into drills of its own."""
    for one, may_see in asked_of(_OWNED, seen).items():
        answer = client.get(f"/api/studio/drill/courses/{one}/plans")
        if seen.user["role"] == "enterprise":
            assert answer.status_code == (200 if may_see else 404)
        if answer.status_code == 200:
            seen.some_rows("drill", {row["code"] for row in answer.get_json()["plans"]})


def _layers(path: str) -> Any:
    def ask(client: Any, seen: Seen) -> None:
        _only_mine(client, seen, "/ogc/drills/{}" + path, _COURSES)

    return ask


PROBES = (
    Probe("course.of_drill", of_drill),
    Probe("course.course", course),
    Probe("drill_plans.plans", plans),
    Probe("drill_plans.plans", own_plans),
    Probe("course_ogc.landing", _layers("")),
    Probe("course_ogc.conformance", _layers("/conformance")),
    Probe("course_ogc.api", _layers("/api")),
    Probe("course_ogc.collections", _layers("/collections")),
    Probe("course_ogc.collection", _layers("/collections/teams")),
    Probe("course_ogc.schema", _layers("/collections/teams/schema")),
    Probe("course_ogc.items", _layers("/collections/teams/items")),
    Probe("course_ogc.item", _layers("/collections/zones/items/1")),
)
