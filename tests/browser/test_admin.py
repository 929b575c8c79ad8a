"""The administration pages and who may open them."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visitor


def test_accounts_audit_and_messages(visit: Visitor) -> None:
    opened = visit("admin")
    page = opened.open("/users")
    expect(page.get_by_role("cell", name="dispatcher", exact=True).first).to_be_visible()
    opened.assert_accessible()
    for name in ("审计记录", "短信"):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
        opened.assert_accessible()


def test_others_are_told_that_it_is_not_for_them(visit: Visitor) -> None:
    opened = visit("district")
    page = opened.open("/users")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("403", exact=True)).to_be_visible()
    expect(page.get_by_text("这一页只对管理员开放", exact=False)).to_be_visible()
    opened.assert_accessible()


def test_the_audit_is_searched_and_says_when_nothing_fits(visit: Visitor) -> None:
    opened = visit("admin")
    page = opened.open("/admin/audit")
    page.get_by_label("动作").select_option("sign_in")
    page.get_by_role("button", name="查询").click()
    expect(page.locator("tbody tr").first).to_contain_text("登录")
    assert "action=sign_in" in page.url
    page.locator("[name=from]").fill("1999-01-01")
    page.locator("[name=to]").fill("1999-01-02")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("没有符合条件的记录")).to_be_visible()
    opened.assert_accessible()
    page.get_by_role("link", name="清除").click()
    expect(page.locator("tbody tr").first).to_be_visible()


def test_an_enterprise_searches_what_its_accounts_did(visit: Visitor) -> None:
    opened = visit("enterprise")
    page = opened.open("/enterprise")
    log = page.locator("#log")
    log.get_by_text("操作记录").first.click()
    expect(log.locator("tbody tr").first).to_be_visible()
    log.get_by_role("textbox").first.fill("登录")
    log.get_by_role("button", name="查询").click()
    expect(log.locator("tbody tr").first).to_contain_text("登录")
    log.get_by_role("textbox").first.fill("没有人做过的事")
    log.get_by_role("button", name="查询").click()
    expect(log.get_by_text("没有符合条件的操作")).to_be_visible()
    opened.assert_accessible()
