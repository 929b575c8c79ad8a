"""Probe the review of registrations: each reviewer sees exactly what its authority ranges hold, everybody else nothing."""

from __future__ import annotations

from typing import Any

from data.scope import Connection
from tests.web.probe import Probe, Seen, _prefix

NO_ROWS = {
    "reviews_page.index", "reviews_page.one", "reviews_page.import_page",  # pages that ask the routes below
    "enterprise_import.template",  # an empty form: test_enterprise_import.py
}  # fmt: skip
_STANDING: dict[int, tuple[str, str]] = {}


def prepare(connection: Connection) -> None:
    """Remember every registration that was submitted: its authority and its state."""
    _STANDING.clear()
    _STANDING.update(
        (row["id"], (row["authority_code"], row["state"]))
        for row in connection.execute(
            "SELECT id, authority_code, state FROM registration WHERE state <> 'draft'"
        )
    )
    assert {state for _, state in _STANDING.values()} == {"pending", "returned", "approved"}


def _own(seen: Seen) -> dict[int, str]:
    """The rule in plain words: of the authorities below the user's jurisdiction."""
    prefixes = [_prefix(code) for code in seen.user["codes"]]
    return {
        number: state
        for number, (authority, state) in _STANDING.items()
        if any(authority.startswith(prefix) for prefix in prefixes)
    }


def index(client: Any, seen: Seen) -> None:
    """Queues and their counts."""
    for state in ("pending", "returned", "approved"):
        response = client.get(f"/api/reviews?state={state}")
        if seen.user["role"] not in ("administrator", "regulator"):
            assert response.status_code == 403
            continue
        body = response.get_json()
        own = {number for number, standing in _own(seen).items() if standing == state}
        assert {one["id"] for one in body["rows"]} == own
        assert next(one["count"] for one in body["states"] if one["id"] == state) == len(own)


def one(client: Any, seen: Seen) -> None:
    """One registration opens to its reviewers only."""
    is_reviewer = seen.user["role"] in ("administrator", "regulator")
    for number in _STANDING:
        expected = (200 if number in _own(seen) else 404) if is_reviewer else 403
        assert client.get(f"/api/reviews/{number}").status_code == expected, number


PROBES = [Probe("reviews.index", index), Probe("reviews.one", one)]
