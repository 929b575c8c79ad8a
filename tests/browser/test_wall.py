"""The wall: let in by a token, live, nothing lost or doubled after a cut, dark when the token is revoked, readable at every size."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from data import drills, incidents, users
from data.call_desk import CallForm
from data.clock import SystemClock
from data.dispatch_desk import Desk
from data.drill_question import DrillQuestion
from data.incidents import Change
from data.scope import SYSTEM
from data.station_ranking import StationRanker
from data.travel_store import TravelStore
from dispatch.incident import EventKind
from tests.browser.conftest import Visit, Visitor
from tests.conftest import LiveServer
from tests.web.test_wall_drill import ANSWER

HD = (1920, 1080)
UHD = (3840, 2160)
#: Boxes of the parts, the smallest letters in css pixels, and every text that is cut off or beyond the screen.
LAYOUT = """() => {
  const parts = [...document.querySelectorAll('.wall-bar, .wall-kpi, .wall-card, #map')].filter((e) => e.offsetParent);
  const texts = [...document.querySelectorAll('.wall-page *')].filter((e) => e.childElementCount === 0 && e.textContent.trim()
    && e.offsetParent && !e.closest('.map, kbd, .visually-hidden, .skip-link'));
  const box = (e) => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  const isOut = ([left, top, right, bottom]) => left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1;
  return { parts: parts.map(box), smallest: Math.min(...texts.map((e) => parseFloat(getComputedStyle(e).fontSize))),
    out: texts.filter((e) => isOut(box(e)) && !e.closest('.wall-events, .wall-bars')).map((e) => e.textContent.trim()),
    wide: document.documentElement.scrollWidth - innerWidth };
}"""


@pytest.fixture(scope="module")
def desk(live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("wall-desk")
    return Desk(StationRanker(live_server.store, TravelStore(live_server.store, folder), folder))


def now() -> dt.datetime:
    return SystemClock().now()


@pytest.fixture
def orders(live_server: LiveServer, desk: Desk) -> Any:
    """Three open orders, one of them long past its limit; closed at the end."""
    codes = []
    with live_server.store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT e.code, e.station_code FROM elevator e JOIN rescue_station s ON s.code = e.station_code WHERE s.on_duty"
            " AND s.crew_count > 4 AND e.geom IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code)"
            " ORDER BY e.id DESC LIMIT 3"
        ).fetchall()
        for minutes, row in zip((0, 5, 50), rows, strict=True):
            at = now() - dt.timedelta(minutes=minutes)
            form = CallForm(
                elevator_code=row["code"], people_inside=2, caller_phone="13912345678", caller_words="救命"
            )
            order = desk.take_call(connection, form, actor="li", now=at).order
            desk.notify(connection, order.code, row["station_code"], actor="li", now=at, base_url="http://x")
            codes.append(order.code)
        for code in codes:
            # What time alone has brought is written now, so that it does not come between.
            desk.escalate(connection, code, now=now(), base_url="http://x")
    yield codes
    with live_server.store.transaction(SYSTEM) as connection:
        for code in codes:
            if incidents.read(connection, code).incident.closed_at is None:
                desk.close(connection, code, outcome="not_entrapment", why="test", actor="li", now=now())


def note(live_server: LiveServer, code: str, station: str) -> None:
    with live_server.store.transaction(SYSTEM) as connection:
        incidents.append(
            connection,
            code,
            [Change(EventKind.STOOD_DOWN, {"station_code": station, "why": "x"}, "li")],
            now=now(),
        )


def open_wall(visit: Visitor, username: str | None = "wall") -> Visit:
    opened = visit(username, size=HD, theme="dark")
    opened.open("/wall")
    expect(opened.page.locator("#map-loading")).to_be_hidden()
    return opened


def test_the_wall_shows_what_is_pressing_and_nothing_personal(visit: Visitor, orders: list[str]) -> None:
    opened = open_wall(visit)
    page = opened.page
    expect(page.locator(".wall-orders__row")).to_have_count(3)
    expect(page.locator(".wall-focus__title")).to_contain_text(orders[2])
    expect(page.locator(".wall-focus__left")).to_have_attribute("data-urgency", "over")
    expect(page.locator(".wall-focus__left")).to_have_text(re.compile(r"^\+\d\d:\d\d$"))
    expect(page.locator(".wall-focus__about")).to_contain_text("已超 30 分钟到达时限")
    expect(page.locator(".wall-kpi__value").first).to_have_text("3")
    expect(page.locator(".wall-bar__feed")).to_contain_text("实时")
    # Every figure names its clock; districts are ranked by it; the focused order has its own map.
    notes = page.locator(".wall-kpi__note")
    expect(page.locator("a.wall-kpi")).to_have_count(0)
    expect(notes.nth(3)).to_have_text("通知→到达超时限")
    expect(notes.nth(4)).to_contain_text("通知→到达，九成")
    expect(notes.nth(5)).to_contain_text("通知→响应")
    expect(page.locator(".wall-bars__row").first).to_be_visible()
    expect(page.locator(".wall-bars__limit")).to_contain_text("时限（通知→到达）")
    expect(page.locator("#inset canvas")).to_be_visible()
    text = page.content()
    assert "13912345678" not in text
    assert "救命" not in text
    state = opened.json("/api/wall/state")
    assert "13912345678" not in str(state)
    page.keyboard.press("2")
    expect(page.locator('[data-theme-of="rescue_station"]')).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".wall-focus__title")).not_to_contain_text(orders[2])
    page.keyboard.press("Escape")
    expect(page.locator(".wall-focus__title")).to_contain_text(orders[2])
    opened.assert_accessible()
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('.wall-page *')].filter((e) => e.childElementCount === 0 && e.textContent.trim()
          && e.offsetParent && !e.closest('.map, kbd, .visually-hidden, .skip-link'))
          .map((e) => [parseFloat(getComputedStyle(e).fontSize), e.textContent.trim().slice(0, 20)]).sort((a, b) => a[0] - b[0])[0]"""
    )
    assert sizes[0] >= 18, sizes


def test_at_four_thousand_pixels_the_wall_is_the_same_picture_twice_as_large(
    visit: Visitor, orders: list[str]
) -> None:
    found = {}
    for size in (HD, UHD):
        page = visit("wall", size=size, theme="dark").open("/wall")
        expect(page.locator(".wall-orders__row")).to_have_count(len(orders))
        expect(page.locator(".wall-bars__row").first).to_be_visible()
        expect(page.locator(".wall-kpi__value").first).to_have_text(str(len(orders)))
        found[size] = page.evaluate(LAYOUT)
        page.close()
    small, large = found[HD], found[UHD]
    assert len(small["parts"]) > 8
    assert len(small["parts"]) == len(large["parts"])
    for one, other in zip(small["parts"], large["parts"], strict=True):
        assert [2 * at for at in one] == pytest.approx(other, abs=24), (one, other)
    assert (small["out"], large["out"]) == ([], [])
    assert (small["wide"], large["wide"]) == (0, 0)
    assert large["smallest"] == pytest.approx(2 * small["smallest"], abs=1)


def test_a_change_reaches_the_wall_and_a_cut_loses_and_doubles_nothing(
    visit: Visitor, orders: list[str], live_server: LiveServer, desk: Desk
) -> None:
    opened = open_wall(visit)
    page = opened.page
    page.evaluate(
        """() => { window.told = []; new MutationObserver(() => {
          for (const li of document.querySelectorAll('[data-event]')) { window.told.push(li.dataset.event); } })
          .observe(document.getElementById('events'), { childList: true, subtree: true }); }"""
    )
    expect(page.locator(".wall-orders__row")).to_have_count(3)
    with live_server.store.transaction(SYSTEM) as connection:
        station = incidents.read(connection, orders[0]).incident.running[0].station_code
        change = Change(EventKind.ACCEPTED, {"station_code": station, "responder": "王五"}, "li")
        incidents.append(connection, orders[0], [change], now=now())
    accepted = page.locator(".wall-events li", has_text="已响应").first
    expect(accepted).to_be_visible()
    expect(accepted).not_to_contain_text("王五")
    opened.cut_off(is_cut=True)
    with live_server.store.transaction(SYSTEM) as connection:
        for kind in (EventKind.EN_ROUTE, EventKind.ARRIVED):
            incidents.append(
                connection, orders[0], [Change(kind, {"station_code": station}, "li")], now=now()
            )
    page.wait_for_timeout(500)
    opened.cut_off(is_cut=False)
    expect(page.locator(".wall-events li", has_text="到达现场").first).to_be_visible()
    expect(page.locator(".wall-events li", has_text="已出发").first).to_be_visible()
    shown = page.locator(".wall-events li").evaluate_all("rows => rows.map((r) => r.dataset.event)")
    assert len(shown) == len(set(shown))
    row = page.locator(".wall-orders__row", has_text="已到达")
    expect(row).to_have_count(1)


def test_a_wall_comes_in_by_its_token_and_goes_dark_when_it_is_revoked(
    visit: Visitor, live_server: LiveServer, orders: list[str]
) -> None:
    secret = live_server.token("wall")
    opened = visit(None, size=HD, theme="dark")
    page = opened.open("/wall")
    expect(page).to_have_url(re.compile("/wall/enter$"))
    opened.assert_accessible()
    page.locator("#token").fill("wrong")
    page.locator("button[type=submit]").click()
    expect(page.locator(".form-error")).to_contain_text("令牌无效")
    page.locator("#token").fill(secret)
    page.locator("button[type=submit]").click()
    expect(page.locator(".wall-orders__row")).to_have_count(len(orders))
    token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    refused = page.request.post(
        f"{opened.origin}/api/orders", data={"address": "x"}, headers={"X-CSRF-Token": token}
    )
    assert refused.status == 403
    with live_server.store.unscoped() as connection:
        user = users.find_user(connection, "wall")
        for row in users.tokens_of(connection, user.id):
            users.revoke_token(connection, user.id, row["id"], now=now())
    expect(page).to_have_url(re.compile("/wall/enter$"), timeout=8000)


def test_a_token_of_another_account_lets_no_wall_in(live_server: LiveServer, visit: Visitor) -> None:
    secret = live_server.token("city")
    opened = visit(None, size=HD)
    page = opened.open("/wall/enter")
    page.locator("#token").fill(secret)
    page.locator("button[type=submit]").click()
    expect(page.locator(".form-error")).to_contain_text("不是大屏账号")


def test_an_empty_wall_says_so(visit: Visitor) -> None:
    opened = open_wall(visit)
    expect(opened.page.locator(".wall-empty").first).to_contain_text("当前没有困人")


def test_the_command_centre_switches_the_wall_to_a_drill_and_back(
    visit: Visitor, live_server: LiveServer, orders: list[str]
) -> None:
    drill_id = uuid.uuid4()
    city = replace(SYSTEM, ranges=(("4403", "4404"),))
    asked = DrillQuestion("大屏演练", now(), 114.0, 22.5, "氨", 1.0, "instant")
    with live_server.store.transaction(city) as connection:
        drills.keep(connection, drill_id, asked, ANSWER, scope=city, now=now())
    # One map at a time: several that are drawn without a graphics card starve each other.
    desk = visit("dispatcher", size=(1400, 900))
    desk.open(f"/studio/drill#{drill_id}")
    desk.page.locator(".drill__wall button", has_text="大屏切换到本次演练").click()
    expect(desk.page.locator(".drill__wall")).to_contain_text("大屏正在显示本次演练。")
    desk.page.goto("about:blank")
    wall = open_wall(visit)
    page = wall.page
    expect(page.locator("#drill-name")).to_have_text("大屏演练")
    expect(page.locator("#drill-live")).to_have_text("真实困人 3 起正在处置")
    tiles = f"/tiles/drill/{drill_id}/"
    wall.until(lambda: None, lambda: any(tiles in url and status == 200 for status, url in wall.statuses))
    expect(page.locator("#drill-right")).to_contain_text("演练消防站")
    expect(page.locator("#orders")).to_be_hidden()
    mark = "e => getComputedStyle(e, '::after').content"
    assert "演练 DRILL" in page.locator("#drill-mark span").first.evaluate(mark)
    assert page.title().startswith("演练 DRILL")
    page.emulate_media(media="print")
    expect(page.locator("#drill-mark")).to_be_visible()
    page.emulate_media(media="screen")
    wall.assert_accessible()
    expect(page.locator("#drill-back")).to_be_hidden()  # a screen that only reads switches nothing
    page.goto("about:blank")
    other = open_wall(visit, "district")
    expect(other.page.locator("#drill-bar")).to_be_hidden()
    other.page.goto("about:blank")
    desk.open("/wall")
    desk.page.locator("#drill-back").click()
    expect(desk.page.locator("#drill-bar")).to_be_hidden()
    expect(desk.page.locator(".wall-orders__row")).to_have_count(3)
    # Whoever may see the orders behind a figure opens them from the wall; a screen of its own (above) opens nothing.
    expect(desk.page.locator("a.wall-kpi").nth(2)).to_have_attribute(
        "href", re.compile(r"^/figures\?from=\d{4}")
    )
    # A wall that stands follows while it is looked at.
    csrf = desk.json("/api/session")["csrf"]
    url, headers = f"{desk.origin}/api/wall/drill", {"X-CSRF-Token": csrf}
    assert desk.page.request.put(url, data={"drill": str(drill_id)}, headers=headers).ok
    expect(desk.page.locator("#drill-name")).to_have_text("大屏演练")
    assert desk.page.request.delete(url, headers=headers).ok
    expect(desk.page.locator("#drill-bar")).to_be_hidden()
    with live_server.store.transaction(SYSTEM) as connection:
        drills.remove(connection, drill_id, scope=SYSTEM)
