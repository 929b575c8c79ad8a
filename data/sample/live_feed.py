"""Play callers, dispatcher and crews of a sample city into its store: real events through the desk, by the clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from data import crew_desk, incidents, settings_table
from data.call_desk import CallForm
from data.crew_links import CrewSession
from data.dispatch_desk import Desk
from data.errors import RefusedError
from data.incidents import Change, Order
from data.scope import SYSTEM, Connection
from data.store import Store
from dispatch.demand import DemandModel, draw_circumstances
from dispatch.incident import Assignment, AssignmentState, EventKind, Node, Outcome, State
from dispatch.simulated_orders import ACTOR
from geo.errors import OneMapError

#: Seconds between two positions of a crew under way.
_POSITION_S = 20.0
_MEAN_ORDER_S = 20 * 60.0
_WORDS = ("{n}人被困，请尽快", "电梯停了，里面{n}人", "门打不开，{n}人在里面")


@dataclass(frozen=True)
class FeedOptions:
    """
    How lively the feed is.

    Parameters
    ----------
    speed : float
        Everything takes that much less time, clocks included; 1 is real.
    open_orders : int
        About so many orders are open at a time.
    plays_dispatcher : bool
        Stations are notified and levels decided by the feed, of the orders that it opened itself.
    """

    speed: float = 1.0
    open_orders: int = 8
    plays_dispatcher: bool = True


@dataclass(eq=False)
class _Case:
    """What chance has in store for an order."""

    notify_at: dt.datetime
    gives_up_at: dt.datetime | None
    is_false: bool
    is_own: bool
    persons: int
    closing_s: float
    on_site_s: float


@dataclass(eq=False)
class _Crew:
    """What chance has in store for a station that was notified."""

    answers_at: dt.datetime | None
    refuses: bool
    leaves_at: dt.datetime
    drive_s: float
    access_s: float
    responder: str
    route: shapely.LineString | None = None
    told_at: dt.datetime | None = None


def refuse_unless_sample(connection: Connection) -> None:
    """Refuse a store that does not hold sample data.

    Raises
    ------
    RefusedError
    """
    if not settings_table.get(connection, "is_sample"):
        raise RefusedError(
            "库中不是示例数据：模拟的困人只播放进示例城市（./onemap demo）。 "
            "This store holds no sample data: simulated entrapments are played into a sample city only (./onemap demo)."
        )


class LiveFeed:
    """Plays a sample city; `step` does all that is due at an instant. What others do to an order is respected."""

    def __init__(
        self, store: Store, desk: Desk, *, seed: int, base_url: str, options: FeedOptions | None = None
    ) -> None:
        self._store, self._desk, self._base_url = store, desk, base_url
        self.options = options or FeedOptions()
        self._rng = np.random.default_rng(seed)
        self._model = DemandModel()
        self._next_call_at: dt.datetime | None = None
        self._cases: dict[str, _Case] = {}
        self._crews: dict[tuple[str, int], _Crew] = {}
        self._elevators: list[str] = []

    def play(self, start: dt.datetime, end: dt.datetime, *, step_s: float = 5.0) -> int:
        """Play a stretch of time at once, as at the beginning: give the number of acts."""
        done, at = 0, start
        while at < end:
            done += len(self.step(at))
            at += dt.timedelta(seconds=step_s)
        return done

    def step(self, now: dt.datetime) -> list[str]:
        """Do what is due by now, each act in a transaction of its own; give what was done.

        Raises
        ------
        RefusedError
            When the store holds no sample data.
        DatabaseUnavailableError
            When the database does not answer.
        """
        with self._store.transaction(SYSTEM) as connection:
            refuse_unless_sample(connection)
            codes = incidents.codes_listed(connection, is_open=True, limit=500)
            orders = incidents.read_all(connection, codes)
            if not self._elevators:
                self._elevators = _callers(connection)
        done = []
        if self._next_call_at is None:
            self._next_call_at = now
        if now >= self._next_call_at and len(orders) < 3 * self.options.open_orders:
            done += self._do(f"来电 call {now:%H:%M:%S}", lambda c: self._call(c, now))
            gap_s = _MEAN_ORDER_S / max(self.options.open_orders, 1)
            self._next_call_at = now + self._span(float(self._rng.exponential(gap_s)))
        for order in reversed(orders):
            done += self._play_order(order, now)
        known = {o.code for o in orders}
        self._cases = {k: v for k, v in self._cases.items() if k in known}
        self._crews = {k: v for k, v in self._crews.items() if k[0] in known}
        return done

    # -- callers ----------------------------------------------------------------------------------------

    def _call(self, connection: Connection, now: dt.datetime) -> None:
        code = self._elevators[int(self._rng.integers(len(self._elevators)))]
        drawn = self._drawn()
        people, is_urgent = drawn["people"], drawn["is_urgent"]
        words = _WORDS[int(self._rng.integers(len(_WORDS)))].format(n=people)
        form = CallForm(
            elevator_code=code, people_inside=people, caller_phone=f"139{int(self._rng.integers(10**8)):08d}", caller_words=words,
            injured=int(is_urgent), is_vulnerable=bool(self._rng.random() < 0.12),
        )  # fmt: skip
        self._desk.take_call(connection, form, actor=ACTOR, now=now)

    # -- one order --------------------------------------------------------------------------------------

    def _play_order(self, order: Order, now: dt.datetime) -> list[str]:
        case = self._cases.setdefault(order.code, self._case(order, now))
        if order.incident.state is State.FREED:
            freed_at = order.incident.nodes[Node.FREED]
            if case.is_own and now >= freed_at + self._span(case.closing_s):
                return self._close(order, Outcome.FREED, "", now)
            return []
        if case.is_own and case.gives_up_at is not None and now >= case.gives_up_at:
            if case.is_false and not order.incident.assignments:
                return self._close(order, Outcome.NOT_ENTRAPMENT, "经核实无人被困", now)
            if not case.is_false and Node.ARRIVED not in order.incident.nodes:
                return self._close(order, Outcome.SELF_RELEASED, "来电告知已自行脱困", now)
        fire_at = order.incident.fire_called_at
        is_theirs = fire_at is not None and now >= fire_at + self._span(1200.0)
        if case.is_own and is_theirs and Node.ARRIVED not in order.incident.nodes:
            return self._close(order, Outcome.HANDED_OVER, "119 已到场处置（模拟）", now)
        done = self._decide(order, case, now) if case.is_own and self.options.plays_dispatcher else []
        if done:
            return done  # what was decided changed the order: its crews act by what they read next time
        for number, assignment in enumerate(order.incident.assignments):
            if assignment.is_running:
                done += self._play_crew(order, case, number, assignment, now)
        return done

    def _decide(self, order: Order, case: _Case, now: dt.datetime) -> list[str]:
        """Play the dispatcher: notify the first station, raise levels that are due, stand down who is not needed."""
        incident = order.incident
        if incident.due:
            due = incident.due[0]
            if now < due.due_at + self._span(25.0):
                return []
            if due.level == 2:
                return self._do(
                    f"{order.code} 二级 level 2",
                    lambda c: self._desk.raise_level(
                        c, order.code, 2, actor=ACTOR, now=now, base_url=self._base_url, reason=due.reason
                    ),
                )
            change = Change(EventKind.FIRE_CALLED, {"text": "已请 119 支援（模拟）"}, ACTOR)
            return self._do(f"{order.code} 119", lambda c: incidents.append(c, order.code, [change], now=now))
        if Node.ARRIVED in incident.nodes and len(incident.running) > 1:
            late = next(a for a in incident.running if a.state is not AssignmentState.ON_SCENE)
            return self._do(
                f"{order.code} 撤回 stood down",
                lambda c: self._desk.stand_down(
                    c, order.code, late.station_code, why="已有班组到达", actor=ACTOR, now=now
                ),
            )
        if incident.assignments or case.is_false or now < case.notify_at:
            return []
        case.notify_at = now + self._span(30.0)  # should nobody be able now, somebody may be then
        return self._do(f"{order.code} 通知 notified", lambda c: self._notify(c, order, now))

    def _notify(self, connection: Connection, order: Order, now: dt.datetime) -> None:
        _, answer = self._desk.rank_order(connection, order, at=now)
        if answer.ranking.candidates:
            best = answer.table.code[answer.ranking.candidates[0].station_idx]
            self._desk.notify(connection, order.code, best, actor=ACTOR, now=now, base_url=self._base_url)

    def _close(self, order: Order, outcome: Outcome, why: str, now: dt.datetime) -> list[str]:
        return self._do(
            f"{order.code} 结束 closed ({outcome.value})",
            lambda c: self._desk.close(c, order.code, outcome=outcome.value, why=why, actor=ACTOR, now=now),
        )

    def _play_crew(
        self, order: Order, case: _Case, number: int, a: Assignment, now: dt.datetime
    ) -> list[str]:
        crew = self._crews.get((order.code, number))
        if crew is None:
            crew = self._crews[order.code, number] = self._crew(order, a)
        own = {"station_code": a.station_code, "responder": crew.responder}
        step: Change | None = None
        if a.state is AssignmentState.NOTIFIED and crew.answers_at is not None and now >= crew.answers_at:
            kind = EventKind.REFUSED if crew.refuses else EventKind.ACCEPTED
            why = {"why": "班组在另一现场，暂不能前往"} if crew.refuses else {}
            step = Change(kind, own | why, crew.responder)
        elif a.state is AssignmentState.ACCEPTED and now >= crew.leaves_at:
            step = Change(EventKind.EN_ROUTE, own, crew.responder)
        elif a.state is AssignmentState.EN_ROUTE:
            left_at = a.times[Node.EN_ROUTE]
            if now >= left_at + self._span(crew.drive_s + crew.access_s):
                step = Change(EventKind.ARRIVED, own, crew.responder)
            else:
                return self._report(order, a, crew, now)
        elif a.state is AssignmentState.ON_SCENE and now >= a.times[Node.ARRIVED] + self._span(
            case.on_site_s
        ):
            step = Change(EventKind.FREED, own | {"persons_freed": case.persons}, crew.responder)
        if step is None:
            return []
        return self._do(
            f"{order.code} {step.kind.value}", lambda c: incidents.append(c, order.code, [step], now=now)
        )

    def _report(self, order: Order, a: Assignment, crew: _Crew, now: dt.datetime) -> list[str]:
        """Send where a crew under way is, along its route."""
        if crew.told_at is not None and now < crew.told_at + self._span(_POSITION_S):
            return []
        crew.told_at = now
        if crew.route is None:
            crew.route = self._route(order, a, now)
        if crew.route.is_empty:
            return []
        share = (now - a.times[Node.EN_ROUTE]) / max(self._span(crew.drive_s), dt.timedelta(seconds=1))
        point = crew.route.interpolate(min(share, 1.0), normalized=True)
        session = CrewSession(0, 0, order.code, a.station_code, crew.responder)
        self._do(
            "",
            lambda c: crew_desk.report_position(
                c, self._desk, session, float(point.x), float(point.y), accuracy_m=15.0, age_s=0.0, now=now
            ),
        )
        return []

    def _route(self, order: Order, a: Assignment, now: dt.datetime) -> shapely.LineString:
        then = self._desk.ranker.at(now)
        if a.station_code not in then.table.code or order.row["lon"] is None:
            return shapely.LineString()
        start = then.rows.places.take([then.table.code.index(a.station_code)])
        return then.times.find_route(start, then.place(order.row["lon"], order.row["lat"])).line

    # -- chance -----------------------------------------------------------------------------------------

    def _case(self, order: Order, now: dt.datetime) -> _Case:
        drawn = self._drawn()
        is_own = order.events[0].event.actor == ACTOR
        is_false = is_own and not order.incident.assignments and drawn["is_false"]
        received = max(order.incident.received_at, now - self._span(600))
        gives_up = None
        if is_false:
            gives_up = received + self._span(drawn["handling_s"] + 120)
        elif drawn["leaves_s"] < np.inf:
            gives_up = received + self._span(drawn["leaves_s"])
        return _Case(
            received + self._span(drawn["handling_s"]), gives_up, is_false, is_own, order.incident.people_inside or 1,
            float(self._rng.uniform(60, 300)), drawn["on_site_s"],
        )  # fmt: skip

    def _crew(self, order: Order, a: Assignment) -> _Crew:
        drawn = self._drawn()
        notified_at = a.times[Node.NOTIFIED]
        is_first = a is order.incident.assignments[0]
        answer_s = drawn["answer_s"] if is_first else drawn["backup_answer_s"]
        # A station that said nothing for a while before the feed began answers now.
        answers_at = None if answer_s == np.inf else notified_at + self._span(answer_s)
        accepted_at = a.times.get(Node.ACCEPTED, answers_at or notified_at)
        predicted_s = 600.0 if a.first_eta_at is None else (a.first_eta_at - notified_at).total_seconds()
        with self._store.transaction(SYSTEM) as connection:
            row = connection.execute(
                "SELECT name FROM responder WHERE station_code = %s ORDER BY id LIMIT 1", [a.station_code]
            ).fetchone()
        return _Crew(
            answers_at, is_first and drawn["refuses"], accepted_at + self._span(drawn["turn_out_s"]),
            min(predicted_s, 7200.0) * drawn["drive_factor"], drawn["access_s"], row["name"] if row else "值班班组",
        )  # fmt: skip

    def _drawn(self) -> dict[str, Any]:
        """Draw everything that chance decides of one call."""
        return {
            name: array[0].item() for name, array in draw_circumstances(self._model, 1, self._rng).items()
        }

    def _span(self, seconds: float) -> dt.timedelta:
        return dt.timedelta(seconds=seconds / self.options.speed)

    def _do(self, words: str, act: Any) -> list[str]:
        """Do one act in its transaction; what the order does not take, because somebody was quicker, is left."""
        try:
            with self._store.transaction(SYSTEM) as connection:
                act(connection)
        except OneMapError as error:
            return [f"{words}: {error}"] if words else []
        return [words] if words else []


def _callers(connection: Connection) -> list[str]:
    """List elevators from which calls may come: some thousands are enough."""
    rows = connection.execute(
        "SELECT code FROM elevator WHERE geom IS NOT NULL AND valid_to IS NULL ORDER BY md5(code) LIMIT 20000"
    ).fetchall()
    return [r["code"] for r in rows]
