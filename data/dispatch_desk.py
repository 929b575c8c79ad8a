"""Run the dispatcher's desk: stations are ranked, told and taken off, levels rise; every step in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from data import crew_positions, dispatch_rules, first_level, incidents, order_messages
from data.call_desk import CallDesk
from data.errors import ConflictError, FilterError, NotFoundError
from data.incidents import Change, Order
from data.kept_rankings import CrewStart, keep
from data.scope import Connection
from data.station_ranking import RankingAnswer, StationRanker, wanted_for
from data.warnings import raise_warning, was_raised
from dispatch import escalation
from dispatch.clocks import ClockName, ClockState, DistrictRule, clocks
from dispatch.errors import OffRoadError
from dispatch.escalation import Reason, Step
from dispatch.incident import AssignmentState, EventKind
from dispatch.ranking import Candidate, PassedOver

SYSTEM_ACTOR = "system"


class Desk(CallDesk):
    """The use cases of dispatch over the store; it never commits."""

    def __init__(self, ranker: StationRanker) -> None:
        self.ranker = ranker

    # -- ranking and notifying ----------------------------------------------------------------------------

    def rank_order(
        self, connection: Connection, order: Order, *, at: dt.datetime, freed: Mapping[str, int] | None = None
    ) -> tuple[DistrictRule, RankingAnswer]:
        """Rank the stations for an order under the rule of its district.

        While nobody knows where it is, or where no road is near it, the bound station alone can be told.

        Raises
        ------
        NoNetworkError, NetworkFileError
            As for `data.station_ranking.StationRanker.rank`.
        """
        rule = dispatch_rules.rule_of(connection, order.row["division_code"])
        wanted = wanted_for(connection, order, rule)
        then = self.ranker.at(at, freed=freed)
        try:
            return rule, then.rank(wanted, routes=10)
        except OffRoadError:
            return rule, then.rank(replace(wanted, place=replace(wanted.place, is_off_road=True)))

    def notify(
        self,
        connection: Connection,
        code: str,
        station_code: str,
        *,
        actor: str,
        now: dt.datetime,
        base_url: str,
        expected_version: int | None = None,
        request_key: str | None = None,
        facts: Mapping[str, Any] | None = None,
        start: tuple[float, float] | None = None,
        freed: Mapping[str, int] | None = None,
    ) -> Order:
        """Tell a station of an order: the ranking is kept, messages are written, a crew is taken.

        Parameters
        ----------
        start : (float, float), optional
            Where its crew is, degrees EPSG:4326, when it does not set out from the station.
        freed : mapping of str to int, optional
            Crews that this transaction has taken off other orders, by station; negative: sent out by it.

        Raises
        ------
        NotFoundError
            When there is no such order or station.
        ConflictError
            When the station has no crew left, or somebody else has changed the order.
        FilterError
            When the station cannot be sent, with its reason.
        MoveRefusedError
            When it has the order already.
        """
        incidents.lock_order(connection, code)
        order = incidents.read(connection, code)
        if request_key is not None and incidents.is_known_request(connection, request_key):
            return order
        incidents.check_version(order, expected_version)
        incidents.lock_station(connection, station_code)
        _, answer = self.rank_order(connection, order, at=now, freed=freed)
        candidate = _candidate(answer, station_code)
        if start is not None and isfinite(candidate.travel_time_s):
            candidate = self._from_where_it_is(candidate, start, order, now=now)
        travel_time_s = candidate.travel_time_s if isfinite(candidate.travel_time_s) else None
        eta_at = (
            None if travel_time_s is None else now + dt.timedelta(milliseconds=round(travel_time_s * 1000))
        )
        change = Change(
            EventKind.NOTIFIED,
            {
                "station_code": station_code,
                "level": max(candidate.level, 1),
                "travel_time_s": None if travel_time_s is None else round(travel_time_s, 3),
                "length_m": None if candidate.route is None else round(candidate.route.length_m, 1),
                "eta_at": eta_at,
                "rank": candidate.rank,
                "network_version": answer.circumstances.network.version,
                "hour_of_week": answer.circumstances.impedance.scenario.hour_of_week,
                **({"from": list(start)} if start is not None else {}),
                **(facts or {}),
            },
            actor,
        )
        done = incidents.append(
            connection, code, [change], now=now, expected_version=expected_version, request_key=request_key
        )
        keep(connection, code, answer, crew=None if start is None else CrewStart(station_code, start))
        order_messages.tell_station(connection, done, station_code, candidate, now=now, base_url=base_url)
        return incidents.read(connection, code)

    def _from_where_it_is(
        self, candidate: Candidate, start: tuple[float, float], order: Order, *, now: dt.datetime
    ) -> Candidate:
        """Let a candidate's crew set out from where it is, not from its station."""
        travel_time_s = self.ranker.travel_time_s(start, (order.row["lon"], order.row["lat"]), at=now)
        if not isfinite(travel_time_s):
            raise FilterError(
                "班组从目前所在位置没有道路可达。 No road leads to the order from where the crew is."
            )
        return replace(candidate, travel_time_s=travel_time_s, route=None)

    def renew_arrivals(self, connection: Connection, order: Order, *, now: dt.datetime) -> Order:
        """Move the predicted arrivals of those who are sent, after the order's place has changed.

        Raises
        ------
        NoNetworkError, NetworkFileError
            When there is no network or its file cannot be used.
        """
        if order.row["lon"] is None:
            return order
        changes = []
        for a in order.incident.running:
            start = crew_positions.start_of(connection, order.code, a, now=now)
            if a.state is AssignmentState.ON_SCENE or start is None:
                continue
            try:
                travel_time_s = self.ranker.travel_time_s(start, (order.row["lon"], order.row["lat"]), at=now)
            except OffRoadError:
                continue
            if isfinite(travel_time_s):
                facts = {
                    "station_code": a.station_code,
                    "eta_at": now + dt.timedelta(seconds=round(travel_time_s)),
                }
                changes.append(Change(EventKind.ETA, facts, SYSTEM_ACTOR))
        return incidents.append(connection, order.code, changes, now=now) if changes else order

    def stand_down(
        self, connection: Connection, code: str, station_code: str, *, why: str, actor: str, now: dt.datetime
    ) -> Order:
        """Take a station off an order and tell it.

        Raises
        ------
        NotFoundError, MoveRefusedError
            As for `data.incidents.append`.
        """
        change = Change(EventKind.STOOD_DOWN, {"station_code": station_code, "why": why[:200]}, actor)
        order = incidents.append(connection, code, [change], now=now)
        order_messages.tell_stood_down(connection, order, [station_code], now=now)
        return order

    # -- levels -------------------------------------------------------------------------------------------

    def steps(self, connection: Connection, order: Order, rule: DistrictRule) -> tuple[Step, ...]:
        """List what an order is heading for, as `dispatch.escalation.steps` does; the connection's scope must be the system's."""
        near = incidents.open_calls_near(connection, order.code, order.row["division_code"])
        first = first_level.read(connection, order)
        since = None if first is None else escalation.nobody_since(first, order.incident, rule)
        return escalation.steps(order.incident, rule, open_calls=near, nobody_since=since)

    def escalate(self, connection: Connection, code: str, *, now: dt.datetime, base_url: str) -> Order:
        """Ask for the levels that are due by now; raise them where the district says so. Done twice, it changes nothing.

        The connection's scope must be the system's.

        Raises
        ------
        NotFoundError
            When there is no such order.
        """
        incidents.lock_order(connection, code)
        order = self._note_unreached(connection, incidents.read(connection, code), now=now)
        rule = dispatch_rules.rule_of(connection, order.row["division_code"])
        self._warn(connection, order, rule, now=now)
        while True:
            due = [s for s in self.steps(connection, order, rule) if s.due_at <= now]
            if not due:
                return order
            step = due[0]
            facts = {
                "level": step.level,
                "reason": step.reason.value,
                "key": step.key,
                "station_code": step.station_code,
            }
            change = Change(EventKind.LEVEL_DUE, facts, SYSTEM_ACTOR, step.due_at)
            order = incidents.append(connection, code, [change], now=now)
            if rule.is_automatic:
                order = self.raise_level(
                    connection, code, step.level, actor=SYSTEM_ACTOR, now=now, base_url=base_url, reason=step.reason.value
                )  # fmt: skip

    def _warn(self, connection: Connection, order: Order, rule: DistrictRule, *, now: dt.datetime) -> None:
        """Raise a warning for an order past its arrival limit, and one for people trapped past theirs: by law an accident."""
        running = clocks(order.incident, rule, now)
        for name, kind, level, words, words_en in (
            (ClockName.ARRIVAL, "incident_late", "2", "超过到达时限", "Past the limit of arrival"),
            (ClockName.TRAPPED, "incident_trapped", "1", "被困超过时限", "Trapped past the limit"),
        ):
            is_over = running[name].state is ClockState.OVER
            # Once an order and limit: what somebody has processed does not come again every second.
            if is_over and not was_raised(connection, kind=kind, layer="incident", row_id=order.id):
                raise_warning(
                    connection, kind=kind, level=level, layer="incident", row=order.row, now=now,
                    title=f"{order.row['name']} {words}。 {words_en}: {order.row['name']}.",
                )  # fmt: skip

    def _note_unreached(self, connection: Connection, order: Order, *, now: dt.datetime) -> Order:
        """Note stations none of whose messages could be delivered."""
        rows = connection.execute(
            "SELECT m.station_code FROM incident_message m JOIN outbox o ON o.idempotency_key = m.outbox_key"
            " WHERE m.incident_code = %s AND m.template = 'sent' AND m.station_code IS NOT NULL"
            " GROUP BY m.station_code HAVING bool_and(o.state = 'failed')",
            [order.code],
        ).fetchall()
        failed = {r["station_code"] for r in rows}
        waiting = [a.station_code for a in order.incident.running if a.state.value == "notified"]
        changes = [
            Change(EventKind.NOT_REACHED, {"station_code": s}, SYSTEM_ACTOR) for s in waiting if s in failed
        ]
        return incidents.append(connection, order.code, changes, now=now) if changes else order

    def raise_level(
        self, connection: Connection, code: str, level: int, *, actor: str, now: dt.datetime, base_url: str,
        reason: str = "", expected_version: int | None = None,
    ) -> Order:  # fmt: skip
        """Raise an order to a level: at level 2 the nearest able networked station is told at once; level 3 tells nobody by itself.

        Raises
        ------
        NotFoundError, MoveRefusedError, ConflictError
            As for `data.incidents.append`.
        """
        change = Change(EventKind.LEVEL_RAISED, {"level": level, "reason": reason}, actor)
        order = incidents.append(connection, code, [change], now=now, expected_version=expected_version)
        if level != 2:
            return order
        _, answer = self.rank_order(connection, order, at=now)
        best = next((c for c in answer.ranking.candidates if c.level == 2), None)
        if best is None:
            return self._ask_for_fire(connection, order, now=now)
        return self.notify(
            connection, code, answer.table.code[best.station_idx], actor=actor, now=now, base_url=base_url,
            facts={"level": 2, "reason": reason},
        )  # fmt: skip

    def _ask_for_fire(self, connection: Connection, order: Order, *, now: dt.datetime) -> Order:
        key = f"3/{Reason.NOBODY_ABLE.value}"
        if key in order.incident.decided or any(d.key == key for d in order.incident.due):
            return order
        facts = {"level": 3, "reason": Reason.NOBODY_ABLE.value, "key": key}
        change = Change(EventKind.LEVEL_DUE, facts, SYSTEM_ACTOR)
        return incidents.append(connection, order.code, [change], now=now)


def _candidate(answer: RankingAnswer, station_code: str) -> Candidate:
    if station_code not in answer.table.code:
        raise NotFoundError(f"没有救援站 {station_code[:40]}。 There is no station {station_code[:40]}.")
    at_idx = answer.table.code.index(station_code)
    for candidate in answer.ranking.candidates:
        if candidate.station_idx == at_idx:
            return candidate
    reason = answer.ranking.passed_over[at_idx]
    if reason is PassedOver.HAS_THIS_ORDER:
        raise ConflictError(
            f"救援站 {answer.table.name[at_idx]} 已在处理本工单。 {answer.table.name[at_idx]} has this order already."
        )
    if reason is PassedOver.ALL_CREWS_BUSY:
        raise ConflictError(
            f"救援站 {answer.table.name[at_idx]} 的班组都已派出，请另选。 "
            f"All crews of {answer.table.name[at_idx]} are on orders now: choose another station."
        )
    zh, en = REASON_WORDS[reason]
    raise FilterError(
        f"救援站 {answer.table.name[at_idx]} 不能派出：{zh}。 {answer.table.name[at_idx]} cannot be sent: {en}."
    )


#: Why a station is passed over, in both languages.
REASON_WORDS: dict[PassedOver, tuple[str, str]] = {
    PassedOver.OUT_OF_SERVICE: ("站点已停用", "it is out of service"),
    PassedOver.HAS_THIS_ORDER: ("已在处理本工单", "it has this order"),
    PassedOver.REFUSED_THIS_ORDER: ("已拒绝本工单或未通知到", "it refused this order or was not reached"),
    PassedOver.NOT_NETWORKED: ("其他公司的非联网站", "it is another company's and not networked"),
    PassedOver.NO_MAINTAINER: ("没有登记维保工", "no maintainer is registered"),
    PassedOver.OFF_DUTY: ("不在岗", "it is off duty"),
    PassedOver.ALL_CREWS_BUSY: ("班组都已派出", "all crews are on orders"),
    PassedOver.NO_POSITION: ("没有位置", "it has no position"),
    PassedOver.TOO_FAR_FROM_ROAD: ("附近没有道路", "there is no road near it"),
    PassedOver.CLOSED_OFF: ("被道路封闭隔断", "a closure cuts it off"),
    PassedOver.UNREACHABLE: ("没有道路可达", "no road leads there"),
    PassedOver.PLACE_UNKNOWN: (
        "工单位置未知，只能通知绑定站：请先识别电梯或标定位置",
        "the order's place is not known, so only the bound station can be told: identify the elevator or set the place",
    ),
}
