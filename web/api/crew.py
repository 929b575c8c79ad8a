"""Let a rescuer with a link read and move one order: the JSON routes of the crew's page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, make_response, request

from data import attachments, crew_desk, crew_links, dispatch_rules, incidents, stations
from data.crew_links import CrewSession
from data.errors import FilterError, NotFoundError
from data.incidents import Order
from data.scope import SYSTEM, Connection
from dispatch.clocks import ClockName, clocks
from web import dispatch_answers, identity
from web import dispatch_questions as ask
from web.api.orders import desk
from web.problems import CsrfError, NotSignedInError
from web.respond import json_response
from web.travel_questions import position

blueprint = Blueprint("crew", __name__)

COOKIE = "onemap_crew"
#: A header of our own: no form of another site can send it. Its value is the order that the page shows, or 1 before it knows.
HEADER = "X-Onemap-Crew"
_ORDER = re.compile(r"[A-Za-z0-9-]{1,40}")
_attempts = identity.RateLimit(20)


def _require_header() -> None:
    if not _ORDER.fullmatch(request.headers.get(HEADER, "")):
        raise CsrfError("请求来源不明，请从短信链接重新打开。 Open the link in the message again.")


def _session(connection: Connection) -> CrewSession:
    """Find the session of the order that the page shows: two orders may stand in two tabs of one device."""
    meant = request.headers.get(HEADER, "1")
    token = request.cookies.get(COOKIE) if meant == "1" else request.cookies.get(f"{COOKIE}_{meant}")
    if not token:
        raise NotSignedInError("请从短信中的链接打开。 Open the link in the message.")
    return crew_links.session_of(connection, token)


def _body() -> Mapping[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise FilterError("请求内容应为 JSON 对象。 The body must be a JSON object.")
    return body


def _age_s(values: Mapping[str, Any]) -> float:
    value = values.get("age_s", 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e6:
        raise FilterError("age_s 应为不小于 0 的秒数。 Seconds from 0 on were expected for age_s.")
    return float(value)


def _form() -> Mapping[str, Any]:
    """Read the numbers of a form, which come as texts."""
    try:
        return {"age_s": float(request.form.get("age_s") or 0)}
    except ValueError:
        return {"age_s": None}


@blueprint.post("/api/crew/session")
def open_session() -> Any:
    """Exchange a link's code for a session of this device."""
    _require_header()
    key = identity.caller_key()
    _attempts.check(key)
    secret = ask.text(_body(), "code", "链接", most=80, required=True)
    now = identity.settings().clock.now()
    device = (request.user_agent.string or "?")[:200]
    try:
        with identity.store().transaction(SYSTEM) as connection:
            opened = crew_desk.open_link(connection, secret, device=device, now=now)
            body = _shown(connection, opened.session)
    except NotFoundError:
        _attempts.note_failure(key)
        raise
    response = make_response(json_response(body))
    for name in (COOKIE, f"{COOKIE}_{opened.session.incident_code}"):
        response.set_cookie(
            name, opened.secret, max_age=86_400, httponly=True, samesite="Strict", path="/api/crew",
            secure=identity.settings().is_secure,
        )  # fmt: skip
    return response


@blueprint.get("/api/crew/order")
def read() -> Any:
    """Give the order of this device's session."""
    with identity.store().transaction(SYSTEM) as connection:
        return json_response(_shown(connection, _session(connection)))


@blueprint.post("/api/crew/act/<name>")
def step(name: str) -> Any:
    """Accept, refuse, set out, arrive, free; sent again with the same key it changes nothing."""
    _require_header()
    values = _body()
    if name not in crew_desk.ACTS:
        raise FilterError(f"没有 {name[:20]!r} 这一步。 There is no step {name[:20]!r}.")
    facts: dict[str, Any] = {}
    if name == "refuse":
        facts["why"] = ask.text(values, "why", "拒绝理由", required=True)
    if name == "free":
        persons = ask.count(values, "persons_freed", "解救人数")
        if persons is None:
            raise FilterError("请填写解救人数。 Say how many persons were freed.")
        facts["persons_freed"] = persons
    now = identity.settings().clock.now()
    with identity.store().transaction(SYSTEM) as connection:
        session = _session(connection)
        crew_desk.act(
            connection, session, name, facts, age_s=_age_s(values), now=now, request_key=ask.key(values)
        )
        return json_response(_shown(connection, session))


@blueprint.post("/api/crew/position")
def report_position() -> Any:
    """Take where the crew is while it is under way."""
    _require_header()
    values = _body()
    lon, lat = position(values.get("lon"), values.get("lat"), values.get("crs"))
    accuracy = values.get("accuracy_m")
    if accuracy is not None and (
        isinstance(accuracy, bool) or not isinstance(accuracy, int | float) or not 0 <= accuracy < 1e6
    ):
        raise FilterError("accuracy_m 应为米数。 Metres were expected for accuracy_m.")
    with identity.store().transaction(SYSTEM) as connection:
        session = _session(connection)
        crew_desk.report_position(
            connection, desk(), session, lon, lat, accuracy_m=accuracy, age_s=_age_s(values),
            now=identity.settings().clock.now(),
        )  # fmt: skip
        return json_response(_shown(connection, session))


@blueprint.post("/api/crew/photo")
def add_photo() -> Any:
    """Attach a picture to the order; sent again with the same key it is attached once."""
    _require_header()
    file = request.files.get("photo")
    if file is None:
        raise FilterError("请选择照片。 Choose a picture.")
    with file.stream as stream:
        content = stream.read(attachments.MAX_BYTES + 1)
    if not attachments.sniff(content, file.filename or "").startswith("image/"):
        raise FilterError("只接受照片（png、jpg、webp）。 Only pictures are taken.")
    settings = identity.settings()
    with identity.store().transaction(SYSTEM) as connection:
        session = _session(connection)
        crew_desk.add_photo(
            connection, session, content, file_name=file.filename or "photo.jpg", folder=settings.state_dir / "attachments",
            age_s=_age_s(_form()), now=settings.clock.now(), request_key=ask.key(request.form),
        )  # fmt: skip
        return json_response(_shown(connection, session), 201)


def _shown(connection: Connection, session: CrewSession) -> dict[str, Any]:
    """Write what the crew needs of its order, and nothing of other stations' people."""
    order: Order = incidents.read(connection, session.incident_code)
    own = crew_desk.own_assignment(order, session)
    rule = dispatch_rules.rule_of(connection, order.row["division_code"])
    now = identity.settings().clock.now()
    arrival = clocks(order.incident, rule, now)[ClockName.ARRIVAL]
    station = stations.shown(connection, [session.station_code]).get(session.station_code)
    return {
        "code": order.code,
        "title": order.row["name"],
        "address": order.row["address"],
        "lon": order.row["lon"],
        "lat": order.row["lat"],
        "is_guess": order.row["position_quality"] != "given" and order.row["lon"] is not None,
        "people_inside": order.incident.people_inside,
        "injured": order.incident.injured,
        "is_vulnerable": order.incident.is_vulnerable,
        "is_danger": order.incident.is_danger,
        "caller_phone": order.row["caller_phone"],
        "responder": session.responder_name,
        "station_name": station.name if station else session.station_code,
        "state": own.state.value,
        "label": dispatch_answers.ASSIGNMENT_WORDS[own.state].in_language(g.language),
        "is_closed": order.incident.closed_at is not None,
        "times": {n.value: at for n, at in own.times.items()},
        "eta_at": own.eta_at,
        "arrival": dispatch_answers.clock(arrival, g.language),
        "other_device_at": crew_links.other_device_at(connection, session),
        "photos": len(attachments.listed(connection, "incident", order.id)),
        "now": now,
    }
