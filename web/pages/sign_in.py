"""Sign people in and out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, url_for

from data import audit, users
from web import identity
from web.problems import in_language
from web.sample_accounts import SAMPLE_PASSWORD, sample_users

blueprint = Blueprint("sign_in", __name__)


def _limit() -> identity.RateLimit:
    found: identity.RateLimit = current_app.extensions.setdefault(
        "sign_in_limit", identity.RateLimit(per_minute=20)
    )
    return found


def _safe_next(target: str | None) -> str:
    """Keep only addresses of our own: a path that begins with one slash."""
    if (
        not target
        or not target.startswith("/")
        or target.startswith(("//", "/\\"))
        or urlsplit(target).netloc
    ):
        return "/"
    return target


_WRONG = "用户名或密码不对。 The user name or password is wrong."
_LOCKED = (
    "连续输错多次，账号已锁定，请 {0} 分钟后再试。 Locked after repeated failures: try again in {0} minutes."
)


def _form(target: str, *, username: str = "", error: str | None = None) -> str:
    accounts: list[dict[str, str]] = []
    if identity.is_sample():
        with identity.store().unscoped() as connection:
            accounts = [
                {"username": u.username, "title": u.display_name, "password": SAMPLE_PASSWORD}
                for u in sample_users(connection)
            ]
    return render_template(
        "sign_in.html", next=target, username=username, error=error, sample_accounts=accounts
    )


@blueprint.get("/sign-in")
def page() -> Any:
    """Show the form."""
    if g.user is not None:
        return redirect(_safe_next(request.args.get("next")))
    return _form(_safe_next(request.args.get("next")))


@blueprint.post("/sign-in")
def submit() -> Any:
    """Check the password and open a session."""
    _limit().check(identity.caller_key())
    username = request.form.get("username", "")[:80]
    now = identity.settings().clock.now()
    with identity.store().unscoped() as connection:
        result = users.sign_in(connection, username, request.form.get("password", ""), now=now)
        action = "sign_in" if result.secret else f"sign_in_{result.reason}"
        audit.append(connection, at=now, username=username, action=action, subject="session")
    target = _safe_next(request.form.get("next"))
    if result.secret is None:
        _limit().note_failure(identity.caller_key())
        minutes = -(-result.retry_after_s // 60)
        words = _LOCKED.format(minutes) if result.reason == "locked" else _WRONG
        return _form(target, username=username, error=in_language(words)), 401
    response = make_response(redirect(target))
    response.set_cookie(
        identity.COOKIE, result.secret, max_age=int(users.SESSION_LIFE.total_seconds()), httponly=True,
        secure=identity.settings().is_secure, samesite="Lax",
    )  # fmt: skip
    return response


@blueprint.post("/sign-out")
def leave() -> Any:
    """End the session."""
    cookie = request.cookies.get(identity.COOKIE)
    if cookie:
        with identity.store().unscoped() as connection:
            users.sign_out(connection, cookie)
    response = make_response(redirect(url_for("sign_in.page")))
    response.delete_cookie(identity.COOKIE)
    return response
