"""The page of siting: a study is asked for, worked out, told in words and drawn; a wrong one and an empty one say so."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

LONG_MS = 120_000


def test_a_study_is_made_told_and_removed(visit: Visitor) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.open("/studio/siting")
    expect(page.locator("[name=of] option[value=elevator]")).to_have_count(1)
    page.locator("[name=standard_min]").fill("3")
    page.locator("[name=count]").fill("2")
    page.locator("[name=candidates]").select_option("residential_place")
    page.locator("[name=candidate_count]").fill("30")
    page.locator("#start").click()
    expect(page.locator("#proof")).to_contain_text("已证明", timeout=LONG_MS)
    expect(page.locator("#proof")).to_contain_text("在参与计算的这")
    expect(page.locator("#candidates-used")).to_contain_text("按分布取")
    expect(page.locator(".siting__sites li")).to_have_count(2)
    expect(page.locator(".siting__curve")).to_be_visible()
    expect(page.locator("#run")).to_be_hidden()
    study = page.url.partition("#")[2]
    body = opened.json(f"/api/siting/studies/{study}")["answer"]
    expect(page.locator("#answer")).to_contain_text(f"新覆盖 {body['gained']['points']:,} 个需求点")
    marks = page.evaluate("() => document.querySelectorAll('.siting__sites button').length")
    assert marks == len(body["sites"])
    page.locator(".siting__sites button").first.click()
    _it_is_rehearsed(page)
    opened.assert_accessible()
    page.locator("#answer button", has_text="删除方案").click()
    expect(page.locator("#rehearsal")).to_be_hidden()
    expect(page.locator("#answer")).to_contain_text("还没有方案")


def _it_is_rehearsed(page: Page) -> None:
    page.locator("#rehearsal-form [name=runs]").fill("1")
    page.locator("#rehearsal-start").click()
    expect(page.locator("#rehearsal-refusal")).to_contain_text("runs", timeout=LONG_MS)
    page.locator("#rehearsal-form [name=runs]").fill("3")
    page.locator("#rehearsal-start").click()
    expect(page.locator("#rehearsal-answer tbody tr")).to_have_count(6, timeout=LONG_MS)
    expect(page.locator("#rehearsal-answer [data-figure=arrival_p90_s]")).to_contain_text("±")
    expect(page.locator("#rehearsal-answer")).to_contain_text("前后用同一批来电")


def test_sites_are_chosen_within_a_budget(visit: Visitor) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.open("/studio/siting")
    page.locator("[name=standard_min]").fill("3")
    page.locator("[name=candidate_count]").fill("20")
    page.locator("[name=budget]").fill("250")
    page.locator("#start").click()
    expect(page.locator("#refusal")).to_contain_text("site_cost", timeout=LONG_MS)
    page.locator("[name=site_cost]").fill("100")
    page.locator("details", has=page.locator("#district-costs")).locator("summary").click()
    page.locator("#district-costs input").first.fill("300")
    page.locator("#start").click()
    expect(page.locator("#spent")).to_contain_text("费用合计 200 万元，预算 250 万元", timeout=LONG_MS)
    expect(page.locator(".siting__sites li")).to_have_count(2)
    curve = page.locator(".siting__curve")
    expect(curve).to_be_visible()
    assert "万元" in (curve.get_attribute("aria-label") or "")
    page.locator(".siting__curve-table summary").click()
    expect(page.locator(".siting__curve-table tbody tr").last).to_contain_text("250")
    opened.assert_accessible()
    page.locator("[name=model]").select_option("lscp")
    expect(page.locator("[name=budget]")).to_be_hidden()


def test_a_district_has_a_floor_of_its_own(visit: Visitor) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.open("/studio/siting")
    expect(page.locator("#district-floors input")).not_to_have_count(0)
    page.locator("[name=candidate_count]").fill("20")
    page.locator(".siting__more", has=page.locator("[name=floor_pct]")).locator("summary").first.click()
    page.locator("details", has=page.locator("#district-floors")).locator("summary").last.click()
    page.locator("#district-floors input").first.fill("1")
    page.locator("#start").click()
    expect(page.locator("#answer th", has_text="下限")).to_be_visible(timeout=LONG_MS)
    opened.assert_accessible()
    page.locator("[name=model]").select_option("p_median")
    expect(page.locator("#district-floors")).to_be_hidden()


def test_fields_follow_the_model_and_a_refusal_names_its_field(visit: Visitor) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.open("/studio/siting")
    expect(page.locator("[name=model] option")).to_have_count(8)
    page.locator("[name=model]").select_option("lscp")
    expect(page.locator("[name=count]")).to_be_hidden()
    page.locator("[name=model]").select_option("mexclp")
    expect(page.locator("[name=busy_share]")).to_be_visible()
    expect(page.locator("#count-label")).to_have_text("新增几个单元")
    page.locator("[name=of]").select_option("residential_place")
    expect(page.locator("[name=weight] option[value=population]")).to_have_count(1)
    page.locator("[name=model]").select_option("mclp")
    page.locator("[name=candidate_count]").fill("2")
    page.locator("#start").click()
    expect(page.locator("#refusal")).to_contain_text("候选点只有", timeout=LONG_MS)


def test_an_hour_a_district_and_areas_drawn_are_asked_for_and_told(visit: Visitor) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.open("/studio/siting")
    expect(page.locator("[name=hour_of_week] option")).to_have_count(169)
    page.locator("[name=hour_of_week]").select_option("41")
    page.locator("[name=division]").select_option(label="南山区")
    page.locator("[name=candidate_count]").fill("20")
    page.locator("[name=curve]").evaluate("(field) => { field.value = 0; }")
    for role, offset in (("forbidden", 0), ("closed", 1), ("area", 2)):
        _draw(page, role, offset)
    expect(page.locator("#shapes button")).to_have_count(3)
    page.locator("#shapes button", has_text="候选区 1").click()
    expect(page.locator("#shapes button")).to_have_count(2)
    expect(page.locator(".siting__legend [data-role=area]")).to_be_hidden()
    page.locator("#start").click()
    expect(page.locator("#asked")).to_have_text(
        "周二 17 时的行车时间，只算南山区的需求，禁区 1 片，封路 1 片。", timeout=LONG_MS
    )
    study = opened.json(f"/api/siting/studies/{page.url.partition('#')[2]}")
    assert [one["properties"]["role"] for one in study["shapes"]["features"]] == ["forbidden", "closed"]
    assert (study["question"]["hour"], study["question"]["division"]) == (41, "440305")
    page.reload()
    expect(page.locator("#asked")).to_be_visible()
    expect(page.locator(".siting__legend [data-role=closed]")).to_be_visible()
    opened.assert_accessible()


def _draw(page: Page, role: str, offset: int) -> None:
    page.locator(f"[data-draw={role}]").click()
    box = page.locator("#map").bounding_box()
    assert box
    x, y = box["x"] + box["width"] * (0.35 + 0.1 * offset), box["y"] + box["height"] / 2
    for dx, dy in ((0, 0), (60, 0), (60, 60)):
        page.mouse.click(x + dx, y + dy)
        page.wait_for_timeout(350)  # two clicks in one place are a double click
    page.keyboard.press("Enter")
    expect(page.locator(f".siting__legend [data-role={role}]")).to_be_visible()


def test_a_study_that_is_not_there_says_so(visit: Visitor) -> None:
    page = visit("city", size=(1400, 900)).open("/studio/siting#00000000-0000-0000-0000-000000000000")
    expect(page.locator("#answer [role=alert]")).to_be_visible()
