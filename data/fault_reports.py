"""Keep fault-analysis reports (故障分析报告) of orders: handed in once, then only corrected, with who and why (row S8)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from data import incidents
from data.errors import ConflictError, FilterError
from data.incidents import Change
from data.scope import Connection
from dispatch.incident import EventKind, State
from layers.themes.incident import CAUSES


@dataclass(frozen=True)
class FaultReport:
    """
    What a company found out about an entrapment.

    Attributes
    ----------
    cause : str
        A cause class (DOMAIN 4.4).
    description, measures : str
        What had failed; what was done so that it does not fail again.
    parts : str
        Parts that were replaced; empty for none.
    """

    cause: str
    description: str
    measures: str
    parts: str = ""


def versions(connection: Connection, code: str) -> list[dict[str, Any]]:
    """List an order's report and its corrections, the newest first."""
    return connection.execute(
        "SELECT number, cause, description, measures, parts, why, actor, at FROM fault_report WHERE incident_code = %s"
        " ORDER BY number DESC",
        [code],
    ).fetchall()


def hand_in(connection: Connection, code: str, report: FaultReport, *, actor: str, now: dt.datetime) -> None:
    """Hand in the report of an order; the order takes over its cause.

    Raises
    ------
    NotFoundError
        When there is no such order that the scope may see.
    ConflictError
        When people are still inside, or a report stands already.
    FilterError
        When there is no such cause.
    """
    incidents.lock_order(connection, code)
    order = incidents.read(connection, code)
    if order.incident.state not in (State.FREED, State.CLOSED):
        raise ConflictError(
            f"工单 {code} 尚未解困，解困后再提交报告。 The order {code} still runs: hand in the report when the people are free."
        )
    if versions(connection, code):
        raise ConflictError(
            f"工单 {code} 的报告已提交，只能更正。 The report of {code} was handed in already: it can only be corrected."
        )
    _write(connection, code, 1, report, why=None, actor=actor, now=now)


def correct(
    connection: Connection, code: str, report: FaultReport, *, why: str, number: int, actor: str, now: dt.datetime
) -> None:  # fmt: skip
    """Correct a report that was handed in; what stood before stays readable.

    Parameters
    ----------
    number : int
        Of the version that the writer has seen.

    Raises
    ------
    NotFoundError
        When there is no such order that the scope may see.
    ConflictError
        When nothing was handed in yet, or somebody else has corrected it meanwhile.
    FilterError
        When there is no such cause, no reason, or nothing changed.
    """
    incidents.lock_order(connection, code)
    incidents.read(connection, code)
    standing = versions(connection, code)
    if not standing:
        raise ConflictError(
            f"工单 {code} 还没有报告，请先提交。 The order {code} has no report yet: hand it in first."
        )
    if standing[0]["number"] != number:
        raise ConflictError(
            f"报告已由 {standing[0]['actor']} 更正过，请刷新后再改。 Meanwhile {standing[0]['actor']} has corrected the report: reload, then correct it."
        )
    if not why.strip():
        raise FilterError("请填写更正理由。 Say why the report is corrected.")
    same = all(standing[0][n] == getattr(report, n) for n in ("cause", "description", "measures", "parts"))
    if same:
        raise FilterError("内容没有变化。 Nothing was changed.")
    _write(connection, code, number + 1, report, why=why, actor=actor, now=now)


def _write(
    connection: Connection, code: str, number: int, report: FaultReport, *, why: str | None, actor: str, now: dt.datetime
) -> None:  # fmt: skip
    if report.cause not in {c.value for c in CAUSES}:
        raise FilterError(
            f"没有故障原因 {report.cause[:30]!r}。 There is no cause {report.cause[:30]!r}; known: {', '.join(c.value for c in CAUSES)}."
        )
    connection.execute(
        "INSERT INTO fault_report (incident_code, number, cause, description, measures, parts, why, actor, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [code, number, report.cause, report.description, report.measures, report.parts, why, actor, now],
    )
    facts = {"cause": report.cause, "number": number} | ({"why": why} if why else {})
    incidents.append(connection, code, [Change(EventKind.REPORTED, facts, actor)], now=now)
    connection.execute("UPDATE incident SET cause = %s WHERE code = %s", [report.cause, code])
