"""Register an enterprise of the sample city that nobody owns yet, as an applicant and an authority do, for tests of what follows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from data import registration_review as review
from data import registrations
from data.registration_places import GivenPosition
from data.registrations import Application
from data.scope import SYSTEM
from data.store import Store
from web.sample_accounts import SAMPLE_PASSWORD


def register_one(store: Store) -> dict[str, Any]:
    """Its `id`, `code` and `username`; it signs in with the samples' password."""
    now = dt.datetime.now(dt.UTC)
    with store.transaction(SYSTEM) as connection:
        street = connection.execute(
            "SELECT code, ST_X(ST_PointOnSurface(geom)) AS lon, ST_Y(ST_PointOnSurface(geom)) AS lat FROM division"
            " WHERE level = 'street' AND geom IS NOT NULL ORDER BY code DESC LIMIT 1"
        ).fetchone()
        one = connection.execute(
            "SELECT id, code FROM enterprise e WHERE owner_id IS NULL AND NOT EXISTS (SELECT 1 FROM registration r WHERE r.credit_code = e.code)"
            " ORDER BY code DESC LIMIT 1"
        ).fetchone()
        assert street
        assert one
        _, key = registrations.new_secret()
        given = Application(
            "有负责人的厂", one["code"], street["code"], street["code"], "某路 1 号", "hazardous_chemicals", "chemical_trade", 30,
            "张联系", "13800001111", "法定人", None, "负责人", "13800002222", "安全员", "13800003333", f"people.{one['id']}",
            SAMPLE_PASSWORD, GivenPosition(street["lon"], street["lat"], "EPSG:4326", "typed"),
        )  # fmt: skip
        row = registrations.submit(connection, key, given, {"company_name": "有负责人的厂"}, now=now)
    with store.transaction(SYSTEM) as connection:
        review.approve(connection, row["id"], version=row["version"], scope=SYSTEM, now=now)
    return {**one, "username": f"people.{one['id']}"}
