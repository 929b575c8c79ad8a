"""Let people through to the registers: an enterprise keeps its own rows, an authority those of its jurisdiction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flask import current_app

from data.errors import RefusedError
from data.register_forms import Actor
from data.scope import Connection, Scope
from layers.registry import find_register
from layers.workflow import Party
from web import identity
from web.menu import MenuEntry

ROLES = frozenset({"administrator", "regulator", "dispatcher", "enterprise"})
MENU_ENTRY = MenuEntry("/registers", "台账", "Registers", order=25, roles=ROLES)


def register_scope() -> Scope:
    """Give the scope in which registers are kept: an enterprise writes and reads its own rows in full.

    Raises
    ------
    RefusedError
        When the role has no registers.
    """
    user = identity.require_user()
    if user.role not in ROLES:
        raise RefusedError("您的账号没有台账。 Your account keeps no registers.")
    if not user.may("declare"):
        return identity.scope()
    return replace(user.scope(), may_write=not identity.only_reads(), sees_sensitive=True)


def register_page(layer_id: str, row_id: int) -> str | None:
    """Give the address of a row's own page; None for a layer that has none, or a user who keeps no registers."""
    if identity.require_user().role not in ROLES:
        return None
    pages: dict[str, str] = current_app.extensions["feature_pages"]
    if layer_id in pages:
        return pages[layer_id].format(id=row_id)
    if find_register(layer_id) is None:
        return None
    return f"/registers/{layer_id}/{row_id}"


def require_keeper() -> None:
    """Before each request: refuse everybody who has no registers, whatever was sent.

    Raises
    ------
    RefusedError
    """
    register_scope()


@contextmanager
def register_request() -> Iterator[tuple[Connection, Actor]]:
    """Open the request's transaction and say who acts on whose side.

    Raises
    ------
    RefusedError
    """
    scope = register_scope()
    party = Party.OWNER if scope.owner_id is not None else Party.AUTHORITY
    with identity.store().transaction(scope) as connection:
        yield connection, Actor(scope, party, identity.settings().clock.now())
