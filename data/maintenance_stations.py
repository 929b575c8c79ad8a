"""Keep a company's rescue stations with their scopes, positions and maintainers (rows S2)."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from data import divisions, incidents
from data.errors import ConflictError, FilterError, NotFoundError
from data.loading.rows import index_row
from data.maintenance import changed_meanwhile, whole_city
from data.scope import Connection, Scope, significant_digits
from layers.registry import layer_by_id
from layers.themes.rescue_station import scope_fault

_LOCK = 7_205_516


@dataclass(frozen=True)
class StationForm:
    """
    What a company says of a station.

    Attributes
    ----------
    district_code : str
        Six digits: where the station lies.
    scope_codes : tuple of str
        Divisions it answers for; `scope_note` says the part of a district in words.
    lon, lat : float
        Degrees, EPSG:4326; `source_crs` and `source_position` keep what was typed.
    """

    district_code: str
    name: str
    lead_name: str
    lead_phone: str
    scope_codes: tuple[str, ...]
    scope_note: str
    address: str
    lon: float
    lat: float
    source_crs: str
    source_position: str
    crew_count: int
    on_duty: bool
    is_networked: bool


_SHOWN = (
    "s.id, s.code, s.name, left(s.division_code, 6) AS district_code, d.name AS district_name, s.lead_name, s.lead_phone,"
    " s.scope_codes, s.scope_note, s.address, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat, s.source_crs, s.source_position,"
    " s.crew_count, s.on_duty, s.is_networked, s.version,"
    " (SELECT count(*) FROM responder r WHERE r.station_code = s.code) AS maintainer_count,"
    " (SELECT count(*) FROM elevator e WHERE e.station_code = s.code AND e.owner_id = s.owner_id) AS elevator_count"
)
_OWN = "s.owner_id = %(unit)s AND (s.valid_to IS NULL OR s.valid_to >= %(today)s)"


def listed(
    connection: Connection, unit_id: int, *, today: dt.date, district_code: str | None = None
) -> list[dict[str, Any]]:
    """List a company's stations, of one district where named; each says whether it can be sent."""
    rows = connection.execute(
        f"SELECT {_SHOWN} FROM rescue_station s LEFT JOIN division d ON d.code = left(s.division_code, 6) WHERE {_OWN}"
        " AND (%(district)s::text IS NULL OR left(s.division_code, 6) = %(district)s) ORDER BY s.code".encode(),
        {"unit": unit_id, "today": today, "district": district_code},
    ).fetchall()
    return [_with_scope_names(connection, row) for row in rows]


def read(connection: Connection, unit_id: int, code: str, *, today: dt.date) -> dict[str, Any]:
    """Read one station of a company with its maintainers.

    Raises
    ------
    NotFoundError
        When the company has no such station.
    """
    row = connection.execute(
        f"SELECT {_SHOWN} FROM rescue_station s LEFT JOIN division d ON d.code = left(s.division_code, 6)"
        f" WHERE {_OWN} AND s.code = %(code)s".encode(),
        {"unit": unit_id, "today": today, "code": code},
    ).fetchone()
    if row is None:
        raise NotFoundError(f"本单位没有救援站 {code[:40]}。 Your company has no station {code[:40]}.")
    people = connection.execute(
        "SELECT id, name, phone, remark FROM responder WHERE station_code = %s ORDER BY id", [code]
    ).fetchall()
    return {**_with_scope_names(connection, row), "maintainers": people}


def _with_scope_names(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    codes = row["scope_codes"] or []
    names = divisions.names(connection, codes)
    return {
        **row,
        "scope": [{"code": c, "name": names.get(c, c)} for c in codes],
        "is_usable": row["maintainer_count"] > 0,
    }


def add(connection: Connection, unit_id: int, form: StationForm, *, now: dt.datetime) -> str:
    """Add a station; its code.

    Raises
    ------
    FilterError
        When scope, district or position do not fit together.
    """
    place = _checked(connection, form)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    unit = connection.execute("SELECT code, name FROM unit WHERE id = %s", [unit_id]).fetchone()
    if unit is None:
        raise NotFoundError("没有这个维保单位。 There is no such maintenance company.")
    with_number = connection.execute(
        "SELECT code FROM rescue_station WHERE left(code, length(%(head)s)) = %(head)s",
        {"head": f"{unit['code']}-"},
    )
    numbers = [int(r["code"].rsplit("-", 1)[1]) for r in with_number if r["code"].rsplit("-", 1)[1].isdigit()]
    code = f"{unit['code']}-{max(numbers, default=0) + 1:02d}"
    connection.execute(
        "INSERT INTO rescue_station (code, name, company_name, division_code, authority_code, owner_id, is_public, address, geom,"
        " source_crs, source_position, lead_name, lead_phone, scope_codes, scope_note, crew_count, on_duty, is_networked,"
        " created_at, updated_at) VALUES (%(code)s, %(name)s, %(company)s, %(division)s, %(authority)s, %(unit)s, true,"
        " NULLIF(%(address)s, ''), ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(source_crs)s, %(source_position)s,"
        " %(lead_name)s, %(lead_phone)s, %(scope)s, NULLIF(%(scope_note)s, ''), %(crew_count)s, %(on_duty)s, %(is_networked)s,"
        " %(now)s, %(now)s)",
        {**asdict(form), **place, "code": code, "company": unit["name"], "unit": unit_id, "now": now},
    )
    index_row(connection, layer_by_id("rescue_station"), code)
    return code


def save(
    connection: Connection, unit_id: int, code: str, form: StationForm, *, version: int, now: dt.datetime
) -> None:
    """Change a station.

    Raises
    ------
    FilterError
        As for `add`.
    NotFoundError
        When the company has no such station.
    ConflictError
        When somebody else has changed it meanwhile.
    """
    read(connection, unit_id, code, today=now.date())
    place = _checked(connection, form)
    done = connection.execute(
        "UPDATE rescue_station s SET name = %(name)s, division_code = %(division)s, authority_code = %(authority)s,"
        " address = NULLIF(%(address)s, ''), geom = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), position_quality = 'given',"
        " source_crs = %(source_crs)s, source_position = %(source_position)s, lead_name = %(lead_name)s, lead_phone = %(lead_phone)s,"
        " scope_codes = %(scope)s, scope_note = NULLIF(%(scope_note)s, ''), crew_count = %(crew_count)s, on_duty = %(on_duty)s,"
        " is_networked = %(is_networked)s, updated_at = %(now)s, version = version + 1"
        " WHERE code = %(code)s AND owner_id = %(unit)s AND version = %(version)s",
        {**asdict(form), **place, "code": code, "unit": unit_id, "version": version, "now": now},
    )
    if done.rowcount == 0:
        raise changed_meanwhile(f"救援站“{form.name}”", f"The station {form.name}")
    index_row(connection, layer_by_id("rescue_station"), code)


def _checked(connection: Connection, form: StationForm) -> dict[str, Any]:
    """Hold scope, district and position against each other; the columns that follow from them."""
    scope = [_significant(code) for code in form.scope_codes]
    fault = scope_fault(scope, form.scope_note)
    if fault is not None:
        raise FilterError(f"{fault.zh}。 {fault.en}.")
    known = connection.execute(
        "SELECT code, name, level FROM division WHERE code = ANY(%s)", [[form.district_code, *scope]]
    ).fetchall()
    names = {r["code"]: r["name"] for r in known}
    for code in (form.district_code, *scope):
        if code not in names:
            raise FilterError(f"没有代码为 {code[:20]} 的区或街道。 There is no division {code[:20]}.")
    if len(form.district_code) != 6 or form.district_code.endswith("00"):
        raise FilterError(
            f"区域应为行政区，{form.district_code} 不是。 A station lies in a district; {form.district_code} is none."
        )
    found = incidents.division_at(connection, form.lon, form.lat)
    division = found.get("division_code", form.district_code)
    if division[:6] != form.district_code:
        lies_in = divisions.names(connection, [division[:6]]).get(division[:6], division[:6])
        raise FilterError(
            f"位置落在{lies_in}，而所选区域是{names[form.district_code]}：请核对位置、坐标系和区域。 "
            f"The position lies in {lies_in}, the district chosen is {names[form.district_code]}: check the position, its datum and the district."
        )
    return {"scope": scope, "division": division, "authority": form.district_code}


def _significant(code: str) -> str:
    try:
        return significant_digits(code)
    except ValueError as error:
        raise FilterError(f"没有代码为 {code[:20]} 的区或街道。 There is no division {code[:20]}.") from error


def remove(
    connection: Connection, unit_id: int, code: str, *, version: int, scope: Scope, now: dt.datetime
) -> str:
    """Remove a station: ``removed``, or ``retired`` where orders of the past still name it.

    Raises
    ------
    NotFoundError
        When the company has no such station.
    ConflictError
        When elevators are bound to it, an order runs, or somebody else has changed it meanwhile.
    """
    incidents.lock_station(connection, code)
    row = read(connection, unit_id, code, today=now.date())
    if row["version"] != version:
        raise changed_meanwhile(f"救援站“{row['name']}”", f"The station {row['name']}")
    with whole_city(connection, scope):
        running = incidents.busy_crews(connection).get(code, 0)
        used = connection.execute(
            "SELECT (SELECT count(*) FROM elevator e WHERE e.station_code = %(code)s) AS bound,"
            " EXISTS (SELECT 1 FROM incident_assignment a WHERE a.station_code = %(code)s) AS has_orders",
            {"code": code},
        ).fetchone() or {"bound": 0, "has_orders": False}
    if used["bound"]:
        raise ConflictError(
            f"救援站“{row['name']}”还绑定着 {used['bound']} 台电梯，请先解绑。 "
            f"The station {row['name']} still has {used['bound']} elevators bound to it: unbind them first."
        )
    if running:
        raise ConflictError(
            f"救援站“{row['name']}”有 {running} 个工单在处理，结束后才能删除。 "
            f"The station {row['name']} has {running} orders under way: remove it when they have ended."
        )
    if used["has_orders"]:
        connection.execute(
            "UPDATE rescue_station SET valid_to = %s, on_duty = false, updated_at = %s, version = version + 1 WHERE code = %s",
            [now.date() - dt.timedelta(days=1), now, code],
        )
        return "retired"
    connection.execute("DELETE FROM rescue_station WHERE code = %s", [code])
    return "removed"


def add_maintainer(
    connection: Connection,
    unit_id: int,
    code: str,
    *,
    name: str,
    mobile: str,
    remark: str,
    today: dt.date,
) -> int:
    """Add a maintainer to a station; the id.

    Raises
    ------
    NotFoundError
        When the company has no such station.
    ConflictError
        When the mobile is on its list already.
    """
    station = read(connection, unit_id, code, today=today)
    same = next((p for p in station["maintainers"] if p["phone"] == mobile), None)
    if same is not None:
        raise ConflictError(
            f"手机 {mobile} 已登记为本站维保工 {same['name']}。 The mobile {mobile} stands on this list already: {same['name']}."
        )
    row = connection.execute(
        "INSERT INTO responder (code, station_code, name, phone, remark) VALUES (%s, %s, %s, %s, NULLIF(%s, '')) RETURNING id",
        [f"RC-{secrets.token_hex(6).upper()}", code, name, mobile, remark],
    ).fetchone()
    return int(row["id"]) if row else 0


def remove_maintainer(
    connection: Connection, unit_id: int, code: str, maintainer_id: int, *, today: dt.date
) -> None:
    """Take a maintainer off a station's list; a station without any is passed over until it has one.

    Raises
    ------
    NotFoundError
        When the company has no such station, or it no such maintainer.
    """
    read(connection, unit_id, code, today=today)
    done = connection.execute(
        "DELETE FROM responder WHERE id = %s AND station_code = %s", [maintainer_id, code]
    )
    if done.rowcount == 0:
        raise NotFoundError("本站没有这名维保工。 This station has no such maintainer.")


def require_station(connection: Connection, unit_id: int, code: str, *, today: dt.date) -> str:
    """Give the name of a company's station.

    Raises
    ------
    NotFoundError
        When the company has no such station.
    """
    return str(read(connection, unit_id, code, today=today)["name"])
