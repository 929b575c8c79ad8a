"""Answer where new sites belong: start a study as a job, list, read, draw and remove studies."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from flask import Blueprint, g

from data import divisions, job_queue, siting_rehearsal, siting_studies
from data.errors import NotFoundError
from data.located_points import kinds
from data.scope import require_write
from data.siting_question import (
    COUNT,
    EACH_COUNTS,
    MODELS,
    NETWORK,
    WITH_BUDGET,
    WITH_FLOORS,
    as_json,
    check_districts,
    weight_fields,
)
from web import identity, siting_answers, siting_questions
from web.api.nearest import asked
from web.respond import json_response

blueprint = Blueprint("siting", __name__)


@blueprint.get("/api/siting")
def choices() -> Any:
    """Say what a study may ask: models, kinds of demand with their weights, kinds of sites."""
    at = 0 if g.language == "zh" else 1
    known = [
        {
            "id": kind.name, "title": kind.words.in_language(g.language),
            "weights": [{"id": COUNT, "title": ("每个计一", "each counts as one")[at]}]
            + [{"id": f.name, "title": f.words.in_language(g.language)} for f in weight_fields(kind)],
        }
        for kind in kinds().values()
    ]  # fmt: skip
    models = [
        {
            "id": name, "title": siting_answers.MODELS[name][at], "has_floors": name in WITH_FLOORS,
            "each_counts": name in EACH_COUNTS, "has_budget": name in WITH_BUDGET,
        }
        for name in MODELS
    ]  # fmt: skip
    city = identity.city()
    with identity.transaction() as connection:
        parts = divisions.children(connection, city["code"]) if city else []
    return json_response({
        "models": models, "kinds": known, "network": NETWORK, "districts": [{"code": d.code, "name": d.name} for d in parts if d.level == "county"],
        "rules": [{"id": name, "title": siting_answers.RULES[name][at]} for name in siting_rehearsal.RULES],
        "steps": {name: words[at] for name, words in siting_answers.REHEARSAL_STEPS.items()},
    })  # fmt: skip


@blueprint.post("/api/siting")
def start() -> Any:
    """Start a study; its job has the study's id."""
    scope, now = identity.scope(), identity.settings().clock.now()
    require_write(scope)
    question = siting_questions.siting_question(asked(), now=now, language=g.language)
    title = f"{'选址' if g.language == 'zh' else 'Siting'} {question.name}"
    with identity.transaction() as connection:
        check_districts(connection, question)
        job_id = job_queue.submit(
            connection, kind="siting", title=title, scope=scope, arguments=as_json(question), now=now
        )
    job_queue.hand_in(identity.settings().database, job_id)
    body = {
        "job": str(job_id), "status_url": f"/api/jobs/{job_id}", "cancel_url": f"/api/jobs/{job_id}/cancel",
        "study_url": f"/api/siting/studies/{job_id}",
    }  # fmt: skip
    return json_response(body, 202)


@blueprint.get("/api/siting/studies")
def studies() -> Any:
    """List the studies of the user's jurisdiction, the newest first."""
    at = 0 if g.language == "zh" else 1
    with identity.transaction() as connection:
        rows = siting_studies.list_studies(connection)
    found = [
        row | {
            "id": str(row["id"]), "model_title": siting_answers.MODELS[row["model"]][at],
            "status_title": siting_answers.STATUSES[row["status"]][at],
        }
        for row in rows
    ]  # fmt: skip
    return json_response({"studies": found})


@blueprint.get("/api/siting/studies/<study_id>")
def study(study_id: str) -> Any:
    """Give a study with its question, its answer, and what is proven in words."""
    with identity.transaction() as connection:
        row = siting_studies.read_study(connection, _id(study_id))
        code = row["question"]["division"]
        part = divisions.names(connection, [code]).get(code) if code else None
    words = siting_answers.words_of(row["answer"], g.language)
    words["asked"] = siting_answers.asked(row["question"], part, g.language)
    kept = row["rehearsal"]
    rehearsed = None if kept is None else siting_answers.rehearsal(kept, g.language)
    return json_response(
        row
        | {
            "id": str(row["id"]),
            "words": words,
            "shapes": siting_studies.shapes(row["question"]),
            "rehearsal": None if kept is None else kept | {"words": rehearsed},
        }
    )


@blueprint.post("/api/siting/studies/<study_id>/rehearsal")
def rehearse(study_id: str) -> Any:
    """Start a rehearsal of a study's sites: calls replayed before and after. Nothing live is written."""
    scope, now = identity.scope(), identity.settings().clock.now()
    require_write(scope)
    question = siting_questions.rehearsal_question(asked())
    with identity.transaction() as connection:
        row = siting_studies.read_study(connection, _id(study_id))
        siting_rehearsal.check_study(row)
        arguments = {"study": str(row["id"]), "asked": asdict(question)}
        title = f"{'选址预演' if g.language == 'zh' else 'Siting rehearsal'} {row['name']}"
        job_id = job_queue.submit(
            connection, kind="rehearsal", title=title, scope=scope, arguments=arguments, now=now
        )
    job_queue.hand_in(identity.settings().database, job_id)
    body = {
        "job": str(job_id), "status_url": f"/api/jobs/{job_id}", "cancel_url": f"/api/jobs/{job_id}/cancel",
        "study_url": f"/api/siting/studies/{row['id']}",
    }  # fmt: skip
    return json_response(body, 202)


@blueprint.get("/api/siting/studies/<study_id>/geojson")
def drawn(study_id: str) -> Any:
    """Give a study's sites, gained demand and the areas of its question as GeoJSON."""
    with identity.transaction() as connection:
        row = siting_studies.read_study(connection, _id(study_id))
    response = json_response(
        siting_studies.geojson(row["answer"], row["question"]), content_type="application/geo+json"
    )
    response.headers["Content-Disposition"] = 'attachment; filename="siting.geojson"'
    return response


@blueprint.delete("/api/siting/studies/<study_id>")
def remove(study_id: str) -> Any:
    """Remove a study."""
    with identity.transaction() as connection:
        siting_studies.remove_study(connection, _id(study_id), scope=identity.scope())
    return json_response({"removed": study_id})


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFoundError("没有这个选址方案。 There is no such siting study.") from error
