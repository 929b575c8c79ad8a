"""Say who owes drills: counts by division, the units behind them, and an enterprise's own duties."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from data import divisions, drill_duty
from data.drill_duty import DUTIES, NOTHING, STATES, UNREPORTED, Unit
from data.errors import FilterError, NotFoundError
from web import identity
from web.api.layers import parse_int
from web.respond import json_response

blueprint = Blueprint("drill_duty", __name__)
_PAGE = 50


@blueprint.get("/api/drill-duty")
def index() -> Any:
    """Count units by state, by part of `division`, and list those of `state`, a page at a time.

    States are behind, soon, open, met, and beside them nothing: enterprises without a plan or a drill on record; and unreported:
    those of high-hazard trades whose drill was not reported in time.
    """
    user, now = identity.require_user(), identity.settings().clock.now()
    state, page = request.args.get("state") or None, parse_int("page", 1, low=1, high=100_000)
    known = (*STATES, NOTHING, UNREPORTED)
    if state is not None and state not in known:
        raise FilterError(
            f"state 应为 {'、'.join(known)} 之一，不是 {state[:20]!r}。 state is one of {', '.join(known)}, not {state[:20]!r}."
        )
    with identity.transaction() as connection:
        code = request.args.get("division") or (user.jurisdiction[0] if user.jurisdiction else None)
        if code is None:
            city = divisions.city(connection)
            if city is None:
                raise NotFoundError("还没有区划。 There are no divisions yet.")
            code = city.code
        place = divisions.read(connection, code)
        found = drill_duty.units(connection, now=now, division_code=code)
        nothing = drill_duty.unrecorded_by_division(connection, now=now, division_code=code)
        parts = drill_duty.by_part(connection, found, code, nothing)
        chosen = [
            u for u in found if state is None or u.state == state or (state == UNREPORTED and u.is_unreported)
        ]
        begin, total = (page - 1) * _PAGE, len(chosen)
        shown = chosen[begin : begin + _PAGE]
        if state == NOTHING:
            shown = drill_duty.unrecorded(connection, now=now, division_code=code, limit=_PAGE, offset=begin)
            total = sum(nothing.values())
        names = divisions.names(connection, [u.division_code for u in shown])
        way = divisions.path(connection, code)
    return json_response(
        {
            "division": {"code": place.code, "name": place.name},
            "path": [{"code": d.code, "name": d.name} for d in way],
            "at": now,
            "counts": drill_duty.counts(found, nothing),
            "parts": parts,
            "duties": {name: words.in_language(g.language) for name, words in DUTIES.items()},
            "total": total,
            "page": page,
            "page_size": _PAGE,
            "units": [_unit(u, names) for u in shown],
        }
    )


def _unit(u: Unit, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": u.id, "code": u.code, "name": u.name, "division_name": names.get(u.division_code, u.division_code),
        "is_high_hazard": u.is_high_hazard, "state": u.state,
        "duties": [{"id": d.id, "start": d.start.isoformat(), "end": d.end.isoformat(), "state": d.state, "due": None if d.due is None else d.due.isoformat()} for d in u.duties],
    }  # fmt: skip
