"""Let administrators of the city set the limits of warnings, which hold for all of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from data import audit, warning_limits
from data.errors import FormError
from data.scope import Connection
from web import identity
from web.problems import in_language

blueprint = Blueprint("warning_limits", __name__, url_prefix="/admin/warning-limits")


@blueprint.get("")
def index() -> Any:
    """List the limits with what is declared and what holds."""
    identity.require_city_administrator()
    with identity.transaction() as connection:
        return _page(connection)


def _page(connection: Connection, *, fault: str = "", at: str = "", text: str = "") -> str:
    return render_template(
        "admin_warning_limits.html", limits=warning_limits.listed(connection), fault=fault, at=at, text=text, tab="warning_limits"
    )  # fmt: skip


@blueprint.post("")
def put() -> Any:
    """Set one limit; one that will not do is said beside its field."""
    user, limit_id, text = (
        identity.require_city_administrator(),
        request.form.get("id", ""),
        request.form.get("value", "").strip(),
    )
    with identity.transaction() as connection:
        try:
            limit = warning_limits.put(connection, limit_id, text)
        except FormError as error:
            fault = in_language(error.faults[0][1])
            return _page(connection, fault=fault, at=limit_id, text=text[:20]), 422
        audit.append(
            connection, at=identity.settings().clock.now(), username=user.username, action="warning_limit_set",
            subject=f"{limit.id} = {limit.value:g}",
        )  # fmt: skip
    return redirect(url_for("warning_limits.index"))
