"""Show where new sites belong: the question, the map, what is proven, and the gain of each further site."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web import identity
from web.menu import MenuEntry

blueprint = Blueprint("siting_page", __name__)
MENU = MenuEntry(
    "/studio/siting",
    "选址",
    "Siting",
    order=45,
    roles=frozenset({"dispatcher", "administrator", "regulator"}),
)


@blueprint.get("/studio/siting")
def page() -> Any:
    """Show the page; studies come from /api/siting."""
    identity.require_user()
    return render_template("siting.html")
