"""Let a unit's first account keep the unit's others: all of the same unit and role, and each can be switched off."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data import users
from data.accounts import FROM, SHOWN, UNIT_ROLES, give_password, note, refuse_own, sign_in_faults
from data.errors import ConflictError, FormError, NotFoundError, RefusedError
from data.scope import Connection
from data.users import User, UserError

MOST_OF_UNIT = 50


def listed(connection: Connection, manager: User) -> list[dict[str, Any]]:
    """List the accounts of the manager's unit, the oldest first.

    Raises
    ------
    RefusedError
        When the user does not keep the accounts of a unit.
    """
    return connection.execute(
        f"SELECT {SHOWN} {FROM} WHERE u.unit_id = %s ORDER BY u.id".encode(), [_managed(manager)]
    ).fetchall()


def add(
    connection: Connection, manager: User, username: str, display_name: str, mobile: str | None, password: str,
    *, now: dt.datetime,
) -> int:  # fmt: skip
    """Add an account of the manager's unit and role, whose password holds for the first sign-in alone; its id.

    Raises
    ------
    RefusedError, FormError, ConflictError
        When the user does not keep the accounts of a unit; with every field at fault; when the unit has as many as it may.
    """
    unit_id = _managed(manager)
    faults = sign_in_faults(username, password)
    if faults:
        raise FormError(tuple(faults))
    connection.execute("SELECT 1 FROM unit WHERE id = %s FOR UPDATE", [unit_id])
    if len(listed(connection, manager)) >= MOST_OF_UNIT:
        raise ConflictError(
            f"一个单位最多 {MOST_OF_UNIT} 个账号。 A unit has at most {MOST_OF_UNIT} accounts."
        )
    try:
        with connection.transaction():
            number = users.add_hashed_user(
                connection, username=username, display_name=display_name, password_hash=users.hash_password(password),
                role=manager.role, jurisdiction=[], unit_id=unit_id, mobile=mobile, must_change=True, now=now,
            )  # fmt: skip
    except UserError as error:
        raise FormError((("username", str(error)),)) from error
    note(connection, "user_create", username, manager, now)
    return number


def set_active(
    connection: Connection, user_id: int, *, is_active: bool, manager: User, now: dt.datetime
) -> None:
    """Switch an account of the manager's unit on or off.

    Raises
    ------
    RefusedError, NotFoundError
        When it is the manager's own, or the user keeps no unit's accounts; when it is none of the unit's.
    """
    row = _one_of_unit(connection, user_id, manager)
    users.set_active(connection, user_id, is_active=is_active)
    note(connection, "user_enable" if is_active else "user_disable", row["username"], manager, now)


def set_password(
    connection: Connection, user_id: int, password: str, *, manager: User, now: dt.datetime
) -> None:
    """Set a new first password of an account of the manager's unit.

    Raises
    ------
    RefusedError, NotFoundError, FormError
        As `set_active`; when the password is too weak.
    """
    row = _one_of_unit(connection, user_id, manager)
    give_password(connection, user_id, password)
    note(connection, "user_password", row["username"], manager, now)


def _managed(manager: User) -> int:
    if manager.unit_id is None or not manager.manages_unit or manager.role not in UNIT_ROLES:
        raise RefusedError(
            "只有本单位的主账号可以管理本单位的账号。 Only the unit's first account keeps the unit's others."
        )
    return manager.unit_id


def _one_of_unit(connection: Connection, user_id: int, manager: User) -> dict[str, Any]:
    unit_id = _managed(manager)
    row = connection.execute(
        "SELECT id, username FROM app_user WHERE id = %s AND unit_id = %s FOR UPDATE", [user_id, unit_id]
    ).fetchone()
    if row is None:
        raise NotFoundError("本单位没有这个账号。 Your unit has no such account.")
    refuse_own(user_id, manager)
    return dict(row)
