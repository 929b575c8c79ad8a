"""Keep rankings for the sample city's newest finished orders, made by the ranker that dispatchers use."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from data import dispatch_rules, incidents
from data.kept_rankings import keep
from data.scope import SYSTEM, Connection
from data.station_ranking import StationRanker, wanted_for
from data.store import Store
from dispatch.errors import OffRoadError

#: So many orders at most, the newest first: a city's last days.
MOST = 200


def keep_rankings(store: Store, ranker: StationRanker, *, most: int = MOST) -> int:
    """Keep a ranking of the instant when the first station was told, for orders that have none; give their number.

    Crews count as they were out then. Orders whose elevator lies off the roads keep none.
    """
    with store.transaction(SYSTEM) as connection:
        orders = connection.execute(
            "SELECT code, notified_at FROM incident i WHERE closed_at IS NOT NULL AND notified_at IS NOT NULL AND geom IS NOT NULL"
            " AND event_count > 0 AND NOT EXISTS (SELECT 1 FROM dispatch_ranking r WHERE r.incident_code = i.code)"
            " ORDER BY notified_at DESC, id DESC LIMIT %s",
            [most],
        ).fetchall()
        rules = dispatch_rules.rules(connection)
        kept = 0
        for row in orders:
            order = incidents.read(connection, row["code"])
            rule = dispatch_rules.rule_in(rules, order.row["division_code"])
            wanted = wanted_for(connection, order, rule)
            then = ranker.at(row["notified_at"], busy=_busy(connection, row["notified_at"]))
            try:
                # Nobody had been asked yet.
                answer = then.rank(replace(wanted, incident=None))
            except OffRoadError:
                continue
            keep(connection, order.code, answer)
            kept += 1
    return kept


def _busy(connection: Connection, at: dt.datetime) -> dict[str, int]:
    """Count the crews that were out at an instant, by station."""
    rows = connection.execute(
        "SELECT station_code, count(*) AS n FROM incident_assignment WHERE notified_at < %(at)s AND notified_at > %(at)s - interval '1 day'"
        " AND COALESCE(LEAST(freed_at, ended_at), 'infinity') > %(at)s GROUP BY station_code",
        {"at": at},
    ).fetchall()
    return {str(r["station_code"]): int(r["n"]) for r in rows}
