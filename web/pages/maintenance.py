"""Show a maintenance company its screens; nothing but the rescue information opens until that is complete."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from data import maintenance
from layers.registry import layer_by_id
from web.company_access import company_scope
from web.identity import store
from web.menu import MenuEntry

blueprint = Blueprint("maintenance_pages", __name__)
MENU = MenuEntry("/company", "维保", "Maintenance", order=30, roles=frozenset({"maintenance_company"}))


def _page(template: str, **values: Any) -> Any:
    """Show a page, or lead to the rescue information while that is incomplete."""
    scope = company_scope()
    with store().transaction(scope) as connection:
        found = maintenance.read_information(connection, maintenance.unit_of(scope))
    if not found["is_complete"]:
        return redirect(url_for("maintenance_pages.information", needed=1))
    return render_template(
        template, place_types=layer_by_id("elevator").field("place_type").choices, causes=layer_by_id("incident").field("cause").choices,
        problems=maintenance.PROBLEMS, **values,
    )  # fmt: skip


@blueprint.get("/company")
def home() -> Any:
    """Show the cards and the problem counters."""
    company_scope()
    return render_template("company_home.html")


@blueprint.get("/company/information")
def information() -> Any:
    """Show the form of the rescue information."""
    company_scope()
    return render_template("company_information.html")


@blueprint.get("/company/stations")
def stations() -> Any:
    """Show the list of stations."""
    return _page("company_stations.html")


@blueprint.get("/company/stations/new")
def new_station() -> Any:
    """Show the form of a new station."""
    return _page("company_station.html", code="")


@blueprint.get("/company/stations/<code>")
def station(code: str) -> Any:
    """Show a station's form and its maintainers."""
    return _page("company_station.html", code=code)


@blueprint.get("/company/elevators")
def elevators() -> Any:
    """Show the elevators, bound and unbound."""
    return _page("company_elevators.html")


@blueprint.get("/company/elevators/<code>")
def elevator(code: str) -> Any:
    """Show the form of one elevator."""
    return _page("company_elevator.html", code=code)


@blueprint.get("/company/bindings")
def bindings() -> Any:
    """Show which bindings cannot make the limit, and the best rebinding."""
    return _page("company_bindings.html")


@blueprint.get("/company/managers")
def managers() -> Any:
    """Show the safety managers."""
    return _page("company_managers.html")


@blueprint.get("/company/managers/<int:manager_id>")
def manager(manager_id: int) -> Any:
    """Show a safety manager and the elevators to assign."""
    return _page("company_manager.html", manager_id=manager_id)


@blueprint.get("/company/inspections")
def inspections() -> Any:
    """Show the requests for the yearly inspection."""
    return _page("company_inspections.html")


@blueprint.get("/company/orders")
def orders() -> Any:
    """Show the newest orders with their nodes."""
    return _page("company_orders.html")


@blueprint.get("/company/orders/<code>/report")
def report(code: str) -> Any:
    """Show an order's fault-analysis report."""
    return _page("company_report.html", code=code)


@blueprint.get("/company/analysis")
def analysis() -> Any:
    """Show the analysis."""
    return _page("company_analysis.html")
