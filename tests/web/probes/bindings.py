"""Probe what checks of bindings give away: a company's own elevators, an authority's those of its jurisdiction."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen

_PLANNERS = ("regulator", "dispatcher", "administrator")


def own(client: Any, seen: Seen) -> None:
    """A company is shown its own elevators only."""
    answer = client.get("/api/company/bindings?limit_min=1&hour_of_week=3")
    if seen.user["role"] != "maintenance_company":
        assert answer.status_code == 403
    elif answer.status_code == 200:
        seen.some_rows("elevator", {row["code"] for row in answer.get_json()["rows"]})
    else:
        assert answer.status_code == 404  # of a company without elevators in use


def companies(client: Any, seen: Seen) -> None:
    """An authority counts the elevators it sees."""
    answer = client.get("/api/studio/bindings/companies")
    if seen.user["role"] not in _PLANNERS:
        assert answer.status_code == 403
        return
    count = sum(one["elevators"] for one in answer.get_json()["companies"])
    assert count <= len(seen.allowed["elevator"])


def check_company(client: Any, seen: Seen) -> None:
    """Of a company it is shown the elevators of its jurisdiction only."""
    if seen.user["role"] not in _PLANNERS:
        assert client.get("/api/studio/bindings/1").status_code == 403
        return
    for one in client.get("/api/studio/bindings/companies").get_json()["companies"][:2]:
        body = client.get(f"/api/studio/bindings/{one['id']}?limit_min=1&hour_of_week=3").get_json()
        seen.some_rows("elevator", {row["code"] for row in body["rows"]})


#: The pages ask the routes above.
NO_ROWS = {"bindings_page.page", "maintenance_pages.bindings"}
PROBES = (
    Probe("rebinding.check", own),
    Probe("rebinding.companies", companies),
    Probe("rebinding.check_company", check_company),
)
