"""Keep a maintenance company's rescue information, the gate that rests on it, and the counters of what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from data.errors import ConflictError, NotFoundError, RefusedError
from data.scope import SYSTEM, Connection, Scope, enter
from layers.declaration import Words
from layers.themes.elevator import COMPLETE_ADDRESS

GATE_WORDS = (
    "请先在“维保单位救援信息维护”中完善维保单位救援信息，才能使用其他功能。 "
    "Complete the company's rescue information first: nothing else opens before."
)
#: Part of an elevator's record that can be missing → its condition on e (elevator) and g (safety manager), and its words.
PROBLEMS: dict[str, tuple[str, Words]] = {
    "no_manager": ("g.mobile IS NULL", Words("物业安全管理员不全", "Safety manager or mobile missing")),
    "no_place_type": ("e.place_type IS NULL", Words("场所性质为空", "Place type missing")),
    "no_station": ("e.station_code IS NULL", Words("未绑定救援站", "Bound to no station")),
    "bad_address": (
        f"e.address IS NULL OR e.address !~ '{COMPLETE_ADDRESS}'",
        Words("地址不完整", "Address incomplete"),
    ),
}
#: Elevators with the safety manager of each; a company's in use are those of its unit.
ELEVATORS = (
    "elevator e LEFT JOIN elevator_safety_manager m ON m.elevator_code = e.code"
    " LEFT JOIN safety_manager g ON g.id = m.manager_id"
)
IN_USE = "e.owner_id = %(unit)s AND (e.valid_to IS NULL OR e.valid_to >= %(today)s)"


@dataclass(frozen=True)
class RescueInformation:
    """
    What the centre must know of a company to rescue with it (维保单位救援信息).

    Attributes
    ----------
    address : str
        Office.
    emergency_lead_name, emergency_lead_phone : str
        The company's overall lead (应急救援负责人) and mobile, who is told of elevators without a station.
    duty_phone : str
        Answered day and night.
    """

    address: str
    emergency_lead_name: str
    emergency_lead_phone: str
    duty_phone: str


def unit_of(scope: Scope) -> int:
    """Give the unit of a company's user.

    Raises
    ------
    RefusedError
        When the user belongs to no unit.
    """
    if scope.owner_id is None:
        raise RefusedError(
            "账号未关联维保单位，请联系管理员。 This account belongs to no maintenance company: ask your administrator."
        )
    return scope.owner_id


def read_information(connection: Connection, unit_id: int) -> dict[str, Any]:
    """Read a company's rescue information; version 0 and empty where nothing was saved yet.

    Raises
    ------
    NotFoundError
        When there is no such unit.
    """
    row = connection.execute(
        "SELECT u.name, u.code, COALESCE(c.version, 0) AS version, c.updated_at, c.address, c.emergency_lead_name,"
        " c.emergency_lead_phone, c.duty_phone FROM unit u LEFT JOIN maintenance_company c ON c.unit_id = u.id WHERE u.id = %s",
        [unit_id],
    ).fetchone()
    if row is None:
        raise NotFoundError("没有这个维保单位。 There is no such maintenance company.")
    missing = [n for n in RescueInformation.__dataclass_fields__ if not row[n]]
    return {**row, "missing": missing, "is_complete": not missing}


def require_complete(connection: Connection, unit_id: int) -> None:
    """Refuse while a company's rescue information is incomplete.

    Raises
    ------
    RefusedError
        With the manual's words.
    """
    if not read_information(connection, unit_id)["is_complete"]:
        raise RefusedError(GATE_WORDS)


def save_information(
    connection: Connection, unit_id: int, information: RescueInformation, *, version: int, now: dt.datetime
) -> dict[str, Any]:
    """Save a company's rescue information.

    Raises
    ------
    ConflictError
        When somebody else of the company has saved it meanwhile.
    """
    values = {**asdict(information), "unit": unit_id, "version": version, "now": now}
    written = connection.execute(
        "INSERT INTO maintenance_company AS c (unit_id, owner_id, authority_code, address, emergency_lead_name,"
        " emergency_lead_phone, duty_phone, updated_at) SELECT u.id, u.id, u.division_code, %(address)s, %(emergency_lead_name)s,"
        " %(emergency_lead_phone)s, %(duty_phone)s, %(now)s FROM unit u WHERE u.id = %(unit)s"
        " ON CONFLICT (unit_id) DO UPDATE SET address = excluded.address, emergency_lead_name = excluded.emergency_lead_name,"
        " emergency_lead_phone = excluded.emergency_lead_phone, duty_phone = excluded.duty_phone, updated_at = excluded.updated_at,"
        " version = c.version + 1 WHERE c.version = %(version)s RETURNING version",
        values,
    ).fetchone()
    if written is None:
        raise changed_meanwhile("维保单位救援信息", "The rescue information")
    return read_information(connection, unit_id)


def problem_counts(connection: Connection, unit_id: int, *, today: dt.date) -> dict[str, int]:
    """Count a company's elevators in use, and those with each part missing."""
    counted = ", ".join(f"count(*) FILTER (WHERE {sql}) AS {name}" for name, (sql, _) in PROBLEMS.items())
    row = connection.execute(
        f"SELECT count(*) AS elevators, {counted} FROM {ELEVATORS} WHERE {IN_USE}".encode(),
        {"unit": unit_id, "today": today},
    ).fetchone()
    return {name: int(n) for name, n in (row or {}).items()}


def changed_meanwhile(zh: str, en: str) -> ConflictError:
    """Make the error of a writer who has not seen what stands now."""
    return ConflictError(
        f"{zh}已在别处修改过，您的修改没有保存。请刷新后再改。 {en} was changed elsewhere meanwhile; nothing of yours was saved. Reload, then change it."
    )


@contextmanager
def whole_city(connection: Connection, scope: Scope) -> Iterator[None]:
    """Look at all jurisdictions for a moment: a station's orders may belong to other companies' elevators."""
    enter(connection, SYSTEM)
    try:
        yield
    finally:
        enter(connection, scope)
