"""Probe what ticked items give away: only inspections and items that the user may see."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen

_KEEPERS = {"administrator", "regulator", "dispatcher", "enterprise"}


def read(client: Any, seen: Seen) -> None:
    """An inspection of the user's own with items of the user's own; another's is not there."""
    ids = {code: number for number, code in seen.codes_by_id["check_plan"].items()}
    allowed = set(seen.allowed["check_plan"])
    for code in [*sorted(allowed)[:2], *sorted(set(ids) - allowed)[:2]]:
        response = client.get(f"/api/registers/check_plan/rows/{ids[code]}/ticks")
        if seen.user["role"] not in _KEEPERS:
            assert response.status_code == 403
            continue
        assert response.status_code == (200 if code in allowed else 404)
        if code in allowed:
            seen.some_rows("check_item", {item["code"] for item in response.get_json()["items"]})


PROBES = (Probe("check_ticks.read", read),)
