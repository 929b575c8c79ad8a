"""Shift positions between WGS-84, GCJ-02, BD-09 and BD-09MC; for geo/crs.py alone.

Source: the public reconstruction of the shift, with a = 6 378 245 m and e2 = 0.00669342162296594323; the
inverses are our own iterations. The box outside which nothing is shifted is the one every public
implementation uses.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

BOX = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north, degrees
_A = 6_378_245.0
_E2 = 0.00669342162296594323
_K = np.pi * 3000.0 / 180.0


def is_in_box(lonlat: FloatArray) -> NDArray[np.bool_]:
    """Tell which positions, shape (n, 2) in degrees, lie inside or on the edge of the shifted box."""
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    west, south, east, north = BOX
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _offset(lonlat: FloatArray) -> FloatArray:
    """Return the GCJ-02 shift of WGS-84 positions, degrees, wherever they lie."""
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    x, y = lon - 105.0, lat - 35.0
    root, pi = np.sqrt(np.abs(x)), np.pi
    wave = (20 * np.sin(6 * pi * x) + 20 * np.sin(2 * pi * x)) * 2 / 3
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north_m += (20 * np.sin(pi * y) + 40 * np.sin(pi * y / 3)) * 2 / 3
    north_m += (160 * np.sin(pi * y / 12) + 320 * np.sin(pi * y / 30)) * 2 / 3
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east_m += (20 * np.sin(pi * x) + 40 * np.sin(pi * x / 3)) * 2 / 3
    east_m += (150 * np.sin(pi * x / 12) + 300 * np.sin(pi * x / 30)) * 2 / 3
    phi = np.radians(lat)
    m = 1 - _E2 * np.sin(phi) ** 2
    d_lon = np.degrees(east_m * np.sqrt(m) / (_A * np.cos(phi)))
    d_lat = np.degrees(north_m * m * np.sqrt(m) / (_A * (1 - _E2)))
    return np.column_stack([d_lon, d_lat])


def shift(lonlat: FloatArray) -> FloatArray:
    """Return GCJ-02 of WGS-84 positions, shape (n, 2), degrees; unchanged outside the box."""
    inside = is_in_box(lonlat)
    result = lonlat.copy()
    result[inside] += _offset(lonlat[inside])
    return result


def unshift(gcj02: FloatArray) -> FloatArray:
    """Return WGS-84 of GCJ-02 positions by iterating the forward formula to 1e-12 degrees."""
    inside = is_in_box(gcj02)
    wanted = gcj02[inside]
    guess = wanted.copy()
    for _ in range(12):
        error = guess + _offset(guess) - wanted
        guess -= error
        if not error.size or np.abs(error).max() < 1e-12:
            break
    result = gcj02.copy()
    result[inside] = guess
    return result


def _polar(xy: FloatArray) -> FloatArray:
    """Return BD-09 of GCJ-02 positions, wherever they lie."""
    x, y = xy[:, 0], xy[:, 1]
    z = np.hypot(x, y) + 0.00002 * np.sin(y * _K)
    theta = np.arctan2(y, x) + 0.000003 * np.cos(x * _K)
    return np.column_stack([z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006])


def bd09_from_gcj02(gcj02: FloatArray) -> FloatArray:
    """Return BD-09 of GCJ-02 positions, shape (n, 2), degrees; unchanged outside the box."""
    inside = is_in_box(gcj02)
    result = gcj02.copy()
    result[inside] = _polar(gcj02[inside])
    return result


def gcj02_from_bd09(bd09: FloatArray) -> FloatArray:
    """Return GCJ-02 of BD-09 positions by iterating the forward formula to 1e-12 degrees."""
    inside = is_in_box(bd09)
    wanted = bd09[inside]
    guess = wanted - (0.0065, 0.006)
    for _ in range(20):
        error = _polar(guess) - wanted
        guess = guess - error
        if not error.size or np.abs(error).max() < 1e-12:
            break
    result = bd09.copy()
    result[inside] = guess
    return result


# Published polynomial per band of latitude (from 75, 60, 45, 30, 15, 0 degrees): two terms for the easting,
# seven for the northing, and the latitude the northing's argument is divided by.
_MC_BANDS = np.array([75.0, 60.0, 45.0, 30.0, 15.0, 0.0])
# fmt: off
_MC = np.array([
    [-0.0015702102444, 111320.7020616939, 1704480524535203.0, -10338987376042340.0, 26112667856603880.0,
     -35149669176653700.0, 26595700718403920.0, -10725012454188240.0, 1800819912950474.0, 82.5],
    [0.0008277824516172526, 111320.7020463578, 647795574.6671607, -4082003173.641316, 10774905663.51142,
     -15171875531.51559, 12053065338.62167, -5124939663.577472, 913311935.9512032, 67.5],
    [0.00337398766765, 111320.7020202162, 4481351.045890365, -23393751.19931662, 79682215.47186455,
     -115964993.2797253, 97236711.15602145, -43661946.33752821, 8477230.501135234, 52.5],
    [0.00220636496208, 111320.7020209128, 51751.86112841131, 3796837.749470245, 992013.7397791013,
     -1221952.21711287, 1340652.697009075, -620943.6990984312, 144416.9293806241, 37.5],
    [-0.0003441963504368392, 111320.7020576856, 278.2353980772752, 2485758.690035394, 6070.750963243378,
     54821.18345352118, 9540.606633304236, -2710.55326746645, 1405.483844121726, 22.5],
    [-0.0003218135878613132, 111320.7020701615, 0.00369383431289, 823725.6402795718, 0.46104986909093,
     2351.343141331292, 1.58060784298199, 8.77738589078284, 0.37238884252424, 7.45],
])
# fmt: on


def _mc_northing(lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return northing in metres and its slope in metres per degree, for latitudes of one sign."""
    band = np.argmax(np.abs(lat)[:, None] >= _MC_BANDS, axis=1)
    coefficients, scale = _MC[band, 2:9], _MC[band, 9]
    t = np.abs(lat) / scale
    powers = t[:, None] ** np.arange(7)
    slopes = np.arange(1, 7) * t[:, None] ** np.arange(6)
    north = (coefficients * powers).sum(axis=1)
    slope = (coefficients[:, 1:] * slopes).sum(axis=1) / scale
    return np.copysign(north, lat), slope


def metres_from_bd09(bd09: FloatArray) -> FloatArray:
    """Return BD-09MC east and north, metres, of BD-09 degrees."""
    lon, lat = bd09[:, 0], np.clip(bd09[:, 1], -74.0, 74.0)
    band = np.argmax(np.abs(lat)[:, None] >= _MC_BANDS, axis=1)
    east = np.copysign(_MC[band, 0] + _MC[band, 1] * np.abs(lon), lon)
    return np.column_stack([east, _mc_northing(lat)[0]])


def bd09_from_metres(metres: FloatArray) -> FloatArray:
    """Return BD-09 degrees of BD-09MC metres by Newton steps on the forward polynomial."""
    east, north = metres[:, 0], metres[:, 1]
    lat = np.degrees(2 * np.arctan(np.exp(np.clip(north, -1.3e7, 1.3e7) / 6_378_137.0)) - np.pi / 2)
    for _ in range(12):
        value, slope = _mc_northing(lat)
        step = (value - north) / slope
        lat = np.clip(lat - step, -74.0, 74.0)
        if not step.size or np.abs(step).max() < 1e-12:
            break
    band = np.argmax(np.abs(lat)[:, None] >= _MC_BANDS, axis=1)
    lon = np.copysign((np.abs(east) - _MC[band, 0]) / _MC[band, 1], east)
    return np.column_stack([lon, lat])
