"""Let an enterprise or a maintenance company keep further accounts of its own, such as its safety officer's (L3, N9)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from data import unit_accounts as store
from data.errors import FilterError, FormError
from data.scope import Connection
from data.users import User
from web import account_questions as read
from web import company_questions as ask
from web import identity
from web.api.users import shown_account
from web.respond import json_response

blueprint = Blueprint("unit_accounts", __name__)


def _now() -> Any:
    return identity.settings().clock.now()


@blueprint.get("/api/unit/accounts")
def index() -> Any:
    """List the accounts of the user's unit; for the account that keeps them."""
    user = read.person()
    with identity.transaction() as connection:
        return json_response({"accounts": _shown(connection, user)})


@blueprint.post("/api/unit/accounts")
def add() -> Any:
    """Add an account of the same unit and role; its first password must be changed at the first sign-in. 201."""
    user, values = read.person(), ask.body()
    password, username = read.password(values), read.username(values)
    try:
        display_name, mobile = ask.line(values, "display_name", "姓名", most=80), read.mobile(values)
    except FilterError as error:
        field = "mobile" if values.get("display_name") else "display_name"
        raise FormError(((field, str(error)),)) from error
    with identity.transaction() as connection:
        store.add(connection, user, username, display_name, mobile, password, now=_now())
        return json_response({"accounts": _shown(connection, user)}, 201)


@blueprint.post("/api/unit/accounts/<int:user_id>/active")
def set_active(user_id: int) -> Any:
    """Switch an account of the unit on or off (`is_active`); off ends its sessions at once."""
    user, wanted = read.person(), read.active(ask.body())
    with identity.transaction() as connection:
        store.set_active(connection, user_id, is_active=wanted, manager=user, now=_now())
        return json_response({"accounts": _shown(connection, user)})


@blueprint.post("/api/unit/accounts/<int:user_id>/password")
def set_password(user_id: int) -> Any:
    """Set a new first `password` of an account of the unit."""
    user, password = read.person(), read.password(ask.body())
    with identity.transaction() as connection:
        store.set_password(connection, user_id, password, manager=user, now=_now())
        return json_response({"accounts": _shown(connection, user)})


def _shown(connection: Connection, user: User) -> list[dict[str, Any]]:
    return [shown_account(row, {}) for row in store.listed(connection, user)]
