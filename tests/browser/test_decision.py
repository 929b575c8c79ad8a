"""A rescue decision from a recorded accident: alternatives worked out, compared, one chosen; tasks, versions, and two who change at once."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from typing import Any

from playwright.sync_api import Page, expect

from data import decisions, drills
from data.clock import SystemClock
from data.drill_question import DrillQuestion
from data.scope import SYSTEM
from tests.browser.conftest import Visit, Visitor
from tests.web.probes.decisions import ANSWER, accident_of

LONG_MS = 120_000


def _work_out(page: Page, mode: str) -> None:
    page.locator("#question [name=mode]").select_option(mode)
    page.locator("#start").click()
    expect(page.locator("#run")).to_be_hidden(timeout=LONG_MS)


def _accident(visit: Visitor) -> int:
    """An accident of ammonia that is still under rescue."""
    with visit.server.store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT id FROM accident WHERE substance = '氨' AND state = 'responding' ORDER BY id LIMIT 1"
        ).fetchone()
        return int(row["id"]) if row else accident_of(connection, "4403")


def test_an_accident_leads_to_a_decision(visit: Visitor) -> None:
    opened = visit("city", size=(1500, 950))
    page, accident = opened.page, _accident(visit)
    opened.open(f"/registers/accident/{accident}")
    page.locator("#desk").click()
    expect(page.locator("#accident-name")).to_contain_text("AC")
    opened.assert_accessible()
    page.locator("#begin").click()
    expect(page).to_have_url(re.compile("/studio/decisions/[0-9a-f-]{36}$"))
    decision = page.url.rpartition("/")[2]
    expect(page.locator("#conclusions")).to_contain_text("先算第一个方案")
    expect(page.locator("[name=mass_t]")).to_have_value("3")
    page.locator(".decision__accident summary").first.click()
    page.locator("[name=wind_m_s]").fill("3")
    page.locator("[name=wind_from_deg]").select_option("45")
    page.locator("[name=sky]").select_option("moderate_sun")
    _work_out(page, "evacuate")
    expect(page.locator(".decision__conclusions")).to_contain_text("最近能到的力量")
    _work_out(page, "shelter")
    expect(page.locator(".decision__list li")).to_have_count(2)
    expect(page.locator("#comparison .badge", has_text="不同").first).to_be_visible()
    expect(page.locator(".decision__conclusions")).to_contain_text("推荐方案")
    body = opened.json(f"/api/decisions/{decision}")
    second = body["comparison"]["alternatives"][1]
    _choose(page, opened, decision, second)
    _add_a_task_and_take_it_off(page)
    expect(page.locator("#map-loading")).to_be_hidden(timeout=LONG_MS)
    opened.assert_accessible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    opened.assert_accessible()
    page.set_viewport_size({"width": 1500, "height": 950})
    _the_second_is_told(visit, page, decision)
    _an_old_version_comes_back(page)
    opened.open(f"/print/decision/{decision}")
    expect(page.locator(".print-conclusions li").first).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("DRILL")
    opened.assert_accessible()


def test_a_decision_on_a_drill_is_marked_in_the_list(visit: Visitor) -> None:
    asked = DrillQuestion("演练里的决策", SystemClock().now(), 114.0, 22.5, "氨", 1.0, "instant")
    city, drill, now = replace(SYSTEM, ranges=(("4403", "4404"),)), uuid.uuid4(), SystemClock().now()
    with visit.server.store.transaction(city) as connection:
        drills.keep(connection, drill, asked, ANSWER, scope=city, now=now)
        made = decisions.from_drill(connection, drill, scope=city, now=now)
        other = decisions.from_accident(connection, accident_of(connection, "4403"), scope=city, now=now)
    page = visit("city", size=(1500, 950)).open("/studio/decisions")
    mark = page.locator("#decisions tr", has=page.locator(f"a[href$='{made['id']}']")).locator(
        ".decisions__mark"
    )
    expect(mark).to_have_text("演练 DRILL")
    row = page.locator("#decisions tr", has=page.locator(f"a[href$='{other['id']}']"))
    expect(row).to_be_visible()
    expect(row.locator(".decisions__mark")).to_have_count(0)


def _choose(page: Page, opened: Visit, decision: str, second: dict[str, Any]) -> None:
    page.locator("#choice [name=chosen]").select_option(second["id"])
    page.locator("#choice [name=reason]").fill("")
    page.locator("#choice [type=submit]").click()
    expect(page.locator("#toasts")).to_contain_text("理由")
    page.locator("#choice [name=reason]").fill("人多路少")
    page.locator("#choice [type=submit]").click()
    expect(page.locator(".decision__conclusions")).to_contain_text("已选定方案 2")
    assert opened.json(f"/api/decisions/{decision}")["content"]["chosen"] == second["id"]


def _add_a_task_and_take_it_off(page: Page) -> None:
    for name, value in (("who", "交警大队"), ("what", "封闭示例路"), ("where", "示例路口"), ("at_min", "7")):
        page.locator(f"#task [name={name}]").fill(value)
    page.locator("#task [type=submit]").click()
    expect(page.locator("#tasks")).to_contain_text("封闭示例路")
    page.locator("#own button").click()
    expect(page.locator("#tasks")).not_to_contain_text("封闭示例路")
    expect(page.locator("#versions")).to_contain_text("去掉任务：交警大队：封闭示例路")


def _the_second_is_told(visit: Visitor, page: Page, decision: str) -> None:
    """Somebody else changes it while the page is open: what is saved then is refused by name, and nothing is lost."""
    with visit.server.store.transaction(SYSTEM) as connection:
        row = decisions.read(connection, uuid.UUID(decision))
        decisions.change(
            connection, row["id"], {"remarks": "别人写的"}, version=row["version"], scope=SYSTEM, now=SystemClock().now()
        )  # fmt: skip
    page.locator("#remarks [name=remarks]").fill("我写的")
    page.locator("#remarks [type=submit]").click()
    expect(page.locator("#toasts")).to_contain_text("已在您之后修改了这个决策")
    page.reload()
    expect(page.locator("#remarks [name=remarks]")).to_have_value("别人写的")


def _an_old_version_comes_back(page: Page) -> None:
    page.locator("#versions button", has_text="打开第 2 版").click()
    expect(page.locator("#old")).to_contain_text("您在看第 2 版")
    expect(page.locator("#choice")).to_be_hidden()
    expect(page.locator("#another")).to_be_hidden()
    page.locator("#restore").click()
    expect(page.locator("#old")).to_be_hidden()
    expect(page.locator(".decision__list li")).to_have_count(1)
    expect(page.locator("#versions")).to_contain_text("恢复第 2 版")
