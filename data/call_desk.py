"""Take calls, find out what they are about and where, join what belongs together, and end orders."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from data import crew_links, elevators, incidents, order_messages, order_places
from data.errors import ConflictError, FilterError, NotFoundError
from data.incidents import Change, Order
from data.order_places import OrderPlace
from data.scope import SYSTEM, Connection, Scope
from dispatch.incident import EventKind, Outcome, PlaceFrom


@dataclass(frozen=True)
class CallForm:
    """
    What is known when a call is taken.

    Attributes
    ----------
    elevator_code : str or None
        Registration code, when the elevator is known.
    lonlat : (float, float) or None
        A position of the caller's own, degrees EPSG:4326; with an elevator it goes before the elevator's.
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


class Merge(StrEnum):
    """Which of two orders of one elevator goes on."""

    INTO = "into"
    """The elevator's open order goes on; the one that was to be identified ends as its duplicate."""
    FROM = "from"
    """The one that was to be identified goes on; the elevator's open order ends as its duplicate."""


class CallDesk:
    """The use cases of calls over the store; it never commits."""

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
        elevator = _elevator(connection, form.elevator_code, now) if form.elevator_code else None
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
        found = _place_of_call(connection, form, elevator, scope)
        place: dict[str, Any] = {"address": form.address}
        if elevator is not None:
            place = elevator.place() | {"lon": None, "lat": None}
            told |= elevator.told()
        elif found is not None:
            place |= incidents.division_at(connection, found.lon, found.lat)
        if found is not None:
            place |= found.row()
        order = incidents.receive(
            connection, facts={**form.facts(), **{k: v for k, v in told.items() if v and k.startswith("caller")}},
            told=told, place=place, at=now, now=now, actor=actor, request_key=request_key,
        )  # fmt: skip
        if order.incident.version == 1 and (elevator is not None or found is not None):
            facts = _identity(elevator) | (found.facts() if found is not None else {})
            change = Change(EventKind.IDENTIFIED, facts, actor)
            order = incidents.append(connection, order.code, [change], now=now)
            if elevator is not None:
                order_messages.tell_people(connection, order, elevator, now=now)
        return Taken(order, is_joined=False)

    def identify(
        self,
        connection: Connection,
        code: str,
        elevator_code: str,
        *,
        actor: str,
        now: dt.datetime,
        expected_version: int | None = None,
        merge: Merge | None = None,
        scope: Scope = SYSTEM,
    ) -> Order:
        """Say which elevator an order is about; give the order that goes on.

        A position that the caller or a dispatcher gave stays; else the order goes where the elevator stands.

        Parameters
        ----------
        merge : Merge, optional
            What becomes of the two when the elevator has another open order; without it that is a conflict.

        Raises
        ------
        NotFoundError, FilterError, MoveRefusedError, ConflictError
            As for `take_call` and `data.incidents.append`; a conflict when the elevator has another open order.
        """
        elevator = _elevator(connection, elevator_code, now)
        incidents.lock_elevator(connection, elevator.code)
        other = incidents.exists_open_for(connection, elevator.code)
        if other not in (None, code):
            if merge is None:
                raise ConflictError(
                    f"该电梯已有未结束的工单 {other}，请选择并入哪一个。 "
                    f"That elevator has the open order {other}: choose which of the two goes on."
                )
            for each in sorted((code, other)):
                incidents.lock_order(connection, each)
            incidents.check_version(incidents.read(connection, code), expected_version)
            ends, goes_on = (code, other) if merge is Merge.INTO else (other, code)
            self._join(connection, ends, goes_on, actor=actor, now=now)
            if merge is Merge.INTO:
                return incidents.read(connection, other)
            expected_version = None
        else:
            incidents.lock_order(connection, code)
        before = incidents.read(connection, code)
        place = _place_of(before) or order_places.of_elevator(connection, elevator, scope=scope)
        facts = _identity(elevator) | (place.facts() if place is not None else {})
        change = Change(EventKind.IDENTIFIED, facts, actor)
        order = incidents.append(connection, code, [change], now=now, expected_version=expected_version)
        incidents.move_to(
            connection, code, elevator.place() | _row_of(order, place), elevator.told(), now=now
        )
        order_messages.tell_people(connection, order, elevator, now=now)
        return incidents.read(connection, code)

    def place(
        self, connection: Connection, code: str, lonlat: tuple[float, float], *, actor: str, now: dt.datetime,
        expected_version: int | None = None, request_key: str | None = None,
    ) -> Order:  # fmt: skip
        """Say where an order is; an order without an elevator goes under the authority of that place.

        Raises
        ------
        NotFoundError, MoveRefusedError, ConflictError
            As for `data.incidents.append`.
        """
        incidents.lock_order(connection, code)
        if request_key is not None and incidents.is_known_request(connection, request_key):
            return incidents.read(connection, code)
        found = order_places.given(lonlat)
        change = Change(EventKind.PLACED, found.facts(), actor)
        order = incidents.append(
            connection, code, [change], now=now, expected_version=expected_version, request_key=request_key
        )
        division = {}
        if order.incident.elevator_code is None:
            division = incidents.division_at(connection, *lonlat)
        incidents.set_position(connection, code, found.row() | division, now=now)
        return incidents.read(connection, code)

    def _join(self, connection: Connection, ends: str, goes_on: str, *, actor: str, now: dt.datetime) -> None:
        """Let one order take over what another knows, and end the other as its duplicate."""
        before = incidents.read(connection, ends)
        incident = before.incident
        said = {
            "people_inside": incident.people_inside, "injured": incident.injured, "is_vulnerable": incident.is_vulnerable,
            "is_danger": incident.is_danger, "caller_phone": before.row["caller_phone"], "caller_words": before.row["caller_words"],
        }  # fmt: skip
        facts = {k: v for k, v in said.items() if v not in (None, "", 0, False)}
        joined = Change(EventKind.JOINED, {**facts, "calls": incident.calls, "text": ends}, actor)
        incidents.append(connection, goes_on, [joined], now=now)
        self.close(
            connection, ends, outcome=Outcome.DUPLICATE.value, why=f"并入工单 {goes_on} joined to {goes_on}", actor=actor, now=now
        )  # fmt: skip

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


def _place_of_call(
    connection: Connection, form: CallForm, elevator: elevators.Elevator | None, scope: Scope
) -> OrderPlace | None:
    """Find where a call comes from: as the caller says, by its elevator, or by the best guess, in this order."""
    if form.lonlat is not None and not (form.is_guess and elevator is not None):
        return order_places.given(form.lonlat, is_guess=form.is_guess)
    found = None
    if elevator is not None:
        found = order_places.of_elevator(connection, elevator, scope=scope)
    elif form.address:
        found = order_places.of_address(connection, form.address, scope=scope)
    if found is None and form.lonlat is not None:
        return order_places.given(form.lonlat, is_guess=form.is_guess)
    return found


def _place_of(order: Order) -> OrderPlace | None:
    """Give the position that somebody gave an order, which no elevator's goes before; None when nobody did."""
    incident = order.incident
    if incident.place_from is not PlaceFrom.GIVEN or incident.is_guess or incident.lonlat is None:
        return None
    return order_places.given(incident.lonlat)


def _row_of(order: Order, place: OrderPlace | None) -> dict[str, Any]:
    """Give the position of an order's row after it was identified."""
    if place is not None:
        return place.row()
    if order.incident.lonlat is None:
        return {"lon": None, "lat": None}
    (lon, lat), is_guess = order.incident.lonlat, order.incident.is_guess
    return {"lon": lon, "lat": lat, "position_quality": "guess" if is_guess else "given"}


def _identity(elevator: elevators.Elevator | None) -> dict[str, Any]:
    if elevator is None:
        return {}
    return {"elevator_code": elevator.code, "rescue_code": elevator.rescue_code}


def _elevator(connection: Connection, code: str, now: dt.datetime) -> elevators.Elevator:
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
