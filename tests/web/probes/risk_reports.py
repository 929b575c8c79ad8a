"""Probe what the risk reports give away: counts of hidden dangers, and pages of points and items."""

from __future__ import annotations

import io
from typing import Any

from python_calamine import CalamineWorkbook

from tests.web.probe import Probe, Seen
from tests.web.probes.registers import _KEEPERS


def danger_counts(client: Any, seen: Seen) -> None:
    """All hidden dangers of all time in the city are the user's own."""
    response = client.get("/api/dangers/figures?division=440300&since=1990-01-01&until=2199-12-31")
    if seen.user["role"] not in _KEEPERS:
        assert response.status_code == 403
        return
    allowed = seen.allowed["hidden_danger"].values()
    assert response.get_json()["counts"]["total"] == sum(
        r["division_code"].startswith("4403") for r in allowed
    )


def danger_book(client: Any, seen: Seen) -> None:
    """The book counts and lists the user's own, and nobody else's."""
    response = client.get("/api/dangers/figures.xlsx?division=440300&since=1990-01-01&until=2199-12-31")
    if seen.user["role"] not in _KEEPERS:
        assert response.status_code == 403
        return
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.get_data()))
    rows = book.get_sheet_by_index(1).to_python()[1:]
    allowed = seen.allowed["hidden_danger"].values()
    assert {row[0] for row in rows} == {r["code"] for r in allowed if r["division_code"].startswith("4403")}
    figures = book.get_sheet_by_index(0).to_python()
    assert [row[1] for row in figures if row[0] == "合计"] == [len(rows)] * 3


def _page(client: Any, seen: Seen, path: str, layer: str) -> None:
    response = client.get(path)
    if seen.user["role"] not in _KEEPERS:
        assert response.status_code == 403
        return
    text = response.get_data(as_text=True)
    assert response.status_code == 200
    shown = {code for code in seen.codes_by_id[layer].values() if f">{code}<" in text}
    seen.some_rows(layer, shown)


def dangers(client: Any, seen: Seen) -> None:
    """Only the user's own hidden dangers are listed."""
    _page(client, seen, "/print/dangers?division=440300&since=1990-01-01&until=2199-12-31", "hidden_danger")


def risk(client: Any, seen: Seen) -> None:
    """As many points are drawn as the user may see."""
    response = client.get("/print/risk?division=440300")
    if seen.user["role"] not in _KEEPERS:
        assert response.status_code == 403
        return
    drawn = response.get_data(as_text=True).count('class="risk-map__point risk-map__point--') - 4
    allowed = [r for r in seen.allowed["risk_point"].values() if r["division_code"].startswith("4403")]
    assert drawn == sum(r["has_position"] for r in allowed)


PROBES = (
    Probe("risk_reports.danger_book", danger_book),
    Probe("risk_reports.danger_counts", danger_counts),
    Probe("risk_reports.dangers", dangers),
    Probe("risk_reports.risk", risk),
)
