"""Probe what the joint proposal gives away: a dispatcher's own open orders, and nobody else's."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen


def proposal(client: Any, seen: Seen) -> None:
    """Only dispatchers ask, and only their own orders stand in it."""
    response = client.get("/api/dispatch/proposal")
    if seen.user["role"] not in ("dispatcher", "administrator"):
        assert response.status_code == 403
        return
    body = response.get_json()
    assert response.status_code == 200, body
    found = {o["order"] for o in body["orders"]} | {o["order"] for o in body["left_out"]}
    seen.some_rows("incident", found)
    if seen.allowed["incident"]:
        assert found


PROBES = (Probe("dispatch_proposal.proposal", proposal),)
