"""Show the wall of the command centre, and let a wall in by its token."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for

from data import audit, users
from web import identity
from web.menu import MenuEntry
from web.problems import in_language

blueprint = Blueprint("wall", __name__)
MENU = MenuEntry(
    "/wall", "大屏", "Wall", order=30, roles=frozenset({"dispatcher", "administrator", "regulator", "wall"})
)
_limit = identity.RateLimit(10)


@blueprint.get("/wall")
def page() -> Any:
    """Show the wall; a screen that is not signed in is asked for its token."""
    if g.user is None:
        return redirect(url_for("wall.enter"))
    return render_template("wall.html", theme="dark")


@blueprint.get("/wall/enter")
def enter() -> Any:
    """Show the form for the token."""
    return render_template("wall_enter.html", error=None, theme="dark")


@blueprint.post("/wall/enter")
def open_wall() -> Any:
    """Exchange a token of a wall's account for a session that only reads, and lasts as long as the token."""
    _limit.check(identity.caller_key())
    settings = identity.settings()
    now = settings.clock.now()
    with identity.store().unscoped() as connection:
        opened = users.open_wall(connection, request.form.get("token", "")[:200], now=now)
        audit.append(
            connection,
            at=now,
            username="wall",
            action="wall_opened" if opened else "wall_refused",
            subject="session",
        )
    if opened is None:
        _limit.note_failure(identity.caller_key())
        words = "令牌无效、已过期、已吊销，或不是大屏账号的令牌。 The token is unknown, ended or revoked, or not of a wall's account."
        return render_template("wall_enter.html", error=in_language(words), theme="dark"), 401
    secret, expires_at = opened
    response = make_response(redirect(url_for("wall.page")))
    response.set_cookie(
        identity.COOKIE, secret, expires=expires_at, httponly=True, secure=settings.is_secure, samesite="Lax"
    )
    return response
