"""Let people through to drills and rescue decisions: an authority's within its jurisdiction, an enterprise's of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from data.scope import Connection, Scope
from web import identity
from web.register_access import register_scope

#: Who finds drills and decisions in the menu.
ROLES = frozenset({"dispatcher", "administrator", "regulator", "enterprise"})


def studio_scope() -> Scope:
    """Give the scope in which drills and decisions are made: an enterprise keeps its own, as it keeps its registers.

    Raises
    ------
    NotSignedInError
    """
    return register_scope() if identity.require_user().may("declare") else identity.scope()


@contextmanager
def studio_transaction() -> Iterator[Connection]:
    """Open the request's transaction under that scope."""
    with identity.store().transaction(studio_scope()) as connection:
        yield connection
