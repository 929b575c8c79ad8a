"""State the accident of a drill, check it against the site it happens at, and write it down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from data.errors import FormError
from data.scope import Connection
from geo.errors import HazardError
from geo.hazard.accident import Accident, ReleaseKind, Weather
from geo.hazard.atmosphere import Sky, StabilityClass, Terrain, stability_class
from geo.hazard.consequence import Consequences, consequences
from geo.hazard.substance import find_substance
from geo.hazard.validity import validate_wind

MOST_SITES = 500
NIGHTS = frozenset({Sky.CLEAR_NIGHT, Sky.CLOUDY_NIGHT})


@dataclass(frozen=True)
class DrillQuestion:
    """
    What happens, where, when and in which weather; None is unknown.

    Attributes
    ----------
    at : datetime
        When it happens, aware: who is at home, how fast traffic is.
    lon, lat : float
        Degrees, EPSG:4326.
    site_code : str or None
        The hazard site it happens at.
    substance : str
        Name or CAS number.
    mass_kg : float
    kind : str
        A `ReleaseKind`.
    release : dict of str to float
        Further figures by the field names of `Accident`, SI units.
    wind_speed_m_s, wind_from_deg, air_temperature_k, relative_humidity : float or None
    stability, sky, terrain : str or None
        Class A–F; or what the sky is like, from which the wind gives the class; open country or city.
    wind_uncertainty_deg : float
        By how much the wind may turn to either side.
    """

    name: str
    at: dt.datetime
    lon: float
    lat: float
    substance: str
    mass_kg: float
    kind: str
    site_code: str | None = None
    release: dict[str, float] = field(default_factory=dict)
    wind_speed_m_s: float | None = None
    wind_from_deg: float | None = None
    stability: str | None = None
    sky: str | None = None
    air_temperature_k: float | None = None
    relative_humidity: float | None = None
    terrain: str | None = None
    wind_uncertainty_deg: float = 0.0


def as_json(asked: DrillQuestion) -> dict[str, Any]:
    """Write a question down."""
    return asdict(asked) | {"at": asked.at.isoformat()}


def from_json(kept: Mapping[str, Any]) -> DrillQuestion:
    """Read a question that `as_json` has written."""
    return DrillQuestion(**{**kept, "at": dt.datetime.fromisoformat(kept["at"])})


def work_out(asked: DrillQuestion) -> Consequences:
    """Work out the zones of a drill's accident.

    Raises
    ------
    HazardError
        When a figure lies outside its range, the substance has no properties, or the table lacks one that is needed.
    """
    sky = Sky(asked.sky) if asked.sky else None
    stability = StabilityClass(asked.stability) if asked.stability else None
    if stability is None and sky is not None and asked.wind_speed_m_s is not None:
        stability = stability_class(validate_wind(asked.wind_speed_m_s), sky)
    accident = Accident(
        find_substance(asked.substance), asked.mass_kg, ReleaseKind(asked.kind), **asked.release
    )
    weather = Weather(
        asked.wind_speed_m_s, asked.wind_from_deg, stability, None if sky is None else sky in NIGHTS,
        asked.air_temperature_k, asked.relative_humidity, Terrain(asked.terrain) if asked.terrain else None,
    )  # fmt: skip
    return consequences(
        accident, weather, (asked.lon, asked.lat), wind_uncertainty_deg=asked.wind_uncertainty_deg
    )


def check_against_site(connection: Connection, asked: DrillQuestion) -> None:
    """Refuse more of a substance than its site holds.

    Raises
    ------
    FormError
        When the site is not there for this user, does not hold the substance, or holds less.
    """
    if asked.site_code is None:
        return
    rows = site_substances(connection, asked.site_code)
    if not rows:
        raise FormError((("site_code", f"没有危险源 {asked.site_code[:40]}，或没有登记物质。 There is no hazard site {asked.site_code[:40]}, or no substance is registered for it."),))  # fmt: skip
    held = [r for r in rows if _is_same(asked.substance, r)]
    if not held:
        names_zh = "、".join(dict.fromkeys(r["name"] for r in rows))
        raise FormError((("substance", f"该危险源登记的物质是：{names_zh}。 The site holds: {names_zh}."),))
    held_t = sum(r["quantity_t"] for r in held)  # of all its vessels
    if asked.mass_kg > 1000 * held_t * (1 + 1e-9):
        raise FormError(((
            "mass_kg",
            (f"泄漏量 {asked.mass_kg / 1000:g} 吨超过该危险源登记的 {held_t:g} 吨。 "
            f"{asked.mass_kg / 1000:g} t is more than the {held_t:g} t that the site holds."),
        ),))  # fmt: skip


def _is_same(substance: str, row: Mapping[str, Any]) -> bool:
    """Say whether a row of a site names a substance, by any of its names or its CAS number."""
    if substance in (row["name"], row["cas"]):
        return True
    wanted = find_substance(substance)
    for text in (row["cas"], row["name"]):
        if text:
            try:
                return find_substance(text) == wanted
            except HazardError:
                continue
    return False


def site_substances(connection: Connection, site_code: str) -> list[dict[str, Any]]:
    """List the substances of a hazard site that the scope sees."""
    return [
        dict(row)
        for row in connection.execute(
            "SELECT name, cas, quantity_t, critical_quantity_t FROM hazard_substance WHERE site_code = %s ORDER BY id",
            [site_code],
        )
    ]


def sites_with_substances(connection: Connection) -> list[dict[str, Any]]:
    """List the located hazard sites that the scope sees, each with what it holds."""
    rows = connection.execute(
        "SELECT s.code, s.name, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat,"
        " json_agg(json_build_object('name', h.name, 'cas', h.cas, 'quantity_t', h.quantity_t) ORDER BY h.id) AS substances"
        " FROM hazard_site s JOIN hazard_substance h ON h.site_code = s.code WHERE s.geom IS NOT NULL"
        " GROUP BY s.id ORDER BY s.name, s.code LIMIT %s",
        [MOST_SITES],
    ).fetchall()
    return [dict(row) for row in rows]
