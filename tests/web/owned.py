"""Scopes of the enterprises that own something, for probes of what is kept with an owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from data.scope import SYSTEM, Connection, Scope, enter
from tests.web.probe import Seen, _prefix

#: Of so many others each user asks as well.
OTHERS = 3


def owners(connection: Connection) -> list[dict[str, Any]]:
    """Every unit with a located enterprise, with the authority of one of them and where it is."""
    rows = connection.execute(
        "SELECT DISTINCT ON (owner_id) owner_id, authority_code, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise"
        " WHERE owner_id IS NOT NULL AND geom IS NOT NULL ORDER BY owner_id, authority_code"
    ).fetchall()
    return [dict(row) for row in rows]


def own_scope(owner: dict[str, Any]) -> Scope:
    """The scope of an owner's account."""
    return Scope(f"unit-{owner['owner_id']}", "enterprise", (), owner["owner_id"], may_write=True)


@contextmanager
def entered(connection: Connection, scope: Scope) -> Iterator[None]:
    """Go on under a scope, then with everything again."""
    enter(connection, scope)
    yield
    enter(connection, SYSTEM)


def is_seen(authority: str, owner_id: int | None, seen: Seen) -> bool:
    """Say by the plain rule whether a user may see what an authority and an owner have."""
    if owner_id is not None and seen.user["owner_id"] == owner_id:
        return True
    return any(authority.startswith(_prefix(code)) for code in seen.user["codes"])


def asked_of(kept: dict[str, tuple[str, int]], seen: Seen) -> dict[str, bool]:
    """Give what a user asks for of what owners keep, the user's own and some others', and whether it is to be seen."""
    mine = [key for key, (_, owner_id) in kept.items() if owner_id == seen.user["owner_id"]]
    return {key: is_seen(*kept[key], seen) for key in (*mine, *list(kept)[:OTHERS])}
