"""List, bind and mend a company's elevators: stations, place types, addresses (rows S3, S5, S6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from data import incidents
from data.errors import ConflictError, FilterError, NotFoundError
from data.loading.rows import index_row
from data.maintenance import ELEVATORS, IN_USE, PROBLEMS, changed_meanwhile
from data.maintenance_stations import require_station
from data.scope import Connection
from layers.registry import layer_by_id

MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class ElevatorQuery:
    """Which of a company's elevators to list; None asks for all.

    Attributes
    ----------
    is_bound : bool or None
        Bound to a station, or to none.
    code, unit_name, unit_code : str
        Part of the registration or rescue code, part of the using unit's name, its whole code.
    station_code : str
        Bound to this station.
    manager_id : int or None
        With this safety manager; `has_manager` asks for any, or for none with a mobile.
    problem : str
        A name of `data.maintenance.PROBLEMS`, or empty.
    """

    is_bound: bool | None = None
    code: str = ""
    unit_name: str = ""
    unit_code: str = ""
    station_code: str = ""
    manager_id: int | None = None
    has_manager: bool | None = None
    problem: str = ""
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True)
class NewPosition:
    """A position as it was typed: degrees EPSG:4326, and the figures with their datum."""

    lon: float
    lat: float
    source_crs: str
    source_position: str


@dataclass(frozen=True)
class ElevatorForm:
    """
    What a company says of one elevator; the registration code and the using unit are the register's.

    Attributes
    ----------
    rescue_code : str or None
        Six digits; None before the label is stuck on.
    place_type, station_code : str or None
    address : str or None
        Only with the explicit tick; None leaves it as it is.
    position : NewPosition or None
        None leaves it as it is.
    manager_id : int or None
    """

    rescue_code: str | None
    place_type: str | None
    station_code: str | None
    manager_id: int | None
    address: str | None = None
    position: NewPosition | None = None


_PROBLEM_COLUMNS = ", ".join(f"({sql}) AS {name}" for name, (sql, _) in PROBLEMS.items())
_COLUMNS = (
    "e.id, e.code, e.rescue_code, e.name, e.unit_name, e.unit_code, e.address, e.place_type, e.station_code, e.division_code,"
    " ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat, e.position_quality, e.source_crs, e.source_position, e.version,"
    f" g.id AS manager_id, g.name AS manager_name, g.mobile AS manager_mobile, {_PROBLEM_COLUMNS}"
)


def listed(
    connection: Connection, unit_id: int, query: ElevatorQuery, *, today: dt.date
) -> tuple[int, list[dict[str, Any]]]:
    """Count a company's elevators that a query finds, and read one page of them by registration code.

    Raises
    ------
    FilterError
        When there is no such problem.
    """
    if query.problem and query.problem not in PROBLEMS:
        raise FilterError(
            f"没有问题类别 {query.problem[:30]!r}。 There is no problem {query.problem[:30]!r}; known: {', '.join(PROBLEMS)}."
        )
    conditions = [IN_USE]
    if query.is_bound is not None:
        conditions.append(f"e.station_code IS {'NOT ' if query.is_bound else ''}NULL")
    if query.has_manager is not None:
        conditions.append(f"g.mobile IS {'NOT ' if query.has_manager else ''}NULL")
    for text, condition in (
        (query.code, "(strpos(upper(e.code), upper(%(code)s)) > 0 OR strpos(e.rescue_code, %(code)s) = 1)"),
        (query.unit_name, "strpos(e.unit_name, %(unit_name)s) > 0"),
        (query.unit_code, "e.unit_code = %(unit_code)s"),
        (query.station_code, "e.station_code = %(station)s"),
        (query.manager_id, "g.id = %(manager)s"),
    ):
        if text:
            conditions.append(condition)
    if query.problem:
        conditions.append(f"({PROBLEMS[query.problem][0]})")
    values = {
        "unit": unit_id, "today": today, "code": query.code, "unit_name": query.unit_name, "unit_code": query.unit_code,
        "station": query.station_code, "manager": query.manager_id, "limit": query.limit, "offset": query.offset,
    }  # fmt: skip
    where = " AND ".join(conditions)
    counted = connection.execute(f"SELECT count(*) AS n FROM {ELEVATORS} WHERE {where}".encode(), values).fetchone()  # fmt: skip
    rows = connection.execute(
        f"SELECT {_COLUMNS}, s.name AS station_name FROM {ELEVATORS} LEFT JOIN rescue_station s ON s.code = e.station_code"
        f" WHERE {where} ORDER BY e.code LIMIT %(limit)s OFFSET %(offset)s".encode(),
        values,
    ).fetchall()
    return int(counted["n"]) if counted else 0, [_with_problems(r) for r in rows]


def _with_problems(row: dict[str, Any]) -> dict[str, Any]:
    """Gather what is missing of a row under one name."""
    return {
        **{k: v for k, v in row.items() if k not in PROBLEMS},
        "problems": [name for name in PROBLEMS if row[name]],
    }


def read(connection: Connection, unit_id: int, code: str, *, today: dt.date) -> dict[str, Any]:
    """Read one elevator of a company.

    Raises
    ------
    NotFoundError
        When the company maintains no such elevator.
    """
    row = connection.execute(
        f"SELECT {_COLUMNS}, s.name AS station_name, d.name AS division_name FROM {ELEVATORS}"
        " LEFT JOIN rescue_station s ON s.code = e.station_code JOIN division d ON d.code = e.division_code"
        f" WHERE {IN_USE} AND e.code = %(code)s".encode(),
        {"unit": unit_id, "today": today, "code": code},
    ).fetchone()
    if row is None:
        raise _unknown([code])
    return _with_problems(row)


def _unknown(codes: Sequence[str]) -> NotFoundError:
    shown = "、".join(c[:40] for c in codes[:5])
    return NotFoundError(
        f"本单位没有在用的电梯 {shown}。 Your company maintains no elevator in use of the code {shown}."
    )


def _owned(
    connection: Connection, unit_id: int, codes: Sequence[str], *, today: dt.date
) -> list[dict[str, Any]]:
    """Lock and read the elevators of some codes, all of which must be the company's."""
    wanted = sorted(set(codes))
    if not wanted:
        raise FilterError("请先勾选电梯。 Tick at least one elevator.")
    if len(wanted) > MOST_AT_ONCE:
        raise FilterError(
            f"一次最多 {MOST_AT_ONCE} 台，收到 {len(wanted)} 台。 At most {MOST_AT_ONCE} elevators at once, got {len(wanted)}."
        )
    rows = connection.execute(
        "SELECT e.code, e.station_code, e.unit_name, e.unit_code FROM elevator e"
        f" WHERE {IN_USE} AND e.code = ANY(%(codes)s) ORDER BY e.code FOR UPDATE".encode(),
        {"unit": unit_id, "today": today, "codes": wanted},
    ).fetchall()
    missing = sorted(set(wanted) - {r["code"] for r in rows})
    if missing:
        raise _unknown(missing)
    return rows


def bind(
    connection: Connection, unit_id: int, codes: Sequence[str], station_code: str, *, now: dt.datetime
) -> int:
    """Bind elevators that are bound to no station to one of the company's; how many.

    Raises
    ------
    FilterError, NotFoundError
        When nothing is ticked, or an elevator or the station is not the company's.
    ConflictError
        When one has been bound meanwhile.
    """
    require_station(connection, unit_id, station_code, today=now.date())
    rows = _owned(connection, unit_id, codes, today=now.date())
    taken = [r["code"] for r in rows if r["station_code"] not in (None, station_code)]
    if taken:
        shown = "、".join(taken[:5])
        raise ConflictError(
            f"{len(taken)} 台电梯已绑定其他救援站（{shown}），请先解绑。 "
            f"Of these elevators {len(taken)} are bound to another station by now ({shown}): unbind them first."
        )
    return _set_station(connection, [r["code"] for r in rows], station_code, now=now)


def unbind(connection: Connection, unit_id: int, codes: Sequence[str], *, now: dt.datetime) -> int:
    """Unbind elevators from their stations; how many.

    Raises
    ------
    FilterError, NotFoundError
        As for `bind`.
    """
    rows = _owned(connection, unit_id, codes, today=now.date())
    return _set_station(connection, [r["code"] for r in rows if r["station_code"]], None, now=now)


def _set_station(
    connection: Connection, codes: Sequence[str], station_code: str | None, *, now: dt.datetime
) -> int:
    done = connection.execute(
        "UPDATE elevator SET station_code = %s, version = version + 1, updated_at = %s WHERE code = ANY(%s)",
        [station_code, now, list(codes)],
    )
    return done.rowcount


def set_place_type(
    connection: Connection, unit_id: int, codes: Sequence[str], place_type: str, *, now: dt.datetime
) -> int:
    """Set the place type of elevators that share one using unit; how many.

    Raises
    ------
    FilterError
        When there is no such place type, nothing is ticked, or the elevators are of several using units.
    NotFoundError
        When an elevator is not the company's.
    """
    _check_place_type(place_type)
    rows = _owned(connection, unit_id, codes, today=now.date())
    units = {(r["unit_code"] or "", r["unit_name"] or "") for r in rows}
    if len(units) > 1 or units == {("", "")}:
        names = "、".join(sorted({name or "未填" for _, name in units})[:4])
        raise FilterError(
            f"选中的电梯应属同一使用单位，实际有 {len(units)} 个：{names}。 "
            f"Elevators changed together share one using unit; these have {len(units)}: {names}."
        )
    done = connection.execute(
        "UPDATE elevator SET place_type = %s, version = version + 1, updated_at = %s WHERE code = ANY(%s)",
        [place_type, now, [r["code"] for r in rows]],
    )
    return done.rowcount


def _check_place_type(place_type: str) -> None:
    field = layer_by_id("elevator").field("place_type")
    if field.choice(place_type) is None:
        raise FilterError(
            f"没有场所性质 {place_type[:30]!r}。 There is no place type {place_type[:30]!r}; known: "
            f"{', '.join(c.value for c in field.choices)}."
        )


def save(
    connection: Connection, unit_id: int, code: str, form: ElevatorForm, *, version: int, now: dt.datetime
) -> None:
    """Change one elevator.

    Raises
    ------
    NotFoundError
        When the elevator, the station or the safety manager is not the company's.
    FilterError
        When the place type is unknown, or the position lies outside every division.
    ConflictError
        When somebody else has changed it meanwhile, or another elevator has the rescue code.
    """
    today = now.date()
    before = read(connection, unit_id, code, today=today)
    if form.place_type is not None:
        _check_place_type(form.place_type)
    if form.station_code is not None and form.station_code != before["station_code"]:
        require_station(connection, unit_id, form.station_code, today=today)
    division = before["division_code"]
    if form.position is not None:
        found = incidents.division_at(connection, form.position.lon, form.position.lat)
        if not found:
            raise FilterError(
                "位置不在本市任何区划内，请核对坐标和坐标系。 The position lies in no division of this city: check the figures and their datum."
            )
        division = found["division_code"]
    position = form.position
    try:
        done = connection.execute(
            "UPDATE elevator SET rescue_code = %(rescue_code)s, place_type = %(place_type)s, station_code = %(station)s,"
            " address = COALESCE(%(address)s, address), division_code = %(division)s,"
            " geom = CASE WHEN %(moved)s THEN ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) ELSE geom END,"
            " position_quality = CASE WHEN %(moved)s THEN 'given' ELSE position_quality END,"
            " source_crs = COALESCE(%(crs)s, source_crs), source_position = COALESCE(%(typed)s, source_position),"
            " version = version + 1, updated_at = %(now)s"
            " WHERE code = %(code)s AND owner_id = %(unit)s AND version = %(version)s",
            {
                "rescue_code": form.rescue_code, "place_type": form.place_type, "station": form.station_code,
                "address": form.address, "division": division, "moved": position is not None,
                "lon": position.lon if position else None, "lat": position.lat if position else None,
                "crs": position.source_crs if position else None, "typed": position.source_position if position else None,
                "now": now, "code": code, "unit": unit_id, "version": version,
            },
        )  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        raise ConflictError(
            f"救援代码 {form.rescue_code} 已用于另一台电梯，请核对标签。 The rescue code {form.rescue_code} belongs to another elevator: check the label."
        ) from error
    if done.rowcount == 0:
        raise changed_meanwhile(f"电梯 {code}", f"The elevator {code}")
    if position is not None:
        connection.execute("DELETE FROM to_mend WHERE layer = 'elevator' AND code = %s", [code])
    index_row(connection, layer_by_id("elevator"), code)
