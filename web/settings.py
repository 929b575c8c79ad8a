"""Hold the settings of one process; built by the caller, read from the environment in one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from data.clock import Clock, SystemClock
from data.database import Database

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """What the application needs to know.

    Attributes
    ----------
    database : Database
    state_dir : Path
        For tile cache, exports and attachments.
    is_secure : bool
        Served over TLS: cookies are marked Secure.
    trusted_proxies : int
        How many proxies in front set X-Forwarded-* headers.
    sms_url, sms_token : str or None
        The SMS gateway; None keeps messages on the outbox page.
    app_name, app_url, app_key : str or None
        Another app by whose QR code people sign in: its name, the address it opens with ``{ticket}`` in it, and the key its
        server signs with; without all three there is none.
    clock : Clock
    pool_size : int
        Connections of one process at most.
    """

    database: Database
    state_dir: Path = ROOT / "var"
    is_secure: bool = False
    trusted_proxies: int = 0
    sms_url: str | None = None
    sms_token: str | None = field(default=None, repr=False)
    app_name: str | None = None
    app_url: str | None = None
    app_key: str | None = field(default=None, repr=False)
    clock: Clock = field(default_factory=SystemClock)
    public_url: str | None = None
    pool_size: int = 16

    @property
    def has_app(self) -> bool:
        """Say whether people may sign in by another app's QR code."""
        return bool(self.app_name and self.app_url and "{ticket}" in self.app_url and self.app_key)


def settings_from(environment: Mapping[str, str], database: Database) -> Settings:
    """Build the settings of a server from its environment."""
    return Settings(
        database=database,
        state_dir=state_dir_of(environment),
        is_secure=environment.get("ONEMAP_SECURE") == "1",
        trusted_proxies=int(environment.get("ONEMAP_TRUSTED_PROXIES") or 0),
        sms_url=environment.get("ONEMAP_SMS_URL") or None,
        sms_token=environment.get("ONEMAP_SMS_TOKEN") or None,
        app_name=environment.get("ONEMAP_APP_SIGN_IN_NAME") or None,
        app_url=environment.get("ONEMAP_APP_SIGN_IN_URL") or None,
        app_key=environment.get("ONEMAP_APP_SIGN_IN_KEY") or None,
        public_url=(environment.get("ONEMAP_PUBLIC_URL") or "").rstrip("/") or None,
        pool_size=int(environment.get("ONEMAP_POOL_SIZE") or 16),
    )


def state_dir_of(environment: Mapping[str, str]) -> Path:
    """Give the folder for files of the running product."""
    return Path(environment.get("ONEMAP_STATE_DIR") or ROOT / "var")


def current_environment() -> Mapping[str, str]:
    """Give the process environment, for commands at the door."""
    return os.environ
