"""The page of districts: a figure is drilled by mouse and by keys down to its rows, charts are drawn, and nothing disagrees."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.conftest import LiveServer


def test_a_regulator_drills_from_the_city_to_the_objects(visit: Visitor) -> None:
    opened = visit("city", size=(1440, 900))
    page = opened.open("/districts?measure=hidden_danger_count")
    total = page.locator("#total .districts__number")
    expect(total).to_have_text(re.compile(r"^[\d,]+$"))
    parts = page.locator("#ranking tr[data-code]")
    expect(parts.first).to_be_visible()
    way = page.locator("#way li")
    for depth in (2, 3, 4):
        first = page.locator(".districts__part").first
        name = first.inner_text()
        page.locator("body").press("ArrowDown")
        expect(first).to_be_focused()
        page.keyboard.press("Enter")
        expect(way).to_have_count(depth)
        expect(way.last).to_have_text(name)
    # A community: nothing below it, its rows are listed, as many as the figure says.
    expect(page.locator("#ranking")).to_contain_text("没有下级区域")
    expect(page.locator("#rows h2")).to_contain_text(f"{total.inner_text()} 条")
    expect(page.locator("#rows tbody tr").first).to_be_visible()
    page.keyboard.press("Backspace")
    expect(way).to_have_count(3)
    page.go_back()
    expect(way).to_have_count(4)
    page.locator("#way button").first.click()
    expect(way).to_have_count(1)


def test_the_map_drills_too_and_a_number_opens_its_rows(visit: Visitor) -> None:
    opened = visit("city", size=(1440, 900))
    page = opened.open("/districts?measure=enterprise_count")
    expect(page.locator("#map-loading")).to_be_hidden()
    expect(page.locator("#legend li").first).to_be_visible()
    number = page.locator("#ranking tr[data-code] .link-button").nth(1)
    number.click()
    expect(page.locator("#rows h2")).to_contain_text(f"{number.inner_text()} 条")
    first = page.locator("#rows tbody tr").first.inner_text()
    page.locator("#rows").get_by_role("button", name="下一页").click()
    expect(page.locator("#rows .pager")).to_contain_text("2")
    expect(page.locator("#rows tbody tr").first).not_to_have_text(first)
    page.locator("#rows").get_by_role("button", name="关闭").click()
    expect(page.locator("#rows")).to_be_hidden()
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.wait_for_timeout(500)
    # The middle of the sample city is land of one of its districts.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#way li")).to_have_count(2)


def test_charts_are_drawn_and_saved_and_periods_compared(visit: Visitor) -> None:
    opened = visit("city", size=(1440, 900))
    page = opened.open("/districts?measure=hidden_danger_overdue_count")
    expect(page.locator("#total .districts__change")).to_contain_text("较")
    page.locator("#tab-charts").click()
    expect(page.locator("[data-chart=state] canvas")).to_be_visible()
    expect(page.locator("#charts-period")).to_have_text("全部现有记录，不随时段变化")
    with page.expect_download() as download:
        page.locator(".districts__figure button").first.click()
    assert download.value.suggested_filename.endswith(".png")
    page.locator("[name=measure]").select_option("entrapments")
    expect(page.locator("#total .districts__what")).to_contain_text("困人起数")
    page.locator("[name=preset]").select_option("own")
    page.locator("[name=from]").fill("2020-01-01")
    page.locator("[name=to]").fill("2020-01-31")
    page.locator("[name=to]").dispatch_event("change")
    expect(page.locator("#total .districts__number")).to_have_text("0")
    expect(page.locator("#charts-period")).to_have_text("接警时间 2020-01-01 – 2020-01-31")
    expect(page.locator("#charts")).to_contain_text("共 0")
    page.locator("[name=from]").fill("2020-03-01")
    page.locator("[name=from]").dispatch_event("change")
    expect(page.locator("#total [role=alert]")).to_be_visible()
    opened.troubles = [t for t in opened.troubles if "400" not in t]


def test_a_rate_says_of_how_many_and_every_bar_opens_its_rows(visit: Visitor) -> None:
    opened = visit("city", size=(1440, 1000))
    page = opened.open("/districts?measure=hidden_danger_on_time_rate&from=2026-05-01")
    of = page.locator("#total .districts__of-total")
    expect(of).to_have_text(re.compile(r"^[\d,]+ / [\d,]+$"))
    met = of.inner_text().split(" / ")[0]
    page.locator("#total .districts__open").click()
    expect(page.locator("#rows h2")).to_contain_text(f"{met} 条")
    page.locator("#tab-charts").click()
    for chart in ("month", "category"):
        rows = page.locator(f"[data-rows={chart}]")
        rows.locator("summary").click()
        number = rows.locator("li button").last
        shown = number.inner_text()
        number.click()
        expect(page.locator("#rows h2")).to_contain_text(f"{shown} 条")
    page.locator("[name=measure]").select_option("warning_open_count")
    expect(page.locator("#total .districts__what")).to_contain_text("未处理预警")
    total = page.locator("#total .districts__open")
    shown = total.inner_text()
    total.click()
    expect(page.locator("#rows h2")).to_contain_text(f"{shown} 条")
    expect(page.locator("#rows tbody .badge").first).to_be_visible()
    opened.assert_accessible()


def test_a_district_begins_at_home(visit: Visitor) -> None:
    opened = visit("district", size=(1440, 900))
    page = opened.open("/districts")
    expect(page.locator("#way li").last).to_have_text(re.compile("区$"))
    expect(page.locator("#way li")).to_have_count(2)
    opened.assert_accessible()


def sessions(server: LiveServer) -> int:
    with server.store.unscoped() as connection:
        row = connection.execute("SELECT count(*) AS n FROM web_session").fetchone()
    return int(row["n"]) if row else -1


def test_the_paper_is_a_pdf_and_its_session_ends(visit: Visitor, live_server: LiveServer) -> None:
    opened = visit("city", size=(1440, 900))
    page = opened.open("/districts?measure=entrapments")
    expect(page.locator("#total .districts__what")).to_contain_text("困人起数")
    before = sessions(live_server)
    response = page.request.get(
        opened.origin + (page.locator("#pdf").get_attribute("href") or ""), timeout=60_000
    )
    assert response.ok, response.text()
    assert response.body().startswith(b"%PDF-")
    assert sessions(live_server) == before, "the session that the printer read with has ended"
