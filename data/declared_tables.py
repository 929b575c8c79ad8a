"""Bring the tables of declared registers to their declarations: a new register or field needs no migration.

Only what adds is done by itself: tables, columns, indexes, wider checks. Nothing is ever dropped or retyped: a column whose field has
left the declaration stays with its values, and what cannot be brought up is refused with what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable, sort_tables

from data.errors import DeclarationDriftError
from data.migrations import steps
from data.tables import METADATA
from data.tables.registers import records_table_name
from layers.registry import all_registers

_LOCK = 7_205_512
# SQLAlchemy gives dialects no types.
_DIALECT: Any = postgresql.dialect()  # type: ignore[no-untyped-call]


def pending(connection: psycopg.Connection[Any]) -> list[str]:
    """Name the tables of registers, and their columns, that the database does not have yet."""
    found = []
    for name, _ in _declared():
        columns = _columns(connection, name)
        if not columns:
            found.append(name)
        else:
            found += [f"{name}.{c.name}" for c in METADATA.tables[name].columns if c.name not in columns]
    return found


def bring_up(connection: psycopg.Connection[Any]) -> list[str]:
    """Create what is missing, in the connection's transaction; say what was done.

    Raises
    ------
    DeclarationDriftError
        When a column has another type, a new required field meets rows, or rows break a check that is narrower now.
    """
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    # New tables first, those that others refer to before these: a new field may refer to a new register.
    secured = dict(_declared())
    missing = [METADATA.tables[name] for name in secured if not _columns(connection, name)]
    done = [table.name for table in sort_tables(missing)]
    for name in done:
        _create(connection, METADATA.tables[name], secured[name])
    for name in secured:
        if name in done:
            continue
        table = METADATA.tables[name]
        done += _add_columns(connection, table)
        done += _renew_checks(connection, table)
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            _run(connection, str(CreateIndex(index, if_not_exists=True).compile(dialect=_DIALECT)))
    for index in sorted(METADATA.tables["search_entry"].indexes, key=lambda i: str(i.name)):
        _run(connection, str(CreateIndex(index, if_not_exists=True).compile(dialect=_DIALECT)))
    return done


def _declared() -> Iterator[tuple[str, list[str]]]:
    """Give each table with the statements that secure it."""
    for register in all_registers():
        layer = register.layer
        yield layer.id, steps.secure_located(layer.id, layer.symbol_field)
        for records in register.records:
            name = records_table_name(register, records)
            yield name, steps.secure_child(name, layer.id, "row_code")


def _columns(connection: psycopg.Connection[Any], table: str) -> dict[str, str]:
    rows = connection.execute(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a"
        " WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped",
        [table],
    ).fetchall()
    return dict(_tuples(rows))


def _tuples(rows: list[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) if isinstance(row, dict) else tuple(row) for row in rows]


def _run(connection: psycopg.Connection[Any], statement: str) -> None:
    connection.execute(statement.encode())


def _create(connection: psycopg.Connection[Any], table: sa.Table, secured: list[str]) -> None:
    _run(connection, str(CreateTable(table).compile(dialect=_DIALECT)))
    for index in sorted(table.indexes, key=lambda i: str(i.name)):
        _run(connection, str(CreateIndex(index).compile(dialect=_DIALECT)))
    for statement in secured:
        _run(connection, statement)


def _add_columns(connection: psycopg.Connection[Any], table: sa.Table) -> list[str]:
    present = _columns(connection, table.name)
    done = []
    for column in table.columns:
        if column.name not in present:
            _add_column(connection, table, column)
            for key in column.foreign_keys:
                _run(
                    connection,
                    f"ALTER TABLE {table.name} ADD CONSTRAINT {table.name}_{column.name}_fkey FOREIGN KEY ({column.name})"
                    f" REFERENCES {key.column.table.name} ({key.column.name}){' DEFERRABLE' if key.deferrable else ''}",
                )
            for index in table.indexes:
                if column.name in {c.name for c in index.columns}:
                    _run(connection, str(CreateIndex(index, if_not_exists=True).compile(dialect=_DIALECT)))
            done.append(f"{table.name}.{column.name}")
            continue
        declared = str(column.type.compile(dialect=_DIALECT)).lower()
        if _same(declared) != _same(present[column.name]):
            raise DeclarationDriftError(
                f"{table.name}.{column.name} 在库中是 {present[column.name]}，声明是 {declared}：换个字段名，或写一个迁移。 "
                f"The column {table.name}.{column.name} is {present[column.name]}, declared as {declared}: "
                "take another name for the field, or write a migration."
            )
    return done


def _add_column(connection: psycopg.Connection[Any], table: sa.Table, column: sa.Column[Any]) -> None:
    try:
        with connection.transaction():
            _run(
                connection,
                f"ALTER TABLE {table.name} ADD COLUMN {CreateColumn(column).compile(dialect=_DIALECT)}",
            )
    except psycopg.errors.NotNullViolation as error:
        raise DeclarationDriftError(
            f"{table.name} 已有数据，新字段 {column.name} 不能是必填：先声明为选填，补齐后再改为必填。 "
            f"The table {table.name} has rows: a new field {column.name} cannot be required before they are filled in."
        ) from error


_SAME = {
    "double precision": "float8",
    "float": "float8",
    "timestamp with time zone": "timestamptz",
    "bigint": "int8",
}


def _same(kind: str) -> str:
    plain = kind.lower().split(" collate")[0].replace('"', "").replace(" ", "")
    return _SAME.get(kind.lower().split(" collate")[0], plain).replace(" ", "")


def _renew_checks(connection: psycopg.Connection[Any], table: sa.Table) -> list[str]:
    """Put the declared checks where they differ; a check is told by the comment that carries its declaration."""
    rows = connection.execute(
        "SELECT conname, obj_description(oid, 'pg_constraint') FROM pg_constraint"
        " WHERE conrelid = to_regclass(%s) AND contype = 'c'",
        [table.name],
    ).fetchall()
    present = dict(_tuples(rows))
    done = []
    for check in table.constraints:
        if not isinstance(check, sa.CheckConstraint) or check.name is None:
            continue
        name, condition = str(check.name), str(check.sqltext)
        if present.get(name, "") == condition:
            continue
        if name in present and present[name] is None and _normal(connection, table.name, name, condition):
            _comment(connection, table.name, name, condition)
            continue
        try:
            with connection.transaction():
                _run(connection, f"ALTER TABLE {table.name} DROP CONSTRAINT IF EXISTS {name}")
                _run(connection, f"ALTER TABLE {table.name} ADD CONSTRAINT {name} CHECK ({condition})")
                _comment(connection, table.name, name, condition)
        except psycopg.errors.CheckViolation as error:
            raise DeclarationDriftError(
                f"{table.name} 里有不符合新规则 {condition} 的数据，请先更正。 "
                f"Rows of {table.name} break the new rule {condition}: correct them first."
            ) from error
        done.append(name)
    return done


def _normal(connection: psycopg.Connection[Any], table: str, name: str, condition: str) -> bool:
    """Say whether a constraint without a comment means what is declared: PostgreSQL's own writing of both is compared."""
    with connection.transaction(force_rollback=True):
        trial = f"trial_{name}"[:60]
        _run(connection, f"ALTER TABLE {table} ADD CONSTRAINT {trial} CHECK ({condition}) NOT VALID")
        rows = connection.execute(
            "SELECT conname, pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conrelid = to_regclass(%s)"
            " AND conname = ANY(%s)",
            [table, [name, trial]],
        ).fetchall()
    return len({expression for _, expression in _tuples(rows)}) == 1


def _comment(connection: psycopg.Connection[Any], table: str, name: str, condition: str) -> None:
    text = condition.replace("'", "''")
    _run(connection, f"COMMENT ON CONSTRAINT {name} ON {table} IS '{text}'")
