"""Let users make, list and revoke their personal access tokens, and change their password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g

from data import audit, users
from data.errors import RefusedError
from web import company_questions as ask
from web import identity
from web.problems import in_language
from web.respond import json_response

blueprint = Blueprint("tokens", __name__)

_SCOPE_WORDS = {
    "read": "读取 Read",
    "export": "导出文件 Export files",
    "load": "写入与导入 Write and load",
}


def _person() -> users.User:
    """Give the user; a token may not make tokens.

    Raises
    ------
    RefusedError
    """
    user = identity.require_user()
    if g.token_scopes is not None:
        raise RefusedError(
            "令牌不能管理令牌，请在网页登录后操作。 A token cannot manage tokens: sign in on the page."
        )
    return user


@blueprint.get("/api/tokens")
def index() -> Any:
    """List the user's tokens."""
    user = _person()
    with identity.transaction() as connection:
        rows = users.tokens_of(connection, user.id)
    scopes = [{"id": name, "label": in_language(words)} for name, words in _SCOPE_WORDS.items()]
    return json_response({"tokens": rows, "scopes": scopes})


@blueprint.post("/api/tokens")
def create() -> Any:
    """Make a token; its secret is in this answer only."""
    user, now = _person(), identity.settings().clock.now()
    body = ask.body()
    asked = body.get("scopes", ["read"])
    scopes = asked if isinstance(asked, list) else []
    days = body.get("expires_in_days", 90)
    if isinstance(days, bool) or not isinstance(days, int):
        raise users.UserError("有效期应为 1–366 天的整数。 A token lives a whole number of days, 1–366.")
    with identity.transaction() as connection:
        token_id, secret = users.add_token(
            connection,
            user.id,
            name=str(body.get("name") or ""),
            scopes=[str(s) for s in scopes],
            life_days=days,
            now=now,
        )
        audit.append(
            connection, at=now, username=user.username, action="token_create", subject=f"token/{token_id}"
        )
    return json_response({"id": token_id, "token": secret}, 201)


@blueprint.delete("/api/tokens/<int:token_id>")
def revoke(token_id: int) -> Any:
    """Revoke a token."""
    user, now = _person(), identity.settings().clock.now()
    with identity.transaction() as connection:
        users.revoke_token(connection, user.id, token_id, now=now)
        audit.append(
            connection, at=now, username=user.username, action="token_revoke", subject=f"token/{token_id}"
        )
    return json_response({"id": token_id, "revoked": True})
