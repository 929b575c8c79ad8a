"""Show the page on which a forgotten password is reset."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

blueprint = Blueprint("password_reset_page", __name__)


@blueprint.get("/password-reset")
def page() -> Any:
    """Show the form: first the user name, then the code and the new password."""
    return render_template("password_reset.html")
