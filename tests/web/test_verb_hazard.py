"""The verb hazard: zones as a table and as GeoJSON, stability from the sky, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner, Result

from geo.hazard.accident import ReleaseKind
from geo.hazard.consequence import Effect
from geo.hazard.reach import ReachStatus
from geo.hazard.source_term import Note
from web import hazard_words
from web.cli import main

LEAK = (
    "--substance",
    "液氯",
    "--mass",
    "1000",
    "--kind",
    "liquid_hole",
    "--hole",
    "10",
    "--at",
    "114.0579,22.5431",
)
BREEZE = ("--wind", "3", "--wind-from", "45")


def hazard(*words: str) -> Result:
    return CliRunner().invoke(main, ["hazard", *words])


def test_the_table_says_distances_assumptions_and_what_it_is_for() -> None:
    done = hazard("zones", *LEAK, *BREEZE)
    assert done.exit_code == 0, done.output
    for words in (
        "AEGL-3",
        "> 10 km",
        "储存温度 storage temperature: 25 °C",
        "UN 1017",
        "仅供演练",
        "For drills and planning",
        "dense plume",
    ):
        assert words in done.output


def test_the_file_holds_what_the_table_says(tmp_path: Path) -> None:
    file = tmp_path / "zones.geojson"
    done = hazard("zones", *LEAK, *BREEZE, "--json", "-o", str(file))
    assert done.exit_code == 0, done.output
    body = json.loads(file.read_text(encoding="utf-8"))
    assert body["type"] == "FeatureCollection"
    assert body["purpose"]["en"].startswith("For drills")
    assert {"field": "head_m", "value": 2.0} in body["assumptions"]
    assert {f["properties"]["measure"] for f in body["features"]} == {"AEGL-1", "AEGL-2", "AEGL-3", "IDLH"}
    here = shapely.Point(114.0579, 22.5431)
    for feature in body["features"]:
        area = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert area.is_valid
        assert area.buffer(1e-6).covers(here)
        assert area.centroid.x < here.x  # the wind comes from the north-east
        assert area.centroid.y < here.y
        assert feature["properties"]["distance_m"] <= 10_000


@pytest.mark.parametrize(
    ("time", "cloud", "stability"),
    [
        ("2026-06-21T12:20", "0", "B"), ("2026-06-21T12:20", "8", "D"), ("2026-06-21T23:00", "2", "E"), ("2026-06-21T23:00", "6", "D"),
        ("2026-12-21T09:30", "3", "C"),
    ],
)  # fmt: skip
def test_time_and_clouds_give_the_stability(time: str, cloud: str, stability: str) -> None:
    done = hazard("zones", *LEAK, "--wind", "4", "--at-time", time, "--cloud", cloud)
    assert f"稳定度 stability {stability} " in done.output


def test_a_zone_that_is_met_nowhere_has_no_geometry() -> None:
    words = ("--substance", "汽油", "--mass", "5000", "--kind", "pool", "--at", "114.05,22.54", "--json")
    rows = json.loads(hazard("zones", *words).stdout)["features"]
    nearer = [r for r in rows if r["properties"]["distance_status"] == "nearer"]
    assert nearer
    assert all(r["geometry"] is None and r["properties"]["area_m2"] == 0 for r in nearer)


def test_other_measures_can_be_asked_for() -> None:
    done = hazard("zones", *LEAK, *BREEZE, "--measures", "ERPG-2,ERPG-3", "--json")
    assert [f["properties"]["measure"] for f in json.loads(done.stdout)["features"]] == ["ERPG-2", "ERPG-3"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--wind", "0"), "1–30 m/s"), (("--wind", "60"), "1–30 m/s"), (("--wind", "60", "--cloud", "3"), "1–30 m/s"),
        (("--mass", "0"), "质量"), (("--mass", "nan"), "质量"), (("--substance", "硅烷"), "没有“硅烷”的物性数据"), (("--hole", "-1"), "孔径"),
        (("--humidity", "150"), "相对湿度"), (("--at", "240,22"), "240"), (("--measures", "AEGL-9"), "AEGL-1"), (("-o", "zones.shp"), ".geojson"),
        (("--at-time", "noon", "--cloud", "3"), "noon"), (("--wind-uncertainty", "200"), "风向偏差"), (("--exposure", "999"), "暴露时间"),
    ],
)  # fmt: skip
def test_wrong_words_are_one_clear_line_and_write_nothing(
    words: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    file = tmp_path / "zones.geojson"
    done = hazard("zones", *LEAK, *BREEZE, "-o", str(file), *words)
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert "Traceback" not in done.output
    assert not file.exists()


def test_substances_are_listed() -> None:
    rows = json.loads(hazard("substances", "--json").stdout)
    assert {"氯", "氨", "汽油"} <= {r["zh"] for r in rows}
    assert next(r for r in rows if r["zh"] == "氯")["is_toxic"]
    assert "可燃 LFL 1.7 %" in hazard("substances").stdout


def test_there_are_words_for_everything() -> None:
    for table, kinds in (
        (hazard_words.EFFECTS, Effect),
        (hazard_words.KINDS, ReleaseKind),
        (hazard_words.NOTES, Note),
        (hazard_words.STATUSES, ReachStatus),
    ):
        assert set(table) == set(kinds)
