"""Read a city's own speeds by road class and hour from a CSV file."""

import os

import numpy as np
import pandas as pd

from data.roads.errors import RoadFileError
from geo.road_class import RoadClass
from geo.weights import HOURS_OF_WEEK, SpeedTable, default_speed_table

_CLASSES = {road_class.name.lower(): road_class for road_class in RoadClass}
_DAYS = {"weekday": range(5), "weekend": range(5, 7), "工作日": range(5), "周末": range(5, 7)}
_COLUMNS = ("class", "hour", "speed_kmh")


def speeds_from_csv(path: str | os.PathLike[str]) -> SpeedTable:
    """
    Read a speed table; hours and classes that the file leaves out keep the default speeds.

    Columns: ``class`` (as in OpenStreetMap), ``hour``, ``speed_kmh`` and, if ``hour`` is of the day (0 to 23), ``day``
    (weekday or weekend, 工作日 or 周末). Without ``day``, ``hour`` is of the week (0 to 167, 0 is Monday 00:00).

    Raises
    ------
    RoadFileError
        When the file cannot be read, a column is missing, or a row has an unknown class, day, hour or speed.
    """
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise RoadFileError(f"读不了速度表 / cannot read the speeds {os.fspath(path)}: {error}") from error
    for name in _COLUMNS:
        if name not in table.columns:
            present = "、".join(map(str, table.columns))
            raise RoadFileError(
                f"速度表缺少列 {name}；现有：{present} / column {name!r} is missing; present: {present}"
            )
    speeds = default_speed_table().speed_kmh.copy()
    by_day = "day" in table.columns
    for number, row in enumerate(table.to_dict("records"), 1):
        road_class = _CLASSES.get(str(row["class"]).strip())
        hour, speed = _whole(row["hour"]), float(pd.to_numeric(row["speed_kmh"], errors="coerce"))
        days = _DAYS.get(str(row["day"]).strip()) if by_day else range(1)
        most = 24 if by_day else HOURS_OF_WEEK
        if (
            road_class is None
            or days is None
            or hour is None
            or not 0 <= hour < most
            or not 1 <= speed <= 200
        ):
            raise RoadFileError(
                f"速度表第 {number} 行有误 / row {number} of the speeds is wrong: {row}; "
                f"class: {', '.join(_CLASSES)}; hour: 0–{most - 1}; speed_kmh: 1–200; day: weekday, weekend"
            )
        for day in days:
            speeds[road_class, 24 * day + hour] = speed
    return SpeedTable(speeds, os.fspath(path))


def _whole(value: object) -> int | None:
    """Read a whole number, None when it is none."""
    number = float(pd.to_numeric(value, errors="coerce"))  # type: ignore[call-overload]
    return int(number) if np.isfinite(number) and number == int(number) else None
