"""Search from the command line."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from data import search
from data.scope import SYSTEM
from web.wiring import opened_store


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--limit", default=10, show_default=True, type=click.IntRange(1, 50), help="最多几条。 How many at most."
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def command(text: tuple[str, ...], limit: int, *, as_json: bool) -> None:
    """按名称、编码、拼音、地址或道路查找。 Find by name, code, pinyin, address or road.

    Example: ./onemap search 福田 · ./onemap search ftq · ./onemap search 001234
    """
    with opened_store() as store, store.transaction(SYSTEM) as connection:
        hits = search.search(connection, " ".join(text), scope=SYSTEM, limit=limit)
    if as_json:
        click.echo(json.dumps([asdict(hit) for hit in hits], ensure_ascii=False, indent=1))
        return
    if not hits:
        click.echo("没有找到。 Nothing found.")
    for hit in hits:
        place = f"{hit.lon:.6f},{hit.lat:.6f}" if hit.lon is not None and hit.lat is not None else "—"
        click.echo(f"{hit.title}  [{hit.subtitle}]  {place}")
