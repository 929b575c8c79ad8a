"""Say what a drill of an accident calls for: which thresholds mean leaving, who is at home when, and which help is needed."""

from dataclasses import dataclass

SEVERE, SERIOUS, LIGHT = 1, 2, 3
"""Levels of a zone, the strongest first."""

_TOXIC = {
    "AEGL-3": SEVERE, "ERPG-3": SEVERE, "AEGL-2": SERIOUS, "IDLH": SERIOUS, "ERPG-2": SERIOUS, "AEGL-1": LIGHT, "ERPG-1": LIGHT,
}  # fmt: skip
_ABOVE: dict[str, tuple[tuple[float, int], ...]] = {
    "overpressure": ((30.0, SEVERE), (10.0, SERIOUS)),
    "heat flux": ((25.0, SEVERE), (4.0, SERIOUS)),
}
_HOURS_AT_HOME = (0.95, 0.55, 0.80)
_HOURS_AT_WORK = (0.10, 0.90, 0.25)
_WEEKEND_AT_HOME, _WEEKEND_AT_WORK = 0.80, 0.25


@dataclass(frozen=True)
class Need:
    """
    Help that an accident calls for.

    Attributes
    ----------
    kind : str
        Kind of resource.
    count : int
        How many.
    within_s : float
        Travel time within which they should be there.
    """

    kind: str
    count: int
    within_s: float


@dataclass(frozen=True)
class Shortfall:
    """
    What a drill lacks.

    Attributes
    ----------
    subject : str
        ``resource``, ``late``, ``supply``, ``supply_late``, ``places``, ``no_way`` or ``staging``.
    kind : str or None
        Kind of resource or type of supplies, where it is one.
    missing : int
        How many units, or people.
    """

    subject: str
    kind: str | None
    missing: int


def zone_level(effect: str, measure: str, value: float) -> int:
    """
    Grade a threshold: 1 may kill, 2 lasting harm or no escape, 3 discomfort.

    Parameters
    ----------
    effect : str
        ``toxic``, ``flash_fire``, ``explosion``, ``pool_fire`` or ``fireball``.
    measure : str
        Name of the threshold.
    value : float
        In the threshold's unit: kPa, kW/m².

    Returns
    -------
    int
        1 to 3.

    Notes
    -----
    AEGL's own three tiers; overpressure 30 and 10 kPa and heat 25 and 4 kW/m² after AQ/T 3046-2013, 10, with 4 kW/m² (pain within 20 s, blisters
    possible) as the limit of leaving. Grades of other thresholds are ours.

    Examples
    --------
    >>> zone_level("toxic", "AEGL-2", 5.8), zone_level("explosion", "overpressure", 30.0), zone_level("pool_fire", "heat flux", 1.6)
    (2, 1, 3)
    """
    if effect == "flash_fire":
        return SEVERE if measure == "LFL" else SERIOUS
    if measure in _ABOVE:
        return next((level for least, level in _ABOVE[measure] if value >= least), LIGHT)
    return _TOXIC.get(measure, SERIOUS)


def is_left(level: int) -> bool:
    """
    Say whether people leave a zone of a level, and its roads are closed.

    Parameters
    ----------
    level : int
        As of `zone_level`.

    Returns
    -------
    bool
        For levels 1 and 2.

    Examples
    --------
    >>> is_left(SERIOUS), is_left(LIGHT)
    (True, False)
    """
    return level <= SERIOUS


def presence(hour_of_week: int) -> tuple[float, float]:
    """
    Give the share of residents who are at home and of employees who are at work.

    Parameters
    ----------
    hour_of_week : int
        0 to 167, Monday 00:00 being 0.

    Returns
    -------
    tuple of float
        At home, at work; 0 to 1.

    Notes
    -----
    Night 22–6, day 8–18 and the hours between, on weekdays; weekends by day. Figures of ours, to be replaced by a city's own survey; a
    drill marks them as assumed.

    Examples
    --------
    >>> presence(3), presence(34), presence(130)
    ((0.95, 0.1), (0.55, 0.9), (0.8, 0.25))
    """
    hour, is_weekend = hour_of_week % 24, hour_of_week >= 120
    if hour >= 22 or hour < 6:
        return _HOURS_AT_HOME[0], _HOURS_AT_WORK[0]
    if is_weekend:
        return _WEEKEND_AT_HOME, _WEEKEND_AT_WORK
    part = 1 if 8 <= hour < 18 else 2
    return _HOURS_AT_HOME[part], _HOURS_AT_WORK[part]


def needs(effects: frozenset[str], people: int) -> tuple[Need, ...]:
    """
    Say which help an accident calls for.

    Parameters
    ----------
    effects : frozenset of str
        Effects that have a zone.
    people : int
        People in the zones that are left.

    Returns
    -------
    tuple of Need
        By kind.

    Notes
    -----
    A planning rule of ours: two fire stations, two teams and one expert always; a third of each of the first two where fire or blast
    is possible; a hospital for every 2,000 people in the zones, at least one and at most six; two depots where anything toxic spreads.

    Examples
    --------
    >>> [(n.kind, n.count) for n in needs(frozenset({"toxic"}), 5000)]
    [('fire_station', 2), ('rescue_team', 2), ('hospital', 3), ('supplies_depot', 2), ('expert', 1)]
    """
    more = 1 if effects - {"toxic"} else 0
    hospitals = min(max(-(-people // 2000), 1), 6)
    depots = 2 if "toxic" in effects else 1
    return (
        Need("fire_station", 2 + more, 900.0),
        Need("rescue_team", 2 + more, 1800.0),
        Need("hospital", hospitals, 1800.0),
        Need("supplies_depot", depots, 3600.0),
        Need("expert", 1, 3600.0),
    )


def shortfalls(
    wanted: tuple[Need, ...],
    arrivals_s: dict[str, list[float]],
    *,
    left_over: int,
    no_way: int,
    has_staging: bool,
) -> tuple[Shortfall, ...]:
    """
    Name what is lacking.

    Parameters
    ----------
    wanted : tuple of Need
        What is called for.
    arrivals_s : dict of str to list of float
        Travel times of those chosen, by kind.
    left_over : int
        People for whom the shelters within reach have no place.
    no_way : int
        People whom no road leads to a shelter.
    has_staging : bool
        Whether help has a place to gather.

    Returns
    -------
    tuple of Shortfall
        Empty when nothing is.

    Examples
    --------
    >>> shortfalls((Need("hospital", 2, 600.0),), {"hospital": [700.0]}, left_over=0, no_way=5, has_staging=True)
    (Shortfall(subject='resource', kind='hospital', missing=1), Shortfall(subject='late', kind='hospital', missing=1), Shortfall(subject='no_way', kind=None, missing=5))
    """
    found = []
    for need in wanted:
        times = arrivals_s.get(need.kind, [])
        if len(times) < need.count:
            found.append(Shortfall("resource", need.kind, need.count - len(times)))
        late = sum(t > need.within_s for t in times)
        if late:
            found.append(Shortfall("late", need.kind, late))
    if left_over:
        found.append(Shortfall("places", None, left_over))
    if no_way:
        found.append(Shortfall("no_way", None, no_way))
    if not has_staging:
        found.append(Shortfall("staging", None, 1))
    return tuple(found)
