"""Read the accident of a drill from a form: usual units come in, SI units go out; every field at fault is named."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from data.drill_question import DrillQuestion, work_out
from data.errors import FilterError, FormError, with_reason
from geo.errors import CoordinateError
from geo.hazard.accident import ReleaseKind
from geo.hazard.atmosphere import Sky, StabilityClass, Terrain
from geo.hazard.substance import find_substance
from layers.display import LOCAL_ZONE
from web import travel_questions

ZERO_C_K = 273.15
MOST_NAME = 80
#: Field of the form → field of the accident, factor and what is added.
RELEASE_FIELDS: dict[str, tuple[str, float, float]] = {
    "rate_kg_s": ("rate_kg_s", 1.0, 0.0), "hole_mm": ("hole_diameter_m", 1e-3, 0.0),
    "pressure_kpa": ("pressure_pa", 1e3, 0.0), "head_m": ("head_m", 1.0, 0.0),
    "stored_at_c": ("storage_temperature_k", 1.0, ZERO_C_K), "shut_off_min": ("shut_off_s", 60.0, 0.0),
    "pool_area_m2": ("pool_area_m2", 1.0, 0.0), "height_m": ("height_m", 1.0, 0.0), "exposure_min": ("exposure_min", 1.0, 0.0),
}  # fmt: skip


class _Form:
    """Values of a form, and what is wrong with them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.faults: list[tuple[str, str]] = []

    def number(self, name: str, factor: float = 1.0, plus: float = 0.0) -> float | None:
        given = self.values.get(name)
        if given in (None, ""):
            return None
        try:
            found = float(given)
        except (TypeError, ValueError):
            found = math.nan
        if not math.isfinite(found):
            self.faults.append(
                (
                    name,
                    f"{name} 应为数字，收到 {str(given)[:20]!r}。 A number was expected for {name}, got {str(given)[:20]!r}.",
                )
            )
            return None
        return found * factor + plus

    def choice(self, name: str, known: list[str]) -> str | None:
        given = self.values.get(name)
        if given in (None, ""):
            return None
        if given not in known:
            self.faults.append(
                (
                    name,
                    f"{name} 应为 {', '.join(known)} 之一，收到 {str(given)[:20]!r}。 One of {', '.join(known)} was expected for {name}.",
                )
            )
            return None
        return str(given)

    def need(self, name: str, value: Any, zh: str, en: str) -> None:
        if value in (None, "") and not any(field == name for field, _ in self.faults):
            self.faults.append((name, f"请填写{zh}（{name}）。 Say {en} ({name})."))


def drill_question(values: Mapping[str, Any], *, now: dt.datetime, language: str = "zh") -> DrillQuestion:
    """Read a drill and work its zones out once, so that what cannot be is refused at once.

    Raises
    ------
    FormError
        When a field is missing, cannot be read, or makes no sense; it names each.
    HazardError
        When a figure lies outside its range, or nothing is known of the substance.
    """
    form = _Form(values)
    lon, lat = _position(form)
    substance = str(values.get("substance") or "").strip()
    form.need("substance", substance, "物质", "which substance escapes")
    mass_t = form.number("mass_t")
    form.need("mass_t", mass_t, "泄漏量（吨）", "how many tonnes escape")
    kind = form.choice("kind", [str(k) for k in ReleaseKind])
    form.need("kind", kind, "泄漏方式", "how it escapes")
    release = {to: form.number(name, factor, plus) for name, (to, factor, plus) in RELEASE_FIELDS.items()}
    air_c, humidity_pct = form.number("air_c"), form.number("humidity_pct")
    wind, wind_from = form.number("wind_m_s"), form.number("wind_from_deg")
    sector = form.number("wind_uncertainty_deg")
    stability = form.choice("stability", [str(c) for c in StabilityClass])
    sky = form.choice("sky", [str(s) for s in Sky])
    terrain = form.choice("terrain", [str(t) for t in Terrain])
    try:
        at = travel_questions.instant(values.get("at_time"), default=now)
    except FilterError as error:
        form.faults.append(("at_time", str(error)))
        at = now
    if form.faults or mass_t is None or kind is None:
        raise FormError(tuple(form.faults))
    asked = DrillQuestion(
        name=_named(values, substance, at, language), at=at, lon=lon, lat=lat, substance=substance, mass_kg=1000 * mass_t, kind=kind,
        site_code=str(values["site_code"]) if values.get("site_code") else None,
        release={name: value for name, value in release.items() if value is not None},
        wind_speed_m_s=wind, wind_from_deg=wind_from, stability=stability, sky=sky,
        air_temperature_k=None if air_c is None else air_c + ZERO_C_K,
        relative_humidity=None if humidity_pct is None else humidity_pct / 100, terrain=terrain,
        wind_uncertainty_deg=sector or 0.0,
    )  # fmt: skip
    work_out(asked)
    return asked


def _position(form: _Form) -> tuple[float, float]:
    try:
        return travel_questions.position(
            form.values.get("lon"), form.values.get("lat"), form.values.get("crs")
        )
    except (FilterError, CoordinateError) as error:
        form.faults.append(
            ("lon", with_reason("请在地图上选事故位置", "Choose the place of the accident on the map", error))
        )
        return 0.0, 0.0


def _named(values: Mapping[str, Any], substance: str, at: dt.datetime, language: str) -> str:
    given = str(values.get("name") or "").strip()
    if given:
        return given[:MOST_NAME]
    found = find_substance(substance)
    words = f"{found.name_zh}泄漏演练" if language == "zh" else f"{found.name_en} drill"
    return f"{words[:60]} {at.astimezone(LOCAL_ZONE):%m-%d %H:%M}"
