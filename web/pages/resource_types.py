"""Let administrators of the city keep the list of resource types, which all its registers offer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from data import audit, resource_types
from data.errors import ConflictError, FormError
from data.scope import Connection
from data.users import User
from web import identity
from web.problems import in_language

blueprint = Blueprint("resource_types", __name__, url_prefix="/admin/resource-types")


@blueprint.get("")
def index() -> Any:
    """List the types kind by kind."""
    identity.require_city_administrator()
    with identity.transaction() as connection:
        return _page(connection)


def _page(connection: Connection, *, fault: str = "", name: str = "", family: str = "") -> str:
    rows = resource_types.listed(connection)
    groups = [
        {"value": value, "words": words, "rows": [r for r in rows if r["family"] == value]}
        for value, words in resource_types.families().items()
    ]
    return render_template(
        "admin_resource_types.html",
        groups=groups,
        fault=fault,
        name=name,
        family=family,
        tab="resource_types",
    )


def _note(connection: Connection, action: str, name: str, user: User) -> None:
    now = identity.settings().clock.now()
    audit.append(connection, at=now, username=user.username, action=action, subject=f"resource_type/{name}")


@blueprint.post("")
def add() -> Any:
    """Add a type; a name that will not do is said beside the form."""
    user = identity.require_city_administrator()
    name, family = request.form.get("name", ""), request.form.get("family", "")
    with identity.transaction() as connection:
        try:
            resource_types.add(connection, name, family)
        except FormError as error:
            return _page(
                connection, fault=in_language(error.faults[0][1]), name=name[:80], family=family
            ), 422
        _note(connection, "resource_type_add", name.strip(), user)
    return redirect(url_for("resource_types.index"))


@blueprint.post("/offered")
def set_offered() -> Any:
    """Offer a type for new rows, or no longer."""
    user, name = identity.require_city_administrator(), request.form.get("name", "")
    is_offered = request.form.get("is_offered") == "1"
    with identity.transaction() as connection:
        resource_types.set_offered(connection, name, is_offered=is_offered)
        _note(connection, "resource_type_offer" if is_offered else "resource_type_withhold", name, user)
    return redirect(url_for("resource_types.index"))


@blueprint.post("/removed")
def remove() -> Any:
    """Remove a type that no row names; why not, where it cannot be, is said beside the form."""
    user, name = identity.require_city_administrator(), request.form.get("name", "")
    try:
        with identity.transaction() as connection:
            resource_types.remove(connection, name)
            _note(connection, "resource_type_remove", name, user)
    except ConflictError as error:
        with identity.transaction() as connection:
            return _page(connection, fault=in_language(str(error))), 409
    return redirect(url_for("resource_types.index"))
