"""Keep a maintenance company's rescue information and stations: its JSON routes (S1, S2, S6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from data import divisions, incidents, maintenance, maintenance_stations
from data.maintenance import PROBLEMS
from web import company_questions as ask
from web.company_access import company_request, require_company
from web.problems import in_language
from web.respond import json_response

blueprint = Blueprint("maintenance", __name__)
blueprint.before_request(require_company)

_LISTED_UNDER = {
    "no_manager": "/company/elevators?problem=no_manager",
    "no_place_type": "/company/elevators?problem=no_place_type",
    "no_station": "/company/elevators?bound=0",
    "bad_address": "/company/elevators?problem=bad_address",
}


@blueprint.get("/api/company")
def home() -> Any:
    """Tell whether the rescue information is complete, and how much is missing of the elevators."""
    with company_request(is_gated=False) as company:
        found = maintenance.read_information(company.connection, company.unit_id)
        counts = (
            maintenance.problem_counts(company.connection, company.unit_id, today=company.today)
            if found["is_complete"]
            else {}
        )
    return json_response(
        {
            "name": found["name"],
            "is_complete": found["is_complete"],
            "message": None if found["is_complete"] else in_language(maintenance.GATE_WORDS),
            "elevators": counts.get("elevators"),
            "problems": [
                {"id": name, "title": words.in_language(g.language), "count": counts[name], "url": _LISTED_UNDER[name]}
                for name, (_, words) in PROBLEMS.items()
                if name in counts
            ],
        }
    )  # fmt: skip


@blueprint.get("/api/company/information")
def information() -> Any:
    """Give the rescue information."""
    with company_request(is_gated=False) as company:
        return json_response(maintenance.read_information(company.connection, company.unit_id))


@blueprint.put("/api/company/information")
def save_information() -> Any:
    """Save the rescue information; all of it is required."""
    values = ask.body()
    wanted, version = ask.information(values), ask.seen_version(values)
    with company_request(is_gated=False) as company:
        saved = maintenance.save_information(
            company.connection, company.unit_id, wanted, version=version, now=company.now
        )
        company.note("company.information", f"unit/{company.unit_id}")
    return json_response(saved)


# -- stations -----------------------------------------------------------------------------------------


@blueprint.get("/api/company/stations")
def stations() -> Any:
    """List the company's stations, of one `district` where named."""
    with company_request() as company:
        rows = maintenance_stations.listed(
            company.connection, company.unit_id, today=company.today, district_code=request.args.get("district") or None
        )  # fmt: skip
    return json_response({"stations": rows})


@blueprint.get("/api/company/stations/<code>")
def station(code: str) -> Any:
    """Give one station with its maintainers."""
    with company_request() as company:
        return json_response(
            maintenance_stations.read(company.connection, company.unit_id, code, today=company.today)
        )


@blueprint.post("/api/company/stations")
def add_station() -> Any:
    """Add a station."""
    form = ask.station(ask.body())
    with company_request() as company:
        code = maintenance_stations.add(company.connection, company.unit_id, form, now=company.now)
        company.note("company.station.add", f"rescue_station/{code}")
        row = maintenance_stations.read(company.connection, company.unit_id, code, today=company.today)
    return json_response(row, 201)


@blueprint.put("/api/company/stations/<code>")
def save_station(code: str) -> Any:
    """Change a station."""
    values = ask.body()
    form, version = ask.station(values), ask.seen_version(values)
    with company_request() as company:
        maintenance_stations.save(
            company.connection, company.unit_id, code, form, version=version, now=company.now
        )
        company.note("company.station.save", f"rescue_station/{code}")
        row = maintenance_stations.read(company.connection, company.unit_id, code, today=company.today)
    return json_response(row)


@blueprint.delete("/api/company/stations/<code>")
def remove_station(code: str) -> Any:
    """Remove a station that nothing is bound to; one with past orders is taken out of service."""
    version = ask.seen_version(ask.body())
    with company_request() as company:
        became = maintenance_stations.remove(
            company.connection, company.unit_id, code, version=version, scope=company.scope, now=company.now
        )
        company.note(f"company.station.{became}", f"rescue_station/{code}")
    return json_response({"code": code, "became": became})


@blueprint.post("/api/company/stations/<code>/maintainers")
def add_maintainer(code: str) -> Any:
    """Add a maintainer to a station."""
    values = ask.body()
    name, mobile = ask.line(values, "name", "姓名"), ask.mobile(values, "mobile", "手机")
    remark = ask.line(values, "remark", "备注", most=100, required=False)
    with company_request() as company:
        number = maintenance_stations.add_maintainer(
            company.connection, company.unit_id, code, name=name, mobile=mobile, remark=remark, today=company.today
        )  # fmt: skip
        company.note("company.maintainer.add", f"rescue_station/{code}", maintainer=number)
        row = maintenance_stations.read(company.connection, company.unit_id, code, today=company.today)
    return json_response(row, 201)


@blueprint.delete("/api/company/stations/<code>/maintainers/<int:maintainer_id>")
def remove_maintainer(code: str, maintainer_id: int) -> Any:
    """Take a maintainer off a station's list."""
    with company_request() as company:
        maintenance_stations.remove_maintainer(
            company.connection, company.unit_id, code, maintainer_id, today=company.today
        )
        company.note("company.maintainer.remove", f"rescue_station/{code}", maintainer=maintainer_id)
        row = maintenance_stations.read(company.connection, company.unit_id, code, today=company.today)
    return json_response(row)


@blueprint.get("/api/company/position")
def position() -> Any:
    """Say where a pasted position lies: `position_text` in the datum `crs`."""
    found, read = ask.pasted(request.args)
    with company_request() as company:
        place = incidents.division_at(company.connection, found.lon, found.lat)
        way = divisions.path(company.connection, place["division_code"]) if place else []
    return json_response(
        {
            "lon": found.lon,
            "lat": found.lat,
            "crs": found.source_crs,
            "was_swapped": read.was_swapped,
            "notes": [in_language(note) for note in read.notes],
            "district_code": place.get("division_code", "")[:6] or None,
            "divisions": [{"code": d.code, "name": d.name} for d in way],
        }
    )
