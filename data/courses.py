"""Run the course of a kept drill, once to be played and many times for its bands, keep it with the drill, and read it."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from typing import Any

from psycopg.types.json import Jsonb

from data import course_record, drills
from data.course_plan import Preparation, Prepared
from data.course_question import CourseQuestion, as_json, steps_json
from data.drill_question import from_json as drill_from_json
from data.errors import NotFoundError
from data.kept_rows import KeptRows
from data.scope import Connection, Scope, require_write
from data.store import Store
from data.travel_store import TravelStore
from dispatch.course import simulate_course
from dispatch.course_bands import Bands, figures, many_courses

_REPORT_EVERY = 20
_KEPT = KeptRows(
    "drill_course", "id, drill_id, username, created_at, question, answer, is_in_report", "没有这次推演，或您无权查看。 There is no such course that you may see."
)  # fmt: skip

Report = Callable[[float, str], None]


def run_course(
    store: Store,
    travel: TravelStore,
    scope: Scope,
    drill: dict[str, Any],
    asked: CourseQuestion,
    *,
    report: Report,
) -> dict[str, Any]:
    """Run a course of a drill as `drills.read` gives it; the answer is plain JSON.

    Raises
    ------
    FormError
        When an inject makes no sense for this drill.
    HazardError, OffRoadError
        When another wind cannot be worked out, or a road that closes is not near.
    NoNetworkError, NetworkFileError
        When there is no network.
    """
    begun = time.perf_counter()
    report(0.05, "ways")
    question = drill_from_json(drill["question"])
    prepared = Preparation(store, travel, scope, question, drill["answer"]).prepared(asked)
    took = {"ways": _since(begun, {})}
    report(0.2, "course")
    course = simulate_course(prepared.plan, prepared.roads, prepared.injects, seed=asked.seed)
    took["course"] = _since(begun, took)
    bands = _bands(prepared, asked, report) if asked.runs > 1 else None
    took["runs"] = _since(begun, took)
    answer = course_record.written(question, drill["answer"], prepared, course, asked)
    return answer | {
        "seed": asked.seed, "runs": asked.runs, "steps": steps_json(asked.steps),
        "figures": {name: course_record.second(s) for name, s in figures(course, prepared.plan).items()},
        "bands": None if bands is None else course_record.bands_json(bands),
        "took_s": took, "seconds": round(time.perf_counter() - begun, 2),
    }  # fmt: skip


def _since(begun: float, took: dict[str, float]) -> float:
    return round(time.perf_counter() - begun - sum(took.values()), 3)


def _bands(prepared: Prepared, asked: CourseQuestion, report: Report) -> Bands:
    def tell(done: int) -> None:
        if done % _REPORT_EVERY == 0:
            report(0.25 + 0.7 * done / asked.runs, "runs")

    return many_courses(
        prepared.plan, prepared.roads, prepared.injects, seed=asked.seed, runs=asked.runs, report=tell
    )


# -- keeping ---------------------------------------------------------------------------------------------


def keep(
    connection: Connection,
    course_id: uuid.UUID,
    asked: CourseQuestion,
    answer: dict[str, Any],
    *,
    scope: Scope,
    now: dt.datetime,
) -> None:
    """Keep a course with its drill, under the drill's division; once only, however often its job is run.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When the drill is not there any more.
    """
    require_write(scope)
    done = connection.execute(
        "INSERT INTO drill_course (id, drill_id, username, authority_code, owner_id, is_public, question, answer, created_at)"
        " SELECT %s, d.id, %s, d.authority_code, d.owner_id, d.is_public, %s, %s, %s FROM drill_simulation d WHERE d.id = %s"
        " ON CONFLICT (id) DO UPDATE SET answer = excluded.answer",
        [course_id, scope.username, Jsonb(as_json(asked)), Jsonb(answer), now, asked.drill_id],
    )
    if done.rowcount == 0:
        raise NotFoundError(
            "演练已被删除，推演没有保留。 The drill has been removed: its course is not kept."
        )


def listed(connection: Connection, drill_id: uuid.UUID, *, limit: int = 50) -> list[dict[str, Any]]:
    """List a drill's courses, the newest first, without their answers.

    Raises
    ------
    NotFoundError
        When the scope has no such drill.
    """
    drills.read(connection, drill_id)
    rows = connection.execute(
        "SELECT id, username, created_at, question->'seed' AS seed, question->'runs' AS runs,"
        " jsonb_array_length(question->'injects') AS injects, answer->'figures' AS figures, is_in_report"
        " FROM drill_course WHERE drill_id = %s ORDER BY created_at DESC, id LIMIT %s",
        [drill_id, limit],
    )
    return [dict(row) for row in rows]


def of_report(connection: Connection, drill_id: uuid.UUID) -> dict[str, Any] | None:
    """Give the course of a drill's report: the chosen one, else the newest with bands, else the newest; None when it has none."""
    row = connection.execute(
        "SELECT id, question, answer, created_at FROM drill_course WHERE drill_id = %s"
        " ORDER BY is_in_report DESC, (answer->>'bands' IS NOT NULL) DESC, created_at DESC, id LIMIT 1",
        [drill_id],
    ).fetchone()
    return None if row is None else dict(row)


def choose(connection: Connection, course_id: uuid.UUID, *, scope: Scope, is_chosen: bool) -> None:
    """Put a course into its drill's report instead of another, or leave the choice to the rule again.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When the scope has no such course.
    """
    require_write(scope)
    drill_id = read(connection, course_id)["drill_id"]
    connection.execute("UPDATE drill_course SET is_in_report = false WHERE drill_id = %s", [drill_id])
    if is_chosen:
        connection.execute("UPDATE drill_course SET is_in_report = true WHERE id = %s", [course_id])


def read(connection: Connection, course_id: uuid.UUID) -> dict[str, Any]:
    """Read a course with its question, its answer and its drill's name and time.

    Raises
    ------
    NotFoundError
        When the scope has no such course.
    """
    course = _KEPT.read(connection, course_id)
    drill = connection.execute(
        "SELECT name, question->>'at' AS happens_at FROM drill_simulation WHERE id = %s", [course["drill_id"]]
    ).fetchone()
    if drill is None:
        raise NotFoundError(_KEPT.none_there)
    return course | dict(drill)


def remove(connection: Connection, course_id: uuid.UUID, *, scope: Scope) -> None:
    """Remove a course.

    Raises
    ------
    RefusedError, NotFoundError
        As for `KeptRows.remove`.
    """
    _KEPT.remove(connection, course_id, scope=scope)
