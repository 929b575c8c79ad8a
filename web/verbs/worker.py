"""Run background jobs."""

from __future__ import annotations

import asyncio
import logging

import click

from data.database import check_revision
from web.wiring import server_settings
from web.worker import work


@click.command()
@click.option("--until-empty", is_flag=True, help="做完队列中的任务就结束。 Stop when the queue is empty.")
@click.option(
    "--concurrency",
    default=2,
    show_default=True,
    type=click.IntRange(1, 32),
    help="同时执行几个。 Jobs at a time.",
)
def command(*, until_empty: bool, concurrency: int) -> None:
    """执行后台任务（导出等）；serve 和 demo 会自动带一个。 Run background jobs; serve and demo start one by themselves.

    More workers may run on any number of machines that reach the database and share the state folder.
    """
    logging.basicConfig(level=logging.WARNING)
    settings = server_settings()
    check_revision(settings.database)
    asyncio.run(work(settings, until_empty=until_empty, concurrency=concurrency))
