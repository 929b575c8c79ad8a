"""Simulate drills: what may be asked, start one as a job, list, read, export and remove what was found."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, g

from data import drill_sight, drills, job_queue
from data.drill_question import as_json, check_against_site, sites_with_substances
from data.errors import NotFoundError
from data.scope import require_write
from geo.hazard.substance import substances
from web import drill_answers, drill_questions, identity
from web.api.nearest import asked
from web.hazard_words import KINDS
from web.respond import json_response
from web.studio_access import studio_scope, studio_transaction

blueprint = Blueprint("drill", __name__)


@blueprint.get("/api/studio/drill")
def choices() -> Any:
    """Say what may be asked: substances, ways to escape, skies, the hazard sites with what they hold, and where an enterprise's own place is."""
    at, scope = 0 if g.language == "zh" else 1, studio_scope()
    with studio_transaction() as connection:
        sites = sites_with_substances(connection)
        own = drill_sight.own_place(connection, scope)
    known = [
        {"id": s.cas, "title": (s.name_zh, s.name_en)[at], "names": [s.name_zh, s.name_en, *s.aliases]}
        for s in substances()
    ]
    return json_response({
        "substances": known, "sites": sites, "own": own, "may_write": scope.may_write,
        "kinds": [{"id": str(kind), "title": words[at]} for kind, words in KINDS.items()],
        "skies": [{"id": name, "title": words[at]} for name, words in drill_answers.SKIES.items()],
        "steps": {name: words[at] for name, words in drill_answers.STEPS.items()},
    })  # fmt: skip


@blueprint.post("/api/studio/drill")
def start() -> Any:
    """Start a drill; its job has the drill's id. Nothing live is written."""
    scope, now = studio_scope(), identity.settings().clock.now()
    require_write(scope)
    question = drill_questions.drill_question(asked(), now=now, language=g.language)
    title = f"{drill_answers.WATERMARK} {question.name}"
    with studio_transaction() as connection:
        drill_sight.check_own_place(connection, scope, (question.lon, question.lat))
        check_against_site(connection, question)
        job_id = job_queue.submit(
            connection, kind="drill", title=title, scope=scope, arguments=as_json(question), now=now
        )
    job_queue.hand_in(identity.settings().database, job_id)
    body = {
        "job": str(job_id), "status_url": f"/api/jobs/{job_id}", "cancel_url": f"/api/jobs/{job_id}/cancel",
        "drill_url": f"/api/studio/drill/runs/{job_id}",
    }  # fmt: skip
    return json_response(body, 202)


@blueprint.get("/api/studio/drill/runs")
def runs() -> Any:
    """List the drills of the user's jurisdiction or enterprise, the newest first."""
    with studio_transaction() as connection:
        rows = drills.listed_drills(connection)
    return json_response({"drills": [row | {"id": str(row["id"])} for row in rows]})


@blueprint.get("/api/studio/drill/runs/<drill_id>")
def run(drill_id: str) -> Any:
    """Give a drill: question, answer, and the answer's words in the caller's language."""
    with studio_transaction() as connection:
        row = drills.read(connection, drill_key(drill_id))
    return json_response(
        row | {"id": str(row["id"]), "words": drill_answers.words_of(row["answer"], g.language)}
    )


@blueprint.get("/api/studio/drill/runs/<drill_id>/geojson")
def drawn(drill_id: str) -> Any:
    """Give a drill as GeoJSON; every feature says that it is a drill's."""
    with studio_transaction() as connection:
        row = drills.read(connection, drill_key(drill_id))
    body = drill_answers.geojson(row["name"], row["answer"])
    response = json_response(body, content_type="application/geo+json")
    response.headers["Content-Disposition"] = 'attachment; filename="DRILL.geojson"'
    return response


@blueprint.delete("/api/studio/drill/runs/<drill_id>")
def remove(drill_id: str) -> Any:
    """Remove a drill."""
    with studio_transaction() as connection:
        drills.remove(connection, drill_key(drill_id), scope=studio_scope())
    return json_response({"removed": drill_id})


def drill_key(text: str) -> uuid.UUID:
    """Read a drill's id; what is none is not there."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFoundError("没有这次演练。 There is no such drill.") from error
