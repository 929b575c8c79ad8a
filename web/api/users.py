"""Let administrators keep the accounts of their jurisdiction: find, add, change, switch off, first passwords, locks (N9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request

from data import accounts, divisions
from data.accounts import STATES, UNIT_ROLES
from data.errors import FilterError
from data.scope import Connection
from data.users import PERMISSIONS
from web import account_questions as read
from web import company_questions as ask
from web import identity
from web.api.layers import parse_int
from web.problems import in_language
from web.respond import json_response
from web.role_words import ROLE_WORDS

blueprint = Blueprint("users", __name__)
_PAGE = 50


def _now() -> Any:
    return identity.settings().clock.now()


@blueprint.get("/api/users")
def index() -> Any:
    """List the accounts of the administrator's jurisdiction: `q` finds some, `role` and `state` narrow the list."""
    read.administrator()
    role, state = request.args.get("role") or None, request.args.get("state") or None
    if role is not None and role not in PERMISSIONS:
        raise FilterError(f"没有角色“{role[:40]}”。 There is no role {role[:40]!r}.")
    if state is not None and state not in STATES:
        raise FilterError("state 应为 active、disabled 或 locked。 State must be active, disabled or locked.")
    page = parse_int("page", 1, low=1, high=100_000)
    with identity.transaction() as connection:
        rows, total = accounts.listed(
            connection, words=request.args.get("q", "").strip()[:60] or None, role=role, state=state, now=_now(),
            limit=_PAGE, offset=(page - 1) * _PAGE,
        )  # fmt: skip
        shown = _shown(connection, rows)
    return json_response({"rows": shown, "total": total, "page": page, "page_size": _PAGE, "roles": _roles()})


@blueprint.post("/api/users")
def add() -> Any:
    """Add an account; its first password must be changed at the first sign-in. 201."""
    admin, values = read.administrator(), ask.body()
    form, password = read.form(values), read.password(values)
    with identity.transaction() as connection:
        number = accounts.add(connection, read.username(values), form, password, admin=admin, now=_now())
        return json_response(_one(connection, number), 201)


@blueprint.get("/api/users/<int:user_id>")
def one(user_id: int) -> Any:
    """Give one account."""
    read.administrator()
    with identity.transaction() as connection:
        return json_response(_one(connection, user_id))


@blueprint.put("/api/users/<int:user_id>")
def change(user_id: int) -> Any:
    """Change the display name, role, jurisdiction or unit, mobile of an account."""
    admin, form = read.administrator(), read.form(ask.body())
    with identity.transaction() as connection:
        accounts.change(connection, user_id, form, admin=admin, now=_now())
        return json_response(_one(connection, user_id))


@blueprint.post("/api/users/<int:user_id>/active")
def set_active(user_id: int) -> Any:
    """Switch an account on or off (`is_active`); off ends its sessions at once."""
    admin, wanted = read.administrator(), read.active(ask.body())
    with identity.transaction() as connection:
        accounts.set_active(connection, user_id, is_active=wanted, admin=admin, now=_now())
        return json_response(_one(connection, user_id))


@blueprint.post("/api/users/<int:user_id>/password")
def set_password(user_id: int) -> Any:
    """Set a new first `password`, which must be changed at the next sign-in."""
    admin, password = read.administrator(), read.password(ask.body())
    with identity.transaction() as connection:
        accounts.set_password(connection, user_id, password, admin=admin, now=_now())
        return json_response(_one(connection, user_id))


@blueprint.post("/api/users/<int:user_id>/unlock")
def unlock(user_id: int) -> Any:
    """End the lock of an account after wrong passwords."""
    admin = read.administrator()
    with identity.transaction() as connection:
        accounts.unlock(connection, user_id, admin=admin, now=_now())
        return json_response(_one(connection, user_id))


@blueprint.get("/api/users/units")
def units() -> Any:
    """Find the units that an account of `role` may belong to, by name or code `q`."""
    read.administrator()
    with identity.transaction() as connection:
        found = accounts.find_units(
            connection, request.args.get("role", ""), request.args.get("q", "").strip()[:60]
        )
    return json_response({"units": found})


@blueprint.get("/api/users/divisions")
def find_divisions() -> Any:
    """Find divisions of the administrator's jurisdiction, of every level, by name, pinyin, initials or code `q`."""
    read.administrator()
    words = request.args.get("q", "").strip()[:40]
    with identity.transaction() as connection:
        found = accounts.find_divisions(connection, words) if words else []
    return json_response({"divisions": found})


def _roles() -> list[dict[str, Any]]:
    return [
        {"id": role, "title": in_language(ROLE_WORDS[role]), "is_of_unit": role in UNIT_ROLES} for role in PERMISSIONS
    ]  # fmt: skip


def _one(connection: Connection, user_id: int) -> dict[str, Any]:
    return _shown(connection, [accounts.read(connection, user_id)])[0]


def _shown(connection: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = divisions.names(connection, {code for row in rows for code in row["jurisdiction"]})
    return [shown_account(row, names) for row in rows]


def shown_account(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Write one account as its keepers see it."""
    kept = (
        "id", "username", "display_name", "role", "unit_code", "unit_name", "mobile", "is_active", "must_change_password",
        "manages_unit", "created_at", "signed_in_at",
    )  # fmt: skip
    is_locked = row["locked_until"] is not None and row["locked_until"] > _now()
    return {
        **{name: row[name] for name in kept},
        "role_title": in_language(ROLE_WORDS[row["role"]]),
        "jurisdiction": [{"code": code, "name": names.get(code, code)} for code in row["jurisdiction"]],
        "locked_until": row["locked_until"] if is_locked else None,
        "state": "disabled" if not row["is_active"] else "locked" if is_locked else "active",
        "is_own": row["id"] == identity.require_user().id,
    }
