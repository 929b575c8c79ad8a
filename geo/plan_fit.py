"""Tie a plan's picture to the ground by two points: a similarity of picture and plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

from geo.errors import CoordinateError
from geo.local_plane import lonlat_from_plane

_GEOD = Geod(ellps="GRS80")
#: Tie points must be at least so far apart on the picture and on the ground.
LEAST_PX, LEAST_M = 10.0, 2.0
#: A plan of a plant is no map of a district: metres a pixel, and metres between the ties.
LARGEST_SCALE_M, LARGEST_M = 50.0, 20_000.0


@dataclass(frozen=True)
class Tie:
    """One place known on the picture and on the ground.

    Attributes
    ----------
    x_px, y_px : float
        Pixels from the picture's left and top edge.
    lon, lat : float
        Degrees, EPSG:4326.
    """

    x_px: float
    y_px: float
    lon: float
    lat: float


@dataclass(frozen=True)
class PlanFit:
    """A picture laid on the ground.

    Attributes
    ----------
    origin : Tie
        The tie from which everything is measured.
    scale_m_per_px : float
        Metres on the ground for one pixel.
    up_bearing_deg : float
        Where the picture's upper edge points, clockwise from north, 0 or more and below 360.
    """

    origin: Tie
    scale_m_per_px: float
    up_bearing_deg: float

    @property
    def north_deg(self) -> float:
        """Give where north lies on the picture, clockwise from its upper edge."""
        return (360.0 - self.up_bearing_deg) % 360.0

    def lonlat(self, xy_px: ArrayLike) -> NDArray[np.float64]:
        """Give the positions of places on the picture.

        Parameters
        ----------
        xy_px : array_like, shape (n, 2)
            Pixels from the left and top edge.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            Longitude and latitude, degrees, EPSG:4326.

        Raises
        ------
        CoordinateError
            When a place lies farther than 100 km from the first tie.
        """
        moved = np.asarray(xy_px, dtype=np.float64).reshape(-1, 2) - (self.origin.x_px, self.origin.y_px)
        right, up = moved[:, 0] * self.scale_m_per_px, -moved[:, 1] * self.scale_m_per_px
        turn = np.radians(self.up_bearing_deg)
        east = right * np.cos(turn) + up * np.sin(turn)
        north = -right * np.sin(turn) + up * np.cos(turn)
        return lonlat_from_plane(np.column_stack([east, north]), (self.origin.lon, self.origin.lat))


def fit_plan(first: Tie, second: Tie) -> PlanFit:
    """Lay a picture on the ground by two ties.

    Parameters
    ----------
    first, second : Tie

    Returns
    -------
    PlanFit
        Without reflection: the picture is seen from above.

    Raises
    ------
    CoordinateError
        When the ties coincide or nearly so, on the picture (10 pixels) or on the ground (2 m), lie farther than 20 km
        from each other, or give more than 50 m to a pixel.

    Notes
    -----
    Distance and bearing between the ties are those of the geodesic (Karney 2013, doi:10.1007/s00190-012-0578-z) on
    GRS 80; the picture lies on the azimuthal equidistant plane around the first tie, so both ties come out exactly.

    Examples
    --------
    >>> fit = fit_plan(Tie(0, 0, 114.0, 22.5), Tie(0, 100, 114.0, 22.499097))
    >>> round(fit.scale_m_per_px, 3), round(fit.up_bearing_deg, 3) % 360
    (1.0, 0.0)
    """
    right, up = second.x_px - first.x_px, first.y_px - second.y_px
    length_px = float(np.hypot(right, up))
    bearing, _, distance_m = _GEOD.inv(first.lon, first.lat, second.lon, second.lat)
    if length_px < LEAST_PX:
        raise CoordinateError(
            f"两个控制点在图上只差 {length_px:.1f} 像素，应至少 {LEAST_PX:g} 像素，请选两个离得远的点。 "
            f"The two tie points are {length_px:.1f} pixels apart on the picture: take two at least {LEAST_PX:g} apart."
        )
    if distance_m < LEAST_M:
        raise CoordinateError(
            f"两个控制点在地图上只差 {distance_m:.1f} 米，应至少 {LEAST_M:g} 米，请选两个离得远的点。 "
            f"The two tie points are {distance_m:.1f} m apart on the map: take two at least {LEAST_M:g} m apart."
        )
    if distance_m > LARGEST_M or distance_m / length_px > LARGEST_SCALE_M:
        raise CoordinateError(
            f"两个控制点在地图上相距 {distance_m / 1000:.1f} 公里（每像素 {distance_m / length_px:.1f} 米），不像一张厂区图，请核对。 "
            f"The ties are {distance_m / 1000:.1f} km apart ({distance_m / length_px:.1f} m to a pixel): that is no plan of a plant."
        )
    on_picture_deg = float(np.degrees(np.arctan2(right, up)))
    return PlanFit(first, float(distance_m) / length_px, (float(bearing) - on_picture_deg) % 360.0)


def angle_between_deg(one_deg: float, other_deg: float) -> float:
    """Give the smaller angle between two directions.

    Parameters
    ----------
    one_deg, other_deg : float
        Degrees.

    Returns
    -------
    float
        0 to 180.

    Examples
    --------
    >>> angle_between_deg(350, 10)
    20.0
    """
    return abs((one_deg - other_deg + 180.0) % 360.0 - 180.0)
