"""Keep files attached to features: type sniffed, size limited, outside static; the side that gave one takes it back."""

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

from data import features, register_rows
from data.errors import ConflictError, LoadError, NotFoundError, RefusedError
from data.old_networks import held_folder
from data.scope import SYSTEM, Connection, Scope, enter, require_write
from layers.declaration import Layer
from layers.register import FileKind, Register
from layers.registry import find_register
from layers.workflow import Party

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

#: A file's facts, with the unit of who attached it; nothing for an authority, a crew or the system.
_FACTS = (
    "SELECT a.id, a.layer, a.row_id, a.kind, a.created_at, u.unit_id FROM attachment a"
    " LEFT JOIN app_user u ON u.username = a.created_by AND u.role IN ('enterprise', 'maintenance_company')"
)


def _missing() -> NotFoundError:
    return NotFoundError("没有这个附件，或您不能删除。 There is no such attachment that you may remove.")


def _not_yours() -> RefusedError:
    return RefusedError("只有上传的一方能删除这个附件。 Only the side that attached a file may remove it.")


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
        When the scope may not write, or its side gives no such file to this row.
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
    features.read_one(connection, layer, row_id)
    if not register_rows.may_change(connection, layer, row_id):
        raise RefusedError("您只能查看这条记录。 You may only look at this row.")
    _check_kind(connection, layer, row_id, kind, media_type, scope=scope, now=now)
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


def party_of(scope: Scope) -> Party:
    """Say on whose side a scope acts."""
    return Party.OWNER if scope.owner_id is not None else Party.AUTHORITY


def _check_kind(
    connection: Connection, layer: Layer, row_id: int, kind: str | None, media_type: str, *, scope: Scope, now: dt.datetime
) -> None:  # fmt: skip
    """Refuse a file of an unknown kind, no picture where one is asked for, or one that this side or the row's state does not give."""
    register = find_register(layer.id)
    found = register.file_kind(kind) if register is not None and kind is not None else None
    if kind is not None and found is None:
        raise LoadError(
            f"{layer.words.zh}没有“{kind[:40]}”这类附件。 {layer.words.en} has no files of the kind {kind[:40]!r}."
        )
    if found is not None and found.pictures_only and not media_type.startswith("image/"):
        raise LoadError(
            f"{found.words.zh}应是图片（png、jpg、webp）。 {found.words.en} are pictures: png, jpg or webp."
        )
    if register is not None:
        row = _held(connection, register, row_id)
        refusal = _why_not_added(register, row, found, party_of(scope), now)
        if refusal is not None:
            raise refusal


def _is_asked_for(
    register: Register, row: dict[str, Any], kind: FileKind | None, party: Party, now: dt.datetime
) -> bool:
    """Say whether a step that a side may take on a row now asks for files of a kind."""
    if register.workflow is None or kind is None:
        return False
    return any(
        kind.id == asked
        for move in register.workflow.open_moves(row, party, now)
        for asked, _ in move.asks_files
    )


def _held(connection: Connection, register: Register, row_id: int) -> dict[str, Any]:
    """Lock a register's row, so that no step is taken meanwhile, and read it.

    Raises
    ------
    RefusedError
        When the scope may only look at it.
    """
    held = connection.execute(
        f"SELECT id FROM {register.id} WHERE id = %s FOR UPDATE".encode(), [row_id]
    ).fetchone()
    if held is None:
        raise RefusedError("您只能查看这条记录。 You may only look at this row.")
    return features.read_one(connection, register.layer, row_id)


def _why_not_added(
    register: Register, row: dict[str, Any], kind: FileKind | None, party: Party, now: dt.datetime
) -> ConflictError | RefusedError | None:
    """Say why a side adds no file of a kind, or of none, to a row; None when it does."""
    state = register.state_of(row)
    words = kind.words if kind is not None else None
    if party not in register.kept_by and not _is_asked_for(register, row, kind, party, now):
        return RefusedError("您只能查看这条记录的附件。 You may only look at the files of this row.")
    refusal = kind.given_by(row, party, now) if kind is not None and kind.given_by is not None else None
    if refusal is not None:
        return RefusedError(f"{refusal.words.zh} {refusal.words.en}")
    is_closed = register.workflow is not None and state in register.workflow.closed
    if (kind is not None and kind.states is not None and state not in kind.states) or (
        is_closed and (kind is None or kind.states is None)
    ):
        return ConflictError(
            f"当前状态不能再上传{words.zh if words else '附件'}。 In its present state no {words.en.lower() if words else 'files'} are added."
        )
    return None


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


def offered(
    connection: Connection, layer: Layer, row_id: int, *, scope: Scope, now: dt.datetime
) -> tuple[set[int], bool, tuple[str, ...]]:
    """Say what a page may offer on a feature: ids of the files that go, whether files of no kind are added, and of which kinds."""
    if not scope.may_write or not register_rows.may_change(connection, layer, row_id):
        return set(), False, ()
    files = connection.execute(
        _FACTS + " WHERE a.layer = %s AND a.row_id = %s", [layer.id, row_id]
    ).fetchall()
    register = find_register(layer.id)
    if register is None:
        return {f["id"] for f in files if _is_of(f, scope)}, True, ()
    row = features.read_one(connection, layer, row_id)
    judged_at = _judged_at(connection, register, row)
    party = party_of(scope)
    gone = {f["id"] for f in files if _why_not_removed(register, row, f, judged_at, scope, now) is None}
    kinds = tuple(k.id for k in register.files if _why_not_added(register, row, k, party, now) is None)
    return gone, _why_not_added(register, row, None, party, now) is None, kinds


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


def remove(connection: Connection, attachment_id: int, *, scope: Scope, now: dt.datetime) -> None:
    """Detach a file that the scope's own side attached; its content stays until it is swept.

    Raises
    ------
    RefusedError
        When the scope may not write, another side attached it, or its side does not keep the row.
    NotFoundError
        When there is none of that id the scope may change.
    ConflictError
        When its row can no longer be changed, somebody has judged by it, or it is the picture of a plant plan.
    """
    require_write(scope)
    found = connection.execute(_FACTS + " WHERE a.id = %s", [attachment_id]).fetchone()
    if found is None:
        raise _missing()
    register = find_register(found["layer"])
    if register is None:
        refusal: ConflictError | RefusedError | None = None if _is_of(found, scope) else _not_yours()
    else:
        row = _held(connection, register, found["row_id"])
        judged_at = _judged_at(connection, register, row)
        refusal = _why_not_removed(register, row, found, judged_at, scope, now)
    if refusal is not None:
        raise refusal
    detach(connection, attachment_id)


def detach(connection: Connection, attachment_id: int) -> None:
    """Detach a file whoever attached it, with what it was the picture of.

    Raises
    ------
    NotFoundError, ConflictError
        When there is none of that id the scope may change, or it is the picture of a plant plan.
    """
    try:
        row = connection.execute(
            "DELETE FROM attachment WHERE id = %s RETURNING id", [attachment_id]
        ).fetchone()
    except psycopg.errors.ForeignKeyViolation as error:
        raise ConflictError(
            "这张图片是厂区图，请在“厂区图”里删除。 The picture is a plant plan: remove it there."
        ) from error
    if row is None:
        raise _missing()


def _is_of(found: dict[str, Any], scope: Scope) -> bool:
    """Say whether somebody of the scope's own unit attached a file; of the authorities' side, any of them."""
    return bool(found["unit_id"] == scope.owner_id)


def _judged_at(connection: Connection, register: Register, row: dict[str, Any]) -> dt.datetime | None:
    """Give when a row was last submitted, judged or closed: what it held then stays."""
    if register.workflow is None:
        return None
    locked = list(register.workflow.locked)
    found = connection.execute(
        "SELECT max(at) AS at FROM register_event WHERE register = %s AND row_code = %s"
        " AND (to_state = ANY(%s) OR from_state = ANY(%s))",
        [register.id, row["code"], locked, locked],
    ).fetchone()
    since = [row[field] for move in register.workflow.moves for _, field in move.asks_files if field]
    return max((at for at in [found["at"] if found else None, *since] if at is not None), default=None)


def _why_not_removed(
    register: Register, row: dict[str, Any], found: dict[str, Any], judged_at: dt.datetime | None, scope: Scope, now: dt.datetime
) -> ConflictError | RefusedError | None:  # fmt: skip
    """Say why a scope may not take a file away from a register's row; None when it may."""
    party, state = party_of(scope), register.state_of(row)
    kind = register.file_kind(found["kind"]) if found["kind"] else None
    is_asked_for = _is_asked_for(register, row, kind, party, now)
    if not _is_of(found, scope) or (party not in register.kept_by and not is_asked_for):
        return _not_yours()
    if register.is_locked(state) or (judged_at is not None and found["created_at"] <= judged_at):
        return ConflictError(
            "这条记录已经提交，附件不能再删除。 What it belongs to was submitted: the file can no longer be removed."
        )
    kind = register.file_kind(found["kind"]) if found["kind"] else None
    if (
        kind is not None
        and kind.states is not None
        and _why_not_added(register, row, kind, party, now) is None
    ):
        return None
    keeps = register.rules.keeps if register.rules else None
    refusal = keeps(row, party, now) if keeps is not None else None
    return ConflictError(f"{refusal.words.zh} {refusal.words.en}") if refusal is not None else None


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
