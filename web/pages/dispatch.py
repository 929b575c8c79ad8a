"""Show the dispatcher's console."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web.api.orders import require_dispatcher
from web.menu import MenuEntry

blueprint = Blueprint("dispatch", __name__)
MENU = MenuEntry("/dispatch", "调度", "Dispatch", order=20, roles=frozenset({"dispatcher", "administrator"}))


@blueprint.get("/dispatch")
def page() -> Any:
    """Show the console: calls, the queue, one order, the map."""
    require_dispatcher()
    return render_template("dispatch.html")
