"""Plant plans on screen: a picture is uploaded, tied by two clicks each, and a point stands on both."""

from __future__ import annotations

import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from data.sample.plans import draw, png
from tests.browser.conftest import Visitor

SIZE = (1400, 900)


def test_a_plan_is_uploaded_tied_and_given_a_point(visit: Visitor, tmp_path: Path) -> None:
    picture = tmp_path / "新图.png"
    picture.write_bytes(png(draw()))
    page = visit("enterprise", size=SIZE).open("/enterprise")
    page.get_by_role("link", name="厂区图", exact=True).click()
    page.click("#upload")
    page.click("dialog [type=submit]")
    expect(page.locator("dialog .form-error")).to_contain_text("请选择图片")
    page.set_input_files("dialog [name=file]", picture)
    page.fill("dialog [name=name]", "新上传的图")
    page.click("dialog [type=submit]")
    expect(page.locator("#plans [aria-pressed=true]")).to_contain_text("新上传的图")
    expect(page.locator("#map-loading")).to_be_hidden()
    expect(page.locator("#fit")).to_contain_text("还没有对到地图")
    page.click("#tie")
    for on_picture, on_map in (((60, 60), (60, 60)), ((400, 300), (250, 220))):
        expect(page.locator("#hint")).to_contain_text("图上点")
        page.locator("#stage").click(position={"x": on_picture[0], "y": on_picture[1]})
        expect(page.locator("#hint")).to_contain_text("地图上点同一个地方")
        page.locator("#map canvas").click(position={"x": on_map[0], "y": on_map[1]})
    expect(page.locator("#fit")).to_contain_text("每像素")
    page.click("#place")
    page.locator("#frame").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.select_option("dialog [name=kind]", "camera")
    page.click("dialog [type=submit]")
    expect(page.locator("dialog .field__fault")).to_contain_text("请填写点位名称")
    page.fill("dialog [name=name]", "东门摄像头")
    page.click("dialog [type=submit]")
    expect(page.locator("#points tbody tr")).to_have_count(1)
    expect(page.locator("#points")).to_contain_text("东门摄像头")
    expect(page.locator("#points")).not_to_contain_text("图未对到地图")
    expect(page.locator(".plan-mark.is-active")).to_have_text("1")
    # A point that stands for a row tells how it stands with it and leads there; every figure beside the plan opens its rows.
    page.click("#place")
    page.locator("#stage").click(position={"x": 200, "y": 200})
    page.select_option("dialog [name=kind]", "hidden_danger")
    page.select_option("dialog [name=of_code]", index=1)
    page.click("dialog [type=submit]")
    expect(page.locator("#points tbody tr")).to_have_count(2)
    expect(page.locator("#points tbody tr").nth(1).get_by_role("link")).to_have_attribute(
        "href", re.compile(r"/registers/hidden_danger/\d+")
    )
    expect(page.locator("#beside li")).to_have_count(6)
    expect(page.locator("#duty")).to_contain_text("今日值班")
    assert Axe().run(page).violations_count == 0
