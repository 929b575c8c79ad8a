"""Probe what rescue decisions give away: whose decisions are listed, opened, drawn and printed."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

from data import decisions, drills
from data.clock import SystemClock
from data.drill_question import DrillQuestion, as_json
from data.rescue_plan import RescuePlan
from data.rescue_plan import as_json as plan_json
from data.scope import SYSTEM, Connection
from tests.web.owned import asked_of, entered, own_scope, owners
from tests.web.probe import Probe, Seen

#: The page that lists asks decisions.index; the PDF prints the page that is probed.
NO_ROWS = ("decision_page.index", "decision_page.report_pdf")

_SQUARE = {
    "type": "Polygon",
    "coordinates": [[[114.0, 22.5], [114.01, 22.5], [114.01, 22.51], [114.0, 22.51], [114.0, 22.5]]],
}
_TEAM = {
    "id": 1, "kind": "fire_station", "lon": 114.002, "lat": 22.502, "code": "RR-1", "name": "示例消防站", "within_s": 600, "is_late": False,
    "route": [[114.002, 22.502], [114.006, 22.506]], "travel_time_s": 300.0, "length_m": 900,
}  # fmt: skip
_SHELTER = {
    "id": 2,
    "lon": 114.008,
    "lat": 22.508,
    "name": "示例广场",
    "code": "S",
    "people": 5,
    "capacity": 10,
}
_NONE = {"count": 0, "by_level": [0, 0, 0], "rows": []}
ANSWER: dict[str, Any] = {
    "accident": {
        "lon": 114.0, "lat": 22.5, "mass_kg": 1.0, "kind": "instant", "substance": {"cas": "7664-41-7", "zh": "氨", "en": "ammonia"}, "wind_speed_m_s": 2.0,
        "wind_from_deg": 0.0, "stability": "D", "air_temperature_k": 298.15, "assumptions": [], "notes": [], "guide": [],
    },
    "zones": [], "levels": {"1": _SQUARE}, "left": {"geometry": _SQUARE, "area_m2": 1_000_000, "is_isolation": False}, "hour_of_week": 3,
    "people": {"leaving": 5, "residents": 5, "employees": 0, "by_level": {"1": 3, "2": 2, "3": 0}},
    "inside": dict.fromkeys(("people", "enterprise", "sensitive", "elevator", "hazard_site", "risk_point", "hidden_danger", "resource"), _NONE),
    "own_dangers": [], "border": {"outside": 0.0, "water": 0.0}, "roads": {"edges": 0, "length_m": 0, "lines": [], "streets": []},
    "staging": [{"lon": 113.999, "lat": 22.512, "distance_m": 220, "off_wind_deg": 10, "is_upwind": True}], "wanted": [], "teams": [_TEAM],
    "shortfalls": [], "seconds": 1.0,
    "evacuation": {
        "groups": 1, "people": 5, "placed": 5, "left_over": 0, "no_way": 0, "last_s": 60.0, "mean_s": 60.0, "shelters": [_SHELTER],
        "flows": [{"from": "示例小区", "from_lonlat": [114.004, 22.504], "shelter_id": 2, "people": 5, "travel_time_s": 60.0}],
    },
    "plan": {"mode": "evacuate", "staging": None, "without": []},
    "staying": {"people": 0, "residents": 0, "employees": 0, "count": 0, "area_m2": 0, "places": []},
    "exposure": {"person_min": 100, "cloud_min": 60.0, "prepare_min": 15.0, "indoor_share": 0.1},
}  # fmt: skip
_ALTERNATIVE = uuid.uuid5(uuid.NAMESPACE_URL, "alternative")
_MADE: dict[str, str] = {}
_ACCIDENTS: dict[str, tuple[int, str]] = {}
#: Decision → the authority and the unit of the enterprise that made it; and its alternative.
_OWNED: dict[str, tuple[str, int]] = {}
_OWNED_ALTERNATIVES: dict[str, str] = {}


def accident_of(connection: Connection, prefix: str) -> int:
    """The first accident with a position below a jurisdiction."""
    row = connection.execute(
        "SELECT id FROM accident WHERE authority_code LIKE %s AND geom IS NOT NULL ORDER BY id LIMIT 1",
        [f"{prefix}%"],
    ).fetchone()
    assert row is not None
    return int(row["id"])


def prepare(connection: Connection) -> None:
    """A decision with an alternative on each of three accidents, of different authorities where there are."""
    rows = connection.execute(
        "SELECT DISTINCT ON (authority_code) id, code, authority_code FROM accident WHERE geom IS NOT NULL ORDER BY authority_code, id LIMIT 3"
    ).fetchall()
    city = replace(SYSTEM, ranges=(("4403", "4404"),))
    asked = DrillQuestion(
        "撤离", dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC), 114.0, 22.5, "氨", 1.0, "instant"
    )
    for n, row in enumerate(rows):
        made = decisions.from_accident(connection, row["id"], scope=city, now=SystemClock().now())
        decisions.add_alternative(
            connection, uuid.uuid5(_ALTERNATIVE, str(n)), made["id"], asked.name, question=as_json(asked), plan=plan_json(RescuePlan()),
            answer=ANSWER, scope=city, now=SystemClock().now(),
        )  # fmt: skip
        _MADE[row["code"]] = str(made["id"])
        _ACCIDENTS[row["code"]] = (row["id"], str(uuid.uuid5(_ALTERNATIVE, str(n))))
    for owner in owners(connection):
        _own_decision(connection, owner, asked)


def _own_decision(connection: Connection, owner: dict[str, Any], asked: DrillQuestion) -> None:
    """A decision of an enterprise on a drill of its own, with an alternative."""
    scope, now = own_scope(owner), SystemClock().now()
    drill_id, other = (
        uuid.uuid5(_ALTERNATIVE, f"{what}-{owner['owner_id']}") for what in ("drill", "alternative")
    )
    here = replace(asked, lon=owner["lon"], lat=owner["lat"])
    with entered(connection, scope):
        drills.keep(connection, drill_id, here, ANSWER, scope=scope, now=now)
        made = decisions.from_drill(connection, drill_id, scope=scope, now=now)
        decisions.add_alternative(
            connection, other, made["id"], here.name, question=as_json(here), plan=plan_json(RescuePlan()), answer=ANSWER, scope=scope, now=now
        )  # fmt: skip
    _OWNED[str(made["id"])] = (owner["authority_code"], owner["owner_id"])
    _OWNED_ALTERNATIVES[str(made["id"])] = str(other)


def _mine(seen: Seen) -> set[str]:
    """Decisions on accidents that the user's ranges hold: an owner of the accident is not told of them."""
    allowed = seen.allowed["accident"]
    return {
        made
        for code, made in _MADE.items()
        if code in allowed
        and any(allowed[code]["authority_code"].startswith(_short(c)) for c in seen.user["codes"])
    }


def _short(code: str) -> str:
    return code[:4] if code.endswith("00") and len(code) == 6 else code


def index(client: Any, seen: Seen) -> None:
    """The list holds the decisions of the user's jurisdiction and no other."""
    found = {d["id"] for d in client.get("/api/decisions").get_json()["decisions"]}
    assert found & set(_MADE.values()) == _mine(seen)
    for code, (row_id, _) in _ACCIDENTS.items():
        answer = client.get(f"/api/decisions?accident={row_id}")
        if answer.status_code == 200:
            seen.some_rows("accident", {code})
            listed = {d["id"] for d in answer.get_json()["decisions"]}
            assert listed & set(_MADE.values()) <= _mine(seen)


def _only_mine(client: Any, seen: Seen, path: str) -> None:
    for code, made in _MADE.items():
        status = client.get(path.format(id=made, alternative=_ACCIDENTS[code][1])).status_code
        assert status == (200 if made in _mine(seen) else 404), path
    for made, may_see in asked_of(_OWNED, seen).items():
        status = client.get(path.format(id=made, alternative=_OWNED_ALTERNATIVES[made])).status_code
        assert status == (200 if may_see else 404), path


def decision(client: Any, seen: Seen) -> None:
    """Another's decision is not there."""
    _only_mine(client, seen, "/api/decisions/{id}")
    _only_mine(client, seen, "/api/decisions/{id}?version=1")


def alternative(client: Any, seen: Seen) -> None:
    """Nor are its alternatives."""
    _only_mine(client, seen, "/api/decisions/{id}/alternatives/{alternative}")


def teams(client: Any, seen: Seen) -> None:
    """Nor is the help around its accident; where it is, it is public."""
    _only_mine(client, seen, "/api/decisions/{id}/teams")
    for made in _mine(seen):
        found = client.get(f"/api/decisions/{made}/teams").get_json()["teams"]
        seen.some_rows("rescue_resource", {one["code"] for one in found})


def map_file(client: Any, seen: Seen) -> None:
    """Nor is the file that is handed over."""
    _only_mine(client, seen, "/api/decisions/{id}/map")


def page(client: Any, seen: Seen) -> None:
    """Nor is its page."""
    _only_mine(client, seen, "/studio/decisions/{id}")


def report(client: Any, seen: Seen) -> None:
    """Nor its report."""
    _only_mine(client, seen, "/print/decision/{id}")


PROBES = (
    Probe("decisions.index", index),
    Probe("decisions.decision", decision),
    Probe("decisions.alternative", alternative),
    Probe("decisions.teams", teams),
    Probe("decisions.map_file", map_file),
    Probe("decision_page.page", page),
    Probe("decision_page.report", report),
)
