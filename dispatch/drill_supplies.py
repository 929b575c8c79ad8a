"""Say which supplies an accident calls for, who is to bring them, and what is lacking."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.drill import Shortfall

SOON_S, LATER_S = 1800.0, 3600.0
_MOST_FIRST_AID, _LEAST_FIRST_AID, _PEOPLE_EACH = 300, 20, 100


@dataclass(frozen=True)
class SupplyNeed:
    """
    Supplies that an accident calls for.

    Attributes
    ----------
    type_name : str
        Type of the city's list of resource types.
    quantity : int
        How many, in `unit`; stocks counted in another unit are passed over.
    unit : str
    within_s : float
        Travel time within which they should be at the staging point.
    """

    type_name: str
    quantity: int
    unit: str
    within_s: float


@dataclass(frozen=True)
class Taken:
    """What is taken of one stock: its position among those given, how many, and its travel time, s."""

    stock_idx: int
    quantity: float
    travel_time_s: float


_TOXIC = (
    SupplyNeed("个人防护", 20, "套", SOON_S),
    SupplyNeed("堵漏器材", 2, "套", SOON_S),
    SupplyNeed("吸附与洗消", 100, "包", LATER_S),
)
_FIRE = (SupplyNeed("灭火药剂", 10, "吨", SOON_S), SupplyNeed("破拆工具", 2, "套", LATER_S))


def supplies_needed(effects: frozenset[str], people: int) -> tuple[SupplyNeed, ...]:
    """
    Say which supplies an accident calls for.

    Parameters
    ----------
    effects : frozenset of str
        Effects that have a zone.
    people : int
        People in the zones that are left.

    Returns
    -------
    tuple of SupplyNeed

    Notes
    -----
    A planning rule of ours, to be replaced by a city's own plans; a drill marks it as assumed. Gas detectors always; suits, leak kits and sorbents where
    anything toxic spreads; foam and cutting tools where fire or blast is possible; a first-aid kit for every 100 people, at least 20 and at most 300.

    Examples
    --------
    >>> [(n.type_name, n.quantity) for n in supplies_needed(frozenset({"pool_fire"}), 5000)]
    [('侦检仪器', 4), ('灭火药剂', 10), ('破拆工具', 2), ('医疗急救', 50)]
    """
    kits = min(max(-(-people // _PEOPLE_EACH), _LEAST_FIRST_AID), _MOST_FIRST_AID)
    return (
        SupplyNeed("侦检仪器", 4, "台", SOON_S),
        *(_TOXIC if "toxic" in effects else ()),
        *(_FIRE if effects - {"toxic"} else ()),
        SupplyNeed("医疗急救", kits, "个", LATER_S),
    )


def take_soonest(
    need: SupplyNeed, quantities: Sequence[float], times_s: Sequence[float]
) -> tuple[Taken, ...]:
    """
    Take what is needed from the stocks that are soonest there.

    Parameters
    ----------
    need : SupplyNeed
    quantities : sequence of float
        What each stock holds, 0 or more.
    times_s : sequence of float
        Its travel time; ``inf`` where no way leads.

    Returns
    -------
    tuple of Taken
        The soonest first, of equally soon ones the first given; no more than is needed in all.

    Examples
    --------
    >>> need = SupplyNeed("个人防护", 20, "套", 1800.0)
    >>> take_soonest(need, [15.0, 30.0, 40.0], [900.0, 300.0, float("inf")])
    (Taken(stock_idx=1, quantity=20, travel_time_s=300.0),)
    """
    left, found = float(need.quantity), []
    for at in sorted(range(len(times_s)), key=lambda i: (times_s[i], i)):
        if left <= 0 or math.isinf(times_s[at]):
            break
        if quantities[at] > 0:
            taken = min(quantities[at], left)
            left -= taken
            found.append(Taken(at, int(taken) if taken == int(taken) else taken, float(times_s[at])))
    return tuple(found)


def supply_shortfalls(
    wanted: Sequence[SupplyNeed], taken: Sequence[Sequence[Taken]]
) -> tuple[Shortfall, ...]:
    """
    Name what is lacking of supplies.

    Parameters
    ----------
    wanted : sequence of SupplyNeed
    taken : sequence of sequence of Taken
        Of each need, what `take_soonest` took.

    Returns
    -------
    tuple of Shortfall
        `subject` ``supply`` for units that no stock within reach holds, ``supply_late`` for units that come too late.

    Examples
    --------
    >>> need = SupplyNeed("个人防护", 20, "套", 1800.0)
    >>> supply_shortfalls([need], [[Taken(0, 5.0, 300.0), Taken(1, 7.0, 2000.0)]])
    (Shortfall(subject='supply', kind='个人防护', missing=8), Shortfall(subject='supply_late', kind='个人防护', missing=7))
    """
    found = []
    for need, parts in zip(wanted, taken, strict=True):
        missing = need.quantity - sum(one.quantity for one in parts)
        late = sum(one.quantity for one in parts if one.travel_time_s > need.within_s)
        if missing > 0:
            found.append(Shortfall("supply", need.type_name, math.ceil(missing)))
        if late > 0:
            found.append(Shortfall("supply_late", need.type_name, math.ceil(late)))
    return tuple(found)
