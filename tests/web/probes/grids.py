"""Probe what figures of safety grids give away: the user's own grids, and in them the user's own rows."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen

_KEEPERS = {"administrator", "regulator", "dispatcher", "enterprise"}


def figures(client: Any, seen: Seen) -> None:
    """Exactly the user's own grids; as many enterprises in each as the user's list of it holds, of which all are the user's."""
    response = client.get("/api/grids/figures?since=2000-01-01&until=2199-12-31")
    if seen.user["role"] not in _KEEPERS:
        assert response.status_code == 403
        return
    grids = response.get_json()["grids"]
    allowed = {row["code"] for row in seen.allowed["safety_grid"].values()}
    assert {g["code"] for g in grids} == allowed
    for grid in [g for g in grids if g["enterprises"]][:3]:
        rows = client.get(
            f"/api/layers/enterprise/features?within=safety_grid:{grid['code']}&page_size=500"
        ).get_json()
        assert rows["total"] == grid["enterprises"]
        seen.some_rows("enterprise", {row["values"]["code"] for row in rows["rows"]})


def walks(client: Any, seen: Seen) -> None:
    """As many walks as the figures count in the user's own grids; those of others' grids are not found."""
    if seen.user["role"] not in _KEEPERS:
        assert client.get("/api/grids/1/walks").status_code == 403
        return
    period = "since=2000-01-01&until=2199-12-31"
    grids = client.get(f"/api/grids/figures?{period}").get_json()["grids"]
    for grid in [g for g in grids if g["walks"]][:3]:
        assert len(client.get(f"/api/grids/{grid['id']}/walks?{period}").get_json()["walks"]) == grid["walks"]
    hidden = [
        row_id
        for row_id, code in seen.codes_by_id["safety_grid"].items()
        if code not in seen.allowed["safety_grid"]
    ]
    for row_id in sorted(hidden)[:3]:
        assert client.get(f"/api/grids/{row_id}/walks?{period}").status_code == 404


NO_ROWS = {"grid_pages.page"}  # asks the route above
PROBES = (Probe("grids.figures", figures), Probe("grids.walks", walks))
