"""Say whose a summary of hidden dangers is, and that its period has ended (row L9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from layers.day_rules import not_before
from layers.declaration import Words
from layers.display import LOCAL_ZONE
from layers.workflow import Party, Refusal

#: Set by the system.
SYSTEM_FIELDS = frozenset({"source"})
#: Fields of the row before that the rules look at.
COMPARES = ("source",)
_DISORDER = not_before(
    "ends_on", "begins_on", Words("截止日期早于开始日期。", "The last day is before the first.")
)


def fills(values: Mapping[str, Any], party: Party, now: dt.datetime) -> dict[str, Any]:
    """Give what a new summary takes by itself: who writes it.

    Parameters
    ----------
    values : mapping
    party : Party
    now : datetime

    Returns
    -------
    dict
    """
    del values, now
    return {"source": "self" if party is Party.OWNER else "government"}


def faults(
    row: Mapping[str, Any], before: Mapping[str, Any] | None, party: Party, now: dt.datetime
) -> tuple[tuple[str, Words], ...]:
    """Refuse a period in disorder, and one that has not ended: it cannot be summed up yet.

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
    >>> day = dt.date(2026, 11, 2)
    >>> noon = dt.datetime(2026, 11, 1, 4, tzinfo=dt.UTC)
    >>> faults({"begins_on": day, "ends_on": day}, None, Party.OWNER, noon)[0][0]
    'ends_on'
    """
    found = _DISORDER(row, before, party, now)
    ends = row.get("ends_on")
    if not found and ends and ends > now.astimezone(LOCAL_ZONE).date():
        return (("ends_on", Words("这段时间还没有结束。", "This period has not ended yet.")),)
    return found


def keeps(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse changing or removing a summary that the other side wrote.

    Parameters
    ----------
    row : mapping
    party : Party
    now : datetime

    Returns
    -------
    Refusal or None
    """
    del now
    if (row["source"] == "self") == (party is Party.OWNER):
        return None
    return Refusal(
        Words("只能修改或删除本方写的总结。", "Only the side that wrote a summary may change or remove it.")
    )
