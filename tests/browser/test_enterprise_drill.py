"""An enterprise's own drill: at its site, refused elsewhere by name, simulated, its course run and planned, printed, decided on; no other sees it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit, Visitor

LONG_MS = 120_000


def test_an_enterprise_runs_a_drill_through_to_the_report(visit: Visitor) -> None:
    opened = visit("enterprise", size=(1400, 900))
    page = opened.open("/enterprise")
    page.locator("[aria-controls=screens-menu]").click()
    page.locator("#screens-menu a[href='/studio/drill']").click()
    own = opened.json("/api/studio/drill")["own"]
    expect(page.locator("[name=lon]")).to_have_value(f"{own['lon']:.6f}", timeout=LONG_MS)
    sample = page.locator("#drills a").first
    expect(sample).to_be_visible(timeout=LONG_MS)
    opened.assert_accessible()
    page.locator("[name=lon]").fill(f"{own['lon'] + 0.05:.6f}")
    page.locator("[name=substance]").select_option("7664-41-7")
    page.locator("#start").click()
    expect(page.locator("#refusal")).to_contain_text("500 米以内", timeout=LONG_MS)
    sample.click()
    page.locator(
        "#answer button", has_text="改动后另算"
    ).click()  # fills the form with what the sample's drill assumed
    expect(page.locator("[name=mass_t]")).to_have_value("5")
    asked = opened.json(f"/api/studio/drill/runs/{page.url.partition('#')[2]}")["question"]
    expect(page.locator("[name=wind_from_deg]")).to_have_value(f"{asked['wind_from_deg']:g}")
    page.locator("[name=name]").fill("本企业制冷液氨泄漏")
    page.locator("#start").click()
    expect(page.locator("#answer h2").first).to_contain_text("本企业制冷液氨泄漏", timeout=LONG_MS)
    expect(page.locator("#answer")).to_contain_text("企业演练：邻近单位")
    expect(page.locator("#answer")).to_contain_text("重大危险源（多米诺）（本企业）")
    drill = page.url.partition("#")[2]
    expect(page.locator("#map-loading")).to_be_hidden(timeout=LONG_MS)
    opened.assert_accessible()
    _its_course_is_planned(opened)
    opened.open(f"/print/drill/{drill}")
    expect(page.locator("body")).to_contain_text("过程推演")
    expect(page.locator("body")).to_contain_text("企业演练：邻近单位")
    opened.open(f"/studio/drill#{drill}")
    page.locator("#answer button", has_text="救援决策").click()
    expect(page).to_have_url(re.compile("/studio/decisions/[0-9a-f-]{36}$"), timeout=LONG_MS)
    expect(page.locator("[name=mass_t]")).not_to_have_value("", timeout=LONG_MS)
    page.locator("#start").click()
    expect(page.locator(".decision__conclusions")).to_contain_text("最近能到的力量", timeout=LONG_MS)
    expect(page.locator("#another")).to_be_visible()
    _its_authority_sees_it(visit, drill)


def _its_course_is_planned(opened: Visit) -> None:
    page = opened.page
    page.locator("#course-form [name=runs]").fill("20")
    page.locator("#course-start").click()
    expect(page.locator("#course-answer")).to_contain_text("P90", timeout=LONG_MS)
    plans = opened.json(f"/api/studio/drill/courses/{page.url.rpartition('/')[2]}/plans")["plans"]
    assert plans
    page.locator("#course-answer button", has_text="带入演练计划").click()
    dialog = page.get_by_role("dialog", name="带入演练计划")
    row = dialog.locator("[name=plan]").input_value()
    dialog.get_by_role("button", name="写入计划").click()
    expect(page.locator("#toasts")).to_contain_text("已写入演练", timeout=LONG_MS)
    drill, course = page.url.partition("#")[2].split("/")
    assert opened.json(f"/api/registers/drill/rows/{row}")["texts"]["simulation"] == f"{drill}/{course}"


def _its_authority_sees_it(visit: Visitor, drill: str) -> None:
    city = visit("city", size=(1400, 900))
    page = city.open("/studio/drill")
    row = page.locator("#drills tr", has=page.locator(f"a[href='#{drill}']"))
    expect(row.locator(".drill__owner")).not_to_be_empty(timeout=LONG_MS)
