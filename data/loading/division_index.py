"""Hold the divisions of the store in memory: by code, by name, and by where a point lies."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.loading.problems import CellError, ProblemCode
from data.loading.values import fold
from data.scope import Connection

FloatArray = NDArray[np.float64]
#: Metres in a degree of latitude.
M_PER_DEGREE = 111_195.0
_RANK = {"province": 0, "city": 1, "county": 2, "street": 3, "community": 4}
_SUFFIX = re.compile(
    r"(特别行政区|自治区|自治州|自治县|街道办事处|街道|居民委员会|村民委员会|社区居委会|居委会|村委会|社区|新区|地区|省|市|区|县|镇|乡|村)$"
)
_ZONE = re.compile(r"\d{4}[A-Z]\d{1,2}")


@dataclass(frozen=True, slots=True)
class DivisionEntry:
    """One division as loading needs it."""

    code: str
    name: str
    level: str
    parent_code: str | None
    year: int


def normal_code(text: str) -> str:
    """Bring a division code to the form of the store: 6, 9 or 12 digits by level, ``gb``'s 156 dropped.

    >>> normal_code("440303001000"), normal_code("156440303"), normal_code("440303000000"), normal_code("44")
    ('440303001', '440303', '440303', '440000')
    """
    code = text.strip().upper()
    if re.fullmatch(r"156\d{6}", code):
        code = code[3:]
    if re.fullmatch(r"\d{12}", code) and code.endswith("000"):
        code = code[:9]
    if re.fullmatch(r"\d{9}", code) and code.endswith("000"):
        code = code[:6]
    if re.fullmatch(r"\d{2}|\d{4}", code):
        code = code.ljust(6, "0")
    return code


def short_name(name: str) -> str:
    """Drop the word for the kind of division at a name's end, unless hardly anything would be left.

    >>> short_name("福田区"), short_name("园岭街道"), short_name("城区")
    ('福田', '园岭', '城区')
    """
    folded = fold(name)
    short = _SUFFIX.sub("", folded)
    return short if len(short) >= 2 else folded


class Divisions:
    """Every division of the store."""

    def __init__(self, entries: list[DivisionEntry], outlines: dict[str, Any]) -> None:
        self.by_code = {e.code: e for e in entries}
        self.outlines = outlines
        self._names: dict[str, list[str]] = defaultdict(list)
        self._short: dict[str, list[str]] = defaultdict(list)
        for e in entries:
            self._names[fold(e.name)].append(e.code)
            self._short[short_name(e.name)].append(e.code)
        self._resolved: dict[tuple[str, str | None], str | CellError] = {}
        ranked = [c for c in outlines if self.by_code[c].level in _RANK]
        self._placed = sorted(ranked, key=lambda c: (_RANK[self.by_code[c].level], c))
        self._tree = shapely.STRtree([outlines[c] for c in self._placed])
        self._whole: Any = None
        self._rough: Any = None
        self._squeezed: Any = None

    def __len__(self) -> int:
        """Give the number of divisions."""
        return len(self.by_code)

    @property
    def whole(self) -> Any:
        """Give the outline of everything that is loaded; None when no division has one."""
        if self._whole is None and self._placed:
            top = _RANK[self.by_code[self._placed[0]].level]
            # A city whose own outline is missing is the union of its counties.
            coarse = [c for c in self._placed if _RANK[self.by_code[c].level] <= max(top, 2)]
            self._whole = shapely.union_all([self.outlines[c] for c in coarse])
            shapely.prepare(self._whole)
        return self._whole

    def above(self, code: str) -> list[str]:
        """List a division and those above it, itself first."""
        chain: list[str] = []
        at: str | None = code
        while at is not None and at in self.by_code and at not in chain:
            chain.append(at)
            at = self.by_code[at].parent_code
        return chain

    def outline_of(self, code: str) -> Any:
        """Give the outline of a division, or of the nearest one above that has one; None without."""
        return next((self.outlines[c] for c in self.above(code) if c in self.outlines), None)

    def county_of(self, code: str) -> str | None:
        """Give the county a division is or lies in."""
        return next((c for c in self.above(code) if self.by_code[c].level == "county"), None)

    def city_of(self, code: str) -> str:
        """Give the city above a division, or the topmost one there is."""
        chain = self.above(code)
        return next((c for c in chain if self.by_code[c].level == "city"), chain[-1] if chain else code)

    def resolve(self, text: str, *, below: str | None = None) -> str:
        """Give the code that a cell means, by code or by name.

        Raises
        ------
        CellError
            When there is none, it is of another year, or several share the name.
        """
        key = (text, below)
        if key not in self._resolved:
            try:
                self._resolved[key] = self._resolve(text, below)
            except CellError as error:
                self._resolved[key] = error
        found = self._resolved[key]
        if isinstance(found, CellError):
            raise CellError(found.code, found.message)
        return found

    def _resolve(self, text: str, below: str | None) -> str:
        code = normal_code(text)
        if code in self.by_code:
            newer = self.successor(code)
            if newer is not None:
                old = self.by_code[code]
                raise CellError(
                    ProblemCode.DIVISION_OUTDATED,
                    f"这是 {old.year} 年的代码，{newer.year} 年起“{newer.name}”的代码是 {newer.code}。 "
                    f"A code of {old.year}; since {newer.year} {newer.name} is {newer.code}.",
                )
            return code
        if re.search(r"\d{4}", text):
            raise CellError(ProblemCode.DIVISION_UNKNOWN, self._suggest(code))
        found = self.find_by_name(text, below=below)
        if len(found) == 1:
            return found[0]
        if not found:
            raise CellError(
                ProblemCode.DIVISION_UNKNOWN,
                f"没有名为“{text[:30]}”的区划。请填写区划代码，如 440304。 No division has that name: put its code.",
            )
        several = "、".join(f"{c} {self.by_code[c].name}" for c in found[:6])
        raise CellError(
            ProblemCode.DIVISION_UNKNOWN,
            f"有 {len(found)} 个同名区划：{several}。请填写代码。 Several share the name: put the code.",
        )

    def find_by_name(self, text: str, *, below: str | None = None) -> list[str]:
        """List the codes of the divisions of a name, or of a path of names such as 福田区/园岭街道."""
        parts = [p for p in re.split(r"[/\\>,，、\s-]+", text.strip()) if p]
        if len(parts) > 1:
            at = below
            for part in parts:
                found = self.find_by_name(part, below=at)
                if len(found) != 1:
                    return found
                at = found[0]
            return [at] if at else []
        folded = fold(text)
        found = self._names.get(folded) or self._short.get(short_name(text), [])
        if below is not None:
            found = [c for c in found if below in self.above(c)]
        if len(found) > 1:
            best = min(_RANK.get(self.by_code[c].level, 9) for c in found)
            found = [c for c in found if _RANK.get(self.by_code[c].level, 9) == best]
        return list(found)

    def find_exact(self, text: str, *, below: str | None = None) -> list[str]:
        """List the codes of the divisions whose full name is `text`, below a division where one is given."""
        found = self._names.get(text, [])
        if below is not None:
            found = [c for c in found if c != below and below in self.above(c)]
        return list(found)

    def successor(self, code: str) -> DivisionEntry | None:
        """Find the division of the same name and level, below one of the same name, that a newer list puts in a code's place."""
        old = self.by_code[code]
        above = self._name_of(old.parent_code)
        for other in self._names.get(fold(old.name), []):
            entry = self.by_code[other]
            if (
                entry.code != code
                and entry.year > old.year
                and entry.level == old.level
                and entry.code[:4] == code[:4]
                and self._name_of(entry.parent_code) == above
            ):
                return entry
        return None

    def _name_of(self, code: str | None) -> str | None:
        entry = self.by_code.get(code) if code else None
        return entry.name if entry else None

    def _suggest(self, code: str) -> str:
        if not re.fullmatch(r"\d{6}|\d{9}|\d{12}", code) and not _ZONE.fullmatch(code):
            return "应为 6、9 或 12 位区划代码，如 440304。 It should be a division code of 6, 9 or 12 digits, such as 440304."
        for length in (9, 6, 4, 2):
            parent = code[:length].ljust(6, "0")
            if length < len(code) and parent != code and parent in self.by_code:
                under = [e for e in self.by_code.values() if e.parent_code == parent]
                listed = "、".join(f"{e.code} {e.name}" for e in sorted(under, key=lambda e: e.code)[:8])
                name = self.by_code[parent].name
                return (
                    f"没有这个区划代码（可能是其他年份的）。“{name}”之下有：{listed or '—'}。 No such division "
                    f"code (perhaps of another year). Below {name} there are: {listed or '—'}."
                )
        return "没有这个区划代码，请先装载区划。 No such division code: load the divisions first."

    def locate(self, lonlat: FloatArray) -> list[str | None]:
        """Give the code of the finest division with an outline that each point lies in; None outside of all."""
        found: list[str | None] = [None] * len(lonlat)
        if not self._placed or not len(lonlat):
            return found
        points, hits = self._tree.query(shapely.points(lonlat), predicate="intersects")
        # Coarse ones come first: finer ones write over them; on a border the lower code stays.
        for point, hit in sorted(
            zip(points.tolist(), hits.tolist(), strict=True), key=lambda p: (p[0], p[1])
        ):
            code = self._placed[hit]
            at = found[point]
            if at is None or _RANK[self.by_code[code].level] > _RANK[self.by_code[at].level]:
                found[point] = code
        return found

    def nearest(self, lonlat: FloatArray) -> list[str | None]:
        """Give the nearest finest division of each point outside all of them."""
        if not self._placed or not len(lonlat):
            return [None] * len(lonlat)
        if self._squeezed is None:
            shapes = [_squeeze(self.outlines[c], self._scale) for c in self._placed]
            self._squeezed = shapely.STRtree(shapes)
        points = shapely.points(lonlat * np.array([self._scale, 1.0]))
        which, hits = self._squeezed.query_nearest(points)
        found: list[str | None] = [None] * len(lonlat)
        for point, hit in zip(which.tolist(), hits.tolist(), strict=True):
            code, at = self._placed[hit], found[point]
            if at is None or _RANK[self.by_code[code].level] > _RANK[self.by_code[at].level]:
                found[point] = code
        return found

    def outside_m(self, lonlat: FloatArray) -> FloatArray:
        """Give how far points lie outside everything that is loaded, metres (within 50 m)."""
        if self._rough is None:
            self._rough = shapely.simplify(self.whole, 0.0003)
        return distance_outside_m(lonlat, self._rough)

    @property
    def _scale(self) -> float:
        return float(np.cos(np.radians(self.whole.centroid.y)))


def _squeeze(shape: Any, scale: float) -> Any:
    return shapely.transform(shape, lambda xy: xy * np.array([scale, 1.0]))


def distance_outside_m(lonlat: FloatArray, outline: Any) -> FloatArray:
    """Give how far points lie outside an outline, metres; 0 inside.

    Degrees of longitude are squeezed to those of latitude: good to 1 % within a city.
    """
    points = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    scale = float(np.cos(np.radians(points[:, 1].mean())))
    squeezed = _squeeze(outline, scale)
    shapely.prepare(squeezed)
    degrees = shapely.distance(squeezed, shapely.points(points * np.array([scale, 1.0])))
    return np.asarray(degrees * M_PER_DEGREE)


def read_divisions(connection: Connection) -> Divisions:
    """Read the divisions of the store."""
    entries: list[DivisionEntry] = []
    outlines: dict[str, Any] = {}
    for row in connection.execute(
        "SELECT code, name, level, parent_code, year, ST_AsBinary(geom) AS wkb FROM division ORDER BY code"
    ):
        entries.append(DivisionEntry(row["code"], row["name"], row["level"], row["parent_code"], row["year"]))
        if row["wkb"] is not None:
            outlines[row["code"]] = shapely.from_wkb(bytes(row["wkb"]))
    return Divisions(entries, outlines)
