"""Draw the zones of an accident with a dangerous substance, for drills and planning."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from data.clock import SystemClock
from geo.hazard.accident import Accident, ReleaseKind, Weather
from geo.hazard.atmosphere import StabilityClass, Terrain, stability_class
from geo.hazard.consequence import Consequences, consequences
from geo.hazard.substance import (
    USUAL_MEASURES,
    find_substance,
    probit_constants,
    substances,
    toxic_thresholds,
)
from geo.hazard.sun import sky_from_sun, solar_elevation_deg
from geo.hazard.validity import validate_wind
from web import hazard_answers, travel_questions

_ZERO_C_K = 273.15
_MEASURES = (
    "AEGL-1",
    "AEGL-2",
    "AEGL-3",
    "IDLH",
    "ERPG-1",
    "ERPG-2",
    "ERPG-3",
    "HJ169 endpoint-1",
    "HJ169 endpoint-2",
)


@click.group()
def command() -> None:
    """危险化学品事故的影响范围，供演练和预案使用。 Zones of an accident with a dangerous substance, for drills and planning."""


def _release_options(function: Callable[..., Any]) -> Callable[..., Any]:
    number = click.FLOAT
    for option in (
        click.option("--exposure", type=number, help="暴露时间，分钟；默认 60。 Minutes of exposure; 60 by default."),
        click.option("--height", type=number, help="释放高度，m；默认地面。 Height of the release, m; ground by default."),
        click.option("--pool-area", type=number, help="液池或围堰面积，m²。 Area of the pool or bund, m²."),
        click.option("--shut-off", type=number, help="切断时间，s；默认 3600。 Until it is shut off, s; 3600 by default."),
        click.option("--stored-at", type=number, help="储存温度，°C；默认气温。 Storage temperature, °C; the air's by default."),
        click.option("--head", type=number, help="孔以上液位，m；默认 2。 Liquid above the hole, m; 2 by default."),
        click.option("--pressure", type=number, help="容器内绝对压力，kPa。 Absolute pressure in the vessel, kPa."),
        click.option("--hole", type=number, help="孔径，mm；默认 25。 Hole, mm; 25 by default."),
        click.option("--rate", type=number, help="连续泄漏速率，kg/s；默认 10 分钟漏完。 Steady rate, kg/s; all in 10 minutes by default."),
    ):  # fmt: skip
        function = option(function)
    return function


def _weather_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--terrain", type=click.Choice([str(t) for t in Terrain]), help="地形；默认开阔地。 Terrain; open country by default."),
        click.option("--humidity", type=float, help="相对湿度，%；默认 50。 Relative humidity, %; 50 by default."),
        click.option("--air", type=float, help="气温，°C；默认 25。 Air temperature, °C; 25 by default."),
        click.option("--at-time", help="时间，定日照；默认现在。 Time, for the sun; now by default. 2026-11-23T18:00."),
        click.option("--cloud", type=click.IntRange(0, 8), help="云量 0–8，由此和时间定稳定度。 Cloud in eighths: with the time it gives the stability."),
        click.option("--stability", type=click.Choice([str(c) for c in StabilityClass]), help="大气稳定度 A–F。 Stability class."),
        click.option("--wind-uncertainty", default=0.0, show_default=True, help="风向偏差，两侧各多少度。 Degrees the wind may be off to either side."),
        click.option("--wind-from", type=float, help="风的来向，0–360°（0 为北）。 Direction the wind comes from; 0 is north."),
        click.option("--wind", type=float, help="10 m 风速，m/s，1–30；默认 1.5。 Wind at 10 m; 1.5 by default."),
    ):  # fmt: skip
        function = option(function)
    return function


@command.command()
@click.option("--substance", required=True, help="物质：名称或 CAS 号。 Substance: a name or CAS number.")
@click.option("--mass", required=True, type=float, help="可能泄漏的量，kg。 What can escape, kg.")
@click.option(
    "--kind",
    required=True,
    type=click.Choice([str(k) for k in ReleaseKind]),
    help="泄漏方式。 How it escapes.",
)
@click.option(
    "--at", "at", required=True, help="位置，如 114.0579,22.5431。 Position: lon,lat, or as pasted."
)
@click.option("--crs", default="wgs84", show_default=True, help="位置的坐标系。 Datum of the position.")
@_release_options
@_weather_options
@click.option(
    "--measures",
    help="中毒阈值，逗号分隔；默认 AEGL-3,AEGL-2,AEGL-1,IDLH。 Toxic thresholds, comma-separated.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="写入 .geojson。 Write to a .geojson file.",
)
@click.option("--json", "as_json", is_flag=True, help="输出 GeoJSON。 Print GeoJSON.")
def zones(
    at: str, crs: str, output: Path | None, measures: str | None, *, as_json: bool, **given: Any
) -> None:
    """画出各阈值的影响范围；没有给出的值取缺省并注明。 Draw the zones of each threshold; what is not given is assumed and said.

    \b
    例 Examples:
      ./onemap hazard zones --substance 液氯 --mass 1000 --kind liquid_hole --hole 10 --at 114.0579,22.5431 --wind 3 --wind-from 45 --cloud 2
      ./onemap hazard zones --substance LPG --mass 20000 --kind instant --at 114.0579,22.5431 -o zones.geojson
    """  # noqa: D301 - \b is click's mark for a block kept as it is
    if output is not None and output.suffix not in {".geojson", ".json"}:
        raise click.UsageError("-o 应为 .geojson。 A .geojson file was expected for -o.")
    place = travel_questions.position_from(at, "at", crs)
    instant = travel_questions.instant(given["at_time"], default=SystemClock().now())
    answer = consequences(
        _accident(given), _weather(given, place, instant), place,
        wind_uncertainty_deg=given["wind_uncertainty"], measures=_measures(measures),
    )  # fmt: skip
    _tell(answer, output, as_json=as_json)


@command.command("substances")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def listed(*, as_json: bool) -> None:
    """列出有数据的物质。 List the substances there are figures of."""
    rows = [
        {
            "cas": s.cas, "zh": s.name_zh, "en": s.name_en, "aliases": list(s.aliases), "is_toxic": bool(toxic_thresholds(s)),
            "has_probit": probit_constants(s) is not None, "lfl_pct": None if s.lfl is None else round(s.lfl * 100, 2), "source": s.source,
        }
        for s in substances()
    ]  # fmt: skip
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        facts = ["有毒 toxic"] if row["is_toxic"] else []
        facts += [f"可燃 LFL {row['lfl_pct']:g} %"] if row["lfl_pct"] is not None else []
        click.echo(f"{row['cas']:<12}{row['zh']} {row['en']} · {'，'.join(facts) or '—'}")


def _accident(given: dict[str, Any]) -> Accident:
    def scaled(name: str, factor: float) -> float | None:
        return None if given[name] is None else float(given[name]) * factor

    stored = given["stored_at"]
    return Accident(
        find_substance(given["substance"]),
        given["mass"],
        ReleaseKind(given["kind"]),
        rate_kg_s=given["rate"],
        hole_diameter_m=scaled("hole", 1e-3),
        pressure_pa=scaled("pressure", 1e3),
        head_m=given["head"],
        storage_temperature_k=None if stored is None else stored + _ZERO_C_K,
        shut_off_s=given["shut_off"],
        pool_area_m2=given["pool_area"],
        height_m=given["height"],
        exposure_min=given["exposure"],
    )


def _weather(given: dict[str, Any], place: tuple[float, float], instant: dt.datetime) -> Weather:
    """Read the weather; with the clouds, the sun of place and time gives the stability."""
    stability = StabilityClass(given["stability"]) if given["stability"] else None
    is_night = None
    if given["cloud"] is not None or given["at_time"]:
        utc = instant.astimezone(dt.UTC)
        elevation = solar_elevation_deg(
            *place, day_of_year=utc.timetuple().tm_yday, utc_hour=utc.hour + utc.minute / 60
        )
        is_night = elevation < 0
        if stability is None and given["cloud"] is not None and given["wind"] is not None:
            stability = stability_class(validate_wind(given["wind"]), sky_from_sun(elevation, given["cloud"]))
    return Weather(
        given["wind"],
        given["wind_from"],
        stability,
        is_night=is_night,
        air_temperature_k=None if given["air"] is None else given["air"] + _ZERO_C_K,
        relative_humidity=None if given["humidity"] is None else given["humidity"] / 100,
        terrain=Terrain(given["terrain"]) if given["terrain"] else None,
    )


def _measures(text: str | None) -> tuple[str, ...]:
    if text is None:
        return USUAL_MEASURES
    wanted = tuple(word.strip() for word in text.split(",") if word.strip())
    unknown = [word for word in wanted if word not in _MEASURES]
    if unknown or not wanted:
        raise click.UsageError(
            f"--measures 应取自 {', '.join(_MEASURES)}，收到 {text!r}。 Expected for --measures: one or more of these, got {text!r}."
        )
    return wanted


def _tell(answer: Consequences, output: Path | None, *, as_json: bool) -> None:
    body = hazard_answers.features(answer)
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        for line in hazard_answers.lines(answer):
            click.echo(line)
    if output is not None:
        output.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
        click.echo(f"已写入 written: {output}", err=True)
