"""One figure, part by part: parts add up, every screen and export tells the same, and each figure opens its rows."""

from __future__ import annotations

import datetime as dt
import io
import json
import random
from typing import Any

import pytest
import python_calamine
import shapely

from data.scope import SYSTEM, significant_digits
from data.store import Store

ROLES = ("city", "district", "street", "enterprise")


def ask(client: Any, address: str, **values: Any) -> dict[str, Any]:
    response = client.get(address, query_string=values or None)
    assert response.status_code == 200, response.get_data(as_text=True)
    found: dict[str, Any] = response.get_json()
    return found


@pytest.fixture(scope="module")
def places(city_store: Store) -> list[str]:
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT code FROM division WHERE level IN ('city', 'county', 'street', 'community', 'zone') ORDER BY code"
        ).fetchall()
    return [r["code"] for r in rows]


@pytest.fixture(scope="module")
def measures(sign_in: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(sign_in("city"), "/api/districts/measures")["measures"]
    return found


def check(client: Any, place: str, measure: dict[str, Any], period: dict[str, str]) -> None:
    body = ask(client, f"/api/districts/{place}", measure=measure["id"], **period)
    total, parts, rest = body["total"], body["parts"], body["rest"]
    if measure["adds_up"] and parts:
        for key in ("value", "before"):
            if total[key] is None:
                assert all(p[key] is None for p in parts)
                continue
            whole = sum(p[key] for p in parts if p["adds_up"]) + rest[key]
            assert whole == total[key], (place, measure["id"], key)
    for part in parts[:2]:
        own = ask(client, f"/api/districts/{part['code']}", measure=measure["id"], **period)["total"]
        assert own == {"value": part["value"], "before": part["before"]}, (part, measure["id"])
    if measure["is_flow"]:
        figures = ask(client, "/api/dispatch/figures", division=place, **period)["figures"]
        assert total["value"] == next(f["value"] for f in figures if f["id"] == measure["id"])
        return
    if not period:
        shown = ask(client, f"/api/indicators/{place}", ids=measure["id"])["figures"][0]["value"]
        assert shown == total["value"], (place, measure["id"])
    if measure["unit"] is None:
        assert ask(client, body["list_url"])["total"] == total["value"], (place, measure["id"])


@pytest.mark.parametrize("role", ROLES)
def test_totals_are_the_sum_of_their_parts_on_every_screen(
    sign_in: Any, places: list[str], measures: list[dict[str, Any]], role: str
) -> None:
    client, rng = sign_in(role), random.Random(role)
    known = ask(client, "/api/indicators/440300")["figures"]
    assert {m["id"] for m in measures if not m["is_flow"]} <= {f["id"] for f in known}
    chosen = [(rng.choice(places), m) for m in rng.sample(measures, 10)] + [("440300", measures[0])]
    for place, measure in chosen:
        check(client, place, measure, rng.choice([{}, {"from": "2026-10-01"}]))


def test_counts_are_what_the_rows_say(sign_in: Any, city_store: Store) -> None:
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute("SELECT division_code, state FROM hidden_danger").fetchall()
    body = ask(sign_in("city"), "/api/districts/440300", measure="hidden_danger_overdue_count")
    for part in body["parts"]:
        if part["level"] == "zone":
            continue
        prefix = significant_digits(part["code"])
        assert part["value"] == sum(
            r["state"] == "overdue" and r["division_code"].startswith(prefix) for r in rows
        )
    ranks = [p["value"] for p in body["parts"] if p["level"] != "zone"]
    assert ranks == sorted(ranks, reverse=True)


def test_a_share_compares_with_the_day_before_the_period(sign_in: Any) -> None:
    client = sign_in("city")
    body = ask(client, "/api/districts/440300", measure="hidden_danger_overdue_share")
    assert 0 < body["total"]["value"] <= 100
    assert body["total"]["before"] is not None
    assert body["kept_since"] is not None
    old = ask(
        client,
        "/api/districts/440300",
        measure="hidden_danger_count",
        **{"from": "2020-01-01", "to": "2020-01-31"},
    )
    assert old["total"] == {"value": None, "before": None}
    assert old["list_url"] is None


def test_the_book_holds_the_same_figures(sign_in: Any) -> None:
    client = sign_in("city")
    body = ask(client, "/api/districts/440300", measure="entrapments")
    response = client.get("/api/districts/440300?measure=entrapments&format=xlsx")
    assert response.status_code == 200
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(response.data)).get_sheet_by_index(0)
    rows = {r[1]: r[2] for r in sheet.to_python() if len(r) > 2}
    assert rows["合计"] == body["total"]["value"]
    for part in body["parts"]:
        assert rows[part["name"]] == part["value"]


def test_outlines_cover_the_division_and_keep_their_common_borders(sign_in: Any, city_store: Store) -> None:
    body = ask(sign_in("city"), "/api/districts/440300/outlines")
    drawn = [shapely.geometry.shape(f["geometry"]) for f in body["features"]]
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT code, ST_AsBinary(geom) AS wkb FROM division WHERE parent_code = '440300' AND level = 'county' ORDER BY code"
        ).fetchall()
    assert [f["properties"]["code"] for f in body["features"]] == [r["code"] for r in rows]
    true = [shapely.from_wkb(bytes(r["wkb"])) for r in rows]
    whole = shapely.union_all(true)
    assert shapely.union_all(drawn).symmetric_difference(whole).area < 0.01 * whole.area
    overlaps = sum(a.intersection(b).area for i, a in enumerate(drawn) for b in drawn[:i])
    assert overlaps < 1e-4 * whole.area
    assert len(json.dumps(body)) < 400_000


def test_charts_of_a_period_count_the_orders_received_in_it(sign_in: Any) -> None:
    client = sign_in("city")
    whole = ask(client, "/api/districts/440300/composition", measure="entrapments", **{"from": "2024-01-01"})
    assert whole["period"]["field"] == "received_at"
    assert whole["months"]
    for month in whole["months"][-2:]:
        start = dt.date.fromisoformat(f"{month['month']}-01")
        last = (start + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
        period = {"from": start.isoformat(), "to": last.isoformat()}
        body = ask(client, "/api/districts/440300/composition", measure="arrival_rate_pct", **period)
        assert body["total"] == sum(c["n"] for c in month["counts"])
        figures = ask(client, "/api/dispatch/figures", division="440300", **period)["figures"]
        counted = {f["id"]: f["value"] for f in figures}
        assert body["total"] == counted["entrapments"] + counted["not_counted"]
        for choice in body["choices"]:
            assert sum(c["n"] for c in choice["counts"]) == body["total"], choice["field"]
            for one in choice["counts"]:
                if one["list_url"]:
                    assert ask(client, one["list_url"])["total"] == one["n"], (choice["field"], one)
    assert whole["total"] > 0
    empty = ask(
        client, "/api/districts/440300/composition", measure="entrapments", **{"from": "2020-01-01", "to": "2020-01-31"},
    )  # fmt: skip
    assert (empty["total"], empty["months"]) == (0, [])


def test_charts_of_an_instant_show_all_rows_and_say_so(sign_in: Any) -> None:
    client = sign_in("city")
    all_rows = ask(client, "/api/districts/440300/composition", layer="hazard_site")
    ranged = ask(
        client, "/api/districts/440300/composition", measure="hazard_site_count", **{"from": "2020-01-01", "to": "2020-01-31"},
    )  # fmt: skip
    assert ranged["period"] is None
    assert all_rows["period"] is None
    assert {**ranged, "at": None} == {**all_rows, "at": None}


def test_yes_and_no_are_charted_and_open_their_rows(sign_in: Any) -> None:
    client = sign_in("city")
    body = ask(client, "/api/districts/440300/composition", layer="hazard_site")
    storage = next(c for c in body["choices"] if c["field"] == "is_storage")
    assert [c["label"] for c in storage["counts"]][:2] == ["是", "否"]
    assert sum(c["n"] for c in storage["counts"]) == body["total"]
    for one in storage["counts"]:
        if one["list_url"]:
            assert ask(client, one["list_url"])["total"] == one["n"]
    english = ask(client, "/api/districts/440300/composition", layer="hazard_site", lang="en")
    storage = next(c for c in english["choices"] if c["field"] == "is_storage")
    assert [c["label"] for c in storage["counts"]][:2] == ["Yes", "No"]


def test_listed_hidden_dangers_are_charted_once_one_is_listed(sign_in: Any, city_store: Store) -> None:
    client = sign_in("city")
    with city_store.transaction(SYSTEM) as connection:
        one = connection.execute("SELECT id, is_listed FROM hidden_danger ORDER BY id LIMIT 1").fetchone()
        assert one
        connection.execute("UPDATE hidden_danger SET is_listed = true WHERE id = %s", [one["id"]])
    body = ask(client, "/api/districts/440300/composition", measure="hidden_danger_count")
    with city_store.transaction(SYSTEM) as connection:
        listed = connection.execute("SELECT count(*) AS n FROM hidden_danger WHERE is_listed").fetchone()
        connection.execute(
            "UPDATE hidden_danger SET is_listed = %s WHERE id = %s", [one["is_listed"], one["id"]]
        )
    assert listed
    chart = next(c for c in body["choices"] if c["field"] == "is_listed")
    assert {c["value"]: c["n"] for c in chart["counts"]}[True] == listed["n"]


@pytest.mark.parametrize(
    ("address", "status", "named"),
    [
        ("/api/districts/440300?measure=happiness", 404, "happiness"),
        ("/api/districts/999999", 404, "999999"),
        ("/api/districts/44-03", 404, "44-03"),
        ("/api/districts/440300?from=2026-11-20&to=2026-11-01", 400, "2026-11-20"),
        ("/api/districts/440300?from=yesterday", 400, "yesterday"),
        ("/api/districts/440300?format=pdf", 400, "xlsx"),
        ("/api/districts/440300'--", 404, "440300"),
        ("/api/districts/440300/composition?measure=happiness", 404, "happiness"),
        ("/api/districts/440300/composition?measure=entrapments&from=yesterday", 400, "yesterday"),
        ("/api/layers/incident/features?from=yesterday", 400, "yesterday"),
        ("/api/layers/residential_place/features?from=2026-01-01", 400, "from"),
    ],
)
def test_bad_questions_are_refused_by_name(sign_in: Any, address: str, status: int, named: str) -> None:
    response = sign_in("city").get(address)
    assert response.status_code == status
    assert named in response.get_data(as_text=True)


def test_strangers_see_nothing(application: Any) -> None:
    for address in ("/api/districts/440300", "/api/districts/measures", "/api/districts/440300/outlines"):
        assert application.test_client().get(address).status_code == 401
