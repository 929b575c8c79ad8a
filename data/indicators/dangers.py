"""Define figures about hidden dangers in a period: registered, rectified, in time, major, listed; as the manual has them."""

from __future__ import annotations

from data.indicator_registry import Indicator
from data.tallies import RowTally
from layers.declaration import Words

_AT = Words("统计期终点的时刻", "As it stands at the end of the period")
_REGISTERED = Words("登记于统计期内", "Registered in the period")
_DUE = Words("登记时的期限在统计期内", "First deadline in the period")


def _indicator(name: str, words: Words, definition: Words, tally: RowTally) -> Indicator:
    clock = {"registered_at": _REGISTERED, "first_due_at": _DUE}.get(tally.by or "", _AT)
    return Indicator(
        name, words, definition, clock, None, unit="%" if tally.is_share else None, layer=tally.layer, tally=tally
    )  # fmt: skip


def _flow(met: str = "", of: str = "", *, by: str = "registered_at", is_share: bool = False) -> RowTally:
    return RowTally("hidden_danger", met=met, of=of, by=by, is_share=is_share)


INDICATORS = [
    _indicator(
        "hidden_danger_registered",
        Words("登记隐患", "Hidden dangers registered"),
        Words("统计期内登记的隐患", "Hidden dangers registered in the period"),
        _flow(),
    ),
    _indicator(
        "hidden_danger_rectified",
        Words("整改完成隐患", "Hidden dangers rectified"),
        Words(
            "统计期内登记、现已整改完成的隐患", "Of those registered in the period, the ones rectified by now"
        ),
        _flow("state=done"),
    ),
    _indicator(
        "hidden_danger_rectified_rate",
        Words("隐患整改率", "Rate of rectification"),
        Words("整改完成 ÷ 统计期内登记的隐患", "Rectified ÷ registered in the period"),
        _flow("state=done", is_share=True),
    ),
    _indicator(
        "hidden_danger_on_time_rate",
        Words("按期整改率", "Rectified in time"),
        Words(
            "在登记时的期限之前整改完成 ÷ 该期限在统计期内的隐患",
            "Rectified by their first deadline ÷ those whose first deadline lies in the period",
        ),
        _flow("subset=in_time", by="first_due_at", is_share=True),
    ),
    _indicator(
        "hidden_danger_major_rate",
        Words("重大隐患整改率", "Major ones rectified"),
        Words("整改完成 ÷ 统计期内登记的重大隐患", "Rectified ÷ major ones registered in the period"),
        _flow("state=done", "grade=major", is_share=True),
    ),
    _indicator(
        "hidden_danger_major_open",
        Words("未完成整改的重大隐患", "Major hidden dangers not rectified"),
        Words("级别为重大、尚未整改完成的隐患", "Hidden dangers of the major grade that are not rectified"),
        RowTally("hidden_danger", of="grade=major", lives=("unfinished", "registered_at", "completed_at")),
    ),
    _indicator(
        "hidden_danger_listed",
        Words("挂牌督办隐患", "Hidden dangers under listed supervision"),
        Words("正在挂牌督办的隐患", "Hidden dangers that are listed now"),
        RowTally("hidden_danger", of="is_listed=true"),
    ),
]
