"""Fill a sample city's registers of enterprises, rescue stations with crews, and rescue resources."""

import numpy as np
import pandas as pd

from data.sample.buildings import numbered
from data.sample.places import Ground, Places
from data.sample.words import brands, credit_codes, person_names, phones, pick

__all__ = ["INDUSTRIES", "draw_enterprises", "draw_resources", "draw_stations"]

#: As far as a crew comes in half an hour at eight in the morning, straight; a small company keeps to its streets.
_REACH_M, _SMALL_REACH_M = 8_000.0, 3_000.0

INDUSTRIES: dict[
    str, tuple[float, str, str]
] = {  # share, word in the firm's name, grades D (highest risk) to A in percent
    "hazardous_chemicals": (0.012, "化工", "12 30 38 20"),
    "non_coal_mine": (0.002, "矿业", "15 30 35 20"),
    "metallurgy": (0.004, "冶金", "8 25 42 25"),
    "nonferrous": (0.006, "有色金属", "6 22 42 30"),
    "building_materials": (0.03, "建材", "2 12 46 40"),
    "machinery": (0.12, "机械", "1 9 45 45"),
    "light_industry": (0.15, "轻工制品", "1 9 45 45"),
    "textile": (0.05, "纺织", "1 10 45 44"),
    "tobacco": (0.001, "烟草", "0 5 45 50"),
    "commerce": (0.24, "商贸", "0 3 27 70"),
    "construction": (0.06, "建筑工程", "3 17 45 35"),
    "transport": (0.06, "运输", "2 14 44 40"),
    "town_gas": (0.004, "燃气", "10 30 40 20"),
    "catering": (0.11, "餐饮", "0 4 36 60"),
    "education": (0.03, "教育", "0 2 28 70"),
    "healthcare": (0.02, "医疗", "0 3 37 60"),
    "general": (0.101, "科技", "0 2 28 70"),
}


def draw_enterprises(ground: Ground, size: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return the register of enterprises."""
    sites = max(1, int(size * 0.45))
    quiet = ground.beside_roads(int(sites * 0.4), gather=0.3, rng=rng)
    busy = ground.beside_roads(sites - int(sites * 0.4), gather=1.0, rng=rng)
    own = rng.integers(0, sites, size)
    is_quiet = own < len(quiet.xy)
    where = pd.concat([quiet.where, busy.where], ignore_index=True).iloc[own].reset_index(drop=True)
    kinds = list(INDUSTRIES)
    share = np.array([INDUSTRIES[k][0] for k in kinds])
    is_works = np.array([k in kinds[:9] or k == "transport" for k in kinds])
    works, trade = share * np.where(is_works, 1.8, 0.35), share * np.where(is_works, 0.45, 1.4)
    industry = np.where(is_quiet, pick(rng, kinds, size, list(works)), pick(rng, kinds, size, list(trade)))
    grade = np.empty(size, dtype=object)
    for kind in kinds:
        rows = np.flatnonzero(industry == kind)
        grade[rows] = pick(rng, "DCBA", len(rows), [float(p) for p in INDUSTRIES[kind][2].split()])
    word = pd.Series(industry).map({k: v[1] for k, v in INDUSTRIES.items()}).to_numpy(dtype=object)
    form = pick(rng, ["有限公司", "有限责任公司", "厂", "经营部"], size, [0.75, 0.1, 0.07, 0.08])
    place = ground.names.city
    frame = pd.DataFrame({"code": credit_codes(where["county_code"].to_numpy(dtype=object), 1)})
    frame["name"] = place + brands(rng, size) + word + form
    frame = frame.join(where[["division_code", "authority_code", "address"]])
    frame["industry"] = industry
    frame["employee_count"] = np.clip(np.exp(rng.normal(2.6, 1.2, size)), 1, 20_000).astype(np.int64)
    frame["risk_grade"] = grade
    frame["contact_name"] = person_names(rng, size)
    frame["contact_phone"] = phones(0, size)
    return frame.join(where[["lon", "lat"]])


def draw_stations(
    ground: Ground, size: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame, Places]:
    """Return rescue stations, responders, and the stations' positions."""
    places = ground.beside_roads(size, gather=0.6, rng=rng)
    companies = brands(rng, max(2, int(size * 0.33))) + "电梯维保有限公司"
    owner = np.sort(np.minimum((rng.random(size) ** 1.6 * len(companies)).astype(int), len(companies) - 1))
    where = places.where
    frame = pd.DataFrame({"code": [f"RS{ground.names.city_code[:4]}{i:04d}" for i in range(1, size + 1)]})
    street = where["street_code"].map(ground.names.streets).fillna("").to_numpy(dtype=object)
    number = pd.Series(street).groupby(street).cumcount().to_numpy() + 1
    frame["name"] = [f"{s}第{n}救援站" for s, n in zip(street, number, strict=True)]
    frame["company_name"] = companies[owner]
    frame["lead_name"] = person_names(rng, size)
    frame["lead_phone"] = phones(20_000_000, size)
    frame["scope_codes"] = _scopes(ground, places, rng)
    frame["is_networked"] = rng.random(size) < 0.35
    frame["crew_count"] = rng.integers(2, 9, size).astype(np.int64)
    # Stations answer day and night; one in a hundred is away.
    frame["on_duty"] = rng.random(size) < 0.99
    frame = frame.join(where[["division_code", "authority_code", "address", "lon", "lat"]])
    station = np.repeat(np.arange(size), frame["crew_count"])
    crew = pd.DataFrame({"code": [f"RC{frame['code'][s][2:]}{k:02d}" for s, k in numbered(station)]})
    crew["station_code"] = frame["code"].to_numpy(dtype=object)[station]
    crew["name"] = person_names(rng, len(station))
    crew["phone"] = phones(21_000_000, len(station))
    return frame, crew, places


def _scopes(ground: Ground, places: Places, rng: np.random.Generator) -> list[list[str]]:
    """Return each station's scope: whole districts where it reaches all their streets in time, up to three, else the streets it reaches."""
    codes = ground.divisions.street_codes.astype(str)
    counties = sorted({code[:6] for code in codes})
    scopes = []
    for xy, county, street, chance in zip(
        places.xy, places.where["county_code"], places.where["street_code"], rng.random(len(places.xy)), strict=True
    ):  # fmt: skip
        away_m = np.hypot(*(ground.divisions.street_xy - xy).T)
        reach_m = _SMALL_REACH_M if chance < 0.15 else _REACH_M
        farthest_m = {c: away_m[np.char.startswith(codes, c)].max() for c in counties}
        whole = sorted((c for c in counties if farthest_m[c] <= reach_m), key=lambda c: farthest_m[c])
        if county in whole:
            others = [c for c in whole if c != county]
            scopes.append([county, *others[: int(chance > 0.6) + int(chance > 0.9)]])
        else:
            near = np.flatnonzero(np.char.startswith(codes, county) & (away_m <= reach_m))
            own = [code for code in codes[near[np.argsort(away_m[near])]].tolist() if code != street]
            scopes.append([street, *own])
    return scopes


_RESOURCES: dict[str, tuple[int, float, str, tuple[int, int]]] = {
    "rescue_team": (130, 0.6, "应急救援队（样）", (8, 60)),
    "hospital": (140, 0.9, "人民医院（样）", (60, 1500)),
    "government_office": (95, 0.7, "应急管理办公室（样）", (0, 0)),
    "supplies_depot": (70, 0.4, "应急物资库（样）", (0, 0)),
    "expert": (180, 1.0, "专家（样）", (0, 0)),
    "shelter": (500, 0.7, "应急避难场所（样）", (150, 12_000)),
    "fire_station": (110, 0.6, "消防救援站（样）", (12, 60)),
}


def draw_resources(ground: Ground, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """Return rescue resources of every kind."""
    parts = []
    for kind, (full, gather, word, (least, most)) in _RESOURCES.items():
        size = max(2, round(full * share))
        places = ground.beside_roads(size, gather=gather, rng=rng)
        street = places.where["street_code"].map(ground.names.streets).fillna("").to_numpy(dtype=object)
        number = pd.Series(street).groupby(street).cumcount().to_numpy() + 1
        people = person_names(rng, size)
        part = pd.DataFrame({"code": [f"RR{kind[:2].upper()}{i:05d}" for i in range(1, size + 1)]})
        part["name"] = (
            people + word
            if kind == "expert"
            else [f"{s}{'第' + str(n) if n > 1 else ''}{word}" for s, n in zip(street, number, strict=True)]
        )
        part["kind"] = kind
        capacity = rng.integers(least, most + 1, size) if most else None
        part["capacity"] = pd.Series(capacity, index=part.index, dtype="Int64")
        part["contact_name"] = people
        parts.append(part.join(places.where[["division_code", "authority_code", "address", "lon", "lat"]]))
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(5, "contact_phone", phones(30_000_000, len(frame)))
    return frame
