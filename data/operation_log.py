"""Read the audit as a log: that of an enterprise's users, or all of it, the newest first, by words, action and day."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from data import accounts
from data.scope import Connection
from layers.display import LOCAL_ZONE

PAGE = 50


@dataclass(frozen=True)
class LogQuestion:
    """What is looked for in a log.

    Attributes
    ----------
    words : str
        Part of the user name, the name shown, or the subject.
    actions : tuple of str
        Actions that the words name: a line of one of them fits, too.
    action : str or None
    since, until : date or None
        Days in Beijing, both included.
    before : int or None
        Id of the line to go on from.
    """

    words: str = ""
    actions: tuple[str, ...] = ()
    action: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    before: int | None = None


#: Of lines, as ``a`` with their user ``u``.
_FITS = (
    " (%(before)s::bigint IS NULL OR a.id < %(before)s) AND (%(action)s::text IS NULL OR a.action = %(action)s)"
    " AND (%(words)s::text IS NULL OR a.username ILIKE %(words)s OR u.display_name ILIKE %(words)s OR a.subject ILIKE %(words)s"
    "  OR a.action = ANY(%(actions)s))"
    " AND (%(since)s::timestamptz IS NULL OR a.at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR a.at < %(until)s)"
)


def _fitting(question: LogQuestion) -> dict[str, Any]:
    """Give what the condition binds for a question."""
    words = re.sub(r"([\\%_])", r"\\\1", question.words)
    return {
        "before": question.before,
        "action": question.action,
        "words": f"%{words}%" if words else None,
        "actions": list(question.actions),
        "since": _midnight(question.since),
        "until": _midnight(question.until + dt.timedelta(days=1)) if question.until else None,
    }


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time(), LOCAL_ZONE) if day else None


def of_all(
    connection: Connection, question: LogQuestion | None = None, *, limit: int, is_whole: bool = True
) -> list[dict[str, Any]]:
    """List the audit, the newest first; unless it `is_whole`, the lines of accounts within the ranges of the scope alone."""
    within = "true" if is_whole else f"u.id IS NOT NULL AND {accounts.WITHIN}"
    return list(
        connection.execute(
            "SELECT a.id, a.at, a.username, u.display_name, a.action, a.subject, a.detail FROM audit a"
            " LEFT JOIN app_user u ON u.username = a.username LEFT JOIN unit n ON n.id = u.unit_id"
            f" WHERE {_FITS} AND {within} ORDER BY a.id DESC LIMIT %(limit)s".encode(),
            {**_fitting(question or LogQuestion()), "limit": limit},
        )
    )


def of_unit(
    connection: Connection, unit_id: int, question: LogQuestion | None = None
) -> list[dict[str, Any]]:
    """List what the users of a unit did, a page at a time."""
    return connection.execute(
        "SELECT a.id, a.at, a.username, u.display_name, a.action, a.subject FROM audit a JOIN app_user u ON u.username = a.username"
        f" WHERE u.unit_id = %(unit)s AND {_FITS} ORDER BY a.id DESC LIMIT %(limit)s".encode(),
        {**_fitting(question or LogQuestion()), "unit": unit_id, "limit": PAGE},
    ).fetchall()
