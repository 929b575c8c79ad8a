"""Propose stations for all open orders together, beside the choice one by one; and carry a proposal out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import dispatch_rules, incidents
from data.dispatch_desk import Desk
from data.incidents import Order
from data.scope import Connection
from data.station_ranking import RankingAnswer, StationsThen, wanted_for
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
from dispatch.incident import Assignment, AssignmentState, Node, State
from dispatch.ranking import PassedOver

#: A position of a crew under way older than this does not tell where it is.
POSITION_S = 600.0
_STILL_AT_THE_STATION = (AssignmentState.NOTIFIED, AssignmentState.ACCEPTED)
_UNDER_WAY = (*_STILL_AT_THE_STATION, AssignmentState.EN_ROUTE)


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


@dataclass(frozen=True)
class Pair:
    """One order and the station that is to be told, None for nobody; `instead_of` is stood down first, where a crew is diverted."""

    order_code: str
    station_code: str | None
    version: int | None = None
    instead_of: str | None = None
    request_key: str | None = None


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
    for order in (incidents.read(connection, code) for code in codes):
        if not _is_to_assign(order, options):
            continue
        rule = dispatch_rules.rule_in(rules, order.row["division_code"])
        wanted = wanted_for(connection, order, rule)
        if wanted is None:
            left_out[order.code] = "unplaced"
            continue
        try:
            rows.append(_Row(order, rule, then.rank(wanted)))
        except OffRoadError:
            left_out[order.code] = "off_road"
    crews = _crews_under_way(connection, rows, then, now=now) if options.may_divert else []
    # An order whose crew cannot be taken from it, since nobody knows where it is, stays as it is.
    has_crew = {crew.order_code for crew in crews}
    rows = [r for r in rows if not r.order.incident.running or r.order.code in has_crew][: MOST_CALLS + 1]
    calls, levels = _open_calls(connection, rows, crews, then, desk, now=now, reserve=options.reserve)
    plan, alone = assign_together(calls), assign_one_by_one(calls)
    units = (*(Unit(code) for code in then.table.code), *(Unit(c.assignment.station_code, c.order_code) for c in crews))  # fmt: skip
    return Proposal(
        now, tuple(r.order for r in rows), left_out, units, then.table, calls, plan, alone,
        differences(calls, plan, alone), levels, options,
    )  # fmt: skip


def accept(
    connection: Connection, desk: Desk, pair: Pair, *, actor: str, now: dt.datetime, base_url: str
) -> Order:
    """Tell one station of a proposal, in the caller's transaction; a request sent again changes nothing.

    Raises
    ------
    NotFoundError, ConflictError, FilterError, MoveRefusedError, OffRoadError
        As for `data.dispatch_desk.Desk.notify`: when the proposal is stale.
    """
    incidents.lock_order(connection, pair.order_code)
    is_known = pair.request_key is not None and incidents.is_known_request(connection, pair.request_key)
    version = pair.version
    if pair.instead_of is not None and not is_known:
        order = incidents.read(connection, pair.order_code)
        if order.incident.latest(pair.instead_of) in order.incident.running:
            incidents.check_version(order, version)
            desk.stand_down(
                connection, pair.order_code, pair.instead_of, why="合并指派改派 reassigned by the joint proposal",
                actor=actor, now=now,
            )  # fmt: skip
            version = None
    if pair.station_code is None:
        return incidents.read(connection, pair.order_code)
    return desk.notify(
        connection, pair.order_code, pair.station_code, actor=actor, now=now, base_url=base_url, expected_version=version,
        request_key=pair.request_key, facts={"is_joint": True},
    )  # fmt: skip


# -- inside -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Row:
    order: Order
    rule: DistrictRule
    answer: RankingAnswer


@dataclass(frozen=True, eq=False)
class _Crew:
    """A crew under way that may be diverted, and where it is."""

    order_code: str
    assignment: Assignment
    lonlat: tuple[float, float]


def _is_to_assign(order: Order, options: Options) -> bool:
    incident = order.incident
    if incident.state in (State.FREED, State.CLOSED) or Node.ARRIVED in incident.nodes:
        return False
    if not incident.running:
        return True
    return options.may_divert and len(incident.running) == 1 and incident.running[0].state in _UNDER_WAY


def _crews_under_way(
    connection: Connection, rows: Sequence[_Row], then: StationsThen, *, now: dt.datetime
) -> list[_Crew]:
    place = dict(zip(then.table.code, then.table.lonlat.tolist(), strict=True))
    found = []
    for row in rows:
        for assignment in row.order.incident.running:
            lonlat = _position(connection, row.order.code, assignment.station_code, now)
            if lonlat is None and assignment.state in _STILL_AT_THE_STATION:
                lonlat = tuple(place.get(assignment.station_code, [np.nan, np.nan]))
            if lonlat is not None and not np.isnan(lonlat[0]):
                found.append(_Crew(row.order.code, assignment, lonlat))
    return found


def _position(
    connection: Connection, code: str, station_code: str, now: dt.datetime
) -> tuple[float, float] | None:
    row = connection.execute(
        "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM crew_position WHERE incident_code = %s AND station_code = %s AND at > %s"
        " ORDER BY at DESC LIMIT 1",
        [code, station_code, now - dt.timedelta(seconds=POSITION_S)],
    ).fetchone()
    return (row["lon"], row["lat"]) if row else None


def _open_calls(
    connection: Connection,
    rows: Sequence[_Row],
    crews: Sequence[_Crew],
    then: StationsThen,
    desk: Desk,
    *,
    now: dt.datetime,
    reserve: int,
) -> tuple[OpenCalls, NDArray[np.int8]]:
    count, stations = len(rows), len(then.table)
    times = np.full((count, stations + len(crews)), np.inf)
    levels = np.ones(times.shape, np.int8)
    bound = np.full(count, -1, np.int64)
    under_way = np.full(count, -1, np.int64)
    index = {code: i for i, code in enumerate(then.table.code)}
    for i, row in enumerate(rows):
        ranking = row.answer.ranking
        for candidate in ranking.candidates:
            times[i, candidate.station_idx] = candidate.travel_time_s
        levels[i, :stations] = ranking.levels
        if ranking.bound_idx is not None:
            bound[i] = ranking.bound_idx
        for k, crew in enumerate(crews):
            column = stations + k
            own = crew.order_code == row.order.code
            reason = ranking.passed_over.get(index.get(crew.assignment.station_code, -1))
            if own:
                under_way[i] = column
            elif reason not in (None, PassedOver.ALL_CREWS_BUSY):
                continue
            levels[i, column] = crew.assignment.level if own else ranking.levels[index[crew.assignment.station_code]]  # fmt: skip
            times[i, column] = _way_of(crew, row, desk, now=now, is_own=own)
    limit = np.array([_left_s(r, now) for r in rows], np.float64)
    free = np.maximum(then.rows.crews - then.rows.busy, 0)
    able = then.rows.is_in_service & then.rows.is_on_duty & then.rows.has_maintainer
    free = np.where(able, free, 0)
    groups = np.concatenate([_districts(connection, then.table.code), np.full(len(crews), -1, np.int64)])
    calls = OpenCalls(
        times, limit, np.concatenate([free, np.ones(len(crews), np.int64)]), groups, reserve=reserve, bound_idx=bound,
        under_way_idx=under_way,
    )  # fmt: skip
    return calls, levels


def _way_of(crew: _Crew, row: _Row, desk: Desk, *, now: dt.datetime, is_own: bool) -> float:
    """Give the travel time of a crew under way from where it is; its own order's by its forecast where there is one."""
    if is_own and crew.assignment.eta_at is not None:
        return max((crew.assignment.eta_at - now).total_seconds(), 0.0)
    try:
        return desk.ranker.travel_time_s(crew.lonlat, (row.order.row["lon"], row.order.row["lat"]), at=now)
    except OffRoadError:
        return float("inf")


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
