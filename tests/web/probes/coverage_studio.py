"""Probe what the coverage studio gives away: objects, facilities, lists, and whose scenarios are opened."""

from __future__ import annotations

import json
import struct
import uuid
from dataclasses import replace
from typing import Any

from data import coverage_scenarios
from data.clock import SystemClock
from data.coverage_question import TrialQuestion, as_json
from data.scope import SYSTEM, Connection, code_range
from data.travel_store import Question
from tests.web.probe import Probe, Seen

#: Choices of the form, base data, and the page that asks.
NO_ROWS = ("coverage_studio.choices", "coverage_studio.road", "coverage_studio_page.page")

_ROOT = "/api/studio/coverage"
_MADE: dict[str, str] = {}
_SECRETS: dict[str, str] = {}


def prepare(connection: Connection) -> None:
    """Three scenarios, each shared: the city's, and two districts'."""
    now = SystemClock().now()
    question = as_json(TrialQuestion("elevator", "rescue_station", Question(at=now)))
    for code in ("440300", "440304", "440305"):
        scope = replace(SYSTEM, ranges=(code_range(code),))
        row = coverage_scenarios.save(connection, code, question, scope=scope, now=now)
        _MADE[code] = str(row["id"])
        _SECRETS[code] = coverage_scenarios.share(connection, uuid.UUID(_MADE[code]), scope=scope, now=now)


def _mine(seen: Seen) -> set[str]:
    own = [code.rstrip("0") if code.endswith("00") else code for code in seen.user["codes"]]
    return {made for code, made in _MADE.items() if any(code.startswith(prefix) for prefix in own)}


def answer(client: Any, seen: Seen) -> None:
    """An answer holds exactly the user's objects, and names no other."""
    headers = {"X-CSRF-Token": client.get("/api/session").get_json()["csrf"]}
    for layer in ("elevator", "hazard_site"):
        response = client.post(f"{_ROOT}/answer", json={"of": layer, "standard_min": 1}, headers=headers)
        content = response.get_data()
        (length,) = struct.unpack_from("<I", content)
        head = json.loads(content[4 : 4 + length])
        ids = struct.unpack_from(f"<{head['count']}I", content, 4 + length)
        seen.rows(layer, {seen.codes_by_id[layer][i] for i in ids})
        seen.count(layer, head["total"]["count"])
        seen.some_rows(layer, {row["code"] for row in head["worst"]})
        seen.some_rows("rescue_station", {row["code"] for row in head["facilities"]})


def scenarios(client: Any, seen: Seen) -> None:
    """The list holds the scenarios of the user's jurisdiction and no other."""
    found = {s["id"] for s in client.get(f"{_ROOT}/scenarios").get_json()["scenarios"]}
    assert found & set(_MADE.values()) == _mine(seen)


def scenario(client: Any, seen: Seen) -> None:
    """Another's scenario is not there."""
    for made in _MADE.values():
        status = client.get(f"{_ROOT}/scenarios/{made}").status_code
        assert status == (200 if made in _mine(seen) else 404)


def shared(client: Any, seen: Seen) -> None:
    """A secret opens what was shared, which names no object; another secret opens nothing."""
    for code, secret in _SECRETS.items():
        body = client.get(f"{_ROOT}/shared/{secret}").get_json()
        assert body["name"] == code
        assert set(body) == {"name", "question", "version", "username", "shared_at"}
    assert client.get(f"{_ROOT}/shared/{'A' * 22}").status_code == 404


def compare(client: Any, seen: Seen) -> None:
    """Only the user's own scenarios are compared, over the user's own objects."""
    mine = sorted(_mine(seen))
    if len(mine) >= 2:
        body = client.get(f"{_ROOT}/compare?ids={','.join(mine)}").get_json()
        for one in body["scenarios"]:
            seen.count("elevator", one["total"]["count"])
    others = sorted(set(_MADE.values()) - set(mine))
    if others:
        ids = ",".join([*mine, *others])
        assert client.get(f"{_ROOT}/compare?ids={ids},{others[0]}").status_code in (400, 404)


PROBES = (
    Probe("coverage_studio.answer", answer),
    Probe("coverage_studio.scenarios", scenarios),
    Probe("coverage_studio.scenario", scenario),
    Probe("coverage_studio.shared", shared),
    Probe("coverage_studio.compare", compare),
)
