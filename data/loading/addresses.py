"""Take addresses apart: divisions, road, number, and the name of the place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.loading.division_index import Divisions
from data.loading.values import fold

_PROVINCE = re.compile(r"^(中国)?([\u4e00-\u9fff]{2,3}(省|自治区))?")
_ROAD = re.compile(
    r"(?P<road>[\u4e00-\u9fffa-z0-9]{1,10}?(?:大道|公路|路|街|道|巷)(?:[一二三四五六七八九十东西南北中]{1,2}(?:路|街|段|巷))?)"
    r"(?:(?P<number>\d{1,5})(?:[-至之]\d+)?(?:号|$|(?=[^\d栋座单幢层楼期号])))?"
)
_GENERIC = re.compile(
    r"(地下|地面|室外|露天|公共|立体)*(停车场|停车库|停车楼|车库)$|(物业)?(管理处|服务中心)$|小区$|住宅区$|\(.*?\)"
)
_JOINTS = re.compile(r"[-—–·・,，、.。/\s]+")


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of one address.

    Attributes
    ----------
    division_code : finest division that the address names, or None
    road, number : road name and house number, or None
    rest : what stands after them: the place's own name, mostly
    """

    division_code: str | None
    road: str | None
    number: int | None
    rest: str


def parse_address(text: str, divisions: Divisions, *, below: str | None = None) -> Address:
    """Take an address apart; `below` is a division the place is known to lie in."""
    folded = _JOINTS.sub("", fold(text))
    folded = _PROVINCE.sub("", folded)
    code = below
    while True:
        step = _leading_division(folded, divisions, code)
        if step is None:
            break
        code, length = step
        folded = folded[length:]
    match = _ROAD.search(folded)
    if match is None:
        return Address(code, None, None, folded)
    number = int(match["number"]) if match["number"] else None
    rest = folded[match.end() :] or folded[: match.start()]
    return Address(code, match["road"], number, rest.lstrip("号"))


def _leading_division(text: str, divisions: Divisions, below: str | None) -> tuple[str, int] | None:
    for length in range(min(12, len(text)), 1, -1):
        codes = divisions.find_exact(text[:length], below=below)
        if len(codes) == 1:
            # A road named after a division (福田路) is no division.
            if re.match(r"[一二三四五六七八九十东西南北中]?(大道|公路|路|街(?!道)|巷)", text[length:]):
                return None
            return codes[0], length
    return None


def place_key(name: str) -> str:
    """Give the key by which names of one place are the same: words for its car park or office go.

    >>> place_key("安业馨园-停车场"), place_key("安业馨园小区"), place_key("停车场")
    ('安业馨园', '安业馨园', '停车场')
    """
    folded = _JOINTS.sub("", fold(name))
    bare = folded
    while True:
        shorter = _GENERIC.sub("", bare)
        if shorter == bare:
            break
        bare = shorter
    return bare if len(bare) >= 2 else folded
