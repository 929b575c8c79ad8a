"""Probe what plant plans give away."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen

_KEEPERS = {"administrator", "regulator", "dispatcher", "enterprise"}
#: Plan → code of its enterprise, of every plan there is.
_PLANS: dict[int, str] = {}


def prepare(connection: Any) -> None:
    """Note whose plans there are."""
    _PLANS.clear()
    _PLANS.update(
        {
            r["id"]: r["enterprise_code"]
            for r in connection.execute("SELECT id, enterprise_code FROM plant_plan")
        }
    )


def plans(client: Any, seen: Seen) -> None:
    """A plan by its id, the user's own and others', with its points."""
    assert _PLANS
    for number, code in _PLANS.items():
        response = client.get(f"/api/plans/{number}")
        if response.status_code == 200:
            seen.some_rows("enterprise", {code})
            seen.some_rows("plan_point", {p["code"] for p in response.get_json()["points"]})
        elif seen.user["role"] in _KEEPERS:
            assert response.status_code == 404
            seen.hidden_rows("enterprise", {code})


def index(client: Any, seen: Seen) -> None:
    """The plans of an enterprise, list and page, the user's own and others'."""
    by_id = seen.codes_by_id["enterprise"]
    owners = [n for n, code in by_id.items() if code in set(_PLANS.values())]
    for number in [*owners, *sorted(by_id)[:: max(1, len(by_id) // 5)]]:
        for path in (f"/api/enterprises/{number}/plans", f"/enterprise/{number}/plans"):
            response = client.get(path)
            if response.status_code == 200:
                seen.some_rows("enterprise", {by_id[number]})
            elif seen.user["role"] in _KEEPERS:
                assert response.status_code == 404, path
                seen.hidden_rows("enterprise", {by_id[number]})


PROBES = (
    Probe("plant_plans.read", plans),
    Probe("plant_plans.index", index),
    Probe("plan_pages.page", index),
)
