"""Tell how strongly the sun warms the ground, from place and time and the clouds."""

import math

from geo.hazard.atmosphere import Sky
from geo.hazard.validity import validate_range

_BY_DAY = (Sky.STRONG_SUN, Sky.MODERATE_SUN, Sky.SLIGHT_SUN)


def solar_elevation_deg(lon_deg: float, lat_deg: float, *, day_of_year: int, utc_hour: float) -> float:
    """
    Give the height of the sun above the horizon.

    Parameters
    ----------
    lon_deg, lat_deg : float
        Degrees, EPSG:4326; latitude -90 to 90.
    day_of_year : int
        1 to 366.
    utc_hour : float
        Hour of the day in UTC, 0 to 24.

    Returns
    -------
    float
        Degrees; negative below the horizon. No refraction.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    Declination and equation of time after J. W. Spencer, "Fourier series representation of the position of
    the sun", Search 2 (1971), 172. Good to about half a degree, which is far finer than the classes.

    Examples
    --------
    >>> round(solar_elevation_deg(114.06, 22.54, day_of_year=172, utc_hour=4.43))
    89
    """
    validate_range("lon_deg", lon_deg, -180, 180)
    validate_range("lat_deg", lat_deg, -90, 90)
    validate_range("day_of_year", day_of_year, 1, 366)
    validate_range("utc_hour", utc_hour, 0, 24)
    g = 2 * math.pi * (day_of_year - 1 + (utc_hour - 12) / 24) / 365
    declination = (
        0.006918 - 0.399912 * math.cos(g) + 0.070257 * math.sin(g) - 0.006758 * math.cos(2 * g)
        + 0.000907 * math.sin(2 * g) - 0.002697 * math.cos(3 * g) + 0.00148 * math.sin(3 * g)
    )  # fmt: skip
    equation_min = 229.18 * (
        0.000075 + 0.001868 * math.cos(g) - 0.032077 * math.sin(g) - 0.014615 * math.cos(2 * g) - 0.040849 * math.sin(2 * g)
    )  # fmt: skip
    hour_angle = math.radians(15 * (utc_hour - 12) + lon_deg + equation_min / 4)
    phi = math.radians(lat_deg)
    sine = math.sin(phi) * math.sin(declination) + math.cos(phi) * math.cos(declination) * math.cos(
        hour_angle
    )
    return math.degrees(math.asin(max(-1.0, min(1.0, sine))))


def sky_from_sun(elevation_deg: float, cloud_oktas: int) -> Sky:
    """
    Give the column of Pasquill's table from the sun's height and the clouds.

    Parameters
    ----------
    elevation_deg : float
        Of the sun, degrees, -90 to 90.
    cloud_oktas : int
        Eighths of the sky covered by middle or low cloud, 0 to 8.

    Returns
    -------
    Sky
        8 eighths is overcast; the sun below 15° counts as night; above 60° strong, from 35° moderate, else
        slight; 5 to 7 eighths weaken the sun by one step; a night is cloudy from 4 eighths.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    Turner (1970), text below table 3-1. Night from one hour before sunset to one hour after sunrise is taken
    as the sun below 15°, on the safe side.

    Examples
    --------
    >>> str(sky_from_sun(70, 6)), str(sky_from_sun(-20, 2))
    ('moderate_sun', 'clear_night')
    """
    validate_range("lat_deg", elevation_deg, -90, 90)
    validate_range("cloud_oktas", cloud_oktas, 0, 8)
    if cloud_oktas == 8:
        return Sky.OVERCAST
    if elevation_deg < 15:
        return Sky.CLOUDY_NIGHT if cloud_oktas >= 4 else Sky.CLEAR_NIGHT
    step = 0 if elevation_deg > 60 else 1 if elevation_deg >= 35 else 2
    return _BY_DAY[min(2, step + (cloud_oktas >= 5))]
