"""Show every alarm of every module in one place, with who processed it and how."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from web import identity
from web.menu import MenuEntry

blueprint = Blueprint("warnings_page", __name__)
MENU = MenuEntry("/warnings", "预警", "Warnings", order=23)


@blueprint.get("/warnings")
def page() -> Any:
    """Show the page; its rows come from /api/warnings."""
    user = identity.require_user()
    return render_template(
        "warnings.html",
        can_write=user.may("write") and not identity.only_reads(),
        can_export=user.may("export"),
    )
