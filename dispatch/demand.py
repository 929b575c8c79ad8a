"""Draw entrapment calls as cities report them: when, where, how many people, and how soon each step is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dispatch.errors import QuestionError

Floats = NDArray[np.float64]

#: Share of a day's calls by hour: 12.3 % at 8–10 h and 14.7 % at 18–20 h (Nanjing), three quarters at 6–12 and 18–22 h (Qingdao).
_HOURS = (
    0.013, 0.009, 0.007, 0.006, 0.007, 0.014, 0.038, 0.055, 0.064, 0.059, 0.055, 0.052, 0.046, 0.040, 0.038, 0.040, 0.045, 0.056,
    0.074, 0.073, 0.064, 0.058, 0.052, 0.035,
)  # fmt: skip
#: Calls by place type against housing, per elevator.
_PLACES = {
    "housing": 1.0,
    "office": 0.85,
    "shopping": 1.1,
    "hotel": 0.8,
    "hospital": 0.9,
    "school": 0.6,
    "transport": 1.2,
}
#: Causes as published (human 31–44 %, external 19–34 %, door 12–15 %, control 11 %).
_CAUSES = {
    "human": 0.36, "external": 0.27, "door": 0.13, "control": 0.09, "safety": 0.03, "traction": 0.02, "drive": 0.02, "guiding": 0.01,
    "car": 0.01, "balance": 0.005, "management": 0.02, "maintenance": 0.025, "other": 0.01,
}  # fmt: skip


@dataclass(frozen=True)
class DemandModel:
    """
    What is assumed of calls.

    Parameters
    ----------
    per_10k_month : float
        Entrapments per 10,000 elevators in 30 days, above 0; 55 to 130 in published figures.
    false_share : float
        Calls that turn out to be no entrapment, for every entrapment.
    hour_share : tuple of 24 floats
        Of a day's calls by local hour; scaled to 1.
    place_weight : mapping of str to float
        Against housing, per elevator; 1 for types not named.
    cause_share : mapping of str to float
    urgent_share, refuse_share, no_answer_share, leave_share : float
        Of calls: people injured or in danger; the first station refuses; it never answers; people get out by themselves.
    answer_median_s, handling_median_s, turn_out_median_s, access_median_s, on_site_median_s : float
        Medians of log-normal times.
    answer_sigma, handling_sigma, turn_out_sigma, access_sigma, on_site_sigma, drive_sigma : float
        σ of their logarithms; of actual ÷ predicted travel time, whose median is 1.

    Raises
    ------
    QuestionError
        When a share or a rate is impossible.

    Notes
    -----
    Published figures of Chinese cities (DOMAIN 4.5): 1.5–2 persons a call, on site 3–8 min, level 1 in 98 % or more, the three-minute
    rate close to 100 %. The shapes of the distributions are this project's reading.
    """

    per_10k_month: float = 90.0
    false_share: float = 0.06
    hour_share: tuple[float, ...] = _HOURS
    place_weight: Mapping[str, float] = field(default_factory=lambda: dict(_PLACES))
    cause_share: Mapping[str, float] = field(default_factory=lambda: dict(_CAUSES))
    urgent_share: float = 0.02
    refuse_share: float = 0.006
    no_answer_share: float = 0.005
    leave_share: float = 0.02
    answer_median_s: float = 38.0
    answer_sigma: float = 0.55
    handling_median_s: float = 45.0
    handling_sigma: float = 0.5
    turn_out_median_s: float = 60.0
    turn_out_sigma: float = 0.5
    access_median_s: float = 210.0
    access_sigma: float = 0.5
    on_site_median_s: float = 255.0
    on_site_sigma: float = 0.6
    drive_sigma: float = 0.18

    def __post_init__(self) -> None:
        shares = (
            self.urgent_share,
            self.refuse_share,
            self.no_answer_share,
            self.leave_share,
            self.false_share,
        )
        if not 0 < self.per_10k_month <= 100_000 or min(shares) < 0 or max(shares) > 1:
            raise QuestionError("来电率应大于 0，比例应在 0–1 之间。 A rate above 0 and shares from 0 to 1 were expected.")  # fmt: skip
        if len(self.hour_share) != 24 or min(self.hour_share) < 0 or sum(self.hour_share) <= 0:
            raise QuestionError("时段分布应有 24 个不小于 0 的数。 24 shares of the hours were expected.")


@dataclass(frozen=True, eq=False)
class DrawnCalls:
    """
    Calls and what chance decides of them, n of each, by time; seconds.

    Attributes
    ----------
    at_s : ndarray
        From the start.
    place_idx : ndarray of int64
        Position of the elevator among the places.
    people : ndarray of int64
    is_false : ndarray of bool
        No entrapment: closed after a while without a crew.
    cause : ndarray of str
    handling_s, answer_s, backup_answer_s, turn_out_s, drive_factor, access_s, on_site_s, leaves_s, refuses, is_urgent
        As for `dispatch.simulation.Calls`.
    """

    at_s: Floats
    place_idx: NDArray[np.int64]
    people: NDArray[np.int64]
    is_false: NDArray[np.bool_]
    cause: NDArray[np.str_]
    handling_s: Floats
    answer_s: Floats
    backup_answer_s: Floats
    turn_out_s: Floats
    drive_factor: Floats
    access_s: Floats
    on_site_s: Floats
    leaves_s: Floats
    refuses: NDArray[np.bool_]
    is_urgent: NDArray[np.bool_]

    def __len__(self) -> int:
        """Count the calls."""
        return len(self.at_s)


def draw_calls(
    model: DemandModel, place_type: NDArray[np.str_], *, start: dt.datetime, days: float, seed: int
) -> DrawnCalls:
    """
    Draw the calls of a span of time.

    Parameters
    ----------
    model : DemandModel
    place_type : ndarray of str, shape (places,)
        Of every elevator.
    start : datetime
        Aware, in local time: its hour decides how many call.
    days : float
        Above 0, at most 3,660.
    seed : int
        The same seed draws the same calls.

    Returns
    -------
    DrawnCalls

    Raises
    ------
    QuestionError
        When there is no elevator or the span is impossible.

    Notes
    -----
    A Poisson process whose rate changes by the hour, by thinning; place and everything else are independent of it.

    Examples
    --------
    >>> start = dt.datetime(2026, 11, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    >>> found = draw_calls(DemandModel(), np.full(130_000, "housing"), start=start, days=30, seed=1)
    >>> 1_100 < int((~found.is_false).sum()) < 1_250
    True
    """
    if len(place_type) == 0 or not 0 < days <= 3660:
        raise QuestionError("没有电梯，或天数不在 0–3660 之间。 There is no elevator, or the days are not between 0 and 3,660.")  # fmt: skip
    times, rest = (np.random.default_rng([seed, part]) for part in (0, 1))
    rate_day = model.per_10k_month / 30 * len(place_type) / 10_000 * (1 + model.false_share)
    share = np.array(model.hour_share) / sum(model.hour_share)
    peak_day = rate_day * share.max() * 24
    count = int(times.poisson(peak_day * days))
    at_s = np.sort(times.random(count)) * days * 86_400
    hour = ((start.hour * 3600 + start.minute * 60 + start.second + at_s) // 3600 % 24).astype(np.int64)
    at_s = at_s[times.random(count) < share[hour] / share.max()]
    n = len(at_s)
    kinds, inverse = np.unique(place_type, return_inverse=True)
    weight = np.array([model.place_weight.get(str(k), 1.0) for k in kinds])[inverse]
    upto = np.cumsum(weight)
    place_idx = np.searchsorted(upto, rest.random(n) * upto[-1], side="right").astype(np.int64)

    return DrawnCalls(at_s, place_idx, **draw_circumstances(model, n, rest))


def draw_circumstances(model: DemandModel, count: int, rng: np.random.Generator) -> dict[str, Any]:
    """
    Draw what chance decides of calls beside when and where they come.

    Parameters
    ----------
    model : DemandModel
    count : int
        How many calls, 0 or more.
    rng : Generator
        Advanced by the drawing.

    Returns
    -------
    dict of str to ndarray, shape (count,)
        By the names of `DrawnCalls`.

    Examples
    --------
    >>> sorted(draw_circumstances(DemandModel(), 1, np.random.default_rng(1)))[:3]
    ['access_s', 'answer_s', 'backup_answer_s']
    """

    def span(median_s: float, sigma: float) -> Floats:
        return np.asarray(np.exp(np.log(median_s) + sigma * rng.standard_normal(count)), np.float64)

    causes = np.array(list(model.cause_share), np.str_)
    cause_share = np.array(list(model.cause_share.values()))
    answer_s = span(model.answer_median_s, model.answer_sigma)
    return {
        "people": 1 + rng.choice(5, count, p=[0.48, 0.30, 0.13, 0.06, 0.03]),
        "is_false": rng.random(count) < model.false_share / (1 + model.false_share),
        "cause": rng.choice(causes, count, p=cause_share / cause_share.sum()),
        "handling_s": np.clip(span(model.handling_median_s, model.handling_sigma), 8, 600),
        "answer_s": np.where(rng.random(count) < model.no_answer_share, np.inf, answer_s),
        "backup_answer_s": np.clip(span(model.answer_median_s, model.answer_sigma), 5, 170),
        "turn_out_s": span(model.turn_out_median_s, model.turn_out_sigma),
        "drive_factor": np.exp(model.drive_sigma * rng.standard_normal(count)),
        "access_s": span(model.access_median_s, model.access_sigma),
        "on_site_s": span(model.on_site_median_s, model.on_site_sigma),
        "leaves_s": np.where(rng.random(count) < model.leave_share, rng.uniform(180, 900, count), np.inf),
        "refuses": rng.random(count) < model.refuse_share,
        "is_urgent": rng.random(count) < model.urgent_share,
    }
