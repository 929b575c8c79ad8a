"""Probe what the changes of enterprises give away: to the enterprise itself and to the authorities that answer for it."""

from __future__ import annotations

from typing import Any

from data import enterprise_changes
from data.clock import SystemClock
from data.scope import SYSTEM, Connection
from tests.web.probe import Probe, Seen, _prefix

#: Pages that ask the routes below.
NO_ROWS = {"reviews_page.changes", "reviews_page.change"}
_REVIEWERS = {"administrator", "regulator"}
_KEEPERS = {"administrator", "regulator", "dispatcher", "enterprise"}
_ASKED: dict[int, str] = {}


def prepare(connection: Connection) -> None:
    """Have some enterprises of different authorities ask to be changed."""
    now = SystemClock().now()
    rows = connection.execute(
        "SELECT DISTINCT ON (authority_code) id, code, version FROM enterprise WHERE NOT EXISTS (SELECT 1 FROM enterprise_change c"
        " WHERE c.enterprise_code = enterprise.code) ORDER BY authority_code, (owner_id IS NULL), id LIMIT 12"
    ).fetchall()
    for row in rows:
        enterprise_changes.change(
            connection, row["id"], {"address": "探路 1 号"}, version=row["version"], by_owner=True, note=None, scope=SYSTEM, now=now
        )  # fmt: skip
    _ASKED.clear()
    _ASKED.update(
        (row["id"], row["enterprise_code"])
        for row in connection.execute(
            "SELECT id, enterprise_code FROM enterprise_change WHERE state = 'waiting'"
        )
    )
    assert len(_ASKED) > 3


def _own(seen: Seen) -> set[int]:
    """The rule in plain words: of enterprises whose authority lies below the user's jurisdiction."""
    prefixes = [_prefix(code) for code in seen.user["codes"]]
    allowed = seen.allowed["enterprise"]
    return {
        number
        for number, code in _ASKED.items()
        if code in allowed and any(allowed[code]["authority_code"].startswith(prefix) for prefix in prefixes)
    }


def queue(client: Any, seen: Seen) -> None:
    """Exactly the requests that are the user's to review, and their number."""
    response = client.get("/api/reviews/changes")
    if seen.user["role"] not in _REVIEWERS:
        assert response.status_code == 403
        return
    body = response.get_json()
    assert {one["id"] for one in body["rows"]} == _own(seen)
    assert next(one["count"] for one in body["states"] if one["id"] == "waiting") == len(_own(seen))


def one(client: Any, seen: Seen) -> None:
    """One request opens to its reviewers only."""
    for number in _ASKED:
        expected = (200 if number in _own(seen) else 404) if seen.user["role"] in _REVIEWERS else 403
        assert client.get(f"/api/reviews/changes/{number}").status_code == expected, number


def of_enterprise(client: Any, seen: Seen) -> None:
    """History, form and page of an enterprise, the user's own and others'."""
    by_id = seen.codes_by_id["enterprise"]
    changed = [number for number, code in by_id.items() if code in _ASKED.values()]
    for number in [*changed, *sorted(by_id)[:3]]:
        for path in (
            f"/api/enterprises/{number}/changes",
            f"/api/enterprises/{number}/form",
            f"/enterprise/{number}/edit",
        ):
            response = client.get(path)
            is_history = path.endswith("/changes")
            if seen.user["role"] not in (_KEEPERS if is_history else _KEEPERS - {"dispatcher"}):
                assert response.status_code == 403, path
            elif response.status_code == 200:
                seen.some_rows("enterprise", {by_id[number]})
            else:
                assert response.status_code == 404, path
                seen.hidden_rows("enterprise", {by_id[number]})


PROBES = (
    Probe("enterprise_changes.queue", queue),
    Probe("enterprise_changes.one", one),
    Probe("enterprise_changes.history", of_enterprise),
    Probe("enterprise_changes.form", of_enterprise),
    Probe("enterprise_pages.edit", of_enterprise),
)
