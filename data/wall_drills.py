"""Switch the walls of a jurisdiction to a drill and back; no wall shows one otherwise."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from data import audit, drills
from data.divisions import own_division
from data.errors import NotFoundError, RefusedError
from data.scope import Connection, Scope, require_write

#: Who commands a wall: nobody else switches it.
ROLES = frozenset({"dispatcher", "administrator"})


def may_switch(scope: Scope) -> bool:
    """Say whether a user may switch the walls of their jurisdiction."""
    return scope.may_write and scope.role in ROLES


def switch(connection: Connection, drill_id: uuid.UUID, *, scope: Scope, now: dt.datetime) -> None:
    """Show a drill on the walls of the user's own jurisdiction, in place of any other.

    Raises
    ------
    RefusedError
        When the user may not switch walls.
    NotFoundError
        When there is no such drill, or the user has no jurisdiction.
    """
    _require(scope)
    found = drills.read(connection, drill_id)
    authority = own_division(connection, scope)
    connection.execute(
        "INSERT INTO wall_drill (authority_code, drill_id, username, since) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (authority_code) DO UPDATE SET drill_id = excluded.drill_id, username = excluded.username, since = excluded.since",
        [authority, drill_id, scope.username, now],
    )
    detail = {"drill": found["name"], "authority_code": authority}
    audit.append(
        connection,
        at=now,
        username=scope.username,
        action="wall_to_drill",
        subject=f"drill/{drill_id}",
        detail=detail,
    )


def switch_back(connection: Connection, *, scope: Scope, now: dt.datetime) -> bool:
    """Show what is live again on the walls of the user's own jurisdiction; False when they did already.

    Raises
    ------
    RefusedError
        When the user may not switch walls.
    NotFoundError
        When the user has no jurisdiction.
    """
    _require(scope)
    authority = own_division(connection, scope)
    row = connection.execute(
        "DELETE FROM wall_drill WHERE authority_code = %s RETURNING drill_id", [authority]
    ).fetchone()
    if row is None:
        return False
    subject = f"drill/{row['drill_id']}"
    audit.append(
        connection,
        at=now,
        username=scope.username,
        action="wall_to_live",
        subject=subject,
        detail={"authority_code": authority},
    )
    return True


def shown(connection: Connection, scope: Scope) -> dict[str, Any] | None:
    """Give the drill that walls of the scope's own jurisdiction show: id, name, since; None when they are live."""
    try:
        authority = own_division(connection, scope)
    except NotFoundError:
        return None
    row = connection.execute(
        "SELECT d.id, d.name, w.since FROM wall_drill w JOIN drill_simulation d ON d.id = w.drill_id WHERE w.authority_code = %s",
        [authority],
    ).fetchone()
    return None if row is None else dict(row)


def _require(scope: Scope) -> None:
    require_write(scope)
    if scope.role not in ROLES:
        raise RefusedError(
            "大屏只能由指挥中心（调度员或管理员）切换。 Only the command centre (a dispatcher or an administrator) switches the wall."
        )
