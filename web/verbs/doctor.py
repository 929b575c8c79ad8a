"""Say what is missing and how to mend it."""

from __future__ import annotations

import sys

import click

from web.doctor import report
from web.settings import ROOT


@click.command()
def command() -> None:
    """检查这台机器，指出缺什么、怎么补。 Say what is missing on this machine and how to mend it."""
    sys.exit(report(ROOT))
