"""Turn the columns of a road table into the codes of the network, naming every row that cannot be."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.roads._osm_tags import CLASSES
from data.roads.errors import RoadFileError
from geo.road_class import Direction, RoadClass

ONEWAY_VALUES: Mapping[str, Direction] = {
    "": Direction.BOTH,
    "0": Direction.BOTH,
    "no": Direction.BOTH,
    "false": Direction.BOTH,
    "b": Direction.BOTH,
    "双向": Direction.BOTH,
    "1": Direction.FORWARD,
    "yes": Direction.FORWARD,
    "true": Direction.FORWARD,
    "f": Direction.FORWARD,
    "ft": Direction.FORWARD,
    "单向": Direction.FORWARD,
    "正向": Direction.FORWARD,
    "-1": Direction.BACKWARD,
    "t": Direction.BACKWARD,
    "tf": Direction.BACKWARD,
    "反向": Direction.BACKWARD,
}
"""One-way codes known without a mapping, compared without regard to case."""
CLASS_VALUES: Mapping[str, RoadClass] = {
    **CLASSES,
    "高速公路": RoadClass.MOTORWAY,
    "高速": RoadClass.MOTORWAY,
    "快速路": RoadClass.TRUNK,
    "城市快速路": RoadClass.TRUNK,
    "国道": RoadClass.TRUNK,
    "主干路": RoadClass.PRIMARY,
    "主干道": RoadClass.PRIMARY,
    "省道": RoadClass.PRIMARY,
    "次干路": RoadClass.SECONDARY,
    "次干道": RoadClass.SECONDARY,
    "县道": RoadClass.SECONDARY,
    "支路": RoadClass.TERTIARY,
    "乡道": RoadClass.TERTIARY,
    "小区道路": RoadClass.RESIDENTIAL,
    "村道": RoadClass.UNCLASSIFIED,
    "内部道路": RoadClass.SERVICE,
    "匝道": RoadClass.MOTORWAY_LINK,
    "轮渡": RoadClass.FERRY,
}
"""Road classes known without a mapping."""
_SHOWN = 5


def column(table: pd.DataFrame, name: str | None, meaning: str) -> pd.Series | None:
    """Fetch a column, None when none is mapped; raises RoadFileError naming the missing one and those present."""
    if name is None:
        return None
    if name not in table.columns:
        present = "、".join(str(c) for c in table.columns if c != "geometry")
        raise RoadFileError(
            f"映射的列不存在：{name}（{meaning}）；文件中的列：{present} / "
            f"column {name!r} mapped to {meaning} is not in the file; present: {present}"
        )
    return table[name]


def texts(values: pd.Series) -> list[str]:
    """Read cells as stripped text; empty where there is nothing; whole numbers without a decimal point."""

    def text(value: Any) -> str:
        if value is None or value != value:  # noqa: PLR0124
            return ""
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value).strip()

    return [text(value) for value in values.tolist()]


def directions(
    values: pd.Series | None, count: int, known: Mapping[str, Direction] | None
) -> NDArray[np.int8]:
    """Read one-way codes; raises RoadFileError listing unknown ones and the first row of each."""
    if values is None:
        return np.full(count, Direction.BOTH, np.int8)
    table = {key.lower(): value for key, value in (ONEWAY_VALUES if known is None else known).items()}
    read = [value.lower() for value in texts(values)]
    _refuse_unknown(read, table, "单行代码", "one-way code")
    return np.array([table[value] for value in read], np.int8)


def classes(
    values: pd.Series | None,
    count: int,
    known: Mapping[str, RoadClass] | None,
    default: RoadClass,
    remarks: Counter[str],
) -> NDArray[np.uint8]:
    """Read road classes; those not known become the default and are counted."""
    if values is None:
        return np.full(count, default, np.uint8)
    table = CLASS_VALUES if known is None else known
    read = texts(values)
    for value in read:
        if value not in table:
            remarks[f"road class {value[:20]!r} taken as {default.name.lower()}"] += 1
    return np.array([table.get(value, default) for value in read], np.uint8)


def speeds(values: pd.Series | None, count: int) -> NDArray[np.float64]:
    """Read posted speeds; empty cells are 0, meaning unknown; raises RoadFileError naming rows outside 1 to 200 km/h."""
    if values is None:
        return np.zeros(count)
    numbers = _numbers(values, "限速", "speed")
    empty = np.array([text == "" for text in texts(values)])
    bad = ~empty & ~((numbers >= 1) & (numbers <= 200))
    if bad.any():
        raise RoadFileError(
            f"限速应在 1–200 km/h 之间 / posted speeds must be 1 to 200 km/h: {_rows(bad, values)}"
        )
    return np.where(empty, 0.0, numbers)


def lengths(values: pd.Series | None, count: int) -> NDArray[np.float64] | None:
    """Read lengths in metres; empty cells are 0, meaning: measure; raises RoadFileError naming negative ones."""
    del count
    if values is None:
        return None
    numbers = _numbers(values, "长度", "length")
    bad = numbers < 0
    if bad.any():
        raise RoadFileError(f"长度不能为负 / lengths cannot be negative: {_rows(bad, values)}")
    return numbers


def _numbers(values: pd.Series, zh: str, en: str) -> NDArray[np.float64]:
    """Read numbers, 0 for empty cells."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    filled = np.array([text != "" for text in texts(values)])
    bad = np.isnan(numbers) & filled
    if bad.any():
        raise RoadFileError(f"{zh}不是数字 / {en} is not a number: {_rows(bad, values)}")
    result: NDArray[np.float64] = np.nan_to_num(numbers)
    return result


def _rows(bad: NDArray[np.bool_], values: pd.Series) -> str:
    """Name the first bad rows with their values; rows count from 1."""
    rows = np.flatnonzero(bad)
    listed = "；".join(f"行 row {row + 1}: {values.iloc[int(row)]}" for row in rows[:_SHOWN])
    return listed + (f" …（共 in all {len(rows)}）" if len(rows) > _SHOWN else "")


def _refuse_unknown(read: Sequence[str], table: Mapping[str, Any], zh: str, en: str) -> None:
    """Refuse values that are not in a table."""
    first: dict[str, int] = {}
    for row, value in enumerate(read):
        if value not in table:
            first.setdefault(value, row + 1)
    if first:
        listed = "；".join(f"{value!r} (行 row {row})" for value, row in list(first.items())[:_SHOWN])
        known = ", ".join(repr(key) for key in table)
        raise RoadFileError(f"不认识的{zh} / unknown {en}: {listed}; 已知 known: {known}")
