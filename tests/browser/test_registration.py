"""The whole way in a real browser: register with a draft and a ghost, review with a corrected position, sign in, on the map."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from data.scope import SYSTEM
from tests.browser.conftest import NARROW, Visit, Visitor
from tests.conftest import LiveServer
from tests.web.test_registration import code_of

SIZE = (1300, 900)
NAME = "浏览器里注册的厂"
PASSWORD = "long-enough-1"


@pytest.fixture
def spot(live_server: LiveServer) -> dict[str, Any]:
    """A street, a point inside of it off roads and water, and one on a road of it."""
    with live_server.store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT d.code, d.name, d.initials, ST_X(p) AS lon, ST_Y(p) AS lat, ST_X(q) AS road_lon, ST_Y(q) AS road_lat FROM division d,"
            " LATERAL (SELECT (ST_Dump(ST_GeneratePoints(d.geom, 30, 3))).geom AS p) x,"
            " LATERAL (SELECT ST_LineInterpolatePoint(r.geom, 0.5) AS q FROM road r WHERE ST_Within(r.geom, d.geom) LIMIT 1) y"
            " WHERE d.level = 'street' AND d.geom IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM water w WHERE ST_Intersects(w.geom, p))"
            " AND NOT EXISTS (SELECT 1 FROM road r WHERE ST_DWithin(r.geom::geography, p::geography, 20))"
            " ORDER BY d.code LIMIT 1"
        ).fetchone()
    assert row is not None
    return dict(row)


def form(opened: Visit) -> Page:
    page = opened.open("/register")
    expect(page.locator("#map-loading")).to_be_hidden()
    return page


def choose_region(page: Page, spot: dict[str, Any]) -> None:
    page.locator("#region-search").fill(spot["code"])
    page.get_by_role("option", name=re.compile(spot["code"])).first.click()
    expect(page.locator("#street")).to_have_value(spot["code"])
    expect(page.locator("#f-authority_code")).to_have_value(spot["code"])


def test_the_whole_way(visit: Visitor, spot: dict[str, Any]) -> None:
    opened = visit(None, size=SIZE)
    page = form(opened)
    choose_region(page, spot)
    # On a road: it is said, and the ghost is accepted with a click.
    page.get_by_label("经纬度").fill(f"{spot['road_lon']}, {spot['road_lat']}")
    expect(page.locator('[data-kind="on_road"]')).to_contain_text("道路")
    page.locator(".pin--ghost").click()
    expect(page.locator('[data-kind="on_road"]')).to_have_count(0)
    expect(page.get_by_label("经纬度")).not_to_have_value(f"{spot['road_lon']}, {spot['road_lat']}")
    page.get_by_label("经纬度").fill(f"{spot['lon']:.6f}, {spot['lat']:.6f}")
    expect(page.locator(".facts")).to_contain_text(f"{spot['lon']:.6f}")
    page.get_by_label("企业名称").fill(NAME)
    page.get_by_label("统一社会信用代码").fill(code_of(900)[:-1] + ("0" if code_of(900)[-1] != "0" else "1"))
    page.get_by_label("统一社会信用代码").blur()
    expect(page.locator('[data-field="credit_code"] .field__error')).to_contain_text("校验位")
    page.get_by_label("统一社会信用代码").fill(code_of(900).lower())
    page.get_by_label("统一社会信用代码").blur()
    expect(page.get_by_label("统一社会信用代码")).to_have_value(code_of(900))
    expect(page.locator("#saved")).to_contain_text("草稿已保存")
    # The draft is there again after the page was closed.
    page = form(opened)
    expect(page.get_by_label("企业名称")).to_have_value(NAME)
    expect(page.locator("#street")).to_have_value(spot["code"])
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator('[data-field="legal_name"] .field__error')).to_contain_text("法定代表人")
    expect(page.locator('[data-field="password"] .field__error')).to_contain_text("密码")
    opened.assert_accessible()
    page.get_by_label("行业类别").select_option("industry_and_trade/machinery")
    for name, value in {
        "address": "样例路 5 号", "legal_name": "李四", "principal_name": "李四", "principal_mobile": "13800000002", "safety_name": "王五",
        "safety_mobile": "13800000003", "contact_name": "张三", "contact_mobile": "13800000001", "username": "browser.firm",
        "password": PASSWORD, "password_again": PASSWORD,
    }.items():  # fmt: skip
        page.locator(f"#f-{name}").fill(value)
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("#standing")).to_contain_text("等待归属机构审核")
    expect(page.locator("#form")).to_be_hidden()
    page.goto(f"{opened.origin}/register/result?name={NAME}")
    expect(page.locator("#state")).to_have_text("待审核")

    review = visit("city", size=SIZE)
    desk = review.open("/reviews")
    desk.get_by_role("link", name=NAME).click()
    expect(desk.locator("#map-loading")).to_be_hidden()
    expect(desk.locator("#declared")).to_contain_text(code_of(900))
    moved = f"{spot['lon'] + 2e-4:.6f}, {spot['lat']:.6f}"
    desk.get_by_label("位置（WGS-84）").fill(moved)
    desk.get_by_label("位置（WGS-84）").blur()
    expect(desk.locator(".facts").last).to_contain_text(moved)
    review.assert_accessible()
    desk.get_by_role("button", name="保存更正").click()
    expect(desk.locator('#changes tr[data-field="position"]')).to_contain_text(moved)
    desk.get_by_role("button", name="通过").click()
    desk.get_by_role("dialog").get_by_role("button", name="通过").click()
    expect(desk.locator("#state")).to_have_text("已通过")
    expect(desk.locator("#decision")).to_be_hidden()

    page.goto(f"{opened.origin}/register")
    expect(page.locator("#standing")).to_contain_text("browser.firm")
    page.goto(f"{opened.origin}/sign-in")
    page.get_by_label("用户名").fill("browser.firm")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#map-loading")).to_be_hidden()
    found = opened.json(f"/api/search?q={code_of(900)}")["results"]
    assert [one["title"] for one in found] == [NAME]
    assert abs(found[0]["lon"] - spot["lon"] - 2e-4) < 1e-6


def test_a_click_the_marker_and_my_position_set_it(visit: Visitor, spot: dict[str, Any]) -> None:
    opened = visit(None, size=SIZE)
    page = form(opened)
    choose_region(page, spot)
    figures = page.get_by_label("经纬度")

    def click_the_map() -> None:
        page.locator("#map canvas").click(position={"x": 200, "y": 200})

    opened.until(click_the_map, lambda: figures.input_value() != "")
    clicked = figures.input_value()
    pin = page.locator(".pin:not(.pin--ghost)")
    expect(pin).to_be_visible()
    pin.focus()
    pin.press("Shift+ArrowRight")
    expect(figures).not_to_have_value(clicked)
    assert float(figures.input_value().split(",")[0]) > float(clicked.split(",")[0])
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": spot["lon"], "latitude": spot["lat"]})
    page.get_by_role("button", name="用我的当前位置").click()
    expect(figures).to_have_value(f"{spot['lon']:.6f}, {spot['lat']:.6f}")
    expect(page.locator("#report")).to_contain_text(spot["name"])


def test_it_fits_a_telephone(visit: Visitor, spot: dict[str, Any]) -> None:
    opened = visit(None, size=NARROW)
    page = form(opened)
    width = page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= NARROW[0]
    opened.assert_accessible()


def test_a_draft_goes_on_in_another_browser_after_a_code(
    visit: Visitor, live_server: LiveServer, spot: dict[str, Any]
) -> None:
    first = form(visit(None, size=SIZE))
    choose_region(first, spot)
    first.get_by_label("企业名称").fill("换了浏览器的厂")
    first.get_by_label("联系人手机").fill("139 1111 0033")
    expect(first.locator("#saved")).to_contain_text("草稿已保存")
    opened = visit(None, size=SIZE)
    page = form(opened)
    page.click("#recover")
    page.fill("dialog [name=mobile]", "13911110033")
    page.click("dialog form:nth-of-type(1) [type=submit]")
    expect(page.locator("dialog [name=code]")).to_be_visible()
    with live_server.store.unscoped() as connection:
        row = connection.execute("SELECT secret FROM outbox WHERE recipient = '13911110033'").fetchone()
    assert row is not None
    opened.assert_accessible()
    page.fill("dialog [name=code]", row["secret"])
    page.click("dialog form:nth-of-type(2) [type=submit]")
    expect(page.get_by_label("企业名称")).to_have_value("换了浏览器的厂")
    expect(page.locator("#street")).to_have_value(spot["code"])
