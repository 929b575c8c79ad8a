"""An order in the console after it was taken: its elevator and place said later, times corrected, 119 called, ended as none."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from data import incidents
from data.call_desk import CallForm
from data.clock import SystemClock
from data.dispatch_desk import Desk
from data.incidents import Change
from data.scope import SYSTEM
from data.station_ranking import StationRanker
from data.travel_store import TravelStore
from dispatch.incident import EventKind
from tests.browser.conftest import NARROW, Visitor
from tests.browser.test_dispatch import close_order, open_desk, take_by_keys
from tests.conftest import LiveServer


@pytest.fixture
def pair(live_server: LiveServer) -> list[dict[str, Any]]:
    """Two elevators that have no order, whose bound stations can be sent."""
    with live_server.store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT e.code, e.rescue_code, e.name, s.name AS station, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat FROM elevator e"
            " JOIN rescue_station s ON s.code = e.station_code WHERE s.on_duty AND s.crew_count > 3 AND e.rescue_code IS NOT NULL"
            " AND e.geom IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code) ORDER BY e.id LIMIT 2"
        ).fetchall()
    assert len(rows) == 2
    return rows


def take_by_words(page: Page, words: str) -> str:
    page.keyboard.press("n")
    with page.expect_response(lambda r: f"q={quote(words)}" in r.url):
        page.keyboard.insert_text(words)
    expect(page.locator("#call-hits li")).to_contain_text("建单")
    with page.expect_response(lambda r: r.url.endswith("/api/orders") and r.request.method == "POST"):
        page.keyboard.press("Enter")
    expect(page.locator(".order__title")).to_contain_text(words)
    return page.locator(".order__code").inner_text()


def open_codes(opened: Any) -> list[str]:
    return [o["code"] for o in opened.json("/api/orders?state=open")["orders"]]


def test_an_elevator_is_identified_later_and_no_second_order_comes_out(
    visit: Visitor, pair: list[dict[str, Any]]
) -> None:
    opened = open_desk(visit)
    page = opened.page
    code = take_by_words(page, "说不清的某处")
    before = open_codes(opened)
    expect(page.locator(".order__state")).to_contain_text("位置未知")
    expect(page.locator('[data-advice="no_elevator"]')).to_be_visible()
    page.keyboard.press("i")
    page.locator("#identify-text").fill(pair[0]["rescue_code"])
    expect(page.locator("#identify-hits [aria-selected=true] .call__code")).to_have_text(
        pair[0]["rescue_code"]
    )
    opened.assert_accessible()
    page.keyboard.press("Enter")
    expect(page.locator(".order__title")).to_contain_text(pair[0]["name"])
    expect(page.locator(".order__code")).to_have_text(code)
    expect(page.locator(".candidate__name").first).to_have_text(pair[0]["station"])
    assert sorted(open_codes(opened)) == sorted(before), "no second order"
    expect(page.locator(".log__entry").first).to_contain_text("识别电梯")
    # Another one after all: by words, and it says which is its own.
    page.locator("[data-identify]").click()
    expect(page.locator("#identify-hits li").first).to_be_visible()
    expect(page.locator("#identify-hits")).to_contain_text("本工单的电梯")
    page.locator("#identify-text").fill(pair[1]["code"])
    page.locator("#identify-hits li", has_text=pair[1]["rescue_code"]).click()
    expect(page.locator(".order__title")).to_contain_text(pair[1]["name"])
    assert sorted(open_codes(opened)) == sorted(before)
    close_order(opened, code)


def test_two_open_orders_of_one_elevator_become_one_as_the_dispatcher_says(
    visit: Visitor, pair: list[dict[str, Any]]
) -> None:
    opened = open_desk(visit)
    page = opened.page
    older = take_by_keys(page, pair[0])
    newer = take_by_words(page, "另一个说不清的地方")
    page.keyboard.press("i")
    page.locator("#identify-text").fill(pair[0]["rescue_code"])
    expect(page.locator("#identify-hits .call__joins")).to_contain_text(older)
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_contain_text(f"未结束的工单 {older}")
    page.locator('[data-merge="into"]').click()
    expect(page.locator(".order__code")).to_have_text(older)
    expect(page.locator(f'[data-order="{older}"]')).to_contain_text("2 次来电")
    expect(page.locator(f'[data-order="{newer}"]')).to_have_count(0)
    assert opened.json(f"/api/orders/{newer}")["outcome"] == "duplicate"
    close_order(opened, older)


def test_an_order_is_placed_by_pasting_and_by_clicking_the_map(
    visit: Visitor, pair: list[dict[str, Any]]
) -> None:
    opened = open_desk(visit)
    page = opened.page
    code = take_by_words(page, "还是说不清的地方")
    page.keyboard.press("p")
    page.locator("#place-text").fill("东边的楼")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator(".toast--error")).to_contain_text("无法理解")
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.press("p")
    page.locator("#place-text").fill(f"{pair[0]['lon']:.6f}, {pair[0]['lat']:.6f}")
    page.keyboard.press("Enter")
    expect(page.locator(".candidate").first).to_be_visible()
    expect(page.locator(".log__entry").first).to_contain_text("标定位置")
    order = opened.json(f"/api/orders/{code}")
    assert order["lon"] == pytest.approx(pair[0]["lon"], abs=1e-6)
    # The elevators around are what identifying offers first.
    page.locator("[data-identify]").click()
    expect(page.locator("#identify-hits li").first).to_contain_text(pair[0]["rescue_code"])
    page.keyboard.press("Escape")
    page.locator("[data-place]").click()
    page.locator("[data-pick]").click()
    expect(page.locator(".desk__pick")).to_contain_text(code)
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 + 40)
    expect(page.locator(".desk__pick")).to_have_count(0)
    expect(page.locator(".log__entry", has_text="标定位置")).to_have_count(2)
    moved = opened.json(f"/api/orders/{code}")
    assert abs(moved["lon"] - order["lon"]) + abs(moved["lat"] - order["lat"]) > 1e-5
    close_order(opened, code)


def test_the_panel_shows_duty_scope_and_every_station_passed_over(
    visit: Visitor, pair: list[dict[str, Any]]
) -> None:
    opened = open_desk(visit)
    page = opened.page
    page.keyboard.press("n")
    page.keyboard.type(pair[0]["rescue_code"])
    expect(page.locator("#call-hits [aria-selected=true] .call__code")).to_have_text(pair[0]["rescue_code"])
    page.keyboard.press("Enter")
    first = page.locator(".candidate").first
    expect(first).to_contain_text("在岗")
    expect(first).to_contain_text("负责范围")
    code = page.locator(".order__code").inner_text()
    groups = opened.json(f"/api/orders/{code}/ranking")["passed_over"]
    longest = max(groups, key=lambda g: g["count"])
    page.locator('[data-part="passed"] summary').click()
    group = page.locator(f'[data-reason="{longest["reason"]}"]')
    if longest["count"] > 12:
        expect(group).not_to_contain_text(longest["stations"][-1]["name"])
        group.locator("button").click()
    expect(group.locator("p").nth(1)).to_contain_text(longest["stations"][-1]["name"])
    expect(group.locator("button")).to_have_count(0)
    close_order(opened, code)


def test_a_time_that_two_stations_have_is_corrected_for_the_one_that_is_meant(
    visit: Visitor, pair: list[dict[str, Any]]
) -> None:
    opened = open_desk(visit)
    page = opened.page
    page.keyboard.press("n")
    page.keyboard.type(pair[0]["rescue_code"])
    expect(page.locator("#call-hits [aria-selected=true] .call__code")).to_have_text(pair[0]["rescue_code"])
    page.keyboard.press("Enter")
    expect(page.locator(".candidate").nth(1)).to_be_visible()
    code = page.locator(".order__code").inner_text()
    page.locator("[data-notify]").first.click()
    expect(page.locator(".assignment")).to_have_count(1)
    expect(page.locator(".candidate__name").first).not_to_have_text(pair[0]["station"])
    page.locator("[data-notify]").first.click()
    expect(page.locator(".assignment")).to_have_count(2)
    before = opened.json(f"/api/orders/{code}")
    first, second = (a["station_code"] for a in before["assignments"])
    page.get_by_role("button", name="更正时间").click()
    page.locator("dialog select[name=node]").select_option(f"notified/{second}")
    received = next(n["at"] for n in before["nodes"] if n["name"] == "received")
    later = page.evaluate(
        "(iso) => new Date(Date.parse(iso) + 8 * 3600e3 + 1000).toISOString().slice(0, 19)", received
    )
    page.locator("dialog input[name=to]").fill(later)
    page.locator("dialog input[name=why]").fill("电话先行")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator(".log__entry").first).to_contain_text("更正时间")
    after = {
        a["station_code"]: a["times"]["notified"] for a in opened.json(f"/api/orders/{code}")["assignments"]
    }
    was = {a["station_code"]: a["times"]["notified"] for a in before["assignments"]}
    assert after[first] == was[first]
    assert after[second] != was[second]
    close_order(opened, code)


def test_level_three_shows_the_card_for_119_and_notes_the_call(
    visit: Visitor, pair: list[dict[str, Any]]
) -> None:
    opened = open_desk(visit)
    page = opened.page
    page.locator("[name=caller_phone]").fill("13900001111")
    page.locator("[name=is_danger]").check()
    page.locator("#call-text").fill(pair[0]["rescue_code"])
    expect(page.locator("#call-hits [aria-selected=true] .call__code")).to_have_text(pair[0]["rescue_code"])
    page.locator("#call-text").press("Enter")
    expect(page.locator(".order__title")).to_contain_text(pair[0]["name"])
    code = page.locator(".order__code").inner_text()
    # The worker asks for level 3 at once: there is danger.
    expect(page.locator(".due")).to_contain_text("三级")
    page.locator('[data-raise="3"]').click()
    card = page.locator(".fire-card")
    expect(card).to_contain_text("13900001111")
    expect(card).to_contain_text(f"{pair[0]['lon']:.6f}, {pair[0]['lat']:.6f}")
    expect(card).to_contain_text("系统不会拨打电话")
    opened.assert_accessible()
    card.get_by_role("button", name="已电话通知 119").click()
    expect(card.get_by_role("button")).to_have_count(0)
    expect(card).to_contain_text("已电话通知 119")
    order = opened.json(f"/api/orders/{code}")
    assert order["fire_called_at"] is not None
    assert [e["kind"] for e in order["log"]].count("fire_called") == 1
    close_order(opened, code)


def test_a_call_that_is_no_entrapment_is_closed_with_a_reason(
    visit: Visitor, pair: list[dict[str, Any]]
) -> None:
    opened = open_desk(visit)
    page = opened.page
    code = take_by_keys(page, pair[0])
    page.keyboard.press("x")
    expect(page.locator("dialog select")).to_have_value("not_entrapment")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator(".toast--error")).to_contain_text("理由")
    expect(page.locator(".order__state")).not_to_contain_text("已结束")
    page.keyboard.press("x")
    page.locator("dialog input[name=why]").fill("电梯故障，轿厢内无人")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator(".order__state")).to_contain_text("已结束")
    expect(page.locator(".log__entry").first).to_contain_text("轿厢内无人")
    assert opened.json(f"/api/orders/{code}")["outcome"] == "not_entrapment"


def test_on_a_telephone_the_place_is_picked_on_the_map_part(
    visit: Visitor, pair: list[dict[str, Any]]
) -> None:
    opened = visit("dispatcher", size=NARROW, theme="dark")
    page = opened.open("/dispatch")
    expect(page.locator("#map-loading")).to_be_hidden()
    page.locator("#call-text").fill(pair[0]["rescue_code"])
    page.locator("#call-hits [role=option]").first.click()
    expect(page.locator(".order__title")).to_contain_text(pair[0]["name"])
    code = page.locator(".order__code").inner_text()
    page.locator("[data-place]").click()
    opened.assert_accessible()
    page.locator("[data-pick]").click()
    expect(page.locator(".desk__map")).to_be_visible()
    page.locator(".desk__pick button").click()
    expect(page.locator(".desk__pick")).to_have_count(0)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= NARROW[0]
    close_order(opened, code)


def test_a_long_queue_says_how_many_more_there_are_and_shows_them(
    visit: Visitor, live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("queue")
    desk = Desk(StationRanker(live_server.store, TravelStore(live_server.store, folder), folder))
    now = SystemClock().now()
    codes = []
    try:
        with live_server.store.transaction(SYSTEM) as connection:
            for number in range(205):
                at = now - dt.timedelta(seconds=number)
                taken = desk.take_call(connection, CallForm(address="讲不清楚"), actor="li", now=at)
                codes.append(taken.order.code)
        opened = open_desk(visit)
        page = opened.page
        total = opened.json("/api/orders?state=open&limit=1")["total"]
        assert total >= 205
        expect(page.locator("#queue-count")).to_have_text(str(total))
        expect(page.locator(".queue__row")).to_have_count(200)
        # The one that has waited longest presses most, though it was opened last.
        expect(page.locator(f'[data-order="{codes[-1]}"]')).to_have_count(1)
        expect(page.locator(f'[data-order="{codes[0]}"]')).to_have_count(0)
        more = page.locator("[data-more]")
        expect(more).to_contain_text(str(total - 200))
        more.click()
        expect(page.locator(".queue__row")).to_have_count(total)
        expect(page.locator(f'[data-order="{codes[0]}"]')).to_have_count(1)
        expect(more).to_have_count(0)
        opened.assert_accessible()
    finally:
        with live_server.store.transaction(SYSTEM) as connection:
            for code in codes:
                end = Change(EventKind.CLOSED, {"outcome": "not_entrapment", "why": "test"}, "li")
                incidents.append(connection, code, [end], now=SystemClock().now())


def test_an_unbound_elevator_names_its_emergency_lead_and_level_two_falls_due(
    visit: Visitor, live_server: LiveServer, pair: list[dict[str, Any]]
) -> None:
    wanted = pair[0]
    with live_server.store.transaction(SYSTEM) as connection:
        was = connection.execute(
            "SELECT e.station_code, c.unit_id, c.emergency_lead_name AS name, c.emergency_lead_phone AS phone FROM elevator e"
            " JOIN maintenance_company c ON c.unit_id = e.owner_id WHERE e.code = %s",
            [wanted["code"]],
        ).fetchone()
        assert was is not None
        connection.execute("UPDATE elevator SET station_code = NULL WHERE code = %s", [wanted["code"]])
    opened = open_desk(visit)
    page = opened.page
    try:
        page.keyboard.press("n")
        page.keyboard.insert_text(wanted["rescue_code"])
        expect(page.locator("#call-hits [aria-selected=true] .call__code")).to_have_text(
            wanted["rescue_code"]
        )
        page.keyboard.press("Enter")
        advice = page.locator('[data-advice="no_bound_station"]')
        expect(advice).to_contain_text(was["phone"])
        code = page.locator(".order__code").inner_text()
        # The message fails for good: the panel says so, and nobody at level 1 is left to wait for.
        with live_server.store.transaction(SYSTEM) as connection:
            connection.execute(
                "UPDATE outbox SET state = 'failed', last_error = 'HTTP 400' WHERE idempotency_key = %s",
                [f"incident/{code}/lead/{wanted['code']}"],
            )
        expect(page.locator(".due")).to_contain_text("没有可派的救援站")
        expect(page.locator(".due")).to_contain_text("二级")
        expect(advice).to_contain_text("短信发送失败")
        page.locator('[data-part="messages"] summary').click()
        expect(page.locator('[data-message="failed"]')).to_contain_text("HTTP 400")
        opened.assert_accessible()
        page.locator("[data-lead]").click()
        expect(page.locator(".log__entry").first).to_contain_text("已电话联系应急救援负责人")
        close_order(opened, code)
    finally:
        with live_server.store.transaction(SYSTEM) as connection:
            connection.execute(
                "UPDATE elevator SET station_code = %s WHERE code = %s", [was["station_code"], wanted["code"]]
            )
