"""The map page under a thumb: 390 × 844, fingers only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Visit, Visitor
from tests.browser.test_accessibility import _small_targets


@pytest.fixture
def phone(visit: Visitor) -> Visit:
    return visit(size=NARROW)


def _place(page: Page) -> tuple[float, float]:
    """The middle of what no panel covers."""
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _press(page: Page, x: float, y: float, held_ms: int) -> None:
    """Lay one finger down and lift it, as a touch screen reports it."""
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    page.wait_for_timeout(held_ms)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def _drag(page: Page, x: float, y: float, dx: float, dy: float) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        point = {"x": x + dx * step / 10, "y": y + dy * step / 10}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        page.wait_for_timeout(20)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def _is_inside(page: Page, selector: str) -> bool:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return (
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= NARROW[0] + 0.5
        and box["y"] + box["height"] <= NARROW[1] + 0.5
    )


def test_panels_open_one_at_a_time_and_close(phone: Visit, tmp_path: Path) -> None:
    page = phone.open_map()
    page.screenshot(path=tmp_path / "map.png")
    page.get_by_role("button", name="图层与辖区").tap()
    panel = page.locator("#left-panel")
    expect(panel).to_be_visible()
    page.screenshot(path=tmp_path / "layers.png")
    box = page.locator(".layer-row").filter(has=page.get_by_text("企业", exact=True)).get_by_role("checkbox")
    was = box.is_checked()
    box.tap()
    expect(box).to_be_checked(checked=not was)
    for name in ("辖区", "预警", "就近"):
        page.get_by_role("tab", name=name).tap()
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        page.screenshot(path=tmp_path / f"{name}.png")
        assert _is_inside(page, "#left-panel")
        assert _small_targets(page) == []
    page.get_by_role("button", name="列表", exact=True).tap()
    expect(page.locator("#feature-list tbody tr").first).to_be_visible()
    expect(panel).to_be_hidden()
    page.screenshot(path=tmp_path / "list.png")
    assert _is_inside(page, "#feature-list")
    assert _small_targets(page) == []
    page.locator("#feature-list").get_by_role("button", name="关闭").tap()
    expect(page.locator("#feature-list")).to_be_hidden()


def test_search_and_card(phone: Visit, tmp_path: Path) -> None:
    row: dict[str, Any] = phone.json("/api/layers/rescue_station/features?page_size=1")["rows"][0]
    page = phone.open_map()
    search = page.get_by_role("combobox", name="检索")
    search.tap()
    page.keyboard.type(str(row["values"]["name"]))
    option = page.get_by_role("option").first
    expect(option).to_be_visible()
    page.screenshot(path=tmp_path / "search.png")
    assert _is_inside(page, "#search-list")
    option.tap()
    card = page.locator("#card")
    expect(card.get_by_role("heading", level=2)).to_have_text(str(row["values"]["name"]))
    page.wait_for_timeout(400)
    page.screenshot(path=tmp_path / "card.png")
    assert _is_inside(page, "#card")
    assert _small_targets(page) == []
    last = card.get_by_text("附件", exact=True)
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    x, _ = _place(page)
    shown = page.evaluate("([x, y]) => document.elementFromPoint(x, y)?.closest('#map') !== null", [x, 160])
    assert shown, "the map stays in sight above the card"
    card.get_by_role("button", name="关闭").first.tap()
    expect(card).to_be_hidden()


def test_a_tap_on_a_symbol_opens_its_card(phone: Visit) -> None:
    row = phone.json("/api/layers/rescue_station/features?page_size=1")["rows"][0]
    page = phone.open_map(f"#v=18.00/{row['lat']:.6f}/{row['lon']:.6f}&l=rescue_station")
    x, y = _place(page)
    phone.until(lambda: page.touchscreen.tap(x, y), page.locator("#card").is_visible)
    expect(page.locator("#card").get_by_role("heading", level=2)).to_have_text(str(row["values"]["name"]))


def test_a_long_press_opens_the_menu_and_a_drag_moves_the_map(phone: Visit, tmp_path: Path) -> None:
    page = phone.open_map("#v=12.00/22.54000/114.05000&l=elevator")
    x, y = _place(page)
    menu = page.locator(".map-menu")
    phone.until(lambda: _press(page, x, y, 900), menu.is_visible)
    page.screenshot(path=tmp_path / "menu.png")
    assert _is_inside(page, ".map-menu")
    assert all(
        box["height"] >= 24
        for item in menu.get_by_role("menuitem").all()
        if (box := item.bounding_box()) is not None
    )
    menu.get_by_role("menuitem", name="这里最近的").tap()
    expect(page.locator("#left-panel")).to_be_visible()
    page.get_by_role("button", name="图层与辖区").tap()
    expect(page.locator("#left-panel")).to_be_hidden()
    before = page.url
    phone.until(lambda: _drag(page, x, y, -120, 40), lambda: page.url != before)
    expect(menu).to_be_hidden()


def test_the_account_menu_and_the_export(phone: Visit, tmp_path: Path) -> None:
    page = phone.open_map()
    page.get_by_role("button", name="账号").tap()
    expect(page.get_by_role("link", name="我的账号与令牌")).to_be_visible()
    page.screenshot(path=tmp_path / "account.png")
    assert _is_inside(page, "#user-menu")
    page.get_by_role("button", name="账号").tap()
    page.get_by_role("button", name="导出", exact=True).tap()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.screenshot(path=tmp_path / "export.png")
    assert _is_inside(page, "dialog[open]")
    assert _small_targets(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
