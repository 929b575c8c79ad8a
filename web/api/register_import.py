"""Load a file into a register: checked first, then written; and its template (row N11)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from flask import Blueprint, g, request, send_file

from data import register_import
from data.errors import LoadError
from data.loading.subject import LoadRequest, LoadResult
from data.loading.template import write_template
from web import identity
from web.api.registers import find
from web.problems import in_language
from web.register_access import register_request, require_keeper
from web.respond import json_response

blueprint = Blueprint("register_import", __name__)
blueprint.before_request(require_keeper)

_ENDINGS = frozenset({".xlsx", ".xls", ".csv", ".gpkg", ".geojson"})
MAX_BYTES = 60 * 1024 * 1024


class _OnlyCheckedError(Exception):
    """The file was checked: the transaction is to be rolled back."""


def _folder() -> Path:
    folder = identity.settings().state_dir / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _upload() -> Path:
    """Put the upload under a name of ours; of the sender's only the ending is used.

    Raises
    ------
    LoadError
        When there is none, it is too large or of no known kind.
    """
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise LoadError("请选择文件。 Choose a file.")
    ending = Path(upload.filename).suffix.lower()
    if ending not in _ENDINGS:
        raise LoadError(
            f"不接受 {ending[:12] or '没有扩展名的'} 文件，可用 {'、'.join(sorted(_ENDINGS))}。 "
            f"A file of one of these kinds was expected: {', '.join(sorted(_ENDINGS))}."
        )
    path = _folder() / f"{secrets.token_hex(12)}{ending}"
    size = 0
    with path.open("wb") as handle:
        while chunk := upload.stream.read(1 << 20):
            size += len(chunk)
            if size > MAX_BYTES:
                break
            handle.write(chunk)
    if size > MAX_BYTES:
        path.unlink()
        raise LoadError(f"文件超过 {MAX_BYTES >> 20} MB。 The file is larger than {MAX_BYTES >> 20} MB.")
    return path


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
    path, notes = _upload(), list[str]()
    body: dict[str, Any] = {}
    try:
        with register_request() as (connection, actor):
            asked = LoadRequest(register.id, path, crs=request.form.get("crs") or None, say=lambda text: notes.append(in_language(text)))  # fmt: skip
            result = register_import.load(connection, register, asked, actor=actor)
            body = _told(result, notes, is_written=not is_check)
            if is_check:
                raise _OnlyCheckedError  # noqa: TRY301 - leaves the transaction undone
    except _OnlyCheckedError:
        pass
    except LoadError as error:
        if not error.problems:
            raise
        return json_response(_problems(error), 422, content_type="application/problem+json")
    finally:
        path.unlink(missing_ok=True)
    return json_response(body)


def _problems(error: LoadError) -> dict[str, Any]:
    shown = [
        {
            "row": p.row,  # type: ignore[attr-defined]
            "column": p.column,  # type: ignore[attr-defined]
            "value": p.value,  # type: ignore[attr-defined]
            "detail": in_language(p.message),  # type: ignore[attr-defined]
        }
        for p in error.problems
    ]
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
    path = _folder() / f"{secrets.token_hex(12)}.xlsx"
    write_template(register.layer, path, language=g.language)
    handle = path.open("rb")
    os.unlink(path)  # noqa: PTH108 - open until it is sent
    name = f"{register.words.in_language(g.language)}.xlsx"
    return send_file(handle, as_attachment=True, download_name=name, mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")  # fmt: skip
