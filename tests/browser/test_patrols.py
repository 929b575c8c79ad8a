"""The page of patrols: a route is drawn anew on the map, what was found is pointed out there, grids are drawn and counted."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Visitor


def _click_map(page: Page, *shares: tuple[float, float]) -> None:
    """Click the map at shares of its width and height; each click is taken before the next."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    for n, (x, y) in enumerate(shares, start=1):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        bar = page.locator(".draw-bar [role=status]")
        if bar.count():
            expect(bar).to_contain_text(str(n))


def test_a_route_is_drawn_anew_and_earlier_tracks_stay_as_they_were(visit: Visitor) -> None:
    opened = visit("city", size=(1440, 1000))
    page = opened.open("/patrols")
    expect(page.locator("#map-loading")).to_be_hidden()
    page.locator("#routes").get_by_role("button", name="中压管网巡查").click()
    expect(page.locator("#route-name")).to_contain_text("中压管网巡查")
    expect(page.locator("#found p").first).to_contain_text("漏")
    told = page.locator("#found p").first.inner_text()
    page.get_by_role("button", name="修改路线").click()
    expect(page.locator("#editor [name=name]")).to_be_focused()
    page.locator("#editor [name=tolerance_m]").fill("0")
    page.locator("#editor [type=submit]").click()
    expect(page.locator("#editor")).to_contain_text("1–500")
    page.locator("#editor [name=tolerance_m]").fill("30")
    page.get_by_role("button", name="删除第 1 条线").click()
    expect(page.locator("#editor")).to_contain_text("仍按现在的路线计算")
    page.get_by_role("button", name="画一条线").click()
    expect(page.locator(".draw-bar")).to_be_visible()
    _click_map(page, (0.2, 0.8), (0.5, 0.7), (0.8, 0.85))
    page.locator(".draw-bar").get_by_role("button", name="完成").click()
    page.get_by_role("button", name="加一个点").click()
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 0.7 * box["height"])
    expect(page.get_by_label("点 6", exact=True)).to_be_visible()
    page.locator("#editor [type=submit]").click()
    expect(page.locator("#editor")).to_be_hidden()
    expect(page.locator("#route-facts")).to_contain_text("30 米")
    expect(page.locator("#tracks")).to_contain_text("按改线前的路线")
    expect(page.locator("#found")).to_contain_text("改线之前的路线")
    expect(page.locator("#found")).to_contain_text(told)
    opened.assert_accessible()


def test_what_a_patrol_found_is_pointed_out_and_listed(visit: Visitor) -> None:
    opened = visit("city", size=(1440, 1000))
    page = opened.open("/patrols")
    expect(page.locator("#map-loading")).to_be_hidden()
    page.locator("#routes").get_by_role("button", name="网格巡查").click()
    expect(page.locator("#found p").first).to_be_visible()
    page.get_by_role("button", name="登记发现的隐患").click()
    expect(page.locator(".draw-bar")).to_be_visible()
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    page.wait_for_url("**/registers/hidden_danger/new?*")
    expect(page.locator("#place")).to_contain_text("位置在")
    page.locator("[name=name]").fill("井盖破损（浏览器）")
    page.locator("[name=grade]").select_option("general")
    page.locator("#form [type=submit]").click()
    page.wait_for_url(re.compile(r"/registers/hidden_danger/\d+$"))
    page.goto(f"{opened.origin}/patrols")
    page.locator("#routes").get_by_role("button", name="网格巡查").click()
    row = page.locator("#findings tbody tr").filter(has_text="井盖破损（浏览器）")
    expect(row).to_contain_text("待整改")
    expect(row).to_contain_text("不属于企业")
    number = page.locator("#figures-routes tr").filter(has_text="网格巡查").locator("a")
    expect(number).to_be_visible()
    shown = number.inner_text()
    number.click()
    expect(page.locator("#total")).to_contain_text(f"共 {shown} 条")
    expect(page.locator("#narrowed")).to_contain_text("查出它的巡查路线")


def test_a_grid_is_drawn_and_what_stands_in_it_is_listed(visit: Visitor) -> None:
    opened = visit("city", size=(1440, 1000))
    page = opened.open("/registers/safety_grid/new")
    expect(page.locator("#map-loading")).to_be_hidden()
    page.locator("[name=name]").fill("浏览器画的网格")
    page.locator("[name=keeper_name]").fill("李四")
    page.locator("[name=kind]").select_option("park")
    page.get_by_role("button", name="在地图上画范围").click()
    expect(page.locator(".draw-bar")).to_be_visible()
    _click_map(page, (0.3, 0.55), (0.6, 0.55), (0.6, 0.65), (0.3, 0.65))
    page.locator(".draw-bar").get_by_role("button", name="完成").click()
    expect(page.locator("#place")).to_contain_text("画了 5 个点")
    page.locator("#form [type=submit]").click()
    page.wait_for_url(re.compile(r"/registers/safety_grid/\d+$"))
    expect(page.get_by_role("button", name="重画范围")).to_be_visible()
    page = opened.open("/patrols/grids")
    row = page.locator("#table tr").filter(has_text="浏览器画的网格")
    number = row.locator("[data-count=enterprises]")
    expect(number).to_be_visible()
    n = number.inner_text()
    number.click()
    expect(page.locator("#rows h2")).to_contain_text(f"{n} 条")
    opened.assert_accessible()


def test_a_patrol_is_recorded_while_it_is_walked_and_nothing_is_lost(visit: Visitor) -> None:
    opened = visit("city", size=(390, 844))
    context = opened.page.context
    page = opened.open("/patrols")
    page.locator("#routes").get_by_role("button", name="中压管网巡查").click()
    expect(page.locator("#route-name")).to_contain_text("中压管网巡查")
    route = next(
        r
        for r in opened.json("/api/patrols")["routes"]
        if r["name"] == page.locator("#route-name").inner_text()
    )
    shape = opened.json(f"/api/patrols/routes/{route['id']}")["geometry"]["coordinates"][0]
    _stand(context, shape[0])
    page.get_by_role("button", name="现在去走").click()
    page.get_by_role("button", name="开始记录").click()
    expect(page.locator(".dialog")).to_contain_text("请填写巡查人")
    page.locator("[name=patroller]").fill("王五")
    page.get_by_role("button", name="开始记录").click()
    expect(page.locator("#walking .form-error")).to_contain_text("不让本页取得位置")
    context.grant_permissions(["geolocation"])
    page.get_by_role("button", name="继续记录").click()
    expect(page.locator("#walking")).to_contain_text("1 个位置")
    expect(page.locator("[data-walk=send]")).to_be_disabled()
    _walks_to(page, shape[1], 2)
    page.reload()
    expect(page.locator("#walking")).to_contain_text("现在没有记录")
    expect(page.locator("#walking")).to_contain_text("王五 正在走")
    page.get_by_role("button", name="继续记录").click()
    expect(page.locator("#walking")).to_contain_text("3 个位置")
    opened.assert_accessible()
    page.route("**/tracks", lambda asked: asked.abort())
    page.get_by_role("button", name="走完，上传").click()
    expect(page.locator("#walking .form-error")).to_contain_text("记录还在手机上")
    page.unroute("**/tracks")
    page.get_by_role("button", name="走完，上传").click()
    expect(page.locator("#walking")).to_be_hidden()
    expect(page.locator("#tracks tbody tr").first).to_contain_text("王五")
    kept = opened.json(f"/api/patrols/routes/{route['id']}")["tracks"][0]
    assert kept["patroller"] == "王五"
    assert kept["length_m"] > 0
    page.reload()
    expect(page.locator("#tracks tbody tr").first).to_be_visible()
    expect(page.locator("#walking")).to_be_hidden()


def _stand(context: BrowserContext, at: list[float], accuracy: float = 5) -> None:
    context.set_geolocation({"longitude": at[0], "latitude": at[1], "accuracy": accuracy})


def _walks_to(page: Page, at: list[float], count: int) -> None:
    """Go on to a place; a position that is far too vague in between is told and not kept."""
    _stand(page.context, at, accuracy=400)
    expect(page.locator("#walking .form-error")).to_contain_text("定位误差 400 米")
    page.wait_for_timeout(4_000)  # positions are kept four seconds apart
    _stand(page.context, at)
    expect(page.locator("#walking")).to_contain_text(f"{count} 个位置")
