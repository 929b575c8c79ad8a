"""Let what belongs to an enterprise follow its owner and its authority: its rows, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from data.scope import Connection, everybody
from data.tables import METADATA

KEEPER = "enterprise"
#: What row-level security looks at.
_SCOPED = frozenset({"owner_id", "authority_code"})
#: How a table names a row of any layer: its columns for the layer and the row, and the row's own column.
_LINKS = (("layer", "row_id", "id"), ("register", "row_code", "code"), ("layer", "code", "code"))


def tables() -> dict[str, str]:
    """Give the tables whose rows belong to an enterprise, each with the column that names it: whatever is declared to refer to one.

    >>> {"hidden_danger", "check_plan", "hazard_site", "transport_trip"} <= set(tables())
    True
    """
    return {
        table.name: column.name
        for table in METADATA.sorted_tables
        if set(table.c.keys()) >= _SCOPED
        for column in table.c
        if any(key.target_fullname == f"{KEEPER}.code" for key in column.foreign_keys)
    }


def companions() -> dict[str, tuple[str, str, str]]:
    """Give the tables that keep something of a row of any layer, such as its events, files, warnings and search terms.

    Returns
    -------
    dict
        By table, its columns that name the layer and the row, and the row's column that the latter is.

    >>> companions()["register_event"], companions()["warning"]
    (('register', 'row_code', 'code'), ('layer', 'row_id', 'id'))
    """
    return dict(_companions())


def follow(connection: Connection, codes: Sequence[str]) -> dict[str, int]:
    """Give the rows of enterprises the owner and the authority that their enterprise has now; how many changed, by table.

    The scope of the transaction need not see them, before or after. A row keeps its owner while its enterprise has none. Search
    terms, totals and versions of layers follow by the triggers of the tables.
    """
    if not codes:
        return {}
    wanted = sorted(set(codes))
    changed: dict[str, int] = {}
    with everybody(connection):
        standing = connection.execute("SELECT id FROM enterprise WHERE code = ANY(%s)", [wanted]).fetchall()
        _move_companions(connection, KEEPER, [row["id"] for row in standing])
        for table, column in tables().items():
            moved = connection.execute(
                f"UPDATE {table} t SET owner_id = COALESCE(e.owner_id, t.owner_id), authority_code = e.authority_code"
                f" FROM {KEEPER} e WHERE e.code = t.{column} AND e.code = ANY(%s)"
                " AND (t.owner_id, t.authority_code) IS DISTINCT FROM (COALESCE(e.owner_id, t.owner_id), e.authority_code)"
                " RETURNING t.id".encode(),
                [wanted],
            ).fetchall()
            if moved:
                changed[table] = len(moved)
                _move_companions(connection, table, [row["id"] for row in moved])
    return changed


def stranded(connection: Connection) -> list[str]:
    """List the enterprises with an owner that have rows of another owner or authority: left from before rows followed."""
    with everybody(connection):
        parts = " UNION ".join(
            f"SELECT e.code FROM {table} t JOIN {KEEPER} e ON e.code = t.{column} WHERE e.owner_id IS NOT NULL"
            " AND (t.owner_id, t.authority_code) IS DISTINCT FROM (e.owner_id, e.authority_code)"
            for table, column in tables().items()
        )
        return [row["code"] for row in connection.execute(f"{parts} ORDER BY 1".encode())]


def rename(connection: Connection, old: str, new: str) -> None:
    """Give an enterprise another code, and with it every row that names it; the scope must see them all.

    Raises
    ------
    psycopg.errors.UniqueViolation
        When the code is another's.
    """
    connection.execute("SET CONSTRAINTS ALL DEFERRED")
    connection.execute("UPDATE enterprise SET code = %s WHERE code = %s", [new, old])
    for table, column in _naming():
        connection.execute(f"UPDATE {table} SET {column} = %s WHERE {column} = %s".encode(), [new, old])
    for name, (layer, link, own) in companions().items():
        if (layer, own) == ("layer", "code"):
            connection.execute(
                f"UPDATE {name} SET {link} = %s WHERE {layer} = %s AND {link} = %s".encode(),
                [new, KEEPER, old],
            )
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _naming() -> list[tuple[str, str]]:
    """Give every table and column that refers to an enterprise by its code and does not follow it by itself."""
    return [
        (table.name, column.name)
        for table in METADATA.sorted_tables
        for column in table.c
        if any(k.target_fullname == f"{KEEPER}.code" and k.onupdate is None for k in column.foreign_keys)
    ]


def _companions() -> Iterator[tuple[str, tuple[str, str, str]]]:
    for table in METADATA.sorted_tables:
        names = set(table.c.keys())
        link = next((link for link in _LINKS if names >= _SCOPED | {link[0], link[1]}), None)
        if link is not None:
            yield table.name, link


def _move_companions(connection: Connection, table: str, ids: Sequence[int]) -> None:
    """Give what is kept of rows their owner and authority."""
    columns = METADATA.tables[table].c
    for name, (layer, link, own) in companions().items():
        if own not in columns:
            continue
        connection.execute(
            f"UPDATE {name} c SET owner_id = t.owner_id, authority_code = t.authority_code FROM {table} t"
            f" WHERE t.id = ANY(%s) AND c.{layer} = %s AND c.{link} = t.{own}"
            " AND (c.owner_id, c.authority_code) IS DISTINCT FROM (t.owner_id, t.authority_code)".encode(),
            [list(ids), table],
        )
