"""Tell an enterprise of itself and of what stands around it, and search rescue resources (L4, L6, L15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, request

from data import enterprise_file, enterprise_profiles, operation_log, surroundings
from data.errors import ConflictError, RefusedError
from data.scope import SYSTEM, Connection, Scope
from data.surroundings import Help, Wanted
from layers.display import display
from layers.registry import find_register, layer_by_id
from web import enterprise_answers as answer
from web import enterprise_questions as read
from web import identity
from web.api.nearest import question, travel
from web.log_questions import log_question
from web.operation_words import action_words, subject_words
from web.register_access import register_request, register_scope, require_keeper
from web.respond import json_response

blueprint = Blueprint("enterprises", __name__)
blueprint.before_request(require_keeper)
#: Help is first looked for within so many minutes by road.
FIRST_MINUTES = 15
_READS_LOGS = frozenset({"administrator", "regulator"})


@blueprint.get("/api/enterprises/own")
def own() -> Any:
    """List the user's own enterprises."""
    with register_request() as (connection, _):
        return json_response({"enterprises": enterprise_file.own(connection)})


@blueprint.get("/api/enterprises/<int:enterprise_id>")
def file(enterprise_id: int) -> Any:
    """Give an enterprise's file: who it is, its size, its safety managers, its licences and what it keeps."""
    with register_request() as (connection, actor):
        return json_response(file_of(connection, enterprise_id, actor.scope))


def file_of(connection: Connection, enterprise_id: int, scope: Scope) -> dict[str, Any]:
    """Write an enterprise's file; names and telephones in full for itself and for whoever sees them.

    Raises
    ------
    NotFoundError
    """
    language, layer = g.language, layer_by_id("enterprise")
    row = enterprise_file.read(connection, enterprise_id)
    in_full = scope.sees_sensitive or (row["owner_id"] is not None and row["owner_id"] == scope.owner_id)
    counts = enterprise_file.counts(connection, row["code"])
    statement = enterprise_file.newest_statement(connection, row["code"])
    is_high = statement is not None and enterprise_file.is_high_hazard(
        row, statement, has_hazard_site=enterprise_file.has_major_hazard(connection, row["code"])
    )
    licences = enterprise_file.licences(connection, row["code"], now=identity.settings().clock.now())
    return {
        **{k: row[k] for k in ("id", "code", "name", "address", "employee_count")},
        "industry": display(layer.field("industry"), row["industry"], language=language),
        "risk_grade": row["risk_grade"],
        "risk_title": display(layer.field("risk_grade"), row["risk_grade"], language=language),
        "contact": answer.shown(row["contact_name"], in_full=in_full),
        "phone": answer.shown(row["contact_phone"], in_full=in_full),
        **answer.registered(enterprise_profiles.read(connection, row["code"]), language, in_full=in_full),
        "division": {"code": row["division_code"], "name": row["division_name"]},
        "authority": {"code": row["authority_code"], "name": row["authority_name"]},
        "position": {"lon": row["lon"], "lat": row["lat"], "quality": row["position_quality"]},
        "statement": {k: statement[k] for k in ("id", "year", "state")} if statement else None,
        "size": answer.size(enterprise_file.size_of(statement) if statement else None, statement, language),
        "managers": answer.managers(
            enterprise_file.managers_of(statement, is_high=is_high) if statement else None,
            is_high=is_high, language=language,
        ),
        "licences": [answer.licence(one, language) for one in licences],
        "counts": [
            {
                "layer": name, "title": layer_by_id(name).words.in_language(language), "n": n,
                "page": _rows_page(name, row),
            }
            for name, n in counts.items()
        ],
    }  # fmt: skip


def _rows_page(layer_id: str, row: Mapping[str, Any]) -> str:
    """Name the page that lists what an enterprise has in a layer."""
    if find_register(layer_id) is not None:
        return f"/registers/{layer_id}?{urlencode({'enterprise_code': row['code']})}"
    own = {"plan_point": f"/enterprise/{row['id']}/plans", "patrol_route": "/patrols"}
    return own.get(layer_id, f"/map#l={layer_id}")


@blueprint.get("/api/enterprises/<int:enterprise_id>/log")
def log(enterprise_id: int) -> Any:
    """List what the enterprise's users did, the newest first: by `q`, `action`, `from`, `to`; `before` is the last id seen."""
    question = log_question()
    user = identity.require_user()
    with register_request() as (connection, actor):
        unit_id = enterprise_file.read(connection, enterprise_id)["owner_id"]
        is_own = unit_id is not None and unit_id == actor.scope.owner_id
        if not is_own and user.role not in _READS_LOGS:
            raise RefusedError(
                "操作记录只对本企业和监管部门开放。 The log is for the enterprise and its authorities."
            )
        rows = operation_log.of_unit(connection, unit_id, question) if unit_id else []
    return json_response(
        {
            "rows": [
                {
                    "id": r["id"],
                    "at": r["at"].isoformat(timespec="seconds"),
                    "who": r["display_name"],
                    "username": r["username"],
                    "action": action_words(r["action"]).in_language(g.language),
                    "subject": subject_words(r["subject"]).in_language(g.language),
                }
                for r in rows
            ],
            "has_more": len(rows) == operation_log.PAGE,
        }
    )


@blueprint.get("/api/enterprises/<int:enterprise_id>/surroundings")
def around(enterprise_id: int) -> Any:
    """Give the help around an enterprise, nearest by road first, its neighbours, and the sensitive places within 500 m."""
    values = dict(request.args.items())
    if not {"minutes", "radius_m"} & set(values):
        values["minutes"] = str(FIRST_MINUTES)
    return json_response(surroundings_of(enterprise_id, values))


def surroundings_of(enterprise_id: int, values: dict[str, Any]) -> dict[str, Any]:
    """Write what stands around an enterprise.

    Raises
    ------
    NotFoundError
        When the user does not see it.
    ConflictError
        When it has no position yet.
    """
    scope, language = register_scope(), g.language
    with register_request() as (connection, _):
        place = surroundings.position_of(connection, enterprise_id)
    if place["lon"] is None:
        raise ConflictError(
            "企业还没有位置：请归属机构在地图上定位，定位后周边资源随即出现。 "
            "The enterprise has no position yet: its authority sets it, and its surroundings are there at once."
        )
    asked = read.wanted(values, (place["lon"], place["lat"]))
    with identity.store().transaction(scope) as connection:
        found = surroundings.find_help(connection, travel(), asked, question(values), scope=scope)
    # Whom an enterprise may know of beyond its own scope is decided by these two, not by its rights.
    with identity.store().transaction(SYSTEM) as everything:
        neighbours = surroundings.neighbours(everything, place)
        sensitive = surroundings.sensitive_places(everything, place)
    return {
        "enterprise": place,
        **answer.help_found(found, language),
        "told": answer.told(found, sensitive, read.limits_text(asked, language), language),
        "neighbours": answer.beside(neighbours, language),
        "sensitive": answer.beside(sensitive, language),
    }


@blueprint.get("/api/resources")
def search() -> Any:
    """Search resources and supplies of the whole jurisdiction by name, kind, type, division, radius and travel time."""
    values = dict(request.args.items())
    scope = register_scope()
    asked: Wanted = read.wanted(values, read.place(values))
    with identity.store().transaction(scope) as connection:
        found: Help = surroundings.find_help(connection, travel(), asked, question(values), scope=scope)
    return json_response(answer.help_found(found, g.language))


@blueprint.get("/api/resources/kinds")
def kinds() -> Any:
    """List the kinds of resources, and the administrator's types of each."""
    with register_request() as (connection, _):
        offered = surroundings.types_offered(connection, surroundings.kinds())
    return json_response(
        {
            "kinds": [
                {
                    "id": kind,
                    "title": words.in_language(g.language),
                    "types": [r["code"] for r in offered if r["family"] == kind],
                }
                for kind, words in surroundings.kinds().items()
            ]
        }
    )
