"""The account page: tokens and the password."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visitor


def test_a_token_is_shown_once_works_and_is_revoked(visit: Visitor) -> None:
    opened = visit("district")
    page = opened.open("/account")
    expect(page.get_by_text("还没有令牌")).to_be_visible()
    expect(page.locator("dl.keys")).to_contain_text(re.compile(r"区（4403\d\d）"))
    opened.assert_accessible()
    page.get_by_role("button", name="创建令牌").click()
    expect(page.get_by_text("请填写名称", exact=False)).to_be_visible()
    page.get_by_label("名称", exact=True).fill("浏览器测试")
    page.get_by_role("button", name="创建令牌").click()
    dialog = page.get_by_role("dialog")
    secret = dialog.get_by_role("textbox").input_value()
    opened.assert_accessible()
    answer = page.context.browser.new_context().request.get(  # type: ignore[union-attr]
        f"{opened.origin}/api/session", headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.json()["user"]["username"] == "district"
    dialog.get_by_role("button", name="关闭").click()
    row = page.locator("#tokens tr", has_text="浏览器测试")
    expect(row).to_be_visible()
    row.get_by_role("button", name="吊销").click()
    page.get_by_role("dialog").get_by_role("button", name="吊销").click()
    expect(page.get_by_text("还没有令牌")).to_be_visible()


def test_a_wrong_password_changes_nothing_and_says_why(visit: Visitor) -> None:
    opened = visit("street")
    page = opened.open("/account")
    page.get_by_label("现在的密码").fill("not-the-password")
    page.get_by_label("新密码", exact=True).fill("a-new-password-1")
    page.get_by_label("再次输入新密码").fill("a-new-password-2")
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_role("alert")).to_contain_text("不一致")
    opened.assert_accessible()
