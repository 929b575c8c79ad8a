"""A real city through GDAL: a district's token gets exactly that district's rows, as items and as a GeoPackage."""

from __future__ import annotations

import contextlib
import csv
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pyogrio
import pytest
from psycopg.rows import dict_row

from data import database as databases
from data import users
from data.clock import SystemClock
from data.loading.subject import LoadRequest, all_subjects
from data.scope import SYSTEM, enter
from data.store import Store
from tests.conftest import LiveServer
from web.serving import find_port
from web.settings import ROOT

pytestmark = pytest.mark.real_data

#: Code → the names that registers give its parts: Dapeng is run as a zone of its own and lies in Longgang.
DISTRICTS = {"440304": ("福田",), "440307": ("龙岗", "大鹏")}
LAYER = "risk_point"
#: Register → file, column of the code, letters before it, its datum. The authority is the district that a row names.
REGISTERS = {
    "car parks": ("shenzhen_parking_lots.csv", "id", "CP", "bd09"),
    "charging stations": ("shenzhen_ev_charging_stations_urbanev.csv", "station_id", "EV", "gcj02"),
}


def request_for(real_data: Path, register: str) -> LoadRequest:
    file, column, letters, datum = REGISTERS[register]
    constants = {"code": letters + "{" + column + "}", "level": "4", "authority_code": "{district}"}
    if register == "charging stations":
        constants["name"] = "充电站 {station_id}"
    return LoadRequest(
        LAYER, real_data / "poi_shenzhen" / file, crs=datum, mapping={"district": "division_code"},
        constants=constants, keep_good=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def server(
    make_database: Callable[[str], databases.Database],
    real_data: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    """Shenzhen with its car parks and charging stations, served as `serve` does, and a user for two districts."""
    database = make_database("realcity")
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        loads = [
            LoadRequest("divisions", real_data / "admin_codes/shenzhen_luzhou_divisions.csv", options={"year": "2023"}),
            LoadRequest("divisions", real_data / "boundaries/shenzhen_luzhou_districts_cgcs2000_tianditu.geojson"),
            *(request_for(real_data, register) for register in REGISTERS),
        ]  # fmt: skip
        for request in loads:
            assert all_subjects()[request.name].run(connection, request).written.total
        for code in DISTRICTS:
            users.add_user(
                connection, username=code, display_name=code, password="real-password-1", role="regulator",
                jurisdiction=[code], now=SystemClock().now(),
            )  # fmt: skip
    port = find_port("127.0.0.1", 21000 + os.getpid() % 2000)
    environment = {
        **os.environ, "ONEMAP_DATABASE_URL": database.app, "ONEMAP_OWNER_DATABASE_URL": database.owner,
        "ONEMAP_STATE_DIR": str(tmp_path_factory.mktemp("real-state")), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    log = tmp_path_factory.mktemp("real-log") / "serve.log"
    with log.open("w") as handle:
        process = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", "-m", "web", "serve", "--port", str(port), "--threads", "4"],
            env=environment, stdout=handle, stderr=subprocess.STDOUT,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    for _ in range(150):
        with contextlib.suppress(OSError), urllib.request.urlopen(url + "/healthz", timeout=2):
            break
        assert process.poll() is None, log.read_text()
        time.sleep(0.2)
    store = Store(database, max_size=2)
    yield LiveServer(url, store)
    store.close()
    process.terminate()
    process.wait(timeout=20)


def expected(server: LiveServer, real_data: Path, district: str) -> set[str]:
    """The codes that the registers put into a district, less what was left out for its position."""
    with server.store.transaction(SYSTEM) as connection:
        stored = {row["code"] for row in connection.execute(f"SELECT code FROM {LAYER}".encode())}
    named = set()
    for file, column, letters, _ in REGISTERS.values():
        with (real_data / "poi_shenzhen" / file).open(encoding="utf-8") as handle:
            named |= {
                letters + row[column]
                for row in csv.DictReader(handle)
                if row["district"] in DISTRICTS[district]
            }
    assert len(stored & named) >= 0.97 * len(named)
    assert stored - named
    return stored & named


@pytest.mark.parametrize("district", DISTRICTS)
def test_gdal_gets_exactly_the_districts_rows(
    server: LiveServer, real_data: Path, tmp_path: Path, district: str
) -> None:
    wanted = expected(server, real_data, district)
    token = server.token(district, "read", "export")
    target = tmp_path / "items.gpkg"
    done = subprocess.run(
        ["ogr2ogr", "-f", "GPKG", str(target), f"OAPIF:{server.url}/ogc", LAYER, "-oo", "PAGE_SIZE=1000"],
        capture_output=True, text=True, check=False,
        env={
            **os.environ, "GDAL_HTTP_AUTH": "BASIC", "GDAL_HTTP_USERPWD": f"token:{token}", "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    items = pyogrio.read_dataframe(target)
    assert len(items) == len(wanted)
    assert set(items["code"]) == wanted
    request = urllib.request.Request(
        f"{server.url}/api/export/{LAYER}?format=gpkg", headers={"Authorization": f"Bearer {token}"}
    )
    exported = tmp_path / "export.gpkg"
    with urllib.request.urlopen(request, timeout=60) as response:
        exported.write_bytes(response.read())
    frame = pyogrio.read_dataframe(exported)
    assert len(frame) == len(wanted)
    assert set(frame["code"]) == wanted
    places = frame.set_index("code").geometry
    again = items.set_index("code").geometry
    assert places.geom_equals_exact(again.loc[places.index], 1e-6).all()
