"""Keep corridors for hazardous transport and vehicles' tracks, and tell where these broke the rules (G9)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, request

from data import transport
from data.scope import Connection
from layers.registry import layer_by_id
from layers.transport_rules import SUBSTANCE_CLASSES
from layers.workflow import Party
from web.dispatch_questions import text
from web.register_access import register_request, require_keeper
from web.respond import json_response
from web.track_uploads import uploaded_track

blueprint = Blueprint("transport", __name__)
blueprint.before_request(require_keeper)

_DAYS_ZH, _DAYS_EN = "一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@blueprint.get("/api/transport")
def index() -> Any:
    """List corridors and tracks."""
    with register_request() as (connection, actor):
        ways = transport.corridors(connection)
        rows = transport.trips(connection)
        may_write, is_authority = actor.scope.may_write, actor.party is Party.AUTHORITY
    return json_response(
        {
            "may_add": may_write,
            "may_add_corridor": may_write and is_authority,
            "classes": [{"id": k, "title": w.in_language(g.language)} for k, w in SUBSTANCE_CLASSES.items()],
            "corridors": [_corridor(row) for row in ways],
            "trips": [_listed(row) for row in rows],
        }
    )


def _corridor(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{k: row[k] for k in ("id", "code", "name", "half_width_m", "opens", "closes", "weekdays", "substance_classes")},
        "authority": row["authority_name"],
        "hours": _hours(row),
        "length_m": round(row["length_m"]),
        "may_change": bool(row["may_change"]),
        "geometry": json.loads(row["geojson"]),
    }  # fmt: skip


def _hours(row: Mapping[str, Any]) -> str:
    """Say in words when a corridor is open."""
    is_en = g.language == "en"
    hours = f"{row['opens']}–{row['closes']}" if row["opens"] else ("all day" if is_en else "全天")
    if not row["weekdays"] or len(row["weekdays"]) == len(_DAYS_EN):
        return hours if is_en else f"每天 {hours}"
    days = [int(d) - 1 for d in row["weekdays"]]
    named = ", ".join(_DAYS_EN[d] for d in days) if is_en else "周" + "、".join(_DAYS_ZH[d] for d in days)
    return f"{named} {hours}"


def _listed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{k: row[k] for k in ("id", "code", "plate", "substance_class", "violation_count")},
        **{k: round(row[k]) for k in ("length_m", "gap_s", "outside_m", "outside_s", "closed_m", "closed_s")},
        **{k: row[k].isoformat(timespec="seconds") for k in ("started_at", "ended_at")},
        "class_title": SUBSTANCE_CLASSES[row["substance_class"]].in_language(g.language),
        "keeper": row["enterprise_name"] or row["authority_name"],
    }


@blueprint.post("/api/transport/corridors")
def add_corridor() -> Any:
    """Add a corridor: multipart `file` with its lines, `name`, `half_width_m`, `opens`, `closes`, `weekdays`, `substance_classes`."""
    raw, file = dict(request.form), uploaded_track()
    with register_request() as (connection, actor):
        number = transport.add_corridor(connection, raw, file, actor=actor)
        row = next(c for c in transport.corridors(connection) if c["id"] == number)
        return json_response(_corridor(row), 201)


@blueprint.delete("/api/transport/corridors/<int:corridor_id>")
def remove_corridor(corridor_id: int) -> Any:
    """Remove a corridor."""
    with register_request() as (connection, actor):
        transport.remove_corridor(connection, corridor_id, actor=actor)
    return json_response({"id": corridor_id, "removed": True})


@blueprint.post("/api/transport/trips")
def add_trip() -> Any:
    """Add a vehicle's track: multipart `file` whose positions all have times, `plate`, `substance_class`, `enterprise_code`."""
    values = request.form
    trip = transport.NewTrip(
        plate=text(values, "plate", "车牌", most=20).upper().replace("·", "").replace(" ", ""),
        substance_class=text(values, "substance_class", "货物类别", most=1),
        enterprise_code=text(values, "enterprise_code", "运输企业", most=40) or None,
        file=uploaded_track(),
    )
    with register_request() as (connection, actor):
        trip_id = transport.add_trip(connection, trip, actor=actor)
        return json_response(_trip(connection, trip_id), 201)


@blueprint.get("/api/transport/trips/<int:trip_id>")
def read_trip(trip_id: int) -> Any:
    """Give one track with its violations."""
    with register_request() as (connection, _):
        return json_response(_trip(connection, trip_id))


def _trip(connection: Connection, trip_id: int) -> dict[str, Any]:
    row = transport.read_trip(connection, trip_id)
    kinds = layer_by_id("transport_violation").field("kind")
    return {
        **_listed(row),
        "may_change": bool(row["may_change"]),
        "geometry": json.loads(row["geojson"]),
        "kept": json.loads(row["kept_geojson"]),
        "violations": [
            {
                **{k: v[k] for k in ("id", "code", "kind", "length_m", "duration_s", "farthest_m")},
                **{k: v[k].isoformat(timespec="seconds") for k in ("started_at", "ended_at")},
                "kind_title": choice.words.in_language(g.language) if (choice := kinds.choice(v["kind"])) else v["kind"],
                "geometry": json.loads(v["geojson"]),
            }
            for v in row["violations"]
        ],
    }  # fmt: skip


@blueprint.delete("/api/transport/trips/<int:trip_id>")
def remove_trip(trip_id: int) -> Any:
    """Remove a track that was kept by mistake."""
    with register_request() as (connection, actor):
        transport.remove_trip(connection, trip_id, actor=actor)
    return json_response({"id": trip_id, "removed": True})
