"""Take files of rows that people send, give their templates, and say which rows are bad: shared by every import."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Response, g, request, send_file

from data.errors import LoadError
from data.loading.files import EXCEL, TEXT
from data.loading.problems import RowProblem
from data.loading.template import write_template
from geo.crs import crs_from_name
from layers.declaration import Layer
from web.problems import in_language

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@contextmanager
def uploaded_table(*more: str) -> Iterator[tuple[Path, str]]:
    """Keep the uploaded file for as long as it is read, under a name of ours; give that and what the person calls it.

    Nothing of the sender's name is used but a known ending: those of tables, and `more`.

    Raises
    ------
    LoadError
        When there is none, or it is of no known kind.
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
        yield path, upload.filename


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
