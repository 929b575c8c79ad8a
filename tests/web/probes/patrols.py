"""Probe what patrols give away: routes and tracks belong to an authority or an enterprise."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen

_KEEPERS = {"administrator", "regulator", "dispatcher", "enterprise"}
_ROUTES: dict[int, dict[str, Any]] = {}
_TRACKS: dict[int, int] = {}


def prepare(connection: Any) -> None:
    """Note whose routes and tracks there are."""
    _ROUTES.clear()
    _TRACKS.clear()
    rows = connection.execute("SELECT id, code, authority_code, owner_id, is_public FROM patrol_route")
    _ROUTES.update({row["id"]: row for row in rows})
    tracks = connection.execute(
        "SELECT t.id, r.id AS route FROM patrol_track t JOIN patrol_route r ON r.code = t.route_code"
    )
    _TRACKS.update({row["id"]: row["route"] for row in tracks})


def _may_see(seen: Seen) -> set[int]:
    """Work out by the rule itself which routes a user may see."""
    return {number for number, row in _ROUTES.items() if seen._may_see(row)}


def index(client: Any, seen: Seen) -> None:
    """Exactly the user's own routes."""
    assert _ROUTES
    response = client.get("/api/patrols")
    if seen.user["role"] not in _KEEPERS:
        assert response.status_code == 403
        return
    assert {r["id"] for r in response.get_json()["routes"]} & set(_ROUTES) == _may_see(seen)


def singles(client: Any, seen: Seen) -> None:
    """A route and a track by their ids."""
    if seen.user["role"] not in _KEEPERS:
        return
    may_see = _may_see(seen)
    for number in _ROUTES:
        assert client.get(f"/api/patrols/routes/{number}").status_code == (200 if number in may_see else 404)
    for number, of in _TRACKS.items():
        assert client.get(f"/api/patrols/tracks/{number}").status_code == (200 if of in may_see else 404)


def figures(client: Any, seen: Seen) -> None:
    """Figures count the user's own routes, and their walks alone."""
    if seen.user["role"] not in _KEEPERS:
        assert client.get("/api/patrols/figures").status_code == 403
        return
    body = client.get("/api/patrols/figures?since=2000-01-01&until=2199-12-31").get_json()
    may_see = _may_see(seen)
    assert {r["id"] for r in body["routes"]} & set(_ROUTES) == may_see
    walks = sum(r["walks"] for r in body["routes"] if r["id"] in _ROUTES)
    assert walks == sum(of in may_see for of in _TRACKS.values())


NO_ROWS = {"patrol_pages.page"}  # asks the routes above
PROBES = (
    Probe("patrols.figures", figures),
    Probe("patrols.index", index),
    Probe("patrols.read", singles),
    Probe("patrols.read_track", singles),
)
