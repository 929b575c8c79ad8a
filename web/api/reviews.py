"""Let authorities review registrations: queue, what was declared beside what the map says, corrections, decisions (L2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, g, request

from data import divisions, registration_places, registrations
from data import registration_review as review
from data.errors import FilterError, NotFoundError, RefusedError
from data.registration_places import GivenPosition
from data.registration_review import Corrections
from data.scope import SYSTEM, Connection, Scope
from layers.registration import RegistrationState
from web import company_questions as ask
from web import identity
from web import registration_answers as answer
from web import registration_questions as read
from web.api.layers import parse_int
from web.dispatch_questions import text
from web.respond import json_response

blueprint = Blueprint("reviews", __name__)
_PAGE = 50


def review_scope() -> Scope:
    """Give the scope of a reviewer.

    Raises
    ------
    RefusedError
        When the user reviews nothing.
    """
    if not identity.require_user().may("review"):
        raise RefusedError("只有监管部门可以审核注册。 Only authorities review registrations.")
    return identity.scope()


@contextmanager
def _transaction() -> Iterator[tuple[Connection, Scope]]:
    scope = review_scope()
    with identity.store().transaction(scope) as connection:
        yield connection, scope


@blueprint.get("/api/reviews")
def index() -> Any:
    """List the registrations in one `state` that are the user's to review, with the number in each state; `q` finds some."""
    named = request.args.get("state", "pending")
    if named not in (s.value for s in RegistrationState if s is not RegistrationState.DRAFT):
        raise FilterError(
            "state 应为 pending、returned 或 approved。 State must be pending, returned or approved."
        )
    page = parse_int("page", 1, low=1, high=100_000)
    words = request.args.get("q", "").strip()[:60] or None
    with _transaction() as (connection, _):
        counts = review.counts(connection, words)
        rows = review.queue(
            connection, RegistrationState(named), words=words, limit=_PAGE, offset=(page - 1) * _PAGE
        )
    now = identity.settings().clock.now()
    states = [{"id": one, "title": answer.state(one, g.language), "count": n} for one, n in counts.items()]
    listed = [{**_words(row), "waits_s": int((now - row["submitted_at"]).total_seconds())} for row in rows]
    return json_response({"states": states, "rows": listed, "page": page, "page_size": _PAGE})


@blueprint.get("/api/reviews/<int:number>")
def one(number: int) -> Any:
    """Give one registration: what was declared, what the map says, who may supervise it, every change."""
    with _transaction() as (connection, _):
        return json_response(_shown(connection, number))


@blueprint.put("/api/reviews/<int:number>")
def correct(number: int) -> Any:
    """Correct the authority, region, industry or position of one that waits; each change is kept."""
    values = ask.body()
    version, wanted = ask.seen_version(values), _corrections(values)
    with _transaction() as (connection, scope):
        review.correct(connection, number, wanted, version=version, scope=scope, now=_now())
        return json_response(_after(connection, number))


@blueprint.post("/api/reviews/<int:number>/approve")
def approve(number: int) -> Any:
    """Approve one: the enterprise stands on the map and its account may sign in."""
    version = ask.seen_version(ask.body())
    with _transaction() as (connection, scope):
        username = review.approve(connection, number, version=version, scope=scope, now=_now())
        return json_response({**_after(connection, number), "username": username})


@blueprint.post("/api/reviews/<int:number>/return")
def send_back(number: int) -> Any:
    """Return one to its applicant with a `reason`."""
    values = ask.body()
    version, reason = (
        ask.seen_version(values),
        text(values, "reason", "退回原因", most=500, required=True),
    )
    with _transaction() as (connection, scope):
        review.send_back(connection, number, reason, version=version, scope=scope, now=_now())
        return json_response(_after(connection, number))


def _now() -> Any:
    return identity.settings().clock.now()


def _corrections(values: Any) -> Corrections:
    has = {
        name: values.get(name) not in (None, "")
        for name in ("authority_code", "region_code", "industry", "position_text")
    }
    return Corrections(
        ask.line(values, "authority_code", "归属机构", most=12) if has["authority_code"] else None,
        ask.line(values, "region_code", "所在地区", most=12) if has["region_code"] else None,
        read.industry(values) if has["industry"] else None,
        read.position(values) if has["position_text"] else None,
    )


def _after(connection: Connection, number: int) -> dict[str, Any]:
    """Give a registration after an act; one that was handed over is out of sight."""
    try:
        return {**_shown(connection, number), "is_mine": True}
    except NotFoundError:
        return {"id": number, "is_mine": False}


def _words(row: Any) -> dict[str, Any]:
    return {
        **row,
        "title": answer.state(row["state"], g.language),
        "industry": f"{row['industry_class']}/{row['industry_branch']}",
        "industry_title": answer.industry(f"{row['industry_class']}/{row['industry_branch']}", g.language),
    }


def _shown(connection: Connection, number: int) -> dict[str, Any]:
    row = review.read(connection, number)
    given = GivenPosition(row["lon"], row["lat"], row["source_crs"], row["source_position"])
    places = registration_places.authorities(connection, row["region_code"])
    codes = {c[side] for c in row["changes"] if c["field"].endswith("_code") for side in ("before", "after")}
    names = divisions.names(connection, codes)
    # What the map says does not depend on who looks: names of neighbours are public, a code may stand elsewhere.
    with identity.store().transaction(SYSTEM) as everything:
        report = registration_places.report_position(
            everything, given, region_code=row["region_code"], address=row["address"], but_not_code=row["credit_code"],
            today=_now().date(),
        )  # fmt: skip
        standing = registrations.standing_enterprise(everything, row["credit_code"])
    said = answer.position(given, report, g.language)
    if standing is not None and row["state"] != RegistrationState.APPROVED.value:
        said["warnings"].append(answer.same_code(standing["name"], g.language))
    path = " ".join(d.name for d in divisions.path(connection, row["region_code"]))
    return {
        **_words(row),
        "region_path": path,
        "changes": answer.changes(row["changes"], names, g.language),
        "authorities": [answer.region(one) for one in places],
        "map": said,
    }
