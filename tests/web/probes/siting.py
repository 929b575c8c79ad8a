"""Probe what siting studies give away: whose studies are listed, opened and drawn."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from data import siting_studies
from data.clock import SystemClock
from data.scope import SYSTEM, Connection, code_range
from data.siting_question import SitingQuestion
from data.travel_store import Question
from tests.web.probe import Probe, Seen

#: Choices of the form, and the page that asks for studies.
NO_ROWS = ("siting.choices", "siting_page.page")

_STUDIES = {
    code: str(uuid.uuid5(uuid.NAMESPACE_URL, f"study-{code}")) for code in ("440300", "440304", "440305")
}
_ANSWER = {
    "model": "mclp", "status": "optimal", "reason": "none", "objective": 1.0, "bound": 1.0, "gap": 0.0, "culprits": [],
    "reduction": None, "network_version": "x", "sites": [], "existing": [], "before": {"covered": 1}, "after": {"covered": 1},
    "gained": {"lonlat": [[114.0, 22.5]]},
}  # fmt: skip


def prepare(connection: Connection) -> None:
    """Three studies: the city's, and two districts'."""
    asked = SitingQuestion("x", "mclp", "elevator", Question(at=SystemClock().now()))
    for code, study_id in _STUDIES.items():
        scope = replace(SYSTEM, ranges=(code_range(code),))
        siting_studies.keep(
            connection,
            uuid.UUID(study_id),
            replace(asked, name=code),
            _ANSWER,
            scope=scope,
            now=SystemClock().now(),
        )


def _mine(seen: Seen) -> set[str]:
    """Studies of divisions below the user's own."""
    own = [code.rstrip("0") if code.endswith("00") else code for code in seen.user["codes"]]
    return {study for code, study in _STUDIES.items() if any(code.startswith(prefix) for prefix in own)}


def studies(client: Any, seen: Seen) -> None:
    """The list holds the studies of the user's jurisdiction and no other."""
    found = {s["id"] for s in client.get("/api/siting/studies").get_json()["studies"]}
    assert found & set(_STUDIES.values()) == _mine(seen)


def study(client: Any, seen: Seen) -> None:
    """Another's study is not there."""
    for study_id in _STUDIES.values():
        status = client.get(f"/api/siting/studies/{study_id}").status_code
        assert status == (200 if study_id in _mine(seen) else 404)


def drawn(client: Any, seen: Seen) -> None:
    """Nor is its drawing."""
    for study_id in _STUDIES.values():
        status = client.get(f"/api/siting/studies/{study_id}/geojson").status_code
        assert status == (200 if study_id in _mine(seen) else 404)


PROBES = (Probe("siting.studies", studies), Probe("siting.study", study), Probe("siting.drawn", drawn))
