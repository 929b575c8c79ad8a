"""Read one position from what a person pastes: decimals, degrees-minutes-seconds, or Gauss–Krüger metres.

Full-width digits, Chinese commas, letters or 北纬 and 东经 in front or behind, and swapped axes are
understood; what was understood is reported, so that the person can see it. The datum is never guessed here:
degrees are returned as typed.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from geo.crs import HOUSE_CRS, convert
from geo.errors import CoordinateError

__all__ = ["CoordinateForm", "PastedPosition", "position_from_text"]

_LON_CHINA = (72.0, 138.0)
_LAT_CHINA = (0.0, 56.0)


class CoordinateForm(StrEnum):
    """How a pasted position was written."""

    DECIMAL = "decimal"
    DMS = "dms"
    GAUSS_KRUGER = "gauss_kruger"


@dataclass(frozen=True, slots=True)
class PastedPosition:
    """One position as it was understood.

    Attributes
    ----------
    lon, lat : float
        Degrees, in the datum the person has in mind (not yet converted); for Gauss–Krüger figures CGCS2000.
    was_swapped : bool
        True when latitude was typed first.
    form : CoordinateForm
        How it was written.
    needs_datum : bool
        True when the figures alone do not say which datum they are in (every pair of degrees: GPS or a map
        service?).
    crs_candidates : tuple[str, ...]
        For Gauss–Krüger figures, the systems of `geo.crs` they can be; the first one was used.
    notes : tuple[str, ...]
        What a person should know, Chinese first, English second.
    """

    lon: float
    lat: float
    was_swapped: bool
    form: CoordinateForm
    needs_datum: bool
    crs_candidates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Angle:
    """One angle read from the text; axis is 'lon', 'lat' or '' when no letter says it."""

    value: float
    axis: str


_LETTERS = {"n": ("lat", 1), "s": ("lat", -1), "e": ("lon", 1), "w": ("lon", -1)}
_WORDS = [
    (r"北纬|北緯", "N"), (r"南纬|南緯", "S"), (r"东经|東經|东經", "E"), (r"西经|西經", "W"),
    (r"经度|經度|longitude|long|lng|lon", "X"), (r"纬度|緯度|latitude|lat", "Y"),
]  # fmt: skip
_SIGNS = [
    (r"[°º˚度]", "d"), (r"''|[″”“\"秒]", "s"), (r"[′’‘'′＇分]", "m"), (r"[－–—−]", "-"),
    (r"[，、；;|/\t\n\r()（）\[\]【】{}<>]", " , "), (r"[：:=]", " "),
]  # fmt: skip
_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_ARC = (
    rf"(?P<deg>{_NUMBER})(?![\d.])\s*(?:(?P<dsign>d)\s*(?:(?P<min>\d+(?:\.\d+)?)(?![\d.])\s*m\s*"
    r"(?:(?P<sec>\d+(?:\.\d+)?)(?![\d.])\s*(?:s|(?!\s*d)))?)?)?"
)
_LETTER_FIRST = re.compile(rf"(?P<letter>[NSEWXY])?\s*{_ARC}")
_LETTER_LAST = re.compile(rf"{_ARC}\s*(?P<letter>[NSEW])?")


def position_from_text(text: str) -> PastedPosition:
    """Read one position from pasted text.

    Parameters
    ----------
    text : str
        For example ``114.0579, 22.5431``, ``２２．５４３１，１１４．０５７９``, ``N22°32'35.2"
        E114°3'28.4"``, ``东经114度3分28.4秒 北纬22度32分35.2秒`` or ``38505955.846 2493941.246``.

    Returns
    -------
    PastedPosition
        Longitude and latitude in degrees as typed, with what was understood. With letters, any place on the
        globe is read; without letters the axes are told apart by China's ranges: 72–138° for longitude, 0–56°
        for latitude.

    Raises
    ------
    CoordinateError
        If there is no position, only one figure, more than two, minutes or seconds of 60 or more, or the
        figures cannot be a place in China; the message shows a form that would be right.

    Notes
    -----
    The two ranges do not overlap, so swapped axes are always found. Gauss–Krüger figures carry a zone number
    (zones 25–45 of the 3-degree, 13–23 of the 6-degree division) or cannot be placed; they are taken as
    CGCS2000, which the text cannot prove: Beijing 54 and Xi'an 80 figures look alike and lie some 50–150 m
    away.

    Examples
    --------
    >>> at = position_from_text("北纬22°32′35.16″，东经114°3′28.44″")
    >>> round(at.lon, 4), round(at.lat, 4), at.was_swapped, str(at.form)
    (114.0579, 22.5431, True, 'dms')
    """
    plain = _plain(text)
    metres = _metre_pair(plain)
    if metres is not None:
        return _from_metres(text, *metres)
    angles, is_dms = _angles(text, plain)
    if len(angles) != 2:
        raise CoordinateError(
            _complaint(text, f"找到 {len(angles)} 个数值，应为两个", "two figures are needed")
        )
    first, second = angles
    lon, lat, was_swapped = _ordered(text, first, second)
    notes = []
    if was_swapped:
        notes.append("纬度在前，已按经度、纬度读取。 Latitude came first; read as longitude, latitude.")
    form = CoordinateForm.DMS if is_dms else CoordinateForm.DECIMAL
    if not (_is_in(lon, _LON_CHINA) and _is_in(lat, _LAT_CHINA)):
        notes.append("不在中国范围内。 Outside China.")
    return PastedPosition(lon, lat, was_swapped, form, needs_datum=True, notes=tuple(notes))


def _plain(text: str) -> str:
    """Return the text with half-width digits and one sign each for degrees d, minutes m, seconds s, axes."""
    plain = unicodedata.normalize("NFKC", text.replace("″", '"').replace("′", "'")).strip().lower()
    for pattern, word in _WORDS:
        plain = re.sub(pattern, f" {word} ", plain)
    plain = re.sub(r"(?<![a-z])([nsew])(?![a-z])", lambda m: f" {m[1].upper()} ", plain)
    for pattern, sign in _SIGNS:
        plain = re.sub(pattern, sign, plain)
    plain = re.sub(r"\bY\s+(?=[NS])|\bX\s+(?=[EW])", "", plain)
    return re.sub(r"(?<=\d),(?=\d)|,", " , ", plain)


def _metre_pair(plain: str) -> tuple[float, float] | None:
    """Return two figures as large as metres, or None."""
    if re.search(r"[dNSEW]", plain):
        return None
    grouped = re.sub(r"[XY]", " ", plain)
    figures = [float(f) for f in re.findall(_NUMBER, grouped)]
    if len(figures) == 2 and all(abs(f) > 100_000 for f in figures):
        return figures[0], figures[1]
    return None


def _from_metres(text: str, first: float, second: float) -> PastedPosition:
    """Return the position of Gauss–Krüger figures with a zone number, in either order."""
    for east, north, was_swapped in ((first, second, False), (second, first, True)):
        zone = int(east // 1_000_000)
        if not 0 < north < 6_300_000 or not 100_000 <= east % 1_000_000 <= 900_000:
            continue
        if 25 <= zone <= 45:
            code = f"EPSG:{4513 + zone - 25}"
        elif 13 <= zone <= 23:
            code = f"EPSG:{4491 + zone - 13}"
        else:
            continue
        lon, lat = (float(v) for v in convert([[east, north]], code, HOUSE_CRS)[0])
        width = "三" if zone > 24 else "六"
        note = (
            f"按 CGCS2000 {width}度带 {zone} 带读取；若为北京54或西安80会差 50–150 米，请确认坐标系。 "
            f"Read as CGCS2000 zone {zone} ({code}); Beijing 54 or Xi'an 80 would be 50-150 m off: confirm."
        )
        notes = [note]
        if was_swapped:
            notes.insert(0, "北坐标（X）在前。 The northing came first.")
        return PastedPosition(
            lon,
            lat,
            was_swapped,
            CoordinateForm.GAUSS_KRUGER,
            needs_datum=True,
            crs_candidates=(code,),
            notes=tuple(notes),
        )
    raise CoordinateError(
        _complaint(
            text,
            "像是平面坐标（米），但没有带号，无法确定位置；请写出带号（如 38505955.8, 2493941.2）或选择坐标系",
            "these look like metres without a zone number; give the zone number or name the system",
        )
    )


def _angles(text: str, plain: str) -> tuple[list[_Angle], bool]:
    """Return the angles of the text in order, and whether minutes or seconds were written."""
    pattern = _LETTER_FIRST if re.match(r"[\s,]*[NSEWXY]", plain) else _LETTER_LAST
    matches = list(pattern.finditer(plain))
    rest = pattern.sub(" ", plain)
    if re.search(r"[a-zA-Z\u4e00-\u9fff&?]", rest):
        raise CoordinateError(
            _complaint(text, "含有坐标以外的文字", "there is other text beside the position")
        )
    if len(matches) in {4, 6} and not any(m["dsign"] for m in matches):
        return _spaced(text, matches)
    angles = [_angle(text, m["deg"], m["min"], m["sec"], axis=m["letter"] or "") for m in matches]
    return angles, any(m["min"] for m in matches)


def _spaced(text: str, matches: list[re.Match[str]]) -> tuple[list[_Angle], bool]:
    """Return two angles of figures separated by blanks only: 22 32 35.2 114 3 28.4."""
    size = len(matches) // 2
    angles = []
    for part in (matches[:size], matches[size:]):
        letters = [m["letter"] for m in part if m["letter"]]
        figures = [m["deg"] for m in part]
        if any("." in f or f.startswith(("+", "-")) for f in figures[1:-1]) or "." in figures[0]:
            raise CoordinateError(_complaint(text, "数值过多", "too many figures"))
        angles.append(
            _angle(
                text,
                figures[0],
                figures[1],
                figures[2] if size == 3 else None,
                axis=letters[0] if letters else "",
            )
        )
    return angles, True


def _angle(text: str, deg: str, minutes: str | None, seconds: str | None, *, axis: str) -> _Angle:
    minute, second = float(minutes or 0), float(seconds or 0)
    if minute >= 60 or second >= 60:
        raise CoordinateError(_complaint(text, "分、秒应小于 60", "minutes and seconds must be below 60"))
    if minutes is not None and "." in deg:
        raise CoordinateError(
            _complaint(text, "带分秒时度数应为整数", "degrees must be whole beside minutes")
        )
    value = (abs(float(deg)) + minute / 60 + second / 3600) * (-1 if deg.startswith("-") else 1)
    if axis in {"X", "Y"}:
        return _Angle(value, "lon" if axis == "X" else "lat")
    if not axis:
        return _Angle(value, "")
    if value < 0:
        raise CoordinateError(
            _complaint(text, "方向字母与负号不能并用", "a letter and a minus sign exclude each other")
        )
    name, sign = _LETTERS[axis.lower()]
    return _Angle(value * sign, name)


def _ordered(text: str, first: _Angle, second: _Angle) -> tuple[float, float, bool]:
    """Return longitude, latitude and whether latitude came first."""
    axes = (first.axis, second.axis)
    if axes[0] and axes[0] == axes[1]:
        raise CoordinateError(_complaint(text, "两个数值标为同一方向", "both figures carry the same axis"))
    if axes[0] == "lon" or axes[1] == "lat":
        lon, lat, was_swapped = first.value, second.value, False
    elif axes[0] == "lat" or axes[1] == "lon":
        lon, lat, was_swapped = second.value, first.value, True
    elif _is_in(first.value, _LON_CHINA) and _is_in(second.value, _LAT_CHINA):
        lon, lat, was_swapped = first.value, second.value, False
    elif _is_in(second.value, _LON_CHINA) and _is_in(first.value, _LAT_CHINA):
        lon, lat, was_swapped = second.value, first.value, True
    else:
        raise CoordinateError(
            _complaint(
                text,
                "不在中国范围内（经度 72–138，纬度 0–56）",
                "not in China (longitude 72-138, latitude 0-56); add E/W and N/S for other places",
            )
        )
    if abs(lon) > 180 or abs(lat) > 90:
        raise CoordinateError(_complaint(text, "经度或纬度超出范围", "longitude or latitude is out of range"))
    return lon, lat, was_swapped


def _is_in(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def _complaint(text: str, why_zh: str, why_en: str) -> str:
    shown = text if len(text) <= 60 else text[:57] + "…"
    return (
        f"无法读取坐标“{shown}”：{why_zh}。请输入如 114.0579, 22.5431 或 东经114°3′28″ 北纬22°32′35″。 "
        f"Cannot read {shown!r}: {why_en}. Write for example 114.0579, 22.5431."
    )
