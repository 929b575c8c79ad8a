"""Keep the administrators' list of resource types: what a rescue team, an expert or supplies may be, more finely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from data.errors import ConflictError, FormError, LoadError, NotFoundError
from data.loading.rows import WRITTEN
from data.scope import Connection
from layers.declaration import Words
from layers.register import Register
from layers.registry import layer_by_id

#: The layers whose rows name a type.
_USERS = ("rescue_resource", "rescue_supply")
MOST = 500


def families() -> dict[str, Words]:
    """Give the kinds of resources under which types are listed, by value."""
    return {c.value: c.words for layer in _USERS for c in layer_by_id(layer).field("kind").choices}


def listed(connection: Connection) -> list[dict[str, Any]]:
    """List every type with how many rows name it, kind by kind."""
    used = " + ".join(f"(SELECT count(*) FROM {name} r WHERE r.type_name = t.code)" for name in _USERS)
    return list(
        connection.execute(
            f"SELECT t.code, t.family, t.is_offered, {used} AS used FROM resource_type t ORDER BY {_ORDER}".encode(),
            [list(families())],
        )
    )


_ORDER = "array_position(%s::text[], t.family), t.position, t.code"


def offered(connection: Connection, layer_id: str) -> list[dict[str, Any]]:
    """List the types that a new row of a layer may name, kind by kind."""
    own = [c.value for c in layer_by_id(layer_id).field("kind").choices]
    return list(
        connection.execute(
            f"SELECT t.code, t.family FROM resource_type t WHERE t.is_offered AND t.family = ANY(%s) ORDER BY {_ORDER}".encode(),
            [own, own],
        )
    )


def add(connection: Connection, name: str, family: str) -> None:
    """Add a type.

    Raises
    ------
    FormError
        When it has no name, a name too long or one that is there, or no known kind.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= 40:
        raise FormError((("name", "类型名称应为 1–40 个字。 A name of 1 to 40 characters was expected."),))
    if family not in families():
        raise FormError((("family", "请选择资源类型。 Choose the kind of resource."),))
    total = connection.execute("SELECT count(*) AS n FROM resource_type").fetchone()
    if total is not None and total["n"] >= MOST:
        raise FormError((("name", f"最多 {MOST} 个类型。 There are at most {MOST} types."),))
    done = connection.execute(
        "INSERT INTO resource_type (code, family, position) SELECT %s, %s, COALESCE(max(position), 0) + 10"
        " FROM resource_type WHERE family = %s ON CONFLICT (code) DO NOTHING",
        [name, family, family],
    )
    if done.rowcount == 0:
        raise FormError((("name", f"类型“{name}”已经有了。 There is a type {name} already."),))


def set_offered(connection: Connection, name: str, *, is_offered: bool) -> None:
    """Offer a type for new rows, or no longer; rows that name it keep it.

    Raises
    ------
    NotFoundError
    """
    done = connection.execute("UPDATE resource_type SET is_offered = %s WHERE code = %s", [is_offered, name])
    if done.rowcount == 0:
        raise NotFoundError(f"没有类型“{name[:40]}”。 There is no type {name[:40]!r}.")


def remove(connection: Connection, name: str) -> None:
    """Remove a type that no row names.

    Raises
    ------
    NotFoundError
    ConflictError
        When rows name it.
    """
    try:
        done = connection.execute("DELETE FROM resource_type WHERE code = %s", [name])
    except psycopg.errors.ForeignKeyViolation as error:
        raise ConflictError(
            f"还有资源属于“{name}”，不能删除，可以停用。 Resources are of the type {name}: switch it off instead."
        ) from error
    if done.rowcount == 0:
        raise NotFoundError(f"没有类型“{name[:40]}”。 There is no type {name[:40]!r}.")


def require_fitting(
    connection: Connection, register: Register, row: Mapping[str, Any], before: Mapping[str, Any] | None
) -> None:
    """Refuse a type of another kind of resource, and one no longer offered that the row did not have before.

    Raises
    ------
    FormError
    """
    name = row.get("type_name")
    if register.id not in _USERS or name is None:
        return
    if before is not None and (before["type_name"], before["kind"]) == (name, row["kind"]):
        return
    found = connection.execute(
        "SELECT family, is_offered FROM resource_type WHERE code = %s", [name]
    ).fetchone()
    if found is None:
        return  # a code that refers to nothing is told with the others
    words = families()
    if found["family"] != row["kind"]:
        own = words[found["family"]]
        raise FormError((("type_name", f"“{name}”是“{own.zh}”的类型。 {name} is a type of {own.en}."),))
    if not found["is_offered"] and (before is None or before["type_name"] != name):
        raise FormError((("type_name", f"类型“{name}”已停用，请选别的。 The type {name} is no longer offered: choose another."),))  # fmt: skip


def require_fitting_rows(connection: Connection, register: Register) -> None:
    """Refuse what the last load wrote where a type does not fit, as `require_fitting` does of one row.

    Raises
    ------
    LoadError
        Naming the first rows.
    """
    if register.id not in _USERS:
        return
    wrong = connection.execute(
        f"SELECT t.code, t.type_name, y.family = t.kind AS fits FROM {register.id} t JOIN {WRITTEN} w USING (code)"
        " JOIN resource_type y ON y.code = t.type_name WHERE y.family <> t.kind OR (w.is_new AND NOT y.is_offered) ORDER BY t.code".encode()
    ).fetchall()
    if wrong:
        told = [
            (r["code"], r["type_name"], ("已停用", "no longer offered") if r["fits"] else ("属于别的类别", "of another kind"))
            for r in wrong[:10]
        ]  # fmt: skip
        raise LoadError(
            f"没有装载任何内容。{len(wrong)} 条记录的细分类型不对：{'、'.join(f'{c} {n}（{why[0]}）' for c, n, why in told)}。 "
            f"Nothing was loaded. The types of {len(wrong)} rows do not fit: {', '.join(f'{c} {n} ({why[1]})' for c, n, why in told)}."
        )
