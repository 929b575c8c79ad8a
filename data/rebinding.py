"""Hold a company's bindings against what its stations reach, propose the best rebinding, and write what is accepted."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import divisions, maintenance_elevators
from data.errors import ConflictError, FilterError, NotFoundError
from data.located_points import kind_by_name
from data.maintenance import IN_USE, whole_city
from data.network_service import Circumstances
from data.scope import Connection, Scope
from data.store import Store
from data.travel_store import Question, TravelStore
from dispatch.rebinding import Binding, Pairs, Rebinding, best_rebinding, station_reach
from geo.snapping import SnapReason

MOST_ACCEPTED = 10_000


@dataclass(frozen=True)
class BindingQuestion:
    """What bindings are held against.

    Attributes
    ----------
    question : Question
        When, and on which roads.
    limit_s : float
        Seconds within which a station is to reach its elevators, inclusive.
    per_crew : int
        Elevators that one crew can bear: a station bears this times its crews.
    """

    question: Question
    limit_s: float
    per_crew: int


@dataclass(frozen=True, eq=False)
class BindingCheck:
    """
    How a company's bindings stand, and the best rebinding.

    Attributes
    ----------
    elevators : list of dict
        id, code, name, address, station_code of each elevator in use, by id; o of them.
    stations : list of dict
        code, name, capacity, scope, `in_scope` and `in_scope_reached` of each station, by id; s of them.
    bound_s : ndarray of float64, shape (o,)
        Seconds from the station of today; ``inf`` beyond an hour, without a way or without a station.
    nearest_idx, nearest_s : ndarray, shape (o,)
        The company's station that is there soonest, -1 and ``inf`` for none within an hour.
    is_off_road : ndarray of bool, shape (o,)
        Without a position, or too far from every road.
    """

    asked: BindingQuestion
    circumstances: Circumstances
    elevators: list[dict[str, Any]]
    stations: list[dict[str, Any]]
    bound_idx: NDArray[np.int32]
    bound_s: NDArray[np.float64]
    nearest_idx: NDArray[np.int32]
    nearest_s: NDArray[np.float64]
    is_off_road: NDArray[np.bool_]
    found: Rebinding


def check_bindings(
    store: Store, travel: TravelStore, scope: Scope, unit_id: int, asked: BindingQuestion
) -> BindingCheck:
    """Hold a company's bindings against the network, as far as the scope sees its elevators.

    Raises
    ------
    NotFoundError
        When the scope sees no elevator in use of such a company.
    QuestionError
        When the limit is not above 0.
    NoNetworkError, NetworkFileError, NetworkError
        When there is no network, its file cannot be used, or the hour lies outside the week.
    """
    circumstances = travel.circumstances(asked.question)
    _, points, places = travel.located(scope, kind_by_name("elevator"), circumstances)
    _, stands, stand_places = travel.located(scope, kind_by_name("rescue_station"), circumstances)
    with store.transaction(scope) as connection:
        elevators = _elevators(connection, unit_id, asked.question.at.date(), points.ids)
        if not elevators:
            raise NotFoundError(
                "看不到这个维保单位的在用电梯。 No elevator in use of such a company is to be seen."
            )
        stations = _stations(connection, unit_id, asked, stands.ids)
        with whole_city(connection, scope):
            loads = _loads(connection, [s["code"] for s in stations])
    e_at = np.searchsorted(points.ids, [e["id"] for e in elevators])
    s_at = np.searchsorted(stands.ids, np.array([s["id"] for s in stations], np.int64))
    number = {s["code"]: n for n, s in enumerate(stations)}
    bound = np.array([number.get(e["station_code"], -1) for e in elevators], np.int32)
    mine = places.take(e_at)
    reach = station_reach(
        circumstances.impedance, stand_places.take(s_at), mine, bound, limit_s=asked.limit_s
    )
    seen = np.bincount(bound[bound >= 0], minlength=len(stations))
    hidden = np.array([loads.get(s["code"], 0) for s in stations], np.int64) - seen
    capacity = np.array([s["capacity"] for s in stations], np.int64)
    found = best_rebinding(
        bound, reach.bound_s, reach.pairs, np.maximum(capacity - hidden, 0), limit_s=asked.limit_s
    )
    _count_scopes(stations, elevators, reach.pairs)
    for n, station in enumerate(stations):
        station["load_before"] = int(found.load_before[n] + hidden[n])
        station["load_after"] = int(found.load_after[n] + hidden[n])
        station["late"] = int(((bound == n) & (reach.bound_s > asked.limit_s)).sum())
    return BindingCheck(
        asked, circumstances, elevators, stations, bound, reach.bound_s, reach.nearest_idx, reach.nearest_s,
        mine.reason != SnapReason.SNAPPED, found,
    )  # fmt: skip


def _elevators(
    connection: Connection, unit_id: int, today: dt.date, known: NDArray[np.int64]
) -> list[dict[str, Any]]:
    rows = connection.execute(
        f"SELECT e.id, e.code, e.name, e.address, e.division_code, e.station_code FROM elevator e WHERE {IN_USE} ORDER BY e.id".encode(),
        {"unit": unit_id, "today": today},
    ).fetchall()
    there = np.isin([r["id"] for r in rows], known)
    return [dict(r) for r, is_there in zip(rows, there, strict=True) if is_there]


def _stations(
    connection: Connection, unit_id: int, asked: BindingQuestion, known: NDArray[np.int64]
) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT id, code, name, scope_codes, scope_note, crew_count, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM rescue_station s"
        " WHERE owner_id = %(unit)s AND (valid_to IS NULL OR valid_to >= %(today)s) ORDER BY id",
        {"unit": unit_id, "today": asked.question.at.date()},
    ).fetchall()
    names = divisions.names(connection, sorted({c for r in rows for c in r["scope_codes"] or ()}))
    known_ids = set(known.tolist())
    return [
        {
            "id": r["id"], "code": r["code"], "name": r["name"], "scope_codes": list(r["scope_codes"] or ()),
            "scope": "、".join(names.get(c, c) for c in r["scope_codes"] or ()) + (f"（{r['scope_note']}）" if r["scope_note"] else ""),
            "capacity": (r["crew_count"] or 0) * asked.per_crew, "lon": r["lon"], "lat": r["lat"],
        }
        for r in rows
        if r["id"] in known_ids
    ]  # fmt: skip


def _loads(connection: Connection, codes: Sequence[str]) -> dict[str, int]:
    """Count the elevators bound to stations, whoever may see them."""
    rows = connection.execute(
        "SELECT station_code, count(*) AS n FROM elevator WHERE station_code = ANY(%s) GROUP BY 1",
        [list(codes)],
    )
    return {r["station_code"]: int(r["n"]) for r in rows}


def _count_scopes(stations: list[dict[str, Any]], elevators: list[dict[str, Any]], pairs: Pairs) -> None:
    """Count for each station the company's elevators in its declared scope, and those of them that it makes the limit for."""
    codes = np.array([e["division_code"] for e in elevators], np.str_)
    for n, station in enumerate(stations):
        inside = np.zeros(len(codes), np.bool_)
        for code in station["scope_codes"]:
            inside |= np.char.startswith(codes, code)
        station["in_scope"] = int(inside.sum())
        station["in_scope_reached"] = int(inside[pairs[0][pairs[1] == n]].sum())


# -- accepting -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """One rebinding that is accepted: the elevator, the station it was bound to when proposed, and the new one."""

    code: str
    from_code: str | None
    to_code: str


def accept(
    connection: Connection, unit_id: int, moves: Sequence[Move], *, now: dt.datetime
) -> dict[str, list[str]]:
    """Rebind elevators as proposed; the codes by new station. All of them, or none.

    Raises
    ------
    FilterError, NotFoundError
        When nothing is named, one is named twice, or an elevator or a station is not the company's.
    ConflictError
        When a binding has changed since it was proposed.
    """
    codes = [move.code for move in moves]
    if not moves or len(moves) > MOST_ACCEPTED:
        raise FilterError(
            f"请选择 1–{MOST_ACCEPTED} 条换绑，收到 {len(moves)} 条。 Choose 1 to {MOST_ACCEPTED} rebindings, got {len(moves)}."
        )
    if len(set(codes)) < len(codes):
        raise FilterError("同一台电梯出现了两次。 An elevator is named twice.")
    rows = connection.execute(
        f"SELECT e.code, e.station_code FROM elevator e WHERE {IN_USE} AND e.code = ANY(%(codes)s) ORDER BY e.code FOR UPDATE".encode(),
        {"unit": unit_id, "today": now.date(), "codes": codes},
    ).fetchall()
    stands = {r["code"]: r["station_code"] for r in rows}
    changed = [m.code for m in moves if m.code in stands and stands[m.code] != m.from_code]
    if changed:
        shown = "、".join(changed[:5])
        raise ConflictError(
            f"{len(changed)} 台电梯的绑定在核查后已改变（{shown}），没有保存。请重新核查。 "
            f"Bindings of {len(changed)} elevators have changed since ({shown}); nothing was saved. Check again."
        )
    by_station: dict[str, list[str]] = defaultdict(list)
    for move in moves:
        by_station[move.to_code].append(move.code)
    most = maintenance_elevators.MOST_AT_ONCE
    for station, names in sorted(by_station.items()):
        for first in range(0, len(names), most):
            part = names[first : first + most]
            maintenance_elevators.unbind(connection, unit_id, part, now=now)
            maintenance_elevators.bind(connection, unit_id, part, station, now=now)
    return dict(by_station)


def moves_of(check: BindingCheck) -> list[Move]:
    """List what the best rebinding changes."""
    changed = np.flatnonzero(np.isin(check.found.outcome, [Binding.MOVED, Binding.MADE_ROOM]))
    return [
        Move(
            check.elevators[o]["code"],
            check.elevators[o]["station_code"],
            check.stations[int(check.found.station_idx[o])]["code"],
        )
        for o in changed.tolist()
    ]


# -- proposals of a planner ------------------------------------------------------------------------------


def propose(
    connection: Connection, unit_id: int, asked: BindingQuestion, note: str, *, scope: Scope, now: dt.datetime
) -> None:
    """Propose to a company to check its bindings under a question; a former proposal of the same authority ends.

    Raises
    ------
    RefusedError
        When the scope may not write.
    NotFoundError
        When the scope has no jurisdiction.
    """
    authority = divisions.own_division(connection, scope)
    connection.execute(
        "INSERT INTO binding_proposal (authority_code, owner_id, username, limit_s, per_crew, hour_of_week, note, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (authority_code, owner_id) DO UPDATE SET username = excluded.username,"
        " limit_s = excluded.limit_s, per_crew = excluded.per_crew, hour_of_week = excluded.hour_of_week, note = excluded.note,"
        " created_at = excluded.created_at",
        [authority, unit_id, scope.username, asked.limit_s, asked.per_crew, asked.question.hour, note, now],
    )


def proposals(connection: Connection, unit_id: int) -> list[dict[str, Any]]:
    """List what authorities have proposed to a company, the newest first."""
    rows = connection.execute(
        "SELECT p.id, d.name AS authority, p.limit_s, p.per_crew, p.hour_of_week, p.note, p.created_at FROM binding_proposal p"
        " JOIN division d ON d.code = p.authority_code WHERE p.owner_id = %s ORDER BY p.created_at DESC, p.id",
        [unit_id],
    )
    return [dict(r) for r in rows]


def close_proposal(connection: Connection, unit_id: int, proposal_id: int) -> None:
    """Take a proposal off the list when it has been seen to.

    Raises
    ------
    NotFoundError
        When the company has no such proposal.
    """
    done = connection.execute(
        "DELETE FROM binding_proposal WHERE id = %s AND owner_id = %s", [proposal_id, unit_id]
    )
    if done.rowcount == 0:
        raise NotFoundError("没有这条建议，可能已处理。 There is no such proposal; it may be done.")


def companies(connection: Connection, *, today: dt.date) -> list[dict[str, Any]]:
    """List the companies that have elevators in use in the scope, those with most first."""
    rows = connection.execute(
        "SELECT u.id, u.name, count(*) AS elevators, count(*) FILTER (WHERE e.station_code IS NULL) AS unbound"
        " FROM elevator e JOIN unit u ON u.id = e.owner_id WHERE e.valid_to IS NULL OR e.valid_to >= %s"
        " GROUP BY u.id, u.name ORDER BY count(*) DESC, u.id LIMIT 1000",
        [today],
    )
    return [dict(r) for r in rows]
