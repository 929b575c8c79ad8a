"""The network of the store: built, switched without a pause, followed by every process, refused when damaged."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely

from data import job_queue, networks
from data.clock import SetClock
from data.database import Database
from data.errors import LoadError
from data.loading.subject import LoadRequest, all_subjects
from data.network_service import NetworkService, hour_of_week
from data.roads.errors import NetworkFileError, NoNetworkError, RoadFileError
from data.roads.network_file import load_network, save_network
from data.scope import SYSTEM, enter, scope_for
from data.store import Store
from data.travel_store import Changes, Question, TravelStore
from geo.contraction import IS_AVAILABLE, CustomizedHierarchy
from geo.errors import NetworkError
from geo.self_check import self_check
from geo.weights import EMERGENCY
from web.settings import ROOT

MONDAY_18 = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def spare_city(make_database: Callable[..., Database]) -> Database:
    """A small city that nobody is connected to, to be copied."""
    from web.demo import prepare_demo

    database = make_database("spare")
    store = Store(database, max_size=2)
    prepare_demo(store, city_code="440300", size="small", say=lambda _: None)
    store.close()
    return database


@pytest.fixture
def database(make_database: Callable[..., Database], spare_city: Database) -> Database:
    """A small city of its own."""
    return make_database(f"n{uuid.uuid4().hex[:8]}", spare_city)


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    opened = Store(database, max_size=3)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def read_store(make_database: Callable[..., Database], spare_city: Database) -> Iterator[Store]:
    """A small city that no test changes."""
    opened = Store(make_database("networks", spare_city), max_size=3)
    yield opened
    opened.close()


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """A line layer: a lattice of streets in the middle of the city."""
    lines = [shapely.LineString([(114 + 0.002 * i, 22.55), (114 + 0.002 * i, 22.57)]) for i in range(11)]
    lines += [shapely.LineString([(114, 22.55 + 0.002 * i), (114.02, 22.55 + 0.002 * i)]) for i in range(11)]
    nodes = shapely.node(shapely.MultiLineString(lines))
    parts = list(nodes.geoms)
    path = tmp_path / "grid.gpkg"
    frame = gpd.GeoDataFrame(
        {"等级": ["主干路"] * len(parts), "路名": ["方格路"] * len(parts)}, geometry=parts, crs="EPSG:4326"
    )
    frame.to_file(path, driver="GPKG", engine="pyogrio")
    return path


def close_area(
    store: Store, box: shapely.Polygon, *, starts: dt.datetime, ends: dt.datetime | None = None
) -> int:
    with store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "INSERT INTO closure (code, name, division_code, authority_code, geom, starts_at, ends_at)"
            " VALUES (%s, '封闭', '440300', '440300', ST_Multi(ST_GeomFromText(%s, 4326)), %s, %s) RETURNING id",
            [f"CL{uuid.uuid4().hex[:8]}", box.wkt, starts, ends],
        ).fetchone()
    assert row is not None
    return int(row["id"])


def nearest(
    travel: TravelStore, at: tuple[float, float], when: dt.datetime = MONDAY_18, **more: Any
) -> list[tuple[int, float]]:
    answer = travel.nearest(SYSTEM, Question(when), at, kind_name="rescue_station", k=100, **more)
    return [(int(answer.points.ids[c.facility_idx]), c.travel_time_s) for c in answer.nearest.candidates]


def middle(travel: TravelStore) -> tuple[float, float]:
    network = travel.networks.roads().network
    lon, lat = network.node_lonlat[network.node_count // 2]
    return float(lon), float(lat)


def test_the_sample_city_has_its_network(read_store: Store, tmp_path: Path) -> None:
    with read_store.transaction(SYSTEM) as connection:
        row = networks.current(connection)
        report = connection.execute("SELECT report FROM network WHERE is_current").fetchone()
    network = load_network(networks.file_of(row, tmp_path), verify=True)
    assert network.version == row["version"]
    assert report is not None
    assert report["report"]["edges"] == network.edge_count


def test_without_roads_there_is_a_clear_error(empty_database: Database, tmp_path: Path) -> None:
    store = Store(empty_database, max_size=2)
    try:
        with pytest.raises(NoNetworkError, match="load roads"):
            NetworkService(store, tmp_path).roads()
    finally:
        store.close()


def test_a_slice_is_the_hour_of_departure(read_store: Store, tmp_path: Path) -> None:
    service = NetworkService(read_store, tmp_path)
    assert hour_of_week(MONDAY_18) == 18
    rush, night = service.circumstances(MONDAY_18), service.circumstances(MONDAY_18 - dt.timedelta(hours=15))
    assert rush.impedance.scenario.hour_of_week == 18
    assert night.impedance.scenario.hour_of_week == 3
    usable = night.impedance.arc_ms > 0
    assert rush.impedance.arc_ms[usable].sum() > night.impedance.arc_ms[usable].sum()
    assert service.circumstances(MONDAY_18).impedance is rush.impedance, "kept"
    assert service.circumstances(MONDAY_18, profile=EMERGENCY).impedance is not rush.impedance
    with pytest.raises(NetworkError, match="168"):
        service.circumstances(MONDAY_18, hour=168)


def test_closures_hold_while_they_last(store: Store, tmp_path: Path) -> None:
    travel = TravelStore(store, tmp_path)
    at = middle(travel)
    before = nearest(travel, at)
    station = before[0][0]
    answer = travel.nearest(SYSTEM, Question(MONDAY_18), at, kind_name="rescue_station", k=1)
    lon, lat = answer.points.lonlat[answer.nearest.candidates[0].facility_idx]
    box = shapely.box(lon - 0.002, lat - 0.002, lon + 0.002, lat + 0.002)
    if box.intersects(shapely.Point(at)):
        pytest.skip("the nearest station stands beside the incident")
    closure = close_area(store, box, starts=MONDAY_18, ends=MONDAY_18 + dt.timedelta(hours=1))
    travel.networks.look_now()
    closed = nearest(travel, at)
    assert station not in [i for i, _ in closed]
    found = travel.nearest(SYSTEM, Question(MONDAY_18), at, kind_name="rescue_station")
    assert found.circumstances.in_force == 1
    # at its end it is open again, and before its start
    for when in (MONDAY_18 + dt.timedelta(hours=1), MONDAY_18 - dt.timedelta(minutes=1)):
        assert travel.circumstances(Question(when)).in_force == 0
    with store.transaction(SYSTEM) as connection:
        connection.execute("DELETE FROM closure WHERE id = %s", [closure])
    travel.networks.look_now()
    assert nearest(travel, at) == before


def test_two_processes_see_a_new_closure(database: Database, store: Store, tmp_path: Path) -> None:
    """Another process that is already answering follows the change within seconds, and its reopening."""
    script = (
        "import sys, datetime as dt, pathlib\n"
        "from data.database import Database\nfrom data.store import Store\nfrom data.network_service import NetworkService\n"
        "service = NetworkService(Store(Database(sys.argv[1], '', None), max_size=2), pathlib.Path(sys.argv[2]))\n"
        "for line in sys.stdin:\n"
        "    c = service.circumstances(dt.datetime.fromisoformat(line.strip()))\n"
        "    print(c.network.version, c.roads.closure_version, len(c.impedance.closed_edges), flush=True)\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-P", "-c", script, database.app, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert other.stdin is not None
    assert other.stdout is not None

    def ask() -> tuple[str, int, int]:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdin.write(MONDAY_18.isoformat() + "\n")
        other.stdin.flush()
        version, closures, edges = other.stdout.readline().split()
        return version, int(closures), int(edges)

    def ask_until(is_there: Callable[[tuple[str, int, int]], bool]) -> tuple[str, int, int]:
        for _ in range(40):
            answer = ask()
            if is_there(answer):
                return answer
            time.sleep(0.1)
        raise AssertionError(answer)

    try:
        own = NetworkService(store, tmp_path)
        first = ask()
        assert first[2] == 0
        lon, lat = own.roads().network.node_lonlat[0]
        closure = close_area(
            store, shapely.box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01), starts=MONDAY_18
        )
        own.look_now()
        here = own.circumstances(MONDAY_18)
        there = ask_until(lambda a: a[2] > 0)
        assert there == (here.network.version, here.roads.closure_version, len(here.impedance.closed_edges))
        with store.transaction(SYSTEM) as connection:
            connection.execute("DELETE FROM closure WHERE id = %s", [closure])
        ask_until(lambda a: a[2] == 0)
    finally:
        other.stdin.close()
        other.wait(timeout=20)
        other.stdout.close()


def test_a_new_network_is_switched_to(store: Store, grid: Path, tmp_path: Path) -> None:
    travel = TravelStore(store, tmp_path)
    old = travel.networks.roads().network
    said: list[str] = []
    request = LoadRequest(
        name="roads",
        path=grid,
        mapping={"等级": "road_class", "路名": "name"},
        state_dir=tmp_path,
        say=said.append,
    )
    with store.transaction(SYSTEM) as connection:
        result = all_subjects()["roads"].run(connection, request)
        version = connection.execute("SELECT version FROM layer_state WHERE layer = 'road'").fetchone()
    assert result.written.inserted == 220
    assert any("220" in line for line in said)
    travel.networks.look_now()
    new = travel.networks.roads().network
    assert new.version != old.version
    assert new.edge_count == 220
    route = travel.route(Question(MONDAY_18), (114.0, 22.55), (114.02, 22.57)).route
    assert [step.name for step in route.steps] == ["方格路"]
    with store.transaction(SYSTEM) as connection:
        rows = connection.execute("SELECT DISTINCT road_class, name FROM road").fetchall()
        assert rows == [{"road_class": "primary", "name": "方格路"}]
        again = all_subjects()["roads"].run(connection, request)
        assert (again.written.inserted, again.written.unchanged) == (0, 220)
    assert version is not None


def test_roads_from_tables(tmp_path: Path, store: Store) -> None:
    nodes = pd.DataFrame({"key": [1, 2, 3], "x": [114.0, 114.01, 114.02], "y": [22.55] * 3})
    edges = pd.DataFrame({"a": [1, 2, 2, 3], "b": [2, 1, 3, 2], "kind": ["甲", "甲", "乙", "乙"]})
    nodes.to_csv(tmp_path / "nodes.csv", index=False)
    edges.to_csv(tmp_path / "edges.csv", index=False)
    mapping = {
        "key": "node_id",
        "x": "lon",
        "y": "lat",
        "a": "from_node",
        "b": "to_node",
        "kind": "road_class",
    }
    request = LoadRequest(
        name="roads", path=tmp_path / "edges.csv", mapping=mapping, state_dir=tmp_path,
        constants={"class.甲": "primary", "class.乙": "service"},
        options={"nodes": tmp_path / "nodes.csv", "directed": True},
    )  # fmt: skip
    with store.transaction(SYSTEM) as connection:
        assert all_subjects()["roads"].run(connection, request).written.inserted == 2
    service = NetworkService(store, tmp_path)
    assert sorted(set(service.roads().network.arc_class.tolist())) == [2, 8]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"mapping": {"等级": "grade"}}, LoadError),
        ({"mapping": {"没有": "road_class"}}, RoadFileError),
        ({"options": {"default_class": "boulevard"}}, LoadError),
        ({"constants": {"speed": "3"}}, LoadError),
        ({"path": Path("nothing.gpkg")}, RoadFileError),
    ],
)
def test_roads_that_cannot_be_taken_change_nothing(
    changes: dict[str, Any], error: type[Exception], read_store: Store, grid: Path, tmp_path: Path
) -> None:
    given = {"name": "roads", "path": grid, "state_dir": tmp_path, **changes}
    with read_store.transaction(SYSTEM) as connection:
        before = networks.current(connection)["version"]
    with pytest.raises(error), read_store.transaction(SYSTEM) as connection:
        all_subjects()["roads"].run(connection, LoadRequest(**given))
    with read_store.transaction(SYSTEM) as connection:
        assert networks.current(connection)["version"] == before


@pytest.mark.parametrize("damage", ["half", "other", "missing", "nonsense"])
def test_a_bad_network_file_is_refused_and_the_old_one_keeps_serving(
    damage: str, store: Store, grid: Path, tmp_path: Path
) -> None:
    service = NetworkService(store, tmp_path)
    old = service.roads().network
    built = networks.build_network_file(networks.RoadSource(grid), tmp_path)
    content = built.path.read_bytes()
    if damage == "half":
        built.path.write_bytes(content[: len(content) // 2])
    elif damage == "other":
        save_network(old, built.path)
    elif damage == "missing":
        built.path.unlink()
    else:
        built.path.write_bytes(b"roads" * 1000)
    with store.transaction(SYSTEM) as connection:
        networks.switch_to(connection, built, source="grid", now=MONDAY_18)
    service.look_now()
    assert service.roads().network is old
    assert service.circumstances(MONDAY_18).network is old
    with pytest.raises(NetworkFileError):
        NetworkService(store, tmp_path).roads()
    # mended, it is taken
    built.path.write_bytes(content)
    service.look_now()
    assert service.roads().network.version == built.version


def test_a_network_is_built_as_a_job(store: Store, database: Database, tmp_path: Path) -> None:
    with store.transaction(SYSTEM) as connection:
        source = connection.execute("SELECT value FROM setting WHERE key = 'roads_file'").fetchone()
        assert source is not None
        connection.execute("DELETE FROM network")
    with psycopg.connect(database.app, row_factory=psycopg.rows.dict_row) as connection:
        enter(connection, SYSTEM)
        job_id = job_queue.submit(
            connection,
            kind="road_network",
            title="路网",
            scope=SYSTEM,
            arguments={"path": source["value"]},
            now=MONDAY_18,
        )
    job_queue.run(database, job_id, state_dir=tmp_path, clock=SetClock(MONDAY_18))
    with store.transaction(SYSTEM) as connection:
        row = job_queue.read(connection, job_id, username="system")
        assert row["state"] == "done", row["message"]
        assert networks.current(connection)["built_at"] == MONDAY_18
    assert NetworkService(store, tmp_path).roads().network.edge_count > 1000


def test_own_speeds_are_followed(store: Store, tmp_path: Path) -> None:
    service = NetworkService(store, tmp_path)
    before = service.circumstances(MONDAY_18).impedance.arc_ms
    table = tmp_path / "speeds.csv"
    table.write_text("class,hour,speed_kmh\n" + "".join(f"{c},18,5\n" for c in ("residential", "primary")))
    with store.transaction(SYSTEM) as connection:
        result = all_subjects()["speeds"].run(
            connection, LoadRequest(name="speeds", path=table, state_dir=tmp_path)
        )
    assert result.written.updated == 2
    service.look_now()
    slow = service.circumstances(MONDAY_18).impedance.arc_ms
    assert slow.sum() > before.sum()
    other_hour = service.circumstances(MONDAY_18 + dt.timedelta(hours=3))
    assert other_hour.roads.speeds is not None


def test_points_follow_the_scope_and_the_rows(store: Store, tmp_path: Path) -> None:
    travel = TravelStore(store, tmp_path)
    one = scope_for(["440304"], username="x", role="regulator")
    everything = travel.coverage(
        SYSTEM, Question(MONDAY_18), of="elevator", by="rescue_station", limits_s=[600]
    )
    some = travel.coverage(one, Question(MONDAY_18), of="elevator", by="rescue_station", limits_s=[600])
    with store.transaction(one) as connection:
        ids = {r["id"] for r in connection.execute("SELECT id FROM elevator")}
    assert set(some.objects.ids.tolist()) == ids
    assert len(ids) < len(everything.objects)
    # the same objects have the same times, whoever asks
    at = np.searchsorted(everything.objects.ids, some.objects.ids)
    np.testing.assert_array_equal(
        everything.coverage.closest.travel_time_s[at], some.coverage.closest.travel_time_s
    )
    with store.transaction(SYSTEM) as connection:
        connection.execute("DELETE FROM elevator WHERE id = %s", [min(ids)])
    travel.networks.look_now()
    fewer = travel.coverage(one, Question(MONDAY_18), of="elevator", by="rescue_station", limits_s=[600])
    assert len(fewer.objects) == len(ids) - 1


def test_stations_that_are_tried_out(read_store: Store, tmp_path: Path) -> None:
    travel = TravelStore(read_store, tmp_path)

    def times(changes: Changes) -> Any:
        return travel.coverage(
            SYSTEM,
            Question(MONDAY_18),
            of="elevator",
            by="rescue_station",
            limits_s=[600],
            k=1,
            changes=changes,
        )

    before = times(Changes())
    lon, lat = before.objects.lonlat[0].tolist()
    more = times(Changes(added=((lon, lat),)))
    assert (more.coverage.closest.travel_time_s <= before.coverage.closest.travel_time_s).all()
    assert more.coverage.closest.travel_time_s[0, 0] == 0
    assert more.facility_ids[-1] == -1
    fewer = times(Changes(out_ids=frozenset({int(before.facility_ids[0])})))
    assert (fewer.coverage.closest.travel_time_s >= before.coverage.closest.travel_time_s).all()


def test_a_warm_service_gives_the_same_answers(read_store: Store, tmp_path: Path) -> None:
    cold, warm = TravelStore(read_store, tmp_path), TravelStore(read_store, tmp_path)
    warm.networks.warm_up().join()
    now = dt.datetime.now(dt.UTC)
    at = middle(cold)
    assert nearest(warm, at, now) == nearest(cold, at, now)
    found = warm.circumstances(Question(now))
    if IS_AVAILABLE and hour_of_week(now) == hour_of_week(dt.datetime.now(dt.UTC)):
        assert isinstance(warm.networks.times(found), CustomizedHierarchy)
    ends = ((114.0579, 22.5431), at)
    assert (
        warm.route(Question(now), *ends).route.travel_time_s
        == cold.route(Question(now), *ends).route.travel_time_s
    )


def test_the_engines_agree_on_this_machine() -> None:
    assert self_check().disagreeing == ()
