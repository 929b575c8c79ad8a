"""Say in words, in JSON and as GeoJSON what an accident would do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import shapely

from geo.hazard.consequence import PURPOSE_EN, PURPOSE_ZH, Consequences, Zone
from geo.hazard.reach import ReachStatus
from geo.hazard.validity import FIELDS
from geo.measure import geodesic_area_m2
from web.hazard_words import EFFECTS, EXTRA_FIELDS, KINDS, MEASURES, MODELS, NOTES, STATUSES, VALUES


def both(pair: tuple[str, str]) -> str:
    """Give a text in both languages."""
    return f"{pair[0]} {pair[1]}".strip()


def features(answer: Consequences) -> dict[str, Any]:
    """Give the zones as a GeoJSON collection, with all that must be read with them as further members."""
    return {
        "type": "FeatureCollection",
        "purpose": dict(zip(("zh", "en"), answer.purpose, strict=True)),
        "substance": {
            "cas": answer.accident.substance.cas,
            "zh": answer.accident.substance.name_zh,
            "en": answer.accident.substance.name_en,
        },
        "release": _release(answer),
        "weather": _weather(answer),
        "assumptions": [{"field": a.field, "value": a.value} for a in answer.assumptions],
        "notes": [{"note": str(n), "zh": NOTES[n][0], "en": NOTES[n][1]} for n in answer.notes],
        "guide_distances": [
            {
                "un": g.un,
                "case": g.case,
                "isolation_m": g.isolation_m,
                "protection_m": g.protection_m,
                "is_open_ended": g.is_open_ended,
            }
            for g in answer.guide
        ],
        "features": [_feature(zone) for zone in answer.zones],
    }


def _release(answer: Consequences) -> dict[str, Any]:
    term = answer.term
    return {
        "kind": str(answer.accident.kind),
        "kept_as": str(term.phase),
        "vapour_kg": _rounded(term.mass_kg),
        "rate_kg_s": _rounded(term.rate_kg_s),
        "duration_s": _rounded(term.duration_s),
        "density_kg_m3": _rounded(term.density_kg_m3),
    }


def _weather(answer: Consequences) -> dict[str, Any]:
    air = answer.air
    return {
        "wind_speed_m_s": air.wind_speed_m_s,
        "wind_from_deg": air.wind_from_deg,
        "stability": str(air.stability),
        "air_temperature_k": air.air_temperature_k,
        "relative_humidity": air.relative_humidity,
        "terrain": str(air.terrain),
    }


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _feature(zone: Zone) -> dict[str, Any]:
    is_empty = bool(shapely.is_empty(zone.area))
    return {
        "type": "Feature",
        "geometry": None
        if is_empty
        else json.loads(shapely.to_geojson(shapely.set_precision(zone.area, 1e-7))),
        "properties": {
            "effect": str(zone.effect),
            "model": str(zone.model),
            "measure": zone.measure,
            "value": _rounded(zone.value),
            "unit": zone.unit,
            "exposure_min": zone.exposure_min,
            "distance_m": round(zone.reach.distance_m, 1),
            "distance_status": str(zone.reach.status),
            "is_extrapolated": zone.reach.is_extrapolated,
            "area_m2": 0.0 if is_empty else round(geodesic_area_m2(zone.area)),
            "source": zone.source,
            "is_unchecked": zone.is_unchecked,
            "edge_death_share": None if zone.edge_death_share is None else _rounded(zone.edge_death_share),
            "purpose": f"{PURPOSE_ZH} {PURPOSE_EN}",
        },
    }


def lines(answer: Consequences) -> Iterator[str]:
    """Say for a person what an accident would do."""
    substance, air, term = answer.accident.substance, answer.air, answer.term
    yield f"{substance.name_zh} {substance.name_en} · {answer.accident.mass_kg:,.6g} kg · {both(KINDS[answer.accident.kind])}"
    yield (
        f"风 wind {air.wind_speed_m_s:g} m/s，来向 from {air.wind_from_deg:g}° · 稳定度 stability {air.stability} · "
        f"{air.air_temperature_k - 273.15:.0f} °C · {both(VALUES[air.terrain])}"
    )
    yield _source_line(answer) if term.mass_kg > 0 else "没有蒸气数据 no vapour data"
    yield ""
    yield from _zone_lines(answer.zones)
    if answer.guide:
        yield ""
        yield from _guide_lines(answer)
    if answer.assumptions:
        yield ""
        yield "未给出、按缺省取值 not given, assumed:"
        for assumption in answer.assumptions:
            yield f"  {_assumed(assumption.field, assumption.value)}"
    yield ""
    for note in answer.notes:
        yield f"· {both(NOTES[note])}"
    yield both(answer.purpose)


def _source_line(answer: Consequences) -> str:
    term = answer.term
    if term.rate_kg_s == 0:
        return f"蒸气 vapour {term.mass_kg:,.4g} kg，一次释放 at once"
    return f"蒸气 vapour {term.rate_kg_s:.3g} kg/s × {term.duration_s:,.0f} s"


def _zone_lines(zones: tuple[Zone, ...]) -> Iterator[str]:
    if not zones:
        yield "没有可计算的危害区域，原因见下。 No zone can be worked out; the notes say why."
        return
    yield f"{'距离 distance':<16}{'面积 area':<14}{'边缘死亡率 deaths at edge':<25}阈值 threshold"
    for zone in zones:
        area_km2 = geodesic_area_m2(zone.area) / 1e6
        measure = both(MEASURES[zone.measure]) if zone.measure in MEASURES else zone.measure
        exposure = f"（{zone.exposure_min:g} min）" if zone.exposure_min else ""
        mark = " *" if zone.is_unchecked else ""
        yield (
            f"{distance_text(zone):<18}{f'{area_km2:.3f} km²':<16}{_share_text(zone.edge_death_share):<29}{both(EFFECTS[zone.effect])} · {measure} "
            f"{zone.value:.4g} {zone.unit}{exposure}{mark} · {both(MODELS[zone.model])}"
            f"{'' if zone.reach.status is ReachStatus.WITHIN else ' · ' + both(STATUSES[zone.reach.status])}"
        )


def _share_text(share: float | None) -> str:
    if share is None:
        return "—"
    return f"{share * 100:.0f} %" if share >= 0.005 or share == 0 else "< 0.5 %"


def distance_text(zone: Zone) -> str:
    """Give a distance as people read it: 566 m, > 10 km, < 15 m, or a dash."""
    shown = f"{zone.reach.distance_m:,.0f} m" if zone.reach.distance_m < 10_000 else "10 km"
    return {
        ReachStatus.WITHIN: shown,
        ReachStatus.BEYOND: f"> {shown}",
        ReachStatus.NEARER: f"< {shown}",
        ReachStatus.NOT_REACHED: "—",
    }[zone.reach.status]


def _guide_lines(answer: Consequences) -> Iterator[str]:
    yield "对照：应急救援指南 for comparison: Emergency Response Guidebook（隔离 isolate / 下风防护 protect downwind）"
    for row in answer.guide:
        more = "+" if row.is_open_ended else ""
        yield f"  UN {row.un}  {row.isolation_m:,.0f} m / {row.protection_m / 1000:g}{more} km  {row.case}"


def _assumed(field: str, value: float | str) -> str:
    zh, en, unit = (FIELDS | EXTRA_FIELDS)[field]
    if isinstance(value, str):
        return f"{zh} {en}: {both(VALUES[value]) if value in VALUES else value}"
    if unit == "K":
        return f"{zh} {en}: {value - 273.15:.4g} °C"
    return f"{zh} {en}: {value:.6g} {unit}".rstrip()
