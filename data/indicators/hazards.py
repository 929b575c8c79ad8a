"""Define figures about major hazards in a period: identified, declared, accepted, listed, written off (row L27)."""

from __future__ import annotations

from data.indicator_registry import Indicator
from data.tallies import RowTally
from layers.declaration import Words

_STEPS = (
    ("identified", "assessed_at", Words("辨识", "identified"), Words("辨识于统计期内", "Identified in the period")),
    ("declared", "declared_at", Words("申报", "declared"), Words("申报于统计期内", "Declared in the period")),
    ("accepted", "accepted_at", Words("审核通过", "accepted"), Words("审核通过于统计期内", "Accepted in the period")),
    ("listed", "listed_at", Words("挂牌督办", "put under listed supervision"), Words("挂牌于统计期内", "Listed in the period")),
    ("written_off", "written_off_at", Words("核销", "written off"), Words("核销于统计期内", "Written off in the period")),
)  # fmt: skip

INDICATORS = [
    Indicator(
        f"hazard_site_{name}",
        Words(f"{words.zh}的重大危险源", f"Major hazards {words.en}"),
        Words(
            f"统计期内{words.zh}的重大危险源，按最近一次计",
            f"Major hazards {words.en} in the period, by the last time",
        ),
        clock,
        None,
        layer="hazard_site",
        tally=RowTally("hazard_site", by=by),
    )
    for name, by, words, clock in _STEPS
]
