"""Give the four-colour map of risk points and the list of hidden dangers to print, as pages and as figures (L9, L13)."""

from __future__ import annotations

import datetime as dt
import io
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, render_template, request, send_file

from data import audit, danger_export, danger_figures, divisions, risk_map
from data.errors import FilterError
from data.scope import Connection
from layers.display import LOCAL_ZONE, display
from layers.registry import layer_by_id
from layers.workflow import Party
from web import identity
from web.api.registers import top_division
from web.export_formats import FORMATS
from web.map_drawing import draw_points
from web.register_access import register_request, require_keeper
from web.register_desks import RegisterDesk
from web.respond import json_response

_MOST_IN_A_BOOK = 50_000
blueprint = Blueprint("risk_reports", __name__)
blueprint.before_request(require_keeper)
DESKS = (
    RegisterDesk("risk_point", None, "", "", "/print/risk", "四色图与清单", "Four-colour map and lists"),
    RegisterDesk("hidden_danger", None, "", "", "/print/dangers", "统计与清单", "Figures and list"),
)


def _text(layer_id: str, name: str, value: Any) -> str:
    return display(layer_by_id(layer_id).field(name), value, language=g.language)


def _printed() -> dict[str, Any]:
    now = identity.settings().clock.now()
    return {
        "printed_at": now.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M"),
        "text": _text,
        "choices": lambda layer_id, name: [
            (c.value, c.words.in_language(g.language), c.color)
            for c in layer_by_id(layer_id).field(name).choices
        ],
    }


def _division(connection: Connection) -> str:
    return request.args.get("division") or top_division(connection)


@blueprint.get("/print/risk")
def risk() -> Any:
    """Show the four-colour map of a division with its figures and lists, ready to print."""
    with register_request() as (connection, actor):
        code = _division(connection)
        asked: dict[str, Any] = {"division_code": code, "scope": actor.scope}
        found = divisions.read(connection, code)
        below = divisions.children(connection, code)
        levels = risk_map.by_division(connection, "risk_point", "level", risk_map.LEVELS, **asked)
        grades = risk_map.by_division(connection, "enterprise", "risk_grade", risk_map.GRADES, **asked)
        points = risk_map.points(connection, **asked)
        drawn = points[: risk_map.MOST_DRAWN]
        is_own = actor.party is Party.OWNER  # an enterprise's points would be one dot on the city
        outlines = risk_map.own_outlines(connection) if is_own else risk_map.outlines(connection, code)
        drawing = draw_points(outlines, drawn, width=720, height=430, fits_points=is_own)
        items = risk_map.items(connection, **asked)
    return render_template(
        "print_risk.html", division=found, children=below, levels=levels, grades=grades, drawing=drawing, items=items,
        is_own=is_own, left_out=len(points) > len(drawn), drawn_count=len(drawn),
        **_printed(),
    )  # fmt: skip


def _day(name: str, otherwise: dt.date) -> dt.date:
    given = request.args.get(name)
    if not given:
        return otherwise
    try:
        return dt.date.fromisoformat(given)
    except ValueError as error:
        raise FilterError(
            f"{name} 应是日期，如 2026-11-01。 A date such as 2026-11-01 was expected for {name}."
        ) from error


def _period() -> tuple[dt.date, dt.date]:
    today = identity.settings().clock.now().astimezone(LOCAL_ZONE).date()
    since, until = _day("since", today.replace(month=1, day=1)), _day("until", today)
    if since > until:
        raise FilterError("起始日期不能晚于截止日期。 The first day cannot come after the last.")
    return since, until


@blueprint.get("/api/dangers/figures")
def danger_counts() -> Any:
    """Count the hidden dangers of a period (`since`, `until`, both included) in a division."""
    since, until = _period()
    with register_request() as (connection, actor):
        code = _division(connection)
        divisions.read(connection, code)
        found = danger_figures.figures(
            connection, division_code=code, since=since, until=until, scope=actor.scope
        )
    return json_response({"division": code, "since": since, "until": until, **found})


@blueprint.get("/api/dangers/figures.xlsx")
def danger_book() -> Any:
    """Give the figures of a period and the list behind them as an Excel book."""
    identity.require_export()
    since, until = _period()
    with register_request() as (connection, actor):
        code = _division(connection)
        divisions.read(connection, code)
        asked: dict[str, Any] = {"division_code": code, "since": since, "until": until, "scope": actor.scope}
        figures = danger_figures.figures(connection, **asked)
        rows = danger_figures.open_rows(connection, **asked, limit=_MOST_IN_A_BOOK)
        audit.append(
            connection, at=actor.now, username=actor.username, action="export", subject="dangers",
            detail={"rows": len(rows), "division": code, "since": since, "until": until},
        )  # fmt: skip
    book = io.BytesIO()
    danger_export.write_excel(book, figures, rows, period=f"{since} – {until}", language=g.language)
    book.seek(0)
    return send_file(
        book, mimetype=FORMATS["xlsx"][1], as_attachment=True, download_name=f"dangers_{since}_{until}.xlsx"
    )


#: What the register's list is narrowed by to hold the rows of a count.
_NARROWED = {
    "total": {}, "rectified": {"state": "done"}, "in_time": {"subset": "in_time"}, "open": {"state": "pending,in_review"},
    "extension": {"state": "extension"}, "overdue": {"state": "overdue"}, "listed": {"is_listed": "true"},
}  # fmt: skip


def _rows_of(code: str, since: dt.date, until: dt.date, count: str, **more: str) -> str:
    """Give the register's list with the rows behind a count of the period; `more` narrows it further, or puts it into another one."""
    asked = {"division": code, "registered_at": f"{since}/{until}", **_NARROWED[count], **more}
    return "/registers/hidden_danger?" + urlencode({name: text for name, text in asked.items() if text})


def _month_of(since: dt.date, until: dt.date, month: str) -> str:
    """Give the days of a month that lie in the period."""
    first = dt.date.fromisoformat(f"{month}-01")
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    return f"{max(first, since)}/{min(last, until)}"


@blueprint.get("/print/dangers")
def dangers() -> Any:
    """Show the figures and the list of hidden dangers of a period, ready to print."""
    since, until = _period()
    with register_request() as (connection, actor):
        code = _division(connection)
        found = divisions.read(connection, code)
        below = divisions.children(connection, code)
        asked: dict[str, Any] = {"division_code": code, "since": since, "until": until, "scope": actor.scope}
        figures = danger_figures.figures(connection, **asked)
        rows = danger_figures.open_rows(connection, **asked)
    return render_template(
        "print_dangers.html", rows_of=partial(_rows_of, code, since, until), month_of=partial(_month_of, since, until), division=found, children=below, figures=figures, rows=rows, since=since, until=until,
        **_printed(),
    )  # fmt: skip
