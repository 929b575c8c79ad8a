"""Probe what the identification of major hazards gives away: a site's inventory, and the people around a site."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen
from tests.web.probes.registers import _KEEPERS


def _sites(seen: Seen) -> list[int]:
    ids = sorted(seen.codes_by_id["hazard_site"])
    return ids[:: max(1, len(ids) // 10)]


def read(client: Any, seen: Seen) -> None:
    """A site by its id, the user's own and others'."""
    by_id = seen.codes_by_id["hazard_site"]
    for site in _sites(seen):
        response = client.get(f"/api/hazards/{site}")
        if response.status_code == 200:
            body = response.get_json()
            assert body["code"] == by_id[site]
            seen.some_rows("hazard_site", {by_id[site]})
            if body["boundary"]:
                seen.some_rows("plant_boundary", {body["boundary"]["code"]})
                seen.some_rows("hazard_site", {one["code"] for one in body["boundary"]["shared_with"]})
            seen.some_rows("plant_boundary", {one["code"] for one in body["boundaries"]})
        elif seen.user["role"] in _KEEPERS:
            assert response.status_code == 404
            seen.hidden_rows("hazard_site", {by_id[site]})
        else:
            assert response.status_code == 403


#: Tables of a standard have no rows of the store; the pages ask the routes above.
NO_ROWS = {"hazards.substances", "hazard_pages.trial", "hazard_pages.site"}
PROBES = (Probe("hazards.read", read),)
