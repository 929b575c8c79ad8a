"""Run the course of a drill: what may be asked, start one as a job, list, read and remove."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from data import courses, drills, job_queue
from data.course_question import as_json
from data.errors import FormError
from data.scope import require_write
from web import course_answers, course_questions, drill_answers, identity
from web.api.drill import drill_key
from web.api.nearest import asked
from web.respond import json_response
from web.studio_access import studio_scope, studio_transaction

blueprint = Blueprint("course", __name__)


@blueprint.get("/api/studio/drill/course")
def choices() -> Any:
    """Say what may be asked: the steps with their assumed spreads, and what may be thrown in."""
    return json_response(course_answers.choices(g.language))


@blueprint.post("/api/studio/drill/runs/<drill_id>/courses")
def start(drill_id: str) -> Any:
    """Start a course; its job has the course's id. Nothing live is written."""
    scope, now = studio_scope(), identity.settings().clock.now()
    require_write(scope)
    question = course_questions.course_question(asked(), drill_key(drill_id))
    with studio_transaction() as connection:
        drill = drills.read(connection, question.drill_id)
        title = f"{drill_answers.WATERMARK} {('推演', 'Course')[g.language == 'en']} {drill['name']}"
        job_id = job_queue.submit(
            connection, kind="course", title=title, scope=scope, arguments=as_json(question), now=now
        )
    job_queue.hand_in(identity.settings().database, job_id)
    body = {
        "job": str(job_id), "status_url": f"/api/jobs/{job_id}", "cancel_url": f"/api/jobs/{job_id}/cancel",
        "course_url": f"/api/studio/drill/courses/{job_id}",
    }  # fmt: skip
    return json_response(body, 202)


@blueprint.get("/api/studio/drill/runs/<drill_id>/courses")
def of_drill(drill_id: str) -> Any:
    """List a drill's courses, the newest first."""
    with studio_transaction() as connection:
        rows = courses.listed(connection, drill_key(drill_id))
    return json_response({"courses": [row | {"id": str(row["id"])} for row in rows]})


@blueprint.get("/api/studio/drill/courses/<course_id>")
def course(course_id: str) -> Any:
    """Give a course: question, answer, and its words in the caller's language."""
    with studio_transaction() as connection:
        row = courses.read(connection, drill_key(course_id))
    return json_response(
        row
        | {
            "id": str(row["id"]),
            "drill_id": str(row["drill_id"]),
            "words": course_answers.words_of(row, g.language),
        }
    )


@blueprint.put("/api/studio/drill/courses/<course_id>/report")
def choose(course_id: str) -> Any:
    """Put a course into its drill's report, or take it out: then the newest with bands stands there."""
    body = request.get_json(silent=True)
    chosen = body.get("is_in_report") if isinstance(body, dict) else None
    if not isinstance(chosen, bool):
        raise FormError((("is_in_report", "is_in_report 应为 true 或 false。 True or false was expected for is_in_report."),))  # fmt: skip
    with studio_transaction() as connection:
        courses.choose(connection, drill_key(course_id), scope=studio_scope(), is_chosen=chosen)
    return json_response({"id": course_id, "is_in_report": chosen})


@blueprint.delete("/api/studio/drill/courses/<course_id>")
def remove(course_id: str) -> Any:
    """Remove a course."""
    with studio_transaction() as connection:
        courses.remove(connection, drill_key(course_id), scope=studio_scope())
    return json_response({"removed": course_id})
