"""Name what can go wrong, for every room.

OneMapError
└── GeoError
    ├── CrsError (ValueError)            a datum or projection that is unknown or refused
    ├── CoordinateError (ValueError)     a position that cannot be read or is impossible
    ├── NetworkError (ValueError)        a road network that cannot be built or asked
    ├── TripError (ValueError)           observed trips that cannot be fitted
    ├── HazardError (ValueError)         a figure or a substance that a consequence model does not take
    └── SitingError (ValueError)         a siting problem that cannot be asked
"""


class OneMapError(Exception):
    """Root of every error the product raises on purpose."""


class GeoError(OneMapError):
    """Root of the errors of geo."""


class CrsError(GeoError, ValueError):
    """A datum or projection that is unknown, or a conversion that is refused."""


class CoordinateError(GeoError, ValueError):
    """A position that cannot be read or cannot be."""


class NetworkError(GeoError, ValueError):
    """A road network that cannot be built, or a question it cannot take."""


class TripError(GeoError, ValueError):
    """Observed trips that no speeds can be fitted to, or a way of fitting that cannot be."""


class HazardError(GeoError, ValueError):
    """A figure outside what a consequence model takes, or a substance it lacks; `field` names which."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class SitingError(GeoError, ValueError):
    """A siting problem that cannot be asked; `field` names what is wrong in it."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field
