"""Sign in by another app's QR code: the browser waits, the app's server says who scanned it (F2)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import io
from typing import Any

import segno
from flask import Blueprint, Response, request

from data import app_sign_in
from data.errors import FilterError, NotFoundError, RefusedError
from data.rate_limits import Limit
from web import company_questions as ask
from web import identity
from web.pages.sign_in import safe_next
from web.registration_access import take
from web.respond import json_response
from web.settings import Settings

blueprint = Blueprint("app_sign_in", __name__)
COOKIE = "onemap_app_sign_in"
TIME_HEADER, SIGNATURE_HEADER = "X-OneMap-Time", "X-OneMap-Signature"
_HOUR = dt.timedelta(hours=1)
BEGIN = Limit("app_sign_in.begin", 60, _HOUR)
STATE = Limit("app_sign_in.state", 6000, _HOUR)
CONFIRM = Limit("app_sign_in.confirm", 6000, _HOUR)
#: A signature holds so long before and after its time.
SIGNATURE_LIFE_S = 300


def _settings() -> Settings:
    found = identity.settings()
    if not found.has_app:
        raise NotFoundError("没有配置扫码登录。 Signing in by another app is not set up.")
    return found


def _secret() -> str:
    secret = request.cookies.get(COOKIE)
    if not secret:
        raise NotFoundError("二维码已过期，请刷新。 The QR code has ended: ask for a new one.")
    return secret


@blueprint.post("/api/app-sign-in")
def begin() -> Any:
    """Begin: the browser gets a secret, and the address of its QR code."""
    settings = _settings()
    take(BEGIN)
    secret = app_sign_in.new_secret()
    with identity.store().unscoped() as connection:
        app_sign_in.begin(connection, secret, now=settings.clock.now())
    life_s = int(app_sign_in.TICKET_LIFE.total_seconds())
    response = json_response(
        {"qr": "/api/app-sign-in/qr.svg", "life_s": life_s, "app": settings.app_name}, 201
    )
    response.set_cookie(
        COOKIE, secret, max_age=life_s, httponly=True, samesite="Strict", path="/api/app-sign-in", secure=settings.is_secure
    )  # fmt: skip
    return response


@blueprint.get("/api/app-sign-in/qr.svg")
def qr() -> Any:
    """Draw the QR code of the browser's ticket."""
    settings = _settings()
    address = str(settings.app_url).replace("{ticket}", app_sign_in.ticket_of(_secret()))
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", scale=6, border=4, light="#ffffff", xmldecl=False
    )
    return Response(drawn.getvalue(), mimetype="image/svg+xml", headers={"Cache-Control": "no-store"})


@blueprint.post("/api/app-sign-in/state")
def state() -> Any:
    """Say how it stands; the session's cookie once it was confirmed. `username` chooses where several accounts have the mobile."""
    settings, values = _settings(), ask.body()
    take(STATE)
    username = ask.line(values, "username", "账号", most=40, required=False) or None
    target = values.get("next")
    with identity.store().unscoped() as connection:
        answer = app_sign_in.enter(connection, _secret(), username=username, now=settings.clock.now())
    body: dict[str, Any] = {"state": answer.state}
    if answer.choices:
        body["choices"] = [{"username": u, "title": t} for u, t in answer.choices]
    if answer.secret is None:
        return json_response(body)
    response = json_response({**body, "next": safe_next(target if isinstance(target, str) else None)})
    response.delete_cookie(COOKIE, path="/api/app-sign-in")
    return identity.keep_session(response, answer.secret)


@blueprint.post("/api/app-sign-in/confirm")
def confirm() -> Any:
    """Take the word of the app's server, signed, that the owner of `mobile` scanned `ticket`."""
    settings = _settings()
    take(CONFIRM)
    _check_signature(settings)
    values = ask.body()
    ticket = ask.line(values, "ticket", "票据", most=100)
    mobile = ask.mobile(values, "mobile", "手机号")
    with identity.store().unscoped() as connection:
        is_taken = app_sign_in.confirm(connection, ticket, mobile, now=settings.clock.now())
    if not is_taken:
        raise RefusedError(
            "票据无效、已过期，或已被别人扫过。 The ticket is none, has ended, or somebody else scanned it."
        )
    return json_response({"confirmed": True})


def _check_signature(settings: Settings) -> None:
    """Hold the request against its signature: HMAC-SHA256 of time, a dot and the body, in hexadecimal digits.

    Raises
    ------
    FilterError
        When the time is no whole number of seconds since 1970.
    RefusedError
        When it is too old, or was not signed with the key.
    """
    given = request.headers.get(TIME_HEADER, "")
    if not given.isascii() or not given.isdigit() or len(given) > 12:
        raise FilterError(f"{TIME_HEADER} 应为 1970 年以来的秒数。 {TIME_HEADER} is seconds since 1970.")
    if abs(settings.clock.now().timestamp() - int(given)) > SIGNATURE_LIFE_S:
        raise RefusedError("签名已过期，请核对时钟。 The signature is too old: compare the clocks.")
    wanted = signature(str(settings.app_key), given, request.get_data(cache=True))
    if not hmac.compare_digest(wanted.encode(), request.headers.get(SIGNATURE_HEADER, "").lower().encode()):
        raise RefusedError("签名不对。 The signature is wrong.")


def signature(key: str, time_s: str, body: bytes) -> str:
    """Sign a request for `confirm`.

    >>> signature("k", "1", b"{}")[:16]
    '3dd49b2593d0f9a3'
    """
    return hmac.new(key.encode(), time_s.encode() + b"." + body, hashlib.sha256).hexdigest()
