"""Read what is looked for in a log of operations: words, an action, and days."""

from __future__ import annotations

import datetime as dt

from flask import request

from data.errors import FilterError
from data.operation_log import LogQuestion
from web.api.layers import parse_int
from web.operation_words import actions_named


def log_question() -> LogQuestion:
    """Read `q`, `action`, `from` and `to` (days in Beijing, both included) and `before` of the request.

    Raises
    ------
    FilterError
    """
    words = request.args.get("q", "").strip()[:80]
    since, until = _day("from"), _day("to")
    if since is not None and until is not None and since > until:
        raise FilterError("起始日期不能晚于截止日期。 The first day cannot come after the last.")
    return LogQuestion(
        words=words,
        actions=actions_named(words) if words else (),
        action=request.args.get("action", "").strip()[:80] or None,
        since=since,
        until=until,
        before=parse_int("before", 0, low=0, high=2**62) or None,
    )


def _day(name: str) -> dt.date | None:
    given = request.args.get(name, "").strip()
    if not given:
        return None
    try:
        found = dt.date.fromisoformat(given)
    except ValueError as error:
        raise FilterError(
            f"{name} 应是日期，如 2026-11-01。 A date such as 2026-11-01 was expected for {name}."
        ) from error
    if not 1900 <= found.year <= 9000:
        raise FilterError(f"{name} 的年份不在范围内。 The year of {name} is out of range.")
    return found
