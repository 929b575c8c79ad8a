"""Probe what the wall's state gives away: open orders of the user's own jurisdiction."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen


def state(client: Any, seen: Seen) -> None:
    """The wall shows orders of the user's own jurisdiction, and no caller's number."""
    body = client.get("/api/wall/state").get_json()
    seen.some_rows("incident", {o["code"] for o in body["orders"]})
    open_codes = {o["code"] for o in client.get("/api/orders?limit=500").get_json()["orders"]}
    assert {o["code"] for o in body["orders"]} <= open_codes
    assert "caller" not in str(body)


def drill(client: Any, seen: Seen) -> None:
    """A wall shows a drill of its own jurisdiction only: tests/web/test_wall_drill.py has the rest."""
    assert client.get("/api/wall/drill").get_json()["drill"] is None


#: The stream sends the state above and events of the same orders: tests/browser/test_wall.py.
NO_ROWS = {"wall.page", "wall.enter", "wall_feed.stream"}
PROBES = (Probe("wall_feed.read", state), Probe("wall_drill.read", drill))
