"""One entry for an accident: which models are chosen, what is assumed, what is said, what is refused."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import CoordinateError, HazardError
from geo.hazard.accident import Accident, Phase, ReleaseKind, Weather, phase_of
from geo.hazard.atmosphere import StabilityClass, Terrain
from geo.hazard.consequence import Consequences, Effect, consequences
from geo.hazard.explosion import overpressure_reach, tnt_mass_kg
from geo.hazard.fireball import Fireball, fireball_reach
from geo.hazard.plume import PlumeSource, plume_reach
from geo.hazard.reach import ReachStatus
from geo.hazard.source_term import Note
from geo.hazard.substance import find_substance, substances
from geo.measure import geodesic_area_m2

HERE = (114.06, 22.54)
BREEZE = Weather(
    5.0,
    90.0,
    StabilityClass.D,
    is_night=False,
    air_temperature_k=298.15,
    relative_humidity=0.5,
    terrain=Terrain.RURAL,
)


def answer(
    name: str, kind: ReleaseKind, mass_kg: float = 1000.0, weather: Weather = BREEZE, **more
) -> Consequences:
    return consequences(Accident(find_substance(name), mass_kg, kind, **more), weather, HERE)


def zone(found: Consequences, effect: Effect, measure: str, value: float | None = None):
    return next(
        z for z in found.zones if z.effect is effect and z.measure == measure and value in {None, z.value}
    )


def test_a_neutral_steady_release_is_the_plume_itself() -> None:
    found = answer("CO", ReleaseKind.CONTINUOUS, 7200.0, rate_kg_s=1.0)
    hit = zone(found, Effect.TOXIC, "AEGL-2")
    alone = plume_reach(PlumeSource(1.0, 5.0, StabilityClass.D), 83 * 28.01e-6 / 24.465)
    assert hit.model == "gaussian_plume"
    assert hit.reach.distance_m == pytest.approx(alone.distance_m, rel=1e-4)
    assert found.term.duration_s == 3600
    assert Note.RELEASE_CUT_AT_AN_HOUR in found.notes


@pytest.mark.parametrize(
    ("name", "kind", "more", "model"),
    [
        ("氯", ReleaseKind.CONTINUOUS, {"rate_kg_s": 1.0}, "dense_plume"),
        ("氯", ReleaseKind.CONTINUOUS, {"rate_kg_s": 1e-6}, "gaussian_plume"),
        ("氯", ReleaseKind.INSTANT, {}, "dense_puff"),
        ("CO", ReleaseKind.INSTANT, {}, "gaussian_puff"),
        ("CO", ReleaseKind.CONTINUOUS, {"rate_kg_s": 500.0}, "short_release"),
    ],
)
def test_the_model_that_is_chosen(name: str, kind: ReleaseKind, more: dict[str, float], model: str) -> None:
    assert zone(answer(name, kind, **more), Effect.TOXIC, "AEGL-3").model == model


def test_a_bursting_tank_of_propane_by_its_parts() -> None:
    found = answer("丙烷", ReleaseKind.INSTANT, 20_000.0)
    heat = find_substance("丙烷").heat_of_combustion_j_kg
    blast = zone(found, Effect.EXPLOSION, "overpressure", 10.0).reach.distance_m
    assert blast == pytest.approx(overpressure_reach(10e3, tnt_mass_kg(20_000.0, heat)).distance_m)
    ball = zone(found, Effect.FIREBALL, "heat flux", 12.5).reach.distance_m
    assert ball == pytest.approx(fireball_reach(Fireball(20_000.0, heat), 12.5e3).distance_m)
    assert {z.effect for z in found.zones} == {Effect.FLASH_FIRE, Effect.EXPLOSION, Effect.FIREBALL}
    assert Note.NO_TOXIC_THRESHOLDS in found.notes


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("氨", ReleaseKind.INSTANT),
        ("氯", ReleaseKind.POOL),
        ("汽油", ReleaseKind.POOL),
        ("苯", ReleaseKind.LIQUID_HOLE),
    ],
)
def test_zones_of_a_family_lie_within_one_another(name: str, kind: ReleaseKind) -> None:
    found = answer(name, kind, 5000.0)
    for effect in Effect:
        family = [z for z in found.zones if z.effect is effect and z.measure != "IDLH"]
        for inner, outer in itertools.pairwise(family):
            assert inner.reach.distance_m <= outer.reach.distance_m
            assert shapely.difference(inner.area, outer.area).area <= 0.02 * inner.area.area


@pytest.mark.parametrize("kind", [ReleaseKind.INSTANT, ReleaseKind.CONTINUOUS])
@pytest.mark.parametrize("name", ["氯", "CO", "丙烷", "硫化氢"])
def test_more_mass_never_makes_a_smaller_zone(name: str, kind: ReleaseKind) -> None:
    rows = [
        # right below a larger ball the longer way through damp air may leave less heat
        [z.reach.distance_m for z in answer(name, kind, m).zones if z.effect is not Effect.FIREBALL]
        for m in (10.0, 100.0, 1000.0, 10_000.0)
    ]
    for smaller, larger in itertools.pairwise(rows):
        assert all(b >= a * 0.999 for a, b in zip(smaller, larger, strict=True))


def test_the_leak_turns_from_short_to_steady_without_a_step() -> None:
    """A release of 1 kg/s that lasts a second longer never jumps."""
    reaches = [
        zone(
            answer("CO", ReleaseKind.CONTINUOUS, float(t), rate_kg_s=1.0), Effect.TOXIC, "AEGL-2"
        ).reach.distance_m
        for t in range(20, 400, 4)
    ]
    assert all(0.97 < b / a < 1.06 for a, b in itertools.pairwise(reaches))


def test_nothing_known_is_all_assumed_and_said() -> None:
    found = consequences(Accident(find_substance("液氯"), 1000.0, ReleaseKind.LIQUID_HOLE), Weather(), HERE)
    assumed = {a.field: a.value for a in found.assumptions}
    assert assumed == {
        "storage_temperature_k": 298.15, "hole_diameter_m": 0.025, "pressure_pa": 775_800.0, "head_m": 2.0, "shut_off_s": 3600.0,
        "height_m": 0.0, "exposure_min": 60.0, "wind_speed_m_s": 1.5, "wind_from_deg": 270.0, "is_night": "night", "stability": "F",
        "air_temperature_k": 298.15, "relative_humidity": 0.5, "terrain": "rural",
    }  # fmt: skip


def test_what_is_known_is_not_assumed() -> None:
    found = answer(
        "氯", ReleaseKind.GAS_HOLE, hole_diameter_m=0.01, pressure_pa=5e5, storage_temperature_k=290.0, shut_off_s=120.0, height_m=0.0,
        exposure_min=30.0,
    )  # fmt: skip
    assert found.assumptions == ()
    assert found.term.duration_s == 120
    assert zone(found, Effect.TOXIC, "AEGL-2").exposure_min == 30


def test_beyond_ten_kilometres_is_drawn_to_the_limit_and_said() -> None:
    found = answer("光气", ReleaseKind.CONTINUOUS, 50_000.0)
    far = zone(found, Effect.TOXIC, "AEGL-2")
    assert (far.reach.status, far.reach.distance_m) == (ReachStatus.BEYOND, 10_000)
    assert not shapely.is_empty(far.area)
    assert Note.BEYOND_THE_MODEL in found.notes


def test_the_zones_lie_downwind_on_the_map_and_grow_with_doubt() -> None:
    sure = answer("氯", ReleaseKind.CONTINUOUS)
    doubt = consequences(sure.accident, BREEZE, HERE, wind_uncertainty_deg=30.0)
    for a, b in zip(sure.zones, doubt.zones, strict=True):
        assert a.area.centroid.x < HERE[0]  # the wind comes from the east
        assert geodesic_area_m2(b.area) > geodesic_area_m2(a.area)
        assert shapely.difference(a.area, b.area).area < 1e-6 * a.area.area


def test_a_small_leak_feeds_no_larger_fire_than_it_can() -> None:
    pool, leak = answer("苯", ReleaseKind.POOL, 20_000.0), answer("苯", ReleaseKind.LIQUID_HOLE, 20_000.0)
    assert (
        zone(leak, Effect.POOL_FIRE, "heat flux", 4.0).reach.distance_m
        < zone(pool, Effect.POOL_FIRE, "heat flux", 4.0).reach.distance_m
    )
    assert leak.term.rate_kg_s <= leak.term.outflow_kg_s
    assert leak.term.share == pytest.approx(12.7e3 / 101_325)


def test_a_high_release_leaves_out_its_own_foot_and_says_so() -> None:
    found = answer("CO", ReleaseKind.CONTINUOUS, 3600.0, rate_kg_s=1.0, height_m=30.0)
    area = zone(found, Effect.TOXIC, "AEGL-2").area
    assert not shapely.intersects_xy(area, *HERE)
    assert Note.HIGH_RELEASE_CLEARS_NEARBY in found.notes
    assert (
        Note.HIGH_RELEASE_CLEARS_NEARBY
        not in answer("CO", ReleaseKind.CONTINUOUS, 3600.0, rate_kg_s=1.0).notes
    )


def test_petrol_burns_and_more_is_not_known() -> None:
    found = answer("汽油", ReleaseKind.POOL, 5000.0)
    assert {z.effect for z in found.zones} == {Effect.POOL_FIRE}
    assert {Note.NO_VAPOUR_DATA, Note.STILL_AIR_FLAME} <= set(found.notes)


def test_ammonia_hardly_burns_outdoors_and_its_spray_may_be_heavy() -> None:
    found = answer("液氨", ReleaseKind.INSTANT)
    assert {z.effect for z in found.zones} == {Effect.TOXIC, Effect.FLASH_FIRE}
    assert {Note.HARD_TO_IGNITE, Note.AEROSOL_MAY_BE_HEAVY, Note.WHOLE_FLOW_AS_VAPOUR} <= set(found.notes)


def test_the_share_of_deaths_at_the_edge_is_the_probits() -> None:
    chlorine = answer("氯", ReleaseKind.CONTINUOUS)
    at_20_ppm = zone(chlorine, Effect.TOXIC, "AEGL-3").edge_death_share
    # Pr = -6.35 + 0.5 ln(57.96^2.75 · 30) = 0.934
    assert at_20_ppm == pytest.approx(2.4e-5, rel=0.05)
    propane = answer("丙烷", ReleaseKind.INSTANT, 20_000.0)
    assert [z.edge_death_share for z in propane.zones if z.effect is Effect.FLASH_FIRE] == [1.0, 0.0]
    # a fireball of 12.2146 s: Pr = -36.38 + 2.56 ln(25 000^(4/3) · 12.2146) = 4.592
    at_25_kw = zone(propane, Effect.FIREBALL, "heat flux", 25.0).edge_death_share
    assert at_25_kw == pytest.approx(0.3417, abs=2e-4)
    assert [
        zone(propane, Effect.EXPLOSION, "overpressure", kpa).edge_death_share for kpa in (30.0, 17.0)
    ] == [1, 0]


def test_the_guidebook_stands_beside() -> None:
    assert {g.un for g in answer("液氯", ReleaseKind.CONTINUOUS).guide} == {"1017"}
    assert answer("汽油", ReleaseKind.POOL).guide == ()


@pytest.mark.parametrize(
    ("name", "kelvin", "phase"),
    [("甲烷", 298.15, Phase.GAS), ("甲烷", 111.0, Phase.COLD_LIQUID), ("氨", 298.15, Phase.LIQUEFIED), ("氨", 239.8, Phase.COLD_LIQUID),
     ("苯", 298.15, Phase.LIQUID), ("汽油", 298.15, Phase.LIQUID), ("乙烯", 283.0, Phase.GAS), ("乙烯", 282.0, Phase.LIQUEFIED)],
)  # fmt: skip
def test_how_a_substance_is_kept(name: str, kelvin: float, phase: Phase) -> None:
    assert phase_of(find_substance(name), kelvin) is phase


def _has_what_it_takes(accident: Accident) -> bool:
    """Which properties each way of escaping rests on, written down a second time."""
    s, kind = accident.substance, accident.kind
    phase = phase_of(s, 298.15)
    if kind is ReleaseKind.GAS_HOLE:
        return s.molar_mass_kg_mol is not None and s.gamma is not None
    if phase is Phase.GAS:
        needs_gamma = kind is ReleaseKind.LIQUID_HOLE
        return s.gamma is not None or not needs_gamma
    if kind is ReleaseKind.CONTINUOUS:
        return None not in {s.molar_mass_kg_mol, s.boiling_temperature_k}
    if kind is ReleaseKind.LIQUID_HOLE and s.liquid_density_kg_m3 is None:
        return False
    if phase is Phase.LIQUEFIED and kind is not ReleaseKind.POOL:
        return True
    if None in {s.molar_mass_kg_mol, s.boiling_temperature_k}:
        return True  # no vapour, said in a note
    if s.liquid_density_kg_m3 is None:
        return False
    return (s.latent_heat_j_kg if s.boiling_temperature_k < 298.15 else s.vapour_pressure_pa) is not None


def test_every_substance_every_way_gives_an_answer_or_says_what_is_missing() -> None:
    answered = 0
    for substance, kind in itertools.product(substances(), ReleaseKind):
        accident = Accident(substance, 2000.0, kind)
        if not _has_what_it_takes(accident):
            with pytest.raises(HazardError, match=f"{substance.name_zh}缺少"):
                consequences(accident, BREEZE, HERE)
            continue
        found = consequences(accident, BREEZE, HERE)
        answered += 1
        assert all(shapely.is_valid(z.area) for z in found.zones)
        assert found.zones or found.notes
    assert answered > 100


def _maybe(low: float, high: float):
    return st.none() | st.floats(low, high).map(lambda power: 10**power)


def test_a_pool_of_grams_on_a_wide_ground_is_gone_at_once() -> None:
    accident = Accident(find_substance("液氨"), 0.1, ReleaseKind.POOL, pool_area_m2=1e5)
    found = consequences(accident, Weather(), HERE)
    assert found.term.duration_s == 0
    assert found.term.mass_kg == pytest.approx(0.1)


@given(
    accident=st.builds(
        Accident,
        st.sampled_from(substances()),
        st.floats(-3, 8).map(lambda power: 10**power),
        st.sampled_from(ReleaseKind),
        rate_kg_s=_maybe(-6, 6), hole_diameter_m=_maybe(-4, 0.69), pressure_pa=_maybe(5.01, 6.5), head_m=_maybe(-2, 2),
        storage_temperature_k=st.none() | st.floats(150, 600), shut_off_s=_maybe(0, 4.9), pool_area_m2=_maybe(-1, 6.4),
        height_m=st.none() | st.floats(0, 300), exposure_min=st.none() | st.floats(1, 480),
    ),
    weather=st.builds(
        Weather, st.none() | st.floats(1, 30), st.none() | st.floats(0, 360), st.none() | st.sampled_from(StabilityClass),
        is_night=st.none() | st.booleans(), air_temperature_k=st.none() | st.floats(220, 330), relative_humidity=st.none() | st.floats(0, 1),
        terrain=st.none() | st.sampled_from(Terrain),
    ),
    doubt=st.sampled_from([0.0, 0.0, 25.0, 180.0]),
)  # fmt: skip
@settings(max_examples=120, deadline=None)
def test_whatever_lies_within_the_ranges_has_an_answer(
    accident: Accident, weather: Weather, doubt: float
) -> None:
    """No sound question ends in an error over a figure nobody gave: only a missing property or a gas that is none."""
    try:
        found = consequences(accident, weather, HERE, wind_uncertainty_deg=doubt)
    except HazardError as refused:
        if refused.field != "pressure_pa":
            assert getattr(accident.substance, refused.field) is None  # noqa: PT017 - both ends are right
        return
    for z in found.zones:
        assert shapely.is_valid(z.area)
        assert np.isfinite(z.reach.distance_m)
        assert z.reach.distance_m >= 0
        assert z.edge_death_share is None or 0 <= z.edge_death_share <= 1
        is_nowhere = (
            z.reach.status in {ReachStatus.NEARER, ReachStatus.NOT_REACHED} or z.reach.distance_m == 0
        )
        assert is_nowhere or z.reach.distance_m < 2 or not shapely.is_empty(z.area)


def test_weather_that_does_not_occur_is_said() -> None:
    windy = Weather(12.0, 90.0, StabilityClass.F)
    assert Note.UNLIKELY_WEATHER in answer("CO", ReleaseKind.CONTINUOUS, weather=windy).notes
    assert Note.UNLIKELY_WEATHER not in answer("CO", ReleaseKind.CONTINUOUS).notes


def test_what_is_over_in_a_second_is_at_once() -> None:
    found = answer("CO", ReleaseKind.CONTINUOUS, 100.0, rate_kg_s=200.0)
    assert (found.term.rate_kg_s, found.term.mass_kg) == (0, 100)
    assert zone(found, Effect.TOXIC, "AEGL-3").model == "gaussian_puff"


def test_a_flood_of_heavy_gas_is_no_wider_than_it_is_long() -> None:
    found = answer(
        "溴甲烷", ReleaseKind.CONTINUOUS, 5e7, Weather(1.0, 270.0, StabilityClass.F), shut_off_s=86_400.0
    )
    assert Note.DENSE_WIDTH_HELD in found.notes
    for z in found.zones:
        _, south, east, north = z.area.bounds
        assert north - south < 2.3 * (east - HERE[0])


@pytest.mark.parametrize(
    ("weather", "field"),
    [
        (Weather(0.0), "wind_speed_m_s"), (Weather(60.0), "wind_speed_m_s"), (Weather(3.0, 400.0), "wind_from_deg"),
        (Weather(3.0, air_temperature_k=20.0), "air_temperature_k"), (Weather(3.0, relative_humidity=50.0), "relative_humidity"),
    ],
)  # fmt: skip
def test_impossible_weather_is_refused_by_name(weather: Weather, field: str) -> None:
    with pytest.raises(HazardError) as refused:
        answer("氯", ReleaseKind.INSTANT, weather=weather)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"mass_kg": 0.0}, "mass_kg"), ({"mass_kg": float("nan")}, "mass_kg"), ({"hole_diameter_m": 9.0}, "hole_diameter_m"),
        ({"pressure_pa": 8.0}, "pressure_pa"), ({"exposure_min": 600.0}, "exposure_min"), ({"height_m": -1.0}, "height_m"),
        ({"shut_off_s": 0.0}, "shut_off_s"),
    ],
)  # fmt: skip
def test_an_impossible_accident_is_refused_by_name(more: dict[str, float], field: str) -> None:
    with pytest.raises(HazardError) as refused:
        answer("氯", ReleaseKind.LIQUID_HOLE, **({"mass_kg": 1000.0} | more))
    assert refused.value.field == field


def test_a_place_that_cannot_be_is_refused() -> None:
    with pytest.raises(CoordinateError):
        consequences(Accident(find_substance("氯"), 10.0, ReleaseKind.INSTANT), BREEZE, (114.0, 95.0))
