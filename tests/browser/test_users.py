"""Accounts in real browsers: an administrator adds one, its first password is changed, it is switched off; a firm keeps its own."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, Visitor

OWN = "my-own-password-3"


def sign_in(opened: Visit, username: str, password: str) -> Page:
    page = opened.open("/sign-in")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()
    return page


def first_password(page: Page) -> str:
    """The first password as the page shows it once."""
    shown = page.locator("dialog .copy-once input")
    expect(shown).to_be_visible()
    password = shown.input_value()
    page.get_by_role("dialog").get_by_role("button", name="关闭").click()
    return password


def test_an_account_from_its_first_password_to_its_end(visit: Visitor) -> None:
    opened = visit("admin")
    page = opened.open("/users")
    expect(page.locator("#table")).to_contain_text("dispatcher")
    opened.assert_accessible()
    page.get_by_role("button", name="新增账号").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("姓名或单位").fill("小李")
    dialog.get_by_role("button", name="新增账号").click()
    expect(dialog.get_by_role("alert").filter(has_text="用户名用 2–40 位")).to_be_visible()
    expect(dialog.get_by_role("alert").filter(has_text="请至少选择一个辖区")).to_be_visible()
    opened.assert_accessible()
    dialog.get_by_label("用户名").fill("browser.li")
    dialog.get_by_role("combobox", name="辖区").fill("福田")
    dialog.get_by_role("option").filter(has_text="440304").first.click()
    expect(dialog.locator('.marks [data-code="440304"]')).to_be_visible()
    dialog.get_by_role("button", name="新增账号").click()
    password = first_password(page)
    row = page.locator("#table tr").filter(has_text="browser.li")
    expect(row).to_contain_text("待改初始密码")

    own = visit(None)
    mine = sign_in(own, "browser.li", password)
    expect(mine.locator("#first-password")).to_be_visible()
    mine.goto(f"{own.origin}/map")
    expect(mine.locator("#first-password")).to_be_visible()
    own.assert_accessible()
    mine.get_by_label("现在的密码").fill(password)
    mine.get_by_label("新密码", exact=True).fill(OWN)
    mine.get_by_label("再次输入新密码").fill(OWN)
    mine.get_by_role("button", name="修改密码").click()
    mine = sign_in(own, "browser.li", OWN)
    expect(mine.locator("#map-loading")).to_be_hidden()

    page.get_by_label("查找").fill("browser.l")
    expect(page.locator("#total")).to_contain_text("共 1 个")
    expect(row).to_contain_text("正常")
    row.get_by_role("button", name="修改").click()
    dialog.get_by_label("角色").select_option(label="调度员")
    dialog.get_by_role("button", name="保存").click()
    expect(row).to_contain_text("调度员")
    row.get_by_role("button", name="停用").click()
    dialog.get_by_role("button", name="停用").click()
    expect(row).to_contain_text("已停用")
    mine.goto(f"{own.origin}/map")
    expect(mine).to_have_url(f"{own.origin}/sign-in?next=/map")


def test_an_enterprise_keeps_its_own_accounts(visit: Visitor) -> None:
    opened = visit("enterprise")
    page = opened.open("/account")
    expect(page.locator("#unit-accounts")).to_contain_text("本账号")
    page.locator("#unit-add").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("用户名").fill("browser.officer")
    dialog.get_by_label("姓名或岗位").fill("安全员")
    dialog.get_by_role("button", name="新增账号").click()
    password = first_password(page)
    row = page.locator("#unit-accounts tr").filter(has_text="browser.officer")
    expect(row).to_contain_text("待改初始密码")
    opened.assert_accessible()
    row.get_by_role("button", name="停用").click()
    dialog.get_by_role("button", name="停用").click()
    expect(row).to_contain_text("已停用")
    stranger = sign_in(visit(None), "browser.officer", password)
    expect(stranger.get_by_role("alert").first).to_be_visible()


def test_others_are_told_that_it_is_not_for_them(visit: Visitor) -> None:
    page = visit("city").open("/users")
    expect(page.get_by_text("403", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="账号", exact=True)).to_have_count(0)


def test_what_is_taken_from_a_role_is_gone_and_comes_back(visit: Visitor) -> None:
    opened = visit("admin")
    page = opened.open("/users")
    cell = page.locator('select[data-role="dispatcher"][data-module="coverage"]')
    expect(cell).to_have_value("write")
    opened.assert_accessible()
    other = visit("dispatcher")
    desk = other.open("/account")
    link = desk.locator('.screens__link[href="/studio/coverage"]')
    expect(link).to_have_count(1)
    cell.select_option("none")
    expect(page.locator("#toasts")).to_contain_text("立即生效")
    expect(cell).to_have_value("none")
    try:
        desk.reload()
        expect(link).to_have_count(0)
        desk.goto(f"{other.origin}/studio/coverage")
        expect(desk.get_by_text("没有“选址、覆盖和绑定核查”的查看权限", exact=False)).to_be_visible()
        other.assert_accessible()
    finally:
        cell.select_option("write")
        expect(
            page.locator('select[data-role="dispatcher"][data-module="coverage"][data-level="write"]')
        ).to_be_visible()
    desk.goto(f"{other.origin}/account")
    expect(link).to_have_count(1)
