"""Probe what figures of orders give away: how many, and which orders stand behind them."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen

_SPAN = "from=2000-01-01&to=2004-12-31"
_ALL = "from=2023-01-01&to=2027-12-31"


def figures(client: Any, seen: Seen) -> None:
    """Every order of the user's own is counted once: in a figure or as not counted; no other is."""
    body = client.get(f"/api/dispatch/figures?{_ALL}&by=day").get_json()
    values = {f["id"]: f["value"] for f in body["figures"]}
    seen.count("incident", values["entrapments"] + values["not_counted"])
    seen.count("elevator", body["elevators"])
    none = client.get(f"/api/dispatch/figures?{_SPAN}").get_json()["figures"][0]
    assert none["value"] == 0


def behind(client: Any, seen: Seen) -> None:
    """The orders behind a figure are the user's own."""
    found: set[str] = set()
    for figure in ("entrapments", "not_counted"):
        body = client.get(f"/api/dispatch/figures/orders?{_ALL}&figure={figure}&limit=5000").get_json()
        found |= {o["code"] for o in body["orders"]}
    seen.rows("incident", found)


PROBES = (Probe("dispatch_figures.figures", figures), Probe("dispatch_figures.behind", behind))
