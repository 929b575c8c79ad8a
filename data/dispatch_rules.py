"""Keep the limits of dispatch by district: the rule of the smallest division that has one holds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from data.scope import Connection, significant_digits
from dispatch.clocks import DistrictRule

_COLUMNS = tuple(DistrictRule.__dataclass_fields__)


def rules(connection: Connection) -> dict[str, DistrictRule]:
    """Read every rule by its division's code."""
    rows = connection.execute(
        f"SELECT division_code, {', '.join(_COLUMNS)} FROM dispatch_rule ORDER BY division_code".encode()
    ).fetchall()
    return {r["division_code"]: DistrictRule(**{k: r[k] for k in _COLUMNS}) for r in rows}


def rule_in(known: dict[str, DistrictRule], division_code: str) -> DistrictRule:
    """Pick the rule of a place: of the smallest division around it that has one, else the default.

    >>> rule_in({"440300": DistrictRule(), "440310": DistrictRule(arrival_limit_s=3600)}, "440310002").arrival_limit_s
    3600
    """
    around = [code for code in known if division_code.startswith(significant_digits(code))]
    return known[max(around, key=lambda code: len(significant_digits(code)))] if around else DistrictRule()


def rule_of(connection: Connection, division_code: str) -> DistrictRule:
    """Read the rule that holds at a place."""
    return rule_in(rules(connection), division_code)


def put(connection: Connection, division_code: str, rule: DistrictRule) -> None:
    """Set the rule of a division."""
    values: dict[str, Any] = {"division_code": division_code, **asdict(rule)}
    names = ", ".join(values)
    marks = ", ".join(f"%({k})s" for k in values)
    changed = ", ".join(f"{k} = excluded.{k}" for k in _COLUMNS)
    connection.execute(
        f"INSERT INTO dispatch_rule ({names}) VALUES ({marks}) ON CONFLICT (division_code) DO UPDATE SET {changed}".encode(),
        values,
    )
