"""Group the hours of the week and the classes of road whose speeds are fitted together."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from geo.road_class import RoadClass
from geo.weights import HOURS_OF_WEEK


class Period(IntEnum):
    """
    Hours of the week whose traffic is alike (时段), local time.

    A city has thousands of observed trips a year, not a hundred for each of 168 hours and 16 classes. Within a period the hours
    keep the course of the table fitted from; what is fitted is one factor.
    """

    NIGHT = 0
    """Every day 22:00 to 06:00: free flow."""
    MORNING_PEAK = 1
    """Monday to Friday 07:00 to 09:00."""
    WORKDAY = 2
    """Monday to Friday 09:00 to 17:00."""
    EVENING_PEAK = 3
    """Monday to Friday 17:00 to 19:00."""
    SHOULDER = 4
    """Monday to Friday 06:00 to 07:00 and 19:00 to 22:00."""
    WEEKEND_DAY = 5
    """Saturday and Sunday 06:00 to 17:00."""
    WEEKEND_EVENING = 6
    """Saturday and Sunday 17:00 to 22:00."""


class ClassGroup(IntEnum):
    """Classes of road that stand in for each other where trips are few."""

    FAST = 0
    """Motorways and trunk roads with their links."""
    MAIN = 1
    """Primary, secondary and tertiary roads with their links."""
    SIDE = 2
    """Unclassified, residential, living streets, service roads and tracks."""
    FERRY = 3
    """Ferries, whose times are published: never fitted."""


def _period_of_hours() -> NDArray[np.int8]:
    hours = np.arange(HOURS_OF_WEEK)
    hour, is_weekend = hours % 24, hours >= 120
    period = np.full(HOURS_OF_WEEK, Period.WORKDAY, np.int8)
    period[(hour == 6) | (hour >= 19)] = Period.SHOULDER
    period[(hour == 7) | (hour == 8)] = Period.MORNING_PEAK
    period[(hour == 17) | (hour == 18)] = Period.EVENING_PEAK
    period[is_weekend] = Period.WEEKEND_DAY
    period[is_weekend & (hour >= 17)] = Period.WEEKEND_EVENING
    period[(hour >= 22) | (hour < 6)] = Period.NIGHT
    period.setflags(write=False)
    return period


def _group_of_classes() -> NDArray[np.int8]:
    names = {
        ClassGroup.FAST: ("MOTORWAY", "TRUNK", "MOTORWAY_LINK", "TRUNK_LINK"),
        ClassGroup.MAIN: ("PRIMARY", "SECONDARY", "TERTIARY", "PRIMARY_LINK", "SECONDARY_LINK", "TERTIARY_LINK"),
        ClassGroup.SIDE: ("UNCLASSIFIED", "RESIDENTIAL", "LIVING_STREET", "SERVICE", "TRACK"),
        ClassGroup.FERRY: ("FERRY",),
    }  # fmt: skip
    group = np.zeros(len(RoadClass), np.int8)
    for kind, members in names.items():
        group[[RoadClass[name] for name in members]] = kind
    group.setflags(write=False)
    return group


PERIOD_OF_HOUR = _period_of_hours()
"""`Period` of each hour of the week, shape (168,)."""
GROUP_OF_CLASS = _group_of_classes()
"""`ClassGroup` of each `RoadClass`, shape (16,)."""
