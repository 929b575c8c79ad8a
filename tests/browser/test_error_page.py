"""The error page says what happened, what to do, and the way back."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Visitor


def test_a_page_that_is_not_there(visit: Visitor) -> None:
    opened = visit(size=NARROW)
    page = opened.open("/no-such-page")
    expect(page.locator(".error-page__status")).to_have_text("404")
    opened.assert_accessible()
    page.get_by_role("link", name="回到地图").click()
    expect(page.locator("#map-loading")).to_be_hidden()
