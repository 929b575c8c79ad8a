"""Find the pages where one register's rows are worked on beyond their form; each page module names its own as DESKS."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache

import web.pages


@dataclass(frozen=True)
class RegisterDesk:
    """Pages beside one register: `path` for a row, with ``{id}``, and `list_path` for the whole register."""

    register_id: str
    path: str | None
    zh: str
    en: str
    list_path: str | None = None
    list_zh: str = ""
    list_en: str = ""


@cache
def all_desks() -> dict[str, RegisterDesk]:
    """Discover every desk, by its register."""
    found: dict[str, RegisterDesk] = {}
    for info in pkgutil.iter_modules(web.pages.__path__):
        desks = getattr(importlib.import_module(f"web.pages.{info.name}"), "DESKS", ())
        found |= {desk.register_id: desk for desk in desks}
    return found
