"""The routes of an exercise's times: pressed by the enterprise, seen by its authority, into plan against actual, and what is refused."""

from __future__ import annotations

import io
import uuid
from typing import Any

import openpyxl
import pytest

from data.scope import SYSTEM
from data.store import Store
from tests.data.test_exercise_orders import driven

ROOT = "/api/exercise-times"


@pytest.fixture
def drill(sign_in: Any) -> dict[str, Any]:
    body = {
        "name": "现场记时演练", "kind": "on_site", "planned_on": "2031-06-01", "planned_people": 40, "planned_first_team_min": 12,
        "planned_evacuated_min": 25,
    }  # fmt: skip
    answer = sign_in("enterprise").post("/api/registers/drill/rows", json=body)
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def press(client: Any, drill: dict[str, Any], step: str, **body: Any) -> Any:
    return client.post(f"{ROOT}/{drill['id']}/{step}", json={"key": str(uuid.uuid4())} | body)


def steps(answer: Any) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.get_json()
    return {one["id"]: one for one in answer.get_json()["steps"]}


def test_pressed_here_seen_there_and_set_beside_the_plan(sign_in: Any, drill: dict[str, Any]) -> None:
    own, city = sign_in("enterprise"), sign_in("city")
    page = own.get(f"/registers/drill/{drill['id']}/live").get_data(as_text=True)
    assert drill["code"] in page
    fresh = own.get(f"{ROOT}/{drill['id']}").get_json()
    assert (fresh["may_press"], fresh["began_at"]) == (True, None)
    assert [one["planned_min"] for one in fresh["steps"]] == [None, None, None, None, 12.0, None, 25.0, None]
    assert press(own, drill, "began").status_code == 200
    assert press(city, drill, "first_team").status_code == 200  # an observer of the authority presses too
    seen = steps(own.get(f"{ROOT}/{drill['id']}"))
    assert (seen["began"]["by"], seen["first_team"]["by"]) == ("enterprise", "city")
    assert seen["first_team"]["kept_min"] == round(seen["first_team"]["after_s"] / 60, 1)
    row = own.get(f"/api/registers/drill/rows/{drill['id']}").get_json()
    compared = {one["title"]: one for one in row["compared"]}
    assert compared["首支队伍到场"]["words"] is not None
    execute = next(move for move in row["moves"] if move["id"] == "execute")
    assert execute["begins_with"]["first_team_min"] == row["values"]["first_team_min"]
    assert execute["begins_with"]["people"] is None
    assert "首支队伍到场 First team on site" in row["history"][0]["note"]


def test_what_is_refused_is_named(sign_in: Any, drill: dict[str, Any]) -> None:
    own = sign_in("enterprise")
    path = f"{ROOT}/{drill['id']}"
    assert press(own, drill, "alarm").status_code == 409
    bad = own.post(f"{path}/began", json={"key": "x"})
    assert (bad.status_code, bad.get_json()["faults"][0]["field"]) == (422, "key")
    assert press(own, drill, "began").status_code == 200
    bad = own.put(f"{path}/began", json={"at": "25:00"})
    assert (bad.status_code, bad.get_json()["faults"][0]["field"]) == (422, "at")
    assert press(own, drill, "lunch").status_code == 404
    assert press(own, {"id": 2**60}, "began").status_code == 404
    assert sign_in("wall").get(path).status_code == 403
    assert steps(own.delete(f"{path}/began"))["began"]["at"] is None


def test_a_reader_looks_only(sign_in: Any, drill: dict[str, Any], application: Any) -> None:
    own = sign_in("enterprise")
    made = own.post("/api/tokens", json={"name": "读", "scopes": ["read"], "expires_in_days": 1})
    assert made.status_code == 201, made.get_json()
    reader = application.test_client()
    headers = {"Authorization": f"Bearer {made.get_json()['token']}"}
    seen = reader.get(f"{ROOT}/{drill['id']}", headers=headers).get_json()
    assert seen["may_press"] is False
    refused = reader.post(f"{ROOT}/{drill['id']}/began", json={"key": str(uuid.uuid4())}, headers=headers)
    assert refused.status_code == 403


def test_times_are_taken_from_an_order_that_was_driven_and_say_so(sign_in: Any, city_store: Store) -> None:
    own, city = sign_in("enterprise"), sign_in("city")
    made = own.post(
        "/api/registers/drill/rows", json={"name": "派队演练", "kind": "on_site", "planned_on": "2026-06-10"}
    ).get_json()
    with city_store.transaction(SYSTEM) as connection:
        place = connection.execute(
            "SELECT division_code, authority_code, (SELECT min(code) FROM rescue_station) AS station FROM drill WHERE id = %s",
            [made["id"]],
        ).fetchone()
        assert place is not None
        driven_order = driven(connection, dict(place), owner_id=None)
    path = f"{ROOT}/{made['id']}/orders"
    assert own.get(path).get_json()["orders"] == []  # the order is none of the enterprise's
    assert own.get(f"{path}/{driven_order.code}").status_code == 404
    assert own.post(f"{path}/{driven_order.code}", json={"steps": ["began"], "seen": 7}).status_code == 404
    assert [one["code"] for one in city.get(path).get_json()["orders"]] == [driven_order.code]
    shown = city.get(f"{path}/{driven_order.code}").get_json()
    steps_shown = {one["id"]: one for one in shown["steps"]}
    assert (steps_shown["first_team"]["node_title"], steps_shown["ordered"]["node_title"]) == (
        "到达现场",
        None,
    )
    for body, field in (
        ({"seen": shown["seen"]}, "steps"),
        ({"steps": ["began"]}, "seen"),
        ({"steps": [], "seen": 1}, "steps"),
    ):
        refused = city.post(f"{path}/{driven_order.code}", json=body)
        assert (refused.status_code, refused.get_json()["faults"][0]["field"]) == (422, field)
    chosen = [one["id"] for one in shown["steps"] if one["is_suggested"]]
    taken = city.post(f"{path}/{driven_order.code}", json={"steps": chosen, "seen": shown["seen"]})
    source = steps(taken)["first_team"]["source"]
    assert (source["code"], source["node_title"], source["is_corrected"]) == (
        driven_order.code,
        "到达现场",
        False,
    )
    row = own.get(f"/api/registers/drill/rows/{made['id']}").get_json()
    assert driven_order.code in row["texts"]["times_source"]
    assert {one["title"]: one["words"] for one in row["compared"]}["报警"] == "未计划"
    assert steps(own.get(f"{ROOT}/{made['id']}"))["first_team"]["source"]["is_seen"] is False
    with city.get("/api/export/drill?format=xlsx") as sent:
        book = openpyxl.load_workbook(io.BytesIO(sent.get_data()))
    told = [
        str(cell)
        for line in book.worksheets[0].iter_rows(values_only=True)
        for cell in line
        if cell is not None
    ]
    assert any(one.startswith(f"{driven_order.code} (") for one in told)  # the source goes along into Excel
