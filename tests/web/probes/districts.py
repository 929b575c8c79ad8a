"""Probe what figures by district give away: totals, parts and charts hold the user's own rows alone."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen

_CITY = "440300"
_ALL = "from=2023-01-01"
_LAYERS = ("enterprise", "hidden_danger", "elevator")


def split(client: Any, seen: Seen) -> None:
    """A total is what the user may see of the city, and its parts with the rest add up to it."""
    for layer in _LAYERS:
        body = client.get(f"/api/districts/{_CITY}?measure={layer}_count").get_json()
        seen.city_count(layer, body["total"]["value"])
        parts = sum(p["value"] for p in body["parts"] if p["adds_up"])
        seen.city_count(layer, parts + body["rest"]["value"])
    orders = client.get(f"/api/districts/{_CITY}?measure=entrapments&{_ALL}").get_json()["total"]["value"]
    others = client.get(f"/api/districts/{_CITY}?measure=not_counted&{_ALL}").get_json()["total"]["value"]
    seen.count("incident", orders + others)


def composition(client: Any, seen: Seen) -> None:
    """Charts count the user's own rows."""
    for layer in _LAYERS:
        body = client.get(f"/api/districts/{_CITY}/composition?layer={layer}").get_json()
        seen.city_count(layer, body["total"])
        for choice in body["choices"]:
            seen.city_count(layer, sum(c["n"] for c in choice["counts"]))


def printed(client: Any, seen: Seen) -> None:
    """The sheet of paper shows the same total."""
    page = client.get(f"/print/districts/{_CITY}?measure=enterprise_count").get_data(as_text=True)
    total = page.rsplit("<tfoot>", 1)[1].split("<td>")[2].split("<")[0]
    seen.city_count("enterprise", int(total.replace(",", "")))


PROBES = (
    Probe("districts.split", split),
    Probe("districts.composition", composition),
    Probe("districts_page.printed", printed),
)
