"""Draw what is reached within some minutes."""

from __future__ import annotations

import json
from pathlib import Path

import click
import geopandas as gpd

from data.clock import SystemClock
from web import travel_answers, travel_questions
from web.travel_options import circumstances_options, closed_text, describe_network, opened_travel


@click.command()
@click.option(
    "--at", "at", required=True, help="位置，如 114.0579,22.5431。 Position: lon,lat, or as pasted."
)
@click.option("--crs", default="wgs84", show_default=True, help="位置的坐标系。 Datum of the position.")
@click.option("--minutes", default="10,20,30", show_default=True, help="分钟数。 Minutes, up to six.")
@circumstances_options
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="写入 .geojson 或 .gpkg。 Write to a file.",
)
def command(
    at: str,
    crs: str,
    minutes: str,
    at_time: str | None,
    profile: str,
    closed: Path | None,
    output: Path | None,
) -> None:
    """等时圈：从一处出发几分钟内能到的范围。 Draw the area reached from a place within some minutes.

    Example: ./onemap isochrone --at 114.0579,22.5431 --minutes 10,20,30 -o area.gpkg
    """
    if output is not None and output.suffix not in (".geojson", ".json", ".gpkg"):
        raise click.UsageError("-o 应为 .geojson 或 .gpkg。 One of .geojson and .gpkg was expected for -o.")
    question = travel_questions.question(
        {"at_time": at_time, "profile": profile, "closed": closed_text(closed)}, now=SystemClock().now()
    )
    place = travel_questions.position_from(at, "at", crs)
    with opened_travel() as travel:
        answer = travel.areas(question, place, travel_questions.minutes(minutes))
    body = travel_answers.areas(answer, "zh")
    click.echo(describe_network(body["network"]), err=output is None)
    for feature in body["features"]:
        facts = feature["properties"]
        click.echo(
            f"{facts['minutes']:g} min: {facts['area_m2'] / 1e6:.2f} km², 道路 roads {facts['road_length_m'] / 1000:.0f} km",
            err=output is None,
        )
    if output is None:
        click.echo(json.dumps(body, ensure_ascii=False))
    elif output.suffix == ".gpkg":
        frame = gpd.GeoDataFrame(
            [f["properties"] for f in body["features"]],
            geometry=[area.polygon for area in answer.areas],
            crs="EPSG:4326",
        )
        frame.to_file(output, layer="isochrone", driver="GPKG", engine="pyogrio")
    else:
        output.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
