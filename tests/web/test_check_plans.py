"""Plans of inspections that come again, over HTTP on a clock set by hand: their days, a pause, results, and what they found (L9)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from psycopg.rows import dict_row

from data import register_alarms
from data.clock import SetClock
from data.database import Database
from data.scope import SYSTEM, enter
from layers.registry import register_by_id
from web.application import create_app
from web.sample_accounts import SAMPLE_PASSWORD
from web.settings import Settings

START = dt.datetime(2025, 3, 3, 2, 0, tzinfo=dt.UTC)  # a Monday, 10:00 in Beijing
DAY_S = 86_400
PLANS = "/api/registers/check_plan"
ROWS = f"{PLANS}/rows"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@pytest.fixture
def client(city_database: Database, clock: SetClock, tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Clients that sign in anew each time they are asked for: sessions end while the clock moves."""
    app = create_app(Settings(city_database, state_dir=tmp_path, pool_size=3, clock=clock))

    def make(username: str) -> Any:
        found = app.test_client()
        found.post("/sign-in", data={"username": username, "password": SAMPLE_PASSWORD})
        found.environ_base["HTTP_X_CSRF_TOKEN"] = found.get("/api/session").get_json()["csrf"]
        return found

    yield make
    app.extensions["store"].close()


def look(database: Database, now: dt.datetime) -> None:
    """Let the worker look at the clock until nothing is left to do."""
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        while register_alarms.watch_one(connection, register_by_id("check_plan"), now=now):
            pass


def plan(who: Any, status: int = 201, **more: Any) -> Any:
    body = {
        "name": "每周排查",
        "kind": "daily",
        "period": "week",
        "begins_on": "2025-03-03",
        "ends_on": "2025-03-04",
    }
    answer = who.post(ROWS, json={**body, **more})
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def days(who: Any, row: Any, **more: str) -> list[tuple[str, str]]:
    query = "".join(f"&{k}={v}" for k, v in more.items())
    found = who.get(f"{ROWS}?series_code={row['code']}&sort=begins_on&page_size=200{query}").get_json()
    assert found["total"] == len(found["rows"])
    return [(one["values"]["begins_on"], one["state"]) for one in found["rows"]]


def one_of(who: Any, row: Any, day: str) -> Any:
    found = who.get(f"{ROWS}?code={row['code']}-{day.replace('-', '')}").get_json()["rows"]
    return who.get(f"{ROWS}/{found[0]['id']}").get_json() if found else None


def step(who: Any, row: Any, move: str, status: int = 200, **body: Any) -> Any:
    seen = who.get(f"{ROWS}/{row['id']}").get_json()
    answer = who.post(f"{ROWS}/{row['id']}/moves/{move}", json={"version": seen["version"], **body})
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def change(who: Any, row: Any, status: int = 200, **body: Any) -> Any:
    seen = who.get(f"{ROWS}/{row['id']}").get_json()
    answer = who.put(f"{ROWS}/{row['id']}", json={"version": seen["version"], **body})
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def missed_warnings(database: Database, row: Any) -> int:
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        found = connection.execute(
            "SELECT count(*) AS n FROM warning w JOIN check_plan p ON p.id = w.row_id AND w.layer = 'check_plan'"
            " WHERE w.kind = 'check_plan.ends_on.0' AND p.series_code = %s",
            [row["code"]],
        ).fetchone()
    return int(found["n"]) if found else 0


def test_a_plan_makes_its_days_a_month_ahead_and_one_beyond(client: Callable[[str], Any]) -> None:
    own = client("enterprise")
    before = own.get(f"{PLANS}/calendar?month=2025-03").get_json()["total"]
    row = plan(own)
    assert (row["state"], row["texts"]["made_until"]) == ("repeating", "2025-04-07")
    assert [m["id"] for m in row["moves"]] == ["stop"]
    assert days(own, row) == [
        (day, "planned")
        for day in ("2025-03-03", "2025-03-10", "2025-03-17", "2025-03-24", "2025-03-31", "2025-04-07")
    ]
    month = own.get(f"{PLANS}/calendar?month=2025-03").get_json()
    assert month["total"] - before == 5, "the plan itself is no day of the calendar"
    first = one_of(own, row, "2025-03-03")
    assert (first["texts"]["ends_on"], first["texts"]["period"]) == ("2025-03-04", "一次")
    assert first["history"][0]["party"] == "clock"
    assert {(one["register"], one["field"], one["value"]) for one in first["links"]} == {
        ("check_plan", "code", row["code"]),
        ("hidden_danger", "plan_code", first["code"]),
    }
    assert days(client("city"), row) == days(own, row), "the authority sees them too"
    assert (
        client("city").post(f"{ROWS}/{row['id']}/moves/stop", json={"version": 1, "note": "x"}).status_code
        == 409
    )


def test_after_a_pause_no_day_is_left_out_and_each_warns_once(
    client: Callable[[str], Any], clock: SetClock, city_database: Database
) -> None:
    own = client("enterprise")
    row = plan(own, name="停机后补排", period="day", ends_on="2025-03-03")
    gone = one_of(own, row, "2025-03-12")
    assert own.delete(f"{ROWS}/{gone['id']}", json={"version": gone["version"]}).status_code == 200
    clock.advance(60 * DAY_S)  # nobody looked for two months
    look(city_database, clock.now())
    own = client("enterprise")
    found = dict(days(own, row))
    assert "2025-03-12" not in found, "what somebody removed does not come back"
    assert sum(state == "missed" for state in found.values()) == 59
    assert (found["2025-05-02"], max(found)) == ("planned", "2025-06-03")
    assert missed_warnings(city_database, row) == 59
    look(city_database, clock.now())
    assert missed_warnings(city_database, row) == 59, "once, however often somebody looks"
    late = one_of(own, row, "2025-03-10")
    step(own, late, "finish", result="none", summary="补查，未发现隐患")
    look(city_database, clock.now())
    assert missed_warnings(city_database, row) == 59
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        settled = connection.execute(
            "SELECT processed_by FROM warning WHERE layer = 'check_plan' AND kind = 'check_plan.ends_on.0' AND row_id = %s",
            [late["id"]],
        ).fetchall()
    assert [one["processed_by"] for one in settled] == ["system"]


def test_doing_one_records_its_result_and_findings_become_hidden_dangers(
    client: Callable[[str], Any],
) -> None:
    own = client("enterprise")
    row = plan(own, name="查出隐患")
    one = one_of(own, row, "2025-03-03")
    assert step(own, one, "finish", 409, summary="有问题")["faults"][0]["field"] == "result"
    refused = step(own, one, "finish", 409, result="found", summary="有问题")
    assert refused["faults"][0]["field"] == "result"
    assert "登记隐患" in refused["detail"]
    link = next(x for x in one["links"] if x["register"] == "hidden_danger")
    assert link["add"] == f"/registers/hidden_danger/new?plan_code={one['code']}"
    danger = own.post(
        "/api/registers/hidden_danger/rows",
        json={"name": "配电柜前堆放", "grade": "general", "plan_code": one["code"]},
    )
    assert danger.status_code == 201, danger.get_json()
    back = danger.get_json()["links"]
    assert [(x["register"], x["field"], x["value"]) for x in back] == [("check_plan", "code", one["code"])]
    done = step(own, one, "finish", result="found", summary="查出 1 项，已登记")
    assert (done["state"], done["texts"]["result"]) == ("done", "发现隐患")
    listed = own.get(f"/api/registers/hidden_danger/rows?plan_code={one['code']}").get_json()
    assert listed["total"] == 1
    stranger = own.post(
        "/api/registers/hidden_danger/rows", json={"name": "x", "grade": "general", "plan_code": "CP-none"}
    )
    assert stranger.get_json()["faults"][0]["field"] == "plan_code"


def test_a_change_makes_the_days_ahead_anew_and_leaves_what_was_done(
    client: Callable[[str], Any], clock: SetClock, city_database: Database
) -> None:
    own = client("enterprise")
    row = plan(own, name="改期", scope="全厂")
    step(own, one_of(own, row, "2025-03-03"), "finish", result="none", summary="已查")
    step(own, one_of(own, row, "2025-03-17"), "withdraw", note="停产检修")
    changed = change(own, row, period="month", ends_on="2025-03-07", scope="储罐区")
    assert days(own, row) == [
        ("2025-03-03", "done"),
        ("2025-03-17", "withdrawn"),
        ("2025-04-03", "planned"),
        ("2025-05-03", "planned"),
    ]
    assert one_of(own, row, "2025-04-03")["texts"]["scope"] == "储罐区"
    assert one_of(own, row, "2025-03-03")["texts"]["scope"] == "全厂"
    assert changed["state"] == "repeating"
    assert change(own, row, 422, period="once")["faults"][0]["field"] == "period"
    ended = step(own, row, "stop", note="不再排查")
    assert (ended["state"], ended["may_change"], ended["moves"]) == ("ended", False, [])
    assert [state for _, state in days(own, row)] == ["done", "withdrawn"]
    clock.advance(90 * DAY_S)
    look(city_database, clock.now())
    assert [state for _, state in days(client("enterprise"), row)] == ["done", "withdrawn"]


def test_a_plan_with_a_last_day_ends_by_itself(
    client: Callable[[str], Any], clock: SetClock, city_database: Database
) -> None:
    own = client("enterprise")
    row = plan(own, name="到期停止", repeats_until="2025-03-10")
    assert [day for day, _ in days(own, row)] == ["2025-03-03", "2025-03-10"]
    clock.advance(7 * DAY_S)
    look(city_database, clock.now())
    assert client("enterprise").get(f"{ROWS}/{row['id']}").get_json()["state"] == "repeating", "its last day"
    clock.advance(DAY_S)
    look(city_database, clock.now())
    ended = client("enterprise").get(f"{ROWS}/{row['id']}").get_json()
    assert (ended["state"], ended["history"][0]["party"]) == ("ended", "clock")


def test_a_plan_of_which_something_was_done_is_stopped_not_removed(client: Callable[[str], Any]) -> None:
    own = client("enterprise")
    unused = plan(own, name="没有用过", begins_on="2025-03-10", ends_on="2025-03-10")
    assert own.delete(f"{ROWS}/{unused['id']}", json={"version": unused["version"]}).status_code == 200
    assert days(own, unused) == []
    used = plan(own, name="用过")
    step(own, one_of(own, used, "2025-03-03"), "finish", result="none", summary="已查")
    refused = own.delete(f"{ROWS}/{used['id']}", json={"version": used["version"]})
    assert refused.status_code == 409
    assert len(days(own, used)) == 6, "nothing went with the refusal"


def test_a_file_brings_plans_that_come_again(client: Callable[[str], Any]) -> None:
    own = client("enterprise")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["计划名称", "排查类型", "计划开始", "计划完成", "循环周期", "循环截止"])
    sheet.append(["表格每月", "综合性", "2025-03-05", "2025-03-06", "每月", ""])
    sheet.append(["表格一次", "综合性", "2025-03-05", "2025-03-06", "", ""])
    found = _import(own, book)
    assert found.status_code == 200, found.get_json()
    rows = {
        one["values"]["name"]: one
        for one in own.get(f"{ROWS}?q=表格&page_size=100").get_json()["rows"]
        if one["state"] == "repeating" or one["values"]["name"] == "表格一次"
    }
    assert {name: one["state"] for name, one in rows.items()} == {
        "表格每月": "repeating",
        "表格一次": "planned",
    }
    assert [day for day, _ in days(own, rows["表格每月"])] == ["2025-03-05", "2025-04-05"]
    sheet.append(["表格坏", "综合性", "2025-03-05", "2025-03-09", "每日", ""])
    bad = _import(own, book)
    assert bad.status_code == 422
    assert [(p["row"], p["column"]) for p in bad.get_json()["problems"]] == [(4, "计划完成")]


def _import(who: Any, book: openpyxl.Workbook) -> Any:
    out = io.BytesIO()
    book.save(out)
    body = {"file": (io.BytesIO(out.getvalue()), "plans.xlsx")}
    return who.post(f"{PLANS}/import", data=body, content_type="multipart/form-data")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"period": "fortnight"}, "period"),
        ({"begins_on": "2025-03-02"}, "begins_on"),
        ({"ends_on": "2025-03-10"}, "ends_on"),
        ({"ends_on": "2025-03-01"}, "ends_on"),
        ({"repeats_until": "2025-03-01"}, "repeats_until"),
        ({"period": "once", "repeats_until": "2025-05-01"}, "repeats_until"),
        ({"begins_on": "9999-12-31", "ends_on": "9999-12-31"}, "begins_on"),
        ({"begins_on": "2025-02-30"}, "begins_on"),
    ],
)
def test_what_makes_no_plan_is_refused_at_its_field(
    client: Callable[[str], Any], body: dict[str, str], field: str
) -> None:
    refused = plan(client("enterprise"), 422, **body)
    assert refused["faults"][0]["field"] == field, refused


def test_what_is_exported_loads_back(client: Callable[[str], Any]) -> None:
    own = client("enterprise")
    row = plan(own, name="导出再导入")
    with own.get("/api/export/check_plan?format=xlsx") as sent:
        book = openpyxl.load_workbook(io.BytesIO(sent.get_data()))
    sheet = book.active
    assert sheet is not None
    for number in range(sheet.max_row, 1, -1):
        if not str(sheet.cell(number, 1).value).startswith(row["code"]):
            sheet.delete_rows(number)
    assert sheet.max_row == 8, "the head, the plan and its six days"
    answer = _import(own, book)
    assert answer.status_code == 200, answer.get_json()
    assert answer.get_json()["updated"] == 0
    assert len(days(own, row)) == 6
