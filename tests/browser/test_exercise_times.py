"""The screen of an exercise: two persons press and see each other, a lost network loses nothing, and plan stands beside actual."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from data import registers
from data.clock import SystemClock
from data.register_forms import Actor
from data.scope import SYSTEM, Scope
from layers.registry import register_by_id
from layers.workflow import Party
from tests.browser.conftest import NARROW, Visitor
from tests.data.test_exercise_orders import correct, driven

LONG_MS = 60_000


def _drill(visit: Visitor) -> int:
    """A drill that the sample enterprise is about to hold."""
    with visit.server.store.unscoped() as connection:
        unit = connection.execute("SELECT unit_id FROM app_user WHERE username = 'enterprise'").fetchone()
    assert unit is not None
    scope = Scope("enterprise", "enterprise", (), unit["unit_id"], may_write=True, sees_sensitive=True)
    raw = {
        "name": "现场记时演练", "kind": "on_site", "planned_on": "2031-06-01", "planned_people": "40", "planned_first_team_min": "12",
        "planned_evacuated_min": "25",
    }  # fmt: skip
    with visit.server.store.transaction(scope) as connection:
        actor = Actor(scope, Party.OWNER, SystemClock().now())
        return registers.add(connection, register_by_id("drill"), raw, None, actor)


def _press(page: Page, step: str) -> None:
    page.locator(f"[data-step={step}] .exercise__press").click()
    expect(page.locator(f"[data-step={step}] .exercise__press")).to_have_attribute(
        "aria-pressed", "true", timeout=LONG_MS
    )


def test_two_keep_the_times_of_one_exercise(visit: Visitor) -> None:
    row = _drill(visit)
    opened = visit("enterprise", size=NARROW)
    page = opened.open(f"/registers/drill/{row}")
    page.locator("#desk").click()
    expect(page.locator("#clock")).to_have_text("未开始", timeout=LONG_MS)
    first = page.locator("[data-step=first_team] .exercise__press")
    expect(first).to_be_disabled()
    expect(first).to_contain_text("计划 12 分")
    opened.assert_accessible()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    assert page.locator(".exercise__press").first.bounding_box()["height"] >= 64  # type: ignore[index]
    _press(page, "began")
    expect(page.locator("#clock")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    other = visit("city", size=NARROW)
    second = other.open(f"/registers/drill/{row}/live")
    expect(second.locator("[data-step=began] .exercise__press")).to_contain_text(
        "enterprise", timeout=LONG_MS
    )
    _press(second, "first_team")
    expect(first).to_contain_text("city", timeout=LONG_MS)  # the first sees what the second pressed
    opened.cut_off(is_cut=True)
    page.locator("[data-step=evacuated] .exercise__press").click()
    expect(page.locator("#state")).to_contain_text("正在重发", timeout=LONG_MS)
    opened.cut_off(is_cut=False)
    expect(second.locator("[data-step=evacuated] .exercise__press")).to_contain_text(
        "enterprise", timeout=LONG_MS
    )
    page.locator("[data-step=evacuated] button", has_text="撤销").click()
    expect(page.locator("[data-step=evacuated] .exercise__press")).to_have_attribute("aria-pressed", "false")
    _press(page, "evacuated")
    page.locator("[data-step=evacuated] button", has_text="改正时间").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=at]").fill("99:00")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.get_by_role("alert")).to_contain_text("时:分")
    opened.assert_accessible()
    page.keyboard.press("Escape")
    page.reload()
    expect(first).to_have_attribute("aria-pressed", "true", timeout=LONG_MS)
    page.get_by_role("link", name="返回演练").click()
    compared = page.get_by_role("region", name="计划与实际")
    expect(compared).to_contain_text("首支队伍到场", timeout=LONG_MS)
    page.locator("#moves button", has_text="已执行").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("[name=first_team_min]")).not_to_have_value("")
    dialog.locator("[name=people]").fill("38")
    dialog.get_by_role("button", name="已执行").click()
    expect(page.locator("#state")).to_have_text("已执行", timeout=LONG_MS)
    opened.open(f"/registers/drill/{row}/live")
    expect(page.locator("#state")).to_contain_text("不能再改", timeout=LONG_MS)
    expect(page.locator(".exercise__tools")).to_have_count(0)
    opened.assert_accessible()


def test_times_are_taken_from_a_dispatch_order_and_a_correction_is_told(visit: Visitor) -> None:
    row = _drill(visit)
    store = visit.server.store
    with store.transaction(SYSTEM) as connection:
        place = connection.execute(
            "UPDATE drill SET planned_on = '2026-06-10' WHERE id = %s RETURNING division_code, authority_code,"
            " (SELECT min(code) FROM rescue_station) AS station",
            [row],
        ).fetchone()
        assert place is not None
        order = driven(connection, dict(place), owner_id=None)
    opened = visit("city", size=NARROW)
    page = opened.open(f"/registers/drill/{row}/live")
    page.locator("#from-order").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("[name=order] option")).to_contain_text([order.code], timeout=LONG_MS)
    expect(dialog.locator("tbody tr")).to_have_count(8)
    expect(dialog.locator("tbody")).to_contain_text("工单没有这一步")
    body = dialog.locator(".dialog__body")
    assert body.evaluate("box => box.scrollWidth <= box.clientWidth")  # the table scrolls in its own box
    opened.assert_accessible()
    dialog.get_by_role("button", name="取用所选时间").click()
    first = page.locator("[data-step=first_team] .exercise__press")
    expect(first).to_contain_text(f"取自工单 {order.code} 的“到达现场”", timeout=LONG_MS)
    expect(page.locator("[data-step=ordered] .exercise__press")).to_have_attribute("aria-pressed", "false")
    with store.transaction(SYSTEM) as connection:
        correct(connection, order, 12)
    expect(first).to_contain_text("工单之后已更正为 10:12:00", timeout=LONG_MS)
    other = visit("enterprise", size=NARROW)
    theirs = other.open(f"/registers/drill/{row}/live")
    theirs.locator("#from-order").click()
    expect(theirs.locator("#no-orders")).to_contain_text("没有可取的工单", timeout=LONG_MS)
    other.assert_accessible()
    other.open(f"/registers/drill/{row}")
    expect(theirs.get_by_role("region", name="计划与实际")).to_contain_text("未计划", timeout=LONG_MS)
    expect(theirs.locator("#facts")).to_contain_text(f"{order.code} (")
