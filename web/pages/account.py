"""Show the user's own account: tokens and password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from data import audit, divisions, users
from data.errors import RefusedError
from data.users import TOKEN_SCOPES
from web import identity
from web.problems import in_language

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
def page() -> Any:
    """Show the account page."""
    return _page()


def _page(*, password_error: str | None = None) -> str:
    return render_template(
        "account.html", token_scopes=TOKEN_SCOPES, password_error=password_error, sees=_what_is_seen()
    )


def _what_is_seen() -> str:
    """Name the divisions of the user, or say that it is their unit's own rows, or the whole city."""
    user = identity.require_user()
    if user.jurisdiction:
        with identity.transaction() as connection:
            names = divisions.names(connection, user.jurisdiction)
        return "、".join(f"{names[code]}（{code}）" if code in names else code for code in user.jurisdiction)
    if user.scope().owner_id is not None:
        return in_language("本单位的内容和公共资源 The unit's own rows and public resources")
    return in_language("全市 The whole city")


@blueprint.post("/account/password")
def change_password() -> Any:
    """Change the password; the user's other sessions end, and this one too."""
    user, now = identity.require_user(), identity.settings().clock.now()
    new = request.form.get("new_password", "")
    error = None
    if new != request.form.get("repeat_password", ""):
        error = "两次输入的新密码不一致。 The new password was typed differently the second time."
    else:
        try:
            with identity.transaction() as connection:
                users.change_password(connection, user.id, request.form.get("current_password", ""), new)
                audit.append(
                    connection,
                    at=now,
                    username=user.username,
                    action="password_change",
                    subject=f"user/{user.id}",
                )
        except (users.UserError, RefusedError) as problem:
            error = str(problem)
    if error:
        return _page(password_error=in_language(error)), 422
    return redirect(url_for("sign_in.page", next="/account"))
