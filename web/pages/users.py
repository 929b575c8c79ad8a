"""Show administrators the accounts of their jurisdiction."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from data.users import PERMISSIONS
from web import identity
from web.menu import MenuEntry
from web.problems import in_language
from web.role_words import ROLE_WORDS

blueprint = Blueprint("users_page", __name__)
MENU = MenuEntry("/users", "账号", "Accounts", order=90, roles=frozenset({"administrator"}))


@blueprint.get("/users")
def page() -> Any:
    """Show the page; its rows come from /api/users."""
    identity.require_administrator()
    return render_template(
        "users.html", tab="users", roles={role: in_language(ROLE_WORDS[role]) for role in PERMISSIONS}
    )
