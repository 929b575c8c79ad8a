"""Load a file into a register: checked first, then written; and its template (row N11)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from data import register_import
from data.errors import LoadError
from data.loading.problems import RowProblem
from data.loading.subject import LoadRequest, LoadResult
from data.scope import require_write
from web.api.registers import find
from web.problems import in_language
from web.register_access import register_request, register_scope, require_keeper
from web.respond import json_response
from web.table_uploads import declared_crs, import_job, shown_problem, template_of, uploaded_table

blueprint = Blueprint("register_import", __name__)
blueprint.before_request(require_keeper)


def _told(result: LoadResult, notes: list[str], *, is_written: bool) -> dict[str, Any]:
    return {
        "inserted": result.written.inserted,
        "updated": result.written.updated,
        "unchanged": result.written.unchanged,
        "to_mend": result.to_mend,
        "written": is_written,
        "notes": notes,
    }


@blueprint.post("/api/registers/<register_id>/import")
def load(register_id: str) -> Any:
    """Load a file; with ``check=1`` say only what would be done."""
    register, is_check = find(register_id), request.args.get("check") == "1"
    notes: list[str] = []
    body: dict[str, Any] = {}
    try:
        with uploaded_table(".gpkg", ".geojson") as (path, name), register_request() as (connection, actor):
            asked = LoadRequest(register.id, path, crs=declared_crs(), say=lambda text: notes.append(in_language(text)))  # fmt: skip
            result = register_import.load(connection, register, asked, file_name=name, actor=actor)
            body = _told(result, notes, is_written=not is_check)
            if is_check:
                connection.rollback()
    except LoadError as error:
        if not error.problems:
            raise
        return json_response(_problems(error), 422, content_type="application/problem+json")
    return json_response(body)


@blueprint.post("/api/registers/<register_id>/import/jobs")
def load_as_job(register_id: str) -> Any:
    """Load a file of any size as a job; with ``check=1`` it says only what would be done."""
    register, scope = find(register_id), register_scope()
    require_write(scope)
    return import_job(
        ".gpkg", ".geojson", target=register.id, scope=scope, is_check=request.args.get("check") == "1"
    )


def _problems(error: LoadError) -> dict[str, Any]:
    shown = [shown_problem(p) for p in error.problems if isinstance(p, RowProblem)]
    zh, en = (
        "文件里有不能装载的行，没有写入任何内容。",
        "Some rows of the file cannot be taken: nothing was written.",
    )
    return {
        "type": "/problems/load",
        "title": in_language("文件需要更正。 The file needs correcting."),
        "status": 422,
        "detail": zh if g.language == "zh" else en,
        "instance": request.path,
        "problems": shown,
    }


@blueprint.get("/api/registers/<register_id>/template.xlsx")
def template(register_id: str) -> Any:
    """Send the register's empty Excel file with one sample row."""
    register = find(register_id)
    return template_of(register.layer, f"{register.words.in_language(g.language)}.xlsx")
