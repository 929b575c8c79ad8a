"""The maintenance company's screens as the manual walks through them, each in a real browser."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from data.clock import SystemClock
from data.scope import SYSTEM
from tests.browser.conftest import Visit, Visitor, number_in
from tests.conftest import LiveServer
from tests.made_orders import make_order

SIZE = (1300, 900)


@pytest.fixture
def unit(live_server: LiveServer) -> int:
    """The unit of the sample company."""
    with live_server.store.transaction(SYSTEM) as connection:
        row = connection.execute("SELECT unit_id FROM app_user WHERE username = 'maintainer'").fetchone()
    assert row is not None
    return int(row["unit_id"])


@pytest.fixture
def company(visit: Visitor) -> Visit:
    return visit("maintainer", size=SIZE)


def opened(company: Visit, path: str) -> Page:
    page = company.open(path)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    return page


def rows(page: Page) -> Any:
    return page.locator("#table tbody tr")


@pytest.fixture
def shut(live_server: LiveServer, unit: int) -> Iterator[None]:
    """The company has not told its duty phone."""
    with live_server.store.transaction(SYSTEM) as connection:
        connection.execute("UPDATE maintenance_company SET duty_phone = NULL WHERE unit_id = %s", [unit])
    yield
    with live_server.store.transaction(SYSTEM) as connection:
        connection.execute(
            "UPDATE maintenance_company SET duty_phone = '0755-12345678' WHERE unit_id = %s", [unit]
        )


def test_nothing_opens_before_the_information_is_complete(company: Visit, shut: None) -> None:
    page = company.open("/company")
    expect(page.locator("#gate")).to_contain_text("完善维保单位救援信息")
    expect(page.locator(".counter")).to_have_count(0)
    for path in ("stations", "elevators", "managers", "inspections", "orders", "analysis", "stations/new"):
        company.open(f"/company/{path}")
        expect(page).to_have_url(f"{company.origin}/company/information?needed=1")
    expect(page.locator("#gate")).to_be_visible()
    company.assert_accessible()
    page.get_by_label("24 小时值班电话").fill("call me")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".form-error")).to_contain_text("不是电话号码")
    page.get_by_label("24 小时值班电话").fill("0755-2222 3333")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#gate")).to_be_hidden()
    page.get_by_role("link", name="救援站", exact=True).click()
    expect(rows(page).first).to_be_visible()


def test_each_counter_leads_to_the_rows_it_counts(company: Visit) -> None:
    page = opened(company, "/company")
    expect(page.locator(".counter")).to_have_count(4)
    expect(page.locator(".screens a[href='/company']")).to_have_text("维保")
    for name in ("no_manager", "no_place_type", "no_station", "bad_address"):
        opened(company, "/company")
        counter = page.locator(f'[data-problem="{name}"]')
        n = number_in(counter.locator(".counter__n").inner_text())
        assert n > 0
        counter.click()
        expect(page.locator("#total")).to_have_text(f"共 {n:,} 台")
        expect(rows(page)).to_have_count(min(n, 50))


def test_a_station_is_made_with_a_click_and_gets_a_maintainer(company: Visit) -> None:
    page = opened(company, "/company/stations/new")
    expect(page.locator("#map-loading")).to_be_hidden()
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#station .form-error")).to_be_visible()
    page.locator("#map canvas").click(position={"x": 240, "y": 190})
    expect(page.locator("#place")).to_contain_text("深圳市")
    district = page.locator("#place").inner_text().split()[1]
    page.locator("[name=district_code]").select_option(label=district)
    page.get_by_label("救援组（站）名称").fill("浏览器一站")
    page.locator("[name=lead_name]").fill("李四")
    page.locator("[name=lead_phone]").fill("13800000001")
    page.locator("#scope-choices").get_by_text(district).click()
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#unusable")).to_be_visible()
    people = page.locator("#maintainer")
    people.get_by_label("姓名").fill("<b>王</b>师傅")
    people.get_by_label("手机").fill("12")
    people.get_by_role("button", name="增加维保工").click()
    expect(people.locator(".form-error")).to_contain_text("不是手机号码")
    people.get_by_label("手机").fill("13800000002")
    people.get_by_role("button", name="增加维保工").click()
    expect(page.locator("#maintainers")).to_contain_text("<b>王</b>师傅")
    expect(page.locator("#unusable")).to_be_hidden()
    company.assert_accessible()
    page.get_by_label("一个区的部分街道").check()
    page.locator("[name=scope_district]").select_option(label=district)
    expect(page.locator("#scope-choices input").first).to_be_visible()
    page.locator("#scope-choices label").nth(0).click()
    page.locator("#scope-choices label").nth(1).click()
    page.locator("#station").get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    opened(company, "/company/stations")
    expect(rows(page).filter(has_text="浏览器一站")).to_contain_text("可派出")
    rows(page).filter(has_text="浏览器一站").get_by_role("link", name="浏览器一站", exact=True).click()
    page.locator("#remove").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page).to_have_url(f"{company.origin}/company/stations")
    expect(rows(page).first).to_be_visible()
    expect(rows(page).filter(has_text="浏览器一站")).to_have_count(0)


def test_a_pasted_position_is_read_in_its_datum(company: Visit) -> None:
    page = opened(company, "/company/stations/new")
    expect(page.locator("#map-loading")).to_be_hidden()
    page.locator("[name=position_text]").fill("22.5431, 114.0579")
    expect(page.locator("#place")).to_contain_text("114.05790, 22.54310")
    expect(page.locator("#place")).to_contain_text("已按经度、纬度的顺序识别")
    page.locator("[name=crs]").select_option("gcj02")
    expect(page.locator("#place")).not_to_contain_text("114.05790")
    page.locator("[name=position_text]").fill("somewhere")
    expect(page.locator("#place")).not_to_contain_text("位置在")


def test_many_elevators_are_bound_and_unbound(company: Visit) -> None:
    page = opened(company, "/company/elevators")
    page.get_by_role("tab", name="未绑定救援站设备").click()
    expect(page.locator("#bind")).to_be_visible()
    expect(page.locator("#table td .muted").first).to_be_visible()
    n = rows(page).count()
    page.locator("#bind").click()
    expect(page.locator(".toast--error")).to_contain_text("选择救援站")
    page.locator("#target").select_option(index=1)
    page.get_by_label("本页全选").check()
    expect(page.locator("#chosen")).to_have_text(f"已选 {n} 台")
    code = rows(page).first.locator("a").first.inner_text()
    company.assert_accessible()
    page.locator("#bind").click()
    expect(page.get_by_text(f"已绑定 {n} 台")).to_be_visible()
    page.get_by_role("tab", name="已绑定救援站设备").click()
    page.locator("[name=code]").fill(code)
    page.get_by_role("button", name="查询").click()
    expect(rows(page)).to_have_count(1)
    rows(page).get_by_role("button", name="解绑").click()
    expect(page.get_by_text("已解绑 1 台")).to_be_visible()
    expect(page.locator("#table")).to_contain_text("没有符合条件的记录")


def test_place_types_change_together_only_within_one_using_unit(company: Visit) -> None:
    units = [r["unit_name"] for r in company.json("/api/company/elevators?page_size=50")["rows"]]
    page = opened(company, "/company/elevators?bound=")
    page.get_by_label("本页全选").check()
    page.locator("#place-type").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("请确保选中的使用单位一致")
    company.assert_accessible()
    dialog.get_by_role("button", name="确认").click()
    expect(page.locator(".toast--error")).to_contain_text("同一使用单位")
    page.locator("[name=unit_name]").fill(units[0])
    page.get_by_role("button", name="查询").click()
    expect(rows(page).filter(has_not_text=units[0])).to_have_count(0)
    n = rows(page).count()
    page.get_by_label("本页全选").check()
    page.locator("#place-type").click()
    dialog.locator("select").select_option("hotel")
    dialog.get_by_role("button", name="确认").click()
    expect(page.get_by_text(f"已修改 {n} 台")).to_be_visible()
    expect(rows(page).filter(has_text="宾馆餐饮")).to_have_count(n)


def test_the_address_opens_after_its_tick_and_two_tabs_are_told(visit: Visitor, company: Visit) -> None:
    row = company.json("/api/company/elevators?problem=bad_address")["rows"][0]
    path = f"/company/elevators/{row['code']}"
    page, second = opened(company, path), opened(visit("maintainer", size=SIZE), path)
    expect(page.locator("#problems")).to_contain_text("地址不完整")
    address = page.get_by_label("设备地址")
    expect(address).to_be_disabled()
    page.get_by_label("修改地址").check()
    address.fill("样板路77号")
    expect(page.get_by_label("位置不变")).to_be_checked()
    company.assert_accessible()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    expect(address).to_have_value("样板路77号")
    expect(address).to_be_disabled()
    second.get_by_label("救援代码").fill("12")
    second.get_by_role("button", name="保存").click()
    expect(second.locator("#elevator .form-error")).to_contain_text("6 位数字")
    second.get_by_label("救援代码").fill(row["rescue_code"] or "")
    second.get_by_role("button", name="保存").click()
    expect(second.locator("#elevator .form-error")).to_contain_text("别处修改")


def test_a_safety_manager_for_a_whole_using_unit(company: Visit) -> None:
    wanted = company.json("/api/company/elevators?problem=no_manager")["rows"][0]
    page = opened(company, "/company/managers")
    page.locator("#new").get_by_label("姓名").fill("浏览器管理员")
    page.locator("#new").get_by_label("手机").fill("1")
    page.locator("#new").get_by_role("button", name="保存").click()
    expect(page.locator("#new .form-error")).to_contain_text("不是手机号码")
    page.locator("#new").get_by_label("手机").fill("13900001111")
    page.locator("#new").get_by_label("使用单位代码").fill(wanted["unit_code"])
    page.locator("#new").get_by_role("button", name="保存").click()
    expect(page.locator("#manager [name=mobile]")).to_have_value("13900001111")
    page.get_by_role("tab", name="未绑定安全管理员").click()
    expect(page.locator("#search [name=unit_code]")).to_have_value(wanted["unit_code"])
    expect(rows(page).filter(has_text=wanted["code"])).to_be_visible()
    n = number_in(page.locator("#total").inner_text())
    company.assert_accessible()
    page.get_by_role("button", name="绑定该使用单位全部").click()
    page.get_by_role("dialog").get_by_role("button", name="确认").click()
    expect(page.get_by_text(f"已绑定 {n} 台")).to_be_visible()
    page.locator("#search [name=unit_code]").fill("")
    page.get_by_role("tab", name="已绑定设备").click()
    expect(page.locator("#total")).to_have_text(f"共 {n:,} 台")
    page.get_by_label("本页全选").check()
    page.get_by_role("button", name="解绑").click()
    expect(page.locator("#total")).to_have_text("共 0 台")
    page.get_by_role("button", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page).to_have_url(f"{company.origin}/company/managers")


def test_an_inspection_is_refused_with_what_is_missing(company: Visit) -> None:
    bad = company.json("/api/company/elevators?problem=no_place_type")["rows"][0]
    good = next(e for e in company.json("/api/company/elevators?page_size=200")["rows"] if not e["problems"])
    page = opened(company, f"/company/elevators/{bad['code']}")
    page.get_by_role("link", name="申报年检").click()
    expect(page.locator("[name=code]")).to_have_value(bad["code"])
    day = (SystemClock().now() + dt.timedelta(days=90)).date().isoformat()
    for name, value in (("due_on", day), ("contact_name", "吴"), ("contact_phone", "13700000001")):
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="提交申报").click()
    expect(page.locator(".form-error")).to_contain_text("场所性质为空")
    page.locator("[name=code]").fill(good["code"])
    page.get_by_role("button", name="提交申报").click()
    expect(rows(page).filter(has_text=good["code"])).to_contain_text(day)
    company.assert_accessible()
    rows(page).filter(has_text=good["code"]).get_by_role("button", name="撤回").click()
    page.get_by_role("dialog").get_by_role("button", name="撤回").click()
    expect(rows(page).filter(has_text=good["code"])).to_have_count(0)


def test_orders_move_by_themselves_and_the_report_is_fixed(
    company: Visit, live_server: LiveServer, unit: int
) -> None:
    page = opened(company, "/company/orders")
    at = SystemClock().now() - dt.timedelta(minutes=40)
    code = make_order(live_server.store, unit, minutes=20, starts=at)
    expect(page.locator(f'[data-order="{code}"]')).to_be_visible()
    page.locator(f'[data-order="{code}"]').click()
    expect(page.locator('[data-node="arrived"]')).to_have_class("is-done")
    expect(page.locator('[data-node="closed"]')).not_to_have_class("is-done")
    company.assert_accessible()
    rows(page).filter(has_text=code).get_by_role("link", name="录入报告").click()
    form = page.locator("#report")
    form.get_by_role("button", name="提交报告").click()
    expect(form.locator(".form-error")).to_contain_text("故障原因")
    form.locator("[name=cause]").select_option("door")
    form.locator("[name=description]").fill("<script>alert(1)</script>")
    form.locator("[name=measures]").fill("更换门锁触点")
    page.locator("#file").set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    expect(page.locator("#files")).to_contain_text("a.pdf")
    expect(form.locator("[name=measures]")).to_have_value("更换门锁触点")
    form.get_by_role("button", name="提交报告").click()
    expect(page.locator("#versions")).to_contain_text("门系统")
    expect(page.locator("#versions")).to_contain_text("<script>alert(1)</script>")
    form.locator("[name=cause]").select_option("control")
    form.get_by_role("button", name="提交更正").click()
    expect(form.locator(".form-error")).to_contain_text("更正理由")
    form.locator("[name=why]").fill("复查是主板")
    form.get_by_role("button", name="提交更正").click()
    expect(page.locator(".version")).to_have_count(2)
    expect(page.locator(".version").first).to_contain_text("复查是主板")
    company.assert_accessible()


def test_what_a_networked_station_took_for_others_is_shown_without_the_caller(
    company: Visit, live_server: LiveServer, unit: int
) -> None:
    with live_server.store.transaction(SYSTEM) as connection:
        station = connection.execute(
            "UPDATE rescue_station SET is_networked = true WHERE code ="
            " (SELECT min(code) FROM rescue_station WHERE owner_id = %s) RETURNING code, name",
            [unit],
        ).fetchone()
        other = connection.execute(
            "SELECT i.code, i.name FROM incident i WHERE i.owner_id <> %s AND i.caller_phone IS NOT NULL ORDER BY i.id DESC LIMIT 1",
            [unit],
        ).fetchone()
        assert station is not None
        assert other is not None
        connection.execute(
            "INSERT INTO incident_assignment (incident_code, number, station_code, level, state, responder, notified_at, accepted_at, arrived_at)"
            " VALUES (%s, 30, %s, 2, 'on_scene', '赵六', now() - interval '20 minutes', now() - interval '19 minutes', now())",
            [other["code"], station["code"]],
        )
    page = opened(company, "/company/orders")
    page.get_by_role("tab", name="本站承接").click()
    row = rows(page).filter(has_text=other["code"])
    expect(row).to_contain_text(station["name"])
    expect(row).to_contain_text(other["name"])
    page.locator(f'[data-order="{other["code"]}"]').click()
    expect(page.locator('#nodes [data-node="arrived"]')).to_have_class("is-done")
    expect(page.locator("#nodes")).to_contain_text("赵六")
    company.assert_accessible()
    assert company.json(f"/api/company/taken-orders/{other['code']}").keys() == {
        "code", "title", "address", "parts",
    }  # fmt: skip
    page.get_by_role("tab", name="本单位电梯").click()
    expect(page.locator(f'[data-order="{other["code"]}"]')).to_have_count(0)
    page = opened(company, "/company/analysis")
    page.get_by_role("tab", name="本站承接工单").click()
    expect(rows(page).filter(has_text=station["name"]).locator("td").nth(1)).not_to_have_text("0")
    with live_server.store.transaction(SYSTEM) as connection:
        connection.execute("DELETE FROM incident_assignment WHERE number = 30")


def test_the_analysis_and_its_books(company: Visit, live_server: LiveServer, unit: int) -> None:
    starts = dt.datetime(2025, 5, 5, 2, 0, tzinfo=dt.UTC)
    in_time = make_order(live_server.store, unit, minutes=30, starts=starts)
    late = make_order(live_server.store, unit, minutes=31, starts=starts)
    page = opened(company, "/company/analysis")
    page.get_by_label("开始日期").fill("2025-05-01")
    page.get_by_label("结束日期").fill("2025-05-31")
    page.get_by_role("button", name="查询").click()
    expect(rows(page).last.locator("td").nth(1)).to_have_text("2")
    rows(page).last.locator("td").nth(1).get_by_role("button").click()
    expect(page.locator("#orders tbody tr")).to_have_count(2)
    expect(page.locator("#orders")).to_contain_text(late)
    company.assert_accessible()
    page.get_by_role("tab", name="电梯困人率").click()
    expect(page.locator("#orders")).to_be_hidden()
    expect(page.locator("#table thead")).to_contain_text("困人起数 ÷ 电梯台数")
    expect(page.locator("#table thead")).to_contain_text("电梯台数 ÷ 困人起数")
    page.get_by_role("tab", name="单台电梯困人数").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("tab", name="超时清单").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text(late)
    expect(page.locator("#table")).not_to_contain_text(in_time)
    company.assert_accessible()
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 Excel").click()
    assert download.value.suggested_filename.startswith("超时清单")


def test_a_row_of_somebody_else_is_not_there(company: Visit) -> None:
    for path in ("stations/RS0", "elevators/3100", "managers/99999999", "orders/KR0/report"):
        page = company.open(f"/company/{path}")
        expect(page.get_by_role("alert")).to_contain_text(
            "本单位没有" if "orders" not in path else "没有工单"
        )
        expect(page.locator("form")).to_have_count(1)  # the way out of the account alone
