"""Grade an accident (生产安全事故) by the dead, the seriously injured and the direct loss: order 493, article 3."""

from __future__ import annotations

import datetime as dt

from layers.errors import StandardError

#: Least dead, seriously injured and direct loss (10,000 CNY) of each class above the general one, the gravest first.
CLASSES: tuple[tuple[str, int, int, float], ...] = (
    ("1", 30, 100, 10_000.0),
    ("2", 10, 50, 5_000.0),
    ("3", 3, 10, 1_000.0),
)
GENERAL = "4"
REPORT_WITHIN_MIN = 60.0
"""The head of the unit reports within an hour of hearing of it (article 9)."""
SUPPLEMENT_DAYS, SUPPLEMENT_DAYS_FIRE_ROAD = 30, 7
"""A change of the dead and injured is reported within so many days of the accident (article 13)."""
INVESTIGATE_DAYS = 60
"""The report of the investigation is due so many days after the accident; the government that leads it may add up to 60 (article 29)."""


def accident_class(dead: int, seriously_injured: int, loss_10k_cny: float) -> str:
    """
    Give the class of an accident: the gravest that any of the three figures reaches.

    Parameters
    ----------
    dead : int
        0 or more.
    seriously_injured : int
        0 or more; acute poisoning at work counts as serious injury.
    loss_10k_cny : float
        Direct economic loss in units of 10,000 CNY, 0 or more.

    Returns
    -------
    str
        ``1`` 特别重大, ``2`` 重大, ``3`` 较大, ``4`` 一般.

    Raises
    ------
    StandardError
        When a figure is negative; it carries the field.

    Notes
    -----
    State Council order 493 (2007), article 3: each "or more" (以上) is inclusive, each "less than" (以下) is not.

    Examples
    --------
    >>> accident_class(2, 9, 999.99), accident_class(3, 0, 0), accident_class(0, 50, 0), accident_class(1, 1, 10_000)
    ('4', '3', '2', '1')
    """
    for field, value in (
        ("dead", dead),
        ("seriously_injured", seriously_injured),
        ("loss_10k_cny", loss_10k_cny),
    ):
        if not value >= 0:
            raise StandardError("不能小于 0。 It cannot be below 0.", field=field)
    return next(
        (
            name
            for name, least_dead, least_injured, least_loss in CLASSES
            if dead >= least_dead or seriously_injured >= least_injured or loss_10k_cny >= least_loss
        ),
        GENERAL,
    )


def supplement_by(occurred_on: dt.date, *, is_fire_or_road: bool) -> dt.date:
    """
    Give the last day on which a change of the dead and injured is still reported.

    Parameters
    ----------
    occurred_on : date
        In Beijing.
    is_fire_or_road : bool
        Fires and road accidents have the shorter time.

    Returns
    -------
    date

    Notes
    -----
    Order 493, article 13: 30 days from the day of the accident, 7 for fires and road accidents.

    Examples
    --------
    >>> supplement_by(dt.date(2026, 11, 1), is_fire_or_road=False)
    datetime.date(2026, 12, 1)
    """
    days = SUPPLEMENT_DAYS_FIRE_ROAD if is_fire_or_road else SUPPLEMENT_DAYS
    return occurred_on + dt.timedelta(days=days)
