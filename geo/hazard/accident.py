"""State an accident and its weather; what is unknown takes a stated default and is marked as assumed."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from geo.errors import HazardError
from geo.hazard.atmosphere import STANDARD_PRESSURE_PA, Sky, StabilityClass, Terrain, stability_class
from geo.hazard.release import LONGEST_RELEASE_S
from geo.hazard.substance import Substance
from geo.hazard.validity import validate_range, validate_wind

DEFAULT_HOLE_M = 0.025
DEFAULT_HEAD_M = 2.0
DEFAULT_GAS_PRESSURE_PA = 1.0e6
DEFAULT_RELEASE_S = 600.0
DEFAULT_POOL_DEPTH_M = 0.01
LARGEST_POOL_M2 = 3.0e6
DEFAULT_WIND_M_S = 1.5
DEFAULT_WIND_FROM_DEG = 270.0


class ReleaseKind(StrEnum):
    """How a substance escapes."""

    INSTANT = "instant"
    """All of it at once: the vessel bursts."""
    CONTINUOUS = "continuous"
    """Steadily, at a known or assumed rate."""
    LIQUID_HOLE = "liquid_hole"
    """As a liquid through a hole."""
    GAS_HOLE = "gas_hole"
    """As a gas through a hole."""
    POOL = "pool"
    """Spilled as a liquid that lies open."""


class Phase(StrEnum):
    """How a substance is kept, as its boiling point and the temperature have it."""

    GAS = "gas"
    """A gas that pressure alone does not liquefy."""
    LIQUEFIED = "liquefied"
    """A gas liquefied by pressure: it flashes when let go."""
    COLD_LIQUID = "cold_liquid"
    """A gas liquefied by cold: it boils on the ground."""
    LIQUID = "liquid"
    """A liquid that evaporates."""


@dataclass(frozen=True, slots=True)
class Weather:
    """
    The weather; None is unknown.

    Attributes
    ----------
    wind_speed_m_s : float or None
        At 10 m, m/s, 1 to 30.
    wind_from_deg : float or None
        Direction the wind comes from, degrees clockwise from north, 0 to 360.
    stability : StabilityClass or None
        A to F.
    is_night : bool or None
        For the stability where it is not given, and for the guidebook's distances.
    air_temperature_k : float or None
        Kelvin, 220 to 330.
    relative_humidity : float or None
        0 to 1.
    terrain : Terrain or None
        Open country or city.
    """

    wind_speed_m_s: float | None = None
    wind_from_deg: float | None = None
    stability: StabilityClass | None = None
    is_night: bool | None = None
    air_temperature_k: float | None = None
    relative_humidity: float | None = None
    terrain: Terrain | None = None


@dataclass(frozen=True, slots=True)
class Accident:
    """
    What escapes and how; None is unknown.

    Attributes
    ----------
    substance : Substance
        As found.
    mass_kg : float
        That can escape, kg, 0.001 to 1e8.
    kind : ReleaseKind
        How it escapes.
    rate_kg_s : float or None
        Of a steady release, kg/s, 1e-6 to 1e6.
    hole_diameter_m : float or None
        Metres, 0.0001 to 5.
    pressure_pa : float or None
        In the vessel, absolute, Pa, from atmospheric to 1e8.
    head_m : float or None
        Of liquid above the hole, metres, 0 to 100.
    storage_temperature_k : float or None
        Kelvin, 20 to 2000.
    shut_off_s : float or None
        Until it is detected and shut off, seconds, 1 to 86 400.
    pool_area_m2 : float or None
        Of the bund or the pool, m², 0.1 to 3 million.
    height_m : float or None
        Of the release above ground, metres, 0 to 300.
    exposure_min : float or None
        How long people are exposed, for toxic thresholds, minutes, 1 to 480.
    """

    substance: Substance
    mass_kg: float
    kind: ReleaseKind
    rate_kg_s: float | None = None
    hole_diameter_m: float | None = None
    pressure_pa: float | None = None
    head_m: float | None = None
    storage_temperature_k: float | None = None
    shut_off_s: float | None = None
    pool_area_m2: float | None = None
    height_m: float | None = None
    exposure_min: float | None = None


@dataclass(frozen=True, slots=True)
class Assumption:
    """A field that was unknown and the value taken for it, in the field's unit or as the name of a class."""

    field: str
    value: float | str


@dataclass(frozen=True, slots=True)
class Air:
    """The weather with nothing left unknown; the attributes are those of `Weather`."""

    wind_speed_m_s: float
    wind_from_deg: float
    stability: StabilityClass
    is_night: bool
    air_temperature_k: float
    relative_humidity: float
    terrain: Terrain


def settle_weather(weather: Weather) -> tuple[Air, tuple[Assumption, ...]]:
    """
    Fill in what is unknown of the weather, on the safe side.

    Parameters
    ----------
    weather : Weather
        What is known.

    Returns
    -------
    tuple
        The weather without gaps, and what was assumed.

    Raises
    ------
    HazardError
        When a known figure lies outside its range.

    Notes
    -----
    Wind 1.5 m/s from the west, night, 25 °C, 50 % humidity, open country; stability from Pasquill's table for a clear night, or slight sun by
    day: the most stable class the wind allows. With nothing known this is class F at 1.5 m/s, the worst case
    of US EPA's *Risk Management Program Guidance for Offsite Consequence Analysis* (2009).

    Examples
    --------
    >>> air, assumed = settle_weather(Weather(wind_speed_m_s=3.0, wind_from_deg=45.0))
    >>> str(air.stability), [a.field for a in assumed][:2]
    ('E', ['is_night', 'stability'])
    """
    assumed: list[Assumption] = []

    def known(field: str, default: float) -> float:
        value = getattr(weather, field)
        if value is None:
            assumed.append(Assumption(field, default))
            return default
        return float(value)

    wind = validate_wind(known("wind_speed_m_s", DEFAULT_WIND_M_S))
    wind_from = float(validate_range("wind_from_deg", known("wind_from_deg", DEFAULT_WIND_FROM_DEG), 0, 360))
    is_night = weather.is_night
    if is_night is None:
        is_night = True
        assumed.append(Assumption("is_night", "night"))
    stability = weather.stability
    if stability is None:
        sky = Sky.CLEAR_NIGHT if is_night else Sky.SLIGHT_SUN
        stability = stability_class(wind, sky)
        assumed.append(Assumption("stability", str(stability)))
    temperature = float(validate_range("air_temperature_k", known("air_temperature_k", 298.15), 220, 330))
    humidity = float(validate_range("relative_humidity", known("relative_humidity", 0.5), 0, 1))
    terrain = weather.terrain
    if terrain is None:
        terrain = Terrain.RURAL
        assumed.append(Assumption("terrain", str(terrain)))
    return Air(wind, wind_from, stability, is_night, temperature, humidity, terrain), tuple(assumed)


def phase_of(substance: Substance, storage_temperature_k: float) -> Phase:
    """
    Tell how a substance is kept at a temperature.

    Parameters
    ----------
    substance : Substance
        As found.
    storage_temperature_k : float
        Kelvin.

    Returns
    -------
    Phase
        Above its critical point a gas, above its boiling point liquefied; else a liquid, cold when it boils below
        15 °C. Without a boiling point, a liquid.

    Notes
    -----
    15 °C as the ground's temperature in a mild season is our choice.

    Examples
    --------
    >>> from geo.hazard.substance import find_substance
    >>> [str(phase_of(find_substance(n), 298.15)) for n in ("chlorine", "methane", "benzene")]
    ['liquefied', 'gas', 'liquid']
    """
    boiling = substance.boiling_temperature_k
    if boiling is None:
        return Phase.LIQUID
    if storage_temperature_k > boiling:
        critical = substance.critical_temperature_k
        return Phase.GAS if critical is not None and storage_temperature_k > critical else Phase.LIQUEFIED
    return Phase.COLD_LIQUID if boiling < 288.15 else Phase.LIQUID


def settle_accident(accident: Accident, air: Air) -> tuple[Accident, tuple[Assumption, ...]]:
    """
    Fill in what is unknown of an accident and its kind of release needs.

    Parameters
    ----------
    accident : Accident
        What is known.
    air : Air
        The weather; its temperature is that of the store unless known.

    Returns
    -------
    tuple
        The accident without gaps that matter, and what was assumed.

    Raises
    ------
    HazardError
        When a known figure lies outside its range.

    Notes
    -----
    Steady rate: all of it in 10 minutes (US EPA 2009, 3.1). Hole: 25 mm, the medium one of AQ/T 3046-2013. Pressure: that of the vapour for a gas
    liquefied by pressure, 1 MPa for other gases, the atmosphere for liquids. Head 2 m. Shut off within an hour.
    Pool 1 cm deep. Exposure 60 min. On the ground.

    Examples
    --------
    >>> from geo.hazard.substance import find_substance
    >>> air, _ = settle_weather(Weather())
    >>> told = Accident(find_substance("液氯"), 1000.0, ReleaseKind.CONTINUOUS)
    >>> settled, assumed = settle_accident(told, air)
    >>> round(settled.rate_kg_s, 3), [a.field for a in assumed]
    (1.667, ['storage_temperature_k', 'rate_kg_s', 'shut_off_s', 'height_m', 'exposure_min'])
    """
    mass = float(validate_range("mass_kg", accident.mass_kg, 1e-3, 1e8))
    assumed: list[Assumption] = []
    settled = accident

    def fill(field: str, default: float, low: float, high: float) -> float:
        nonlocal settled
        value = getattr(settled, field)
        if value is None:
            value = default
            assumed.append(Assumption(field, default))
            settled = replace(settled, **dict[str, Any]({field: default}))
        return float(validate_range(field, value, low, high))

    stored_k = fill("storage_temperature_k", air.air_temperature_k, 20, 2000)
    phase = phase_of(accident.substance, stored_k)
    kind = accident.kind
    if kind is ReleaseKind.CONTINUOUS:
        fill("rate_kg_s", mass / DEFAULT_RELEASE_S, 1e-6, 1e6)
    if kind in {ReleaseKind.LIQUID_HOLE, ReleaseKind.GAS_HOLE}:
        fill("hole_diameter_m", DEFAULT_HOLE_M, 1e-4, 5)
        fill("pressure_pa", _usual_pressure(accident.substance, phase, kind), STANDARD_PRESSURE_PA, 1e8)
    if kind is ReleaseKind.LIQUID_HOLE:
        fill("head_m", DEFAULT_HEAD_M, 0, 100)
    lies_open = phase in {Phase.LIQUID, Phase.COLD_LIQUID} or kind is ReleaseKind.POOL
    if lies_open and kind is not ReleaseKind.GAS_HOLE:
        density = accident.substance.liquid_density_kg_m3
        if density is not None:
            spread_m2 = mass / (density * DEFAULT_POOL_DEPTH_M)
            fill("pool_area_m2", min(max(spread_m2, 0.1), LARGEST_POOL_M2), 0.1, LARGEST_POOL_M2)
    if kind in {ReleaseKind.CONTINUOUS, ReleaseKind.LIQUID_HOLE, ReleaseKind.GAS_HOLE}:
        fill("shut_off_s", LONGEST_RELEASE_S, 1, 86_400)
    fill("height_m", 0.0, 0, 300)
    fill("exposure_min", 60.0, 1, 480)
    return settled, tuple(assumed)


def _usual_pressure(substance: Substance, phase: Phase, kind: ReleaseKind) -> float:
    if phase is Phase.LIQUEFIED and substance.vapour_pressure_pa is not None:
        return max(substance.vapour_pressure_pa, STANDARD_PRESSURE_PA)
    is_gas = phase is Phase.GAS or kind is ReleaseKind.GAS_HOLE
    return DEFAULT_GAS_PRESSURE_PA if is_gas else STANDARD_PRESSURE_PA


def needed(substance: Substance, attribute: str) -> float:
    """
    Give a property that a model needs, or say that the table lacks it.

    Parameters
    ----------
    substance : Substance
        As found.
    attribute : str
        Name of the property.

    Returns
    -------
    float
        In the property's unit.

    Raises
    ------
    HazardError
        When the table has none.

    Notes
    -----
    Nothing is guessed for a property of matter.

    Examples
    --------
    >>> from geo.hazard.substance import find_substance
    >>> needed(find_substance("benzene"), "latent_heat_j_kg")
    393700.0
    """
    value = getattr(substance, attribute)
    if value is None:
        zh, en = _PROPERTIES[attribute]
        raise HazardError(
            f"{substance.name_zh}缺少{zh}，不能按这种泄漏方式计算；可改用“连续”并给出泄漏速率。 "
            f"{substance.name_en} has no {en} in the table, which this kind of release needs; give a steady rate instead.",
            field=attribute,
        )
    return float(value)


_PROPERTIES = {
    "molar_mass_kg_mol": ("摩尔质量", "molar mass"),
    "boiling_temperature_k": ("沸点", "boiling point"),
    "liquid_density_kg_m3": ("液体密度", "density of the liquid"),
    "latent_heat_j_kg": ("汽化热", "latent heat"),
    "heat_capacity_j_kg_k": ("液体比热", "heat capacity of the liquid"),
    "gamma": ("绝热指数", "ratio of specific heats"),
    "vapour_pressure_pa": ("蒸气压", "vapour pressure"),
    "heat_of_combustion_j_kg": ("燃烧热", "heat of combustion"),
}
