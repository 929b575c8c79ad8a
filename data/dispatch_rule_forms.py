"""List the limits of dispatch by district for a form, and take over what is typed there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data import dispatch_rules, divisions
from data.accounts import covers
from data.divisions import Division
from data.errors import FormError, NotFoundError, RefusedError
from data.scope import Connection
from dispatch.clocks import DistrictRule
from dispatch.errors import QuestionError

#: Field of the form → field of the rule, seconds in one of the form's units, its words.
_MINUTES = {
    "answer_min": ("answer_limit_s", "响应时限", "Answer"),
    "arrival_min": ("arrival_limit_s", "到达时限", "Arrival"),
    "trapped_min": ("trapped_limit_s", "被困时限", "Trapped"),
    "blackout_window_min": ("blackout_window_s", "成批困人的时间窗", "Window of a blackout"),
}
_MOST_CALLS = 1000


@dataclass(frozen=True)
class ShownRule:
    """The rule in force in a division, and whether it is its own; else it is that of a wider division, or the default."""

    division: Division
    rule: DistrictRule
    is_own: bool


def listed(connection: Connection, jurisdiction: Sequence[str]) -> list[ShownRule]:
    """List the city and its districts that lie in a jurisdiction with what holds there; empty before a city is loaded."""
    city = divisions.city(connection)
    if city is None:
        return []
    known = dispatch_rules.rules(connection)
    return [
        ShownRule(each, dispatch_rules.rule_in(known, each.code), each.code in known)
        for each in (city, *divisions.children(connection, city.code))
        if _answers_for(jurisdiction, each.code)
    ]


def _answers_for(jurisdiction: Sequence[str], division_code: str) -> bool:
    return any(covers(code, division_code) for code in jurisdiction)


def _require_own(connection: Connection, division_code: str, jurisdiction: Sequence[str]) -> None:
    divisions.read(connection, division_code)
    if not _answers_for(jurisdiction, division_code):
        raise RefusedError(
            "时限只能由管辖该区划的管理员设置。 Limits are set by administrators whose jurisdiction holds the division."
        )


def put(
    connection: Connection, division_code: str, values: Mapping[str, str], jurisdiction: Sequence[str]
) -> DistrictRule:
    """Set the rule of a division as typed: minutes, calls, and whether levels rise by themselves.

    Raises
    ------
    NotFoundError
        When there is no such division.
    RefusedError
        When it does not lie in the jurisdiction.
    FormError
        When a number is none, or the limits are not in their order.
    """
    _require_own(connection, division_code, jurisdiction)
    faults: list[tuple[str, str]] = []
    found: dict[str, int] = {}
    for name, (field, zh, en) in _MINUTES.items():
        seconds = _seconds(values.get(name, ""))
        if seconds is None:
            faults.append((name, f"{zh}应为大于 0 的分钟数。 {en}: minutes above 0 were expected."))
        else:
            found[field] = seconds
    calls = values.get("blackout_calls", "").strip()
    if not calls.isascii() or not calls.isdigit() or not 2 <= int(calls) <= _MOST_CALLS:
        faults.append(
            (
                "blackout_calls",
                f"成批困人的起数应为 2–{_MOST_CALLS}。 A blackout takes 2 to {_MOST_CALLS} calls.",
            )
        )
    if faults:
        raise FormError(tuple(faults))
    try:
        rule = DistrictRule(**found, is_automatic=bool(values.get("is_automatic")), blackout_calls=int(calls))
    except QuestionError as error:
        raise FormError((("answer_min", str(error)),)) from error
    dispatch_rules.put(connection, division_code, rule)
    return rule


def remove(connection: Connection, division_code: str, jurisdiction: Sequence[str]) -> None:
    """Take a division's own rule away: that of the wider division holds again.

    Raises
    ------
    NotFoundError
        When there is no such division, or it has none of its own.
    RefusedError
        When it does not lie in the jurisdiction.
    """
    _require_own(connection, division_code, jurisdiction)
    row = connection.execute(
        "DELETE FROM dispatch_rule WHERE division_code = %s RETURNING division_code", [division_code]
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"{division_code[:20]} 没有单独设置时限。 {division_code[:20]} has no limits of its own."
        )


def _seconds(text: str) -> int | None:
    try:
        minutes = float(text.strip())
    except ValueError:
        return None
    return round(minutes * 60) if 0 < minutes <= 24 * 60 and round(minutes * 60) > 0 else None
