"""List what a company's stations took for others' elevators: their own part of each order, never the order (row S10)."""

from __future__ import annotations

from typing import Any

import numpy as np

from data import dispatch_rules
from data.errors import NotFoundError
from data.incident_figures import instants, texts
from data.scope import Connection
from dispatch.indicators import OrderTable, Period

#: Orders of others are those that the company's scope does not show: the rule is the database's.
_FROM = (
    " FROM incident_assignment a JOIN rescue_station s ON s.code = a.station_code AND s.owner_id = %(unit)s"
    " WHERE NOT EXISTS (SELECT 1 FROM incident i WHERE i.code = a.incident_code)"
)
_COLUMNS = (
    "a.incident_code AS code, a.number, a.station_code, s.name AS station_name, a.level, a.state, a.responder, a.notified_at,"
    " a.accepted_at, a.en_route_at, a.arrived_at, a.freed_at, a.ended_at, a.eta_at, a.place_name, a.place_address"
)


def newest(connection: Connection, unit_id: int, *, limit: int = 15) -> list[dict[str, Any]]:
    """List the newest that the company's stations were told of."""
    return connection.execute(
        f"SELECT {_COLUMNS}{_FROM} ORDER BY a.notified_at DESC, a.id DESC LIMIT %(limit)s".encode(),
        {"unit": unit_id, "limit": limit},
    ).fetchall()


def read(connection: Connection, unit_id: int, code: str) -> list[dict[str, Any]]:
    """Read the parts of the company's stations in one order.

    Raises
    ------
    NotFoundError
        When none of them was told of it, or the elevator is the company's own.
    """
    found = connection.execute(
        f"SELECT {_COLUMNS}{_FROM} AND a.incident_code = %(code)s ORDER BY a.number".encode(),
        {"unit": unit_id, "code": code},
    ).fetchall()
    if not found:
        raise NotFoundError(
            f"本单位的救援站没有承接工单 {code[:40]}。 None of your stations was told of order {code[:40]}."
        )
    return found


def table(connection: Connection, unit_id: int, period: Period) -> tuple[OrderTable, list[str]]:
    """Give what the stations took in a period as orders to be counted, each from the instant its station was told, and the stations.

    Refusals and messages that did not arrive are left out: they took nothing.
    """
    rows = connection.execute(
        f"SELECT {_COLUMNS}, a.place_division_code, a.first_eta_at,"
        f" COALESCE(a.accepted_at, a.en_route_at, a.arrived_at) AS answered_at{_FROM}"
        " AND a.state NOT IN ('refused', 'not_reached') AND a.notified_at >= %(start)s AND a.notified_at < %(end)s"
        " ORDER BY a.notified_at, a.id".encode(),
        {"unit": unit_id, "start": period.start, "end": period.end},
    ).fetchall()
    rules = dispatch_rules.rules(connection)
    limits = [dispatch_rules.rule_in(rules, r["place_division_code"] or "") for r in rows]
    notified_at = instants([r["notified_at"] for r in rows])
    found = OrderTable(
        code=texts(rows, "code"),
        received_at=notified_at,
        notified_at=notified_at,
        closed_at=instants([r["ended_at"] for r in rows]),
        predicted_at=instants([r["first_eta_at"] for r in rows]),
        **{name: instants([r[name] for r in rows]) for name in ("answered_at", "arrived_at", "freed_at")},
        answer_limit_s=np.array([r.answer_limit_s for r in limits], np.int64),
        arrival_limit_s=np.array([r.arrival_limit_s for r in limits], np.int64),
        is_entrapment=np.ones(len(rows), np.bool_),
        levels=np.array([[r["level"] == 1, r["level"] == 2, False] for r in rows], np.bool_).reshape(-1, 3),
        elevator_code=np.full(len(rows), "", np.str_),
        persons_freed=np.zeros(len(rows), np.int64),
    )
    return found, [str(r["station_code"]) for r in rows]
