"""State what the register of accidents keeps by itself: class, minutes to the report, what is due when (row L18)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from layers.declaration import Words
from layers.display import LOCAL_ZONE
from layers.standards.accident_class import INVESTIGATE_DAYS, accident_class, supplement_by
from layers.workflow import Party, Refusal

#: Fields that nobody fills in: they follow from the others.
SYSTEM_FIELDS = frozenset({"grade", "report_min", "supplement_by_on", "investigate_by_on"})
#: Fields of the row before that the rules look at.
COMPARES = (
    "state", "kind", "occurred_at", "reported_at", "dead", "seriously_injured", "loss_10k_cny", "substance", "amount_t",
)  # fmt: skip
_FIRE_OR_ROAD = frozenset({"fire", "vehicle"})


def derive(row: Mapping[str, Any]) -> dict[str, Any]:
    """
    Give the class, the minutes until the report, and the days on which supplements and the investigation are due.

    Parameters
    ----------
    row : mapping
        Figures that are not known count as none.

    Returns
    -------
    dict

    Examples
    --------
    >>> at = dt.datetime(2026, 11, 1, 2, tzinfo=dt.UTC)
    >>> found = derive({"kind": "fire", "occurred_at": at, "reported_at": at + dt.timedelta(minutes=75), "dead": 3})
    >>> found["grade"], found["report_min"], found["supplement_by_on"].isoformat()
    ('3', 75.0, '2026-11-08')
    """
    dead, injured, loss = (
        max(row.get(name) or 0, 0) for name in ("dead", "seriously_injured", "loss_10k_cny")
    )
    occurred, reported = row.get("occurred_at"), row.get("reported_at")
    found: dict[str, Any] = {
        "grade": accident_class(int(dead), int(injured), float(loss)),
        "report_min": None, "supplement_by_on": None, "investigate_by_on": None,
    }  # fmt: skip
    if occurred is not None:
        day = occurred.astimezone(LOCAL_ZONE).date()
        found["supplement_by_on"] = supplement_by(day, is_fire_or_road=row.get("kind") in _FIRE_OR_ROAD)
        found["investigate_by_on"] = day + dt.timedelta(days=INVESTIGATE_DAYS)
        if reported is not None:
            found["report_min"] = round(max((reported - occurred).total_seconds(), 0.0) / 60, 2)
    return found


def faults(
    row: Mapping[str, Any], before: Mapping[str, Any] | None, party: Party, now: dt.datetime
) -> tuple[tuple[str, Words], ...]:
    """
    Name what contradicts itself: an accident to come, a report before the accident, an amount of nothing.

    Parameters
    ----------
    row : mapping
    before : mapping or None
    party : Party
    now : datetime

    Returns
    -------
    tuple of (str, Words)
    """
    del before, party
    found = []
    occurred, reported = row.get("occurred_at"), row.get("reported_at")
    if occurred is not None and occurred > now:
        found.append(("occurred_at", Words("发生时间还没有到。", "The accident lies in the future.")))
    if reported is not None and reported > now:
        found.append(("reported_at", Words("报告时间还没有到。", "The report lies in the future.")))
    if occurred is not None and reported is not None and reported < occurred:
        found.append(("reported_at", Words("报告早于事故。", "The report comes before the accident.")))
    if row.get("amount_t") is not None and not row.get("substance"):
        found.append(("substance", Words("填了涉及量，请填写物质。", "Name the substance of that amount.")))
    return tuple(found)


_TAKEN_UP = Refusal(
    Words("监管部门已受理，企业不能再修改或删除；补报请联系监管部门。", "The authority has taken it up: tell it what has changed.")
)  # fmt: skip


def keeps(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """
    Refuse an enterprise that changes or removes what the authority has taken up.

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
    return _TAKEN_UP if party is Party.OWNER and row["state"] != "reported" else None
