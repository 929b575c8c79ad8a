"""Administer accounts within an administrator's own ranges: find, add, change, switch off, set first passwords."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from data import audit, enterprise_rows, users
from data.errors import ConflictError, FormError, NotFoundError, RefusedError
from data.scope import Connection, code_range, everybody
from data.users import PERMISSIONS, User, UserError

#: Roles that belong to a unit, and of which kind; the others have a jurisdiction.
UNIT_ROLES = {"enterprise": "enterprise", "maintenance_company": "maintenance_company"}
STATES = ("active", "disabled", "locked")
_LOCK = 0x6F6D_0047
#: Accounts that lie within the ranges of the scope: all of their divisions, or their unit.
WITHIN = (
    "NOT EXISTS (SELECT 1 FROM unnest(u.jurisdiction) AS j WHERE NOT j <@ (SELECT house.scope_ranges()))"
    " AND (u.unit_id IS NULL OR n.division_code <@ (SELECT house.scope_ranges()))"
)
#: Of an account, as ``u`` with its unit ``n``.
SHOWN = (
    "u.id, u.username, u.display_name, u.role, u.jurisdiction, u.unit_id, n.name AS unit_name, n.code AS unit_code, u.mobile,"
    " u.is_active, u.locked_until, u.must_change_password, u.manages_unit, u.created_at,"
    " (SELECT max(s.created_at) FROM web_session s WHERE s.user_id = u.id) AS signed_in_at"
)
FROM = "FROM app_user u LEFT JOIN unit n ON n.id = u.unit_id"


@dataclass(frozen=True)
class AccountForm:
    """What an administrator says of an account.

    Attributes
    ----------
    jurisdiction : division codes, for roles without a unit
    unit_code : of the unit, for roles of one
    mobile : for codes when the password is forgotten, or None
    manages_unit : it keeps the other accounts of its unit
    """

    display_name: str
    role: str
    jurisdiction: tuple[str, ...] = ()
    unit_code: str | None = None
    mobile: str | None = None
    manages_unit: bool = False


def listed(
    connection: Connection, *, words: str | None = None, role: str | None = None, state: str | None = None,
    now: dt.datetime, limit: int = 50, offset: int = 0,
) -> tuple[list[dict[str, Any]], int]:  # fmt: skip
    """List the accounts within the ranges of the scope, by name: a page of them, and how many there are.

    Words are found in the user name, the display name, the unit's name, and at the beginning of a division's code.
    """
    literal = (words or "").replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    given = {
        "words": words, "pattern": f"%{literal}%", "begins": f"{literal}%", "role": role, "state": state, "now": now,
        "limit": limit, "offset": offset,
    }  # fmt: skip
    condition = (
        f"{WITHIN} AND (%(role)s::text IS NULL OR u.role = %(role)s)"
        " AND (%(words)s::text IS NULL OR u.username ILIKE %(pattern)s OR u.display_name ILIKE %(pattern)s OR n.name ILIKE %(pattern)s"
        " OR n.code ILIKE %(begins)s OR EXISTS (SELECT 1 FROM unnest(u.jurisdiction) AS j WHERE j LIKE %(begins)s))"
        " AND (%(state)s::text IS NULL OR %(state)s = CASE WHEN NOT u.is_active THEN 'disabled'"
        " WHEN u.locked_until > %(now)s THEN 'locked' ELSE 'active' END)"
    )
    rows = connection.execute(
        f"SELECT {SHOWN} {FROM} WHERE {condition} ORDER BY u.username LIMIT %(limit)s OFFSET %(offset)s".encode(),
        given,
    ).fetchall()
    total = connection.execute(f"SELECT count(*) AS n {FROM} WHERE {condition}".encode(), given).fetchone()
    return rows, int(total["n"]) if total else 0


def read(connection: Connection, user_id: int, *, locks: bool = False) -> dict[str, Any]:
    """Read one account within the ranges of the scope.

    Raises
    ------
    NotFoundError
        When there is none of that id within them.
    """
    row = connection.execute(
        f"SELECT {SHOWN} {FROM} WHERE u.id = %s AND {WITHIN}{' FOR UPDATE OF u' if locks else ''}".encode(),
        [user_id],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            "没有这个账号，或不归您管理。 There is no such account that is yours to administer."
        )
    return dict(row)


def add(
    connection: Connection, username: str, form: AccountForm, password: str, *, admin: User, now: dt.datetime
) -> int:
    """Add an account whose password holds for the first sign-in alone; its id.

    Raises
    ------
    FormError
        With every field at fault.
    """
    faults = sign_in_faults(username, password)
    codes, unit_id, more = _checked(connection, form)
    if faults or more:
        raise FormError((*faults, *more))
    try:
        with connection.transaction():
            number = users.add_hashed_user(
                connection, username=username, display_name=form.display_name, password_hash=users.hash_password(password),
                role=form.role, jurisdiction=codes, unit_id=unit_id, mobile=form.mobile, must_change=True,
                manages_unit=unit_id is not None and form.manages_unit, now=now,
            )  # fmt: skip
    except UserError as error:
        raise FormError((("username", str(error)),)) from error
    note(connection, "user_create", username, admin, now, role=form.role, jurisdiction=list(codes))
    return number


def change(connection: Connection, user_id: int, form: AccountForm, *, admin: User, now: dt.datetime) -> None:
    """Change an account; one whose role, jurisdiction or unit changes signs in anew.

    Raises
    ------
    NotFoundError, FormError
        When it is not within the administrator's ranges; with every field at fault.
    RefusedError
        When an administrator would change the own role or jurisdiction.
    ConflictError
        When no other administrator would be left for its jurisdiction.
    """
    _one_by_one(connection)
    row = read(connection, user_id, locks=True)
    codes, unit_id, faults = _checked(connection, form)
    if faults:
        raise FormError(tuple(faults))
    is_other = (row["role"], sorted(row["jurisdiction"]), row["unit_id"]) != (
        form.role,
        sorted(codes),
        unit_id,
    )
    if is_other and user_id == admin.id:
        raise RefusedError(
            "不能改自己的角色和辖区，请别的管理员来改。 You cannot change your own role or jurisdiction: another administrator does."
        )
    if is_other and row["role"] == "administrator":
        _leave_an_administrator(connection, user_id, stays=codes if form.role == "administrator" else ())
    connection.execute(
        "UPDATE app_user SET display_name = %s, role = %s, jurisdiction = %s, unit_id = %s, mobile = %s, manages_unit = %s WHERE id = %s",
        [
            form.display_name, form.role, list(codes), unit_id, form.mobile, unit_id is not None and form.manages_unit, user_id,
        ],
    )  # fmt: skip
    if is_other:
        _end_sessions(connection, user_id)
    note(
        connection, "user_change", row["username"], admin, now,
        role=[row["role"], form.role], jurisdiction=[list(row["jurisdiction"]), list(codes)],
    )  # fmt: skip


def set_active(
    connection: Connection, user_id: int, *, is_active: bool, admin: User, now: dt.datetime
) -> None:
    """Switch an account on or off; off ends its sessions at once.

    Raises
    ------
    NotFoundError, ConflictError
        As `change`.
    RefusedError
        When it is the administrator's own.
    """
    _one_by_one(connection)
    row = read(connection, user_id, locks=True)
    refuse_own(user_id, admin)
    if not is_active and row["role"] == "administrator" and row["is_active"]:
        _leave_an_administrator(connection, user_id)
    users.set_active(connection, user_id, is_active=is_active)
    note(connection, "user_enable" if is_active else "user_disable", row["username"], admin, now)


def set_password(
    connection: Connection, user_id: int, password: str, *, admin: User, now: dt.datetime
) -> None:
    """Set a new first password, which must be changed at the next sign-in; the account's sessions end.

    Raises
    ------
    NotFoundError, RefusedError
        As `set_active`.
    FormError
        When it is too weak.
    """
    row = read(connection, user_id, locks=True)
    refuse_own(user_id, admin)
    give_password(connection, user_id, password)
    note(connection, "user_password", row["username"], admin, now)


def unlock(connection: Connection, user_id: int, *, admin: User, now: dt.datetime) -> None:
    """End the lock of an account after wrong passwords.

    Raises
    ------
    NotFoundError
    """
    row = read(connection, user_id, locks=True)
    connection.execute(
        "UPDATE app_user SET failed_sign_ins = 0, locked_until = NULL WHERE id = %s", [user_id]
    )
    note(connection, "user_unlock", row["username"], admin, now)


def find_units(connection: Connection, role: str, words: str, *, limit: int = 12) -> list[dict[str, Any]]:
    """Find the units of a role within the ranges of the scope, by name or code; enterprises that have no unit yet among them."""
    literal = words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    kind = UNIT_ROLES.get(role)
    if kind is None or not words:
        return []
    return connection.execute(
        "SELECT code, name, EXISTS (SELECT 1 FROM app_user a WHERE a.unit_id = n.id) AS has_account FROM unit n"
        " WHERE kind = %(kind)s AND division_code <@ (SELECT house.scope_ranges()) AND (name ILIKE %(pattern)s OR code ILIKE %(begins)s)"
        " UNION ALL SELECT code, name, false FROM enterprise e WHERE %(kind)s = 'enterprise' AND owner_id IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM unit n WHERE n.code = e.code) AND authority_code <@ (SELECT house.scope_ranges())"
        " AND (name ILIKE %(pattern)s OR code ILIKE %(begins)s) ORDER BY name, code LIMIT %(limit)s",
        {"kind": kind, "pattern": f"%{literal}%", "begins": f"{literal}%", "limit": limit},
    ).fetchall()


def find_divisions(connection: Connection, words: str, *, limit: int = 12) -> list[dict[str, Any]]:
    """Find divisions of every level within the ranges of the scope, by name, pinyin, initials or code, the widest first."""
    literal = words.lower().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return connection.execute(
        "SELECT d.code, d.name, d.level, p.name AS parent_name FROM division d LEFT JOIN division p ON p.code = d.parent_code"
        " WHERE d.code <@ (SELECT house.scope_ranges()) AND (d.name LIKE %(begins)s OR d.pinyin LIKE %(begins)s"
        " OR d.initials LIKE %(begins)s OR d.code LIKE %(begins)s) ORDER BY d.name = %(words)s DESC, length(d.code), d.code LIMIT %(limit)s",
        {"begins": f"{literal}%", "words": words, "limit": limit},
    ).fetchall()


def sign_in_faults(username: str, password: str) -> list[tuple[str, str]]:
    """Say what is wrong with a user name and a first password, each with its field."""
    found = []
    for field, check, value in (
        ("username", users.check_username, username), ("password", users.check_password, password),
    ):  # fmt: skip
        try:
            check(value)
        except UserError as error:
            found.append((field, str(error)))
    return found


def _checked(
    connection: Connection, form: AccountForm
) -> tuple[tuple[str, ...], int | None, list[tuple[str, str]]]:
    """Hold a form against the store: the codes, the unit, and what is wrong."""
    if form.role not in PERMISSIONS:
        return (), None, [("role", f"没有角色“{form.role[:40]}”。 There is no role {form.role[:40]!r}.")]
    if form.role in UNIT_ROLES:
        unit_id = _unit(connection, form.role, form.unit_code or "")
        if unit_id is None:
            return (), None, [("unit_code", "请从检索结果里选择单位，且须在您的辖区内。 Choose the unit from what is found; it must lie in your jurisdiction.")]  # fmt: skip
        return (), unit_id, []
    codes = tuple(dict.fromkeys(form.jurisdiction))
    known = {
        row["code"]
        for row in connection.execute(
            "SELECT code FROM division WHERE code = ANY(%s) AND code <@ (SELECT house.scope_ranges())",
            [list(codes)],
        )
    }
    if not codes:
        return codes, None, [("jurisdiction", "请至少选择一个辖区。 Choose at least one division.")]
    lacking = [code for code in codes if code not in known]
    if lacking:
        listed_codes = "、".join(code[:12] for code in lacking[:5])
        return codes, None, [("jurisdiction", f"辖区 {listed_codes} 不存在，或不在您的辖区内。 The divisions {listed_codes} do not exist or lie outside your jurisdiction.")]  # fmt: skip
    return codes, None, []


def _unit(connection: Connection, role: str, code: str) -> int | None:
    """Find the unit of a role within the ranges; an enterprise that has none yet gets its unit, and its rows follow."""
    row = connection.execute(
        "SELECT id FROM unit WHERE code = %s AND kind = %s AND division_code <@ (SELECT house.scope_ranges())",
        [code, UNIT_ROLES[role]],
    ).fetchone()
    if row is not None:
        return int(row["id"])
    if role != "enterprise":
        return None
    standing = connection.execute(
        "SELECT id, code, name, division_code FROM enterprise WHERE code = %s AND owner_id IS NULL"
        " AND authority_code <@ (SELECT house.scope_ranges()) FOR UPDATE",
        [code],
    ).fetchone()
    if standing is None:
        return None
    with everybody(connection):
        made = connection.execute(
            "INSERT INTO unit (code, name, kind, division_code) VALUES (%s, %s, 'enterprise', %s)"
            " ON CONFLICT (code) DO NOTHING RETURNING id",
            [standing["code"], standing["name"], standing["division_code"]],
        ).fetchone()
        if made is None:
            return None
        connection.execute("UPDATE enterprise SET owner_id = %s WHERE id = %s", [made["id"], standing["id"]])
        enterprise_rows.follow(connection, [code])
    return int(made["id"])


def _one_by_one(connection: Connection) -> None:
    """Let accounts be changed one after the other: two administrators who take each other away would wait for each other."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _leave_an_administrator(connection: Connection, user_id: int, *, stays: Iterable[str] = ()) -> None:
    """Refuse to take an administrator away, or part of its jurisdiction, where no other one answers for it."""
    rows = connection.execute(
        "SELECT id, jurisdiction FROM app_user WHERE role = 'administrator' AND is_active ORDER BY id FOR UPDATE"
    ).fetchall()
    theirs = [code for row in rows if row["id"] == user_id for code in row["jurisdiction"]]
    others = [code for row in rows if row["id"] != user_id for code in row["jurisdiction"]] + list(stays)
    lost = [code for code in theirs if not any(covers(other, code) for other in others)]
    if lost:
        raise ConflictError(
            f"辖区 {'、'.join(lost)} 就没有管理员了：请先设另一个管理员。 "
            f"No administrator would be left for {', '.join(lost)}: appoint another one first."
        )


def covers(wide: str, code: str) -> bool:
    """Say whether a division lies below another, or is the same."""
    low, high = code_range(wide)
    return low <= code_range(code)[0] < high


def refuse_own(user_id: int, user: User) -> None:
    """Refuse what nobody does to the own account.

    Raises
    ------
    RefusedError
    """
    if user_id == user.id:
        raise RefusedError(
            "不能停用自己的账号或重设自己的密码：在“我的账号”里改密码。 You cannot switch off your own account nor reset its password here: change it at My account."
        )


def give_password(connection: Connection, user_id: int, password: str) -> None:
    """Set a first password, which must be changed at the next sign-in, and end the sessions of the account.

    Raises
    ------
    FormError
        When it is too weak.
    """
    try:
        hashed = users.hash_password(password)
    except UserError as error:
        raise FormError((("password", str(error)),)) from error
    connection.execute(
        "UPDATE app_user SET password_hash = %s, must_change_password = true, failed_sign_ins = 0, locked_until = NULL WHERE id = %s",
        [hashed, user_id],
    )
    _end_sessions(connection, user_id)


def _end_sessions(connection: Connection, user_id: int) -> None:
    connection.execute("DELETE FROM web_session WHERE user_id = %s", [user_id])


def note(
    connection: Connection, action: str, username: str, by: User, now: dt.datetime, **detail: Any
) -> None:
    """Append what was done to an account to the audit."""
    audit.append(
        connection, at=now, username=by.username, action=action, subject=f"user/{username}", detail=detail
    )
