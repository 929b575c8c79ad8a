"""Hidden dangers, major hazards, risk points and inspection plans on screen, from the first form to the last step."""

from __future__ import annotations

import base64
import datetime as dt
import random
import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Locator, Page, expect

from data.table_imports import MOST_DIRECT_BYTES
from layers.display import LOCAL_ZONE
from tests.browser.conftest import NARROW, Visitor

SIZE = (1300, 900)
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "现场.png"
    path.write_bytes(base64.b64decode(_PIXEL))
    return path


def _save(page: Page, path: str) -> None:
    page.click("#form [type=submit]")
    page.wait_for_url(f"**{path}/*")
    expect(page.locator("#history")).to_contain_text("登记")


def _move(page: Page, move: str, *, note: str = "", **values: str) -> None:
    page.click(f"[data-move={move}]")
    for name, value in values.items():
        page.fill(f"dialog [name={name}]", value)
    if note:
        page.fill("dialog [name=note]", note)
    page.click("dialog [type=submit]")


def _path(page: Page) -> str:
    return page.url[page.url.index("/", 10) :]


def test_a_hidden_danger_from_its_report_to_its_acceptance(visit: Visitor, photo: Path) -> None:
    page = visit("enterprise", size=SIZE).open("/registers/hidden_danger/new")
    page.locator("#fields .field").first.wait_for()
    page.click("#form [type=submit]")
    expect(page.locator("[data-field=name] .field__fault")).to_be_visible()
    page.fill("[name=name]", "储罐区报警器失效（屏幕）")
    page.select_option("[name=grade]", "major")
    page.fill("[name=place]", "储罐区")
    page.fill("[name=responsible_name]", "王五")
    page.fill("[name=measures]", "更换探头")
    _save(page, "/registers/hidden_danger")
    state = page.locator("#state")
    expect(state).to_have_text("待整改")
    before = page.locator("section.attachment-kind[aria-label=整改前照片]")
    before.locator("input[type=file]").set_input_files(photo)
    expect(before.locator("img")).to_have_count(1)

    page.click("[data-move=rectify]")
    page.fill("dialog [name=rectification]", "已更换")
    page.click("dialog [type=submit]")
    expect(page.locator("dialog [data-field=after] .field__fault")).to_be_visible()
    page.set_input_files("dialog [name=file-after]", photo)
    page.click("dialog [type=submit]")
    expect(state).to_have_text("待审核")
    expect(page.locator("#form [type=submit]")).to_be_hidden()
    # A major one is not its own judge.
    expect(page.locator("[data-move=pass]")).to_have_count(0)

    regulator = visit("city", size=SIZE).open(_path(page))
    _move(regulator, "fail", note="照片看不清探头型号")
    expect(regulator.locator("#state")).to_have_text("待整改")
    expect(regulator.locator("li.attachment")).to_have_count(2)
    expect(regulator.locator("li.attachment button")).to_have_count(0)  # the other side's
    page.reload()
    expect(page.locator("li.attachment")).to_have_count(2)
    expect(page.locator("li.attachment button")).to_have_count(0)  # judged by
    expect(page.locator("#history")).to_contain_text("照片看不清探头型号")
    page.click("[data-move=rectify]")
    page.fill("dialog [name=rectification]", "已补拍铭牌")
    page.set_input_files("dialog [name=file-after]", photo)
    page.click("dialog [type=submit]")
    expect(state).to_have_text("待审核")
    regulator.reload()
    _move(regulator, "pass", note="现场复核合格")
    expect(regulator.locator("#state")).to_have_text("整改完成")
    page.reload()
    expect(state).to_have_text("整改完成")
    expect(page.locator("#moves")).to_be_hidden()
    expect(page.locator("#history")).to_contain_text("现场复核合格")
    expect(page.locator("#facts")).to_contain_text("整改轮次")


def _line(page: Page, number: int) -> Locator:
    return page.locator("#lines tr").nth(number)


def _fill_line(page: Page, number: int, name: str, quantity: str) -> None:
    row = _line(page, number)
    row.locator("[data-part=name] input").fill(name)
    row.locator("[data-part=quantity_t] input").fill(quantity)
    row.locator("[data-part=quantity_t] input").press("Tab")


def _draw(page: Page, corners: tuple[tuple[float, float], ...]) -> None:
    page.click("#boundary-draw")
    bar = page.get_by_role("group", name="画厂区边界")
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    for n, (dx, dy) in enumerate(corners, 1):
        page.mouse.click(box["x"] + box["width"] * dx, box["y"] + box["height"] * dy)
        expect(bar).to_contain_text(f"已有 {n} 个点")
    bar.get_by_role("button", name="完成").click()


def test_a_major_hazard_from_its_substances_to_its_return(visit: Visitor) -> None:
    opened = visit("enterprise", size=SIZE)
    page = opened.open("/registers/hazard_site/new")
    page.locator("#fields .field").first.wait_for()
    page.fill("[name=name]", "屏幕氨氯单元")
    _save(page, "/registers/hazard_site")
    register_path = _path(page)
    page.click("#desk")
    page.wait_for_url("**/hazards/*")
    expect(page.locator("#map-loading")).to_be_hidden()
    expect(page.locator("#boundary-facts")).to_contain_text("没有厂区边界")

    _fill_line(page, 0, "氨", "20")
    expect(page.locator("#outcome")).to_contain_text("构成重大危险源")
    page.click("#add")
    _fill_line(page, 1, "液氯", "5")
    expect(_line(page, 1).locator("[data-label='β']")).to_contain_text("4")
    page.click("#add")
    _fill_line(page, 2, "74-86-2", "1")
    expect(_line(page, 2)).to_contain_text("乙炔")
    outcome = page.locator("#outcome")
    expect(outcome).to_contain_text("2 + 1 + 1 = 4")
    alpha = float(re.search(r"([\d.]+) — ", outcome.inner_text()).group(1))  # type: ignore[union-attr]
    r = alpha * (2 * 2 + 4 * 1 + 1.5 * 1)
    expect(outcome).to_contain_text(f"R = {r:g}")
    expect(outcome.locator(".badge")).to_have_text("三级" if r >= 10 else "四级")

    _draw(page, ((0.75, 0.6), (0.88, 0.6), (0.88, 0.75)))
    expect(page.locator("#boundary-fault")).to_contain_text("在边界外")
    expect(page.locator("#boundary-facts")).to_contain_text("没有厂区边界")
    _draw(page, ((0.4, 0.45), (0.6, 0.45), (0.6, 0.65), (0.4, 0.65)))
    expect(page.locator("#boundary-facts")).to_contain_text("从边界起算 500 米内")
    expect(page.locator("#boundary-fault")).to_be_hidden()
    expect(page.locator("#boundary-facts")).to_contain_text("公顷")
    expect(page.locator("[name=plant_radius_m]")).to_be_disabled()
    expect(outcome).to_contain_text("厂区边界外 500 米内")
    expect(page.locator("#lines tr")).to_have_count(3)  # what was being filled in stays
    page.click("#save")
    expect(page.locator("#kept")).to_be_visible()
    opened.assert_accessible()

    page.goto(opened.origin + register_path)
    _move(page, "declare")
    expect(page.locator("#state")).to_have_text("已申报待审")
    page.click("#desk")
    expect(page.locator("#locked")).to_be_visible()
    expect(page.locator("#save")).to_be_hidden()
    expect(page.locator("#boundary-tools")).to_be_hidden()
    expect(page.locator("#boundary-facts")).to_contain_text("从边界起算")

    regulator = visit("city", size=SIZE).open(register_path)
    _move(regulator, "return", note="缺少安全评估报告")
    expect(regulator.locator("#state")).to_have_text("未申报")
    page.reload()
    expect(page.locator("#save")).to_be_visible()
    page.click("#boundary-remove")
    page.locator("dialog .button--danger").click()
    expect(page.locator("#boundary-facts")).to_contain_text("没有厂区边界")


def test_a_pasted_boundary_is_kept_and_what_is_none_is_said_at_its_field(visit: Visitor) -> None:
    opened = visit("enterprise", size=SIZE)
    page = opened.open("/registers/hazard_site/new")
    page.locator("#fields .field").first.wait_for()
    page.fill("[name=name]", "屏幕粘贴单元")
    _save(page, "/registers/hazard_site")
    site = int(page.url.rsplit("/", 1)[1])
    page.goto(f"{opened.origin}/hazards/{site}")
    expect(page.locator("#map-loading")).to_be_hidden()
    at = opened.json(f"/api/hazards/{site}")["position"]
    page.click("#boundary-paste")
    page.fill("dialog [name=text]", "POLYGON ((1 2))")
    page.click("dialog [type=submit]")
    expect(page.locator("dialog [data-field=text] .field__fault")).to_contain_text("Polygon")
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    text = ", ".join(f"{at['lon'] + x * 0.001:.6f} {at['lat'] + y * 0.001:.6f}" for x, y in corners)
    page.fill("dialog [name=text]", f"POLYGON (({text}))")
    page.click("dialog [type=submit]")
    expect(page.locator("#boundary-facts")).to_contain_text("测绘或用地红线数据")
    assert opened.json(f"/api/hazards/{site}")["boundary"]["basis"] == "given"


def test_the_level_of_a_risk_point_is_shown_while_it_is_filled_in(visit: Visitor) -> None:
    page = visit("enterprise", size=SIZE).open("/registers/risk_point/new")
    page.locator("#fields .field").first.wait_for()
    page.fill("[name=name]", "屏幕储罐区")
    page.select_option("[name=method]", "lec")
    told = page.locator("#derived")
    expect(told).to_be_visible()
    for name, value in (("lec_l", "3"), ("lec_e", "6"), ("lec_c", "15")):
        page.select_option(f"[name={name}]", value)
    expect(told).to_contain_text("2 级 较大风险")
    expect(told).to_contain_text("270")
    expect(page.locator("[name=level]")).to_have_value("2")
    expect(page.locator("[name=level]")).to_be_disabled()
    page.select_option("[name=lec_l]", "6")
    expect(told).to_contain_text("540")
    expect(page.locator("[name=level]")).to_have_value("1")
    page.select_option("[name=method]", "direct")
    expect(told).to_be_hidden()
    expect(page.locator("[name=level]")).to_be_enabled()
    page.select_option("[name=method]", "lec")
    expect(told).to_contain_text("540")
    _save(page, "/registers/risk_point")
    expect(page.locator("[name=level]")).to_have_value("1")
    expect(page.locator("#facts")).to_contain_text("540")


def test_a_large_file_runs_as_a_job_with_its_bad_rows_to_download(visit: Visitor, tmp_path: Path) -> None:
    opened = visit("enterprise", size=SIZE)
    page = opened.open("/registers/licence")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    own = opened.json("/api/registers/licence")["enterprises"][0]["code"]
    before = opened.json("/api/registers/licence/rows")["total"]
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["证照编号", "证照名称", "所属企业", "证照类别", "有效期至", "地址"])
    rng = random.Random(5)
    for n in range(15_000):
        day = "2031-12-01" if n % 3 else "2031-13-01"
        sheet.append([f"大-{n:05d}", "营业执照", own, "营业执照", day, f"大路 {rng.random()} 号"])
    path = tmp_path / "large.xlsx"
    book.save(path)
    assert path.stat().st_size > MOST_DIRECT_BYTES
    page.click("#tab-import")
    page.set_input_files("#import [name=file]", path)
    page.click("#import-start")
    expect(page.locator("#report")).to_contain_text("5,000 行有问题，共 5,000 处", timeout=90_000)
    expect(page.locator("#report table")).to_contain_text("有效期至")
    expect(page.locator("#import-run")).to_be_hidden()
    expect(page.locator("#write")).to_be_hidden()
    with page.expect_download() as got:
        page.locator("#report a").click()
    got.value.save_as(tmp_path / "bad.xlsx")
    report = openpyxl.load_workbook(tmp_path / "bad.xlsx").active
    assert report is not None
    assert sum(1 for _ in report.iter_rows()) == 5001
    assert opened.json("/api/registers/licence/rows")["total"] == before


def _months_later(day: dt.date, months: int) -> str:
    years, month = divmod(day.month - 1 + months, 12)
    return f"^{day.year + years}-{month + 1:02d}-"


def test_the_calendar_is_moved_by_keys_and_a_day_begins_a_plan(visit: Visitor) -> None:
    opened = visit("enterprise", size=SIZE)
    page = opened.open("/registers/check_plan")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.click("#tab-calendar")
    today = dt.date.fromisoformat(opened.json("/api/registers/check_plan/calendar")["today"])
    assert today == dt.datetime.now(LOCAL_ZONE).date()
    here = page.locator("#month [tabindex='0']")
    expect(here).to_have_attribute("data-on", today.isoformat())
    here.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(":focus")).to_have_attribute("data-on", (today + dt.timedelta(days=7)).isoformat())
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    expect(page.locator(":focus")).to_have_attribute(
        "data-on", (today - dt.timedelta(days=today.weekday())).isoformat()
    )
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    monday = today - dt.timedelta(days=today.weekday())
    expect(page.locator(":focus")).to_have_attribute("data-on", re.compile(_months_later(monday, 2)))
    day = page.locator(":focus").get_attribute("data-on")
    assert day is not None
    page.keyboard.press("Enter")
    expect(page.locator("#day-title")).to_contain_text("共 0 条")
    page.click("#day-add")
    page.wait_for_url("**/check_plan/new?**")
    expect(page.locator("[name=begins_on]")).to_have_value(day)
    page.fill("[name=name]", "屏幕排查")
    page.select_option("[name=kind]", "daily")
    _save(page, "/registers/check_plan")
    page.goto(f"{opened.origin}/registers/check_plan?on={day}")
    expect(page.locator("#day-table")).to_contain_text("屏幕排查")
    expect(page.locator(f"[data-on='{day}']")).to_contain_text("已计划 1")
    opened.assert_accessible()
    page.locator("#day-table a").click()
    expect(page.locator("#state")).to_have_text("已计划")


def test_a_weekly_plan_makes_its_days_and_what_one_finds_is_registered(visit: Visitor) -> None:
    opened = visit("enterprise", size=SIZE)
    page = opened.open("/registers/check_plan/new")
    page.locator("#fields .field").first.wait_for()
    expect(page.locator("[name=period]")).to_have_value("once")
    expect(page.locator("#fields [name=summary]")).to_have_count(0)  # the step that finishes it asks for that
    today = opened.json("/api/registers/check_plan/calendar")["today"]
    page.fill("[name=name]", "屏幕每周排查")
    page.select_option("[name=kind]", "daily")
    page.select_option("[name=period]", "week")
    page.fill("[name=begins_on]", today)
    page.fill("[name=ends_on]", today)
    _save(page, "/registers/check_plan")
    expect(page.locator("#state")).to_have_text("循环计划")
    days = page.locator("[data-links=check_plan] li")
    expect(days).to_have_count(6)
    opened.assert_accessible()
    days.filter(has_text=today).locator("a").click()
    expect(page.locator("#state")).to_have_text("已计划")
    page.locator("[data-links=hidden_danger] a.button").click()
    expect(page.locator("[name=plan_code]")).to_have_value(re.compile(f"-{today.replace('-', '')}$"))
    page.fill("[name=name]", "排查时发现的隐患（屏幕）")
    page.select_option("[name=grade]", "general")
    _save(page, "/registers/hidden_danger")
    page.locator("[data-links=check_plan] li a").click()
    expect(page.locator("#state")).to_have_text("已计划")
    expect(page.locator("[data-links=hidden_danger] li")).to_have_count(1)
    page.click("[data-move=finish]")
    page.select_option("dialog [name=result]", "found")
    page.fill("dialog [name=summary]", "查出 1 项")
    page.click("dialog [type=submit]")
    expect(page.locator("#state")).to_have_text("已完成")
    expect(page.locator("#fields [name=summary]")).to_have_value("查出 1 项")


def test_an_authority_reads_the_month_by_division_and_a_telephone_has_a_list(visit: Visitor) -> None:
    opened = visit("city", size=SIZE)
    page = opened.open("/registers/check_plan")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.click("#tab-calendar")
    first = page.locator("#parts-table tbody tr").first
    first.wait_for()
    name = first.locator("button").inner_text()
    n = sum(int(cell.replace(",", "")) for cell in first.locator("td.is-number").all_inner_texts())
    first.locator("button").click()
    expect(page.locator("#month-counts")).to_contain_text(f"共 {n:,} 条")
    expect(page.locator("#calendar-division option:checked")).to_have_text(name)
    phone = visit("city", size=NARROW).open("/registers/check_plan")
    expect(phone.locator("[aria-busy=true]")).to_have_count(0)
    phone.click("#tab-calendar")
    shown = phone.locator("#month td:not(.is-empty):not(.is-other)")
    shown.first.wait_for()
    expect(shown.first.locator(".calendar__date")).to_be_visible()
    expect(phone.locator("#month td.is-empty").first).to_be_hidden()
    assert phone.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    shown.first.locator("button").click()
    phone.locator("#day-table tbody tr").first.wait_for()


def test_a_corridor_is_drawn_on_the_map(visit: Visitor) -> None:
    opened = visit("city", size=SIZE)
    page = opened.open("/transport")
    expect(page.locator("#map-loading")).to_be_hidden()
    page.locator("#corridors tbody tr").first.wait_for()
    before = {c["id"] for c in opened.json("/api/transport")["corridors"]}
    page.locator("#corridors tbody button.link-button").first.click()
    page.click("#draw-corridor")
    bar = page.get_by_role("group", name="画通道中心线")
    bar.get_by_role("button", name="取消").click()
    expect(page.locator("dialog")).to_have_count(0)
    page.click("#draw-corridor")
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    expect(bar.get_by_role("button", name="完成")).to_be_disabled()
    for n, (dx, dy) in enumerate(((0.4, 0.55), (0.5, 0.6), (0.6, 0.55)), 1):
        page.mouse.click(box["x"] + box["width"] * dx, box["y"] + box["height"] * dy)
        expect(bar).to_contain_text(f"已有 {n} 个点")
    bar.get_by_role("button", name="完成").click()
    expect(page.locator("dialog")).to_contain_text("3 个点")
    page.click("dialog [type=submit]")
    expect(page.locator("dialog [data-field=name] .field__fault")).to_be_visible()
    page.fill("dialog [name=name]", "屏幕画的通道")
    page.click("dialog [type=submit]")
    expect(page.locator("#corridors")).to_contain_text("屏幕画的通道")
    (added,) = [c for c in opened.json("/api/transport")["corridors"] if c["id"] not in before]
    assert [len(part) for part in added["geometry"]["coordinates"]] == [3]
    assert added["length_m"] > 0
