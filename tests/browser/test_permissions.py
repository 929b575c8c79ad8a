"""What users see on the map is theirs: numbers, lists and refusals."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visitor


def test_a_district_sees_its_own_numbers(visit: Visitor) -> None:
    opened = visit("district")
    session = opened.json("/api/session")
    code, name = session["user"]["division_code"], session["user"]["division_name"]
    page = opened.open_map()
    expect(page.locator("#breadcrumb [aria-current]")).to_have_text(name)
    own = opened.json(f"/api/divisions/{code}")["counts"]["enterprise"]
    whole = visit("city").json("/api/divisions/440300")["counts"]["enterprise"]
    assert 0 < own < whole
    row = page.locator(".layer-row").filter(has=page.get_by_text("企业", exact=True))
    expect(row.locator(".layer-row__count")).to_have_text(f"{own:,}")
    page.get_by_role("button", name="查看「企业」列表").click()
    panel = page.locator("#feature-list")
    panel.get_by_label("范围").select_option("all")
    expect(panel.get_by_role("status")).to_have_text(f"共 {own:,} 条")


def test_a_feature_of_elsewhere_is_not_there(visit: Visitor) -> None:
    wide, narrow = visit("city"), visit("district")
    code = narrow.json("/api/session")["user"]["division_code"]
    rows = wide.json("/api/layers/enterprise/features?page_size=200")["rows"]
    mine = {
        r["id"] for r in narrow.json(f"/api/layers/enterprise/features?page_size=500&division={code}")["rows"]
    }
    other = next(r["id"] for r in rows if r["id"] not in mine)
    page = narrow.open_map(f"#f=enterprise:{other}")
    expect(page.locator("#card").get_by_text("找不到这个对象")).to_be_visible()


def test_the_wall_may_look_but_not_export_or_write(visit: Visitor) -> None:
    opened = visit("wall", size=(1920, 1080), theme="dark")
    page = opened.open_map()
    page.get_by_role("button", name="导出", exact=True).click()
    expect(page.get_by_text("您的账号不能导出")).to_be_visible()
    page.get_by_role("tab", name="预警").click()
    expect(page.locator("#warnings-panel").get_by_role("button", name="处理", exact=True)).to_have_count(0)
