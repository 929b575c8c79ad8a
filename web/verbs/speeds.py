"""Fit the city's speeds to observed trips from the command line."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path

import click

from data import audit, incident_figures, networks, observed_speeds
from data.clock import SystemClock
from data.errors import LoadError
from data.loading.problems import ProblemLog
from data.loading.trips import TripFile, read_trips
from data.roads.network_file import load_network
from data.scope import SYSTEM
from geo.crs import crs_from_name
from geo.speed_fit import SpeedFit
from geo.speed_fitting import FitOptions
from geo.weights import PROFILES
from web import speed_answers
from web.settings import current_environment, settings_from
from web.wiring import opened_store


@click.group()
def command() -> None:
    """按实际到达时间拟合车速。 Fit the city's speeds to how long trips really took."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--from-orders",
    "order_days",
    type=click.IntRange(1, 1830),
    metavar="DAYS",
    help="不读文件，用库中最近若干天工单的通知到到达。 Instead of a file: the orders of the last days in the store.",
)
@click.option("--crs", help="位置的坐标系：wgs84、gcj02、bd09…；默认 wgs84。 Datum of the positions.")
@click.option("--sheet", help="工作表名。 Sheet of the file.")
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="列对应的字段，可重复：notified_at、arrived_at、from_lon、from_lat、to_lon、to_lat。 Column to field.",
)
@click.option(
    "--hold-out",
    default="20%",
    show_default=True,
    help="留作检验的月份（如 2026-10）或最后的份额。 Month, or last share, kept from the fit to test it on.",
)
@click.option(
    "--profile",
    default="car",
    show_default=True,
    type=click.Choice(list(PROFILES)),
    help="谁在开车。 Who drove.",
)
@click.option(
    "--turn-out",
    default="0",
    show_default=True,
    help="从通知到出动的秒数，或 fit（一并拟合）。 Seconds from notified to driving, or fit.",
)
@click.option(
    "--least-km",
    default=20.0,
    show_default=True,
    help="单独拟合所需的里程。 Kilometres needed for a factor of its own.",
)
@click.option(
    "--least-trips", default=30, show_default=True, help="单独拟合所需的行程数。 Trips needed for one."
)
@click.option("--dry-run", is_flag=True, help="只计算，不写入。 Fit only, store nothing.")
@click.option("--keep-good", is_flag=True, help="只用无误的行。 Use the good rows, leave out the bad.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="把有问题的行写到 Excel 文件。 Write the bad rows to an Excel file.",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def fit(
    file: Path | None,
    order_days: int | None,
    crs: str | None,
    sheet: str | None,
    mapping: tuple[str, ...],
    hold_out: str,
    profile: str,
    turn_out: str,
    least_km: float,
    least_trips: int,
    report: Path | None,
    *,
    dry_run: bool,
    keep_good: bool,
    as_json: bool,
) -> None:
    """按通知到到达的记录拟合各等级各时段车速，更准才采用。 Fit speeds to trips, and keep what proves better.

    FILE 为 CSV 或 Excel：通知时间、到达时间、出发经纬度、到达经纬度。 Notified and arrived at, from and to.
    拟合的车速只在留出的行程上误差更小的时段采用。 Speeds are kept for the periods whose held-out error is smaller.

    \b
    例 Examples:
      ./onemap speeds fit 出动记录.xlsx --crs gcj02 --hold-out 2026-10 --dry-run
      ./onemap speeds fit runs.csv --turn-out fit --json
      ./onemap speeds fit --from-orders 180 --turn-out fit
    """  # noqa: D301 - \b is click's mark for a block kept as it is
    started = time.monotonic()
    held = observed_speeds.hold_out_from(hold_out)
    options = _options(turn_out, least_km, least_trips)
    if (file is None) == (order_days is None):
        raise click.UsageError(
            "给出文件，或 --from-orders 天数，二者取一。 Give a file or --from-orders DAYS: one of the two."
        )
    log, source = ProblemLog(), f"orders:{order_days}d"
    if file is not None:
        source = file.name
        request = TripFile(
            file,
            sheet,
            crs_from_name(crs) if crs else None,
            _fields(mapping),
            keep_good=keep_good,
            report=report,
            say=_say,
        )
        pairs, log = read_trips(request)
    with opened_store() as store:
        state_dir = settings_from(current_environment(), store.database).state_dir
        with store.transaction(SYSTEM) as connection:
            row, prior = networks.current(connection), networks.read_speeds(connection)
            if order_days is not None:
                now = SystemClock().now()
                period = incident_figures.check_period(now - dt.timedelta(days=order_days), now)
                pairs = incident_figures.observed_pairs(connection, period)
        _say(f"{len(pairs):,} 个行程 trips（{time.monotonic() - started:.1f} s）")
        network = load_network(networks.file_of(row, state_dir))
        found = observed_speeds.fit_to_pairs(
            network, pairs, prior=prior, hold_out=held, profile=PROFILES[profile], options=options,
            on_round=lambda number: _say(f"第 {number} 轮选路与拟合 round {number} of routing and fitting"),
        )  # fmt: skip
        if not dry_run:
            with store.transaction(SYSTEM) as connection:
                now = SystemClock().now()
                changed = observed_speeds.write_fit(
                    connection, found, source=source, profile=PROFILES[profile], now=now
                )
                audit.append(
                    connection, at=now, username="system", action="fit", subject="speeds",
                    detail={"file": source, "trips": len(pairs), "kept": found.is_improved, "figures": changed},
                )  # fmt: skip
    if as_json:
        told = {
            "file": source,
            "network": row["version"],
            "stored": not dry_run,
            **speed_answers.body(found),
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for line in speed_answers.lines(found):
            click.echo(line)
        click.echo(_outcome(found, is_dry=dry_run))
    if log.total:
        click.echo(log.text(), err=True)
        sys.exit(1)


@command.command()
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def show(*, as_json: bool) -> None:
    """显示现用车速的拟合情况：误差与到达时间的离散。 Show what is known of arrivals under the speeds in use."""
    with opened_store() as store, store.transaction(SYSTEM) as connection:
        known = observed_speeds.read_spread(connection)
    if not as_json:
        for line in speed_answers.known_lines(known):
            click.echo(line)
        return
    body = None if known is None else {
        "fitted_at": known.fitted_at.isoformat(), "source": known.source, "profile": known.profile_name,
        "turn_out_s": known.turn_out_s, "spread": [speed_answers.spread(r) for r in known.ratios],
    }  # fmt: skip
    click.echo(json.dumps(body, ensure_ascii=False, indent=1))


def _options(turn_out: str, least_km: float, least_trips: int) -> FitOptions:
    """Read the options of a fit; FitOptions checks their ranges."""
    is_fitted = turn_out.strip().lower() == "fit"
    try:
        turn_out_s = 0.0 if is_fitted else float(turn_out)
    except ValueError as error:
        raise LoadError(
            f"--turn-out {turn_out!r} 应为秒数或 fit。 --turn-out {turn_out!r} should be seconds, or fit."
        ) from error
    return FitOptions(
        least_length_m=least_km * 1000,
        least_trips=least_trips,
        turn_out_s=turn_out_s,
        fits_turn_out=is_fitted,
    )


def _fields(texts: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in texts:
        left, sign, right = text.rpartition("=")
        if not sign or not left or not right:
            raise LoadError(f"“{text}”应写成 列名=字段。 {text!r} should be COLUMN=FIELD.")
        found[left.strip()] = right.strip()
    return found


def _outcome(found: SpeedFit, *, is_dry: bool) -> str:
    if found.before.trip_count == 0:
        return "没有留出可用的行程，无从检验，原车速表不变（见 --hold-out）。 No usable trip was held out to test on: the speeds stay as they were."
    if not found.is_improved:
        return "拟合没有在留出的行程上更准，原车速表不变。 The fit proved no better on the trips held out: the speeds stay as they were."
    if is_dry:
        return "更准的时段将会采用；未写入（--dry-run）。 The periods that proved better would be kept; nothing was stored."
    return "已采用更准的时段，运行中的服务一秒内生效。 The periods that proved better are in use, within a second in running servers."


def _say(text: str) -> None:
    click.echo(f"onemap · {text}", err=True)
