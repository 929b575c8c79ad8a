"""Keep the administrators' list of resource types: what a rescue team, an expert or supplies may be, more finely."""

from __future__ import annotations

from typing import Any

import psycopg

from data.errors import ConflictError, FormError, NotFoundError
from data.scope import Connection
from layers.declaration import Words
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
