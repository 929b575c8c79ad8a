"""Show the user's own account: tokens and password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from data.users import TOKEN_SCOPES

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
def page() -> Any:
    """Show the account page."""
    return render_template("account.html", token_scopes=TOKEN_SCOPES)
