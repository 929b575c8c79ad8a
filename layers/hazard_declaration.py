"""State the rules by which major hazards are declared: recorded, declared and locked, accepted, listed, written off (L8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from layers.declaration import Words
from layers.workflow import Party, Refusal

#: Fields that follow from the identification, or that a step sets.
SYSTEM_FIELDS = frozenset(
    {
        "grade", "standard", "ratio_sum", "alpha", "r_value", "people_declared", "people_counted", "counted_from",
        "boundary_code", "plant_radius_m", "assessed_at", "declared_at", "accepted_at", "is_listed", "listed_at", "written_off_at",
    }
)  # fmt: skip


def fills(values: Mapping[str, Any], party: Party, now: dt.datetime) -> dict[str, Any]:
    """Give what a new row takes by itself: nothing is identified yet.

    Parameters
    ----------
    values : mapping
    party : Party
    now : datetime

    Returns
    -------
    dict
    """
    del values, party, now
    return {**dict.fromkeys(SYSTEM_FIELDS), "standard": "gb18218_2018", "is_listed": False}


def may_declare(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse declaring what is not identified, or is no major hazard.

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
    if row.get("ratio_sum") is None:
        return Refusal(
            Words(
                "请先做辨识：填写物质和设计最大量。",
                "Identify it first: fill in substances and design quantities.",
            )
        )
    if row.get("grade") is None:
        return Refusal(
            Words(
                f"Σq/Q = {row['ratio_sum']:.4g}，小于 1，不构成重大危险源，不需申报。",
                f"Σq/Q = {row['ratio_sum']:.4g} is below 1: it is no major hazard and need not be declared.",
            )
        )
    return None


def on_declare(row: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Set when it was declared."""
    del row
    return {"declared_at": now}


def on_accept(row: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Set when it was accepted."""
    del row
    return {"accepted_at": now}


def on_write_off(row: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Write it off (核销): nothing is owed for it any more."""
    del row
    return {"is_listed": False, "written_off_at": now}
