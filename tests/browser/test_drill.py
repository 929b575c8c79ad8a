"""The page of drills: stated, refused by name, simulated, told in lists, drawn under its mark, printed and removed."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit, Visitor

LONG_MS = 120_000


def test_a_drill_is_stated_simulated_printed_and_removed(visit: Visitor) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.open("/studio/drill")
    expect(page.locator("[name=substance] option[value='7664-41-7']")).to_have_count(1)
    expect(page.locator(".drill__watermark span").first).to_be_visible()
    mark = page.locator(".drill__watermark span").first.evaluate(
        "e => getComputedStyle(e, '::after').content"
    )
    assert "演练 DRILL" in mark
    page.locator("#start").click()
    expect(page.locator("#refusal")).to_contain_text("请在地图上选事故位置", timeout=LONG_MS)
    page.locator("[name=lon]").fill("114.0579")
    page.locator("[name=lat]").fill("22.5431")
    page.locator("[name=wind_m_s]").fill("3")
    page.locator("[name=wind_from_deg]").select_option("45")
    page.locator("[name=sky]").select_option("moderate_sun")
    page.locator("[name=at_time]").fill("2026-11-24T10:00")
    page.locator("#start").click()
    expect(page.locator(".drill__facts")).to_be_visible(timeout=LONG_MS)
    drill = page.url.partition("#")[2]
    body = opened.json(f"/api/studio/drill/runs/{drill}")
    leaving = body["answer"]["people"]["leaving"]
    expect(page.locator(".drill__facts")).to_contain_text(f"{leaving:,}")
    shelters = body["answer"]["evacuation"]["shelters"]
    for number, shelter in enumerate(shelters[:3], start=1):
        expect(page.locator("#answer")).to_contain_text(f"{number} {shelter['name']}")
    brought = body["answer"]["supplies"][0]
    expect(page.get_by_role("region", name="救援物资")).to_contain_text(brought["name"])
    known = page.get_by_role("region", name="救援流程和知识")
    expect(known.get_by_role("link", name="液氨泄漏处置卡")).to_have_attribute("href", re.compile(r"^/registers/rescue_knowledge/\d+$"))  # fmt: skip
    known.locator("summary", has_text="泄漏 · Ⅲ级").click()
    expect(known.get_by_role("link", name="封控和疏散")).to_be_visible()
    expect(page.locator("#map-loading")).to_be_hidden(timeout=LONG_MS)
    opened.assert_accessible()
    _a_course_is_run_played_and_something_thrown_in(opened)
    opened.open(f"/print/drill/{drill}")
    expect(page.locator(".print-watermark")).to_have_text("演练 DRILL")
    expect(page.locator("body")).to_contain_text("过程推演")
    opened.assert_accessible()
    opened.open(f"/studio/drill#{drill}")
    page.locator("#answer button", has_text="删除演练").click()
    expect(page.locator("#answer")).to_contain_text("还没有演练")
    _the_row_sets_planned_beside_actual(opened)


def _its_p50_is_taken_into_a_plan(opened: Visit) -> None:
    page = opened.page
    page.locator("#course-answer button", has_text="带入演练计划").click()
    dialog = page.get_by_role("dialog", name="带入演练计划")
    expect(dialog.locator("[name=share][value=p50]")).to_be_checked()
    opened.assert_accessible()
    row = dialog.locator("[name=plan]").input_value()
    dialog.get_by_role("button", name="写入计划").click()
    expect(page.locator("#toasts")).to_contain_text("已写入演练", timeout=LONG_MS)
    expect(dialog).to_have_count(0)
    body = opened.json(f"/api/registers/drill/rows/{row}")
    drill, course = page.url.partition("#")[2].split("/")
    assert body["texts"]["simulation"] == f"{drill}/{course}"


def _a_course_is_run_played_and_something_thrown_in(opened: Visit) -> None:
    page = opened.page
    page.locator("#course-form [name=runs]").fill("0")
    page.locator("#course-start").click()
    expect(page.locator("#course-refusal")).to_contain_text("次数", timeout=LONG_MS)
    page.locator("#course-form [name=runs]").fill("20")
    page.locator("#course-start").click()
    slider = page.locator(".player__slider")
    expect(slider).to_be_visible(timeout=LONG_MS)
    expect(page.locator("#course-answer")).to_contain_text("P90")
    before = opened.json(f"/api/studio/drill/courses/{page.url.rpartition('/')[2]}")["answer"]
    arrived = next(e for e in before["events"] if e["what"] == "on_site")
    page.locator(".course__jump").filter(has_text="到达集结点").first.click()
    assert abs(float(slider.input_value()) - arrived["at_s"]) <= 1
    expect(page.locator(".course__jump[aria-current]")).to_contain_text("到达集结点")
    expect(page.locator(".player__words")).to_contain_text("到达集结点")
    opened.assert_accessible()
    _its_p50_is_taken_into_a_plan(opened)
    slider.fill("240")
    page.locator(".player__throw summary").click()
    page.locator(".player__menu button", has_text="队伍故障").click()
    page.locator(".player__fields button", has_text="投入").click()
    expect(page.locator(".course__events")).to_contain_text("发生故障", timeout=LONG_MS)
    after = opened.json(f"/api/studio/drill/courses/{page.url.rpartition('/')[2]}")["answer"]
    assert [e for e in after["events"] if e["at_s"] < 240] == [e for e in before["events"] if e["at_s"] < 240]
    expect(page.locator(".player__play")).to_have_text("暂停")  # it plays on from where it was
    page.locator(".player__play").click()
    page.locator("#course-title").click()
    page.keyboard.press("End")
    assert float(slider.input_value()) >= after["ends_s"] - 1


def _the_row_sets_planned_beside_actual(opened: Visit) -> None:
    done = opened.json("/api/registers/drill/rows?state=executed&page_size=1")["rows"][0]
    compared = opened.json(f"/api/registers/drill/rows/{done['id']}")["compared"]
    page = opened.open(f"/registers/drill/{done['id']}")
    table = page.get_by_role("region", name="计划与实际")
    for one in compared:
        expect(table).to_contain_text(one["words"], timeout=LONG_MS)
    expect(page.locator("#map-loading")).to_be_hidden(timeout=LONG_MS)
    opened.assert_accessible()
