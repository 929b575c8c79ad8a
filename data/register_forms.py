"""Read what a person filled in for a register's row or record: every field at fault is named at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from data.errors import FormError
from data.loading.problems import CellError
from data.loading.values import parser_of
from data.scope import Connection, Scope
from layers.declaration import Field
from layers.register import Register
from layers.workflow import Party

#: What the store sets by itself.
PLACED = frozenset({"division_code", "authority_code"})


@dataclass(frozen=True)
class Actor:
    """Who keeps a row: the scope, on whose side, and when."""

    scope: Scope
    party: Party
    now: dt.datetime

    @property
    def username(self) -> str:
        """Give the name for events and audit."""
        return self.scope.username


def shown_fields(register: Register) -> tuple[Field, ...]:
    """Give the fields of a register's form, in the order of their declaration."""
    return tuple(f for f in register.form_fields if f.name not in PLACED)


def read_values(fields: Iterable[Field], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Read the fields that came; those that did not come are left out.

    Raises
    ------
    FormError
        With every field that cannot be read.
    """
    values: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    for f in fields:
        if f.name not in raw:
            continue
        given = raw[f.name]
        if isinstance(given, dict) or (isinstance(given, list) and f.type.value != "code_list"):
            faults.append((f.name, f"{f.words.zh}应是一个值。 {f.words.en} takes one value."))
            continue
        try:
            values[f.name] = parser_of(f)("、".join(map(str, given)) if isinstance(given, list) else given)
        except CellError as error:
            faults.append((f.name, _named(f, error.message)))
    if faults:
        raise FormError(tuple(faults))
    return values


def _named(f: Field, message: str) -> str:
    zh, _, en = message.partition("。 ")
    return f"{f.words.zh}：{zh}。 {f.words.en}: {en or zh}"


def require_values(fields: Iterable[Field], values: Mapping[str, Any]) -> None:
    """Refuse a row that lacks required fields.

    Raises
    ------
    FormError
    """
    faults = tuple(
        (f.name, f"必填：{f.words.zh}。 Required: {f.words.en}.")
        for f in fields
        if f.required and values.get(f.name) in (None, "", [])
    )
    if faults:
        raise FormError(faults)


def check_references(
    connection: Connection, fields: Iterable[Field], values: Mapping[str, Any], *, code: str | None = None,
    table: str,
) -> None:  # fmt: skip
    """Refuse codes that refer to nothing the scope may see, and unique values that another row has.

    Raises
    ------
    FormError
    """
    faults = []
    for f in fields:
        value = values.get(f.name)
        if value is None:
            continue
        listed = f.references or f.code_list
        if listed:
            row = connection.execute(
                f"SELECT 1 AS found FROM {listed} WHERE code = %s".encode(), [value]
            ).fetchone()
            if row is None:
                faults.append(
                    (f.name, f"没有编码为 {value} 的{f.words.zh}。 There is no {f.words.en.lower()} {value}.")
                )
        if f.unique and f.name != "code":
            row = connection.execute(
                f"SELECT code FROM {table} WHERE {f.name} = %s AND code IS DISTINCT FROM %s".encode(),
                [value, code],
            ).fetchone()
            if row is not None:
                faults.append(
                    (f.name, f"{f.words.zh}已属于 {row['code']}。 {f.words.en} belongs to {row['code']}.")
                )
    if faults:
        raise FormError(tuple(faults))
