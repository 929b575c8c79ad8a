"""Simulate dispatching: calls, crews that are busy, stations that do not answer, levels, diversions; event by event."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from dispatch.errors import QuestionError
from dispatch.simulation_inputs import Calls, Policy, Rule, Units
from dispatch.simulation_log import CallLog, Leg, LegEnd, Raised, Run


def simulate(calls: Calls, units: Units, policy: Policy) -> Run:
    """
    Dispatch the calls under a policy.

    Parameters
    ----------
    calls : Calls
    units : Units
    policy : Policy

    Returns
    -------
    Run
        The same for the same arguments.

    Raises
    ------
    QuestionError
        When the arrays do not fit each other.

    Notes
    -----
    Levels follow the rules of `dispatch.escalation`: level 2 falls due at refusal, at the answer limit, when the predicted arrival is
    later than the limit, and one second after the limit; it is raised for no answer and refusal always, for lateness where a networked
    station would be sooner. A crew diverted on its way turns round: it needs what it has driven, and then its station's way. A
    crew is free where and when its call ends; its way home is not modelled, as the desk counts crews the same way.

    Examples
    --------
    >>> one, zero = np.ones(1), np.zeros(1)
    >>> calls = Calls(
    ...     zero, zero + 10, zero + 20, zero + 20, zero > 0, zero + 30, one, zero, zero + 300, one * np.inf, zero > 0, zero + 180,
    ...     zero + 1800, np.array([0]), np.array([[0]]), np.array([[600.0]]), np.array([[True]]),
    ... )
    >>> run = simulate(calls, Units(np.array([1]), np.array([0]), np.array([False])), Policy())
    >>> run.logs[0].legs[0].arrives_s, run.logs[0].freed_s, run.busy_s.tolist()
    (660.0, 960.0, [950.0])
    """
    n, k = calls.candidate_idx.shape
    if any(len(getattr(calls, name)) != n for name in Calls.__dataclass_fields__) or calls.candidate_s.shape != (n, k):  # fmt: skip
        raise QuestionError("模拟的数组形状不一致。 The arrays of a simulation do not fit each other.")
    if n and (calls.candidate_idx.max() >= len(units.crews) or (np.diff(calls.at_s) < 0).any()):
        raise QuestionError(
            "来电应按时间排列，候选站应存在。 Calls must be in the order of time, and candidates exist."
        )
    city = _City(calls, units, policy)
    for i in range(n):
        city.process[i] = city.env.process(city.life(i))
    city.env.run()
    for log in city.logs:
        log.is_lost = log.is_lost or log.ended_s == np.inf
    return Run(tuple(city.logs), city.busy_s, float(city.env.now))


class _City:
    """The state of a simulation."""

    def __init__(self, calls: Calls, units: Units, policy: Policy) -> None:
        self.calls, self.units, self.policy = calls, units, policy
        self.env = simpy.Environment()
        self.free: list[int] = units.crews.tolist()
        self.group: list[int] = units.group_idx.tolist()
        self.group_free: list[int] = np.bincount(units.group_idx, weights=units.crews).astype(int).tolist()
        self.networked: list[bool] = units.is_networked.tolist()
        self.busy_s = np.zeros(len(units.crews))
        self.logs = [CallLog() for _ in range(len(calls))]
        self.waiting: list[Any] = []
        self.process: dict[int, Any] = {}
        self.driving: dict[int, Leg] = {}
        # Plain lists: a call looks at some fifteen numbers, for which arrays are slow.
        self.candidates: list[list[tuple[int, float, bool]]] = [
            [(s, t, o) for s, t, o in zip(*row, strict=True) if s >= 0 and t < np.inf]
            for row in zip(calls.candidate_idx.tolist(), calls.candidate_s.tolist(), calls.is_own.tolist(), strict=True)
        ]  # fmt: skip
        self.of = {
            name: getattr(calls, name).tolist()
            for name in Calls.__dataclass_fields__
            if getattr(calls, name).ndim == 1
        }

    # -- one call -------------------------------------------------------------------------------------

    def life(self, i: int) -> Generator[Any, Any, None]:
        """Run one call from being received to its end."""
        of, env, log = self.of, self.env, self.logs[i]
        leaves_s = of["at_s"][i] + of["leaves_s"][i]
        yield env.timeout(of["at_s"][i] + of["handling_s"][i])
        legs: list[Leg] = []
        while True:
            if not legs:
                if env.now >= leaves_s:
                    log.ended_s = env.now  # the people are out: nobody is sought any more
                    return
                found = self._send_first(i)
                if found is None and not self.policy.waits:
                    log.is_lost, log.ended_s = True, env.now
                    return
                if found is None:
                    yield from self._wait(i, leaves_s)
                    continue
                legs = [found]
            try:
                is_over = yield from self._under_way(i, legs, leaves_s)
            except simpy.Interrupt as taken:
                # Another call took the crew: whatever is left goes on, else somebody is sought anew.
                legs.remove(taken.cause)
                continue
            if is_over:
                return

    def _under_way(self, i: int, legs: list[Leg], leaves_s: float) -> Generator[Any, Any, bool]:
        """Let stations answer and drive until one arrives, levels are raised, or the people are out; then finish."""
        env, log = self.env, self.logs[i]
        while legs:
            arrives = min(legs, key=lambda leg: leg.arrives_s)
            due_s, why = self._next_due(i, legs, log)
            if min(arrives.arrives_s, due_s, leaves_s) == np.inf:
                break  # nobody is coming, and nothing will happen by itself
            acts_s = due_s + self.policy.reaction_s if why is not Raised.REFUSED else due_s
            until = min(arrives.arrives_s, acts_s, leaves_s)
            self.driving[i] = arrives
            try:
                yield env.timeout(max(until - env.now, 0.0))
            finally:
                self.driving.pop(i, None)
            if env.now >= leaves_s:
                for leg in legs:
                    self._release(leg, LegEnd.STOOD_DOWN)
                log.ended_s = env.now
                return True
            if arrives.arrives_s <= env.now:
                return (yield from self._on_site(i, legs, arrives))
            if why is Raised.REFUSED:
                refused = log.legs[0]
                self._release(refused, LegEnd.REFUSED)
                legs.remove(refused)
                if legs:
                    log.due.append((due_s, why, False))
                    continue
                yield env.timeout(min(self.policy.reaction_s, leaves_s - env.now))
                if env.now >= leaves_s:
                    break
            self._raise(i, legs, due_s, why, log)
        for leg in legs:
            self._release(leg, LegEnd.STOOD_DOWN)
        legs.clear()
        return False

    def _next_due(self, i: int, legs: list[Leg], log: CallLog) -> tuple[float, Raised]:
        """Give when level 2 falls due next, and why; once for each reason, and not again once it was raised."""
        decided = {why for _, why, _ in log.due}
        first = log.legs[0]
        found: list[tuple[float, Raised]] = []
        if first in legs and first.accepted_s == np.inf:
            answers_s = first.notified_s + self.of["answer_s"][i]
            limit_s = first.notified_s + self.of["answer_limit_s"][i]
            is_refusal = self.of["refuses"][i] and answers_s < limit_s
            found.append((answers_s, Raised.REFUSED) if is_refusal else (limit_s, Raised.NO_ANSWER))
        arrival_s = first.notified_s + self.of["arrival_limit_s"][i]
        if first.notified_s + first.predicted_s > arrival_s:
            found.append((first.notified_s, Raised.PREDICTED_LATE))
        found.append((arrival_s + 1.0, Raised.LATE))
        if any(is_raised for _, _, is_raised in log.due):
            found = [each for each in found if each[1] is Raised.REFUSED]
        coming = [each for each in found if each[1] not in decided]
        return min(coming) if coming else (np.inf, Raised.LATE)

    def _raise(self, i: int, legs: list[Leg], due_s: float, why: Raised, log: CallLog) -> None:
        """Raise level 2 where it helps."""
        planned = min((leg.arrives_s for leg in legs), default=np.inf)
        backup = self._choose_backup(i)
        gains = backup is not None and self._backup_arrival(i, backup[1]) < planned
        must = why in (Raised.NO_ANSWER, Raised.REFUSED)
        log.due.append((due_s, why, must or gains))
        if backup is None:
            if must:
                log.nobody_s = min(log.nobody_s, self.env.now)
                for leg in [leg for leg in legs if leg.arrives_s == np.inf]:
                    self._release(leg, LegEnd.STOOD_DOWN)
                    legs.remove(leg)
            return
        if must or gains:
            legs.append(self._take(i, backup[0], backup[1], level=2))

    def _on_site(self, i: int, legs: list[Leg], arrived: Leg) -> Generator[Any, Any, bool]:
        log = self.logs[i]
        for leg in legs:
            if leg is not arrived:
                self._release(leg, LegEnd.STOOD_DOWN)
        yield self.env.timeout(self.of["on_site_s"][i])
        log.freed_s = log.ended_s = self.env.now
        self._release(arrived, LegEnd.FREED)
        return True

    def _wait(self, i: int, leaves_s: float) -> Generator[Any, Any, None]:
        begun, turn = self.env.now, self.env.event()
        self.waiting.append(turn)
        gone = self.env.timeout(leaves_s - begun) if leaves_s < np.inf else self.env.event()
        yield turn | gone
        if not turn.triggered:
            self.waiting.remove(turn)
        self.logs[i].waited_s += self.env.now - begun

    # -- crews ------------------------------------------------------------------------------------------

    def _send_first(self, i: int) -> Leg | None:
        chosen = self._choose(i)
        if self.policy.may_preempt and self.of["is_urgent"][i]:
            taken = self._preempt(i, np.inf if chosen is None else chosen[1])
            if taken is not None:
                return taken
        return None if chosen is None else self._take(i, chosen[0], chosen[1], level=1 if chosen[2] else 2)

    def _choose(self, i: int) -> tuple[int, float, bool] | None:
        """Choose the station a call gets first: position, travel time, whether it is of level 1."""
        rule, failed = (
            self.policy.rule,
            {leg.station_idx for leg in self.logs[i].legs if leg.accepted_s == np.inf},
        )
        able = [c for c in self.candidates[i] if self.free[c[0]] > 0 and c[0] not in failed]
        if rule is Rule.BOUND_FIRST:
            bound = self.of["bound_idx"][i]
            able = [c for c in able if c[2] or self.networked[c[0]]]
            able.sort(key=lambda c: (c[0] != bound, c[1]))
        elif rule is Rule.CLOSEST:
            able.sort(key=lambda c: c[1])
        if rule is not Rule.BOUND_FIRST:
            able = [(s, t, True) for s, t, _ in able]
        if not able:
            return None
        return self._with_reserve(i, able) if self.policy.keeps_reserve else able[0]

    def _with_reserve(self, i: int, able: list[tuple[int, float, bool]]) -> tuple[int, float, bool]:
        first = able[0]
        if self.group_free[self.group[first[0]]] > 1:
            return first
        latest = min(first[1] + self.policy.reserve_slack_s, self.of["arrival_limit_s"][i])
        return next((c for c in able if self.group_free[self.group[c[0]]] > 1 and c[1] <= latest), first)

    def _choose_backup(self, i: int) -> tuple[int, float] | None:
        """Choose the closest networked station with a free crew that is not on the call."""
        sent = {leg.station_idx for leg in self.logs[i].legs}
        able = [
            (t, s)
            for s, t, _ in self.candidates[i]
            if self.networked[s] and self.free[s] > 0 and s not in sent
        ]
        return (min(able)[1], min(able)[0]) if able else None

    def _backup_arrival(self, i: int, travel_s: float) -> float:
        ready_s = self.env.now + self.of["backup_answer_s"][i] + self.of["turn_out_s"][i]
        return float(ready_s + travel_s * self.of["drive_factor"][i] + self.of["access_s"][i])

    def _take(self, i: int, station: int, travel_s: float, *, level: int) -> Leg:
        self.free[station] -= 1
        self.group_free[self.group[station]] -= 1
        return self._leg(i, station, travel_s, level=level)

    def _leg(self, i: int, station: int, travel_s: float, *, level: int) -> Leg:
        now = self.env.now
        is_first = not self.logs[i].legs
        fails = is_first and (self.of["refuses"][i] or self.of["answer_s"][i] > self.of["answer_limit_s"][i])
        answer_s = np.inf if fails else self.of["answer_s" if is_first else "backup_answer_s"][i]
        accepted_s = now + answer_s
        under_way_s = accepted_s + self.of["turn_out_s"][i]
        arrives_s = under_way_s + travel_s * self.of["drive_factor"][i] + self.of["access_s"][i]
        leg = Leg(station, level, now, travel_s, accepted_s, under_way_s, arrives_s)
        self.logs[i].legs.append(leg)
        return leg

    def _preempt(self, i: int, best_s: float) -> Leg | None:
        """Take a crew under way to a call that is not urgent, where it is sooner by enough."""
        way = {s: (t, own) for s, t, own in self.candidates[i]}
        found: tuple[float, int, Leg] | None = None
        for other, leg in self.driving.items():
            if self.of["is_urgent"][other] or leg.station_idx not in way or leg.accepted_s > self.env.now:
                continue
            driven_s = max(self.env.now - leg.under_way_s, 0.0)
            time_s = driven_s + way[leg.station_idx][0]
            if time_s + self.policy.preempt_gain_s < best_s and (found is None or time_s < found[0]):
                found = (time_s, other, leg)
        if found is None:
            return None
        time_s, other, leg = found
        leg.end, leg.ended_s = LegEnd.STOOD_DOWN, self.env.now
        self.busy_s[leg.station_idx] += self.env.now - leg.notified_s
        self.process[other].interrupt(leg)
        self.driving.pop(other, None)
        return self._leg(i, leg.station_idx, time_s, level=1 if way[leg.station_idx][1] else 2)

    def _release(self, leg: Leg, end: LegEnd) -> None:
        leg.end, leg.ended_s = end, self.env.now
        self.busy_s[leg.station_idx] += leg.ended_s - leg.notified_s
        self.free[leg.station_idx] += 1
        self.group_free[self.group[leg.station_idx]] += 1
        # All are woken in their order: a crew that the first may not have is another's; who gets none waits on in its place.
        woken, self.waiting = self.waiting, []
        for turn in woken:
            turn.succeed()
