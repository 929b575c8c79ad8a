"""Give the distances of the emergency response guidebook, to hold a model's answer against."""

from dataclasses import dataclass

from geo.hazard.substance import Substance, table_rows
from geo.hazard.validity import validate_range

SMALL_SPILL_M3 = 0.208
"""Up to 208 litres a spill is small."""
TABLE_END_KM = 11.0
"""In the table this means "11 km or more"."""


@dataclass(frozen=True, slots=True)
class GuideDistance:
    """
    A row of the guidebook.

    Attributes
    ----------
    un : str
        UN number.
    case : str
        Spill or container, as the table words it.
    isolation_m : float
        To isolate all round first, metres.
    protection_m : float
        To protect people downwind, metres.
    is_open_ended : bool
        True where the table says "or more".
    """

    un: str
    case: str
    isolation_m: float
    protection_m: float
    is_open_ended: bool


def guide_distances(
    substance: Substance, *, volume_m3: float | None, wind_speed_m_s: float, is_night: bool
) -> tuple[GuideDistance, ...]:
    """
    Give the guidebook's distances for a substance.

    Parameters
    ----------
    substance : Substance
        As found.
    volume_m3 : float or None
        Spilled liquid, m³, above 0; up to 0.208 the small spill is given, above it the large one or, where the
        table has them, every kind of container. None gives both.
    wind_speed_m_s : float
        m/s, 0 or more; chooses the column of the containers: low below 10 km/h, high above 20 km/h.
    is_night : bool
        Night has its own distances.

    Returns
    -------
    tuple of GuideDistance
        Empty where the guidebook has no row of the substance.

    Raises
    ------
    HazardError
        When a figure lies outside its range.

    Notes
    -----
    *Emergency Response Guidebook* (US DOT, Transport Canada, SCT Mexico), tables 1 and 3; first 30 minutes. The edition of the
    copy is not stated; its values are those of 2024. Not the result of a model: a band to compare with.

    Examples
    --------
    >>> from geo.hazard.substance import find_substance
    >>> rows = guide_distances(find_substance("氯"), volume_m3=0.1, wind_speed_m_s=3.0, is_night=True)
    >>> [(r.isolation_m, r.protection_m) for r in rows]
    [(60.0, 1500.0)]
    """
    validate_range("wind_speed_m_s", wind_speed_m_s, 0, 60)
    sizes = {"small", "large"}
    if volume_m3 is not None:
        volume = float(validate_range("volume_m3", volume_m3, 1e-9, 1e9))
        sizes = {"small"} if volume <= SMALL_SPILL_M3 else {"large"}
    kmh = wind_speed_m_s * 3.6
    wind = "low_wind" if kmh < 10 else "moderate_wind" if kmh <= 20 else "high_wind"
    found = []
    for row in table_rows("guide_distances.csv"):
        if (
            row["cas"] == substance.cas
            and row["case"].split()[0] in sizes
            and row["wind_class"] in {"", wind}
        ):
            km = float(row["protect_night_km" if is_night else "protect_day_km"])
            found.append(
                GuideDistance(
                    row["un"],
                    row["case"],
                    float(row["initial_isolation_m"]),
                    round(km * 1000, 3),
                    km >= TABLE_END_KM,
                )
            )
    return tuple(found)
