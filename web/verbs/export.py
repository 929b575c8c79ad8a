"""Write the features of a layer to a file from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from data import audit, cql, export, features
from data.clock import SystemClock
from data.errors import FilterError
from data.scope import SYSTEM
from layers.registry import all_layers, layer_by_id
from web.wiring import opened_store


@click.command()
@click.argument("layer", type=click.Choice([layer.id for layer in all_layers()]))
@click.option(
    "--format",
    "file_format",
    type=click.Choice(export.FORMATS),
    help="格式，缺省按文件名。 Format; by the file's name if left out.",
)
@click.option("--division", help="只导出此区划内的。 Only what lies in this division.")
@click.option("--filter", "filter_text", help="CQL2 条件，如 \"grade = 'major'\"。 CQL2 condition.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="文件名。 File to write."
)
def command(
    layer: str, file_format: str | None, division: str | None, filter_text: str | None, output: Path | None
) -> None:
    """导出图层：Excel、CSV、GeoPackage、GeoJSON、FlatGeobuf、Shapefile。 Export a layer to a file.

    Example: ./onemap export elevator --format xlsx --division 440304 -o 福田电梯.xlsx
    """
    chosen = file_format or (output.suffix.lower().lstrip(".") if output else "xlsx")
    suffix = "zip" if chosen == "shp" else chosen
    if chosen not in export.FORMATS and not (chosen == "zip" and output):
        raise FilterError(
            f"不支持格式 {chosen}，有 {', '.join(export.FORMATS)}。 Formats are: {', '.join(export.FORMATS)}"
        )
    chosen = "shp" if chosen == "zip" else chosen
    path = output or Path(f"{layer}.{suffix}")
    if chosen == "shp" and path.suffix.lower() == ".shp":
        path = path.with_suffix(".zip")
    query = features.Query(
        division_code=division, filter_tree=cql.parse(filter_text) if filter_text else None
    )
    partial = path.with_name(f".{path.stem}.part{path.suffix}")
    partial.unlink(missing_ok=True)

    def progress(done: int) -> None:
        click.echo(f"onemap · {done:,} …", err=True)

    try:
        with opened_store() as store, store.transaction(SYSTEM) as connection:
            count = export.write_file(
                connection,
                layer_by_id(layer),
                query,
                partial,
                file_format=chosen,
                scope=SYSTEM,
                progress=progress,
            )
            audit.append(
                connection, at=SystemClock().now(), username="system", action="export", subject=layer,
                detail={"format": chosen, "rows": count, "division": division},
            )  # fmt: skip
        # The name appears only with the whole file behind it.
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    click.echo(f"已导出 {count:,} 行到 {path}。 Exported {count:,} rows.")
