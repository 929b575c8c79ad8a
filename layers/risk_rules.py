"""State the rules of risk points and of enterprises' risk grades: what follows from factors, what needs evidence (L13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from layers.declaration import Words
from layers.errors import StandardError
from layers.standards.risk_level import METHODS, grade
from layers.workflow import Party, Refusal


def _factors(row: Mapping[str, Any]) -> dict[str, float]:
    names = [name for name, _, _ in METHODS[row["method"]].factors]
    return {name: float(row[name]) for name in names if row.get(name) not in (None, "")}


def derive_level(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give the product and the level of a risk point that is graded by LEC or LS; others keep the level they were given.

    Parameters
    ----------
    row : mapping

    Returns
    -------
    dict
        Empty while factors are missing: `level_faults` names them.
    """
    if row.get("method") not in METHODS:
        return {"product": None}
    try:
        product, level = grade(row["method"], _factors(row))
    except StandardError:
        return {"product": None}
    return {"product": product, "level": level}


def level_faults(
    row: Mapping[str, Any], before: Mapping[str, Any] | None, party: Party, now: dt.datetime
) -> tuple[tuple[str, Words], ...]:
    """Name the factor that is missing for the chosen method.

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
    del before, party, now
    if row.get("method") not in METHODS:
        return ()
    try:
        grade(row["method"], _factors(row))
    except StandardError as error:
        zh, _, en = str(error).partition("。 ")
        return ((error.field or "method", Words(f"{zh}。", en)),)
    return ()


def may_submit(row: Mapping[str, Any], party: Party, now: dt.datetime) -> Refusal | None:
    """Refuse a ruling without a reason, and a report without the agency that made it.

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
    if row["basis"] == "ruling" and not row.get("reason"):
        return Refusal(Words("直接判定应写明理由。", "A direct ruling needs its reason."), "reason")
    if row["basis"] == "report" and not row.get("agency"):
        return Refusal(Words("请填写出具评估报告的机构。", "Name the agency that made the report."), "agency")
    return None
