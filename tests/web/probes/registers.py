"""Probe what the registers give away: lists, rows, figures and counts, to those who keep registers."""

from __future__ import annotations

from typing import Any

from layers.registry import all_registers
from tests.web.probe import Probe, Seen

_KEEPERS = {"administrator", "regulator", "dispatcher", "enterprise"}


def _ask(client: Any, seen: Seen, path: str) -> Any:
    response = client.get(path)
    if seen.user["role"] not in _KEEPERS:
        assert response.status_code == 403, path
        return None
    assert response.status_code == 200, response.get_json()
    return response.get_json()


def index(client: Any, seen: Seen) -> None:
    """The counts on the list are those of the user's own rows."""
    body = _ask(client, seen, "/api/registers")
    for register in body["registers"] if body else ():
        seen.count(register["id"], register["rows"])


def describe(client: Any, seen: Seen) -> None:
    """An owner is told of its own enterprises only."""
    for register in all_registers():
        body = _ask(client, seen, f"/api/registers/{register.id}")
        if body and "enterprises" in body:
            seen.some_rows("enterprise", {e["code"] for e in body["enterprises"]})


def rows(client: Any, seen: Seen) -> None:
    """Exactly the user's own rows."""
    for register in all_registers():
        page, codes = 1, set()
        while True:
            body = _ask(client, seen, f"/api/registers/{register.id}/rows?page={page}&page_size=500")
            if body is None:
                break
            codes |= {row["code"] for row in body["rows"]}
            if len(body["rows"]) < 500:
                seen.rows(register.id, codes)
                seen.count(register.id, body["total"])
                break
            page += 1


def row(client: Any, seen: Seen) -> None:
    """A row by its id, the user's own and others'."""
    for register in all_registers():
        by_id = seen.codes_by_id[register.id]
        for row_id in sorted(by_id)[:: max(1, len(by_id) // 10)]:
            response = client.get(f"/api/registers/{register.id}/rows/{row_id}")
            if response.status_code == 200:
                seen.some_rows(register.id, {by_id[row_id]})
            elif seen.user["role"] in _KEEPERS:
                assert response.status_code == 404
                seen.hidden_rows(register.id, {by_id[row_id]})


def figures(client: Any, seen: Seen) -> None:
    """The figures of the whole city count the user's own rows."""
    for register in all_registers():
        body = _ask(client, seen, f"/api/registers/{register.id}/figures?division=440300")
        if body:
            allowed = seen.allowed[register.id].values()
            assert body["total"] == sum(r["division_code"].startswith("4403") for r in allowed)


def month(client: Any, seen: Seen) -> None:
    """A month of the calendar counts the user's own rows, as its list has them."""
    for register in all_registers():
        if register.calendar is None:
            continue
        for asked in ("2026-10", "2026-11", "2026-12"):
            body = _ask(client, seen, f"/api/registers/{register.id}/calendar?month={asked}&division=440300")
            listed = _ask(
                client, seen, f"/api/registers/{register.id}/rows?on={asked}&division=440300&page_size=500"
            )
            if body:
                assert body["total"] == listed["total"]
                seen.some_rows(register.id, {row["code"] for row in listed["rows"]})


#: Pages ask the routes above; a template has no rows; a position is read without looking at rows.
NO_ROWS = {
    "warning_limits.index",  # administrators only: test_hazards.py
    "dispatch_rules.index",  # administrators only, limits of districts: test_dispatch_rules.py
    "resource_types.index",  # administrators only, a list of words
    "registers.position",
    "table_imports.outcome",  # by the name of the user: test_table_imports.py
    "register_import.template",
    "register_pages.index",
    "register_pages.register",
    "register_pages.new_row",
    "register_pages.row",
}
PROBES = (
    Probe("registers.index", index),
    Probe("registers.describe", describe),
    Probe("registers.rows", rows),
    Probe("register_calendar.month", month),
    Probe("registers.read", row),
    Probe("registers.figures", figures),
)
