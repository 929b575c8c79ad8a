"""Show the map, the first page after sign-in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from web.menu import MenuEntry

blueprint = Blueprint("map", __name__)
MENU = MenuEntry("/map", "地图", "Map", order=10)


@blueprint.get("/")
def home() -> Any:
    """Go to the map."""
    return redirect(url_for("map.page"))


@blueprint.get("/map")
def page() -> Any:
    """Show the map."""
    return render_template("map.html")
