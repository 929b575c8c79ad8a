"""Check bindings against the network, accept rebindings, and let an authority propose a check to a company."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, g, request, send_file

from data import audit, rebinding, rebinding_export
from data.errors import FilterError, RefusedError
from data.rebinding import Move
from data.scope import require_write
from layers.display import LOCAL_ZONE
from web import company_questions as ask
from web import identity, rebinding_answers
from web.api.nearest import travel
from web.company_access import company_request, company_scope
from web.export_formats import FORMATS
from web.respond import json_response

blueprint = Blueprint("rebinding", __name__)
_PLANNERS = frozenset({"regulator", "dispatcher", "administrator"})


@blueprint.get("/api/company/bindings")
def check() -> Any:
    """Hold the company's bindings against the network: stations, the list to accept; as JSON or `format=xlsx`."""
    with company_request() as company:
        unit_id, scope = company.unit_id, company.scope
        asked = rebinding_answers.binding_question(request.args, now=company.now)
        proposed = rebinding.proposals(company.connection, unit_id)
    found = rebinding.check_bindings(identity.store(), travel(), scope, unit_id, asked)
    return _sent(rebinding_answers.answer(found, g.language) | {"proposals": proposed}, unit_id)


@blueprint.post("/api/company/bindings/accept")
def accept() -> Any:
    """Rebind elevators as proposed: `moves`, each with code, from and to; all of them or none."""
    with company_request() as company:
        moves = _moves(ask.body())
        done = rebinding.accept(company.connection, company.unit_id, moves, now=company.now)
        for station, codes in sorted(done.items()):
            company.note("company.rebind", f"rescue_station/{station}", elevators=codes)
    return json_response({"rebound": sum(len(codes) for codes in done.values()), "stations": len(done)})


@blueprint.delete("/api/company/bindings/proposals/<int:proposal_id>")
def close_proposal(proposal_id: int) -> Any:
    """Take an authority's proposal off the list."""
    with company_request() as company:
        rebinding.close_proposal(company.connection, company.unit_id, proposal_id)
        company.note("company.binding_proposal_done", f"binding_proposal/{proposal_id}")
    return json_response({"closed": proposal_id})


@blueprint.get("/api/studio/bindings/companies")
def companies() -> Any:
    """List the maintenance companies with elevators in the user's jurisdiction."""
    _require_planner()
    today = identity.settings().clock.now().astimezone(LOCAL_ZONE).date()
    with identity.transaction() as connection:
        rows = rebinding.companies(connection, today=today)
    return json_response({"companies": rows})


@blueprint.get("/api/studio/bindings/<int:unit_id>")
def check_company(unit_id: int) -> Any:
    """Hold a company's bindings against the network, as far as the user's jurisdiction goes."""
    _require_planner()
    asked = rebinding_answers.binding_question(request.args, now=identity.settings().clock.now())
    found = rebinding.check_bindings(identity.store(), travel(), identity.scope(), unit_id, asked)
    return _sent(rebinding_answers.answer(found, g.language) | {"proposals": []}, unit_id)


@blueprint.post("/api/studio/bindings/<int:unit_id>/propose")
def propose(unit_id: int) -> Any:
    """Propose to a company to check its bindings under these figures; it decides."""
    _require_planner()
    scope, now = identity.scope(), identity.settings().clock.now()
    require_write(scope)
    values = ask.body()
    asked = rebinding_answers.binding_question(values, now=now)
    note = ask.line(values, "note", "说明", most=200, required=False)
    # Whose elevators the user does not see gets no proposal.
    rebinding.check_bindings(identity.store(), travel(), scope, unit_id, asked)
    with identity.transaction() as connection:
        rebinding.propose(connection, unit_id, asked, note, scope=scope, now=now)
        detail = {"limit_s": asked.limit_s, "per_crew": asked.per_crew}
        audit.append(
            connection,
            at=now,
            username=scope.username,
            action="binding_proposed",
            subject=f"unit/{unit_id}",
            detail=detail,
        )
    return json_response({"proposed": unit_id}, 201)


def _require_planner() -> None:
    if identity.require_user().role not in _PLANNERS:
        raise RefusedError("只有监管和调度人员可以使用。 Only authorities and dispatchers may use this.")


def _moves(values: Any) -> list[Move]:
    given = values.get("moves")
    if not isinstance(given, list):
        raise FilterError("moves 应为列表。 moves is a list.")
    moves = []
    for number, one in enumerate(given, start=1):
        texts = [one.get(name) for name in ("code", "from", "to")] if isinstance(one, dict) else [None] * 3
        if not all(isinstance(t, str) and t for t in (texts[0], texts[2])) or not isinstance(texts[1], str | None):  # fmt: skip
            raise FilterError(
                f"moves 第 {number} 条应有 code、from（或空）和 to。 Each of moves has code, from (or null) and to; number {number} has not."
            )
        moves.append(Move(str(texts[0]), texts[1], str(texts[2])))
    return moves


def _sent(body: dict[str, Any], unit_id: int) -> Any:
    """Send a check as JSON or as a book, whoever may export."""
    wished = request.args.get("format", "json")
    if wished not in ("json", "xlsx"):
        raise FilterError("format 应为 json 或 xlsx。 Either json or xlsx was expected for format.")
    if wished == "json":
        return json_response(body)
    user, now = identity.require_user(), identity.settings().clock.now()
    if not user.may("export") or (g.token_scopes is not None and "export" not in g.token_scopes):
        raise RefusedError("您没有导出的权限。 You may not export.")
    scope = company_scope() if user.may("maintain") else identity.scope()
    with identity.store().transaction(scope) as connection:
        audit.append(
            connection,
            at=now,
            username=user.username,
            action="export",
            subject=f"bindings/{unit_id}",
            detail={"rows": len(body["rows"])},
        )
    book = io.BytesIO()
    rebinding_export.write_excel(book, body, language=g.language)
    book.seek(0)
    name = f"{'绑定核查' if g.language == 'zh' else 'bindings'}-{now.astimezone(LOCAL_ZONE):%Y%m%d}.xlsx"
    return send_file(book, FORMATS["xlsx"][1], as_attachment=True, download_name=name)
