"""Let authorities review registrations: the queue of each, corrections that are kept, approval that opens the account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data import audit, enterprise_profiles, enterprise_rows, outbox, users
from data.errors import ConflictError, FilterError, NotFoundError
from data.loading.rows import write_rows
from data.registration_places import GivenPosition, division_of, require_region
from data.registrations import REGION_WORDS, require_authority, require_fine
from data.scope import SYSTEM, Connection, Scope, enter, require_write
from data.search_terms import normalize
from layers.registration import STATE_WORDS, Move, RegistrationState, state_after
from layers.registry import layer_by_id
from layers.standards.supervised_industry import find_branch

_LISTED = (
    "r.id, r.state, r.company_name, r.credit_code, r.authority_code, r.region_code, r.division_code, r.industry_class,"
    " r.industry_branch, r.submitted_at, r.decided_at, r.decided_by, a.name AS authority_name, d.name AS region_name"
)
_SHOWN = (
    "r.version, r.address, r.employee_count, r.contact_name, r.contact_mobile, r.legal_name, r.legal_mobile, r.principal_name,"
    " r.principal_mobile, r.safety_name, r.safety_mobile, r.username, r.declared_authority_code, r.source_crs, r.source_position,"
    " r.reason, ST_X(r.geom) AS lon, ST_Y(r.geom) AS lat"
)
_FROM = "FROM registration r JOIN division a ON a.code = r.authority_code JOIN division d ON d.code = r.region_code"


@dataclass(frozen=True)
class Corrections:
    """What a reviewer corrects; None leaves a thing as it is."""

    authority_code: str | None = None
    region_code: str | None = None
    industry: tuple[str, str] | None = None
    position: GivenPosition | None = None


#: Wants `words`, None for all, and `pattern` and `letters`.
_FOUND = (
    "(%(words)s::text IS NULL OR r.company_name ILIKE %(pattern)s OR r.company_pinyin LIKE %(letters)s"
    " OR r.credit_code ILIKE %(pattern)s)"
)


def _asked(words: str | None) -> dict[str, Any]:
    literal = (words or "").replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    letters = normalize(literal).replace(" ", "")
    return {"words": words, "pattern": f"%{literal}%", "letters": f"%{letters}%"}


def counts(connection: Connection, words: str | None = None) -> dict[str, int]:
    """Count the registrations of the scope by state, all or those that words find."""
    rows = connection.execute(
        f"SELECT state, count(*) AS n FROM registration r WHERE state <> 'draft' AND {_FOUND} GROUP BY state".encode(),
        _asked(words),
    )
    return {state.value: 0 for state in RegistrationState if state is not RegistrationState.DRAFT} | {
        row["state"]: row["n"] for row in rows
    }


def queue(
    connection: Connection, state: RegistrationState, *, words: str | None = None, limit: int, offset: int
) -> list[dict[str, Any]]:
    """List the registrations of the scope in one state: those that wait, the oldest first; decided ones, the newest.

    Words are found in the company's name, its credit code, and the letters or the pinyin of its name.
    """
    order = "r.submitted_at, r.id" if state is RegistrationState.PENDING else "r.decided_at DESC, r.id DESC"
    return connection.execute(
        f"SELECT {_LISTED} {_FROM} WHERE r.state = %(state)s AND {_FOUND} ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s".encode(),
        {**_asked(words), "state": state.value, "limit": limit, "offset": offset},
    ).fetchall()


def read(connection: Connection, number: int) -> dict[str, Any]:
    """Read one registration with its changes, the newest first.

    Raises
    ------
    NotFoundError
        When there is none of that number that the scope may see.
    """
    row = connection.execute(
        f"SELECT {_LISTED}, {_SHOWN} {_FROM} WHERE r.id = %s AND r.state <> 'draft'".encode(), [number]
    ).fetchone()
    if row is None:
        raise _missing(number)
    changes = connection.execute(
        "SELECT at, actor, field, before, after FROM registration_change WHERE registration_id = %s ORDER BY id DESC",
        [number],
    ).fetchall()
    return {**row, "changes": changes}


def correct(
    connection: Connection, number: int, wanted: Corrections, *, version: int, scope: Scope, now: dt.datetime
) -> None:
    """Correct a registration that waits; every change is kept with its author.

    Raises
    ------
    NotFoundError, ConflictError
        When it is out of the scope; decided, or changed by somebody else meanwhile.
    FilterError
        When the region, the authority, the industry or the position does not fit.
    """
    held = _held(connection, number, version, Move.CORRECT, scope)
    changes = _apply(connection, held, wanted)
    if changes:
        _note(connection, number, changes, scope.username, now)
        connection.execute(
            "UPDATE registration SET version = version + 1, updated_at = %s WHERE id = %s", [now, number]
        )
    enter(connection, scope)


def send_back(
    connection: Connection, number: int, reason: str, *, version: int, scope: Scope, now: dt.datetime
) -> None:
    """Return a registration to its applicant with a reason, who reads it and may submit again.

    Raises
    ------
    NotFoundError, ConflictError
        As `correct`.
    """
    held = _held(connection, number, version, Move.RETURN, scope)
    connection.execute(
        "UPDATE registration SET state = 'returned', reason = %s, decided_at = %s, decided_by = %s, updated_at = %s,"
        " version = version + 1 WHERE id = %s",
        [reason, now, scope.username, now, number],
    )
    _note(
        connection, number, [("state", held["state"], RegistrationState.RETURNED.value)], scope.username, now
    )
    _tell(
        connection, held, now,
        f"【一张图】“{held['company_name']}”的注册被退回：{reason[:120]}。请打开注册页修改后重新提交（换了浏览器可用验证码取回）。",
    )  # fmt: skip
    enter(connection, scope)


def approve(connection: Connection, number: int, *, version: int, scope: Scope, now: dt.datetime) -> str:
    """Approve a registration: the enterprise on the map, its unit and its account, in this one transaction; its user name.

    Raises
    ------
    NotFoundError, ConflictError
        As `correct`; also when the user name or the credit code got an account meanwhile.
    """
    held = _held(connection, number, version, Move.APPROVE, scope)
    unit_id = _make_unit(connection, held)
    _put_on_the_map(connection, held, unit_id)
    try:
        with connection.transaction():
            users.add_hashed_user(
                connection, username=held["username"], display_name=held["company_name"], password_hash=held["password_hash"],
                role="enterprise", jurisdiction=[], unit_id=unit_id, mobile=held["contact_mobile"], manages_unit=True, now=now,
            )  # fmt: skip
    except users.UserError as error:
        raise ConflictError(
            f"用户名 {held['username']} 已被别的账号使用，请退回并请企业换一个。 "
            f"The user name {held['username']} belongs to another account by now: return it and ask for another."
        ) from error
    connection.execute(
        "UPDATE registration SET state = 'approved', unit_id = %s, password_hash = NULL, decided_at = %s, decided_by = %s,"
        " updated_at = %s, reason = NULL, version = version + 1 WHERE id = %s",
        [unit_id, now, scope.username, now, number],
    )
    _note(
        connection, number, [("state", held["state"], RegistrationState.APPROVED.value)], scope.username, now
    )
    _tell(
        connection,
        held,
        now,
        f"【一张图】“{held['company_name']}”的注册已通过审核，可用账号 {held['username']} 登录。",
    )
    enter(connection, scope)
    return str(held["username"])


def _held(connection: Connection, number: int, version: int, move: Move, scope: Scope) -> dict[str, Any]:
    """Lock a registration under the reviewer's own scope, then go on with everybody's: a hand-over may lead out of it."""
    require_write(scope)
    row = connection.execute(
        "SELECT *, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM registration WHERE id = %s AND state <> 'draft' FOR UPDATE",
        [number],
    ).fetchone()
    if row is None:
        raise _missing(number)
    state = RegistrationState(row["state"])
    if state_after(state, move) is None:
        by, words = row["decided_by"], STATE_WORDS[state]
        raise ConflictError(
            f"这份注册已由 {by} 处理（{words.zh}），不能再次审核。 It was decided by {by} already ({words.en.lower()}): no second review."
        )
    if row["version"] != version:
        raise ConflictError(
            "其他审核人刚刚修改了这份注册，请刷新后再审。 Another reviewer has changed this registration meanwhile: reload it and look again."
        )
    enter(connection, SYSTEM)
    return dict(row)


def _apply(
    connection: Connection, held: Mapping[str, Any], wanted: Corrections
) -> list[tuple[str, str, str]]:
    """Hold corrections against the store and write them; (field, before, after) of what differs."""
    region = require_region(connection, wanted.region_code or held["region_code"], REGION_WORDS)
    require_fine(region.level, region.name)
    authority = wanted.authority_code or held["authority_code"]
    if wanted.authority_code or wanted.region_code:
        require_authority(connection, authority, region.code)
    industry = wanted.industry or (held["industry_class"], held["industry_branch"])
    if find_branch(*industry) is None:
        raise FilterError(
            f"没有行业类别 {'/'.join(industry)[:60]}。 There is no industry {'/'.join(industry)[:60]}."
        )
    at = wanted.position or GivenPosition(
        held["lon"], held["lat"], held["source_crs"], held["source_position"]
    )
    division = division_of(connection, at.lon, at.lat, region.code)
    connection.execute(
        "UPDATE registration SET region_code = %s, authority_code = %s, industry_class = %s, industry_branch = %s, source_crs = %s,"
        " source_position = %s, division_code = %s, geom = ST_SetSRID(ST_MakePoint(%s, %s), 4326) WHERE id = %s",
        [
            region.code, authority, *industry, at.source_crs, at.source_position, division, at.lon, at.lat, held["id"],
        ],
    )  # fmt: skip
    pairs = [
        ("authority_code", held["authority_code"], authority),
        ("region_code", held["region_code"], region.code),
        ("industry", f"{held['industry_class']}/{held['industry_branch']}", "/".join(industry)),
        ("position", _figures(held["lon"], held["lat"]), _figures(at.lon, at.lat)),
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _figures(lon: float, lat: float) -> str:
    return f"{lon:.6f}, {lat:.6f}"


def _make_unit(connection: Connection, held: Mapping[str, Any]) -> int:
    row = connection.execute(
        "INSERT INTO unit (code, name, kind, division_code) VALUES (%s, %s, 'enterprise', %s)"
        " ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id",
        [held["credit_code"], held["company_name"], held["division_code"]],
    ).fetchone()
    unit_id = int(row["id"]) if row else 0
    if users.has_account(connection, unit_id):
        raise ConflictError(
            f"信用代码 {held['credit_code']} 已有账号，不能再开一个。 The credit code {held['credit_code']} has an account already."
        )
    return unit_id


def _put_on_the_map(connection: Connection, held: Mapping[str, Any], unit_id: int) -> None:
    """Write the enterprise; one that was loaded before takes what was approved, keeps the rest, and its rows follow it."""
    branch = find_branch(held["industry_class"], held["industry_branch"])
    row = {
        "code": held["credit_code"], "name": held["company_name"], "address": held["address"],
        "division_code": held["division_code"], "authority_code": held["authority_code"], "owner_id": unit_id,
        "industry": branch.industry if branch else "general", "contact_name": held["contact_name"],
        "contact_phone": held["contact_mobile"], "lon": held["lon"], "lat": held["lat"], "source_crs": held["source_crs"],
        "source_position": held["source_position"], "position_quality": "given",
    }  # fmt: skip
    if held["employee_count"] is not None:
        row["employee_count"] = held["employee_count"]
    write_rows(connection, layer_by_id("enterprise"), [row], fields=set(row))
    connection.execute("UPDATE enterprise SET owner_id = %s WHERE code = %s", [unit_id, row["code"]])
    enterprise_profiles.write(
        connection, row["code"], {**held, "industry": f"{held['industry_class']}/{held['industry_branch']}"}
    )
    enterprise_rows.follow(connection, [held["credit_code"]])


def _note(
    connection: Connection, number: int, changes: list[tuple[str, str, str]], actor: str, now: dt.datetime
) -> None:
    for field, before, after in changes:
        connection.execute(
            "INSERT INTO registration_change (registration_id, at, actor, field, before, after) VALUES (%s, %s, %s, %s, %s, %s)",
            [number, now, actor, field, before, after],
        )
    audit.append(
        connection, at=now, username=actor, action="registration.review", subject=f"registration/{number}",
        detail={field: [before, after] for field, before, after in changes},
    )  # fmt: skip


def _tell(connection: Connection, held: Mapping[str, Any], now: dt.datetime, body: str) -> None:
    outbox.put(
        connection,
        key=f"registration/{held['id']}/{held['version']}",
        recipient=held["contact_mobile"],
        body=body,
        now=now,
    )


def _missing(number: int) -> NotFoundError:
    return NotFoundError(
        f"没有编号为 {number} 的注册，或不归您审核。 There is no registration {number} that is yours to review."
    )
