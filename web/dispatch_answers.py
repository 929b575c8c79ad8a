"""Write orders, clocks, logs and rankings as JSON, in the words of one language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from math import isfinite
from typing import Any

from data.dispatch_desk import REASON_WORDS
from data.elevators import Elevator
from data.incidents import Order, StoredEvent
from data.order_messages import Lead
from data.scope import Scope
from data.station_ranking import RankingAnswer
from data.stations import ShownStation
from dispatch.clocks import Clock, ClockName, DistrictRule, clocks
from dispatch.escalation import Reason
from dispatch.incident import Assignment, AssignmentState, EventKind, Incident, Node, PlaceFrom
from dispatch.ranking import Advice, Caution
from layers.declaration import Words
from layers.display import LOCAL_ZONE, mask
from layers.registry import layer_by_id
from web import travel_answers

NODE_WORDS = {
    Node.RECEIVED: Words("接警", "Received"),
    Node.NOTIFIED: Words("通知救援站", "Station notified"),
    Node.ACCEPTED: Words("响应", "Accepted"),
    Node.EN_ROUTE: Words("出发", "Under way"),
    Node.ARRIVED: Words("到达现场", "Arrived"),
    Node.FREED: Words("解困", "Freed"),
    Node.CLOSED: Words("结束", "Closed"),
}
CLOCK_WORDS = {
    ClockName.ANSWER: Words("响应", "Answer"),
    ClockName.ARRIVAL: Words("到达", "Arrival"),
    ClockName.TRAPPED: Words("被困", "Trapped"),
}
EVENT_WORDS = {
    EventKind.RECEIVED: Words("接警", "Call received"),
    EventKind.JOINED: Words("重复来电并入", "Further call joined"),
    EventKind.IDENTIFIED: Words("识别电梯", "Elevator identified"),
    EventKind.PLACED: Words("标定位置", "Place set"),
    EventKind.DESCRIBED: Words("补充情况", "Situation described"),
    EventKind.NOTIFIED: Words("通知救援站", "Station notified"),
    EventKind.NOT_REACHED: Words("未通知到", "Not reached"),
    EventKind.ACCEPTED: Words("已响应", "Accepted"),
    EventKind.REFUSED: Words("拒绝", "Refused"),
    EventKind.EN_ROUTE: Words("已出发", "Under way"),
    EventKind.ETA: Words("预计到达更新", "Predicted arrival moved"),
    EventKind.ARRIVED: Words("到达现场", "Arrived"),
    EventKind.FREED: Words("解困", "Freed"),
    EventKind.STOOD_DOWN: Words("撤回", "Stood down"),
    EventKind.LEVEL_DUE: Words("提请升级", "Level due"),
    EventKind.LEVEL_RAISED: Words("升级", "Level raised"),
    EventKind.LEVEL_DECLINED: Words("不升级", "Level not raised"),
    EventKind.FIRE_CALLED: Words("已电话通知 119", "119 called"),
    EventKind.NOTED: Words("备注", "Remark"),
    EventKind.CORRECTED: Words("更正时间", "Time corrected"),
    EventKind.REPORTED: Words("故障分析报告", "Fault-analysis report"),
    EventKind.CLOSED: Words("结束工单", "Order closed"),
}
ASSIGNMENT_WORDS = {
    AssignmentState.NOTIFIED: Words("等待响应", "Waiting for an answer"),
    AssignmentState.ACCEPTED: Words("已响应", "Accepted"),
    AssignmentState.EN_ROUTE: Words("在途", "Under way"),
    AssignmentState.ON_SCENE: Words("已到达", "On scene"),
    AssignmentState.FREED: Words("已解困", "Freed"),
    AssignmentState.REFUSED: Words("已拒绝", "Refused"),
    AssignmentState.NOT_REACHED: Words("未通知到", "Not reached"),
    AssignmentState.STOOD_DOWN: Words("已撤回", "Stood down"),
}
STEP_WORDS = {
    Reason.NO_ANSWER: Words("超时未响应", "No answer in time"),
    Reason.REFUSED: Words("救援站拒绝", "The station refused"),
    Reason.NOT_REACHED: Words("通知不到", "The station was not reached"),
    Reason.PREDICTED_LATE: Words("预计超时到达", "Predicted to be late"),
    Reason.LATE: Words("已超过到达时限", "The arrival limit has passed"),
    Reason.NOBODY_ABLE: Words("没有可派的救援站", "No station can be sent"),
    Reason.MANY_CALLS: Words("短时间内大量困人", "Many calls at once"),
    Reason.DANGER: Words("有人受伤或险情", "Injury or danger"),
}
#: By the flag of a station; None: it has never said.
DUTY_WORDS: dict[bool | None, Words] = {
    True: Words("在岗", "On duty"),
    False: Words("不在岗", "Off duty"),
    None: Words("在岗情况未登记", "Duty not registered"),
}
CAUTION_WORDS = {
    Caution.OUT_OF_SCOPE: Words("超出负责范围", "Outside its scope"),
    Caution.LATE: Words("预计超时", "Later than the limit"),
    Caution.LAST_CREW: Words("最后一组", "Last crew"),
    Caution.NO_ARRIVAL_TIME: Words("到达时间未知", "Arrival time unknown"),
}
ADVICE_WORDS = {
    Advice.BOUND_TOO_LATE: Words(
        "绑定站赶不上时限，另有救援站赶得上", "The bound station cannot make the limit; another can"
    ),
    Advice.BOUND_WITHOUT_TIME: Words(
        "绑定站没有可用位置，到达时间未知，另有救援站赶得上",
        "The bound station has no position near a road, so its arrival is unknown; another makes the limit",
    ),
    Advice.BOUND_PASSED_OVER: Words("绑定站不能派出", "The bound station cannot be sent"),
    Advice.NO_BOUND_STATION: Words("该电梯未绑定救援站", "The elevator is bound to no station"),
    Advice.NO_ELEVATOR: Words(
        "电梯未识别，不知道绑定站和维保单位",
        "The elevator is not identified: its station and company are not known",
    ),
    Advice.POSITION_IS_A_GUESS: Words("位置为推测，请核实", "The position is a guess: check it"),
    Advice.NO_PLACE: Words(
        "位置未知，不能按行车时间排序，只能先通知绑定站",
        "The place is not known: nobody can be ranked, and the bound station alone can be told",
    ),
    Advice.FAR_FROM_ROAD: Words(
        "位置附近没有道路，不能按行车时间排序，只能先通知绑定站",
        "No road is near the place: nobody can be ranked, and the bound station alone can be told",
    ),
    Advice.NOBODY_IN_TIME: Words("没有救援站赶得上时限", "No station makes the limit"),
    Advice.NOBODY: Words("没有可派的救援站", "There is no station to send"),
}
PLACE_WORDS = {
    PlaceFrom.GIVEN: Words("来电人或调度员给出", "given by the caller or the dispatcher"),
    PlaceFrom.ELEVATOR: Words("电梯登记位置", "the elevator's registered position"),
    PlaceFrom.ADDRESS: Words("按地址推测", "a guess by the address"),
    PlaceFrom.UNIT: Words("按使用单位推测", "a guess by the using unit"),
    PlaceFrom.DIVISION: Words("按所在辖区推测", "a guess by the division"),
}
LEAD_WORDS = {
    "waiting": Words("短信待发", "the message waits to be sent"),
    "sent": Words("已短信告知", "told by message"),
    "delivered": Words("短信已送达", "the message was delivered"),
    "failed": Words("短信发送失败，请电话联系", "the message failed: telephone"),
}
_NO_LEAD = Words("维保单位未登记应急救援负责人，没有人被告知", "the company has no emergency lead: nobody was told")  # fmt: skip
_LEAD_UNTOLD = Words("尚未告知，请电话联系", "not told yet: telephone")
LEVEL_WORDS = {
    1: Words("一级", "Level 1"),
    2: Words("二级", "Level 2"),
    3: Words("三级（119）", "Level 3 (119)"),
}


def elevator(found: Elevator, open_order: str | None = None) -> dict[str, Any]:
    """Write an elevator as the call form lists it."""
    return {
        "code": found.code,
        "rescue_code": found.rescue_code,
        "title": found.name,
        "unit_name": found.unit_name,
        "address": found.address,
        "company_name": found.company_name,
        "bound_code": found.bound_code,
        "lon": found.lon,
        "lat": found.lat,
        "position_quality": found.position_quality,
        "distance_m": None if found.distance_m is None else round(found.distance_m, 1),
        "valid_to": found.valid_to,
        "open_order": open_order,
    }


def clock(found: Clock, language: str) -> dict[str, Any]:
    """Write one clock."""
    return {
        "name": found.name.value,
        "label": CLOCK_WORDS[found.name].in_language(language),
        "state": found.state.value,
        "limit_s": found.limit_s,
        "started_at": found.started_at,
        "due_at": found.due_at,
        "stopped_at": found.stopped_at,
        "left_s": found.left_s,
        "taken_s": found.taken_s,
    }


def order(
    found: Order,
    rule: DistrictRule,
    *,
    now: dt.datetime,
    language: str,
    scope: Scope,
    shown: Mapping[str, ShownStation],
) -> dict[str, Any]:
    """Write an order as the queue and the console show it, without its log."""
    incident, row = found.incident, found.row
    state_words = layer_by_id("incident").field("state").choice(incident.state.value)
    phone = row["caller_phone"]
    return {
        "id": found.id,
        "code": found.code,
        "title": row["name"],
        "address": row["address"],
        "division_code": row["division_code"],
        "unit_name": row["unit_name"],
        "company_name": row["company_name"],
        "elevator_code": incident.elevator_code,
        "lon": row["lon"],
        "lat": row["lat"],
        "is_guess": row["position_quality"] != "given" and row["lon"] is not None,
        "place": _place(incident, row, language),
        "state": incident.state.value,
        "state_label": state_words.words.in_language(language) if state_words else incident.state.value,
        "level": incident.level,
        "level_label": LEVEL_WORDS[incident.level].in_language(language),
        "version": incident.version,
        "people_inside": incident.people_inside,
        "injured": incident.injured,
        "is_vulnerable": incident.is_vulnerable,
        "is_danger": incident.is_danger,
        "calls": incident.calls,
        "persons_freed": incident.persons_freed,
        "caller_phone": phone if scope.sees_sensitive or not phone else mask(phone),
        "caller_words": row["caller_words"] if scope.sees_sensitive else None,
        "nodes": [
            {"name": n.value, "label": NODE_WORDS[n].in_language(language), "at": incident.nodes.get(n)}
            for n in Node
        ],
        "clocks": [clock(c, language) for c in clocks(incident, rule, now).values()],
        "assignments": [_assignment(a, language, scope=scope, shown=shown) for a in incident.assignments],
        "due": [
            {
                "level": d.level,
                "level_label": LEVEL_WORDS[d.level].in_language(language),
                "reason": d.reason,
                "label": _step_word(d.reason, language),
                "due_at": d.due_at,
                "key": d.key,
            }
            for d in incident.due
        ],
        "outcome": incident.outcome.value if incident.outcome else None,
        "is_reported": incident.is_reported,
        "fire_called_at": incident.fire_called_at,
        "is_automatic": rule.is_automatic,
    }


def _place(incident: Incident, row: Mapping[str, Any], language: str) -> dict[str, Any] | None:
    """Give what an order's position rests on; None while there is none."""
    if row["lon"] is None or incident.place_from is None:
        return None
    words = PLACE_WORDS[incident.place_from].in_language(language)
    found_by = incident.place_words
    return {
        "from": incident.place_from.value,
        "label": words if not found_by else f"{words}：{found_by}" if language == "zh" else f"{words}: {found_by}",
    }  # fmt: skip


def lead(found: Lead | None, language: str, *, sees_sensitive: bool) -> dict[str, Any] | None:
    """Write the emergency lead of an order's elevator and whether they were told; None while the elevator is not known."""
    if found is None:
        return None
    if not found.phone:
        words = _NO_LEAD
    elif found.told_at is None:
        words = _LEAD_UNTOLD
    else:
        words = LEAD_WORDS.get(found.state or "", LEAD_WORDS["waiting"])
    name, phone = found.name, found.phone
    if not sees_sensitive:
        name, phone = mask(name) if name else "", mask(phone) if phone else ""
    return {
        "name": name, "phone": phone, "told_at": found.told_at, "state": found.state, "label": words.in_language(language),
    }  # fmt: skip


def _step_word(reason: str, language: str) -> str:
    known = {r.value: words for r, words in STEP_WORDS.items()}
    return known[reason].in_language(language) if reason in known else reason


def _assignment(
    a: Assignment, language: str, *, scope: Scope, shown: Mapping[str, ShownStation]
) -> dict[str, Any]:
    responder, station = a.responder, shown.get(a.station_code)
    return {
        "station_code": a.station_code,
        "station_name": station.name if station else a.station_code,
        "lon": station.lon if station else None,
        "lat": station.lat if station else None,
        "level": a.level,
        "state": a.state.value,
        "label": ASSIGNMENT_WORDS[a.state].in_language(language),
        "is_running": a.is_running,
        "responder": responder if scope.sees_sensitive or not responder else mask(responder),
        "times": {n.value: at for n, at in a.times.items()},
        "eta_at": a.eta_at,
        "first_eta_at": a.first_eta_at,
        "ended_at": a.ended_at,
    }


def crew(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Write a crew that is on an order, without names of persons: where it was heard last, else where its station stands."""
    is_heard = row["at_lon"] is not None
    return {
        "order_code": row["incident_code"],
        "station_code": row["station_code"],
        "name": row["name"] or row["station_code"],
        "level": row["level"],
        "state": row["state"],
        "label": ASSIGNMENT_WORDS[AssignmentState(row["state"])].in_language(language),
        "eta_at": row["eta_at"],
        "lon": row["at_lon"] if is_heard else row["lon"],
        "lat": row["at_lat"] if is_heard else row["lat"],
        "is_heard": is_heard,
        "heard_at": row["heard_at"],
    }


def log(
    events: tuple[StoredEvent, ...], language: str, *, shown: Mapping[str, ShownStation], sees_sensitive: bool
) -> list[dict[str, Any]]:
    """Write an order's log, the newest first."""
    return [
        {
            "seq": e.seq,
            "kind": e.event.kind.value,
            "label": EVENT_WORDS[e.event.kind].in_language(language),
            "at": e.event.at,
            "recorded_at": e.recorded_at,
            "actor": e.event.actor,
            "text": _event_text(e, language, shown=shown, sees_sensitive=sees_sensitive),
        }
        for e in reversed(events)
    ]


def _event_text(
    e: StoredEvent, language: str, *, shown: Mapping[str, ShownStation], sees_sensitive: bool
) -> str:
    facts = e.event.facts
    parts: list[str] = []
    if facts.get("place_from") in set(PlaceFrom):
        parts.append(PLACE_WORDS[PlaceFrom(facts["place_from"])].in_language(language))
    if facts.get("place_words"):
        parts.append(str(facts["place_words"]))
    if e.event.kind is EventKind.PLACED:
        parts.append(f"{facts['lon']:.6f}, {facts['lat']:.6f}")
    station = facts.get("station_code")
    if station:
        parts.append(shown[station].name if station in shown else station)
    if e.event.kind is EventKind.NOTIFIED and facts.get("travel_time_s") is None:
        parts.append(CAUTION_WORDS[Caution.NO_ARRIVAL_TIME].in_language(language))
    elif e.event.kind is EventKind.NOTIFIED:
        minutes = facts["travel_time_s"] / 60
        parts.append(f"{minutes:.1f} 分钟" if language == "zh" else f"{minutes:.1f} min")
    if facts.get("plan") is not None:
        parts.append(f"合并指派 {facts['plan']}" if language == "zh" else f"joint proposal {facts['plan']}")
    if facts.get("level") in LEVEL_WORDS:
        parts.append(LEVEL_WORDS[facts["level"]].in_language(language))
    if facts.get("reason"):
        parts.append(_step_word(str(facts["reason"]), language))
    if facts.get("persons_freed") is not None:
        parts.append(
            f"{facts['persons_freed']} 人" if language == "zh" else f"{facts['persons_freed']} persons"
        )
    if e.event.kind is EventKind.CORRECTED:
        node = Node(facts["node"])
        to = dt.datetime.fromisoformat(str(facts["to"])).astimezone(LOCAL_ZONE)
        parts.append(f"{NODE_WORDS[node].in_language(language)} → {to:%H:%M:%S}")
    if facts.get("responder") and sees_sensitive:
        parts.append(str(facts["responder"]))
    if facts.get("outcome"):
        choice = layer_by_id("incident").field("outcome").choice(str(facts["outcome"]))
        parts.append(choice.words.in_language(language) if choice else str(facts["outcome"]))
    if facts.get("cause"):
        choice = layer_by_id("incident").field("cause").choice(str(facts["cause"]))
        parts.append(choice.words.in_language(language) if choice else str(facts["cause"]))
    if facts.get("caller_words") and sees_sensitive:
        parts.append(f"“{facts['caller_words']}”")
    parts += [str(facts[k]) for k in ("why", "text", "rescue_code") if facts.get(k)]
    return " · ".join(parts)


def ranking(
    answer: RankingAnswer,
    language: str,
    *,
    words: Mapping[str, dict[str, Any]],
    told: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Write a ranking: every candidate, and everyone passed over by reason; `told` is the emergency lead as `lead` writes it."""
    table, found = answer.table, answer.ranking
    candidates = []
    for c in found.candidates:
        code = table.code[c.station_idx]
        station = words.get(code, {})
        candidates.append(
            {
                "rank": c.rank,
                "code": code,
                "name": table.name[c.station_idx],
                "company_name": station.get("company_name"),
                "phone": station.get("phone"),
                "lead_name": station.get("lead_name"),
                "level": c.level,
                "level_label": LEVEL_WORDS[c.level].in_language(language),
                "is_bound": c.is_bound,
                "is_networked": bool(table.is_networked[c.station_idx]),
                "travel_time_s": round(c.travel_time_s, 3) if isfinite(c.travel_time_s) else None,
                "on_duty": station.get("on_duty"),
                "duty_label": DUTY_WORDS[station.get("on_duty")].in_language(language),
                "scope": station.get("scope", []),
                "scope_note": station.get("scope_note"),
                "length_m": None if c.route is None else round(c.route.length_m, 1),
                "straight_distance_m": round(c.straight_distance_m, 1)
                if isfinite(c.straight_distance_m)
                else None,
                "free_crews": c.free_crews,
                "crews": int(table.crews[c.station_idx]),
                "lon": _figure(table.lonlat[c.station_idx, 0]),
                "lat": _figure(table.lonlat[c.station_idx, 1]),
                "cautions": [
                    {"name": x.value, "label": CAUTION_WORDS[x].in_language(language)} for x in c.cautions
                ],
                "streets": travel_answers.streets(c.route) if c.route else [],
                "route": travel_answers.line(c.route) if c.route else None,
            }
        )
    return {
        "network": travel_answers.circumstances(answer.circumstances, language),
        "arrival_limit_s": answer.arrival_limit_s,
        "advice": [{"name": a.value, "label": _advice_word(a, language, told)} for a in found.advice],
        "is_unplaced": any(a in (Advice.NO_PLACE, Advice.FAR_FROM_ROAD) for a in found.advice),
        "candidates": candidates,
        "bound": _bound(answer, language),
        "passed_over": _passed_over(answer, language),
        "total": len(table),
    }


def _figure(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _advice_word(advice: Advice, language: str, told: Mapping[str, Any] | None) -> str:
    """Say what the dispatcher should know; where no station is bound also whether the emergency lead was really told."""
    words = ADVICE_WORDS[advice].in_language(language)
    if advice is not Advice.NO_BOUND_STATION or told is None:
        return words
    who = " ".join(part for part in (told["name"], told["phone"]) if part)
    if not who:
        return f"{words}，{told['label']}" if language == "zh" else f"{words}; {told['label']}"
    return (
        f"{words}，应急救援负责人 {who}：{told['label']}"
        if language == "zh"
        else f"{words}; emergency lead {who}: {told['label']}"
    )


def _bound(answer: RankingAnswer, language: str) -> dict[str, Any] | None:
    """Give the bound station where it is not a candidate, and why."""
    at_idx = answer.ranking.bound_idx
    if at_idx is None or at_idx not in answer.ranking.passed_over:
        return None
    zh, en = REASON_WORDS[answer.ranking.passed_over[at_idx]]
    return {
        "code": answer.table.code[at_idx],
        "name": answer.table.name[at_idx],
        "reason": answer.ranking.passed_over[at_idx].value,
        "label": zh if language == "zh" else en,
    }


def _passed_over(answer: RankingAnswer, language: str) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    times = answer.ranking.travel_time_s
    for at_idx, reason in answer.ranking.passed_over.items():
        zh, en = REASON_WORDS[reason]
        group = groups.setdefault(
            reason.value,
            {"reason": reason.value, "label": zh if language == "zh" else en.capitalize(), "stations": []},
        )
        time_s = float(times[at_idx])
        group["stations"].append(
            {
                "code": answer.table.code[at_idx],
                "name": answer.table.name[at_idx],
                "travel_time_s": None if time_s == float("inf") else round(time_s, 3),
            }
        )
    for group in groups.values():
        group["stations"].sort(
            key=lambda s: (s["travel_time_s"] is None, s["travel_time_s"] or 0.0, s["code"])
        )
        group["count"] = len(group["stations"])
    return list(groups.values())
