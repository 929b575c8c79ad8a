"""Put further stations into the city in use for a measurement, and take them away again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from data.scope import SYSTEM
from data.store import Store


def station_count(store: Store) -> int:
    """Count the city's stations."""
    with store.transaction(SYSTEM) as connection:
        row = connection.execute("SELECT count(*) AS n FROM rescue_station").fetchone()
    return int(row["n"]) if row else 0


@contextmanager
def stations_up_to(store: Store, count: int) -> Iterator[None]:
    """Put stations beside elevators until there are so many; they are gone afterwards."""
    missing = count - station_count(store)
    if missing <= 0:
        yield
        return
    with store.transaction(SYSTEM) as connection:
        connection.execute(
            "INSERT INTO rescue_station (code, name, company_name, crew_count, on_duty, is_networked, division_code, authority_code,"
            " geom, is_public) SELECT 'BENCH' || row_number() OVER (), 'BENCH', 'BENCH', 2, true, true, division_code, authority_code,"
            " geom, true FROM (SELECT * FROM elevator WHERE geom IS NOT NULL ORDER BY md5(code) LIMIT %s) e",
            [missing],
        )
        connection.execute(
            "INSERT INTO responder (code, station_code, name, phone) SELECT 'R' || code, code, 'BENCH', '13000000000'"
            " FROM rescue_station WHERE code LIKE 'BENCH%'"
        )
    try:
        yield
    finally:
        with store.transaction(SYSTEM) as connection:
            connection.execute("DELETE FROM responder WHERE station_code LIKE 'BENCH%'")
            connection.execute("DELETE FROM rescue_station WHERE code LIKE 'BENCH%'")
