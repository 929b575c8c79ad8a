"""Guess where an address is, from what is loaded: for a call about a place that nobody can point at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.scope import Connection, Scope
from data.search import search

#: What stands before the place itself: province, city, district, street, community.
_DIVISIONS = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区))?(?:[\u4e00-\u9fff]{2,8}?市)?(?:[\u4e00-\u9fff]{1,8}?(?:新区|区|县))?"
    r"(?:[\u4e00-\u9fff]{1,8}?(?:街道|镇|乡))?(?:[\u4e00-\u9fff]{1,8}?(?:社区|居委会))?"
)
_ROAD = re.compile(r"([\u4e00-\u9fffA-Za-z]{1,10}?(?:大道|路|街|巷|道))(\d{1,5})?号?")
_BUILDING = re.compile(r"^(.*?)(?:\d+|[A-Za-z])\s*(?:栋|座|幢|号楼|楼|单元|期).*$")
_SHORTEST = 2


@dataclass(frozen=True)
class AddressGuess:
    """
    Where an address probably is.

    Attributes
    ----------
    lon, lat : float
        Degrees, EPSG:4326.
    words : str
        The part of the address that was found.
    title : str
        What was found.
    """

    lon: float
    lat: float
    words: str
    title: str


def readings(address: str) -> list[str]:
    """Give the parts of an address worth searching for, the most telling first.

    >>> readings("深圳市福田区莲花街道彩田村7栋2单元")
    ['彩田村7栋2单元', '彩田村', '深圳市福田区莲花街道彩田村7栋2单元']
    >>> readings("南山区科苑路15号")
    ['科苑路15号', '科苑路', '南山区科苑路15号']
    """
    whole = re.sub(r"\s+", "", address)
    rest = whole[_DIVISIONS.match(whole).end() :] if _DIVISIONS.match(whole) else whole  # type: ignore[union-attr]
    if len(rest) < _SHORTEST:
        rest = whole
    found = [rest]
    building = _BUILDING.match(rest)
    if building and len(building.group(1)) >= _SHORTEST:
        found.append(building.group(1))
    road = _ROAD.search(rest)
    if road:
        found += [road.group(0)] if road.group(2) else []
        found.append(road.group(1))
    return list(dict.fromkeys(part for part in [*found, whole] if len(part) >= _SHORTEST))


def guess(connection: Connection, address: str, *, scope: Scope) -> AddressGuess | None:
    """Find the first part of an address that names something with a position; None when nothing does."""
    for words in readings(address):
        for hit in search(connection, words, scope=scope, limit=5):
            if hit.kind != "division" and hit.lon is not None and hit.lat is not None:
                return AddressGuess(hit.lon, hit.lat, words, hit.title)
    return None
