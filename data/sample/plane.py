"""Draw a sample city on a flat sheet of metres around its middle.

An equirectangular sheet keeps straight lines straight, so that a point inside an outline on the sheet is
inside it in degrees too. It is a drawing board for made-up data; nothing real is measured on it.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

FloatArray = NDArray[np.float64]

__all__ = ["FloatArray", "Plane"]


@dataclass(frozen=True, slots=True)
class Plane:
    """A sheet of metres that touches the earth at one place."""

    lon: float
    lat: float

    @property
    def _scale(self) -> FloatArray:
        """Return metres per degree east and north on the GRS80 ellipsoid."""
        phi = np.radians(self.lat)
        a, e2 = 6_378_137.0, 0.006694380022901
        w = np.sqrt(1 - e2 * np.sin(phi) ** 2)
        return np.radians([a * np.cos(phi) / w, a * (1 - e2) / w**3])

    def to_sheet(self, lonlat: FloatArray) -> FloatArray:
        """Return metres, shape (n, 2), of degrees."""
        return np.asarray((lonlat - (self.lon, self.lat)) * self._scale)

    def to_lonlat(self, xy: FloatArray) -> FloatArray:
        """Return degrees, shape (n, 2), of metres."""
        return np.asarray(xy / self._scale + (self.lon, self.lat))

    def sheet_of(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return a geometry of degrees in metres."""
        return shapely.transform(geometry, self.to_sheet)

    def lonlat_of(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return a geometry of metres in degrees."""
        return shapely.transform(geometry, self.to_lonlat)
