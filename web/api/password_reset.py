"""Reset a forgotten password by a code in a message; no answer says whether an account exists (F2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint

from data import password_reset
from data.errors import RefusedError
from data.rate_limits import Limit
from web import company_questions as ask
from web import identity
from web.problems import in_language
from web.registration_access import take
from web.respond import json_response

blueprint = Blueprint("password_reset", __name__)
_HOUR = dt.timedelta(hours=1)
ASK_BY_ADDRESS = Limit("password_reset.ask.address", 20, _HOUR)
ASK_BY_ACCOUNT = Limit("password_reset.ask.account", 5, _HOUR)
GUESS_BY_ADDRESS = Limit("password_reset.guess.address", 60, _HOUR)
_SENT = (
    "如果该账号存在并登记了手机号，验证码已发出，10 分钟内有效。 "
    "If there is such an account with a mobile, a code is on its way; it is good for 10 minutes."
)
_WRONG = "验证码不对、已过期，或输错已满 5 次：请重新获取。 The code is wrong, too old, or was guessed at five times: ask for a new one."


@blueprint.post("/api/password-reset")
def send() -> Any:
    """Send a code to the mobile of `username`."""
    username = _username(ask.body())
    take(ASK_BY_ADDRESS)
    take(ASK_BY_ACCOUNT, username)
    with identity.store().unscoped() as connection:
        password_reset.ask(connection, username, now=identity.settings().clock.now())
    return json_response({"message": in_language(_SENT)})


@blueprint.post("/api/password-reset/confirm")
def confirm() -> Any:
    """Set the new `password` of `username` with the `code` of the message."""
    values = ask.body()
    username = _username(values)
    code = "".join(ask.line(values, "code", "验证码", most=12).split())
    password = values.get("password")
    take(GUESS_BY_ADDRESS)
    with identity.store().unscoped() as connection:
        is_done = password_reset.confirm(
            connection, username, code, password if isinstance(password, str) else "",
            now=identity.settings().clock.now(),
        )  # fmt: skip
    if not is_done:
        raise RefusedError(_WRONG)
    return json_response({"message": in_language("密码已重置，请登录。 The password is set: sign in.")})


def _username(values: Any) -> str:
    return ask.line(values, "username", "用户名", most=80).lower()
