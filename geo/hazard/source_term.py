"""Turn an accident into what enters the air: how much vapour, how fast, how long, how heavy."""

from dataclasses import dataclass
from enum import StrEnum
from math import pi, sqrt

from geo.hazard.accident import Accident, Air, Phase, ReleaseKind, needed, phase_of
from geo.hazard.atmosphere import STANDARD_PRESSURE_PA, gas_density_kg_m3
from geo.hazard.pool import boiling_rate_kg_s, evaporation_rate_kg_s
from geo.hazard.release import LONGEST_RELEASE_S, gas_rate_kg_s, liquid_rate_kg_s, release_duration_s
from geo.hazard.validity import validate_range

_MEAN_OVER_S = 600.0
AT_ONCE_BELOW_S = 1.0
"""A release that is over sooner counts as at once, seconds."""
_LARGEST_GAS_DENSITY_KG_M3 = 600.0


class Note(StrEnum):
    """What a reader of the zones has to know."""

    WHOLE_FLOW_AS_VAPOUR = "whole_flow_as_vapour"
    AEROSOL_MAY_BE_HEAVY = "aerosol_may_be_heavy"
    RELEASE_CUT_AT_AN_HOUR = "release_cut_at_an_hour"
    RATE_HELD_AT_FIRST = "rate_held_at_first"
    POOL_AT_25_C = "pool_at_25_c"
    NO_VAPOUR_DATA = "no_vapour_data"
    LIGHT_GAS = "light_gas"
    DENSE_AT_GROUND = "dense_at_ground"
    DENSE_ALPHA_HELD = "dense_alpha_held"
    DENSE_WIDTH_HELD = "dense_width_held"
    UNLIKELY_WEATHER = "unlikely_weather"
    DENSE_PAST_THE_CURVES = "dense_past_the_curves"
    HIGH_RELEASE_CLEARS_NEARBY = "high_release_clears_nearby"
    PUFF_IS_OPEN_COUNTRY = "puff_is_open_country"
    PEAK_NOT_EXPOSURE = "peak_not_exposure"
    NEARER_THAN_FITTED = "nearer_than_fitted"
    BEYOND_THE_MODEL = "beyond_the_model"
    NO_TOXIC_THRESHOLDS = "no_toxic_thresholds"
    NO_FLAMMABLE_LIMITS = "no_flammable_limits"
    NO_HEAT_OF_COMBUSTION = "no_heat_of_combustion"
    CLOUD_UP_TO_LFL = "cloud_up_to_lfl"
    STILL_AIR_FLAME = "still_air_flame"
    POOL_HELD_AT_LIMIT = "pool_held_at_limit"
    HARD_TO_IGNITE = "hard_to_ignite"
    UNCHECKED_FIGURES = "unchecked_figures"


@dataclass(frozen=True, slots=True)
class SourceTerm:
    """
    What enters the air.

    Attributes
    ----------
    mass_kg : float
        Vapour in all, kg; 0 when nothing is known of the vapour.
    rate_kg_s : float
        Steady rate, kg/s; 0 for a release at once.
    duration_s : float
        Seconds; 0 at once.
    outflow_kg_s : float
        Of what leaves the vessel, kg/s; 0 at once. More than the rate where a pool forms.
    temperature_k : float
        Of the vapour, kelvin.
    density_kg_m3 : float
        Of the vapour, kg/m³.
    phase : Phase
        How the substance was kept.
    notes : tuple of Note
        What to know.
    share : float
        Share of vapour by volume in what rises, 0 to 1; below 1 over a pool that does not boil.
    """

    mass_kg: float
    rate_kg_s: float
    duration_s: float
    outflow_kg_s: float
    temperature_k: float
    density_kg_m3: float
    phase: Phase
    notes: tuple[Note, ...]
    share: float = 1.0


def source_term(accident: Accident, air: Air) -> SourceTerm:
    """
    Work out what enters the air.

    Parameters
    ----------
    accident : Accident
        Settled by `geo.hazard.accident.settle_accident`.
    air : Air
        The weather.

    Returns
    -------
    SourceTerm
        Mass, rate, duration and density of the vapour.

    Raises
    ------
    HazardError
        When the table lacks a property that the kind of release needs, or a figure lies outside its range.

    Notes
    -----
    A gas liquefied by pressure enters the air whole, at its boiling point (spray evaporates on the way). A liquid lies in a pool and boils by the
    ground's heat (mean of the first 10 minutes) or evaporates in the wind. Rates are held at their first value,
    until the store is empty, shut off, or an hour has passed.

    Examples
    --------
    >>> from geo.hazard.accident import Weather, settle_accident, settle_weather
    >>> from geo.hazard.substance import find_substance
    >>> air, _ = settle_weather(Weather(wind_speed_m_s=3.0))
    >>> told = Accident(find_substance("液氯"), 1000.0, ReleaseKind.LIQUID_HOLE, hole_diameter_m=0.01, head_m=0.0)
    >>> term = source_term(settle_accident(told, air)[0], air)
    >>> round(term.rate_kg_s, 2), round(term.duration_s)
    (2.27, 440)
    """
    stored_k = _value(accident.storage_temperature_k)
    phase = phase_of(accident.substance, stored_k)
    kind = accident.kind
    is_wet = phase in {Phase.LIQUID, Phase.COLD_LIQUID} and kind is not ReleaseKind.GAS_HOLE
    if kind is ReleaseKind.POOL or (is_wet and kind is not ReleaseKind.CONTINUOUS):
        return _from_a_pool(accident, air, phase)
    temperature_k, density, notes = _vapour(accident, air, phase)
    if kind is ReleaseKind.INSTANT:
        return SourceTerm(accident.mass_kg, 0.0, 0.0, 0.0, temperature_k, density, phase, notes)
    rate = _outflow_kg_s(accident, phase)
    duration_s, more = _lasting(accident, rate)
    if duration_s < AT_ONCE_BELOW_S:
        mass_kg = rate * duration_s
        return SourceTerm(mass_kg, 0.0, 0.0, rate, temperature_k, density, phase, notes)
    return SourceTerm(rate * duration_s, rate, duration_s, rate, temperature_k, density, phase, notes + more)


def _value(known: float | None) -> float:
    return 0.0 if known is None else known


def _vapour(accident: Accident, air: Air, phase: Phase) -> tuple[float, float, tuple[Note, ...]]:
    molar_mass = needed(accident.substance, "molar_mass_kg_mol")
    temperature_k = max(_value(accident.storage_temperature_k), 100.0)
    notes: tuple[Note, ...] = ()
    if phase is not Phase.GAS and accident.kind is not ReleaseKind.GAS_HOLE:
        boiling = needed(accident.substance, "boiling_temperature_k")
        # a liquid that boils above the air's temperature gives vapour at the air's
        temperature_k = min(boiling, air.air_temperature_k)
    density = gas_density_kg_m3(molar_mass, temperature_k)
    if phase is Phase.LIQUEFIED and accident.kind is not ReleaseKind.GAS_HOLE:
        notes = (Note.WHOLE_FLOW_AS_VAPOUR,)
        if gas_density_kg_m3(molar_mass, air.air_temperature_k) < 1.2:
            notes += (Note.AEROSOL_MAY_BE_HEAVY,)
    elif molar_mass < 0.020:
        notes = (Note.LIGHT_GAS,)
    return temperature_k, density, notes


def _outflow_kg_s(accident: Accident, phase: Phase) -> float:
    if accident.kind in {ReleaseKind.CONTINUOUS, ReleaseKind.INSTANT}:
        return _value(accident.rate_kg_s)
    if accident.kind is ReleaseKind.LIQUID_HOLE and phase is not Phase.GAS:
        return liquid_rate_kg_s(
            hole_diameter_m=_value(accident.hole_diameter_m),
            density_kg_m3=needed(accident.substance, "liquid_density_kg_m3"),
            pressure_pa=_value(accident.pressure_pa),
            head_m=_value(accident.head_m),
        )
    molar_mass = needed(accident.substance, "molar_mass_kg_mol")
    at_one_pa = gas_density_kg_m3(molar_mass, _value(accident.storage_temperature_k), 1.0)
    # denser than this it is no gas any more
    highest_pa = max(_LARGEST_GAS_DENSITY_KG_M3 / at_one_pa, STANDARD_PRESSURE_PA)
    pressure_pa = float(
        validate_range("pressure_pa", _value(accident.pressure_pa), STANDARD_PRESSURE_PA, highest_pa)
    )
    density = at_one_pa * pressure_pa
    return gas_rate_kg_s(
        hole_diameter_m=_value(accident.hole_diameter_m),
        density_kg_m3=density,
        pressure_pa=pressure_pa,
        gamma=needed(accident.substance, "gamma"),
    )


def _lasting(accident: Accident, rate: float) -> tuple[float, tuple[Note, ...]]:
    duration_s = release_duration_s(
        accident.mass_kg, max(rate, 1e-9), accident.shut_off_s or LONGEST_RELEASE_S
    )
    notes = () if accident.kind is ReleaseKind.CONTINUOUS else (Note.RATE_HELD_AT_FIRST,)
    is_cut = duration_s == LONGEST_RELEASE_S and rate * duration_s < accident.mass_kg
    return duration_s, (*notes, *((Note.RELEASE_CUT_AT_AN_HOUR,) if is_cut else ()))


def _from_a_pool(accident: Accident, air: Air, phase: Phase) -> SourceTerm:
    """Let what is spilled lie in a pool and give its vapour; what flows in limits what rises."""
    substance = accident.substance
    spilled_kg, outflow = accident.mass_kg, 0.0
    if accident.kind is ReleaseKind.LIQUID_HOLE:
        outflow = _outflow_kg_s(accident, phase)
        lasting_s, _ = _lasting(accident, outflow)
        spilled_kg = outflow * lasting_s
    if substance.boiling_temperature_k is None or substance.molar_mass_kg_mol is None:
        return SourceTerm(0.0, 0.0, 0.0, outflow, air.air_temperature_k, 1.2, phase, (Note.NO_VAPOUR_DATA,))
    if accident.pool_area_m2 is None:
        needed(substance, "liquid_density_kg_m3")  # without it no pool could be assumed
    if substance.boiling_temperature_k < air.air_temperature_k:
        rate, share = _boiling(accident, air, substance.boiling_temperature_k), 1.0
        temperature_k = substance.boiling_temperature_k
    else:
        rate, share = _evaporating(accident, air, substance.molar_mass_kg_mol)
        temperature_k = air.air_temperature_k
    notes = (Note.POOL_AT_25_C,) if share < 1 else ()
    if outflow > 0:
        rate = min(rate, outflow)
    density = gas_density_kg_m3(substance.molar_mass_kg_mol, temperature_k)
    duration_s = min(LONGEST_RELEASE_S, spilled_kg / rate)
    if duration_s < AT_ONCE_BELOW_S:  # grams on a wide ground are gone at once
        return SourceTerm(rate * duration_s, 0.0, 0.0, outflow, temperature_k, density, phase, notes, share)
    return SourceTerm(
        rate * duration_s, rate, duration_s, outflow, temperature_k, density, phase, notes, share
    )


def _boiling(accident: Accident, air: Air, boiling_temperature_k: float) -> float:
    """Give the mean rate over the first ten minutes: twice that at their end, as it falls with √t."""
    at_the_end = boiling_rate_kg_s(
        _MEAN_OVER_S,
        area_m2=_value(accident.pool_area_m2),
        ground_temperature_k=air.air_temperature_k,
        boiling_temperature_k=boiling_temperature_k,
        latent_heat_j_kg=needed(accident.substance, "latent_heat_j_kg"),
    )
    return 2 * float(at_the_end)


def _evaporating(accident: Accident, air: Air, molar_mass_kg_mol: float) -> tuple[float, float]:
    """Give the rate and the share of vapour right over the pool."""
    vapour_pa = min(needed(accident.substance, "vapour_pressure_pa"), STANDARD_PRESSURE_PA)
    rate = evaporation_rate_kg_s(
        radius_m=max(sqrt(_value(accident.pool_area_m2) / pi), 0.1),
        wind_speed_m_s=air.wind_speed_m_s,
        stability=air.stability,
        vapour_pressure_pa=vapour_pa,
        molar_mass_kg_mol=molar_mass_kg_mol,
        air_temperature_k=air.air_temperature_k,
    )
    return rate, vapour_pa / STANDARD_PRESSURE_PA
