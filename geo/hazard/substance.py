"""Look up a substance: its properties, its toxic thresholds and the constants of its probit."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from geo.errors import HazardError
from geo.hazard.atmosphere import mg_m3_from_ppm
from geo.hazard.validity import validate_range

USUAL_MEASURES = ("AEGL-3", "AEGL-2", "AEGL-1", "IDLH")


@dataclass(frozen=True, slots=True)
class Substance:
    """
    A substance and what is known of it; None where the tables have nothing.

    Attributes
    ----------
    cas, name_zh, name_en : str
        Registry number and names.
    aliases : tuple of str
        Further names it is found by.
    molar_mass_kg_mol : float or None
        kg/mol.
    boiling_temperature_k : float or None
        At atmospheric pressure, kelvin.
    critical_temperature_k : float or None
        Above it pressure does not liquefy the gas, kelvin.
    liquid_density_kg_m3 : float or None
        At boiling, for fuels at 20 °C, kg/m³.
    latent_heat_j_kg, heat_capacity_j_kg_k : float or None
        Of the liquid at boiling, J/kg and J/(kg K).
    gamma : float or None
        Ratio of specific heats of the gas.
    vapour_pressure_pa : float or None
        At 25 °C, Pa; None for gases above their critical point.
    lfl, ufl : float or None
        Limits of flammability, volume fractions.
    heat_of_combustion_j_kg : float or None
        Net, J/kg.
    burning_rate_kg_m2_s : float or None
        Of a wide pool, kg/(m² s).
    source : str
        Where the figures come from.
    """

    cas: str
    name_zh: str
    name_en: str
    aliases: tuple[str, ...]
    molar_mass_kg_mol: float | None
    boiling_temperature_k: float | None
    critical_temperature_k: float | None
    liquid_density_kg_m3: float | None
    latent_heat_j_kg: float | None
    heat_capacity_j_kg_k: float | None
    gamma: float | None
    vapour_pressure_pa: float | None
    lfl: float | None
    ufl: float | None
    heat_of_combustion_j_kg: float | None
    burning_rate_kg_m2_s: float | None
    source: str


@dataclass(frozen=True, slots=True)
class ToxicThreshold:
    """
    A concentration that a table names.

    Attributes
    ----------
    measure : str
        ``AEGL-1`` to ``AEGL-3``, ``IDLH``, ``ERPG-1`` … or another of the table.
    exposure_min : float or None
        Minutes it stands for; None where the measure names none (IDLH: 30 min to escape).
    concentration_mg_m3 : float
        mg/m³ at 25 °C.
    volume_fraction : float
        Share of the air (ppm / 1e6).
    is_unchecked : bool
        True where the figure was not compared with a publication.
    source : str
        Where it comes from.
    """

    measure: str
    exposure_min: float | None
    concentration_mg_m3: float
    volume_fraction: float
    is_unchecked: bool
    source: str


@dataclass(frozen=True, slots=True)
class ProbitConstants:
    """Constants of a toxic probit for mg/m³ and minutes, and their source."""

    a: float
    b: float
    n: float
    source: str


def substances() -> tuple[Substance, ...]:
    """
    List every substance that has properties.

    Returns
    -------
    tuple of Substance
        In the order of the table.

    Notes
    -----
    ``substances.csv``; sources and marks are told in ``geo/hazard/README.md``.

    Examples
    --------
    >>> "氯" in [s.name_zh for s in substances()]
    True
    """
    return _substances()


def find_substance(name: str) -> Substance:
    """
    Find a substance by name or registry number.

    Parameters
    ----------
    name : str
        Chinese or English name, an alias such as 液氯 or LPG, or a CAS number; case does not matter.

    Returns
    -------
    Substance
        Its properties.

    Raises
    ------
    HazardError
        When the tables have no properties of it; the message lists what they have.

    Notes
    -----
    Exact names only: a substance that merely sounds alike may be another one.

    Examples
    --------
    >>> find_substance("液氯").name_en, find_substance("7664-41-7").name_zh
    ('chlorine', '氨')
    """
    wanted = name.strip().casefold()
    for substance in _substances():
        known = (substance.cas, substance.name_zh, substance.name_en, *substance.aliases)
        if wanted in {word.casefold() for word in known}:
            return substance
    listed = "、".join(s.name_zh for s in _substances())
    in_english = ", ".join(s.name_en for s in _substances())
    raise HazardError(
        f"没有“{name}”的物性数据。现有：{listed}。 There are no properties of '{name}'; there are: {in_english}.",
        field="substance",
    )


def toxic_thresholds(
    substance: Substance, exposure_min: float = 60.0, measures: tuple[str, ...] = USUAL_MEASURES
) -> tuple[ToxicThreshold, ...]:
    """
    Give the toxic thresholds of a substance for an exposure time.

    Parameters
    ----------
    substance : Substance
        As found.
    exposure_min : float
        Minutes, 1 to 480. Between two columns the next longer one is used, which is safer.
    measures : tuple of str
        Which measures to give.

    Returns
    -------
    tuple of ToxicThreshold
        In the order of ``measures``; measures without a value are left out, so it is empty for a substance
        that is not in the table. Never sorted across families: AEGL-3 and IDLH may cross.

    Raises
    ------
    HazardError
        When the exposure lies outside the range.

    Notes
    -----
    AEGL: US EPA, final values, 10, 30, 60, 240 and 480 min. IDLH: NIOSH. ERPG: AIHA, 60 min.

    Examples
    --------
    >>> chlorine = find_substance("chlorine")
    >>> [(t.measure, round(t.concentration_mg_m3, 2)) for t in toxic_thresholds(chlorine, 45)]
    [('AEGL-3', 57.96), ('AEGL-2', 5.8), ('AEGL-1', 1.45), ('IDLH', 28.98)]
    """
    minutes = float(validate_range("exposure_min", exposure_min, 1, 480))
    chosen = []
    for measure in measures:
        rows = [
            row
            for row in _threshold_rows()
            if row["cas"] == substance.cas and row["measure"] == measure and row["value"]
        ]
        if measure.startswith("AEGL"):
            columns = sorted(float(row["averaging_min"]) for row in rows)
            column = next((c for c in columns if c >= minutes), None)
            rows = [row for row in rows if float(row["averaging_min"]) == column]
        chosen += [_threshold(row, substance) for row in rows[:1]]
    return tuple(chosen)


def probit_constants(substance: Substance) -> ProbitConstants | None:
    """
    Give the constants of a substance's toxic probit.

    Parameters
    ----------
    substance : Substance
        As found.

    Returns
    -------
    ProbitConstants or None
        None where the table has none.

    Notes
    -----
    AQ/T 3046-2013, annex I.2, after the TNO *Purple Book*.

    Examples
    --------
    >>> probit_constants(find_substance("氯")).n
    2.75
    """
    for row in _rows("toxic_probit.csv"):
        if row["cas"] == substance.cas:
            return ProbitConstants(float(row["a"]), float(row["b"]), float(row["n"]), row["source"])
    return None


def table_rows(name: str) -> Iterator[dict[str, str]]:
    """
    Read a table that lies beside this module.

    Parameters
    ----------
    name : str
        Its file name.

    Yields
    ------
    dict of str
        Row by row, keyed by the header.

    Notes
    -----
    UTF-8 with a header row and ``.`` as decimal point.

    Examples
    --------
    >>> next(table_rows("toxic_probit.csv"))["name_en"]
    'ammonia'
    """
    text = resources.files("geo.hazard").joinpath(name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


@lru_cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    return tuple(table_rows(name))


def _threshold_rows() -> tuple[dict[str, str], ...]:
    return _rows("toxic_thresholds.csv")


def _threshold(row: dict[str, str], substance: Substance) -> ToxicThreshold:
    molar_mass = substance.molar_mass_kg_mol or 0.0
    per_ppm = float(mg_m3_from_ppm(1.0, molar_mass))
    value = float(row["value"])
    mg_m3 = value * per_ppm if row["unit"] == "ppm" else value
    return ToxicThreshold(
        row["measure"],
        float(row["averaging_min"]) if row["averaging_min"] else None,
        mg_m3,
        mg_m3 / per_ppm / 1e6,
        row["status"] != "read",
        row["source"],
    )


@lru_cache
def _substances() -> tuple[Substance, ...]:
    return tuple(_substance(row) for row in _rows("substances.csv"))


def _substance(row: dict[str, str]) -> Substance:
    def figure(column: str, factor: float) -> float | None:
        return float(row[column]) * factor if row[column] else None

    return Substance(
        row["cas"],
        row["name_zh"],
        row["name_en"],
        tuple(a for a in row["aliases"].split("|") if a),
        figure("molar_mass_g_mol", 1e-3),
        figure("boiling_K", 1.0),
        figure("critical_K", 1.0),
        figure("liquid_density_kg_m3", 1.0),
        figure("latent_heat_kJ_kg", 1e3),
        figure("cp_liquid_kJ_kgK", 1e3),
        figure("gamma", 1.0),
        figure("vapour_pressure_25C_kPa", 1e3),
        figure("lfl_vol_pct", 1e-2),
        figure("ufl_vol_pct", 1e-2),
        figure("heat_of_combustion_MJ_kg", 1e6),
        figure("burning_rate_kg_m2_s", 1.0),
        row["source"],
    )
