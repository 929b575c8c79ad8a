"""Describe the entries of the screens' menu; each page module names its own as MENU."""

from __future__ import annotations

from dataclasses import dataclass

from data.users import User


@dataclass(frozen=True)
class MenuEntry:
    """
    One screen in the menu.

    Attributes
    ----------
    path : str
    zh, en : str
        Words.
    order : int
    roles : frozenset of str or None
        Who sees it; None: everybody who is signed in.
    """

    path: str
    zh: str
    en: str
    order: int = 50
    roles: frozenset[str] | None = None

    def is_for(self, user: User | None) -> bool:
        """Say whether a user sees it."""
        return user is not None and (self.roles is None or user.role in self.roles)
