"""The bench verb: it finds its benches, and prints a table and JSON with what they were measured on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from geo.scenario import Scenario, weigh
from geo.snapping import entries
from tests.geo.road_cases import random_network
from web.benches import _pandana, _peer_table
from web.benches._peer_graph import (
    PeerAbsentError,
    Questions,
    agreement,
    askable_nodes,
    graph_of,
    points_at,
)
from web.benches.network import lattice_city
from web.benches.wall import growth
from web.cli import main
from web.verbs.bench import benches


def test_every_bench_is_found_by_name() -> None:
    assert {
        "network",
        "rank",
        "coverage",
        "isochrone",
        "closure",
        "tiles",
        "items",
        "search",
        "fitting",
        "wall",
        "import",
    } <= set(benches())
    done = CliRunner().invoke(main, ["bench"])
    assert done.stdout.split() == list(benches())


def test_an_unknown_bench_names_the_known() -> None:
    done = CliRunner().invoke(main, ["bench", "speed"])
    assert done.exit_code == 2
    assert "closure" in done.stderr


def test_a_bench_gives_a_table_and_json(tmp_path: Path) -> None:
    target = tmp_path / "closure.json"
    done = CliRunner().invoke(
        main, ["bench", "closure", "--size", "small", "--no-peers", "-o", str(target)], catch_exceptions=False
    )
    assert done.exit_code == 0
    body = json.loads(target.read_text())
    assert body["machine"]["cores"] >= 1
    assert all(body["exact"].values())
    assert "closure: reopened" in done.stdout


def test_bindings_are_measured_and_printed() -> None:
    done = CliRunner().invoke(main, ["bench", "rebinding", "--size", "small"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "one company with the whole city: solving" in done.stdout


def test_fitted_speeds_come_nearer_to_the_truth_than_the_table() -> None:
    found = benches()["fitting"].run("fitting", "small")
    errors = [row["mae_s"] for row in found["figures"].values()]
    before, _, fitted, least = errors
    assert least < before
    assert fitted <= before
    assert found["speeds"]["off_after_percent"] < found["speeds"]["off_before_percent"]


def test_the_city_in_use_has_no_other_city() -> None:
    done = CliRunner().invoke(main, ["bench", "rank", "--city", "real"])
    assert done.exit_code == 2
    assert "--city" in done.stderr


def test_peers_are_asked_the_same_and_compared() -> None:
    impedance = weigh(lattice_city(40), Scenario(hour_of_week=18))
    found = _peer_table.compare(impedance, "network", facilities=30, peers=("scipy",))
    assert set(found["agreement"]) == {
        f"{job}, scipy" for job in ("nearest", "to_one", "route", "within", "closure")
    }
    for answer in found["agreement"].values():
        assert answer["equal"] == answer["compared"] > 0
        assert answer["reached_by_one_alone"] == 0
    rows = found["figures"].values()
    assert all(row["ours_ms"] > 0 for row in rows)
    assert sum(row["ratio"] is not None for row in rows) == 5


def test_the_reach_of_each_station_is_asked_of_a_peer_too() -> None:
    impedance = weigh(lattice_city(40), Scenario(hour_of_week=18))
    found = _peer_table.compare(impedance, "studio", facilities=60, peers=("scipy",))
    answer = found["agreement"]["each_within, scipy"]
    assert answer["equal"] == answer["compared"] > 0


def test_a_difference_is_told() -> None:
    ours = np.array([1000.0, 2000.0, 3000.0, np.inf, np.inf])
    told = agreement(ours, np.array([1000.0, 2000.4, 4000.0, np.inf, 5.0]))
    assert told == {
        "compared": 5, "equal": 2, "within_1_ms": 3, "most_ms_apart": 1000.0, "reached_by_one_alone": 1
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_points_for_peers_stand_on_their_nodes(seed: int) -> None:
    """With junctions split for turn restrictions, too: trips begin and end at the node without delay."""
    impedance = weigh(random_network(seed, restriction_count=25)[0], Scenario())
    nodes = askable_nodes(impedance)
    assert len(nodes) > 5
    places = points_at(impedance, nodes)
    for leaving in (True, False):
        found = entries(impedance, places, leaving=leaving)
        at_once = found.ms == 0
        assert (found.node[at_once] == nodes[found.point[at_once]]).all()
        assert set(found.point[at_once].tolist()) == set(range(len(nodes)))


def test_a_peer_that_cannot_be_installed_is_absent_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    graph, _ = graph_of(weigh(lattice_city(10), Scenario()))
    one = np.array([0], np.int32)
    questions = Questions(one, one, 1000, np.zeros(len(graph.tail), bool))
    with pytest.raises(PeerAbsentError, match="pandana cannot be installed"):
        _pandana.ask(graph, questions, frozenset({"nearest"}), venv=tmp_path / "venv")


def test_growth_by_the_hour_is_fitted_after_the_first_fifth() -> None:
    at_s = [float(s) for s in range(0, 3601, 60)]
    # A steep start that is left out, then two a minute exactly: 120 an hour.
    values = [s if s < 720 else 5000 + s / 30 for s in at_s]
    found = growth(at_s, values)
    assert found["per_hour"] == pytest.approx(120)
    assert found["two_errors"] == pytest.approx(0, abs=1e-6)
    noisy = growth(at_s, [v + (-1) ** i for i, v in enumerate(values)])
    assert abs(noisy["per_hour"] - 120) <= noisy["two_errors"] < 2
    assert growth([1.0, 2.0], [1.0, 2.0]) == {}


def test_siting_keeps_the_gap_it_was_asked_for() -> None:
    found = benches()["siting"].run("siting", "small", with_peers=False)["figures"]
    quick = {name.partition(",")[0]: row for name, row in found.items() if "2 % asked" in name}
    proven = {name.partition(",")[0]: row for name, row in found.items() if "a proof asked" in name}
    assert quick
    for name, row in quick.items():
        assert row["gap_pct"] <= 2
        assert proven[name]["gap_pct"] == 0
        assert row["objective"] <= proven[name]["objective"] <= 1.02 * row["objective"]


def test_siting_finds_what_spopt_finds() -> None:
    from web.benches import siting

    network = siting.lattice_city(20)
    impedance = siting.weigh(network, siting.Scenario(hour_of_week=18))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(siting, "_TOWN", (120, 12))
        patch.setattr(siting, "_TOWN_MEDIAN", (80, 12))
        patch.setattr(siting, "_TOWN_CENTRE", (40, 8))
        found = siting._beside_spopt(network, impedance)
    assert len(found) == 6
    for name, row in found.items():
        assert (row["same"], row["gap_pct"], row["spopt_gap_pct"]) == (True, 0, 0), name


def test_trying_out_stations_is_measured_on_exact_answers() -> None:
    found = benches()["studio"].run("studio", "small", with_peers=False)
    assert set(found["equals a fresh sweep"].values()) == {True}
    assert len(found["figures"]) == 9
