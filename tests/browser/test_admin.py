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
