"""One figure, part by part: parts add up, every screen and export tells the same, and each figure opens its rows."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from typing import Any
from urllib.parse import urlencode

import pytest
import python_calamine
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from data import district_figures, features
from data.scope import SYSTEM, significant_digits
from data.store import Store
from dispatch.indicators import Figure
from layers.display import LOCAL_ZONE
from layers.registry import layer_by_id

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


@st.composite
def periods(draw: st.DrawFn) -> dict[str, str]:
    """Any days that the sample city knows of, and some before it: from, from and to, or neither. A period never begins after now."""
    first, last = dt.date(2025, 1, 1), dt.date(2026, 11, 26)
    ends = sorted(draw(st.lists(st.dates(first, last), min_size=2, max_size=2)))
    named = {"from": str(ends[0]), "to": str(ends[1])}
    return {name: named[name] for name in draw(st.sampled_from(((), ("from",), ("from", "to"))))}


#: Figures of orders that are a number of orders, as their lists are.
ORDERS = ("entrapments", "not_counted", "overtime", "accidents")


def book_of(client: Any, address: str) -> list[list[Any]]:
    response = client.get(address)
    assert response.status_code == 200, response.get_data(as_text=True)[:300]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(response.data))
    rows: list[list[Any]] = book.get_sheet_by_index(0).to_python()
    return rows


def check_sums(measure: district_figures.Measure, body: dict[str, Any]) -> None:
    """The whole is the sum of its parts and of what lies in none of them; of a share, so are what it counts and of how many."""
    total, rest = body["total"], body["rest"]
    inner = [p for p in body["parts"] if p["adds_up"]]
    keys = ("value", "before") if measure.adds_up else ("met", "of")
    for key in keys if body["parts"] else ():
        if total[key] is None:
            assert all(p[key] is None for p in inner)
            continue
        assert sum(p[key] for p in inner) + rest[key] == total[key], (measure.id, key)
    for one in (total, *body["parts"]):
        if one["of"] is not None:
            assert one["value"] == (round(100 * one["met"] / one["of"], 2) if one["of"] else None)


def check_exports(client: Any, body: dict[str, Any], asked: dict[str, str], n: float) -> None:
    """The book holds the same figures, and the files of the rows behind as many rows as the list."""
    place, name = body["division"]["code"], body["measure"]["id"]
    address = f"/api/districts/{place}?" + urlencode({"measure": name, **asked, "format": "xlsx"})
    if client.get("/api/session").get_json()["user"]["role"] not in (
        "administrator",
        "regulator",
        "dispatcher",
    ):
        return
    rows = book_of(client, address)
    told = {r[0]: r[2] for r in rows[5:-1] if r[1] != "未细分到下级"}
    for part in body["parts"]:
        assert (told[part["code"]] or 0) == pytest.approx(part["value"] or 0, abs=1e-3), (name, part["code"])
    assert rows[-1][2] == (
        pytest.approx(body["total"]["value"], abs=1e-3) if body["total"]["value"] is not None else ""
    )
    behind = body["list_url"]
    if behind is None or body["measure"]["unit"] not in (None, "%"):
        return
    if behind.startswith("/api/warnings"):
        assert len(book_of(client, f"{behind}&format=xlsx")) - 1 == n
    elif behind.startswith("/api/layers/"):
        file = client.get(
            behind.replace("/api/layers/", "/api/export/").replace("/features", "") + "&format=csv"
        )
        assert file.status_code == 200, file.get_data(as_text=True)[:300]
        lines = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
        file.close()
        assert len(lines) - 1 == n, (name, behind)


EVERY_MEASURE = pytest.mark.parametrize("measure", district_figures.measures(), ids=lambda m: m.id)
ANY_QUESTION = given(role=st.sampled_from(ROLES), at=st.integers(0, 10_000), asked=periods())


def examples(number: int) -> settings:
    return settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@EVERY_MEASURE
@examples(2)
@ANY_QUESTION
def test_a_figure_is_the_same_wherever_it_stands(
    sign_in: Any, places: list[str], measure: district_figures.Measure, role: str, at: int, asked: dict[str, str]
) -> None:  # fmt: skip
    check_figure(sign_in, places, measure, role, at, asked)


@pytest.mark.long
@EVERY_MEASURE
@examples(40)
@ANY_QUESTION
def test_many_figures_are_the_same_wherever_they_stand(
    sign_in: Any, places: list[str], measure: district_figures.Measure, role: str, at: int, asked: dict[str, str]
) -> None:  # fmt: skip
    check_figure(sign_in, places, measure, role, at, asked)


def check_figure(
    sign_in: Any, places: list[str], measure: district_figures.Measure, role: str, at: int, asked: dict[str, str]
) -> None:  # fmt: skip
    """Total, parts, interface, list and files: each asked for on its own, and all alike."""
    # A third of the places is the city or a district: there is more to add up.
    client, upper = sign_in(role), [p for p in places if p.endswith("00")][:12]
    place = upper[at % len(upper)] if at % 3 == 0 else places[at % len(places)]
    body = ask(client, f"/api/districts/{place}", measure=measure.id, **asked)
    total = body["total"]
    check_sums(measure, body)
    for part in body["parts"][:1]:
        own = ask(client, f"/api/districts/{part['code']}", measure=measure.id, **asked)["total"]
        assert own == {name: part[name] for name in own}, (part, measure.id)
    is_order = isinstance(measure.subject, Figure)
    if is_order:
        figures = ask(client, "/api/dispatch/figures", division=place, **asked)["figures"]
        assert total["value"] == next(f["value"] for f in figures if f["id"] == measure.id)
    elif measure.is_flow or "to" not in asked:
        figures = ask(client, f"/api/indicators/{place}", ids=measure.id, **asked)["figures"]
        assert figures[0]["value"] == total["value"], (place, measure.id)
    n = total["met"] if total["met"] is not None else total["value"]
    if body["list_url"] and (measure.id in ORDERS or not is_order):
        assert ask(client, body["list_url"])["total"] == n, (place, measure.id)
        for one in [*body["parts"][:2], *([body["rest"]] if body["rest"] else [])]:
            if one["list_url"]:
                met = one["met"] if one["met"] is not None else one["value"]
                assert ask(client, one["list_url"])["total"] == met, (measure.id, one)
    check_exports(client, body, asked, n)


def test_the_wall_shows_the_same_figures(sign_in: Any) -> None:
    """What the wall asks for, as it asks for it, beside the page of districts."""
    wall, client = sign_in("wall"), sign_in("city")
    shown = ask(wall, "/api/indicators/440300", ids="warning_open_count,warning_red_count")["figures"]
    for figure in shown:
        body = ask(client, "/api/districts/440300", measure=figure["id"])
        assert body["total"]["value"] == figure["value"]
        assert ask(client, body["list_url"])["total"] == figure["value"]
    assert shown[0]["value"] > shown[1]["value"]
    for name, days in (("entrapments", 1), ("overtime", 1), ("arrival_p50_s", 30)):
        start = dt.datetime.now(LOCAL_ZONE).date() - dt.timedelta(days=days - 1)
        begun = f"{start}T00:00:00+08:00"
        figures = ask(wall, "/api/dispatch/figures", **{"from": begun})["figures"]
        body = ask(client, "/api/districts/440300", measure=name, **{"from": str(start)})
        assert body["total"]["value"] == next(f["value"] for f in figures if f["id"] == name)


@pytest.mark.parametrize("role", ROLES)
def test_rates_are_those_of_the_statistics_pages(sign_in: Any, role: str) -> None:
    client, period = sign_in(role), {"since": "2026-01-01", "until": "2026-11-20"}
    asked = {"from": period["since"], "to": period["until"]}
    page = ask(client, "/api/dangers/figures", division="440300", **period)
    told = {name: ask(client, "/api/districts/440300", measure=f"hidden_danger_{name}", **asked)["total"]
            for name in ("registered", "rectified", "rectified_rate", "on_time_rate", "major_rate")}  # fmt: skip
    assert told["registered"]["value"] == page["counts"]["total"] > 0
    assert told["rectified"]["value"] == page["counts"]["rectified"]
    assert told["rectified_rate"]["met"] == page["counts"]["rectified"]
    assert (told["on_time_rate"]["value"], told["on_time_rate"]["of"]) == (page["on_time_rate"], page["due"])
    assert told["major_rate"]["value"] == page["major_rate"]
    warned = ask(client, "/api/warnings", state="all", division="440300")
    body = ask(client, "/api/districts/440300", measure="warning_open_count")
    assert body["total"]["value"] == warned["counts"]["open"]
    red = ask(client, "/api/districts/440300", measure="warning_red_count")["total"]["value"]
    assert red == ask(client, "/api/warnings", division="440300", level="1")["total"]


def test_warnings_stand_as_they_did_on_a_past_day(sign_in: Any, city_store: Store) -> None:
    client, at = sign_in("city"), dt.datetime(2026, 11, 21, tzinfo=LOCAL_ZONE)
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT count(*) AS n FROM warning WHERE raised_at < %(at)s AND (processed_at IS NULL OR processed_at >= %(at)s)"
            " AND division_code LIKE '4403%%'",
            {"at": at},
        ).fetchone()
    body = ask(
        client,
        "/api/districts/440300",
        measure="warning_open_count",
        **{"from": "2026-11-02", "to": "2026-11-20"},
    )
    assert row
    assert body["total"]["value"] == row["n"]
    assert ask(client, body["list_url"])["total"] == row["n"]


@pytest.mark.parametrize(
    "measure",
    ["hidden_danger_registered", "hidden_danger_on_time_rate", "warning_raised", "warning_open_count"],
)
def test_every_bar_of_a_chart_opens_as_many_rows_as_it_shows(sign_in: Any, measure: str) -> None:
    client = sign_in("city")
    body = ask(
        client,
        "/api/districts/440300/composition",
        measure=measure,
        **{"from": "2026-06-10", "to": "2026-11-12"},
    )
    assert body["total"] > 0
    for choice in body["choices"]:
        assert sum(one["n"] for one in choice["counts"]) == body["total"]
        for one in choice["counts"]:
            assert ask(client, one["list_url"])["total"] == one["n"], (choice["field"], one)
    assert sum(c["n"] for m in body["months"] for c in m["counts"]) + body["before"] == body["total"]
    for month in body["months"][::2]:
        if month["list_url"]:
            assert ask(client, month["list_url"])["total"] == sum(c["n"] for c in month["counts"]), month
        for one in month["counts"][:2]:
            if one["list_url"]:
                assert ask(client, one["list_url"])["total"] == one["n"], (month["month"], one)


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
    assert old["total"] == {"value": None, "before": None, "met": None, "of": None}
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
        ("/api/layers/hidden_danger/features?registered_at=2026-13", 400, "registered_at"),
        ("/api/layers/hidden_danger/features?registered_at=2026-11-01/soon", 400, "2026-11-01/soon"),
        ("/api/layers/hidden_danger/features?subset=lucky", 400, "in_time"),
        ("/api/layers/hidden_danger/features?empty=luck", 400, "luck"),
        ("/api/registers/hidden_danger/rows?subset=lucky", 400, "unfinished"),
        ("/api/warnings?raised=soon", 400, "raised"),
        ("/api/warnings?at=soon", 400, "soon"),
        ("/api/indicators/440300?from=2026-11-20&to=2026-11-01", 400, "2026-11-20"),
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


def test_the_rows_behind_a_figure_are_counted_to_the_last(sign_in: Any, city_store: Store) -> None:
    """Lists of the map stop counting at a bound and say so; one that a figure opens counts every row."""
    layer, query = layer_by_id("hidden_danger"), features.Query(properties={"grade": "general"})
    with city_store.transaction(SYSTEM) as connection:
        assert features.count(connection, layer, query, scope=SYSTEM, most=3) == (3, False)
        everything = features.count(connection, layer, query, scope=SYSTEM, most=None)
    client = sign_in("city")
    path = "/api/layers/hidden_danger/features?grade=general"
    body = ask(client, f"{path}&count=exact&page_size=1")
    assert (body["total"], body["total_is_exact"]) == everything
    assert everything[0] > 3
    assert client.get(f"{path}&count=some").status_code == 400


@pytest.mark.parametrize(
    ("measure", "heads"),
    [
        ("hazard_site_count", {"危险源等级", "申报状态"}),
        ("hidden_danger_registered", {"隐患级别", "挂牌督办"}),
        ("warning_open_count", {"级别", "类型"}),
    ],
)
def test_the_book_and_the_paper_hold_the_charts(sign_in: Any, measure: str, heads: set[str]) -> None:
    """Each chart of the page with its numbers, in a sheet of the book beside a chart of its own, and as bars on paper."""
    client, asked = sign_in("city"), {"measure": measure, "from": "2026-01-01"}
    body = ask(client, "/api/districts/440300/composition", **asked)
    response = client.get("/api/districts/440300", query_string={**asked, "format": "xlsx"})
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(response.data))
    rows = [[cell for cell in row if cell != ""] for row in book.get_sheet_by_name("图表").to_python()]
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        drawn = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
    assert len(drawn) == len([c for c in body["choices"] if c["counts"]]) + bool(body["months"])
    paper = client.get("/print/districts/440300", query_string=asked).get_data(as_text=True)
    assert "style=" not in paper, "the page's own rules refuse it"
    for choice in body["choices"]:
        begins = rows.index([f"按{choice['label']}", "n"])
        told = rows[begins + 1 : begins + 1 + len(choice["counts"])]
        assert told == [[one["label"], one["n"]] for one in choice["counts"]]
        assert f"按{choice['label']}" in paper
    assert heads <= {choice["label"] for choice in body["choices"]}
    total = sum(one["n"] for month in body["months"] for one in month["counts"])
    begins = next((n for n, row in enumerate(rows) if row and str(row[0]).startswith("按月")), len(rows))
    assert (begins == len(rows)) is (not body["months"])
    assert sum(sum(row[1:]) for row in rows[begins + 1 : begins + 1 + len(body["months"])]) == total


def test_major_hazards_are_charted_for_a_period(sign_in: Any) -> None:
    """Declared in a period, and what they are made of: the whole time is the sum of its halves."""
    client = sign_in("city")
    wholes = [("2022-01-01", "2026-11-20"), ("2022-01-01", "2026-05-31"), ("2026-06-01", "2026-11-20")]
    found = [
        ask(
            client,
            "/api/districts/440300/composition",
            measure="hazard_site_declared",
            **{"from": first, "to": last},
        )
        for first, last in wholes
    ]
    totals = [body["total"] for body in found]
    assert totals[0] == totals[1] + totals[2] > 0
    assert found[0]["period"]["label"] == "申报时间"
    grades = [
        {
            one["value"]: one["n"]
            for choice in body["choices"]
            if choice["field"] == "grade"
            for one in choice["counts"]
        }
        for body in found
    ]
    assert grades[0]
    assert all(n == grades[1].get(k, 0) + grades[2].get(k, 0) for k, n in grades[0].items())
