"""Match a file's columns to the fields of a layer, by Chinese and English names and their variants."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from data.errors import LoadError
from data.loading.table import HeaderScore, Table
from layers.declaration import Field, FieldType, Geometry, Layer

#: Names of the columns that give a position, normalised.
_LON = frozenset(
    [
        "lon",
        "lng",
        "long",
        "longitude",
        "x",
        "经度",
        "东经",
        "经度坐标",
        "x坐标",
        "坐标x",
        "横坐标",
        "东坐标",
        "gpsx",
        "pointx",
        "经度值",
    ]
)
_LAT = frozenset(
    [
        "lat",
        "latitude",
        "y",
        "纬度",
        "北纬",
        "纬度坐标",
        "y坐标",
        "坐标y",
        "纵坐标",
        "北坐标",
        "gpsy",
        "pointy",
        "纬度值",
    ]
)
_POSITION = frozenset(
    [
        "坐标",
        "经纬度",
        "位置坐标",
        "经纬度坐标",
        "地理坐标",
        "coordinates",
        "coordinate",
        "coords",
        "lonlat",
        "lnglat",
        "gps",
        "gps坐标",
        "position",
    ]
)
_WKT = frozenset(["wkt", "geometry", "geom", "几何", "几何wkt", "范围wkt", "图形", "坐标串"])
_DATUMS = (
    ("bd09mc", ("bd09mc", "百度墨卡托")),
    ("bd09", ("bd09", "百度", "baidu", "bd")),
    ("gcj02", ("gcj02", "gcj", "高德", "腾讯", "火星", "amap")),
    ("EPSG:4490", ("cgcs2000", "国家2000", "2000")),
    ("EPSG:4326", ("wgs84", "wgs", "84", "gps")),
)
_REMARK = frozenset(("说明", "note", "备注", "remark", "remarks"))
#: How a template marks its sample row; rows that carry it are passed over.
SAMPLE_MARK = "示例，填写前请删除本行"


@dataclass(frozen=True)
class ColumnMap:
    """Which column of a file holds what.

    Attributes
    ----------
    fields : field name → position of its column
    lon, lat, position, wkt : positions of the columns that say where, or None
    crs_hint : datum named in the headers of the position columns, or None
    unmapped : headers that nothing was taken from
    constants : field name → text for every row; ``{header}`` stands for a column of the row
    """

    fields: Mapping[str, int]
    lon: int | None = None
    lat: int | None = None
    position: int | None = None
    wkt: int | None = None
    crs_hint: str | None = None
    unmapped: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_position(self) -> bool:
        """Say whether any column gives a position."""
        return self.position is not None or self.wkt is not None or None not in (self.lon, self.lat)


def normalize_header(text: str) -> str:
    """Fold a header: case, full width, spaces, signs, and units in brackets go.

    >>> normalize_header("从业人数（人）*"), normalize_header("Division_Code")
    ('从业人数', 'divisioncode')
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    without = re.sub(r"[(\[【].*?[)\]】]", "", folded) or folded
    return re.sub(r"[\s_\-*:：/·.,，、'\"“”?？()\[\]]+", "", without)


@lru_cache(maxsize=64)
def names_of(layer: Layer) -> dict[str, tuple[str, int]]:
    """Give every header by which a layer's fields are known: normalised → (field name, rank; 0 is best)."""
    found: dict[str, tuple[str, int]] = {}
    for f in layer.all_fields:
        ranked = [
            (f.name, 0),
            (f.words.zh, 1),
            (f.words.en, 1),
            *((a, 2) for a in f.aliases),
            (f.name[:10], 3),
        ]
        for text, rank in ranked:
            key = normalize_header(text)
            if key and (key not in found or found[key][1] > rank):
                found[key] = (f.name, rank)
    return found


def header_score(layer: Layer, mapping: Mapping[str, str]) -> HeaderScore:
    """Give the function by which the header row of a file is found."""
    named = {normalize_header(k) for k in mapping}
    known = names_of(layer)

    def score(cells: Sequence[Any]) -> int:
        texts = {normalize_header(c) for c in cells if isinstance(c, str) and len(c) <= 60}
        return sum(1 for t in texts if t in known or t in named or _position_kind(t) is not None)

    return score


def match_columns(
    layer: Layer, table: Table, *, mapping: Mapping[str, str], constants: Mapping[str, str], crs: str | None
) -> ColumnMap:
    """Match a table's headers to a layer's fields.

    Parameters
    ----------
    mapping : header → field name, its label, or one of ``lon lat position wkt``; ``-`` ignores a column
    constants : field name → text or pattern of texts
    crs : the datum that was said, to choose between several pairs of position columns

    Raises
    ------
    LoadError
        When a name in the mapping is unknown, required columns are missing, or several pairs of position
        columns compete.
    """
    headers = table.headers
    fields, places = _explicit(layer, headers, mapping)
    taken = {i for i in (*fields.values(), *places.values()) if i >= 0}
    ignored = _ignored(headers, mapping)
    known = names_of(layer)
    candidates: dict[str, list[tuple[int, int]]] = {}
    for i, header in enumerate(headers):
        hit = known.get(normalize_header(header))
        if i not in taken | ignored and hit is not None and hit[0] not in fields and hit[0] not in constants:
            candidates.setdefault(hit[0], []).append((hit[1], i))
    for name, ranked in candidates.items():
        fields[name] = min(ranked)[1]
    taken |= set(fields.values())
    crs_hint = None
    if table.shapes is None and not places:
        free = [i for i in range(len(headers)) if i not in taken | ignored]
        places, crs_hint = _find_places(headers, free, crs)
        taken |= set(places.values())
    _check_constants(layer, headers, constants)
    _require(layer, headers, fields, constants)
    unmapped = tuple(
        h for i, h in enumerate(headers)
        if h and i not in taken | ignored and normalize_header(h) not in _REMARK
    )  # fmt: skip
    return ColumnMap(
        fields, places.get("lon"), places.get("lat"), places.get("position"), places.get("wkt"), crs_hint,
        unmapped, dict(constants),
    )  # fmt: skip


def constant_column(table: Table, template: str) -> list[Any]:
    """Give a column of one text; ``{header}`` is replaced by the row's cell, ``{header:06}`` padded with zeros.

    Raises
    ------
    LoadError
        When a header in it does not exist.
    """
    parts = re.split(r"\{([^{}]*)\}", template)
    if len(parts) == 1:
        return [template] * len(table)
    columns: list[tuple[list[Any], int]] = []
    for inside in parts[1::2]:
        header, _, width = inside.partition(":")
        columns.append(
            (table.columns[_index_of(table.headers, header)], int(width) if width.isdigit() else 0)
        )
    texts = parts[::2]
    rows = []
    for n in range(len(table)):
        text = texts[0]
        for (column, width), tail in zip(columns, texts[1:], strict=True):
            text += plain_text(column[n]).zfill(width) + tail
        rows.append(text)
    return rows


def plain_text(value: Any) -> str:
    """Give a cell as text: whole numbers without a decimal point, nothing for an empty cell."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _explicit(
    layer: Layer, headers: Sequence[str], mapping: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, int]]:
    fields: dict[str, int] = {}
    places: dict[str, int] = {}
    by_name = names_of(layer)
    for header, target in mapping.items():
        if target == "-":
            continue
        index = _index_of(headers, header)
        if target in ("lon", "lat", "position", "wkt"):
            places[target] = index
            continue
        hit = by_name.get(normalize_header(target))
        if hit is None:
            names = "、".join(f"{f.name}（{f.words.zh}）" for f in layer.all_fields)
            raise LoadError(
                f"没有字段“{target}”。可用：{names}，以及 lon、lat、position、wkt。 There is no field {target!r}."
            )
        fields[hit[0]] = index
    if ("lon" in places) != ("lat" in places):
        raise LoadError("lon 和 lat 要一起指定。 Map both lon and lat.")
    return fields, places


def _index_of(headers: Sequence[str], wanted: str) -> int:
    if wanted in headers:
        return list(headers).index(wanted)
    for i, header in enumerate(headers):
        if normalize_header(header) == normalize_header(wanted):
            return i
    there = "、".join(h for h in headers if h)
    raise LoadError(
        f"文件中没有列“{wanted}”，有：{there}。 There is no column {wanted!r}; there are: {there}."
    )


def _ignored(headers: Sequence[str], mapping: Mapping[str, str]) -> set[int]:
    return {_index_of(headers, header) for header, target in mapping.items() if target == "-"}


def _position_kind(normalized: str) -> tuple[str, str | None] | None:
    """Tell what a normalised header says of a position: (kind, datum named in it)."""
    for kind, names in (("lon", _LON), ("lat", _LAT), ("position", _POSITION), ("wkt", _WKT)):
        if normalized in names:
            return kind, None
    for datum, words in _DATUMS:
        for word in words:
            rest = (
                normalized.removesuffix(word) if normalized.endswith(word) else normalized.removeprefix(word)
            )
            if rest == normalized:
                continue
            for kind, names in (("lon", _LON), ("lat", _LAT), ("position", _POSITION)):
                if rest in names:
                    return kind, datum
    return None


def _kind_of_header(header: str) -> tuple[str, str | None] | None:
    # A datum may stand in brackets, which normalising takes away.
    bare = normalize_header(header)
    whole = re.sub(r"[()\[\]（）【】]", "", unicodedata.normalize("NFKC", header))
    return _position_kind(normalize_header(whole)) or _position_kind(bare)


def _find_places(
    headers: Sequence[str], free: Sequence[int], crs: str | None
) -> tuple[dict[str, int], str | None]:
    found: dict[str | None, dict[str, int]] = {}
    for i in free:
        hit = _kind_of_header(headers[i])
        if hit is not None:
            found.setdefault(hit[1], {}).setdefault(hit[0], i)
    bare = found.get(None, {})
    for datum, kinds in found.items():
        # Only one of two headers may name the datum.
        if (
            datum is not None
            and len(kinds.keys() & {"lon", "lat"}) == 1
            and not {"lon", "lat"} <= bare.keys()
        ):
            kinds.update({k: i for k, i in bare.items() if k not in kinds})
    whole = {
        datum: kinds for datum, kinds in found.items()
        if "position" in kinds or "wkt" in kinds or {"lon", "lat"} <= kinds.keys()
    }  # fmt: skip
    if crs in whole:
        return whole[crs], crs
    if len(whole) > 1:
        pairs = "；".join("、".join(headers[i] for i in kinds.values()) for kinds in whole.values())
        raise LoadError(
            f"有几组坐标列：{pairs}。请用 --crs 说明用哪一组的坐标系，或用 --map 列名=lon --map 列名=lat 指定。 "
            "Several pairs of position columns: choose by --crs, or by --map COLUMN=lon --map COLUMN=lat."
        )
    if not whole:
        return {}, None
    ((hint, kinds),) = whole.items()
    return kinds, hint


def _check_constants(layer: Layer, headers: Sequence[str], constants: Mapping[str, str]) -> None:
    for name, template in constants.items():
        layer.field(name)
        for inside in re.findall(r"\{([^{}]*)\}", template):
            _index_of(headers, inside.partition(":")[0])


def _require(
    layer: Layer, headers: Sequence[str], fields: Mapping[str, int], constants: Mapping[str, str]
) -> None:
    missing = [f for f in layer.all_fields if f.required and f.name not in fields and f.name not in constants]
    if not missing:
        return
    lines = [
        f"缺少必填的列。 Required columns are missing. 现有 there are: {'、'.join(h for h in headers if h)}"
    ]
    for f in missing:
        could = "、".join(dict.fromkeys([f.words.zh, f.words.en, f.name, *f.aliases]))
        near = _near(f, headers)
        hint = f"；可能是 perhaps “{near}”：--map {near}={f.name}" if near else ""
        lines.append(f"  {f.words.zh} {f.words.en}：列名可以是 headers that would do: {could}{hint}")
    if any(f.type is FieldType.CHOICE for f in missing):
        lines.append("  全部行取同一个值时 for one value in all rows: --set 字段FIELD=值VALUE")
    raise LoadError("\n".join(lines))


def _near(f: Field, headers: Sequence[str]) -> str | None:
    wanted = [normalize_header(t) for t in (f.words.zh, f.words.en, f.name, *f.aliases)]
    best = max(
        (
            (difflib.SequenceMatcher(None, normalize_header(h), w).ratio(), h)
            for h in headers
            if h
            for w in wanted
        ),
        default=(0.0, ""),
    )
    return best[1] if best[0] >= 0.5 else None


def takes_points(layer: Layer) -> bool:
    """Say whether lon and lat columns can place a layer's rows."""
    return layer.geometry is Geometry.POINT
