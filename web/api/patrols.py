"""Keep patrol routes and tracks: what was walked, and what was left out (L14, G9)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, request

from data import patrols
from data.errors import FormError
from data.scope import Connection
from layers.registry import layer_by_id
from web import identity, travel_questions
from web.dispatch_questions import text
from web.register_access import register_request, require_keeper
from web.respond import json_response
from web.track_uploads import uploaded_track

blueprint = Blueprint("patrols", __name__)
blueprint.before_request(require_keeper)

KIND_WORDS = {c.value: c.words for c in layer_by_id("patrol_route").field("kind").choices}


@blueprint.get("/api/patrols")
def index() -> Any:
    """List the routes with their last track."""
    with register_request() as (connection, actor):
        rows = patrols.routes(connection, now=actor.now)
        may_add = actor.scope.may_write
    return json_response(
        {
            "may_add": may_add,
            "kinds": [{"id": k, "title": w.in_language(g.language)} for k, w in KIND_WORDS.items()],
            "routes": [_listed(row) for row in rows],
        }
    )


def _listed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{k: row[k] for k in ("id", "code", "name", "kind", "tolerance_m", "every_days", "stops", "is_overdue")},
        "kind_title": KIND_WORDS[row["kind"]].in_language(g.language),
        "keeper": row["enterprise_name"] or row["authority_name"],
        "route_m": round(row["route_m"]),
        "due_on": row["due_on"].isoformat() if row["due_on"] else None,
        "last": None if row["track_id"] is None else {
            "id": row["track_id"], "patroller": row["patroller"], "ended_at": row["ended_at"].isoformat(timespec="seconds"),
            **_coverage({**row, "route_m": row["track_route_m"]}),
        },
    }  # fmt: skip


def _coverage(row: Mapping[str, Any]) -> dict[str, Any]:
    """Say how much of a route was walked; None where it has no line."""
    return {
        "covered_share": None if not row["route_m"] else round(1 - row["missed_m"] / row["route_m"], 4),
        "missed_m": round(row["missed_m"]),
        "stop_count": row["stop_count"],
        "missed_stop_count": row["missed_stop_count"],
    }


@blueprint.get("/api/patrols/routes/<int:route_id>")
def read(route_id: int) -> Any:
    """Give one route: its line, stops and tracks."""
    with register_request() as (connection, _):
        return json_response(_route(connection, route_id))


def _route(connection: Connection, route_id: int) -> dict[str, Any]:
    row = patrols.read_route(connection, route_id)
    return {
        **{k: row[k] for k in ("id", "code", "name", "kind", "tolerance_m", "every_days", "enterprise_code", "stops")},
        "may_change": bool(row["may_change"]),
        "kind_title": KIND_WORDS[row["kind"]].in_language(g.language),
        "route_m": round(row["route_m"]),
        "geometry": json.loads(row["geojson"]) if row["geojson"] else None,
        "tracks": [
            {
                "id": t["id"], "patroller": t["patroller"], "started_at": t["started_at"].isoformat(timespec="seconds"),
                "ended_at": t["ended_at"].isoformat(timespec="seconds"), "length_m": round(t["length_m"]), **_coverage(t),
            }
            for t in row["tracks"]
        ],
    }  # fmt: skip


@blueprint.post("/api/patrols/routes")
def add() -> Any:
    """Add a route: multipart `file` (gpx, kml, geojson), `name`, `kind`, `tolerance_m`, `every_days`."""
    values = request.form
    route = patrols.NewRoute(
        name=text(values, "name", "路线名称", most=100),
        kind=text(values, "kind", "类别", most=40),
        tolerance_m=_number(values, "tolerance_m", "容差") or 20.0,
        every_days=_days(values),
        file=uploaded_track(),
    )
    with register_request() as (connection, actor):
        route_id = patrols.add_route(connection, route, actor=actor)
        return json_response(_route(connection, route_id), 201)


def _number(values: Mapping[str, Any], name: str, words: str) -> float | None:
    given = values.get(name)
    if given in (None, ""):
        return None
    try:
        return float(str(given))
    except ValueError as error:
        raise FormError(((name, f"{words}应为数字。 A number was expected for {name}."),)) from error


def _days(values: Mapping[str, Any]) -> int | None:
    given = values.get("every_days")
    return None if given in (None, "") else travel_questions.whole(given, "every_days", 7, low=1, high=400)


@blueprint.delete("/api/patrols/routes/<int:route_id>")
def remove(route_id: int) -> Any:
    """Remove a route with its tracks."""
    with register_request() as (connection, actor):
        patrols.remove_route(connection, route_id, actor=actor)
    return json_response({"id": route_id, "removed": True})


@blueprint.post("/api/patrols/routes/<int:route_id>/tracks")
def add_track(route_id: int) -> Any:
    """Add a walked track: multipart `file`, `patroller`, and `started_at` where the file names no time."""
    values, now = request.form, identity.settings().clock.now()
    started = values.get("started_at")
    track = patrols.NewTrack(
        patroller=text(values, "patroller", "巡查人", most=60),
        started_at=travel_questions.instant(started, default=now) if started else None,
        file=uploaded_track(),
    )
    with register_request() as (connection, actor):
        track_id = patrols.add_track(connection, route_id, track, actor=actor)
        return json_response(_track(connection, track_id), 201)


@blueprint.get("/api/patrols/tracks/<int:track_id>")
def read_track(track_id: int) -> Any:
    """Give one track with the stretches and stops that it left out."""
    with register_request() as (connection, _):
        return json_response(_track(connection, track_id))


def _track(connection: Connection, track_id: int) -> dict[str, Any]:
    row = patrols.read_track(connection, track_id)
    instants: dict[str, dt.datetime] = {k: row[k] for k in ("started_at", "ended_at")}
    return {
        **{k: row[k] for k in ("id", "route_id", "patroller", "tolerance_m", "missed_stops")},
        **{k: at.isoformat(timespec="seconds") for k, at in instants.items()},
        **_coverage(row),
        "length_m": round(row["length_m"]),
        "route_m": round(row["route_m"]),
        "geometry": json.loads(row["geojson"]),
        "missed": json.loads(row["missed_geojson"]) if row["missed_geojson"] else None,
    }


@blueprint.delete("/api/patrols/tracks/<int:track_id>")
def remove_track(track_id: int) -> Any:
    """Remove a track that was kept by mistake."""
    with register_request() as (connection, actor):
        patrols.remove_track(connection, track_id, actor=actor)
    return json_response({"id": track_id, "removed": True})
