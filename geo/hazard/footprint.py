"""Draw zones on the ground: plumes and clouds along the wind, circles, and the sector of an unsure wind."""

import math
from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.hazard.dense_gas import (
    DenseCloud,
    dense_plume_half_width_m,
    dense_plume_upwind_m,
    dense_puff_radius_m,
)
from geo.hazard.plume import PlumeSource, plume_half_width_m
from geo.hazard.puff import PuffSource, puff_radius_m
from geo.hazard.short_release import release_half_width_m
from geo.hazard.validity import validate_range
from geo.local_plane import geometry_from_plane

FloatArray = NDArray[np.float64]

_ALONG = 160
_QUARTER = 24


def circle(radius_m: float) -> shapely.Polygon:
    """
    Draw a circle around the release.

    Parameters
    ----------
    radius_m : float
        Metres, above 0 to 100 000.

    Returns
    -------
    shapely.Polygon
        On the plane, metres; 96 corners that lie on the circle.

    Raises
    ------
    HazardError
        When the radius lies outside the range.

    Notes
    -----
    The polygon's area is 0.07 % less than the circle's.

    Examples
    --------
    >>> round(circle(100.0).area)
    31394
    """
    validate_range("distance_m", radius_m, 1e-6, 1e5)
    drawn: shapely.Polygon = shapely.Point(0.0, 0.0).buffer(radius_m, quad_segs=_QUARTER)
    return drawn


def plume_footprint(source: PlumeSource, threshold_kg_m3: float, reach_m: float) -> shapely.Geometry:
    """
    Draw where a plume meets a concentration at the ground.

    Parameters
    ----------
    source : PlumeSource
        The release.
    threshold_kg_m3 : float
        kg/m³, above 0.
    reach_m : float
        Distance at which to end, metres: that of `plume_reach`, 10 km where it is beyond.

    Returns
    -------
    shapely.Geometry
        On the plane, metres, the wind blowing towards +x; empty where no width is left.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    160 stations, closer towards both ends, joined by straight lines.

    Examples
    --------
    >>> from geo.hazard.atmosphere import StabilityClass
    >>> drawn = plume_footprint(PlumeSource(1.0, 5.0, StabilityClass.D), 57.965e-6, 565.5)
    >>> [round(v) for v in drawn.bounds]
    [0, -36, 566, 36]
    """
    return _along_the_wind(lambda x: plume_half_width_m(source, x, threshold_kg_m3), reach_m)


def release_footprint(
    source: PlumeSource, duration_s: float, threshold_kg_m3: float, reach_m: float
) -> shapely.Geometry:
    """
    Draw where a release of some duration ever brings a concentration at the ground.

    Parameters
    ----------
    source : PlumeSource
        The release while it lasts.
    duration_s : float
        Seconds, 0.01 to 86 400.
    threshold_kg_m3 : float
        kg/m³, above 0.
    reach_m : float
        Distance at which to end, metres: that of `release_reach`, 10 km where it is beyond.

    Returns
    -------
    shapely.Geometry
        On the plane, metres, the wind blowing towards +x; empty where no width is left.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    As `plume_footprint`, with the half-width of `release_half_width_m`.

    Examples
    --------
    >>> from geo.hazard.atmosphere import StabilityClass
    >>> drawn = release_footprint(PlumeSource(1.0, 2.0, StabilityClass.D), 60.0, 1e-4, 612.0)
    >>> round(drawn.bounds[2])
    612
    """
    return _along_the_wind(lambda x: release_half_width_m(source, duration_s, x, threshold_kg_m3), reach_m)


def puff_footprint(source: PuffSource, threshold_kg_m3: float, reach_m: float) -> shapely.Geometry:
    """
    Draw where a cloud meets a concentration at the ground at any time.

    Parameters
    ----------
    source : PuffSource
        The release.
    threshold_kg_m3 : float
        kg/m³, above 0.
    reach_m : float
        Distance of the farthest middle, metres: that of `puff_reach`, 10 km where it is beyond.

    Returns
    -------
    shapely.Geometry
        On the plane, metres, the wind blowing towards +x; it may begin upwind of the release.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    The union of the circles of `puff_radius_m` around its middle as it travels; they may reach a little farther
    than the reach on the axis.

    Examples
    --------
    >>> from geo.hazard.atmosphere import StabilityClass
    >>> drawn = puff_footprint(PuffSource(1.0, 2.0, StabilityClass.F), 2.25e-3, 500.0)
    >>> round(drawn.bounds[2]) >= 500
    True
    """
    centres = _stations(reach_m)
    return _swept_circles(centres, puff_radius_m(source, centres, threshold_kg_m3))


def dense_footprint(cloud: DenseCloud, reach_m: float) -> shapely.Geometry:
    """
    Draw where a heavy gas meets the concentration whose reach is given.

    Parameters
    ----------
    cloud : DenseCloud
        Steady or at once.
    reach_m : float
        That of `dense_reach`, 10 km where it is beyond, metres.

    Returns
    -------
    shapely.Geometry
        On the plane, metres, the wind blowing towards +x; it begins upwind of the release.

    Raises
    ------
    HazardError
        When the reach lies outside 0.1 m to 10 km.

    Notes
    -----
    A steady plume is as wide as the model has it at each distance (the concentration is even across), upwind a
    rectangle, and is cut off at the reach. For huge releases in little wind the model's width runs away; to each
    side and upwind no more than the reach is drawn, which is our choice. A release at once is the union of its circles, the middle moving at
    0.4 u, until the front is at the reach; the circles are cut there. Britter and McQuaid (1988).

    Examples
    --------
    >>> lng = DenseCloud(1.76, 111.15, 10.9, 1.224, 298.0, volume_rate_m3_s=55.618)
    >>> [round(v) for v in dense_footprint(lng, 364.5).bounds]
    [-1, -76, 364, 76]
    """
    reach = float(validate_range("distance_m", reach_m, 0.1, 10_000))
    if not cloud.is_instant:
        x = np.concatenate(([-min(dense_plume_upwind_m(cloud), reach), 0.0], _stations(reach)))
        return _ribbon(x, np.minimum(dense_plume_half_width_m(cloud, x), reach))
    slow = 0.4 * cloud.wind_speed_m_s
    latest_s = _time_of_front(cloud, reach)
    times = np.linspace(0.0, 1.0, _ALONG) ** 2 * latest_s
    swept = _swept_circles(slow * times, dense_puff_radius_m(cloud, times))
    return shapely.intersection(swept, shapely.box(-2 * reach - 1e4, -1e5, reach, 1e5))


def sector(drawing: shapely.Geometry, uncertainty_deg: float) -> shapely.Geometry:
    """
    Widen a zone by what the wind's direction may be off to either side.

    Parameters
    ----------
    drawing : shapely.Geometry
        On the plane, metres, the same on both sides of the axis and without a gap around the release at any
        distance, as all drawings of this module are.
    uncertainty_deg : float
        To each side, degrees, 0 to 180.

    Returns
    -------
    shapely.Geometry
        What the drawing sweeps over when it is turned about the release.

    Raises
    ------
    HazardError
        When the uncertainty lies outside the range.

    Notes
    -----
    At each distance from the release the drawing covers the angles up to some limit; the limit grows by the
    uncertainty. Arcs are drawn with a corner every degree or less.

    Examples
    --------
    >>> wide = sector(shapely.box(0, -1, 100, 1), 90)
    >>> [round(v) for v in wide.bounds]
    [-1, -100, 100, 100]
    """
    off = math.radians(float(validate_range("wind_uncertainty_deg", uncertainty_deg, 0, 180)))
    if off == 0 or bool(shapely.is_empty(drawing)):
        return drawing
    radii = _radii(drawing)
    limit = np.minimum(_angles_covered(drawing, radii) + off, math.pi)
    outer, inner = _arc(radii[-1], limit[-1]), _arc(radii[0], -limit[0])
    side = np.column_stack((radii * np.cos(limit), radii * np.sin(limit)))
    mirrored = side[::-1] * [1.0, -1.0]
    swept = shapely.make_valid(shapely.Polygon(np.concatenate((side, outer, mirrored, inner))))
    # where the sweep goes all round, a millimetre closes the seam behind the release
    return shapely.buffer(swept, 0.001)


def on_the_map(
    drawing: shapely.Geometry, origin: tuple[float, float], wind_from_deg: float = 270.0
) -> shapely.Geometry:
    """
    Turn a zone into the wind and bring it to the house's CRS.

    Parameters
    ----------
    drawing : shapely.Geometry
        On the plane, metres, the wind blowing towards +x.
    origin : tuple of float
        Longitude and latitude of the release, degrees, EPSG:4326.
    wind_from_deg : float
        Direction the wind comes from, degrees clockwise from north, 0 to 360; 270 leaves the drawing as it is.

    Returns
    -------
    shapely.Geometry
        EPSG:4326.

    Raises
    ------
    HazardError
        When the direction lies outside the range.
    CoordinateError
        When the origin cannot be.

    Notes
    -----
    Bearings are those of the geodesic from the release: no grid convergence enters. See `geo.local_plane`.
    Corners that move the edge by less than 2 cm are left out.

    Examples
    --------
    >>> north_wind = on_the_map(shapely.box(0, -1, 1000, 1), (114.0, 22.5), 0.0)
    >>> [round(v, 3) for v in north_wind.bounds]
    [114.0, 22.491, 114.0, 22.5]
    """
    from_deg = float(validate_range("wind_from_deg", wind_from_deg, 0, 360))
    moved = geometry_from_plane(_turned(shapely.simplify(drawing, 0.02), 270.0 - from_deg), origin)
    # rounding can cross two corners that lie within a hair
    return moved if shapely.is_valid(moved).all() else shapely.buffer(moved, 0)


def _radii(drawing: shapely.Geometry) -> FloatArray:
    """Distances from the release at which to look: evenly spaced, and those of the drawing's corners."""
    corners = np.hypot(*shapely.get_coordinates(drawing).T)
    nearest = shapely.distance(drawing, shapely.Point(0.0, 0.0))
    # a plume on the ground begins at the release, though its first corner lies a hand's breadth away
    first, last = 0.0 if nearest < 0.5 else float(nearest), float(corners.max())
    radii: FloatArray = np.unique(
        np.concatenate((np.linspace(first, last, 2 * _ALONG), corners[corners > first]))
    )
    return radii


def _angles_covered(drawing: shapely.Geometry, radii: FloatArray) -> FloatArray:
    """Up to which angle from the axis the drawing is covered at each distance, radians, by halving."""
    shapely.prepare(drawing)
    low, high = np.zeros(len(radii)), np.full(len(radii), math.pi)
    for _ in range(40):
        middle = (low + high) / 2
        is_in = shapely.intersects_xy(drawing, radii * np.cos(middle), radii * np.sin(middle))
        low, high = np.where(is_in, middle, low), np.where(is_in, high, middle)
    return low


def _arc(radius_m: float, half_angle: float) -> FloatArray:
    """Corners of an arc from one side of the axis to the other, a degree or less apart."""
    angles = np.linspace(half_angle, -half_angle, max(2, math.ceil(abs(half_angle) * 120)))
    return np.column_stack((radius_m * np.cos(angles), radius_m * np.sin(angles)))


def _turned(drawing: shapely.Geometry, angle_deg: float) -> shapely.Geometry:
    """Turn about the release, counter-clockwise."""
    cosine, sine = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    matrix = np.array([[cosine, sine], [-sine, cosine]])
    turned: shapely.Geometry = shapely.transform(drawing, lambda xy: xy @ matrix)
    return turned


def _stations(reach_m: float) -> FloatArray:
    """Distances from near the release to the reach, closer towards both ends."""
    reach = float(validate_range("distance_m", reach_m, 0.1, 1e4))
    share = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, _ALONG))
    return np.maximum(share * reach, 0.1)


def _along_the_wind(half_width: Callable[[FloatArray], FloatArray], reach_m: float) -> shapely.Geometry:
    x = _stations(reach_m)
    return _ribbon(x, half_width(x))


def _ribbon(x: FloatArray, half_width: FloatArray) -> shapely.Geometry:
    wide = np.flatnonzero(half_width > 0)
    if len(wide) < 2:
        return shapely.Polygon()
    # one station more at each end, where the width is 0
    first, last = max(wide[0] - 1, 0), min(wide[-1] + 2, len(x))
    there, width = x[first:last], half_width[first:last]
    edge = np.concatenate((np.column_stack((there, width)), np.column_stack((there, -width))[::-1]))
    return shapely.make_valid(shapely.Polygon(edge))


def _swept_circles(centres: FloatArray, radii: FloatArray) -> shapely.Geometry:
    kept = radii > 0
    if not kept.any():
        return shapely.Polygon()
    middles = np.column_stack((centres[kept], np.zeros(int(kept.sum()))))
    discs = shapely.buffer(shapely.points(middles), radii[kept], quad_segs=_QUARTER)
    if len(discs) == 1:
        return shapely.Polygon(discs[0])
    # hulls of neighbours close the notches between circles
    pairs = shapely.convex_hull(shapely.union(discs[:-1], discs[1:]))
    return shapely.union_all(pairs)


def _time_of_front(cloud: DenseCloud, reach_m: float) -> float:
    """When the front 0.4 u t + R(t) is at the reach, by halving; 0 when it is there at once."""
    low, high = 0.0, reach_m / (0.4 * cloud.wind_speed_m_s)
    for _ in range(60):
        middle = (low + high) / 2
        front = 0.4 * cloud.wind_speed_m_s * middle + float(dense_puff_radius_m(cloud, middle))
        low, high = (middle, high) if front < reach_m else (low, middle)
    return high
