"""Probe what the dispatcher's routes give away: orders, elevators found, rankings."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data import elevators, incidents
from data.clock import SystemClock
from data.scope import Connection
from tests.web.probe import Probe, Seen


def prepare(connection: Connection) -> None:
    """Open an order in many places, so that everybody has some and nobody has all."""
    rows = connection.execute(
        "SELECT DISTINCT ON (authority_code, owner_id) code FROM elevator WHERE geom IS NOT NULL ORDER BY authority_code, owner_id LIMIT 80"
    ).fetchall()
    now = SystemClock().now() - dt.timedelta(hours=1)
    for row in rows:
        found = elevators.read(connection, row["code"])
        assert found is not None
        incidents.receive(
            connection, facts={}, told=found.told(), place=found.place(), at=now, now=now, actor="probe"
        )


def queue(client: Any, seen: Seen) -> None:
    """The orders, open and closed, are exactly the user's own."""
    found = [
        o
        for s in ("open", "closed")
        for o in client.get(f"/api/orders?limit=500&state={s}").get_json()["orders"]
    ]
    seen.rows("incident", {o["code"] for o in found})


def crews(client: Any, seen: Seen) -> None:
    """The crews told are those on the user's own orders."""
    seen.some_rows("incident", {c["order_code"] for c in client.get("/api/orders/crews").get_json()["crews"]})


def read(client: Any, seen: Seen) -> None:
    """An order of somebody else is not there, whatever its number."""
    codes = sorted(seen.codes_by_id["incident"].values())
    refused = {c for c in codes if client.get(f"/api/orders/{c}").status_code == 404}
    seen.hidden_rows("incident", refused)
    seen.some_rows("incident", set(codes) - refused)


def ranking(client: Any, seen: Seen) -> None:
    """Only dispatchers rank, and only their own orders."""
    is_dispatcher = seen.user["role"] in ("dispatcher", "administrator")
    for code in sorted(seen.codes_by_id["incident"].values())[::20]:
        status = client.get(f"/api/orders/{code}/ranking").status_code
        if not is_dispatcher:
            assert status == 403
        elif status in (200, 422):  # 422: too far from the small city's few roads
            seen.some_rows("incident", {code})
        else:
            assert status == 404
            seen.hidden_rows("incident", {code})


def find_elevators(client: Any, seen: Seen) -> None:
    """What is typed finds the user's own elevators only."""
    for text in ("31", "1号梯", "0", "3100440304"):
        body = client.get("/api/elevators/find", query_string={"q": text, "limit": 30}).get_json()
        seen.some_rows("elevator", {e["code"] for e in body["elevators"]})
    near = client.get("/api/elevators/find?lon=114.0579&lat=22.5431&limit=30").get_json()
    seen.some_rows("elevator", {e["code"] for e in near["elevators"]})


def order_page(client: Any, seen: Seen) -> None:
    """The page of an order is there exactly for those who may see it."""
    codes = sorted(seen.codes_by_id["incident"].values())[::7]
    refused = {c for c in codes if client.get(f"/figures/order/{c}").status_code == 404}
    seen.hidden_rows("incident", refused)
    seen.some_rows("incident", set(codes) - refused)


#: The console's page asks the routes above; the crew's page holds nothing, and its order is reached by a link alone.
NO_ROWS = {"dispatch.page", "figures_page.page", "crew_page.page", "crew_page.worker", "crew.read"}
PROBES = (
    Probe("orders.queue", queue),
    Probe("orders.crews", crews),
    Probe("orders.read", read),
    Probe("figures_page.order_page", order_page),
    Probe("orders.ranking", ranking),
    Probe("orders.find_elevators", find_elevators),
)
