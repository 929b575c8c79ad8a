"""Sign in by a code in a message; no answer before the right code says whether an account exists (F2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint

from data import sign_in_codes
from data.errors import RefusedError
from data.rate_limits import Limit
from web import company_questions as ask
from web import identity
from web.pages.sign_in import safe_next
from web.problems import in_language
from web.registration_access import take
from web.respond import json_response

blueprint = Blueprint("sign_in_code", __name__)
_HOUR = dt.timedelta(hours=1)
ASK_BY_ADDRESS = Limit("sign_in_code.ask.address", 40, _HOUR)
ASK_BY_NAME = Limit("sign_in_code.ask.name", 5, _HOUR)
GUESS_BY_ADDRESS = Limit("sign_in_code.guess.address", 60, _HOUR)
_SENT = (
    "如果有这个账号并登记了手机号，验证码已发出，10 分钟内有效。 "
    "If there is such an account with a mobile, a code is on its way; it is good for 10 minutes."
)
_WRONG = "验证码不对、已过期，或输错已满 5 次：请重新获取。 The code is wrong, too old, or was guessed at five times: ask for a new one."


@blueprint.post("/api/sign-in-code")
def send() -> Any:
    """Send a code for `name`: a user name, or the mobile of an account."""
    name = _name(ask.body())
    take(ASK_BY_ADDRESS)
    take(ASK_BY_NAME, name)
    with identity.store().unscoped() as connection:
        sign_in_codes.ask(connection, name, now=identity.settings().clock.now())
    return json_response({"message": in_language(_SENT)})


@blueprint.post("/api/sign-in-code/confirm")
def confirm() -> Any:
    """Open a session for `name` with the `code` of the message, as `username` where several accounts have the mobile."""
    values = ask.body()
    name = _name(values)
    code = "".join(ask.line(values, "code", "验证码", most=12).split())
    username = ask.line(values, "username", "账号", most=40, required=False) or None
    target = values.get("next")
    take(GUESS_BY_ADDRESS)
    with identity.store().unscoped() as connection:
        answer = sign_in_codes.confirm(
            connection, name, code, username=username, now=identity.settings().clock.now()
        )
    if answer.choices:
        return json_response({"choices": [{"username": u, "title": t} for u, t in answer.choices]})
    if answer.secret is None:
        raise RefusedError(_WRONG)
    response = json_response({"next": safe_next(target if isinstance(target, str) else None)})
    return identity.keep_session(response, answer.secret)


def _name(values: Any) -> str:
    return "".join(ask.line(values, "name", "用户名或手机号", most=80).lower().split())
