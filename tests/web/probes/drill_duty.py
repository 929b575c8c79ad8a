"""Probe who is shown as owing drills: enterprises the user may see."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen


def duties(client: Any, seen: Seen) -> None:
    """Units that owe drills are the user's own enterprises, and counted as many as they are."""
    body = client.get("/api/drill-duty?division=440300").get_json()
    found = {u["code"] for u in body["units"]}
    for page in range(2, 1 + -(-body["total"] // body["page_size"])):
        found |= {
            u["code"] for u in client.get(f"/api/drill-duty?division=440300&page={page}").get_json()["units"]
        }
    assert len(found) == body["counts"]["total"]
    seen.some_rows("enterprise", found)


PROBES = (Probe("drill_duty.index", duties),)
