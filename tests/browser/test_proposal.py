"""The joint proposal on the console: opened by a key, both choices side by side, accepted, a stale row told."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from data.scope import SYSTEM
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
