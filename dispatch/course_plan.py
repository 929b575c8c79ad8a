"""State what the course of a drill starts from: steps with their spreads, teams, people who leave, and what is thrown in."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Protocol

from dispatch.errors import QuestionError

LonLat = tuple[float, float]

LONGEST_S = 6 * 3600.0
LEAST_FACTOR, MOST_FACTOR = 0.2, 10.0
MOST_WAVES, MOST_CALLERS, MOST_INTAKE = 6, 50, 2000


@dataclass(frozen=True)
class Spread:
    """
    A triangular distribution (三角分布) by its three points; three equal ones leave nothing to chance.

    Parameters
    ----------
    low, mode, high : float
        Least, most likely and most; 0 or more, rising.

    Raises
    ------
    QuestionError
        When they do not rise, or are negative or not finite.

    Notes
    -----
    Three points are what a planner can name. The quantile function is the closed form of the triangular distribution (N. L. Johnson, The Statistician
    46 (1997), doi:10.1111/1467-9884.00091).

    Examples
    --------
    >>> spread = Spread(0.0, 10.0, 20.0)
    >>> spread.quantile(0.0), spread.quantile(0.5), spread.quantile(1.0), spread.mean
    (0.0, 10.0, 20.0, 10.0)
    """

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        given = (self.low, self.mode, self.high)
        if not all(math.isfinite(v) and v >= 0 for v in given) or not self.low <= self.mode <= self.high:
            raise QuestionError(
                f"最少、最可能、最多应为 0 以上并依次不减，收到 {self.low:g}、{self.mode:g}、{self.high:g}。 "
                f"Least, most likely and most must be 0 or more and rise; got {self.low:g}, {self.mode:g}, {self.high:g}."
            )

    @property
    def mean(self) -> float:
        """The mean, in the unit of the points."""
        return (self.low + self.mode + self.high) / 3

    def quantile(self, share: float) -> float:
        """Give the value below which a share of all lies, 0 to 1."""
        width = self.high - self.low
        if width == 0:
            return self.mode
        rises = (self.mode - self.low) / width
        if share < rises:
            return self.low + math.sqrt(share * width * (self.mode - self.low))
        return self.high - math.sqrt((1 - share) * width * (self.high - self.mode))


@dataclass(frozen=True)
class Steps:
    """
    The steps of a course, each with its spread: seconds, or factors on travel times.

    Attributes
    ----------
    alarm : Spread
        Accident → alarm received, s (发现和报警).
    notify : Spread
        One call that notifies one team, s (通知).
    turnout_fire, turnout_other : Spread
        Notified → under way, s: fire stations, and everybody else (出动).
    drive : Spread
        Actual ÷ predicted travel time of help (行车).
    setup : Spread
        Arrived → at work, s (展开).
    order : Spread
        Alarm → evacuation ordered, s (决定疏散).
    warn : Spread
        Ordered → a place is told, s (通知居民).
    prepare : Spread
        Told → its first wave leaves, s (准备).
    gap : Spread
        From one wave of a place to its next, s (批次间隔).
    leave : Spread
        Actual ÷ predicted travel time of those who leave (撤离行车).
    waves : int
        Into how many waves a place's people are divided, 1 to 6.
    callers : int
        Calls that the centre makes at a time, 1 to 50.
    intake_per_min : int
        People whom a shelter takes in per minute, 1 to 2,000.

    Raises
    ------
    QuestionError
        When a number lies outside its range.

    Notes
    -----
    The most likely values of alarm, notification, turnout and set-up are the 4, 2.5, 1 and 3.5 minutes of the fifteen-minute model in the
    commentary of the Chinese standard for fire stations (建标 152-2017); their ends and all others are ours, to be replaced by a city's own. All are marked as assumed.
    """

    alarm: Spread = Spread(60.0, 240.0, 600.0)
    notify: Spread = Spread(60.0, 150.0, 300.0)
    turnout_fire: Spread = Spread(45.0, 60.0, 120.0)
    turnout_other: Spread = Spread(180.0, 300.0, 900.0)
    drive: Spread = Spread(0.85, 1.0, 1.5)
    setup: Spread = Spread(120.0, 210.0, 600.0)
    order: Spread = Spread(120.0, 300.0, 900.0)
    warn: Spread = Spread(120.0, 300.0, 900.0)
    prepare: Spread = Spread(180.0, 600.0, 1500.0)
    gap: Spread = Spread(120.0, 300.0, 600.0)
    leave: Spread = Spread(0.9, 1.1, 2.0)
    waves: int = 3
    callers: int = 4
    intake_per_min: int = 60

    def __post_init__(self) -> None:
        for name in SPREADS:
            spread = getattr(self, name)
            low, high = (LEAST_FACTOR, MOST_FACTOR) if name in FACTORS else (0.0, LONGEST_S)
            if not low <= spread.low <= spread.high <= high:
                raise QuestionError(
                    f"{name} 应在 {low:g} 到 {high:g} 之间，收到 {spread.low:g} 到 {spread.high:g}。 "
                    f"{name} must lie between {low:g} and {high:g}; got {spread.low:g} to {spread.high:g}."
                )
        for name, most in WHOLE_NUMBERS.items():
            if not 1 <= getattr(self, name) <= most:
                raise QuestionError(
                    f"{name} 应为 1 到 {most:,}，收到 {getattr(self, name)}。 {name} must be 1 to {most:,}; got {getattr(self, name)}."
                )


FACTORS = frozenset({"drive", "leave"})
"""Steps whose spread is a factor."""
WHOLE_NUMBERS = {"waves": MOST_WAVES, "callers": MOST_CALLERS, "intake_per_min": MOST_INTAKE}
SPREADS = tuple(one.name for one in fields(Steps) if one.name not in WHOLE_NUMBERS)


@dataclass(frozen=True)
class Way:
    """
    A way along the roads.

    Attributes
    ----------
    start, end : tuple of float
        Longitude and latitude.
    time_s : float
        Predicted travel time, above or equal 0.
    line : tuple of (float, float)
        Its drawing, EPSG:4326; progress along it is even.
    out_share : float
        Share of the way, 0 to 1, behind which it lies outside the zone for good; 0 for help, which never enters.
    """

    start: LonLat
    end: LonLat
    time_s: float
    line: tuple[LonLat, ...] = ()
    out_share: float = 0.0


class Roads(Protocol):
    """What a course asks of the roads; areas are named by the numbers of the injects that close them."""

    def way(self, start: LonLat, end: LonLat, closed: frozenset[int], *, is_leaving: bool) -> Way | None:
        """Find the way around the zone and what is closed; who leaves may start inside. None where there is none."""

    def blocked(self, way: Way, closed: frozenset[int], share: float) -> float | None:
        """Give the first share of a way, from one on, at which it enters what is closed; None where it does not."""

    def place(self, way: Way, share: float) -> LonLat:
        """Give the position at a share of a way."""


@dataclass(frozen=True)
class Team:
    """Help that is called: its key, its kind, where it stands, and its way to the staging point (a hospital's: from there)."""

    key: str
    kind: str
    at: LonLat
    way: Way


@dataclass(frozen=True)
class Flow:
    """People of one place who go to one shelter."""

    key: str
    shelter: str
    people: int
    way: Way


@dataclass(frozen=True)
class RoadCloses:
    """A road closes (道路中断): `number` names the inject and its area."""

    number: int
    at_s: float


@dataclass(frozen=True)
class TeamBreaks:
    """A team breaks down (队伍故障), and the next of its kind is called."""

    number: int
    at_s: float
    team: str


@dataclass(frozen=True)
class WindTurns:
    """
    The wind turns (风向改变): a further area is left and closed.

    Attributes
    ----------
    staging : tuple of float or None
        Where help gathers from now on; None where it stays.
    flows : tuple of Flow
        People who have to leave besides, by the places that are left.
    instead : dict of str to tuple of (str, tuple of float, int)
        Shelters that lie in the area, each with those that may take its people, the first with places enough first: key, position and
        places.
    """

    number: int
    at_s: float
    staging: LonLat | None = None
    flows: tuple[Flow, ...] = ()
    instead: dict[str, tuple[tuple[str, LonLat, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class RoadOpens:
    """A road that was closed opens again (道路恢复): `of` is the number of the inject that closed it."""

    number: int
    at_s: float
    of: int


@dataclass(frozen=True)
class ReleaseStops:
    """The release is stopped (源头切断): at `clears_s` the cloud has passed, and zone and roads are open again."""

    number: int
    at_s: float
    clears_s: float


CLEARED = 0
"""Stands among what is closed once the zone itself is not any more."""

Inject = RoadCloses | TeamBreaks | WindTurns | RoadOpens | ReleaseStops


@dataclass(frozen=True)
class Plan:
    """
    What a course starts from.

    Attributes
    ----------
    staging : tuple of float or None
        Where help gathers.
    teams, reserves : tuple of Team
        Who is called, in this order, and who stands in for one that breaks down, by kind.
    flows : tuple of Flow
    shelters : dict of str to tuple of float
        Positions by key.
    steps : Steps
    """

    staging: LonLat | None
    teams: tuple[Team, ...]
    flows: tuple[Flow, ...]
    shelters: dict[str, LonLat]
    steps: Steps = Steps()
    reserves: tuple[Team, ...] = ()

    def __post_init__(self) -> None:
        keys = [team.key for team in (*self.teams, *self.reserves)] + [flow.key for flow in self.flows]
        if len(set(keys)) != len(keys):
            raise QuestionError("队伍和疏散人群的编号重复。 Keys of teams and flows repeat.")
        missing = {flow.shelter for flow in self.flows} - set(self.shelters)
        if missing:
            raise QuestionError(f"没有避难场所 {min(missing)}。 There is no shelter {min(missing)}.")
