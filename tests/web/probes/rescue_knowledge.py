"""Probe what the rescue flow and the rescue knowledge of an accident give away."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen
from tests.web.probes.registers import _ask


def for_accident(client: Any, seen: Seen) -> None:
    """Only rows that the user sees."""
    body = _ask(
        client, seen, "/api/rescue-knowledge?substance=7664-41-7&effects=toxic,pool_fire,explosion,fireball"
    )
    if body is not None:
        for layer, rows in (("rescue_flow", body["steps"]), ("rescue_knowledge", body["entries"])):
            seen.some_rows(layer, {seen.codes_by_id[layer][row["id"]] for row in rows})


PROBES = (Probe("rescue_knowledge.for_accident", for_accident),)
