"""Choose how a vapour spreads, as dense gas, plume, puff or short release, and draw where a concentration is met."""

from dataclasses import dataclass, replace
from enum import StrEnum

import shapely

from geo.hazard.accident import Air
from geo.hazard.atmosphere import Terrain, air_density_kg_m3, gas_density_kg_m3, wind_at_height
from geo.hazard.dense_gas import DenseCloud, dense_plume_half_width_m, dense_reach, is_dense, is_steady_at
from geo.hazard.footprint import dense_footprint, plume_footprint, puff_footprint, release_footprint
from geo.hazard.plume import PlumeSource, plume_reach
from geo.hazard.puff import PuffSource, puff_reach
from geo.hazard.reach import Reach, ReachStatus
from geo.hazard.short_release import of_duration, release_reach
from geo.hazard.source_term import Note, SourceTerm
from geo.hazard.validity import WIND_RANGE_M_S


class SpreadModel(StrEnum):
    """How a vapour spreads."""

    GAUSSIAN_PLUME = "gaussian_plume"
    GAUSSIAN_PUFF = "gaussian_puff"
    SHORT_RELEASE = "short_release"
    DENSE_PLUME = "dense_plume"
    DENSE_PUFF = "dense_puff"


@dataclass(frozen=True, slots=True)
class Spread:
    """
    Where a concentration is met at the ground.

    Attributes
    ----------
    model : SpreadModel
        The model chosen.
    reach : Reach
        Downwind.
    drawing : shapely.Geometry
        On the plane, metres, the wind blowing towards +x; empty where it is not reached.
    notes : tuple of Note
        What to know.
    """

    model: SpreadModel
    reach: Reach
    drawing: shapely.Geometry
    notes: tuple[Note, ...]


def spread(
    term: SourceTerm, air: Air, *, molar_mass_kg_mol: float, concentration_kg_m3: float, height_m: float = 0.0
) -> Spread:
    """
    Choose a model and find where a concentration is met at the ground.

    Parameters
    ----------
    term : SourceTerm
        What enters the air; its mass is above 0.
    air : Air
        The weather.
    molar_mass_kg_mol : float
        Of the substance, kg/mol.
    concentration_kg_m3 : float
        Above 0, kg/m³ at the air's temperature.
    height_m : float
        Of the release above ground, metres; a dense gas is taken to sink to the ground at once.

    Returns
    -------
    Spread
        Model, reach, drawing and notes.

    Raises
    ------
    HazardError
        When a figure lies outside a model's range.

    Notes
    -----
    Dense when `geo.hazard.dense_gas.is_dense`: steady or at once by `is_steady_at`, elsewhere the shorter reach
    of both, since the smaller concentration holds. Else a release at once is a puff, one that lasts longer than the way x/u to its own
    reach a plume, and one between them a sum of puffs with the plume's σ for its duration (CCPS 1999, 2.3): it
    passes into the plume without a step.

    Examples
    --------
    >>> from geo.hazard.accident import Phase, Weather, settle_weather
    >>> air, _ = settle_weather(Weather(wind_speed_m_s=5.0, is_night=False))
    >>> ammonia = SourceTerm(600.0, 1.0, 600.0, 1.0, 298.15, 0.696, Phase.GAS, ())
    >>> found = spread(ammonia, air, molar_mass_kg_mol=0.017031, concentration_kg_m3=111.4e-6)
    >>> str(found.model), round(found.reach.distance_m)
    ('gaussian_plume', 391)
    """
    if is_dense(_dense_cloud(term, air, at_once=term.rate_kg_s == 0)):
        fraction = concentration_kg_m3 / gas_density_kg_m3(molar_mass_kg_mol, air.air_temperature_k)
        found = _dense(term, air, fraction / term.share, height_m)
    else:
        found = _neutral(term, air, concentration_kg_m3, height_m)
        if height_m > 0:
            found = replace(found, notes=(*found.notes, Note.HIGH_RELEASE_CLEARS_NEARBY))
    return replace(found, notes=found.notes + _reach_notes(found))


def _dense_cloud(term: SourceTerm, air: Air, *, at_once: bool) -> DenseCloud:
    """Give the cloud that rises: vapour, mixed with air where a pool evaporates below its boiling point."""
    air_density = air_density_kg_m3(air.air_temperature_k)
    vapour_rate = term.rate_kg_s / term.density_kg_m3
    vapour = term.mass_kg / term.density_kg_m3
    return DenseCloud(
        term.share * term.density_kg_m3 + (1 - term.share) * air_density,
        term.temperature_k,
        air.wind_speed_m_s,
        air_density,
        air.air_temperature_k,
        volume_rate_m3_s=0.0 if at_once else vapour_rate / term.share,
        volume_m3=vapour / term.share if at_once else 0.0,
    )


def _dense(term: SourceTerm, air: Air, fraction: float, height_m: float) -> Spread:
    notes: tuple[Note, ...] = (Note.DENSE_AT_GROUND,) if height_m > 0 else ()
    chosen = _dense_cloud(term, air, at_once=term.rate_kg_s == 0)
    reach = _reach_of(chosen, fraction)
    if not chosen.is_instant:
        at_once = _dense_cloud(term, air, at_once=True)
        reach_at_once = _reach_of(at_once, fraction)
        is_steady = is_steady_at(air.wind_speed_m_s, term.duration_s, max(reach.distance_m, 1.0))
        if is_steady is not True and reach_at_once.distance_m < reach.distance_m:
            chosen, reach = at_once, reach_at_once
    if chosen.alpha > 1.0:
        notes += (Note.DENSE_ALPHA_HELD,)
    if not chosen.is_instant and float(dense_plume_half_width_m(chosen, 0.0)) > reach.distance_m > 0:
        notes += (Note.DENSE_WIDTH_HELD,)
    drawing = shapely.Polygon() if _is_nowhere(reach) else dense_footprint(chosen, reach.distance_m)
    model = SpreadModel.DENSE_PUFF if chosen.is_instant else SpreadModel.DENSE_PLUME
    if chosen.is_instant:
        notes += (Note.PEAK_NOT_EXPOSURE,)
    return Spread(model, reach, drawing, notes)


def _reach_of(cloud: DenseCloud, fraction: float) -> Reach:
    # what rises from a pool may be thinner than the threshold from the first
    return dense_reach(cloud, fraction) if fraction <= 1.0 else Reach(0.0, ReachStatus.NOT_REACHED)


def _neutral(term: SourceTerm, air: Air, concentration_kg_m3: float, height_m: float) -> Spread:
    wind = air.wind_speed_m_s
    if height_m > 10:
        aloft = float(wind_at_height(wind, height_m, air.stability, air.terrain))
        wind = min(aloft, WIND_RANGE_M_S[1])  # the power law runs away in a strong wind
    if term.rate_kg_s == 0:
        return _puff(PuffSource(term.mass_kg, wind, air.stability, height_m), air, concentration_kg_m3)
    source = of_duration(
        PlumeSource(term.rate_kg_s, wind, air.stability, air.terrain, height_m), term.duration_s
    )
    reach = plume_reach(source, concentration_kg_m3)
    if term.duration_s >= reach.distance_m / wind:
        drawing = (
            shapely.Polygon()
            if _is_nowhere(reach)
            else plume_footprint(source, concentration_kg_m3, reach.distance_m)
        )
        return Spread(SpreadModel.GAUSSIAN_PLUME, reach, drawing, ())
    reach = release_reach(source, term.duration_s, concentration_kg_m3)
    drawing = shapely.Polygon()
    if not _is_nowhere(reach):
        drawing = release_footprint(source, term.duration_s, concentration_kg_m3, reach.distance_m)
    return Spread(SpreadModel.SHORT_RELEASE, reach, drawing, (Note.PEAK_NOT_EXPOSURE,))


def _puff(cloud: PuffSource, air: Air, concentration_kg_m3: float) -> Spread:
    reach = puff_reach(cloud, concentration_kg_m3)
    drawing = (
        shapely.Polygon()
        if _is_nowhere(reach)
        else puff_footprint(cloud, concentration_kg_m3, reach.distance_m)
    )
    notes: tuple[Note, ...] = (Note.PUFF_IS_OPEN_COUNTRY,) if air.terrain is Terrain.URBAN else ()
    return Spread(SpreadModel.GAUSSIAN_PUFF, reach, drawing, (*notes, Note.PEAK_NOT_EXPOSURE))


def _is_nowhere(reach: Reach) -> bool:
    return reach.status in {ReachStatus.NEARER, ReachStatus.NOT_REACHED}


def _reach_notes(found: Spread) -> tuple[Note, ...]:
    notes: tuple[Note, ...] = ()
    if found.reach.status is ReachStatus.BEYOND:
        notes = (Note.BEYOND_THE_MODEL,)
    if found.reach.is_extrapolated:
        is_dense_gas = found.model in {SpreadModel.DENSE_PLUME, SpreadModel.DENSE_PUFF}
        notes += (Note.DENSE_PAST_THE_CURVES if is_dense_gas else Note.NEARER_THAN_FITTED,)
    return notes
