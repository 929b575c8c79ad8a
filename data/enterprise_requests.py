"""Read the changes of enterprises: the history of one, and the queue of requests that its authority reviews."""

from __future__ import annotations

from typing import Any

from data.errors import NotFoundError
from data.scope import Connection
from layers.enterprise_change import ChangeState

#: Of a change, as ``c``.
COLUMNS = (
    "c.id, c.enterprise_code, c.state, c.by_owner, c.asked_at, c.asked_by, c.note, c.before, c.after, c.decided_at, c.decided_by,"
    " c.reason"
)
_OF_ENTERPRISE = (
    ", e.id AS enterprise_id, e.name AS enterprise_name, a.name AS authority_name"
    " FROM enterprise_change c JOIN enterprise e ON e.code = c.enterprise_code JOIN division a ON a.code = c.authority_code"
)
#: Only what an enterprise asks is reviewed; what it changes at once and what an authority changes is history alone.
_REVIEWED = "c.by_owner AND (c.state IN ('waiting', 'returned') OR (c.state = 'applied' AND c.decided_at <> c.asked_at))"
_FOUND = "(%(words)s::text IS NULL OR e.name ILIKE %(pattern)s OR e.code ILIKE %(pattern)s)"
REVIEWED_STATES = (ChangeState.WAITING, ChangeState.RETURNED, ChangeState.APPLIED)


def history(connection: Connection, code: str, *, limit: int = 200) -> list[dict[str, Any]]:
    """List the changes of an enterprise, the newest first, those that wait or came to nothing among them."""
    return connection.execute(
        f"SELECT {COLUMNS} FROM enterprise_change c WHERE c.enterprise_code = %s ORDER BY c.id DESC LIMIT %s".encode(),
        [code, limit],
    ).fetchall()


def counts(connection: Connection, words: str | None = None) -> dict[str, int]:
    """Count the requests of the scope by state, all or those that words find."""
    rows = connection.execute(
        f"SELECT c.state, count(*) AS n FROM enterprise_change c JOIN enterprise e ON e.code = c.enterprise_code"
        f" WHERE {_REVIEWED} AND {_FOUND} GROUP BY c.state".encode(),
        _asked(words),
    )
    return {state.value: 0 for state in REVIEWED_STATES} | {row["state"]: int(row["n"]) for row in rows}


def queue(
    connection: Connection, state: ChangeState, *, words: str | None = None, limit: int, offset: int
) -> list[dict[str, Any]]:
    """List the requests of the scope in one state: those that wait, the oldest first; decided ones, the newest."""
    order = "c.asked_at, c.id" if state is ChangeState.WAITING else "c.decided_at DESC, c.id DESC"
    return connection.execute(
        f"SELECT {COLUMNS}{_OF_ENTERPRISE} WHERE {_REVIEWED} AND c.state = %(state)s AND {_FOUND} ORDER BY {order}"
        " LIMIT %(limit)s OFFSET %(offset)s".encode(),
        {**_asked(words), "state": state.value, "limit": limit, "offset": offset},
    ).fetchall()


def read(connection: Connection, number: int) -> dict[str, Any]:
    """Read one request with its enterprise.

    Raises
    ------
    NotFoundError
        When there is none of that number that the scope may see.
    """
    row = connection.execute(
        f"SELECT {COLUMNS}{_OF_ENTERPRISE} WHERE {_REVIEWED} AND c.id = %s".encode(), [number]
    ).fetchone()
    if row is None:
        raise no_request(number)
    return dict(row)


def _asked(words: str | None) -> dict[str, Any]:
    literal = (words or "").replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return {"words": words, "pattern": f"%{literal}%"}


def no_request(number: int) -> NotFoundError:
    """Say that there is no request of that number that the scope may see."""
    return NotFoundError(
        f"没有编号为 {number} 的变更申请，或不归您处理。 There is no request {number} that is yours to settle."
    )
