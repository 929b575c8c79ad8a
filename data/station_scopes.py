"""Warn of stations that cannot reach their declared scope in time, and of areas that no station declares (row L10)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import tuple_row

from data import dispatch_rules, job_queue, settings_table, warning_limits, warnings
from data.layer_versions import versions
from data.located_points import kind_by_name
from data.scope import SYSTEM, Connection, significant_digits
from data.store import Store
from data.travel_store import Question, TravelStore
from dispatch.station_scope import scope_reach, undeclared
from geo.snapping import SnapReason
from layers.display import LOCAL_ZONE
from layers.station_scope import HOUR_OF_WEEK, LATE, UNDECLARED, WATCH

JOB = "station_scopes"
_ASKED = "station_scopes.asked"
_FROM_HOUR = 2
_AGAIN = dt.timedelta(hours=1)
_SETTLED = "范围已可到达或已有站负责 the scope is covered again"
_REGISTERS = {LATE: "rescue_station", UNDECLARED: "division"}


@dataclass(frozen=True)
class Gap:
    """One thing to warn of: its key (a station's id, a division's code as a number), title, level and the row that it stands at."""

    kind: str
    key: int
    level: str
    title: str
    layer: str
    row: dict[str, Any]


# -- when to look ----------------------------------------------------------------------------------------


def ask_when_due(connection: Connection, *, now: dt.datetime) -> uuid.UUID | None:
    """Submit the job that looks, when it is due: at night once a day, and an hour after stations, roads, rules or the limit changed."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('station_scopes', 0))")
    local = now.astimezone(LOCAL_ZONE)
    inputs = _inputs(connection)
    held = settings_table.get(connection, _ASKED) or {}
    is_new_day = held.get("day") != f"{local:%Y-%m-%d}" and (local.hour >= _FROM_HOUR or not held)
    last = dt.datetime.fromisoformat(held["at"]) if held else None
    has_changed = last is not None and held.get("inputs") != inputs and now - last >= _AGAIN
    if not (is_new_day or has_changed) or "network" not in inputs:
        return None
    _mark(connection, now, inputs)
    return job_queue.submit(
        connection, kind=JOB, title="救援站负责范围核查", scope=SYSTEM, arguments={}, now=now
    )


def look_first(store: Store, travel: TravelStore, *, now: dt.datetime) -> None:
    """Look at once where nobody has looked yet, as in a city that was just made."""
    with store.transaction(SYSTEM) as connection:
        if settings_table.get(connection, _ASKED) is not None:
            return
        _mark(connection, now, _inputs(connection))
    look(store, travel, now=now)


def _mark(connection: Connection, now: dt.datetime, inputs: dict[str, Any]) -> None:
    day = f"{now.astimezone(LOCAL_ZONE):%Y-%m-%d}"
    settings_table.put(connection, _ASKED, {"day": day, "at": now.isoformat(), "inputs": inputs})


def _inputs(connection: Connection) -> dict[str, Any]:
    """Name what the answer depends on, but for elevators, which change all day: those are looked at once a day."""
    row = connection.execute(
        "SELECT (SELECT version FROM network WHERE is_current) AS network,"
        " (SELECT md5(string_agg(r::text, '|' ORDER BY division_code)) FROM dispatch_rule r) AS rules"
    ).fetchone()
    found: dict[str, Any] = {
        "stations": versions(connection).get("rescue_station", 0),
        "limit": warning_limits.value_of(connection, "rescue_station", WATCH),
        **{k: v for k, v in (row or {}).items() if v is not None},
    }
    return found


# -- looking ---------------------------------------------------------------------------------------------


def look(store: Store, travel: TravelStore, *, now: dt.datetime) -> int:
    """Look at every station and division once; how many warnings were raised or settled.

    Raises
    ------
    NoNetworkError, NetworkFileError, NetworkError
        When there is no network, or its file cannot be used.
    """
    gaps = [*_late(store, travel, now), *_undeclared(store, now)]
    with store.transaction(SYSTEM) as connection:
        return sum(
            _tell(connection, kind, [g for g in gaps if g.kind == kind], now) for kind in (LATE, UNDECLARED)
        )


def _late(store: Store, travel: TravelStore, now: dt.datetime) -> list[Gap]:
    """Find the stations that reach too few of their company's elevators in their scope within the limits of the districts."""
    circumstances = travel.circumstances(Question(at=now, hour=HOUR_OF_WEEK))
    _, stands, stand_places = travel.located(SYSTEM, kind_by_name("rescue_station"), circumstances)
    _, points, places = travel.located(SYSTEM, kind_by_name("elevator"), circumstances)
    with store.transaction(SYSTEM) as connection:
        stations = _stations(connection, now, stands.ids)
        elevators = _Elevators(connection, now, points.ids[places.reason == SnapReason.SNAPPED])
        rules = dispatch_rules.rules(connection)
        least = warning_limits.value_of(connection, "rescue_station", WATCH)
    scopes = [elevators.in_scope(s) for s in stations]
    limit_of = {
        code: float(dispatch_rules.rule_in(rules, code).arrival_limit_s)
        for code in np.unique(elevators.codes).tolist()
    }
    limits_s = np.array([limit_of[code] for code in elevators.codes.tolist()], np.float64)
    reach = scope_reach(
        circumstances.impedance,
        stand_places.take(np.searchsorted(stands.ids, np.array([s["id"] for s in stations], np.int64))),
        places.take(np.searchsorted(points.ids, elevators.ids)),
        scopes,
        limits_s,
    )
    found = []
    for n, (station, mine) in enumerate(zip(stations, scopes, strict=True)):
        late = int(reach.late[n])
        if late and 100 * late / len(mine) >= least:
            limits = "、".join(f"{v / 60:g}" for v in sorted(set(limits_s[mine].tolist())))
            farthest = reach.farthest_s[n]
            far = f"，最远 {farthest / 60:.0f} 分钟" if np.isfinite(farthest) else ""
            far_en = f", the farthest {farthest / 60:.0f} min away" if np.isfinite(farthest) else ""
            title = (
                f"{station['name']}：负责范围内 {late:,}/{len(mine):,} 台电梯 {limits} 分钟内到不了（周二 8 时{far}）。 "
                f"Of its scope {station['name']} does not reach {late:,} of {len(mine):,} elevators within"
                f" {limits.replace('、', ' or ')} min (Tuesday, 8 h{far_en})."
            )
            found.append(Gap(LATE, station["id"], WATCH.level, title, "rescue_station", station))
    return found


def _stations(connection: Connection, now: dt.datetime, known: NDArray[np.int64]) -> list[dict[str, Any]]:
    """List the stations on duty that declare a scope and have a position known to the network."""
    rows = connection.execute(
        "SELECT id, code, name, company_name, scope_codes, division_code, authority_code, owner_id FROM rescue_station"
        " WHERE on_duty IS NOT FALSE AND geom IS NOT NULL AND cardinality(scope_codes) > 0 AND (valid_to IS NULL OR valid_to >= %s)"
        " ORDER BY id",
        [now.astimezone(LOCAL_ZONE).date()],
    ).fetchall()
    ids = set(known.tolist())
    return [dict(r) for r in rows if r["id"] in ids]


class _Elevators:
    """Elevators in use as arrays: ids, divisions, and whose they are."""

    def __init__(
        self, connection: Connection, now: dt.datetime, known: NDArray[np.int64] | None = None
    ) -> None:
        with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            rows = cursor.execute(
                "SELECT id, division_code, COALESCE(owner_id, 0), COALESCE(maintainer_name, '') FROM elevator"
                " WHERE valid_to IS NULL OR valid_to >= %s ORDER BY id",
                [now.astimezone(LOCAL_ZONE).date()],
            ).fetchall()
        ids = np.array([r[0] for r in rows], np.int64)
        kept = np.ones(len(ids), np.bool_) if known is None else np.isin(ids, known)
        self.ids = ids[kept]
        self.codes = np.array([r[1] for r in rows], np.str_)[kept]
        self._owners = np.array([r[2] for r in rows], np.int64)[kept]
        self._names = np.array([r[3] for r in rows], np.str_)[kept]

    def in_scope(self, station: dict[str, Any]) -> NDArray[np.int64]:
        """Give the positions of the elevators of a station's company that lie in its declared scope."""
        inside = np.zeros(len(self.ids), np.bool_)
        for code in station["scope_codes"]:
            inside |= np.char.startswith(self.codes, code)
        owner = station["owner_id"]
        is_theirs = self._names == station["company_name"]
        if owner is not None:
            is_theirs |= self._owners == owner
        return np.flatnonzero(inside & is_theirs)


def _undeclared(store: Store, now: dt.datetime) -> list[Gap]:
    """Find the districts and streets with elevators in use that no station on duty has declared."""
    with store.transaction(SYSTEM) as connection:
        elevators = _Elevators(connection, now)
        if not len(elevators.ids):
            return []
        declared = connection.execute(
            "SELECT DISTINCT unnest(scope_codes) AS code FROM rescue_station WHERE on_duty IS NOT FALSE"
            " AND (valid_to IS NULL OR valid_to >= %s)",
            [now.astimezone(LOCAL_ZONE).date()],
        ).fetchall()
        names: dict[str, str] = {}
        streets: dict[str, list[str]] = {}
        for row in connection.execute("SELECT code, name, level FROM division WHERE level <> 'zone'"):
            code = significant_digits(row["code"])
            names[code] = row["name"]
            if len(code) == 9:
                streets.setdefault(code[:6], []).append(code)
        found = undeclared(elevators.codes, [r["code"] for r in declared], streets_of=streets)
        return [
            Gap(
                UNDECLARED, int(code), "3",
                f"{names.get(code, code)}：{n:,} 台在用电梯所在区域没有在岗救援站申报负责。 "
                f"No station on duty declares {names.get(code, code)}, where {n:,} elevators are in use.",
                "elevator", _stand_in(connection, elevators, code),
            )
            for code, n in found.items()
        ]  # fmt: skip


def _stand_in(connection: Connection, elevators: _Elevators, code: str) -> dict[str, Any]:
    """Give the row that an area's warning stands at: its first elevator, seen by the area's authority alone."""
    first = int(elevators.ids[np.flatnonzero(np.char.startswith(elevators.codes, code))[0]])
    row = connection.execute(
        "SELECT id, division_code, authority_code FROM elevator WHERE id = %s", [first]
    ).fetchone()
    return {**(row or {}), "owner_id": None}


# -- telling ---------------------------------------------------------------------------------------------


def _tell(connection: Connection, kind: str, gaps: list[Gap], now: dt.datetime) -> int:
    """Raise what is new, once; say anew how things stand in what is open; settle what is mended."""
    register, keys = _REGISTERS[kind], [g.key for g in gaps]
    mended = connection.execute(
        "DELETE FROM register_alarm WHERE register = %s AND field = %s AND NOT row_id = ANY(%s) RETURNING warning_id",
        [register, kind, keys],
    ).fetchall()
    connection.execute(
        "UPDATE warning SET processed_at = %s, processed_by = 'system', note = %s WHERE id = ANY(%s) AND processed_at IS NULL",
        [now, _SETTLED, [r["warning_id"] for r in mended]],
    )
    known = {
        r["row_id"]: r["warning_id"]
        for r in connection.execute(
            "SELECT row_id, warning_id FROM register_alarm WHERE register = %s AND field = %s",
            [register, kind],
        )
    }
    for gap in gaps:
        if gap.key in known:
            connection.execute(
                "UPDATE warning SET title = %s WHERE id = %s AND processed_at IS NULL AND title <> %s",
                [gap.title, known[gap.key], gap.title],
            )
            continue
        number = warnings.raise_warning(
            connection,
            kind=kind,
            level=gap.level,
            title=gap.title,
            layer=gap.layer,
            row=gap.row,
            now=now,
        )
        connection.execute(
            "INSERT INTO register_alarm (register, row_id, field, stage, due_at, warning_id) VALUES (%s, %s, %s, 'after', %s, %s)",
            [register, gap.key, kind, now, number or 0],
        )
    return len(mended) + sum(g.key not in known for g in gaps)
