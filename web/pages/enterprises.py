"""Show an enterprise its own page: the help around it, its file, its neighbours; regulators open those they see."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request

from data import audit, enterprise_changes, enterprise_file, surroundings
from layers.display import LOCAL_ZONE
from layers.standards.supervised_industry import INDUSTRY_CLASSES
from layers.workflow import Party
from web import enterprise_answers, identity
from web.api.enterprise_changes import change_request
from web.api.enterprises import file_of, surroundings_of
from web.menu import MenuEntry
from web.register_access import register_request, require_keeper

blueprint = Blueprint("enterprise_pages", __name__)
blueprint.before_request(require_keeper)
MENU = MenuEntry("/enterprise", "本企业", "Our enterprise", order=12, roles=frozenset({"enterprise"}))
#: The page that cards of this layer lead to.
FEATURE_PAGE = ("enterprise", "/enterprise/{id}")


@blueprint.get("/enterprise")
def own() -> Any:
    """Open the user's own enterprise; of several, the list to choose from."""
    with register_request() as (connection, _):
        found = enterprise_file.own(connection)
    if len(found) == 1:
        return render_template("enterprise.html", enterprise=found[0])
    return render_template("enterprise_choose.html", enterprises=found)


@blueprint.get("/enterprise/<int:enterprise_id>")
def page(enterprise_id: int) -> Any:
    """Show the page; what stands on it comes from /api/enterprises."""
    with register_request() as (connection, _):
        found = surroundings.position_of(connection, enterprise_id)
    return render_template("enterprise.html", enterprise=found)


@blueprint.get("/enterprise/<int:enterprise_id>/edit")
def edit(enterprise_id: int) -> Any:
    """Show the form by which an enterprise is changed; what stands in it comes from /api/enterprises."""
    with change_request() as (connection, actor):
        found = enterprise_changes.read(connection, enterprise_id)
    return render_template(
        "enterprise_edit.html",
        enterprise=found,
        industries=INDUSTRY_CLASSES,
        by_owner=actor.party is Party.OWNER,
    )


@blueprint.get("/enterprise/<int:enterprise_id>/print")
def sheet(enterprise_id: int) -> Any:
    """Show what to print: the help around, by kind, with its telephones; neighbours and sensitive places."""
    now = identity.settings().clock.now()
    values = request.args.to_dict()
    if not values.get("minutes") and not values.get("radius_m"):
        values["minutes"] = "15"
    around = surroundings_of(enterprise_id, values)
    with register_request() as (connection, actor):
        file = file_of(connection, enterprise_id, actor.scope)
        audit.append(
            connection, at=now, username=actor.username, action="print", subject=f"enterprise/{enterprise_id}"
        )
    groups = [
        {"title": one["title"], "rows": [r for r in around["rows"] if r["kind"] == one["kind"]]}
        for one in around["counts"]
    ]
    return render_template(
        "print_enterprise.html",
        file=file,
        around=around,
        groups=groups,
        printed_at=now.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M"),
        minutes=lambda s: enterprise_answers.minutes_text(s, g.language),
        distance=lambda m: enterprise_answers.distance_text(m, g.language),
    )
