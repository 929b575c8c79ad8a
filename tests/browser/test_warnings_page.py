"""The page of warnings: narrowed by level, several processed at once, told on the wall, a digest asked for."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from data import warnings
from data.clock import SystemClock
from data.scope import SYSTEM
from tests.browser.conftest import Visitor
from tests.conftest import LiveServer


@pytest.fixture(scope="module", autouse=True)
def raised(live_server: LiveServer) -> None:
    """Three warnings, one of them red."""
    with live_server.store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT id, name, division_code, authority_code, owner_id FROM enterprise WHERE geom IS NOT NULL ORDER BY id LIMIT 3"
        ).fetchall()
        for row, level in zip(rows, ("1", "2", "2"), strict=True):
            warnings.raise_warning(
                connection, kind="page", level=level, title=f"页面预警 {row['name']}", layer="enterprise", row=row, now=SystemClock().now()
            )  # fmt: skip


def test_several_are_processed_at_once(visit: Visitor) -> None:
    opened = visit("city", size=(1440, 900))
    page = opened.open("/warnings?q=页面预警")
    rows = page.locator("#rows tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("红色")
    expect(page.locator("#map-loading")).to_be_hidden()
    page.locator("[name=level]").select_option("2")
    expect(rows).to_have_count(2)
    page.locator("#rows thead input").check()
    page.locator("#process").click()
    dialog = page.locator("dialog")
    dialog.locator("textarea").fill("已到现场核实")
    dialog.locator("button[type=submit]").click()
    expect(page.locator("#rows")).to_contain_text("没有符合条件的预警")
    page.locator("[name=state]").select_option("processed")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("已到现场核实")


def test_they_are_narrowed_to_a_district_and_the_address_keeps_it(visit: Visitor) -> None:
    opened = visit("city", size=(1440, 900))
    page = opened.open("/warnings?state=all")
    district = page.locator("[name=division] option").nth(1)
    expect(district).to_be_attached()
    code = district.get_attribute("value") or ""
    expected = opened.json(f"/api/warnings?state=all&division={code}")["counts"]
    page.locator("[name=division]").select_option(code)
    expect(page.locator("#count")).to_contain_text(f"{expected['open'] + expected['processed']:,}")
    assert f"division={code}" in page.url
    page.reload()
    expect(page.locator("[name=division]")).to_have_value(code)
    expect(page.locator("#count")).to_contain_text(f"{expected['open'] + expected['processed']:,}")


def test_a_digest_is_asked_for_and_a_wrong_number_named(visit: Visitor) -> None:
    opened = visit("district", size=(1440, 900))
    page = opened.open("/warnings")
    form = page.locator("#digest")
    form.locator("[name=phone]").fill("电话")
    form.locator("button[type=submit]").click()
    expect(page.locator("#digest-error")).to_contain_text("5–24 位")
    form.locator("[name=phone]").fill("138 0000 1234")
    form.locator("button[type=submit]").click()
    expect(page.locator("#digest-stop")).to_be_visible()
    page.reload()
    expect(form.locator("[name=phone]")).to_have_value("138 0000 1234")
    page.locator("#digest-stop").click()
    expect(page.locator("#digest-stop")).to_be_hidden()
    opened.troubles = [t for t in opened.troubles if "422" not in t]


def test_the_wall_counts_them(visit: Visitor) -> None:
    page = visit("wall", size=(1920, 1080)).open("/wall")
    expect(page.locator("#warnings strong")).to_have_text(re.compile(r"^[\d,]+$"))
    expect(page.locator("#warnings")).to_contain_text("红色")
