"""Bind and mend a company's elevators, their safety managers and inspections: its JSON routes (S3-S6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from data import inspection_requests, maintenance_elevators, safety_managers
from data.maintenance import PROBLEMS
from layers.registry import layer_by_id
from web import company_questions as ask
from web.api.layers import parse_int
from web.company_access import company_request, require_company
from web.respond import json_response

blueprint = Blueprint("maintenance_elevators", __name__)
blueprint.before_request(require_company)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    choice = layer_by_id("elevator").field("place_type").choice(row["place_type"] or "")
    return {
        **row,
        "place_type_label": choice.words.in_language(g.language) if choice else None,
        "problems": [{"id": p, "title": PROBLEMS[p][1].in_language(g.language)} for p in row["problems"]],
    }


@blueprint.get("/api/company/elevators")
def index() -> Any:
    """List the company's elevators in use, a page at a time."""
    query = ask.elevator_query()
    with company_request() as company:
        total, rows = maintenance_elevators.listed(
            company.connection, company.unit_id, query, today=company.today
        )
    return json_response(
        {
            "total": total,
            "page": query.offset // query.limit + 1,
            "page_size": query.limit,
            "rows": [_shown(r) for r in rows],
        }
    )


@blueprint.get("/api/company/elevators/<code>")
def read(code: str) -> Any:
    """Give one elevator."""
    with company_request() as company:
        row = maintenance_elevators.read(company.connection, company.unit_id, code, today=company.today)
    return json_response(_shown(row))


@blueprint.put("/api/company/elevators/<code>")
def save(code: str) -> Any:
    """Change one elevator; its address only with the explicit tick."""
    values = ask.body()
    version = ask.seen_version(values)
    with company_request() as company:
        before = maintenance_elevators.read(company.connection, company.unit_id, code, today=company.today)
        form = ask.elevator(values, before)
        maintenance_elevators.save(
            company.connection, company.unit_id, code, form, version=version, now=company.now
        )
        if form.manager_id == before["manager_id"]:
            pass  # it stays, also where another company registered it
        elif form.manager_id is not None:
            safety_managers.assign(
                company.connection, company.unit_id, form.manager_id, [code], replaces=True, today=company.today
            )  # fmt: skip
        else:
            safety_managers.unassign(company.connection, company.unit_id, [code], today=company.today)
        company.note(
            "company.elevator.save", f"elevator/{code}",
            address=form.address, moved=form.position is not None, station=form.station_code,
        )  # fmt: skip
        row = maintenance_elevators.read(company.connection, company.unit_id, code, today=company.today)
    return json_response(_shown(row))


@blueprint.post("/api/company/elevators/bind")
def bind() -> Any:
    """Bind the ticked elevators to a station."""
    values = ask.body()
    codes, station = ask.codes(values), ask.line(values, "station_code", "救援站", most=40)
    with company_request() as company:
        n = maintenance_elevators.bind(company.connection, company.unit_id, codes, station, now=company.now)
        company.note("company.bind", f"rescue_station/{station}", elevators=codes)
    return json_response({"bound": n})


@blueprint.post("/api/company/elevators/unbind")
def unbind() -> Any:
    """Unbind the ticked elevators."""
    codes = ask.codes(ask.body())
    with company_request() as company:
        n = maintenance_elevators.unbind(company.connection, company.unit_id, codes, now=company.now)
        company.note("company.unbind", f"unit/{company.unit_id}", elevators=codes)
    return json_response({"unbound": n})


@blueprint.post("/api/company/elevators/place-type")
def place_type() -> Any:
    """Set the place type of the ticked elevators of one using unit."""
    values = ask.body()
    codes, chosen = ask.codes(values), ask.line(values, "place_type", "场所性质", most=30)
    with company_request() as company:
        n = maintenance_elevators.set_place_type(
            company.connection, company.unit_id, codes, chosen, now=company.now
        )
        company.note("company.place_type", f"unit/{company.unit_id}", elevators=codes, place_type=chosen)
    return json_response({"changed": n})


# -- safety managers ----------------------------------------------------------------------------------


def _manager(values: Any) -> dict[str, Any]:
    return {
        "name": ask.line(values, "name", "姓名"),
        "mobile": ask.mobile(values, "mobile", "手机", required=False) or None,
        "unit_code": ask.line(values, "unit_code", "使用单位代码", most=40, required=False) or None,
    }


@blueprint.get("/api/company/managers")
def managers() -> Any:
    """List the company's safety managers, by part of name, mobile or using-unit code."""
    words = ask.line(request.args, "q", "检索内容", most=60, required=False)
    with company_request() as company:
        rows = safety_managers.listed(company.connection, company.unit_id, words=words)
    return json_response({"managers": rows})


@blueprint.get("/api/company/managers/<int:manager_id>")
def manager(manager_id: int) -> Any:
    """Give one safety manager."""
    with company_request() as company:
        return json_response(safety_managers.read(company.connection, company.unit_id, manager_id))


@blueprint.post("/api/company/managers")
def add_manager() -> Any:
    """Register a safety manager."""
    values = _manager(ask.body())
    with company_request() as company:
        number = safety_managers.add(company.connection, company.unit_id, **values, now=company.now)
        company.note("company.manager.add", f"safety_manager/{number}")
        row = safety_managers.read(company.connection, company.unit_id, number)
    return json_response(row, 201)


@blueprint.put("/api/company/managers/<int:manager_id>")
def save_manager(manager_id: int) -> Any:
    """Change a safety manager."""
    body = ask.body()
    values, version = _manager(body), ask.seen_version(body)
    with company_request() as company:
        safety_managers.save(
            company.connection, company.unit_id, manager_id, **values, version=version, now=company.now
        )
        company.note("company.manager.save", f"safety_manager/{manager_id}")
        row = safety_managers.read(company.connection, company.unit_id, manager_id)
    return json_response(row)


@blueprint.delete("/api/company/managers/<int:manager_id>")
def remove_manager(manager_id: int) -> Any:
    """Remove a safety manager; its elevators are without one then."""
    with company_request() as company:
        n = safety_managers.remove(company.connection, company.unit_id, manager_id)
        company.note("company.manager.remove", f"safety_manager/{manager_id}", elevators=n)
    return json_response({"id": manager_id, "elevators_without": n})


@blueprint.post("/api/company/managers/<int:manager_id>/assign")
def assign(manager_id: int) -> Any:
    """Give a safety manager the ticked elevators, or with `unit_code` all of a using unit that have none."""
    values = ask.body()
    unit_code = ask.line(values, "unit_code", "使用单位代码", most=40, required=False)
    codes = [] if unit_code else ask.codes(values)
    with company_request() as company:
        if unit_code:
            n = safety_managers.assign_unit(
                company.connection, company.unit_id, manager_id, unit_code, today=company.today
            )
        else:
            n = safety_managers.assign(
                company.connection, company.unit_id, manager_id, codes, today=company.today
            )
        company.note(
            "company.manager.assign", f"safety_manager/{manager_id}", elevators=codes, unit_code=unit_code
        )
    return json_response({"assigned": n})


@blueprint.post("/api/company/managers/unassign")
def unassign() -> Any:
    """Take the ticked elevators' safety managers away."""
    codes = ask.codes(ask.body())
    with company_request() as company:
        n = safety_managers.unassign(company.connection, company.unit_id, codes, today=company.today)
        company.note("company.manager.unassign", f"unit/{company.unit_id}", elevators=codes)
    return json_response({"unassigned": n})


# -- yearly inspection --------------------------------------------------------------------------------


@blueprint.get("/api/company/inspections")
def inspections() -> Any:
    """List the standing requests for the yearly inspection."""
    page = parse_int("page", 1, low=1, high=10_000)
    with company_request() as company:
        rows = inspection_requests.listed(
            company.connection, company.unit_id, limit=100, offset=(page - 1) * 100
        )
    return json_response({"requests": rows, "page": page})


@blueprint.post("/api/company/inspections")
def request_inspection() -> Any:
    """Ask for the yearly inspection of an elevator; refused with the list of what is missing of it."""
    values = ask.body()
    code, form = ask.line(values, "code", "设备注册代码", most=40), ask.inspection(values)
    with company_request() as company:
        is_late = inspection_requests.request(
            company.connection, company.unit_id, code, form, actor=company.username, now=company.now, today=company.today
        )  # fmt: skip
        company.note("company.inspection.request", f"elevator/{code}", due_on=form.due_on)
    return json_response({"code": code, "due_on": form.due_on, "is_late": is_late}, 201)


@blueprint.delete("/api/company/inspections/<int:request_id>")
def withdraw_inspection(request_id: int) -> Any:
    """Withdraw a request."""
    with company_request() as company:
        inspection_requests.withdraw(company.connection, company.unit_id, request_id, now=company.now)
        company.note("company.inspection.withdraw", f"inspection_request/{request_id}")
    return json_response({"id": request_id, "withdrawn": True})
