"""Propose stations for all open orders together, beside the choice one by one; and carry a proposal out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import crew_positions, dispatch_rules, incidents
from data.dispatch_desk import Desk
from data.errors import ConflictError, FilterError
from data.incidents import Order
from data.joint_calls import JointCrew, JointInputs, JointRow, open_calls
from data.scope import Connection
from data.station_ranking import StationsThen, Wanted, asked_of, wanted_for
from data.stations import StationTable
from dispatch.assignment import (
    MOST_CALLS,
    Difference,
    OpenCalls,
    Plan,
    assign_one_by_one,
    assign_together,
    differences,
)
from dispatch.clocks import DistrictRule
from dispatch.errors import OffRoadError
from dispatch.incident import AssignmentState, Node, State

_UNDER_WAY = (*crew_positions.STILL_AT_THE_STATION, AssignmentState.EN_ROUTE)


@dataclass(frozen=True)
class Options:
    """
    How open calls are assigned together.

    Parameters
    ----------
    reserve : int
        Free crews kept in each district where that is avoidable; 0 keeps none.
    may_divert : bool
        A crew under way may be given to another call where that lowers the calls over the limit or without anybody.
    """

    reserve: int = 1
    may_divert: bool = False


@dataclass(frozen=True, eq=False)
class Unit:
    """A column of the plan: a station, or a crew under way from where it is now."""

    station_code: str
    under_way_to: str | None = None


@dataclass(frozen=True, eq=False)
class Proposal:
    """
    Stations for all open orders.

    Attributes
    ----------
    orders : tuple of Order
        Those assigned, in the order of their calls; `plan`, `alone` and `changes` have one row each.
    left_out : dict of str to str
        Orders that cannot be assigned: ``unplaced`` (nobody knows where) or ``off_road``.
    levels : ndarray of int8, shape (n, m)
        Level each unit would be sent at.
    then, inputs
        What it was worked out from.
    """

    at: dt.datetime
    orders: tuple[Order, ...]
    left_out: dict[str, str]
    units: tuple[Unit, ...]
    table: StationTable
    calls: OpenCalls
    plan: Plan
    alone: Plan
    changes: tuple[Difference, ...]
    levels: NDArray[np.int8]
    options: Options
    then: StationsThen
    inputs: JointInputs


@dataclass(frozen=True)
class Pair:
    """One order and the station that is to be told, None for nobody.

    `instead_of` is stood down first, where its crew is diverted; `diverted_from` is the order whose crew under way `station_code` is.
    """

    order_code: str
    station_code: str | None
    version: int | None = None
    instead_of: str | None = None
    request_key: str | None = None
    diverted_from: str | None = None


def propose(
    connection: Connection, desk: Desk, *, now: dt.datetime, options: Options | None = None
) -> Proposal:
    """Assign all orders that have nobody yet, as far as the scope sees them; crews are counted over all jurisdictions.

    Raises
    ------
    QuestionError
        When there are more than 200, or the reserve is negative.
    NoNetworkError, NetworkFileError
        When there is no network or its file cannot be used.
    """
    options = options or Options()
    then = desk.ranker.at(now)
    rules = dispatch_rules.rules(connection)
    rows: list[_Row] = []
    left_out: dict[str, str] = {}
    codes = incidents.open_codes(connection)
    for order in incidents.read_all(connection, codes):
        if not _is_to_assign(order, options):
            continue
        rule = dispatch_rules.rule_in(rules, order.row["division_code"])
        wanted = wanted_for(connection, order, rule)
        if wanted.place.lon is None or wanted.place.lat is None:
            left_out[order.code] = "unplaced"
            continue
        try:
            then.place(wanted.place.lon, wanted.place.lat)
        except OffRoadError:
            left_out[order.code] = "off_road"
            continue
        rows.append(_Row(order, rule, wanted))
    crews = _crews_under_way(connection, rows, now=now) if options.may_divert else []
    # An order whose crew cannot be taken from it, since nobody knows where it is, stays as it is.
    has_crew = {crew.order_code for crew in crews}
    rows = [r for r in rows if not r.order.incident.running or r.order.code in has_crew][: MOST_CALLS + 1]
    districts = tuple(_districts(connection, then.table.code).tolist())
    inputs = JointInputs(tuple(_joint_row(r, now) for r in rows), tuple(crews), districts, options.reserve)
    calls, levels = open_calls(then.world, inputs)
    plan, alone = assign_together(calls), assign_one_by_one(calls)
    units = (*(Unit(code) for code in then.table.code), *(Unit(c.station_code, c.order_code) for c in crews))
    return Proposal(
        now, tuple(r.order for r in rows), left_out, units, then.table, calls, plan, alone,
        differences(calls, plan, alone), levels, options, then, inputs,
    )  # fmt: skip


def groups(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Put the pairs together that take crews from each other: a group is carried out whole or not at all.

    >>> a, b, c = Pair("A", "Y", instead_of="X"), Pair("B", "X", diverted_from="A"), Pair("C", "Z")
    >>> [[p.order_code for p in group] for group in groups([a, b, c])]
    [['A', 'B'], ['C']]
    """
    lead = {p.order_code: p.order_code for p in pairs}

    def find(code: str) -> str:
        while lead[code] != code:
            code = lead[code]
        return code

    for pair in pairs:
        if pair.diverted_from in lead:
            lead[find(pair.order_code)] = find(pair.diverted_from)
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(find(pair.order_code), []).append(pair)
    return list(found.values())


def accept(
    connection: Connection,
    desk: Desk,
    group: Sequence[Pair],
    *,
    actor: str,
    now: dt.datetime,
    base_url: str,
    plan: int | None = None,
) -> list[Order]:
    """Tell the stations of a group of a proposal, all in the caller's transaction; a request sent again changes nothing.

    A crew that is diverted sets out from where it is: its predicted arrival, its message and what is kept say so. `plan` is the number
    under which the proposal is kept.

    Raises
    ------
    NotFoundError, ConflictError, FilterError, MoveRefusedError, OffRoadError
        As for `data.dispatch_desk.Desk.notify`: when the proposal is stale; a filter error also when a crew is to be diverted from
        an order that is not in the group.
    """
    for code in sorted(p.order_code for p in group):
        incidents.lock_order(connection, code)
    if any(
        p.request_key is not None and incidents.is_known_request(connection, p.request_key) for p in group
    ):
        return incidents.read_all(connection, [p.order_code for p in group])
    starts: dict[tuple[str, str], tuple[float, float]] = {}
    freed: dict[str, int] = {}
    for pair in group:
        if pair.instead_of is not None:
            start = _stand_down(connection, desk, pair, actor=actor, now=now)
            freed[pair.instead_of] = freed.get(pair.instead_of, 0) + 1
            if start is not None:
                starts[pair.order_code, pair.instead_of] = start
    for pair in group:
        if pair.station_code is None:
            continue
        start = _start_of(pair, group, starts)
        version = pair.version if pair.instead_of is None else None
        named = {"plan": plan, "diverted_from": pair.diverted_from}
        desk.notify(
            connection, pair.order_code, pair.station_code, actor=actor, now=now, base_url=base_url, expected_version=version,
            request_key=pair.request_key, facts={"is_joint": True, **{k: v for k, v in named.items() if v is not None}}, start=start, freed=freed,
        )  # fmt: skip
        freed[pair.station_code] = freed.get(pair.station_code, 0) - 1
    return incidents.read_all(connection, [p.order_code for p in group])


def _stand_down(
    connection: Connection, desk: Desk, pair: Pair, *, actor: str, now: dt.datetime
) -> tuple[float, float] | None:
    """Take a crew off its order; give where it is, None when nobody knows."""
    station = pair.instead_of or ""
    order = incidents.read(connection, pair.order_code)
    incidents.check_version(order, pair.version)
    assignment = order.incident.latest(station)
    start = (
        None if assignment is None else crew_positions.start_of(connection, order.code, assignment, now=now)
    )
    desk.stand_down(
        connection,
        order.code,
        station,
        why="合并指派改派 reassigned by the joint proposal",
        actor=actor,
        now=now,
    )
    return start


def _start_of(
    pair: Pair, group: Sequence[Pair], starts: Mapping[tuple[str, str], tuple[float, float]]
) -> tuple[float, float] | None:
    """Give where a diverted crew is; None where the station sends one of its own."""
    if pair.diverted_from is None:
        return None
    if not any(p.order_code == pair.diverted_from and p.instead_of == pair.station_code for p in group):
        raise FilterError(
            f"改派 {pair.station_code} 的班组应与工单 {pair.diverted_from} 一起确认。 "
            f"A crew of {pair.station_code} is diverted together with order {pair.diverted_from} or not at all."
        )
    start = starts.get((pair.diverted_from, pair.station_code or ""))
    if start is None:
        raise ConflictError(
            f"救援站 {pair.station_code} 的在途班组已超过十分钟没有位置，不能改派。 "
            f"Nobody knows where the crew of {pair.station_code} is: it has told no position for ten minutes."
        )
    return start


# -- inside -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Row:
    order: Order
    rule: DistrictRule
    wanted: Wanted


def _is_to_assign(order: Order, options: Options) -> bool:
    incident = order.incident
    if incident.state in (State.FREED, State.CLOSED) or Node.ARRIVED in incident.nodes:
        return False
    if not incident.running:
        return True
    return options.may_divert and len(incident.running) == 1 and incident.running[0].state in _UNDER_WAY


def _crews_under_way(connection: Connection, rows: Sequence[_Row], *, now: dt.datetime) -> list[JointCrew]:
    found = []
    for row in rows:
        for assignment in row.order.incident.running:
            lonlat = crew_positions.start_of(connection, row.order.code, assignment, now=now)
            if lonlat is not None:
                found.append(JointCrew(row.order.code, assignment.station_code, assignment.level, lonlat))
    return found


def _joint_row(row: _Row, now: dt.datetime) -> JointRow:
    asked, refused = asked_of(row.order.incident)
    running = row.order.incident.running
    eta_at = running[0].eta_at if running else None
    left_s = None if eta_at is None else max((eta_at - now).total_seconds(), 0.0)
    return JointRow(
        row.order.code, row.wanted.place, row.wanted.arrival_limit_s, tuple(sorted(asked)), tuple(sorted(refused)),
        _left_s(row, now), left_s,
    )  # fmt: skip


def _left_s(row: _Row, now: dt.datetime) -> float:
    """Give the seconds left of the arrival limit: all of it before anybody was notified."""
    notified = row.order.incident.nodes.get(Node.NOTIFIED)
    spent = 0.0 if notified is None else (now - notified).total_seconds()
    return row.rule.arrival_limit_s - spent


def _districts(connection: Connection, codes: Sequence[str]) -> NDArray[np.int64]:
    rows = connection.execute("SELECT code, left(division_code, 6) AS district FROM rescue_station")
    known: Mapping[str, Any] = {r["code"]: r["district"] for r in rows}
    names = sorted({known[c] for c in codes if c in known})
    index = {name: i for i, name in enumerate(names)}
    return np.array([index.get(known.get(c, ""), -1) for c in codes], np.int64)
