"""Show who owes drills, by division; an enterprise sees its own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web import identity
from web.menu import MenuEntry

blueprint = Blueprint("drill_duty_page", __name__)
MENU = MenuEntry(
    "/drill-duty",
    "演练义务",
    "Drills owed",
    order=45,
    roles=frozenset({"administrator", "regulator", "enterprise"}),
)


@blueprint.get("/drill-duty")
def page() -> Any:
    """Show the page; its rows come from /api/drill-duty."""
    identity.require_user()
    return render_template("drill_duty.html")
