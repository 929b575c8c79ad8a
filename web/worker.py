"""Run background jobs until told to stop: the queue, forgotten jobs, the outbox and old files."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid

import procrastinate
import psycopg
from psycopg.rows import dict_row

from data import job_queue, outbox, warnings
from data.scope import SYSTEM, enter
from data.tile_cache import TileCache
from web.settings import Settings

_log = logging.getLogger(__name__)
_ROUND_S = 20


def make_app(settings: Settings) -> procrastinate.App:
    """Make the queue with the runner of jobs attached."""
    connector = procrastinate.PsycopgConnector(conninfo=settings.database.app, min_size=1, max_size=4)
    app = procrastinate.App(connector=connector)

    @app.task(name="onemap.run_job", queue="jobs")  # type: ignore[untyped-decorator]
    def run_job(job_id: str) -> None:
        job_queue.run(
            settings.database, uuid.UUID(job_id), state_dir=settings.state_dir, clock=settings.clock
        )

    return app


async def work(settings: Settings, *, until_empty: bool = False, concurrency: int = 2) -> None:
    """Work until cancelled, or until the queue is empty."""
    app = make_app(settings)
    async with app.open_async():
        await _retry_stalled(app)
        await asyncio.to_thread(_pick_up_forgotten, settings)
        rounds = asyncio.create_task(_rounds(app, settings)) if not until_empty else None
        try:
            await app.run_worker_async(
                queues=["jobs"], concurrency=concurrency, wait=not until_empty, install_signal_handlers=not until_empty,
                listen_notify=not until_empty, delete_jobs="successful", fetch_job_polling_interval=2.0,
            )  # fmt: skip
        finally:
            if rounds is not None:
                rounds.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await rounds


async def _rounds(app: procrastinate.App, settings: Settings) -> None:
    while True:
        await asyncio.sleep(_ROUND_S)
        try:
            await _retry_stalled(app)
            await asyncio.to_thread(_pick_up_forgotten, settings)
            await asyncio.to_thread(_watch_deadlines, settings)
            await asyncio.to_thread(
                outbox.send_due, settings.database, gateway_of(settings), clock=settings.clock
            )
            await asyncio.to_thread(TileCache(settings.state_dir / "cache" / "tiles").sweep)
        except Exception:  # noqa: BLE001 - the outermost door: the next round may do better
            _log.exception("a round of the worker failed; it goes on")


async def _retry_stalled(app: procrastinate.App) -> None:
    """Queue anew what a worker that died has left."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=60):
        await app.job_manager.retry_job(job)


def _pick_up_forgotten(settings: Settings) -> None:
    with psycopg.connect(settings.database.app, row_factory=dict_row) as connection:
        waiting = job_queue.forgotten(connection)
    for job_id in waiting:
        job_queue.hand_in(settings.database, job_id)


def _watch_deadlines(settings: Settings) -> None:
    """Turn hidden dangers past their deadline into overdue ones, until none is left."""
    while True:
        with psycopg.connect(settings.database.app, row_factory=dict_row) as connection:
            enter(connection, SYSTEM)
            if warnings.mark_overdue(connection, now=settings.clock.now()) == 0:
                return


def gateway_of(settings: Settings) -> outbox.Gateway:
    """Give the SMS gateway of the settings; without one, messages stay on the outbox page."""
    if settings.sms_url:
        return outbox.HttpGateway(settings.sms_url, token=settings.sms_token)
    return outbox.PageGateway()
