"""The coverage studio: a station is dragged on the map, closed and found by name; a scenario is kept, and a late save is told."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visitor

LONG_MS = 60_000


def test_a_station_is_dragged_and_the_scenario_is_kept(visit: Visitor) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.open("/studio/coverage")
    expect(page.locator(".studio__headline")).to_be_visible(timeout=LONG_MS)
    expect(page.locator("#map-loading")).to_be_hidden(timeout=LONG_MS)
    page.locator("[name=standard]").select_option("own")
    page.locator("[name=own]").fill("3")
    expect(page.locator(".studio__headline")).to_contain_text("3 分钟内到达为覆盖", timeout=LONG_MS)
    page.locator("#seek").fill("救援站")
    page.locator("#found button").first.click()
    name = page.locator("#chosen strong").inner_text()
    page.wait_for_timeout(2500)  # the map flies there
    box = page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x + 25 * step, y + 10 * step)
    page.mouse.up()
    expect(page.locator("#changes")).to_contain_text(f"移动 {name}", timeout=LONG_MS)
    page.locator("#chosen button", has_text="停用").click()
    expect(page.locator("#changes")).to_contain_text(f"停用 {name}", timeout=LONG_MS)
    expect(page.locator(".studio__changes")).not_to_contain_text("失去 0（第二到达 0）", timeout=LONG_MS)
    expect(page.locator("#answer")).not_to_have_attribute("aria-busy", "true", timeout=LONG_MS)
    opened.assert_accessible()
    page.locator("#name").fill("停一站")
    page.locator("#format").select_option("html")
    with page.expect_download(timeout=LONG_MS) as download:
        page.locator("#export").click()
    assert download.value.suggested_filename == "停一站.html"
    text = download.value.path().read_text(encoding="utf-8")
    assert all(words in text for words in ("<title>停一站", "前后对比", "失去覆盖", name))
    page.locator("#save").click()
    expect(page.locator("#version")).to_contain_text("第 1 版", timeout=LONG_MS)
    scenario = page.url.partition("#scenario=")[2]
    kept = opened.json(f"/api/studio/coverage/scenarios/{scenario}")
    assert len(kept["question"]["out"]) == 1
    changed = page.evaluate(
        """async ([path, question]) => (await fetch(path, { method: "PUT", headers: { "Content-Type": "application/json",
        "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]').content }, body: JSON.stringify(question) })).status""",
        [f"/api/studio/coverage/scenarios/{scenario}", {"name": "同事先存", "version": 1, "standard_min": 3}],
    )
    assert changed == 200
    page.locator("#save").click()
    expect(page.locator("#refusal")).to_contain_text("已在您之后保存了这个方案", timeout=LONG_MS)
