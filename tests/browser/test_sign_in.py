"""The sign-in page: what a person sees when it works and when it does not."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Visitor
from web.sample_accounts import SAMPLE_PASSWORD


def test_wrong_password_says_so_and_keeps_the_name(visit: Visitor) -> None:
    opened = visit(None)
    page = opened.open("/sign-in")
    expect(page.get_by_text("示例数据 Sample data")).to_be_visible()
    opened.assert_accessible()
    page.get_by_label("用户名").fill("city")
    page.get_by_label("密码").fill("wrong-password")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("不对")
    expect(page.get_by_label("用户名")).to_have_value("city")
    opened.assert_accessible()


def test_signing_in_leads_back_to_the_shared_map(visit: Visitor) -> None:
    opened = visit(None, size=NARROW)
    page = opened.open("/map#v=15.00/22.54000/114.05000&l=elevator")
    expect(page.get_by_label("用户名")).to_be_visible()
    page.get_by_label("用户名").fill("street")
    page.get_by_label("密码").fill(SAMPLE_PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#map-loading")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/map#v=15\.00/22\.54000/114\.05000&l=elevator"))
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]


def test_a_sample_account_fills_the_form(visit: Visitor) -> None:
    page = visit(None).open("/sign-in")
    page.locator(".sample-account", has_text="district").click()
    expect(page.get_by_label("用户名")).to_have_value("district")
    expect(page.get_by_label("密码")).to_have_value(SAMPLE_PASSWORD)


def test_every_page_carries_the_strict_policy(visit: Visitor) -> None:
    opened = visit("admin")
    for path in ("/sign-in", "/map", "/account", "/admin/users", "/no-such-page"):
        policy = opened.page.request.get(opened.origin + path).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';"), path
        assert "unsafe" not in policy, path
