"""Weigh the alternatives of a rescue: who stays and who leaves, what each costs in exposure, which is best and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dispatch.errors import QuestionError

INDOOR_SHARE = 0.1
"""Exposure indoors as a share of that outdoors, toxic gases."""
PREPARE_MIN = 15.0
"""Minutes from the order until people leave, assumed; they spend them indoors."""
DEFAULT_CLOUD_MIN = 30.0
"""Minutes that a cloud stays where no zone says for how long it was worked out, assumed."""
_EXPOSURE_ALIKE = 0.05
_FIRST_ALIKE_S = 60.0


class Mode(StrEnum):
    """What people in the zone do: all leave, those whom only gas threatens stay indoors, or of these only those in the lighter part."""

    EVACUATE = "evacuate"
    SHELTER = "shelter"
    MIXED = "mixed"


@dataclass(frozen=True)
class Measured:
    """
    What decides between alternatives.

    Attributes
    ----------
    without : int
        People who are to leave and find no place, or no way.
    exposure_person_min : float or None
        As of `exposure_person_min`; None where no gas spreads.
    lacking : int
        Units of help that are missing or late.
    first_s : float
        Travel time of the first help, s; inf where none comes.
    """

    without: int
    exposure_person_min: float | None
    lacking: int
    first_s: float


@dataclass(frozen=True)
class Recommendation:
    """
    The alternative that is best, and what decided.

    Attributes
    ----------
    best_idx : int
    decided_by : tuple of (str, tuple of int)
        Criterion and the alternatives that it ruled out, in the order of the criteria: ``without``, ``exposure``, ``lacking``, ``first``.
    is_tie : bool
        Several are alike in everything: the first of them is named.
    """

    best_idx: int
    decided_by: tuple[tuple[str, tuple[int, ...]], ...]
    is_tie: bool


def exposure_person_min(
    leaving: Sequence[tuple[int, float]],
    staying: int,
    *,
    cloud_min: float,
    prepare_min: float = PREPARE_MIN,
    indoor_share: float = INDOOR_SHARE,
) -> float:
    """
    Add up the exposure of everybody in the zone, as minutes outdoors in the cloud (等效室外暴露).

    Parameters
    ----------
    leaving : sequence of (int, float)
        People who leave together, and the minutes they travel inside the zone.
    staying : int
        People who stay indoors.
    cloud_min : float
        Minutes that the cloud stays, above 0; nobody is exposed for longer.
    prepare_min : float
        Minutes indoors before people leave, 0 or more.
    indoor_share : float
        0 to 1.

    Returns
    -------
    float
        Person-minutes.

    Raises
    ------
    QuestionError
        When a figure lies outside its range.

    Notes
    -----
    Indoors counts a tenth: the factor of AQ/T 3046-2013, table 10, for toxic gases indoors, read from a copy that is garbled in part, so to
    be checked against the standard; it is shown as assumed. It stands for closed windows and ventilation that is shut off. The zone is taken as
    in the cloud from the order on, which is on the safe side for those who leave early. The measure compares alternatives; it is no dose.

    Examples
    --------
    >>> round(exposure_person_min([(100, 5.0)], 0, cloud_min=60.0), 6)
    650.0
    >>> round(exposure_person_min([], 100, cloud_min=60.0), 6)
    600.0
    """
    if not cloud_min > 0 or prepare_min < 0 or not 0 <= indoor_share <= 1 or staying < 0:
        raise QuestionError(
            f"云团停留 {cloud_min:g} 分、准备 {prepare_min:g} 分、室内系数 {indoor_share:g} 超出范围。 "
            f"A cloud of {cloud_min:g} min, {prepare_min:g} min to prepare or a share of {indoor_share:g} lies outside its range."
        )
    inside = min(prepare_min, cloud_min)
    total = staying * cloud_min * indoor_share
    for people, travel_min in leaving:
        if people < 0 or travel_min < 0:
            raise QuestionError("人数和行程不能小于 0。 People and travel cannot be below 0.")
        total += people * (inside * indoor_share + min(travel_min, cloud_min - inside))
    return total


def recommend(alternatives: Sequence[Measured]) -> Recommendation:
    """
    Name the best alternative: criterion by criterion, those clearly behind the best are ruled out until one is left.

    Parameters
    ----------
    alternatives : sequence of Measured
        One or more.

    Returns
    -------
    Recommendation

    Raises
    ------
    QuestionError
        When there is none.

    Notes
    -----
    In this order: nobody without a place or a way; the least exposure (those within 5 % are alike); the least help missing or late; the first
    help soonest (within a minute is alike). The order is ours: lives before means, means before minutes. Exposure is passed over unless it is
    known of all that are left.

    Examples
    --------
    >>> found = recommend([Measured(0, 900.0, 0, 300.0), Measured(0, 500.0, 1, 400.0), Measured(7, 100.0, 0, 200.0)])
    >>> found.best_idx, found.decided_by
    (1, (('without', (2,)), ('exposure', (0,))))
    """
    if not alternatives:
        raise QuestionError("没有可比较的方案。 There is no alternative to weigh.")
    left = list(range(len(alternatives)))
    decided: list[tuple[str, tuple[int, ...]]] = []

    def rule_out(name: str, values: list[float], alike: float) -> None:
        nonlocal left
        limit = min(values) + alike
        gone = tuple(i for i, value in zip(left, values, strict=True) if value > limit)
        if gone:
            decided.append((name, gone))
            left = [i for i in left if i not in gone]

    rule_out("without", [float(alternatives[i].without) for i in left], 0.0)
    exposures = [alternatives[i].exposure_person_min for i in left]
    known = [value for value in exposures if value is not None]
    if len(known) == len(left):
        rule_out("exposure", known, _EXPOSURE_ALIKE * min(known))
    rule_out("lacking", [float(alternatives[i].lacking) for i in left], 0.0)
    rule_out("first", [alternatives[i].first_s for i in left], _FIRST_ALIKE_S)
    return Recommendation(left[0], tuple(decided), len(left) > 1)
