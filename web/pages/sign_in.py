"""Sign people in and out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, url_for

from data import audit, users
from data.errors import NotFoundError
from web import identity
from web.problems import in_language
from web.sample_accounts import SAMPLE_PASSWORD, sample_users

blueprint = Blueprint("sign_in", __name__)


def _limit() -> identity.RateLimit:
    found: identity.RateLimit = current_app.extensions.setdefault(
        "sign_in_limit", identity.RateLimit(per_minute=20)
    )
    return found


def safe_next(target: str | None) -> str:
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
        "sign_in.html", next=target, username=username, error=error, sample_accounts=accounts,
        app_name=identity.settings().app_name if identity.settings().has_app else None,
    )  # fmt: skip


@blueprint.get("/sign-in")
def page() -> Any:
    """Show the form."""
    if g.user is not None:
        return redirect(safe_next(request.args.get("next")))
    return _form(safe_next(request.args.get("next")))


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
    target = safe_next(request.form.get("next"))
    if result.secret is None:
        _limit().note_failure(identity.caller_key())
        minutes = -(-result.retry_after_s // 60)
        words = _LOCKED.format(minutes) if result.reason == "locked" else _WRONG
        return _form(target, username=username, error=in_language(words)), 401
    return identity.keep_session(make_response(redirect(target)), result.secret)


@blueprint.get("/sign-in/code")
def by_code() -> Any:
    """Show the form that signs in by a code in a message: first the name or mobile, then the code."""
    target = safe_next(request.args.get("next"))
    if g.user is not None:
        return redirect(target)
    return render_template("sign_in_code.html", next=target)


@blueprint.get("/sign-in/app")
def by_app() -> Any:
    """Show the QR code by which another app signs in."""
    target = safe_next(request.args.get("next"))
    if g.user is not None:
        return redirect(target)
    settings = identity.settings()
    if not settings.has_app:
        raise NotFoundError("没有配置扫码登录。 Signing in by another app is not set up.")
    return render_template("sign_in_app.html", next=target, app_name=settings.app_name)


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
