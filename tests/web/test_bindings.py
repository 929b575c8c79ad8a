"""Bindings against the network: times equal single routes, acceptance is whole or not at all, proposals reach the company."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from data.scope import SYSTEM, Connection
from data.store import Store

OWN = "/api/company/bindings"
#: Short, so that the small city has bindings that miss it; on an hour without rush.
ASKED = "limit_min=6&hour_of_week=3&per_crew=40"


def one(connection: Connection, statement: str, values: list[Any] | None = None) -> dict[str, Any]:
    row = connection.execute(statement.encode(), values or []).fetchone()
    assert row is not None
    return dict(row)


@pytest.fixture(scope="module")
def company(sign_in: Any, city_store: Store) -> Any:
    """A company's user, whose rescue information is complete."""
    client = sign_in("maintainer")
    stands = client.get("/api/company/information").get_json()
    given = {
        "address": "x路1号", "emergency_lead_name": "王五", "emergency_lead_phone": "13800000001", "duty_phone": "0755-1234567",
        "version": stands["version"],
    }  # fmt: skip
    assert client.put("/api/company/information", json=given).status_code == 200
    return client


@pytest.fixture
def kept(city_store: Store) -> Any:
    """The bindings of all elevators, put back at the end."""
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute("SELECT code, station_code FROM elevator").fetchall()
    yield {r["code"]: r["station_code"] for r in rows}
    with city_store.transaction(SYSTEM) as connection:
        for row in rows:
            connection.execute(
                "UPDATE elevator SET station_code = %s WHERE code = %s AND station_code IS DISTINCT FROM %s",
                [row["station_code"], row["code"], row["station_code"]],
            )


def test_times_are_those_of_single_routes_and_nobody_goes_beyond_capacity(
    company: Any, city_store: Store
) -> None:
    body = company.get(f"{OWN}?{ASKED}").get_json()
    assert body["late"] + body["unbound"] > 0
    assert body["mendable"] == sum(r["reason"] == "moved" for r in body["rows"]) > 0
    with city_store.transaction(SYSTEM) as connection:
        places = {
            table: {
                r["code"]: (r["lon"], r["lat"])
                for r in connection.execute(
                    f"SELECT code, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM {table}".encode()
                )
            }
            for table in ("elevator", "rescue_station")
        }
    moved = [r for r in body["rows"] if r["to"]]
    for row in moved[:4]:
        to = places["elevator"][row["code"]]
        for station, seconds in ((row["to"], row["after_s"]), (row["from"], row["before_s"])):
            if station and seconds is not None:
                at = places["rescue_station"][station]
                route = company.get(
                    f"/api/route?from={at[0]},{at[1]}&to={to[0]},{to[1]}&hour_of_week=3"
                ).get_json()
                assert route["travel_time_s"] == pytest.approx(seconds, abs=0.1)
        assert row["after_s"] <= 360
        assert row["before_s"] is None or row["before_s"] > 360 or row["reason"] == "made_room"
    for station in body["stations"]:
        assert station["load_after"] <= max(station["capacity"], station["load_before"])
        assert 0 <= station["in_scope_reached"] <= station["in_scope"]
    loads = {s["code"]: s["load_before"] for s in body["stations"]}
    for row in moved:
        loads[row["to"]] += 1
        if row["from"] in loads:
            loads[row["from"]] -= 1
    assert loads == {s["code"]: s["load_after"] for s in body["stations"]}


def test_what_is_accepted_is_written_with_its_audit_and_is_good_afterwards(
    company: Any, city_store: Store, kept: dict[str, str | None]
) -> None:
    body = company.get(f"{OWN}?{ASKED}").get_json()
    moves = [{k: r[k] for k in ("code", "from", "to")} for r in body["rows"] if r["to"]]
    stale = [*moves[1:], moves[0] | {"from": "RS-elsewhere"}]
    refused = company.post(f"{OWN}/accept", json={"moves": stale})
    assert refused.status_code == 409
    assert moves[0]["code"] in refused.get_json()["detail"]
    for wrong, status in (
        ([moves[0], moves[0] | {"to": "RS-none"}], 400), ([moves[0] | {"to": "RS-none"}], 404), ([], 400), ([{"code": "x"}], 400),
        ([moves[0], {"code": "none", "from": None, "to": moves[0]["to"]}], 404),
    ):  # fmt: skip
        assert company.post(f"{OWN}/accept", json={"moves": wrong}).status_code == status
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute("SELECT code, station_code FROM elevator").fetchall()
        assert {r["code"]: r["station_code"] for r in rows} == kept  # nothing half written
    done = company.post(f"{OWN}/accept", json={"moves": moves}).get_json()
    assert done["rebound"] == len(moves)
    with city_store.transaction(SYSTEM) as connection:
        for move in moves:
            row = one(connection, "SELECT station_code FROM elevator WHERE code = %s", [move["code"]])
            assert row["station_code"] == move["to"]
        audited = one(
            connection,
            "SELECT count(*) AS n FROM (SELECT id FROM audit WHERE action = 'company.rebind' ORDER BY id DESC LIMIT 500) a",
        )
        assert audited["n"] >= done["stations"]
    again = company.get(f"{OWN}?{ASKED}").get_json()
    assert again["mendable"] == 0
    assert not [r for r in again["rows"] if r["code"] in {m["code"] for m in moves}]


def test_a_planner_checks_and_proposes_and_the_company_sees_to_it(
    sign_in: Any, company: Any, city_store: Store
) -> None:
    planner = sign_in("city")
    with city_store.transaction(SYSTEM) as connection:
        unit = one(connection, "SELECT unit_id FROM app_user WHERE username = 'maintainer'")["unit_id"]
    path = f"/api/studio/bindings/{unit}"
    assert unit in {c["id"] for c in planner.get("/api/studio/bindings/companies").get_json()["companies"]}
    own, theirs = (c.get(f"{p}?{ASKED}").get_json() for c, p in ((company, OWN), (planner, path)))
    assert theirs["rows"] == own["rows"]
    assert theirs["stations"] == own["stations"]
    sent = planner.post(
        f"{path}/propose", json={"limit_min": 6, "hour_of_week": 3, "per_crew": 40, "note": "请核查"}
    )
    assert sent.status_code == 201, sent.get_data(as_text=True)
    proposals = company.get(f"{OWN}?{ASKED}").get_json()["proposals"]
    assert [(p["limit_s"], p["hour_of_week"], p["note"]) for p in proposals] == [(360.0, 3, "请核查")]
    assert company.delete(f"{OWN}/proposals/{proposals[0]['id']}").status_code == 200
    assert company.delete(f"{OWN}/proposals/{proposals[0]['id']}").status_code == 404
    for name in ("enterprise", "maintainer", "wall"):
        assert sign_in(name).get(f"{path}?{ASKED}").status_code == 403
    assert planner.get(f"/api/studio/bindings/999999?{ASKED}").status_code == 404
    assert planner.get(OWN).status_code == 403


def test_the_book_holds_the_list_and_the_stations(company: Any) -> None:
    body = company.get(f"{OWN}?{ASKED}").get_json()
    answer = company.get(f"{OWN}?{ASKED}&format=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.get_data()))
    first, second = book.worksheets
    assert first.max_row == len(body["rows"]) + 1
    assert second.max_row == len(body["stations"]) + 1
    assert first.cell(2, 1).value == body["rows"][0]["code"]
    english = openpyxl.load_workbook(io.BytesIO(company.get(f"{OWN}?{ASKED}&format=xlsx&lang=en").get_data()))
    assert english.sheetnames == ["Rebindings", "Stations"]


@pytest.mark.parametrize(
    ("query", "named"), [("limit_min=0", "limit_min"), ("limit_min=x", "limit_min"), ("per_crew=0", "per_crew"), ("hour_of_week=168", "hour_of_week"), ("format=pdf", "format")]
)  # fmt: skip
def test_wrong_questions_are_named(company: Any, query: str, named: str) -> None:
    answer = company.get(f"{OWN}?{query}")
    assert answer.status_code == 400
    assert named in answer.get_json()["detail"]
