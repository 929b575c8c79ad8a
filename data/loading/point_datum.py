"""Judge the datum of single positions: each only against the place that its own name or address was matched to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data.loading.check import Cells
from data.loading.places import Match, PlaceIndex
from data.loading.positions import Positions
from data.scope import Connection
from geo.crs import ACCEPTED
from geo.datum import DatumEvidence, DatumVerdict, detect_datum_of_point

#: More rows than this are a batch: their divisions tell the datum, or nobody can.
MAX_SINGLE_ROWS = 50
_NAMES = ("name", "unit_name")


@dataclass(frozen=True)
class PointEvidence:
    """What the matched place of one row shows of its datum.

    Attributes
    ----------
    row_idx : position in the table
    match : the place that the row's name or address was matched to
    evidence : undecided when there is no sure match, or more than one datum fits, or none
    """

    row_idx: int
    match: Match
    evidence: DatumEvidence


def judge_points(
    connection: Connection | None,
    found: Positions,
    cells: Cells,
    declared: Sequence[str | None],
    places: PlaceIndex,
) -> Iterator[PointEvidence]:
    """Hold every position in degrees against the place of its row's name and address.

    Parameters
    ----------
    connection : to ask for roads by name, or None
    declared : division of each row, or None
    places : what is loaded
    """
    for i in np.flatnonzero(found.has).tolist():
        names = [_text(cells, name, i) for name in _NAMES]
        match = places.match(connection, names, _text(cells, "address", i), declared[i])
        place = None
        if match.lon is not None and match.lat is not None and match.quality == "matched":
            place = (match.lon, match.lat)
        evidence = detect_datum_of_point(found.typed[i], declared=found.crs, address_lonlat=place)
        yield PointEvidence(i, match, evidence)


def _text(cells: Cells, name: str, i: int) -> str | None:
    value = cells.columns[name][i] if name in cells.columns else None
    return value if isinstance(value, str) else None


def likely_datum(points: Sequence[PointEvidence]) -> str | None:
    """Give the one other datum that more matched places speak for than for the declared one; None otherwise."""
    others = [p.evidence.likely for p in points if p.evidence.verdict is DatumVerdict.OTHER_DATUM]
    as_declared = sum(p.evidence.verdict is DatumVerdict.AS_DECLARED for p in points)
    if len(set(others)) == 1 and len(others) > as_declared:
        return others[0]
    return None


def point_words(points: Sequence[PointEvidence], row_numbers: Sequence[int], likely: str) -> str:
    """Say for a person which rows lie where another datum would put them, and what to say then."""
    telling = [p for p in points if p.evidence.likely == likely]
    said, better = ACCEPTED[telling[0].evidence.declared], ACCEPTED[likely]
    lines = [
        f"第 {row_numbers[p.row_idx]} 行 row：{p.match.detail}；{said.title_en} {p.evidence.distance_m[said.code]:,.0f} m，"
        f"{better.title_en} {p.evidence.distance_m[likely]:,.0f} m"
        for p in telling[:10]
    ]
    wrong = f"按 {said.title_zh} 读取不对，更像 {better.title_zh}"
    wrong_en = f"They do not look like {said.title_en} but like {better.title_en}"
    return "\n".join(
        [
            "与名称或地址匹配到的地点相比，距离 distance from the place that name or address are matched to:",
            *lines,
            f"{wrong}：请用 --crs {likely}；确信无误则加 --crs {said.code} --trust-crs。",
            f"{wrong_en}: say --crs {likely}; if you are sure, say --crs {said.code} --trust-crs.",
        ]
    )
