"""Probe what the maintenance companies' routes give away: a company sees its own rows, everybody else nothing."""

from __future__ import annotations

from typing import Any

from data.scope import Connection
from tests.web.probe import Probe, Seen


def prepare(connection: Connection) -> None:
    """Complete every company's rescue information, so that the gate hides nothing that rights should hide."""
    connection.execute(
        "INSERT INTO maintenance_company AS c (unit_id, owner_id, authority_code, address, emergency_lead_name, emergency_lead_phone,"
        " duty_phone, updated_at) SELECT id, id, division_code, 'x', 'x', '13800000001', '0755-1234567', now() FROM unit"
        " ON CONFLICT (unit_id) DO UPDATE SET duty_phone = COALESCE(c.duty_phone, excluded.duty_phone)"
    )
    # Every company's station takes an order of somebody else's elevator.
    connection.execute(
        "INSERT INTO incident_assignment (incident_code, number, station_code, level, state, notified_at)"
        " SELECT i.code, 20 + row_number() OVER (ORDER BY s.code), s.code, 2, 'stood_down', i.received_at"
        " FROM (SELECT DISTINCT ON (owner_id) code, owner_id FROM rescue_station WHERE owner_id IS NOT NULL ORDER BY owner_id, code) s"
        " CROSS JOIN LATERAL (SELECT code, received_at FROM incident WHERE owner_id <> s.owner_id ORDER BY code LIMIT 2) i"
    )
    _TOLD.clear()
    _TOLD.extend(
        (r["incident_code"], r["station_code"])
        for r in connection.execute("SELECT incident_code, station_code FROM incident_assignment")
    )
    assert _TOLD


def _own(seen: Seen, layer: str) -> set[str]:
    """The rows of the user's own company; public ones of others are none of its business here."""
    return {code for code, row in seen.allowed[layer].items() if row["owner_id"] == seen.user["owner_id"]}


def _ask(client: Any, seen: Seen, path: str) -> Any:
    """The answer to a company's user; anybody else is refused."""
    response = client.get(path)
    if seen.user["role"] != "maintenance_company":
        assert response.status_code == 403, path
        return None
    assert response.status_code == 200, response.get_json()
    return response.get_json()


def home(client: Any, seen: Seen) -> None:
    """The counters count the company's own elevators."""
    body = _ask(client, seen, "/api/company")
    if body:
        assert body["elevators"] == len(_own(seen, "elevator"))


def information(client: Any, seen: Seen) -> None:
    """The rescue information is the company's own."""
    body = _ask(client, seen, "/api/company/information")
    assert body is None or body["name"] == _ask(client, seen, "/api/company")["name"]


def stations(client: Any, seen: Seen) -> None:
    """Exactly the company's own stations."""
    body = _ask(client, seen, "/api/company/stations")
    if body:
        assert {s["code"] for s in body["stations"]} == _own(seen, "rescue_station")


def _each(client: Any, seen: Seen, layer: str, path: str) -> None:
    is_company = seen.user["role"] == "maintenance_company"
    own = _own(seen, layer) if is_company else set()
    for code in sorted(seen.codes_by_id[layer].values())[:: 1 if layer != "elevator" else 60]:
        expected = 200 if code in own else 404 if is_company else 403
        assert client.get(path.format(code)).status_code == expected, (seen.user["username"], code)


def station(client: Any, seen: Seen) -> None:
    """A station of somebody else is not there."""
    _each(client, seen, "rescue_station", "/api/company/stations/{}")


def elevators(client: Any, seen: Seen) -> None:
    """Exactly the company's own elevators, over all pages."""
    found: set[str] = set()
    for page in range(1, 50):
        body = _ask(client, seen, f"/api/company/elevators?page_size=500&page={page}")
        if body is None or not body["rows"]:
            break
        found |= {r["code"] for r in body["rows"]}
    if seen.user["role"] == "maintenance_company":
        assert found == _own(seen, "elevator")


def elevator(client: Any, seen: Seen) -> None:
    """An elevator of somebody else is not there."""
    _each(client, seen, "elevator", "/api/company/elevators/{}")


def managers(client: Any, seen: Seen) -> None:
    """Every safety manager listed is the company's own, and nobody else's number is."""
    body = _ask(client, seen, "/api/company/managers")
    if body:
        own = {m["id"] for m in body["managers"]}
        for number in range(1, max(own, default=0) + 20, 9):
            status = client.get(f"/api/company/managers/{number}").status_code
            assert status == (200 if number in own else 404), number


def manager(client: Any, seen: Seen) -> None:
    """A safety manager is refused to everybody who is no company."""
    assert client.get("/api/company/managers/99999999").status_code in (403, 404)
    _ask(client, seen, "/api/company/managers")


def inspections(client: Any, seen: Seen) -> None:
    """Requests are of the company's own elevators."""
    body = _ask(client, seen, "/api/company/inspections")
    if body:
        assert {r["elevator_code"] for r in body["requests"]} <= _own(seen, "elevator")


def orders(client: Any, seen: Seen) -> None:
    """The newest orders are the company's own."""
    body = _ask(client, seen, "/api/company/orders?limit=100")
    if body:
        found = {o["code"] for o in body["orders"]}
        assert found <= _own(seen, "incident")
        assert len(found) == min(100, len(_own(seen, "incident")))


def report(client: Any, seen: Seen) -> None:
    """The report of an order of somebody else is not there."""
    _each(client, seen, "incident", "/api/company/orders/{}/report")


def analysis(client: Any, seen: Seen) -> None:
    """Figures are counted over the company's own orders."""
    period = "from=2022-01-01&to=2026-12-31"
    body = _ask(client, seen, f"/api/company/analysis/rate?{period}")
    if body:
        total = body["rows"][0]["values"]
        assert total[1] == len(_own(seen, "elevator"))
        assert total[2] <= len(_own(seen, "incident"))
        late = _ask(client, seen, f"/api/company/analysis/overtime?{period}")
        assert {r["key"] for r in late["rows"]} <= _own(seen, "incident")
        most = _ask(client, seen, f"/api/company/analysis/elevators?{period}")
        assert {r["values"][0] for r in most["rows"]} <= _own(seen, "elevator")
        _ask(client, seen, f"/api/company/analysis/stations?{period}")


def taken(client: Any, seen: Seen) -> None:
    """Exactly what stations of the company were told of, of other companies' elevators: by the rule in plain words."""
    body = _ask(client, seen, "/api/company/taken-orders?limit=100")
    if body:
        stations, own = _own(seen, "rescue_station"), _own(seen, "incident")
        expected = sorted(
            (code, station) for code, station in _TOLD if station in stations and code not in own
        )
        assert sorted((o["code"], o["station_code"]) for o in body["orders"]) == expected
        told = _ask(client, seen, "/api/company/analysis/taken?from=2022-01-01&to=2026-12-31")
        assert told["rows"][-1]["values"][1] <= len(expected)
        for order in body["orders"]:
            # The order itself stays closed to them, and nothing of the caller or the people comes with their part.
            assert client.get(f"/api/orders/{order['code']}").status_code == 404
            assert not set(order) & {
                "caller_phone",
                "caller_words",
                "people_inside",
                "unit_name",
                "elevator_code",
            }


def taken_order(client: Any, seen: Seen) -> None:
    """An order that no station of the company was told of is not there; nor is one of its own elevators."""
    is_company = seen.user["role"] == "maintenance_company"
    stations = _own(seen, "rescue_station") if is_company else set()
    own = _own(seen, "incident") if is_company else set()
    for code in sorted({code for code, _ in _TOLD})[::3] + ["KR0"]:
        shown = {s for c, s in _TOLD if c == code and s in stations} if code not in own else set()
        response = client.get(f"/api/company/taken-orders/{code}")
        assert response.status_code == (403 if not is_company else 200 if shown else 404), code
        if shown:
            assert {p["station_code"] for p in response.get_json()["parts"]} == shown


#: Who was told of what, as the operator sees it; a station may be told twice.
_TOLD: list[tuple[str, str]] = []


#: Pages hold nothing themselves: they ask the routes above. A position is read without looking at rows.
NO_ROWS = {"maintenance.position"} | {
    f"maintenance_pages.{name}"
    for name in (
        "home", "information", "stations", "new_station", "station", "elevators", "elevator", "managers", "manager", "inspections",
        "orders", "report", "analysis",
    )
}  # fmt: skip
PROBES = (
    Probe("maintenance.home", home),
    Probe("maintenance.information", information),
    Probe("maintenance.stations", stations),
    Probe("maintenance.station", station),
    Probe("maintenance_elevators.index", elevators),
    Probe("maintenance_elevators.read", elevator),
    Probe("maintenance_elevators.managers", managers),
    Probe("maintenance_elevators.manager", manager),
    Probe("maintenance_elevators.inspections", inspections),
    Probe("maintenance_orders.index", orders),
    Probe("maintenance_orders.report", report),
    Probe("maintenance_orders.taken", taken),
    Probe("maintenance_orders.taken_order", taken_order),
    Probe("maintenance_orders.analysis", analysis),
)
