"""Read a register's rows: a page of them, whether one may be changed, and the enterprise it belongs to."""

from __future__ import annotations

from typing import Any

from data.features import Query, order_by
from data.scope import Connection
from layers.declaration import Layer
from layers.register import Register


def page(
    connection: Connection, register: Register, condition: str, values: dict[str, Any], query: Query
) -> tuple[int, list[dict[str, Any]]]:
    """Count the rows of a condition and read one page of them, with division and enterprise by name.

    Raises
    ------
    FilterError
        When it cannot be sorted so.
    """
    layer = register.layer
    columns = ", ".join(f"t.{f.name}" for f in layer.all_fields)
    owner = register.owner_field
    enterprise = f"(SELECT e.name FROM enterprise e WHERE e.code = t.{owner})" if owner else "NULL"
    total = connection.execute(
        f"SELECT count(*) AS n FROM {layer.id} t WHERE {condition}".encode(), values
    ).fetchone()
    rows = connection.execute(
        f"SELECT t.id, {columns}, d.name AS division_name, {enterprise} AS enterprise_name FROM {layer.id} t"
        f" JOIN division d ON d.code = t.division_code WHERE {condition} ORDER BY {order_by(layer, query.sort or '-id')}"
        " LIMIT %(limit)s OFFSET %(offset)s".encode(),
        {**values, "limit": query.limit, "offset": query.offset},
    ).fetchall()
    return int(total["n"]) if total else 0, rows


def may_change(connection: Connection, register: Register | Layer, row_id: int) -> bool:
    """Say whether the scope of the transaction may change a row that it sees."""
    row = connection.execute(
        "SELECT (t.authority_code <@ (SELECT house.scope_ranges()) OR t.owner_id = (SELECT house.scope_owner())) AS may"
        f" FROM {register.id} t WHERE t.id = %s".encode(),
        [row_id],
    ).fetchone()
    return bool(row and row["may"])


def enterprise_of(connection: Connection, register: Register, row: dict[str, Any]) -> dict[str, Any] | None:
    """Give the enterprise a row belongs to: id, code, name; None where there is none to see."""
    if register.owner_field is None:
        return None
    found = connection.execute(
        "SELECT id, code, name FROM enterprise WHERE code = %s", [row[register.owner_field]]
    ).fetchone()
    return dict(found) if found else None
