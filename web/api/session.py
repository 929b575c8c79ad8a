"""Tell the page who is signed in, and keep language and theme."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, make_response, request

from data import divisions, users
from data.errors import NotFoundError
from web import company_questions as ask
from web import identity, permissions
from web.respond import json_response

blueprint = Blueprint("session", __name__)


@blueprint.get("/api/session")
def read() -> Any:
    """Tell who is signed in, in which language, over which city; `page` is the path of the page that asks what may be written there."""
    user = identity.require_user()
    is_view_only = permissions.is_page_view_only(current_app, user, request.args.get("page", ""))
    home = user.jurisdiction[0] if user.jurisdiction else None
    name = None
    if home:
        with identity.transaction() as connection:
            try:
                name = divisions.read(connection, home).name
            except NotFoundError:
                name = None
    return json_response(
        {
            "user": {
                "username": user.username,
                "display_name": user.display_name,
                "role": user.role,
                "division_code": home,
                "division_name": name,
                "can_write": user.may("write") and not is_view_only,
                "can_export": user.may("export"),
                "can_administer": user.may("administer"),
            },
            "lang": g.language,
            "theme": g.theme,
            "is_sample": identity.is_sample(),
            "city": identity.city(),
            "csrf": identity.csrf_token(),
        }
    )


def _set(*, language: str | None = None, theme: str | None = None) -> Any:
    user = g.user
    with identity.store().unscoped() as connection:
        # Somebody without an account has the choice kept by the browser alone.
        users.set_preference(connection, user.id if user else 0, language=language, theme=theme)
    response = make_response(json_response({"lang": language or g.language, "theme": theme or g.theme}))
    for name, value in (("onemap_language", language), ("onemap_theme", theme)):
        if value:
            response.set_cookie(
                name, value, max_age=31_536_000, samesite="Lax", secure=identity.settings().is_secure
            )
    return response


@blueprint.post("/api/session/lang")
def set_language() -> Any:
    """Keep the language."""
    return _set(language=str(ask.body().get("lang", "")))


@blueprint.post("/api/session/theme")
def set_theme() -> Any:
    """Keep the theme."""
    return _set(theme=str(ask.body().get("theme", "")))
