"""Warnings in one place: asked by state, level, kind, division and words; processed at once; on the map; a digest a day."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import psycopg
import pytest
import python_calamine
from psycopg.rows import dict_row

from data import outbox, users, warning_digest, warnings
from data.database import Database
from data.scope import SYSTEM, enter
from data.store import Store
from data.warning_export import write_excel
from layers.display import LOCAL_ZONE

EIGHT = dt.datetime(2031, 3, 4, 8, 5, tzinfo=LOCAL_ZONE)


@pytest.fixture(scope="module")
def raised(city_store: Store) -> list[int]:
    """Warnings of three levels about enterprises of two districts."""
    found = []
    with city_store.transaction(SYSTEM) as connection:
        for prefix, level in (("440304", "1"), ("440304", "2"), ("440305", "2"), ("440305", "4")):
            row = connection.execute(
                "SELECT id, name, division_code, authority_code, owner_id FROM enterprise WHERE authority_code = %s AND geom IS NOT NULL"
                " ORDER BY id OFFSET %s LIMIT 1",
                [prefix, len(found)],
            ).fetchone()
            assert row is not None
            number = warnings.raise_warning(
                connection, kind="bench.100%_level", level=level, title=f"演练_100% {level} {row['name']}", layer="enterprise", row=row,
                now=EIGHT - dt.timedelta(hours=len(found)),
            )  # fmt: skip
            assert number is not None
            found.append(number)
    return found


def ask(client: Any, **values: str) -> dict[str, Any]:
    response = client.get("/api/warnings", query_string=values)
    assert response.status_code == 200, response.get_data(as_text=True)
    found: dict[str, Any] = response.get_json()
    return found


def ids(body: dict[str, Any]) -> set[int]:
    return {row["id"] for row in body["rows"]}


def test_each_question_narrows_the_list_and_its_counts(sign_in: Any, raised: list[int]) -> None:
    client = sign_in("city")
    kind = "bench.100%_level"
    assert ids(ask(client, kind=kind)) == set(raised)
    assert ids(ask(client, kind=kind, level="2")) == {raised[1], raised[2]}
    assert ids(ask(client, kind=kind, division="440305")) == {raised[2], raised[3]}
    body = ask(client, q="练_100% 2")
    assert ids(body) == {raised[1], raised[2]}
    assert body["counts"] == {"open": 2, "processed": 0}
    assert ask(client, q="练x100")["rows"] == []
    everything = ask(client)
    assert sum(everything["levels"].values()) == everything["counts"]["open"]
    assert sum(k["n"] for k in everything["kinds"]) == everything["counts"]["open"]


def test_places_are_those_of_the_rows_asked_for(sign_in: Any, raised: list[int]) -> None:
    body = sign_in("city").get("/api/warnings/places?kind=bench.100%25_level&level=2").get_json()
    assert {f["properties"]["id"] for f in body["features"]} == {raised[1], raised[2]}
    district = sign_in("district").get("/api/warnings/places?kind=bench.100%25_level").get_json()
    seen = ids(ask(sign_in("district"), kind="bench.100%_level"))
    assert {f["properties"]["id"] for f in district["features"]} == seen


def test_the_book_holds_the_list(sign_in: Any, raised: list[int]) -> None:
    response = sign_in("city").get("/api/warnings?kind=bench.100%25_level&format=xlsx")
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(response.data)).get_sheet_by_index(0)
    assert len(sheet.to_python()) == 1 + len(raised)
    assert sign_in("city").get("/api/warnings?level=9").status_code == 400
    assert sign_in("city").get("/api/warnings?division=999999").status_code == 404


@pytest.mark.parametrize(
    ("body", "named"),
    [({"ids": [], "note": "x"}, "ids"), ({"ids": ["1"], "note": "x"}, "ids"), ({"ids": [1], "note": " "}, "note"), ([], "ids"), ({"ids": list(range(501)), "note": "x"}, "ids")],
)  # fmt: skip
def test_wrong_requests_are_refused_by_field(sign_in: Any, body: Any, named: str) -> None:
    response = sign_in("city").post("/api/warnings/process", json=body)
    assert response.status_code == 422
    assert named in {f["field"] for f in response.get_json()["faults"]}


def test_several_are_processed_at_once_and_never_twice(sign_in: Any, raised: list[int]) -> None:
    city, own = sign_in("city"), sign_in("enterprise")
    assert own.post("/api/warnings/process", json={"ids": raised[:1], "note": "x"}).status_code == 403
    assert ids(ask(city, kind="bench.100%_level")) == set(raised), "an enterprise processes nobody else's"
    first = city.post("/api/warnings/process", json={"ids": raised[:2], "note": "已到现场"}).get_json()
    assert first == {"processed": sorted(raised[:2]), "not_open": []}
    again = city.post("/api/warnings/process", json={"ids": raised[:3], "note": "再次"}).get_json()
    assert again == {"processed": [raised[2]], "not_open": sorted(raised[:2])}
    notes = {r["id"]: r["note"] for r in ask(city, kind="bench.100%_level", state="processed")["rows"]}
    assert notes == {raised[0]: "已到现场", raised[1]: "已到现场", raised[2]: "再次"}


def test_a_digest_is_written_once_a_day_under_its_users_own_scope(
    city_database: Database, raised: list[int]
) -> None:
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        people = {name: users.find_user(connection, name) for name in ("city", "district")}
        for name, phone in (("city", "13900000001"), ("district", "13900000002")):
            warning_digest.ask(connection, people[name].id, phone=phone, at_hour="8")
        early = EIGHT - dt.timedelta(minutes=30)
        assert warning_digest.send_due(connection, now=early) == 0
        assert warning_digest.send_due(connection, now=EIGHT) >= 1
        assert warning_digest.send_due(connection, now=EIGHT + dt.timedelta(hours=9)) == 0
        sent = {
            m["recipient"]: m["body"]
            for m in outbox.listed(connection, limit=100_000)
            if m["recipient"].startswith("139000000")
        }
        enter(connection, people["city"].scope())
        n = warnings.counts(connection)["open"]
        assert f"未处理预警 {n} 条" in sent["13900000001"]
        enter(connection, people["district"].scope())
        own = warnings.counts(connection)["open"]
        assert own < n
        assert (f"未处理预警 {own} 条" in sent["13900000002"]) if own else "13900000002" not in sent
        assert warning_digest.send_due(connection, now=EIGHT + dt.timedelta(days=1)) >= 1
        connection.rollback()


def test_a_digest_is_asked_for_and_stopped(sign_in: Any) -> None:
    client = sign_in("street")
    assert client.get("/api/warnings/digest").get_json()["phone"] is None
    bad = client.put("/api/warnings/digest", json={"phone": "call me", "at_hour": 25})
    assert bad.status_code == 422
    assert {f["field"] for f in bad.get_json()["faults"]} == {"phone", "at_hour"}
    assert (
        client.put("/api/warnings/digest", json={"phone": "138 0000 0000", "at_hour": 7}).status_code == 200
    )
    assert client.get("/api/warnings/digest").get_json()["at_hour"] == 7
    client.put("/api/warnings/digest", json={"phone": None})
    assert client.get("/api/warnings/digest").get_json()["phone"] is None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "共 3 条，只列最新的 2 条：请缩小条件再导出。"),
        ("en", "Only the newest 2 of 3 are listed: narrow what is asked for."),
    ],
)
def test_a_book_that_holds_not_all_says_so(language: str, words: str) -> None:
    row = {
        "level": "3", "kind_label": "练", "title": "练 1", "division_name": "深圳市", "raised_at": "2026-11-01 09:00", "processed_at": None,
        "processed_by": None, "note": None,
    }  # fmt: skip
    for total, first in ((3, words), (2, "级别" if language == "zh" else "Level")):
        book = io.BytesIO()
        write_excel(book, [row, row], total=total, language=language)
        sheet = (
            python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book.getvalue()))
            .get_sheet_by_index(0)
            .to_python()
        )
        assert sheet[0][0] == first
        assert [line[2] for line in sheet[-2:]] == ["练 1", "练 1"]
