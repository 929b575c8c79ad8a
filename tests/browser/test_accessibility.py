"""Every page in both languages and both themes has no serious finding of axe."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from data.clock import SystemClock
from data.scope import SYSTEM
from tests.browser.conftest import NARROW, WIDE, Visit, Visitor
from tests.made_orders import make_order
from web.settings import ROOT

#: Template → an address that shows it, and who opens it.
PAGES = {
    "account.html": ("/account", "district"),
    "admin_audit.html": ("/admin/audit", "admin"),
    "admin_outbox.html": ("/admin/outbox", "admin"),
    "enterprise.html": ("/enterprise", "enterprise"),
    "enterprise_choose.html": ("/enterprise", "city"),
    "resources.html": ("/resources", "city"),
    "patrols.html": ("/patrols", "city"),
    "transport.html": ("/transport", "city"),
    "admin_resource_types.html": ("/admin/resource-types", "admin"),
    "admin_warning_limits.html": ("/admin/warning-limits", "admin"),
    "admin_dispatch_rules.html": ("/admin/dispatch-rules", "admin"),
    "users.html": ("/users", "admin"),
    "enterprise_edit.html": ("/enterprise/{enterprise}/edit", "enterprise"),
    "review_changes.html": ("/reviews/changes", "city"),
    "review_change.html": ("/reviews/changes/{change}", "city"),
    "company_analysis.html": ("/company/analysis", "maintainer"),
    "bindings.html": ("/studio/bindings", "city"),
    "company_bindings.html": ("/company/bindings", "maintainer"),
    "company_elevator.html": ("/company/elevators/{elevator}", "maintainer"),
    "company_elevators.html": ("/company/elevators", "maintainer"),
    "company_home.html": ("/company", "maintainer"),
    "company_information.html": ("/company/information", "maintainer"),
    "company_inspections.html": ("/company/inspections", "maintainer"),
    "company_manager.html": ("/company/managers/{manager}", "maintainer"),
    "company_managers.html": ("/company/managers", "maintainer"),
    "company_orders.html": ("/company/orders", "maintainer"),
    "company_report.html": ("/company/orders/{order}/report", "maintainer"),
    "company_station.html": ("/company/stations/{station}", "maintainer"),
    "company_stations.html": ("/company/stations", "maintainer"),
    "registers.html": ("/registers", "city"),
    "register.html": ("/registers/licence", "enterprise"),
    "register_row.html": ("/registers/fire_facility/new", "enterprise"),
    "crew.html": ("/crew", None),
    "dispatch.html": ("/dispatch", "dispatcher"),
    "districts.html": ("/districts", "city"),
    "drill_duty.html": ("/drill-duty", "city"),
    "enterprise_import.html": ("/enterprises/import", "city"),
    "error.html": ("/no-such-page", "city"),
    "figures.html": ("/figures", "city"),
    "grids.html": ("/patrols/grids", "city"),
    "hazard.html": ("/hazards/{site}", "city"),
    "map.html": ("/map", "city"),
    "ogc.html": ("/ogc/collections", "city"),
    "password_reset.html": ("/password-reset", None),
    "print_districts.html": ("/print/districts/440300", "city"),
    "print_dangers.html": ("/print/dangers", "city"),
    "print_risk.html": ("/print/risk", "city"),
    "print_division.html": ("/print/division/440304", "city"),
    "registration.html": ("/register", None),
    "registration_result.html": ("/register/result", None),
    "review.html": ("/reviews/{review}", "city"),
    "reviews.html": ("/reviews", "city"),
    "sign_in.html": ("/sign-in", None),
    "sign_in_app.html": ("/sign-in/app", None),
    "sign_in_code.html": ("/sign-in/code", None),
    "coverage_studio.html": ("/studio/coverage", "city"),
    "drill.html": ("/studio/drill", "city"),
    "decisions.html": ("/studio/decisions", "city"),
    "siting.html": ("/studio/siting", "city"),
    "to_mend.html": ("/to-mend", "city"),
    "trust.html": ("/trust", None),
    "warnings.html": ("/warnings", "city"),
    "wall.html": ("/wall", "wall"),
    "wall_enter.html": ("/wall/enter", None),
}
#: Pages of one row each, looked at where the row is made.
ELSEWHERE = {
    "decision.html": "test_decision.py",
    "exercise_times.html": "test_exercise_times.py",
    "print_decision.html": "test_decision.py",
    "order.html": "test_figures.py",
    "print_drill.html": "test_drill.py",
    "print_enterprise.html": "test_enterprise.py",
    "plant_plans.html": "test_plant_plans.py",
}
TABS = ("tab-layers", "tab-divisions", "tab-warnings", "tab-travel")
#: Both languages and both themes on every page; the other two pairs run with the long tests.
LOOKS = [
    ("zh", "light"),
    ("en", "dark"),
    pytest.param("zh", "dark", marks=pytest.mark.long),
    pytest.param("en", "light", marks=pytest.mark.long),
]
NARROW_LOOKS = [("en", "dark"), ("zh", "light")]
#: A sheet of paper, the console of a desk with three columns, and a wall.
WIDE_ONLY = (
    "print_division.html", "print_districts.html", "print_dangers.html", "print_risk.html", "dispatch.html", "wall.html",
)  # fmt: skip


def test_no_page_is_left_out() -> None:
    templates = {p.name for p in (ROOT / "web/templates").glob("*.html") if not p.name.startswith("_")}
    assert templates - {"base.html"} == set(PAGES) | set(ELSEWHERE)


def _ids_of_a_company(visit: Visitor, opened: Visit) -> dict[str, str]:
    """One of each thing that a maintenance company has a page for."""
    orders = opened.json("/api/company/orders")["orders"]
    with visit.server.store.transaction(SYSTEM) as connection:
        unit = connection.execute("SELECT unit_id FROM app_user WHERE username = 'maintainer'").fetchone()
    assert unit is not None
    if not orders:
        starts = SystemClock().now() - dt.timedelta(days=2)
        make_order(visit.server.store, unit["unit_id"], minutes=12, starts=starts)
        orders = opened.json("/api/company/orders")["orders"]
    return {
        "elevator": opened.json("/api/company/elevators?page_size=1")["rows"][0]["code"],
        "manager": opened.json("/api/company/managers")["managers"][0]["id"],
        "order": orders[0]["code"],
        "station": opened.json("/api/company/stations")["stations"][0]["code"],
    }


def _open(visit: Visitor, shown: str, language: str, theme: str, size: tuple[int, int]) -> Visit:
    path, username = PAGES[shown]
    opened = visit(username, size=size, theme=theme)
    if path == "/reviews/{review}":
        path = path.format(review=opened.json("/api/reviews")["rows"][0]["id"])
    elif path == "/reviews/changes/{change}":
        path = path.format(change=opened.json("/api/reviews/changes")["rows"][0]["id"])
    elif path == "/enterprise/{enterprise}/edit":
        path = path.format(enterprise=opened.json("/api/enterprises/own")["enterprises"][0]["id"])
    elif path == "/hazards/{site}":
        path = path.format(site=opened.json("/api/registers/hazard_site/rows")["rows"][0]["id"])
    elif "{" in path:
        path = path.format(**_ids_of_a_company(visit, opened))
    page = opened.open(f"{path}?lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", {"zh": "zh-CN", "en": "en"}[language])
    # Paper has no theme, and a wall is always dark.
    if not shown.startswith("print_") and shown not in ("ogc.html", "wall.html", "wall_enter.html"):
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
    if shown.startswith("company_"):
        page.wait_for_load_state("networkidle")
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
    if shown == "map.html":
        expect(page.locator("#map-loading")).to_be_hidden()
        expect(page.locator(".layer-row").first).to_be_attached()
    return opened


@pytest.mark.parametrize(("language", "theme"), LOOKS)
@pytest.mark.parametrize("shown", PAGES)
def test_every_page(visit: Visitor, shown: str, language: str, theme: str) -> None:
    """No fault that axe finds; narrowed to a telephone, nothing runs over the edge and what is touched is large enough."""
    opened = _open(visit, shown, language, theme, WIDE)
    opened.assert_accessible()
    page = opened.page
    if language == "en" and shown not in WIDE_ONLY:
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
        assert _small_targets(page) == []


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_every_panel_of_the_map(visit: Visitor, language: str, theme: str) -> None:
    opened = _open(visit, "map.html", language, theme, WIDE)
    page = opened.page
    for tab in TABS:
        page.locator(f"#{tab}").click()
        opened.assert_accessible()
    page.locator("#open-list").click()
    expect(page.locator("#feature-list tbody tr").first).to_be_visible()
    opened.assert_accessible()
    page.locator("#export").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    opened.assert_accessible()


@pytest.mark.long
@pytest.mark.parametrize(("language", "theme"), NARROW_LOOKS)
@pytest.mark.parametrize("shown", [t for t in PAGES if t not in WIDE_ONLY])
def test_every_page_opened_on_a_narrow_screen(visit: Visitor, shown: str, language: str, theme: str) -> None:
    """Nothing runs over the edge, and what is touched is large enough."""
    opened = _open(visit, shown, language, theme, NARROW)
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    assert _small_targets(page) == []


def _small_targets(page: Page) -> list[str]:
    """Name the visible controls smaller than 24 px (WCAG 2.2, 2.5.8), links within a text left aside."""
    found: list[str] = page.evaluate("""() => {
      const inText = (node) => node.tagName === "A" && getComputedStyle(node).display === "inline";
      return [...document.querySelectorAll("a[href], button, input, select, summary, [role=tab]")]
        .filter((node) => node.checkVisibility() && !inText(node) && !node.closest(".visually-hidden"))
        .map((node) => [node, (node.closest("label") ?? node).getBoundingClientRect()])
        .filter(([, box]) => box.width > 1 && (box.width < 23.5 || box.height < 23.5))
        .map(([node, box]) => `${node.outerHTML.slice(0, 110)} ${box.width}x${box.height}`);
    }""")
    return found
