"""The enterprise's page and the search for resources on screen: the answer first, list and map together, the sheet."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.conftest import LiveServer
from tests.registered import register_one

SIZE = (1300, 900)


def test_what_help_stands_around_is_told_found_and_printed(visit: Visitor) -> None:
    page = visit("enterprise", size=SIZE).open("/enterprise")
    expect(page.locator("#told")).to_contain_text("最先到的：")
    expect(page.locator("#told")).to_contain_text("15 分钟内能到")
    expect(page.locator("#map-loading")).to_be_hidden()
    all_of_them = int(re.sub(r"\D", "", page.locator("#help-total").inner_text()))
    with page.expect_response("**/surroundings?**"):
        page.select_option("#search [name=kind]", "hospital")
    expect(page.locator("#search [name=type]")).to_be_enabled()
    with page.expect_response("**/surroundings?**"):
        page.select_option("#search [name=within]", "m60")
    expect(page.locator(".help").first).to_contain_text("医院")
    page.locator(".help__n").first.click()
    expect(page.locator(".help").first).to_have_class("help is-chosen")
    assert page.locator(".help__phones a").first.get_attribute("href").startswith("tel:")  # type: ignore[union-attr]
    with page.expect_response("**/surroundings?**"):
        page.fill("#search [name=q]", "没有这个名称")
    expect(page.locator("#help")).to_contain_text("没有符合条件的资源")
    expect(page.locator("#licences")).to_contain_text("有效期至")
    assert "kind=hospital" in (page.locator("#print").get_attribute("href") or ""), (
        "on paper stands what the screen was asked for"
    )
    for field in ("q", "kind"):
        with page.expect_response("**/surroundings?**"):
            if field == "q":
                page.fill("#search [name=q]", "")
            else:
                page.select_option("#search [name=kind]", "")
    expect(page.locator("#help .help").first).to_be_visible()
    page.get_by_role("link", name="打印").click()
    expect(page.locator("h1")).to_contain_text("周边救援资源")
    assert page.locator(".print-words tbody tr").count() >= all_of_them
    assert Axe().run(page).violations_count == 0


def test_whom_the_registration_named_is_on_the_page_and_on_paper(
    visit: Visitor, live_server: LiveServer
) -> None:
    one = register_one(live_server.store)
    opened = visit("city", size=SIZE)
    page = opened.open(f"/enterprise/{one['id']}")
    facts = page.locator("#facts")
    expect(facts).to_contain_text("危险化学品 · 危险化学品经营")
    for told in ("法定代表人", "法定人", "主要负责人", "负责人", "安全负责人", "安全员"):
        expect(facts).to_contain_text(told)
    expect(facts.locator("a[href='tel:13800003333']")).to_be_visible()
    opened.assert_accessible()
    page.get_by_role("link", name="打印").click()
    expect(page.locator("#people tbody tr")).to_have_count(4)
    expect(page.locator("#people")).to_contain_text("安全员")


def test_a_clicked_place_is_what_the_search_measures_from(visit: Visitor) -> None:
    page = visit("city", size=SIZE).open("/resources")
    expect(page.locator("#within")).to_be_hidden()
    expect(page.locator("#map-loading")).to_be_hidden()
    with page.expect_response("**/api/resources?**lon=**"):
        page.locator("#map canvas").click(position={"x": 30, "y": 60})
    expect(page.locator("#center")).to_contain_text("中心点")
    expect(page.locator("#roads, .state").first).to_be_attached()
    with page.expect_response("**/api/resources?**"):
        page.select_option("#search [name=within]", "k20")
    page.click("#clear")
    expect(page.locator("#within")).to_be_hidden()
    expect(page.locator(".help").first).to_be_visible()
