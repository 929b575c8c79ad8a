"""Run the coverage of several cities side by side, each on its own database, through dask.distributed."""

from __future__ import annotations

import logging
import resource
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from data.coverage_tables import DivisionTotals, totals_by_division
from data.database import Database
from data.errors import FilterError, StoreError
from data.scope import SYSTEM
from data.store import Store
from data.travel_store import Question, TravelStore
from geo.errors import OneMapError

if TYPE_CHECKING:
    from distributed import Client

_FIELDS = frozenset({"name", "database_url", "state_dir"})
_ANSWER_S = 30.0


@dataclass(frozen=True)
class City:
    """A city by its name, its database, and the folder where the files of its road network lie."""

    name: str
    database_url: str
    state_dir: Path


@dataclass(frozen=True)
class SweepAsked:
    """The coverage that every city is asked for."""

    question: Question
    of: str
    by: str
    limits_s: tuple[float, ...]
    only_on_duty: bool = False


@dataclass(frozen=True, eq=False)
class CitySweep:
    """
    What one city answered.

    Attributes
    ----------
    totals : DivisionTotals or None
        None where `error` says why.
    facilities : int
        Where it starts from.
    open_s, sweep_s : float
        Seconds to open the network and read the points, and to sweep.
    peak_mib : float
        The most memory its process has held so far, MiB.
    """

    name: str
    totals: DivisionTotals | None
    facilities: int
    network_version: str
    open_s: float
    sweep_s: float
    peak_mib: float
    error: str | None = None


def read_cities(path: Path, *, state_dir: Path) -> tuple[City, ...]:
    """Read the list of cities: TOML, one ``[[city]]`` each with `name`, `database_url` and, where it is not the usual one, `state_dir`.

    Raises
    ------
    FilterError
        When the file cannot be read, or a city lacks a field, has an unknown one or repeats; it names which.
    """
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("city", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FilterError(
            f"读不了城市清单 {path}：{error}。 The list of cities {path} cannot be read: {error}."
        ) from error
    if not isinstance(rows, list) or not rows:
        raise FilterError(f"{path} 里没有 [[city]]。 There is no [[city]] in {path}.")
    found: list[City] = []
    for n, row in enumerate(rows, 1):
        given = row if isinstance(row, dict) else {}
        unknown = set(given) - _FIELDS
        lacking = [f for f in ("name", "database_url") if not str(given.get(f) or "").strip()]
        if unknown or lacking:
            wrong_zh = "、".join([f"缺少 {f}" for f in lacking] + [f"不认识 {f}" for f in sorted(unknown)])
            wrong_en = ", ".join(
                [f"{f} is missing" for f in lacking] + [f"{f} is not known" for f in sorted(unknown)]
            )
            raise FilterError(f"{path} 第 {n} 个城市：{wrong_zh}。 City {n} in {path}: {wrong_en}.")
        if given["name"] in {city.name for city in found}:
            raise FilterError(
                f"{path} 第 {n} 个城市：{given['name']} 重复。 City {n} in {path}: {given['name']} repeats."
            )
        found.append(
            City(str(given["name"]), str(given["database_url"]), Path(given.get("state_dir") or state_dir))
        )
    return tuple(found)


def sweep_city(city: City, asked: SweepAsked) -> CitySweep:
    """Answer for one city; what goes wrong in it is told, so that the others go on."""
    begun = time.perf_counter()
    try:
        store = Store(Database(city.database_url, city.database_url, None), max_size=2)
        try:
            return _swept(store, city, asked, begun)
        finally:
            store.close()
    except OneMapError as error:
        words = str(error)
    except psycopg.Error as error:
        words = f"不是本程序的库，或版本不同：{error}。 No database of this program, or of another revision: {error}."
    return CitySweep(city.name, None, 0, "", time.perf_counter() - begun, 0.0, _peak_mib(), words)


def _swept(store: Store, city: City, asked: SweepAsked, begun: float) -> CitySweep:
    travel = TravelStore(store, city.state_dir)
    travel.circumstances(asked.question)
    travel.positions(SYSTEM, asked.of).read()
    opened = time.perf_counter()
    answer = travel.coverage(
        SYSTEM,
        asked.question,
        of=asked.of,
        by=asked.by,
        limits_s=asked.limits_s,
        only_on_duty=asked.only_on_duty,
    )
    swept = time.perf_counter()
    with store.transaction(SYSTEM) as connection:
        totals = totals_by_division(connection, answer)
    version = answer.circumstances.network.version
    return CitySweep(
        city.name, totals, len(answer.facility_ids), version, opened - begun, swept - opened, _peak_mib()
    )


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def sweep_cities(
    cities: Sequence[City],
    asked: SweepAsked,
    *,
    scheduler: str | None = None,
    workers: int = 2,
    report: Callable[[CitySweep], None] = lambda _: None,
) -> tuple[CitySweep, ...]:
    """Sweep cities on the workers of a scheduler, or on so many processes of this machine; answers in the order of the cities.

    A worker that dies is replaced once; `report` is told each city as it is done.

    Raises
    ------
    StoreError
        When no scheduler answers at the address.
    """
    from distributed import as_completed  # noqa: PLC0415 - a second that other verbs need not wait for

    with _client(scheduler, min(workers, len(cities))) as client:
        tasks = {
            client.submit(sweep_city, city, asked, pure=False, retries=1): n for n, city in enumerate(cities)
        }
        found: dict[int, CitySweep] = {}
        for task in as_completed(tasks):
            n = tasks[task]
            problem = task.exception()
            found[n] = task.result() if problem is None else _lost(cities[n], problem)
            report(found[n])
    return tuple(found[n] for n in range(len(cities)))


def _lost(city: City, problem: BaseException) -> CitySweep:
    words = f"执行进程中断：{problem}。 Its worker was lost: {problem}."
    return CitySweep(city.name, None, 0, "", 0.0, 0.0, 0.0, words)


@contextmanager
def _client(scheduler: str | None, workers: int) -> Iterator[Client]:
    """Reach a scheduler, or start one here with one process a worker: a sweep holds a whole city."""
    from distributed import Client, LocalCluster  # noqa: PLC0415 - as above

    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=_ANSWER_S)
        except (OSError, TimeoutError, ValueError) as error:
            raise StoreError(
                f"调度器 {scheduler[:80]} 没有应答：{error}。 No scheduler answers at {scheduler[:80]}: {error}."
            ) from error
        with client:
            yield client
        return
    options: dict[str, Any] = {"dashboard_address": None, "host": "127.0.0.1", "silence_logs": logging.ERROR}
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, **options) as cluster,
        Client(cluster) as client,
    ):
        yield client
