"""Name the classes of road, who may use a road and the directions it is open in."""

from enum import IntEnum, IntFlag


class RoadClass(IntEnum):
    """Classes of road (道路等级), in the order of OpenStreetMap's ``highway`` values."""

    MOTORWAY = 0
    TRUNK = 1
    PRIMARY = 2
    SECONDARY = 3
    TERTIARY = 4
    UNCLASSIFIED = 5
    RESIDENTIAL = 6
    LIVING_STREET = 7
    SERVICE = 8
    MOTORWAY_LINK = 9
    TRUNK_LINK = 10
    PRIMARY_LINK = 11
    SECONDARY_LINK = 12
    TERTIARY_LINK = 13
    TRACK = 14
    FERRY = 15


class Access(IntFlag):
    """Who may drive along an arc: one bit per group of vehicles."""

    NONE = 0
    CAR = 1
    EMERGENCY = 2
    ALL = 3


class Direction(IntEnum):
    """In which directions an edge is open, seen along the direction it is drawn in."""

    BOTH = 0
    FORWARD = 1
    BACKWARD = -1
