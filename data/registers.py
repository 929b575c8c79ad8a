"""Keep the rows of declared registers: add, change, remove; every step leaves an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from data import features, incidents, register_repeats, resource_types
from data.errors import ConflictError, FormError, RefusedError
from data.loading.rows import index_row
from data.register_forms import Actor, check_references, read_values, require_values, shown_fields
from data.register_history import note_event, plain_value
from data.scope import SYSTEM, Connection, Scope, enter, require_write
from layers.declaration import Words
from layers.register import Register
from layers.workflow import Party


@dataclass(frozen=True)
class Place:
    """Where somebody put a row: degrees EPSG:4326, what was typed with its datum, and the shape of a line or an area as WKB."""

    lon: float
    lat: float
    source_crs: str
    source_position: str
    wkb: bytes | None = None


def read(connection: Connection, register: Register, row_id: int) -> dict[str, Any]:
    """Read one row with its division and authority by name.

    Raises
    ------
    NotFoundError
        When there is none of that id that the scope may see.
    """
    return features.read_one(connection, register.layer, row_id)


def own_enterprises(connection: Connection, actor: Actor) -> list[dict[str, Any]]:
    """Give the enterprises of a user on the owner's side: code and name."""
    return list(
        connection.execute(
            "SELECT code, name FROM enterprise WHERE owner_id = %s ORDER BY code LIMIT 100",
            [actor.scope.owner_id],
        )
    )


def add(
    connection: Connection, register: Register, raw: Mapping[str, Any], place: Place | None, actor: Actor
) -> int:
    """Add a row; its id.

    Raises
    ------
    RefusedError
        When this side does not keep the register.
    FormError
        With every field at fault.
    """
    _require_keeper(register, actor)
    fields = shown_fields(register)
    values = read_values(fields, raw)
    if register.code_prefix and not values.get("code"):
        values["code"] = new_code(connection, register, actor.scope)
    enterprise = _enterprise_of(connection, register, values, actor)
    if enterprise is not None and register.owner_field:
        values[register.owner_field] = enterprise["code"]
    if register.rules is not None:
        values |= register.rules.fills(values, actor.party, actor.now)
        values |= register.rules.derives(values)
    require_values(fields, values)
    check_references(connection, fields, values, table=register.id)
    resource_types.require_fitting(connection, register, values, None)
    if register.workflow is not None:
        values[register.workflow.field] = register.initial_state(values)
    _heed_rules(register, values, None, actor)
    host = host_of(connection, register, values) or enterprise
    values |= _placed(connection, register, enterprise, place, host)
    values["owner_id"] = enterprise["owner_id"] if enterprise else None
    row_id = _insert(connection, register, values, host, place, actor)
    index_row(connection, register.layer, values["code"])
    row = read(connection, register, row_id)
    shown = {f.name: [None, plain_value(row[f.name])] for f in fields if row[f.name] is not None}
    note_event(connection, register, row, actor, "created", to_state=register.state_of(row), changes=shown)
    register_repeats.make(connection, register, now=actor.now, row_id=row_id)
    return row_id


def derived(
    register: Register, raw: Mapping[str, Any], actor: Actor
) -> tuple[dict[str, Any], tuple[tuple[str, Words], ...]]:
    """Say what would follow from what is filled in, and what a rule misses, without keeping anything: as `add` and `change` do.

    Raises
    ------
    FormError
        With every field that cannot be read.
    """
    if register.rules is None or not register.rules.derived:
        return {}, ()
    values = read_values(shown_fields(register), raw)
    found = {k: v for k, v in register.rules.derives(values).items() if k in register.rules.derived}
    return found, register.rules.faults({**values, **found}, None, actor.party, actor.now)


def _require_keeper(register: Register, actor: Actor) -> None:
    require_write(actor.scope)
    if actor.party not in register.kept_by:
        who, who_en = (
            ("企业", "enterprises") if Party.OWNER in register.kept_by else ("监管部门", "authorities")
        )
        raise RefusedError(
            f"{register.words.zh}由{who}登记和修改。 Rows of this register are kept by {who_en}."
        )


def new_code(connection: Connection, register: Register, scope: Scope) -> str:
    """Give a number to a row that came without a code: one that no row has, also among those the scope does not see.

    Raises
    ------
    ConflictError
        When none can be found that is free.
    """
    enter(connection, SYSTEM)
    for _ in range(1000):
        row = connection.execute("SELECT nextval('register_number') AS n").fetchone()
        code = f"{register.code_prefix}{int(row['n']) if row else 0:07d}"
        taken = connection.execute(
            f"SELECT 1 AS found FROM {register.id} WHERE code = %s".encode(), [code]
        ).fetchone()
        if taken is None:
            enter(connection, scope)
            return code
    raise ConflictError("编号取不到，请重试。 No number could be taken: try again.")


def _enterprise_of(
    connection: Connection, register: Register, values: Mapping[str, Any], actor: Actor
) -> dict[str, Any] | None:
    """Find the enterprise a row belongs to: an owner's only one needs no naming, and it can name no other."""
    if register.owner_field is None:
        return None
    named = values.get(register.owner_field)
    own = [e["code"] for e in own_enterprises(connection, actor)] if actor.party is Party.OWNER else None
    if own is not None:
        if named is None and len(own) == 1:
            named = own[0]
        elif named is not None and named not in own:
            raise FormError(
                (
                    (
                        register.owner_field,
                        "只能登记本企业的内容。 Only rows of your own enterprise can be kept.",
                    ),
                )
            )
    if named is None and register.owner_through and values.get(register.owner_through):
        named = _owner_through(connection, register, values[register.owner_through])
    if named is None:
        return None
    row = _host(connection, "enterprise", named)
    if row is None:
        raise FormError(
            ((register.owner_field, f"没有编码为 {named} 的企业。 There is no enterprise {named}."),)
        )
    return row


def _owner_through(connection: Connection, register: Register, code: str) -> str | None:
    """Give the enterprise of the row that a row came of, where it has one."""
    theirs = register.layer.field(str(register.owner_through)).references
    row = connection.execute(
        f"SELECT enterprise_code FROM {theirs} WHERE code = %s".encode(), [code]
    ).fetchone()
    return row["enterprise_code"] if row else None


def host_of(connection: Connection, register: Register, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Find the row that a row is kept at, where it names one that the scope may see."""
    named = values.get(register.place_field) if register.place_field else None
    return (
        _host(connection, str(register.layer.field(str(register.place_field)).references), named)
        if named
        else None
    )


def _host(connection: Connection, table: str, code: str) -> dict[str, Any] | None:
    row = connection.execute(
        "SELECT code, owner_id, division_code, authority_code, geom IS NOT NULL AS has_position,"
        f" '{table}' AS layer FROM {table} WHERE code = %s".encode(),
        [code],
    ).fetchone()
    return dict(row) if row else None


def _placed(
    connection: Connection,
    register: Register,
    enterprise: Mapping[str, Any] | None,
    place: Place | None,
    host: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Give division and authority of a row: its enterprise's, else those of its position or of where it is kept."""
    found: dict[str, Any] = {}
    if place is not None:
        found = incidents.division_at(connection, place.lon, place.lat)
        if not found:
            raise FormError(
                (("position_text", "位置不在任何区划内，请核对坐标和坐标系。 The position lies in no division: check it and its datum."),)
            )  # fmt: skip
    if enterprise is not None:
        return {
            "division_code": found.get("division_code", (host or enterprise)["division_code"]),
            "authority_code": enterprise["authority_code"],
        }
    if found:
        return found
    if host is None:
        raise FormError(
            (("position_text", f"请在地图上给出{register.words.zh}的位置。 Give the position on the map."),)
        )
    return {name: host[name] for name in ("division_code", "authority_code")}


def _insert(
    connection: Connection,
    register: Register,
    values: Mapping[str, Any],
    host: Mapping[str, Any] | None,
    place: Place | None,
    actor: Actor,
) -> int:
    columns = [*values, "is_public", "created_at", "updated_at"]
    shared_by = register.layer.shared_by
    is_private = shared_by is not None and values.get("enterprise_code") and not values.get(shared_by)
    marks = [f"%({c})s" for c in columns]
    binds: dict[str, Any] = {
        **values, "is_public": register.layer.is_public and not is_private, "created_at": actor.now, "updated_at": actor.now,
    }  # fmt: skip
    extra, extra_marks = _position_columns(host, place, binds)
    try:
        row = connection.execute(
            f"INSERT INTO {register.id} ({', '.join([*columns, *extra])})"
            f" VALUES ({', '.join([*marks, *extra_marks])}) RETURNING id".encode(),
            binds,
        ).fetchone()
    except psycopg.errors.UniqueViolation as error:
        code = register.layer.field("code")
        raise FormError(
            (
                (
                    "code",
                    f"{code.words.zh} {values['code']} 已存在。 {code.words.en} {values['code']} is taken.",
                ),
            )
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise RefusedError("不在您的管辖范围内。 That lies outside your jurisdiction.") from error
    return int(row["id"]) if row else 0


def _position_columns(
    host: Mapping[str, Any] | None, place: Place | None, binds: dict[str, Any]
) -> tuple[list[str], list[str]]:
    """Give the columns of a position and what fills them; a row without one of its own stands where its enterprise or depot does."""
    names = ["geom", "source_crs", "source_position", "position_quality"]
    if place is not None:
        binds |= {
            "lon": place.lon, "lat": place.lat, "source_crs": place.source_crs, "source_position": place.source_position,
        }  # fmt: skip
        binds |= {"wkb": place.wkb}
        return names, [
            "ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)"
            if place.wkb is None
            else "ST_Multi(ST_GeomFromWKB(%(wkb)s, 4326))",
            "%(source_crs)s",
            "%(source_position)s",
            "'given'",
        ]
    if host is not None and host["has_position"]:
        binds["at_host"] = host["code"]
        of = f"FROM {host['layer']} WHERE code = %(at_host)s"
        return names, [
            f"(SELECT geom {of})",
            f"(SELECT source_crs {of})",
            "NULL",
            "'matched'",
        ]
    return ["source_crs", "position_quality"], ["'EPSG:4326'", "'none'"]


def change(
    connection: Connection,
    register: Register,
    row_id: int,
    raw: Mapping[str, Any],
    place: Place | None,
    *,
    version: int,
    actor: Actor,
) -> dict[str, Any]:
    """Change a row; fields that do not come stay. The row as it is then.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError, FormError
        When it is not there, is another side's, was changed meanwhile or is locked, or fields are at fault.
    """
    _require_keeper(register, actor)
    row = locked_row(connection, register, row_id, version)
    require_open(register, row, actor)
    fields = [f for f in shown_fields(register) if f.name not in ("code", register.owner_field)]
    values = read_values(fields, raw)
    require_values([f for f in fields if f.name in values], values)
    check_references(connection, fields, values, code=row["code"], table=register.id)
    resource_types.require_fitting(connection, register, {**row, **values}, row)
    changed = {name: value for name, value in values.items() if value != row[name]}
    if register.rules is not None and changed:
        follows = register.rules.derives({**row, **changed})
        changed = {name: value for name, value in {**changed, **follows}.items() if value != row[name]}
    _heed_rules(register, {**row, **changed}, row, actor)
    if place is not None:
        changed |= {
            name: code
            for name, code in _placed(connection, register, _of_row(row), place, None).items()
            if code != row[name]
        }
    if not changed and place is None:
        return row
    host = host_of(connection, register, changed) if row["position_quality"] != "given" else None
    update_row(connection, register, row_id, changed, place, actor, host=host)
    index_row(connection, register.layer, row["code"])
    shown = {name: [plain_value(row[name]), plain_value(value)] for name, value in changed.items()}
    if place is not None:
        shown["position"] = [[row["lon"], row["lat"]], [place.lon, place.lat]]
    after = read(connection, register, row_id)
    note_event(connection, register, after, actor, "changed", changes=shown)
    register_repeats.renew(connection, register, after, now=actor.now)
    return after


def _of_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"division_code": row["division_code"], "authority_code": row["authority_code"]}


def locked_row(connection: Connection, register: Register, row_id: int, version: int) -> dict[str, Any]:
    """Lock a row for changing and check that it is still the one that was seen.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError
        When it is not there, may only be looked at, or was changed meanwhile.
    """
    read(connection, register, row_id)
    held = connection.execute(
        f"SELECT version FROM {register.id} WHERE id = %s FOR UPDATE".encode(), [row_id]
    ).fetchone()
    if held is None:
        raise RefusedError("您只能查看这条记录。 You may only look at this row.")
    if held["version"] != version:
        raise ConflictError(
            "这条记录刚被别人修改过，请刷新后再改。 Somebody else changed this row meanwhile: reload, then change it."
        )
    return read(connection, register, row_id)


def _heed_rules(
    register: Register, row: Mapping[str, Any], before: Mapping[str, Any] | None, actor: Actor
) -> None:
    """Refuse a row that breaks a rule of its register."""
    if register.rules is not None:
        found = register.rules.faults(row, before, actor.party, actor.now)
        if found:
            raise FormError(tuple((name, f"{words.zh} {words.en}") for name, words in found))


def may_keep(register: Register, row: Mapping[str, Any], actor: Actor) -> bool:
    """Say whether the actor's side may change and remove a row that it may write: by its state and the register's rules."""
    if actor.party not in register.kept_by or register.is_locked(register.state_of(row)):
        return False
    keeps = register.rules.keeps if register.rules else None
    return keeps is None or keeps(row, actor.party, actor.now) is None


def require_open(register: Register, row: Mapping[str, Any], actor: Actor) -> None:
    """Refuse to change a row that its state or a rule of its register has locked.

    Raises
    ------
    ConflictError
    """
    state = register.state_of(row)
    if register.is_locked(state):
        words = state_words(register).get(str(state), Words(str(state), str(state)))
        raise ConflictError(
            f"当前状态是“{words.zh}”，不能修改或删除。 Its state is {words.en}: it can neither be changed nor removed."
        )
    keeps = register.rules.keeps if register.rules else None
    refusal = keeps(row, actor.party, actor.now) if keeps else None
    if refusal is not None:
        raise ConflictError(f"{refusal.words.zh} {refusal.words.en}")


def state_words(register: Register) -> dict[str, Words]:
    """Give the labels of a register's fields and of its states, by name."""
    found = {f.name: f.words for f in register.layer.all_fields}
    if register.workflow is not None:
        found |= {c.value: c.words for c in register.layer.field(register.workflow.field).choices}
    return found | {kind.id: kind.words for kind in register.files}


def update_row(
    connection: Connection,
    register: Register,
    row_id: int,
    changed: Mapping[str, Any],
    place: Place | None,
    actor: Actor,
    *,
    host: Mapping[str, Any] | None = None,
) -> None:
    """Write changed fields, and a new position, to a row that is held; its version goes up."""
    binds: dict[str, Any] = {**changed, "id": row_id, "now": actor.now}
    sets = [f"{name} = %({name})s" for name in changed]
    shared_by = register.layer.shared_by
    if shared_by in changed:
        sets.append(f"is_public = enterprise_code IS NULL OR COALESCE(%({shared_by})s::boolean, false)")
    if place is not None or host is not None:
        names, marks = _position_columns(host, place, binds)
        sets += [f"{name} = {mark}" for name, mark in zip(names, marks, strict=True)]
    connection.execute(
        f"UPDATE {register.id} SET {', '.join(sets)}, version = version + 1, updated_at = %(now)s WHERE id = %(id)s".encode()
        if sets
        else f"UPDATE {register.id} SET version = version + 1, updated_at = %(now)s WHERE id = %(id)s".encode(),
        binds,
    )
    if shared_by in changed:
        connection.execute(
            f"UPDATE attachment a SET is_public = t.is_public FROM {register.id} t"
            " WHERE t.id = %s AND a.layer = %s AND a.row_id = t.id".encode(),
            [row_id, register.id],
        )


def remove(
    connection: Connection, register: Register, row_id: int, *, version: int, note: str, actor: Actor
) -> None:
    """Remove a row with its records; its events stay.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError
        As for `change`, and when other rows refer to it.
    """
    _require_keeper(register, actor)
    row = locked_row(connection, register, row_id, version)
    require_open(register, row, actor)
    register_repeats.take_back(connection, register, row, now=actor.now)
    shown = {
        f.name: [plain_value(row[f.name]), None] for f in shown_fields(register) if row[f.name] is not None
    }
    note_event(
        connection,
        register,
        row,
        actor,
        "removed",
        from_state=register.state_of(row),
        note=note,
        changes=shown,
    )
    try:
        connection.execute(f"DELETE FROM {register.id} WHERE id = %s".encode(), [row_id])
    except psycopg.errors.ForeignKeyViolation as error:
        raise ConflictError(
            "其他记录还引用它，不能删除。 Other rows refer to it: it cannot be removed."
        ) from error
    connection.execute("DELETE FROM search_entry WHERE layer = %s AND row_id = %s", [register.id, row_id])
    connection.execute("DELETE FROM attachment WHERE layer = %s AND row_id = %s", [register.id, row_id])
