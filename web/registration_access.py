"""Let strangers register: the secret in their cookie, and limits that all processes count together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, request

from data import rate_limits, registrations
from data.rate_limits import Limit
from data.scope import SYSTEM, Connection
from web import identity
from web.problems import TooManyError

COOKIE = "onemap_register"
_MINUTES = dt.timedelta(minutes=10)
LOOK = Limit("registration.look", 600, _MINUTES)
SEARCH = Limit("registration.search", 300, _MINUTES)
SAVE = Limit("registration.save", 300, _MINUTES)
BEGIN = Limit("registration.begin", 30, dt.timedelta(hours=1))
SUBMIT = Limit("registration.submit", 30, dt.timedelta(hours=1))
RESULT = Limit("registration.result", 30, _MINUTES)
_HOUR = dt.timedelta(hours=1)
RECOVER = Limit("registration.recover.address", 20, _HOUR)
RECOVER_BY_MOBILE = Limit("registration.recover.mobile", 5, _HOUR)
GUESS = Limit("registration.recover.guess", 60, _HOUR)


def take(limit: Limit, key: str | None = None) -> None:
    """Count one more request of a kind, by the caller's address unless another key is given.

    Raises
    ------
    TooManyError
        When that is one too many; with the seconds to wait.
    """
    with identity.store().unscoped() as connection:
        now = identity.settings().clock.now()
        wait_s = rate_limits.take(connection, limit, key or identity.caller_key(), now=now)
    if wait_s:
        raise TooManyError(
            f"操作太频繁，请 {-(-wait_s // 60)} 分钟后再试。 Too many attempts: wait {-(-wait_s // 60)} min.",
            wait_s,
        )


@contextmanager
def everything() -> Iterator[Connection]:
    """Open a transaction that sees everything: what a stranger is told of it, the store's functions decide."""
    with identity.store().transaction(SYSTEM) as connection:
        yield connection


def secret_hash() -> bytes | None:
    """Give the digest of the secret in the caller's cookie; None without one."""
    secret = request.cookies.get(COOKIE)
    return registrations.digest(secret) if secret else None


def keep_secret(response: Response, secret: str) -> Any:
    """Have the browser keep a secret: out of reach of scripts, and never sent along from another site."""
    response.set_cookie(
        COOKIE, secret, max_age=int(registrations.DRAFT_LIFE.total_seconds()), httponly=True, samesite="Strict",
        path="/api/registration", secure=identity.settings().is_secure,
    )  # fmt: skip
    return response
