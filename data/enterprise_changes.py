"""Change an enterprise on the map: by its authority at once, by itself its people at once and the rest on request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from data import audit, enterprise_profiles, enterprise_rows
from data.enterprise_requests import COLUMNS as _REQUEST_COLUMNS
from data.enterprise_requests import no_request
from data.errors import ConflictError, FilterError, FormError, NotFoundError
from data.loading.rows import index_row
from data.registration_places import GivenPosition, division_of, require_region
from data.registrations import REGION_WORDS, require_authority, require_fine
from data.scope import Connection, Scope, everybody, require_write, significant_digits
from layers.enterprise_change import ChangeState, split_change
from layers.registry import layer_by_id
from layers.standards.supervised_industry import find_branch

COLUMNS = (
    "e.id, e.code, e.name, e.version, e.owner_id, e.authority_code, e.division_code AS region_code, e.address,"
    " e.industry AS industry_value, e.employee_count, e.contact_name, e.contact_phone, e.source_crs, e.source_position,"
    " e.position_quality, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat, p.industry_class, p.industry_branch, "
    + ", ".join(f"p.{name}" for name in enterprise_profiles.PEOPLE_COLUMNS)
)
FROM = "FROM enterprise e LEFT JOIN enterprise_profile p ON p.enterprise_code = e.code"
#: What of an enterprise is written as it comes, by the column it goes to.
_PLAIN = {
    name: name for name in ("name", "address", "employee_count", "contact_name", "contact_phone", "authority_code")
} | {"region_code": "division_code"}  # fmt: skip
_SAME_PLACE_DEG = 5e-7

Values = dict[str, Any]


@dataclass(frozen=True)
class _Maker:
    """Who makes a change, on whose side, why and when."""

    by_owner: bool
    note: str | None
    actor: str
    now: dt.datetime


@dataclass(frozen=True)
class Outcome:
    """What came of a change: the names of what took effect, and of what waits for the authority."""

    applied: tuple[str, ...]
    asked: tuple[str, ...]


def read(connection: Connection, enterprise_id: int) -> dict[str, Any]:
    """Read what of an enterprise may be changed, with its version.

    Raises
    ------
    NotFoundError
        When there is none of that id that the scope may see.
    """
    row = connection.execute(f"SELECT {COLUMNS} {FROM} WHERE e.id = %s".encode(), [enterprise_id]).fetchone()
    if row is None:
        raise _missing(enterprise_id)
    return dict(row)


def values_of(row: Mapping[str, Any]) -> Values:
    """Write a row of `read` as the values that a change compares: a position with its figures, an industry with its branch."""
    names = (*_PLAIN, "code", *enterprise_profiles.PEOPLE_COLUMNS)
    values: Values = {name: row[name] for name in names}
    values["position"] = (
        None if row["lon"] is None else {n: row[n] for n in ("lon", "lat", "source_crs", "source_position")}
    )
    values["industry"] = (
        row["industry_value"]
        if row["industry_class"] is None
        else f"{row['industry_class']}/{row['industry_branch']}"
    )
    return values


def change(
    connection: Connection,
    enterprise_id: int,
    wanted: Mapping[str, Any],
    *,
    version: int,
    by_owner: bool,
    note: str | None,
    scope: Scope,
    now: dt.datetime,
) -> Outcome:
    """Change an enterprise; what its authority answers for waits for it where the enterprise itself asks.

    `wanted` has values by the names of `layers.enterprise_change.CHANGEABLE`; a position is a `GivenPosition`. What is as it
    was changes nothing.

    Raises
    ------
    NotFoundError, RefusedError
        When the scope does not see the enterprise; may not write.
    ConflictError
        When somebody else changed it meanwhile, a request waits already, or the credit code is another's.
    FormError
        When the region, the authority, the industry or the position does not fit.
    """
    held = _held(connection, "e.id = %s", enterprise_id, version=version, scope=scope)
    with everybody(connection):
        before = values_of(held)
        after = _checked(connection, before, wanted)
        at_once, on_request = split_change(set(after), by_owner=by_owner)
        if on_request and _waits(connection, held["code"]):
            raise ConflictError(
                "已有一份变更申请在等待审核：请先撤回它，再重新提交。 A request waits for its review already: withdraw it, then ask anew."
            )
        maker = _Maker(by_owner, note, scope.username, now)
        if on_request:
            asked = {n: after[n] for n in on_request}
            number = _keep(connection, held["code"], ChangeState.WAITING, before, asked, maker)
            _note(connection, "enterprise.ask", held["code"], number, asked, scope, now)
        if at_once:
            done = {n: after[n] for n in at_once}
            code = _apply(connection, held, done, scope)
            number = _keep(connection, code, ChangeState.APPLIED, before, done, maker)
            _note(connection, "enterprise.change", code, number, done, scope, now)
    return Outcome(tuple(sorted(at_once)), tuple(sorted(on_request)))


def approve(
    connection: Connection, number: int, *, version: int, scope: Scope, now: dt.datetime
) -> dict[str, Any]:
    """Put a request into effect; `version` is the enterprise's that the reviewer saw. The request.

    Raises
    ------
    NotFoundError, RefusedError, FormError
        As `change`.
    ConflictError
        As `change`; also when it was decided or withdrawn already.
    """
    asked = _locked(connection, number, scope)
    held = _held(connection, "e.code = %s", asked["enterprise_code"], version=version, scope=scope)
    with everybody(connection):
        before = values_of(held)
        after = _checked(connection, before, _given(asked["after"]))
        code = _apply(connection, held, after, scope) if after else held["code"]
        kept = after or asked["after"]
        connection.execute(
            "UPDATE enterprise_change SET state = 'applied', before = %s, after = %s, decided_at = %s, decided_by = %s WHERE id = %s",
            [Jsonb({n: before[n] for n in kept}), Jsonb(kept), now, scope.username, number],
        )
        _note(connection, "enterprise.change_approve", code, number, kept, scope, now)
        enterprise_profiles.tell(
            connection, f"enterprise-change/{number}/approved", held, now,
            f"【一张图】“{held['name']}”申请的信息变更已通过审核，现已生效。",
        )  # fmt: skip
    return asked


def send_back(
    connection: Connection, number: int, reason: str, *, scope: Scope, now: dt.datetime
) -> dict[str, Any]:
    """Return a request to the enterprise with a reason; the request.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError
        As `approve`.
    """
    asked = _locked(connection, number, scope)
    with everybody(connection):
        held = connection.execute(
            f"SELECT {COLUMNS} {FROM} WHERE e.code = %s".encode(), [asked["enterprise_code"]]
        ).fetchone()
        _decide(connection, number, ChangeState.RETURNED, scope, now, reason)
        _note(
            connection,
            "enterprise.change_return",
            asked["enterprise_code"],
            number,
            asked["after"],
            scope,
            now,
        )
        if held is not None:
            enterprise_profiles.tell(
                connection, f"enterprise-change/{number}/returned", held, now,
                f"【一张图】“{held['name']}”申请的信息变更被退回：{reason[:120]}。请登录后在本企业页面修改后重新提交。",
            )  # fmt: skip
    return asked


def withdraw(
    connection: Connection, enterprise_id: int, number: int, *, scope: Scope, now: dt.datetime
) -> None:
    """Withdraw a request that waits still.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError
        As `approve`.
    """
    code = read(connection, enterprise_id)["code"]
    asked = _locked(connection, number, scope)
    if asked["enterprise_code"] != code:
        raise no_request(number)
    with everybody(connection):
        _decide(connection, number, ChangeState.WITHDRAWN, scope, now, None)
        _note(connection, "enterprise.withdraw", code, number, asked["after"], scope, now)


def _held(
    connection: Connection, condition: str, key: object, *, version: int, scope: Scope
) -> dict[str, Any]:
    """Lock an enterprise under the writer's own scope."""
    require_write(scope)
    row = connection.execute(
        f"SELECT {COLUMNS} {FROM} WHERE {condition} FOR UPDATE OF e".encode(), [key]
    ).fetchone()
    if row is None:
        raise _missing(key)
    if row["version"] != version:
        raise ConflictError(
            "其他人刚刚修改了这家企业，请刷新后再改。 Somebody else has changed this enterprise meanwhile: reload it and look again."
        )
    return dict(row)


def _locked(connection: Connection, number: int, scope: Scope) -> dict[str, Any]:
    """Lock a request that waits still, under the writer's own scope."""
    require_write(scope)
    row = connection.execute(
        f"SELECT {_REQUEST_COLUMNS} FROM enterprise_change c WHERE c.id = %s AND c.by_owner FOR UPDATE".encode(),
        [number],
    ).fetchone()
    if row is None:
        raise no_request(number)
    if row["state"] != ChangeState.WAITING.value:
        raise ConflictError(
            f"这份变更申请已由 {row['decided_by']} 处理，不能再次处理。 This request was settled by {row['decided_by']} already."
        )
    return dict(row)


def _waits(connection: Connection, code: str) -> bool:
    return (
        connection.execute(
            "SELECT 1 FROM enterprise_change WHERE enterprise_code = %s AND state = 'waiting'", [code]
        ).fetchone()
        is not None
    )


def _given(after: Mapping[str, Any]) -> Values:
    """Give kept values as they were asked for."""
    at = after.get("position")
    return {**after, "position": GivenPosition(**at)} if at else dict(after)


def _checked(connection: Connection, before: Mapping[str, Any], wanted: Mapping[str, Any]) -> Values:
    """Hold what is wanted against the store; what differs, ready to be kept."""
    after = {n: v for n, v in wanted.items() if n != "position" and v != before[n]}
    at = wanted.get("position")
    if at is not None:
        given = {
            "lon": at.lon, "lat": at.lat, "source_crs": at.source_crs, "source_position": at.source_position,
        }  # fmt: skip
        if not is_same_place(before["position"], given):
            after["position"] = given
    if "industry" in after and find_branch(*after["industry"].split("/", 1)) is None:
        raise _fault(
            "industry",
            f"没有行业类别 {after['industry'][:60]}。 There is no industry {after['industry'][:60]}.",
        )
    if "code" in after:
        _require_free(connection, after["code"])
    _check_place(connection, before, after)
    return after


def is_same_place(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Say whether two positions are the same to the last figure that is shown, or both unknown."""
    if one is None or other is None:
        return one is other
    return all(abs(one[axis] - other[axis]) <= _SAME_PLACE_DEG for axis in ("lon", "lat"))


def _check_place(connection: Connection, before: Mapping[str, Any], after: Values) -> None:
    """Let the division follow the position, and refuse an authority that does not supervise there."""
    try:
        region = _region(connection, before, after)
    except FilterError as error:
        raise _fault("region_code" if "region_code" in after else "position_text", str(error)) from error
    if region == before["region_code"]:
        after.pop("region_code", None)
    else:
        after["region_code"] = region
    if {"region_code", "authority_code"} & set(after):
        try:
            require_authority(connection, after.get("authority_code", before["authority_code"]), region)
        except FilterError as error:
            raise _fault("authority_code", str(error)) from error


def _region(connection: Connection, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Give the division in which an enterprise lies by what is chosen and where it stands then."""
    chosen, region = after.get("region_code"), str(before["region_code"])
    if chosen is not None:
        entry = require_region(connection, chosen, REGION_WORDS)
        require_fine(entry.level, entry.name)
        region = entry.code
    place = after.get("position") or before["position"]
    if place is None or not {"region_code", "position"} & set(after):
        return region
    lies_in = division_of(connection, place["lon"], place["lat"], region)
    if chosen is not None and not lies_in.startswith(significant_digits(region)):
        raise FilterError(
            f"企业的位置在 {lies_in}，不在所选地区 {region}：请同时更正地图位置。 "
            f"The enterprise lies in {lies_in}, outside the region {region}: correct its position too."
        )
    return lies_in


def _require_free(connection: Connection, code: str) -> None:
    row = connection.execute(
        "SELECT name FROM enterprise WHERE code = %(code)s UNION ALL SELECT name FROM unit WHERE code = %(code)s LIMIT 1",
        {"code": code},
    ).fetchone()
    if row is not None:
        raise _taken(code, row["name"])


def _taken(code: str, name: str = "") -> ConflictError:
    owner = f"“{name}”" if name else "别的企业"
    return ConflictError(
        f"统一社会信用代码 {code} 已属于{owner}。 The credit code {code} belongs to {name or 'another enterprise'} already."
    )


def _apply(connection: Connection, held: Mapping[str, Any], after: Mapping[str, Any], scope: Scope) -> str:
    """Write what differs, and let what belongs to the enterprise follow; its code from now on."""
    code = str(after.get("code", held["code"]))
    if code != held["code"]:
        try:
            enterprise_rows.rename(connection, held["code"], code)
        except psycopg.errors.UniqueViolation as error:
            raise _taken(code) from error
    columns: dict[str, Any] = {column: after[name] for name, column in _PLAIN.items() if name in after}
    if "industry" in after:
        branch = find_branch(*after["industry"].split("/", 1))
        columns["industry"] = branch.industry if branch else "general"
    sets = [f"{column} = %({column})s" for column in columns]
    at = after.get("position")
    if at is not None:
        columns |= at
        sets += [
            "geom = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)", "source_crs = %(source_crs)s",
            "source_position = %(source_position)s", "position_quality = 'given'", "position_confidence = NULL",
        ]  # fmt: skip
        connection.execute("DELETE FROM to_mend WHERE layer = 'enterprise' AND code = %s", [code])
    connection.execute(
        f"UPDATE enterprise SET {', '.join([*sets, 'version = version + 1', 'updated_at = now()'])} WHERE id = %(id)s".encode(),
        {**columns, "id": held["id"]},
    )
    enterprise_profiles.write(connection, code, after)
    enterprise_profiles.follow_accounts(connection, held, after, code, scope)
    index_row(connection, layer_by_id("enterprise"), code)
    if "authority_code" in after:
        enterprise_rows.follow(connection, [code])
    return code


def _keep(
    connection: Connection, code: str, state: ChangeState, before: Mapping[str, Any], after: Mapping[str, Any], maker: _Maker
) -> int:  # fmt: skip
    decided = (None, None) if state is ChangeState.WAITING else (maker.now, maker.actor)
    row = connection.execute(
        "INSERT INTO enterprise_change (enterprise_code, authority_code, owner_id, state, by_owner, asked_at, asked_by, note,"
        " before, after, decided_at, decided_by)"
        " SELECT code, authority_code, owner_id, %s, %s, %s, %s, %s, %s, %s, %s, %s FROM enterprise WHERE code = %s RETURNING id",
        [
            state.value, maker.by_owner, maker.now, maker.actor, maker.note, Jsonb({n: before[n] for n in after}),
            Jsonb(dict(after)), *decided, code,
        ],
    ).fetchone()  # fmt: skip
    return int(row["id"]) if row else 0


def _decide(
    connection: Connection,
    number: int,
    state: ChangeState,
    scope: Scope,
    now: dt.datetime,
    reason: str | None,
) -> None:
    connection.execute(
        "UPDATE enterprise_change SET state = %s, decided_at = %s, decided_by = %s, reason = %s WHERE id = %s",
        [state.value, now, scope.username, reason, number],
    )


def _note(
    connection: Connection, action: str, code: str, number: int, after: Mapping[str, Any], scope: Scope, now: dt.datetime
) -> None:  # fmt: skip
    # Names and telephones stay out of the audit: the change itself keeps them, under its own rights.
    audit.append(
        connection, at=now, username=scope.username, action=action, subject=f"enterprise/{code}",
        detail={"change": number, "fields": sorted(after)},
    )  # fmt: skip


def _fault(field: str, message: str) -> FormError:
    return FormError(((field, message),))


def _missing(key: object) -> NotFoundError:
    return NotFoundError(f"没有企业 {key}，或您无权修改。 There is no enterprise {key} that you may change.")
