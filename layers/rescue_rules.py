"""State what rescue flows and rescue knowledge are kept for: kinds of accident, and what an entry must name (row L16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from layers.declaration import Choice, Words
from layers.workflow import Party

#: Kinds of accident that a rescue is prepared for.
ACCIDENTS = (
    Choice("leak", Words("泄漏", "Leak")),
    Choice("fire", Words("火灾", "Fire")),
    Choice("explosion", Words("爆炸", "Explosion")),
    Choice("poisoning", Words("中毒和窒息", "Poisoning, asphyxia")),
    Choice("other", Words("其他", "Other")),
)
#: Fields of the row before that the rules look at.
COMPARES = ("accident", "substance")
_BY_EFFECT = {
    "toxic": ("poisoning",),
    "flash_fire": ("fire",),
    "pool_fire": ("fire",),
    "fireball": ("fire", "explosion"),
    "explosion": ("explosion",),
}


def accidents_of(effects: Collection[str]) -> tuple[str, ...]:
    """
    Say which kinds of accident a release with these effects is: a leak, and what becomes of it.

    Parameters
    ----------
    effects : collection of str
        Names of effects of a simulated release (``toxic``, ``pool_fire`` …); others tell nothing.

    Returns
    -------
    tuple of str
        Values of `ACCIDENTS`, in their order.

    Examples
    --------
    >>> accidents_of({"toxic", "fireball"})
    ('leak', 'fire', 'explosion', 'poisoning')
    """
    found = {"leak"}.union(*(_BY_EFFECT.get(effect, ()) for effect in effects))
    return tuple(choice.value for choice in ACCIDENTS if choice.value in found)


def faults(
    row: Mapping[str, Any], before: Mapping[str, Any] | None, party: Party, now: dt.datetime
) -> tuple[tuple[str, Words], ...]:
    """
    Refuse knowledge that is of no substance and no kind of accident: nobody would find it in an accident.

    Parameters
    ----------
    row : mapping
    before : mapping or None
    party : Party
    now : datetime

    Returns
    -------
    tuple of (str, Words)

    Examples
    --------
    >>> [name for name, _ in faults({"accident": None}, None, Party.AUTHORITY, dt.datetime.now(dt.UTC))]
    ['substance']
    """
    del before, party, now
    if row.get("substance") or row.get("accident"):
        return ()
    words = Words(
        "请填写物质，或选事故类型，至少一项。",
        "Name a substance or a kind of accident: one of the two at least.",
    )
    return (("substance", words),)
