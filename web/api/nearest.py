"""Answer who is nearest by road, routes and isochrones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, g, request

from data.errors import FilterError
from data.travel_store import Question, TravelStore
from web import identity, travel_answers, travel_questions
from web.respond import json_response

blueprint = Blueprint("nearest", __name__)


def travel() -> TravelStore:
    """Give the application's travel times."""
    found: TravelStore = current_app.extensions["travel"]
    return found


def asked() -> Mapping[str, Any]:
    """Give the values of the query, and over them those of a JSON body.

    Raises
    ------
    FilterError
        When the body is no JSON object.
    """
    values: dict[str, Any] = dict(request.args.items())
    if request.method == "POST":
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise FilterError("请求内容应为 JSON 对象。 The body must be a JSON object.")
        values |= body
    else:
        values.pop("closed", None)
    return values


def question(values: Mapping[str, Any]) -> Question:
    """Read the circumstances of a question; now by the business clock unless it says otherwise."""
    return travel_questions.question(values, now=identity.settings().clock.now())


@blueprint.get("/api/nearest")
@blueprint.post("/api/nearest")
def nearest() -> Any:
    """Rank the facilities of a kind by travel time to a place; POST takes areas that are closed."""
    values = asked()
    limit = values.get("within")
    answer = travel().nearest(
        identity.scope(),
        question(values),
        travel_questions.position(values.get("lon"), values.get("lat"), values.get("crs")),
        kind_name=str(values.get("kind") or "rescue_station"),
        k=travel_questions.whole(values.get("k"), "k", 5, low=1, high=100),
        division_code=values.get("division") or None,
        only_on_duty=travel_questions.flag(values.get("on_duty")),
        limit_s=max(travel_questions.minutes(limit)) if limit not in (None, "") else None,
    )
    return json_response(travel_answers.nearest(answer, g.language))


@blueprint.get("/api/route")
@blueprint.post("/api/route")
def route() -> Any:
    """Find the quickest route between two places."""
    values = asked()
    start, stop = (
        travel_questions.position_from(values.get(n), n, values.get("crs")) for n in ("from", "to")
    )
    return json_response(travel_answers.route(travel().route(question(values), start, stop), g.language))


@blueprint.get("/api/isochrone")
@blueprint.post("/api/isochrone")
def isochrone() -> Any:
    """Draw what is reached from a place within some minutes."""
    values = asked()
    at = travel_questions.position(values.get("lon"), values.get("lat"), values.get("crs"))
    answer = travel().areas(question(values), at, travel_questions.minutes(values.get("minutes")))
    return json_response(travel_answers.areas(answer, g.language))
