"""Find out who is asking: session cookie, personal access token, or nobody."""

from __future__ import annotations

import hmac
import ipaddress
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, current_app, g, request

from data import divisions, settings_table
from data.accounts import covers
from data.errors import RefusedError
from data.scope import Connection, Scope
from data.store import Store
from data.users import SESSION_LIFE, User, session_of, user_of_token
from web import permissions
from web.problems import CsrfError, FirstPasswordError, NotSignedInError, TooManyError
from web.settings import Settings

COOKIE = "onemap_session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Reached without a sign-in.
_OPEN_PREFIXES = (
    "/static/", "/sign-in", "/healthz", "/favicon.ico", "/robots.txt", "/trust",
    "/crew", "/api/crew/",  # by the session of a link: web/api/crew.py
    "/wall/enter",
    "/api/registration/", "/tiles/basemap/",  # by the secret of a draft: web/registration_access.py
    "/password-reset", "/api/password-reset", "/api/session/lang", "/api/sign-in-code",
    "/api/app-sign-in",  # by the ticket of a browser, or the signature of the app's server
)  # fmt: skip
#: Reached by whoever has not changed the first password yet.
_WITH_FIRST_PASSWORD = (
    "/account",
    "/sign-out",
    "/sign-in",
    "/api/session",
    "/healthz",
    "/favicon.ico",
    "/trust",
)
_OPEN_PATHS = ("/wall", "/register", "/register/result")


def store() -> Store:
    """Give the application's store."""
    found: Store = current_app.extensions["store"]
    return found


def settings() -> Settings:
    """Give the application's settings."""
    found: Settings = current_app.extensions["settings"]
    return found


def identify() -> None:
    """Before each request: find the user, the language and the theme; refuse strangers and forged forms.

    Raises
    ------
    NotSignedInError
        When the address needs a user and there is none.
    CsrfError
        When a changing request by cookie lacks its session's secret.
    """
    g.user, g.csrf, g.token_scopes = None, None, None
    g.language = _wished_language()
    g.theme = "dark" if request.cookies.get("onemap_theme") == "dark" else "light"
    if request.path.startswith("/static/"):
        return
    secret = _bearer_secret()
    if secret:
        _identify_token(secret)
    elif cookie := request.cookies.get(COOKIE):
        _identify_session(cookie)
    if g.user is None:
        if not request.path.startswith(_OPEN_PREFIXES) and request.path not in _OPEN_PATHS:
            raise NotSignedInError("请先登录，或登录已过期。 Sign in first; the session may have ended.")
        return
    # What a program asks for in the address goes before what its user has chosen on the page.
    g.language, g.theme = _asked_language() or g.user.language, g.user.theme
    if g.user.must_change_password and not request.path.startswith(_WITH_FIRST_PASSWORD):
        raise FirstPasswordError(
            "请先修改初始密码，再使用系统。 Change your first password before you go on."
        )
    if request.endpoint is not None:
        permissions.require(g.user, request.endpoint, request.view_args or {}, request.method)


def _identify_token(secret: str) -> None:
    now = settings().clock.now()
    with store().unscoped() as connection:
        found = user_of_token(connection, secret, now=now)
    if found is None:
        raise NotSignedInError("令牌无效、已过期或已吊销。 The token is unknown, expired or revoked.")
    g.user, g.token_scopes = found
    if request.method not in _SAFE and "load" not in g.token_scopes:
        raise RefusedError("这个令牌只能读取。 This token may only read.")


def _identify_session(cookie: str) -> None:
    now = settings().clock.now()
    with store().unscoped() as connection:
        session = session_of(connection, cookie, now=now)
    if session is None:
        return
    g.user, g.csrf = session.user, session.csrf
    if request.method not in _SAFE:
        given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token") or ""
        if not hmac.compare_digest(given.encode(), session.csrf.encode()):
            raise CsrfError("页面已过期，请刷新后重试。 The page is out of date: reload it and try again.")


def lasting_check() -> Callable[[], bool]:
    """Give a function that says whether this request's token or session still holds, for answers that go on for hours."""
    secret, cookie = _bearer_secret(), request.cookies.get(COOKIE)
    own_store, clock = store(), settings().clock

    def holds() -> bool:
        now = clock.now()
        with own_store.unscoped() as connection:
            if secret is not None:
                return user_of_token(connection, secret, now=now) is not None
            return cookie is None or session_of(connection, cookie, now=now) is not None

    return holds


def _bearer_secret() -> str | None:
    authorization = request.authorization
    if authorization is None:
        return None
    if authorization.type == "bearer":
        return authorization.token or None
    if authorization.type == "basic":
        return authorization.password or None
    return None


def _asked_language() -> str | None:
    asked = request.args.get("lang")
    if asked is None and request.path.startswith("/api/"):
        # Our scripts ask in the language of their page, a browser of its own accord never names one alone.
        asked = request.headers.get("Accept-Language")
    return asked if asked in ("zh", "en") else None


def _wished_language() -> str:
    wished = _asked_language() or request.cookies.get("onemap_language")
    if wished in ("zh", "en"):
        return wished
    return request.accept_languages.best_match(["zh", "zh-CN", "en"], "zh")[:2]


def keep_session(response: Response, secret: str) -> Response:
    """Have the browser keep the secret of a new session, out of reach of scripts."""
    response.set_cookie(
        COOKIE, secret, max_age=int(SESSION_LIFE.total_seconds()), httponly=True, secure=settings().is_secure, samesite="Lax"
    )  # fmt: skip
    return response


def csrf_token() -> str:
    """Give the secret that forms of this session carry; empty for nobody."""
    return getattr(g, "csrf", None) or ""


def require_user() -> User:
    """Give the signed-in user.

    Raises
    ------
    NotSignedInError
    """
    user: User | None = getattr(g, "user", None)
    if user is None:
        raise NotSignedInError("请先登录。 Sign in first.")
    return user


def require_administrator(permission: str = "administer") -> User:
    """Give the user, who must carry a permission of administrators.

    Raises
    ------
    NotSignedInError, RefusedError
    """
    user = require_user()
    if not user.may(permission):
        raise RefusedError("这一页只对管理员开放。 This page is for administrators.")
    return user


def covers_city(user: User) -> bool:
    """Say whether a user answers for the whole city; before one is loaded, everybody does."""
    with store().unscoped() as connection:
        home = divisions.city(connection)
    return home is None or any(covers(code, home.code) for code in user.jurisdiction)


def require_city_administrator(permission: str = "administer") -> User:
    """Give the user, who must be an administrator of the whole city: for what holds for all of it.

    Raises
    ------
    NotSignedInError, RefusedError
    """
    user = require_administrator(permission)
    if not covers_city(user):
        raise RefusedError(
            "这一页的内容对全市有效，只对全市的管理员开放。 What is on this page holds for the whole city: it is for administrators of the city."
        )
    return user


def require_export() -> User:
    """Give the user, whose role and token must let rows out of the house.

    Raises
    ------
    NotSignedInError, RefusedError
    """
    user = require_user()
    scopes = getattr(g, "token_scopes", None)
    if not user.may("export") or (scopes is not None and "export" not in scopes):
        raise RefusedError("您没有导出的权限。 You may not export.")
    return user


def only_reads() -> bool:
    """Say whether this request can write nothing: by a token without the right to load, or in a module its role only looks at."""
    tokens = getattr(g, "token_scopes", None)
    if tokens is not None and "load" not in tokens:
        return True
    return permissions.is_view_only(require_user(), request.endpoint, request.view_args or {})


def scope() -> Scope:
    """Give the scope of this request's user, without the right to write where it only reads."""
    return require_user().scope(read_only=only_reads())


@contextmanager
def transaction() -> Iterator[Connection]:
    """Open the request's transaction under its user's scope."""
    with store().transaction(scope()) as connection:
        yield connection


# -- facts of the whole store, read once a minute -----------------------------------------------------


class _Kept:
    """Keep a few facts of the store for a minute, per application."""

    def __init__(self) -> None:
        self.read_at = -1e9
        self.is_sample = False
        self.city: dict[str, Any] | None = None
        self.lock = threading.Lock()


def _kept() -> _Kept:
    kept: _Kept = current_app.extensions.setdefault("kept_facts", _Kept())
    with kept.lock:
        if time.monotonic() - kept.read_at > 60:
            with store().unscoped() as connection:
                kept.is_sample = bool(settings_table.get(connection, "is_sample", default=False))
                found = divisions.city(connection)
            kept.city = {"code": found.code, "name": found.name, "bbox": found.bbox} if found else None
            kept.read_at = time.monotonic()
    return kept


def is_sample() -> bool:
    """Say whether this store holds the sample city; false when it cannot be told."""
    try:
        return _kept().is_sample
    except Exception:  # noqa: BLE001 - an error page must still be drawn when the database is away
        return False


def city() -> dict[str, Any] | None:
    """Give the city of this store: code, name, bbox; None when there is none or it cannot be told."""
    try:
        return _kept().city
    except Exception:  # noqa: BLE001 - as above
        return None


# -- limits -------------------------------------------------------------------------------------------


class RateLimit:
    """Allow so many failures per minute and caller; kept per process."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._failures: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def check(self, key: str) -> None:
        """Refuse a caller who has failed too often.

        Raises
        ------
        TooManyError
            With the seconds to wait.
        """
        now = time.monotonic()
        with self._lock:
            recent = [t for t in self._failures.get(key, []) if now - t < 60]
        if len(recent) >= self._per_minute:
            wait = int(60 - (now - recent[0])) + 1
            raise TooManyError(f"操作太频繁，请 {wait} 秒后再试。 Too many attempts: wait {wait} s.", wait)

    def note_failure(self, key: str) -> None:
        """Count one failure."""
        now = time.monotonic()
        with self._lock:
            self._failures[key] = [t for t in self._failures.get(key, []) if now - t < 60] + [now]
            if len(self._failures) > 10_000:
                self._failures = {k: v for k, v in self._failures.items() if now - v[-1] < 60}


def caller_key() -> str:
    """Give the caller's address, an IPv6 one by its /64."""
    address = request.remote_addr or "unknown"
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else address
