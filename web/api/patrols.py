"""Keep patrol routes and tracks: what was walked, and what was left out (L14, G9)."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, request, send_file

from data import audit, divisions, patrol_changes, patrol_duty, patrol_figures, patrols
from data.errors import FilterError, FormError, RefusedError
from data.scope import Connection
from data.track_files import TrackFile
from layers.display import LOCAL_ZONE, display
from layers.registry import layer_by_id
from web import company_questions as ask
from web import identity, travel_questions
from web.dispatch_questions import text
from web.export_formats import FORMATS
from web.register_access import register_page, register_request, require_keeper
from web.respond import json_response
from web.track_uploads import uploaded_track

blueprint = Blueprint("patrols", __name__)
blueprint.before_request(require_keeper)

_TOLERANCE_M = 20.0
KIND_WORDS = {c.value: c.words for c in layer_by_id("patrol_route").field("kind").choices}


@blueprint.get("/api/patrols")
def index() -> Any:
    """List the routes with their last track."""
    with register_request() as (connection, actor):
        rows = patrols.routes(connection, now=actor.now)
        least = patrol_duty.least_percent(connection)
        may_add = actor.scope.may_write
    return json_response(
        {
            "may_add": may_add,
            "least_percent": least,
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
            "is_made": row["is_made"], **_coverage({**row, "route_m": row["track_route_m"]}),
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
        **{k: row[k] for k in ("id", "code", "name", "kind", "tolerance_m", "every_days", "enterprise_code", "stops", "version")},
        "may_change": bool(row["may_change"]),
        "kind_title": KIND_WORDS[row["kind"]].in_language(g.language),
        "route_m": round(row["route_m"]),
        "geometry": json.loads(row["geojson"]) if row["geojson"] else None,
        "tracks": [
            {
                "id": t["id"], "patroller": t["patroller"], "started_at": t["started_at"].isoformat(timespec="seconds"),
                "ended_at": t["ended_at"].isoformat(timespec="seconds"), "length_m": round(t["length_m"]), **_coverage(t),
                "is_old": t["shape_id"] is not None, "is_made": t["is_made"],
            }
            for t in row["tracks"]
        ],
        "findings": [_finding(f) for f in row["findings"]],
    }  # fmt: skip


def _finding(row: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a hidden danger that was found on a route."""
    layer = layer_by_id("hidden_danger")
    state = layer.field("state").choice(row["state"])
    return {
        **{k: row[k] for k in ("id", "code", "name", "grade", "state", "enterprise_name", "lon", "lat", "track_id")},
        "grade_title": display(layer.field("grade"), row["grade"], language=g.language),
        "state_title": display(layer.field("state"), row["state"], language=g.language),
        "color": state.color if state else None,
        "registered_at": row["registered_at"].isoformat(timespec="seconds"),
        "walked_at": row["walked_at"].isoformat(timespec="seconds") if row["walked_at"] else None,
        "page": register_page("hidden_danger", row["id"]),
    }  # fmt: skip


@blueprint.post("/api/patrols/routes")
def add() -> Any:
    """Add a route: multipart `file` (gpx, kml, geojson), `name`, `kind`, `tolerance_m`, `every_days`; or JSON with `lines` and `stops`."""
    values = _said()
    with register_request() as (connection, actor):
        route_id = patrols.add_route(connection, _new_route(values, _shape(values)), actor=actor)
        return json_response(_route(connection, route_id), 201)


@blueprint.put("/api/patrols/routes/<int:route_id>")
def change(route_id: int) -> Any:
    """Change a route, as for adding one; `version` is the one that was seen. Without `file`, `lines` and `stops` its shape stays."""
    values = _said()
    given = values.get("version")
    # A form says it as text.
    is_text = isinstance(given, str) and given.isascii() and given.isdigit()
    version = ask.seen_version({"version": int(str(given))} if is_text else values)
    is_redrawn = "file" in request.files or "lines" in values or "stops" in values
    route = _new_route(values, _shape(values) if is_redrawn else TrackFile())
    with register_request() as (connection, actor):
        patrol_changes.change_route(
            connection, route_id, route, is_redrawn=is_redrawn, version=version, actor=actor
        )
        return json_response(_route(connection, route_id))


def _said() -> Mapping[str, Any]:
    return ask.body() if request.is_json else request.form


def _shape(values: Mapping[str, Any]) -> TrackFile:
    if request.is_json:
        return patrol_changes.drawn(values.get("lines"), values.get("stops"))
    return uploaded_track()


def _new_route(values: Mapping[str, Any], shape: TrackFile) -> patrols.NewRoute:
    tolerance_m = _number(values, "tolerance_m", "容差")
    return patrols.NewRoute(
        name=text(values, "name", "路线名称", most=100),
        kind=text(values, "kind", "类别", most=40),
        tolerance_m=_TOLERANCE_M if tolerance_m is None else tolerance_m,
        every_days=_days(values),
        file=shape,
    )


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
        **{k: row[k] for k in ("id", "route_id", "patroller", "tolerance_m", "missed_stops", "old_stops")},
        "is_old": row["shape_id"] is not None,
        "old_until": row["until_at"].isoformat(timespec="seconds") if row["until_at"] else None,
        "old_geometry": json.loads(row["old_geojson"]) if row["old_geojson"] else None,
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


@blueprint.get("/api/patrols/figures")
def figures() -> Any:
    """Count the patrols that ended between `since` and `until` (days, both included), in `division`; by route and by month; or `format=xlsx`."""
    user = identity.require_user()
    since, until = period_asked()
    is_file = request.args.get("format") == "xlsx"
    if is_file and (
        not user.may("export") or (g.token_scopes is not None and "export" not in g.token_scopes)
    ):
        raise RefusedError("您没有导出的权限。 You may not export.")
    with register_request() as (connection, actor):
        asked: dict[str, Any] = {
            "since": since,
            "until": until,
            "division_code": request.args.get("division") or None,
        }
        if asked["division_code"]:
            divisions.read(connection, asked["division_code"])
        found = patrol_figures.read(connection, **asked)
        walks = patrol_figures.tracks(connection, **asked) if is_file else []
        if is_file:
            audit.append(
                connection, at=actor.now, username=actor.username, action="export", subject="patrols", detail={"rows": len(walks)}
            )  # fmt: skip
    if is_file:
        book = io.BytesIO()
        patrol_figures.write_excel(book, found, walks, period=f"{since} – {until}", language=g.language)
        book.seek(0)
        name = f"{'巡查' if g.language == 'zh' else 'patrols'}-{since}-{until}.xlsx"
        return send_file(book, FORMATS["xlsx"][1], as_attachment=True, download_name=name)
    return json_response(
        {
            "since": since, "until": until, "total": _counted(found.total),
            "routes": [
                {
                    **_counted(row), "id": row["id"], "name": row["name"], "keeper": row["keeper"], "code": row["code"],
                    "kind_title": KIND_WORDS[row["kind"]].in_language(g.language),
                    "last_at": row["last_at"].isoformat(timespec="seconds") if row["last_at"] else None,
                }
                for row in found.routes
            ],
            "months": [{**_counted(row), "month": row["month"]} for row in found.months],
        }
    )  # fmt: skip


def _counted(row: Mapping[str, Any]) -> dict[str, Any]:
    whole = {
        name: row[name] for name in ("walks", "whole", "stops", "missed_stops", "findings") if name in row
    }
    lengths = {name: round(row[name]) for name in ("walked_m", "route_m", "missed_m")}
    return {**whole, **lengths, "covered_share": patrol_figures.covered_share(row)}


def period_asked() -> tuple[dt.date, dt.date]:
    """Read `since` and `until`, days both included; by default the last thirty.

    Raises
    ------
    FilterError
    """
    today = identity.settings().clock.now().astimezone(LOCAL_ZONE).date()
    days = []
    for name, otherwise in (("since", today - dt.timedelta(days=29)), ("until", today)):
        try:
            days.append(dt.date.fromisoformat(request.args.get(name) or otherwise.isoformat()))
        except ValueError as error:
            raise FilterError(
                f"{name} 应是日期，如 2026-11-01。 A date such as 2026-11-01 was expected for {name}."
            ) from error
    if days[0] > days[1]:
        raise FilterError("起始日期不能晚于截止日期。 The first day cannot come after the last.")
    return days[0], days[1]
