"""Let authorities import enterprises by Excel: a report first, then the same file written (L2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from flask import Blueprint, request, send_file

from data import enterprise_import
from data.enterprise_import import ImportAsked
from data.errors import LoadError
from data.loading.subject import LoadResult
from data.scope import require_write
from layers.registry import layer_by_id
from web import identity
from web.api.reviews import review_scope
from web.respond import json_response
from web.table_uploads import XLSX, declared_crs, import_job, shown_problem, template_of, uploaded_table
from web.travel_questions import flag

blueprint = Blueprint("enterprise_import", __name__)


@blueprint.get("/api/enterprises/template.xlsx")
def template() -> Any:
    """Give the Excel template of enterprises."""
    review_scope()
    return template_of(layer_by_id(enterprise_import.LAYER), "enterprises.xlsx")


@blueprint.post("/api/enterprises/import/check")
def check() -> Any:
    """Say what the file would do; nothing is written."""
    scope = review_scope()
    with _upload() as asked, identity.store().transaction(scope) as connection:
        result = enterprise_import.check(connection, asked, scope=scope)
        connection.rollback()
    return json_response(_shown(result))


@blueprint.post("/api/enterprises/import/report")
def report() -> Any:
    """Give the bad rows of the file as Excel, with their reasons; nothing is written."""
    scope = review_scope()
    with _upload(with_report=True) as asked, identity.store().transaction(scope) as connection:
        enterprise_import.check(connection, asked, scope=scope)
        connection.rollback()
        if asked.report is None or not asked.report.exists():
            raise LoadError("没有要更正的行。 There are no rows to mend.")
        content = BytesIO(asked.report.read_bytes())
    return send_file(content, mimetype=XLSX, as_attachment=True, download_name="to-mend.xlsx")


@blueprint.post("/api/enterprises/import")
def write() -> Any:
    """Write the file: all of it, or with `keep_good` its good rows."""
    scope = review_scope()
    with _upload() as asked, identity.store().transaction(scope) as connection:
        result = enterprise_import.write(connection, asked, scope=scope, now=identity.settings().clock.now())
    return json_response(_shown(result), 201)


@blueprint.post("/api/enterprises/import/jobs")
def import_as_job() -> Any:
    """Check a file of any size (``check=1``), or write it, as a job."""
    scope = review_scope()
    require_write(scope)
    return import_job(
        target=enterprise_import.LAYER,
        scope=scope,
        is_check=request.args.get("check") == "1",
        keep_good=flag(request.form.get("keep_good")),
        authority_code=_own_authority(),
    )


@contextmanager
def _upload(*, with_report: bool = False) -> Iterator[ImportAsked]:
    with uploaded_table() as (path, name):
        yield ImportAsked(
            path, name, _own_authority(), crs=declared_crs(), keep_good=flag(request.form.get("keep_good")),
            report=path.with_name("report.xlsx") if with_report else None,
        )  # fmt: skip


def _own_authority() -> str | None:
    """Give the authority of rows that name none: the user's own."""
    return next(iter(identity.require_user().jurisdiction), None)


def _shown(result: LoadResult) -> dict[str, Any]:
    written, log = result.written, result.log
    return {
        "added": written.inserted,
        "changed": written.updated,
        "unchanged": written.unchanged,
        "bad_rows": log.bad_rows,
        "problems": [shown_problem(p) for p in log.first],
        "problem_count": log.total,
        "without_position": result.unplaced,
        "guessed_positions": result.guessed,
        "to_mend": result.to_mend,
    }
