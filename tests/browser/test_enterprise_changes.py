"""An enterprise changes what it told, asks for the rest, and its authority reviews it side by side, in real browsers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Visit, Visitor
from tests.conftest import LiveServer
from tests.registered import register_one
from web.sample_accounts import SAMPLE_PASSWORD

SIZE = (1280, 900)


@pytest.fixture(scope="module")
def firm(live_server: LiveServer) -> dict[str, Any]:
    return register_one(live_server.store)


def signed_in(visit: Visitor, username: str, *, size: tuple[int, int] = SIZE) -> Visit:
    opened = visit(None, size=size)
    page = opened.open("/sign-in")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(SAMPLE_PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#map-loading")).to_be_hidden()
    return opened


def edit(opened: Visit, number: int) -> Page:
    page = opened.open(f"/enterprise/{number}/edit")
    expect(page.locator("#map-loading")).to_be_hidden()
    expect(page.locator("#report .facts")).to_be_visible()
    return page


def test_from_a_change_to_its_approval(visit: Visitor, firm: dict[str, Any]) -> None:
    opened = signed_in(visit, firm["username"])
    page = edit(opened, firm["id"])
    expect(page.get_by_label("安全负责人", exact=True)).to_have_value("安全员")
    expect(page.locator("#changed")).to_have_text("没有改动")
    page.get_by_label("安全负责人手机").fill("1380")
    page.get_by_label("详细地址").fill("新路 9 号")
    expect(page.locator("#changed")).to_have_text("改动 2 处")
    page.get_by_role("button", name="提交").click()
    expect(page.locator('[data-field="safety_mobile"] .field__error')).to_contain_text("11 位")
    opened.assert_accessible()
    page.get_by_label("安全负责人手机").fill("13812345678")
    figures = page.get_by_label("经纬度").input_value()
    lon, lat = (float(one) for one in figures.split(","))
    page.get_by_label("经纬度").fill(f"{lon + 1e-4:.6f}, {lat:.6f}")
    expect(page.locator("#report .facts")).to_contain_text(f"{lon + 1e-4:.6f}")
    page.get_by_label("变更说明").fill("搬到隔壁")
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#waiting")).to_contain_text("新路 9 号")
    expect(page.locator("#waiting")).not_to_contain_text("13812345678")
    expect(page.get_by_label("详细地址")).to_have_value("某路 1 号")
    expect(page.get_by_label("安全负责人手机")).to_have_value("13812345678")

    review = visit("city", size=SIZE)
    desk = review.open("/reviews")
    desk.get_by_role("link", name="信息变更").click()
    desk.get_by_label("查找").fill(firm["code"])
    desk.get_by_role("link", name="有负责人的厂").click()
    expect(desk.locator('#lines tr[data-field="address"]')).to_contain_text("新路 9 号")
    expect(desk.locator("#facts")).to_contain_text("搬到隔壁")
    expect(desk.locator("#map-loading")).to_be_hidden()
    review.assert_accessible()
    desk.get_by_role("button", name="通过").click()
    desk.get_by_role("dialog").get_by_role("button", name="通过").click()
    expect(desk.locator("#state")).to_have_text("已生效")
    expect(desk.locator("#decision")).to_be_hidden()

    page.goto(f"{opened.origin}/enterprise/{firm['id']}")
    expect(page.locator("#facts")).to_contain_text("新路 9 号")
    expect(page.locator("#request")).to_be_hidden()
    page.locator("#changes summary").click()
    expect(page.locator("#change-rows")).to_contain_text("某路 1 号")
    expect(page.locator("#change-rows")).to_contain_text("city 审核")


def test_a_return_is_read_and_a_request_withdrawn(visit: Visitor, firm: dict[str, Any]) -> None:
    opened = signed_in(visit, firm["username"])
    page = edit(opened, firm["id"])
    page.get_by_label("企业名称").fill("另一个名字的厂")
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#waiting")).to_contain_text("另一个名字的厂")
    desk = visit("city", size=SIZE).open("/reviews/changes")
    desk.get_by_label("查找").fill(firm["code"])
    desk.get_by_role("link", name="有负责人的厂").click()
    desk.get_by_role("button", name="退回").click()
    expect(desk.locator("#form-error")).to_contain_text("退回原因")
    desk.get_by_label("退回原因").fill("营业执照上不是这个名字")
    desk.get_by_role("button", name="退回").click()
    expect(desk.locator("#state")).to_have_text("已退回")
    page.goto(f"{opened.origin}/enterprise/{firm['id']}")
    expect(page.locator("#request")).to_contain_text("营业执照上不是这个名字")
    page.locator("#request").get_by_role("link").click()
    expect(page.locator("#report .facts")).to_be_visible()
    page.get_by_label("企业名称").fill("执照上的厂")
    page.get_by_role("button", name="提交").click()
    page.locator("#waiting").get_by_role("button", name="撤回申请").click()
    page.get_by_role("dialog").get_by_role("button", name="撤回申请").click()
    expect(page.locator("#waiting")).to_be_hidden()


def test_an_authority_changes_it_at_once_and_of_two_the_second_is_told(
    visit: Visitor, firm: dict[str, Any]
) -> None:
    first, second = visit("city", size=SIZE), visit("admin", size=SIZE)
    page, late = edit(first, firm["id"]), edit(second, firm["id"])
    page.get_by_label("从业人数").fill("77")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#toasts")).to_contain_text("已保存")
    late.get_by_label("从业人数").fill("78")
    late.get_by_role("button", name="保存").click()
    expect(late.locator("#form-error")).to_contain_text("其他人刚刚修改了这家企业")
    late.reload()
    expect(late.get_by_label("从业人数")).to_have_value("77")


def test_it_fits_a_telephone(visit: Visitor, firm: dict[str, Any]) -> None:
    opened = signed_in(visit, firm["username"], size=NARROW)
    page = edit(opened, firm["id"])
    assert page.evaluate("() => document.documentElement.scrollWidth") <= NARROW[0]
    opened.assert_accessible()
