"""Probe what hazardous transport gives away: tracks belong to an authority or an enterprise, corridors are for everybody."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen

_KEEPERS = {"administrator", "regulator", "dispatcher", "enterprise"}
_TRIPS: dict[int, dict[str, Any]] = {}


def prepare(connection: Any) -> None:
    """Note whose tracks there are."""
    _TRIPS.clear()
    rows = connection.execute("SELECT id, authority_code, owner_id, is_public FROM transport_trip")
    _TRIPS.update({row["id"]: row for row in rows})


def index(client: Any, seen: Seen) -> None:
    """Exactly the user's own tracks, and every corridor."""
    assert _TRIPS
    response = client.get("/api/transport")
    if seen.user["role"] not in _KEEPERS:
        assert response.status_code == 403
        return
    body = response.get_json()
    may_see = {number for number, row in _TRIPS.items() if seen._may_see(row)}
    assert {r["id"] for r in body["trips"]} & set(_TRIPS) == may_see
    seen.rows("transport_corridor", {r["code"] for r in body["corridors"]})


def singles(client: Any, seen: Seen) -> None:
    """A track by its id, with violations that are the user's too."""
    if seen.user["role"] not in _KEEPERS:
        return
    for number, row in _TRIPS.items():
        response = client.get(f"/api/transport/trips/{number}")
        assert response.status_code == (200 if seen._may_see(row) else 404)
        if response.status_code == 200:
            seen.some_rows("transport_violation", {v["code"] for v in response.get_json()["violations"]})


NO_ROWS = {"transport_pages.page"}  # asks the routes above
PROBES = (Probe("transport.index", index), Probe("transport.read_trip", singles))
