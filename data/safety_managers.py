"""Keep property safety managers (物业安全管理员) and which elevators each answers for (row S4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from data.errors import ConflictError, FilterError, NotFoundError
from data.maintenance import IN_USE, changed_meanwhile
from data.maintenance_elevators import MOST_AT_ONCE
from data.scope import Connection


def listed(connection: Connection, unit_id: int, *, words: str = "") -> list[dict[str, Any]]:
    """List a company's safety managers with their elevators counted; by part of the name, mobile or using-unit code."""
    return connection.execute(
        "SELECT g.id, g.name, g.mobile, g.unit_code, g.version, COALESCE(m.n, 0) AS elevator_count, u.unit_name"
        " FROM safety_manager g LEFT JOIN (SELECT manager_id, count(*) AS n FROM elevator_safety_manager GROUP BY 1) m"
        " ON m.manager_id = g.id LEFT JOIN (SELECT e.unit_code, min(e.unit_name) AS unit_name FROM elevator e"
        " WHERE e.owner_id = %(unit)s GROUP BY 1) u ON u.unit_code = g.unit_code WHERE g.owner_id = %(unit)s"
        " AND (%(words)s = '' OR strpos(g.name, %(words)s) > 0 OR strpos(g.mobile, %(words)s) > 0 OR g.unit_code = %(words)s)"
        " ORDER BY g.mobile IS NOT NULL, g.name, g.id",
        {"unit": unit_id, "words": words},
    ).fetchall()


def read(connection: Connection, unit_id: int, manager_id: int) -> dict[str, Any]:
    """Read one safety manager of a company.

    Raises
    ------
    NotFoundError
        When the company has none of that number.
    """
    row = connection.execute(
        "SELECT g.id, g.name, g.mobile, g.unit_code, g.version,"
        " (SELECT count(*) FROM elevator_safety_manager m WHERE m.manager_id = g.id) AS elevator_count"
        " FROM safety_manager g WHERE g.id = %s AND g.owner_id = %s",
        [manager_id, unit_id],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"本单位没有编号为 {manager_id} 的安全管理员。 Your company has no safety manager {manager_id}."
        )
    return dict(row)


def add(
    connection: Connection,
    unit_id: int,
    *,
    name: str,
    mobile: str | None,
    unit_code: str | None,
    now: dt.datetime,
) -> int:
    """Register a safety manager; the id.

    Raises
    ------
    ConflictError
        When the same person is registered for the same using unit already.
    """
    same = connection.execute(
        "SELECT id FROM safety_manager WHERE owner_id = %s AND name = %s AND mobile IS NOT DISTINCT FROM %s"
        " AND unit_code IS NOT DISTINCT FROM %s",
        [unit_id, name, mobile, unit_code],
    ).fetchone()
    if same is not None:
        raise ConflictError(
            f"安全管理员 {name} 已登记，请直接分配设备。 The safety manager {name} is registered already: assign elevators instead."
        )
    row = connection.execute(
        "INSERT INTO safety_manager (name, mobile, unit_code, authority_code, owner_id, updated_at)"
        " SELECT %s, %s, %s, u.division_code, u.id, %s FROM unit u WHERE u.id = %s RETURNING id",
        [name, mobile, unit_code, now, unit_id],
    ).fetchone()
    return int(row["id"]) if row else 0


def save(
    connection: Connection,
    unit_id: int,
    manager_id: int,
    *,
    name: str,
    mobile: str | None,
    unit_code: str | None,
    version: int,
    now: dt.datetime,
) -> None:
    """Change a safety manager.

    Raises
    ------
    NotFoundError, ConflictError
        When the company has none of that number, or somebody else has changed it meanwhile.
    """
    read(connection, unit_id, manager_id)
    done = connection.execute(
        "UPDATE safety_manager SET name = %s, mobile = %s, unit_code = %s, updated_at = %s, version = version + 1"
        " WHERE id = %s AND owner_id = %s AND version = %s",
        [name, mobile, unit_code, now, manager_id, unit_id, version],
    )
    if done.rowcount == 0:
        raise changed_meanwhile(f"安全管理员 {name}", f"The safety manager {name}")


def remove(connection: Connection, unit_id: int, manager_id: int) -> int:
    """Remove a safety manager; how many elevators are without one now.

    Raises
    ------
    NotFoundError
    """
    row = read(connection, unit_id, manager_id)
    connection.execute("DELETE FROM safety_manager WHERE id = %s", [manager_id])
    return int(row["elevator_count"])


def _lock(connection: Connection, unit_id: int, *, codes: Sequence[str] | None, unit_code: str | None, today: dt.date) -> list[str]:  # fmt: skip
    by = "e.code = ANY(%(codes)s)" if codes is not None else "e.unit_code = %(unit_code)s"
    rows = connection.execute(
        f"SELECT e.code FROM elevator e WHERE {IN_USE} AND {by} ORDER BY e.code FOR UPDATE".encode(),
        {"unit": unit_id, "today": today, "codes": list(codes or ()), "unit_code": unit_code},
    ).fetchall()
    return [r["code"] for r in rows]


def assign(
    connection: Connection,
    unit_id: int,
    manager_id: int,
    codes: Sequence[str],
    *,
    replaces: bool = False,
    today: dt.date,
) -> int:
    """Give elevators a safety manager; how many. Those with another one are refused unless it `replaces` them.

    Raises
    ------
    FilterError, NotFoundError
        When nothing is ticked, or an elevator or the manager is not the company's.
    ConflictError
        When one has another safety manager by now.
    """
    read(connection, unit_id, manager_id)
    wanted = sorted(set(codes))
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise FilterError(
            f"请勾选 1–{MOST_AT_ONCE} 台电梯，收到 {len(wanted)} 台。 Tick 1 to {MOST_AT_ONCE} elevators, got {len(wanted)}."
        )
    owned = _lock(connection, unit_id, codes=wanted, unit_code=None, today=today)
    missing = sorted(set(wanted) - set(owned))
    if missing:
        shown = "、".join(c[:40] for c in missing[:5])
        raise NotFoundError(
            f"本单位没有在用的电梯 {shown}。 Your company maintains no elevator in use of the code {shown}."
        )
    if not replaces:
        taken = connection.execute(
            "SELECT m.elevator_code FROM elevator_safety_manager m JOIN safety_manager g ON g.id = m.manager_id"
            " WHERE m.elevator_code = ANY(%s) AND m.manager_id <> %s AND g.mobile IS NOT NULL ORDER BY 1",
            [owned, manager_id],
        ).fetchall()
        if taken:
            shown = "、".join(r["elevator_code"] for r in taken[:5])
            raise ConflictError(
                f"{len(taken)} 台电梯已有其他安全管理员（{shown}）。 "
                f"Of these elevators {len(taken)} have another safety manager by now ({shown})."
            )
    return _link(connection, owned, manager_id)


def assign_unit(
    connection: Connection, unit_id: int, manager_id: int, unit_code: str, *, today: dt.date
) -> int:
    """Give every elevator of a using unit that has no complete safety manager this one; how many.

    Raises
    ------
    NotFoundError
        When the manager is not the company's, or it maintains no elevator of that using unit.
    """
    read(connection, unit_id, manager_id)
    owned = _lock(connection, unit_id, codes=None, unit_code=unit_code, today=today)
    if not owned:
        raise NotFoundError(
            f"本单位没有使用单位代码为 {unit_code[:40]} 的电梯。 Your company maintains no elevator of the using unit {unit_code[:40]}."
        )
    complete = connection.execute(
        "SELECT m.elevator_code FROM elevator_safety_manager m JOIN safety_manager g ON g.id = m.manager_id"
        " WHERE m.elevator_code = ANY(%s) AND g.mobile IS NOT NULL",
        [owned],
    ).fetchall()
    return _link(connection, sorted(set(owned) - {r["elevator_code"] for r in complete}), manager_id)


def _link(connection: Connection, codes: Sequence[str], manager_id: int) -> int:
    done = connection.execute(
        "INSERT INTO elevator_safety_manager (elevator_code, manager_id) SELECT unnest(%s::text[]), %s"
        " ON CONFLICT (elevator_code) DO UPDATE SET manager_id = excluded.manager_id",
        [list(codes), manager_id],
    )
    return done.rowcount


def unassign(connection: Connection, unit_id: int, codes: Sequence[str], *, today: dt.date) -> int:
    """Take elevators' safety managers away; how many had one.

    Raises
    ------
    NotFoundError
        When an elevator is not the company's.
    """
    wanted = sorted(set(codes))
    owned = _lock(connection, unit_id, codes=wanted, unit_code=None, today=today)
    if set(wanted) != set(owned):
        raise NotFoundError("有电梯不属于本单位。 Not every elevator is your company's.")
    done = connection.execute("DELETE FROM elevator_safety_manager WHERE elevator_code = ANY(%s)", [owned])
    return done.rowcount


def contact_of(connection: Connection, elevator_code: str) -> tuple[str, str] | None:
    """Give name and mobile of an elevator's safety manager; None when nobody can be reached."""
    row = connection.execute(
        "SELECT g.name, g.mobile FROM elevator_safety_manager m JOIN safety_manager g ON g.id = m.manager_id"
        " WHERE m.elevator_code = %s AND g.mobile IS NOT NULL",
        [elevator_code],
    ).fetchone()
    return (row["name"], row["mobile"]) if row else None
