"""Hands quicker than a page: what is sent before its script listens, and a map made before its ground has a size."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visitor

MAP_BEFORE_ITS_GROUND = """async ([west, south, east, north]) => {
  const base = document.querySelector("script[src*='/js/siting_page.js']").src.replace("siting_page.js", "");
  const { MapView } = await import(base + "map_view.js");
  const ground = document.createElement("div");
  ground.hidden = true;
  Object.assign(ground.style, { position: "fixed", inset: "0 auto auto 0", width: "400px", height: "300px" });
  document.body.append(ground);
  const view = await MapView.create(ground, { theme: "light", bbox: [west, south, east, north], view: null, padding: 10 });
  ground.hidden = false;
  const ends = performance.now() + 20000;
  const isSeen = () => view.map.getBounds().contains([west, south]) && view.map.getBounds().contains([east, north]);
  while ((view.map.getCanvas().clientWidth !== 400 || !isSeen()) && performance.now() < ends) {
    await new Promise((done) => setTimeout(done, 50));
  }
  const { _sw, _ne } = view.map.getBounds();
  return [_sw.lng, _sw.lat, _ne.lng, _ne.lat];
}"""


class _Late:
    """What a page asks for under `address` waits until `comes` is called: no clock decides who was quicker."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.held: list[Route] | None = []
        page.route(address, self._take)

    def _take(self, route: Route) -> None:
        if self.held is None:
            route.continue_()
        else:
            self.held.append(route)

    def comes(self) -> None:
        while not self.held:
            self.page.wait_for_timeout(50)
        held, self.held = self.held, None
        for route in held:
            route.continue_()


def test_a_form_sent_before_its_script_listens_is_sent_once_when_it_does(visit: Visitor) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.page
    script = _Late(page, "**/js/siting_page.js")
    page.goto(f"{opened.origin}/studio/siting", wait_until="commit")
    page.locator("[name=budget]").fill("250")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    page.locator("#start").click()
    page.locator("#start").click()
    assert not asked
    script.comes()
    expect(page.locator("#refusal")).to_contain_text("site_cost", timeout=60_000)
    assert page.locator("[name=budget]").input_value() == "250"
    assert [url for url in asked if url.endswith("/api/siting")] == [f"{opened.origin}/api/siting"]
    expect(page.locator("#question")).not_to_have_attribute("aria-busy", "true")


def test_a_button_pressed_before_its_page_listens_is_pressed_when_it_does(visit: Visitor) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.page
    measures = _Late(page, "**/api/districts/measures")
    page.goto(f"{opened.origin}/districts", wait_until="commit")
    page.locator("#tab-charts").click()
    page.locator("#tab-charts").click()
    measures.comes()
    expect(page.locator("#tab-charts")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#charts canvas").first).to_be_visible()
    expect(page.locator("[data-starting]")).to_have_count(0)


def test_a_map_made_before_its_ground_has_a_size_shows_the_city_when_it_has(visit: Visitor) -> None:
    opened = visit("city", size=(1000, 700))
    page = opened.open("/studio/siting")
    west, south, east, north = opened.json("/api/session")["city"]["bbox"]
    seen = page.evaluate(MAP_BEFORE_ITS_GROUND, [west, south, east, north])
    assert seen[0] <= west
    assert seen[1] <= south
    assert seen[2] >= east
    assert seen[3] >= north
    assert seen[2] - seen[0] < 6 * (east - west), seen
