"""The verb sim in processes of its own: a span, rules side by side, wrong words."""

from __future__ import annotations

import json

import pytest

from data.database import Database
from tests.web.test_verb_load import onemap


def test_a_span_is_simulated_and_given_by_month(city_database: Database) -> None:
    done = onemap(city_database, "sim", "year", "--days", "62", "--rate", "900", "--json")
    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)
    assert body["entrapments"] == sum(m["entrapments"] for m in body["months"]) > 100
    assert 0 < body["figures"]["arrival_mean_s"] <= body["figures"]["arrival_p90_s"] * 1.5
    shown = onemap(city_database, "sim", "year", "--days", "62", "--rate", "900")
    assert "到达 P90 arrival P90" in shown.stdout
    assert f"{body['entrapments']:,}" in shown.stdout
    assert "行车时间" not in shown.stderr  # the table of the first run was kept


def test_rules_are_compared_with_their_intervals(city_database: Database) -> None:
    words = (
        "sim",
        "compare",
        "--runs",
        "3",
        "--days",
        "2",
        "--rate",
        "900",
        "--rules",
        "bound_first,closest",
    )
    done = onemap(city_database, *words, "--json")
    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)
    rules, stations = body["rules"], body["stations"]
    first = [s["busy_pct"]["bound_first"]["share"]["mean"] for s in stations if s["crews"] > 0]
    assert first == sorted(first, reverse=True)
    assert first[0] > 0
    assert stations[0]["busy_pct"]["closest"]["difference"]["half_width"] >= 0
    assert list(rules) == ["bound_first", "closest"]
    assert rules["closest"]["difference"]["arrival_mean_s"]["half_width"] >= 0
    shown = onemap(city_database, *words)
    assert "±" in shown.stdout
    assert "差 difference" in shown.stdout
    assert "各站班组占用率" in shown.stdout
    assert stations[0]["name"] in shown.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("compare", "--rules", "best"), "bound_first"),
        (("compare", "--runs", "0"), "1–1000"),
        (("year", "--rate", "0"), "大于 0"),
        (("year", "--days", "-3"), "3660"),
    ],
)
def test_wrong_words_are_one_clear_line(
    city_database: Database, words: tuple[str, ...], message: str
) -> None:
    done = onemap(city_database, "sim", *words)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
