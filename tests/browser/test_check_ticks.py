"""An inspection's items are ticked on its page, and what does not conform opens the form of its hidden danger."""

from __future__ import annotations

import datetime as dt
import re

from playwright.sync_api import expect

from layers.display import LOCAL_ZONE
from tests.browser.conftest import Visitor


def test_items_are_ticked_and_one_that_fails_is_registered(visit: Visitor) -> None:
    opened = visit("enterprise", size=(1280, 1000))
    page = opened.open("/registers/check_plan/new")
    today = dt.datetime.now(LOCAL_ZONE).date().isoformat()
    page.locator("[name=name]").fill("浏览器排查")
    page.locator("[name=kind]").select_option("daily")
    page.locator("[name=begins_on]").fill(today)
    page.locator("[name=ends_on]").fill(today)
    page.locator("#form [type=submit]").click()
    page.wait_for_url(re.compile(r"/registers/check_plan/\d+$"))
    items = page.locator(".ticks__item")
    expect(items.first).to_be_visible()
    save = page.get_by_role("button", name="保存检查结果")
    expect(save).to_be_disabled()
    items.first.locator("select").select_option("fails")
    items.first.locator("input").fill("渗漏")
    page.get_by_role("button", name="其余都符合").click()
    save.click()
    expect(page.locator("#ticks [role=status]")).to_contain_text("不符合 1")
    expect(page.locator("#history")).to_contain_text("不符合 1")
    opened.assert_accessible()
    items.first.get_by_role("link", name="登记隐患").click()
    page.wait_for_url("**/registers/hidden_danger/new?*")
    expect(page.locator("[name=name]")).to_have_value(re.compile("不符合（渗漏）"))
    page.locator("[name=grade]").select_option("general")
    page.locator("#form [type=submit]").click()
    page.wait_for_url(re.compile(r"/registers/hidden_danger/\d+$"))
    page.get_by_role("link", name="浏览器排查").click()
    page.wait_for_url(re.compile(r"/registers/check_plan/\d+$"))
    expect(items.first).to_contain_text("待整改")
