"""State the rules by which hidden dangers (隐患) are rectified: who does what, until when, and how often (row L9).

The manual of the Luzhou platform, sections 隐患排查流程 and 隐患排查管理. Where it is silent, each function says what was chosen.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from typing import Any

from layers import listed_supervision
from layers.declaration import Words
from layers.display import LOCAL_ZONE
from layers.workflow import Party, Refusal

#: Fields that nobody fills in.
SYSTEM_FIELDS = frozenset(
    {
        "source", "registered_at", "first_due_at", "rounds", "rectified_at", "completed_at", "extension",
        "rectification", "extension_reason", "extended_to", "is_listed", "listed_at",
    }
)  # fmt: skip
#: Fields of the row before that the rules look at.
COMPARES = ("state", "rectified_at", "source", "due_at", "first_due_at", "extension")


def one_month_after(instant: dt.datetime) -> dt.datetime:
    """Give the same day and time of the next month, in Beijing; the month's last day where there is no such day.

    Parameters
    ----------
    instant : datetime
        Aware.

    Returns
    -------
    datetime
        Aware, UTC.

    Notes
    -----
    The manual's default deadline is "the current time, one month on", with the time of day. The last day of a shorter
    month is the project's reading.

    Examples
    --------
    >>> one_month_after(dt.datetime(2026, 1, 31, 2, 0, tzinfo=dt.UTC)).astimezone(LOCAL_ZONE).isoformat()
    '2026-02-28T10:00:00+08:00'
    """
    local = instant.astimezone(LOCAL_ZONE)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(dt.UTC)


def reviewer_of(row: Mapping[str, Any]) -> Party:
    """Give the side that makes every review of a hidden danger.

    Parameters
    ----------
    row : mapping
        With ``source`` and ``grade``.

    Returns
    -------
    Party
        The enterprise for general ones it reported itself; the authority for major ones and for all that government found.

    Examples
    --------
    >>> reviewer_of({"source": "self", "grade": "major"})
    <Party.AUTHORITY: 'authority'>
    """
    is_own = row["source"] == "self" and row["grade"] == "general"
    return Party.OWNER if is_own else Party.AUTHORITY


def rectifier_of(row: Mapping[str, Any]) -> Party:
    """Give the side that rectifies a hidden danger.

    Parameters
    ----------
    row : mapping
        With ``enterprise_code``.

    Returns
    -------
    Party
        The enterprise it belongs to; the authority for one that a patrol found where no enterprise answers for it.

    Examples
    --------
    >>> rectifier_of({"enterprise_code": None})
    <Party.AUTHORITY: 'authority'>
    """
    return Party.OWNER if row.get("enterprise_code") else Party.AUTHORITY


def by_rectifier(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse rectifying, or asking for more time, by the side that does not rectify this hidden danger.

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
    if party is rectifier_of(row):
        return None
    return Refusal(
        Words(
            "这一步由隐患所属的企业办理；不属于企业的由监管部门办理。",
            "The enterprise it belongs to takes this step; for one of no enterprise, the authority does.",
        )
    )


def rectifies_in_time(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse rectifying by the wrong side, or after the deadline.

    Parameters
    ----------
    row : mapping
    party : Party
    now : datetime

    Returns
    -------
    Refusal or None
    """
    return by_rectifier(row, party, now) or in_time(row, party, now)


def is_past(row: Mapping[str, Any], now: dt.datetime) -> bool:
    """Say whether the deadline has passed; the deadline itself is still in time.

    Parameters
    ----------
    row : mapping
        With ``due_at``.
    now : datetime
        Aware.

    Returns
    -------
    bool
    """
    return bool(now > row["due_at"])


_LATE = Refusal(
    Words(
        "整改期限已过，系统按逾期未整改处理，不能再办理这一步。",
        "The deadline has passed: it counts as overdue, and this step is no longer open.",
    )
)


def in_time(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse a step after the deadline.

    Parameters
    ----------
    row : mapping
    party : Party
    now : datetime

    Returns
    -------
    Refusal or None
    """
    del party
    return _LATE if is_past(row, now) else None


def by_reviewer(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse a review by the side that does not review this hidden danger.

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
    if party is reviewer_of(row):
        return None
    if party is Party.OWNER:
        return Refusal(
            Words(
                "重大隐患和政府检查发现的隐患由监管部门审核。",
                "Major ones and those that government found are reviewed by the authority.",
            )
        )
    return Refusal(
        Words(
            "企业自查的一般隐患由企业自行审核。",
            "The enterprise reviews general ones that it reported itself.",
        )
    )


def review_in_time(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse a review by the wrong side, or after the deadline: rectifying and passing both happen by then.

    Parameters
    ----------
    row : mapping
    party : Party
    now : datetime

    Returns
    -------
    Refusal or None
    """
    return by_reviewer(row, party, now) or in_time(row, party, now)


def may_ask_extension(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse a request for an extension that comes too early, too late, or a second time.

    Parameters
    ----------
    row : mapping
    party : Party
    now : datetime

    Returns
    -------
    Refusal or None

    Notes
    -----
    What government found must be asked for before the deadline; what the enterprise reported itself once it is overdue,
    as the manual offers it. One request for each hidden danger.
    """
    refusal = by_rectifier(row, party, now)
    if refusal is not None:
        return refusal
    if (row.get("extension") or "none") != "none":
        return Refusal(Words("每条隐患只能申请一次延期。", "Each hidden danger is extended once at most."))
    is_overdue = row["state"] == "overdue" or is_past(row, now)
    if row["source"] == "government" and is_overdue:
        return Refusal(
            Words(
                "政府检查发现的隐患逾期后不能再整改或申请延期，应在期限前申请。",
                "What government found can neither be rectified nor extended once overdue: ask before the deadline.",
            )
        )
    if row["source"] == "self" and not is_overdue:
        return Refusal(
            Words(
                "企业自查的隐患在逾期之后才申请延期；期限之内请直接整改。",
                "One that the enterprise reported is extended once overdue: until then, rectify it.",
            )
        )
    return None


def new_deadline_ahead(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse a new deadline that does not lie ahead.

    Parameters
    ----------
    row : mapping
        With ``extended_to`` as filled in.
    party : Party
    now : datetime

    Returns
    -------
    Refusal or None
    """
    del party
    if row["extended_to"] > now:
        return None
    return Refusal(Words("新整改期限应晚于现在。", "The new deadline must lie ahead of now."), "extended_to")


def fills(values: Mapping[str, Any], party: Party, now: dt.datetime) -> dict[str, Any]:
    """Give what a new hidden danger takes by itself: when and by whom it was found, and its deadline.

    Parameters
    ----------
    values : mapping
        What was filled in.
    party : Party
    now : datetime

    Returns
    -------
    dict
    """
    due_at = values.get("due_at") or one_month_after(now.replace(second=0, microsecond=0))
    return {
        **dict.fromkeys(SYSTEM_FIELDS),
        "source": "self" if party is Party.OWNER else "government",
        "registered_at": now,
        "due_at": due_at,
        "first_due_at": due_at,
        "rounds": 1,
        "extension": "none",
        "is_listed": False,
    }


def faults(
    row: Mapping[str, Any], before: Mapping[str, Any] | None, party: Party, now: dt.datetime
) -> tuple[tuple[str, Words], ...]:
    """Find what is wrong with a hidden danger that is registered or corrected.

    Parameters
    ----------
    row : mapping
        As it would be.
    before : mapping or None
        As it was; None for a new one.
    party : Party
    now : datetime

    Returns
    -------
    tuple of (str, Words)
        Field and what would be right.

    Notes
    -----
    A new deadline lies ahead. In a correction it can be brought forward, and never put off beyond the one that was
    registered: for that there is the extension.
    """
    del party
    if before is None and not row.get("enterprise_code") and not row.get("route_code"):
        return (
            (
                "enterprise_code",
                Words(
                    "请选择隐患所在的企业；巡查公共路线发现的可以不属于企业。",
                    "Choose the enterprise that has to rectify it; what a patrol of a public route found may belong to none.",
                ),
            ),
        )
    due_at = row.get("due_at")
    if due_at is None or (before is not None and due_at == before["due_at"]):
        return ()
    is_history = before is None and row.get("state") not in (None, "pending")
    if not is_history and due_at <= now:
        return (
            (
                "due_at",
                Words(
                    "整改期限应晚于现在（精确到分钟）。", "The deadline must lie ahead of now, to the minute."
                ),
            ),
        )
    latest = (before.get("first_due_at") or before["due_at"]) if before is not None else None
    if latest is not None and due_at > latest:
        shown = latest.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M")
        return (
            (
                "due_at",
                Words(
                    f"修改时期限只能提前，不能晚于登记的 {shown}；确需延长请走延期申请。",
                    f"A correction can bring the deadline forward, not beyond {shown} as registered: ask for an extension instead.",
                ),
            ),
        )
    return ()


def keeps(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse changing or removing a hidden danger: another side's, past its deadline, rectified once, or extended.

    Parameters
    ----------
    row : mapping
    party : Party
    now : datetime

    Returns
    -------
    Refusal or None
    """
    if (row["source"] == "self") != (party is Party.OWNER):
        return Refusal(
            Words(
                "只能修改或删除本方登记的隐患。",
                "Only the side that registered a hidden danger may change or remove it.",
            )
        )
    if row.get("rectified_at") is not None:
        return Refusal(
            Words("整改填报之后不能再修改或删除。", "Once rectified it can neither be changed nor removed.")
        )
    if (row.get("extension") or "none") != "none":
        return Refusal(
            Words(
                "申请过延期的隐患不能再修改或删除。", "Once extended it can neither be changed nor removed."
            )
        )
    return in_time(row, party, now)


def on_rectify(row: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Set when it was rectified."""
    del row
    return {"rectified_at": now}


def on_pass(row: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Set when it was completed."""
    del row
    return {"completed_at": now}


def on_fail(row: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Count the next round."""
    del now
    return {"rounds": (row.get("rounds") or 1) + 1}


def on_ask(row: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Use up the one extension."""
    del row, now
    return {"extension": "asked"}


def on_grant(row: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Move the deadline to the new one; the first one stays on record."""
    del now
    return {"extension": "granted", "due_at": row["extended_to"]}


def on_deny(row: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Leave the deadline as it is: it stays unrectified for good."""
    del row, now
    return {"extension": "refused"}


def may_list(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse listed supervision of a general one, or of one that is listed already.

    Parameters
    ----------
    row : mapping
    party : Party
    now : datetime

    Returns
    -------
    Refusal or None
    """
    if row["grade"] != "major":
        return Refusal(Words("只对重大隐患挂牌督办。", "Only major ones are put under listed supervision."))
    return listed_supervision.may_list(row, party, now)
