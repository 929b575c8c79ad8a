"""Put a row under listed supervision (挂牌督办) and take it off: the same for hidden dangers and major hazards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from layers.declaration import Words
from layers.workflow import Party, Refusal


def may_list(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse listing what is listed already.

    Parameters
    ----------
    row : mapping
    party : Party
    now : datetime

    Returns
    -------
    Refusal or None
    """
    del party, now
    return Refusal(Words("已经挂牌。", "It is listed already.")) if row.get("is_listed") else None


def may_unlist(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse taking off the list what is not on it.

    Parameters
    ----------
    row : mapping
    party : Party
    now : datetime

    Returns
    -------
    Refusal or None
    """
    del party, now
    return None if row.get("is_listed") else Refusal(Words("没有挂牌。", "It is not listed."))


def on_list(row: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Put it under listed supervision."""
    del row
    return {"is_listed": True, "listed_at": now}


def on_unlist(row: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Take it off; when it was listed stays on record."""
    del row, now
    return {"is_listed": False}
