"""Judge a position an enterprise gives for itself, and propose a better one where it looks wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from layers.declaration import Words

#: A position nearer to the middle of a road than this stands on it, metres.
ON_ROAD_M = 4.0
#: Enterprises nearer to each other than this stand on top of each other, metres.
SAME_SPOT_M = 3.0
#: How far a proposal keeps off a border, a shore, a road or a neighbour, metres.
KEEP_OFF_M = 15.0


class WarningKind(StrEnum):
    """What looks wrong."""

    OUTSIDE_CITY = "outside_city"
    OUTSIDE_REGION = "outside_region"
    IN_WATER = "in_water"
    ON_ROAD = "on_road"
    ON_NEIGHBOUR = "on_neighbour"
    OTHER_DATUM = "other_datum"
    SAME_CODE = "same_code"


@dataclass(frozen=True)
class Reference:
    """The nearest point of a border, a shore, a road or a neighbour.

    Attributes
    ----------
    name : str
        Empty when it has none.
    distance_m : float
        From the position, metres, 0 or more.
    lon, lat : float
        Degrees, EPSG:4326.
    """

    name: str
    distance_m: float
    lon: float
    lat: float


@dataclass(frozen=True)
class PositionFacts:
    """What the map knows of a position.

    Attributes
    ----------
    lon, lat : float
        Degrees, EPSG:4326.
    region : Reference or None
        The chosen region's border, when the position lies outside of it.
    region_lies_in : str
        Name of the division where it lies then; empty outside everything that is loaded.
    is_in_city : bool
        False outside every loaded division.
    shore : Reference or None
        The shore, when it lies in water.
    road : Reference or None
        The nearest road.
    neighbour : Reference or None
        The nearest enterprise.
    datum : tuple of (str, str, float, float) or None
        Words of another datum (Chinese, English) under which the figures fit, and the position then.
    """

    lon: float
    lat: float
    region: Reference | None = None
    region_lies_in: str = ""
    is_in_city: bool = True
    shore: Reference | None = None
    road: Reference | None = None
    neighbour: Reference | None = None
    datum: tuple[str, str, float, float] | None = None


@dataclass(frozen=True)
class PositionWarning:
    """One thing that looks wrong, and the position that would mend it."""

    kind: WarningKind
    words: Words
    mended: tuple[float, float] | None = None


def judge_position(facts: PositionFacts) -> tuple[PositionWarning, ...]:
    """List what looks wrong with a position, the gravest first.

    Parameters
    ----------
    facts : PositionFacts

    Returns
    -------
    tuple of PositionWarning
        Each with the mended position in degrees, EPSG:4326, where one can be proposed.

    Notes
    -----
    On a road when its middle is less than `ON_ROAD_M` away, on a neighbour when that is less than `SAME_SPOT_M`
    away. Another datum is named before anything else: with the right one the rest mostly vanishes. Proposals
    keep `KEEP_OFF_M` off, in a plane tangent at the position: good to a percent within some kilometres.

    Examples
    --------
    >>> near = Reference("A", 1.0, 114.0, 22.5)
    >>> [w.kind.value for w in judge_position(PositionFacts(114.0, 22.50001, neighbour=near))]
    ['on_neighbour']
    >>> judge_position(PositionFacts(114.0, 22.5))
    ()
    """
    found: list[PositionWarning] = []
    here = (facts.lon, facts.lat)
    if facts.datum is not None:
        zh, en, lon, lat = facts.datum
        words = Words(
            f"按所选坐标系不在该地区或该道路上，按{zh}读取则相符：可能是{zh}坐标",
            f"In the chosen datum it does not fit the region or the road, read as {en} it does: it may be {en}",
        )
        found.append(PositionWarning(WarningKind.OTHER_DATUM, words, (lon, lat)))
    if not facts.is_in_city:
        words = Words("位置不在本市已装载的任何区划内", "It lies outside every division of this city")
        if facts.region is not None:
            km = facts.region.distance_m / 1000
            words = Words(
                f"{words.zh}，离所选地区“{facts.region.name}”{km:,.1f} 公里",
                f"{words.en}, {km:,.1f} km from the chosen region {facts.region.name}",
            )
        found.append(
            PositionWarning(WarningKind.OUTSIDE_CITY, words, _across(here, facts.region, KEEP_OFF_M))
        )
    elif facts.region is not None:
        at = facts.region
        zh = f"位置在所选地区“{at.name}”之外 {at.distance_m:,.0f} 米"
        en = f"It lies {at.distance_m:,.0f} m outside the chosen region {at.name}"
        if facts.region_lies_in:
            zh, en = f"{zh}，落在{facts.region_lies_in}", f"{en}, in {facts.region_lies_in}"
        found.append(
            PositionWarning(WarningKind.OUTSIDE_REGION, Words(zh, en), _across(here, at, KEEP_OFF_M))
        )
    if facts.shore is not None:
        at = facts.shore
        words = Words(
            f"位置在水中{'（' + at.name + '）' if at.name else ''}，离岸 {at.distance_m:,.0f} 米",
            f"It lies in water{' (' + at.name + ')' if at.name else ''}, {at.distance_m:,.0f} m from the shore",
        )
        found.append(PositionWarning(WarningKind.IN_WATER, words, _across(here, at, KEEP_OFF_M)))
    if facts.road is not None and facts.road.distance_m < ON_ROAD_M:
        name = facts.road.name
        words = Words(f"位置在道路{name}上", f"It lies on a road{' (' + name + ')' if name else ''}")
        found.append(PositionWarning(WarningKind.ON_ROAD, words, _away(here, facts.road)))
    if facts.neighbour is not None and facts.neighbour.distance_m < SAME_SPOT_M:
        words = Words(f"与“{facts.neighbour.name}”的位置重合", f"It lies on top of {facts.neighbour.name}")
        found.append(PositionWarning(WarningKind.ON_NEIGHBOUR, words, _away(here, facts.neighbour)))
    return tuple(found)


def spots_around(lon: float, lat: float) -> tuple[tuple[float, float], ...]:
    """List spots around a position in eight directions, at once, twice and thrice `KEEP_OFF_M`, the near ones first.

    Parameters
    ----------
    lon, lat : float
        Degrees, EPSG:4326.

    Returns
    -------
    tuple of (float, float)
        24 positions in degrees, EPSG:4326.

    Notes
    -----
    In a plane tangent at the position: good to a percent within some kilometres.

    Examples
    --------
    >>> len(spots_around(114.0, 22.5))
    24
    """
    kx, ky = _plane(lat)
    return tuple(
        (lon + KEEP_OFF_M * times * math.sin(turn) / kx, lat + KEEP_OFF_M * times * math.cos(turn) / ky)
        for times in (1, 2, 3)
        for turn in (math.tau * eighth / 8 for eighth in range(8))
    )


def _plane(lat: float) -> tuple[float, float]:
    """Give metres per degree of longitude and of latitude."""
    return 111_320.0 * math.cos(math.radians(lat)), 110_900.0


def _across(here: tuple[float, float], to: Reference | None, beyond_m: float) -> tuple[float, float] | None:
    """Give the position beyond a border, seen from `here`."""
    if to is None:
        return None
    kx, ky = _plane(here[1])
    dx, dy = (to.lon - here[0]) * kx, (to.lat - here[1]) * ky
    length = math.hypot(dx, dy)
    if length == 0.0:
        return to.lon, to.lat
    reach = (length + beyond_m) / length
    return here[0] + dx * reach / kx, here[1] + dy * reach / ky


def _away(here: tuple[float, float], source: Reference) -> tuple[float, float]:
    """Give the position at `KEEP_OFF_M` from something, on the side where `here` is; east of it when it is there."""
    kx, ky = _plane(here[1])
    dx, dy = (here[0] - source.lon) * kx, (here[1] - source.lat) * ky
    length = math.hypot(dx, dy)
    if length < 0.01:
        dx, dy, length = 1.0, 0.0, 1.0
    return source.lon + dx / length * KEEP_OFF_M / kx, source.lat + dy / length * KEEP_OFF_M / ky
