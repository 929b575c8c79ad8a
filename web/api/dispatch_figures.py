"""Answer figures of entrapment orders, and open the orders behind each."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, request, send_file

from data import audit, dispatch_rules, divisions, incident_figures
from data.dispatch_rules import rule_in
from data.errors import FilterError, RefusedError
from data.figure_export import write_excel
from data.incident_figures import FIGURES, GROUPS, PeriodOrders
from data.scope import Connection
from dispatch.clocks import DistrictRule
from dispatch.indicators import Figure, Period
from layers.display import LOCAL_ZONE
from web import identity
from web.api.layers import parse_int
from web.export_formats import FORMATS
from web.respond import json_response
from web.travel_questions import flag, instant

blueprint = Blueprint("dispatch_figures", __name__)
_DEFAULT_DAYS = 30


def _now() -> dt.datetime:
    return identity.settings().clock.now()


def period_asked(start: str | None, end: str | None, *, now: dt.datetime) -> Period:
    """Read a period: instants, or days of which the last is included; by default the last thirty days.

    Raises
    ------
    FilterError
        When it cannot be read, or ends before it begins.
    """
    until = instant(end, default=now)
    if end and len(end.strip()) == len("2026-11-26"):
        until += dt.timedelta(days=1)
    since = instant(start, default=until - dt.timedelta(days=_DEFAULT_DAYS))
    return incident_figures.check_period(since, until)


def _orders(connection: Connection, now: dt.datetime) -> PeriodOrders:
    division = request.args.get("division") or None
    if division is not None:
        divisions.read(connection, division)
    period = period_asked(request.args.get("from"), request.args.get("to"), now=now)
    in_no_part = flag(request.args.get("in_no_part"))
    if in_no_part and division is None:
        raise FilterError("给出 in_no_part 时也要给出 division。 in_no_part needs a division.")
    return incident_figures.read(connection, period, division_code=division, in_no_part=in_no_part)


@blueprint.get("/api/dispatch/figures")
def figures() -> Any:
    """Give every figure of a period, in all and by group; as JSON, or as an Excel book."""
    user, now = identity.require_user(), _now()
    by = incident_figures.check_group(request.args.get("by"))
    wished = request.args.get("format", "json")
    if wished not in ("json", "xlsx"):
        raise FilterError("format 应为 json 或 xlsx。 format is json or xlsx.")
    is_file = wished == "xlsx"
    if is_file and (
        not user.may("export") or (g.token_scopes is not None and "export" not in g.token_scopes)
    ):
        raise RefusedError("您没有导出的权限。 You may not export.")
    with identity.transaction() as connection:
        orders = _orders(connection, now)
        found = incident_figures.answer(connection, orders, now=now, by=by, language=g.language)
        rules = dispatch_rules.rules(connection)
        if is_file:
            audit.append(
                connection, at=now, username=user.username, action="export", subject="figures",
                detail={"rows": len(orders.table), "query": request.query_string.decode()[:300]},
            )  # fmt: skip
    if is_file:
        book = io.BytesIO()
        write_excel(book, orders, found, by=by, now=now, language=g.language)
        book.seek(0)
        name = f"{'困人指标' if g.language == 'zh' else 'figures'}-{now.astimezone(LOCAL_ZONE):%Y%m%d}.xlsx"
        return send_file(book, FORMATS["xlsx"][1], as_attachment=True, download_name=name)
    return json_response(_body(orders, found, by, now, rules))


def _body(
    orders: PeriodOrders,
    found: incident_figures.Answer,
    by: str | None,
    now: dt.datetime,
    rules: dict[str, DistrictRule],
) -> dict[str, Any]:
    asked = {
        "from": orders.period.start.isoformat(), "to": orders.period.end.isoformat(),
        **({"division": orders.division_code} if orders.division_code else {}), **({"by": by} if by else {}),
    }  # fmt: skip
    return {
        "from": orders.period.start,
        "to": orders.period.end,
        "months": round(orders.period.months, 4),
        "at": now,
        "division": orders.division_code,
        "elevators": found.elevators,
        "by": by,
        "figures": [
            {
                "id": figure.value,
                "title": told.words.in_language(g.language),
                "definition": told.definition.in_language(g.language),
                "clock": told.clock.in_language(g.language),
                "unit": told.unit,
                "value": found.total[figure],
                "orders_url": "/api/dispatch/figures/orders?" + urlencode({**asked, "figure": figure.value}),
            }
            for figure, told in FIGURES.items()
        ],
        "groups": [
            {
                "key": key,
                "name": found.group_names[key],
                "values": {f.value: v for f, v in values.items()},
                "orders_url": "/api/dispatch/figures/orders?" + urlencode({**asked, "group": key}),
                **({"limits": _limits(rule_in(rules, key))} if by == "district" else {}),
            }
            for key, values in found.by_group.items()
        ],
        "known_groups": [{"id": k, "title": w.in_language(g.language)} for k, w in GROUPS.items()],
        "most_often": [{"elevator_code": code, "entrapments": n} for code, n in found.most_often],
    }


def _limits(rule: DistrictRule) -> dict[str, float]:
    """Give the limits in force in a district now, in seconds from the notification."""
    return {"answer_s": rule.answer_limit_s, "arrival_s": rule.arrival_limit_s}


@blueprint.get("/api/dispatch/figures/orders")
def behind() -> Any:
    """List the orders behind a figure: `figure`, of one `group` where `by` is given, of one `elevator`; `missed`: those that did not keep a rate; `in_no_part`: of no part."""
    identity.require_user()
    now, by, group = _now(), incident_figures.check_group(request.args.get("by")), request.args.get("group")
    name = request.args.get("figure", Figure.ENTRAPMENTS.value)
    limit = parse_int("limit", 500, low=1, high=5000)
    if name not in {f.value for f in Figure}:
        raise FilterError(
            f"没有指标 {name[:40]!r}。 There is no figure {name[:40]!r}; known: {', '.join(f.value for f in Figure)}."
        )
    if group is not None and by is None:
        raise FilterError("给出 group 时也要给出 by。 A group needs by.")
    with identity.transaction() as connection:
        orders = _orders(connection, now)
    found = orders.behind(Figure(name), now, by=by, group=group)
    table = orders.table
    chosen = ~found.is_met if flag(request.args.get("missed")) else found.is_met | True
    if elevator := request.args.get("elevator"):
        chosen = chosen & (table.elevator_code[found.order_idx] == elevator)
    rows = found.order_idx[chosen]
    return json_response(
        {
            "figure": name,
            "title": FIGURES[Figure(name)].words.in_language(g.language),
            "total": len(rows),
            "orders": [
                {
                    "code": str(table.code[i]),
                    "title": orders.names[i],
                    "received_at": orders.local(table.received_at[i]),
                    "notified_at": orders.local(table.notified_at[i]),
                    "arrived_at": orders.local(table.arrived_at[i]),
                    "freed_at": orders.local(table.freed_at[i]),
                    "is_met": bool(met),
                    "url": f"/dispatch#{table.code[i]}",
                }
                for i, met in zip(rows[:limit].tolist(), found.is_met[chosen][:limit].tolist(), strict=True)
            ],
        }
    )
