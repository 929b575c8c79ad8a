"""Make rescue decisions: begin one, add alternatives as jobs, choose, change, and open versions (row L18)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, request

from data import audit, decisions, drill_sight, job_queue, registers, rescue_plan
from data.decision_teams import teams_around
from data.drill_question import as_json, check_against_site
from data.errors import FilterError, FormError, NotFoundError
from data.scope import Connection, require_write
from layers.display import display
from layers.registry import register_by_id
from web import decision_answers, decision_questions, identity
from web.api.drill import drill_key
from web.decision_map_file import decision_map_file
from web.decision_words import MODES
from web.drill_answers import WATERMARK, words_of
from web.respond import html_file, json_response
from web.studio_access import studio_scope, studio_transaction

blueprint = Blueprint("decisions", __name__)
#: What the page shows of the accident.
_ACCIDENT = ("kind", "grade", "occurred_at", "substance", "amount_t", "dead", "missing", "seriously_injured", "slightly_injured", "state", "course", "measures")  # fmt: skip


@blueprint.get("/api/decisions")
def index() -> Any:
    """List the decisions of the user's jurisdiction or enterprise, those changed last first; of one accident where `accident` names its row."""
    given = request.args.get("accident")
    with studio_transaction() as connection:
        accident = None if given is None else _accident(connection, given)
        code = accident["code"] if accident else None
        rows = decisions.listed(connection, accident_code=code)
    found = [row | {"id": str(row["id"]), "mark": WATERMARK if row["drill_id"] else None} for row in rows]
    return json_response({"decisions": found, "accident": accident, "may_write": studio_scope().may_write})


@blueprint.post("/api/decisions")
def begin() -> Any:
    """Begin a decision on a recorded accident (`accident`, its row) or on a drill (`drill`)."""
    body, now = _body(), identity.settings().clock.now()
    name, scope = str(body.get("name") or "").strip(), studio_scope()
    with studio_transaction() as connection:
        if body.get("drill"):
            row = decisions.from_drill(
                connection, drill_key(str(body["drill"])), scope=scope, now=now, name=name
            )
        else:
            number = _row_number(body.get("accident"))
            row = decisions.from_accident(connection, number, scope=scope, now=now, name=name)
    return json_response({"id": str(row["id"]), "url": f"/studio/decisions/{row['id']}"}, 201)


@blueprint.get("/api/decisions/<decision_id>")
def decision(decision_id: str) -> Any:
    """Give a decision, as it stands or in a `version`: conclusions, alternatives side by side, tasks, what changed when."""
    given = request.args.get("version")
    if given is not None and not (given.isascii() and given.isdigit() and 0 < int(given) < 10**6):
        raise FilterError(
            f"version 应为版本号，收到 {given[:20]!r}。 A version's number was expected for version."
        )
    with studio_transaction() as connection:
        row = decisions.read(connection, decision_key(decision_id), version=int(given) if given else None)
        return json_response(_whole(connection, row))


@blueprint.put("/api/decisions/<decision_id>")
def change(decision_id: str) -> Any:
    """Change name, remarks, tasks, alternatives or the choice; each change makes a version."""
    changed, version = decision_questions.changes(_body())
    now = identity.settings().clock.now()
    with studio_transaction() as connection:
        row = decisions.change(
            connection, decision_key(decision_id), changed, version=version, scope=studio_scope(), now=now
        )
        return json_response(_whole(connection, row))


@blueprint.delete("/api/decisions/<decision_id>")
def remove(decision_id: str) -> Any:
    """Remove a decision with its alternatives and versions."""
    user, now = identity.require_user(), identity.settings().clock.now()
    with studio_transaction() as connection:
        key = decision_key(decision_id)
        name = decisions.read(connection, key)["name"]
        decisions.remove(connection, key, scope=studio_scope())
        audit.append(
            connection, at=now, username=user.username, action="remove", subject=f"decision/{decision_id}", detail={"name": name}
        )  # fmt: skip
    return json_response({"removed": decision_id})


@blueprint.post("/api/decisions/<decision_id>/versions/<int:number>/restore")
def restore(decision_id: str, number: int) -> Any:
    """Make an older version current again, as a new version."""
    version, now = decision_questions.version_of(_body()), identity.settings().clock.now()
    with studio_transaction() as connection:
        row = decisions.restore(
            connection, decision_key(decision_id), number, version=version, scope=studio_scope(), now=now
        )
        return json_response(_whole(connection, row))


@blueprint.post("/api/decisions/<decision_id>/alternatives")
def add_alternative(decision_id: str) -> Any:
    """Start working an alternative out; its job has the alternative's id. Nothing live is written."""
    scope, now = studio_scope(), identity.settings().clock.now()
    require_write(scope)
    question, plan = decision_questions.alternative(_body(), now=now, language=g.language)
    with studio_transaction() as connection:
        row = decisions.read(connection, decision_key(decision_id))
        decisions.check_room(row)
        owner = drill_sight.within_owner(scope, decisions.owner_of(connection, row["id"]))
        with identity.store().transaction(
            owner
        ) as own:  # an enterprise's decision stays at its site, whoever asks
            drill_sight.check_own_place(own, owner, (question.lon, question.lat))
        check_against_site(connection, question)
        arguments = {
            "decision": str(row["id"]), "question": as_json(question), "plan": rescue_plan.as_json(plan),
        }  # fmt: skip
        named = f"{('救援决策', 'Rescue decision')[g.language == 'en']} {row['name']} · {question.name}"
        title = decision_answers.marked(row, named)
        job_id = job_queue.submit(
            connection, kind="decision", title=title, scope=scope, arguments=arguments, now=now
        )
    job_queue.hand_in(identity.settings().database, job_id)
    body = {
        "job": str(job_id), "status_url": f"/api/jobs/{job_id}", "cancel_url": f"/api/jobs/{job_id}/cancel",
        "alternative_url": f"/api/decisions/{decision_id}/alternatives/{job_id}",
    }  # fmt: skip
    return json_response(body, 202)


@blueprint.get("/api/decisions/<decision_id>/alternatives/<alternative_id>")
def alternative(decision_id: str, alternative_id: str) -> Any:
    """Give an alternative: question, plan, answer, the words that go with it, and its tasks."""
    with studio_transaction() as connection:
        row = decisions.read(connection, decision_key(decision_id))
        found = decisions.alternatives(connection, row["id"], [str(_key(alternative_id))])
    if not found:
        raise NotFoundError("没有这个方案。 There is no such alternative.")
    one = found[0]
    words = words_of(one["answer"], g.language) | {
        "assumptions": decision_answers.assumptions(one["answer"], g.language)
    }
    body = one | {"id": str(one["id"]), "words": words, "tasks": decision_answers.tasks(row, one, g.language)}
    return json_response(body)


@blueprint.get("/api/decisions/<decision_id>/teams")
def teams(decision_id: str) -> Any:
    """List the help around the accident, by kind and the nearest first, to say which is not counted on."""
    with studio_transaction() as connection:
        row = decisions.read(connection, decision_key(decision_id))
        facts = row["facts"]
        at = facts.get("question") or facts
        found = teams_around(connection, (at["lon"], at["lat"]))
    kinds = register_by_id("rescue_resource").layer.field("kind")
    return json_response(
        {"teams": [one | {"kind_title": display(kinds, one["kind"], language=g.language)} for one in found]}
    )


@blueprint.get("/api/decisions/<decision_id>/map")
def map_file(decision_id: str) -> Any:
    """Give a decision as one HTML file: conclusions, tasks and the map of the chosen or recommended alternative."""
    user, now = identity.require_user(), identity.settings().clock.now()
    with studio_transaction() as connection:
        row = decisions.read(connection, decision_key(decision_id))
        rows = decisions.alternatives(connection, row["id"], row["content"]["alternatives"])
        require_shown(row, rows)
        text = decision_map_file(connection, row, rows, g.language, is_sample=identity.is_sample())
        audit.append(
            connection, at=now, username=user.username, action="export", subject=f"decision/{decision_id}", detail={"format": "html"}
        )  # fmt: skip
    return html_file(text, decision_answers.file_name(row, "DECISION.html"))


# -- reading and writing ---------------------------------------------------------------------------------


def require_shown(row: Mapping[str, Any], rows: list[dict[str, Any]]) -> None:
    """Refuse to hand over a decision without any alternative.

    Raises
    ------
    NotFoundError
    """
    if decision_answers.shown_of(row, rows) is None:
        raise NotFoundError(
            "还没有方案，没有可输出的内容。 There is no alternative yet: nothing to hand over."
        )


def decision_key(text: str) -> uuid.UUID:
    """Read a decision's id; what is none is not there."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFoundError("没有这个救援决策。 There is no such rescue decision.") from error


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFoundError("没有这个方案。 There is no such alternative.") from error


def _body() -> Mapping[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise FilterError("请求内容应为 JSON 对象。 The body must be a JSON object.")
    return body


def _row_number(given: Any) -> int:
    try:
        number = int(str(given))
    except ValueError:
        number = 0
    if not 0 < number < 2**63:
        raise FormError(
            (("accident", "请指明事故 accident 或演练 drill。 Say which accident, or which drill."),)
        )
    return number


def _accident(connection: Connection, given: str) -> dict[str, Any]:
    """Read an accident of the register with what the page shows of it."""
    register = register_by_id("accident")
    row = registers.read(connection, register, _row_number(given))
    shown = [
        {
            "title": f.words.in_language(g.language),
            "text": " ".join(filter(None, (display(f, row[f.name], language=g.language), f.unit))),
        }
        for f in (register.layer.field(name) for name in _ACCIDENT)
        if row[f.name] is not None
    ]
    return {
        "id": row["id"], "code": row["code"], "name": row["name"], "facts": shown, "has_position": row["lon"] is not None,
    }  # fmt: skip


def _whole(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    """Write a decision with everything the page shows but the answers."""
    language, at = g.language, int(g.language == "en")
    rows = decisions.alternatives(connection, row["id"], row["content"]["alternatives"])
    names = decisions.names_of(connection, row["id"])
    shown = decision_answers.shown_of(row, rows)
    return {
        **{key: row[key] for key in ("name", "accident_code", "facts", "version", "newest", "content", "username", "created_at", "changed_by", "changed_at")},
        "id": str(row["id"]), "mark": decision_answers.mark_of(row), "shown": None if shown is None else str(shown["id"]),
        "modes": [{"id": str(mode), "title": words[at]} for mode, words in MODES.items()],
        "conclusions": decision_answers.conclusions(row, rows, language),
        "comparison": decision_answers.side_by_side(rows, language),
        "tasks": [] if shown is None else decision_answers.tasks(row, shown, language),
        "versions": [
            {"number": one["number"], "username": one["username"], "at": one["at"], "changes": decision_answers.changes(one["changes"], names, language)}
            for one in decisions.versions(connection, row["id"])
        ],
    }  # fmt: skip
