"""Take files of rows that people send, give their templates, and say which rows are bad: shared by every import."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Response, g, request, send_file

from data import job_queue, table_imports
from data.errors import LoadError
from data.loading.files import EXCEL, TEXT
from data.loading.problems import RowProblem
from data.loading.template import write_template
from data.scope import Scope
from data.table_imports import MOST_DIRECT_BYTES
from geo.crs import crs_from_name
from layers.declaration import Layer
from web import identity
from web.problems import in_language
from web.respond import json_response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@contextmanager
def uploaded_table(*more: str, is_direct: bool = True) -> Iterator[tuple[Path, str]]:
    """Keep the uploaded file for as long as it is read, under a name of ours; give that and what the person calls it.

    Nothing of the sender's name is used but a known ending: those of tables, and `more`. A file that is read while the
    sender waits (`is_direct`) may not be large.

    Raises
    ------
    LoadError
        When there is none, it is of no known kind, or too large to be read directly.
    """
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise LoadError("请选择文件。 Choose a file.")
    known = (*EXCEL, *TEXT, *more)
    suffix = Path(upload.filename).suffix.lower()
    if suffix not in known:
        shown = " ".join(known)
        raise LoadError(
            f"请上传这些格式的文件：{shown}。 A file of one of these kinds was expected: {shown}."
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{suffix}"
        upload.save(path)
        upload.close()  # a large one lies in a temporary file of its own
        if is_direct and path.stat().st_size > MOST_DIRECT_BYTES:
            raise LoadError(
                f"文件超过 {MOST_DIRECT_BYTES // 1000} KB，请作为任务导入（…/import/jobs），有进度，可取消。 "
                f"The file is larger than {MOST_DIRECT_BYTES // 1000} KB: import it as a job (…/import/jobs), with progress and cancel."
            )
        yield path, upload.filename


def import_job(
    *more: str, target: str, scope: Scope, is_check: bool, keep_good: bool = False, authority_code: str | None = None
) -> Response:  # fmt: skip
    """Hand the uploaded file in as a job of the user and say where it stands.

    Raises
    ------
    LoadError, CrsError
        As for `uploaded_table` and `declared_crs`.
    """
    settings = identity.settings()
    with uploaded_table(*more, is_direct=False) as (path, name):
        asked = table_imports.Asked(
            target, path, name, declared_crs(), is_check, keep_good=keep_good, authority_code=authority_code
        )
        title = f"{'导入' if g.language == 'zh' else 'Import'} {name[:100]}"
        with identity.store().transaction(scope) as connection:
            job_id = table_imports.submit(
                connection,
                asked,
                title=title,
                state_dir=settings.state_dir,
                scope=scope,
                now=settings.clock.now(),
            )
    job_queue.hand_in(settings.database, job_id)
    at = f"/api/jobs/{job_id}"
    return json_response(
        {
            "job": str(job_id),
            "status_url": at,
            "cancel_url": f"{at}/cancel",
            "outcome_url": f"/api/imports/{job_id}",
        },
        202,
    )


def declared_crs() -> str | None:
    """Read the datum that the form names, as its canonical code; None when it names none.

    Raises
    ------
    CrsError
        When it is unknown.
    """
    name = request.form.get("crs")
    return crs_from_name(name) if name else None


def template_of(layer: Layer, name: str) -> Response:
    """Send a layer's empty Excel file with one sample row."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(layer, path, language=g.language)
        content = BytesIO(path.read_bytes())
    return send_file(content, mimetype=XLSX, as_attachment=True, download_name=name)


def shown_problem(problem: RowProblem) -> dict[str, Any]:
    """Give a bad cell for a page: row, column, value, code and message."""
    return {
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "code": problem.code.value,
        "message": in_language(problem.message),
    }
