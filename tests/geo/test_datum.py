"""Check that a batch in another datum than declared is found, and that a right one is never accused."""

import csv
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

from geo.crs import convert
from geo.datum import CANDIDATES, DatumVerdict, detect_datum, detect_datum_of_point
from geo.errors import CoordinateError, CrsError

TOWN: list[BaseGeometry] = [
    box(114.0 + 0.05 * i, 22.5 + 0.05 * j, 114.05 + 0.05 * i, 22.55 + 0.05 * j)
    for i in range(4)
    for j in range(3)
]


def town_batch(count: int, seed: int) -> tuple[np.ndarray, list[BaseGeometry]]:
    """Return true positions in the town and the division each lies in."""
    rng = np.random.default_rng(seed)
    lonlat = rng.uniform((114.0, 22.5), (114.2, 22.65), (count, 2))
    column, row = ((lonlat - (114.0, 22.5)) / 0.05).astype(int).T
    return lonlat, [TOWN[3 * i + j] for i, j in zip(column, row, strict=True)]


@given(st.integers(0, 10_000), st.sampled_from(CANDIDATES), st.sampled_from(CANDIDATES))
def test_a_town_in_any_datum(seed: int, true: str, declared: str) -> None:
    lonlat, divisions = town_batch(300, seed)
    evidence = detect_datum(convert(lonlat, "wgs84", true), divisions, declared=declared)
    assert evidence.likely == true
    assert evidence.verdict == (DatumVerdict.AS_DECLARED if true == declared else DatumVerdict.OTHER_DATUM)
    assert evidence.share_inside[true] == 1.0
    assert evidence.p_value < 0.05
    assert evidence.swapped_idx == ()


def test_swapped_rows_are_found_and_named() -> None:
    lonlat, divisions = town_batch(300, 1)
    given_as = convert(lonlat, "wgs84", "gcj02")
    given_as[10:20] = given_as[10:20, ::-1]
    evidence = detect_datum(given_as, divisions, declared="gcj02")
    assert evidence.swapped_idx == tuple(range(10, 20))
    assert evidence.verdict == DatumVerdict.AS_DECLARED


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (slice(0, 0), "no point"),
        (slice(0, 1), "one point tells nothing"),
        (slice(0, 300), "divisions of elsewhere"),
    ],
)
def test_undecided(rows: slice, why: str) -> None:
    lonlat, divisions = town_batch(300, 2)
    if why == "divisions of elsewhere":
        divisions = [shapely.transform(d, lambda c: c + 1.0) for d in divisions]
    evidence = detect_datum(lonlat[rows], divisions[rows], declared="wgs84")
    assert (evidence.verdict, evidence.likely, evidence.p_value) == (DatumVerdict.UNDECIDED, None, 1.0)


def test_points_without_a_division_do_not_count() -> None:
    lonlat, divisions = town_batch(300, 3)
    evidence = detect_datum(lonlat, [*divisions[:200], *[None] * 100], declared="wgs84")
    assert evidence.point_count == 200
    assert detect_datum(lonlat, [None] * 300, declared="wgs84").verdict == DatumVerdict.UNDECIDED


def test_order_does_not_matter_and_the_border_is_inside() -> None:
    lonlat, divisions = town_batch(300, 4)
    there = detect_datum(lonlat, divisions, declared="bd09")
    back = detect_datum(lonlat[::-1], divisions[::-1], declared="bd09")
    assert there == back
    assert detect_datum([[114.05, 22.55]], [TOWN[0]], declared="wgs84").share_inside["EPSG:4326"] == 1.0


def test_mislabelled_rows_do_not_accuse_the_declared_datum() -> None:
    lonlat, divisions = town_batch(300, 5)
    wrong = [TOWN[(TOWN.index(d) + 5) % 12] if i % 6 == 0 else d for i, d in enumerate(divisions)]
    assert detect_datum(lonlat, wrong, declared="wgs84").verdict != DatumVerdict.OTHER_DATUM


def test_bad_input() -> None:
    with pytest.raises(CrsError):
        detect_datum([[114.0, 22.5]], [TOWN[0]], declared="北京54")
    with pytest.raises(CoordinateError, match="不匹配"):
        detect_datum([[114.0, 22.5]], [], declared="wgs84")
    with pytest.raises(CoordinateError):
        detect_datum([[float("nan"), 22.5]], [TOWN[0]], declared="wgs84")


@pytest.mark.parametrize("true", CANDIDATES)
@pytest.mark.parametrize("declared", CANDIDATES)
def test_a_single_point_against_its_address(true: str, declared: str) -> None:
    given_as = convert([[114.0579, 22.5431]], "wgs84", true)[0]
    evidence = detect_datum_of_point(given_as, declared=declared, address_lonlat=(114.0585, 22.5431))
    assert evidence.likely == true
    assert evidence.distance_m[true] == pytest.approx(61.7, abs=0.3)
    assert (evidence.verdict == DatumVerdict.AS_DECLARED) == (true == declared)


def test_a_single_point_without_reference_is_asked_about() -> None:
    at = (114.0579, 22.5431)
    far = detect_datum_of_point(at, declared="wgs84", address_lonlat=(114.2, 22.7))
    vague = detect_datum_of_point(at, declared="wgs84", address_lonlat=at, address_accuracy_m=2000)
    nothing = detect_datum_of_point(at[::-1], declared="wgs84")
    assert {far.verdict, vague.verdict, nothing.verdict} == {DatumVerdict.UNDECIDED}
    assert nothing.swapped_idx == (0,)


def test_a_single_point_against_roads() -> None:
    metres = {"wgs84": 310.0, "gcj02": 25.0, "bd09": 190.0}
    evidence = detect_datum_of_point((114.06, 22.54), declared="wgs84", road_distance_m=metres)
    assert (evidence.verdict, evidence.likely) == (DatumVerdict.OTHER_DATUM, "gcj02")
    metres["bd09"] = 60.0
    assert detect_datum_of_point((114.06, 22.54), declared="wgs84", road_distance_m=metres).likely is None


# real registers of Shenzhen ---------------------------------------------------------------------------------


def real_data() -> Path:
    root = Path(__file__).resolve().parents[2]
    for place in (os.environ.get("ONEMAP_REAL_DATA"), root.parent / "shared" / "data"):
        if place and (Path(place) / "poi_shenzhen").is_dir():
            return Path(place)
    pytest.skip("real city data are absent (ONEMAP_REAL_DATA)")


def read(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((real_data() / "poi_shenzhen" / name).read_text("utf-8-sig").splitlines()))


def districts() -> dict[str, BaseGeometry]:
    name = "shenzhen_luzhou_districts_cgcs2000_tianditu.geojson"
    features = json.loads((real_data() / "boundaries" / name).read_text("utf-8"))["features"]
    return {f["properties"]["name"][:2]: shape(f["geometry"]) for f in features}


def register(name: str) -> tuple[np.ndarray, list[str], str]:
    """Return positions as published, the districts declared, and the true datum.

    Car parks declare the district in their address, compounds in the official list; shelters and charging
    stations declare none, and the district there is the publisher's outline they lie in, which is not the
    outline used here.
    """
    if name == "shelters":
        rows = read("shenzhen_emergency_shelters.csv")
        return (
            np.array([[r["lng_gcj02"], r["lat_gcj02"]] for r in rows], float),
            [r["district"] for r in rows],
            "gcj02",
        )
    if name == "charging stations":
        rows = read("shenzhen_ev_charging_stations_urbanev.csv")
        return (
            np.array([[r["lng_gcj02"], r["lat_gcj02"]] for r in rows], float),
            [r["district"] for r in rows],
            "gcj02",
        )
    lots = read("shenzhen_parking_lots.csv")
    if name == "car parks":
        pattern = re.compile("(罗湖|福田|南山|宝安|龙岗|盐田|龙华|坪山|光明)新?区")
        found = [(r, m[1]) for r in lots if (m := pattern.search(r["address"]))]
        return (
            np.array([[r["lng_bd09"], r["lat_bd09"]] for r, _ in found], float),
            [d for _, d in found],
            "bd09",
        )
    place = {r["name"]: (r["lng_bd09"], r["lat_bd09"]) for r in reversed(lots)}
    compounds = [r for r in read("shenzhen_residential_compounds.csv") if r["matched_parking_lot"] in place]
    xy = np.array([place[r["matched_parking_lot"]] for r in compounds], float)
    return xy, [r["district"] for r in compounds], "bd09"


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "floor"),
    [("car parks", 0.88), ("compounds", 0.9), ("shelters", 1.0), ("charging stations", 1.0)],
)
def test_batches_of_real_registers_with_a_wrong_datum_declared(name: str, floor: float) -> None:
    xy, declared_in, true = register(name)
    outlines = districts()
    divisions = [outlines.get(d) for d in declared_in]
    order = np.random.default_rng(1).permutation(len(xy))
    batches = [order[a : a + 200] for a in range(0, len(order) - 199, 200)]
    wrong_datums = [d for d in CANDIDATES if d != true]
    right = misled = accused = confirmed = 0
    for batch in batches:
        its = [divisions[i] for i in batch]
        for datum in wrong_datums:
            evidence = detect_datum(xy[batch], its, declared=datum)
            right += evidence.verdict == DatumVerdict.OTHER_DATUM and evidence.likely == true
            misled += evidence.verdict == DatumVerdict.AS_DECLARED
        honest = detect_datum(xy[batch], its, declared=true)
        accused += honest.verdict == DatumVerdict.OTHER_DATUM
        confirmed += honest.verdict == DatumVerdict.AS_DECLARED
    tried = len(batches) * len(wrong_datums)
    print(
        f"{name}: wrong datum found and named in {right} of {tried} batches of 200 ({200 * right} of {200 * tried} points); "
        f"wrongly confirmed {misled}; right datum confirmed {confirmed} of {len(batches)}, accused {accused}"
    )
    assert right >= floor * tried
    assert misled == 0
    assert accused == 0
    whole = [detect_datum(xy, divisions, declared=datum) for datum in CANDIDATES]
    assert {e.likely for e in whole} == {true}
