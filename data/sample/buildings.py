"""Fill a sample city with residential places, and with elevators in all tall buildings."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from data.sample.lattice import IntArray
from data.sample.places import Ground, Places
from data.sample.words import StrArray, brands, credit_codes, pick

__all__ = ["PLACE_TYPES", "draw_elevators", "draw_residential_places", "numbered"]

# place type: share of sites, buildings per site, lifts per building, escalators' share, how far towards the
# centres
PLACE_TYPES: dict[str, tuple[float, float, float, float, float]] = {
    "housing": (0.545, 4.2, 2.3, 0.0, 0.8),
    "office": (0.15, 1.4, 5.0, 0.03, 1.3),
    "shopping": (0.06, 1.2, 9.0, 0.72, 1.2),
    "hotel": (0.06, 1.1, 3.2, 0.05, 1.1),
    "hospital": (0.012, 4.0, 4.0, 0.15, 0.8),
    "school": (0.05, 2.0, 1.4, 0.0, 0.6),
    "culture_sports": (0.013, 1.3, 3.0, 0.4, 1.0),
    "transport": (0.02, 1.5, 7.0, 0.75, 1.0),
    "other": (0.09, 1.5, 1.6, 0.02, 0.3),
}
_PLACE_WORDS = {
    "housing": ["花园", "雅苑", "家园", "名庭", "公馆", "新村", "华府", "居"],
    "office": ["大厦", "中心", "广场写字楼", "科创大厦", "商务楼"],
    "shopping": ["购物中心", "百货", "商场", "生活广场"],
    "hotel": ["酒店", "宾馆", "大酒楼"],
    "hospital": ["医院", "门诊楼"],
    "school": ["学校", "实验学校", "幼儿园"],
    "culture_sports": ["文化馆", "体育馆", "展览馆"],
    "transport": ["客运站", "轨道站", "换乘枢纽"],
    "other": ["工业园", "厂区", "物流园"],
}
_DAY = dt.date(2026, 11, 1)


@dataclass(frozen=True, slots=True)
class _Buildings:
    """Buildings with lifts, one entry each; `lifts` counts them."""

    places: Places
    site: IntArray
    place_type: StrArray
    name: StrArray
    unit_name: StrArray
    unit_code: StrArray
    lifts: IntArray


def draw_residential_places(
    ground: Ground, size: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, Places]:
    """Return the residential places and their positions."""
    places = ground.beside_roads(size, gather=PLACE_TYPES["housing"][4], rng=rng)
    buildings = 1 + rng.poisson(PLACE_TYPES["housing"][1] - 1, size)
    frame = pd.DataFrame({"code": [f"RP{ground.names.city_code[:4]}{i:06d}" for i in range(1, size + 1)]})
    frame["name"] = _site_names(rng, "housing", size)
    frame["population"] = (buildings * rng.integers(60, 420, size)).astype(np.int64)
    frame["building_count"] = buildings.astype(np.int64)
    return frame.join(places.where[["division_code", "authority_code", "address", "lon", "lat"]]), places


def _site_names(rng: np.random.Generator, kind: str, size: int) -> StrArray:
    """Return names of places; housing needs no 样, other names carry it."""
    stem = brands(rng, size)
    if kind == "housing":
        stem = np.array([s[1:] for s in stem], dtype=object)
    return np.asarray(stem + pick(rng, _PLACE_WORDS[kind], size), dtype=object)


def draw_elevators(
    ground: Ground,
    size: int,
    residential: tuple[pd.DataFrame, Places],
    stations: tuple[pd.DataFrame, Places],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the register of elevators: exactly `size`, in buildings of housing, offices, malls and so on."""
    building = _buildings(ground, size, residential, rng)
    places = building.places
    of_building = np.repeat(np.arange(len(places.xy)), building.lifts)[:size]
    where = places.where.iloc[of_building].reset_index(drop=True)
    kind_of_place = building.place_type[of_building]
    number = pd.Series(of_building).groupby(of_building).cumcount().to_numpy() + 1
    moving = (
        pd.Series(kind_of_place).map({k: v[3] for k, v in PLACE_TYPES.items()}).to_numpy(dtype=np.float64)
    )
    is_stairs = rng.random(size) < moving
    kind = np.where(
        is_stairs, "escalator", pick(rng, ["traction", "hydraulic", "other"], size, [0.955, 0.015, 0.03])
    )
    since = np.datetime64("2001-01-01") + rng.integers(0, (_DAY - dt.date(2001, 1, 1)).days, size)
    since = np.maximum(since, np.datetime64("2001-01-01") + (rng.random(size) ** 0.5 * 9000).astype(int))
    since = np.minimum(since, np.datetime64(_DAY))
    rescue = np.array([f"{n:06d}" for n in rng.permutation(1_000_000)[:size]], dtype=object)
    rescue[rng.random(size) < 0.02] = None
    tail = np.where(kind == "escalator", "号扶梯", "号梯")
    frame = pd.DataFrame({"code": _registration_codes(kind, where["county_code"], since)})
    frame["rescue_code"] = rescue
    frame["name"] = building.name[of_building] + number.astype(str).astype(object) + tail.astype(object)
    frame["unit_name"] = building.unit_name[of_building]
    frame["unit_code"] = building.unit_code[of_building]
    frame = frame.join(where[["division_code", "authority_code", "address"]])
    frame["place_type"], frame["elevator_kind"] = kind_of_place, kind
    company, station = _bindings(places, building.site, stations, rng)
    frame["maintainer_name"] = company[of_building]
    frame["station_code"] = station[of_building]
    frame["in_service_on"] = since.astype("datetime64[D]").astype(object)
    return frame.join(where[["lon", "lat"]])


def _buildings(
    ground: Ground, size: int, residential: tuple[pd.DataFrame, Places], rng: np.random.Generator
) -> _Buildings:
    """Return buildings with lifts: places, site, place type, name, unit, lifts; enough for `size` lifts."""
    lifts_per_site = sum(v[0] * v[1] * v[2] for v in PLACE_TYPES.values())
    sites = size / lifts_per_site
    parts: list[pd.DataFrame] = []
    spots: list[Places] = []
    site_count = 0
    for kind, (share, per_site, per_building, _, gather) in PLACE_TYPES.items():
        count = max(1, round(sites * share))
        if kind == "housing":
            register, its_places = residential
            chosen = rng.permutation(len(register))[np.arange(count) % len(register)]
            at, names = its_places.take(chosen), register["name"].to_numpy(dtype=object)[chosen]
            blocks = register["building_count"].to_numpy()[chosen]
        else:
            at, names = ground.beside_roads(count, gather=gather, rng=rng), _site_names(rng, kind, count)
            blocks = 1 + rng.poisson(per_site - 1, count)
        own = np.repeat(np.arange(count), blocks)
        label = [f"{names[s]}{k}栋" if blocks[s] > 1 else f"{names[s]}" for s, k in numbered(own)]
        part = pd.DataFrame(
            {"site": own + site_count, "place_type": kind, "name": np.array(label, dtype=object)}
        )
        part["lifts"] = 1 + rng.poisson(per_building - 1, len(own))
        parts.append(part)
        spots.append(ground.near(at.take(own), rng))
        site_count += count
    table = pd.concat(parts, ignore_index=True)
    lifts = _adjusted(table["lifts"].to_numpy(dtype=np.int64), size, rng)
    units = max(1, site_count // 3)
    unit_of_site = np.minimum((rng.random(site_count) ** 1.4 * units).astype(int), units - 1)
    unit_names = ground.names.city + brands(rng, units) + "物业服务有限公司"
    counties = np.array(list(ground.divisions.county_outlines), dtype=object)
    unit_codes = credit_codes(rng.choice(counties, units), 500_000)
    unit = unit_of_site[table["site"].to_numpy()]
    places = Places(
        np.vstack([p.xy for p in spots]),
        np.concatenate([p.segment for p in spots]),
        pd.concat([p.where for p in spots], ignore_index=True),
    )
    return _Buildings(
        places=places,
        site=table["site"].to_numpy(dtype=np.int64),
        place_type=table["place_type"].to_numpy(dtype=object),
        name=table["name"].to_numpy(dtype=object),
        unit_name=unit_names[unit],
        unit_code=unit_codes[unit],
        lifts=lifts,
    )


def _adjusted(lifts: IntArray, size: int, rng: np.random.Generator) -> IntArray:
    """Return the counts changed at random buildings so that they add up to `size`."""
    result = lifts.copy()
    order = rng.permutation(len(result))
    while (gap := size - int(result.sum())) > 0:
        result[order[:gap]] += 1
    surplus = -gap
    taken = np.clip(surplus - (np.cumsum(result[order]) - result[order]), 0, result[order])
    result[order] -= taken
    return result


def _registration_codes(kind: StrArray, county: pd.Series, since: NDArray[Any]) -> list[str]:
    """Return registration codes (注册代码), 20 digits: class, district, year and month, running number."""
    head = pd.Series(kind).map(
        {"traction": "3100", "hydraulic": "3200", "escalator": "3300", "other": "3400"}
    )
    month = pd.Series(since).dt.strftime("%Y%m")
    prefix = head + county.reset_index(drop=True) + month
    return [f"{p}{n:04d}" for p, n in zip(prefix, prefix.groupby(prefix).cumcount() + 1, strict=True)]


def _bindings(
    places: Places, site: IntArray, stations: tuple[pd.DataFrame, Places], rng: np.random.Generator
) -> tuple[StrArray, StrArray]:
    """Return each building's maintenance company and its nearest station, none for one in a hundred.

    Those have no label yet; level 1 then still takes 98 % of the calls and more, as in published figures.
    """
    table, spots = stations
    codes = table["code"].to_numpy(dtype=object)
    # a company works where its stations are: take the owner of one of the few stations nearest to the site
    near = min(6, len(codes))
    first = pd.Series(np.arange(len(site))).groupby(site).first()
    options = np.atleast_2d(cKDTree(spots.xy).query(places.xy[first.to_numpy()], k=near)[1]).reshape(
        len(first), near
    )
    chosen = options[np.arange(len(first)), np.minimum(rng.geometric(0.45, len(first)) - 1, near - 1)]
    company_of_site = pd.Series(table["company_name"].to_numpy(dtype=object)[chosen], index=first.index)
    company = company_of_site.reindex(site).to_numpy(dtype=object)
    station = np.full(len(site), None, dtype=object)
    for name, rows in pd.Series(company).groupby(company).indices.items():
        own = np.flatnonzero(table["company_name"].to_numpy(dtype=object) == name)
        station[rows] = codes[own][cKDTree(spots.xy[own]).query(places.xy[rows])[1]]
    station[rng.random(len(site)) < 0.01] = None
    return company, station


def numbered(group: IntArray) -> list[tuple[int, int]]:
    """Return each member's group and its number within it, from 1."""
    count = pd.Series(group).groupby(group).cumcount().to_numpy() + 1
    return list(zip(group.tolist(), count.tolist(), strict=True))
