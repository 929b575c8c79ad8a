"""The page of drills owed: those with nothing on record are counted beside the others, and their list opens."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visitor


def test_those_with_nothing_on_record_are_counted_and_listed(visit: Visitor) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.open("/drill-duty")
    tile = page.locator("#tiles [data-state=nothing]")
    expect(tile).to_contain_text("没有任何记录")
    count = opened.json("/api/drill-duty")["counts"]["nothing"]
    expect(tile).to_contain_text(f"{count:,}")
    tile.click()
    expect(page.locator("#units-title")).to_have_text(f"企业 · 没有任何记录 · {count:,} 家")
    expect(page.locator("#units tbody tr")).to_have_count(min(count, 50))
    opened.assert_accessible()
    page.locator("#parts tbody td:nth-child(7) button").first.click()
    expect(page.locator("#units-title")).to_contain_text("没有任何记录")
    expect(page.locator("#way li")).to_have_count(2)


def test_drills_that_were_not_reported_in_time_are_counted_and_listed_with_their_day(visit: Visitor) -> None:
    opened = visit("city", size=(1400, 900))
    page = opened.open("/drill-duty")
    tile = page.locator("#tiles [data-state=unreported]")
    count = opened.json("/api/drill-duty")["counts"]["unreported"]
    expect(tile).to_contain_text(f"{count:,}")
    tile.click()
    expect(page.locator("#units-title")).to_have_text(f"企业 · 演练逾期未报送 · {count:,} 家")
    if count:
        expect(page.locator("#units tbody tr").first).to_contain_text("前报送")
    else:
        expect(page.locator("#units")).to_contain_text("没有符合条件的企业")
    opened.assert_accessible()
