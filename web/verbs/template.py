"""Write the Excel template of a layer."""

from __future__ import annotations

from pathlib import Path

import click

from data.loading.template import write_template
from layers.registry import all_layers, layer_by_id


@click.command()
@click.argument("layer", type=click.Choice([layer.id for layer in all_layers()]))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="文件名，缺省为 图层.xlsx。 File to write.",
)
@click.option(
    "--lang",
    default="zh",
    show_default=True,
    type=click.Choice(["zh", "en"]),
    help="表头语言。 Language of the headers.",
)
def command(layer: str, output: Path | None, lang: str) -> None:
    """生成台账的 Excel 模板：表头、示例行、下拉选项、填写说明。 Write the Excel template of a layer.

    Example: ./onemap template elevator -o 电梯.xlsx
    """
    path = output or Path(f"{layer}.xlsx")
    if path.suffix.lower() != ".xlsx":
        raise click.BadParameter(
            "文件名应以 .xlsx 结尾。 The file name should end with .xlsx.", param_hint="-o"
        )
    write_template(layer_by_id(layer), path, language=lang)
    click.echo(f"已生成 {path}。填好后 fill it in, then: ./onemap load {layer} {path} --dry-run")
