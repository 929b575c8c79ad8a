"""An enterprise's drill by its routes: made, run, handed over and seen by its authorities; a second enterprise finds nothing of it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data import job_queue, users
from data.clock import SystemClock
from data.database import Database
from data.scope import SYSTEM, enter

ROOT = "/api/studio/drill"
PASSWORD = "second-enterprise-1"


@pytest.fixture(scope="module")
def second(application: Any, city_database: Database) -> Any:
    """The account of another enterprise."""
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        row = connection.execute(
            "SELECT owner_id FROM enterprise WHERE owner_id NOT IN (SELECT unit_id FROM app_user WHERE unit_id IS NOT NULL) ORDER BY code LIMIT 1"
        ).fetchone()
        assert row is not None
        users.add_user(
            connection, username="second", display_name="另一家企业", password=PASSWORD, role="enterprise", jurisdiction=[],
            unit_id=row["owner_id"], now=SystemClock().now(),
        )  # fmt: skip
        connection.commit()
    client = application.test_client()
    assert client.post("/sign-in", data={"username": "second", "password": PASSWORD}).status_code == 302
    client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/session").get_json()["csrf"]
    return client


def run(client: Any, path: str, body: dict[str, Any], database: Database, folder: Path) -> str:
    started = client.post(path, json=body)
    assert started.status_code == 202, started.get_data(as_text=True)
    job = str(started.get_json()["job"])
    job_queue.run(database, uuid.UUID(job), state_dir=folder, clock=SystemClock())
    assert client.get(f"/api/jobs/{job}").get_json()["state"] == "done"
    return job


def test_its_own_and_its_authorities_and_nobody_elses(
    sign_in: Any, second: Any, city_database: Database, tmp_path: Path
) -> None:
    own, city = sign_in("enterprise"), sign_in("city")
    choices = own.get(ROOT).get_json()
    assert choices["may_write"]
    assert choices["own"]["reach_m"] == 500
    place = {name: choices["own"][name] for name in ("lon", "lat")}
    body = place | {"substance": "7664-41-7", "mass_t": 5, "kind": "liquid_hole", "hole_mm": 50, "wind_m_s": 2, "wind_from_deg": 142, "sky": "cloudy_night"}  # fmt: skip
    drill = run(own, ROOT, body, city_database, tmp_path)
    course = run(own, f"{ROOT}/runs/{drill}/courses", {"runs": 5}, city_database, tmp_path)
    decision = own.post("/api/decisions", json={"drill": drill}).get_json()["id"]
    alternative = run(own, f"/api/decisions/{decision}/alternatives", body, city_database, tmp_path)
    tile = f"/tiles/drill/{drill}/8/209/111.mvt"
    paths = [
        f"{ROOT}/runs/{drill}", f"{ROOT}/runs/{drill}/geojson", f"{ROOT}/runs/{drill}/map", f"{ROOT}/runs/{drill}/courses", f"/print/drill/{drill}",
        tile, f"{ROOT}/courses/{course}", f"{ROOT}/courses/{course}/plans", f"/ogc/drills/{course}", f"/ogc/drills/{course}/collections/people/items",
        f"/studio/decisions/{decision}", f"/api/decisions/{decision}", f"/api/decisions/{decision}/map", f"/print/decision/{decision}",
        f"/api/decisions/{decision}/alternatives/{alternative}", f"/api/decisions/{decision}/teams",
    ]  # fmt: skip
    for path in paths:
        assert own.get(path).status_code == 200, path
        assert city.get(path).status_code == 200, path
        assert second.get(path).status_code == 404, path
    assert len(own.get(tile).data) > 0
    for job in (drill, course, alternative):
        assert second.get(f"/api/jobs/{job}").status_code == 404
        assert second.post(f"/api/jobs/{job}/cancel").status_code == 404
    for path in (f"{ROOT}/runs/{drill}", f"{ROOT}/courses/{course}", f"/api/decisions/{decision}"):
        assert second.delete(path).status_code == 404, path
    assert second.post(f"{ROOT}/runs/{drill}/courses", json={}).status_code == 404
    assert second.post("/api/decisions", json={"drill": drill}).status_code == 404
    assert second.get(f"{ROOT}/compare?ids={drill},{drill[:-1]}0").status_code == 404
    listed = {client: {one["id"] for one in client.get(f"{ROOT}/runs").get_json()["drills"]} for client in (own, city, second)}  # fmt: skip
    assert [drill in listed[client] for client in (own, city, second)] == [True, True, False]
    told = next(one for one in city.get(f"{ROOT}/runs").get_json()["drills"] if one["id"] == drill)
    assert told["owner_name"]
    assert decision not in {one["id"] for one in second.get("/api/decisions").get_json()["decisions"]}
    assert own.delete(f"/api/decisions/{decision}").status_code == 200
    assert own.delete(f"{ROOT}/runs/{drill}").status_code == 200


def test_an_alternative_off_its_site_is_refused(sign_in: Any) -> None:
    own = sign_in("enterprise")
    place = own.get(ROOT).get_json()["own"]
    body = {"lon": place["lon"] + 0.2, "lat": place["lat"], "substance": "氨", "mass_t": 1, "kind": "instant"}
    refused = own.post(ROOT, json=body)
    assert (refused.status_code, refused.get_json()["faults"][0]["field"]) == (422, "lon")
    assert "500 米以内" in refused.get_json()["faults"][0]["detail"]
    english = own.post(f"{ROOT}?lang=en", json=body).get_json()["faults"][0]["detail"]
    assert "within 500 m" in english


def test_a_token_that_reads_starts_none(sign_in: Any, application: Any) -> None:
    own = sign_in("enterprise")
    made = own.post("/api/tokens", json={"name": "读", "scopes": ["read"], "expires_in_days": 1}).get_json()
    reader = application.test_client()
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert reader.get(ROOT, headers=headers).get_json()["may_write"] is False
    assert reader.post(ROOT, json={}, headers=headers).status_code == 403
