"""Show a company its orders, take its fault-analysis reports, and answer its analysis: JSON routes (S7-S9)."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, request, send_file

from data import (
    attachments,
    fault_reports,
    incident_figures,
    incidents,
    maintenance_figures,
    maintenance_orders,
    taken_orders,
)
from data.errors import FilterError, LoadError, NotFoundError, RefusedError
from data.incidents import Order
from data.maintenance_figures import TABS, Table
from dispatch.incident import AssignmentState, Node
from dispatch.indicators import Period
from layers.display import LOCAL_ZONE
from layers.registry import layer_by_id
from web import company_questions as ask
from web import identity
from web.api.dispatch_figures import period_asked
from web.api.layers import parse_int
from web.company_access import CompanyRequest, company_request, require_company
from web.dispatch_answers import ASSIGNMENT_WORDS, LEVEL_WORDS, NODE_WORDS
from web.dispatch_questions import text
from web.export_formats import FORMATS
from web.respond import json_response

blueprint = Blueprint("maintenance_orders", __name__)
blueprint.before_request(require_company)


def _words(field: str, value: str | None) -> str | None:
    choice = layer_by_id("incident").field(field).choice(value or "")
    return choice.words.in_language(g.language) if choice else value


@blueprint.get("/api/company/orders")
def index() -> Any:
    """List the newest orders of the company's elevators, by part of the using unit's name."""
    unit = ask.line(request.args, "unit_name", "使用单位", most=100, required=False)
    limit = parse_int("limit", maintenance_orders.NEWEST, low=1, high=100)
    with company_request() as company:
        rows = maintenance_orders.newest(company.connection, company.unit_id, unit_name=unit, limit=limit)
    labels = [
        {"state_label": _words("state", r["state"]), "cause_label": _words("cause", r["cause"])} for r in rows
    ]
    return json_response({"orders": [{**r, **more} for r, more in zip(rows, labels, strict=True)]})


@blueprint.get("/api/company/taken-orders")
def taken() -> Any:
    """List the newest orders that the company's stations took for other companies' elevators."""
    limit = parse_int("limit", maintenance_orders.NEWEST, low=1, high=100)
    with company_request() as company:
        rows = taken_orders.newest(company.connection, company.unit_id, limit=limit)
    return json_response({"orders": [_part(r) for r in rows]})


@blueprint.get("/api/company/taken-orders/<code>")
def taken_order(code: str) -> Any:
    """Give the company's own part of an order of another company's elevator: its stations, their nodes, and where it led."""
    with company_request() as company:
        parts = taken_orders.read(company.connection, company.unit_id, code)
    last = parts[-1]
    return json_response(
        {
            "code": code,
            "title": last["place_name"],
            "address": last["place_address"],
            "parts": [_part(p) for p in parts],
        }
    )


def _part(row: dict[str, Any]) -> dict[str, Any]:
    nodes = [
        {"name": n.value, "label": NODE_WORDS[n].in_language(g.language), "at": row[f"{n.value}_at"]}
        for n in (Node.NOTIFIED, Node.ACCEPTED, Node.EN_ROUTE, Node.ARRIVED, Node.FREED)
    ]
    return {
        **row,
        "state_label": ASSIGNMENT_WORDS[AssignmentState(row["state"])].in_language(g.language),
        "level_label": LEVEL_WORDS[row["level"]].in_language(g.language),
        "nodes": nodes,
    }


def _own(company: CompanyRequest, code: str) -> Order:
    order = incidents.read(company.connection, code)
    if order.row["owner_id"] != company.unit_id:
        raise NotFoundError(f"本单位没有工单 {code[:40]}。 Your company has no order {code[:40]}.")
    return order


def _report(company: CompanyRequest, order: Order) -> dict[str, Any]:
    versions = fault_reports.versions(company.connection, order.code)
    nodes = order.incident.nodes
    return {
        "id": order.id,
        "code": order.code,
        "title": order.row["name"],
        "unit_name": order.row["unit_name"],
        "state": order.incident.state.value,
        "state_label": _words("state", order.incident.state.value),
        "nodes": {n.value: at for n, at in nodes.items()},
        "may_hand_in": order.incident.state.value in ("freed", "closed") and not versions,
        "versions": [{**v, "cause_label": _words("cause", v["cause"])} for v in versions],
        "attachments": [
            {**a, "url": f"/api/attachments/{a['id']}"}
            for a in attachments.listed(company.connection, "incident", order.id)
        ],
    }


@blueprint.get("/api/company/orders/<code>/report")
def report(code: str) -> Any:
    """Give an order's fault-analysis report with its corrections and attachments."""
    with company_request() as company:
        return json_response(_report(company, _own(company, code)))


@blueprint.post("/api/company/orders/<code>/report")
def hand_in(code: str) -> Any:
    """Hand in the report; afterwards it is only corrected."""
    wanted = ask.report(ask.body())
    with company_request() as company:
        _own(company, code)
        fault_reports.hand_in(company.connection, code, wanted, actor=company.username, now=company.now)
        company.note("company.report", f"incident/{code}", cause=wanted.cause)
        body = _report(company, _own(company, code))
    return json_response(body, 201)


@blueprint.post("/api/company/orders/<code>/report/correct")
def correct(code: str) -> Any:
    """Correct a report that was handed in: `number` of the version seen, and `why`."""
    values = ask.body()
    wanted, number = ask.report(values), ask.whole(values, "number", "版本", low=1, high=30_000)
    why = text(values, "why", "更正理由", most=500, required=True)
    with company_request() as company:
        _own(company, code)
        fault_reports.correct(
            company.connection, code, wanted, why=why, number=number, actor=company.username, now=company.now
        )
        company.note("company.report.correct", f"incident/{code}", cause=wanted.cause, why=why)
        body = _report(company, _own(company, code))
    return json_response(body)


@blueprint.post("/api/company/orders/<code>/attachments")
def attach(code: str) -> Any:
    """Attach a file to the report: multipart `file`; after it was handed in, with `why`."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise LoadError("请选择文件。 Choose a file.")
    content = upload.stream.read(attachments.MAX_BYTES + 1)
    why = text(request.form, "why", "补充理由", most=500)
    with company_request() as company:
        order = _own(company, code)
        if fault_reports.versions(company.connection, code) and not why:
            raise FilterError(
                "报告已提交：补充附件须填写理由。 The report was handed in: say why a file is added."
            )
        number = attachments.add(
            company.connection, layer_by_id("incident"), order.id, file_name=upload.filename, content=content,
            folder=identity.settings().state_dir / "attachments", scope=company.scope, now=company.now,
        )  # fmt: skip
        company.note("attach", f"incident/{order.id}", attachment=number, why=why)
        body = _report(company, order)
    return json_response(body, 201)


# -- analysis -----------------------------------------------------------------------------------------


@blueprint.get("/api/company/analysis/<tab>")
def analysis(tab: str) -> Any:
    """Give one tab of the analysis, of a period or of all time (five years); as JSON, or as an Excel book."""
    wished = request.args.get("format", "json")
    if wished not in ("json", "xlsx"):
        raise FilterError("format 应为 json 或 xlsx。 Either json or xlsx was expected for format.")
    user = identity.require_user()
    if wished == "xlsx" and (
        not user.may("export") or (g.token_scopes is not None and "export" not in g.token_scopes)
    ):
        raise RefusedError("您没有导出的权限。 You may not export.")
    start, end = request.args.get("from"), request.args.get("to")
    with company_request() as company:
        period = (
            period_asked(start, end, now=company.now)
            if start or end
            else Period((company.now - incident_figures.LONGEST).astimezone(LOCAL_ZONE), company.now.astimezone(LOCAL_ZONE))
        )  # fmt: skip
        orders = incident_figures.read(company.connection, period)
        found = maintenance_figures.table(
            company.connection, orders, tab, unit_id=company.unit_id, now=company.now, language=g.language
        )
        if wished == "xlsx":
            company.note("export", f"analysis/{tab}", rows=len(found.rows))
    if wished == "xlsx":
        return _book(found, f"{company.now.astimezone(LOCAL_ZONE):%Y%m%d}")
    return json_response(_table(found, period))


def _book(found: Table, day: str) -> Any:
    book = io.BytesIO()
    maintenance_figures.write_excel(book, found, language=g.language)
    book.seek(0)
    name = f"{TABS[found.tab].in_language(g.language)}-{day}.xlsx"
    return send_file(book, FORMATS["xlsx"][1], as_attachment=True, download_name=name)


def _table(found: Table, period: Period) -> dict[str, Any]:
    return {
        "tab": found.tab,
        "title": TABS[found.tab].in_language(g.language),
        "from": period.start,
        "to": period.end,
        "columns": [
            {
                "label": c.words.in_language(g.language),
                "definition": c.definition.in_language(g.language) if c.definition else None,
                "unit": c.unit,
                "is_number": c.is_number,
            }
            for c in found.columns
        ],
        "rows": [
            {"key": key, "values": row} | ({"orders": _behind(found, at, period)} if found.behind else {})
            for at, (key, row) in enumerate(zip(found.keys, found.rows, strict=True))
        ],
    }


def _behind(found: Table, at: int, period: Period) -> list[str | None]:
    """Give by column where the orders behind a row's figure are listed."""
    asked = {"from": period.start.isoformat(), "to": period.end.isoformat(), **found.behind[at]}
    return [
        "/api/dispatch/figures/orders?" + urlencode({**asked, "figure": c.figure.value})
        if c.figure and found.rows[at][n] is not None
        else None
        for n, c in enumerate(found.columns)
    ]
