"""Run the dispatcher's desk: calls, stations, levels and endings; every step in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from data import address_guess, crew_links, dispatch_rules, elevators, incidents, order_messages
from data.errors import ConflictError, FilterError, NotFoundError
from data.incidents import Change, Order
from data.scope import SYSTEM, Connection, Scope
from data.station_ranking import RankingAnswer, StationRanker, keep, wanted_for
from data.warnings import raise_warning, was_raised
from dispatch import escalation
from dispatch.clocks import ClockName, ClockState, DistrictRule, clocks
from dispatch.errors import OffRoadError
from dispatch.escalation import Reason, Step
from dispatch.incident import EventKind
from dispatch.ranking import Candidate, PassedOver

SYSTEM_ACTOR = "system"


@dataclass(frozen=True)
class CallForm:
    """
    What is known when a call is taken.

    Attributes
    ----------
    elevator_code : str or None
        Registration code, when the elevator is known.
    lonlat : (float, float) or None
        A position instead, degrees EPSG:4326.
    is_guess : bool
        The position is a guess by address.
    address : str
    caller_phone, caller_words : str
    people_inside : int or None
    injured : int
    is_vulnerable, is_danger : bool
    """

    elevator_code: str | None = None
    lonlat: tuple[float, float] | None = None
    is_guess: bool = False
    address: str = ""
    caller_phone: str = ""
    caller_words: str = ""
    people_inside: int | None = None
    injured: int = 0
    is_vulnerable: bool = False
    is_danger: bool = False

    def facts(self) -> dict[str, Any]:
        """Give the facts of the event."""
        return {
            "people_inside": self.people_inside,
            "injured": self.injured,
            "is_vulnerable": self.is_vulnerable,
            "is_danger": self.is_danger,
        }


@dataclass(frozen=True)
class Taken:
    """What became of a call: a new order, or the open one it was joined to."""

    order: Order
    is_joined: bool


class Desk:
    """The use cases of dispatch over the store; it never commits."""

    def __init__(self, ranker: StationRanker) -> None:
        self.ranker = ranker

    # -- the call -----------------------------------------------------------------------------------------

    def take_call(
        self,
        connection: Connection,
        form: CallForm,
        *,
        actor: str,
        now: dt.datetime,
        request_key: str | None = None,
        scope: Scope = SYSTEM,
    ) -> Taken:
        """Open an order for a call, or join the call to the open order of its elevator.

        Raises
        ------
        NotFoundError
            When there is no such elevator that the scope may see.
        FilterError
            When the elevator is written off.
        MoveRefusedError
            When a number is impossible.
        """
        if form.elevator_code is None and form.lonlat is None:
            found = address_guess.guess(connection, form.address, scope=scope)
            if found is not None:
                form = replace(form, lonlat=(found.lon, found.lat), is_guess=True)
        elevator = self._elevator(connection, form.elevator_code, now) if form.elevator_code else None
        told = {"caller_phone": form.caller_phone, "caller_words": form.caller_words}
        if elevator is not None:
            # Two calls at once about one elevator: the second waits, and joins.
            incidents.lock_elevator(connection, elevator.code)
            open_code = incidents.exists_open_for(connection, elevator.code)
            if open_code is not None:
                facts = {k: v for k, v in form.facts().items() if v not in (None, 0, False)}
                change = Change(EventKind.JOINED, {**facts, **{k: v for k, v in told.items() if v}}, actor)
                order = incidents.append(connection, open_code, [change], now=now, request_key=request_key)
                return Taken(order, is_joined=True)
        place: dict[str, Any] = {"address": form.address}
        if elevator is not None:
            place = elevator.place()
            told |= elevator.told()
        elif form.lonlat is not None:
            place |= {"lon": form.lonlat[0], "lat": form.lonlat[1]}
            place |= incidents.division_at(connection, *form.lonlat)
            place["position_quality"] = "guess" if form.is_guess else "given"
        order = incidents.receive(
            connection, facts={**form.facts(), **{k: v for k, v in told.items() if v and k.startswith("caller")}},
            told=told, place=place, at=now, now=now, actor=actor, request_key=request_key,
        )  # fmt: skip
        if order.incident.version == 1 and (elevator is not None or form.lonlat is not None):
            order = self._identified(connection, order, elevator, form, actor=actor, now=now)
        return Taken(order, is_joined=False)

    def identify(
        self, connection: Connection, code: str, elevator_code: str, *, actor: str, now: dt.datetime,
        expected_version: int | None = None,
    ) -> Order:  # fmt: skip
        """Say which elevator an order is about.

        Raises
        ------
        NotFoundError, FilterError, MoveRefusedError, ConflictError
            As for `take_call` and `data.incidents.append`; a conflict when the elevator has another open order.
        """
        elevator = self._elevator(connection, elevator_code, now)
        incidents.lock_elevator(connection, elevator.code)
        other = incidents.exists_open_for(connection, elevator.code)
        if other not in (None, code):
            raise ConflictError(
                f"该电梯已有未结束的工单 {other}，请把本工单按重复工单结束。 "
                f"That elevator has the open order {other}: close this one as a duplicate."
            )
        change = Change(EventKind.IDENTIFIED, _identity(elevator), actor)
        order = incidents.append(connection, code, [change], now=now, expected_version=expected_version)
        incidents.move_to(connection, code, elevator.place(), elevator.told(), now=now)
        order_messages.tell_people(connection, order, elevator, now=now)
        return incidents.read(connection, code)

    def _identified(
        self, connection: Connection, order: Order, elevator: elevators.Elevator | None, form: CallForm, *,
        actor: str, now: dt.datetime,
    ) -> Order:  # fmt: skip
        if elevator is not None:
            facts = _identity(elevator)
        else:
            lon, lat = form.lonlat or (0.0, 0.0)
            facts = {"lon": lon, "lat": lat, "is_guess": form.is_guess}
        found = incidents.append(
            connection, order.code, [Change(EventKind.IDENTIFIED, facts, actor)], now=now
        )
        if elevator is not None:
            order_messages.tell_people(connection, found, elevator, now=now)
        return found

    def _elevator(self, connection: Connection, code: str, now: dt.datetime) -> elevators.Elevator:
        elevator = elevators.read(connection, code)
        if elevator is None:
            raise NotFoundError(
                f"没有注册代码为 {code[:40]} 的电梯，或不在您的辖区。 There is no elevator {code[:40]} that you may see."
            )
        if elevator.is_written_off(now.date()):
            raise FilterError(
                f"电梯 {elevator.name}（{code}）已于 {elevator.valid_to} 停用或注销，请核对。 "
                f"Elevator {code} was taken out of use on {elevator.valid_to}: check the code."
            )
        return elevator

    # -- ranking and notifying ----------------------------------------------------------------------------

    def rank_order(
        self, connection: Connection, order: Order, *, at: dt.datetime
    ) -> tuple[DistrictRule, RankingAnswer | None]:
        """Rank the stations for an order under the rule of its district; None while nobody knows where it is.

        Raises
        ------
        OffRoadError, NoNetworkError, NetworkFileError
            As for `data.station_ranking.StationRanker.rank`.
        """
        rule = dispatch_rules.rule_of(connection, order.row["division_code"])
        wanted = wanted_for(connection, order, rule)
        return rule, None if wanted is None else self.ranker.at(at).rank(wanted, routes=10)

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
    ) -> Order:
        """Tell a station of an order: the ranking is kept, messages are written, a crew is taken.

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
        _, answer = self.rank_order(connection, order, at=now)
        if answer is None:
            raise FilterError(
                "还不知道位置：请先识别电梯或在地图上点选。 The place is not known yet: identify the elevator or click the map."
            )
        candidate = _candidate(answer, station_code)
        eta_at = now + dt.timedelta(milliseconds=round(candidate.travel_time_s * 1000))
        change = Change(
            EventKind.NOTIFIED,
            {
                "station_code": station_code,
                "level": max(candidate.level, 1),
                "travel_time_s": round(candidate.travel_time_s, 3),
                "length_m": None if candidate.route is None else round(candidate.route.length_m, 1),
                "eta_at": eta_at,
                "rank": candidate.rank,
                "network_version": answer.circumstances.network.version,
                "hour_of_week": answer.circumstances.impedance.scenario.hour_of_week,
                **(facts or {}),
            },
            actor,
        )
        done = incidents.append(
            connection, code, [change], now=now, expected_version=expected_version, request_key=request_key
        )
        keep(connection, code, answer)
        order_messages.tell_station(connection, done, station_code, candidate, now=now, base_url=base_url)
        return incidents.read(connection, code)

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

    def close(
        self, connection: Connection, code: str, *, outcome: str, why: str, actor: str, now: dt.datetime,
        expected_version: int | None = None,
    ) -> Order:  # fmt: skip
        """End an order; stations still on it are told.

        Raises
        ------
        NotFoundError, MoveRefusedError, ConflictError
            As for `data.incidents.append`.
        """
        before = incidents.read(connection, code)
        running = [a.station_code for a in before.incident.running]
        change = Change(EventKind.CLOSED, {"outcome": outcome, "why": why[:500]}, actor)
        order = incidents.append(connection, code, [change], now=now, expected_version=expected_version)
        order_messages.tell_stood_down(connection, order, running, now=now)
        crew_links.end_all(connection, code, now=now)
        return order

    # -- levels -------------------------------------------------------------------------------------------

    def steps(self, connection: Connection, order: Order, rule: DistrictRule) -> tuple[Step, ...]:
        """List what an order is heading for, as `dispatch.escalation.steps` does."""
        near = incidents.open_calls_near(connection, order.code, order.row["division_code"])
        return escalation.steps(order.incident, rule, open_calls=near)

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
        for name, kind, level, words in (
            (ClockName.ARRIVAL, "incident_late", "2", "超过到达时限"),
            (ClockName.TRAPPED, "incident_trapped", "1", "被困超过时限"),
        ):
            is_over = running[name].state is ClockState.OVER
            # Once an order and limit: what somebody has processed does not come again every second.
            if is_over and not was_raised(connection, kind=kind, layer="incident", row_id=order.id):
                raise_warning(
                    connection, kind=kind, level=level, title=f"{order.row['name']} {words}", layer="incident",
                    row=order.row, now=now,
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
        try:
            _, answer = self.rank_order(connection, order, at=now)
        except OffRoadError:
            answer = None
        best = next((c for c in answer.ranking.candidates if c.level == 2), None) if answer else None
        if answer is None or best is None:
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


def _identity(elevator: elevators.Elevator) -> dict[str, Any]:
    return {
        "elevator_code": elevator.code,
        "rescue_code": elevator.rescue_code,
        "lon": elevator.lon,
        "lat": elevator.lat,
        "is_guess": elevator.position_quality != "given",
    }


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
}
