"""Real registers of Shenzhen: outlines, codes, zones, and points whose declared datum is right or wrong."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg.rows import dict_row

from data import database as databases
from data.errors import LoadError
from data.loading.check import Cells
from data.loading.division_index import M_PER_DEGREE, read_divisions
from data.loading.places import read_places
from data.loading.point_datum import judge_points
from data.loading.positions import Positions
from data.loading.register import load_register
from data.loading.subject import LoadRequest, LoadResult, all_subjects
from data.scope import SYSTEM, Connection, enter
from geo.crs import HOUSE_CRS, convert
from geo.datum import CANDIDATES, DatumVerdict
from tests.data.loading.conftest import write_csv

pytestmark = pytest.mark.real_data

#: File, layer, options, the datum it was published in, its columns of that datum.
REGISTERS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "car parks": (
        "poi_shenzhen/shenzhen_parking_lots.csv", "residential_place",
        {"mapping": {"id": "code", "district": "division_code"}}, "bd09",
    ),
    "shelters": (
        "poi_shenzhen/shenzhen_emergency_shelters.csv", "rescue_resource",
        {
            "mapping": {"district": "division_code"},
            "constants": {"code": "SH-{id}", "name": "应急避难场所 {id}", "kind": "shelter"},
        }, "gcj02",
    ),
    "charging stations": (
        "poi_shenzhen/shenzhen_ev_charging_stations_urbanev.csv", "risk_point",
        {
            "mapping": {"district": "division_code"},
            "constants": {"code": "EV{station_id}", "name": "充电站 {station_id}", "level": "4"},
        }, "gcj02",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def city(make_database: Callable[[str], databases.Database], real_data: Path) -> Iterator[Connection]:
    """Shenzhen's and Luzhou's code list with the districts of two sources, in one transaction."""
    with psycopg.connect(make_database("real").app, row_factory=dict_row) as opened:
        enter(opened, SYSTEM)
        codes = run(
            opened,
            "divisions",
            real_data / "admin_codes/shenzhen_luzhou_divisions.csv",
            options={"year": "2023"},
        )
        assert codes.written.inserted == 2 + 16 + 79 + 126 + 788 + 1488
        tianditu = real_data / "boundaries/shenzhen_luzhou_districts_cgcs2000_tianditu.geojson"
        assert run(opened, "divisions", tianditu).written.updated == 16
        yield opened
        opened.rollback()


def run(connection: Connection, name: str, path: Path, **given: Any) -> LoadResult:
    return all_subjects()[name].run(connection, LoadRequest(name, path, **given))


def published(real_data: Path, name: str, tmp_path: Path) -> tuple[Path, str]:
    """A register with the columns of the published datum only, under headers that do not name it."""
    file, _, _, datum = REGISTERS[name]
    with (real_data / file).open(encoding="utf-8") as handle:
        rows = list(csv.reader(handle))
    keep = [i for i, h in enumerate(rows[0]) if not h.endswith("_wgs84")]
    rows[0] = [h.replace(f"_{datum}", "") for h in rows[0]]
    return write_csv(tmp_path / "published.csv", [[row[i] for i in keep] for row in rows]), datum


@pytest.mark.parametrize("name", REGISTERS)
@pytest.mark.parametrize("said", [None, "EPSG:4326", "gcj02", "bd09"])
def test_the_declared_datum_of_a_real_batch(
    city: Connection, real_data: Path, tmp_path: Path, name: str, said: str | None
) -> None:
    path, true = published(real_data, name, tmp_path)
    _, layer, options, _ = REGISTERS[name]
    with city.transaction(force_rollback=True):
        if said == true:
            done = load_register(city, LoadRequest(layer, path, crs=said, keep_good=True, **options))
            assert done.written.inserted >= 0.99 * (done.written.total + done.log.bad_rows)
            return
        with pytest.raises(LoadError, match=f"请用 --crs {true}"):
            load_register(city, LoadRequest(layer, path, crs=said, **options))


@pytest.mark.parametrize("name", REGISTERS)
def test_positions_agree_with_the_derived_ones(city: Connection, real_data: Path, name: str) -> None:
    file, layer, options, datum = REGISTERS[name]
    with city.transaction(force_rollback=True):
        load_register(city, LoadRequest(layer, real_data / file, crs=datum, keep_good=True, **options))
        with (real_data / file).open(encoding="utf-8") as handle:
            derived = [(float(r["lng_wgs84"]), float(r["lat_wgs84"])) for r in csv.DictReader(handle)]
        at = {
            (round(row["lon"], 5), round(row["lat"], 5))
            for row in city.execute(f"SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM {layer}".encode())
        }
        near = {(x + dx, y + dy) for x, y in at for dx in (0, 1e-5, -1e-5) for dy in (0, 1e-5, -1e-5)}
        rounded = {(round(x, 5), round(y, 5)) for x, y in near}
        hit = sum((round(x, 5), round(y, 5)) in rounded for x, y in derived)
        assert hit >= 0.99 * len(derived)


def test_the_491_zones_as_divisions(city: Connection, real_data: Path) -> None:
    path = real_data / "boundaries/shenzhen_491_traffic_zones/SZ_districts.shp"
    wanted = {"code": "440300{OBJECTID:03}", "name": "交通小区{TAZID}"}
    with city.transaction(force_rollback=True):
        assert run(city, "divisions", path, constants=wanted).written.inserted == 491
        assert run(city, "divisions", path, constants=wanted).written.unchanged == 491
        row = city.execute(
            "SELECT sum(ST_Area(geom::geography)) / 1e6 AS km2 FROM division WHERE level = 'street' AND geom IS NOT NULL"
        ).fetchone()
        assert row is not None
        assert 1_700 < row["km2"] < 2_200


def test_outlines_by_short_name_and_in_gcj02(city: Connection, real_data: Path) -> None:
    with city.transaction(force_rollback=True):
        with pytest.raises(LoadError, match="大鹏"):  # Dapeng is no division of the national list
            run(city, "divisions", real_data / "boundaries/shenzhen_10_districts_wgs84.geojson")
        done = run(
            city, "divisions", real_data / "boundaries/shenzhen_10_districts_wgs84.geojson", keep_good=True
        )
        assert done.written.updated == 9
        amap = real_data / "boundaries/shenzhen_luzhou_districts_gcj02_amap.geojson"
        assert run(city, "divisions", amap, crs="gcj02").written.updated == 18


def test_compounds_without_positions_are_matched_to_car_parks(
    city: Connection, real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, layer, options, datum = REGISTERS["car parks"]
    with (real_data / "poi_shenzhen/shenzhen_residential_compounds.csv").open(encoding="utf-8") as handle:
        compounds = list(csv.DictReader(handle))
    rows = [
        ["小区编码", "小区名称", "所在区划"],
        *([f"CP{c['seq']}", c["name"], f"{c['district']}/{c['street']}"] for c in compounds),
    ]
    for row in rows[1:]:
        if row[2].startswith(("光明", "大鹏")):
            row[2] = row[2].split("/")[0].replace("大鹏", "龙岗")
    with city.transaction(force_rollback=True):
        load_register(city, LoadRequest(layer, real_data / file, crs=datum, keep_good=True, **options))
        done = load_register(city, LoadRequest(layer, write_csv(tmp_path / "c.csv", rows), keep_good=True))
        found = {
            row["code"]: row
            for row in city.execute(
                "SELECT code, ST_X(geom) AS lon, ST_Y(geom) AS lat, position_quality AS quality, position_confidence AS sure"
                " FROM residential_place WHERE code LIKE 'CP%'"
            )
        }
    right: dict[str, list[bool]] = {"matched": [], "guess": [], "none": []}
    for c in compounds:
        row = found.get(f"CP{c['seq']}")
        if row is None or not c["lng_wgs84"]:
            continue
        if row["lon"] is None:
            right["none"].append(False)
            continue
        east = (row["lon"] - float(c["lng_wgs84"])) * np.cos(np.radians(row["lat"]))
        off_m = np.hypot(east, row["lat"] - float(c["lat_wgs84"])) * M_PER_DEGREE
        right[row["quality"]].append(bool(off_m <= 300))
        assert 0.5 <= row["sure"] <= 1
    with capsys.disabled():
        shares = ", ".join(f"{k} {sum(v)}/{len(v)} within 300 m" for k, v in right.items())
        print(
            f"\n{len(compounds)} compounds: {done.matched} matched, {done.guessed} guessed, {done.unplaced} without; {shares}; left out {done.log.bad_rows}"
        )
    assert sum(right["matched"]) >= 0.97 * len(right["matched"])
    assert len(right["matched"]) >= 0.8 * sum(len(v) for v in right.values())
    assert done.to_mend == done.guessed + done.unplaced


def test_car_parks_left_out_are_found_by_their_addresses(
    city: Connection, real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each tenth car park is loaded without its position and compared with where it is."""
    file, layer, options, datum = REGISTERS["car parks"]
    with (real_data / file).open(encoding="utf-8") as handle:
        parks = list(csv.DictReader(handle))
    hidden = parks[::10]
    with city.transaction(force_rollback=True):
        load_register(city, LoadRequest(layer, real_data / file, crs=datum, keep_good=True, **options))
        city.execute("DELETE FROM residential_place WHERE code = ANY(%s)", [[p["id"] for p in hidden]])
        head = ["编码", "名称", "地址", "所在区划"]
        rows = [[p["id"], p["name"], p["address"], p["district"]] for p in hidden]
        done = load_register(
            city, LoadRequest(layer, write_csv(tmp_path / "h.csv", [head, *rows]), keep_good=True)
        )
        found = {
            row["code"]: row
            for row in city.execute(
                "SELECT code, ST_X(geom) AS lon, ST_Y(geom) AS lat, position_quality AS quality FROM residential_place"
                " WHERE code = ANY(%s) AND geom IS NOT NULL", [[p["id"] for p in hidden]],
            )
        }  # fmt: skip
    off_m: dict[str, list[float]] = {"matched": [], "guess": []}
    for p in hidden:
        row = found.get(p["id"])
        if row is not None:
            east = (row["lon"] - float(p["lng_wgs84"])) * np.cos(np.radians(row["lat"]))
            off_m[row["quality"]].append(
                float(np.hypot(east, row["lat"] - float(p["lat_wgs84"])) * M_PER_DEGREE)
            )
    with capsys.disabled():
        for quality, metres in off_m.items():
            print(
                f"\n{len(hidden)} car parks: {quality} {len(metres)}, within 300 m {np.mean(np.array(metres) <= 300):.1%}, median {np.median(metres):.0f} m"
            )
    assert np.mean(np.array(off_m["matched"]) <= 300) >= 0.8
    assert done.to_mend == done.guessed + done.unplaced


def test_single_points_against_their_matched_places(
    city: Connection, real_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each tenth car park stays outside; its name and address lead to the others, which say its datum, or nobody does."""
    file, layer, options, true = REGISTERS["car parks"]
    with (real_data / file).open(encoding="utf-8") as handle:
        parks = list(csv.DictReader(handle))
    hidden = parks[::10]
    with city.transaction(force_rollback=True):
        load_register(city, LoadRequest(layer, real_data / file, crs=true, keep_good=True, **options))
        city.execute("DELETE FROM residential_place WHERE code = ANY(%s)", [[p["id"] for p in hidden]])
        divisions = read_divisions(city)
        places = read_places(city, divisions)
        cells = Cells({name: [p[name] for p in hidden] for name in ("name", "address")}, {})
        counties = [divisions.resolve(p["district"]) if p["district"] else None for p in hidden]
        typed = np.array([[float(p["lng_bd09"]), float(p["lat_bd09"])] for p in hidden])
        told: dict[str, Counter[str]] = {}
        for said in CANDIDATES:
            found = Positions(typed, convert(typed, said, HOUSE_CRS), said, None, [None] * len(hidden))
            told[said] = Counter(
                "asks"
                if (e := p.evidence).verdict is DatumVerdict.UNDECIDED
                else "right"
                if e.likely == true
                else "wrong"
                for p in judge_points(city, found, cells, counties, places)
            )
    with capsys.disabled():
        print(
            f"\n{len(hidden)} single car parks by declared datum: { ({k: dict(v) for k, v in told.items()}) }"
        )
    for counts in told.values():
        assert counts["right"] >= 0.2 * len(hidden)
        assert counts["wrong"] <= 0.05 * (counts["right"] + counts["wrong"])
