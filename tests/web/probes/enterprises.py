"""Probe what enterprises' pages and the search for resources give away."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen

_KEEPERS = {"administrator", "regulator", "dispatcher", "enterprise"}
_HELP = ("rescue_resource", "rescue_supply")


def own(client: Any, seen: Seen) -> None:
    """The user's own enterprises only."""
    response = client.get("/api/enterprises/own")
    if seen.user["role"] not in _KEEPERS:
        assert response.status_code == 403
        return
    seen.some_rows("enterprise", {e["code"] for e in response.get_json()["enterprises"]})


def files(client: Any, seen: Seen) -> None:
    """An enterprise by its id: page, file, surroundings and sheet, the user's own and others'."""
    by_id = seen.codes_by_id["enterprise"]
    for number in sorted(by_id)[:: max(1, len(by_id) // 8)]:
        for path in (f"/api/enterprises/{number}", f"/api/enterprises/{number}/surroundings?radius_m=3000",
                     f"/enterprise/{number}", f"/enterprise/{number}/print", f"/api/enterprises/{number}/log"):  # fmt: skip
            response = client.get(path)
            if path.endswith("/log") and seen.user["role"] == "dispatcher":
                assert response.status_code in (403, 404)
            elif response.status_code in (200, 409):
                seen.some_rows("enterprise", {by_id[number]})
            elif seen.user["role"] in _KEEPERS:
                assert response.status_code == 404, path
                seen.hidden_rows("enterprise", {by_id[number]})
            if response.status_code == 200 and "surroundings" in path:
                _help(response.get_json()["rows"], seen)


def _help(rows: list[dict[str, Any]], seen: Seen) -> None:
    for layer in _HELP:
        seen.some_rows(layer, {r["code"] for r in rows if r["layer"] == layer})


def search(client: Any, seen: Seen) -> None:
    """Exactly the resources that the user may see, all of them counted."""
    response = client.get("/api/resources")
    if seen.user["role"] not in _KEEPERS:
        assert response.status_code == 403
        return
    body = response.get_json()
    _help(body["rows"], seen)
    assert body["total"] == sum(len(seen.allowed[layer]) for layer in _HELP)


#: A page asks the routes above; the kinds are words.
NO_ROWS = {"enterprise_pages.own", "resource_pages.page", "enterprises.kinds"}
PROBES = (
    Probe("enterprises.own", own),
    Probe("enterprises.file", files),
    Probe("enterprises.around", files),
    Probe("enterprises.log", files),
    Probe("enterprise_pages.page", files),
    Probe("enterprise_pages.sheet", files),
    Probe("enterprises.search", search),
)
