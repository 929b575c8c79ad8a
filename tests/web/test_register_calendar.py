"""The calendar of a register over HTTP: every count is the length of its list; months, edges of spans, bad input (L9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]
PLANS = "/api/registers/check_plan"


def _plan(client: Any, name: str, begins: str, ends: str) -> Any:
    body = {"name": name, "kind": "daily", "begins_on": begins, "ends_on": ends}
    answer = client.post(f"{PLANS}/rows", json=body)
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def _month(client: Any, month: str, **more: str) -> Any:
    query = "&".join(f"{k}={v}" for k, v in more.items())
    answer = client.get(f"{PLANS}/calendar?month={month}&{query}")
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def test_a_plan_stands_on_each_of_its_days_and_once_in_a_month(sign_in: Client) -> None:
    own = sign_in("enterprise")
    before = _month(own, "2031-02")
    assert before["days"] == []
    _plan(own, "跨月", "2031-01-30", "2031-02-02")
    _plan(own, "一天", "2031-02-28", "2031-02-28")
    done = _plan(own, "完成", "2031-02-02", "2031-02-02")
    answer = own.post(
        f"{PLANS}/rows/{done['id']}/moves/finish",
        json={"version": done["version"], "result": "none", "summary": "无隐患"},
    )
    assert answer.status_code == 200, answer.get_json()
    found = _month(own, "2031-02")
    assert found["days"] == [
        {"on": "2031-02-01", "counts": {"planned": 1}},
        {"on": "2031-02-02", "counts": {"done": 1, "planned": 1}},
        {"on": "2031-02-28", "counts": {"planned": 1}},
    ]
    assert (found["total"], found["counts"]) == (3, {"planned": 2, "done": 1})
    assert [d["on"] for d in _month(own, "2031-01")["days"]] == ["2031-01-30", "2031-01-31"]
    assert _month(own, "2031-03")["total"] == 0
    day = own.get(f"{PLANS}/rows?on=2031-02-02").get_json()
    assert {row["values"]["name"] for row in day["rows"]} == {"跨月", "完成"}


@pytest.mark.parametrize("username", ["city", "district", "enterprise"])
def test_every_count_is_the_length_of_its_list(sign_in: Client, username: str) -> None:
    client = sign_in(username)
    today = dt.date.fromisoformat(_month(client, "")["today"])
    for month in (f"{today:%Y-%m}", f"{today.replace(day=1) - dt.timedelta(days=1):%Y-%m}"):
        found = _month(client, month)
        division = found["division"]["code"]
        assert found["total"] == sum(found["counts"].values())
        for day in found["days"][::6]:
            for state, n in day["counts"].items():
                listed = client.get(
                    f"{PLANS}/rows?on={day['on']}&state={state}&division={division}"
                ).get_json()
                assert listed["total"] == n, (day, state)
        for part in found["divisions"]:
            listed = client.get(f"{PLANS}/rows?on={month}&division={part['code']}").get_json()
            assert listed["total"] == sum(part["counts"].values()), part
            narrowed = _month(client, month, division=part["code"])
            assert narrowed["counts"] == part["counts"]


def test_what_is_no_month_is_refused(sign_in: Client) -> None:
    own = sign_in("enterprise")
    for month in ("2026-13", "26-12", "x", "2026-1", "0001-01", "9999-12"):
        assert own.get(f"{PLANS}/calendar?month={month}").status_code == 400, month
        assert own.get(f"{PLANS}/rows?on={month}").status_code == 400, month
    assert own.get(f"{PLANS}/rows?on=2026-02-30").status_code == 400
    assert own.get("/api/registers/licence/calendar").status_code == 400
    assert own.get("/api/registers/licence/rows?on=2026-12").status_code == 400
    assert own.get(f"{PLANS}/calendar?division=999999").status_code in (400, 404)
    assert sign_in("maintainer").get(f"{PLANS}/calendar").status_code == 403
