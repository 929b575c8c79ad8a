"""Travel time on the map: nearest with routes, closures drawn by hand and by keys, isochrones, and refusals."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Visit, Visitor


def _at_a_station(opened: Visit) -> tuple[float, float]:
    row: dict[str, Any] = opened.json("/api/layers/rescue_station/features?page_size=1")["rows"][0]
    return row["lon"], row["lat"]


def _minutes(page: Page) -> list[float]:
    texts = page.locator(".candidate__time").all_inner_texts()
    return [float(re.sub(r"[^\d.]", "", text)) for text in texts]


def test_the_key_asks_and_the_answer_is_the_servers(visit: Visitor) -> None:
    opened = visit()
    lon, lat = _at_a_station(opened)
    page = opened.open_map(f"#v=14.00/{lat:.5f}/{lon:.5f}")
    page.locator("#map canvas").focus()
    page.keyboard.press("n")
    rows = page.locator(".candidate")
    expect(rows).to_have_count(5)
    shown = _minutes(page)
    assert shown == sorted(shown)
    answer = opened.json(
        f"/api/nearest?lon={lon:.6f}&lat={lat:.6f}&kind=rescue_station&k=5&profile=car&on_duty=1"
    )
    titles = [c["title"] for c in answer["candidates"]]
    expect(page.locator(".candidate__title").first).to_have_text(titles[0])
    assert [page.locator(".candidate__title").nth(i).inner_text() for i in range(5)] == titles
    page.locator(".left-out summary").click()
    total = sum(group["count"] for group in answer["left_out"])
    expect(page.locator(".left-out summary")).to_contain_text(f"{total:,}")
    opened.assert_accessible()
    rows.nth(1).click()
    expect(rows.nth(1)).to_have_attribute("aria-pressed", "true")
    page.locator("[name=k]").select_option("3")
    expect(rows).to_have_count(3)
    page.locator("[name=when]").select_option("pick")
    page.locator("[name=weekday]").select_option("1")
    page.locator("[name=hour]").select_option("18")
    expect(page.locator(".travel-source")).to_contain_text("周一 18:00")


def test_a_closure_drawn_by_keys_changes_the_answer_and_goes_again(visit: Visitor) -> None:
    opened = visit()
    lon, lat = _at_a_station(opened)
    page = opened.open_map(f"#v=15.00/{lat:.5f}/{lon:.5f}&l=closure")
    page.locator("#map canvas").focus()
    page.keyboard.press("n")
    expect(page.locator(".candidate")).to_have_count(5)
    page.get_by_role("button", name="画封闭区域").click()
    bar = page.get_by_role("group", name="画封闭区域")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    page.get_by_role("button", name="画封闭区域").click()
    canvas = page.locator("#map canvas")
    box = canvas.bounding_box()
    assert box is not None
    for n, (dx, dy) in enumerate(((0.45, 0.4), (0.9, 0.4), (0.9, 0.75)), 1):
        page.mouse.click(box["x"] + box["width"] * dx, box["y"] + box["height"] * dy)
        expect(bar).to_contain_text(f"已有 {n} 个点")
    with page.expect_response(lambda r: "/api/nearest" in r.url and r.request.method == "POST") as posted:
        bar.get_by_role("button", name="完成").click()
    body = posted.value.request.post_data_json
    assert body is not None
    assert body["closed"]["features"][0]["geometry"]["type"] == "Polygon"
    expect(bar).to_be_hidden()
    page.get_by_role("button", name="去掉封闭（1）").click()
    expect(page.locator(".candidate")).to_have_count(5)


def test_right_click_offers_isochrones(visit: Visitor) -> None:
    opened = visit(theme="dark")
    lon, lat = _at_a_station(opened)
    page = opened.open_map(f"#v=14.00/{lat:.5f}/{lon:.5f}&l=closure")
    page.locator("#map canvas").click(button="right")
    menu = page.get_by_role("menu")
    expect(menu.get_by_role("menuitem")).to_have_count(4)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    reach = page.locator(".reach-list li")
    expect(reach).to_have_count(3)
    areas = [
        float(re.sub(r"[^\d.]", "", text)) for text in page.locator(".reach-list .count").all_inner_texts()
    ]
    assert areas == sorted(areas)
    opened.assert_accessible()


def test_the_sea_is_an_answer(visit: Visitor) -> None:
    opened = visit(size=NARROW)
    bbox = opened.json("/api/session")["city"]["bbox"]
    page = opened.open_map(f"#v=14.00/{bbox[1] - 0.1:.5f}/{bbox[0]:.5f}&l=closure")
    page.locator("#map canvas").focus()
    page.keyboard.press("n")
    expect(page.locator("#travel-panel").get_by_role("alert")).to_contain_text("离道路太远")
    opened.assert_accessible()
