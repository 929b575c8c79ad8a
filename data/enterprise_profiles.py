"""Keep what an enterprise told beside its layer's columns: its industry class and its people, and what follows from them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from data import outbox
from data.scope import Connection, Scope
from layers.registration import PEOPLE

PEOPLE_COLUMNS = tuple(f"{role}_{part}" for role in PEOPLE for part in ("name", "mobile"))
_MOBILE = re.compile(r"1[3-9]\d{9}")


def read(connection: Connection, code: str) -> dict[str, Any] | None:
    """Read the industry class and the people of an enterprise that the scope may see; None where nothing was told."""
    row = connection.execute(
        f"SELECT industry_class, industry_branch, {', '.join(PEOPLE_COLUMNS)} FROM enterprise_profile WHERE enterprise_code = %s".encode(),
        [code],
    ).fetchone()
    return dict(row) if row else None


def write(connection: Connection, code: str, values: Mapping[str, Any]) -> None:
    """Write what of the values belongs here: people by their columns, and ``industry`` as ``class/branch``."""
    columns = {name: values[name] for name in PEOPLE_COLUMNS if name in values}
    if "industry" in values:
        columns["industry_class"], columns["industry_branch"] = values["industry"].split("/", 1)
    if not columns:
        return
    sets = ", ".join(f"{name} = excluded.{name}" for name in columns)
    connection.execute(
        f"INSERT INTO enterprise_profile (enterprise_code, {', '.join(columns)})"
        f" VALUES (%(code)s, {', '.join(f'%({name})s' for name in columns)}) ON CONFLICT (enterprise_code) DO UPDATE SET {sets}".encode(),
        {**columns, "code": code},
    )


def follow_accounts(
    connection: Connection, held: Mapping[str, Any], after: Mapping[str, Any], code: str, scope: Scope
) -> None:
    """Let the enterprise's unit and its accounts follow its code, its name and the mobile of its contact.

    Codes for signing in go to an account's mobile: where one of the unit's further accounts changes the contact, no account but its
    own follows, else it could enter as the one that made it.
    """
    if {"code", "name"} & set(after):
        connection.execute(
            "UPDATE unit SET code = %s, name = %s WHERE code = %s",
            [code, after.get("name", held["name"]), held["code"]],
        )
    if "name" in after:
        connection.execute(
            "UPDATE app_user SET display_name = %s WHERE unit_id = %s AND display_name = %s",
            [after["name"], held["owner_id"], held["name"]],
        )
    phone = after.get("contact_phone")
    if phone and _MOBILE.fullmatch(phone):
        connection.execute(
            "UPDATE app_user a SET mobile = %(phone)s WHERE a.unit_id = %(unit)s AND a.mobile = %(before)s AND (a.username = %(who)s"
            " OR NOT %(is_owner)s OR EXISTS (SELECT 1 FROM app_user m WHERE m.username = %(who)s AND m.unit_id = a.unit_id AND m.manages_unit))",
            {
                "phone": phone, "unit": held["owner_id"], "before": held["contact_phone"], "who": scope.username,
                "is_owner": scope.owner_id is not None,
            },
        )  # fmt: skip


def tell(connection: Connection, key: str, held: Mapping[str, Any], now: dt.datetime, body: str) -> None:
    """Send a message to the contact of an enterprise, where a mobile is named."""
    if held["contact_phone"] and _MOBILE.fullmatch(held["contact_phone"]):
        outbox.put(connection, key=key, recipient=held["contact_phone"], body=body, now=now)
