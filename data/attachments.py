"""Keep files attached to features: type sniffed, size limited, stored outside static, scoped like their feature."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import secrets
import time
from pathlib import Path
from typing import Any

import psycopg

from data import features
from data.errors import ConflictError, LoadError, NotFoundError
from data.old_networks import held_folder
from data.scope import SYSTEM, Connection, Scope, enter, require_write
from layers.declaration import Layer
from layers.registry import find_register

#: A file so young may belong to an upload that has not committed yet.
YOUNG_S = 3600.0
MAX_BYTES = 20 * 1024 * 1024
#: Media type → (how such a file begins, endings its name may have).
_KNOWN: dict[str, tuple[tuple[bytes, ...], tuple[str, ...]]] = {
    "image/png": ((b"\x89PNG\r\n\x1a\n",), (".png",)),
    "image/jpeg": ((b"\xff\xd8\xff",), (".jpg", ".jpeg")),
    "image/webp": ((b"RIFF",), (".webp",)),
    "application/pdf": ((b"%PDF-",), (".pdf",)),
    "video/mp4": ((b"ftyp",), (".mp4",)),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ((b"PK\x03\x04",), (".xlsx",)),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ((b"PK\x03\x04",), (".docx",)),
}


def sniff(content: bytes, file_name: str) -> str:
    """Find a file's media type from how it begins; its name must agree.

    Raises
    ------
    LoadError
        When it is of no accepted type.
    """
    ending = Path(file_name).suffix.lower()
    for media_type, (beginnings, endings) in _KNOWN.items():
        start = content[4:12] if media_type == "video/mp4" else content
        if ending in endings and start.startswith(beginnings):
            if media_type == "image/webp" and content[8:12] != b"WEBP":
                continue
            return media_type
    raise LoadError(
        f"不接受这种文件：{file_name[:80]}。可上传图片（png、jpg、webp）、PDF、mp4、docx、xlsx，且内容与扩展名一致。 "
        "This file is not taken: pictures, PDF, mp4, docx and xlsx are, when content and ending agree."
    )


def add(
    connection: Connection,
    layer: Layer,
    row_id: int,
    *,
    file_name: str,
    content: bytes,
    folder: Path,
    scope: Scope,
    now: dt.datetime,
    kind: str | None = None,
) -> int:
    """Attach a file to a feature the scope may write; its id. The content is on disk before the row is.

    Raises
    ------
    LoadError
        When it is empty, too large, or of no accepted type, or of a kind that the layer does not know.
    NotFoundError
        When the scope does not see the feature.
    RefusedError
        When the scope may not write.
    ConflictError
        When the row's state takes no such file.
    """
    require_write(scope)
    if not content:
        raise LoadError("文件是空的。 The file is empty.")
    if len(content) > MAX_BYTES:
        raise LoadError(
            f"文件超过 {MAX_BYTES // 1024 // 1024} MB。 The file is larger than {MAX_BYTES // 1024 // 1024} MB."
        )
    name = re.sub(r"[\x00-\x1f/\\:*?\"<>|]+", "_", Path(file_name).name).strip(". ")[:120] or "file"
    media_type = sniff(content, name)
    row_there = features.read_one(connection, layer, row_id)
    _check_kind(layer, row_there, kind, media_type)
    owner = connection.execute(
        f"SELECT authority_code, owner_id, is_public FROM {layer.id} WHERE id = %s".encode(), [row_id]
    ).fetchone()
    assert_owner: dict[str, Any] = dict(owner or {})
    digest = hashlib.sha256(content).digest()
    _store(folder, digest, content)
    row = connection.execute(
        "INSERT INTO attachment (layer, row_id, file_name, media_type, size_bytes, sha256, kind, authority_code, owner_id, is_public,"
        " created_by, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [
            layer.id, row_id, name, media_type, len(content), digest, kind, assert_owner["authority_code"], assert_owner["owner_id"],
            assert_owner["is_public"], scope.username, now,
        ],
    ).fetchone()  # fmt: skip
    return int(row["id"]) if row else 0


def _check_kind(layer: Layer, row: dict[str, Any], kind: str | None, media_type: str) -> None:
    """Refuse a file of an unknown kind, one that the row's state does not take, or no picture where one is asked for."""
    register = find_register(layer.id)
    if kind is None:
        return
    found = register.file_kind(kind) if register is not None else None
    if register is None or found is None:
        raise LoadError(
            f"{layer.words.zh}没有“{kind[:40]}”这类附件。 {layer.words.en} has no files of the kind {kind[:40]!r}."
        )
    if found.pictures_only and not media_type.startswith("image/"):
        raise LoadError(
            f"{found.words.zh}应是图片（png、jpg、webp）。 {found.words.en} are pictures: png, jpg or webp."
        )
    state = register.state_of(row)
    if found.states is not None and state not in found.states:
        raise ConflictError(
            f"当前状态不能再上传{found.words.zh}。 In its present state no {found.words.en.lower()} are added."
        )


def _store(folder: Path, digest: bytes, content: bytes) -> None:
    path = path_of(folder, digest)
    with held_folder(path.parent):
        if path.exists():
            os.utime(path)  # young again: the sweep leaves it until the row is there
            return
        half = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with half.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        half.replace(path)


def path_of(folder: Path, digest: bytes) -> Path:
    """Give where the content of a digest lies."""
    name = digest.hex()
    return folder / name[:2] / name[2:]


def listed(connection: Connection, layer_id: str, row_id: int) -> list[dict[str, Any]]:
    """List a feature's attachments that the scope may see."""
    return list(
        connection.execute(
            "SELECT id, file_name, media_type, size_bytes, kind, created_by, created_at FROM attachment"
            " WHERE layer = %s AND row_id = %s ORDER BY id",
            [layer_id, row_id],
        )
    )


def read(connection: Connection, attachment_id: int) -> dict[str, Any]:
    """Read an attachment's facts.

    Raises
    ------
    NotFoundError
        When there is none of that id that the scope may see.
    """
    row = connection.execute(
        "SELECT id, layer, file_name, media_type, size_bytes, sha256 FROM attachment WHERE id = %s",
        [attachment_id],
    ).fetchone()
    if row is None:
        raise NotFoundError("没有这个附件。 There is no such attachment.")
    return dict(row)


def remove(connection: Connection, attachment_id: int, *, scope: Scope) -> None:
    """Detach a file; its content stays until it is swept.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When there is none of that id the scope may change.
    ConflictError
        When its row can no longer be changed, or it is the picture of a plant plan.
    """
    require_write(scope)
    _require_open_row(connection, attachment_id)
    try:
        row = connection.execute(
            "DELETE FROM attachment WHERE id = %s RETURNING id", [attachment_id]
        ).fetchone()
    except psycopg.errors.ForeignKeyViolation as error:
        raise ConflictError(
            "这张图片是厂区图，请在“厂区图”里删除。 The picture is a plant plan: remove it there."
        ) from error
    if row is None:
        raise NotFoundError("没有这个附件，或您不能删除。 There is no such attachment that you may remove.")


def _require_open_row(connection: Connection, attachment_id: int) -> None:
    """Refuse taking a file away from a register's row that is locked, or a file that an earlier round was judged by."""
    found = connection.execute(
        "SELECT layer, row_id, kind, created_at FROM attachment WHERE id = %s", [attachment_id]
    ).fetchone()
    register = find_register(found["layer"]) if found else None
    if found is None or register is None or register.workflow is None:
        return
    row = features.read_one(connection, register.layer, found["row_id"])
    used = [
        since
        for move in register.workflow.moves
        for kind, since_field in move.asks_files
        if kind == found["kind"] and since_field and (since := row[since_field]) is not None
    ]
    if register.is_locked(register.state_of(row)) or any(found["created_at"] <= since for since in used):
        raise ConflictError(
            "这条记录已经提交，附件不能再删除。 What it belongs to was submitted: the file can no longer be removed."
        )


def sweep(connection: Connection, folder: Path, *, young_s: float = YOUNG_S) -> int:
    """Remove the files that no attachment of the store refers to any more, and halves of uploads that were killed.

    Safe beside uploads: a file is written, or made young again, under a lock on its folder that excludes this one. It
    takes the system's scope itself, since under any other some attachments would be out of sight. How many went.
    """
    if not folder.is_dir():
        return 0
    enter(connection, SYSTEM)
    wanted = {
        bytes(row["sha256"]).hex() for row in connection.execute("SELECT DISTINCT sha256 FROM attachment")
    }
    removed = 0
    for part in sorted(path for path in folder.iterdir() if path.is_dir() and len(path.name) == 2):
        with held_folder(part, exclusive=True):
            for path in part.iterdir():
                if part.name + path.name not in wanted and time.time() - path.stat().st_mtime >= young_s:
                    path.unlink()
                    removed += 1
    return removed
