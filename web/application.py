"""Build the web application: settings, store, sign-in, discovered blueprints, headers and errors."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_babel import Babel
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

import web.api
import web.pages
from data.dispatch_desk import Desk
from data.station_ranking import StationRanker
from data.store import Store
from data.travel_store import TravelStore
from data.users import User
from layers.display import LOCAL_ZONE
from web import assets, identity, permissions, problems
from web.menu import MenuEntry
from web.role_words import ROLE_WORDS
from web.settings import Settings

CSP = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'self'; base-uri 'none'"
)
MAX_BODY_BYTES = 64 * 1024 * 1024


def create_app(settings: Settings) -> Flask:
    """Build the application for these settings; nothing connects before the first request."""
    app = Flask(__name__, static_folder=None, template_folder="templates")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        BABEL_DEFAULT_LOCALE="zh",
        BABEL_TRANSLATION_DIRECTORIES="translations",
        SEND_FILE_MAX_AGE_DEFAULT=0,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # A name that a template does not know is an error, not an empty place in a sentence.
    app.jinja_env.undefined = StrictUndefined
    # Globals, not context: imported macros see them too.
    app.jinja_env.globals.update(
        asset=assets.asset_url, vendor=assets.vendor_url, csrf_token=identity.csrf_token, both=_both
    )
    app.extensions["settings"] = settings
    app.extensions["store"] = Store(settings.database, max_size=settings.pool_size)
    app.extensions["travel"] = TravelStore(app.extensions["store"], settings.state_dir)
    app.extensions["desk"] = make_desk(settings, app.extensions["travel"])
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n, x_prefix=n)  # type: ignore[method-assign]
    Babel(app, locale_selector=lambda: getattr(g, "language", "zh"))
    app.before_request(identity.identify)
    app.after_request(_headers)
    app.context_processor(_template_words)
    entries: list[MenuEntry] = []
    feature_pages: dict[str, str] = {}
    for package in (web.api, web.pages):
        for found in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            app.register_blueprint(module.blueprint)
            entries += [module.MENU] if hasattr(module, "MENU") else []
            feature_pages |= dict([module.FEATURE_PAGE] if hasattr(module, "FEATURE_PAGE") else [])
    app.extensions["feature_pages"] = feature_pages
    app.extensions["menu"] = sorted(entries, key=lambda e: (e.order, e.path))
    problems.register(app)
    return app


def make_desk(settings: Settings, travel: TravelStore) -> Desk:
    """Make the dispatcher's desk; rankings read over connections of their own, so that writers never wait for each other."""
    return Desk(StationRanker(Store(settings.database, max_size=4), travel, settings.state_dir))


def _both(zh: str, en: str) -> str:
    """Give the text in the reader's language: for pages that keep both beside each other."""
    return en if getattr(g, "language", "zh") == "en" else zh


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cache-Control", "no-store" if not request.path.startswith("/static/") else "no-cache")
    return response


def _shown_user(user: User | None) -> dict[str, Any] | None:
    """Give what pages show of the signed-in user."""
    if user is None:
        return None
    return {
        "username": user.username,
        "display_name": user.display_name,
        "role": user.role,
        "role_title": problems.in_language(ROLE_WORDS[user.role]),
        "division_name": "、".join(user.jurisdiction),
        "may": user.may,
        "must_change_password": user.must_change_password,
        "manages_unit": user.manages_unit,
    }


def _menu_of(user: User | None) -> list[MenuEntry]:
    """Give the screens that a user may open."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - flask's own way
    entries: list[MenuEntry] = app.extensions["menu"]
    return [
        e for e in entries if user is not None and e.is_for(user) and permissions.may_open(app, user, e.path)
    ]


def _template_words() -> dict[str, Any]:
    user: User | None = getattr(g, "user", None)
    return {
        "current_user": _shown_user(user),
        "is_view_only": user is not None
        and permissions.is_view_only(user, request.endpoint, request.view_args or {}),
        "menu_entries": _menu_of(user),
        "covers_city": lambda: user is not None and identity.covers_city(user),
        "lang": getattr(g, "language", "zh"),
        "theme": getattr(g, "theme", "light"),
        "is_sample": identity.is_sample(),
        "local_zone": LOCAL_ZONE,
        # A store without a city still has pages.
        "city": identity.city() or {"code": "", "name": "", "bbox": None},
    }
