"""List warnings, say where they lie, mark them as processed, and keep who wants a daily digest."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from flask import Blueprint, g, request, send_file

from data import (
    audit,
    divisions,
    drill_duty,
    features,
    patrol_duty,
    register_alarms,
    report_duty,
    transport,
    warning_digest,
    warnings,
)
from data.errors import FilterError, FormError
from data.tables.house import WARNING_LEVELS
from data.warning_export import write_excel
from data.warnings import Asked
from layers import station_scope
from layers.declaration import Words
from layers.display import LOCAL_ZONE
from layers.registry import layer_by_id
from web import company_questions as ask
from web import identity
from web.api.layers import parse_int
from web.export_formats import FORMATS
from web.problems import in_language
from web.register_access import register_page
from web.respond import json_response
from web.travel_questions import instant

blueprint = Blueprint("warnings", __name__)

_STATES = {"open": True, "processed": False, "all": None}
LEVEL_WORDS = {
    "1": Words("红色", "Red"), "2": Words("橙色", "Orange"), "3": Words("黄色", "Yellow"), "4": Words("蓝色", "Blue"),
}  # fmt: skip
_EVER = (dt.datetime(1900, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC))
_PAGE = 100
_MOST_AT_ONCE = 500
_MOST_IN_A_BOOK = 50_000
_NO_NOTE = ("note", "请写明怎样处理的。 Say what was done.")
#: Kinds that no register declares.
_KINDS = {
    "hidden_danger_overdue": Words("隐患逾期未整改", "Hidden danger overdue"),
    "incident_late": Words("困人到达超时", "Crew late at an entrapment"),
    patrol_duty.WARNING: patrol_duty.WARNING_WORDS,
    report_duty.WARNING: report_duty.WARNING_WORDS,
    transport.WARNING: transport.WARNING_WORDS,
    **station_scope.WORDS,
    "incident_trapped": Words("困人时间超限", "Trapped past the limit"),
}


def kind_label(kind: str) -> str:
    """Give the words of a kind in the request's language."""
    words = register_alarms.kind_words(kind) or drill_duty.kind_words(kind) or _KINDS.get(kind)
    return words.in_language(g.language) if words else kind


def _asked() -> Asked:
    """Read which warnings are asked for.

    Raises
    ------
    FilterError, NotFoundError
        When a level or a layer is none.
    """
    level, layer = request.args.get("level") or None, request.args.get("layer") or None
    if level is not None and level not in WARNING_LEVELS:
        raise FilterError(
            f"level 应为 1–4，不是 {level[:20]!r}。 level is one of 1 to 4, not {level[:20]!r}."
        )
    if layer is not None:
        layer_by_id(layer)
    return Asked(
        is_open=_STATES.get(request.args.get("state", "open"), True),
        level=level,
        kind=request.args.get("kind") or None,
        layer=layer,
        division_code=request.args.get("division") or None,
        words=request.args.get("q") or None,
        own_division=request.args.get("division_code") or None,
        raised=_raised(),
        at=instant(text, default=identity.settings().clock.now())
        if (text := request.args.get("at"))
        else None,
        closed=_closed(),
    )


def _closed() -> warnings.Closed:
    return warnings.closed_to(identity.require_user())


def _raised() -> tuple[dt.datetime, dt.datetime] | None:
    """Read `raised`: a month, a day, or two of them or two instants with a slash between.

    Raises
    ------
    FilterError
    """
    text = request.args.get("raised")
    if not text:
        return None
    try:
        begin, end = features.span_of(text)
    except ValueError as error:
        raise FilterError(
            f"raised 应如 2026-11 或 2026-11-01/2026-11-30，不是 {text[:60]!r}。 "
            f"A month or two days such as 2026-11-01/2026-11-30 were expected for raised, not {text[:60]!r}."
        ) from error
    return begin or _EVER[0], end or _EVER[1]


@blueprint.get("/api/warnings")
def index() -> Any:
    """List warnings the user may see: `state`, `level`, `kind`, `layer`, `division`, `q`, `raised` (a/b), open `at`; as JSON or `format=xlsx`."""
    user, now = identity.require_user(), identity.settings().clock.now()
    asked = _asked()
    page = parse_int("page", 1, low=1, high=10_000)
    size = parse_int("page_size", _PAGE, low=1, high=_MOST_AT_ONCE)
    is_file = request.args.get("format") == "xlsx"
    if is_file:
        identity.require_export()
    with identity.transaction() as connection:
        if asked.division_code:
            divisions.read(connection, asked.division_code)
        limit, offset = (_MOST_IN_A_BOOK, 0) if is_file else (size, (page - 1) * size)
        rows = warnings.listed(connection, asked, limit=limit, offset=offset)
        counts = warnings.counts(connection, asked)
        total = (
            sum(counts.values())
            if asked.is_open is None
            else counts["open" if asked.is_open else "processed"]
        )
        kinds, levels = (warnings.split(connection, asked, column) for column in ("kind", "level"))
        if is_file:
            audit.append(
                connection, at=now, username=user.username, action="export", subject="warnings",
                detail={"rows": len(rows), "query": request.query_string.decode()[:300]},
            )  # fmt: skip
    for row in rows:
        row["title"] = in_language(row["title"])
        row["kind_label"] = kind_label(row["kind"])
        row["page"] = register_page(row["layer"], row["row_id"]) if row["layer"] else None
        for name in ("raised_at", "processed_at"):
            row[name] = row[name].astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M") if row[name] else None
    if is_file:
        book = io.BytesIO()
        write_excel(book, rows, total=total, language=g.language)
        book.seek(0)
        name = f"{'预警' if g.language == 'zh' else 'warnings'}-{now.astimezone(LOCAL_ZONE):%Y%m%d}.xlsx"
        return send_file(book, FORMATS["xlsx"][1], as_attachment=True, download_name=name)
    return json_response(
        {
            "counts": counts,
            "total": total,
            "kinds": [{"kind": k, "label": kind_label(k), "n": n} for k, n in kinds.items()],
            "levels": levels,
            "page": page,
            "page_size": size,
            "rows": rows,
        }
    )


@blueprint.get("/api/warnings/places")
def places() -> Any:
    """Say where the rows lie that are warned of, as GeoJSON: the newest 5,000 of those asked for."""
    with identity.transaction() as connection:
        found = warnings.places(connection, _asked())
    features = [
        {
            "type": "Feature", "id": row["id"],
            "geometry": {"type": "Point", "coordinates": [round(row["lon"], 6), round(row["lat"], 6)]},
            "properties": {
                **{name: row[name] for name in ("id", "level", "layer", "row_id")}, "title": in_language(row["title"]),
            },
        }
        for row in found
    ]  # fmt: skip
    return json_response({"type": "FeatureCollection", "features": features})


@blueprint.post("/api/warnings/<int:warning_id>/process")
def process(warning_id: int) -> Any:
    """Mark a warning as processed, with a `note` on what was done."""
    scope, now = identity.scope(), identity.settings().clock.now()
    given = ask.body().get("note")
    note = given.strip() if isinstance(given, str) else ""
    if not note:
        raise FormError((_NO_NOTE,))
    with identity.transaction() as connection:
        warnings.process(connection, warning_id, note=note, scope=scope, now=now, closed=_closed())
        audit.append(
            connection,
            at=now,
            username=scope.username,
            action="warning_process",
            subject=f"warning/{warning_id}",
        )
    return json_response({"id": warning_id, "processed": True})


@blueprint.post("/api/warnings/process")
def process_several() -> Any:
    """Mark several warnings as processed with one note; says which were, and which somebody had processed already."""
    scope, now = identity.scope(), identity.settings().clock.now()
    body = request.get_json(silent=True)
    values = body if isinstance(body, dict) else {}
    note = str(values.get("note", "")).strip()
    given = values.get("ids")
    ids = [i for i in given if type(i) is int] if isinstance(given, list) else []
    faults = []
    if not 1 <= len(ids) <= _MOST_AT_ONCE or len(ids) != len(given or ()):
        faults.append(("ids", f"请选择 1–{_MOST_AT_ONCE} 条预警。 Choose 1 to {_MOST_AT_ONCE} warnings."))
    if not note:
        faults.append(_NO_NOTE)
    if faults:
        raise FormError(tuple(faults))
    with identity.transaction() as connection:
        done = warnings.process_several(connection, ids, note=note, scope=scope, now=now, closed=_closed())
        audit.append(
            connection, at=now, username=scope.username, action="warning_process", subject="warnings", detail={"ids": done}
        )  # fmt: skip
    return json_response({"processed": done, "not_open": sorted(set(ids) - set(done))})


@blueprint.get("/api/warnings/digest")
def digest() -> Any:
    """Say whether the user gets a daily digest, and what it would say now."""
    user, now = identity.require_user(), identity.settings().clock.now()
    with identity.transaction() as connection:
        found = warning_digest.of_user(connection, user.id)
        text = warning_digest.message(connection, now=now, closed=_closed())
    return json_response(
        {
            "phone": found.phone if found else None,
            "at_hour": found.at_hour if found else None,
            "message": text,
        }
    )


@blueprint.put("/api/warnings/digest")
def ask_digest() -> Any:
    """Ask for the digest: `phone`, `at_hour` (0 to 23, Beijing time); a null phone stops it."""
    user = identity.require_user()
    values = ask.body()
    with identity.transaction() as connection:
        if values.get("phone") is None:
            warning_digest.stop(connection, user.id)
            return json_response({"phone": None, "at_hour": None})
        found = warning_digest.ask(
            connection, user.id, phone=str(values["phone"]), at_hour=str(values.get("at_hour", "8"))
        )
    return json_response({"phone": found.phone, "at_hour": found.at_hour})
