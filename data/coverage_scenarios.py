"""Keep coverage scenarios: save, change without losing another's change, share by a secret link, and remove."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from typing import Any

from psycopg.types.json import Jsonb

from data.divisions import own_division
from data.errors import ConflictError, FilterError, NotFoundError
from data.kept_rows import KeptRows
from data.scope import Connection, Scope, require_write

SECRET_BYTES = 16
_MOST_NAME = 80
_KEPT = KeptRows(
    "coverage_scenario", "id, name, username, version, changed_by, created_at, changed_at, question",
    "没有这个覆盖方案。 There is no such coverage scenario.",
)  # fmt: skip


def save(
    connection: Connection, name: str, question: dict[str, Any], *, scope: Scope, now: dt.datetime
) -> dict[str, Any]:
    """Save a scenario under the division of whoever asks.

    Raises
    ------
    RefusedError
        When the scope may not write.
    FilterError
        When it has no name, or a name that is too long.
    NotFoundError
        When the scope has no division of its own.
    """
    require_write(scope)
    scenario_id = uuid.uuid4()
    connection.execute(
        "INSERT INTO coverage_scenario (id, name, username, authority_code, question, changed_by, created_at, changed_at)"
        " VALUES (%(id)s, %(name)s, %(who)s, %(code)s, %(question)s, %(who)s, %(now)s, %(now)s)",
        {
            "id": scenario_id, "name": _named(name), "who": scope.username, "code": own_division(connection, scope),
            "question": Jsonb(question), "now": now,
        },
    )  # fmt: skip
    return read(connection, scenario_id)


def change(
    connection: Connection,
    scenario_id: uuid.UUID,
    name: str,
    question: dict[str, Any],
    *,
    version: int,
    scope: Scope,
    now: dt.datetime,
) -> dict[str, Any]:
    """Save a scenario again, provided that nobody has since it was read.

    Raises
    ------
    RefusedError, FilterError
        As for `save`.
    ConflictError
        When it has another version by now; it says who saved it and when.
    NotFoundError
        When the scope has no such scenario.
    """
    require_write(scope)
    done = connection.execute(
        "UPDATE coverage_scenario SET name = %s, question = %s, version = version + 1, changed_by = %s, changed_at = %s"
        " WHERE id = %s AND version = %s",
        [_named(name), Jsonb(question), scope.username, now, scenario_id, version],
    )
    found = read(connection, scenario_id)
    if done.rowcount == 0:
        raise ConflictError(
            f"{found['changed_by']} 已在您之后保存了这个方案（第 {found['version']} 版）。请重新打开，或另存为新方案。 "
            f"{found['changed_by']} has saved this scenario meanwhile (version {found['version']}): open it again, or save yours as another."
        )
    return found


def listed(connection: Connection, *, limit: int = 100) -> list[dict[str, Any]]:
    """List the scenarios of the scope, those changed last first."""
    return [
        dict(row)
        for row in connection.execute(
            f"SELECT {_KEPT.columns}, EXISTS (SELECT 1 FROM coverage_share h WHERE h.scenario_id = s.id) AS is_shared"
            " FROM coverage_scenario s ORDER BY changed_at DESC, id LIMIT %s".encode(),
            [limit],
        )
    ]


def read(connection: Connection, scenario_id: uuid.UUID) -> dict[str, Any]:
    """Read a scenario.

    Raises
    ------
    NotFoundError
        When the scope has no such scenario.
    """
    return _KEPT.read(connection, scenario_id)


def remove(connection: Connection, scenario_id: uuid.UUID, *, scope: Scope) -> None:
    """Remove a scenario; its link leads nowhere from then on.

    Raises
    ------
    RefusedError, NotFoundError
        As for `KeptRows.remove`.
    """
    _KEPT.remove(connection, scenario_id, scope=scope)


def share(connection: Connection, scenario_id: uuid.UUID, *, scope: Scope, now: dt.datetime) -> str:
    """Share a scenario as it stands; give the secret, of which only the digest is kept. An earlier link ends.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When the scope has no such scenario.
    """
    require_write(scope)
    found = read(connection, scenario_id)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    unshare(connection, scenario_id, scope=scope)
    connection.execute(
        "INSERT INTO coverage_share (secret_hash, scenario_id, name, question, version, username, shared_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            _digest(secret), scenario_id, found["name"], Jsonb(found["question"]), found["version"], scope.username, now,
        ],
    )  # fmt: skip
    return secret


def unshare(connection: Connection, scenario_id: uuid.UUID, *, scope: Scope) -> None:
    """End the link of a scenario.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When the scope has no such scenario.
    """
    require_write(scope)
    read(connection, scenario_id)
    connection.execute("DELETE FROM coverage_share WHERE scenario_id = %s", [scenario_id])


def read_shared(connection: Connection, secret: str) -> dict[str, Any]:
    """Read what is shared under a secret: what is changed, and nothing of who sees what.

    Raises
    ------
    NotFoundError
        When nothing is.
    """
    row = connection.execute(
        "SELECT name, question, version, username, shared_at FROM coverage_share WHERE secret_hash = %s",
        [_digest(secret)],
    ).fetchone()
    if row is None:
        raise NotFoundError("链接无效或已停止共享。 The link is wrong, or is no longer shared.")
    return dict(row)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _named(name: str) -> str:
    text = name.strip()
    if not 1 <= len(text) <= _MOST_NAME:
        raise FilterError(
            f"方案名称 name 应为 1–{_MOST_NAME} 个字。 The name must have 1 to {_MOST_NAME} characters."
        )
    return text
