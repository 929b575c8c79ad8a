"""Keep how far each role may go in each module: only what an administrator took away stands in the store."""

from __future__ import annotations

import datetime as dt

from data import audit
from data.accounts import covers
from data.divisions import city
from data.errors import FormError, RefusedError
from data.scope import Connection
from data.users import User
from layers.permission_modules import MODULES, ROLES, Level, find_module


def listed(connection: Connection) -> dict[tuple[str, str], Level]:
    """Give how far each role may go in each module, by (role, module)."""
    lowered = {
        (row["role"], row["module"]): Level(row["level"])
        for row in connection.execute("SELECT role, module, level FROM role_permission")
    }
    return {
        (role, module.id): min(lowered.get((role, module.id), Level.WRITE), module.most(role), key=lambda one: one.rank)
        for role in ROLES
        for module in MODULES
    }  # fmt: skip


def put(
    connection: Connection, role: str, module_id: str, level: str, *, admin: User, now: dt.datetime
) -> None:
    """Say how far a role may go in a module; as far as it can go at all is what stands without a word.

    Raises
    ------
    RefusedError
        When the administrator does not answer for the whole city, which the permissions of a role hold for.
    FormError
        When there is no such role, module or level, the role cannot go so far, or the module is kept for it.
    """
    home = city(connection)
    if home is not None and not any(covers(code, home.code) for code in admin.jurisdiction):
        raise RefusedError(
            "角色权限对全市有效，由全市的系统管理员设置。 Permissions of roles hold for the whole city: its administrators set them."
        )
    module = find_module(module_id)
    if module is None or role not in ROLES:
        raise FormError(
            (
                (
                    "module" if module is None else "role",
                    "没有这个模块或角色。 There is no such module or role.",
                ),
            )
        )
    if level not in {one.value for one in Level}:
        raise FormError((("level", "权限应为 none、read 或 write。 The level must be none, read or write."),))
    if role in module.kept_for:
        raise FormError(
            (
                (
                    "level",
                    f"“{module.words.zh}”的权限不能从系统管理员收回。 {module.words.en} cannot be taken from administrators.",
                ),
            )
        )
    if Level(level).rank > module.most(role).rank:
        raise FormError(
            (
                (
                    "level",
                    f"该角色在“{module.words.zh}”没有这么高的权限。 The role cannot go so far in {module.words.en}.",
                ),
            )
        )
    before = listed(connection)[role, module_id]
    if Level(level) is module.most(role):
        connection.execute("DELETE FROM role_permission WHERE role = %s AND module = %s", [role, module_id])
    else:
        connection.execute(
            "INSERT INTO role_permission (role, module, level, changed_at, changed_by) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (role, module) DO UPDATE SET level = excluded.level, changed_at = excluded.changed_at,"
            " changed_by = excluded.changed_by",
            [role, module_id, level, now, admin.username],
        )
    if before.value != level:
        audit.append(
            connection, at=now, username=admin.username, action="permission_set", subject=f"permission/{role}/{module_id}",
            detail={"level": [before.value, level]},
        )  # fmt: skip
