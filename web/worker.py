"""Run background jobs until told to stop: the queue, forgotten jobs, the outbox and old files."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import procrastinate
import psycopg
from psycopg.rows import dict_row

from data import (
    attachments,
    drill_duty,
    enterprise_rows,
    incidents,
    job_queue,
    kept_days,
    networks,
    old_networks,
    outbox,
    patrol_duty,
    register_alarms,
    report_duty,
    station_scopes,
    table_imports,
    warning_digest,
)
from data.dispatch_desk import Desk
from data.scope import SYSTEM, enter
from data.store import Store
from data.tile_cache import TileCache
from data.travel_store import TravelStore
from geo.errors import OneMapError
from web.application import make_desk
from web.settings import Settings

_log = logging.getLogger(__name__)
_ROUND_S = 20
#: Files of attachments are looked through once an hour.
_SWEEP_ROUNDS = 180
#: Levels of response are due to the second.
_ORDERS_S = 1.0
#: Messages sent before the task may be cancelled.
_BATCH = 100


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
        rounds = (
            []
            if until_empty
            else [
                asyncio.create_task(r)
                for r in (_rounds(app, settings), _orders(settings), _messages(settings))
            ]
        )
        try:
            await app.run_worker_async(
                queues=["jobs"], concurrency=concurrency, wait=not until_empty, install_signal_handlers=not until_empty,
                listen_notify=not until_empty, delete_jobs="successful", fetch_job_polling_interval=2.0,
            )  # fmt: skip
        finally:
            for each in rounds:
                each.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await each


async def _rounds(app: procrastinate.App, settings: Settings) -> None:
    steps: list[Callable[[Settings], Any]] = [
        _pick_up_forgotten, _watch_deadlines, watch_patrols, _keep_day, ask_about_scopes, _send_digests, _sweep_tiles,
        _remove_old_networks, _forget_links,
    ]  # fmt: skip
    for number in itertools.count():
        await asyncio.sleep(_ROUND_S)
        try:
            await _retry_stalled(app)
        except Exception:  # noqa: BLE001 - the outermost door: the next round may do better
            _log.exception("queuing anew what died failed; it goes on")
        due = steps if number % _SWEEP_ROUNDS else [*steps, sweep_attachments]
        await go_round(due, settings)


async def go_round(steps: Sequence[Callable[[Settings], Any]], settings: Settings) -> None:
    """Do each step of a round in a thread; one that fails keeps none of the others from being done."""
    for step in steps:
        try:
            await asyncio.to_thread(step, settings)
        except Exception:  # noqa: BLE001 - the outermost door: the next round may do better
            _log.exception("%s failed; the round goes on", step.__name__)


def _sweep_tiles(settings: Settings) -> None:
    TileCache(settings.state_dir / "cache" / "tiles").sweep()


async def _orders(settings: Settings) -> None:
    """Ask every second for the levels of response that are due."""
    store = Store(settings.database, max_size=2)
    travel = TravelStore(store, settings.state_dir)
    travel.networks.warm_up()
    desk = make_desk(settings, travel)
    try:
        while True:
            await asyncio.sleep(_ORDERS_S)
            try:
                await asyncio.to_thread(escalate_all, store, desk, settings)
            except Exception:  # noqa: BLE001 - the outermost door: the next second may do better
                _log.exception("looking after the orders failed; it goes on")
    finally:
        store.close()


async def _messages(settings: Settings) -> None:
    """Send every second the messages that are due, beside the orders: a gateway that is slow keeps no level waiting."""
    while True:
        await asyncio.sleep(_ORDERS_S)
        try:
            sent = _BATCH
            while sent == _BATCH:
                sent = await asyncio.to_thread(
                    outbox.send_due,
                    settings.database,
                    gateway_of(settings),
                    clock=settings.clock,
                    limit=_BATCH,
                )
        except Exception:  # noqa: BLE001 - the outermost door: the next second may do better
            _log.exception("sending messages failed; it goes on")


def escalate_all(store: Store, desk: Desk, settings: Settings) -> None:
    """Look at every open order once, each in a transaction of its own: one that fails keeps no other waiting."""
    with store.transaction(SYSTEM) as connection:
        codes = incidents.open_codes(connection)
    for code in codes:
        try:
            with store.transaction(SYSTEM) as connection:
                desk.escalate(
                    connection, code, now=settings.clock.now(),
                    base_url=settings.public_url or "http://127.0.0.1:8000",
                )  # fmt: skip
        except OneMapError as error:
            _log.warning("order %s: %s", code, error)


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
    """Watch the dates of registers, hidden dangers among them, until nothing is left to do."""
    while True:
        with psycopg.connect(settings.database.app, row_factory=dict_row) as connection:
            enter(connection, SYSTEM)
            if register_alarms.watch(connection, now=settings.clock.now()) == 0:
                return


def watch_patrols(settings: Settings) -> None:
    """Warn of the patrols that were not walked in their days, once each."""
    with psycopg.connect(settings.database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        patrol_duty.watch(connection, now=settings.clock.now())


def _keep_day(settings: Settings) -> None:
    """Once a day: keep the totals of the day that ended, and look at the drills and the monthly reports that are owed."""
    with psycopg.connect(settings.database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        changed = kept_days.keep(connection, now=settings.clock.now())
        if changed is not None:
            drill_duty.warn(connection, now=settings.clock.now())
            report_duty.warn(connection, now=settings.clock.now())
    if changed is not None:
        _log.info("kept the totals of the day that ended: %d changed", changed)
        follow_enterprises(settings)


def follow_enterprises(settings: Settings) -> None:
    """Have the rows of enterprises that got an account before rows followed it come to their owner and authority."""
    with psycopg.connect(settings.database.app, row_factory=dict_row) as connection:
        moved = enterprise_rows.follow(connection, enterprise_rows.stranded(connection))
    if moved:
        _log.info("rows followed their enterprises: %s", moved)


def ask_about_scopes(settings: Settings) -> None:
    """Hand in, when it is due, the job that holds the scopes of stations against the roads: a round does not wait for it."""
    with psycopg.connect(settings.database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        job_id = station_scopes.ask_when_due(connection, now=settings.clock.now())
    if job_id is not None:
        job_queue.hand_in(settings.database, job_id)


def _send_digests(settings: Settings) -> None:
    """Write the daily digests of warnings that are due to the outbox."""
    with psycopg.connect(settings.database.app, row_factory=dict_row) as connection:
        warning_digest.send_due(connection, now=settings.clock.now())


def _forget_links(settings: Settings) -> None:
    """Forget the links of messages that open nothing any more."""
    with psycopg.connect(settings.database.app, row_factory=dict_row) as connection:
        outbox.forget_links(connection, now=settings.clock.now())


def _remove_old_networks(settings: Settings) -> None:
    """Remove the files of networks that were replaced and that nobody uses any more."""
    with psycopg.connect(settings.database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        for name in old_networks.remove_unused(connection, networks.networks_folder(settings.state_dir)):
            _log.info("removed the old network file %s", name)


def sweep_attachments(settings: Settings) -> None:
    """Remove the files of attachments that were detached, and of imports that are over."""
    with psycopg.connect(settings.database.app, row_factory=dict_row) as connection:
        removed = attachments.sweep(connection, settings.state_dir / "attachments")
    table_imports.sweep(settings.state_dir, now=settings.clock.now())
    if removed:
        _log.info("removed %d files that nothing is attached to", removed)


def gateway_of(settings: Settings) -> outbox.Gateway:
    """Give the SMS gateway of the settings; without one, messages stay on the outbox page."""
    if settings.sms_url:
        return outbox.HttpGateway(settings.sms_url, token=settings.sms_token)
    return outbox.PageGateway()
