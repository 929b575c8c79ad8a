"""Answer what stands in each safety grid and how it was patrolled in a period: JSON, or an Excel book (row G9)."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, g, request, send_file

from data import audit, divisions, grid_figures
from data.errors import RefusedError
from layers.registry import layer_by_id
from web import identity
from web.api.patrols import period_asked
from web.export_formats import FORMATS
from web.register_access import register_request, require_keeper
from web.respond import json_response

blueprint = Blueprint("grids", __name__)
blueprint.before_request(require_keeper)


@blueprint.get("/api/grids/figures")
def figures() -> Any:
    """Count what stands in each grid of `division`, and the patrols that ended between `since` and `until` (days); or `format=xlsx`."""
    user = identity.require_user()
    since, until = period_asked()
    is_file = request.args.get("format") == "xlsx"
    if is_file and (
        not user.may("export") or (g.token_scopes is not None and "export" not in g.token_scopes)
    ):
        raise RefusedError("您没有导出的权限。 You may not export.")
    code = request.args.get("division") or None
    with register_request() as (connection, actor):
        if code is not None:
            divisions.read(connection, code)
        found = grid_figures.read(connection, since=since, until=until, division_code=code)
        rows = [grid_figures.masked(row, sees_sensitive=actor.scope.sees_sensitive) for row in found]
        if is_file:
            audit.append(
                connection, at=actor.now, username=actor.username, action="export", subject="grids", detail={"rows": len(rows)}
            )  # fmt: skip
    if is_file:
        book = io.BytesIO()
        grid_figures.write_excel(book, rows, period=f"{since} – {until}", language=g.language)
        book.seek(0)
        name = f"{'网格' if g.language == 'zh' else 'grids'}-{since}-{until}.xlsx"
        return send_file(book, FORMATS["xlsx"][1], as_attachment=True, download_name=name)
    return json_response({"since": since, "until": until, "grids": [_described(row) for row in rows]})


@blueprint.get("/api/grids/<int:grid_id>/walks")
def walks(grid_id: int) -> Any:
    """List the walks of a grid that ended between `since` and `until` (days, both included), as `/api/grids/figures` counts them."""
    since, until = period_asked()
    with register_request() as (connection, _):
        found = grid_figures.walks(connection, grid_id, since=since, until=until)
    return json_response({"since": since, "until": until, "walks": [_walk(row) for row in found]})


def _walk(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("id", "route_id", "route_name", "patroller")},
        "ended_at": row["ended_at"].isoformat(timespec="seconds"),
        "route_m": round(row["route_m"]), "missed_m": round(row["missed_m"]), "covered_share": grid_figures.covered_share(row),
    }  # fmt: skip


_TOLD = (
    "id", "code", "name", "kind", "keeper_name", "keeper_phone", "division_name", "bbox", "enterprises", "risk_points",
    "open_dangers", "walks",
)  # fmt: skip


def _described(row: dict[str, Any]) -> dict[str, Any]:
    kind = layer_by_id("safety_grid").field("kind").choice(row["kind"])
    return {
        **{name: row[name] for name in _TOLD},
        "kind_title": kind.words.in_language(g.language) if kind else row["kind"],
        "route_m": round(row["route_m"]), "missed_m": round(row["missed_m"]), "covered_share": grid_figures.covered_share(row),
    }  # fmt: skip
