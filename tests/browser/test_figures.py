"""The page of figures: every figure opens the orders behind it, and an order its log."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import expect

from data import elevators, incidents
from data.clock import SystemClock
from data.incidents import Change
from data.scope import SYSTEM
from dispatch.incident import EventKind
from tests.browser.conftest import Visitor
from tests.conftest import LiveServer


@pytest.fixture(scope="module")
def late_order(live_server: LiveServer) -> str:
    """A closed order whose crew came after 40 minutes."""
    start = SystemClock().now() - dt.timedelta(hours=3)

    def at(minutes: float) -> dt.datetime:
        return start + dt.timedelta(minutes=minutes)

    with live_server.store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT e.code, e.station_code FROM elevator e WHERE e.station_code IS NOT NULL AND e.geom IS NOT NULL ORDER BY e.id DESC OFFSET 40 LIMIT 1"
        ).fetchone()
        assert row is not None
        found = elevators.read(connection, row["code"])
        assert found is not None
        order = incidents.receive(
            connection, facts={}, told=found.told(), place=found.place(), at=at(0), now=at(0), actor="li"
        )
        station = {"station_code": row["station_code"]}
        for minutes, kind, facts in (
            (1, EventKind.NOTIFIED, {**station, "level": 1}), (2, EventKind.ACCEPTED, station),
            (41, EventKind.ARRIVED, station), (45, EventKind.FREED, {**station, "persons_freed": 1}),
            (50, EventKind.CLOSED, {"outcome": "freed"}),
        ):  # fmt: skip
            incidents.append(
                connection, order.code, [Change(kind, facts, "li", at(minutes))], now=at(minutes)
            )
    return order.code


def test_a_figure_opens_its_orders_and_an_order_its_log(visit: Visitor, late_order: str) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.open("/figures")
    tile = page.locator('[data-figure="overtime"]')
    expect(tile.locator(".figures__value")).not_to_have_text("0")
    opened.assert_accessible()
    tile.click()
    expect(page.locator("#orders")).to_contain_text(late_order)
    page.locator("[name=by]").select_option("hour")
    expect(page.locator("#groups th[scope=row]").first).to_be_visible()
    page.locator("#groups tbody tr").first.locator("button").first.click()
    expect(page.locator("#orders h2")).to_contain_text("条工单")
    with page.expect_download() as file:
        page.locator("#excel").click()
    assert file.value.suggested_filename.endswith(".xlsx")
    page.goto(f"{opened.origin}/figures/order/{late_order}")
    expect(page.locator("main")).to_contain_text("超时")
    expect(page.locator("main table")).to_contain_text("结束工单")
    opened.assert_accessible()


def test_a_period_without_orders_and_an_impossible_one_say_so(visit: Visitor) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.open("/figures?from=2001-01-01&to=2001-01-31")
    expect(page.locator("#tiles")).to_contain_text("没有困人工单")
    page.locator("[name=to]").fill("2000-01-01")
    page.locator("[name=to]").dispatch_event("change")
    expect(page.locator("#tiles [role=alert]")).to_contain_text("晚于起点")
