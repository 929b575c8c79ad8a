"""Show authorities how a maintenance company's bindings stand against what its stations reach."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web import identity
from web.menu import MenuEntry

blueprint = Blueprint("bindings_page", __name__)
MENU = MenuEntry(
    "/studio/bindings",
    "绑定核查",
    "Bindings",
    order=47,
    roles=frozenset({"dispatcher", "administrator", "regulator"}),
)


@blueprint.get("/studio/bindings")
def page() -> Any:
    """Show the page; answers come from /api/studio/bindings."""
    identity.require_user()
    return render_template("bindings.html")
