"""Take calls and move entrapment orders: the dispatcher's JSON routes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, current_app, g, request

from data import (
    attachments,
    audit,
    crew_positions,
    dispatch_rules,
    elevators,
    incidents,
    order_messages,
    order_places,
    order_queue,
    stations,
)
from data.call_desk import Merge
from data.dispatch_desk import Desk
from data.errors import FilterError, RefusedError
from data.incidents import Change, Order
from data.scope import Connection, Scope
from data.users import User
from dispatch.incident import EventKind
from layers.display import mask
from web import dispatch_answers, identity
from web import dispatch_questions as ask
from web.api.layers import parse_int
from web.respond import json_response
from web.travel_questions import instant, position

blueprint = Blueprint("orders", __name__)


def desk() -> Desk:
    """Give the application's desk."""
    found: Desk = current_app.extensions["desk"]
    return found


def require_dispatcher() -> User:
    """Give the signed-in user, who must be one that dispatches.

    Raises
    ------
    RefusedError
    """
    user = identity.require_user()
    if not user.may("dispatch"):
        raise RefusedError("只有调度员可以处理工单。 Only dispatchers may handle orders.")
    return user


def base_url() -> str:
    """Give the address under which crews reach this server."""
    return identity.settings().public_url or request.host_url.rstrip("/")


def _now() -> dt.datetime:
    return identity.settings().clock.now()


def _body() -> Mapping[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise FilterError("请求内容应为 JSON 对象。 The body must be a JSON object.")
    return body


# -- reading ------------------------------------------------------------------------------------------


@blueprint.get("/api/elevators/find")
def find_elevators() -> Any:
    """Find the elevator a caller means: by what is typed, or around a position."""
    limit = parse_int("limit", 8, low=1, high=30)
    with identity.transaction() as connection:
        lon: float | None
        lat: float | None
        if request.args.get("lon") or request.args.get("lat"):
            lon, lat = position(request.args.get("lon"), request.args.get("lat"), request.args.get("crs"))
            found = elevators.near(connection, lon, lat, limit=limit)
        else:
            text = ask.text(request.args, "q", "检索内容", most=80)
            pasted = ask.pasted_position(text, request.args.get("crs"))
            if pasted is None:
                lon = lat = None
                found = elevators.find(connection, text, limit=limit)
            else:
                lon, lat = pasted
                found = elevators.near(connection, lon, lat, limit=limit)
        listed = [dispatch_answers.elevator(e, incidents.exists_open_for(connection, e.code)) for e in found]
    return json_response(
        {"elevators": listed, "position": None if lon is None or lat is None else {"lon": lon, "lat": lat}}
    )


@blueprint.get("/api/orders")
def queue() -> Any:
    """List a page of orders with their clocks: open ones by what presses most, or closed ones, the newest first."""
    wanted = request.args.get("state", "open")
    if wanted not in ("open", "closed"):
        raise FilterError("state 应为 open 或 closed。 state is open or closed.")
    limit = parse_int("limit", 200, low=1, high=500)
    before = instant(request.args.get("before"), default=dt.datetime.max.replace(tzinfo=dt.UTC))
    offset = parse_int("offset", 0, low=0, high=1_000_000)
    scope = identity.scope()
    with identity.transaction() as connection:
        if wanted == "open":
            page = order_queue.open_page(connection, limit=limit, offset=offset)
        else:
            until = None if before.year == 9999 else before
            page = order_queue.closed_page(connection, limit=limit, offset=offset, before=until)
        orders = incidents.read_all(connection, page.codes)
        body = _listed(connection, orders, scope)
    return json_response({"orders": body, "total": page.total, "now": _now()})


def _listed(connection: Connection, orders: list[Order], scope: Scope) -> list[dict[str, Any]]:
    rules = dispatch_rules.rules(connection)
    shown = stations.shown(connection, {a.station_code for o in orders for a in o.incident.assignments})
    return [
        dispatch_answers.order(
            o, dispatch_rules.rule_in(rules, o.row["division_code"]), now=_now(), language=g.language, scope=scope,
            shown=shown,
        )
        for o in orders
    ]  # fmt: skip


@blueprint.get("/api/orders/crews")
def crews() -> Any:
    """List the crews of every open order, each where it was heard last."""
    identity.require_user()
    with identity.transaction() as connection:
        found = [dispatch_answers.crew(row, g.language) for row in crew_positions.under_way(connection)]
    return json_response({"crews": found, "now": _now()})


@blueprint.get("/api/orders/<code>")
def read(code: str) -> Any:
    """Give one order with its log and its messages."""
    with identity.transaction() as connection:
        return json_response(_whole(connection, incidents.read(connection, code)))


def _lead(connection: Connection, order: Order, scope: Scope) -> dict[str, Any] | None:
    found = order_messages.lead_of(connection, order)
    return dispatch_answers.lead(found, g.language, sees_sensitive=scope.sees_sensitive)


def _whole(connection: Connection, order: Order) -> dict[str, Any]:
    scope = identity.scope()
    body = _listed(connection, [order], scope)[0]
    shown = stations.shown(connection, {a.station_code for a in order.incident.assignments})
    told = incidents.messages(connection, order.code)
    for message in told:
        if not scope.sees_sensitive:
            message["recipient"] = mask(message["recipient"])
            message["recipient_name"] = mask(message["recipient_name"]) if message["recipient_name"] else ""
        message["station_name"] = shown[code].name if (code := message["station_code"]) in shown else code
    return {
        **body,
        "now": _now(),
        "elevator_apart_m": order_places.apart_m(connection, order.code),
        "lead": _lead(connection, order, scope),
        "log": dispatch_answers.log(
            order.events, g.language, shown=shown, sees_sensitive=scope.sees_sensitive
        ),
        "messages": told,
        "attachments": [
            {"id": a["id"], "file_name": a["file_name"], "created_at": a["created_at"]}
            for a in attachments.listed(connection, "incident", order.id)
        ],
    }


@blueprint.get("/api/orders/<code>/ranking")
def ranking(code: str) -> Any:
    """Rank every station for an order, now."""
    require_dispatcher()
    scope = identity.scope()
    with identity.transaction() as connection:
        order = incidents.read(connection, code)
        _, answer = desk().rank_order(connection, order, at=_now())
        told = _lead(connection, order, scope)
        words = stations.words(
            connection, [answer.table.code[c.station_idx] for c in answer.ranking.candidates], scope=scope
        )
    return json_response(dispatch_answers.ranking(answer, g.language, words=words, told=told))


# -- the call -----------------------------------------------------------------------------------------


@blueprint.post("/api/orders")
def take_call() -> Any:
    """Take a call: a new order, or a further call of the order that is open for the elevator."""
    user, values = require_dispatcher(), _body()
    with identity.transaction() as connection:
        taken = desk().take_call(
            connection,
            ask.call(values),
            actor=user.username,
            now=_now(),
            request_key=ask.key(values),
            scope=identity.scope(),
        )
        body = {**_whole(connection, taken.order), "is_joined": taken.is_joined}
    return json_response(body, 200 if taken.is_joined else 201)


# -- steps --------------------------------------------------------------------------------------------

Act = Callable[[Connection, str, Mapping[str, Any], User], Order]


def _identify(connection: Connection, code: str, values: Mapping[str, Any], user: User) -> Order:
    elevator_code = ask.text(values, "elevator_code", "电梯注册代码", most=40, required=True)
    merge = ask.text(values, "merge", "并入方式", most=10)
    if merge and merge not in set(Merge):
        raise FilterError("merge 应为 into 或 from。 merge is into or from.")
    order = desk().identify(
        connection, code, elevator_code, actor=user.username, now=_now(), expected_version=ask.version(values),
        merge=Merge(merge) if merge else None, scope=identity.scope(),
    )  # fmt: skip
    return desk().renew_arrivals(connection, order, now=_now()) if order.code == code else order


def _place(connection: Connection, code: str, values: Mapping[str, Any], user: User) -> Order:
    order = desk().place(
        connection, code, ask.place(values), actor=user.username, now=_now(), expected_version=ask.version(values),
        request_key=ask.key(values),
    )  # fmt: skip
    return desk().renew_arrivals(connection, order, now=_now())


def _notify(connection: Connection, code: str, values: Mapping[str, Any], user: User) -> Order:
    station_code = ask.text(values, "station_code", "救援站", most=40, required=True)
    return desk().notify(
        connection, code, station_code, actor=user.username, now=_now(), base_url=base_url(),
        expected_version=ask.version(values), request_key=ask.key(values),
    )  # fmt: skip


def _stand_down(connection: Connection, code: str, values: Mapping[str, Any], user: User) -> Order:
    station_code = ask.text(values, "station_code", "救援站", most=40, required=True)
    why = ask.text(values, "why", "撤回理由", required=True)
    return desk().stand_down(connection, code, station_code, why=why, actor=user.username, now=_now())


def _raise(connection: Connection, code: str, values: Mapping[str, Any], user: User) -> Order:
    level = values.get("level")
    if level not in (2, 3):
        raise FilterError("级别应为 2 或 3。 The level is 2 or 3.")
    return desk().raise_level(
        connection, code, level, actor=user.username, now=_now(), base_url=base_url(),
        reason=ask.text(values, "reason", "理由"), expected_version=ask.version(values),
    )  # fmt: skip


def _close(connection: Connection, code: str, values: Mapping[str, Any], user: User) -> Order:
    return desk().close(
        connection, code, outcome=ask.text(values, "outcome", "结果", required=True), why=ask.text(values, "why", "理由", most=500),
        actor=user.username, now=_now(), expected_version=ask.version(values),
    )  # fmt: skip


def _event(kind: EventKind, facts: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Act:
    def act(connection: Connection, code: str, values: Mapping[str, Any], user: User) -> Order:
        return incidents.append(
            connection, code, [Change(kind, facts(values), user.username)], now=_now(),
            expected_version=ask.version(values), request_key=ask.key(values),
        )  # fmt: skip

    return act


def _station_facts(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "station_code": ask.text(values, "station_code", "救援站", most=40, required=True)
    }
    responder = ask.text(values, "responder", "响应人", most=60)
    return found | ({"responder": responder} if responder else {}) | {"by_phone": True}


def _refused_facts(values: Mapping[str, Any]) -> dict[str, Any]:
    return _station_facts(values) | {"why": ask.text(values, "why", "拒绝理由", required=True)}


def _freed_facts(values: Mapping[str, Any]) -> dict[str, Any]:
    persons = ask.count(values, "persons_freed", "解救人数")
    if persons is None:
        raise FilterError("请填写解救人数。 Say how many persons were freed.")
    return _station_facts(values) | {"persons_freed": persons}


def _corrected_facts(values: Mapping[str, Any]) -> dict[str, Any]:
    station = ask.text(values, "station_code", "救援站", most=40)
    return {
        "node": ask.text(values, "node", "时间节点", most=20, required=True),
        "to": ask.instant(values, "to", "更正后的时间").isoformat(),
        "why": ask.text(values, "why", "更正理由", required=True),
    } | ({"station_code": station} if station else {})


_ACTS: dict[str, Act] = {
    "identify": _identify,
    "place": _place,
    "describe": _event(EventKind.DESCRIBED, ask.described),
    "notify": _notify,
    "accept": _event(EventKind.ACCEPTED, _station_facts),
    "refuse": _event(EventKind.REFUSED, _refused_facts),
    "en-route": _event(EventKind.EN_ROUTE, _station_facts),
    "arrive": _event(EventKind.ARRIVED, _station_facts),
    "free": _event(EventKind.FREED, _freed_facts),
    "stand-down": _stand_down,
    "raise": _raise,
    "decline": _event(
        EventKind.LEVEL_DECLINED,
        lambda v: {
            "key": ask.text(v, "key", "升级项", most=80, required=True),
            "why": ask.text(v, "why", "不升级的理由", required=True),
        },
    ),
    "fire-called": _event(
        EventKind.FIRE_CALLED, lambda v: {"text": ask.text(v, "text", "通话要点", most=500)}
    ),
    "note": _event(EventKind.NOTED, lambda v: {"text": ask.text(v, "text", "备注", most=500, required=True)}),
    "correct": _event(EventKind.CORRECTED, _corrected_facts),
    "close": _close,
}


@blueprint.post("/api/orders/<code>/<act>")
def step(code: str, act: str) -> Any:
    """Take one step of an order; the answer is the order after it."""
    user, values = require_dispatcher(), _body()
    if act not in _ACTS:
        raise FilterError(
            f"没有 {act[:30]!r} 这一步，现有 {', '.join(_ACTS)}。 There is no step {act[:30]!r}; known: {', '.join(_ACTS)}."
        )
    with identity.transaction() as connection:
        order = _ACTS[act](connection, code, values, user)
        if act in ("correct", "close", "decline"):
            audit.append(
                connection, at=_now(), username=user.username, action=f"order.{act}", subject=code,
                detail={k: v for k, v in values.items() if k in ("node", "to", "why", "outcome", "key", "station_code")},
            )  # fmt: skip
        body = _whole(connection, order)
    return json_response(body)
