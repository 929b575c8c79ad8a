"""Let administrators set the limits of orders and how levels rise, in the city and the districts that they answer for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from data import audit, dispatch_rule_forms
from data.errors import FormError
from data.scope import Connection
from web import identity
from web.problems import in_language

blueprint = Blueprint("dispatch_rules", __name__, url_prefix="/admin/dispatch-rules")


@blueprint.get("")
def index() -> Any:
    """Show what holds in the city and in each district that the user answers for."""
    identity.require_administrator()
    with identity.transaction() as connection:
        return _page(connection)


def _page(connection: Connection, *, faults: dict[str, str] | None = None, at: str = "") -> str:
    return render_template(
        "admin_dispatch_rules.html", rules=dispatch_rule_forms.listed(connection, identity.require_user().jurisdiction), faults=faults or {}, at=at, typed=request.form,
        tab="dispatch_rules",
    )  # fmt: skip


@blueprint.post("")
def put() -> Any:
    """Set the rule of a division, or take its own away; what will not do is said beside its field."""
    user, code = identity.require_administrator(), request.form.get("division", "")
    is_removed = request.form.get("act") == "remove"
    with identity.transaction() as connection:
        try:
            if is_removed:
                dispatch_rule_forms.remove(connection, code, user.jurisdiction)
            else:
                dispatch_rule_forms.put(connection, code, request.form, user.jurisdiction)
        except FormError as error:
            faults = {field: in_language(detail) for field, detail in error.faults}
            return _page(connection, faults=faults, at=code), 422
        audit.append(
            connection, at=identity.settings().clock.now(), username=user.username, action="dispatch_rule", subject=code,
            detail={"removed": True} if is_removed else {k: v for k, v in request.form.items() if k not in ("csrf_token", "act")},
        )  # fmt: skip
    return redirect(f"{url_for('dispatch_rules.index')}#rule-{code}")
