"""Accounts are no located rows: who sees which is tested in test_users.py."""

from __future__ import annotations

from tests.web.probe import Probe

NO_ROWS = {
    "permissions.index", "users.index", "users.one", "users.units", "users.find_divisions", "users_page.page", "unit_accounts.index",
}  # fmt: skip
PROBES: list[Probe] = []
