"""Check the audit chain."""

from __future__ import annotations

import sys

import click

from data import audit
from web.wiring import opened_store


@click.group()
def command() -> None:
    """审计记录。 The audit."""


@command.command()
def verify() -> None:
    """逐条核对审计链，发现改动即报告。 Recompute the hash chain and report the first line that was changed."""
    with opened_store() as store, store.unscoped() as connection:
        state = audit.verify(connection)
    if state.broken_at is None:
        click.echo(f"审计链完整，共 {state.checked} 条。 The chain is whole: {state.checked} lines.")
        return
    click.secho(
        f"第 {state.broken_at} 条{state.reason}。 The chain is broken at line {state.broken_at}.", fg="red"
    )
    sys.exit(1)
