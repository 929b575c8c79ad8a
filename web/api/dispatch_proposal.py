"""Propose stations for all open orders together, and carry out what the dispatcher accepts of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from data import dispatch_proposal, kept_plans
from data.dispatch_proposal import Options, Pair, Proposal
from data.errors import FilterError
from dispatch.assignment import MOST_CALLS, Objective, Why
from geo.errors import OneMapError
from layers.declaration import Words
from web import dispatch_questions as ask
from web import identity, problems
from web.api.layers import parse_int
from web.api.orders import base_url, desk, require_dispatcher
from web.respond import json_response
from web.travel_questions import flag

blueprint = Blueprint("dispatch_proposal", __name__)
MOST_RESERVE = 20

WHY_WORDS = {
    Why.SAME: Words("与逐单选择相同", "The same as one by one"),
    Why.NEARER: Words("不比逐单选择的站慢", "No slower than the station chosen one by one"),
    Why.CREW_NEEDED: Words("该站班组更应派往其他工单", "That station's crews matter more for other orders"),
    Why.KEEPS_COVER: Words("保留该区最后的空闲班组", "Keeps the last free crew of that district"),
    Why.CREW_LEFT: Words("逐单选择时已无班组可派", "One by one no crew was left for it"),
    Why.NOBODY: Words("没有可派的班组", "There is no crew to send"),
    Why.STANDS_BACK: Words("让给能按时到达的工单", "Stands back for orders that can be reached in time"),
    Why.DIVERTED: Words("改派在途班组", "A crew under way is diverted"),
}
_LEFT_OUT = {
    "unplaced": Words("位置未知", "The place is unknown"),
    "off_road": Words("离道路太远", "Too far from every road"),
}


@blueprint.get("/api/dispatch/proposal")
def proposal() -> Any:
    """Assign all open orders together, beside the choice one by one."""
    user = require_dispatcher()
    options = Options(
        reserve=parse_int("reserve", 1, low=0, high=MOST_RESERVE),
        may_divert=flag(request.args.get("divert")),
    )
    now = identity.settings().clock.now()
    with identity.transaction() as connection:
        found = dispatch_proposal.propose(connection, desk(), now=now, options=options)
        number = None
        if found.orders and user.jurisdiction:
            number = kept_plans.keep(
                connection, found, authority_code=user.jurisdiction[0], username=user.username, now=now
            )
    return json_response({**_body(found), "plan": number})


@blueprint.post("/api/dispatch/proposal/accept")
def accept() -> Any:
    """Tell the stations of the pairs accepted; those that take crews from each other in one transaction; a stale one is reported."""
    user = require_dispatcher()
    results = []
    number = _plan()
    for group in dispatch_proposal.groups(_pairs()):
        try:
            with identity.transaction() as connection:
                if number is not None:
                    kept_plans.note_accepted(connection, number, now=identity.settings().clock.now())
                orders = dispatch_proposal.accept(
                    connection, desk(), group, actor=user.username, now=identity.settings().clock.now(), base_url=base_url(),
                    plan=number,
                )  # fmt: skip
            results += [
                {
                    "order": p.order_code,
                    "station": p.station_code,
                    "is_done": True,
                    "version": o.incident.version,
                }
                for p, o in zip(group, orders, strict=True)
            ]
        except OneMapError as error:
            status, kind = problems.status_of(error)
            if status >= 500:
                raise
            told = problems.in_language(str(error))
            results += [
                {"order": p.order_code, "station": p.station_code, "is_done": False, "type": kind, "detail": told} for p in group
            ]  # fmt: skip
    return json_response({"results": results, "done": sum(r["is_done"] for r in results)})


def _plan() -> int | None:
    """Read the number of the proposal that the pairs are of; None when none is named."""
    body = request.get_json(silent=True)
    value = body.get("plan") if isinstance(body, dict) else None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**62:
        raise FilterError("plan 应为合并指派的编号。 plan is the number of a joint proposal.")
    return value


def _pairs() -> list[Pair]:
    body = request.get_json(silent=True)
    pairs = body.get("pairs") if isinstance(body, dict) else None
    if not isinstance(pairs, list) or not 1 <= len(pairs) <= MOST_CALLS or not all(isinstance(p, dict) for p in pairs):  # fmt: skip
        raise FilterError(
            f"pairs 应为 1–{MOST_CALLS} 对工单与救援站的列表。 pairs is a list of 1 to {MOST_CALLS} orders with their stations."
        )
    found = []
    for values in pairs:
        instead_of = ask.text(values, "instead_of", "改派的救援站", most=40) or None
        station = ask.text(values, "station", "救援站", most=40, required=instead_of is None) or None
        order = ask.text(values, "order", "工单号", most=40, required=True)
        diverted_from = ask.text(values, "diverted_from", "被改派的工单", most=40) or None
        found.append(Pair(order, station, ask.version(values), instead_of, ask.key(values), diverted_from))
    if len({p.order_code for p in found}) < len(found):
        raise FilterError("同一工单出现了两次。 An order stands in the list twice.")
    return found


def _body(found: Proposal) -> dict[str, Any]:
    orders = []
    for i, order in enumerate(found.orders):
        change = found.changes[i]
        under_way = int(found.calls.under_way[i])
        is_moved = under_way >= 0 and change.station_idx != under_way
        orders.append(
            {
                "order": order.code,
                "title": order.row["name"],
                "version": order.incident.version,
                "left_s": round(float(found.calls.limit_s[i]), 3),
                "chosen": _unit(found, i, change.station_idx),
                "alone": _unit(found, i, change.alone_idx),
                "later_s": None if change.later_s is None else round(change.later_s, 3),
                "why": change.why.value,
                "label": WHY_WORDS[change.why].in_language(g.language),
                "instead_orders": [found.orders[k].code for k in change.instead_idx],
                "instead_of": found.units[under_way].station_code if is_moved else None,
                "is_under_way": under_way >= 0 and not is_moved,
            }
        )
    left = {
        code: {"reason": reason, "label": _LEFT_OUT[reason].in_language(g.language)}
        for code, reason in found.left_out.items()
    }
    return {
        "now": found.at,
        "reserve": found.options.reserve,
        "may_divert": found.options.may_divert,
        "status": found.plan.status.value,
        "together": _objective(found.plan.objective),
        "alone": _objective(found.alone.objective),
        "orders": orders,
        "left_out": [{"order": code, **words} for code, words in left.items()],
    }


def _unit(found: Proposal, i: int, column: int) -> dict[str, Any] | None:
    if column < 0:
        return None
    unit = found.units[column]
    name = dict(zip(found.table.code, found.table.name, strict=True)).get(
        unit.station_code, unit.station_code
    )
    time_s = float(found.calls.travel_time_s[i, column])
    return {
        "station": unit.station_code,
        "name": name,
        "travel_time_s": round(time_s, 3),
        "level": int(found.levels[i, column]),
        "is_late": time_s > float(found.calls.limit_s[i]),
        "under_way_to": unit.under_way_to,
    }


def _objective(objective: Objective) -> dict[str, Any]:
    return {
        "over_limit": objective.over_limit,
        "unserved": objective.unserved,
        "diverted": objective.diverted,
        "short_of_cover": objective.short_of_cover,
        "total_s": objective.total_ms / 1000,
        "worst_s": objective.worst_ms / 1000,
    }
