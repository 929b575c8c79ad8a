"""Fill a sample city with the orders of its last days: simulated on its roads, each the fold of its events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import FilterError
from data.loading.orders import NewOrder, write_orders
from data.scope import Connection
from data.simulation_inputs import City, read_city, simulated_calls, travel_table
from dispatch.demand import DemandModel, DrawnCalls, draw_calls
from dispatch.simulated_orders import Told, events_of, events_of_false_call
from dispatch.simulation import simulate
from dispatch.simulation_inputs import Policy
from dispatch.simulation_log import CallLog
from layers.display import LOCAL_ZONE

DAYS = 30
#: Hours of the week whose speeds stand for all others in the sample's past: night, morning peak, day, evening peak.
_NIGHT, _MORNING, _DAY, _EVENING = 27, 32, 38, 42
_WORDS = (
    "电梯困人，请尽快救援",
    "{n}人被困在电梯里",
    "电梯突然停了，里面有{n}人",
    "被困，有异响",
    "门打不开，{n}人在里面",
)


def write_history(
    connection: Connection, state_dir: Path, *, now: dt.datetime, seed: int, days: int = DAYS,
    say: Callable[[str], None] = lambda _: None,
) -> int:  # fmt: skip
    """Write the finished orders of the last days; give their number.

    Raises
    ------
    NotFoundError, NoNetworkError
        When the city has no elevators, stations or roads.
    """
    city = read_city(connection, state_dir)
    start = (now - dt.timedelta(days=days)).astimezone(LOCAL_ZONE).replace(second=0, microsecond=0)
    try:
        orders = list(_orders(connection, city, start, days=days, seed=seed, until=now))
    except FilterError as error:
        say(str(error))
        return 0
    written = write_orders(connection, orders)
    say(f"近 {days} 天工单 orders of the last {days} days {written:,}")
    return written


def _orders(
    connection: Connection, city: City, start: dt.datetime, *, days: int, seed: int, until: dt.datetime
) -> Iterator[NewOrder]:
    drawn = draw_calls(DemandModel(), city.place_type, start=start, days=days, seed=seed)
    hour = ((start.hour * 3600 + start.minute * 60 + drawn.at_s) // 3600 % 24).astype(np.int64)
    table = travel_table(city, drawn.place_idx, _representative(hour))
    calls, rows = simulated_calls(city, drawn, table)
    logs: dict[int, CallLog] = dict(
        zip(rows.tolist(), simulate(calls, city.units, Policy()).logs, strict=True)
    )
    elevators = _elevators(connection, city.elevator_code[drawn.place_idx])
    responders = _responders(connection)
    rng = np.random.default_rng([seed, 77])
    for i in range(len(drawn)):
        elevator = elevators[str(city.elevator_code[drawn.place_idx[i]])]
        told = _told(city, drawn, i, start, elevator, responders, rng)
        log = logs.get(i)
        events = events_of_false_call(told) if log is None else events_of(log, told)
        # The report comes a day later, if that day has come.
        events = [e for e in events if e.at <= until]
        if not any(e.kind.value == "closed" for e in events):
            continue
        is_reported = events[-1].kind.value == "reported"
        words = _WORDS[int(rng.integers(len(_WORDS)))].format(n=told.persons)
        row = {
            **elevator["row"],
            "caller_phone": f"139{int(rng.integers(10**8)):08d}",
            "caller_words": words if log is not None else "电梯异响，未困人",
            "cause": told.cause if is_reported else None,
        }
        yield NewOrder(tuple(events), row)


def _told(
    city: City, drawn: DrawnCalls, i: int, start: dt.datetime, elevator: dict[str, Any], responders: dict[str, str],
    rng: np.random.Generator,
) -> Told:  # fmt: skip
    codes = city.stations.code
    people = int(drawn.people[i])
    injured = 1 if drawn.is_urgent[i] and rng.random() < 0.5 else 0
    return Told(
        start, float(drawn.at_s[i]), float(drawn.handling_s[i]), elevator["identity"],
        {
            "people_inside": 0 if drawn.is_false[i] else people, "injured": injured,
            "is_vulnerable": bool(rng.random() < 0.12), "is_danger": bool(drawn.is_urgent[i] and not injured),
        },
        people, float(rng.uniform(60, 600)), lambda s: codes[s], lambda s: responders.get(codes[s], "值班班组"), str(drawn.cause[i]),
    )  # fmt: skip


def _representative(hour: NDArray[np.int64]) -> NDArray[np.int64]:
    found = np.full(len(hour), _DAY, np.int64)
    found[(hour < 6) | (hour >= 22)] = _NIGHT
    found[(hour >= 7) & (hour < 9)] = _MORNING
    found[(hour >= 17) & (hour < 20)] = _EVENING
    return found


def _elevators(connection: Connection, codes: NDArray[np.str_]) -> dict[str, dict[str, Any]]:
    rows = connection.execute(
        "SELECT code, name, rescue_code, unit_name, address, maintainer_name, owner_id, place_type, division_code, authority_code,"
        " position_quality, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM elevator WHERE code = ANY(%s)",
        [sorted(set(codes.tolist()))],
    ).fetchall()
    return {
        r["code"]: {
            "identity": {
                "elevator_code": r["code"], "rescue_code": r["rescue_code"], "lon": r["lon"], "lat": r["lat"],
                "is_guess": r["position_quality"] != "given",
            },
            "row": {
                "name": (f"{r['unit_name']} · {r['name']}" if r["unit_name"] else r["name"])[:200], "address": r["address"],
                "division_code": r["division_code"], "authority_code": r["authority_code"], "owner_id": r["owner_id"],
                "lon": r["lon"], "lat": r["lat"], "position_quality": r["position_quality"], "elevator_code": r["code"],
                "unit_name": r["unit_name"], "company_name": r["maintainer_name"], "place_type": r["place_type"],
            },
        }
        for r in rows
    }  # fmt: skip


def _responders(connection: Connection) -> dict[str, str]:
    rows = connection.execute(
        "SELECT DISTINCT ON (station_code) station_code, name FROM responder ORDER BY station_code, id"
    ).fetchall()
    return {r["station_code"]: r["name"] for r in rows}
