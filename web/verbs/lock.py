"""Renew the lock files of the Python libraries."""

from __future__ import annotations

import subprocess
import sys

import click

from web.settings import ROOT


@click.command()
def command() -> None:
    """重新锁定 Python 库版本（开发者用）。 Renew requirements/*.lock with uv, which must be installed; for developers."""
    for name in ("core", "test"):
        done = subprocess.run(
            ["uv", "pip", "compile", "--universal", "--generate-hashes", "--python-version", "3.11"]
            + ["--no-header", "--no-annotate", "-q", f"requirements/{name}.in", "-o", f"requirements/{name}.lock"],
            cwd=ROOT, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            sys.exit(done.returncode)
    click.echo("已更新 requirements/*.lock。 Renewed.")
