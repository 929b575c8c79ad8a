"""Measure what the product promises, beside peers in the same run."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import platform
from pathlib import Path
from typing import Any

import click

import web.benches


def benches() -> dict[str, Any]:
    """Discover the benches by name: each module in web/benches without an underscore gives NAMES and run(name, size)."""
    found: dict[str, Any] = {}
    for info in pkgutil.iter_modules(web.benches.__path__):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"web.benches.{info.name}")
        for name in module.NAMES:
            found[name] = module
    return dict(sorted(found.items()))


def machine() -> dict[str, Any]:
    """Say what the figures were measured on."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else ""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gib": round(memory_gib, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": [round(v, 2) for v in os.getloadavg()],
    }


@click.command()
@click.argument("name", required=False)
@click.option(
    "--size",
    default="large",
    show_default=True,
    type=click.Choice(["small", "medium", "large"]),
    help="合成路网或数据的规模。 Size of what is made for the bench.",
)
@click.option(
    "--city",
    default="lattice",
    show_default=True,
    type=click.Choice(["lattice", "store", "real"]),
    help="network、isochrone、closure 所用路网：合成、库中现用、真实深圳主干路。"
    " Roads of network, isochrone and closure: made up, in use, real Shenzhen's.",
)
@click.option(
    "--minutes",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0.5, 7 * 24 * 60),
    help="wall 运行多少分钟。 How long wall runs.",
)
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(1, 120),
    help="wall 的来电快多少倍：30 倍、48 分钟即一天的事件。 How much faster wall's calls come: 48 minutes at 30 hold a day's events.",
)
@click.option("--no-peers", is_flag=True, help="不与同类软件比较。 Without pgRouting and pandana.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="把 JSON 写入文件。 Write JSON to a file.",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")
def command(
    name: str | None,
    size: str,
    city: str,
    minutes: float,
    speed: float,
    output: Path | None,
    *,
    no_peers: bool,
    as_json: bool,
) -> None:
    """测量速度，并与同类软件在同一次运行中比较。 Measure speeds, beside peers in the same run.

    Without NAME, lists the benches. Trust ratios above 1.5 on a busy machine, not absolute figures.
    """
    known = benches()
    if name is None:
        for bench in known:
            click.echo(bench)
        return
    if name not in known:
        raise click.UsageError(
            f"没有 {name}，现有 {', '.join(known)}。 There is no bench {name}; known: {', '.join(known)}."
        )
    facts = machine()
    module = known[name]
    takes = getattr(module, "OPTIONS", ())
    if city != "lattice" and "city" not in takes:
        raise click.UsageError(
            f"{name} 只测库中现用的城市，不用 --city。 {name} measures the city in use: leave out --city."
        )
    given = {"city": city, "with_peers": not no_peers, "minutes": minutes, "speed": speed}
    result = {"machine": facts, **module.run(name, size, **{k: v for k, v in given.items() if k in takes})}
    if output is not None:
        output.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=1))
        return
    _print(result)


def _print(result: dict[str, Any]) -> None:
    facts = result["machine"]
    click.echo(f"{facts['cpu']} × {facts['cores']}, {facts['memory_gib']} GiB, load {facts['load_before']}")
    figures = result["figures"]
    heads = list(dict.fromkeys(key for row in figures.values() for key in row))
    width = max(len(name) for name in figures)
    click.echo(f"{'':<{width}} " + " ".join(f"{h:>12}" for h in heads))
    for name, row in figures.items():
        click.echo(f"{name:<{width}} " + " ".join(f"{_shown(row.get(h)):>12}" for h in heads))
    for key, value in result.items():
        if key not in ("machine", "figures"):
            click.echo(
                f"{key}: {json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value}"
            )


def _shown(value: Any) -> str:
    if value is None:
        return "—"
    return (
        f"{value:,.3g}"
        if isinstance(value, float) and abs(value) < 100
        else f"{value:,.0f}"
        if isinstance(value, float)
        else str(value)
    )
