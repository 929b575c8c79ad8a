"""Coverage on the map: points recoloured without new tiles, a legend that adds up, totals by division."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NARROW, Visit, Visitor, number_in

ASKED = "of=elevator&by=rescue_station&on_duty=1&profile=car"


def _turn_on(page: Page) -> Locator:
    page.get_by_role("tab", name="就近").click()
    page.locator("#travel-panel").get_by_text("覆盖", exact=True).click()
    legend = page.locator("#travel-panel .coverage-legend")
    expect(legend).to_be_visible()
    return legend


def _settled(page: Page) -> None:
    expect(page.locator(".travel-answer")).not_to_have_attribute("aria-busy", "true")


def _counts(legend: Locator) -> list[int]:
    return [number_in(text) for text in legend.locator(".count").all_inner_texts()]


def _tiles(opened: Visit) -> int:
    return sum("/tiles/elevator/" in url for _, url in opened.statuses)


def _picture(page: Page) -> bytes:
    """What the map draws round its middle, without tips."""
    page.mouse.move(5, 5)
    return page.screenshot(clip={"x": 470, "y": 298, "width": 160, "height": 160})


def test_points_are_recoloured_without_new_tiles_and_left_as_they_were(visit: Visitor) -> None:
    opened = visit()
    row: dict[str, Any] = opened.json("/api/layers/elevator/features?page_size=1")["rows"][0]
    page = opened.open_map(f"#v=15.00/{row['lat']:.6f}/{row['lon']:.6f}&l=elevator")
    page.wait_for_load_state("networkidle")
    before: list[bytes] = [b"", b"-"]
    opened.until(lambda: before.append(_picture(page)), lambda: before[-1] == before[-2])
    tiles = _tiles(opened)
    legend = _turn_on(page)
    totals = opened.json(f"/api/coverage?{ASKED}")["total"]
    never = totals["unreachable"] + totals["off_road"] + totals["no_position"]
    counts = _counts(legend)
    assert counts == [*totals["first_within"], totals["beyond"], never, totals["count"]]
    assert sum(counts[:-1]) == counts[-1] == opened.json("/api/divisions/440300")["counts"]["elevator"]
    opened.until(lambda: None, lambda: _picture(page) != before[-1])
    _tip_tells_the_servers_seconds(opened, page, row["id"])
    page.locator("[name=when]").select_option("pick")
    page.locator("[name=weekday]").select_option("1")
    page.locator("[name=hour]").select_option("18")
    expect(page.locator(".travel-source")).to_contain_text("周一 18:00")
    _close_by_hand(page)
    assert _tiles(opened) == tiles, "no tile is fetched again"
    opened.assert_accessible()
    page.get_by_role("button", name="清除", exact=True).last.click()
    expect(page.locator(".coverage-legend")).to_have_count(0)
    opened.until(lambda: None, lambda: _picture(page) == before[-1])


def _tip_tells_the_servers_seconds(opened: Visit, page: Page, feature_id: int) -> None:
    seconds = opened.json(f"/api/coverage/field?{ASKED}")["seconds"][str(feature_id)]
    words = "到不了" if seconds is None else f"最快 {math.ceil(seconds / 6) / 10:g} 分钟"
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tip = page.locator("#map-tip")

    def point() -> None:
        page.mouse.move(x + 1, y)
        page.mouse.move(x, y)

    opened.until(point, lambda: tip.is_visible() and words in tip.inner_text())


def _close_by_hand(page: Page) -> None:
    page.get_by_role("button", name="画封闭区域").click()
    bar = page.get_by_role("group", name="画封闭区域")
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    for n, (dx, dy) in enumerate(((0.5, 0.3), (0.7, 0.3), (0.7, 0.7)), 1):
        page.mouse.click(box["x"] + box["width"] * dx, box["y"] + box["height"] * dy)
        expect(bar).to_contain_text(f"已有 {n} 个点")
    with page.expect_response(lambda r: "/api/coverage/field" in r.url) as posted:
        bar.get_by_role("button", name="完成").click()
    assert posted.value.request.method == "POST"
    assert posted.value.ok
    expect(page.get_by_role("button", name="去掉封闭（1）")).to_be_visible()
    _settled(page)


CELLS = """async ({ of, asked, zoom }) => {
  const base = document.querySelector("script[src*='/js/map.js']").src.replace("map.js", "");
  const [{ CoverageCells }, { CoverageField }] = await Promise.all([import(base + "coverage_cells.js"), import(base + "coverage_field.js")]);
  const cells = await CoverageCells.read(of, {});
  const field = await CoverageField.read(asked, {});
  cells.setClasses(field.ids, field.classes);
  const bytes = await (await fetch(`/api/coverage/positions?of=${of}`)).arrayBuffer();
  const start = 4 + new DataView(bytes).getUint32(0, true);
  const ids = [...new Uint32Array(bytes, start, (bytes.byteLength - start) / 12)];
  const lonlat = [...new Float32Array(bytes, start + 4 * ids.length)];
  return { features: cells.features(zoom), ids, lonlat, limits: field.head.limits_s };
}"""


def _counted_by_hand(
    found: dict[str, Any], seconds: dict[str, int | None], zoom: int
) -> list[tuple[int, int, int]]:
    """Circles as (objects, class that 90 % meet, beyond): sorted, by a plain second way."""
    cells: dict[tuple[int, int], list[int]] = {}
    across = 12 * 2**zoom
    for at, feature_id in enumerate(found["ids"]):
        lon, lat = found["lonlat"][2 * at : 2 * at + 2]
        s = seconds.get(str(feature_id), -1)
        if math.isnan(lon) or s == -1:
            continue
        x = (lon + 180) / 360
        y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
        reach = 4 if s is None else sum(s > limit for limit in found["limits"])
        cells.setdefault((int(x * across), int(y * across)), []).append(reach)
    circles = []
    for classes in cells.values():
        n, ranked = len(classes), sorted(classes)
        met = ranked[-(-9 * n // 10) - 1]  # the slowest of the soonest 90 %
        circles.append((n, met, sum(c >= 3 for c in classes)))
    return sorted(circles)


def test_circles_hold_what_lies_there(visit: Visitor) -> None:
    opened = visit()
    page = opened.open_map()
    seconds = opened.json(f"/api/coverage/field?{ASKED}")["seconds"]
    for zoom in (5, 9, 12):
        found = page.evaluate(CELLS, {"of": "elevator", "asked": ASKED, "zoom": zoom})
        drawn = sorted(
            (f["properties"]["n"], f["properties"]["reach"], f["properties"]["beyond"])
            for f in found["features"]
        )
        assert drawn == _counted_by_hand(found, seconds, zoom)
        assert sum(n for n, _, _ in drawn) == sum(not math.isnan(lon) for lon in found["lonlat"][::2])


def _station_that_counts(opened: Visit) -> dict[str, Any]:
    """A station on duty whose absence changes the totals."""
    rows = opened.json("/api/layers/rescue_station/features?page_size=200")["rows"]
    session = opened.json("/api/session")
    asked = f"/api/coverage?{ASKED}&hour_of_week=18"
    before = opened.json(asked)["total"]["first_within"][0]
    for row in rows:
        answer = opened.page.request.post(
            opened.origin + asked, data={"out": [row["id"]]}, headers={"X-CSRF-Token": session["csrf"]}
        )
        if answer.json()["total"]["first_within"][0] != before:
            return opened.json(f"/api/layers/rescue_station/features/{row['id']}") | {"id": row["id"]}
    raise AssertionError("no station matters")


def _whole(page: Page) -> bytes:
    page.mouse.move(5, 5)
    return page.screenshot(clip={"x": 400, "y": 100, "width": 300, "height": 480})


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_circles_far_out_follow_a_scenario_without_new_tiles(visit: Visitor, theme: str) -> None:
    opened = visit(theme=theme)
    page = opened.open("/map")
    station = _station_that_counts(opened)
    place = f"v=9.20/{station['lat']:.5f}/{station['lon']:.5f}"
    page = opened.open_map(f"#{place}&l=elevator,rescue_station&f=rescue_station:{station['id']}")
    page.wait_for_load_state("networkidle")
    legend = _turn_on(page)
    expect(page.locator(".legend .legend__note").first).to_contain_text("90%")
    seen: list[bytes] = []

    def settled() -> bytes:
        _settled(page)
        seen[:] = [b"", b"-"]
        opened.until(lambda: seen.append(_whole(page)), lambda: seen[-1] == seen[-2])
        return seen[-1]

    def ask_for(hour: int) -> None:
        page.locator("[name=hour]").select_option(str(hour))
        expect(page.locator(".travel-source")).to_contain_text(f"周一 {hour:02}:00")

    page.locator("[name=when]").select_option("pick")
    page.locator("[name=weekday]").select_option("1")
    ask_for(18)
    whole, counts, tiles = settled(), _counts(legend), _tiles(opened)
    opened.assert_accessible()
    ask_for(3)
    settled()
    ask_for(18)
    assert settled() == whole, "the same question, the same circles"
    page.locator("#card").get_by_role("button", name="试算：没有此处").click()
    chip = page.get_by_role("button", name=f"撤销：不计 {station['title']}")
    expect(chip).to_be_visible()
    expect(legend.locator(".count").first).not_to_have_text(f"{counts[0]:,}")
    assert sum(_counts(legend)[:-1]) == counts[-1]
    without = settled()
    assert without != whole
    opened.assert_accessible()
    page.locator("#card").get_by_role("button", name="重新计入此处").click()
    expect(chip).to_have_count(0)
    expect(legend.locator(".count").first).to_have_text(f"{counts[0]:,}")
    assert settled() == whole
    with page.expect_response(lambda r: "/api/coverage/field" in r.url) as posted:
        page.locator("#map canvas").click(button="right", position={"x": 430, "y": 500})
        page.get_by_role("menuitem", name="试算：在这里增设一处").click()
    assert posted.value.request.post_data_json["added"]
    expect(page.get_by_role("button", name="撤销：增设 1")).to_be_visible()
    page.locator("#card").get_by_role("button", name="关闭", exact=True).click()
    _close_by_hand(page)
    assert settled() != whole
    assert _tiles(opened) == tiles, "no tile is fetched again"
    page.get_by_role("button", name="清除", exact=True).last.click()
    expect(page.locator(".coverage-legend")).to_have_count(0)
    expect(page.get_by_role("button", name="撤销")).to_have_count(0)


def test_circles_stay_while_the_legend_counts_another_layer(visit: Visitor) -> None:
    opened = visit()
    row = opened.json("/api/layers/elevator/features?page_size=1")["rows"][0]
    page = opened.open_map(f"#v=9.20/{row['lat']:.5f}/{row['lon']:.5f}&l=elevator,enterprise")
    _turn_on(page)
    pictures: list[bytes] = []

    def settled() -> bytes:
        pictures[:] = [b"", b"-"]
        opened.until(lambda: pictures.append(_whole(page)), lambda: pictures[-1] == pictures[-2])
        return pictures[-1]

    _settled(page)
    counted = page.locator("input[name=legend-counted][value=enterprise]")
    counted.check()
    both = settled()
    page.get_by_role("button", name="清除", exact=True).last.click()
    expect(page.locator(".coverage-legend")).to_have_count(0)
    settled()
    counted.check()
    assert settled() != both, "the circles of coverage were among those of the enterprises"


def test_divisions_add_up_and_the_layer_is_switched_on_and_off_again(visit: Visitor) -> None:
    opened = visit(theme="dark")
    page = opened.open_map("#l=rescue_station")
    legend = _turn_on(page)
    box = page.locator(".layer-row").filter(has=page.get_by_text("电梯", exact=True)).locator("input")
    expect(box).to_be_checked()
    lines = page.locator(".coverage-division")
    numbers = [number_in(text) for text in lines.locator("> .count").all_inner_texts()]
    assert sum(numbers[:-1]) == numbers[-1] == _counts(legend)[-1]
    for n, text in zip(numbers, lines.locator(".coverage-division__facts").all_inner_texts(), strict=True):
        assert sum(number_in(part.split(" ")[-1]) for part in text.split(" · ")) == n
    opened.assert_accessible()
    page.locator("[name=of]").select_option("enterprise")
    expect(legend.get_by_role("heading")).to_contain_text("企业")
    expect(box).not_to_be_checked()
    page.get_by_role("tab", name="辖区").click()
    page.locator(".division-row", has_text="福田区").click()
    page.get_by_role("tab", name="就近").click()
    wanted = opened.json("/api/divisions/440304")["counts"]["enterprise"]
    expect(legend.locator(".coverage-legend__sum .count")).to_have_text(f"{wanted:,}")
    page.get_by_text("最近的", exact=True).click()
    expect(page.locator(".coverage-legend")).to_have_count(0)
    expect(page.locator("#travel-panel")).to_contain_text("从哪里出发")


def test_a_failed_answer_can_be_asked_again_on_a_narrow_screen(visit: Visitor) -> None:
    opened = visit(size=NARROW)
    page = opened.open_map()
    page.get_by_role("button", name="图层与辖区").click()
    page.get_by_role("tab", name="就近").click()
    opened.cut_off(is_cut=True)
    page.locator("#travel-panel").get_by_text("覆盖", exact=True).click()
    alert = page.locator("#travel-panel").get_by_role("alert")
    expect(alert).to_contain_text("连不上服务器")
    opened.cut_off(is_cut=False)
    alert.get_by_role("button").click()
    expect(page.locator("#travel-panel .coverage-legend")).to_be_visible()
    expect(page.locator("#travel-panel")).to_contain_text(re.compile("1[0-9] 级起逐个显示"))
    opened.assert_accessible()
