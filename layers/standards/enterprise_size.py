"""Classify an enterprise's size (划型) by the thresholds of its industry, every indicator counting."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files

from layers.declaration import Words


class SizeClass(Enum):
    """Size of an enterprise, from large to micro."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"
    MICRO = "micro"


SIZE_WORDS = {
    SizeClass.LARGE: Words("大型", "large"),
    SizeClass.MEDIUM: Words("中型", "medium"),
    SizeClass.SMALL: Words("小型", "small"),
    SizeClass.MICRO: Words("微型", "micro"),
}


@dataclass(frozen=True)
class Threshold:
    """One indicator of an industry with the least values of three sizes.

    Attributes
    ----------
    indicator : str
        ``employees`` (persons), ``revenue`` or ``assets`` (10,000 CNY).
    words : Words
    unit : Words
    least : mapping of SizeClass to float
        Lower limit, inclusive, of large, medium and small.
    """

    indicator: str
    words: Words
    unit: Words
    least: Mapping[SizeClass, float]


@dataclass(frozen=True)
class SizeIndustry:
    """One industry of the size table with the indicators that decide.

    Attributes
    ----------
    id : str
    words : Words
    thresholds : tuple of Threshold
        One or two.
    """

    id: str
    words: Words
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True)
class SizeReason:
    """What one indicator alone would allow."""

    threshold: Threshold
    value: float
    size: SizeClass


@dataclass(frozen=True)
class SizeFinding:
    """A size with what each indicator says.

    Attributes
    ----------
    size : SizeClass
    reasons : tuple of SizeReason
    """

    size: SizeClass
    reasons: tuple[SizeReason, ...]


_WORDS = {
    "employees": Words("从业人员", "employees"),
    "revenue": Words("营业收入", "revenue"),
    "assets": Words("资产总额", "total assets"),
}
_UNITS = {"persons": Words("人", "persons"), "10k_CNY": Words("万元", "10,000 CNY")}


@cache
def size_industries() -> tuple[SizeIndustry, ...]:
    """Give the industries of the size table, in its order.

    Returns
    -------
    tuple of SizeIndustry
        Sixteen of them.

    Notes
    -----
    Source: the size table of the registration manual (企业划型标准), after the rules of 2011 for small and medium
    enterprises.

    Examples
    --------
    >>> len(size_industries())
    16
    """
    text = files("layers.standards").joinpath("enterprise_size.csv").read_text(encoding="utf-8")
    names: dict[str, str] = {}
    found: dict[str, list[Threshold]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["industry_en"], []).append(
            Threshold(
                row["indicator"],
                _WORDS[row["indicator"]],
                _UNITS[row["unit"]],
                {size: float(row[f"{size.value}_min"]) for size in SizeClass if size is not SizeClass.MICRO},
            )
        )
        names[row["industry_en"]] = row["industry_zh"]
    return tuple(SizeIndustry(_id(en), Words(names[en], en), tuple(rows)) for en, rows in found.items())


def _id(name: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())[:40]


def find_size_industry(industry_id: str) -> SizeIndustry | None:
    """Find an industry of the size table.

    Parameters
    ----------
    industry_id : str

    Returns
    -------
    SizeIndustry or None

    Examples
    --------
    >>> find_size_industry("industry").words.zh
    '工业'
    """
    return next((i for i in size_industries() if i.id == industry_id), None)


def size_class(industry: SizeIndustry, values: Mapping[str, float | None]) -> SizeFinding | None:
    """Classify an enterprise: the largest size whose lower limits all its indicators reach.

    Parameters
    ----------
    industry : SizeIndustry
    values : mapping of str to float or None
        By indicator: ``employees`` in persons, ``revenue`` and ``assets`` in 10,000 CNY, 0 or more.

    Returns
    -------
    SizeFinding or None
        None where an indicator of the industry is not known.

    Notes
    -----
    Source: the size table of the registration manual: a size needs every indicator at or above its lower limit,
    otherwise it goes down until all of them hold; a limit exactly reached counts.

    Examples
    --------
    >>> size_class(find_size_industry("industry"), {"employees": 1200, "revenue": 30_000}).size
    <SizeClass.MEDIUM: 'medium'>
    """
    reasons = []
    for threshold in industry.thresholds:
        value = values.get(threshold.indicator)
        if value is None:
            return None
        reasons.append(SizeReason(threshold, value, _alone(threshold, value)))
    order = list(SizeClass)
    return SizeFinding(max((r.size for r in reasons), key=order.index), tuple(reasons))


def _alone(threshold: Threshold, value: float) -> SizeClass:
    return next((size for size, least in threshold.least.items() if value >= least), SizeClass.MICRO)
