"""Registrations of the sample city: every state, something to find for the reviewer, and accounts that open."""

from __future__ import annotations

from data import registration_places, registration_review, users
from data.clock import SystemClock
from data.registration_places import GivenPosition
from data.scope import Connection
from layers.registration import RegistrationState
from web.sample_accounts import SAMPLE_PASSWORD


def test_the_sample_has_registrations_in_every_state(city_connection: Connection) -> None:
    rows = city_connection.execute(
        "SELECT state, count(*) AS n FROM registration WHERE username LIKE 'sample.%%' OR state = 'draft' GROUP BY state"
    ).fetchall()
    assert {row["state"] for row in rows} == {state.value for state in RegistrationState}


def test_one_that_waits_looks_like_another_datum(city_connection: Connection) -> None:
    kinds = set()
    for row in registration_review.queue(city_connection, RegistrationState.PENDING, limit=50, offset=0):
        full = registration_review.read(city_connection, row["id"])
        given = GivenPosition(full["lon"], full["lat"], full["source_crs"], full["source_position"])
        report = registration_places.report_position(
            city_connection, given, region_code=full["region_code"], today=SystemClock().now().date()
        )
        kinds |= {warning.kind.value for warning in report.warnings}
    assert {"other_datum", "outside_region"} <= kinds


def test_an_approved_one_signs_in(city_connection: Connection) -> None:
    row = city_connection.execute(
        "SELECT username FROM registration WHERE state = 'approved' AND username LIKE 'sample.%%' LIMIT 1"
    ).fetchone()
    assert row is not None
    result = users.sign_in(city_connection, row["username"], SAMPLE_PASSWORD, now=SystemClock().now())
    assert result.secret is not None
