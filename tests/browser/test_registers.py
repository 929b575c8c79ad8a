"""The registers on screen: an enterprise keeps its rows, an authority verifies them, a file is checked and loaded."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit, Visitor

SIZE = (1300, 900)


def _opened(someone: Visit, path: str) -> Page:
    page = someone.open(path)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    return page


def _fill_licence(page: Page, code: str) -> None:
    page.fill("[name=code]", code)
    page.fill("[name=name]", "安全生产许可证")
    page.select_option("[name=kind]", "safety_production")
    page.fill("[name=expires_on]", "2030-01-31")


def test_a_licence_from_its_form_to_its_verification(visit: Visitor) -> None:
    page = visit("enterprise", size=SIZE).open("/registers/licence/new")
    page.locator("#fields .field").first.wait_for()
    page.click("#form [type=submit]")
    expect(page.locator("[data-field=expires_on] .field__fault")).to_contain_text("有效期至")
    _fill_licence(page, "屏幕-1")
    page.click("#form [type=submit]")
    page.wait_for_url("**/registers/licence/*")
    expect(page.locator("#state")).to_have_text("未提交")
    path = page.url
    page.click("[data-move=submit]")
    page.click("dialog [type=submit]")
    expect(page.locator("#state")).to_have_text("待核验")
    expect(page.locator("#form [type=submit]")).to_be_hidden()
    regulator = visit("city", size=SIZE).open(path[path.index("/registers") :])
    regulator.click("[data-move=return]")
    regulator.click("dialog [type=submit]")
    expect(regulator.locator("dialog .field__fault")).to_contain_text("理由")
    regulator.fill("dialog [name=note]", "证号不清")
    regulator.click("dialog [type=submit]")
    expect(regulator.locator("#state")).to_have_text("已退回")
    expect(regulator.locator("#history")).to_contain_text("证号不清")


def test_an_inspection_sets_the_next_date(visit: Visitor) -> None:
    page = _opened(visit("enterprise", size=SIZE), "/registers/fire_facility?state=in_use")
    page.locator("#table tbody a").first.click()
    page.click("[data-record=inspection]")
    page.fill("dialog [name=inspected_on]", "2026-11-25")
    page.fill("dialog [name=inspector]", "李四")
    page.select_option("dialog [name=result]", "good")
    page.click("dialog [type=submit]")
    expect(page.locator("#records")).to_contain_text("2026-11-25")
    expect(page.locator("[name=next_inspection_on]")).not_to_have_value("")


def test_a_position_is_given_on_the_map(visit: Visitor) -> None:
    page = _opened(visit("enterprise", size=SIZE), "/registers/fire_facility?state=in_use")
    page.locator("#table tbody a").first.click()
    expect(page.locator("#map-loading")).to_be_hidden()
    page.locator("#map canvas").click(position={"x": 200, "y": 120})
    expect(page.locator("#place")).to_contain_text("区")
    page.click("#form [type=submit]")
    expect(page.locator("#history")).to_contain_text("位置")


def test_a_file_is_checked_then_loaded(visit: Visitor, tmp_path: Path) -> None:
    page = _opened(visit("enterprise", size=SIZE), "/registers/licence")
    own = page.evaluate(
        "fetch('/api/registers/licence').then((r) => r.json()).then((b) => b.enterprises[0].code)"
    )
    book = openpyxl.Workbook()
    for row in (
        ["证照编号", "证照名称", "所属企业", "证照类别", "有效期至"],
        ["文件-1", "营业执照", own, "营业执照", "2031-13-01"],
    ):
        book.active.append(row)
    book.save(tmp_path / "bad.xlsx")
    book.active["E2"] = "2031-12-01"
    book.save(tmp_path / "good.xlsx")
    page.click("#tab-import")
    page.set_input_files("[name=file]", tmp_path / "bad.xlsx")
    page.click("#import [type=submit]")
    expect(page.locator("#report")).to_contain_text("有效期至")
    expect(page.locator("#write")).to_be_hidden()
    page.set_input_files("[name=file]", tmp_path / "good.xlsx")
    page.click("#import [type=submit]")
    expect(page.locator("#report")).to_contain_text("新增 1 条")
    page.click("#write")
    expect(page.locator("#report")).to_contain_text("已导入")
    page.click("#tab-rows")
    expect(page.locator("#table")).to_contain_text("文件-1")


def test_a_figure_opens_its_rows(visit: Visitor) -> None:
    page = _opened(visit("city", size=SIZE), "/registers/licence")
    page.locator("#table tbody tr").first.wait_for()
    page.click("#tab-figures")
    bars = page.locator("section[aria-label=核验状态] .bars")
    label, n = bars.locator("button").first.inner_text(), bars.locator(".bars__n").first.inner_text()
    bars.locator("button").first.click()
    expect(page.locator("#total")).to_have_text(f"共 {n} 条")
    expect(page.locator("#table tbody tr").first).to_contain_text(label)


def test_what_an_enterprise_has_is_listed_from_its_page_and_a_bar_narrows_further(visit: Visitor) -> None:
    opened = visit("enterprise", size=SIZE)
    page = opened.open("/enterprise")
    counter = page.locator("#counts a[href*='/registers/risk_point?']")
    counted = int(counter.locator(".counter__n").inner_text().replace(",", ""))
    counter.click()
    page.wait_for_url("**/registers/risk_point?enterprise_code=*")
    expect(page.locator("#total")).to_have_text(f"共 {counted} 条")
    expect(page.locator("[data-narrowed=enterprise_code]")).to_contain_text("所属企业")
    expect(page.locator("#on-map")).to_have_attribute("href", "/map#l=risk_point")
    page.click("#tab-figures")
    bar = page.locator("#figures section").first.locator(".bars")
    n = bar.locator(".bars__n").first.inner_text()
    bar.locator("button").first.click()
    expect(page.locator("#total")).to_have_text(f"共 {n} 条")


def test_a_bar_of_any_field_opens_its_rows_and_the_narrowing_is_taken_away(visit: Visitor) -> None:
    page = _opened(visit("city", size=SIZE), "/registers/hidden_danger")
    page.locator("#table tbody tr").first.wait_for()
    everything = page.locator("#total").inner_text()
    page.click("#tab-figures")
    bars = page.locator("section[aria-label=来源] .bars")
    n = bars.locator(".bars__n").first.inner_text()
    bars.locator("button").first.click()
    expect(page.locator("#total")).to_have_text(f"共 {n} 条")
    page.reload()
    expect(page.locator("#total")).to_have_text(f"共 {n} 条")
    page.locator("[data-narrowed]").click()
    expect(page.locator("#total")).to_have_text(everything)
    expect(page.locator("[data-narrowed]")).to_have_count(0)


def test_a_late_answer_does_not_replace_a_later_question(visit: Visitor) -> None:
    page = _opened(visit("city", size=SIZE), "/registers/licence")
    page.locator("#table tbody tr").first.wait_for()
    held = []

    def hold(route: Route) -> None:
        if "state=draft" in route.request.url:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/registers/licence/rows?**", hold)
    page.select_option("#search [name=state]", "draft")
    page.click("#search [type=submit]")
    page.select_option("#search [name=state]", "returned")
    page.click("#search [type=submit]")
    expect(page.locator("#table tbody tr").first).to_contain_text("已退回")
    with page.expect_response("**/rows?**state=draft**"):
        held[0].continue_()
    page.wait_for_timeout(300)
    expect(page.locator("#table tbody tr").first).to_contain_text("已退回")


def test_the_screens_fit_a_telephone(visit: Visitor) -> None:
    page = _opened(visit("enterprise", size=(390, 844)), "/registers/fire_facility")
    page.locator("#table tbody a").first.click()
    page.locator("#records table").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
