"""Know every datum and projection the house accepts, and convert positions between them.

The house's CRS is WGS-84 longitude and latitude (EPSG:4326), taken as equal to CGCS2000 (EPSG:4490): the two
agree within decimetres, so the step between them is a null transform by decision. Every accepted system
stands in one table with its source, accuracy and area of use; any other system is refused, because PROJ left
to itself answers many such questions with the input unchanged. Axis order is always longitude, latitude
(east, north).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

from geo import _offsets
from geo.errors import CoordinateError, CrsError

__all__ = [
    "ACCEPTED",
    "HOUSE_CRS",
    "AcceptedCrs",
    "convert",
    "crs_from_name",
    "gauss_kruger_for",
    "is_in_offset_box",
]

FloatArray = NDArray[np.float64]

HOUSE_CRS = "EPSG:4326"
_WORLD = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class AcceptedCrs:
    """One accepted system and its operation to the house's CRS.

    Attributes
    ----------
    code : str
        Canonical name: ``EPSG:…``, ``gcj02``, ``bd09`` or ``bd09mc``.
    title_zh, title_en : str
        Names for people.
    is_projected : bool
        True when the figures are metres east and north.
    accuracy_m : float
        How far the operation to the house's CRS may be off, metres.
    area : tuple[float, float, float, float]
        West, south, east, north of use, degrees.
    source : str
        Where the operation comes from.
    """

    code: str
    title_zh: str
    title_en: str
    is_projected: bool
    accuracy_m: float
    area: tuple[float, float, float, float]
    source: str


def _gauss_kruger_table() -> dict[str, tuple[AcceptedCrs, float, int]]:
    """Return code -> (entry, central meridian in degrees, zone number in front of the easting or 0)."""
    table: dict[str, tuple[AcceptedCrs, float, int]] = {}
    families = [(3, 25, 45, 4513, 4534), (6, 13, 23, 4491, 4502)]
    for width, first, last, epsg_zoned, epsg_plain in families:
        for zone in range(first, last + 1):
            meridian = 3.0 * zone if width == 3 else 6.0 * zone - 3.0
            area = (meridian - width / 2, 0.0, meridian + width / 2, 60.0)
            source = "EPSG registry, transverse Mercator on the CGCS2000 ellipsoid, computed by PROJ"
            for epsg, prefix in ((epsg_zoned + zone - first, zone), (epsg_plain + zone - first, 0)):
                code = f"EPSG:{epsg}"
                zh = f"CGCS2000 {width}度带 " + (
                    f"{zone}带（含带号）" if prefix else f"中央经线{meridian:.0f}°"
                )
                en = f"CGCS2000 {width}-degree Gauss-Kruger " + (
                    f"zone {zone}" if prefix else f"CM {meridian:.0f}E"
                )
                entry = AcceptedCrs(code, zh, en, is_projected=True, accuracy_m=1.0, area=area, source=source)
                table[code] = (entry, meridian, prefix)
    return table


_GAUSS_KRUGER = _gauss_kruger_table()
_SHIFT = "public reconstruction of the shift; the services themselves add noise of about half a metre"
_NULL = "null transform by decision: the frames agree within decimetres"
_MERCATOR = "EPSG registry, method 1024, computed by PROJ"
_MERCATOR_AREA = (-180.0, -85.06, 180.0, 85.06)
_ROWS: tuple[tuple[str, str, str, bool, float, tuple[float, float, float, float], str], ...] = (
    ("EPSG:4326", "WGS-84 经纬度", "WGS 84", False, 0.0, _WORLD, "the house's own"),
    ("EPSG:4490", "CGCS2000 经纬度（国家2000）", "CGCS2000", False, 1.0, _WORLD, _NULL),
    ("EPSG:3857", "Web 墨卡托", "Web Mercator", True, 0.0, _MERCATOR_AREA, _MERCATOR),
    ("gcj02", "GCJ-02（高德、腾讯）", "GCJ-02", False, 1.0, _offsets.BOX, _SHIFT),
    ("bd09", "BD-09（百度）", "BD-09", False, 1.0, _offsets.BOX, _SHIFT),
    ("bd09mc", "BD-09 墨卡托（百度米制）", "BD-09 Mercator", True, 1.0, _offsets.BOX, _SHIFT),
)
ACCEPTED: dict[str, AcceptedCrs] = {row[0]: AcceptedCrs(*row) for row in _ROWS}
ACCEPTED.update({code: row[0] for code, row in _GAUSS_KRUGER.items()})


def convert(xy: ArrayLike, source: str, target: str) -> FloatArray:
    """Convert positions from one accepted system to another.

    Parameters
    ----------
    xy : array_like, shape (n, 2)
        Longitude and latitude in degrees, or east and north in metres, as ``source`` has it. Never changed.
    source, target : str
        A canonical code of `ACCEPTED`, or any name `crs_from_name` understands.

    Returns
    -------
    numpy.ndarray, shape (n, 2)
        The same positions in ``target``; east and north in metres for a projected one.

    Raises
    ------
    CrsError
        If a name is unknown or the system is refused.
    CoordinateError
        If a position is not finite or not on the globe, or its easting does not (or would not) belong to the
        Gauss–Krüger zone.

    Notes
    -----
    Everything goes through the house's CRS. EPSG:4326 and EPSG:4490 are equal by decision. GCJ-02 and BD-09
    after the public reconstruction of the shift; their inverses are iterated until the forward formula is met
    within 1e-12 degrees (under 1 mm). Outside 72.004–137.8347° E, 0.8293–55.8271° N a GCJ-02 or BD-09
    position is unchanged; a position within a kilometre of that box's edge has no unique inverse.

    Examples
    --------
    >>> convert([[114.0579, 22.5431]], "wgs84", "gcj02").round(6).tolist()
    [[114.063014, 22.540383]]
    >>> convert([[505955.846, 2493941.246]], "EPSG:4547", "EPSG:4490").round(6).tolist()
    [[114.0579, 22.5431]]
    """
    start, end = crs_from_name(source), crs_from_name(target)
    points = np.asarray(xy, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise CoordinateError(
            f"坐标应为 n 行 2 列，收到形状 {points.shape}。 Positions must have shape (n, 2), got {points.shape}."
        )
    _validate_positions(points, start)
    if start == end:
        return points.copy()
    return _from_house(_to_house(points, start), end)


def crs_from_name(name: str) -> str:
    """Return the canonical code of a system as people type it.

    Parameters
    ----------
    name : str
        For example ``GCJ-02``, ``高德``, ``百度``, ``国家2000``, ``4547``, ``urn:ogc:def:crs:EPSG::4490``,
        ``CGCS2000 3度带 114`` or ``CGCS2000 三度带 38带``.

    Returns
    -------
    str
        A key of `ACCEPTED`.

    Raises
    ------
    CrsError
        If the name is unknown, ambiguous, or names a system that is refused; the message names the accepted
        ones.

    Notes
    -----
    A Gauss–Krüger name needs its width (3° or 6°) and a central meridian or a zone number; a zone number
    means the easting carries it in front (带号).

    Examples
    --------
    >>> crs_from_name("高德"), crs_from_name("CGCS2000 3度带 114"), crs_from_name("国家2000 3度带38带")
    ('gcj02', 'EPSG:4547', 'EPSG:4526')
    """
    plain = re.sub(r"[\s\-_/·,，:：;；()（）]+", "", unicodedata.normalize("NFKC", str(name)).lower())
    if plain in _ALIASES:
        return _ALIASES[plain]
    epsg = re.fullmatch(
        r"(?:epsg|urnogcdefcrsepsg(?:\d+\.?\d*)?|https?www\.opengis\.netdefcrsepsg0)?(\d{4,5})", plain
    )
    if epsg:
        code = f"EPSG:{epsg[1]}"
        if code in ACCEPTED:
            return code
        raise CrsError(_refusal(name))
    zoned = _gauss_kruger_from_name(plain)
    if zoned is not None:
        return zoned
    raise CrsError(_refusal(name))


def gauss_kruger_for(lon: float, *, with_zone_number: bool = False) -> str:
    """Return the CGCS2000 3-degree Gauss–Krüger system whose zone holds a longitude.

    Parameters
    ----------
    lon : float
        Longitude, degrees, 73.5 to 136.5.
    with_zone_number : bool
        True for the system whose eastings carry the zone number in front.

    Returns
    -------
    str
        ``EPSG:4534`` to ``EPSG:4554``, or ``EPSG:4513`` to ``EPSG:4533`` with zone number.

    Raises
    ------
    CrsError
        If the longitude lies outside the zones.

    Notes
    -----
    A zone reaches from 1.5° west of its central meridian (included) to 1.5° east of it (excluded). EPSG
    registry.

    Examples
    --------
    >>> gauss_kruger_for(114.06), gauss_kruger_for(105.44, with_zone_number=True)
    ('EPSG:4547', 'EPSG:4523')
    """
    if not 73.5 <= lon < 136.5:
        raise CrsError(
            f"经度 {lon} 不在 CGCS2000 三度带范围 73.5°–136.5° 内。 Longitude {lon} lies outside the 3-degree zones."
        )
    zone = int((lon + 1.5) // 3)
    return f"EPSG:{(4513 if with_zone_number else 4534) + zone - 25}"


def is_in_offset_box(lonlat: ArrayLike) -> NDArray[np.bool_]:
    """Tell which positions lie in the box where GCJ-02 and BD-09 differ from WGS-84.

    Parameters
    ----------
    lonlat : array_like, shape (n, 2)
        Degrees, any of the geographic systems.

    Returns
    -------
    numpy.ndarray, shape (n,), bool
        True inside or on the edge.

    Raises
    ------
    ValueError
        If the array is not (n, 2).

    Notes
    -----
    The box every public implementation uses; it is coarse (Seoul and Hanoi lie inside).

    Examples
    --------
    >>> is_in_offset_box([[114.06, 22.54], [-0.13, 51.5]]).tolist()
    [True, False]
    """
    return _offsets.is_in_box(np.asarray(lonlat, dtype=np.float64).reshape(-1, 2))


_ALIASES: dict[str, str] = {
    alias: code
    for code, aliases in {
        "EPSG:4326": """wgs84 wgs1984 wgs gps gps坐标 84坐标 crs84 ogccrs84 urnogcdefcrsogc1.3crs84
            httpwww.opengis.netdefcrsogc1.3crs84 httpswww.opengis.netdefcrsogc1.3crs84 googleearth 北斗""",
        "EPSG:4490": """cgcs2000 cgcs 国家2000 国家大地2000 大地2000 2000国家大地坐标系 国家2000大地坐标系 2000坐标系
            国家2000坐标系 cgcs2000经纬度 国家2000经纬度 天地图 tianditu""",
        "EPSG:3857": "webmercator web墨卡托 墨卡托 伪墨卡托 球面墨卡托 pseudomercator 900913 epsg900913",
        "gcj02": """gcj02 gcj gcj02ll mars 火星 火星坐标 火星坐标系 国测局 国测局坐标 高德 高德地图 高德坐标
            腾讯 腾讯地图 腾讯坐标 amap autonavi tencent""",
        "bd09": "bd09 bd09ll bd baidu 百度 百度地图 百度坐标 百度经纬度 百度经纬度坐标",
        "bd09mc": "bd09mc bdmc baidumercator 百度墨卡托 百度米制 百度米制坐标 百度平面 百度平面坐标",
    }.items()
    for alias in aliases.split()
}
_REFUSED = re.compile(r"(北京|beijing|bj)(19)?54|(西安|xian|xi'an)(19)?80|4214|4610|2326|hk1?9?80|2433|2383")


def _gauss_kruger_from_name(plain: str) -> str | None:
    """Return the code a Gauss–Krüger name means, or None when it is not one."""
    if not re.search(r"度带|degree|gausskruger|gausskrüger|高斯|gk", plain):
        return None
    if _REFUSED.search(plain):
        return None
    text = plain.replace("三度", "3度").replace("六度", "6度").replace("三分", "3度")
    width = re.search(r"([36])(?:°|度|degree)", text)
    if width is None:
        return None
    rest = text[: width.start()] + " " + text[width.end() :]
    rest = re.sub(r"cgcs2000|国家2000|2000国家大地坐标系|2000", " ", rest)
    numbers = [int(n) for n in re.findall(r"\d+", rest)]
    if len(numbers) != 1:
        return None
    for code, (_, meridian, zone) in _GAUSS_KRUGER.items():
        if f"{width[1]}-degree" in ACCEPTED[code].title_en and numbers[0] == (zone or meridian):
            return code
    return None


def _refusal(name: str) -> str:
    """Return the message for a system that is unknown or refused."""
    plain = re.sub(r"[\s\-_]", "", str(name).lower())
    why_zh, why_en = "无法识别坐标系", "Unknown coordinate system"
    if _REFUSED.search(plain):
        why_zh = "不接受的坐标系（需要当地转换参数，请先由测绘部门转换为国家2000）"
        why_en = "Refused: this system needs local parameters; have it converted to CGCS2000 first"
    accepted = (
        "wgs84 (EPSG:4326), cgcs2000 (EPSG:4490), EPSG:3857, gcj02, bd09, bd09mc, "
        "CGCS2000 Gauss-Kruger EPSG:4491-4512 (6°), EPSG:4513-4554 (3°)"
    )
    return f"{why_zh}“{name}”。可用：{accepted}。 {why_en}: {name!r}. Accepted: {accepted}."


def _to_house(points: FloatArray, code: str) -> FloatArray:
    """Return longitude and latitude in the house's CRS."""
    if code in {"EPSG:4326", "EPSG:4490"}:
        return points.copy()
    if code == "gcj02":
        return _offsets.unshift(points)
    if code == "bd09":
        return _offsets.unshift(_offsets.gcj02_from_bd09(points))
    if code == "bd09mc":
        return _offsets.unshift(_offsets.gcj02_from_bd09(_offsets.bd09_from_metres(points)))
    return _projected(points, code, inverse=True)


def _from_house(lonlat: FloatArray, code: str) -> FloatArray:
    """Return positions of the house's CRS in another accepted system."""
    if code in {"EPSG:4326", "EPSG:4490"}:
        return lonlat
    if code == "gcj02":
        return _offsets.shift(lonlat)
    if code == "bd09":
        return _offsets.bd09_from_gcj02(_offsets.shift(lonlat))
    if code == "bd09mc":
        return _offsets.metres_from_bd09(_offsets.bd09_from_gcj02(_offsets.shift(lonlat)))
    return _projected(lonlat, code, inverse=False)


@lru_cache(maxsize=128)
def _transformer(code: str) -> Transformer:
    """Return the PROJ conversion of one accepted projection from its own geographic system."""
    base = "EPSG:4326" if code == "EPSG:3857" else "EPSG:4490"
    return Transformer.from_crs(base, code, always_xy=True, allow_ballpark=False)


def _projected(points: FloatArray, code: str, *, inverse: bool) -> FloatArray:
    direction: Any = "INVERSE" if inverse else "FORWARD"
    x, y = _transformer(code).transform(points[:, 0], points[:, 1], direction=direction)
    result = np.column_stack([x, y])
    is_off = ~np.isfinite(result).all(axis=1)
    if (
        code in _GAUSS_KRUGER and not inverse
    ):  # an easting beyond the zone's figures would read as another zone
        with np.errstate(invalid="ignore"):
            is_off |= result[:, 0] // 1_000_000 != _GAUSS_KRUGER[code][2]
    _reject(points, is_off, f"超出 {code} 的适用范围", f"lies outside the area of {code}")
    return result


def _validate_positions(points: FloatArray, code: str) -> None:
    """Raise CoordinateError at the first position that cannot be one of the system's."""
    if not np.isfinite(points).all():
        _reject(points, ~np.isfinite(points).all(axis=1), "不是有限数值", "is not finite")
    if code in _GAUSS_KRUGER:
        _, _, zone = _GAUSS_KRUGER[code]
        in_zone = points[:, 0] // 1_000_000 == zone
        hint_zh = (
            f"东坐标应在 {zone}000000 至 {zone}999999 之间"
            if zone
            else "东坐标应在 0 至 999999 之间（不含带号）"
        )
        hint_en = (
            f"its easting must lie in zone {zone}"
            if zone
            else "its easting must be below 1,000,000 (no zone number)"
        )
        _reject(points, ~in_zone, f"不属于 {code}：{hint_zh}", f"does not belong to {code}: {hint_en}")
        bad_north = (points[:, 1] < 0) | (points[:, 1] > 10_002_000)
        _reject(points, bad_north, "北坐标不在赤道与极点之间", "has a northing outside equator to pole")
    elif not ACCEPTED[code].is_projected:
        off_globe = (np.abs(points[:, 0]) > 180) | (np.abs(points[:, 1]) > 90)
        _reject(
            points,
            off_globe,
            "不是经纬度：经度在前、纬度在后，单位为度",
            "is not longitude, latitude in degrees",
        )


def _reject(points: FloatArray, is_bad: Any, why_zh: str, why_en: str) -> None:
    if is_bad.any():
        row = int(np.flatnonzero(is_bad)[0])
        at = points[row].tolist()
        raise CoordinateError(f"第 {row + 1} 个坐标 {at} {why_zh}。 Position {row + 1} {at} {why_en}.")
