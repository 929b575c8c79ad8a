"""Fit the city's speeds to observed trips, and keep them with what is known of their error."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from data import networks, settings_table
from data.errors import FilterError, RefusedError
from data.loading.trips import ObservedPairs
from data.network_service import hour_of_week
from data.scope import Connection
from geo.network import Network
from geo.observed_trips import ObservedTrips
from geo.speed_fit import ErrorSummary, RatioSpread, SpeedFit
from geo.speed_fitting import FitOptions, fit_speeds
from geo.speed_periods import ClassGroup, Period
from geo.weights import CAR, Profile, SpeedTable, default_speed_table
from layers.display import LOCAL_ZONE

_KEY = "speed_fit"


@dataclass(frozen=True)
class HoldOut:
    """
    Which trips are kept from the fit.

    Attributes
    ----------
    month : tuple of (int, int) or None
        Year and month, local time, of the notification.
    last_share : float
        Without a month: the latest share of the trips, 0 to below 1; 0 holds out none.
    """

    month: tuple[int, int] | None = None
    last_share: float = 0.2


@dataclass(frozen=True)
class KnownSpread:
    """What is known of arrivals under the speeds in use: turn-out time in seconds, ratios and the error on held-out trips."""

    fitted_at: dt.datetime
    source: str
    profile_name: str
    turn_out_s: float
    ratios: tuple[RatioSpread, ...]
    after: ErrorSummary


def hold_out_from(text: str) -> HoldOut:
    """Read a month such as ``2026-10`` or a share such as ``20%``.

    Raises
    ------
    FilterError
        When it is neither.

    Examples
    --------
    >>> hold_out_from("2026-10").month, hold_out_from("25%").last_share
    ((2026, 10), 0.25)
    """
    month = re.fullmatch(r"(\d{4})-(\d{1,2})", text.strip())
    if month and 1 <= int(month[2]) <= 12:
        return HoldOut((int(month[1]), int(month[2])))
    share = re.fullmatch(r"(\d{1,2}(?:\.\d+)?)\s*[%％]", text.strip())
    if share:
        return HoldOut(None, float(share[1]) / 100)
    raise FilterError(
        f"--hold-out {text!r} 无法理解，应为月份如 2026-10，或最后的份额如 20%。 "
        f"Cannot read {text!r}: write a month like 2026-10, or the last share like 20%."
    )


def trips_from_pairs(pairs: ObservedPairs, hold_out: HoldOut) -> ObservedTrips:
    """Turn instants into hours of the week and durations, and mark what is held out.

    Raises
    ------
    TripError
        When an arrival is not later than its notification.
    """
    count = len(pairs)
    local = [at.astimezone(LOCAL_ZONE) for at in pairs.notified_at]
    if hold_out.month is not None:
        held = np.array([(at.year, at.month) == hold_out.month for at in local], bool)
    else:
        # whole instants stay together, so that the order of rows does not matter
        seconds = np.array([at.timestamp() for at in pairs.notified_at], np.float64)
        kept = count - round(count * hold_out.last_share)
        held = seconds > np.sort(seconds)[kept - 1] if kept else np.ones(count, bool)
    duration_s = [
        (stop - start).total_seconds()
        for start, stop in zip(pairs.notified_at, pairs.arrived_at, strict=True)
    ]
    return ObservedTrips(
        np.asarray(pairs.origin_lonlat, np.float64).reshape(-1, 2),
        np.asarray(pairs.destination_lonlat, np.float64).reshape(-1, 2),
        np.array([hour_of_week(at) for at in local], np.int64),
        np.array(duration_s, np.float64),
        held.reshape(count),
    )


def fit_to_pairs(
    network: Network,
    pairs: ObservedPairs,
    *,
    prior: SpeedTable | None,
    hold_out: HoldOut,
    profile: Profile = CAR,
    options: FitOptions | None = None,
    on_round: Callable[[int], None] = lambda _: None,
) -> SpeedFit:
    """Fit speeds to pairs of notified and arrived, whether read from a file or from the orders of a dispatch.

    Raises
    ------
    TripError
        When no trip can be used.
    """
    trips = trips_from_pairs(pairs, hold_out)
    return fit_speeds(network, trips, prior=prior, profile=profile, options=options, on_round=on_round)


def write_fit(
    connection: Connection, fit: SpeedFit, *, source: str, profile: Profile, now: dt.datetime
) -> int:
    """Replace the city's speeds by the fitted ones where they proved better, and keep the spread of arrivals.

    Workers pick the speeds up as they do those of ``onemap load speeds``. Gives how many figures differ from the default table;
    0 when the fit proved no better and the speeds stay as they were.

    Raises
    ------
    RefusedError
        When the speeds in use are no longer those the fit began with.
    """
    if _fingerprint(networks.read_speeds(connection)) != _fingerprint(fit.prior):
        raise RefusedError(
            "拟合期间车速表已被他人更换，请重新拟合。 The speeds in use were replaced while these were fitted: fit again."
        )
    changed = networks.write_speeds(connection, fit.speeds) if fit.is_improved else 0
    settings_table.put(
        connection,
        _KEY,
        {
            "fitted_at": now.isoformat(),
            "source": source,
            "profile": profile.name,
            "speeds": _fingerprint(fit.speeds),
            "turn_out_s": fit.turn_out_s,
            "ratios": [
                {
                    "period": _name(r.period),
                    "group": _name(r.group),
                    "trip_count": r.trip_count,
                    "p50": r.p50,
                    "p90": r.p90,
                }
                for r in fit.ratios
            ],
            "after": {
                "trip_count": fit.after.trip_count,
                "mae_s": fit.after.mae_s,
                "median_ratio": fit.after.median_ratio,
                "p90_ratio": fit.after.p90_ratio,
            },
        },
    )
    return changed


def read_spread(connection: Connection) -> KnownSpread | None:
    """Read what is known of arrivals under the speeds in use; None when they were not fitted, or replaced since."""
    stored: dict[str, Any] | None = settings_table.get(connection, _KEY)
    if stored is None or stored["speeds"] != _fingerprint(networks.read_speeds(connection)):
        return None
    ratios = tuple(
        RatioSpread(
            Period[r["period"].upper()] if r["period"] else None,
            ClassGroup[r["group"].upper()] if r["group"] else None,
            r["trip_count"],
            r["p50"],
            r["p90"],
        )
        for r in stored["ratios"]
    )
    return KnownSpread(
        dt.datetime.fromisoformat(stored["fitted_at"]), stored["source"], stored["profile"], stored["turn_out_s"],
        ratios, ErrorSummary(**stored["after"]),
    )  # fmt: skip


def _name(member: Period | ClassGroup | None) -> str | None:
    return None if member is None else member.name.lower()


def _fingerprint(table: SpeedTable | None) -> str:
    kmh = (default_speed_table() if table is None else table).speed_kmh
    return hashlib.blake2b(np.ascontiguousarray(kmh, np.float64).tobytes(), digest_size=8).hexdigest()
