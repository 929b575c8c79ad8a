"""The tables: every row is sound and agrees with its neighbours; names are found; the guidebook's rows."""

import math

import pytest

from geo.errors import HazardError
from geo.hazard.guide_distance import guide_distances
from geo.hazard.substance import find_substance, probit_constants, substances, table_rows, toxic_thresholds

AEGL_60 = {  # ppm: AEGL-1, AEGL-2, AEGL-3, IDLH
    "氨": (30, 160, 1100, 300), "氯": (0.5, 2.0, 20, 10), "硫化氢": (0.51, 27, 50, 100), "二氧化硫": (0.20, 0.75, 30, 100),
    "一氧化碳": (None, 83, 330, 1200), "氯化氢": (1.8, 22, 100, 50), "氟化氢": (1.0, 24, 44, 30), "光气": (None, 0.30, 0.75, 2),
    "氰化氢": (2.0, 7.1, 15, 50), "二氧化氮": (0.50, 12, 20, 13),
}  # fmt: skip


@pytest.mark.parametrize("name", AEGL_60)
def test_thresholds_for_an_hour_in_ppm(name: str) -> None:
    found = {t.measure: t.volume_fraction * 1e6 for t in toxic_thresholds(find_substance(name), 60)}
    for measure, expected in zip(("AEGL-1", "AEGL-2", "AEGL-3", "IDLH"), AEGL_60[name], strict=True):
        if expected is None:
            assert measure not in found
        else:
            assert found[measure] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("minutes", "column"), [(1, 10), (10, 10), (10.1, 30), (45, 60), (60, 60), (61, 240), (480, 480)]
)
def test_between_two_columns_the_longer_one_counts(minutes: float, column: float) -> None:
    found = toxic_thresholds(find_substance("氨"), minutes, ("AEGL-2",))
    assert [t.exposure_min for t in found] == [column]


@pytest.mark.parametrize("minutes", [0.5, 481, float("nan")])
def test_an_exposure_outside_the_table_is_refused(minutes: float) -> None:
    with pytest.raises(HazardError, match="暴露时间"):
        toxic_thresholds(find_substance("氨"), minutes)


def test_levels_rise_and_longer_exposures_allow_no_more() -> None:
    for substance in substances():
        columns = [
            toxic_thresholds(substance, m, ("AEGL-1", "AEGL-2", "AEGL-3")) for m in (10, 30, 60, 240, 480)
        ]
        for column in columns:
            values = [t.concentration_mg_m3 for t in column]
            assert values == sorted(values)
        for measure in ("AEGL-1", "AEGL-2", "AEGL-3"):
            over_time = [t.concentration_mg_m3 for column in columns for t in column if t.measure == measure]
            assert over_time == sorted(over_time, reverse=True)


def test_mg_per_cubic_metre_in_the_table_agree_with_ppm() -> None:
    molar = {s.cas: s.molar_mass_kg_mol for s in substances()}
    for row in table_rows("toxic_thresholds.csv"):
        if row["unit"] == "ppm" and row["value"]:
            assert float(row["value_mg_m3_25C"]) == pytest.approx(
                float(row["value"]) * molar[row["cas"]] * 1000 / 24.465, rel=2e-3
            )


def test_every_substance_is_sound() -> None:
    names: set[str] = set()
    for s in substances():
        words = {w.casefold() for w in (s.cas, s.name_zh, s.name_en, *s.aliases)}
        assert not words & names, s.name_en
        names |= words
        digits = s.cas.replace("-", "")
        assert sum(i * int(d) for i, d in enumerate(reversed(digits[:-1]), 1)) % 10 == int(digits[-1]), s.cas
        assert s.source
        if s.boiling_temperature_k and s.critical_temperature_k:
            assert 0.4 < s.boiling_temperature_k / s.critical_temperature_k < 0.8
        if s.lfl and s.ufl:
            assert 0 < s.lfl < s.ufl <= 1
        if s.gamma:
            assert 1 < s.gamma < 1.67


def test_vapour_pressures_and_boiling_points_agree() -> None:
    """Above one atmosphere at 25 °C exactly where it boils below 25 °C; Clausius and Clapeyron within a third."""
    for s in substances():
        if s.vapour_pressure_pa and s.boiling_temperature_k and s.molar_mass_kg_mol:
            assert (s.vapour_pressure_pa > 101_325) == (s.boiling_temperature_k < 298.15), s.name_en
            if s.latent_heat_j_kg:
                slope = s.latent_heat_j_kg * s.molar_mass_kg_mol / 8.314
                guess = 101_325 * math.exp(slope * (1 / s.boiling_temperature_k - 1 / 298.15))
                assert s.vapour_pressure_pa == pytest.approx(guess, rel=1 / 3), s.name_en


def test_every_threshold_and_probit_has_its_substance() -> None:
    known = {s.cas for s in substances()}
    for table in ("toxic_thresholds.csv", "toxic_probit.csv"):
        assert {row["cas"] for row in table_rows(table)} <= known
    assert probit_constants(find_substance("methane")) is None


@pytest.mark.parametrize(
    ("name", "cas"),
    [(" 液氨 ", "7664-41-7"), ("lpg", "74-98-6"), ("Chlorine", "7782-50-5"), ("8006-61-9", "8006-61-9")],
)
def test_names_are_found_however_they_are_written(name: str, cas: str) -> None:
    assert find_substance(name).cas == cas


def test_an_unknown_substance_is_refused_with_what_there_is() -> None:
    with pytest.raises(
        HazardError, match=r"没有“硅烷”的物性数据。现有：氨、.*There are no properties of '硅烷'"
    ) as refused:
        find_substance("硅烷")
    assert refused.value.field == "substance"


@pytest.mark.parametrize(
    ("name", "case", "isolation", "day", "night"),
    [
        ("氨", "small", 30, 0.1, 0.2), ("氯", "small", 60, 0.3, 1.5), ("硫化氢", "large", 400, 2.4, 6.3), ("一氧化碳", "large", 200, 1.2, 3.9),
        ("光气", "large", 500, 3.0, 9.5), ("氯", "truck", 600, 5.6, 6.4), ("氨", "truck", 150, 0.8, 1.8), ("二氧化硫", "truck", 1000, 11.0, 11.0),
    ],
)  # fmt: skip
def test_the_guidebooks_rows(name: str, case: str, isolation: float, day: float, night: float) -> None:
    volume = 0.2 if case == "small" else 5.0
    for is_night, km in ((False, day), (True, night)):
        rows = guide_distances(find_substance(name), volume_m3=volume, wind_speed_m_s=2.0, is_night=is_night)
        row = next(r for r in rows if case in r.case or case == "small")
        assert (row.isolation_m, row.protection_m, row.is_open_ended) == (isolation, km * 1000, km >= 11)


@pytest.mark.parametrize(("wind", "km"), [(2.77, 9.6), (2.78, 6.3), (5.55, 6.3), (5.56, 5.1)])
def test_the_guidebooks_wind_classes_at_their_limits(wind: float, km: float) -> None:
    rows = guide_distances(find_substance("氯"), volume_m3=60.0, wind_speed_m_s=wind, is_night=False)
    assert next(r.protection_m for r in rows if "Rail" in r.case) == km * 1000


def test_the_guidebook_has_nothing_of_petrol() -> None:
    assert guide_distances(find_substance("汽油"), volume_m3=None, wind_speed_m_s=3.0, is_night=False) == ()
