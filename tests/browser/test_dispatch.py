"""The console by keys alone, two dispatchers on one order, and the crew's telephone with and without a network."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from data.scope import SYSTEM
from tests.browser.conftest import NARROW, Visit, Visitor
from tests.conftest import LiveServer

DESK = (1400, 900)


@pytest.fixture
def elevator(live_server: LiveServer) -> dict[str, Any]:
    """An elevator that has no order yet, whose bound station can be sent."""
    with live_server.store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT e.code, e.rescue_code, e.name, s.name AS station FROM elevator e JOIN rescue_station s ON s.code = e.station_code"
            " WHERE s.on_duty AND s.crew_count > 3 AND e.rescue_code IS NOT NULL AND e.geom IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code) ORDER BY e.id LIMIT 1"
        ).fetchone()
    assert row is not None
    return row


def take_by_keys(page: Page, elevator: dict[str, Any]) -> str:
    """N, the code, Enter: an order stands; give its number."""
    page.keyboard.press("n")
    page.keyboard.type(elevator["rescue_code"])
    expect(page.locator("#call-hits [aria-selected=true] .call__code")).to_have_text(elevator["rescue_code"])
    page.keyboard.press("Enter")
    expect(page.locator(".order__title")).to_contain_text(elevator["name"])
    expect(page.locator(".candidate").first).to_be_visible()
    return page.locator(".order__code").inner_text()


def open_desk(visit: Visitor, username: str = "dispatcher") -> Visit:
    opened = visit(username, size=DESK, theme="dark")
    opened.open("/dispatch")
    expect(opened.page.locator("#map-loading")).to_be_hidden()
    return opened


def close_order(opened: Visit, code: str) -> None:
    token = opened.page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    response = opened.page.request.post(
        f"{opened.origin}/api/orders/{code}/close", data={"outcome": "not_entrapment", "why": "test"},
        headers={"X-CSRF-Token": token},
    )  # fmt: skip
    assert response.ok, response.text()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_telephone_one_part_fills_the_screen_and_nothing_runs_over_its_edge(
    visit: Visitor, elevator: dict[str, Any], language: str
) -> None:
    opened = visit("dispatcher", size=NARROW, theme="dark")
    page = opened.open(f"/dispatch?lang={language}")
    expect(page.locator("#map-loading")).to_be_hidden()

    def shows(part: str) -> None:
        for name, selector in (("calls", ".desk__left"), ("order", ".desk__order"), ("map", ".desk__map")):
            expect(page.locator(selector)).to_be_visible(visible=name == part)
        expect(page.locator(f'[data-see="{part}"]')).to_have_attribute("aria-pressed", "true")
        widest, window = page.evaluate(
            "() => [Math.max(...[...document.querySelectorAll('body, body *')].filter((e) => e.checkVisibility({ visibilityProperty: true })"
            " && !e.closest('.map')).map((e) => e.getBoundingClientRect().right)), window.innerWidth]"
        )
        assert widest <= window
        assert page.evaluate("() => document.documentElement.scrollWidth") <= NARROW[0]

    shows("calls")
    opened.assert_accessible()
    page.locator("#call-text").fill(elevator["rescue_code"])
    page.locator("#call-hits [role=option]").first.click()
    expect(page.locator(".order__title")).to_contain_text(elevator["name"])
    expect(page.locator(".candidate").first).to_be_visible()
    shows("order")
    opened.assert_accessible()
    page.locator('[data-see="map"]').click()
    shows("map")
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    assert (box["width"], box["height"] > NARROW[1] / 2) == (NARROW[0], True)
    page.locator('[data-see="calls"]').click()
    shows("calls")
    code = page.evaluate("() => decodeURIComponent(window.location.hash.slice(1))")
    page.locator(f'#queue [data-order="{code}"]').click()
    shows("order")
    close_order(opened, code)


def test_from_the_code_to_the_station_notified_by_keys(visit: Visitor, elevator: dict[str, Any]) -> None:
    opened = open_desk(visit)
    page = opened.page
    code = take_by_keys(page, elevator)
    expect(page.locator(".candidate__name").first).to_have_text(elevator["station"])
    opened.assert_accessible()
    page.keyboard.press("Enter")
    expect(page.locator(".assignment").first).to_contain_text(elevator["station"])
    expect(page.locator('.queue__row[aria-current="true"]')).to_contain_text("已通知")
    expect(page.locator(".clock").nth(1).locator("dd")).to_contain_text("剩")
    page.locator('[data-step="accept"]').click()
    page.locator('[data-step="arrive"]').click()
    page.locator('[data-step="free"]').click()
    page.locator("dialog input[name=persons_freed]").fill("2")
    page.keyboard.press("Enter")
    expect(page.locator(".order__state")).to_contain_text("已解困")
    page.keyboard.press("x")
    expect(page.locator("dialog select")).to_have_value("freed")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator(".order__state")).to_contain_text("已结束")
    page.locator('[data-queue="closed"]').click()
    expect(page.locator(f'[data-order="{code}"]')).to_be_visible()
    expect(page.locator(".log__entry").first).to_contain_text("结束工单")


def test_enter_takes_the_elevator_of_the_whole_code_however_quick(
    visit: Visitor, live_server: LiveServer
) -> None:
    """The list still answers for the first digits when Enter comes: another elevator must not be taken."""
    with live_server.store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT e.rescue_code, e.name, e.code FROM elevator e WHERE e.geom IS NOT NULL AND EXISTS (SELECT 1 FROM elevator o"
            " WHERE o.rescue_code < e.rescue_code AND left(o.rescue_code, 3) = left(e.rescue_code, 3) AND o.geom IS NOT NULL)"
            " AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code) ORDER BY e.rescue_code DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    opened = open_desk(visit)
    page = opened.page
    page.keyboard.press("n")
    page.keyboard.type(row["rescue_code"][:3])
    first = page.locator("#call-hits [aria-selected=true] .call__code")
    expect(first).to_be_visible()
    expect(first).not_to_have_text(row["rescue_code"])
    page.keyboard.type(row["rescue_code"][3:])
    page.keyboard.press("Enter")
    expect(page.locator(".order__title")).to_contain_text(row["name"])
    close_order(opened, page.locator(".order__code").inner_text())
    page.keyboard.press("n")
    page.keyboard.type("花园")
    page.keyboard.press("Enter")
    expect(page.locator("#call-hits li").first).to_be_visible()
    expect(page.locator("#call-status")).to_have_text("请核对列表，再按一次回车")
    expect(page.locator("#call-text")).to_have_value("花园")
    page.keyboard.press("Escape")


def test_no_key_reaches_the_order_before_the_one_just_chosen(visit: Visitor, live_server: LiveServer) -> None:
    opened = open_desk(visit)
    page = opened.page
    with live_server.store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT rescue_code, name, code FROM elevator e WHERE rescue_code IS NOT NULL AND geom IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code) ORDER BY id DESC LIMIT 2"
        ).fetchall()
    codes = [take_by_keys(page, row) for row in rows]
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.url) if r.url.endswith("/notify") else None)
    held: list[Any] = []
    page.route(f"**/api/orders/{codes[0]}", lambda route: held.append(route))  # noqa: PLW0108 - a built-in cannot be a handler
    page.locator(f'[data-order="{codes[0]}"]').click()
    opened.until(lambda: None, lambda: bool(held))
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    expect(page.locator("#order")).to_have_attribute("aria-busy", "true")
    page.locator(f'[data-order="{codes[1]}"]').click()
    expect(page.locator(".order__code")).to_have_text(codes[1])
    held[0].continue_()
    page.unroute(f"**/api/orders/{codes[0]}")
    page.wait_for_timeout(500)
    expect(page.locator(".order__code")).to_have_text(codes[1])
    assert sent == [], "nobody was sent to an order that is not shown"
    for code in codes:
        close_order(opened, code)


def test_a_second_call_joins_and_bad_ones_say_why(visit: Visitor, elevator: dict[str, Any]) -> None:
    opened = open_desk(visit)
    page = opened.page
    code = take_by_keys(page, elevator)
    page.keyboard.press("n")
    page.keyboard.type(elevator["rescue_code"])
    expect(page.locator(".call__joins")).to_contain_text(code)
    page.keyboard.press("Enter")
    expect(page.locator(".toast").filter(has_text="已并入")).to_be_visible()
    expect(page.locator(f'[data-order="{code}"]')).to_contain_text("2 次来电")
    page.keyboard.press("n")
    page.keyboard.type("000000999")
    expect(page.locator("#call-status")).to_have_text("没有匹配的电梯")
    with page.expect_response("**/api/elevators/find?**"):
        page.locator("#call-text").fill("某处不知名的大厦")
    expect(page.locator("#call-hits li")).to_contain_text("建单")
    page.locator("[name=caller_phone]").fill("abc")
    page.locator("[name=caller_phone]").press("Enter")
    expect(page.locator(".toast--error")).to_contain_text("不是电话号码")
    page.keyboard.press("Escape")
    close_order(opened, code)


def test_the_other_dispatcher_is_told_and_nothing_is_doubled(
    visit: Visitor, elevator: dict[str, Any]
) -> None:
    first, second = open_desk(visit), open_desk(visit, "admin")
    code = take_by_keys(first.page, elevator)
    second.page.locator(f'[data-order="{code}"]').click()
    expect(second.page.locator(".candidate").first).to_be_visible()
    # The second page is kept from hearing of it, so that it acts on what it has seen.
    second.page.route("**/api/live", lambda route: route.abort())
    second.page.route(f"**/api/orders/{code}", lambda route: route.abort())
    first.page.keyboard.press("Enter")
    expect(first.page.locator(".assignment")).to_have_count(1)
    second.page.unroute(f"**/api/orders/{code}")
    second.page.evaluate(
        """async (code) => {
          const csrf = document.querySelector('meta[name="csrf-token"]').content;
          const station = document.querySelector('[data-notify]').dataset.notify;
          const response = await fetch(`/api/orders/${code}/notify`, { method: 'POST',
            headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf }, body: JSON.stringify({ station_code: station, version: 2 }) });
          window.answer = [response.status, (await response.json()).detail];
        }""",
        code,
    )
    status, detail = second.page.evaluate("() => window.answer")
    assert status == 409
    assert "dispatcher" in detail
    order = second.json(f"/api/orders/{code}")
    assert len(order["assignments"]) == 1
    close_order(first, code)


def test_a_level_that_is_due_is_raised_by_one_key(
    visit: Visitor, elevator: dict[str, Any], live_server: LiveServer
) -> None:
    from data import incidents
    from data.clock import SystemClock
    from data.incidents import Change
    from dispatch.incident import EventKind

    opened = open_desk(visit)
    page = opened.page
    code = take_by_keys(page, elevator)
    page.keyboard.press("1")
    expect(page.locator(".assignment")).to_have_count(1)
    page.locator('[data-step="refuse"]').click()
    page.locator("dialog input[name=why]").fill("车辆故障")
    page.keyboard.press("Enter")
    # The worker beside the server asks for level 2 within a second or so; the page hears of it by itself.
    expect(page.locator(".due").first).to_contain_text("二级")
    with live_server.store.transaction(SYSTEM) as connection:
        assert incidents.read(connection, code).incident.due
        incidents.append(
            connection, code, [Change(EventKind.NOTED, {"text": "x"}, "wang")], now=SystemClock().now()
        )
    expect(page.locator(".log__entry").filter(has_text="wang")).to_be_visible()
    page.locator("#order").click(position={"x": 5, "y": 5})
    page.keyboard.press("u")
    expect(page.locator(".assignment")).to_have_count(2)
    expect(page.locator(".order__state")).to_contain_text("二级")
    close_order(opened, code)


def link_of(live_server: LiveServer, code: str) -> str:
    with live_server.store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT o.secret FROM incident_message m JOIN outbox o ON o.idempotency_key = m.outbox_key"
            " WHERE m.incident_code = %s AND o.secret IS NOT NULL ORDER BY m.id LIMIT 1",
            [code],
        ).fetchone()
    assert row is not None
    return str(row["secret"]).split("#")[1]


def _starts_at(url: str, lon: float) -> bool:
    """A question for a way that begins at this longitude."""
    start = url.partition("/api/route?from=")[2].partition(",")[0]
    return bool(start) and abs(float(start) - lon) < 1e-5


def test_a_crew_goes_through_its_order_also_without_a_network(
    visit: Visitor, elevator: dict[str, Any], live_server: LiveServer
) -> None:
    opened = open_desk(visit)
    code = take_by_keys(opened.page, elevator)
    opened.page.keyboard.press("Enter")
    expect(opened.page.locator(".assignment")).to_have_count(1)
    phone = visit(None, size=NARROW)
    at = opened.json(f"/api/orders/{code}")
    phone.page.context.grant_permissions(["geolocation"], origin=phone.origin)
    phone.page.context.set_geolocation({"longitude": at["lon"] + 0.02, "latitude": at["lat"]})
    page = phone.open(f"/crew#{link_of(live_server, code)}")
    expect(page.locator(".crew__title")).to_contain_text(elevator["name"])
    assert "#" not in page.url
    phone.assert_accessible()
    with opened.page.expect_request(lambda request: _starts_at(request.url, at["lon"] + 0.02)):
        page.locator('[data-act="accept"]').click()
    expect(opened.page.locator(".assignment [data-heard]")).to_contain_text("报告位置")
    expect(page.locator('[data-act="en-route"]')).to_be_visible()
    expect(opened.page.locator(".assignment")).to_contain_text("已响应")
    phone.cut_off(is_cut=True)
    page.locator('[data-act="en-route"]').click()
    page.locator('[data-act="arrive"]').click()
    expect(page.locator("#net")).to_contain_text("2 项")
    expect(opened.page.locator(".assignment")).to_contain_text("已响应")
    phone.cut_off(is_cut=False)
    expect(page.locator("#net")).to_be_empty()
    expect(opened.page.locator(".assignment")).to_contain_text("已到达")
    page.locator("#persons").fill("2")
    page.locator('[data-act="free"]').click()
    expect(page.locator(".crew__done")).to_contain_text("已解困")
    expect(opened.page.locator(".order__state")).to_contain_text("已解困")
    kinds = [e["kind"] for e in opened.json(f"/api/orders/{code}")["log"]]
    assert [kinds.count(k) for k in ("accepted", "en_route", "arrived", "freed")] == [1, 1, 1, 1]
    close_order(opened, code)
    page.reload()
    expect(page.locator(".crew__end")).to_contain_text("工单已结束")


def test_a_spent_or_wrong_link_says_so(visit: Visitor) -> None:
    phone = visit(None, size=NARROW)
    page = phone.open("/crew#AAAAAAAAAAAAAAAAAAAAAA")
    expect(page.locator(".crew__end")).to_contain_text("链接无效")
    page.goto(f"{phone.origin}/crew")
    expect(page.locator(".crew__end")).to_be_visible()


def test_the_console_is_for_dispatchers(visit: Visitor) -> None:
    opened = visit("district")
    response = opened.page.goto(f"{opened.origin}/dispatch")
    assert response is not None
    assert response.status == 403
    opened.open_map()
    expect(opened.page.locator(".screens a[href='/dispatch']")).to_have_count(0)


def test_a_pasted_position_is_asked_for_its_datum(
    visit: Visitor, elevator: dict[str, Any], live_server: LiveServer
) -> None:
    with live_server.store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM elevator WHERE code = %s", [elevator["code"]]
        ).fetchone()
    assert row is not None
    opened = open_desk(visit)
    page = opened.page
    page.keyboard.press("n")
    page.keyboard.type(f"{row['lon']:.6f},{row['lat']:.6f}")
    expect(page.locator("#call-datum")).to_be_visible()
    expect(page.locator(".call__hit").first).to_contain_text(elevator["rescue_code"])
    page.locator("#call-datum select").select_option("bd09")
    expect(page.locator(".call__hit").first).not_to_contain_text(elevator["rescue_code"])
    page.locator("#call-text").press("Escape")
    expect(page.locator("#call-datum")).to_be_hidden()
