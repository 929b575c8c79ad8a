"""Run every check of the project."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import click

from data import cluster as clusters
from web.settings import ROOT

_STEPS = (
    ("格式 format", ["ruff", "format", "--check", "--quiet", "."]),
    ("规范 lint", ["ruff", "check", "--quiet", "."]),
    ("类型 types", ["mypy"]),
    ("架构 architecture", ["importlinter.cli", "lint-imports"]),
)
#: Each process keeps a browser, a server and a database of its own.
_MOST_PROCESSES = 4


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--long",
    "is_long",
    is_flag=True,
    help="也运行耗时的测试，并为此安装 QGIS。 Run the long ones too; installs QGIS for them.",
)
@click.option("--only", is_flag=True, help="只运行 pytest。 Run pytest alone.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def command(pytest_arguments: tuple[str, ...], *, is_long: bool, only: bool) -> None:
    """运行全部检查：格式、规范、类型、架构、测试。 Run every check: format, lint, types, architecture, tests.

    Further arguments go to pytest, for example: ./onemap test --only tests/geo -k crs
    """
    os.chdir(ROOT)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONEMAP_DATABASE")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    failed: list[str] = []
    for title, arguments in () if only else _STEPS:
        started = time.monotonic()
        done = subprocess.run(_module(arguments), env=environment, check=False)
        click.echo(
            f"onemap · {title}: {'通过 ok' if done.returncode == 0 else '未通过 failed'} ({time.monotonic() - started:.0f} s)"
        )
        if done.returncode != 0:
            failed.append(title)
    clusters.ensure_running(clusters.cluster_of(ROOT))
    chosen = ["pytest", *pytest_arguments]
    if not is_long:
        chosen += ["-m", "not long"]
    if not pytest_arguments:
        # What tests/conftest.py keeps together stays in one process and in its place, and finds what its tests share as it was.
        processes = str(min(os.cpu_count() or 1, _MOST_PROCESSES))
        chosen += ["-n", processes, "--dist", "loadscope", "--no-loadscope-reorder"]
    done = subprocess.run(_module(chosen), env=environment, check=False)
    if done.returncode != 0:
        failed.append("测试 tests")
    if failed:
        click.secho(f"未通过 Failed: {', '.join(failed)}", fg="red")
        sys.exit(1)


def _module(arguments: list[str]) -> list[str]:
    if arguments[0] == "importlinter.cli":
        return [
            sys.executable,
            "-P",
            "-c",
            "from importlinter.cli import lint_imports_command as c; c()",
            "--no-cache",
        ]
    return [sys.executable, "-P", "-m", *arguments]
