"""The bench verb: it finds its benches, and prints a table and JSON with what they were measured on."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

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
        main, ["bench", "closure", "--size", "small", "-o", str(target)], catch_exceptions=False
    )
    assert done.exit_code == 0
    body = json.loads(target.read_text())
    assert body["machine"]["cores"] >= 1
    assert all(body["exact"].values())
    assert "closure: reopened" in done.stdout


def test_fitted_speeds_come_nearer_to_the_truth_than_the_table() -> None:
    found = benches()["fitting"].run("fitting", "small")
    errors = [row["mae_s"] for row in found["figures"].values()]
    before, _, fitted, least = errors
    assert least < before
    assert fitted <= before
    assert found["speeds"]["off_after_percent"] < found["speeds"]["off_before_percent"]
