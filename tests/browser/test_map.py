"""The map page: layers, cards, search, divisions, lists, exports, links, and what changes by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from data.scope import SYSTEM
from tests.browser.conftest import NARROW, Visit, Visitor, number_in
from tests.conftest import LiveServer


def _first(opened: Visit, layer: str, **conditions: str) -> dict[str, object]:
    """Give the first feature of a layer that meets conditions."""
    asked = "&".join(f"{name}={value}" for name, value in conditions.items())
    row: dict[str, object] = opened.json(f"/api/layers/{layer}/features?page_size=1&{asked}")["rows"][0]
    return row


def _layer_row(page: Page, title: str) -> Locator:
    return page.locator(".layer-row").filter(has=page.get_by_text(title, exact=True))


def test_the_whole_city_with_its_layers_numbers_and_legend(visit: Visitor) -> None:
    opened = visit()
    page = opened.open_map()
    expect(page.get_by_text("示例数据 Sample data")).to_be_visible()
    counts = opened.json("/api/divisions/440300")["counts"]
    for layer in opened.json("/api/layers")["layers"]:
        shown = _layer_row(page, layer["title"]).locator(".layer-row__count")
        expect(shown).to_have_text(f"{counts[layer['id']]:,}")
    legend = page.locator("#legend")
    expect(legend.get_by_role("radio", name="电梯", exact=True)).to_be_checked()
    expect(legend.locator(".legend__sizes li")).to_have_text(["10", "100", "1,000"])
    tiles = [url for status, url in opened.statuses if "/tiles/elevator/" in url and status == 200]
    assert tiles
    opened.assert_accessible()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_click_on_a_symbol_opens_its_card(visit: Visitor, theme: str) -> None:
    opened = visit(theme=theme)
    row = _first(opened, "rescue_station")
    page = opened.open_map(f"#v=18.00/{row['lat']:.6f}/{row['lon']:.6f}&l=rescue_station")
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    card = page.locator("#card")
    opened.until(lambda: page.mouse.click(x, y), card.is_visible)
    expect(card.get_by_role("heading", level=2)).to_have_text(str(row["values"]["name"]))  # type: ignore[index]
    expect(card.get_by_text("附件", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(rf"f=rescue_station:{row['id']}\b"))
    opened.assert_accessible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_search_by_keyboard_flies_there(visit: Visitor) -> None:
    opened = visit()
    row = _first(opened, "elevator")
    page = opened.open_map()
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="检索")
    expect(box).to_be_focused()
    page.keyboard.type(str(row["values"]["rescue_code"]))  # type: ignore[index]
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#card").get_by_text(str(row["values"]["rescue_code"]))).to_be_visible()  # type: ignore[index]
    expect(page).to_have_url(re.compile(r"v=1[6-9]\."))


def test_search_says_when_there_is_nothing_and_asks_for_the_datum(visit: Visitor) -> None:
    page = visit().open_map()
    box = page.get_by_role("combobox", name="检索")
    box.fill("无此名称的对象")
    expect(page.locator("[data-search-status]")).to_contain_text("没有找到")
    box.fill("22.5431, 114.0579")
    expect(page.get_by_role("option")).to_have_count(3)
    expect(page.get_by_text("这个坐标用的是哪种坐标系？")).to_be_visible()


def test_drilling_down_and_back(visit: Visitor) -> None:
    opened = visit()
    page = opened.open_map()
    page.get_by_role("tab", name="辖区").click()
    district = page.locator(".division-row", has_text="福田区")
    expect(district).to_be_visible()
    district.click()
    crumbs = page.locator("#breadcrumb li")
    expect(crumbs).to_have_text([re.compile("深圳市"), re.compile("福田区")])
    expect(page).to_have_url(re.compile("d=440304"))
    code = opened.json("/api/divisions/440304")
    expect(page.locator(".division-row")).to_have_count(len(code["children"]))
    page.locator(".division-row").first.click()
    expect(crumbs).to_have_count(3)
    page.get_by_role("button", name="深圳市", exact=True).click()
    expect(crumbs).to_have_count(1)


def test_the_list_pages_sorts_and_filters(visit: Visitor) -> None:
    opened = visit()
    page = opened.open_map()
    page.get_by_role("button", name="查看「企业」列表").click()
    panel = page.locator("#feature-list")
    total = opened.json("/api/divisions/440300")["counts"]["enterprise"]
    expect(panel.get_by_role("status")).to_have_text(f"共 {total:,} 条")
    first = panel.locator("tbody tr td:first-child").first
    code = first.inner_text()
    panel.get_by_role("button", name="下一页").click()
    expect(first).not_to_have_text(code)
    panel.locator("th").first.get_by_role("button").click()
    expect(panel.locator("th").first).to_have_attribute("aria-sort", "ascending")
    panel.get_by_role("searchbox").fill("没有这样的企业")
    expect(panel.get_by_text("没有符合条件的记录")).to_be_visible()
    panel.get_by_role("button", name="清除筛选").click()
    expect(panel.locator("tbody tr")).to_have_count(50)
    heights = panel.locator("tbody tr").evaluate_all("rows => rows.map((row) => row.offsetHeight)")
    assert max(heights) < 45, "one line a row"
    opened.assert_accessible()


def test_a_figure_opens_the_rows_behind_it(visit: Visitor) -> None:
    page = visit().open_map()
    page.get_by_role("tab", name="辖区").click()
    figure = page.locator(".figure-row", has_text="逾期未整改隐患")
    wanted = number_in(figure.locator(".count").inner_text())
    figure.click()
    panel = page.locator("#feature-list")
    expect(panel.locator(".chip")).to_contain_text("逾期未整改")
    expect(panel.get_by_role("status")).to_have_text(f"共 {wanted:,} 条")


def test_export_of_a_division_as_a_file(visit: Visitor) -> None:
    opened = visit()
    page = opened.open_map("#d=440304")
    expect(page.locator("#breadcrumb li")).to_have_count(2)
    page.get_by_role("button", name="导出", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("图层").select_option("rescue_station")
    dialog.get_by_label("CSV 文本").check()
    dialog.get_by_label(re.compile("当前辖区")).check()
    with page.expect_download() as waiting:
        dialog.get_by_role("button", name="导出", exact=True).click()
    lines = waiting.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) - 1 == opened.json("/api/divisions/440304")["counts"]["rescue_station"]
    expect(dialog).to_be_hidden()


def test_the_overview_of_a_division_is_printed(visit: Visitor) -> None:
    page = visit().open_map("#d=440304")
    page.get_by_role("tab", name="辖区").click()
    link = page.get_by_role("link", name="打印辖区概况 PDF")
    with page.expect_download() as waiting:
        link.click()
        expect(page.locator(".division-print")).to_contain_text("正在打印…")
    assert waiting.value.suggested_filename.startswith("福田区-")
    assert waiting.value.path().read_bytes().startswith(b"%PDF-")
    expect(link).not_to_have_attribute("aria-disabled", "true")
    page.route("**/print/division/*.pdf", lambda route: route.abort())
    link.click()
    expect(page.get_by_role("alert")).to_contain_text("连不上服务器")


def test_a_shared_link_opens_the_same_map(visit: Visitor) -> None:
    opened = visit()
    row = _first(opened, "rescue_station")
    page = opened.open_map(f"#l=enterprise,rescue_station&n=enterprise&f=rescue_station:{row['id']}&d=440304")
    title = str(row["values"]["name"])  # type: ignore[index]
    expect(page.locator("#card").get_by_role("heading", level=2)).to_have_text(title)
    page.get_by_role("button", name="分享").click()
    expect(page.get_by_text("链接已复制")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link.startswith(opened.origin + "/map#v=")
    other = visit("admin")
    page = other.open_map(link.removeprefix(other.origin + "/map"))
    expect(page.locator("#card").get_by_role("heading", level=2)).to_have_text(title)
    expect(_layer_row(page, "企业").get_by_role("checkbox")).to_be_checked()
    expect(_layer_row(page, "电梯").get_by_role("checkbox")).not_to_be_checked()
    expect(page.locator("#breadcrumb [aria-current]")).to_have_text("福田区")


def test_an_address_pasted_while_the_map_moves_is_not_lost(visit: Visitor) -> None:
    opened = visit()
    row = _first(opened, "rescue_station")
    page = opened.open_map()
    # The map keeps its address in step in the same breath as another is put there.
    page.evaluate(
        "hash => { location.hash = hash; document.dispatchEvent(new CustomEvent('onemap:theme', { detail: 'dark' })); }",
        f"#l=rescue_station&f=rescue_station:{row['id']}",
    )
    expect(page.locator("#card").get_by_role("heading", level=2)).to_have_text(str(row["values"]["name"]))  # type: ignore[index]


def test_theme_and_language(visit: Visitor) -> None:
    opened = visit("dispatcher")
    page = opened.open_map()
    before = page.evaluate(
        "() => getComputedStyle(document.body).backgroundColor + document.documentElement.dataset.theme"
    )
    page.get_by_role("button", name="切换深色或浅色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert before.endswith("light")
    page.get_by_role("button", name="Switch to English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("tab", name="Warnings")).to_be_visible()
    expect(page.get_by_text("Elevator rescue station", exact=True).first).to_be_visible()
    opened.assert_accessible()
    page.get_by_role("button", name="切换到中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_one_layer_is_counted_at_a_time(visit: Visitor) -> None:
    page = visit().open_map("#l=elevator,enterprise&n=elevator")
    legend = page.locator("#legend")
    expect(legend.get_by_role("radio", name="电梯", exact=True)).to_be_checked()
    legend.get_by_text("企业").click()
    expect(page).to_have_url(re.compile("n=enterprise"))
    _layer_row(page, "企业").get_by_role("checkbox").uncheck()
    expect(legend.get_by_role("radio")).to_have_count(0)


def test_attachments_come_and_go(visit: Visitor, live_server: LiveServer) -> None:
    opened = visit()
    row = _first(opened, "rescue_station")
    page = opened.open_map(f"#f=rescue_station:{row['id']}")
    files = page.get_by_role("region", name="附件")
    expect(files.get_by_text("没有附件")).to_be_visible()
    files.locator("input[type=file]").set_input_files(
        {"name": "平面图.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 plan"}
    )
    expect(files.get_by_role("link", name="平面图.pdf")).to_be_visible()
    files.locator("input[type=file]").set_input_files(
        {"name": "a.exe", "mimeType": "application/x-dosexec", "buffer": b"MZ"}
    )
    expect(page.get_by_role("alert")).to_contain_text("不接受这种文件")
    files.get_by_role("button", name="删除附件").click()
    page.get_by_role("dialog").get_by_role("button", name="删除", exact=True).click()
    expect(files.get_by_text("没有附件")).to_be_visible()


def test_related_rows_open_by_their_code(visit: Visitor) -> None:
    opened = visit()
    row = _first(opened, "hidden_danger")
    page = opened.open_map(f"#f=hidden_danger:{row['id']}")
    page.locator("#card").get_by_role("button", name="9144").click()
    expect(page.locator("#card .sheet__kind")).to_have_text("企业")


@pytest.mark.parametrize("width", [800, 1024, 1280, 1440, 1920])
def test_the_bar_stays_in_the_window_with_every_screen_in_reach(visit: Visitor, width: int) -> None:
    page = visit("admin", size=(width, 800)).open("/map?lang=en")
    page.locator("#map canvas").wait_for()
    assert page.evaluate("document.querySelector('.top-bar').scrollWidth") <= width
    menu = page.locator(".screens-menu")
    menu.get_by_role("button").click()
    menu.get_by_role("link", name="Reviews").click()
    page.wait_for_url("**/reviews")


def test_a_row_without_a_position_has_its_card_too(visit: Visitor, live_server: LiveServer) -> None:
    with live_server.store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "INSERT INTO fire_facility (code, name, division_code, authority_code, enterprise_code, kind, state, position_quality)"
            " SELECT 'NOWHERE-1', '无处可放的灭火器', division_code, authority_code, code, 'extinguisher', 'in_use', 'none'"
            " FROM enterprise ORDER BY code LIMIT 1 RETURNING id"
        ).fetchone()
    assert row is not None
    page = visit().open_map(f"#f=fire_facility:{row['id']}")
    expect(page.locator("#card")).to_contain_text("无处可放的灭火器")
    expect(page.locator("#card").get_by_role("button", name="居中")).to_have_count(0)
    page.locator("#card").get_by_role("link", name="打开专页").click()
    expect(page.locator("#place")).to_have_text("还没有位置")


def test_warnings_arrive_by_themselves_and_are_processed(visit: Visitor, live_server: LiveServer) -> None:
    opened = visit()
    page = opened.open_map()
    bell = page.locator("#bell")
    page.get_by_role("tab", name="预警").click()
    expect(page.locator("#warnings-panel .warning, #warnings-panel .state").first).to_be_visible()
    before = opened.json("/api/warnings")["counts"]["open"]
    expect(page.locator(".live-state")).to_have_attribute("data-state", "live")
    with live_server.store.transaction(SYSTEM) as connection:
        connection.execute(
            "INSERT INTO warning (kind, level, title, layer, row_id, division_code, authority_code, raised_at)"
            " SELECT 'hidden_danger_overdue', '1', '浏览器测试的预警', 'hidden_danger', id, division_code, authority_code,"
            " now() + interval '1 day' FROM hidden_danger ORDER BY id LIMIT 1"
        )
        connection.execute(
            "UPDATE hidden_danger SET name = name WHERE id = (SELECT min(id) FROM hidden_danger)"
        )
    row = page.locator(".warning", has_text="浏览器测试的预警")
    expect(row).to_be_visible()
    expect(row.locator(".badge")).to_have_text("红色")
    expect(bell).to_have_attribute("aria-label", f"预警，{before + 1:,} 条未处理")
    row.get_by_role("button", name="处理", exact=True).click()
    row.get_by_label("处理情况说明").fill("已到现场")
    row.get_by_role("button", name="标为已处理").click()
    expect(row).to_have_count(0)
    page.locator("#warnings-panel").get_by_text("已处理", exact=True).click()
    expect(row).to_contain_text("已到现场")
    opened.assert_accessible()


def test_a_lost_connection_shows(visit: Visitor) -> None:
    opened = visit()
    page = opened.open_map()
    state = page.locator(".live-state")
    expect(state).to_have_attribute("data-state", "live")
    page.get_by_role("combobox", name="检索").fill("电梯")
    expect(page.get_by_role("option").first).to_be_visible()
    opened.cut_off(is_cut=True)
    page.get_by_role("combobox", name="检索").fill("企业")
    expect(page.get_by_role("alert")).to_contain_text("连不上服务器")
    opened.cut_off(is_cut=False)
    page.get_by_role("combobox", name="检索").fill("救援站")
    expect(page.get_by_role("option").first).to_be_visible()


def test_narrow_screens_have_one_sheet_at_a_time(visit: Visitor) -> None:
    opened = visit(size=NARROW)
    page = opened.open_map()
    expect(page.locator("#left-panel")).to_be_hidden()
    page.get_by_role("button", name="图层与辖区").click()
    expect(page.locator("#left-panel")).to_be_visible()
    page.get_by_role("button", name="列表", exact=True).click()
    expect(page.locator("#feature-list")).to_be_visible()
    expect(page.locator("#left-panel")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    opened.assert_accessible()
