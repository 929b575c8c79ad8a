"""Show the figures of entrapment orders, each with the orders behind it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template

from data import dispatch_rules, incidents, stations
from web import dispatch_answers, identity
from web.menu import MenuEntry

blueprint = Blueprint("figures_page", __name__)
MENU = MenuEntry(
    "/figures", "指标", "Figures", order=25, roles=frozenset({"dispatcher", "administrator", "regulator"})
)


@blueprint.get("/figures")
def page() -> Any:
    """Show the page; its figures come from /api/dispatch/figures."""
    identity.require_user()
    return render_template("figures.html")


@blueprint.get("/figures/order/<code>")
def order_page(code: str) -> Any:
    """Show one order with its nodes, clocks and log, for everybody who may see it."""
    scope = identity.scope()
    with identity.transaction() as connection:
        found = incidents.read(connection, code)
        shown = stations.shown(connection, {a.station_code for a in found.incident.assignments})
        rule = dispatch_rules.rule_of(connection, found.row["division_code"])
    now = identity.settings().clock.now()
    body = dispatch_answers.order(found, rule, now=now, language=g.language, scope=scope, shown=shown)
    log = dispatch_answers.log(found.events, g.language, shown=shown, sees_sensitive=scope.sees_sensitive)
    return render_template("order.html", order=body, log=log)
