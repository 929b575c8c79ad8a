"""Read lines and points from files of positions: GPX, KML, GeoJSON and CSV, under limits that hold while they are read."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import compress, islice
from typing import Any
from xml.parsers import expat

from data.errors import LoadError
from geo.crs import ACCEPTED, HOUSE_CRS, convert, crs_from_name
from geo.errors import CoordinateError, CrsError
from layers.display import LOCAL_ZONE

MAX_BYTES = 10 * 1024 * 1024
MOST_POINTS = 200_000
_DEEPEST = 60
_MOST_TEXT = 4_000_000
_CHINA = (72.0, 0.8, 138.1, 55.9)


@dataclass
class TrackFile:
    """What a file holds.

    Attributes
    ----------
    lines : list of lists of (lon, lat)
        Each of two positions or more, degrees WGS-84.
    points : list of (name, lon, lat)
    times : first and last instant named in the file, or None
    instants : list of lists of instants
        For each line the time of each position, None where the file names none.
    crs : str
        The system in which the file gave its positions.
    """

    lines: list[list[tuple[float, float]]] = field(default_factory=list)
    points: list[tuple[str, float, float]] = field(default_factory=list)
    times: tuple[dt.datetime, dt.datetime] | None = None
    instants: list[list[dt.datetime | None]] = field(default_factory=list)
    crs: str = HOUSE_CRS

    def note_time(self, at: dt.datetime) -> None:
        """Widen the first and last instant."""
        first, last = self.times or (at, at)
        self.times = (min(first, at), max(last, at))


def read_track_file(content: bytes, file_name: str, *, crs: str | None = None) -> TrackFile:
    """Read a file by its ending; its positions are in the system `crs`, in the one a GeoJSON names, else WGS-84.

    Raises
    ------
    LoadError
        When it is too large, of another kind, cannot be read, defines entities, holds neither line nor point, or its
        positions are none of their system, or the file names another system.
    CrsError
        When the system is unknown.
    """
    asked = crs_from_name(crs) if crs else None
    ending = file_name.lower().rpartition(".")[2]
    if len(content) > MAX_BYTES:
        raise LoadError(
            f"文件超过 {MAX_BYTES // 1024 // 1024} MB。 The file is larger than {MAX_BYTES // 1024 // 1024} MB."
        )
    readers: dict[str, Callable[[bytes, str | None], TrackFile]] = {
        "gpx": _read_gpx,
        "kml": _read_kml,
        "geojson": _read_geojson,
        "json": _read_geojson,
        "csv": _read_csv,
    }
    if ending not in readers:
        raise LoadError(
            f"不接受这种文件：{file_name[:60]}。请上传 gpx、kml、geojson 或 csv（kmz 请先解压）。 "
            "This file is not taken: gpx, kml, geojson and csv are; unpack a kmz first."
        )
    found = readers[ending](content, asked)
    found.instants += [[None] * len(line) for line in found.lines[len(found.instants) :]]
    is_line = [len(line) >= 2 for line in found.lines]
    found.lines, found.instants = (
        list(compress(found.lines, is_line)),
        list(compress(found.instants, is_line)),
    )
    if not found.lines and not found.points:
        raise LoadError("文件里没有线也没有点。 The file holds neither a line nor a point.")
    if sum(map(len, found.lines)) + len(found.points) > MOST_POINTS:
        raise _too_many()
    _turn_to_house(found)
    return found


def _turn_to_house(found: TrackFile) -> None:
    """Turn the positions from the system of the file into the house's."""
    if found.crs == HOUSE_CRS:
        return
    places = [place for line in found.lines for place in line]
    places += [(x, y) for _, x, y in found.points]
    try:
        turned = [(float(x), float(y)) for x, y in convert(places, found.crs, HOUSE_CRS)]
    except CoordinateError as error:
        raise LoadError(str(error)) from error
    for lon, lat in turned:
        _position(lon, lat)
    rest = iter(turned)
    found.lines = [list(islice(rest, len(line))) for line in found.lines]
    found.points = [(name, *place) for (name, _, _), place in zip(found.points, rest, strict=True)]


def _too_many() -> LoadError:
    return LoadError(f"位置超过 {MOST_POINTS:,} 个。 The file holds more than {MOST_POINTS:,} positions.")


def _position(lon: Any, lat: Any, *, is_metres: bool = False) -> tuple[float, float]:
    try:
        x, y = float(lon), float(lat)
    except (TypeError, ValueError) as error:
        raise LoadError(
            f"坐标无法理解：{str(lon)[:20]}, {str(lat)[:20]}。 A position cannot be read: {str(lon)[:20]}, {str(lat)[:20]}."
        ) from error
    west, south, east, north = _CHINA
    if is_metres and math.isfinite(x) and math.isfinite(y):
        return x, y
    if not (math.isfinite(x) and math.isfinite(y) and west <= x <= east and south <= y <= north):
        raise LoadError(
            f"坐标 {x:g}, {y:g} 不在中国范围内，应为经纬度，经度在前；坐标系选得对吗？ "
            f"The position {x:g}, {y:g} is outside China: longitude and latitude in degrees were expected. Is the datum right?"
        )
    return x, y


class _Xml:
    """Walks an XML file by events; whatever could blow up is refused where it begins."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._open
        self.parser.EndElementHandler = self._close
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.stack: list[str] = []
        self.words: list[str] = []
        self.size = 0
        self.count = 0
        self.found = TrackFile()

    def read(self, content: bytes) -> TrackFile:
        try:
            self.parser.Parse(content, True)  # noqa: FBT003 - expat's own signature
        except expat.ExpatError as error:
            raise LoadError(
                f"文件第 {error.lineno} 行不是完整的 XML。 The file is no whole XML at line {error.lineno}."
            ) from error
        return self.found

    def _refuse(self, *_: Any) -> None:
        raise LoadError(
            "文件里有文档类型或实体定义（可能是恶意文件），没有读取。 The file defines a document type or entities and is not read."
        )

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self.stack.append(name.rpartition(":")[2])
        if len(self.stack) > _DEEPEST:
            raise LoadError("文件的层次太深，没有读取。 The file is nested too deeply and is not read.")
        self.words, self.size = [], 0
        self.on_open(self.stack[-1], attributes)

    def _text(self, text: str) -> None:
        self.size += len(text)
        if self.size > _MOST_TEXT:
            raise _too_many()
        self.words.append(text)

    def _close(self, _: str) -> None:
        self.on_close(self.stack.pop(), "".join(self.words).strip())
        self.words, self.size = [], 0

    def on_open(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""

    def on_close(self, name: str, text: str) -> None:
        """Take the end of an element, with its text."""

    def counted(self) -> None:
        """Count one more position."""
        self.count += 1
        if self.count > MOST_POINTS:
            raise _too_many()


class _Gpx(_Xml):
    _current: tuple[float, float] | None = None

    def on_open(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("trkseg", "rte"):
            self.found.lines.append([])
            self.found.instants.append([])
        elif name in ("trkpt", "rtept", "wpt"):
            self.counted()
            self._current = _position(attributes.get("lon"), attributes.get("lat"))
            if name == "wpt":
                self.found.points.append(("", *self._current))
            elif self.found.lines:
                self.found.lines[-1].append(self._current)
                self.found.instants[-1].append(None)

    def on_close(self, name: str, text: str) -> None:
        inside = self.stack[-1] if self.stack else ""
        if name == "name" and inside == "wpt":
            _, lon, lat = self.found.points[-1]
            self.found.points[-1] = (text[:100], lon, lat)
        elif name == "time" and inside in ("trkpt", "rtept"):
            self._timed(text)

    def _timed(self, text: str) -> None:
        try:
            at = dt.datetime.fromisoformat(text)
        except ValueError as error:
            raise LoadError(
                f"时间 {text[:40]!r} 无法理解。 The time {text[:40]!r} cannot be read."
            ) from error
        if at.tzinfo is None:
            at = at.replace(tzinfo=dt.UTC)
        self.found.note_time(at)
        if self.found.instants:
            self.found.instants[-1][-1] = at


class _Kml(_Xml):
    _name = ""

    def on_open(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - KML keeps positions in texts
        if name == "Placemark":
            self._name = ""

    def on_close(self, name: str, text: str) -> None:
        inside = self.stack[-1] if self.stack else ""
        if name == "name" and inside == "Placemark":
            self._name = text[:100]
        elif name == "coordinates":
            places = []
            for part in text.split():
                self.counted()
                figures = part.split(",")
                places.append(_position(figures[0], figures[1] if len(figures) > 1 else None))
            if inside == "Point" and places:
                self.found.points.append((self._name, *places[0]))
            elif inside == "LineString":
                self.found.lines.append(places)


def _read_gpx(content: bytes, crs: str | None) -> TrackFile:
    found = _Gpx().read(content)
    found.crs = crs or HOUSE_CRS
    return found


def _read_kml(content: bytes, crs: str | None) -> TrackFile:
    found = _Kml().read(content)
    found.crs = crs or HOUSE_CRS
    return found


def _named_crs(document: Any, asked: str | None) -> str:
    """Give the system of a GeoJSON: the one it names, which must be the one that was asked for, if any."""
    named = ((document.get("crs") or {}).get("properties") or {}).get("name")
    found = None if named is None else crs_from_name(str(named))
    if found is not None and asked is not None and found != asked:
        raise LoadError(
            f"文件写明坐标系是 {ACCEPTED[found].title_zh}，选的却是 {ACCEPTED[asked].title_zh}。 "
            f"The file says {ACCEPTED[found].title_en}, {ACCEPTED[asked].title_en} was chosen."
        )
    return found or asked or HOUSE_CRS


def _read_geojson(content: bytes, crs: str | None) -> TrackFile:
    try:
        document = json.loads(content)
        found = TrackFile(crs=_named_crs(document, crs))
        is_metres = ACCEPTED[found.crs].is_projected
        for geometry, name in _geometries(document, 0):
            kind, places = geometry["type"], geometry["coordinates"]
            if kind == "Point":
                found.points.append((name, *_position(places[0], places[1], is_metres=is_metres)))
            elif kind in ("LineString", "MultiLineString"):
                for line in [places] if kind == "LineString" else places:
                    found.lines.append([_position(p[0], p[1], is_metres=is_metres) for p in line])
    except (LoadError, CrsError):
        raise
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise LoadError("文件不是 GeoJSON 的线和点。 The file is no GeoJSON of lines and points.") from error
    return found


_COLUMNS = {
    "time": ("time", "时间", "定位时间", "gps时间", "gps_time", "datetime", "timestamp"),
    "lon": ("lon", "lng", "longitude", "经度", "x", "东坐标", "easting"),
    "lat": ("lat", "latitude", "纬度", "y", "北坐标", "northing"),
}


def _read_csv(content: bytes, crs: str | None) -> TrackFile:
    """Read a table of positions in the order of its rows; a time without an offset is Beijing's."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    rows = csv.reader(io.StringIO(text))
    head = [name.strip().lower() for name in next(rows, [])]
    at = {key: next((head.index(n) for n in names if n in head), None) for key, names in _COLUMNS.items()}
    if at["lon"] is None or at["lat"] is None:
        raise LoadError(
            "表头应有 经度、纬度，以及 时间（或 lon、lat、time）。 The first row names lon, lat and time."
        )
    line: list[tuple[float, float]] = []
    instants: list[dt.datetime | None] = []
    found = TrackFile(lines=[line], instants=[instants], crs=crs or HOUSE_CRS)
    is_metres = ACCEPTED[found.crs].is_projected
    try:
        for number, row in enumerate(rows, start=2):
            if not any(cell.strip() for cell in row):
                continue
            if len(line) >= MOST_POINTS:
                raise _too_many()
            line.append(_csv_position(row, (at["lon"], at["lat"]), number, is_metres=is_metres))
            instants.append(_csv_time(row, at["time"], number))
            if instants[-1] is not None:
                found.note_time(instants[-1])
    except csv.Error as error:
        raise LoadError(f"第 {rows.line_num} 行不是 CSV。 Row {rows.line_num} is no CSV.") from error
    return found


def _csv_position(
    row: list[str], columns: tuple[int, int], number: int, *, is_metres: bool
) -> tuple[float, float]:
    lon, lat = columns
    if max(lon, lat) >= len(row):
        raise LoadError(f"第 {number} 行缺少经纬度。 Row {number} lacks its position.")
    try:
        return _position(row[lon], row[lat], is_metres=is_metres)
    except LoadError as error:
        zh, _, en = str(error).partition("。 ")
        raise LoadError(f"第 {number} 行：{zh}。 Row {number}: {en}") from error


def _csv_time(row: list[str], column: int | None, number: int) -> dt.datetime | None:
    text = row[column].strip() if column is not None and column < len(row) else ""
    if not text:
        return None
    try:
        at = dt.datetime.fromisoformat(text.replace("/", "-"))
    except ValueError as error:
        raise LoadError(
            f"第 {number} 行的时间 {text[:40]!r} 无法理解，应如 2026-11-20 08:30:00。 "
            f"Row {number}: the time {text[:40]!r} cannot be read; 2026-11-20 08:30:00 would be right."
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=LOCAL_ZONE)


def _geometries(document: Any, depth: int) -> list[tuple[dict[str, Any], str]]:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    kind = document["type"]
    if kind == "FeatureCollection":
        return [g for f in document["features"] for g in _geometries(f, depth + 1)]
    if kind == "Feature":
        name = str((document.get("properties") or {}).get("name") or "")[:100]
        inner = _geometries(document["geometry"], depth + 1) if document.get("geometry") else []
        return [(g, name or n) for g, n in inner]
    if kind == "GeometryCollection":
        return [g for part in document["geometries"] for g in _geometries(part, depth + 1)]
    return [(document, "")]
