"""Answer for an accident and its weather which zones there are, by which models, on which assumptions."""

import math
from dataclasses import dataclass
from enum import StrEnum

import shapely

from geo.hazard.accident import (
    Accident,
    Air,
    Assumption,
    Phase,
    ReleaseKind,
    Weather,
    settle_accident,
    settle_weather,
)
from geo.hazard.atmosphere import Sky, air_density_kg_m3, gas_density_kg_m3, stability_classes
from geo.hazard.dispersion import Spread, spread
from geo.hazard.explosion import overpressure_reach, tnt_mass_kg
from geo.hazard.fireball import Fireball, fireball_reach
from geo.hazard.footprint import circle, on_the_map, sector
from geo.hazard.guide_distance import GuideDistance, guide_distances
from geo.hazard.pool_fire import PoolFire, burning_rate_kg_m2_s, pool_fire_reach
from geo.hazard.probit import (
    LONGEST_HEAT_S,
    LONGEST_TOXIC_MIN,
    blast_death_share,
    heat_probit,
    share_from_probit,
    toxic_probit,
)
from geo.hazard.reach import Reach, ReachStatus
from geo.hazard.source_term import Note, SourceTerm, source_term
from geo.hazard.substance import USUAL_MEASURES, Substance, probit_constants, toxic_thresholds

PURPOSE_ZH = "仅供演练和预案编制使用，不能作为现场进入或撤离的唯一依据。"
PURPOSE_EN = "For drills and planning, not for decisions about entering or leaving a place."

OVERPRESSURES_PA = (30e3, 17e3, 10e3, 6.9e3)
HEAT_FLUXES_W_M2 = (37.5e3, 25e3, 12.5e3, 4e3, 1.6e3)
LARGEST_POOL_FIRE_M = 200.0
IGNITES_UP_TO_LFL = 0.13
"""A gas that needs more of it in the air burns badly outdoors; GHS draws its first category here."""


class Effect(StrEnum):
    """What harms."""

    TOXIC = "toxic"
    FLASH_FIRE = "flash_fire"
    EXPLOSION = "explosion"
    POOL_FIRE = "pool_fire"
    FIREBALL = "fireball"


@dataclass(frozen=True, slots=True)
class Zone:
    """
    Where a threshold is met.

    Attributes
    ----------
    effect : Effect
        What harms.
    model : str
        By which model: a `SpreadModel`, ``tnt_kingery_bulmash``, ``solid_flame`` or ``bleve``.
    measure : str
        The threshold's name: ``AEGL-2``, ``LFL``, ``half LFL``, ``overpressure``, ``heat flux`` …
    value : float
        The threshold.
    unit : str
        ``mg/m³``, ``vol %``, ``kPa`` or ``kW/m²``.
    exposure_min : float or None
        Minutes a toxic threshold stands for.
    reach : Reach
        How far, from the release.
    area : shapely.Geometry
        EPSG:4326; empty where the threshold is not met.
    source : str
        Of the threshold.
    is_unchecked : bool
        True where the threshold was not compared with a publication.
    edge_death_share : float or None
        Share of people in the open who die at the threshold itself, 0 to 1, by probit: poison during the exposure but
        30 min at most, heat during the fireball or 20 s; in a blast all from 30 kPa on; in a flash fire all within LFL and
        nobody outside. None where there are no constants.
    """

    effect: Effect
    model: str
    measure: str
    value: float
    unit: str
    exposure_min: float | None
    reach: Reach
    area: shapely.Geometry
    source: str
    is_unchecked: bool
    edge_death_share: float | None


@dataclass(frozen=True, slots=True)
class Consequences:
    """
    Zones of an accident and all that must be read with them.

    Attributes
    ----------
    zones : tuple of Zone
        By effect; toxic ones in the order of the measures asked for, else the strongest first.
    accident, air : Accident, Air
        What was calculated with, nothing left unknown.
    term : SourceTerm
        What enters the air.
    assumptions : tuple of Assumption
        What was unknown, and what was taken.
    notes : tuple of Note
        Validity and simplifications.
    guide : tuple of GuideDistance
        The guidebook's distances, to compare.
    """

    zones: tuple[Zone, ...]
    accident: Accident
    air: Air
    term: SourceTerm
    assumptions: tuple[Assumption, ...]
    notes: tuple[Note, ...]
    guide: tuple[GuideDistance, ...]

    @property
    def purpose(self) -> tuple[str, str]:
        """The sentence that every map of these zones carries, in Chinese and English."""
        return PURPOSE_ZH, PURPOSE_EN


@dataclass(frozen=True, slots=True)
class _Case:
    """What every effect is worked out from."""

    accident: Accident
    air: Air
    term: SourceTerm
    origin: tuple[float, float]
    uncertainty_deg: float

    @property
    def substance(self) -> Substance:
        return self.accident.substance

    def spread_to(self, concentration_kg_m3: float) -> Spread:
        return spread(
            self.term,
            self.air,
            molar_mass_kg_mol=self.substance.molar_mass_kg_mol or 0.0,
            concentration_kg_m3=concentration_kg_m3,
            height_m=self.accident.height_m or 0.0,
        )

    def drawn(self, found: Spread) -> shapely.Geometry:
        return on_the_map(sector(found.drawing, self.uncertainty_deg), self.origin, self.air.wind_from_deg)

    def ring(self, reach: Reach) -> shapely.Geometry:
        if reach.status in {ReachStatus.NEARER, ReachStatus.NOT_REACHED} or reach.distance_m <= 0:
            return shapely.Polygon()
        return on_the_map(circle(reach.distance_m), self.origin)


_Found = tuple[list[Zone], list[Note]]


def consequences(
    accident: Accident,
    weather: Weather,
    lonlat: tuple[float, float],
    *,
    wind_uncertainty_deg: float = 0.0,
    measures: tuple[str, ...] = USUAL_MEASURES,
) -> Consequences:
    """
    Work out the zones of an accident.

    Parameters
    ----------
    accident : Accident
        What escapes and how; unknown values take stated defaults.
    weather : Weather
        Wind, stability, temperature; unknown values take stated defaults.
    lonlat : tuple of float
        Of the release, degrees, EPSG:4326.
    wind_uncertainty_deg : float
        By how much the wind's direction may be off to either side, degrees, 0 to 180; zones along the wind are
        widened to the sector.
    measures : tuple of str
        Which toxic measures to draw.

    Returns
    -------
    Consequences
        Zones, assumptions, notes and the guidebook's distances. No zone at all is an answer too: the notes say
        why.

    Raises
    ------
    HazardError
        When a figure lies outside its range, or the table lacks a property the kind of release needs.
    CoordinateError
        When the place cannot be.

    Notes
    -----
    Toxic zones by AEGL and IDLH; flash fire at LFL and half of it; explosion of all vapour up to LFL with a
    yield of 0.04; pool fire of liquids by the solid flame; fireball when a gas liquefied by pressure is let go
    at once, with the whole mass. Each effect is drawn as if it were the only one: for drills and planning.

    Examples
    --------
    >>> from geo.hazard.substance import find_substance
    >>> told = Accident(find_substance("液氯"), 1000.0, ReleaseKind.CONTINUOUS, rate_kg_s=1.0)
    >>> answer = consequences(told, Weather(wind_speed_m_s=5.0, wind_from_deg=0.0), (114.0, 22.5))
    >>> [(z.measure, str(z.model)) for z in answer.zones][:2]
    [('AEGL-3', 'dense_plume'), ('AEGL-2', 'dense_plume')]
    """
    air, of_weather = settle_weather(weather)
    settled, of_accident = settle_accident(accident, air)
    term = source_term(settled, air)
    case = _Case(settled, air, term, lonlat, wind_uncertainty_deg)
    zones, notes = _toxic(case, measures)
    for effect in (_flash_and_explosion, _pool_fire, _fireball):
        more_zones, more_notes = effect(case)
        zones, notes = zones + more_zones, notes + more_notes
    if any(zone.is_unchecked for zone in zones):
        notes.append(Note.UNCHECKED_FIGURES)
    density = settled.substance.liquid_density_kg_m3
    guide = guide_distances(
        settled.substance,
        volume_m3=None if density is None else settled.mass_kg / density,
        wind_speed_m_s=air.wind_speed_m_s,
        is_night=air.is_night,
    )
    possible = {c for sky in Sky for c in stability_classes(air.wind_speed_m_s, sky)}
    if air.stability not in possible:
        notes.append(Note.UNLIKELY_WEATHER)
    unique = tuple(dict.fromkeys((*term.notes, *notes)))
    return Consequences(tuple(zones), settled, air, term, of_accident + of_weather, unique, guide)


def _toxic(case: _Case, measures: tuple[str, ...]) -> _Found:
    if case.term.mass_kg == 0:
        return [], []
    listed = toxic_thresholds(case.substance, case.accident.exposure_min or 60.0, measures)
    if not listed:
        return [], [Note.NO_TOXIC_THRESHOLDS]
    zones: list[Zone] = []
    notes: list[Note] = []
    for t in listed:
        concentration = t.volume_fraction * gas_density_kg_m3(
            case.substance.molar_mass_kg_mol or 0.0, case.air.air_temperature_k
        )
        found = case.spread_to(concentration)
        zones.append(
            Zone(
                Effect.TOXIC, found.model, t.measure, t.concentration_mg_m3, "mg/m³", t.exposure_min, found.reach,
                case.drawn(found), t.source, t.is_unchecked, _toxic_share(case, t.concentration_mg_m3),
            )
        )  # fmt: skip
        notes += found.notes
    return zones, notes


def _flash_and_explosion(case: _Case) -> _Found:
    substance, term = case.substance, case.term
    if substance.lfl is None:
        return [], [Note.NO_FLAMMABLE_LIMITS]
    if term.mass_kg == 0 or substance.molar_mass_kg_mol is None:
        return [], []
    zones: list[Zone] = []
    notes: list[Note] = []
    pure = gas_density_kg_m3(substance.molar_mass_kg_mol, case.air.air_temperature_k)
    lfl_reach = Reach(0.0, ReachStatus.NOT_REACHED)
    for measure, share in (("LFL", substance.lfl), ("half LFL", substance.lfl / 2)):
        found = case.spread_to(share * pure)
        if measure == "LFL":
            lfl_reach = found.reach
        zones.append(
            Zone(
                Effect.FLASH_FIRE, found.model, measure, share * 100, "vol %", None, found.reach, case.drawn(found),
                substance.source, is_unchecked=False, edge_death_share=1.0 if measure == "LFL" else 0.0,
            )
        )  # fmt: skip
        notes += found.notes
    if substance.lfl > IGNITES_UP_TO_LFL:
        return zones, [*notes, Note.HARD_TO_IGNITE]
    if substance.heat_of_combustion_j_kg is None:
        return zones, [*notes, Note.NO_HEAT_OF_COMBUSTION]
    in_cloud = _mass_in_cloud(case, lfl_reach)
    if in_cloud <= 0:
        return zones, notes
    tnt_kg = tnt_mass_kg(in_cloud, substance.heat_of_combustion_j_kg)
    for threshold in OVERPRESSURES_PA:
        reach = overpressure_reach(threshold, tnt_kg)
        zones.append(
            Zone(
                Effect.EXPLOSION, "tnt_kingery_bulmash", "overpressure", threshold / 1000, "kPa", None, reach, case.ring(reach),
                "AQ/T 3046-2013; US EPA RMP", is_unchecked=threshold == 17e3,
                edge_death_share=float(blast_death_share(threshold, is_indoors=False)),
            )
        )  # fmt: skip
    return zones, [*notes, Note.CLOUD_UP_TO_LFL]


def _mass_in_cloud(case: _Case, lfl_reach: Reach) -> float:
    """Vapour between the source and LFL: all of a release at once, of a steady one what flows in meanwhile."""
    if case.term.rate_kg_s == 0:
        return case.term.mass_kg
    if lfl_reach.status in {ReachStatus.NEARER, ReachStatus.NOT_REACHED}:
        return 0.0
    travel_s = lfl_reach.distance_m / case.air.wind_speed_m_s
    return min(case.term.mass_kg, case.term.rate_kg_s * travel_s)


def _pool_fire(case: _Case) -> _Found:
    substance, accident = case.substance, case.accident
    area = accident.pool_area_m2
    if area is None or substance.heat_of_combustion_j_kg is None:
        return [], []
    rate = substance.burning_rate_kg_m2_s
    if rate is None:
        if None in (
            substance.latent_heat_j_kg,
            substance.heat_capacity_j_kg_k,
            substance.boiling_temperature_k,
        ):
            return [], []
        rate = burning_rate_kg_m2_s(
            heat_of_combustion_j_kg=substance.heat_of_combustion_j_kg,
            latent_heat_j_kg=substance.latent_heat_j_kg or 0.0,
            heat_capacity_j_kg_k=substance.heat_capacity_j_kg_k or 0.0,
            boiling_temperature_k=substance.boiling_temperature_k or 0.0,
            air_temperature_k=case.air.air_temperature_k,
        )
    if case.term.outflow_kg_s > 0:
        area = min(area, case.term.outflow_kg_s / rate)  # a leak feeds no larger fire
    diameter = math.sqrt(4 * area / math.pi)
    notes = [Note.STILL_AIR_FLAME]
    if not 0.5 <= diameter <= LARGEST_POOL_FIRE_M:
        notes.append(Note.POOL_HELD_AT_LIMIT)
        diameter = min(max(diameter, 0.5), LARGEST_POOL_FIRE_M)
    fire = PoolFire(
        diameter, rate, substance.heat_of_combustion_j_kg, case.air.air_temperature_k, case.air.relative_humidity,
        air_density_kg_m3=air_density_kg_m3(case.air.air_temperature_k),
    )  # fmt: skip
    reaches = [(q, pool_fire_reach(fire, q)) for q in HEAT_FLUXES_W_M2]
    return [_heat_zone(case, Effect.POOL_FIRE, q, reach, LONGEST_HEAT_S) for q, reach in reaches], notes


def _fireball(case: _Case) -> _Found:
    heat = case.substance.heat_of_combustion_j_kg
    is_bursting = case.accident.kind is ReleaseKind.INSTANT and case.term.phase is Phase.LIQUEFIED
    lfl = case.substance.lfl
    if not is_bursting or heat is None or lfl is None or lfl > IGNITES_UP_TO_LFL or case.accident.mass_kg < 1:
        return [], []
    ball = Fireball(
        min(case.accident.mass_kg, 1e7),
        heat,
        air_temperature_k=case.air.air_temperature_k,
        relative_humidity=case.air.relative_humidity,
    )
    reaches = [(q, fireball_reach(ball, q)) for q in HEAT_FLUXES_W_M2]
    lasting_s = min(ball.duration_s, LONGEST_HEAT_S)
    return [_heat_zone(case, Effect.FIREBALL, q, reach, lasting_s) for q, reach in reaches], []


def _heat_zone(case: _Case, effect: Effect, flux_w_m2: float, reach: Reach, exposure_s: float) -> Zone:
    model = "bleve" if effect is Effect.FIREBALL else "solid_flame"
    return Zone(
        effect, model, "heat flux", flux_w_m2 / 1000, "kW/m²", None, reach, case.ring(reach), "AQ/T 3046-2013; CCPS",
        is_unchecked=flux_w_m2 != 37.5e3, edge_death_share=float(share_from_probit(heat_probit(flux_w_m2, exposure_s))),
    )  # fmt: skip


def _toxic_share(case: _Case, concentration_mg_m3: float) -> float | None:
    constants = probit_constants(case.substance)
    if constants is None:
        return None
    minutes = min(case.accident.exposure_min or 60.0, LONGEST_TOXIC_MIN)
    probit = toxic_probit(concentration_mg_m3, minutes, a=constants.a, b=constants.b, n=constants.n)
    return float(share_from_probit(probit))
