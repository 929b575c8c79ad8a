"""The joint proposal on the console: opened by a key, both choices side by side, accepted, a stale row told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import expect

from data import dispatch_rules, incidents
from data.clock import SystemClock
from data.incidents import Change
from data.scope import SYSTEM
from dispatch.clocks import DistrictRule
from dispatch.incident import EventKind
from tests.browser.conftest import Visitor
from tests.browser.test_dispatch import close_order, open_desk
from tests.conftest import LiveServer


@pytest.fixture
def elevators(live_server: LiveServer) -> list[dict[str, Any]]:
    """Elevators of one station, without orders."""
    with live_server.store.transaction(SYSTEM) as connection:
        return connection.execute(
            "SELECT e.code, e.name, e.station_code FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
            " WHERE s.on_duty AND s.crew_count > 3 AND e.geom IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code) ORDER BY e.code DESC LIMIT 2"
        ).fetchall()


def test_waiting_orders_are_assigned_together(visit: Visitor, elevators: list[dict[str, Any]]) -> None:
    opened = open_desk(visit)
    page = opened.page
    token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    codes = []
    for each in elevators:
        response = page.request.post(
            f"{opened.origin}/api/orders",
            data={"elevator_code": each["code"]},
            headers={"X-CSRF-Token": token},
        )
        codes.append(response.json()["code"])
    page.keyboard.press("a")
    rows = [page.locator(f'[data-proposal="{code}"]') for code in codes]
    for row in rows:
        expect(row).to_contain_text("分钟")
    expect(page.locator('[data-plan="proposal.together"]')).to_contain_text("已证明为最优")
    expect(page.locator('[data-plan="proposal.alone"]')).to_contain_text("逐单安排")
    opened.assert_accessible()
    # Somebody else is quicker with the second order: its row says so, the first is carried out.
    chosen = page.request.get(f"{opened.origin}/api/dispatch/proposal").json()
    station = next(o["chosen"]["station"] for o in chosen["orders"] if o["order"] == codes[1])
    done = page.request.post(
        f"{opened.origin}/api/orders/{codes[1]}/notify",
        data={"station_code": station},
        headers={"X-CSRF-Token": token},
    )
    assert done.ok, done.text()
    for box in page.locator("[data-proposal] input").all():
        row = box.locator("xpath=ancestor::tr").get_attribute("data-proposal")
        if row not in codes and box.is_enabled():
            box.uncheck()
    page.locator("dialog .button--primary").click()
    expect(rows[0]).to_contain_text("已派出")
    expect(rows[1]).to_contain_text("更新")
    for code in codes:
        order = page.request.get(f"{opened.origin}/api/orders/{code}").json()
        assert len([a for a in order["assignments"] if a["is_running"]]) == 1
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    for code in codes:
        close_order(opened, code)


def test_a_crew_is_diverted_with_its_own_order_by_one_tick(visit: Visitor, live_server: LiveServer) -> None:
    store = live_server.store
    with store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT e.code, e.station_code, left(e.division_code, 6) AS district FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
            " WHERE s.on_duty AND s.geom IS NOT NULL AND e.geom IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incident i"
            " WHERE i.elevator_code = e.code) ORDER BY count(*) OVER (PARTITION BY e.station_code) DESC, e.station_code, e.id LIMIT 2"
        ).fetchall()
        before = connection.execute("SELECT code, on_duty, crew_count FROM rescue_station").fetchall()
        rules = dispatch_rules.rules(connection)
        station = rows[0]["station_code"]
        connection.execute(
            "UPDATE rescue_station SET on_duty = code = %s, crew_count = CASE WHEN code = %s THEN 1 ELSE crew_count END",
            [station, station],
        )
        for row in rows:
            wide = DistrictRule(arrival_limit_s=20_000, trapped_limit_s=40_000)
            dispatch_rules.put(connection, row["district"], wide)
    opened = open_desk(visit)
    page = opened.page
    token = {"X-CSRF-Token": page.locator('meta[name="csrf-token"]').get_attribute("content") or ""}
    codes = []
    try:
        for row in rows:
            made = page.request.post(
                f"{opened.origin}/api/orders", data={"elevator_code": row["code"]}, headers=token
            )
            codes.append(made.json()["code"])
        told = page.request.post(
            f"{opened.origin}/api/orders/{codes[0]}/notify", data={"station_code": station}, headers=token
        )
        assert told.ok, told.text()
        # The first is late in any case; the other can still be reached in time by the only crew there is.
        with store.transaction(SYSTEM) as connection:
            now = SystemClock().now()
            late = {"station_code": station, "eta_at": now + dt.timedelta(seconds=30_000)}
            incidents.append(connection, codes[0], [Change(EventKind.ETA, late, "li")], now=now)
        page.keyboard.press("a")
        first, second = (page.locator(f'[data-proposal="{code}"]') for code in codes)
        expect(second).to_contain_text("无")
        page.locator("dialog input[name=divert]").check()
        expect(first).to_contain_text("先撤回")
        expect(
            page.locator(f'[data-proposal="{codes[0]}"] input, [data-proposal="{codes[1]}"] input')
        ).to_have_count(1)
        expect(page.locator("[data-proposal]", has_text="随 KR")).to_have_count(1)
        opened.assert_accessible()
        for box in page.locator("[data-proposal] input").all():
            row_code = box.locator("xpath=ancestor::tr").get_attribute("data-proposal")
            if row_code not in codes and box.is_enabled():
                box.uncheck()
        page.locator("dialog .button--primary").click()
        expect(first).to_contain_text("已派出")
        expect(second).to_contain_text("已派出")
        running = [
            [a["station_code"] for a in opened.json(f"/api/orders/{code}")["assignments"] if a["is_running"]]
            for code in codes
        ]
        assert running == [[], [station]]
        log = opened.json(f"/api/orders/{codes[1]}")["log"]
        assert any("合并指派" in entry["text"] for entry in log)
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)
    finally:
        for code in codes:
            close_order(opened, code)
        with store.transaction(SYSTEM) as connection, connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE rescue_station SET on_duty = %(on_duty)s, crew_count = %(crew_count)s WHERE code = %(code)s",
                before,
            )
            cursor.execute("DELETE FROM dispatch_rule WHERE NOT division_code = ANY(%s)", [list(rules)])
            for code, rule in rules.items():
                dispatch_rules.put(connection, code, rule)
