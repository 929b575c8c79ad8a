"""Show the crew's page: the same for everybody until the code behind the # is exchanged."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

blueprint = Blueprint("crew_page", __name__)


@blueprint.get("/crew")
def page() -> Any:
    """Show the page; it holds nothing personal and changes nothing."""
    return render_template("crew.html")
