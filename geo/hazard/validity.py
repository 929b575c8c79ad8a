"""Refuse figures that no consequence model takes, with a message that names the figure and its range."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import HazardError

FloatArray = NDArray[np.float64]

FIELDS: dict[str, tuple[str, str, str]] = {
    "air_density_kg_m3": ("空气密度", "air density", "kg/m³"),
    "air_temperature_k": ("气温", "air temperature", "K"),
    "area_m2": ("面积", "area", "m²"),
    "averaging_time_s": ("平均时间", "averaging time", "s"),
    "cloud_oktas": ("云量（八分）", "cloud cover in eighths", ""),
    "concentration_mg_m3": ("浓度", "concentration", "mg/m³"),
    "day_of_year": ("年内第几日", "day of the year", ""),
    "density_kg_m3": ("密度", "density", "kg/m³"),
    "diameter_m": ("直径", "diameter", "m"),
    "discharge_coefficient": ("流量系数", "discharge coefficient", ""),
    "distance_m": ("距离", "distance", "m"),
    "duration_s": ("持续时间", "duration", "s"),
    "emitted_share": ("热辐射份额", "radiated share of the heat", ""),
    "exposure_min": ("暴露时间", "exposure time", "min"),
    "exposure_s": ("暴露时间", "exposure time", "s"),
    "flash_share": ("闪蒸比例", "flash fraction", ""),
    "gamma": ("绝热指数", "ratio of specific heats", ""),
    "head_m": ("液位高度", "liquid head", "m"),
    "heat_flux_w_m2": ("热辐射强度", "heat flux", "W/m²"),
    "heat_of_combustion_j_kg": ("燃烧热", "heat of combustion", "J/kg"),
    "height_m": ("释放高度", "release height", "m"),
    "hole_diameter_m": ("孔径", "hole diameter", "m"),
    "lat_deg": ("纬度", "latitude", "°"),
    "latent_heat_j_kg": ("汽化热", "latent heat", "J/kg"),
    "lon_deg": ("经度", "longitude", "°"),
    "mass_kg": ("质量", "mass", "kg"),
    "molar_mass_kg_mol": ("摩尔质量", "molar mass", "kg/mol"),
    "overpressure_pa": ("超压", "overpressure", "Pa"),
    "pool_area_m2": ("液池面积", "pool area", "m²"),
    "pool_depth_m": ("液池厚度", "pool depth", "m"),
    "pressure_pa": ("压力（绝对）", "pressure (absolute)", "Pa"),
    "rate_kg_s": ("泄漏速率", "release rate", "kg/s"),
    "relative_humidity": ("相对湿度", "relative humidity", ""),
    "scaled_distance": ("比例距离", "scaled distance", "m/kg^⅓"),
    "shut_off_s": ("切断时间", "shut-off time", "s"),
    "speed_m_s": ("速度", "speed", "m/s"),
    "storage_temperature_k": ("储存温度", "storage temperature", "K"),
    "tank_area_m2": ("储罐截面积", "cross-section of the tank", "m²"),
    "temperature_k": ("温度", "temperature", "K"),
    "threshold": ("阈值", "threshold", ""),
    "threshold_kg_m3": ("浓度阈值", "threshold of concentration", "kg/m³"),
    "time_s": ("时间", "time", "s"),
    "utc_hour": ("世界时", "hour in UTC", "h"),
    "vapour_pressure_pa": ("蒸气压", "vapour pressure", "Pa"),
    "volume_fraction": ("体积分数", "volume fraction", ""),
    "volume_m3": ("体积", "volume", "m³"),
    "volume_rate_m3_s": ("体积流量", "volume flow", "m³/s"),
    "wind_from_deg": ("风的来向", "direction the wind comes from", "°"),
    "wind_speed_m_s": ("风速", "wind speed", "m/s"),
    "wind_uncertainty_deg": ("风向偏差", "uncertainty of the wind's direction", "°"),
    "x_m": ("下风向距离", "distance downwind", "m"),
    "yield_share": ("爆炸效率因子", "yield of the explosion", ""),
}
"""What the fields are called in Chinese and English, and their unit."""

WIND_RANGE_M_S = (1.0, 30.0)
"""The winds the models take: below 1 m/s a plume has no direction, above 30 m/s nobody drills."""


def validate_range(field: str, value: ArrayLike, low: float, high: float) -> FloatArray:
    """
    Give a figure as an array, or refuse it.

    Parameters
    ----------
    field : str
        A key of `FIELDS`.
    value : array_like of float
        One figure or many, in the unit of the field.
    low, high : float
        Smallest and largest figure taken, both included; ``inf`` for no limit.

    Returns
    -------
    ndarray of float
        The figures, in the shape they came in.

    Raises
    ------
    HazardError
        When a figure is not a number or lies outside; the message names field, figure and range.

    Notes
    -----
    The ranges are those of each model's source and stand where the models are.

    Examples
    --------
    >>> validate_range("wind_speed_m_s", 60, 1, 30)
    Traceback (most recent call last):
        ...
    geo.errors.HazardError: 风速 60 m/s 不在 1–30 m/s 内。 wind speed is 60 m/s, it must be 1 to 30 m/s.
    """
    try:
        figures = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise _refusal(field, str(value), low, high) from None
    # infinity is a figure only where the range names it
    is_bad = ~((figures >= low) & (figures <= high)) | np.isinf(figures)
    if is_bad.any():
        raise _refusal(field, f"{figures[is_bad].flat[0]:g}", low, high)
    return figures


def validate_wind(wind_speed_m_s: float) -> float:
    """
    Give a wind speed that the models take, or refuse it.

    Parameters
    ----------
    wind_speed_m_s : float
        At 10 m, m/s, 1 to 30.

    Returns
    -------
    float
        The same, m/s.

    Raises
    ------
    HazardError
        When it lies outside `WIND_RANGE_M_S`.

    Notes
    -----
    The lower limit is the common one of Gaussian plumes (CCPS, *Guidelines for Consequence Analysis of
    Chemical Releases*, 1999, 2.3); calm air is planned with 1 to 1.5 m/s and class F.

    Examples
    --------
    >>> validate_wind(5)
    5.0
    """
    return float(validate_range("wind_speed_m_s", wind_speed_m_s, *WIND_RANGE_M_S))


def _refusal(field: str, shown: str, low: float, high: float) -> HazardError:
    zh, en, unit = FIELDS[field]
    mark = f" {unit}" if unit else ""
    if np.isinf(high):
        range_zh, range_en = f"应不小于 {low:g}{mark}", f"it must be {low:g}{mark} or more"
    else:
        range_zh, range_en = f"不在 {low:g}–{high:g}{mark} 内", f"it must be {low:g} to {high:g}{mark}"
    return HazardError(f"{zh} {shown}{mark} {range_zh}。 {en} is {shown}{mark}, {range_en}.", field=field)
