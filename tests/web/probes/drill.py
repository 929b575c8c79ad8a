"""Probe what drills give away: the sites of the form, whose drills are listed, opened, drawn and printed."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

from data import drills
from data.clock import SystemClock
from data.drill_question import DrillQuestion
from data.scope import SYSTEM, Connection, code_range
from tests.web.owned import asked_of, entered, is_seen, own_scope, owners
from tests.web.probe import Probe, Seen

#: The page that asks; the PDF prints the page that is probed.
NO_ROWS = ("drill_page.page", "drill_page.report_pdf")

_DRILLS = {
    code: str(uuid.uuid5(uuid.NAMESPACE_URL, f"drill-{code}")) for code in ("440300", "440304", "440305")
}
#: Drill → the authority and the unit of the enterprise that made it.
_OWNED: dict[str, tuple[str, int]] = {}
_SQUARE = {
    "type": "Polygon",
    "coordinates": [[[114.0, 22.5], [114.01, 22.5], [114.01, 22.51], [114.0, 22.51], [114.0, 22.5]]],
}
_ANSWER: dict[str, Any] = {
    "accident": {
        "lon": 114.0, "lat": 22.5, "mass_kg": 1.0, "kind": "instant", "substance": {"zh": "氨", "en": "ammonia"}, "wind_speed_m_s": 2.0,
        "wind_from_deg": 0.0, "stability": "D", "air_temperature_k": 298.15, "assumptions": [], "notes": [], "guide": [],
    },
    "zones": [], "levels": {"1": _SQUARE}, "left": {"geometry": _SQUARE, "area_m2": 1, "is_isolation": False}, "hour_of_week": 3,
    "people": {"leaving": 5}, "inside": {}, "border": {"outside": 0.0, "water": 0.0}, "roads": {"length_m": 0, "lines": []},
    "staging": [], "teams": [], "shortfalls": [], "evacuation": {"groups": 0, "placed": 0, "shelters": [], "flows": []},
}  # fmt: skip
_ANSWER["inside"] = {"enterprise": {"count": 0, "by_level": [0, 0, 0]}}


def prepare(connection: Connection) -> None:
    """Three drills of authorities, the city's and two districts', and one of each enterprise that has an owner."""
    asked = DrillQuestion("x", dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC), 114.0, 22.5, "氨", 1.0, "instant")
    for code, drill_id in _DRILLS.items():
        scope = replace(SYSTEM, ranges=(code_range(code),))
        drills.keep(
            connection,
            uuid.UUID(drill_id),
            replace(asked, name=code),
            _ANSWER,
            scope=scope,
            now=SystemClock().now(),
        )
    for owner in owners(connection):
        drill_id, scope = (
            str(uuid.uuid5(uuid.NAMESPACE_URL, f"own-drill-{owner['owner_id']}")),
            own_scope(owner),
        )
        at = replace(asked, name="own", lon=owner["lon"], lat=owner["lat"])
        with entered(connection, scope):
            drills.keep(connection, uuid.UUID(drill_id), at, _ANSWER, scope=scope, now=SystemClock().now())
        _OWNED[drill_id] = (owner["authority_code"], owner["owner_id"])


def _mine(seen: Seen) -> set[str]:
    own = [code.rstrip("0") if code.endswith("00") else code for code in seen.user["codes"]]
    return {drill for code, drill in _DRILLS.items() if any(code.startswith(prefix) for prefix in own)}


def choices(client: Any, seen: Seen) -> None:
    """The form offers the user's own hazard sites."""
    seen.some_rows(
        "hazard_site", {site["code"] for site in client.get("/api/studio/drill").get_json()["sites"]}
    )


def runs(client: Any, seen: Seen) -> None:
    """The list holds the drills of the user's jurisdiction and no other."""
    found = {d["id"] for d in client.get("/api/studio/drill/runs").get_json()["drills"]}
    assert found & set(_DRILLS.values()) == _mine(seen)
    if len(found) < 100:  # the list ends there
        assert found & set(_OWNED) == {
            d for d, (authority, unit) in _OWNED.items() if is_seen(authority, unit, seen)
        }
    else:
        assert found & set(_OWNED) <= {
            d for d, (authority, unit) in _OWNED.items() if is_seen(authority, unit, seen)
        }


def _only_mine(client: Any, seen: Seen, path: str) -> None:
    for drill_id in _DRILLS.values():
        status = client.get(path.format(drill_id)).status_code
        assert status == (200 if drill_id in _mine(seen) else 404)
    for drill_id, may_see in asked_of(_OWNED, seen).items():
        assert client.get(path.format(drill_id)).status_code == (200 if may_see else 404)


def run(client: Any, seen: Seen) -> None:
    """Another's drill is not there."""
    _only_mine(client, seen, "/api/studio/drill/runs/{}")


def drawn(client: Any, seen: Seen) -> None:
    """Nor is its drawing."""
    _only_mine(client, seen, "/api/studio/drill/runs/{}/geojson")


def report(client: Any, seen: Seen) -> None:
    """Nor its report."""
    _only_mine(client, seen, "/print/drill/{}")


def map_file(client: Any, seen: Seen) -> None:
    """Nor is the file that is handed over."""
    _only_mine(client, seen, "/api/studio/drill/runs/{}/map")


def compare(client: Any, seen: Seen) -> None:
    """Another's drill stands beside none."""
    ids = list(_DRILLS.values())
    status = client.get(f"/api/studio/drill/compare?ids={ids[0]},{ids[1]}").status_code
    assert status == (200 if set(ids[:2]) <= _mine(seen) else 404)


def tile(client: Any, seen: Seen) -> None:
    """Nor are its tiles."""
    _only_mine(client, seen, "/tiles/drill/{}/14/13380/7140.mvt")


PROBES = (
    Probe("drill.choices", choices),
    Probe("drill.runs", runs),
    Probe("drill.run", run),
    Probe("drill.drawn", drawn),
    Probe("drill_page.report", report),
    Probe("wall_drill.tile", tile),
    Probe("drill_files.map_file", map_file),
    Probe("drill_files.compare", compare),
)
