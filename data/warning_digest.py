"""Send each who wants it one message a day about the warnings that are open in their jurisdiction (row L10)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace

from data import outbox, users, warnings
from data.errors import FormError
from data.scope import SYSTEM, Connection, enter
from layers.display import LOCAL_ZONE

_PHONE = re.compile(r"[0-9+() -]{5,24}")
_LEVELS = {"1": "红", "2": "橙", "3": "黄", "4": "蓝"}


@dataclass(frozen=True)
class Digest:
    """By which telephone and from which hour of the day (Beijing time) a user wants the digest."""

    phone: str
    at_hour: int


def of_user(connection: Connection, user_id: int) -> Digest | None:
    """Give what a user has asked for; None for nothing."""
    row = connection.execute(
        "SELECT phone, at_hour FROM warning_digest WHERE user_id = %s", [user_id]
    ).fetchone()
    return Digest(row["phone"], int(row["at_hour"])) if row else None


def ask(connection: Connection, user_id: int, *, phone: str, at_hour: str) -> Digest:
    """Keep that a user wants the digest.

    Raises
    ------
    FormError
        When the telephone number or the hour is none.
    """
    faults = []
    phone = phone.strip()
    if not _PHONE.fullmatch(phone) or sum(c.isdigit() for c in phone) < 5:
        faults.append(("phone", "电话号码只能有数字、空格、+、- 和括号，5–24 位。 A telephone number has 5 to 24 digits, spaces, +, - and brackets."))  # fmt: skip
    if not at_hour.isascii() or not at_hour.isdigit() or int(at_hour) > 23:
        faults.append(("at_hour", "时刻应为 0–23 的整点。 The hour is a whole number from 0 to 23."))
    if faults:
        raise FormError(tuple(faults))
    connection.execute(
        "INSERT INTO warning_digest (user_id, phone, at_hour) VALUES (%(user)s, %(phone)s, %(hour)s)"
        " ON CONFLICT (user_id) DO UPDATE SET phone = excluded.phone, at_hour = excluded.at_hour",
        {"user": user_id, "phone": phone, "hour": int(at_hour)},
    )
    return Digest(phone, int(at_hour))


def stop(connection: Connection, user_id: int) -> None:
    """Keep that a user wants no digest any more."""
    connection.execute("DELETE FROM warning_digest WHERE user_id = %s", [user_id])


def send_due(connection: Connection, *, now: dt.datetime) -> int:
    """Write the digests that are due to the outbox, each user's one a day; how many.

    Each is counted under its user's own scope. A day without an open warning has none; a worker that was down at the hour
    sends it when it is back, on that day.
    """
    local = now.astimezone(LOCAL_ZONE)
    enter(connection, SYSTEM)
    due = connection.execute(
        "SELECT g.user_id, g.phone, u.username FROM warning_digest g JOIN app_user u ON u.id = g.user_id"
        " WHERE u.is_active AND g.at_hour <= %(hour)s AND (g.last_day IS NULL OR g.last_day < %(day)s)"
        " ORDER BY g.user_id FOR UPDATE OF g SKIP LOCKED",
        {"hour": local.hour, "day": local.date()},
    ).fetchall()
    sent = 0
    for row in due:
        connection.execute(
            "UPDATE warning_digest SET last_day = %s WHERE user_id = %s", [local.date(), row["user_id"]]
        )
        user = users.find_user(connection, row["username"])
        enter(connection, user.scope())
        body = message(connection, now=now, closed=warnings.closed_to(user))
        enter(connection, SYSTEM)
        key = f"digest:{row['user_id']}:{local:%Y-%m-%d}"
        if body is not None and outbox.put(connection, key=key, recipient=row["phone"], body=body, now=now):
            sent += 1
    return sent


def message(
    connection: Connection, *, now: dt.datetime, closed: warnings.Closed = warnings.NOTHING
) -> str | None:
    """Write the digest of what the scope may see, but for what is closed to its role; None when no warning is open."""
    open_ones = warnings.Asked(closed=closed)
    found = warnings.split(connection, open_ones, "level")
    if not found:
        return None
    since = now - dt.timedelta(days=1)
    new = warnings.counts(connection, replace(open_ones, raised=(since, now + dt.timedelta(days=1))))["open"]
    levels = "、".join(f"{_LEVELS[level]} {found[level]}" for level in sorted(found))
    return f"【一张图】截至{now.astimezone(LOCAL_ZONE):%m月%d日 %H:%M}，辖区内未处理预警 {sum(found.values())} 条（{levels}），其中近 24 小时新增 {new} 条。"
