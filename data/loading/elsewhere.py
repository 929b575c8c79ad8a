"""Find the rows that a scope may not take over by a file."""

from __future__ import annotations

from data.scope import SYSTEM, Connection, Scope, enter, written_ranges


def codes_elsewhere(connection: Connection, table: str, scope: Scope) -> frozenset[str]:
    """Give the codes of rows that stand outside a scope, which the transaction is in again afterwards."""
    enter(connection, SYSTEM)
    rows = connection.execute(
        f"SELECT code FROM {table} WHERE NOT authority_code <@ %s::house.code_multirange"
        " AND (owner_id IS NULL OR owner_id IS DISTINCT FROM %s)".encode(),
        [written_ranges(scope), scope.owner_id],
    ).fetchall()
    enter(connection, scope)
    return frozenset(row["code"] for row in rows)
